/** Bodies of 256 MiB both ways, through a gate in a process of its own whose memory is watched. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ROOT } from "../world.ts";

const SIZE = 256 * 1024 * 1024;
const CHUNK = Buffer.alloc(1024 * 1024, "0123456789abcdef");
/** Resident memory that passing bodies may add to a gate that has just started, in bytes. */
const GROWTH_BYTES_MAX = 120 * 1024 * 1024;

let target: http.Server;
let child: ChildProcess;
let gate: { port: number; user: string; password: string };
let received = { bytes: 0, digest: "" };

async function* body(): AsyncGenerator<Buffer> {
  for (let sent = 0; sent < SIZE; sent += CHUNK.length) yield await Promise.resolve(CHUNK);
}

async function write(to: http.ClientRequest | http.ServerResponse): Promise<void> {
  for await (const chunk of body()) {
    if (!to.write(chunk)) await new Promise((resolve) => to.once("drain", resolve));
  }
  to.end();
}

async function digestOf(stream: http.IncomingMessage): Promise<{ bytes: number; digest: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, digest: hash.digest("hex") };
}

const resident = (): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid ?? 0}/status`, "utf8"))?.[1] ?? 0) * 1024;

beforeAll(async () => {
  target = http.createServer((request, response) => {
    if (request.method === "GET") {
      response.writeHead(200, { "content-length": SIZE });
      void write(response);
      return;
    }
    void digestOf(request).then((got) => {
      received = got;
      response.end("thanks");
    });
  });
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", join(ROOT, "test/bench/http-hop.ts")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin?.end(JSON.stringify({ port: (target.address() as AddressInfo).port, masks: false }));
  gate = await new Promise((resolve, reject) => {
    if (child.stdout !== null)
      createInterface(child.stdout).once("line", (line) => resolve(JSON.parse(line) as typeof gate));
    child.once("exit", () => reject(new Error("the gate did not start")));
  });
}, 30_000);

afterAll(async () => {
  child.kill("SIGINT");
  target.closeAllConnections();
  await new Promise((resolve) => target.close(resolve));
});

async function transfer(
  method: "GET" | "POST",
  length: boolean,
): Promise<{ bytes: number; digest: string; grown: number }> {
  const before = resident();
  let highest = before;
  const watch = setInterval(() => (highest = Math.max(highest, resident())), 20);
  try {
    const request = http.request({
      port: gate.port,
      auth: `${gate.user}:${gate.password}`,
      method,
      path: "/large",
      agent: false,
      headers: method === "GET" ? {} : length ? { "content-length": SIZE } : { "transfer-encoding": "chunked" },
    });
    const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
      request.on("response", resolve).on("error", reject);
    });
    if (method === "GET") request.end();
    else await write(request);
    const got = await digestOf(await answered);
    return { ...(method === "GET" ? got : received), grown: highest - before };
  } finally {
    clearInterval(watch);
  }
}

const whole = createHash("sha256");
for (let sent = 0; sent < SIZE; sent += CHUNK.length) whole.update(CHUNK);
const DIGEST = whole.digest("hex");

test.each([
  ["down", "GET", true],
  ["up, with a length", "POST", true],
  ["up, in chunks", "POST", false],
] as ["down" | "up", "GET" | "POST", boolean][])(
  "256 MiB %s arrive whole, and the gate stays small",
  async (_way, method, length) => {
    const { bytes, digest, grown } = await transfer(method, length);
    expect(bytes).toBe(SIZE);
    expect(digest).toBe(DIGEST);
    expect(grown).toBeLessThan(GROWTH_BYTES_MAX);
  },
  60_000,
);
