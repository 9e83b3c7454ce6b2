/** The protocol's own conformance suite has the same outcome directly and through the gate, scenario by scenario. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import { everythingServer } from "./mcp-everything.ts";
import { gateTo } from "./mcp-fixture.ts";
import { ROOT } from "../world.ts";
import { startMcpServer, type McpTestServer } from "./mcp-server.ts";

const POLICY = `rules:
  main:
  - {id: all, effect: allow, match: {method: "*"}}
`;

const directory = mkdtempSync(join(tmpdir(), "gate-mcp-suite-"));
let target: McpTestServer;
let gate: Harness;

beforeAll(async () => {
  target = await startMcpServer({ build: everythingServer });
  gate = await gateTo(target.port, POLICY);
});
afterAll(async () => {
  await gate.stop();
  await target.close();
  rmSync(directory, { recursive: true, force: true });
});

test("every scenario", async () => {
  const [direct, gated] = await Promise.all([
    outcomes(target.url),
    outcomes(`http://127.0.0.1:${gate.port}/mcp/${gate.password}`),
  ]);
  expect(direct.size).toBeGreaterThan(25);
  expect(Object.fromEntries(gated)).toEqual(Object.fromEntries(direct));
  // The comparison is worth nothing between two servers that fail.
  expect([...direct.values()].filter((outcome) => outcome.includes("0 failed")).length).toBeGreaterThan(25);
}, 120_000);

/** By scenario: `3 passed, 0 failed`. */
async function outcomes(url: string): Promise<ReadonlyMap<string, string>> {
  const suite = join(ROOT, "node_modules/@modelcontextprotocol/conformance/dist/index.js");
  const output = await run(process.execPath, [suite, "server", "--url", url, "--suite", "all"]);
  const found = new Map<string, string>();
  for (const [, name = "", outcome = ""] of output.matchAll(/[✓✗] ([a-z0-9-]+): (\d+ passed, \d+ failed)/gu)) {
    found.set(name, outcome);
  }
  if (found.size === 0) throw new Error(`the suite said nothing:\n${output.slice(-2_000)}`);
  return found;
}

function run(file: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
    child.once("error", reject);
    child.once("close", () => resolve(output));
  });
}
