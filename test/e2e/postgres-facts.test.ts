/** Facts that need the server: estimated rows, and session state that changes what names and texts mean. */
import { describe, expect, test } from "@jest/globals";
import { bind, execute, parse, query, sync } from "../../packages/testkit/src/postgres-raw.ts";
import { errorOf, login, rowCount, sqlstate, useServer } from "./postgres-fixture.ts";

const fixture = useServer({
  settings: { log_statement: "all" },
  schema: `
CREATE TABLE big (id int PRIMARY KEY, body text);
INSERT INTO big SELECT i, 'note ' || i FROM generate_series(1, 5000) i;
ANALYZE big;
CREATE TABLE notes (id int PRIMARY KEY, body text);
INSERT INTO notes SELECT i, 'note ' || i FROM generate_series(1, 20) i;
CREATE SCHEMA other;
CREATE TABLE other.notes (id int PRIMARY KEY, body text);
INSERT INTO other.notes VALUES (1, 'other');
`,
});

const count = async (sql: string): Promise<unknown> => {
  const [row] = await fixture.server.query(sql, "shop");
  return Object.values(row ?? {})[0];
};

describe("estimated rows", () => {
  const POLICY = `
rules:
  main:
  - {id: few, effect: allow, match: {statement: [SELECT, UPDATE, DELETE, MERGE], reads: ["public.*"], estimated_rows: {lte: 100}}}
  - {id: free, effect: allow, match: {statement: ["CREATE TABLE"]}}
`;

  test("a command runs as long as the planner expects few rows, and only the planner is asked about the others", async () => {
    const client = await login(await fixture.gate(POLICY));
    expect(rowCount(await client.query("SELECT * FROM big WHERE id = 7"))).toBe(1);
    expect(rowCount(await client.query("SELECT * FROM big LIMIT 3"))).toBe(3);
    const logged = fixture.server.log().length;
    expect(sqlstate(await client.query("SELECT * FROM big"))).toBe("42501");
    expect(sqlstate(await client.query("DELETE FROM big"))).toBe("42501");
    expect(sqlstate(await client.query("UPDATE big SET body = 'x' WHERE id > 10"))).toBe("42501");
    expect(sqlstate(await client.query("WITH gone AS (DELETE FROM big RETURNING id) SELECT count(*) FROM gone"))).toBe(
      "42501",
    );
    const log = fixture.server.log().slice(logged);
    expect(log).toContain("EXPLAIN (FORMAT JSON) DELETE FROM big");
    expect(log).not.toMatch(/statement: (?:SELECT \* FROM big|DELETE|UPDATE|WITH)/);
    expect(await count("SELECT count(*) FROM big WHERE body LIKE 'note %'")).toBe("5000");
    expect(errorOf(await client.query("UPDATE big SET body = 'note x' WHERE id = 10"))).toBeUndefined();
    client.end();
  });

  test("parameters are estimated by a generic plan", async () => {
    const client = await login(await fixture.gate(POLICY));
    client.send(parse("", "SELECT * FROM big WHERE id = $1"), bind("", "", ["7"]), execute(""), sync());
    const one = await client.until("Z");
    expect(errorOf(one)).toBeUndefined();
    expect(rowCount(one)).toBe(1);
    client.send(parse("", "SELECT * FROM big WHERE body <> $1"), bind("", "", ["7"]), execute(""), sync());
    expect(sqlstate(await client.until("Z"))).toBe("42501");
    client.end();
  });

  test("what the planner cannot be asked is unknown, and unknown never allows", async () => {
    const client = await login(await fixture.gate(POLICY));
    expect(errorOf(await client.query("CREATE TEMP TABLE mine (id int)"))).toBeUndefined();
    expect(sqlstate(await client.query("SELECT * FROM mine"))).toBe("42501");
    expect(sqlstate(await client.query("SELECT pg_sleep(0)"))).toBe("42501");
    expect(sqlstate(await client.query("SELECT 1; SELECT 2"))).toBe("42501");
    client.end();
  });
});

describe("session state", () => {
  const OPEN = `
rules:
  main:
  - {id: read, effect: allow, match: {statement: [SELECT, "SET *", RESET], reads: ["public.*"], functions: any}}
  - {id: write, effect: allow, match: {statement: [INSERT, UPDATE, DELETE], writes: [public.big], functions: any}}
  - {id: ends, effect: allow, match: {statement: ["ALTER ROLE", "ALTER DATABASE"]}}
`;

  test("a string that ends elsewhere once standard_conforming_strings is off: the setting is refused", async () => {
    const client = await login(await fixture.gate(OPEN));
    for (const sql of [
      "SET standard_conforming_strings = off",
      "SET LOCAL standard_conforming_strings TO off",
      "SET standard_conforming_strings TO DEFAULT",
      "SET client_encoding = 'SJIS'",
      "SET NAMES 'LATIN1'",
    ]) {
      expect(sqlstate(await client.query(sql))).toBe("42501");
    }
    expect(errorOf(await client.query("SET standard_conforming_strings = on"))).toBeUndefined();
    expect(rowCount(await client.query("SELECT 1"))).toBe(1);
    client.end();
  });

  test("the same through a function, with the next command already sent: the connection ends before it", async () => {
    const client = await login(await fixture.gate(OPEN));
    client.send(
      query("SELECT set_config('standard_conforming_strings', 'off', false)"),
      query("SELECT 'a\\'; DELETE FROM notes; --'"),
    );
    const answers = await client.closed();
    expect(answers.some((message) => message.type === "E")).toBe(true);
    expect(fixture.server.log()).not.toContain("DELETE FROM notes; --'");
    expect(await count("SELECT count(*) FROM notes")).toBe("20");
  });

  test("search_path is followed through SET LOCAL, ROLLBACK, savepoints, RESET and set_config", async () => {
    const client = await login(await fixture.gate(OPEN));
    const reads = async (): Promise<string | undefined> => sqlstate(await client.query("SELECT body FROM notes"));
    expect(await reads()).toBeUndefined();
    await client.query("SET search_path = other");
    expect(await reads()).toBe("42501");
    await client.query("RESET search_path");
    expect(await reads()).toBeUndefined();
    await client.query("BEGIN");
    await client.query("SET LOCAL search_path = other");
    expect(await reads()).toBe("42501");
    await client.query("ROLLBACK");
    expect(await reads()).toBeUndefined();
    await client.query("BEGIN");
    await client.query("SAVEPOINT a");
    await client.query("SET search_path = other");
    await client.query("ROLLBACK TO a");
    expect(await reads()).toBeUndefined();
    await client.query("SET search_path = other");
    await client.query("ROLLBACK");
    expect(await reads()).toBeUndefined();
    await client.query("SELECT set_config('search_path', 'other', false)");
    expect(await reads()).toBe("42501");
    client.end();
  });

  test("a search_path of the role, set from elsewhere, counts for the next connection", async () => {
    const harness = await fixture.gate(OPEN);
    await fixture.server.query("ALTER ROLE postgres IN DATABASE shop SET search_path = other", "shop");
    try {
      const client = await login(harness);
      expect(sqlstate(await client.query("SELECT body FROM notes"))).toBe("42501");
      expect(errorOf(await client.query("SELECT body FROM public.notes"))).toBeUndefined();
      client.end();
    } finally {
      await fixture.server.query("ALTER ROLE postgres IN DATABASE shop RESET search_path", "shop");
    }
  });

  test("what lies behind a temporary view is not known, so writing it is not allowed", async () => {
    const policy = `
rules:
  main:
  - {id: temp, effect: allow, match: {statement: ["CREATE *", INSERT, UPDATE, DELETE, SELECT], writes: ["pg_temp.*"], functions: any}}
  - {id: read, effect: allow, match: {statement: [SELECT], reads: ["public.*", "pg_temp.*"]}}
`;
    const client = await login(await fixture.gate(policy));
    expect(errorOf(await client.query("CREATE TEMP TABLE own (id int)"))).toBeUndefined();
    expect(errorOf(await client.query("INSERT INTO own VALUES (1)"))).toBeUndefined();
    expect(errorOf(await client.query("CREATE TEMP VIEW window_on AS SELECT * FROM public.notes"))).toBeUndefined();
    expect(sqlstate(await client.query("DELETE FROM window_on"))).toBe("42501");
    expect(sqlstate(await client.query("UPDATE pg_temp.window_on SET body = 'x'"))).toBe("42501");
    expect(await count("SELECT count(*) FROM notes WHERE body LIKE 'note %'")).toBe("20");
    client.end();
  });
});
