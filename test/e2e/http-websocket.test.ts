/** WebSockets through the gate, with undici's client and a server that speaks RFC 6455. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createHash } from "node:crypto";
import http from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { WebSocket } from "undici";
import { eventually } from "../../packages/testkit/src/conformance.ts";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import { ask, basic, gateTo, raw } from "./http-fixture.ts";

const POLICY = `rules:
  main:
  - {id: read, effect: allow, match: {method: GET, path: /**}}
  - {id: chat, effect: allow, match: {method: GET, path: /chat, upgrade: websocket}}
  - {id: ask, effect: hold, approval: someone, match: {path: /held, upgrade: websocket}}
approvals:
  someone: {from: ["person:dana"], count: 1, timeout: 1m}
`;

let server: http.Server;
let gate: Harness;
const upgrades: http.IncomingMessage[] = [];
const sockets = new Set<Socket>();

/** Frames of at most 64 KiB, unfragmented; text and binary come back as they went, close is answered. */
function echo(socket: Socket): void {
  let rest = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      if (rest.length < 6) return;
      const short = (rest[1] ?? 0) & 0x7f;
      const long = short === 126;
      const length = long ? rest.readUInt16BE(2) : short;
      const mask = rest.subarray(long ? 4 : 2, long ? 8 : 6);
      const start = long ? 8 : 6;
      if (rest.length < start + length) return;
      const data = Buffer.from(rest.subarray(start, start + length));
      for (let at = 0; at < data.length; at += 1) data[at] = (data[at] ?? 0) ^ (mask[at % 4] ?? 0);
      const head = long
        ? Buffer.from([rest[0] ?? 0, 126, length >> 8, length & 255])
        : Buffer.from([rest[0] ?? 0, length]);
      socket.write(Buffer.concat([head, data]));
      if (((rest[0] ?? 0) & 0x0f) === 8) socket.end();
      rest = rest.subarray(start + length);
    }
  });
}

beforeEach(async () => {
  upgrades.length = 0;
  server = http.createServer((_request, response) => response.end("plain"));
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("upgrade", (request: http.IncomingMessage, socket: Socket) => {
    upgrades.push(request);
    socket.on("error", () => undefined);
    if (request.url === "/chat?no") {
      socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\nx-why: closed\r\n\r\nno");
      return;
    }
    const key = `${request.headers["sec-websocket-key"] ?? ""}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${createHash("sha1").update(key).digest("base64")}\r\n\r\n`,
    );
    echo(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  gate = await gateTo((server.address() as AddressInfo).port, POLICY, {
    keys: { credential: { headers: { Authorization: "Bearer of-the-target" } } },
  });
});
afterEach(async () => {
  await gate.stop();
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

function open(path: string): Promise<WebSocket> {
  const client = new WebSocket(`ws://127.0.0.1:${gate.port}${path}`, { headers: { "gate-endpoint": gate.password } });
  return new Promise((resolve, reject) => {
    client.addEventListener("open", () => resolve(client));
    client.addEventListener("error", () => reject(new Error("the WebSocket was refused")));
  });
}

function says(client: WebSocket, text: string): Promise<string> {
  return new Promise((resolve) => {
    client.addEventListener("message", (event) => resolve(String(event.data)), { once: true });
    client.send(text);
  });
}

describe("a WebSocket", () => {
  test("passes where a rule names it, with the target's credential; its bytes are on the record", async () => {
    const client = await open("/chat");
    expect(await says(client, "hello")).toBe("hello");
    const long = "x".repeat(50_000);
    for (let count = 0; count < 20; count += 1) expect(await says(client, long)).toBe(long);
    expect(upgrades[0]?.headers).toMatchObject({ authorization: "Bearer of-the-target" });
    expect(upgrades[0]?.headers["gate-endpoint"]).toBeUndefined();
    const closed = new Promise((resolve) => client.addEventListener("close", resolve));
    client.close();
    await closed;
    await eventually(async () => (await gate.entries()).some((entry) => entry.type === "result"));
    const result = (await gate.entries()).find((entry) => entry.type === "result");
    expect(result).toMatchObject({ outcome: "101", ok: true });
    expect(result?.bytes).toBeGreaterThan(1_000_000);
  });

  test("is not covered by a rule that says nothing of upgrades", async () => {
    await expect(open("/other")).rejects.toThrow();
    expect(upgrades).toEqual([]);
    expect((await ask(gate, { path: "/other" })).text).toBe("plain");
  });

  test("waits for people like any command", async () => {
    const opening = open("/held");
    await gate.pendingHold();
    expect(upgrades).toEqual([]);
    await gate.vote("approve");
    const client = await opening;
    expect(await says(client, "hi")).toBe("hi");
    client.close();
  });

  test("that the target does not want is answered as the target answers", async () => {
    const answer = await raw(
      gate.port,
      `GET /chat?no HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${basic(gate)}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
    expect(answer).toContain("x-why: closed");
    expect(answer).toMatch(/\r\n\r\nno$/);
  });

  test("needs the endpoint's secret", async () => {
    const answer = await raw(
      gate.port,
      "GET /chat HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(upgrades).toEqual([]);
  });

  test.each([
    ["with a body", "Content-Length: 3\r\n", "abc"],
    ["without its key", "Sec-WebSocket-Key: \r\n", ""],
    ["with two Hosts", "Host: localhost\r\n", ""],
  ])("handshake %s is refused", async (_name, header, body) => {
    const key = header.startsWith("Sec") ? "" : "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    const version = header.startsWith("Sec") ? "" : "Sec-WebSocket-Version: 13\r\n";
    const answer = await raw(
      gate.port,
      `GET /chat HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${basic(gate)}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}${version}${header}\r\n${body}`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(upgrades).toEqual([]);
  });

  test("behind a request that is not answered yet ends the connection", async () => {
    const one = `GET /a HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${basic(gate)}\r\n\r\n`;
    const two = `GET /chat HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${basic(gate)}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n`;
    await raw(gate.port, one + two);
    expect(upgrades).toEqual([]);
  });

  test("ends with its session", async () => {
    const client = await open("/chat");
    const closed = new Promise((resolve) => client.addEventListener("close", resolve));
    await gate.close("revoked");
    await closed;
    expect(client.readyState).toBe(WebSocket.CLOSED);
  });
});
