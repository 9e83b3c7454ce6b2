import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, test } from "@jest/globals";

const MAIN = join(import.meta.dirname, "main.ts");

/** Runs the command with a standard output that nobody reads any more. */
async function withoutReader(args: readonly string[]): Promise<{ code: unknown; stderr: string }> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--", MAIN, ...args]);
  child.stdout.destroy();
  const [stderr, [code]] = await Promise.all([text(child.stderr), once(child, "close") as Promise<unknown[]>]);
  return { code, stderr };
}

test("a reader that leaves early ends a command quietly, as SIGPIPE would", async () => {
  expect(await withoutReader(["verify", "--help"])).toEqual({ code: 141, stderr: "" });
});

test("a command that fails says so also to a reader that has left", async () => {
  const { code, stderr } = await withoutReader(["verify", "/nonexistent/bundle", "--key", "none"]);
  expect(code).not.toBe(0);
  expect(code).not.toBe(141);
  expect(stderr).not.toContain("EPIPE");
});
