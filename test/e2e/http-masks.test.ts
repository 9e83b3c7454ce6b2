/** Masks on answers of a real server: what is hidden never reaches the client, whatever it is wrapped in. */
import { afterEach, describe, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import http from "node:http";
import zlib from "node:zlib";
import { eventually } from "../../packages/testkit/src/conformance.ts";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import { ask, basic, gateTo, raw, startTarget, type Answer, type Target } from "./http-fixture.ts";

const RULES = `rules:
  main:
  - {id: all, effect: allow, match: {method: [GET, HEAD, POST], path: /**, upgrade: any}}
`;
const BOTH = `${RULES}masks:
  pii:
  - {json: $.customer.ssn, action: redact}
  - {json: "$.items[*].token", action: tokenize}
  - {column: public.customers.email, action: redact}
  - {detect: [email, credit_card, us_ssn], action: redact}
`;
const PATHS = `${RULES}masks:
  pii:
  - {json: $.customer.ssn, action: redact}
`;
const DETECTED = `${RULES}masks:
  pii: [{detect: [email, credit_card], action: redact}]
`;
const DOCUMENT = JSON.stringify({
  customer: { name: "Ada", ssn: "219-09-9999", mail: "ada@example.com" },
  items: [{ token: "t-1" }, { token: "t-1" }, { token: "t-2" }],
  big: 1,
}).replace('"big":1', '"big":9007199254740993');

let target: Target;
let gate: Harness;

async function start(answer: Answer, policy = BOTH): Promise<void> {
  target = await startTarget(answer);
  gate = await gateTo(target.port, policy, { grantKeys: "masks: [pii]" });
}
const says =
  (body: string | Buffer, headers: http.OutgoingHttpHeaders, status = 200): Answer =>
  (_request, response) => {
    response.writeHead(status, headers);
    response.end(body);
  };

afterEach(async () => {
  await gate.stop();
  await target.close();
});

describe("a JSON answer", () => {
  test("has what its paths and detectors name replaced, and every other byte as it was", async () => {
    await start(says(DOCUMENT, { "content-type": "application/json" }));
    const got = await ask(gate, { path: "/" });
    expect(got.status).toBe(200);
    expect(got.text).not.toMatch(/219-09|ada@example|t-1|t-2/);
    expect(got.text).toContain('"big":9007199254740993');
    const body = JSON.parse(got.text) as { customer: { name: string; ssn: string }; items: { token: string }[] };
    expect(body.customer).toMatchObject({ name: "Ada", ssn: "[redacted]" });
    expect(body.items[0]?.token).toBe(body.items[1]?.token);
    expect(body.items[0]?.token).not.toBe(body.items[2]?.token);
    await eventually(async () => (await gate.entries()).some((entry) => entry.type === "result"));
    expect((await gate.entries()).find((entry) => entry.type === "result")?.masked).toMatchObject({
      "json:$.customer.ssn": 1,
      "json:$.items[*].token": 3,
      "detect:email": 1,
    });
  });

  test.each([
    ["gzip", zlib.gzipSync],
    ["x-gzip", zlib.gzipSync],
    ["deflate", zlib.deflateSync],
    ["br", zlib.brotliCompressSync],
    ["zstd", zlib.zstdCompressSync],
    ["gzip, br", (bytes: Buffer) => zlib.brotliCompressSync(zlib.gzipSync(bytes))],
  ] as [string, (bytes: Buffer) => Buffer][])("is masked through %s", async (coding, encode) => {
    const encoded = encode(Buffer.from(DOCUMENT));
    await start(
      says(encoded, {
        "content-type": "application/json",
        "content-encoding": coding,
        "content-length": encoded.length,
        etag: '"strong"',
        digest: "sha-256=x",
        "repr-digest": "sha-256=:x:",
        "content-md5": createHash("md5").update(encoded).digest("base64"),
        "accept-ranges": "bytes",
      }),
    );
    const got = await ask(gate, { path: "/" });
    expect(JSON.parse(got.text)).toMatchObject({ customer: { ssn: "[redacted]" } });
    expect(got.headers.etag).toMatch(/^W\/"[\w-]{20,}"$/);
    for (const name of ["content-encoding", "digest", "repr-digest", "content-md5", "accept-ranges"]) {
      expect(got.headers[name]).toBeUndefined();
    }
  });

  test.each(["application/problem+json", "application/vnd.api+json; charset=utf-8", "text/json"])(
    "is one as %s too",
    async (type) => {
      await start(says(DOCUMENT, { "content-type": type }, 422));
      const got = await ask(gate, { path: "/" });
      expect(got.status).toBe(422);
      expect(got.text).not.toMatch(/219-09|ada@example/);
    },
  );

  test("of lines is masked line by line", async () => {
    await start(says(`${DOCUMENT}\n${DOCUMENT}\n`, { "content-type": "application/x-ndjson" }));
    const got = await ask(gate, { path: "/" });
    expect(got.text.trim().split("\n")).toHaveLength(2);
    expect(got.text).not.toMatch(/219-09|ada@example|t-1/);
  });

  test("however it is cut into chunks, is masked the same", async () => {
    const bytes = Buffer.from(DOCUMENT);
    let cut = 1;
    await start((_request, response) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.write(bytes.subarray(0, cut));
      setImmediate(() => response.end(bytes.subarray(cut)));
    });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const whole = (await ask(gate, { path: "/", agent })).text;
    for (cut = 2; cut < bytes.length; cut += 1) {
      const { text } = await ask(gate, { path: "/", agent });
      if (text !== whole) throw new Error(`cut at ${cut}: ${text}`);
    }
    expect(whole).not.toMatch(/219-09|ada@example/);
    agent.destroy();
  });

  test.each([
    ["text/plain", PATHS],
    ["application/octet-stream", PATHS],
    ["", PATHS],
    ["text/html", BOTH],
  ])("that calls itself %s is masked as JSON all the same", async (type, policy) => {
    await start(says(DOCUMENT, type === "" ? {} : { "content-type": type }), policy);
    const got = await ask(gate, { path: "/" });
    expect(got.status).toBe(200);
    expect(got.text).not.toContain("219-09");
  });

  test("that is broken is not handed on", async () => {
    await start(says('{"customer": ["219-09-9999"', { "content-type": "application/json" }));
    const got = await ask(gate, { path: "/" }).catch(() => undefined);
    expect(got?.text ?? "").not.toContain("219-09");
    if (got !== undefined) expect(got.status).toBe(502);
  });
});

describe("other answers under masks", () => {
  test("text is masked by detectors", async () => {
    await start(says("mail ada@example.com, card 4111 1111 1111 1111\n[log] next\n", { "content-type": "text/plain" }));
    const got = await ask(gate, { path: "/" });
    expect(got.text).toBe("mail [redacted], card [redacted]\n[log] next\n");
  });

  test.each([
    ["a document", '{"mail":"ada\\u0040example.com"}', '{"mail":"[redacted]"}'],
    [
      "lines",
      '{"mail":"ada\\u0040example.com"}\n[1,"ada\\u0040example.com"]\n',
      '{"mail":"[redacted]"}\n[1,"[redacted]"]\n',
    ],
    ["an array and then text", "[1] 4111 1111 1111 1111", "[1] [redacted]"],
    ["a line of a log", "[2026-01-02] ada@example.com", "[2026-01-02] [redacted]"],
  ])("escaped values in what looks like JSON are found whatever it is called: %s", async (_name, body, shown) => {
    await start(says(body, { "content-type": "text/html" }), DETECTED);
    expect((await ask(gate, { path: "/" })).text).toBe(shown);
  });

  test("a log that begins with a bracket is not held back", async () => {
    await start((_request, response) => {
      response.writeHead(200, { "content-type": "text/plain" });
      response.write("[info] ada@example.com\n");
    }, DETECTED);
    const first = await new Promise<string>((resolve, reject) => {
      http
        .get({ port: gate.port, auth: `gate:${gate.password}`, path: "/", agent: false }, (response) => {
          response.once("data", (chunk: Buffer) => {
            response.destroy();
            resolve(chunk.toString());
          });
        })
        .on("error", reject);
    });
    expect(first).toBe("[info] [redacted]\n");
  });

  test("text in two bytes a character is refused, also when nobody says so", async () => {
    const wide = Buffer.from("ada@example.com", "utf16le");
    for (const body of [wide, Buffer.concat([Buffer.from([0xff, 0xfe]), wide])]) {
      await start(says(body, { "content-type": "text/plain" }), DETECTED);
      expect((await ask(gate, { path: "/" })).status).toBe(502);
      await gate.stop();
      await target.close();
    }
    await start(says("ok", { "content-type": "text/plain" }), DETECTED);
    expect((await ask(gate, { path: "/" })).text).toBe("ok");
  });

  test("events are masked one by one, as they come", async () => {
    let send = (_text: string): void => undefined;
    await start((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
      send = (text) => response.write(text);
    });
    const seen = await new Promise<string>((resolve, reject) => {
      let text = "";
      http
        .get({ port: gate.port, auth: `gate:${gate.password}`, path: "/", agent: false }, (response) => {
          send('id: 1\ndata: {"customer":{"ssn":"219-09-9999"},"n":1}\n\n: ada@example.com\n\nda');
          response.on("data", (chunk: Buffer) => {
            text += chunk.toString();
            if (text.includes("plain")) {
              response.destroy();
              resolve(text);
            } else if (text.includes("\n\n:")) send("ta: plain ada@example.com\ndata: more\n\n");
          });
        })
        .on("error", reject);
    });
    expect(seen).toBe(
      'id: 1\ndata: {"customer":{"ssn":"[redacted]"},"n":1}\n\n:[redacted]\n\ndata: plain [redacted]\ndata: more\n\n'.replace(
        ":[redacted]",
        ": [redacted]",
      ),
    );
  });

  test("headers are masked by detectors", async () => {
    await start(
      says(
        "ok",
        {
          "content-type": "text/plain",
          location: "/u?mail=ada@example.com",
          "x-owner": "ada@example.com",
          vary: "ada@example.com",
        },
        302,
      ),
    );
    const got = await ask(gate, { path: "/" });
    expect(JSON.stringify(got.headers)).not.toContain("ada@example");
    expect(got.headers.location).toBe("/u?mail=[redacted]");
    expect(got.headers.vary).toBe("[redacted]");
  });

  test.each([
    ["image/png", {}],
    ["application/octet-stream", {}],
    ["", {}],
    ["multipart/byteranges; boundary=x", {}],
    ["text/plain; charset=utf-16le", {}],
    ["application/json; charset=utf-32", {}],
    ["application/json", { "content-encoding": "compress" }],
    ["application/json", { "content-encoding": "gzip, foo" }],
  ])("what detectors cannot read is refused: %s %j", async (type, headers) => {
    await start(says("ada@example.com", { ...(type === "" ? {} : { "content-type": type }), ...headers }));
    const got = await ask(gate, { path: "/" });
    expect(got.status).toBe(502);
    expect(got.text).toContain("masks cannot be applied");
    expect(got.text).not.toContain("ada@");
    await eventually(async () =>
      (await gate.entries()).some((entry) => entry.type === "result" && entry.outcome === "UNMASKABLE"),
    );
  });

  test("what pretends to be compressed is refused", async () => {
    await start(says("ada@example.com", { "content-type": "text/plain", "content-encoding": "gzip" }));
    expect((await ask(gate, { path: "/" })).status).toBe(502);
  });

  test("without detectors a file passes, for it has no paths", async () => {
    const bytes = Buffer.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]);
    await start(says(bytes, { "content-type": "image/png" }), PATHS);
    expect((await ask(gate, { path: "/" })).body).toEqual(bytes);
  });

  test("no ranges are asked for, and only codings that can be undone", async () => {
    await start(says("ok", { "content-type": "text/plain" }));
    await ask(gate, {
      path: "/",
      headers: {
        range: "bytes=0-3",
        "if-range": '"x"',
        "accept-encoding": "gzip;q=1.0, foo, br",
        "want-digest": "sha-256",
      },
    });
    const { headers } = target.requests.at(-1);
    expect(headers).toMatchObject({ "accept-encoding": "gzip;q=1.0, br" });
    expect(headers.range ?? headers["if-range"] ?? headers["want-digest"]).toBeUndefined();
  });

  test("a part of a body that comes all the same is refused", async () => {
    await start(says("9-9999", { "content-type": "text/plain", "content-range": "bytes 5-10/11" }, 206));
    const got = await ask(gate, { path: "/", headers: { range: "bytes=5-10" } });
    expect(got.status).toBe(502);
    expect(got.text).not.toContain("9-9999");
  });

  test("HEAD and 304 tell no length of what was masked", async () => {
    await start((request, response) => {
      response.writeHead(request.url === "/304" ? 304 : 200, { etag: '"a"', "content-length": 99 });
      response.end();
    });
    const head = await ask(gate, { method: "HEAD", path: "/" });
    expect(head).toMatchObject({ status: 200 });
    expect(head.headers["content-length"]).toBeUndefined();
    expect(await ask(gate, { path: "/304" })).toMatchObject({ status: 304, text: "" });
  });

  test("a tag tells nothing of the body, and comes back to the target as its own", async () => {
    const hash = `"${createHash("sha1").update(DOCUMENT).digest("base64")}"`;
    await start((request, response) => {
      const known = request.headers["if-none-match"] === hash;
      response.writeHead(known ? 304 : 200, { etag: hash, "content-type": "application/json" });
      response.end(known ? undefined : DOCUMENT);
    });
    const first = await ask(gate, { path: "/" });
    const { etag = "" } = first.headers;
    expect([first.status, etag.includes(hash.slice(1, -1))]).toEqual([200, false]);
    const second = await ask(gate, { path: "/", headers: { "if-none-match": `"x", ${etag}` } });
    expect(second.status).toBe(200);
    const third = await ask(gate, { path: "/", headers: { "if-none-match": etag } });
    expect([third.status, third.headers.etag]).toEqual([304, etag]);
    await ask(gate, { method: "POST", path: "/", headers: { "if-match": etag }, body: "x" });
    expect(target.requests.at(-1)?.headers["if-match"]).toBe(hash);
  });

  test.each([
    ["two codings on two lines", ["identity", "gzip"], zlib.gzipSync(DOCUMENT)],
    ["an empty coding and another", ["", "gzip"], zlib.gzipSync(DOCUMENT)],
    ["two of the same", ["gzip", "gzip"], zlib.gzipSync(zlib.gzipSync(DOCUMENT))],
  ])("%s are undone", async (_name, codings, body) => {
    await start((_request, response) => {
      response.setHeader("content-type", "text/plain").setHeader("content-encoding", codings).end(body);
    }, PATHS);
    const got = await ask(gate, { path: "/" });
    expect(JSON.parse(got.text)).toMatchObject({ customer: { ssn: "[redacted]" } });
  });

  test("more codings than anybody uses are refused", async () => {
    const codings = new Array<string>(2_000).fill("gzip").join(",");
    await start(says(DOCUMENT, { "content-type": "text/plain", "content-encoding": codings }), PATHS);
    const got = await ask(gate, { path: "/" });
    expect(got.status).toBe(502);
    expect(got.text).toContain("too many codings");
  });

  test.each([
    ["two types", ["text/plain", "text/event-stream"], `data: ${DOCUMENT}\n\n`],
    ["parts", ["multipart/mixed; boundary=x"], `--x\r\n\r\n${DOCUMENT}\r\n--x--`],
  ])("a body of %s is refused", async (_name, types, body) => {
    // Node's own list of values would be one line.
    await start((_request, response) => {
      const lines = types.map((type) => `content-type: ${type}\r\n`).join("");
      response.socket?.end(`HTTP/1.1 200 OK\r\n${lines}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    }, PATHS);
    const got = await ask(gate, { path: "/" });
    expect([got.status, got.text.includes("219-09-9999")]).toEqual([502, false]);
  });

  test.each([
    "/**/ typeof cb === 'function' && cb(DOC);",
    "cb(DOC)",
    "/* x */a.b['c'](DOC);\n",
    "cb(200, DOC)",
    'cb("x", [1], DOC, true);',
    ")]}',\nDOC",
    "for(;;);DOC",
    "while (1); DOC",
    "{}&&DOC",
    "var x = DOC;",
    "window.state=DOC",
  ])("JSON in a script is masked: %s", async (script) => {
    for (const type of ["application/javascript", "text/javascript; charset=utf-8", "application/x-javascript"]) {
      await start(says(script.replace("DOC", DOCUMENT), { "content-type": type }), PATHS);
      const got = await ask(gate, { path: "/" });
      expect(got.status).toBe(200);
      expect(got.text).toBe(script.replace("DOC", DOCUMENT.replace("219-09-9999", "[redacted]")));
      await gate.stop();
      await target.close();
    }
    await start(says("", {}));
  });

  test("a script that is one goes on as it is", async () => {
    for (const script of [
      "(function(){ return {a: 1}; })();",
      'define(["a"], function () {});',
      "cb",
      "x".repeat(5_000),
    ]) {
      await start(says(script, { "content-type": "text/javascript" }), PATHS);
      expect((await ask(gate, { path: "/" })).text).toBe(script);
      await gate.stop();
      await target.close();
    }
    await start(says("", {}));
  });

  test("a WebSocket is refused before anything is sent", async () => {
    await start(says("ok", { "content-type": "text/plain" }));
    const answer = await raw(
      gate.port,
      `GET /ws HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${basic(gate)}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer).toContain("cannot be masked");
    expect(target.seen()).toEqual([]);
  });
});
