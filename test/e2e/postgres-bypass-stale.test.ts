/**
 * Ways round by what is not as it was, or not as it looks: catalogues that changed while a command was held, names in
 * databases that are not in UTF-8. Real servers; assertions are on their state and on what comes back.
 */
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import { postgres } from "@gate/protocols/postgres";
import { startHarness, type Harness } from "../../packages/testkit/src/harness.ts";
import {
  bind,
  execute,
  field,
  parse,
  query,
  RawPostgres,
  sync,
  values,
  type RawMessage,
} from "../../packages/testkit/src/postgres-raw.ts";
import { startPostgres, type PostgresServer } from "../../packages/testkit/src/postgres-server.ts";

const SCHEMA = `
CREATE TABLE customers (id int PRIMARY KEY, name text, ssn text);
INSERT INTO customers VALUES (1, 'Ada', '078-05-1120'), (2, 'Ben', '219-09-9999');
`;
const MASKS = `
masks:
  pii:
  - {column: public.customers.ssn, action: redact}
`;
const APPROVALS = `
approvals:
  dba: {from: ["person:dana"], count: 1, timeout: 5m}
`;

let server: PostgresServer;
let harness: Harness | undefined;

beforeAll(async () => {
  server = await startPostgres();
  await server.query("CREATE DATABASE shop");
  await server.query(SCHEMA, "shop");
}, 120_000);

afterAll(async () => {
  await server.stop();
});

afterEach(async () => {
  await harness?.stop();
  harness = undefined;
});

const CLASSIFIED_ONLY = `
rules:
  main:
  - {id: all, effect: allow, match: {statement: ["*"], functions: safe}}
${MASKS}`;

test.each(["LATIN1", "SQL_ASCII"])(
  "in a database in %s, no two names are one to the server and two to the gate",
  async (encoding) => {
    const database = encoding.toLowerCase();
    const as = `ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`;
    await server.query(`CREATE DATABASE ${database} ${as}`);
    await server.query(SCHEMA, database);
    const client = await login(CLASSIFIED_ONLY, database);
    // Cut to 63 bytes in UTF-8 both names are one; the server keeps both, or cuts them elsewhere.
    const [one, other] = [`${"é".repeat(40)}1`, `${"é".repeat(40)}2`];
    const secret = "SELECT reverse(ssn) FROM customers";
    const answers: RawMessage[] = [];
    for (const sql of [
      `PREPARE ${one} AS ${secret}`,
      `PREPARE ${other} AS SELECT name FROM customers`,
      `EXECUTE ${one}`,
      `BEGIN; DECLARE ${one} CURSOR FOR ${secret}`,
      `DECLARE ${other} CURSOR FOR SELECT name FROM customers`,
      `FETCH ALL FROM ${one}`,
      "ROLLBACK",
      `WITH ${one} AS (${secret}), ${other} AS (SELECT name FROM customers) SELECT * FROM ${one}`,
      `PREPARE U&"${"\\00e9".repeat(40)}1" AS ${secret}`,
    ]) {
      answers.push(...(await client.query(sql)));
    }
    expect(shown(answers)).not.toContain("0211-50-870");
    expect(shown(await client.query("SELECT name FROM customers WHERE name <> 'É'"))).toBe('[["Ada"],["Ben"]]');
    client.end();
  },
  120_000,
);

test("what SET LOCAL has set ends with its transaction, also in the middle of a message", async () => {
  await server.query(
    `CREATE SCHEMA decoy; CREATE TABLE decoy.customers (id int PRIMARY KEY, name text, ssn text);
     INSERT INTO decoy.customers VALUES (1, 'decoy', 'decoy')`,
    "shop",
  );
  const masked = await login(CLASSIFIED_ONLY);
  const secret = "SELECT reverse(ssn) FROM customers WHERE id = 1";
  const answers: RawMessage[] = [];
  for (const end of ["COMMIT", "END", "COMMIT AND CHAIN", "ROLLBACK"]) {
    for (const sql of ["BEGIN", "SET LOCAL search_path = decoy", secret, `${end}; ${secret}`, "ROLLBACK"]) {
      answers.push(...(await masked.query(sql)));
    }
  }
  expect(shown(answers)).not.toContain("0211-50-870");
  expect(shown(answers)).toContain("yoced");
  masked.end();
  await gate().stop();
  const client = await login(`
rules:
  main:
  - {id: decoys, effect: allow, match: {statement: [SELECT, DELETE], reads: ["decoy.*"], writes: ["decoy.*"]}}
  - {id: path, effect: allow, match: {statement: ["SET SEARCH_PATH"]}}
`);
  await client.query("BEGIN");
  expect(errorOf(await client.query("SET LOCAL search_path = decoy"))).toBeUndefined();
  const refused = errorOf(await client.query("COMMIT; DELETE FROM customers WHERE id = 1"));
  expect(field(refused, "C")).toBe("42501");
  await client.query("ROLLBACK");
  await client.query("BEGIN");
  await client.query("SET LOCAL search_path = decoy");
  expect(errorOf(await client.query("DELETE FROM customers WHERE id = 1; COMMIT"))).toBeUndefined();
  expect(
    await server.query("SELECT (SELECT count(*) FROM decoy.customers) AS decoys, count(*) FROM customers", "shop"),
  ).toEqual([{ decoys: "0", count: "2" }]);
  client.end();
  await server.query("DROP SCHEMA decoy CASCADE", "shop");
});

test("a row policy that tests a masked column answers no questions", async () => {
  await server.query(
    `CREATE ROLE app LOGIN PASSWORD 'app-password';
     CREATE TABLE tenants (id int PRIMARY KEY, ssn text); INSERT INTO tenants VALUES (1, '078-05-1120');
     CREATE TABLE lines (id int, tenant int); INSERT INTO lines VALUES (1, 1);
     CREATE TABLE rows (id int, ssn text); INSERT INTO rows VALUES (1, '078-05-1120');
     CREATE TABLE keyed (id int, ssn text); INSERT INTO keyed VALUES (1, '078-05-1120');
     CREATE POLICY p ON tenants USING (ssn LIKE current_setting('app.guess', true) || '%');
     CREATE POLICY p ON lines USING (EXISTS (SELECT FROM tenants t WHERE t.id = tenant AND t.ssn LIKE current_setting('app.guess')));
     CREATE POLICY p ON rows USING (rows::text LIKE current_setting('app.guess', true));
     CREATE POLICY p ON keyed USING (id > 0);
     ALTER TABLE tenants ENABLE ROW LEVEL SECURITY; ALTER TABLE lines ENABLE ROW LEVEL SECURITY;
     ALTER TABLE rows ENABLE ROW LEVEL SECURITY; ALTER TABLE keyed ENABLE ROW LEVEL SECURITY;
     GRANT ALL ON tenants, lines, rows, keyed TO app`,
    "shop",
  );
  const columns = ["tenants", "rows", "keyed"].map((table) => `  - {column: public.${table}.ssn, action: redact}`);
  const policy = `${CLASSIFIED_ONLY}${columns.join("\n")}\n`.replace("functions: safe", "functions: any");
  const client = await login(policy, "shop", { username: "app", password: "app-password" });
  for (const guess of ["0", "9"]) {
    expect(errorOf(await client.query(`SET app.guess = '${guess}'`))).toBeUndefined();
    for (const sql of [
      "SELECT id FROM tenants",
      "SELECT count(*) FROM tenants",
      "SELECT id FROM lines",
      "SELECT id FROM rows",
      "UPDATE tenants SET id = id WHERE id = 1",
      "DELETE FROM lines WHERE id = 1",
      "COPY tenants TO STDOUT",
      "PREPARE p AS SELECT id FROM tenants",
      "EXPLAIN ANALYZE SELECT id FROM tenants",
    ]) {
      expect([sql, field(errorOf(await client.query(sql)), "C")]).toEqual([sql, "42501"]);
    }
  }
  expect(shown(await client.query("SELECT id, ssn FROM keyed"))).toBe('[["1","[redacted]"]]');
  client.end();
  await server.query("DROP TABLE lines, tenants, rows, keyed; DROP ROLE app", "shop");
});

test("another role's row policy that tests a masked column answers no questions either", async () => {
  await server.query(
    `CREATE ROLE reader;
     CREATE TABLE tenants (id int PRIMARY KEY, ssn text); INSERT INTO tenants VALUES (1, '078-05-1120');
     CREATE TABLE lines (id int, tenant int); INSERT INTO lines VALUES (1, 1);
     CREATE POLICY p ON tenants TO reader USING (ssn LIKE current_setting('app.guess', true) || '%');
     CREATE POLICY p ON lines USING (EXISTS (SELECT FROM tenants t WHERE t.id = tenant AND t.ssn LIKE current_setting('app.guess')));
     ALTER TABLE tenants ENABLE ROW LEVEL SECURITY; ALTER TABLE lines ENABLE ROW LEVEL SECURITY;
     GRANT SELECT ON tenants, lines TO reader;
     CREATE VIEW ids AS SELECT id FROM tenants; ALTER VIEW ids OWNER TO reader;
     CREATE VIEW tenant_lines AS SELECT id FROM lines; ALTER VIEW tenant_lines OWNER TO reader;
     CREATE FUNCTION count_lines() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM public.lines';
     ALTER FUNCTION count_lines() OWNER TO reader;
     CREATE TABLE doors (id int); ALTER TABLE doors OWNER TO reader;
     CREATE TABLE halls (id int); ALTER TABLE halls OWNER TO reader;
     CREATE RULE also AS ON INSERT TO doors DO ALSO INSERT INTO halls SELECT id FROM lines`,
    "shop",
  );
  const policy = CLASSIFIED_ONLY.replace("functions: safe", "functions: any");
  const masked = await login(`${policy}  - {column: public.tenants.ssn, action: redact}\n`);
  expect(errorOf(await masked.query("SET app.guess = '0'"))).toBeUndefined();
  for (const sql of [
    "SET ROLE reader",
    "SET LOCAL ROLE reader",
    "SET SESSION AUTHORIZATION reader",
    "SET SESSION role TO 'reader'",
    "SELECT set_config('role', 'reader', false)",
    "SELECT pg_catalog.set_config('ro' || 'le', 'reader', false)",
    "SELECT id FROM ids",
    "SELECT count(*) FROM tenant_lines",
    "SELECT count_lines()",
    "INSERT INTO doors VALUES (1)",
  ]) {
    const refusal = errorOf(await masked.query(sql));
    expect([sql, field(refusal, "C")]).toEqual([sql, "42501"]);
    expect(`${sql}: ${field(refusal, "M")}`).toMatch(/public\.tenants\.ssn|could read masked columns/u);
  }
  // Its own reading stands under no policy: it owns the tables.
  expect(shown(await masked.query("SELECT id, ssn FROM tenants"))).toBe('[["1","[redacted]"]]');
  expect(shown(await masked.query("SELECT id FROM lines"))).toBe('[["1"]]');
  masked.end();
  await harness?.stop();
  const other = await login(`${policy}  - {column: public.customers.ssn, action: redact}\n`);
  expect(errorOf(await other.query("SET ROLE reader"))).toBeUndefined();
  other.end();
  await server.query(
    "DROP TABLE lines, tenants, doors, halls CASCADE; DROP FUNCTION count_lines(); DROP ROLE reader",
    "shop",
  );
});

const HELD_READ = `
rules:
  main:
  - {id: look, effect: hold, approval: dba, match: {statement: [SELECT], reads: [public.label]}}
${APPROVALS}${MASKS}`;

test.each(["simple", "extended"] as const)(
  "a view that shows a masked column once its reader is approved is not read (%s)",
  async (protocol) => {
    await server.query("CREATE VIEW label AS SELECT id, name AS label FROM customers", "shop");
    const client = await login(HELD_READ);
    client.send(...asked("SELECT label FROM label WHERE id = 1", protocol));
    await gate().pendingHold();
    await server.query("CREATE OR REPLACE VIEW label AS SELECT id, ssn AS label FROM customers", "shop");
    await gate().vote("approve");
    const answers = await client.until("Z");
    expect(shown(answers)).toBe("[]");
    expect(field(errorOf(answers), "M")).toContain("changed while the command was held");
    expect(errorOf(await client.query("BEGIN"))).toBeUndefined();
    client.end();
    await server.query("DROP VIEW label", "shop");
  },
);

test.each(["simple", "extended"] as const)(
  "an approved DELETE by a key does not run when the key is none any more, or a trigger came (%s)",
  async (protocol) => {
    await server.query(
      `CREATE TABLE lines (id int PRIMARY KEY); INSERT INTO lines VALUES (1);
       CREATE FUNCTION wipe() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM customers; RETURN OLD; END $$`,
      "shop",
    );
    const client = await login(`
rules:
  main:
  - {id: one, effect: hold, approval: dba, match: {statement: [DELETE], writes: [public.lines], reads: [public.lines]}}
${APPROVALS}`);
    for (const change of [
      "ALTER TABLE lines DROP CONSTRAINT lines_pkey; INSERT INTO lines VALUES (1)",
      "CREATE TRIGGER t BEFORE DELETE ON lines FOR EACH ROW EXECUTE FUNCTION wipe()",
    ]) {
      client.send(...asked("DELETE FROM lines WHERE id = 1", protocol));
      await gate().pendingHold();
      await server.query(change, "shop");
      await gate().vote("approve");
      expect(field(errorOf(await client.until("Z")), "M")).toContain("changed while the command was held");
    }
    expect(await server.query("SELECT (SELECT count(*) FROM lines) AS lines, count(*) FROM customers", "shop")).toEqual(
      [{ lines: "2", count: "2" }],
    );
    client.end();
    await server.query("DROP TABLE lines; DROP FUNCTION wipe()", "shop");
  },
);

test("people are asked about names once the server has said what they stand for", async () => {
  await server.query("CREATE SCHEMA decoy; CREATE TABLE decoy.lines (id int); CREATE TABLE lines (id int)", "shop");
  const client = await login(`
rules:
  main:
  - {id: path, effect: allow, match: {statement: ["SET SEARCH_PATH"]}}
  - {id: one, effect: hold, approval: dba, match: {statement: [DELETE]}}
${APPROVALS}`);
  client.send(query("SET search_path = decoy"), query("DELETE FROM lines WHERE id = 1"));
  const { facts } = await gate().pendingHold();
  expect(facts?.fields["writes"]).toEqual({ type: "set", items: [{ name: "decoy.lines" }], complete: true });
  await gate().vote("deny");
  await client.until("Z");
  expect(field(errorOf(await client.until("Z")), "C")).toBe("42501");
  client.end();
  await server.query("DROP SCHEMA decoy CASCADE; DROP TABLE lines", "shop");
});

test("what has not changed runs after its approval, whoever defined something else meanwhile", async () => {
  await server.query("CREATE TABLE lines (id int PRIMARY KEY); INSERT INTO lines VALUES (1), (2), (3)", "shop");
  const client = await login(`
rules:
  main:
  - {id: one, effect: hold, approval: dba, match: {statement: [DELETE], writes: [public.lines], reads: [public.lines]}}
${APPROVALS}`);
  for (const [place, protocol] of (["simple", "extended"] as const).entries()) {
    client.send(...asked(`DELETE FROM lines WHERE id = ${place + 1}`, protocol));
    await gate().pendingHold();
    await server.query(`CREATE TABLE other_${place} (id int)`, "shop");
    await gate().vote("approve");
    expect(errorOf(await client.until("Z"))).toBeUndefined();
  }
  expect((await server.query("SELECT count(*) FROM lines", "shop"))[0]).toEqual({ count: "1" });
  client.end();
  await server.query("DROP TABLE lines, other_0, other_1", "shop");
});

function asked(sql: string, protocol: "simple" | "extended"): Buffer[] {
  return protocol === "simple" ? [query(sql)] : [parse("", sql), bind("", ""), execute(""), sync()];
}

function gate(): Harness {
  if (harness === undefined) throw new Error("no gate was started");
  return harness;
}

async function login(
  policy: string,
  database = "shop",
  credential: { username: string; password: string } = { username: server.superuser, password: server.password },
): Promise<RawPostgres> {
  harness = await startHarness({
    protocol: postgres,
    target: {
      address: `127.0.0.1:${server.port}`,
      database,
      tls: { mode: "disable" },
      credential,
    },
    policy,
    ...(policy.includes("masks:") ? { grantKeys: "masks: [pii]" } : {}),
  });
  return RawPostgres.login(harness.port, harness.user, harness.password);
}

function errorOf(messages: readonly RawMessage[]): RawMessage | undefined {
  return messages.find(({ type }) => type === "E");
}

function shown(messages: readonly RawMessage[]): string {
  return JSON.stringify(messages.filter(({ type }) => type === "D").map(values));
}
