import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { loadParser, parseSql, type JsonObject } from "./parser.ts";
import { constantsOf } from "./plpgsql-constants.ts";
import { readPlpgsql } from "./plpgsql.ts";
import { asObject, list } from "./tree.ts";

beforeAll(loadParser);

const HEAD = "CREATE FUNCTION f(int) RETURNS SETOF int LANGUAGE plpgsql AS";

const read = (body: string, head = HEAD): ReturnType<typeof readPlpgsql> => readPlpgsql(head, body);

/** Every place in PL/pgSQL where an expression or a statement can stand, each with a call of its own. */
const EVERYWHERE = `
#variable_conflict use_column
<<l>>
DECLARE
  a int := p1(); b CONSTANT int NOT NULL DEFAULT p2(); d int; r record := p3(); rt mytype DEFAULT p4();
  arr int[] := ARRAY[p5()]; c1 CURSOR (k int, z int) FOR SELECT p6() FROM t WHERE id = k; c2 refcursor := p7();
  x ALIAS FOR $1; v varchar(20) := p8();
BEGIN
  a := p9(); arr[p10()] := p11(); arr[p12():p13()] := p14(); r.f := p15(); rt.f[p16()].g = p17();
  PERFORM p18(); SELECT p19() INTO a; SELECT p20() INTO STRICT a, d FROM t;
  IF p21() THEN a := p22(); ELSIF p23() THEN a := p24(); ELSE a := p25(); END IF;
  CASE p26() WHEN p27(), p28() THEN a := p29(); ELSE a := p30(); END CASE;
  CASE WHEN p31() THEN a := p32(); END CASE;
  LOOP EXIT WHEN p33(); CONTINUE WHEN p34(); END LOOP;
  <<l2>> WHILE p35() LOOP a := p36(); END LOOP l2;
  FOR i IN REVERSE p37()..p38() BY p39() LOOP a := p40(); END LOOP;
  FOR r IN SELECT p41() LOOP a := p42(); END LOOP;
  FOR r IN c1(p43(), z := p44()) LOOP a := p45(); END LOOP;
  FOREACH a SLICE 0 IN ARRAY p46() LOOP a := p47(); END LOOP;
  OPEN c1(p48(), p49()); OPEN c2 FOR SELECT p50(); FETCH RELATIVE p51() FROM c1 INTO r; MOVE FORWARD p52() FROM c1;
  RAISE NOTICE '%', p53() USING DETAIL = p54(), HINT = p55(); RAISE division_by_zero USING MESSAGE = p56();
  ASSERT p57(), p58(); CALL p59(p60()); GET DIAGNOSTICS a = ROW_COUNT;
  BEGIN a := p61(); EXCEPTION WHEN others THEN a := p62(); GET STACKED DIAGNOSTICS a = MESSAGE_TEXT; END;
  RETURN QUERY SELECT p63(); RETURN NEXT p64();
  INSERT INTO t VALUES (p65()) RETURNING p66() INTO a;
  FOR a, d IN SELECT p67() LOOP NULL; END LOOP;
  WITH q AS (DELETE FROM z RETURNING p68()) SELECT 1 INTO a;
  DECLARE inner_one record = p69(); BEGIN a := p70(); END;
  RETURN;
END`;

test("every expression and statement of a body is found, wherever it stands", () => {
  const body = read(EVERYWHERE);
  expect(body.kind).toBe("statements");
  const text = JSON.stringify(body);
  const missing = Array.from({ length: 70 }, (_, place) => place + 1).filter((n) => !text.includes(`"p${n}"`));
  expect(missing).toEqual([]);
});

describe("EXECUTE", () => {
  test("of a literal is the statement in it", () => {
    for (const statement of [
      "EXECUTE 'DELETE FROM notes';",
      "FOR r IN EXECUTE 'DELETE FROM notes RETURNING 1' LOOP NULL; END LOOP;",
      "RETURN QUERY EXECUTE 'DELETE FROM notes RETURNING 1';",
      "OPEN c FOR EXECUTE $x$DELETE FROM notes$x$;",
    ]) {
      const body = read(`DECLARE r record; c refcursor; BEGIN ${statement} END`);
      expect(JSON.stringify(body)).toContain("DeleteStmt");
    }
  });

  test.each([
    "EXECUTE 'DELETE FROM ' || x;",
    "EXECUTE format('DELETE FROM %I', x);",
    "EXECUTE x;",
    "EXECUTE (SELECT 'DELETE FROM notes');",
    "EXECUTE 'DELETE FROM notes; DROP TABLE notes';",
    "FOR r IN EXECUTE x LOOP NULL; END LOOP;",
    "RETURN QUERY EXECUTE x USING 1;",
    "OPEN c FOR EXECUTE x;",
    "IF true THEN LOOP BEGIN EXECUTE x; EXCEPTION WHEN others THEN NULL; END; END LOOP; END IF;",
  ])("of anything else is not known: %s", (statement) => {
    expect(read(`DECLARE x text; r record; c refcursor; BEGIN ${statement} END`).kind).toBe("unknown");
  });
});

describe("EXECUTE of what a call hands over", () => {
  const NAMED = "CREATE FUNCTION f(q text) RETURNS void LANGUAGE plpgsql AS";
  const constants = new Map([["q", "DELETE FROM notes"]]);
  const with_ = (body: string, known: ReadonlyMap<string, string> = constants): string =>
    JSON.stringify(readPlpgsql(NAMED, body, known));

  test("is known where the argument is only looked at", () => {
    for (const body of [
      "BEGIN EXECUTE q; END",
      "BEGIN EXECUTE 'explain analyze ' || q; END",
      "BEGIN EXECUTE format('%s WHERE id %% 2 = 0', q); END",
      "BEGIN IF q <> '' THEN EXECUTE q; END IF; END",
    ]) {
      expect(with_(body)).toContain("DeleteStmt");
    }
    expect(with_("BEGIN EXECUTE $1; END", new Map([["$1", "DELETE FROM notes"]]))).toContain("DeleteStmt");
  });

  test.each([
    "BEGIN q := 'x'; EXECUTE q; END",
    "BEGIN Q = 'x'; EXECUTE q; END",
    'BEGIN "q" := 1; EXECUTE q; END',
    "BEGIN $1 := 'x'; EXECUTE q; END",
    "BEGIN gate_body.q := 'x'; EXECUTE q; END",
    "BEGIN SELECT 'x' INTO q; EXECUTE q; END",
    "BEGIN INSERT INTO t VALUES (1) RETURNING b INTO q; EXECUTE q; END",
    "BEGIN GET DIAGNOSTICS q = ROW_COUNT; EXECUTE q; END",
    "DECLARE q text := 'x'; BEGIN EXECUTE q; END",
    "DECLARE a ALIAS FOR q; BEGIN a := 'x'; EXECUTE q; END",
    "DECLARE a ALIAS FOR $1; BEGIN a := 'x'; EXECUTE q; END",
    "BEGIN CALL change(q); EXECUTE q; END",
    "BEGIN FOR q IN SELECT 'x' LOOP EXECUTE q; END LOOP; END",
    'BEGIN U&"\\0071" := 1; EXECUTE q; END',
    "BEGIN EXECUTE q || other; END",
    "BEGIN EXECUTE format('%I', q); END",
    "BEGIN EXECUTE format('%s', lower(q)); END",
    "BEGIN EXECUTE q USING 1; EXECUTE other; END",
  ])("is not where it could have changed, or where more goes into it: %s", (body) => {
    expect(readPlpgsql(NAMED, body, constants).kind).toBe("unknown");
  });
});

test("a call's literals belong to arguments of type text, one for each", () => {
  const of = (definition: string, text: string): unknown => {
    const parameters = nodes(`CREATE FUNCTION f(${definition} LANGUAGE sql AS ''`)["CreateFunctionStmt"];
    const call = asObject(nodes(`CALL ${text}`)["CallStmt"])["funccall"];
    return [...constantsOf(list(asObject(parameters)["parameters"]), list(asObject(call)["args"]))];
  };
  expect(of("text) RETURNS TABLE (a int)", "f('x')")).toEqual([["$1", "x"]]);
  expect(of("q text, n int) RETURNS int", "f('x', 5)")).toEqual([["q", "x"]]);
  expect(of("q regclass) RETURNS int", "f('x')")).toEqual([]);
  expect(of("q text, OUT n int)", "f('x')")).toEqual([]);
  expect(of("VARIADIC q text[]) RETURNS int", "f('x')")).toEqual([]);
  expect(of("q text, r text DEFAULT 'y') RETURNS int", "f('x')")).toEqual([]);
  expect(of("q text) RETURNS int", "f(lower('x'))")).toEqual([]);
});

const nodes = (sql: string): JsonObject => {
  const outcome = parseSql(sql);
  return outcome.kind === "tree" ? asObject(outcome.statements[0]?.stmt) : {};
};

test("row types are rows: their fields can be assigned", () => {
  expect(read(`DECLARE r public.notes%ROWTYPE; s "My"."T" % rowtype; BEGIN r.body := 'x'; s.a := 1; END`).kind).toBe(
    "statements",
  );
});

test("a trigger that only changes its row has no statement", () => {
  const body = read("BEGIN NEW.updated_at := now(); RETURN NEW; END", "CREATE FUNCTION f() RETURNS trigger AS");
  expect(body.kind === "statements" && body.statements.every((each) => "SelectStmt" in each)).toBe(true);
});

test("what does not parse is not known", () => {
  for (const body of [
    "",
    "BEGIN",
    "BEGIN SELEC 1; END",
    "BEGIN END; DROP TABLE notes",
    "BEGIN x := 1; END",
    "\u0000",
  ]) {
    expect(read(body).kind).toBe("unknown");
  }
});

test("COMMIT and ROLLBACK are noticed", () => {
  const body = read("BEGIN COMMIT; END", "CREATE PROCEDURE p() LANGUAGE plpgsql AS");
  expect(body.kind === "statements" && body.endsTransaction).toBe(true);
});

test("no body makes it throw", () => {
  const word = fc.constantFrom("BEGIN", "END", ";", "$gate$", "EXECUTE", "'", '"', "--", "%ROWTYPE", ":=", "(", "x");
  fc.assert(
    fc.property(fc.array(word, { maxLength: 30 }), (words) => {
      read(words.join(" "));
    }),
    { numRuns: 300 },
  );
});
