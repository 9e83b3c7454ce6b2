/** The bypass corpus and rows 8–21 of the catalogue against a real server: assertions are on the server's state. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { postgres } from "@gate/protocols/postgres";
import { startHarness, type Harness } from "../../packages/testkit/src/harness.ts";
import {
  bind,
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
  startup,
  sync,
  type RawMessage,
} from "../../packages/testkit/src/postgres-raw.ts";
import { startPostgres, type PostgresServer } from "../../packages/testkit/src/postgres-server.ts";
import { CORPUS, FINGERPRINT, POLICY, SCHEMA } from "../bypass/corpus.ts";

let server: PostgresServer;
let harness: Harness;
let before: Record<string, unknown>;

beforeAll(async () => {
  server = await startPostgres({ settings: { log_statement: "all" } });
  await server.query("CREATE DATABASE shop");
  await server.query(SCHEMA, "shop");
  harness = await startHarness({
    protocol: postgres,
    target: {
      address: `127.0.0.1:${server.port}`,
      database: "shop",
      tls: { mode: "disable" },
      credential: { username: server.superuser, password: server.password },
    },
    policy: POLICY,
    grantKeys: "masks: [pii]",
  });
}, 120_000);

afterAll(async () => {
  await harness.stop();
  await server.stop();
});

beforeEach(async () => {
  before = await fingerprint();
});

describe("the bypass corpus", () => {
  for (const each of CORPUS) {
    test(`row ${each.row}: ${each.name}: ${each.expect}`, async () => {
      const client = await login();
      const logged = server.log().length;
      const simple = await client.query(each.sql);
      const isOne = !each.sql.includes(";") || each.sql.startsWith("DO ");
      client.send(parse("", each.sql), bind("", ""), describePortal(""), execute(""), sync());
      const extended = await client.until("Z");
      if (each.expect === "denied") {
        expectRefusal(simple);
        if (isOne) expectRefusal(extended);
        expect(await fingerprint()).toEqual(before);
      } else {
        expect(errorOf(simple)).toBeUndefined();
        expect(errorOf(extended)).toBeUndefined();
      }
      // The session stays usable: CONTRACT §6.
      expect(rowCount(await client.query("SELECT 1"))).toBe(1);
      // The server writes down every statement that it is sent, also one that fails, before it answers.
      const sent = server.log().slice(logged).includes(each.sql.replaceAll("\n", "\n\t"));
      expect(sent).toBe(each.expect === "allowed");
      client.end();
    });
  }
});

describe("the protocol's own ways round", () => {
  test("row 8: a statement prepared in SQL and executed by the protocol is judged at both", async () => {
    const client = await login();
    expectRefusal(await client.query("PREPARE d AS DELETE FROM notes"));
    client.send(bind("", "d"), execute(""), sync());
    expect(errorOf(await client.until("Z"))).toBeDefined();
    expect(await fingerprint()).toEqual(before);
    client.send(parse("e", "DELETE FROM notes"), sync());
    expectRefusal(await client.until("Z"));
    expect(errorOf(await client.query("EXECUTE e"))).toBeDefined();
    expect(await fingerprint()).toEqual(before);
    client.end();
  });

  test("row 8: an allowed statement crosses both ways", async () => {
    const client = await login();
    expect(errorOf(await client.query("PREPARE a AS SELECT id FROM notes WHERE id = 1"))).toBeUndefined();
    client.send(bind("", "a"), execute(""), sync());
    const byProtocol = await client.until("Z");
    expect(errorOf(byProtocol)).toBeUndefined();
    expect(rowCount(byProtocol)).toBe(1);
    client.send(parse("b", "SELECT id FROM notes WHERE id = 2"), sync());
    await client.until("Z");
    expect(rowCount(await client.query("EXECUTE b"))).toBe(1);
    client.end();
  });

  test("row 9: a Parse denied in mid-pipeline rolls the INSERT before it back and skips the rest", async () => {
    const client = await login();
    client.send(
      parse("", "INSERT INTO notes (id, body) VALUES (500, 'pipelined')"),
      bind("", ""),
      execute(""),
      parse("", "DELETE FROM notes"),
      bind("", ""),
      execute(""),
      parse("", "INSERT INTO notes (id, body) VALUES (501, 'after')"),
      bind("", ""),
      execute(""),
      sync(),
    );
    const answers = await client.until("Z");
    expectRefusal(answers);
    expect(answers.filter((message) => message.type === "E")).toHaveLength(1);
    expect(answers.filter((message) => message.type === "Z")).toHaveLength(1);
    expect(await fingerprint()).toEqual(before);
    expect(rowCount(await client.query("SELECT 1"))).toBe(1);
    client.end();
  });

  test("row 10: a denial inside BEGIN fails the transaction as the server would", async () => {
    const client = await login();
    await client.query("BEGIN");
    await client.query("INSERT INTO notes (id, body) VALUES (600, 'in a transaction')");
    const denied = await client.query("DELETE FROM notes");
    expectRefusal(denied);
    expect(status(denied)).toBe("E");
    expect(field(errorOf(await client.query("SELECT 1")), "C")).toBe("25P02");
    expect(status(await client.query("COMMIT"))).toBe("I");
    expect(await fingerprint()).toEqual(before);
    client.end();
  });

  test("row 13: a FunctionCall message is denied and the connection goes on", async () => {
    const [row] = await server.query("SELECT oid FROM pg_proc WHERE proname = 'pg_backend_pid'", "shop");
    const client = await login();
    client.send(frame("F", Buffer.concat([int32(Number(row?.["oid"])), int16(0), int16(0), int16(0)])));
    const answers = await client.until("Z");
    expectRefusal(answers);
    expect(answers.some((message) => message.type === "V")).toBe(false);
    expect(rowCount(await client.query("SELECT 1"))).toBe(1);
    client.end();
  });

  test("row 15: start-up options and replication are refused", async () => {
    for (const parameters of [
      { options: "-c search_path=evil" },
      { replication: "database" },
      { replication: "true" },
    ] as Record<string, string>[]) {
      const client = await RawPostgres.open(harness.port);
      client.send(startup({ user: harness.user, ...parameters }));
      const answers = await client.authenticate(harness.password).then(
        () => client.closed(),
        () => client.closed(),
      );
      expect(answers.some((message) => message.type === "Z")).toBe(false);
    }
    expect(await fingerprint()).toEqual(before);
  });

  test("row 17: a Query with an embedded NUL is denied, never cut", async () => {
    const client = await login();
    client.send(frame("Q", Buffer.from("SELECT 1\0; DELETE FROM notes\0")));
    const answers = await Promise.race([client.until("Z"), client.closed()]);
    expect(errorOf(answers)).toBeDefined();
    expect(rowCount(answers)).toBe(0);
    expect(await fingerprint()).toEqual(before);
    client.end();
  });

  test("row 18: a second SSLRequest, plaintext after it, and impossible lengths close the connection", async () => {
    const ssl = Buffer.concat([int32(8), int32(80877103)]);
    const attacks: Buffer[] = [
      Buffer.concat([ssl, ssl, ssl]),
      Buffer.concat([ssl, startup({ user: harness.user })]),
      Buffer.concat([int32(0), int32(196608)]),
      Buffer.concat([int32(3), int32(196608)]),
      Buffer.concat([int32(0x7fff_ffff), int32(196608)]),
      Buffer.concat([int32(-1), int32(196608)]),
      Buffer.concat([int32(100_000), int32(196608), Buffer.alloc(100_000)]),
      Buffer.from([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0]),
    ];
    for (const bytes of attacks) {
      const client = await RawPostgres.open(harness.port);
      client.send(bytes);
      await client.closed();
    }
    for (const length of [0, 3, -2147483648, 0x7fff_ffff]) {
      const client = await login();
      client.send(Buffer.concat([Buffer.from("C"), int32(length), cstring("S")]));
      await client.closed();
    }
    const client = await login();
    client.send(frame("z", Buffer.alloc(4)));
    const answers = await client.closed();
    expect(field(errorOf(answers), "C")).toBe("08P01");
    expect(await fingerprint()).toEqual(before);
  });

  test("row 19: a cancel request with a guessed key is ignored", async () => {
    const client = await RawPostgres.open(harness.port);
    client.send(startup({ user: harness.user }));
    await client.authenticate(harness.password);
    const hello = await client.until("Z");
    const key = hello.find((message) => message.type === "K")?.body;
    expect(key).toBeDefined();
    const guess = Buffer.from(key ?? Buffer.alloc(8));
    guess.writeInt32BE(guess.readInt32BE(4) ^ 1, 4);
    const attacker = await RawPostgres.open(harness.port);
    attacker.send(Buffer.concat([int32(16), int32(80877102), guess]));
    await attacker.closed();
    expect(rowCount(await client.query("SELECT count(*) FROM notes a, notes b, notes c"))).toBe(1);
    client.end();
  });

  test("row 21: nine megabytes of comment do not hide what follows", async () => {
    const client = await login();
    client.send(query(`/*${"x".repeat(9 * 1024 * 1024)}*/ DELETE FROM notes`));
    expectRefusal(await client.until("Z"));
    expect(await fingerprint()).toEqual(before);
    expect(rowCount(await client.query("SELECT 1"))).toBe(1);
    client.end();
  }, 120_000);

  test("SQL that does not parse is answered as the server would, and never forwarded", async () => {
    const client = await login();
    const logged = server.log().length;
    const answers = await client.query("SELEC 1");
    expect(field(errorOf(answers), "C")).toBe("42601");
    expect(field(errorOf(answers), "P")).toBe("1");
    expect(server.log().slice(logged)).not.toContain("SELEC 1");
    client.end();
  });
});

async function login(): Promise<RawPostgres> {
  return RawPostgres.login(harness.port, harness.user, harness.password);
}

async function fingerprint(): Promise<Record<string, unknown>> {
  const [row] = await server.query(FINGERPRINT, "shop");
  return row ?? {};
}

function errorOf(messages: readonly RawMessage[]): RawMessage | undefined {
  return messages.find((message) => message.type === "E");
}

function rowCount(messages: readonly RawMessage[]): number {
  return messages.filter((message) => message.type === "D").length;
}

function status(messages: readonly RawMessage[]): string | undefined {
  return messages.findLast((message) => message.type === "Z")?.body.toString("latin1");
}

function expectRefusal(messages: readonly RawMessage[]): void {
  const error = errorOf(messages);
  expect(field(error, "C")).toBe("42501");
  expect(field(error, "M")).toMatch(/^gate: denied/);
  expect(field(error, "D")).toMatch(/^session s_/);
  expect(rowCount(messages)).toBe(0);
}
