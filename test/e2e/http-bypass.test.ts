/**
 * Ways around the gate over HTTP, asserted at the real server's log: rows 49 to 52 of the catalogue and our own.
 * Append only.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { eventually } from "../../packages/testkit/src/conformance.ts";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import { ask, basic, gateTo, raw, startTarget, type Target } from "./http-fixture.ts";

const POLICY = `rules:
  main:
  - {id: read, effect: allow, match: {method: [GET, HEAD, OPTIONS], path: /public/**}}
  - {id: write, effect: allow, match: {method: POST, path: /public/**}}
  - {id: pay, effect: allow, match: {method: POST, path: /pay, body: {$.amount: {lte: 100}}}}
  - {id: admin, effect: deny, message: "not the administration", match: {path: [/admin, /admin/**]}}
  - {id: never, effect: deny, message: "nothing is deleted", match: {method: [DELETE, PUT, PATCH]}}
`;

let target: Target;
let gate: Harness;

beforeAll(async () => {
  target = await startTarget();
});
afterAll(() => target.close());
beforeEach(async () => {
  gate = await gateTo(target.port, POLICY);
  target.seen();
});
afterEach(() => gate.stop());

/** A request as bytes; the endpoint's password is added. */
const request = (head: string, body = ""): string =>
  `${head.trimEnd().replaceAll("\n", "\r\n")}\r\nAuthorization: ${basic(gate)}\r\n\r\n${body}`;
const statuses = (answer: string): number[] =>
  [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));

const notes = async (event: string): Promise<readonly unknown[]> =>
  (await gate.entries()).filter((entry) => entry.type === "note" && entry.event === event);

describe("49: the method that counts", () => {
  test.each([
    ["a header", { headers: { "X-HTTP-Method-Override": "DELETE" } }],
    ["a header in lower case", { headers: { "x-http-method-override": "delete" } }],
    ["X-HTTP-Method", { headers: { "X-HTTP-Method": "DELETE" } }],
    ["X-Method-Override", { headers: { "X-Method-Override": "PUT" } }],
    ["the query", { path: "/public/a?_method=DELETE" }],
    ["an encoded query", { path: "/public/a?%5Fmethod=DELETE" }],
    ["a form", { body: "x=1&_method=DELETE", headers: { "Content-Type": "application/x-www-form-urlencoded" } }],
    [
      "a compressed form",
      {
        body: Buffer.from("H4sIAAAAAAAAA6uwNVSLz00tychPsXVx9XENcQUAQtnWNBIAAAA=", "base64"),
        headers: { "Content-Type": "application/x-www-form-urlencoded", "Content-Encoding": "gzip" },
      },
    ],
  ])("is also the one in %s", async (_name, more) => {
    const got = await ask(gate, { method: "POST", path: "/public/a", ...more });
    expect(got.status).toBe(403);
    expect(target.seen()).toEqual([]);
  });

  test("cannot hide behind an underscore in a header's name", async () => {
    const answer = await raw(
      gate.port,
      request("POST /public/a HTTP/1.1\nHost: localhost\nX_HTTP_Method_Override: DELETE"),
    );
    expect(statuses(answer)).toEqual([400]);
    expect(target.seen()).toEqual([]);
  });

  test("is not TRACE, which would show the target's credential", async () => {
    expect(statuses(await raw(gate.port, request("TRACE /public/a HTTP/1.1\nHost: localhost")))).toEqual([405]);
    expect(target.seen()).toEqual([]);
  });
});

describe("50: one path", () => {
  test.each([
    "//admin",
    "/%61dmin",
    "/%61%64%6D%69%6e",
    "/a/../admin",
    "/a/%2e%2e/admin",
    "/public/..%2fadmin",
    "/public/%2e%2e/admin",
    "/public/../admin",
    "/public/.%2e//admin",
    "/./admin",
    "/admin;x",
    "/admin;/x",
    "/public;/../admin",
    "/public/..;/admin",
    "/public\\..\\admin",
    "/public/..%5cadmin",
    "/public/%252e%252e/admin",
    "/public/%c0%ae%c0%ae/admin",
    "/admin%00",
    "/admin%0a",
    "/admin#x",
    "/public/#/../../admin",
    "/admin?x",
    "/admin/",
    "http://localhost/admin",
    "/../admin",
    "/public/%2e%2e%2f%2e%2e%2fadmin",
  ])("%s does not reach the administration", async (path) => {
    const [status] = statuses(await raw(gate.port, request(`GET ${path} HTTP/1.1\nHost: localhost`)));
    expect([400, 403]).toContain(status);
    expect(target.seen()).toEqual([]);
  });

  test("is the one that is judged and the one that is sent", async () => {
    await raw(gate.port, request("GET //public/%61/./b/../c%2d?x=%7e&&y=1;z HTTP/1.1\nHost: localhost"));
    expect(target.seen()).toEqual(["GET /public/a/c-?x=~&y=1%3Bz"]);
    const verdict = (await gate.entries()).find((entry) => entry.type === "verdict");
    expect(verdict?.command.text).toBe("GET /public/a/c-?x=~&y=1%3Bz");
  });

  test("is not taken from a header that some frameworks read", async () => {
    for (const name of ["X-Original-URL", "X-Rewrite-URL"]) {
      const answer = await raw(gate.port, request(`GET /public/a HTTP/1.1\nHost: localhost\n${name}: /admin`));
      expect(statuses(answer)).toEqual([400]);
    }
    expect(target.seen()).toEqual([]);
  });
});

describe("51: one host", () => {
  test.each([
    ["two Hosts", "GET /public/a HTTP/1.1\nHost: localhost\nHost: localhost"],
    ["another Host", "GET /public/a HTTP/1.1\nHost: evil.example"],
    ["no Host", "GET /public/a HTTP/1.1"],
    ["an absolute target of another authority", "GET http://evil.example/public/a HTTP/1.1\nHost: localhost"],
    ["an absolute target and Host of another authority", "GET http://evil/public/a HTTP/1.1\nHost: evil"],
    ["user information in the target", "GET http://localhost@evil/public/a HTTP/1.1\nHost: localhost"],
  ])("%s is refused", async (_name, head) => {
    expect(statuses(await raw(gate.port, request(head)))).toEqual([400]);
    expect(target.seen()).toEqual([]);
    await eventually(async () => (await notes("violation")).length > 0);
  });

  test("the target is told its own name", async () => {
    await ask(gate, { path: "/public/a", headers: { "X-Forwarded-Host": "evil", Forwarded: "host=evil" } });
    const headers = target.requests.at(-1)?.headers ?? {};
    expect(headers.host).toBe(`127.0.0.1:${target.port}`);
    expect(JSON.stringify(headers)).not.toContain("evil");
  });
});

describe("52: one framing", () => {
  const second = "GET /public/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";
  test.each([
    ["length and chunked", "Content-Length: 4\nTransfer-Encoding: chunked"],
    ["chunked and length", "Transfer-Encoding: chunked\nContent-Length: 4"],
    ["two lengths", "Content-Length: 0\nContent-Length: 60"],
    ["two lengths in a list", "Content-Length: 0, 60"],
    ["a signed length", "Content-Length: +0"],
    ["a blank before the colon", "Content-Length : 60"],
    ["a length with a blank inside", "Content-Length: 6 0"],
    ["an unknown coding", "Transfer-Encoding: xchunked"],
    ["two codings", "Transfer-Encoding: chunked, identity"],
    ["chunked written oddly", "Transfer-Encoding:\u000bchunked"],
    ["chunked twice", "Transfer-Encoding: chunked\nTransfer-Encoding: chunked"],
    ["a folded coding", "Transfer-Encoding:\n chunked"],
    ["a folded header", "X-A: b\n c"],
    ["a coding behind a folded line", "X-A: b\n Transfer-Encoding: chunked"],
    ["a NUL in a header", "X-A: b\u0000c"],
    ["a header without a name", ": x"],
    ["a header without a colon", "X-A"],
  ])("%s is refused, and nothing behind it is read", async (_name, headers) => {
    const head = request(`POST /public/a HTTP/1.1\nHost: localhost\n${headers}`);
    const answer = await raw(gate.port, `${head}0\r\n\r\n${second}`);
    expect(statuses(answer)).toEqual([400]);
    expect(target.seen()).toEqual([]);
  });

  test.each([
    ["a carriage return alone", "GET /public/a HTTP/1.1\r\nHost: localhost\r\nX-A: b\rX-B: c\r\n\r\n"],
    ["a line feed alone", "GET /public/a HTTP/1.1\nHost: localhost\n\n"],
    ["a line feed in the middle", "GET /public/a HTTP/1.1\r\nHost: localhost\nX-A: b\r\n\r\n"],
    ["a bad chunk size", "POST /public/a HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
    ["another version", "GET /public/a HTTP/3.1\r\nHost: localhost\r\n\r\n"],
    ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["TLS", "\u0016\u0003\u0001\u0000\u00a5\u0001\u0000\u0000\u00a1"],
  ])("%s ends the connection", async (_name, bytes) => {
    const authorized = bytes.replace("Host: localhost", `Host: localhost\r\nAuthorization: ${basic(gate)}`);
    await raw(gate.port, authorized);
    expect(target.seen().filter((line) => line !== "GET /public/a" && line !== "POST /public/a")).toEqual([]);
  });

  test("chunk extensions and trailers do not go on", async () => {
    const head = request("POST /public/a HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked\nTrailer: X-Admin");
    const answer = await raw(gate.port, `${head}1;x="\ny\r\na\r\n0\r\nX-Admin: yes\r\n\r\n`);
    const [status] = statuses(answer);
    if (status === 200) expect(JSON.stringify(target.requests.at(-1)?.trailers)).not.toContain("yes");
    else expect(status).toBe(400);
  });
});

describe("of our own", () => {
  test("a body's value that stands twice does not pass by its harmless one", async () => {
    const body = (text: string) =>
      ask(gate, { method: "POST", path: "/pay", body: text, headers: { "content-type": "application/json" } });
    expect((await body('{"amount":1}')).status).toBe(200);
    target.seen();
    for (const text of [
      '{"amount":1,"amount":20000}',
      '{"amount":20000,"amount":1}',
      '{"amount":1,"\\u0061mount":20000}',
      '{"amount":1,"Amount":20000}',
      '{"amount":1e2000}',
      '{"amount":[1]}',
      '{"amount":',
      "[]",
    ]) {
      expect((await body(text)).status).toBe(403);
    }
    expect(target.seen()).toEqual([]);
  });

  test.each([
    'application/json; x=";charset=utf-8"; charset=utf-7',
    'application/json; charset="utf-\\7"',
    "application/json; charset=utf-8; charset=utf-7",
  ])("a body in %s has no reading that an allow covers", async (type) => {
    // To a reader of UTF-7 the text behind x ends at once, and a second amount follows.
    const body = '{"amount":5,"x":"+ACIALAAiAGEAbQBvAHUAbgB0ACIAOgA1ADAAMAAwACwAIgB5ACIAOgAi-"}';
    const got = await ask(gate, { method: "POST", path: "/pay", body, headers: { "content-type": type } });
    expect(got.status).toBe(403);
    expect(target.seen()).toEqual([]);
  });

  test.each([".method=DELETE", "%5B_method%5D=DELETE", "a=1;_method=DELETE", "+.method=DELETE"])(
    "a form %s, in which some frameworks find a method, is not what an allow of POST covers",
    async (body) => {
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      expect((await ask(gate, { method: "POST", path: "/public/a", body, headers })).status).toBe(403);
      expect(target.seen()).toEqual([]);
    },
  );

  test("a body too large to be read is not known, so no allow covers it", async () => {
    const body = Buffer.alloc(2_000_000, " ");
    body.write('{"amount":1');
    body.write("}", body.length - 1);
    const got = await ask(gate, {
      method: "POST",
      path: "/pay",
      body,
      headers: { "content-type": "application/json" },
    });
    expect(got.status).toBe(403);
    expect(target.seen()).toEqual([]);
  });

  test("a client without the endpoint's secret gets nowhere, and is on the record", async () => {
    for (const headers of [{}, { authorization: "Bearer wrong" }, { "gate-endpoint": "wrong" }]) {
      const got = await ask(gate, { path: "/public/a", anonymous: true, headers });
      expect(got.status).toBe(401);
      expect(got.headers["www-authenticate"]).toContain("Basic");
    }
    expect(target.seen()).toEqual([]);
    await eventually(async () => (await notes("unauthenticated")).length === 3);
  });

  test("an upgrade to something else than a WebSocket passes as the plain request that it is, or not at all", async () => {
    const head =
      "GET /public/a HTTP/1.1\nHost: localhost\nConnection: Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AAMAAABk";
    await raw(gate.port, request(head));
    for (const line of target.seen()) expect(line).toBe("GET /public/a");
    expect(target.requests.at(-1)?.headers.upgrade).toBeUndefined();
  });

  test("CONNECT is not carried", async () => {
    expect(statuses(await raw(gate.port, request("CONNECT 127.0.0.1:22 HTTP/1.1\nHost: 127.0.0.1:22")))).toEqual([405]);
    expect(target.seen()).toEqual([]);
  });

  test("a denied request in a pipeline takes nothing else with it, in order", async () => {
    const one = (line: string): string => request(`${line} HTTP/1.1\nHost: localhost`);
    const last = request("GET /public/2 HTTP/1.1\nHost: localhost\nConnection: close");
    const answer = await raw(gate.port, one("GET /public/1") + one("GET /admin") + last);
    expect(statuses(answer)).toEqual([200, 403, 200]);
    expect(target.seen()).toEqual(["GET /public/1", "GET /public/2"]);
  });

  test("a header counts only if the target gets it: not when Connection names it, nor when it is replaced", async () => {
    const own = await gateTo(
      target.port,
      `rules:
  main:
  - {id: dry, effect: allow, match: {method: POST, path: /deploy, headers: {x-dry-run: "true"}}}
  - {id: team, effect: allow, match: {method: POST, path: /team, headers: {x-team: "shop"}}}
`,
      { keys: { credential: { headers: { "X-Team": "root" } } } },
    );
    const send = (path: string, headers: Record<string, string>) => ask(own, { method: "POST", path, headers });
    expect((await send("/deploy", { "x-dry-run": "true" })).status).toBe(200);
    expect(target.requests.at(-1)?.headers["x-dry-run"]).toBe("true");
    target.seen();
    expect((await send("/deploy", { "x-dry-run": "true", connection: "close, X-Dry-Run" })).status).toBe(403);
    expect((await send("/deploy", { "x-dry-run": "true", connection: "x-dry-run" })).status).toBe(403);
    expect((await send("/team", { "x-team": "shop" })).status).toBe(403);
    expect(target.seen()).toEqual([]);
    await own.stop();
  });

  test.each([
    ["without a type", {}],
    ["with two types in one", { "Content-Type": "application/x-www-form-urlencoded, text/plain" }],
  ])("a form %s, which some frameworks read all the same, names no method of its own", async (_name, headers) => {
    const got = await ask(gate, { method: "POST", path: "/public/a", headers, body: "x=1&_method=DELETE" });
    expect(got.status).toBe(403);
    expect(target.seen()).toEqual([]);
    const plain = await ask(gate, { method: "POST", path: "/public/a", headers, body: "x=1" });
    expect(plain.text).toBe("did POST /public/a");
  });

  test("a body that the target may not read is the end of its connection (CL.0)", async () => {
    const inner = "GET /admin HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const got = await ask(gate, {
      path: "/public/a",
      headers: { "content-length": String(inner.length) },
      body: inner,
    });
    expect(got.text).toBe("did GET /public/a");
    expect(target.requests.at(-1)?.headers.connection).toBe("close");
    expect((await ask(gate, { path: "/public/b" })).text).toBe("did GET /public/b");
    expect(target.requests.at(-1)?.headers.connection).not.toBe("close");
  });
});
