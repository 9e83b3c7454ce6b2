import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { hasEnded, stopSupervised, supervised } from "./supervised.ts";

let folder: string;
let fifo: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "gate-supervised-"));
  fifo = join(folder, "fifo");
  execFileSync("mkfifo", [fifo]);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Reads what a server writes into the fifo: `ended` once nobody holds it open any more. */
function listen(): { readonly first: Promise<string>; readonly ended: Promise<unknown> } {
  const reader = spawn("cat", [fifo], { stdio: ["ignore", "pipe", "ignore"] });
  return {
    first: new Promise((resolve) => reader.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString()))),
    ended: new Promise((resolve) => reader.once("close", resolve)),
  };
}

test("a server is stopped by the signal that was asked for, and its words are in its log", async () => {
  const log = join(folder, "log");
  const heard = listen();
  const server = `process.on("SIGTERM", () => { console.log("asked to end"); process.exitCode = 3; clearInterval(up); });
    const up = setInterval(() => {}, 1000);
    require("node:fs").writeFileSync(process.argv[1], "ready");`;
  const child = supervised(process.execPath, ["-e", server, fifo], { whenAlone: "QUIT", log });
  expect(await heard.first).toBe("ready");
  expect(hasEnded(child)).toBe(false);
  await stopSupervised(child, "TERM");
  expect(child.exitCode).toBe(3);
  expect(readFileSync(log, "utf8")).toBe("asked to end\n");
  await stopSupervised(child, "TERM");
}, 60_000);

test("a server ends when whoever started it is killed", async () => {
  const heard = listen();
  const starter = `import { supervised } from ${JSON.stringify(join(import.meta.dirname, "supervised.ts"))};
    supervised("/bin/sh", ["-c", 'exec 9>"$0"; echo ready >&9; exec sleep 600', process.argv[1]], {
      whenAlone: "TERM", log: "/dev/null" });
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", starter, fifo], { stdio: "ignore" });
  expect(await heard.first).toBe("ready\n");
  child.kill("SIGKILL");
  expect(await heard.ended).toBe(0);
}, 60_000);
