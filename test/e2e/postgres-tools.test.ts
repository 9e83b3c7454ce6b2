/** pgbench in its three query modes, and pg_dump | pg_restore with nothing changed on the way. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parsePolicy } from "@gate/policy";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import { clientPrograms } from "../../packages/testkit/src/postgres-server.ts";
import { DATABASE, useServer } from "./postgres-fixture.ts";
import { pgEnvironment, runProgram, type Ran } from "./program.ts";
import { suiteWith } from "../../packages/testkit/src/parts.ts";

const SHOP = `
CREATE SCHEMA accounts;
CREATE TYPE accounts.state AS ENUM ('new', 'paid', 'sent');
CREATE DOMAIN accounts.email AS text CHECK (VALUE ~ '@');
CREATE SEQUENCE accounts.ids START 100;
CREATE TABLE accounts.customers (id int PRIMARY KEY DEFAULT nextval('accounts.ids'), mail accounts.email, note text);
CREATE TABLE orders (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int REFERENCES accounts.customers,
  state accounts.state DEFAULT 'new', total numeric(10, 2), at timestamptz DEFAULT '2026-01-01Z', raw bytea, doc jsonb,
  double numeric GENERATED ALWAYS AS (total * 2) STORED);
CREATE INDEX ON orders (state) WHERE state <> 'sent';
CREATE TABLE parts (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE parts_2026 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE VIEW open_orders AS SELECT o.id, c.mail FROM orders o JOIN accounts.customers c ON c.id = o.customer;
CREATE MATERIALIZED VIEW sums AS SELECT customer, sum(total) FROM orders GROUP BY customer;
CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.at := '2026-02-02Z'; RETURN NEW; END $$;
CREATE TRIGGER touched BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touched();
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON orders USING (customer > 0);
COMMENT ON COLUMN orders.total IS 'with ''tax''';
CREATE ROLE reader;
GRANT SELECT ON open_orders TO reader;
INSERT INTO accounts.customers (mail, note) SELECT 'c' || n || '@example.com', E'tab\\there\\nü \\\\ ' || n FROM generate_series(1, 50) n;
INSERT INTO orders (customer, total, raw, doc) SELECT 100 + n % 50, n * 1.5, decode(md5(n::text), 'hex'), jsonb_build_object('n', n) FROM generate_series(1, 500) n;
INSERT INTO parts SELECT n, date '2026-01-01' + n FROM generate_series(1, 30) n;
`;

/** What pgbench does, and no more. */
const BENCH_POLICY = `
rules:
  main:
  - {id: read, effect: allow, match: {statement: [SELECT], reads: ["public.pgbench_*", "@catalog"], functions: safe}}
  - {id: keyed, effect: allow, match: {statement: [UPDATE], writes: ["public.pgbench_*"], where: keyed}}
  - {id: add, effect: allow, match: {statement: [INSERT], writes: [public.pgbench_history]}}
`;
const BACKUP = readFileSync(new URL("../../examples/policies/backup.yaml", import.meta.url), "utf8");
/** The example for backups, under the names that the harness gives. */
const DUMP_POLICY = /^rules:[^]*/m.exec(BACKUP)?.[0].replace("  dump:", "  main:") ?? "";
/** What cannot be accounted for, such as a function in PL/pgSQL, is for a person to read. */
const RESTORE_POLICY = `
rules:
  main:
  - {id: any, effect: allow, match: {statement: ["*"], functions: any}}
  - {id: code, effect: hold, approval: someone, match: {statement: ["CREATE FUNCTION"]}}
approvals:
  someone: {from: ["person:dana"], count: 1, timeout: 1m}
`;

const { bin = "", version = "" } = clientPrograms() ?? {};
const withPrograms = suiteWith(bin !== "", "the packages postgresql and postgresql-client");

withPrograms("PostgreSQL's own programs", () => {
  const fixture = useServer({ version, schema: SHOP });
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "gate-tools-"));
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const direct = (database = DATABASE): NodeJS.ProcessEnv =>
    pgEnvironment({ port: fixture.server.port, user: "postgres", password: fixture.server.password, database });
  const through = (gate: Harness): NodeJS.ProcessEnv =>
    pgEnvironment({ port: gate.port, user: gate.user, password: gate.password, database: "" });
  const run = (program: string, env: NodeJS.ProcessEnv, ...args: string[]): Promise<Ran> =>
    runProgram(join(bin, program), args, {
      env: { ...env, PGDATABASE: env["PGDATABASE"] || undefined },
      timeoutMs: 60_000,
    });

  describe("pgbench", () => {
    const CLIENTS = [1, 8];
    const MODES = ["simple", "extended", "prepared"];

    beforeAll(async () => {
      const made = await run("pgbench", direct(), "-i", "-q", "-s", "1");
      expect(made).toMatchObject({ code: 0 });
    }, 120_000);

    test.each(MODES.flatMap((mode) => CLIENTS.map((clients) => [mode, clients] as const)))(
      "-M %s with %i clients: nothing fails, and the sums are right",
      async (mode, clients) => {
        const gate = await fixture.gate(BENCH_POLICY);
        const common = ["-n", "-M", mode, "-c", String(clients), "-j", "2"];
        const reads = await run("pgbench", through(gate), ...common, "-S", "-t", String(400 / clients));
        expect(reads.stderr + reads.stdout).toContain("number of transactions actually processed: 400/400");
        expect(reads.stdout).toContain("number of failed transactions: 0 (0.000%)");
        const [before] = await fixture.server.query("SELECT count(*)::int AS n FROM pgbench_history", DATABASE);
        const writes = await run("pgbench", through(gate), ...common, "-t", String(80 / clients));
        expect(writes.stderr + writes.stdout).toContain("number of transactions actually processed: 80/80");
        expect(writes.stdout).toContain("number of failed transactions: 0 (0.000%)");
        const [after] = await fixture.server.query(
          `SELECT count(*)::int AS n, sum(delta) = (SELECT sum(abalance) FROM pgbench_accounts) AS accounts,
             sum(delta) = (SELECT sum(bbalance) FROM pgbench_branches) AS branches FROM pgbench_history`,
          DATABASE,
        );
        expect(after).toEqual({ n: Number(before?.["n"]) + 80, accounts: true, branches: true });
      },
      120_000,
    );

    test("a pipeline of pgbench", async () => {
      const gate = await fixture.gate(BENCH_POLICY);
      const script = join(directory, "pipeline.sql");
      writeFileSync(
        script,
        "\\set a random(1, 100000)\n\\startpipeline\nSELECT abalance FROM pgbench_accounts WHERE aid = :a;\n".concat(
          "UPDATE pgbench_accounts SET abalance = abalance WHERE aid = :a;\nSELECT 1;\n\\endpipeline\n",
        ),
      );
      const ran = await run("pgbench", through(gate), "-n", "-M", "prepared", "-c", "4", "-t", "50", "-f", script);
      expect(ran.stderr + ran.stdout).toContain("number of transactions actually processed: 200/200");
    });

    test("-i makes its tables through a gate that lets it", async () => {
      const gate = await fixture.gate();
      const made = await run("pgbench", through(gate), "-i", "-q", "-s", "1");
      expect(made).toMatchObject({ code: 0 });
      const [row] = await fixture.server.query("SELECT count(*)::int AS n FROM pgbench_accounts", DATABASE);
      expect(row).toEqual({ n: 100_000 });
    });
  });

  describe("pg_dump and pg_restore", () => {
    const dump = (env: NodeJS.ProcessEnv, ...args: string[]): Promise<Ran> =>
      run("pg_dump", env, "--exclude-table=pgbench_*", ...args);

    test("a dump is byte-identical, as a whole, of one schema, of data as INSERT", async () => {
      const gate = await fixture.gate(DUMP_POLICY);
      for (const args of [[], ["--schema=accounts"], ["--data-only", "--inserts"], ["--schema-only"]]) {
        const own = await dump(direct(), ...args);
        const gated = await dump(through(gate), ...args);
        expect(gated.stderr).toBe("");
        expect(gated.code).toBe(0);
        expect(plain(gated.stdout)).toBe(plain(own.stdout));
        expect(gated.stdout.length).toBeGreaterThan(1000);
      }
      const refused = (await gate.entries()).filter((entry) => entry.type === "verdict" && entry.verdict !== "allow");
      expect(refused).toEqual([]);
    }, 120_000);

    test("the example for backups is a policy", () => {
      const policy = parsePolicy(BACKUP, {
        file: "backup.yaml",
        issuers: { github: "https://token.actions.githubusercontent.com" },
        targets: { "orders-db": { protocol: "postgres" } },
      });
      expect([...policy.grants.keys()]).toEqual(["orders-backup"]);
    });

    test("dumped and restored through gates it is the same database", async () => {
      const source = await fixture.gate(DUMP_POLICY);
      const file = join(directory, "shop.dump");
      expect(await dump(through(source), "-Fc", "-f", file)).toMatchObject({ code: 0, stderr: "" });
      expect(readFileSync(file).subarray(0, 5).toString()).toBe("PGDMP");
      await fixture.server.query("CREATE DATABASE restored");
      const sink = await fixture.gate(RESTORE_POLICY, { target: { ...fixture.target(), database: "restored" } });
      const [restored] = await Promise.all([
        run("pg_restore", through(sink), "--no-owner", "-d", "dbname=restored", file),
        sink.vote("approve"),
      ]);
      expect(restored.code).toBe(0);
      expect((await sink.entries()).filter((entry) => entry.type === "vote")).toHaveLength(1);
      const own = await dump(direct(), "--no-owner");
      expect(plain((await dump(direct("restored"), "--no-owner")).stdout)).toBe(plain(own.stdout));
    }, 120_000);

    test.each([
      "DELETE FROM orders",
      "CREATE TABLE x ()",
      "SELECT setval('accounts.ids', 1)",
      "COPY parts FROM STDIN",
      "SELECT * FROM pg_authid",
      "WITH d AS (DELETE FROM orders RETURNING *) SELECT * FROM d",
      "SELECT pg_read_file('/etc/passwd')",
    ])("the policy for backups refuses: %s", async (sql) => {
      const gate = await fixture.gate(DUMP_POLICY);
      const ran = await run("psql", through(gate), "-X", "-c", sql);
      expect(ran.stderr).toContain("gate: denied");
    });
  });
});

/** Without what pg_dump makes up anew each time (since the updates of August 2025). */
function plain(dump: string): string {
  return dump.replaceAll(/^\\(un)?restrict \S+$/gm, "");
}
