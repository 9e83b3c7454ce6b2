/** Large bodies both ways, through a gate in a process of its own whose memory is watched. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ROOT } from "../world.ts";

const MIB = 1024 * 1024;
const CHUNK = Buffer.alloc(1024 * 1024, "lines of text that hold nothing\n");
/** Resident memory that passing bodies may add to a gate that has just started, in bytes. */
const GROWTH_BYTES_MAX = 120 * 1024 * 1024;

let target: http.Server;
interface Gate {
  readonly child: ChildProcess;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

let gate: Gate;
let masking: Gate;
let received = { bytes: 0, digest: "" };

async function* body(size: number): AsyncGenerator<Buffer> {
  for (let sent = 0; sent < size; sent += CHUNK.length) yield await Promise.resolve(CHUNK);
}

async function write(to: http.ClientRequest | http.ServerResponse, size: number): Promise<void> {
  for await (const chunk of body(size)) {
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

const resident = ({ child }: Gate): number =>
  Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid ?? 0}/status`, "utf8"))?.[1] ?? 0) * 1024;

async function startGate(port: number, masks: boolean): Promise<Gate> {
  const hop = join(ROOT, "test/bench/http-hop.ts");
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", hop], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  child.stdin.end(JSON.stringify({ port, masks }));
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once("line", resolve);
    child.once("exit", () => reject(new Error("the gate did not start")));
  });
  return { child, ...(JSON.parse(line) as Omit<Gate, "child">) };
}

beforeAll(async () => {
  target = http.createServer((request, response) => {
    if (request.method === "GET") {
      const size = Number(request.url?.slice(1)) * MIB;
      response.writeHead(200, { "content-length": size, "content-type": "text/plain" });
      void write(response, size);
      return;
    }
    void digestOf(request).then((got) => {
      received = got;
      response.end("thanks");
    });
  });
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  const { port } = target.address() as AddressInfo;
  [gate, masking] = await Promise.all([startGate(port, false), startGate(port, true)]);
}, 90_000);

afterAll(async () => {
  gate.child.kill("SIGINT");
  masking.child.kill("SIGINT");
  target.closeAllConnections();
  await new Promise((resolve) => target.close(resolve));
});

async function transfer(
  through: Gate,
  method: "GET" | "POST",
  length: boolean,
  mib: number,
): Promise<{ bytes: number; digest: string; grown: number }> {
  const before = resident(through);
  let highest = before;
  const watch = setInterval(() => (highest = Math.max(highest, resident(through))), 20);
  try {
    const request = http.request({
      port: through.port,
      auth: `${through.user}:${through.password}`,
      method,
      path: `/${mib}`,
      agent: false,
      headers:
        method === "GET"
          ? {}
          : {
              "content-type": "application/octet-stream",
              ...(length ? { "content-length": mib * MIB } : { "transfer-encoding": "chunked" }),
            },
    });
    const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
      request.on("response", resolve).on("error", reject);
    });
    if (method === "GET") request.end();
    else await write(request, mib * MIB);
    const got = await digestOf(await answered);
    return { ...(method === "GET" ? got : received), grown: highest - before };
  } finally {
    clearInterval(watch);
  }
}

function digestOfSize(mib: number): string {
  const hash = createHash("sha256");
  for (let sent = 0; sent < mib * MIB; sent += CHUNK.length) hash.update(CHUNK);
  return hash.digest("hex");
}

test.each([
  [256, "down", () => gate, "GET", true],
  [256, "up, with a length", () => gate, "POST", true],
  [256, "up, in chunks", () => gate, "POST", false],
  [24, "down, under detectors", () => masking, "GET", true],
] as [number, string, () => Gate, "GET" | "POST", boolean][])(
  "%i MiB %s arrive whole, and the gate stays small",
  async (mib, _way, through, method, length) => {
    const { bytes, digest, grown } = await transfer(through(), method, length, mib);
    expect(bytes).toBe(mib * MIB);
    expect(digest).toBe(digestOfSize(mib));
    expect(grown).toBeLessThan(GROWTH_BYTES_MAX);
  },
  120_000,
);
