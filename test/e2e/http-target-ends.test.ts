/** Targets that end their connection, or speak, when nobody expects it: each request gets its own answer, or none. */
import { afterEach, describe, expect, test } from "@jest/globals";
import http from "node:http";
import net from "node:net";
import type { HarnessOptions } from "../../packages/testkit/src/harness.ts";
import { diskThatFills } from "./crash-fixture.ts";
import { ask, basic, gateTo, raw } from "./http-fixture.ts";

const RULES = `rules:
  main:
  - {id: all, effect: allow, match: {method: [GET, HEAD, POST], path: /**}}
`;
const TEXT = { "content-type": "text/plain" };
const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function gateBefore(port: number, more: Partial<HarnessOptions> = {}, policy = RULES) {
  const gate = await gateTo(port, policy, more);
  stops.push(() => gate.stop());
  return gate;
}

/** A server that counts its connections and answers each request, which comes in one piece, as it is told to. */
async function server(answer: (socket: net.Socket, request: string, connection: number) => void) {
  const requests: string[] = [];
  const sockets = new Set<net.Socket>();
  const listener = net.createServer((socket) => {
    const connection = sockets.size;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      const text = chunk.toString("latin1");
      requests.push(text.split(" HTTP/1.1")[0] ?? "");
      answer(socket, text, connection);
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  stops.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => listener.close(resolve));
  });
  return { port: (listener.address() as net.AddressInfo).port, requests, connections: () => sockets.size };
}

describe("an answer that only its connection's end ends", () => {
  test.each([
    ["without a word of it", "HTTP/1.1 200 OK\r\n\r\n"],
    ["though it says that the connection stays", "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\n\r\n"],
    ["in the words of HTTP/1.0", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n"],
  ])("%s: the next request goes over another connection", async (_name, head) => {
    const target = await server((socket, request) => socket.end(`${head}answer to ${request.split(" ")[1] ?? ""}`));
    const gate = await gateBefore(target.port);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    stops.push(async () => agent.destroy());
    expect((await ask(gate, { path: "/1", agent })).text).toBe("answer to /1");
    const post = await ask(gate, { method: "POST", path: "/2", body: "x", headers: TEXT, agent });
    expect(post.text).toBe("answer to /2");
    expect((await ask(gate, { path: "/3", agent })).text).toBe("answer to /3");
    expect(target.requests).toEqual(["GET /1", "POST /2", "GET /3"]);
    expect(target.connections()).toBe(3);
  });

  test("in a pipeline: every answer stands in its place", async () => {
    const target = await server((socket, request) =>
      socket.end(`HTTP/1.1 200 OK\r\n\r\nanswer to ${request.split(" ")[1] ?? ""}`),
    );
    const gate = await gateBefore(target.port);
    const lines = `Host: localhost\r\nAuthorization: ${basic(gate)}\r\n`;
    const all = [1, 2, 3, 4].map(
      (at) => `GET /${at} HTTP/1.1\r\n${lines}${at === 4 ? "Connection: close\r\n" : ""}\r\n`,
    );
    const got = await raw(gate.port, all.join(""));
    expect([...got.matchAll(/answer to (\S+)/g)].map((match) => match[1])).toEqual(["/1", "/2", "/3", "/4"]);
  });
});

test("a connection that ends with its answer, in whatever words, carries no second request", async () => {
  for (const line of ["Connection: close", "connection: Keep-Alive, Close", "X-A: b"]) {
    const target = await server((socket) => socket.end(`HTTP/1.1 200 OK\r\n${line}\r\nContent-Length: 2\r\n\r\nok`));
    const gate = await gateBefore(target.port);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    stops.push(async () => agent.destroy());
    for (const path of ["/1", "/2", "/3"]) expect((await ask(gate, { path, agent })).text).toBe("ok");
    expect(target.connections()).toBe(3);
  }
});

test("a record that cannot be written lets none of the requests through that come together, and ends nothing but its session", async () => {
  const target = await server((socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  const disk = diskThatFills();
  const gate = await gateBefore(target.port, { wrapFiles: disk.wrapFiles });
  // Another session of the same process, whose requests leave in the same turns.
  const other = await gateBefore(target.port);
  const agents = Array.from({ length: 4 }, () => new http.Agent({ keepAlive: true, maxSockets: 1 }));
  stops.push(async () => agents.forEach((agent) => agent.destroy()));
  for (const agent of agents) expect((await ask(gate, { path: "/before", agent })).text).toBe("ok");
  disk.fill();
  const asked = agents.map((agent) => ask(gate, { path: "/after", agent }).catch(() => undefined));
  const beside = agents.map(() => ask(other, { path: "/beside" }));
  for (const got of await Promise.all(asked)) expect([undefined, 503]).toContain(got?.status);
  for (const got of await Promise.all(beside)) expect(got.text).toBe("ok");
  expect(target.requests.filter((line) => line === "GET /after")).toEqual([]);
});
