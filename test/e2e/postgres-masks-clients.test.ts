/** What people and programs send to a masked grant: psql, pg_dump, `pg` and `postgres`, and values cut at every byte. */
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import postgresJs from "postgres";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import { clientPrograms } from "../../packages/testkit/src/postgres-server.ts";
import { canariesIn } from "../lineage/canaries.ts";
import { POLICY, SCHEMA } from "../lineage/fixture.ts";
import { DATABASE, useServer } from "./postgres-fixture.ts";
import { pgEnvironment, runProgram, type Ran } from "./program.ts";
import { suiteWith } from "../../packages/testkit/src/parts.ts";

const { bin, version = "" } = clientPrograms() ?? {};
const withPrograms = suiteWith(bin !== undefined, "the packages postgresql and postgresql-client");
const GRANT = { grantKeys: "masks: [pii]" };

function isFree(text: string): void {
  expect(canariesIn(Buffer.from(text))).toEqual([]);
}

withPrograms("programs", () => {
  const fixture = useServer({ version, schema: SCHEMA });
  let gate: Harness;
  beforeAll(async () => {
    gate = await fixture.lastingGate(POLICY, GRANT);
  }, 90_000);
  const run = (program: string, args: readonly string[], input?: string): Promise<Ran> => {
    const env = pgEnvironment({ port: gate.port, user: gate.user, password: gate.password, database: DATABASE });
    return runProgram(join(bin ?? "", program), args, {
      env,
      timeoutMs: 60_000,
      ...(input === undefined ? {} : { input }),
    });
  };

  test("psql: its own commands, queries, \\copy, \\gset and \\watch's kin", async () => {
    const input = [
      "\\d customers",
      "\\d+ people",
      "\\dt+",
      "\\sv loud",
      "SELECT * FROM customers ORDER BY id;",
      "SELECT id, upper(number) AS up FROM people WHERE id = 1 \\gset",
      "\\echo :id :up",
      "\\copy customers to stdout csv header",
      "\\copy (SELECT name, ssn FROM customers) to stdout",
      "\\x",
      "SELECT c.* FROM customers c WHERE id = 1;",
      "\\set FETCH_COUNT 2",
      "SELECT id, ssn, name FROM customers ORDER BY id;",
      "\\gdesc",
    ].join("\n");
    const ran = await run("psql", ["-X", "-f", "-"], input);
    isFree(ran.stdout + ran.stderr);
    expect(ran.stderr).toBe("");
    expect(ran.stdout).toContain("1 [redacted]");
    expect(ran.stdout).toContain("Ada");
  });

  test("pg_dump: the dump can be restored, and holds nothing in clear", async () => {
    for (const args of [[], ["--inserts"], ["--data-only", "--column-inserts"]]) {
      const dumped = await run("pg_dump", args);
      expect(dumped.stderr).toBe("");
      expect(dumped.code).toBe(0);
      isFree(dumped.stdout);
      expect(dumped.stdout).toContain("[redacted]");
      if (args.length > 0) continue;
      await fixture.server.query("CREATE DATABASE copied");
      const to = { port: fixture.server.port, user: fixture.server.superuser, password: fixture.server.password };
      const env = pgEnvironment({ ...to, database: "copied" });
      const restored = await runProgram(join(bin ?? "", "psql"), ["-X", "-v", "ON_ERROR_STOP=1", "-q"], {
        env,
        input: dumped.stdout,
        timeoutMs: 60_000,
      });
      expect(restored).toMatchObject({ code: 0 });
      const rows = await fixture.server.query("SELECT id, name, ssn, pin FROM ONLY customers ORDER BY id", "copied");
      expect(rows).toEqual([
        { id: 1, name: "Ada", ssn: "[redacted]", pin: null },
        { id: 2, name: "Bob", ssn: "[redacted]", pin: null },
        { id: 3, name: "Cyd", ssn: null, pin: null },
      ]);
    }
  }, 90_000);
});

describe("drivers", () => {
  const fixture = useServer({ schema: SCHEMA });
  let gate: Harness;
  beforeAll(async () => {
    gate = await fixture.lastingGate(POLICY, GRANT);
  }, 90_000);

  const QUERIES = [
    "SELECT id, name, ssn, card, mail, pin, doc FROM customers ORDER BY id",
    "SELECT id, upper(ssn) AS up, to_jsonb(c) AS row, ARRAY[ssn] AS list, length(ssn) AS size FROM customers c ORDER BY id",
    "SELECT count(*)::int AS n, max(pin) AS pin, bool_or(ssn = 'x') AS is FROM customers",
    "SELECT * FROM loud ORDER BY id, note",
  ];

  test.each([false, true])("pg, binary %s", async (binary) => {
    const client = new pg.Client({
      host: "127.0.0.1",
      port: gate.port,
      user: gate.user,
      password: gate.password,
      database: DATABASE,
    });
    await client.connect();
    try {
      for (const text of QUERIES) {
        const plain = await client.query(text);
        const prepared = await client.query({ name: `q${text.length}`, text, values: [], binary } as pg.QueryConfig);
        const again = await client.query({ name: `q${text.length}`, text, values: [], binary } as pg.QueryConfig);
        for (const result of [plain, prepared, again]) {
          expect(result.rows.length).toBeGreaterThan(0);
          isFree(JSON.stringify(result.rows));
        }
      }
      const one = await client.query("SELECT id, name, ssn FROM customers WHERE id = $1", [1]);
      expect(one.rows).toEqual([{ id: 1, name: "Ada", ssn: "[redacted]" }]);
    } finally {
      await client.end();
    }
  });

  test("postgres: prepared, simple, a cursor, a copy", async () => {
    const sql = postgresJs({
      host: "127.0.0.1",
      port: gate.port,
      user: gate.user,
      pass: gate.password,
      database: DATABASE,
      max: 1,
      onnotice: () => undefined,
    });
    try {
      for (const text of QUERIES) {
        isFree(JSON.stringify(await sql.unsafe(text, [], { prepare: true })));
        isFree(JSON.stringify(await sql.unsafe(text)));
      }
      const seen: unknown[] = [];
      await sql`SELECT id, ssn, reverse(ssn) AS back FROM customers ORDER BY id`.cursor(1, (rows) => {
        seen.push(...rows);
      });
      expect(seen).toHaveLength(4);
      isFree(JSON.stringify(seen));
      const copied: Buffer[] = [];
      for await (const chunk of await sql`COPY customers TO STDOUT`.readable()) copied.push(chunk as Buffer);
      isFree(Buffer.concat(copied).toString());
      expect(Buffer.concat(copied).toString().split("\n")).toHaveLength(4);
    } finally {
      await sql.end({ timeout: 1 });
    }
  });
});
