/** A template may stand for a text only if the text's own parse and classification say the same. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Analysis } from "./analysis.ts";
import { analyse } from "./analyse.ts";
import { buildCatalogue } from "./catalogue.ts";
import { literalKey, KEYED_CHARS_MAX } from "./literals.ts";
import { loadParser } from "./parser.ts";
import { resolveMasks } from "./masks.ts";
import { analyseTemplate } from "./templates.ts";
import { environment, ROWS } from "./testing.ts";
import { randomStatement } from "./testing-statements.ts";
import { compareTemplate, seeded } from "./testing-templates.ts";

beforeAll(loadParser);

/** Two functions whose bodies depend on what they are called with, and one whose body does not. */
const CATALOGUE = buildCatalogue({
  ...ROWS,
  functions: [...ROWS.functions, ["public", "run_text", "f"], ["public", "sleeps", "f"]],
  routines: [
    ...ROWS.routines,
    body(31001, "run_text", "command text", "BEGIN EXECUTE command; END"),
    body(31002, "sleeps", "seconds integer", "BEGIN PERFORM pg_sleep(seconds); END"),
  ],
});

function body(oid: number, name: string, args: string, source: string): readonly (string | null)[] {
  return [String(oid), "public", name, "f", "plpgsql", "f", source, null, args, "void", null, ""];
}

const ENV = environment({ catalogue: CATALOGUE, searchPath: ["app", "public"] });
const { masked: SSN } = resolveMasks(
  [
    { kind: "column", column: "public.customers.ssn", action: { kind: "redact" } },
    { kind: "column", column: "public.people.name", action: { kind: "redact" } },
  ],
  CATALOGUE,
);

const template = (sql: string, masks = false): Analysis | undefined => analyseTemplate(sql, ENV, masks ? [SSN] : []);

describe("a key", () => {
  test("has a mark for each literal and everything else as it is", () => {
    expect(literalKey("SELECT  a FROM t WHERE id = 17 AND b='it is';")).toBe(
      "SELECT  a FROM t WHERE id = \u0001 AND b=\u0002;",
    );
    expect(literalKey('SELECT "a 1", \'\' FROM "t"')).toBe('SELECT "a 1", \u0002 FROM "t"');
    expect(literalKey("SELECT a1, 0, 999999999")).toBe("SELECT a1, \u0001, \u0001");
    expect(literalKey("SELECT 1.5, 0.25, 12345678901")).toBe("SELECT \u0003, \u0003, \u0004");
    expect(literalKey("SELECT 'a--b/*c*/;$1'")).toBe("SELECT \u0002");
  });

  test.each([
    ["no literal", "SELECT a FROM t"],
    ["an empty text", ""],
    ["a decimal without its whole part", "SELECT .5"],
    ["a decimal without its fraction", "SELECT 5."],
    ["a range", "SELECT 1..2"],
    ["an exponent", "SELECT 1e5"],
    ["hexadecimal", "SELECT 0x1F"],
    ["underscores", "SELECT 1_000"],
    ["junk behind a number", "SELECT 1a"],
    ["a leading zero", "SELECT 007"],
    ["a leading zero before a point", "SELECT 00.5"],
    ["two points", "SELECT 1.5.2"],
    ["an exponent behind a point", "SELECT 1.5e3"],
    ["junk behind a decimal", "SELECT 1.5a"],
    ["digits that may be an int4 or not", "SELECT 1234567890"],
    ["a parameter", "SELECT 1 WHERE a = $1"],
    ["a dollar quote", "SELECT 1, $$x$$"],
    ["a tagged dollar quote", "SELECT 1, $a$x$a$"],
    ["a line comment", "SELECT 1 -- x"],
    ["a comment", "SELECT /* x */ 1"],
    ["a comment that an operator seems to be part of", "SELECT 1 +/* 2"],
    ["minus before a comment", "SELECT 1 - -- 2\n 3"],
    ["an escape string", "SELECT E'x'"],
    ["an escape string, small", "SELECT e'x'"],
    ["a bit string", "SELECT B'1'"],
    ["a hexadecimal string", "SELECT x'1F'"],
    ["a national string", "SELECT N'x'"],
    ["a Unicode string", "SELECT U&'x'"],
    ["a Unicode string with another escape character", "SELECT U&'d!0061' UESCAPE '!'"],
    ["a Unicode name", 'SELECT U&"x", 1'],
    ["a quote in a string", "SELECT 'it''s'"],
    ["four quotes", "SELECT ''''"],
    ["a backslash in a string", "SELECT 'a\\b'"],
    ["a line feed in a string", "SELECT 'a\nb'"],
    ["a string that does not end", "SELECT 'a"],
    ["two strings that are one", "SELECT 'a'\n'b'"],
    ["two strings in a row", "SELECT 'a' 'b'"],
    ["a string behind a word", "SELECT a'b'"],
    ["a string behind a number", "SELECT 1'b'"],
    ["a word behind a string", "SELECT 'b'a"],
    ["a number behind a string", "SELECT 'b'1"],
    ["a string behind a quoted name", "SELECT \"a\"'b'"],
    ["a quoted name behind a string", "SELECT 'b'\"a\""],
    ["a quote in a quoted name", 'SELECT "a""b", 1'],
    ["a quoted name that does not end", 'SELECT 1, "a'],
    ["a letter beyond ASCII", "SELECT é, 1"],
    ["a letter beyond ASCII in a string", "SELECT 'é'"],
    ["a letter beyond ASCII in a quoted name", 'SELECT "é", 1'],
    ["half a letter", "SELECT '\ud800'"],
    ["a NUL", "SELECT 1\0"],
    ["a control character", "SELECT 1\u0001"],
    ["a vertical tab, which older servers do not take for a space", "SELECT\v1"],
    ["a no-break space", "SELECT\u00a01"],
    ["a backslash outside of strings", "SELECT 1 \\gexec"],
    ["a text that is too long", `SELECT ${"1, ".repeat(KEYED_CHARS_MAX / 3)}1`],
  ])("is not given to %s", (_what, sql) => {
    expect(literalKey(sql)).toBeUndefined();
  });

  test("tells texts apart that differ in anything but literals", () => {
    const texts = [
      "SELECT 1",
      "SELECT  1",
      "select 1",
      "SELECT '1'",
      "SELECT 1.0",
      "SELECT 10000000000",
      "SELECT -1",
      "SELECT - 1",
      "SELECT 1;",
      "SELECT (1)",
      "SELECT 1::text",
      "SELECT a1, 1",
      "SELECT a2, 1",
      'SELECT "1", 1',
      'SELECT "2", 1',
      "SELECT 1, 1",
    ];
    expect(new Set(texts.map((text) => literalKey(text))).size).toBe(texts.length);
  });
});

describe("a template stands for", () => {
  test.each([
    ["a key looked up", "SELECT abalance FROM pgbench_accounts WHERE aid = 1"],
    ["a sum with a negative number", "UPDATE customers SET region = region + -1 WHERE id = 1"],
    ["a minus and a space", "UPDATE customers SET region = region - - 1 WHERE id = 1"],
    ["rows", "INSERT INTO notes (id, body) VALUES (1, 'a'), (2, 'b') RETURNING id"],
    [
      "prices and long numbers",
      "INSERT INTO orders (id, amount) VALUES (20250101123456, -19.99), (- 20250101123456, 5.0)",
    ],
    ["rows with words", "INSERT INTO notes (id, body) VALUES (1, NULL), (2, DEFAULT) RETURNING true"],
    ["a keyed delete", "DELETE FROM notes WHERE id = 1"],
    ["alternatives", "DELETE FROM notes WHERE id = 1 OR body = 'x'"],
    ["names in quotes", 'SELECT "notes"."id" FROM "notes" WHERE "notes"."id" = 1 LIMIT 21'],
    ["what tests its rows with LIKE", "SELECT * FROM notes WHERE body LIKE '%x'"],
    ["a statement and its semicolon", "SELECT 1;"],
    ["VALUES", "VALUES (1, 'a')"],
  ])("%s", (_what, sql) => {
    expect(template(sql)).toBeDefined();
    expect(compareTemplate(sql, ENV, [], seeded(1), 50)).toMatchObject({ outcome: "template", wrong: [] });
  });
});

test.each(["UTF8", "LATIN1", "EUC_JP", "SQL_ASCII", "not known"])(
  "texts with a key mean the same in %s",
  (encoding) => {
    const env = environment({ catalogue: CATALOGUE, encoding });
    const sql = "SELECT \"name\", 'x' FROM customers WHERE id = 1";
    expect(compareTemplate(sql, env, [], seeded(4), 50)).toMatchObject({ outcome: "template", wrong: [] });
  },
);

/** The literal decides what the command is, or what the parser makes of it. */
describe("there is no template for", () => {
  test.each([
    ["a pattern that may be true of every row", "DELETE FROM notes WHERE body LIKE 'x%'"],
    ["a regular expression", "DELETE FROM notes WHERE body ~ 'x'"],
    ["alternatives that may exclude each other", "DELETE FROM notes WHERE id = 1 OR id <> 1"],
    ["a list beside its opposite", "DELETE FROM notes WHERE id IN (1, 2) OR NOT id IN (1, 2)"],
    ["a row's comparison with itself", "DELETE FROM notes WHERE id + 1 = id + 1"],
    ["SQL in an argument that a body runs", "SELECT run_text('DELETE FROM notes')"],
    ["a type's precision, which the grammar makes another type of", "SELECT amount::float(24) FROM orders"],
    ["a clock's precision", "SELECT current_timestamp(3)"],
    ["an interval's fields", "SELECT interval '1' day"],
    ["an interval's precision", "SELECT interval(3) '1 day'"],
    ["an array's bounds", "SELECT name::text[3] FROM customers"],
    ["one value for two columns", "UPDATE notes SET (id, body) = (1, 'x')"],
    ["several statements", "SELECT 1; DELETE FROM notes"],
    ["SELECT INTO", "SELECT 1 AS a INTO public.x"],
    ["set_config", "SELECT set_config('search_path', 'audit', false)"],
    ["what gate does not classify", "SELECT run_text(body) FROM notes WHERE id = 1"],
    ["SET", "SET search_path = 'audit'"],
    ["SET with a number", "SET statement_timeout = 5"],
    ["EXPLAIN", "EXPLAIN (ANALYZE 1) DELETE FROM notes"],
    ["PREPARE", "PREPARE p AS SELECT 1"],
    ["EXECUTE", "EXECUTE p(1)"],
    ["DECLARE", "DECLARE c CURSOR FOR SELECT 1"],
    ["FETCH", "FETCH 5 FROM c"],
    ["COPY", "COPY notes TO STDOUT (FORMAT 'csv')"],
    ["COPY to a file", "COPY notes TO '/tmp/x'"],
    ["DO", "DO 'BEGIN END'"],
    ["CALL", "CALL run_text('x')"],
    ["CREATE", "CREATE TABLE x (a varchar(5))"],
    ["ALTER", "ALTER TABLE notes ALTER body SET DEFAULT 'x'"],
    ["NOTIFY", "NOTIFY c, 'x'"],
    ["PREPARE TRANSACTION", "PREPARE TRANSACTION 'x'"],
    ["LOAD", "LOAD 'x'"],
    ["a text that does not parse", "SELECT 1 FROM WHERE 'x'"],
  ])("%s", (_what, sql) => {
    expect(literalKey(sql)).toBeDefined();
    expect(template(sql)).toBeUndefined();
  });
});

/** Literals that mean much to the server: what gate says of them is the same for all, or it has no template. */
test.each([
  "SELECT pg_read_file('/etc/passwd')",
  "SELECT nextval('customers_id_seq')",
  "SELECT to_regclass('notes')",
  "SELECT 'notes'::regclass",
  "SELECT 'work'::regproc",
  "SELECT regclass 'notes'",
  "SELECT date '2020-01-01', time '10:00', bool 'true'",
  "SELECT CAST('x' AS money_amount)",
  "SELECT money_amount '5'",
  "SELECT query_to_xml('DELETE FROM notes', true, true, '')",
  "SELECT dblink('DELETE FROM notes')",
  "SELECT public.dblink_exec('host=x', 'DELETE FROM notes')",
  "SELECT lo_export(1, '/tmp/x')",
  "SELECT pg_sleep(1)",
  "SELECT sleeps(1)",
  "SELECT work('x'), audit.hello(1)",
  "SELECT 1 === 2",
  "SELECT * FROM notes LIMIT 0",
  "SELECT * FROM notes WHERE 1 = 1",
  "SELECT * FROM notes WHERE false AND id = 1",
  "DELETE FROM notes WHERE 1 = 1",
  "DELETE FROM notes WHERE 1 = 2",
  "DELETE FROM notes WHERE 'x' = 'y' OR id = 1",
  "DELETE FROM notes WHERE true OR id = 1",
  "DELETE FROM notes WHERE id = 1 AND id = id",
  "DELETE FROM notes WHERE coalesce(id = 1, true)",
  "DELETE FROM notes WHERE id IN (1, id)",
  "DELETE FROM notes WHERE id BETWEEN 1 AND id",
  "DELETE FROM notes WHERE id = '1'",
  "DELETE FROM notes WHERE id = '1'::bpchar",
  "DELETE FROM notes WHERE id = 1::float8",
  "SELECT name, ssn FROM customers ORDER BY 1",
  "SELECT name, ssn FROM customers GROUP BY 1, 2",
  "SELECT substr(ssn, 1, 2) FROM customers",
  "SELECT left(ssn, 1), lpad(ssn, 5, 'x') FROM customers",
  "SELECT split_part(ssn, 'x', 1) FROM customers",
  "SELECT encode(ssn::bytea, 'hex') FROM customers",
  "SELECT name FROM customers WHERE ssn = '1'",
  "SELECT (ARRAY[ssn, name])[1] FROM customers",
  "SELECT json_build_object('a', ssn) FROM customers",
  "SELECT jsonb_path_query(to_jsonb(c), '$.ssn') FROM customers c",
  "SELECT xmltable.* FROM notes, XMLTABLE('/a' PASSING body COLUMNS b int PATH 'c')",
  "SELECT * FROM json_table('{}', '$.a' COLUMNS (b int PATH '$.c'))",
  "SELECT * FROM notes TABLESAMPLE system (5) REPEATABLE (1)",
  "WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) CYCLE n SET c TO 'Y' DEFAULT 'N' USING p SELECT * FROM r",
  "SELECT rank() OVER (ORDER BY 1 ROWS BETWEEN 1 PRECEDING AND 2 FOLLOWING) FROM notes",
  "SELECT 'x' COLLATE \"C\" LIKE 'y' ESCAPE 'z'",
  "SELECT 'x' SIMILAR TO 'y' ESCAPE 'z'",
  "INSERT INTO notes VALUES (1, 'x') ON CONFLICT (id) WHERE id > 5 DO UPDATE SET body = 'y' WHERE notes.id = 1",
  "WITH d AS (DELETE FROM notes WHERE id = 1 RETURNING 5) INSERT INTO orders SELECT 1 FROM d",
])("%s is worth the same with any literals, or has no template", (sql) => {
  expect(literalKey(sql)).toBeDefined();
  expect(compareTemplate(sql, ENV, [], seeded(2), 50).wrong).toEqual([]);
  expect(compareTemplate(sql, ENV, [SSN], seeded(3), 50).wrong).toEqual([]);
});

describe("under masks", () => {
  test.each([
    ["a place in ORDER BY", "SELECT name, ssn FROM customers ORDER BY 1"],
    ["a cut", "SELECT substr(ssn, 1, 2) FROM customers"],
    ["an encoding", "SELECT encode(ssn::bytea, 'hex') FROM customers"],
  ])("there is none where %s decides what a result tells", (_what, sql) => {
    expect(template(sql)).toBeDefined();
    expect(template(sql, true)).toBeUndefined();
  });

  test("a masked column that is only shown keeps its template, and what is shown", () => {
    const masks = template("SELECT id, ssn FROM customers WHERE id = 1", true)?.masks(SSN);
    expect(masks?.refusal).toBeUndefined();
    expect(masks?.statements[0]?.columns?.map(({ names }) => names)).toEqual([[], ["public.customers.ssn"]]);
  });

  test("masks that come into force later and need a literal refuse the command", () => {
    const analysis = template("SELECT name, ssn FROM customers ORDER BY 1");
    expect(analysis?.masks(SSN)).toMatchObject({ refusal: expect.stringMatching(/masks have changed/) });
    expect(template("SELECT name, ssn FROM customers WHERE id = 1")?.masks(SSN)).toMatchObject({
      statements: [{ touches: true }],
    });
  });
});

test("what runs a template by name gets its facts, and never looks at its literals", () => {
  const prepared = template("SELECT sleeps(id) FROM notes WHERE id = 1");
  const analysis = analyse("EXECUTE p", { ...ENV, prepared: () => prepared });
  expect(prepared).toBeDefined();
  expect(analysis.facts.fields["reads"]).toEqual(prepared?.facts.fields["reads"]);
  const pattern = template("SELECT id FROM notes WHERE id = 1");
  const made = analyse("EXPLAIN ANALYZE EXECUTE p", { ...ENV, prepared: () => pattern });
  expect(made.facts.classified).toBe(true);
});

test("random statements have the facts of their template, whatever literals they hold", () => {
  let templates = 0;
  let cases = 0;
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const next = seeded(seed);
      const sql = randomStatement(next);
      for (const masks of [[], [SSN]]) {
        const compared = compareTemplate(sql, ENV, masks, next, SUBSTITUTIONS);
        expect(compared.wrong).toEqual([]);
        if (compared.outcome === "template") templates += 1;
        cases += compared.cases;
      }
    }),
    { numRuns: RUNS },
  );
  // The property would hold if there were no templates at all.
  expect(templates).toBeGreaterThan(RUNS / 4);
  expect(cases).toBeGreaterThan(RUNS);
});

/** Statements; GATE_TEMPLATE_RUNS asks for more. */
const RUNS = Number(process.env["GATE_TEMPLATE_RUNS"] ?? 1_500);
const SUBSTITUTIONS = 9;
