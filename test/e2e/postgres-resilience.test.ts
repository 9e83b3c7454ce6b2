/** Servers that die, clients that vanish, bytes that make no sense: the gate lives on, and says what happened. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import net from "node:net";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import { field, query, RawPostgres, startup, values } from "../../packages/testkit/src/postgres-raw.ts";
import { startPostgres } from "../../packages/testkit/src/postgres-server.ts";
import { DATABASE, errorOf, login, rowCount, sqlstate, until, useServer } from "./postgres-fixture.ts";
import { CONVERSATIONS, RESET, SCHEMA } from "./postgres-traffic.ts";

/** Kinds of mutation: those that keep the lengths of messages get further. */
const MOSTLY_CONTENT = ["flip", "flip", "set", "set", "insert", "remove", "cut", "repeat", "length"];
/** A connection that says nothing for so many times 3 ms has said all. */
const QUIET_TICKS = 6;
/** Mutations of real traffic that are tried. */
const MUTATIONS = Number(process.env["GATE_TEST_MUTATIONS"] ?? 120);

describe("the target", () => {
  const fixture = useServer({ schema: SCHEMA });

  test("a backend killed in the middle of a command: FATAL for its client, nothing for the others", async () => {
    const gate = await fixture.gate();
    const victim = await login(gate);
    const other = await login(gate);
    victim.send(query("SELECT pg_sleep(30)"));
    const pid = "SELECT pid FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)' AND state = 'active'";
    await until(async () => (await fixture.server.query(pid)).length === 1);
    await fixture.server.query(`SELECT pg_terminate_backend(pid) FROM (${pid}) p`);
    const ended = await victim.closed();
    expect(sqlstate(ended)).toBe("57P01");
    expect(field(errorOf(ended), "V")).toBe("FATAL");
    expect(rowCount(await other.query("SELECT 1"))).toBe(1);
    expect(rowCount(await (await login(gate)).query("SELECT 1"))).toBe(1);
  });

  test("a server that stops and starts again: 08006 meanwhile, then as before", async () => {
    const own = await startPostgres();
    const target = {
      address: `127.0.0.1:${own.port}`,
      database: "postgres",
      tls: { mode: "disable" },
      credential: { username: own.superuser, password: own.password },
    };
    const gate = await fixture.gate(undefined, { target });
    const client = await login(gate);
    expect(rowCount(await client.query("SELECT 1"))).toBe(1);
    client.send(query("SELECT pg_sleep(30)"));
    const other = await fixture.gate();
    const bystander = await login(other);
    const { port } = own;
    await own.stop();
    const ended = await client.closed();
    expect(errorOf(ended)).toBeDefined();
    expect(rowCount(await bystander.query("SELECT 1"))).toBe(1);
    const late = await RawPostgres.open(gate.port);
    late.send(startup({ user: gate.user }));
    await late.authenticate(gate.password);
    const refused = await late.closed();
    expect(sqlstate(refused)).toBe("08006");
    expect(field(errorOf(refused), "M")).toMatch(/^gate: target unreachable/);
    expect(port).toBeGreaterThan(0);
  }, 120_000);

  test("a server that crashes and recovers: the client is told, the next connection works, nothing half done stays", async () => {
    await fixture.server.query(RESET, DATABASE);
    const gate = await fixture.gate();
    const client = await login(gate);
    await client.query("BEGIN");
    await client.query("INSERT INTO notes VALUES (950, 'x')");
    const [row] = (await client.query("SELECT pg_backend_pid()")).filter(({ type }) => type === "D").map(values);
    process.kill(Number(row?.[0]), "SIGKILL");
    const ended = await client.closed();
    expect(sqlstate(ended)).toMatch(/^(08006|57P02)$/);
    await until(async () => (await fixture.server.query("SELECT 1").catch(() => [])).length === 1);
    const next = await login(gate);
    expect(rowCount(await next.query("SELECT 1"))).toBe(1);
    expect(rowCount(await next.query("SELECT 1 FROM notes WHERE id = 950"))).toBe(0);
  }, 120_000);

  test("a target that closes without a word, or answers with rubbish, is an error for its client only", async () => {
    for (const greeting of ["", "HTTP/1.1 400 Bad Request\r\n\r\n", "\xff".repeat(100), "R\0\0\0\x08\0\0\0\x63"]) {
      const fake = net.createServer((socket) => {
        socket.on("error", () => undefined);
        socket.once("data", () => socket.end(Buffer.from(greeting, "latin1")));
      });
      await new Promise<void>((resolve) => fake.listen(0, "127.0.0.1", resolve));
      const { port } = fake.address() as net.AddressInfo;
      const gate = await fixture.gate(undefined, { target: { ...fixture.target(), address: `127.0.0.1:${port}` } });
      const client = await RawPostgres.open(gate.port);
      client.send(startup({ user: gate.user }));
      await client.authenticate(gate.password);
      const ended = await client.closed();
      expect(field(errorOf(ended), "V")).toBe("FATAL");
      expect(field(errorOf(ended), "C")).toMatch(/^08/);
      await new Promise((resolve) => fake.close(resolve));
    }
  });

  test("a client that vanishes in the middle of a command does not leave it running", async () => {
    const gate = await fixture.gate();
    for (const sql of ["SELECT pg_sleep(31)", "SELECT count(*) FROM generate_series(1, 1000000000) a"]) {
      const client = await login(gate);
      client.send(query(sql));
      const active = `SELECT 1 FROM pg_stat_activity WHERE query = '${sql}' AND state = 'active'`;
      await until(async () => (await fixture.server.query(active)).length === 1);
      client.end();
      await until(async () => (await fixture.server.query(active)).length === 0);
    }
    expect((await gate.entries()).filter(({ type }) => type === "result")).toHaveLength(2);
    await until(() => gate.engine.live(gate.session.id)?.connections === 0);
  });

  test("a client that vanishes in a transaction or a COPY leaves neither locks nor rows", async () => {
    await fixture.server.query(RESET, DATABASE);
    const gate = await fixture.gate();
    const first = await login(gate);
    await first.query("BEGIN");
    await first.query("INSERT INTO notes VALUES (900, 'x')");
    const second = await login(gate);
    second.send(query("COPY notes (id) FROM STDIN"), Buffer.from("d\0\0\0\x08901\n"));
    await second.until("G");
    first.end();
    second.end();
    await until(() => gate.engine.live(gate.session.id)?.connections === 0);
    const holders = "SELECT 1 FROM pg_locks l JOIN pg_class c ON c.oid = l.relation WHERE c.relname = 'notes'";
    await until(async () => (await fixture.server.query(holders, DATABASE)).length === 0);
    expect(await fixture.server.query("SELECT id FROM notes WHERE id >= 900", DATABASE)).toEqual([]);
  });
});

describe("bytes that make no sense", () => {
  const fixture = useServer({
    schema: SCHEMA,
    settings: { log_statement: "all", log_line_prefix: "@%p@%u@", log_min_error_statement: "panic" },
  });
  let gate: Harness;

  beforeAll(async () => {
    await fixture.server.query(RESET, DATABASE);
    gate = await fixture.lastingGate(`
rules:
  main:
  - {id: some, effect: allow, match: {statement: [SELECT, INSERT, COPY, FETCH, "DECLARE CURSOR", PREPARE, EXECUTE], functions: safe}}
`);
  }, 90_000);

  const mutation = fc.record({
    conversations: fc.array(fc.integer({ min: 0, max: CONVERSATIONS.length - 1 }), { minLength: 2, maxLength: 6 }),
    edits: fc.array(
      fc.record({
        at: fc.double({ min: 0, max: 1, noNaN: true }),
        kind: fc.constantFrom(...MOSTLY_CONTENT),
        byte: fc.integer({ min: 0, max: 255 }),
        count: fc.integer({ min: 1, max: 40 }),
      }),
      { minLength: 0, maxLength: 3 },
    ),
    chunk: fc.integer({ min: 5, max: 400 }),
  });

  function mutate(bytes: Buffer, edits: readonly { at: number; kind: string; byte: number; count: number }[]): Buffer {
    let out = bytes;
    for (const { at, kind, byte, count } of edits) {
      const place = Math.min(out.length - 1, Math.floor(at * out.length));
      if (out.length < 6) break;
      const copy = Buffer.from(out);
      if (kind === "flip") copy[place] = (copy[place] ?? 0) ^ (1 << (byte % 8));
      if (kind === "set") copy[place] = byte;
      if (kind === "length") copy.writeInt32BE((byte << 24) | (count * 97), Math.min(place, out.length - 4));
      out = copy;
      if (kind === "insert")
        out = Buffer.concat([out.subarray(0, place), Buffer.alloc(count, byte), out.subarray(place)]);
      if (kind === "remove") out = Buffer.concat([out.subarray(0, place), out.subarray(place + count)]);
      if (kind === "cut") out = out.subarray(0, place + 1);
      if (kind === "repeat") out = Buffer.concat([out.subarray(0, place + count), out.subarray(place)]);
    }
    return out;
  }

  async function converse(client: RawPostgres, bytes: Buffer, chunk: number): Promise<void> {
    const socket = client.takeSocket();
    let quiet = 0;
    socket.on("data", () => (quiet = 0));
    for (let at = 0; at < bytes.length && !socket.destroyed; at += chunk) {
      socket.write(bytes.subarray(at, at + chunk));
      await new Promise((resolve) => setImmediate(resolve));
    }
    const closed = new Promise<void>((resolve) => {
      if (socket.closed) resolve();
      else socket.once("close", () => resolve());
    });
    for (; quiet < QUIET_TICKS && !socket.destroyed; quiet += 1) await new Promise((resolve) => setTimeout(resolve, 3));
    socket.end();
    const deadline = setTimeout(() => socket.destroy(), 3_000);
    await closed;
    clearTimeout(deadline);
  }

  test("mutated traffic ends at most its own connection, and the server runs nothing that the record did not admit", async () => {
    // What the gate asks on its own account is known from a connection that asks nothing else.
    const idle = await login(gate);
    expect(rowCount(await idle.query("SELECT 1"))).toBe(1);
    idle.end();
    const house = new Set(statements(fixture.server.log()));
    await fc.assert(
      fc.asyncProperty(mutation, async ({ conversations, edits, chunk }) => {
        const bytes = Buffer.concat(conversations.map((index) => CONVERSATIONS[index]?.bytes ?? Buffer.alloc(0)));
        await converse(await login(gate), mutate(bytes, edits), chunk);
      }),
      { numRuns: MUTATIONS, endOnFailure: true },
    );
    await until(() => gate.engine.live(gate.session.id)?.connections === 0, 20_000);
    expect(rowCount(await (await login(gate)).query("SELECT 1"))).toBe(1);
    const admitted = new Set<string>();
    for (const entry of await gate.entries()) {
      if (entry.type === "verdict" && entry.verdict === "allow")
        admitted.add(entry.command.text.split("\n-- runs by name:")[0]?.trim() ?? "");
    }
    const ran = statements(fixture.server.log()).filter((text) => !house.has(text) && !admitted.has(text));
    expect(ran).toEqual([]);
    expect(statements(fixture.server.log()).length).toBeGreaterThan(MUTATIONS);
    const failed = (await gate.entries()).filter(
      (entry) => entry.type === "note" && (entry.event === "failed" || entry.event === "target-violation"),
    );
    expect(failed).toEqual([]);
  }, 180_000);

  test("mutated starts are refused, and nothing reaches the server", async () => {
    const start = startup({ user: gate.user, database: DATABASE, application_name: "x", options: "-c x=y" });
    const before = fixture.server.log().length;
    await fc.assert(
      fc.asyncProperty(mutation, async ({ edits, chunk }) => {
        await converse(await RawPostgres.open(gate.port), mutate(start, edits), chunk);
      }),
      { numRuns: Math.ceil(MUTATIONS / 2), endOnFailure: true },
    );
    expect(statements(fixture.server.log().slice(before))).toEqual([]);
    expect(rowCount(await (await login(gate)).query("SELECT 1"))).toBe(1);
  }, 120_000);

  /** What the server says that it has run: statements of the log, with the lines that go on with a tab. */
  function statements(log: string): string[] {
    const found: string[] = [];
    for (const part of log.split(/^@/m)) {
      const match = /^\d+@[^@]*@LOG: {2}(?:statement|execute [^:]*|fetch from [^:]*): ([^]*)$/.exec(part);
      if (match?.[1] !== undefined) found.push(match[1].replaceAll("\n\t", "\n").trim());
    }
    return found;
  }
});
