import { pbkdf2Sync } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { authority } from "@gate/testkit";
import { sendCancel } from "./cancel.ts";
import { runHousekeepingQueries } from "./housekeeping-queries.ts";
import { hmac, sha256 } from "./scram.ts";
import { parseVerifier, scramServerFinal, scramServerFirst, type ScramServerState } from "./scram-server.ts";
import { backend, fakeGate, fakeLink, FakeUpstream, verifierOf } from "./start-doubles.ts";
import { readStartupPacket } from "./startup-packet.ts";
import type { Startup } from "./startup.ts";
import { parseTarget, type PostgresTarget } from "./target.ts";
import { connectUpstream, HOUSEKEEPING_CONNECT, versionNumber } from "./upstream.ts";
import { frame } from "./wire.ts";

const STARTUP: Startup = {
  protocolMinor: 0,
  user: "gate",
  database: "orders",
  parameters: new Map([["application_name", "psql"]]),
  remainder: new Uint8Array(0),
};
const SESSION = [
  backend.status("server_version", "18.4"),
  backend.status("client_encoding", "UTF8"),
  backend.status("standard_conforming_strings", "on"),
  backend.key(4711, Buffer.alloc(32, 7)),
  backend.ready(),
];
const OK = backend.authentication(0);

function targetWith(tls: Record<string, string> = { mode: "disable" }, password = "pencil"): PostgresTarget {
  return parseTarget({ address: "db.internal", database: "orders", tls, credential: { username: "deploy", password } });
}

type Answer = ConstructorParameters<typeof FakeUpstream>[0];

/** Connects with the fakes answering in turn, one a dial. */
function connect(target: PostgresTarget, ...answers: (Answer | FakeUpstream)[]) {
  const upstreams = answers.map((answer) => (answer instanceof FakeUpstream ? answer : new FakeUpstream(answer)));
  const { gate, clock } = fakeGate();
  const { link, abort } = fakeLink({ upstreams });
  return { upstreams, clock, abort, result: connectUpstream(link, gate, target, STARTUP) };
}

/** Answers the start-up packet with these bytes, everything else with nothing. */
const afterStartup =
  (...bytes: Uint8Array[]): Answer =>
  (sent, upstream) => {
    if (sent.name === "startup") upstream.push(...bytes);
  };

/** A target that knows the password, and binds the channel when it has a certificate. */
function scramTarget(password: string, mechanisms: string[], sign = (signature: string): string => signature): Answer {
  let state: ScramServerState | undefined;
  return (sent, upstream) => {
    if (sent.name === "ssl-request") upstream.push(Buffer.from("S"));
    if (sent.name === "startup") upstream.push(backend.sasl(...mechanisms));
    if (sent.name !== "sasl") return;
    if (state === undefined) {
      const text = sent.bytes.toString("latin1", 5 + sent.bytes.subarray(5).indexOf(0) + 5);
      const verifier = parseVerifier(verifierOf(password));
      // The server's side under test has no -PLUS; its header is rewritten to reuse it.
      const plain = text.replace(/^p=tls-server-end-point,,/, "y,,");
      state = scramServerFirst(verifier, plain, "3rfcNHYJY1ZVvWVs7j");
      upstream.push(backend.authentication(11, Buffer.from(state.serverFirst)));
    } else {
      const final = scramServerFinal(state, sent.bytes.toString("latin1", 5));
      if (final === undefined) upstream.push(backend.error("28P01"));
      else upstream.push(backend.authentication(12, Buffer.from(sign(final))), OK, ...SESSION);
    }
  };
}

describe("signing in to the target", () => {
  test("gives the session: parameters, backend key, version, and what came behind ReadyForQuery", async () => {
    const notice = frame("N", Buffer.from("SNOTICE\0\0"));
    const { upstreams, result } = connect(targetWith(), afterStartup(Buffer.concat([OK, ...SESSION, notice])));
    const session = await result;
    expect(session).toMatchObject({ backendPid: 4711, serverVersion: 180_004, transactionStatus: "I" });
    expect(session.backendSecret).toEqual(new Uint8Array(32).fill(7));
    expect(session.parameters.get("standard_conforming_strings")).toBe("on");
    expect(session.remainder).toEqual(notice);
    const [startup] = upstreams[0]?.sent ?? [];
    expect(readStartupPacket(startup?.bytes.subarray(4) ?? Buffer.alloc(4))).toEqual({
      kind: "startup",
      major: 3,
      minor: 2,
      pairs: [
        ["application_name", "psql"],
        ["user", "deploy"],
        ["database", "orders"],
        ["client_encoding", "UTF8"],
      ],
    });
  });

  test("answers may arrive a byte at a time", async () => {
    const bytes = Buffer.concat([OK, ...SESSION]);
    const each = Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
    await expect(connect(targetWith(), afterStartup(...each)).result).resolves.toMatchObject({ backendPid: 4711 });
  });

  test("SCRAM-SHA-256 proves the password and checks the target's signature", async () => {
    const { result } = connect(targetWith(), scramTarget("pencil", ["SCRAM-SHA-256"]));
    await expect(result).resolves.toMatchObject({ backendPid: 4711 });
  });

  test("SCRAM-SHA-256-PLUS is preferred under TLS and binds the target's certificate", async () => {
    const pem = (await (await authority("test")).issue("db.internal", { server: true })).cert;
    const certificate = Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ""), "base64");
    let bound = "";
    const answer: Answer = (sent, upstream) => {
      const text = sent.bytes.toString("latin1");
      if (sent.name === "ssl-request") upstream.push(Buffer.from("S"));
      if (sent.name === "startup") upstream.push(backend.sasl("SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"));
      if (sent.name === "sasl" && text.includes("SCRAM-SHA-256-PLUS")) {
        const nonce = /r=(.+)$/.exec(text)?.[1] ?? "";
        upstream.push(backend.authentication(11, Buffer.from(`r=${nonce}abc,s=AAAA,i=1`)));
      } else if (sent.name === "sasl") {
        bound = Buffer.from(/c=([^,]+),/.exec(text)?.[1] ?? "", "base64").toString("latin1");
        upstream.push(backend.error("28P01"));
      }
    };
    const { result } = connect(targetWith({ mode: "verify-full" }), new FakeUpstream(answer, { certificate }));
    await expect(result).rejects.toMatchObject({ code: "UPSTREAM_CREDENTIAL" });
    expect(bound).toBe(`p=tls-server-end-point,,${sha256(certificate).toString("latin1")}`);
  });

  test("a target that cannot sign is not believed, even when it says that all is well", async () => {
    const wrong = (): string => `v=${hmac(pbkdf2Sync("x", "y", 1, 32, "sha256"), "z").toString("base64")}`;
    const { result, upstreams } = connect(targetWith(), scramTarget("pencil", ["SCRAM-SHA-256"], wrong));
    await expect(result).rejects.toMatchObject({ code: "SCRAM_REFUSED", sqlstate: "08004" });
    expect(upstreams[0]?.destroyed).toBe(true);
  });

  test("AuthenticationOk in the middle of SCRAM is not believed", async () => {
    const { result } = connect(targetWith(), (sent, upstream) => {
      if (sent.name === "startup") upstream.push(backend.sasl("SCRAM-SHA-256"));
      if (sent.name === "sasl") upstream.push(OK, ...SESSION);
    });
    await expect(result).rejects.toMatchObject({ code: "UPSTREAM_PROTOCOL" });
  });

  test("MD5 answers the salt", async () => {
    const { result, upstreams } = connect(targetWith(), (sent, upstream) => {
      if (sent.name === "startup") upstream.push(backend.authentication(5, Buffer.from([1, 2, 3, 4])));
      if (sent.name === "password") upstream.push(OK, ...SESSION);
    });
    await result;
    expect(upstreams[0]?.sent[1]?.bytes.toString("latin1")).toMatch(/^p\0\0\0\(md5[0-9a-f]{32}\0$/);
  });

  test("the password never leaves in clear without TLS", async () => {
    const { result, upstreams } = connect(targetWith(), afterStartup(backend.authentication(3)));
    await expect(result).rejects.toMatchObject({ code: "UPSTREAM_AUTH_UNSUPPORTED" });
    expect(upstreams[0]?.sent.map(({ name }) => name)).toEqual(["startup"]);
    expect(Buffer.concat(upstreams[0]?.sent.map(({ bytes }) => bytes) ?? []).includes("pencil")).toBe(false);
  });

  test("the password goes in clear under TLS, where the target asks for it so", async () => {
    const answer: Answer = (sent, upstream) => {
      if (sent.name === "ssl-request") upstream.push(Buffer.from("S"));
      if (sent.name === "startup") upstream.push(backend.authentication(3));
      if (sent.name === "password") upstream.push(OK, ...SESSION);
    };
    const upstream = new FakeUpstream(answer, { certificate: new Uint8Array(0) });
    await connect(targetWith({ mode: "require" }), upstream).result;
    expect(upstream.sent.at(-1)?.bytes.toString("latin1")).toBe("p\0\0\0\x0bpencil\0");
  });

  test.each([
    ["Kerberos", backend.authentication(7), "UPSTREAM_AUTH_UNSUPPORTED"],
    ["SSPI", backend.authentication(9), "UPSTREAM_AUTH_UNSUPPORTED"],
    ["something unknown", backend.authentication(99), "UPSTREAM_AUTH_UNSUPPORTED"],
    ["SASL without a mechanism of ours", backend.sasl("OAUTHBEARER"), "UPSTREAM_AUTH_UNSUPPORTED"],
    ["a SASL continuation first", backend.authentication(11, Buffer.from("r=a,s=AAAA,i=1")), "UPSTREAM_PROTOCOL"],
    ["an MD5 salt cut short", backend.authentication(5, Buffer.from([1])), "UPSTREAM_PROTOCOL"],
  ])("%s: refused", async (_what, bytes, code) => {
    await expect(connect(targetWith(), afterStartup(bytes)).result).rejects.toMatchObject({ code });
  });
});

describe("TLS to the target", () => {
  const secured = (target: PostgresTarget, first: Uint8Array, peer = true) => {
    const upstream = new FakeUpstream(
      (sent, own) => {
        if (sent.name === "ssl-request") own.push(first);
        if (sent.name === "startup") own.push(OK, ...SESSION);
      },
      peer ? { certificate: new Uint8Array(0) } : undefined,
    );
    return { upstream, result: connect(target, upstream).result };
  };

  test("verify-full is the default, with the target's name and authority", async () => {
    const { upstream, result } = secured(targetWith({ ca: "PEM" }), Buffer.from("S"));
    await result;
    expect(upstream.tlsOptions).toEqual({ mode: "verify-full", ca: "PEM", servername: "db.internal" });
  });

  test("a client certificate goes along, and direct TLS asks for the protocol", async () => {
    const { upstream, result } = secured(
      targetWith({ cert: "CERT", key: "KEY", negotiation: "direct" }),
      Buffer.from("S"),
    );
    await result;
    expect(upstream.tlsOptions).toMatchObject({ clientCert: "CERT", clientKey: "KEY", alpn: "postgresql" });
    expect(upstream.sent.map(({ name }) => name)).toEqual(["startup"]);
  });

  test.each([
    ["a target without TLS", Buffer.from("N"), true],
    ["an error in clear", backend.error("28000", "believe me"), true],
    ["bytes in clear behind the answer", Buffer.concat([Buffer.from("S"), OK]), true],
    ["a certificate that does not hold", Buffer.from("S"), false],
  ])("%s: refused, and nothing more is sent", async (_what, first, peer) => {
    const { upstream, result } = secured(targetWith({ mode: "require" }), first, peer);
    await expect(result).rejects.toMatchObject({ code: "UPSTREAM_TLS", sqlstate: "08006" });
    expect(upstream.sent.map(({ name }) => name)).toEqual(["ssl-request"]);
    expect(upstream.destroyed).toBe(true);
  });
});

describe("versions", () => {
  const negotiate = (version: number): Buffer => {
    const body = Buffer.alloc(8);
    body.writeUInt32BE(version);
    return frame("v", body);
  };

  test.each([
    ["the whole version", 0x0003_0000],
    ["the minor alone", 0],
  ])("a target that negotiates 3.0, naming %s, is taken", async (_what, version) => {
    await expect(connect(targetWith(), afterStartup(negotiate(version), OK, ...SESSION)).result).resolves.toBeDefined();
  });

  test.each<[string, Answer]>([
    ["an error about the version", afterStartup(backend.error("0A000"))],
    ["a protocol error", afterStartup(backend.error("08P01"))],
    [
      "nothing but closing",
      (sent, upstream) => {
        if (sent.name === "startup") upstream.close();
      },
    ],
  ])("a target that answers 3.2 with %s is asked again for 3.0", async (_what, answer) => {
    const { upstreams, result } = connect(targetWith(), answer, afterStartup(OK, ...SESSION));
    await result;
    expect(upstreams.map(({ sent }) => sent[0]?.bytes.readUInt32BE(4))).toEqual([0x0003_0002, 0x0003_0000]);
    expect(upstreams[0]?.destroyed).toBe(true);
  });

  test("a version above the one asked for is refused", async () => {
    await expect(connect(targetWith(), afterStartup(negotiate(0x0003_0009))).result).rejects.toMatchObject({
      code: "UPSTREAM_PROTOCOL",
    });
  });

  test.each([
    ["18.4", 180_004],
    ["15.20 (Debian 15.20-0+deb12u1)", 150_020],
    ["19devel", 190_000],
    ["9.6.24", 90_624],
    ["who knows", 0],
  ])("%s reads as %i", (text, version) => {
    expect(versionNumber(text)).toBe(version);
  });
});

describe("targets that refuse or misbehave", () => {
  test.each([
    ["28P01", "UPSTREAM_CREDENTIAL", "08004"],
    ["28000", "UPSTREAM_REFUSED", "28000"],
    ["3D000", "UPSTREAM_REFUSED", "3D000"],
    ["53300", "UPSTREAM_REFUSED", "53300"],
    ["57P03", "UPSTREAM_REFUSED", "57P03"],
    ["XX000", "UPSTREAM_REFUSED", "08004"],
  ])("an error with %s is told as %s with %s, in the gate's own words", async (given, code, sqlstate) => {
    const { result } = connect(targetWith(), afterStartup(backend.error(given, "role deploy at 10.1.2.3 on orders")));
    const error = (await result.catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ code, sqlstate });
    expect(error.message).toMatch(/^gate: target refused /);
    expect(error.message).not.toMatch(/deploy|10\.1\.2\.3|orders/);
  });

  test("an address where nobody listens: 08006", async () => {
    await expect(connect(targetWith()).result).rejects.toMatchObject({
      code: "UPSTREAM_UNREACHABLE",
      sqlstate: "08006",
      message: "gate: target unreachable",
    });
  });

  test.each([
    [
      "standard_conforming_strings off",
      [OK, SESSION[0], SESSION[1], backend.status("standard_conforming_strings", "off"), SESSION[4]],
    ],
    ["standard_conforming_strings not reported", [OK, SESSION[0], SESSION[1], SESSION[4]]],
    ["another client_encoding", [OK, backend.status("client_encoding", "LATIN1"), SESSION[2], SESSION[4]]],
  ])("a session with %s is not used: its text cannot be judged", async (_what, bytes) => {
    const { result, upstreams } = connect(targetWith(), afterStartup(...bytes.map((each) => each ?? OK)));
    await expect(result).rejects.toMatchObject({ code: "UPSTREAM_SETTINGS" });
    expect(upstreams[0]?.destroyed).toBe(true);
  });

  test.each([
    ["a session before authentication", [...SESSION]],
    ["rows", [OK, frame("D", Buffer.from([0, 0]))]],
    ["two backend keys", [OK, backend.key(1, Buffer.alloc(4)), backend.key(1, Buffer.alloc(4))]],
    ["a backend key of 3 bytes", [OK, backend.key(1, Buffer.alloc(3))]],
    ["a backend key of 257 bytes", [OK, backend.key(1, Buffer.alloc(257))]],
    ["a session that starts inside a transaction", [OK, frame("Z", Buffer.from("T"))]],
    ["AuthenticationOk twice", [OK, OK]],
    ["a message of 1 GB", [OK, Buffer.from("5340000000", "hex")]],
    ["a length below 4", [OK, Buffer.from("5300000003", "hex")]],
  ])("%s: the connection is given up", async (_what, bytes) => {
    const { result, upstreams } = connect(targetWith(), afterStartup(...bytes));
    await expect(result).rejects.toMatchObject({ code: "UPSTREAM_PROTOCOL" });
    expect(upstreams[0]?.destroyed).toBe(true);
  });

  test("endless messages before ReadyForQuery are given up", async () => {
    const many = Buffer.concat(Array.from({ length: 1_001 }, () => backend.status("a", "b")));
    await expect(connect(targetWith(), afterStartup(OK, many)).result).rejects.toMatchObject({
      code: "UPSTREAM_PROTOCOL",
    });
  });

  test("a target that says nothing is given up after its time", async () => {
    const run = connect(targetWith(), () => undefined);
    const refused = run.result.catch((error: unknown) => error);
    await new Promise((resolve) => setImmediate(resolve));
    run.clock.advance(30_000);
    expect(await refused).toMatchObject({ code: "UPSTREAM_UNREACHABLE" });
  });

  test("the end of the session ends a connection in progress", async () => {
    const run = connect(
      targetWith(),
      () => undefined,
      () => undefined,
    );
    const refused = run.result.catch((error: unknown) => error);
    await new Promise((resolve) => setImmediate(resolve));
    run.abort.abort("revoked");
    expect(await refused).toMatchObject({ code: "UPSTREAM_UNREACHABLE" });
  });
});

describe("other connections", () => {
  test("a cancel request goes to the target with its own key, on its own connection", async () => {
    const { gate } = fakeGate();
    const upstream = new FakeUpstream((sent, own) => {
      if (sent.name === "cancel") own.close();
    });
    await sendCancel(async () => upstream, targetWith(), gate, 4711, Buffer.alloc(32, 7));
    expect(upstream.sent).toHaveLength(1);
    expect(readStartupPacket(upstream.sent[0]?.bytes.subarray(4) ?? Buffer.alloc(4))).toEqual({
      kind: "cancel",
      pid: 4711,
      secret: new Uint8Array(32).fill(7),
    });
  });

  const field = frame("T", Buffer.from("\0\x01a\0\0\0\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\xff\xff\0\0", "latin1"));
  const complete = [frame("C", Buffer.from("SELECT 1\0")), backend.ready()];
  const queryRun = (...answer: Uint8Array[]) => {
    const { gate, clock } = fakeGate();
    const upstream = new FakeUpstream((sent, own) => {
      if (sent.name === "startup") own.push(OK, ...SESSION);
      if (sent.name !== "catalogue") return;
      if (sent.bytes.includes("SELECT")) own.push(...answer);
      else own.push(frame("C", Buffer.from("SET\0")), backend.ready());
    });
    const admit = (name: string, bytes: Uint8Array) => gate.housekeeping(name, bytes);
    const result = runHousekeepingQueries(
      { dial: async () => upstream, admit, clock, target: targetWith() },
      { one: "SELECT a" },
    );
    return { upstream, result };
  };

  test("catalogue queries run in one read-only snapshot and give texts and nulls", async () => {
    const value = frame("D", Buffer.from("\0\x01\0\0\0\x02\xc3\xa9", "latin1"));
    const { upstream, result } = queryRun(
      field,
      value,
      frame("D", Buffer.from("\0\x01\xff\xff\xff\xff", "latin1")),
      ...complete,
    );
    expect(await result).toEqual({ one: [["é"], [null]] });
    const queries = upstream.sent
      .filter(({ name }) => name === "catalogue")
      .map(({ bytes }) => bytes.toString("utf8", 5));
    expect(queries[0]).toMatch(/REPEATABLE READ, READ ONLY/);
    expect(upstream.sent.at(-1)?.name).toBe("terminate");
    expect(upstream.destroyed).toBe(true);
    for (const { name } of upstream.sent) expect(HOUSEKEEPING_CONNECT).toContain(name);
  });

  test.each([
    ["an error", [backend.error("42501"), backend.ready()]],
    ["a name that is not UTF-8", [field, frame("D", Buffer.from("\0\x01\0\0\0\x01\xff", "latin1")), ...complete]],
    ["a row of another width", [field, frame("D", Buffer.from([0, 2])), ...complete]],
    ["a message of another kind", [frame("G", Buffer.from([0, 0, 0]))]],
  ])("%s: no catalogue, so nothing can be judged", async (_what, answer) => {
    const { upstream, result } = queryRun(...answer);
    await expect(result).rejects.toMatchObject({ code: "CATALOGUE_UNAVAILABLE" });
    expect(upstream.destroyed).toBe(true);
  });
});
