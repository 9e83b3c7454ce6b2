/**
 * A gateway that is killed while requests of many connections share writes of the record: whatever reached the target
 * stands in the record on disk.
 */
import { expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expectUnsealed, startHop, type Ready } from "./crash-fixture.ts";
import { basic, startTarget } from "./http-fixture.ts";

const CLIENTS = 16;
/** Requests answered in all before the gateway is killed. */
const ANSWERS = 3_000;
/** Requests in one write, one after the other. */
const BATCHES = [1, 1, 3, 12, 2, 40];

/** Asks in batches until the connection ends; every request has a number of its own. */
function load(ready: Ready, start: number, nextNumber: () => number, onAnswer: () => void): Promise<void> {
  const head = `Host: localhost\r\nAuthorization: ${basic(ready)}\r\n`;
  return new Promise((resolve) => {
    const socket = net.connect({ host: "127.0.0.1", port: ready.port, noDelay: true });
    let round = start;
    let open = 0;
    let tail = "";
    const send = (): void => {
      open = BATCHES[round % BATCHES.length] ?? 1;
      round += 1;
      const requests = Array.from({ length: open }, () => {
        const number = nextNumber();
        if (number % 3 !== 0) return `GET /n/${number} HTTP/1.1\r\n${head}\r\n`;
        return `POST /n/${number} HTTP/1.1\r\n${head}Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello`;
      });
      socket.write(requests.join(""));
    };
    socket.on("connect", send);
    socket.on("data", (chunk: Buffer) => {
      const parts = (tail + chunk.toString("latin1")).split("HTTP/1.1 200 ");
      tail = (parts.pop() ?? "").slice(-12);
      // What begins in this piece may end behind it: only beginnings are counted.
      for (const _begun of parts) {
        open -= 1;
        onAnswer();
      }
      if (open === 0) send();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve());
  });
}

test("every request that reached the target is in the record of a gateway that was killed under load", async () => {
  const target = await startTarget((_request, response) => response.end("ok"));
  const directory = await mkdtemp(join(tmpdir(), "gate-crash-"));
  const { child, ready } = await startHop("http-hop.ts", { port: target.port, masks: false, directory });
  const dead = new Promise((resolve) => child.once("exit", resolve));
  try {
    let answers = 0;
    let next = 1;
    const onAnswer = (): void => {
      answers += 1;
      if (answers === ANSWERS) child.kill("SIGKILL");
    };
    await Promise.all(Array.from({ length: CLIENTS }, (_, at) => load(ready, at, () => next++, onAnswer)));
    await dead;
    // A line without its end was being written: nothing of it had left.
    const records = readFileSync(join(directory, ready.session, "records.ndjson"), "utf8");
    const lines = records.slice(0, records.lastIndexOf("\n")).split("\n");
    const recorded = new Set(
      lines
        .filter((line) => line.includes('"type":"verdict"'))
        .map((line) => /"(?:GET|POST) \/n\/(\d+)[ "]/.exec(line)?.[1]),
    );
    const reached = target.requests.map((request) => request.url?.slice("/n/".length));
    expect(reached.length).toBeGreaterThanOrEqual(ANSWERS);
    expect(reached.filter((number) => !recorded.has(number))).toEqual([]);

    await expectUnsealed(directory, ready, ANSWERS);
  } finally {
    child.kill("SIGKILL");
    await rm(directory, { recursive: true, force: true });
    await target.close();
  }
}, 120_000);
