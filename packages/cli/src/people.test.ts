/** What people are shown of a gateway's answers: a gateway of a few fixed answers, on loopback. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "@jest/globals";

const MAIN = join(import.meta.dirname, "main.ts");
const folder = mkdtempSync(join(tmpdir(), "gate-people-"));
let server: Server;
let streams: ServerResponse[] = [];

const ENDED = {
  id: "ses_1",
  state: "revoked",
  trust_rule: "deploy",
  principal: "acme/shop run 1.1",
  grants: ["db"],
  issued_at: "2026-01-01T00:00:00.000Z",
  expires_at: "2026-01-01T00:20:00.000Z",
  entries: 3,
  root: "AAAA",
};

beforeAll(async () => {
  writeFileSync(join(folder, "token"), "a-token-of-somebody\n");
  server = createServer((request, response) => {
    if (request.url === "/v1/sessions/ses_1/events") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      // Whoever has left is written to until that is noticed.
      response.on("error", () => undefined).write(event(0));
      streams.push(response);
      return;
    }
    const body = request.url === "/v1/sessions/ses_1" ? ENDED : HALF;
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

const HALF = { id: "hold_1", state: "pending", count: 2, votes: [{ approver: "a", vote: "approve", reason: "" }] };

function event(seq: number): string {
  const entry = { seq, time: "2026-01-01T00:00:00.000Z", type: "note", event: `n${seq}` };
  return `event: entry\ndata: ${JSON.stringify(entry)}\n\n`;
}

function gate(...args: readonly string[]) {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const all = ["--disable-warning=ExperimentalWarning", "--", MAIN, ...args, "--gateway", url];
  return spawn(process.execPath, [...all, "--token-file", join(folder, "token")], {
    env: { PATH: process.env["PATH"], HOME: folder },
  });
}

async function run(...args: readonly string[]): Promise<{ code: unknown; stdout: string; stderr: string }> {
  const child = gate(...args);
  const closed = once(child, "close") as Promise<unknown[]>;
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), closed]);
  return { code, stdout, stderr };
}

test("a session that is over is shown without counts, which only live ones have", async () => {
  const { code, stdout, stderr } = await run("sessions", "show", "ses_1");
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("session   ses_1 (revoked, trust rule deploy)\n");
  expect(stdout).toContain("entries   3\n");
  expect(stdout).not.toContain("verdicts");
});

test("an approval that is not enough says how many are missing", async () => {
  expect(await run("approvals", "approve", "hold_1")).toEqual({
    code: 0,
    stdout: "hold_1: pending (1 of 2)\n",
    stderr: "",
  });
});

test("tail ends when its reader has left, with what comes next", async () => {
  streams = [];
  const child = gate("sessions", "tail", "ses_1");
  const closed = once(child, "close") as Promise<unknown[]>;
  await once(child.stdout, "data");
  child.stdout.destroy();
  const more = setInterval(() => {
    for (const stream of streams.filter(({ destroyed }) => !destroyed)) stream.write(event(1));
  }, 20);
  const [stderr, [code]] = await Promise.all([text(child.stderr), closed]);
  clearInterval(more);
  expect([code, stderr]).toEqual([141, ""]);
});
