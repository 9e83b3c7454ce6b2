/**
 * Plain requests are read and written by the gate itself, all others by a parser for all of HTTP, on one connection
 * after the other: what reaches the target is what was judged, byte for byte, wherever one ends and the other begins.
 */
import { afterEach, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { createHash } from "node:crypto";
import http from "node:http";
import net from "node:net";
import type { Harness, HarnessOptions } from "../../packages/testkit/src/harness.ts";
import { ask, basic, gateTo, startTarget, type Target } from "./http-fixture.ts";
import { NGINX, startNginx } from "./nginx.ts";

const POLICY = `rules:
  main:
  - {id: read, effect: allow, match: {method: [GET, HEAD], path: /public/**}}
  - {id: write, effect: allow, match: {method: [POST, PUT], path: /public/**}}
`;
const withNginx = NGINX === undefined ? describe.skip : describe;
const stops: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

async function gateBefore(port: number, more: Partial<HarnessOptions> & { keys?: Record<string, unknown> } = {}) {
  const gate = await gateTo(port, POLICY, more);
  stops.push(() => gate.stop());
  return gate;
}

/** A server that keeps what it gets, a connection each, and answers each piece as it is told to. */
async function rawServer(answer: (socket: net.Socket, got: string, connection: number) => void) {
  const connections: string[] = [];
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    const at = connections.push("") - 1;
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      connections[at] += chunk.toString("latin1");
      answer(socket, connections[at] ?? "", at);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stops.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return { port: (server.address() as net.AddressInfo).port, connections };
}

/** Writes the pieces; resolves with all answers once as many have come, or once the connection has ended. */
function exchange(port: number, pieces: readonly string[], answers: number): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (statuses(text).length >= answers && lastIsWhole(text)) socket.end();
    });
    socket.setTimeout(QUIET_MS_MAX, () => socket.destroy());
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(text));
    const send = async (): Promise<void> => {
      for (const piece of pieces) {
        if (socket.writable) socket.write(Buffer.from(piece, "latin1"));
        await new Promise((done) => setImmediate(done));
      }
    };
    void send();
  });
}

/** Every answer here has a length. */
function lastIsWhole(text: string): boolean {
  const last = text.slice(text.lastIndexOf("HTTP/1.1 "));
  const end = last.indexOf("\r\n\r\n");
  return end !== -1 && last.length - end - 4 >= Number(/content-length: (\d+)/i.exec(last)?.[1] ?? Infinity);
}

/** How long a test waits for a gate that says nothing, in milliseconds. */
const QUIET_MS_MAX = 10_000;
const statuses = (answer: string): number[] =>
  [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

describe("the target of plain requests", () => {
  test("gets the head as it was judged, and the body, in these bytes", async () => {
    const target = await rawServer((socket) => socket.write(OK));
    const gate = await gateBefore(target.port, { keys: { credential: { headers: { "X-Key": "k" } } } });
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    await ask(gate, { path: "/public//a/./b?x=%7e", headers: { Accept: "*/*", "x-key": "mine" }, agent });
    await ask(gate, {
      method: "POST",
      path: "/public/c",
      body: "four",
      headers: { "content-type": "text/plain", "content-length": "4" },
      agent,
    });
    agent.destroy();
    const head = `host: 127.0.0.1:${target.port}\r\nconnection: keep-alive\r\n`;
    expect(target.connections).toEqual([
      `GET /public/a/b?x=~ HTTP/1.1\r\n${head}accept: */*\r\nx-key: k\r\n\r\n` +
        `POST /public/c HTTP/1.1\r\n${head}content-type: text/plain\r\nx-key: k\r\ncontent-length: 4\r\n\r\nfour`,
    ]);
  });

  test("gets chunks as chunks, without extensions and trailers", async () => {
    const target = await rawServer((socket, got) => {
      if (got.endsWith("0\r\n\r\n")) socket.write(OK);
    });
    const gate = await gateBefore(target.port);
    const sent = `PUT /public/a HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${basic(gate)}\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n`;
    const answer = await exchange(
      gate.port,
      [`${sent}5;x=y\r\nhello\r\n`, "3\r\n+++\r\n0\r\nX-Admin: 1\r\n", "\r\n"],
      1,
    );
    expect(statuses(answer)).toEqual([200]);
    expect(target.connections).toHaveLength(1);
    const [, body] = (target.connections[0] ?? "").split(/\r\n\r\n(.*)/s);
    expect(target.connections[0]).toContain("transfer-encoding: chunked\r\n");
    expect(body?.replaceAll(/\r\n[0-9a-f]+\r\n/g, "").replaceAll(/^[0-9a-f]+\r\n/g, "")).toBe("hello+++\r\n");
  });

  test("gets a long body whole whose beginning was read to judge it, with a length and in chunks", async () => {
    const target = await startTarget((_request, response, body) => response.end(sha256(body)));
    stops.push(() => target.close());
    const gate = await gateBefore(target.port);
    const start = '--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n';
    const body = Buffer.concat([
      Buffer.from(start),
      Buffer.alloc(2_500_000, "0123456789abcdef"),
      Buffer.from("\r\n--b--\r\n"),
    ]);
    const type = "multipart/form-data; boundary=b";
    for (const framing of [{ "content-length": String(body.length) }, { "transfer-encoding": "chunked" }]) {
      const headers = { "content-type": type, ...framing } as Record<string, string>;
      expect((await ask(gate, { method: "POST", path: "/public/a", body, headers })).text).toBe(sha256(body));
      expect(target.requests.at(-1)?.headers).toMatchObject(framing);
    }
  });

  test("that says something behind its answer is not asked again on that connection", async () => {
    const target = await rawServer((socket, _got, at) => {
      socket.write(at === 0 ? `${OK}HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled` : OK);
    });
    const gate = await gateBefore(target.port);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    for (let count = 0; count < 3; count += 1) {
      expect((await ask(gate, { path: "/public/a", agent })).text).toBe("ok");
    }
    agent.destroy();
    expect(target.connections).toHaveLength(2);
  });

  test("that says something unasked for loses the connection", async () => {
    const later: net.Socket[] = [];
    const target = await rawServer((socket, _got, at) => {
      socket.write(OK);
      if (at === 0) later.push(socket);
    });
    const gate = await gateBefore(target.port);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    await ask(gate, { path: "/public/a", agent });
    const [first] = later;
    if (first === undefined) throw new Error("nothing was asked");
    const ended = new Promise((resolve) => first.once("close", resolve));
    first.write("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled");
    await ended;
    expect((await ask(gate, { path: "/public/b", agent })).text).toBe("ok");
    agent.destroy();
    expect(target.connections).toHaveLength(2);
  });

  test("that closes between two requests is asked again, once, for what does nothing", async () => {
    const target = await rawServer((socket, got, at) => {
      // The second request of the first connection gets no answer.
      if (at === 0 && got.split("HTTP/1.1\r\n").length > 2) socket.destroy();
      else socket.write(OK);
    });
    const gate = await gateBefore(target.port);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    expect((await ask(gate, { path: "/public/a", agent })).text).toBe("ok");
    expect((await ask(gate, { path: "/public/b", agent })).text).toBe("ok");
    agent.destroy();
    expect(target.connections.map((text) => [...text.matchAll(/^GET (\S+)/gm)].map((match) => match[1]))).toEqual([
      ["/public/a", "/public/b"],
      ["/public/b"],
    ]);
  });

  test("that closes is never asked twice for what does something", async () => {
    const target = await rawServer((socket) => socket.destroy());
    const gate = await gateBefore(target.port);
    const got = await ask(gate, {
      method: "POST",
      path: "/public/a",
      body: "x",
      headers: { "content-type": "text/plain" },
    });
    expect(got.status).toBe(502);
    expect(target.connections).toHaveLength(1);
  });

  test.each([
    ["a length and chunks", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc"],
    ["a folded line", "Content-Length: 3\r\nX-A: b\r\n c\r\n\r\nabc"],
    ["a chunk's size that is none", "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n"],
    ["a length with a sign", "Content-Length: +3\r\n\r\nabc"],
    ["a line feed alone", "Content-Length: 3\n\nabc"],
  ])("is not believed with %s", async (_name, rest) => {
    const target = await rawServer((socket) => socket.write(`HTTP/1.1 200 OK\r\n${rest}`));
    const gate = await gateBefore(target.port);
    const got = await ask(gate, { path: "/public/a" }).catch(() => undefined);
    if (got !== undefined) expect(got.status).toBe(502);
    expect(got?.text ?? "").not.toContain("abc");
  });
});

describe("one connection", () => {
  let target: Target;

  const start = async (): Promise<Harness> => {
    target = await startTarget();
    stops.push(() => target.close());
    return gateBefore(target.port);
  };
  const request = (gate: Harness, line: string, lines: readonly string[] = [], body = ""): string =>
    `${line}\r\nHost: localhost\r\nAuthorization: ${basic(gate)}\r\n${lines.map((each) => `${each}\r\n`).join("")}\r\n${body}`;

  test("goes from plain requests to others and back in one pipeline, in order", async () => {
    const gate = await start();
    const text = [
      request(gate, "GET /public/1 HTTP/1.1"),
      request(gate, "POST /public/2 HTTP/1.1", ["Content-Type: text/plain", "Content-Length: 5"], "hello"),
      request(gate, "GET http://localhost/public/3 HTTP/1.1"),
      request(gate, "GET /public/4 HTTP/1.1"),
      request(
        gate,
        "POST /public/5 HTTP/1.1",
        ["Content-Type: text/plain", "Transfer-Encoding:\tchunked"],
        "0\r\n\r\n",
      ),
    ].join("");
    const answer = await exchange(gate.port, [text], 5);
    expect(statuses(answer).slice(0, 4)).toEqual([200, 200, 200, 200]);
    expect(target.seen().slice(0, 4)).toEqual(["GET /public/1", "POST /public/2", "GET /public/3", "GET /public/4"]);
  });

  test.each([
    ["another Host", (gate: Harness) => request(gate, "GET /public/2 HTTP/1.1").replace("localhost", "evil.test")],
    ["another host in its target", (gate: Harness) => request(gate, "GET http://evil.test/public/2 HTTP/1.1")],
    ["an underscore in a name", (gate: Harness) => request(gate, "GET /public/2 HTTP/1.1", ["X_Real_IP: 1"])],
    ["half an escape", (gate: Harness) => request(gate, "GET /public/%2 HTTP/1.1")],
  ])("ends with a request that has %s, and nothing behind it is done", async (_name, bad) => {
    const gate = await start();
    const behind = request(
      gate,
      "POST /public/behind HTTP/1.1",
      ["Content-Type: text/plain", "Content-Length: 1"],
      "x",
    );
    const first = request(gate, "GET /public/1 HTTP/1.1");
    const answer = await exchange(gate.port, [first + bad(gate) + behind + behind], 4);
    expect(statuses(answer)).toEqual([200, 400]);
    await ask(gate, { path: "/public/last" });
    expect(target.seen()).toEqual(["GET /public/1", "GET /public/last"]);
  });

  test("may come in pieces of one byte", async () => {
    const gate = await start();
    const text =
      request(gate, "GET /public/1 HTTP/1.1") +
      request(
        gate,
        "POST /public/2 HTTP/1.1",
        ["Content-Type: text/plain", "Transfer-Encoding: chunked"],
        "1\r\na\r\n0\r\n\r\n",
      );
    const answer = await exchange(gate.port, [...text], 2);
    expect(statuses(answer)).toEqual([200, 200]);
    expect(target.seen()).toEqual(["GET /public/1", "POST /public/2"]);
  });

  test("ends with a chunk that is none, and what stands behind it is read by nobody", async () => {
    const gate = await start();
    const smuggled = request(gate, "GET /public/smuggled HTTP/1.1");
    const lines = ["Content-Type: text/plain", "Transfer-Encoding: chunked"];
    for (const chunk of [
      "zz\r\n",
      "5\nhello",
      "-1\r\n",
      "5\r\nhello0\r\n\r\n",
      "0\r\nContent-Length: 3\r\n\r\n",
      "5;\0\r\n",
    ]) {
      const answer = await exchange(gate.port, [request(gate, "POST /public/a HTTP/1.1", lines, chunk + smuggled)], 2);
      expect(statuses(answer).filter((status) => status === 200)).toEqual([]);
    }
    expect(target.seen().filter((line) => line !== "POST /public/a")).toEqual([]);
  });

  test("forgets the body of what was refused, also when it comes behind the refusal", async () => {
    const gate = await start();
    const inner = "GET /public/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const next = request(gate, "GET /public/next HTTP/1.1");
    const length = request(gate, "DELETE /public/a HTTP/1.1", [`Content-Length: ${inner.length}`]);
    const chunked = request(gate, "DELETE /public/a HTTP/1.1", ["Transfer-Encoding: chunked"]);
    const chunks = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`;
    const anonymous = `POST /public/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${inner.length}\r\n\r\n`;
    for (const [head, body, status] of [
      [length, inner, 403],
      [chunked, chunks, 403],
      [anonymous, inner, 401],
    ] as const) {
      for (const pieces of [[head + body + next], [head, body, next], [head, ...body, next]]) {
        expect(statuses(await exchange(gate.port, pieces, 2))).toEqual([status, 200]);
        expect(target.seen()).toEqual(["GET /public/next"]);
      }
    }
  });

  test("hands on what was judged, whatever mixture of requests comes in whatever pieces", async () => {
    const gate = await start();
    const inner = "GET /public/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const plain = ["Content-Type: text/plain"];
    const pool = [
      (at: number) => request(gate, `GET /public/${at} HTTP/1.1`),
      (at: number) => request(gate, `DELETE /public/${at} HTTP/1.1`),
      (at: number) =>
        request(gate, `POST /public/${at} HTTP/1.1`, [...plain, `Content-Length: ${inner.length}`], inner),
      (at: number) =>
        request(
          gate,
          `POST /public/${at} HTTP/1.1`,
          [...plain, "Transfer-Encoding: chunked"],
          `${inner.length.toString(16)};a="b"\r\n${inner}\r\n0\r\nX-T: 1\r\n\r\n`,
        ),
      (at: number) => request(gate, `GET /public/${at} HTTP/1.1`, [`Content-Length: ${inner.length}`], inner),
      (at: number) => request(gate, `DELETE /public/${at} HTTP/1.1`, [`Content-Length: ${inner.length}`], inner),
      (at: number) => `\r\n${request(gate, `GET /public/${at} HTTP/1.1`)}`,
      (at: number) => request(gate, `GET http://localhost/public/${at} HTTP/1.1`),
      (at: number) =>
        request(
          gate,
          `POST /public/${at} HTTP/1.1`,
          [...plain, "Content-Length: 0", "Transfer-Encoding: chunked"],
          `0\r\n\r\n${inner}`,
        ),
      (at: number) =>
        request(gate, `POST /public/${at} HTTP/1.1`, [...plain, "Transfer-Encoding: chunked\t"], `0\r\n\r\n${inner}`),
      (at: number) =>
        request(gate, `POST /public/${at} HTTP/1.1`, [...plain, "Content-Length: 4", "Content-Length: 0"], inner),
      (at: number) => request(gate, `POST /public/${at} HTTP/1.1`, [...plain, "Content-Length : 0"], inner),
      (at: number) => request(gate, `POST /public/${at} HTTP/1.1`, [...plain, "X: y", " Content-Length: 0"], inner),
      (at: number) => request(gate, `GET /public/${at} HTTP/1.1\nX: y`),
      (at: number) => request(gate, `GET /public/${at} HTTP/1.0`),
    ];
    let number = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(pool.length - 1), { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(1_500), { maxLength: 4 }),
        async (kinds, places) => {
          const text = kinds.map((kind) => pool[kind]?.((number += 1)) ?? "").join("");
          const cuts = [...new Set([0, ...places.map((place) => place % text.length), text.length])].sort(
            (a, b) => a - b,
          );
          const pieces = cuts.slice(1).map((end, at) => text.slice(cuts[at], end));
          const answer = await exchange(
            gate.port,
            [...pieces, `GET /end HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`],
            99,
          );
          const got = statuses(answer);
          // Never more answers than requests: one for each, and the one to the last.
          expect(got.length).toBeLessThanOrEqual(kinds.length + 1);
        },
      ),
      { seed: 52, numRuns: 120 },
    );
    const seen = target.seen();
    expect(seen.length).toBeGreaterThan(50);
    for (const line of seen) expect(line).toMatch(/^(?:GET|POST) \/public\/\d+$/);
    expect(new Set(seen).size).toBe(seen.length);
    const judged = (await gate.entries()).flatMap((entry) => (entry.type === "verdict" ? [entry] : []));
    const allowed = judged
      .filter(({ verdict }) => verdict === "allow")
      .map(({ command }) => command.text.split(/[\n (]/u, 2).join(" "));
    // Each number stands for one request.
    for (const line of seen) expect(allowed).toContain(line);
  }, 120_000);
});

withNginx("nginx behind plain requests", () => {
  test("sees the judged requests of a pipeline and nothing of what stands in their bodies", async () => {
    const nginx = await startNginx({});
    stops.push(() => nginx.stop());
    const gate = await gateBefore(nginx.port);
    const inner = "GET /public/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n";
    const head = (line: string, ...lines: string[]): string =>
      `${line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${basic(gate)}\r\n${lines.map((each) => `${each}\r\n`).join("")}\r\n`;
    const attacks = [
      `${head("POST /public/2", "Content-Length: 4", "Transfer-Encoding: chunked")}0\r\n\r\n${inner}`,
      `${head("POST /public/2", "Transfer-Encoding: chunked", "Content-Length: 4")}0\r\n\r\n${inner}`,
      `${head("POST /public/2", "Transfer-Encoding: xchunked")}0\r\n\r\n${inner}`,
      `${head("POST /public/2", "Transfer-Encoding: chunked\t")}0\r\n\r\n${inner}`,
      `${head("POST /public/2", "Transfer-Encoding:\u000bchunked")}0\r\n\r\n${inner}`,
      `${head("POST /public/2", "Content-Length: 0", `Content-Length: ${inner.length}`)}${inner}`,
      `${head("POST /public/2", "Content-Length : 0")}${inner}`,
      `${head("GET /public/2", "X: y\nContent-Length: 0")}${inner}`,
      `${head("GET /public/2", "X: y", " Transfer-Encoding: chunked")}0\r\n\r\n${inner}`,
    ];
    for (const attack of attacks) {
      const answer = await exchange(gate.port, [`${head("GET /public/1")}${attack}`], 2);
      expect(statuses(answer)).toEqual([200, 400]);
    }
    const body = `${head("POST /public/3", "Content-Type: text/plain", `Content-Length: ${inner.length}`)}${inner}`;
    expect(statuses(await exchange(gate.port, [`${head("GET /public/1")}${body}`], 2))).toEqual([200, 200]);
    const host = `127.0.0.1:${nginx.port}`;
    const ones = Array.from({ length: attacks.length + 1 }, () => `GET /public/1 ${host}`);
    expect(await nginx.seen()).toEqual([...ones, `POST /public/3 ${host}`]);
  });
});
