/** MCP through a real gate to a real server of the official SDK, with the SDK's own client. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import { connect, gateTo, open, post, call, type Connected } from "./mcp-fixture.ts";
import { startMcpServer, type McpTestServer } from "./mcp-server.ts";

const POLICY = `rules:
  main:
  - {id: tools, effect: allow, match: {method: tools/call, tool: [echo, customer, slow, photo, ask-model]}}
  - {id: small, effect: allow, match: {method: tools/call, tool: refund, arguments: {$.amount: {lte: 100}}}}
  - {id: large, effect: hold, approval: someone, match: {tool: refund, arguments: {$.amount: {gt: 100}}}}
  - {id: never, effect: deny, message: "nothing is dropped", match: {tool: drop}}
  - {id: docs, effect: allow, match: {method: [resources/read, resources/subscribe], resource: "shop://docs/*"}}
  - {id: greet, effect: allow, match: {method: [prompts/get, completion/complete], prompt: greet}}
approvals:
  someone: {from: ["person:dana"], count: 1, timeout: 1m}
`;

let target: McpTestServer;
let gate: Harness;
const connected: Connected[] = [];

beforeAll(async () => {
  target = await startMcpServer();
});
afterAll(() => target.close());
beforeEach(async () => {
  gate = await gateTo(target.port, POLICY);
  target.seen();
});
afterEach(async () => {
  for (const each of connected.splice(0)) await each.close();
  await gate.stop();
});

const agent = async (options: Parameters<typeof connect>[1] = {}): Promise<Connected> => {
  const one = await connect(gate, options);
  connected.push(one);
  return one;
};

describe("a tool", () => {
  test("that is allowed is called with exactly what was judged, and its result comes back", async () => {
    const { client } = await agent();
    const result = await client.callTool({ name: "echo", arguments: { text: "hi" } });
    expect(result.content).toEqual([{ type: "text", text: "echo hi" }]);
    expect(target.seen()).toContain('tools/call echo {"text":"hi"}');
    await gate.close();
    const entries = await gate.entries();
    const verdict = entries.find((entry) => entry.type === "verdict" && entry.rules.includes("tools"));
    expect(verdict).toMatchObject({ command: { kind: "request", text: 'tools/call echo\narguments {"text":"hi"}' } });
    const result_ = entries.find((entry) => entry.type === "result" && entry.of === verdict?.seq);
    expect(result_).toMatchObject({ outcome: "result", ok: true });
    expect((result_ as { digests?: object }).digests).toHaveProperty("answer");
  });

  test("that is denied never reaches the server, and the client gets the rule", async () => {
    const { client } = await agent();
    const refused = await client.callTool({ name: "drop" }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: -32001, data: { rule: "never", session: gate.session.id } });
    expect(String(refused)).toContain('gate: denied by rule "never": nothing is dropped');
    expect(target.seen().some((line) => line.includes("drop"))).toBe(false);
  });

  test("that no rule names is denied by default, with a hint", async () => {
    const { client } = await agent();
    const refused = await client.callTool({ name: "format-disk" }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: -32001, data: { rule: "default" } });
    expect(target.seen().some((line) => line.includes("format"))).toBe(false);
  });
});
