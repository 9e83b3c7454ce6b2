/** Bodies on their way to the target, cut at every place, answered early, or with a method hidden in them. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import http from "node:http";
import net from "node:net";
import { gzipSync } from "node:zlib";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import { ask, basic, gateTo, startTarget, type Target } from "./http-fixture.ts";

const POLICY = `rules:
  main:
  - {id: pay, effect: allow, match: {method: POST, path: /pay, body: {$.amount: {lte: 100}}}}
  - {id: send, effect: allow, match: {method: POST, path: /upload}}
`;

let target: Target;
let gate: Harness;
let bodies: string[] = [];

beforeAll(async () => {
  target = await startTarget((_request, response, body) => {
    bodies.push(body.toString("latin1"));
    response.end("ok");
  });
});
afterAll(() => target.close());
beforeEach(async () => {
  gate = await gateTo(target.port, POLICY);
  target.seen();
  bodies = [];
});
afterEach(() => gate.stop());

/** Writes the pieces one after the other; resolves with the status of each answer. */
async function send(pieces: readonly Buffer[], answers: number): Promise<number[]> {
  const socket = net.connect({ port: gate.port, host: "127.0.0.1", noDelay: true });
  let text = "";
  const done = new Promise<void>((resolve, reject) => {
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if ((text.match(/HTTP\/1\.1 \d{3} /g) ?? []).length >= answers && text.endsWith("\n") !== text.endsWith("ok"))
        resolve();
    });
    socket.on("error", reject);
    socket.on("close", () => resolve());
  });
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await done;
  socket.destroy();
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
}

test("a body is judged and sent the same wherever its request is cut", async () => {
  const allowed = '{"amount": 1, "note": "\u00e4"}';
  const denied = '{"amount": 101, "note": "\u00e4"}';
  const whole = (body: string, chunked: boolean): Buffer => {
    const bytes = Buffer.from(body);
    const framing = chunked ? "Transfer-Encoding: chunked" : `Content-Length: ${bytes.length}`;
    const head = `POST /pay HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${basic(gate)}\r\nContent-Type: application/json\r\n${framing}\r\n\r\n`;
    const parts = chunked
      ? [
          Buffer.from("5\r\n"),
          bytes.subarray(0, 5),
          Buffer.from(`\r\n${(bytes.length - 5).toString(16)};x=y\r\n`),
          bytes.subarray(5),
          Buffer.from("\r\n0\r\n\r\n"),
        ]
      : [bytes];
    return Buffer.concat([Buffer.from(head), ...parts]);
  };
  for (const chunked of [false, true]) {
    const bytes = Buffer.concat([whole(allowed, chunked), whole(denied, chunked)]);
    for (let at = 0; at < bytes.length; at += 7) {
      expect(await send([bytes.subarray(0, at), bytes.subarray(at)], 2)).toEqual([200, 403]);
    }
  }
  expect(new Set(bodies)).toEqual(new Set([Buffer.from(allowed).toString("latin1")]));
}, 120_000);

test("a compressed body is judged by what it says, and sent as it is", async () => {
  const headers = { "content-type": "application/json", "content-encoding": "gzip" };
  const small = gzipSync('{"amount":1}');
  expect((await ask(gate, { method: "POST", path: "/pay", body: small, headers })).status).toBe(200);
  expect(bodies).toEqual([small.toString("latin1")]);
  expect((await ask(gate, { method: "POST", path: "/pay", body: gzipSync('{"amount":101}'), headers })).status).toBe(
    403,
  );
  const bomb = gzipSync(Buffer.alloc(50_000_000, " "));
  expect((await ask(gate, { method: "POST", path: "/pay", body: bomb, headers })).status).toBe(403);
  expect(bodies).toHaveLength(1);
});

test("a target that answers before it has read everything is heard", async () => {
  const early = http.createServer((_request, response) => {
    response.writeHead(413, { connection: "close" });
    response.end("too large");
  });
  await new Promise<void>((resolve) => early.listen(0, "127.0.0.1", resolve));
  const own = await gateTo((early.address() as net.AddressInfo).port, POLICY);
  const status = await new Promise<number>((resolve, reject) => {
    const request = http.request({
      port: own.port,
      auth: `gate:${own.password}`,
      method: "POST",
      path: "/upload",
      headers: { "content-length": 50_000_000, "content-type": "application/octet-stream" },
      agent: false,
    });
    request.on("response", (response) => {
      resolve(response.statusCode ?? 0);
      request.destroy();
    });
    request.on("error", reject);
    request.write(Buffer.alloc(100));
  });
  expect(status).toBe(413);
  await own.stop();
  early.closeAllConnections();
  await new Promise((resolve) => early.close(resolve));
});

test("a multipart form passes, also a long one, unless a field changes the method", async () => {
  const form = (field: string, padding: number): Buffer =>
    Buffer.concat([
      Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'),
      Buffer.alloc(padding, "x"),
      Buffer.from(`\r\n--b\r\nContent-Disposition: form-data; name="${field}"\r\n\r\nDELETE\r\n--b--\r\n`),
    ]);
  const headers = { "content-type": "multipart/form-data; boundary=b" };
  const upload = (field: string, padding: number) =>
    ask(gate, { method: "POST", path: "/upload", body: form(field, padding), headers }).catch(() => undefined);
  expect((await upload("note", 10))?.status).toBe(200);
  expect((await upload("note", 5_000_000))?.status).toBe(200);
  expect(bodies).toHaveLength(2);
  expect((await upload("_method", 10))?.status).toBe(403);
  const long = await upload("_method", 5_000_000);
  if (long !== undefined) expect(long.status).toBe(400);
  // The target has seen the head of the long one, and never its end.
  expect(bodies).toHaveLength(2);
});

test("a client that goes away in the middle of its body leaves the target with an incomplete one", async () => {
  await new Promise<void>((resolve) => {
    const socket = net.connect({ port: gate.port, host: "127.0.0.1" }, () => {
      socket.write(
        `POST /upload HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${basic(gate)}\r\nContent-Length: 100\r\n\r\nhalf`,
      );
      setTimeout(() => {
        socket.destroy();
        resolve();
      }, 100);
    });
  });
  expect((await ask(gate, { method: "POST", path: "/upload", body: "whole" })).status).toBe(200);
  expect(bodies).toEqual(["whole"]);
});
