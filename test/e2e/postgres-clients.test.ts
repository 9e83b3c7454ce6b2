/** psql, `pg` and `postgres` through the gate: what people and programs really send. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import pg from "pg";
import postgresJs from "postgres";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import { clientPrograms } from "../../packages/testkit/src/postgres-server.ts";
import { DATABASE, until, useServer } from "./postgres-fixture.ts";
import { RESET, SCHEMA } from "./postgres-traffic.ts";
import { pgEnvironment, runProgram, type Ran } from "./program.ts";
import { suiteWith } from "../../packages/testkit/src/parts.ts";

const { bin, version = "" } = clientPrograms() ?? {};
const withPsql = suiteWith(bin !== undefined, "the packages postgresql and postgresql-client");

withPsql("psql", () => {
  const fixture = useServer({
    version,
    schema: `${SCHEMA}
      CREATE TABLE lines (note int REFERENCES notes, n int, PRIMARY KEY (note, n));
      CREATE INDEX ON notes (body) WHERE id > 3;
      CREATE VIEW long_notes AS SELECT * FROM notes WHERE length(body) > 10;
      CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT 2 * $1';
      COMMENT ON TABLE notes IS 'what people wrote';`,
  });
  let gate: Harness;
  let directory: string;

  beforeAll(async () => {
    gate = await fixture.lastingGate();
    directory = mkdtempSync(join(tmpdir(), "gate-psql-"));
  }, 90_000);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  beforeEach(() => fixture.server.query(`TRUNCATE notes CASCADE; ${RESET.replace("TRUNCATE notes;", "")}`, DATABASE));

  const psql = (to: "gate" | "server", input: string, ...args: string[]): Promise<Ran> => {
    const { server } = fixture;
    const where =
      to === "gate"
        ? { port: gate.port, user: gate.user, password: gate.password }
        : { port: server.port, user: server.superuser, password: server.password };
    const env = pgEnvironment({ ...where, database: DATABASE });
    return runProgram(join(bin ?? "", "psql"), ["-X", "-f", "-", ...args], { env, input });
  };
  /** The same output from the server itself and through the gate. */
  const same = async (input: string, ...args: string[]): Promise<string> => {
    const direct = await psql("server", input, ...args);
    await fixture.server.query(`TRUNCATE notes CASCADE; ${RESET.replace("TRUNCATE notes;", "")}`, DATABASE);
    const gated = await psql("gate", input, ...args);
    expect(gated).toEqual(direct);
    return gated.stdout + gated.stderr;
  };

  test("describes what is there", async () => {
    const out = await same(
      "\\d\n\\d notes\n\\d+ long_notes\n\\dt+ notes\n\\df twice\n\\di\n\\dn\n\\du postgres\n\\l shop\n\\dx\n\\sf twice\n\\z notes\n",
    );
    expect(out).toContain('"notes_body_idx" btree (body) WHERE id > 3');
    expect(out).not.toContain("ERROR");
  });

  test("copies out and in", async () => {
    const file = join(directory, "notes.csv");
    const out = await same(
      `\\copy notes (id, body) to stdout csv header
\\copy (SELECT id + 100, body FROM notes ORDER BY id) to '${file}' csv
\\copy notes (id, body) from '${file}' csv
\\copy notes (id, body) from stdin
301\tfrom stdin
\\.
SELECT id, body FROM notes WHERE id > 100 ORDER BY id;
\\copy notes (id, body) from '${file}' csv
`,
    );
    expect(readFileSync(file, "utf8")).toContain("107,note 7");
    expect(out).toContain("from stdin");
    expect(out).toContain("ERROR:  duplicate key");
  });

  test("runs transactions with savepoints and errors", async () => {
    const out = await same(`
BEGIN; INSERT INTO notes VALUES (400, 'a'); SAVEPOINT s; SELECT 1/0; \\echo :SQLSTATE
SELECT 1;
ROLLBACK TO s; SELECT count(*) FROM notes; COMMIT;
SELECT nope FROM notes;
SELECT 1 +;
\\set AUTOCOMMIT off
INSERT INTO notes VALUES (401, 'b');
ROLLBACK;
SELECT count(*) FROM notes;
\\set ON_ERROR_ROLLBACK on
INSERT INTO notes VALUES (400, 'again');
INSERT INTO notes VALUES (402, 'c');
COMMIT;
SELECT count(*) FROM notes;
`);
    expect(out).toContain("22012");
    expect(out).toContain("LINE 1: SELECT 1 +;");
  });

  test("-1 runs a script in one transaction", async () => {
    const out = await same("INSERT INTO notes VALUES (410, 'a'); SELECT 1/0;", "-1", "-v", "ON_ERROR_STOP=1");
    expect(out).toContain("division by zero");
    expect(await fixture.server.query("SELECT 1 FROM notes WHERE id = 410", DATABASE)).toEqual([]);
  });

  test("fetches by cursor, describes results, runs what a query gives", async () => {
    const out = await same(`
\\set FETCH_COUNT 2
SELECT id, body FROM notes ORDER BY id;
\\unset FETCH_COUNT
SELECT id, body, at FROM notes \\gdesc
SELECT format('SELECT %s', n) FROM generate_series(1, 3) n \\gexec
SELECT id AS chosen FROM notes WHERE id = 3 \\gset
SELECT body FROM notes WHERE id = :chosen;
SELECT id, n FROM notes, generate_series(1, 2) n WHERE id < 3 \\crosstabview
PREPARE p AS SELECT $1::int + 1; EXECUTE p(41); DEALLOCATE p;
SELECT 1 AS a\\; SELECT 2 AS b;
SHOW server_version_num; SET work_mem = '8MB'; SHOW work_mem; RESET ALL;
DROP TABLE IF EXISTS nowhere;
`);
    expect(out).toContain("NOTICE:  table");
  });

  test("meets the policy of a job without being disturbed", async () => {
    const strict = await fixture.gate(`
rules:
  main:
  - {id: read, effect: allow, match: {statement: [SELECT], reads: ["public.*", "@catalog"], functions: safe}}
  - {id: never, effect: deny, message: "no deletes here", match: {statement: [DELETE, "DROP *"]}}
`);
    const env = pgEnvironment({ port: strict.port, user: strict.user, password: strict.password, database: DATABASE });
    const input =
      "\\d notes\n\\dt\nDELETE FROM notes;\nSELECT count(*) FROM notes;\nDROP TABLE notes;\n\\echo :SQLSTATE\n";
    const out = await runProgram(join(bin ?? "", "psql"), ["-X", "-f", "-"], { env, input });
    expect(out.stdout).toContain('"notes_pkey" PRIMARY KEY');
    expect(out.stdout).toContain("List of relations");
    expect(out.stderr).toContain('ERROR:  gate: denied by rule "never": no deletes here');
    expect(out.stderr).toMatch(/DETAIL: {2}session s_\S+ entry \d+/);
    expect(out.stderr).toMatch(/HINT: {2}\S/);
    expect(out.stdout).toContain("42501");
    expect(await fixture.server.query("SELECT count(*)::int AS n FROM notes", DATABASE)).toEqual([{ n: 7 }]);
  });
});

describe("drivers", () => {
  const fixture = useServer({ schema: SCHEMA });
  let gate: Harness;

  beforeAll(async () => {
    gate = await fixture.lastingGate();
  }, 90_000);
  beforeEach(() => fixture.server.query(RESET, DATABASE));

  const options = (): pg.PoolConfig => ({
    host: "127.0.0.1",
    port: gate.port,
    user: gate.user,
    password: gate.password,
    database: DATABASE,
    ssl: false,
  });

  test("a pool of `pg` runs queries, prepared statements and transactions side by side", async () => {
    const pool = new pg.Pool({ ...options(), max: 5 });
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        n % 2 === 0
          ? pool.query<{ n: number }>("SELECT $1::int AS n", [n])
          : pool.query<{ n: number }>({ name: "plus", text: "SELECT $1::int AS n", values: [n] }),
      ),
    );
    expect(results.map((result) => result.rows[0]?.n)).toEqual(Array.from({ length: 50 }, (_, n) => n));
    const client = await pool.connect();
    await client.query("BEGIN");
    await client.query("INSERT INTO notes VALUES ($1, $2)", [500, "a"]);
    await expect(client.query("INSERT INTO notes VALUES ($1, $2)", [500, "a"])).rejects.toMatchObject({
      code: "23505",
    });
    await expect(client.query("SELECT 1")).rejects.toMatchObject({ code: "25P02" });
    await client.query("ROLLBACK");
    const values = [[1, 2], Buffer.from([0, 255]), { a: [1] }, new Date(0), true, null, "ü\u{1f418}"];
    const { rows } = await client.query({
      text: "SELECT $1::int[], $2::bytea, $3::jsonb, $4::timestamptz, $5::bool, $6::text, $7::text",
      values,
      rowMode: "array",
    });
    expect(rows[0]).toEqual(values);
    client.release();
    await pool.end();
    expect(await fixture.server.query("SELECT 1 FROM notes WHERE id = 500", DATABASE)).toEqual([]);
  });

  test("`pg` reads results in binary, in parts, and empty", async () => {
    const client = new pg.Client(options());
    await client.connect();
    const binary = await client.query({ text: "SELECT 7::int4 AS n", values: [], binary: true } as pg.QueryConfig);
    expect(binary.rows).toEqual([{ n: 7 }]);
    const parts = { text: "SELECT id FROM notes ORDER BY id", values: [], rows: 2 } as pg.QueryConfig;
    expect((await client.query(parts)).rows).toHaveLength(7);
    expect((await client.query("")).rows).toEqual([]);
    const many = (await client.query("SELECT 1 AS a; SELECT 2 AS b")) as unknown as pg.QueryResult[];
    expect(many.map(({ rows }) => rows as unknown)).toEqual([[{ a: 1 }], [{ b: 2 }]]);
    await client.end();
  });

  test("`pg` gets notifications", async () => {
    const client = new pg.Client(options());
    await client.connect();
    await client.query("LISTEN news");
    const heard = new Promise((resolve) => client.once("notification", ({ payload }) => resolve(payload)));
    await fixture.server.query("NOTIFY news, 'hello'", DATABASE);
    expect(await heard).toBe("hello");
    await client.end();
  });

  const connect = (): postgresJs.Sql =>
    postgresJs({ ...(options() as object), max: 3, onnotice: () => undefined } as postgresJs.Options<never>);

  test("`postgres` pipelines, and an error hits only its own query", async () => {
    const sql = connect();
    const settled = await Promise.allSettled(
      Array.from({ length: 60 }, (_, n) =>
        n % 7 === 3 ? sql`SELECT 1 / (${n}::int - ${n})` : sql`SELECT ${n}::int AS n`,
      ),
    );
    expect(settled.map(({ status }) => status)).toEqual(
      Array.from({ length: 60 }, (_, n) => (n % 7 === 3 ? "rejected" : "fulfilled")),
    );
    await sql.begin(async (inner) => {
      await inner`INSERT INTO notes VALUES (600, ${"a"})`;
      await inner.savepoint((point) => point`SELECT 1/0`).catch(() => undefined);
      await inner`INSERT INTO notes ${inner(
        [
          { id: 601, body: "b" },
          { id: 602, body: null },
        ],
        "id",
        "body",
      )}`;
    });
    expect(await sql`SELECT id FROM notes WHERE id >= 600 ORDER BY id`.values()).toEqual([[600], [601], [602]]);
    expect((await sql`SELECT ${sql.array([1, 2])}::int[] AS list, ${Buffer.from([1, 2])}::bytea AS bytes`)[0]).toEqual({
      list: [1, 2],
      bytes: Buffer.from([1, 2]),
    });
    await sql.end();
  });

  test("`postgres` reads by cursor, describes, cancels", async () => {
    const sql = connect();
    const parts: number[] = [];
    for await (const rows of sql`SELECT id FROM notes ORDER BY id`.cursor(3)) parts.push(rows.length);
    expect(parts).toEqual([3, 3, 1]);
    await sql`SELECT id FROM notes ORDER BY id`.cursor(2, () => sql.CLOSE as never);
    expect((await sql`SELECT id, body FROM notes WHERE id = ${1}`.describe()).columns.map(({ name }) => name)).toEqual([
      "id",
      "body",
    ]);
    const slow = sql`SELECT pg_sleep(20)`.execute();
    const sleeping = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep(20)%' AND state = 'active'";
    await until(async () => (await fixture.server.query(sleeping)).length > 0);
    slow.cancel();
    await expect(slow).rejects.toMatchObject({ code: "57014" });
    expect(await sql`SELECT 1 AS n`).toHaveLength(1);
    await sql.end();
  });

  test("`postgres` streams COPY both ways", async () => {
    const sql = connect();
    const rows = Array.from({ length: 20_000 }, (_, n) => `${n + 1000}\t${"x".repeat(100)}\n`);
    await pipeline(Readable.from(rows), await sql`COPY notes (id, body) FROM STDIN`.writable());
    expect((await sql`SELECT count(*)::int AS n FROM notes WHERE id >= 1000`)[0]?.["n"]).toBe(20_000);
    let bytes = 0;
    for await (const chunk of await sql`COPY (SELECT id, body FROM notes WHERE id >= 1000) TO STDOUT`.readable()) {
      bytes += (chunk as Buffer).length;
    }
    expect(bytes).toBe(rows.reduce((sum, row) => sum + row.length, 0));
    await sql.end();
  });
});
