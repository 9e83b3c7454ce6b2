import { beforeAll, describe, expect, test } from "@jest/globals";
import type { StatementInfo } from "./analysis.ts";
import { loadParser } from "./parser.ts";
import { brief, line, run } from "./testing.ts";

beforeAll(loadParser);

const info = (sql: string, more: Parameters<typeof run>[1] = {}): Partial<StatementInfo> => {
  const { ddl: _ddl, returnsRows: _rows, writes: _writes, tag: _tag, ...rest } = run(sql, more).statements[0] ?? {};
  return rest;
};

describe("a batch", () => {
  test("has the facts of each statement, and their union", () => {
    const { facts } = run("BEGIN; INSERT INTO orders VALUES (1); DELETE FROM notes; COMMIT");
    expect(facts.parts?.map(line)).toEqual([
      "BEGIN housekeeping",
      "INSERT w:public.orders writes",
      "DELETE r:public.notes w:public.notes where:none writes",
      "COMMIT housekeeping",
    ]);
    expect(line(facts)).toBe(
      "BEGIN,COMMIT,DELETE,INSERT r:public.notes w:public.notes,public.orders where:none writes",
    );
    expect(facts.housekeeping).toBe(false);
  });

  test("of housekeeping alone is housekeeping", () => {
    expect(run("BEGIN; SET statement_timeout = 1; SHOW ALL; COMMIT").facts.housekeeping).toBe(true);
  });

  test("a single statement has no parts", () => {
    expect(run("SELECT 1;").facts.parts).toBeUndefined();
  });

  test("with one statement that is not classified is not classified", () => {
    expect(run("SELECT 1; DO $$ $$").facts.classified).toBe(false);
  });
});

describe("names", () => {
  test("that may mean a temporary relation mean both", () => {
    const temporary = new Set(["notes"]);
    expect(brief("SELECT * FROM notes", { temporary })).toBe("SELECT r:pg_temp.notes,public.notes");
    expect(brief("SELECT * FROM public.notes", { temporary })).toBe("SELECT r:public.notes");
    expect(brief("SELECT * FROM pg_temp.notes", { temporary })).toBe("SELECT r:pg_temp.notes");
  });

  test("mean relations of any schema while the search path is not known", () => {
    for (const searchPath of [undefined, ["$user", "public"]]) {
      expect(brief("SELECT * FROM notes", { searchPath })).toBe("SELECT r:audit.notes,hidden.notes,public.notes…");
    }
    expect(brief("SELECT lower('x')", { searchPath: undefined })).toContain("…");
    expect(brief("SELECT * FROM public.notes", { searchPath: undefined })).toBe("SELECT r:public.notes");
    expect(brief("CREATE TABLE x (id int)", { searchPath: undefined })).toBe("CREATE_TABLE w:?.x… writes");
  });

  test("are looked up along the path, beyond schemas that the role may not use", () => {
    expect(brief("SELECT * FROM notes", { searchPath: ["audit", "public"] })).toBe("SELECT r:audit.notes");
    expect(brief("SELECT * FROM notes", { searchPath: ["hidden", "public"] })).toBe(
      "SELECT r:hidden.notes,public.notes",
    );
    expect(brief("CREATE TABLE x (id int)", { searchPath: ["nowhere", "hidden", "public"] })).toBe(
      "CREATE_TABLE w:public.x writes",
    );
    expect(brief("SELECT * FROM notes", { searchPath: [] })).toBe("SELECT r:?.notes…");
  });

  test("find pg_catalog first unless the path puts it elsewhere", () => {
    expect(brief("SELECT lower('x')", { searchPath: ["public"] })).toContain("pg_catalog.lower@safe,public.lower");
    expect(brief("SELECT lower('x')", { searchPath: ["audit"] })).toBe("SELECT f:pg_catalog.lower@safe");
  });

  test("that hold dots cannot pose as other names", () => {
    expect(brief('SELECT * FROM "public.notes"."x"')).toBe('SELECT r:"public.notes".x…');
    expect(brief('SELECT "a.b"."c.d"()')).toBe('SELECT… r:… w:… f:"a.b"."c.d"… where:? writes');
  });
});

describe("what a statement means for its connection", () => {
  test.each<[string, Partial<StatementInfo>]>([
    ["BEGIN", { transaction: "begin" }],
    ["START TRANSACTION", { transaction: "begin" }],
    ["COMMIT", { transaction: "commit" }],
    ["ABORT", { transaction: "rollback" }],
    ["SAVEPOINT a", { transaction: "savepoint" }],
    ["RELEASE a", { transaction: "release" }],
    ["ROLLBACK TO a", { transaction: "rollback-to" }],
    ["PREPARE TRANSACTION 'x'", { transaction: "prepare-transaction" }],
    ["SET search_path = x", { setsSetting: "search_path" }],
    ["SET LOCAL Search_Path = x", { setsSetting: "search_path" }],
    ["SET ROLE x", { setsSetting: "role" }],
    ["RESET ALL", { setsSetting: "ALL" }],
    ["SET NAMES 'utf8'", { setsSetting: "client_encoding" }],
    ["CREATE TEMP TABLE x (id int)", { createsTemporary: ["x"] }],
    ["CREATE TABLE pg_temp.x (id int)", { createsTemporary: ["x"] }],
    ["CREATE TEMP VIEW x AS SELECT 1", { createsTemporary: ["x"], hides: ["x"] }],
    ["CREATE TEMP TABLE x (a int REFERENCES y ON DELETE CASCADE)", { createsTemporary: ["x"], hides: ["x"] }],
    ["CREATE TEMP TABLE x (a int DEFAULT work())", { createsTemporary: ["x"], hides: ["x"] }],
    ["CREATE TEMP TABLE x (a int DEFAULT 5 CHECK (a > 1))", { createsTemporary: ["x"] }],
    ["CREATE TEMP SEQUENCE x", { createsTemporary: ["x"] }],
    ["CREATE TEMP TABLE x AS SELECT 1", { createsTemporary: ["x"] }],
    ["SELECT 1 AS a INTO TEMP x", { createsTemporary: ["x"] }],
    ["CREATE TABLE x (id int)", {}],
    ["EXECUTE p", { executes: "p" }],
    ["FETCH 5 FROM c", { fetches: "c" }],
    ["DEALLOCATE p", { deallocates: "p" }],
    ["DEALLOCATE ALL", { deallocates: "ALL" }],
    ["CLOSE c", { closes: "c" }],
    ["CLOSE ALL", { closes: "ALL" }],
    ["DISCARD ALL", { discards: true }],
    ["COPY notes TO STDOUT", { copy: "out" }],
    ["COPY (SELECT 1) TO STDOUT", { copy: "out" }],
    ["COPY notes FROM STDIN", { copy: "in" }],
    ["COPY notes FROM '/x'", {}],
    ["COPY notes TO PROGRAM 'x'", {}],
    ["SELECT 1", {}],
  ])("%s", (sql, expected) => {
    expect(info(sql)).toEqual(expected);
  });

  test("a temporary relation keeps being one under another name", () => {
    expect(info("ALTER TABLE x RENAME TO y", { temporary: new Set(["x"]) })).toEqual({
      createsTemporary: ["y"],
      // What lay behind the old name lies behind the new one.
      hides: ["x", "y"],
    });
    expect(info("ALTER TABLE x RENAME TO y")).toEqual({});
  });

  test.each([
    ["SELECT 1", true],
    ["VALUES (1)", true],
    ["SELECT 1 AS a INTO x", false],
    ["INSERT INTO notes VALUES (1)", false],
    ["INSERT INTO notes VALUES (1) RETURNING id", true],
    ["DELETE FROM notes RETURNING *", true],
    ["SHOW ALL", true],
    ["EXPLAIN SELECT 1", true],
    ["FETCH c", true],
    ["MOVE c", false],
    ["CREATE TABLE x AS SELECT 1", false],
  ])("%s returns rows: %s", (sql, expected) => {
    expect(run(sql).statements[0]?.returnsRows).toBe(expected);
  });

  test.each([
    ["CREATE TABLE x (id int)", true],
    ["SELECT 1 AS a INTO x", true],
    ["CREATE TABLE x AS SELECT 1", true],
    ["EXPLAIN ANALYZE CREATE TABLE x AS SELECT 1", true],
    ["DROP VIEW vip", true],
    ["ALTER TABLE notes RENAME TO x", true],
    ["GRANT USAGE ON SCHEMA audit TO x", true],
    ["DO $$ $$", true],
    ["TRUNCATE notes", false],
    ["INSERT INTO notes VALUES (1)", false],
    ["SET search_path = x", false],
    ["COMMENT ON TABLE notes IS ''", false],
  ])("%s changes the catalogue: %s", (sql, expected) => {
    expect(run(sql).statements[0]?.ddl).toBe(expected);
  });

  test("PREPARE and DECLARE hand over the analysis of what they name", () => {
    const [prepare] = run("PREPARE p (int) AS DELETE FROM notes WHERE id = $1").statements;
    expect(prepare?.prepares?.name).toBe("p");
    expect(line(prepare?.prepares?.analysis.facts ?? run("").facts)).toBe(
      "DELETE r:public.notes w:public.notes where:keyed writes",
    );
    const [declare] = run("DECLARE c CURSOR FOR SELECT * FROM notes").statements;
    expect(declare?.declares?.name).toBe("c");
    expect(declare?.declares?.analysis.facts.writes).toBe(false);
  });
});

describe("statements run by name", () => {
  test("EXECUTE does what the statement does under the present names", () => {
    const prepared = run("SELECT * FROM notes");
    expect(brief("EXECUTE p", { prepared: () => prepared })).toBe("EXECUTE,SELECT r:public.notes");
    expect(brief("EXECUTE p", { prepared: () => prepared, searchPath: ["audit"] })).toBe(
      "EXECUTE,SELECT r:audit.notes",
    );
    expect(brief("EXPLAIN ANALYZE EXECUTE p", { prepared: () => run("DELETE FROM notes") })).toBe(
      "DELETE,EXECUTE,EXPLAIN r:public.notes w:public.notes where:none writes",
    );
    expect(brief("EXPLAIN EXECUTE p", { prepared: () => run("DELETE FROM notes") })).toBe("EXPLAIN r:public.notes");
    expect(brief("CREATE TABLE x AS EXECUTE p", { prepared: () => prepared })).toBe(
      "CREATE_TABLE_AS,EXECUTE,SELECT r:public.notes w:app.x writes",
    );
  });

  test("FETCH does what its cursor does", () => {
    const cursor = run("SELECT *, work() FROM notes");
    expect(brief("FETCH c", { cursor: () => cursor })).toBe("FETCH,SELECT r:public.notes f:public.work writes");
    expect(brief("MOVE c", { cursor: () => cursor })).toBe("MOVE,SELECT r:public.notes f:public.work writes");
  });

  test("what could not be classified stays so", () => {
    for (const bad of ["DO $$ $$", "selec", "SELECT 1\0"]) {
      expect(run("EXECUTE p", { prepared: () => run(bad) }).facts.classified).toBe(false);
    }
    expect(run("EXECUTE p; SELECT 1", { prepared: () => undefined }).facts.classified).toBe(false);
  });

  test("names are gone after DEALLOCATE, CLOSE and DISCARD in the same text", () => {
    const some = { prepared: () => run("SELECT 1"), cursor: () => run("SELECT 1") };
    for (const sql of [
      "DEALLOCATE p; EXECUTE p",
      "DEALLOCATE ALL; EXECUTE p",
      "DISCARD ALL; EXECUTE p",
      "CLOSE c; FETCH c",
    ]) {
      expect(run(sql, some).facts.classified).toBe(false);
    }
    expect(run("DEALLOCATE other; EXECUTE p", some).facts.classified).toBe(true);
  });
});

test("nothing is an empty query, which is housekeeping with a name", () => {
  for (const sql of ["", " ", ";", "-- nothing", "/* x */ ;;"]) expect(brief(sql)).toBe("EMPTY_QUERY housekeeping");
});
