import { afterEach, beforeEach, expect, test } from "@jest/globals";
import fc from "fast-check";
import { mkdtempSync, rmSync } from "node:fs";
import { createConnection, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { askControl, serveControl, type ControlStatus } from "./control.ts";

const STATUS: ControlStatus = {
  state: "open",
  expiresAtMs: 1,
  sessionId: "ses_1",
  mode: "gateway",
  trustRule: "t",
  pid: 1,
  endpoints: [],
};
let directory: string;
let path: string;
let server: Server;
let closed: string[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "gate-test-"));
  path = join(directory, "control");
  closed = [];
  server = await serveControl(path, "right", {
    status: async () => STATUS,
    async close(reason) {
      closed.push(reason);
      return { problems: [] };
    },
  });
});

afterEach(() => {
  server.close();
  rmSync(directory, { recursive: true });
});

/** Sends raw bytes and gives back everything that comes. */
async function raw(bytes: string | Buffer): Promise<string> {
  const socket = createConnection(path);
  socket.write(bytes);
  let text = "";
  try {
    for await (const chunk of socket) text += String(chunk);
  } catch {
    // A reset: what came before it counts.
  }
  return text;
}

test("status needs no token, close needs the right one", async () => {
  expect(await askControl(path, { op: "status" }, 5000)).toEqual(STATUS);
  for (const token of ["", "wrong", "righ", "rightt"]) {
    const asked = askControl(path, { op: "close", token, reason: "x" }, 5000);
    await expect(asked).rejects.toMatchObject({ code: "JOB_CONTROL" });
  }
  expect(closed).toEqual([]);
  expect(await askControl(path, { op: "close", token: "right", reason: "done" }, 5000)).toEqual({ problems: [] });
  expect(closed).toEqual(["done"]);
});

test("whatever comes, it answers one line or closes, and closes nothing", async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (line) => {
      const reply = await raw(`${line.replaceAll("\n", " ")}\n`);
      expect(JSON.parse(reply)).toMatchObject({ ok: false });
    }),
    { numRuns: 50 },
  );
  expect(closed).toEqual([]);
});

test("a line without an end is bounded", async () => {
  expect(await raw(Buffer.alloc(200_000, 97))).toContain("too long");
});

test("nobody there is an error of its own", async () => {
  const asked = askControl(join(directory, "none"), { op: "status" }, 5000);
  await expect(asked).rejects.toMatchObject({ code: "JOB_DAEMON_GONE" });
});
