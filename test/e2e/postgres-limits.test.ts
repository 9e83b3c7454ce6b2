/** Each limit of a grant ends natively, is recorded, and leaves usable what it does not have to close. */
import { beforeEach, expect, test } from "@jest/globals";
import { ManualClock } from "@gate/base";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import {
  bind,
  copyData,
  copyDone,
  execute,
  field,
  parse,
  query,
  RawPostgres,
  startup,
  sync,
  type RawMessage,
} from "../../packages/testkit/src/postgres-raw.ts";
import {
  DATABASE,
  errorOf,
  login,
  PERMISSIVE,
  rowCount,
  sqlstate,
  status,
  types,
  until,
  useServer,
} from "./postgres-fixture.ts";

const fixture = useServer({ schema: "CREATE TABLE notes (id int PRIMARY KEY, body text)" });
const COPYING = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'COPY notes FROM%' AND state = 'active'";
const FILL = "TRUNCATE notes; INSERT INTO notes SELECT n, 'note ' || n FROM generate_series(1, 50) n";

beforeEach(() => fixture.server.query(FILL, DATABASE));

function limited(limits: string, options = {}): Promise<Harness> {
  return fixture.gate(`${PERMISSIVE}limits:\n  db: {${limits}}\n`, { grantKeys: "limits: db", ...options });
}

const extended = (sql: string, rows = 0): Buffer =>
  Buffer.concat([parse("", sql), bind("", ""), execute("", rows), sync()]);

async function ask(client: RawPostgres, mode: "simple" | "extended", sql: string): Promise<RawMessage[]> {
  client.send(mode === "simple" ? query(sql) : extended(sql));
  return client.until("Z");
}

async function expectUsable(client: RawPostgres): Promise<void> {
  expect(rowCount(await client.query("SELECT 1"))).toBe(1);
}

function expectLimit(messages: readonly RawMessage[], what: RegExp): void {
  expect(sqlstate(messages)).toBe("42501");
  expect(field(errorOf(messages), "M")).toMatch(what);
  expect(field(errorOf(messages), "D")).toMatch(/^session s_\S+ entry \d+$/);
  expect(messages.filter(({ type }) => type === "E")).toHaveLength(1);
}

async function notes(gate: Harness, event: string): Promise<number> {
  const entries = await gate.entries();
  return entries.filter((entry) => entry.type === "note" && entry.event === event).length;
}

async function stored(): Promise<number> {
  const [row] = await fixture.server.query("SELECT count(*)::int AS n FROM notes", DATABASE);
  return Number(row?.["n"]);
}

test.each(["simple", "extended"] as const)("rows (%s): at most so many reach the client", async (mode) => {
  const gate = await limited("rows: 10");
  const client = await login(gate);
  const exactly = await ask(client, mode, "SELECT * FROM notes WHERE id <= 10");
  expect(errorOf(exactly)).toBeUndefined();
  expect(rowCount(exactly)).toBe(10);
  const more = await ask(client, mode, "SELECT * FROM notes");
  expectLimit(more, /more than 10 rows/);
  expect(rowCount(more)).toBeLessThanOrEqual(10);
  expect(status(more)).toBe("I");
  const many = await ask(client, mode, "SELECT n FROM generate_series(1, 3000000) n");
  expectLimit(many, /more than 10 rows/);
  expect(rowCount(many)).toBeLessThanOrEqual(10);
  await expectUsable(client);
  expect(await notes(gate, "limit")).toBe(2);
});

test("rows: a cursor counts over all of its parts, and COPY counts as rows", async () => {
  const gate = await limited("rows: 10");
  const client = await login(gate);
  client.send(parse("", "SELECT * FROM notes"), bind("", ""), execute("", 6), execute("", 6), sync());
  const parts = await client.until("Z");
  expectLimit(parts, /more than 10 rows/);
  expect(rowCount(parts)).toBeLessThanOrEqual(10);
  const copy = await client.query("COPY notes TO STDOUT");
  expectLimit(copy, /more than 10 rows/);
  expect(copy.filter(({ type }) => type === "d").length).toBeLessThanOrEqual(10);
  await expectUsable(client);
});

test("rows: inside a transaction the transaction fails as the server's would", async () => {
  const gate = await limited("rows: 10");
  const client = await login(gate);
  await client.query("BEGIN");
  await client.query("INSERT INTO notes VALUES (100, 'x')");
  const more = await client.query("SELECT n FROM generate_series(1, 3000000) n");
  expectLimit(more, /more than 10 rows/);
  expect(status(more)).toBe("E");
  await client.query("COMMIT");
  expect(await stored()).toBe(50);
  await expectUsable(client);
});

test.each(["simple", "extended"] as const)("affected (%s): a command that writes more is undone", async (mode) => {
  const gate = await limited("affected: 10");
  const client = await login(gate);
  expect(errorOf(await ask(client, mode, "DELETE FROM notes WHERE id <= 10"))).toBeUndefined();
  expect(await stored()).toBe(40);
  const more = await ask(client, mode, "DELETE FROM notes");
  expectLimit(more, /more than 10 affected rows/);
  expect(status(more)).toBe("I");
  expect(await stored()).toBe(40);
  await expectUsable(client);
  expect(await notes(gate, "limit")).toBe(1);
});

test("affected: COPY from the client, and a command in an open transaction, are undone too", async () => {
  const gate = await limited("affected: 10");
  const client = await login(gate);
  const rows = Array.from({ length: 20 }, (_, n) => `${n + 100}\tx\n`).join("");
  client.send(query("COPY notes FROM STDIN"), copyData(rows), copyDone());
  expectLimit(await client.until("Z"), /more than 10 affected rows/);
  expect(await stored()).toBe(50);
  await client.query("BEGIN");
  await client.query("INSERT INTO notes VALUES (200, 'x')");
  const more = await client.query("UPDATE notes SET body = ''");
  expectLimit(more, /more than 10 affected rows/);
  expect(status(more)).toBe("E");
  await client.query("COMMIT");
  expect(await stored()).toBe(50);
  await expectUsable(client);
});

test.each(["simple", "extended"] as const)("bytes (%s)", async (mode) => {
  const gate = await limited("bytes: 64KiB");
  const client = await login(gate);
  expect(errorOf(await ask(client, mode, "SELECT repeat('x', 60000)"))).toBeUndefined();
  const more = await ask(client, mode, "SELECT repeat('x', 1000) FROM generate_series(1, 100000)");
  expectLimit(more, /more than 65536 result bytes/);
  expect(more.reduce((sum, { body }) => sum + body.length, 0)).toBeLessThan(100_000);
  expectLimit(await ask(client, mode, "SELECT repeat('x', 50000000)"), /more than 65536 result bytes/);
  await expectUsable(client);
});

test("concurrent: one more connection is refused, and fits when one has gone", async () => {
  const gate = await limited("concurrent: 2");
  const first = await login(gate);
  await login(gate);
  const third = await RawPostgres.open(gate.port);
  third.send(startup({ user: gate.user }));
  expect(types(await third.closed())).not.toContain("R");
  await until(async () => (await notes(gate, "limit")) === 1);
  first.end();
  await until(() => gate.engine.live(gate.session.id)?.connections === 1);
  await expectUsable(await login(gate));
});

test("rate: more commands a second are refused, later ones pass", async () => {
  const clock = new ManualClock(Date.now());
  const gate = await limited("rate: 5/s", { clock });
  const client = await login(gate);
  const answered: (string | undefined)[] = [];
  for (let n = 0; n < 7; n += 1) answered.push(sqlstate(await client.query("SELECT 1")));
  expect(answered).toEqual([undefined, undefined, undefined, undefined, undefined, "42501", "42501"]);
  clock.advance(1000);
  await expectUsable(client);
});

test.each(["simple", "extended"] as const)("statement_time (%s): the command is ended with 57014", async (mode) => {
  const gate = await limited("statement_time: 300ms");
  const client = await login(gate);
  const slow = await ask(client, mode, "SELECT pg_sleep(20)");
  expect(sqlstate(slow)).toBe("57014");
  expect(field(errorOf(slow), "M")).toBe("gate: statement time limit");
  expect(status(slow)).toBe("I");
  await expectUsable(client);
  expect(await notes(gate, "limit")).toBe(1);
});

test("statement_time: a pipeline of quick commands may take longer as a whole", async () => {
  const gate = await limited("statement_time: 2s");
  const client = await login(gate);
  const one = Buffer.concat([parse("", "SELECT pg_sleep(0.7)"), bind("", ""), execute("")]);
  client.send(one, one, one, one, sync());
  const answered = await client.until("Z");
  expect(errorOf(answered)).toBeUndefined();
  expect(rowCount(answered)).toBe(4);
});

test("statement_time: a client that sends no COPY data does not keep its command for ever", async () => {
  const gate = await limited("statement_time: 300ms");
  const client = await login(gate);
  client.send(query("COPY notes FROM STDIN"));
  await client.until("G");
  const ended = await client.closed();
  expect(sqlstate(ended)).toBe("57014");
  expect(field(errorOf(ended), "V")).toBe("FATAL");
  expect(await stored()).toBe(50);
  await until(async () => (await fixture.server.query(COPYING)).length === 0);
});

test("idle_time: a silent connection is closed with 57P05, a busy one is not", async () => {
  const gate = await limited("idle_time: 2s");
  const busy = await login(gate);
  const silent = await login(gate);
  expect(rowCount(await busy.query("SELECT pg_sleep(4)"))).toBe(1);
  const ended = await silent.closed();
  expect(sqlstate(ended)).toBe("57P05");
  expect(field(errorOf(ended), "V")).toBe("FATAL");
  expect(await notes(gate, "idle-time")).toBe(1);
  await expectUsable(busy);
});

test("session_bytes: a full recording refuses further commands", async () => {
  const gate = await limited("session_bytes: 16KiB");
  const client = await login(gate);
  let refused: RawMessage[] = [];
  for (let n = 0; n < 100 && errorOf(refused) === undefined; n += 1) refused = await client.query(`SELECT ${n}`);
  expect(sqlstate(refused)).toBe("42501");
  expect(field(errorOf(refused), "M")).toMatch(/recording is full/);
});
