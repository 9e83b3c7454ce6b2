import { describe, expect, test } from "@jest/globals";
import { Secret } from "@gate/base";
import fc from "fast-check";
import { cancelRegistry } from "./cancel.ts";
import { PostgresError } from "./errors.ts";
import { checkServerFinal, scramClientFinal, scramClientFirst } from "./scram-client.ts";
import { fakeGate, fakeLink, TestClient } from "./start-doubles.ts";
import { cancelRequest, readStartupPacket, startupMessage } from "./startup-packet.ts";
import { acceptStartup, type Startup } from "./startup.ts";
import { parseTarget } from "./target.ts";
import { frame, readFields } from "./wire.ts";

const TARGET = parseTarget({
  address: "db.internal:5432",
  database: "orders",
  credential: { username: "deploy", password: "upstream-secret" },
});
const SSL_REQUEST = Buffer.from("0000000804d2162f", "hex");
const GSSENC_REQUEST = Buffer.from("0000000804d21630", "hex");
const OWN: [string, string][] = [
  ["user", "gate"],
  ["database", "orders"],
];
const PLAIN = { mechanism: "SCRAM-SHA-256", gs2Header: "n,,", binding: new Uint8Array(0) } as const;

function begin(options: Parameters<typeof fakeLink>[0] = {}) {
  const { gate, notes, clock } = fakeGate();
  const { link, client: stream, abort } = fakeLink(options);
  const cancels = cancelRegistry();
  const client = new TestClient(stream);
  return { client, notes, clock, cancels, abort, result: acceptStartup(link, gate, TARGET, cancels) };
}

/** Signs in; gives the last message: AuthenticationOk, or the error. */
async function signIn(
  client: TestClient,
  password: string,
  options: { gs2?: string; cut?: (length: number) => number[] } = {},
) {
  const cut = options.cut ?? (() => []);
  const send = (bytes: Buffer) => client.send(bytes, cut(bytes.length));
  const request = await client.message();
  if (request?.type !== "R" || request.body[3] !== 10) return request;
  const first = scramClientFirst({ ...PLAIN, gs2Header: options.gs2 ?? "n,," }, "fyko+d2lbbFgONRv9qkxdawL");
  const length = Buffer.alloc(4);
  length.writeInt32BE(Buffer.byteLength(first.message));
  await send(frame("p", Buffer.from("SCRAM-SHA-256\0"), length, Buffer.from(first.message)));
  const serverFirst = await client.message();
  if (serverFirst?.type !== "R") return serverFirst;
  const final = await scramClientFinal(first, new Secret(password), serverFirst.body.toString("utf8", 4));
  await send(frame("p", Buffer.from(final.message)));
  const serverFinal = await client.message();
  if (serverFinal?.type !== "R") return serverFinal;
  checkServerFinal(final, serverFinal.body.toString("utf8", 4));
  return client.message();
}

/** Signs in with these start-up parameters. */
async function connectWith(pairs: [string, string][], minor = 0) {
  const run = begin();
  await run.client.send(startupMessage(minor, pairs));
  const last = await signIn(run.client, "secret");
  return { ...run, last, fields: last?.type === "E" ? readFields(last.body) : undefined };
}

function expectStarted(startup: Startup | undefined): asserts startup is Startup {
  expect(startup).toMatchObject({ user: "gate", database: "orders", protocolMinor: 0 });
  expect(startup?.remainder).toHaveLength(0);
}

describe("signing in", () => {
  test("the endpoint's password gets in, and the client learns that the gate knows its verifier", async () => {
    const { last, result } = await connectWith(OWN);
    expect(last).toEqual({ type: "R", body: Buffer.from([0, 0, 0, 0]) });
    expectStarted(await result);
  });

  test("a client that could bind the channel, and says so, gets in", async () => {
    const { client, result } = begin();
    await client.send(startupMessage(0, OWN));
    await signIn(client, "secret", { gs2: "y,," });
    expectStarted(await result);
  });

  test.each([
    ["a wrong password", "gate", "wrong"],
    ["another user", "postgres", "secret"],
  ])("%s is refused at the same place, with the same words", async (_what, user, password) => {
    const { client, result, notes } = begin();
    await client.send(startupMessage(0, [["user", user]]));
    const last = await signIn(client, password);
    expect(last?.type).toBe("E");
    const fields = readFields(last?.body ?? Buffer.alloc(0));
    expect([fields.get("S"), fields.get("C"), fields.get("M")]).toEqual([
      "FATAL",
      "28P01",
      "gate: password authentication failed",
    ]);
    expect(await client.message()).toBeUndefined();
    expect(await result).toBeUndefined();
    expect(notes).toMatchObject([{ event: "startup-refused", detail: { sqlstate: "28P01" } }]);
  });

  test("what the client pipelines after its proof stays in the stream for whoever reads next", async () => {
    const { gate } = fakeGate();
    const { link, client: stream } = fakeLink();
    const client = new TestClient(stream);
    const result = acceptStartup(link, gate, TARGET, cancelRegistry());
    await client.send(startupMessage(0, OWN));
    await signIn(client, "secret");
    const query = frame("Q", Buffer.from("SELECT 1\0"));
    await client.send(query);
    expectStarted(await result);
    const read = await new Promise<Buffer>((resolve) => link.downstream.on("data", resolve));
    expect(read).toEqual(query);
  });

  test("every message may arrive cut at any byte", async () => {
    const startup = startupMessage(0, OWN);
    for (let at = 1; at < startup.length; at++) {
      const { client, result } = begin();
      await client.send(startup, [at]);
      await signIn(client, "secret", { cut: (length) => [1 + (at % (length - 1))] });
      expectStarted(await result);
    }
  });

  test("every message may arrive a byte at a time, encryption requests too", async () => {
    const each = (length: number): number[] => Array.from({ length: length - 1 }, (_, index) => index + 1);
    const { client, result } = begin();
    for (const request of [GSSENC_REQUEST, SSL_REQUEST]) {
      await client.send(request, each(request.length));
      expect((await client.bytes(1))?.toString()).toBe("N");
    }
    const startup = startupMessage(0, OWN);
    await client.send(startup, each(startup.length));
    await signIn(client, "secret", { cut: each });
    expectStarted(await result);
  });

  test("time runs out for a client that says nothing", async () => {
    const { client, clock, result, notes } = begin();
    await client.send(Buffer.from([0, 0]));
    clock.advance(60_000);
    expect(readFields((await client.message())?.body ?? Buffer.alloc(0)).get("C")).toBe("08P01");
    expect(await result).toBeUndefined();
    expect(notes).toHaveLength(1);
  });

  test("a connection of a pool may wait for its first byte, and leaves no note when it is not used", async () => {
    const { client, clock, result, notes } = begin();
    clock.advance(120_000);
    await client.send(startupMessage(0, OWN));
    expect((await client.message())?.type).toBe("R");
    clock.advance(60_000);
    expect((await client.message())?.type).toBe("E");
    expect(await result).toBeUndefined();
    expect(notes).toHaveLength(1);
    const unused = begin();
    unused.client.end();
    expect(await unused.result).toBeUndefined();
    expect(unused.notes).toEqual([]);
  });

  test("the end of the session ends a start-up in progress", async () => {
    const { client, abort, result } = begin();
    abort.abort("expired");
    expect(readFields((await client.message())?.body ?? Buffer.alloc(0)).get("C")).toBe("57P01");
    expect(await result).toBeUndefined();
  });
});

describe("protocol versions", () => {
  test.each([
    [0, 0],
    [2, 2],
  ])("3.%i is taken as it is", async (minor, settled) => {
    const { result } = await connectWith(OWN, minor);
    expect((await result)?.protocolMinor).toBe(settled);
  });

  test.each([
    [1, 0],
    [3, 2],
    [9999, 2],
  ])("3.%i is negotiated down to 3.%i", async (minor, settled) => {
    const { client, result } = begin();
    await client.send(startupMessage(minor, OWN));
    expect(await client.message()).toEqual({ type: "v", body: Buffer.from([0, 3, 0, settled, 0, 0, 0, 0]) });
    await signIn(client, "secret");
    expect((await result)?.protocolMinor).toBe(settled);
  });

  test("options that only a newer protocol knows are named as unknown", async () => {
    const { client, result } = begin();
    await client.send(startupMessage(0, [...OWN, ["_pq_.compression", "on"]]));
    const answer = await client.message();
    expect(answer?.type).toBe("v");
    expect(answer?.body.subarray(4)).toEqual(Buffer.from("\0\0\0\x01_pq_.compression\0", "latin1"));
    await signIn(client, "secret");
    expectStarted(await result);
  });

  test("another major version is refused", async () => {
    const { client, result } = begin();
    await client.send(Buffer.from("0000000800020000", "hex"));
    expect(readFields((await client.message())?.body ?? Buffer.alloc(0)).get("C")).toBe("0A000");
    expect(await result).toBeUndefined();
  });
});

describe("start-up parameters", () => {
  test.each<[string, [string, string][]]>([
    ["the target's database", OWN],
    ["no database", [["user", "gate"]]],
    [
      "the user's name as database, as libpq defaults to",
      [
        ["user", "gate"],
        ["database", "gate"],
      ],
    ],
    ["empty options, and replication turned off", [...OWN, ["options", ""], ["replication", "off"]]],
    ["each spelling of UTF-8", [...OWN, ["client_encoding", "'utf-8'"]]],
  ])("%s passes", async (_what, pairs) => {
    const { result } = await connectWith(pairs);
    expectStarted(await result);
  });

  test("settings of presentation are handed on under the server's spelling", async () => {
    const { result } = await connectWith([
      ...OWN,
      ["datestyle", "ISO"],
      ["application_name", "psql"],
      ["client_encoding", "UTF8"],
    ]);
    expect([...((await result)?.parameters ?? [])]).toEqual([
      ["DateStyle", "ISO"],
      ["application_name", "psql"],
    ]);
  });

  test.each<[string, string, [string, string][]]>([
    ["options (bypass 15)", "42501", [...OWN, ["options", "-c search_path=evil"]]],
    ["options of another spelling", "42501", [...OWN, ["OPTIONS", "-c role=admin"]]],
    ["replication=database (bypass 15)", "42501", [...OWN, ["replication", "database"]]],
    ["replication=true", "42501", [...OWN, ["replication", "true"]]],
    ["search_path", "42501", [...OWN, ["search_path", "evil"]]],
    ["role", "42501", [...OWN, ["role", "admin"]]],
    ["standard_conforming_strings", "42501", [...OWN, ["standard_conforming_strings", "off"]]],
    ["session_replication_role", "42501", [...OWN, ["session_replication_role", "replica"]]],
    ["another encoding", "22023", [...OWN, ["client_encoding", "SJIS"]]],
    [
      "another database",
      "3D000",
      [
        ["user", "gate"],
        ["database", "postgres"],
      ],
    ],
  ])("%s is refused with %s, once the client has signed in", async (_what, sqlstate, pairs) => {
    const { client, fields, result, notes } = await connectWith(pairs);
    expect(fields?.get("S")).toBe("FATAL");
    expect(fields?.get("C")).toBe(sqlstate);
    expect(fields?.get("M")).toMatch(sqlstate === "42501" ? /^gate: denied by rule "startup": / : /^gate: /);
    expect(await client.message()).toBeUndefined();
    expect(await result).toBeUndefined();
    expect(notes).toMatchObject([{ event: "startup-refused", detail: { sqlstate } }]);
  });
});

describe("malformed first packets (bypass 18)", () => {
  const withLength = (length: number, rest: Buffer = Buffer.alloc(8)): Buffer => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(length >>> 0);
    return Buffer.concat([head, rest]);
  };
  const raw = (body: string): Buffer => withLength(4 + body.length, Buffer.from(body, "latin1"));

  test.each([
    ["length 0", withLength(0)],
    ["length 3", withLength(3)],
    ["length 7", withLength(7)],
    ["length 2^31", withLength(0x8000_0000)],
    ["length 2^32-1", withLength(0xffff_ffff)],
    ["length above the bound", withLength(10_001)],
    ["TLS from the first byte", Buffer.from([0x16, 3, 1, 0, 5, 1, 0, 0, 1, 0])],
    ["an SSLRequest with a body", withLength(12, Buffer.from("04d2162f00000000", "hex"))],
    ["no terminator", raw("\0\x03\0\0user\0gate\0")],
    ["no value", raw("\0\x03\0\0user\0")],
    ["bytes after the terminator", raw("\0\x03\0\0user\0gate\0\0x")],
    ["a parameter given twice", raw("\0\x03\0\0user\0gate\0user\0root\0\0")],
    ["a parameter given twice in two spellings", raw("\0\x03\0\0user\0gate\0Database\0a\0database\0b\0\0")],
    ["a name that is not UTF-8", raw("\0\x03\0\0user\0\xff\xfe\0\0")],
    ["a cancel request without a key", withLength(12, Buffer.from("04d2162e00000001", "hex"))],
    ["two encryption requests in one piece", Buffer.concat([SSL_REQUEST, SSL_REQUEST])],
    ["a start-up in clear behind an SSLRequest", Buffer.concat([SSL_REQUEST, startupMessage(0, OWN)])],
    ["a start-up in clear behind a GSSENCRequest", Buffer.concat([GSSENC_REQUEST, startupMessage(0, OWN)])],
  ])("%s: 08P01 and closed", async (_what, bytes) => {
    const { client, result, notes } = begin();
    await client.send(bytes);
    const answer = await client.message();
    expect(answer?.type).toBe("E");
    expect(readFields(answer?.body ?? Buffer.alloc(0)).get("C")).toBe("08P01");
    expect(await client.message()).toBeUndefined();
    expect(await result).toBeUndefined();
    expect(notes).toHaveLength(1);
  });

  test("a second SSLRequest after the answer to the first: closed", async () => {
    const { client, result } = begin();
    await client.send(SSL_REQUEST);
    expect((await client.bytes(1))?.toString()).toBe("N");
    await client.send(SSL_REQUEST);
    expect(readFields((await client.message())?.body ?? Buffer.alloc(0)).get("C")).toBe("08P01");
    expect(await result).toBeUndefined();
  });

  test("a client that goes away in the middle leaves nothing behind", async () => {
    const { client, result, notes } = begin();
    await client.send(startupMessage(0, OWN).subarray(0, 9));
    client.end();
    expect(await result).toBeUndefined();
    expect(notes).toMatchObject([{ detail: { code: "STARTUP_MALFORMED" } }]);
  });

  test.each([
    ["no user", startupMessage(0, [["database", "orders"]]), "28000"],
    [
      "a query before authentication",
      Buffer.concat([startupMessage(0, OWN), frame("Q", Buffer.from("DROP TABLE x\0"))]),
      "08P01",
    ],
    ["a password of 1 MB", Buffer.concat([startupMessage(0, OWN), Buffer.from("7000100000", "hex")]), "08P01"],
    [
      "a mechanism not offered",
      Buffer.concat([startupMessage(0, OWN), frame("p", Buffer.from("PLAIN\0\0\0\0\x01a", "latin1"))]),
      "08P01",
    ],
    [
      "a SASL length beyond its message",
      Buffer.concat([startupMessage(0, OWN), frame("p", Buffer.from("SCRAM-SHA-256\0\0\0\xff\xff", "latin1"))]),
      "08P01",
    ],
  ])("%s: refused", async (_what, bytes, sqlstate) => {
    const { client, result } = begin();
    await client.send(bytes);
    let answer = await client.message();
    if (answer?.type === "R") answer = await client.message();
    expect(readFields(answer?.body ?? Buffer.alloc(0)).get("C")).toBe(sqlstate);
    expect(await result).toBeUndefined();
  });

  test("an endpoint without a verifier, or with a broken one, lets nobody in", async () => {
    const { client, result } = begin({ verifier: "SCRAM-SHA-256$broken" });
    await client.send(startupMessage(0, OWN));
    expect((await client.message())?.type).toBe("E");
    expect(await result).toBeUndefined();
  });

  test("no bytes make the reader throw anything but its own error", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 4, maxLength: 200 }), fc.boolean(), (bytes, versioned) => {
        const body = Buffer.from(bytes);
        if (versioned) body.writeUInt32BE(0x0003_0000, 0);
        try {
          readStartupPacket(body);
        } catch (error) {
          expect(error).toBeInstanceOf(PostgresError);
        }
      }),
    );
  });

  test("what is written is read back", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,20}$/);
    const value = fc.string().filter((text) => !text.includes("\0"));
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(name, value), { selector: ([key]) => key }), (pairs) => {
        const packet = readStartupPacket(startupMessage(2, pairs).subarray(4));
        expect(packet).toEqual({ kind: "startup", major: 3, minor: 2, pairs });
      }),
    );
  });
});

describe("cancel requests (bypass 19)", () => {
  test.each([0, 2] as const)(
    "the right key of protocol 3.%i in the same session cancels, once the registry holds it",
    async (minor) => {
      const { client, cancels, notes, result } = begin();
      let cancelled = 0;
      const key = cancels.register("session-1", () => cancelled++, minor);
      expect(key.secret).toHaveLength(minor === 0 ? 4 : 32);
      await client.send(cancelRequest(key.pid, key.secret));
      expect(await client.message()).toBeUndefined();
      expect(await result).toBeUndefined();
      expect(cancelled).toBe(1);
      expect(notes).toMatchObject([{ event: "cancel-request", detail: { accepted: true } }]);
      key.release();
      expect(cancels.cancel("session-1", key.pid, key.secret)).toBe(false);
    },
  );

  test("a guess, a key cut short, and another session's key do nothing and are noted", async () => {
    const { client, cancels, notes, result } = begin();
    let cancelled = 0;
    const foreign = cancels.register("session-2", () => cancelled++);
    const own = cancels.register("session-1", () => cancelled++, 2);
    expect(cancels.cancel("session-1", own.pid, own.secret.subarray(0, 4))).toBe(false);
    expect(cancels.cancel("session-1", own.pid, Buffer.alloc(32))).toBe(false);
    expect(cancels.cancel("session-1", own.pid + 1, own.secret)).toBe(false);
    await client.send(cancelRequest(foreign.pid, foreign.secret));
    expect(await result).toBeUndefined();
    expect(cancelled).toBe(0);
    expect(notes).toMatchObject([{ event: "cancel-request", detail: { accepted: false } }]);
  });
});
