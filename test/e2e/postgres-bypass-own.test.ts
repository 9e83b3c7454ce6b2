/**
 * Ways round that need a policy of their own: names that are cut, statements run by name, limits, definitions.
 * Assertions are on the server's state.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { postgres } from "@gate/protocols/postgres";
import { startHarness, type Harness } from "../../packages/testkit/src/harness.ts";
import {
  bind,
  closePortal,
  closeStatement,
  cstring,
  describePortal,
  execute,
  field,
  frame,
  int16,
  int32,
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
INSERT INTO customers SELECT i, 'name ' || i, '078-05-' || (1000 + i) FROM generate_series(1, 20) i;
CREATE TABLE notes (id int PRIMARY KEY, body text);
CREATE SCHEMA hidden;
CREATE TABLE hidden.secrets (id int PRIMARY KEY, value text);
CREATE TABLE shop_window (id int, value text);
CREATE TABLE people (id int, ssn text, shout text GENERATED ALWAYS AS (upper(ssn)) STORED,
  twice int GENERATED ALWAYS AS (id * 2) STORED);
INSERT INTO people VALUES (1, '078-05-1120');
CREATE TABLE numbers (k numeric PRIMARY KEY, v text);
INSERT INTO numbers SELECT 10000000000000000 + i, 'old' FROM generate_series(0, 3) i;
CREATE COLLATION lax (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE words (k text COLLATE lax, v text);
CREATE UNIQUE INDEX ON words (k COLLATE "C");
INSERT INTO words VALUES ('a', 'old'), ('A', 'old');
`;

const APPROVALS = `
approvals:
  dba: {from: ["person:dana"], count: 1, timeout: 5m}
`;
const READ = `{id: read, effect: allow, match: {statement: [SELECT, PREPARE, EXECUTE, DEALLOCATE], reads: ["public.*"], functions: safe}}`;

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

beforeEach(async () => {
  await server.query("TRUNCATE notes; INSERT INTO notes SELECT i, 'note ' || i FROM generate_series(1, 20) i", "shop");
});

afterEach(async () => {
  await harness?.stop();
  harness = undefined;
});

const HELD_DELETES = `
rules:
  main:
  - ${READ}
  - {id: mass, effect: hold, approval: dba, match: {statement: [DELETE], where: [present, none, tautology]}}
${APPROVALS}`;

test("a name that the server would cut never stands for two statements", async () => {
  const client = await login(HELD_DELETES);
  const cut = "a".repeat(63);
  client.send(parse(`${cut}1`, "SELECT 1"), sync());
  await client.until("Z");
  client.send(closeStatement(`${cut}2`), sync());
  await client.until("Z");
  client.send(parse(`${cut}3`, "DELETE FROM notes WHERE id > 10"), sync());
  await client.until("Z");
  client.send(bind("", `${cut}1`), execute(""), sync());
  expect(field(errorOf(await client.until("Z")), "C")).toBe("42501");
  expect(await notes()).toBe(20);
  client.end();
});

test("a portal's name that the server would cut never lends its mask to another", async () => {
  const client = await login(
    `
rules:
  main:
  - ${READ}
masks:
  pii:
  - {column: public.customers.ssn, action: redact}
`,
    "masks: [pii]",
  );
  const cut = "p".repeat(63);
  await client.query("BEGIN");
  client.send(
    parse("plain", "SELECT name FROM customers WHERE id = 1"),
    parse("masked", "SELECT ssn FROM customers WHERE id = 1"),
    bind(`${cut}1`, "plain"),
    describePortal(`${cut}1`),
    sync(),
  );
  const answers = [...(await client.until("Z"))];
  client.send(closePortal(`${cut}2`), bind(`${cut}3`, "masked"), sync());
  answers.push(...(await client.until("Z")));
  client.send(execute(`${cut}1`), sync());
  answers.push(...(await client.until("Z")));
  expect(shown(answers)).not.toContain("078-05");
  client.end();
});

test("a generated column shows no masked value, and no schema is renamed away from under a mask", async () => {
  const client = await login(
    `
rules:
  main:
  - {id: all, effect: allow, match: {statement: ["*"]}}
masks:
  pii:
  - {column: public.people.ssn, action: redact}
`,
    "masks: [pii]",
  );
  const answers = await client.query("SELECT id, shout, twice FROM people");
  expect(errorOf(answers)).toBeUndefined();
  expect(shown(answers)).toBe('[["1","[redacted]","2"]]');
  expect(errorOf(await client.query("SELECT id FROM people WHERE shout LIKE '078%'"))).toBeDefined();
  expect(field(errorOf(await client.query("ALTER SCHEMA public RENAME TO elsewhere")), "C")).toBe("42501");
  client.end();
});

test("a column that holds whole rows of a masked table shows none of their values", async () => {
  await server.query(
    `CREATE DOMAIN kept_customer AS customers;
     CREATE TABLE audit (id int PRIMARY KEY, old_row customers, many customers[], kept kept_customer);
     INSERT INTO audit SELECT 1, c, ARRAY[c], c FROM customers c WHERE id = 1`,
    "shop",
  );
  const client = await login(
    `rules:
  main:
  - {id: read, effect: allow, match: {statement: [SELECT], reads: ["public.*"], functions: any}}
masks:
  pii:
  - {column: public.customers.ssn, action: redact}
`,
    "masks: [pii]",
  );
  for (const sql of [
    "SELECT old_row FROM audit",
    "SELECT many FROM audit",
    "SELECT kept FROM audit",
    "SELECT * FROM audit",
    "SELECT (old_row).ssn FROM audit",
    "SELECT (many)[1].ssn FROM audit",
    "SELECT old_row::text FROM audit",
    "SELECT audit FROM audit",
  ]) {
    expect([sql, shown(await client.query(sql)).includes("078-05")]).toEqual([sql, false]);
  }
  expect(shown(await client.query("SELECT id FROM audit"))).toContain("1");
  client.end();
  await server.query("DROP TABLE audit; DROP DOMAIN kept_customer", "shop");
});

test("a cast that no statement has to name is a call of its function", async () => {
  await server.query(
    `CREATE FUNCTION wipe(text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN DELETE FROM notes; RETURN 1; END $$;
     CREATE CAST (text AS int) WITH FUNCTION wipe(text) AS IMPLICIT`,
    "shop",
  );
  const client = await login(`
rules:
  main:
  - ${READ}
`);
  for (const sql of ["SELECT abs(body) FROM notes", "SELECT id FROM notes WHERE id = body"]) {
    expect([sql, field(errorOf(await client.query(sql)), "C")]).toEqual([sql, "42501"]);
  }
  expect(await notes()).toBe(20);
  client.end();
  await server.query("DROP FUNCTION wipe(text) CASCADE", "shop");
});

const DEFINES = `
rules:
  main:
  - {id: ddl, effect: allow, match: {statement: ["CREATE VIEW", "DROP TABLE", "DROP VIEW", "CREATE TABLE"]}}
  - {id: read, effect: allow, match: {statement: [SELECT], reads: ["public.*"], functions: safe}}
`;
const SWAP = "DROP TABLE shop_window; CREATE VIEW shop_window AS SELECT * FROM hidden.secrets";

test("a relation that the open transaction swapped is not taken for the one before", async () => {
  const client = await login(DEFINES);
  expect(errorOf(await client.query("SELECT count(*) FROM shop_window"))).toBeUndefined();
  for (const begin of ["BEGIN", "BEGIN; SELECT 1"]) {
    await client.query(begin);
    expect(errorOf(await client.query(SWAP))).toBeUndefined();
    expect(errorOf(await client.query("SELECT count(*) FROM customers"))).toBeUndefined();
    expect(field(errorOf(await client.query("SELECT count(*) FROM shop_window")), "C")).toBe("42501");
    await client.query("ROLLBACK");
    expect(errorOf(await client.query("SELECT count(*) FROM shop_window"))).toBeUndefined();
  }
  client.send(
    ...["DROP TABLE shop_window", "CREATE VIEW shop_window AS SELECT * FROM hidden.secrets"].flatMap((sql) => [
      parse("", sql),
      bind("", ""),
      execute(""),
    ]),
    parse("", "SELECT count(*) FROM shop_window"),
    bind("", ""),
    execute(""),
    sync(),
  );
  const answers = await client.until("Z");
  expect(field(errorOf(answers), "C")).toBe("42501");
  expect(shown(answers)).toBe("[]");
  client.end();
});

test("definitions are committed at the end of a message only, so that other connections notice", async () => {
  const client = await login(DEFINES);
  await client.query("BEGIN");
  expect(errorOf(await client.query(SWAP))).toBeUndefined();
  expect(field(errorOf(await client.query("COMMIT; SELECT count(*) FROM customers")), "C")).toBe("42501");
  await client.query("ROLLBACK");
  const other = await RawPostgres.login(gate().port, gate().user, gate().password);
  expect(errorOf(await other.query("SELECT count(*) FROM shop_window"))).toBeUndefined();
  expect(errorOf(await client.query(`BEGIN; ${SWAP}; COMMIT`))).toBeUndefined();
  expect(field(errorOf(await other.query("SELECT count(*) FROM shop_window")), "C")).toBe("42501");
  client.end();
  other.end();
});

test("a prepared EXECUTE is judged by what its name stands for when it runs", async () => {
  const client = await login(HELD_DELETES);
  client.send(parse("p", "SELECT 1"), parse("s", "EXECUTE p"), sync());
  await client.until("Z");
  client.send(closeStatement("p"), parse("p", "DELETE FROM notes WHERE id > 10"), sync());
  await client.until("Z");
  client.send(bind("", "s"), execute(""), sync());
  expect((await gate().pendingHold()).rule).toBe("mass");
  client.end();
  expect(await notes()).toBe(20);
});

test("a bound EXECUTE does not run what its name came to stand for later", async () => {
  const client = await login(HELD_DELETES);
  await client.query("BEGIN");
  client.send(parse("p", "SELECT 1"), parse("s", "EXECUTE p"), bind("o", "s"), sync());
  await client.until("Z");
  client.send(closeStatement("p"), parse("p", "DELETE FROM notes WHERE id > 10"), sync());
  await client.until("Z");
  client.send(execute("o"), sync());
  expect(field(errorOf(await client.until("Z")), "C")).toBe("42501");
  await client.query("COMMIT");
  expect(await notes()).toBe(20);
  client.end();
});

test("the approval of an EXECUTE shows its text and is good for that text only", async () => {
  const policy = `
rules:
  main:
  - {id: prepare, effect: allow, match: {statement: [PREPARE, UPDATE, DELETE], writes: ["public.*"], reads: ["public.*"]}, unless: {statement: [EXECUTE]}}
  - {id: mass, effect: hold, approval: dba, match: {statement: [EXECUTE]}}
${APPROVALS}`;
  const first = await login(policy);
  expect(errorOf(await first.query("PREPARE p AS UPDATE notes SET body = body WHERE id > 19"))).toBeUndefined();
  first.send(query("EXECUTE p"));
  const hold = await gate().pendingHold();
  expect(hold.commandText).toContain("UPDATE notes");
  first.end();
  await first.closed();
  while ((await gate().store.hold(hold.id))?.state === "pending") await new Promise((resolve) => setImmediate(resolve));
  const vote = await gate().engine.vote(hold.id, { name: "dana", subjects: ["person:dana"] }, "approve", "");
  expect(vote.ok).toBe(true);
  const second = await RawPostgres.login(gate().port, gate().user, gate().password);
  expect(errorOf(await second.query("PREPARE p AS DELETE FROM notes WHERE id > 0"))).toBeUndefined();
  second.send(query("EXECUTE p"));
  expect((await gate().pendingHold()).commandText).toContain("DELETE FROM notes");
  expect(await notes()).toBe(20);
  second.end();
});

test("the limit of affected rows counts what EXECUTE and COPY write", async () => {
  const client = await login(
    `
rules:
  main:
  - {id: all, effect: allow, match: {statement: ["*"], functions: safe}}
limits:
  few: {affected: 3}
`,
    "limits: few",
  );
  await client.query("PREPARE p AS WITH d AS (DELETE FROM notes WHERE id > 10 RETURNING 1) SELECT 1");
  for (const sql of [
    "EXECUTE p",
    "COPY (WITH d AS (DELETE FROM notes WHERE id > 10 RETURNING 1) SELECT 1) TO STDOUT",
    "COPY (DELETE FROM notes WHERE id > 10 RETURNING id) TO STDOUT",
    "COPY (DELETE FROM notes WHERE id > 10 RETURNING id) TO '/dev/null'",
  ]) {
    expect(field(errorOf(await client.query(sql)), "C")).toBe("42501");
    expect(await notes()).toBe(20);
  }
  client.end();
});

test("a definition that names no relation is not covered by a list of relations", async () => {
  const client = await login(`
rules:
  main:
  - {id: ddl, effect: allow, match: {statement: ["ALTER *", "CREATE *", "SECURITY LABEL"], writes: [public.notes]}}
`);
  for (const sql of [
    "ALTER SCHEMA hidden RENAME TO shown",
    "ALTER SCHEMA hidden OWNER TO postgres",
    "ALTER DATABASE shop OWNER TO postgres",
    "ALTER COLLATION lax RENAME TO strict",
    "ALTER COLLATION lax SET SCHEMA hidden",
    "CREATE SCHEMA evil",
    "CREATE TYPE evil AS ENUM ('a')",
    "CREATE DOMAIN evil AS int",
  ]) {
    expect([sql, field(errorOf(await client.query(sql)), "C")]).toEqual([sql, "42501"]);
  }
  client.end();
});

test("equality pins a key only where it is the key's own equality", async () => {
  const client = await login(`
rules:
  main:
  - {id: keyed, effect: allow, match: {statement: [UPDATE, PREPARE, EXECUTE], writes: ["public.*"], where: keyed}}
`);
  // float8 cannot tell these numbers apart.
  const float8 = 701;
  client.send(
    frame(
      "P",
      Buffer.concat([cstring(""), cstring("UPDATE numbers SET v = 'new' WHERE k = $1"), int16(1), int32(float8)]),
    ),
    bind("", "", ["10000000000000000"]),
    execute(""),
    sync(),
  );
  expect(field(errorOf(await client.until("Z")), "C")).toBe("42501");
  for (const sql of [
    "PREPARE f(float8) AS UPDATE numbers SET v = 'new' WHERE k = $1",
    "UPDATE words SET v = 'new' WHERE k = 'a'",
  ]) {
    expect([sql, field(errorOf(await client.query(sql)), "C")]).toEqual([sql, "42501"]);
  }
  const [row] = await server.query(
    "SELECT (SELECT count(*) FROM numbers WHERE v = 'new') + (SELECT count(*) FROM words WHERE v = 'new') AS count",
    "shop",
  );
  expect(row?.["count"]).toBe("0");
  client.end();
});

async function login(policy: string, grantKeys?: string): Promise<RawPostgres> {
  harness = await startHarness({
    protocol: postgres,
    target: {
      address: `127.0.0.1:${server.port}`,
      database: "shop",
      tls: { mode: "disable" },
      credential: { username: server.superuser, password: server.password },
    },
    policy,
    ...(grantKeys === undefined ? {} : { grantKeys }),
  });
  return RawPostgres.login(harness.port, harness.user, harness.password);
}

function gate(): Harness {
  if (harness === undefined) throw new Error("no gate");
  return harness;
}

async function notes(): Promise<number> {
  const [row] = await server.query("SELECT count(*) FROM notes", "shop");
  return Number(row?.["count"]);
}

function errorOf(messages: readonly RawMessage[]): RawMessage | undefined {
  return messages.find((message) => message.type === "E");
}

function shown(messages: readonly RawMessage[]): string {
  return JSON.stringify(messages.filter((message) => message.type === "D").map(values));
}
