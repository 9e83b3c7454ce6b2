/** The four revisions: what each of them has, and what it refuses. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import { call, gateTo, open, post, type Posted } from "./mcp-fixture.ts";
import { startModernServer, type ModernServer } from "./mcp-modern-server.ts";
import { startMcpServer, type McpTestServer } from "./mcp-server.ts";

const POLICY = `rules:
  main:
  - {id: echo, effect: allow, match: {method: tools/call, tool: echo}}
  - {id: never, effect: deny, message: "nothing is dropped", match: {tool: drop}}
`;

let legacy: McpTestServer;
let modern: ModernServer;
let gate: Harness;

beforeAll(async () => {
  legacy = await startMcpServer();
  modern = await startModernServer();
});
afterAll(async () => {
  await legacy.close();
  await modern.close();
});
afterEach(() => gate.stop());

describe.each(["2025-03-26", "2025-06-18", "2025-11-25"])("revision %s", (version) => {
  beforeEach(async () => {
    gate = await gateTo(legacy.port, POLICY);
  });

  test("calls, refuses and lists", async () => {
    const session = await open(gate, version);
    expect((await post(gate, call(1, "echo", { text: "a" }), session)).messages[0]?.result).toBeDefined();
    expect((await post(gate, call(2, "drop"), session)).messages[0]).toMatchObject({
      id: 2,
      error: { code: -32001, data: { rule: "never" } },
    });
  });
});

describe("a batch", () => {
  const batch = [call(1, "echo", { text: "a" }), call(2, "drop")];
  beforeEach(async () => {
    gate = await gateTo(legacy.port, POLICY);
  });

  test("is judged item by item in 2025-03-26", async () => {
    const session = await open(gate, "2025-03-26");
    legacy.seen();
    const answer = await post(gate, batch, session);
    expect(answer.messages.find(({ id }) => id === 1)?.result).toBeDefined();
    expect(answer.messages.find(({ id }) => id === 2)?.error?.code).toBe(-32001);
    expect(legacy.seen().filter((line) => line !== "tools/list")).toEqual(['tools/call echo {"text":"a"}']);
  });

  test.each(["2025-06-18", "2025-11-25"])("is refused in %s", async (version) => {
    const session = await open(gate, version);
    legacy.seen();
    expect((await post(gate, batch, session)).status).toBe(400);
    expect(legacy.seen()).toEqual([]);
  });
});

test("a revision that nobody knows is refused with those that are spoken", async () => {
  gate = await gateTo(legacy.port, POLICY);
  const answer = await post(gate, call(1, "echo"), { "mcp-protocol-version": "2030-01-01" });
  expect(answer.status).toBe(400);
  expect(answer.messages[0]?.error).toMatchObject({
    code: -32022,
    data: { supported: ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"], requested: "2030-01-01" },
  });
});

describe("revision 2026-07-28", () => {
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": { name: "agent", version: "1.0.0" },
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const modernCall = (name: string, given: Readonly<Record<string, unknown>>): object => ({
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name, arguments: given, _meta: meta },
  });
  const headers = { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "echo" };

  beforeEach(async () => {
    gate = await gateTo(modern.port, POLICY);
    modern.seen();
  });

  test("works with the SDK's client, without a session", async () => {
    const client = new Client(
      { name: "agent", version: "1.0.0" },
      { versionNegotiation: { mode: { pin: "2026-07-28" } } },
    );
    const transport = new StreamableHTTPClientTransport(new URL(`http://127.0.0.1:${gate.port}/mcp`), {
      requestInit: { headers: { Authorization: `Bearer ${gate.password}` } },
    });
    await client.connect(transport);
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["echo"]);
    const result = await client.callTool({ name: "echo", arguments: { text: "hi", region: "eu" } });
    expect(result.content).toEqual([{ type: "text", text: "echo hi" }]);
    await expect(client.callTool({ name: "drop" })).rejects.toMatchObject({ code: -32001 });
    await client.close();
    expect(modern.seen()).not.toContain("tools/call drop");
    expect(modern.headers.at(-1)).toMatchObject({ "mcp-method": "tools/call", "mcp-param-region": "eu" });
    expect(modern.headers.some((each) => each["mcp-session-id"] !== undefined)).toBe(false);
  });

  const outcome = (answer: Posted): object => ({
    status: answer.status,
    code: answer.messages[0]?.error?.code,
    reached: modern.seen().filter((line) => line.startsWith("tools/call")),
  });
  const MISMATCH = { status: 400, code: -32020, reached: [] };

  test.each([
    ["another method", { "mcp-method": "tools/list" }],
    ["another name", { "mcp-name": "drop" }],
    ["another name in base64", { "mcp-name": "=?base64?ZHJvcA==?=" }],
    ["a name in broken base64", { "mcp-name": "=?base64?ZWNobw?=" }],
    ["another argument", { "mcp-param-region": "us" }],
    ["an argument that nothing mirrors", { "mcp-param-text": "a" }],
    ["another revision", { "mcp-protocol-version": "2025-11-25" }],
  ])("refuses headers with %s", async (_name, more) => {
    expect(outcome(await post(gate, modernCall("echo", { text: "a" }), { ...headers, ...more }))).toEqual(MISMATCH);
  });

  test.each([
    ["mcp-method", { "mcp-protocol-version": "2026-07-28", "mcp-name": "echo" }],
    ["mcp-name", { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call" }],
  ])("needs %s", async (_name, some) => {
    expect(outcome(await post(gate, modernCall("echo", { text: "a" }), some))).toEqual(MISMATCH);
  });

  test("needs the header of an argument that is given, and takes a name in base64", async () => {
    expect(outcome(await post(gate, modernCall("echo", { text: "a", region: "eu" }), headers))).toEqual(MISMATCH);
    const encoded = { ...headers, "mcp-name": "=?base64?ZWNobw==?=", "mcp-param-region": "eu" };
    expect((await post(gate, modernCall("echo", { text: "a", region: "eu" }), encoded)).status).toBe(200);
  });

  test("needs its revision in the body", async () => {
    expect(outcome(await post(gate, call(1, "echo", { text: "a" }), headers))).toEqual(MISMATCH);
  });

  test("has no batches, no answers of clients, no stream by GET and no end by DELETE", async () => {
    const version = { "mcp-protocol-version": "2026-07-28" };
    expect((await post(gate, [modernCall("echo", {})], version)).status).toBe(400);
    expect((await post(gate, { jsonrpc: "2.0", id: "x", result: {} }, version)).status).toBe(400);
    expect((await post(gate, undefined, version, "GET")).status).toBe(405);
    expect((await post(gate, undefined, version, "DELETE")).status).toBe(405);
    expect(modern.seen()).toEqual([]);
  });
});
