/** A job's agent reads GATE_MCP_CONFIG: `gate connect`, the tunnel, a gateway in a process, the official SDK's client. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT, startWorld, type World } from "../world.ts";
import { startMcpServer, type McpTestServer } from "./mcp-server.ts";

const POLICY = `version: gate/v1
trust:
  agent:
    issuer: github
    audience: GATEWAY_URL
    claims: {repository_id: "*", event_name: "*"}
    session: {ttl: 20m, max_ttl: 2h}
    grants: [shop-tools]
grants:
  shop-tools: {target: shop, rules: [tools], masks: [pii]}
rules:
  tools:
  - {id: look, effect: allow, match: {method: tools/call, tool: [echo, customer]}}
  - {id: refund, effect: hold, approval: dba, match: {method: tools/call, tool: refund}}
approvals:
  dba: {from: ["github-team:acme/dba"], count: 1, timeout: 5m}
masks:
  pii:
  - {json: $.customer.ssn, action: redact}
`;

/** What an agent does with the file: nothing but the SDK and its environment. */
const AGENT = `
import { readFileSync, statSync } from "node:fs";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
const file = process.env.GATE_MCP_CONFIG;
const { mcpServers } = JSON.parse(readFileSync(file, "utf8"));
const { type, url, headers } = mcpServers["shop-tools"];
const connect = async (address, requestInit) => {
  const client = new Client({ name: "agent", version: "1.0.0" }, { capabilities: {} });
  await client.connect(new StreamableHTTPClientTransport(new URL(address), { requestInit }));
  return client;
};
const client = await connect(url, { headers });
const tools = (await client.listTools()).tools.map(({ name }) => name);
const customer = (await client.callTool({ name: "customer" })).structuredContent;
const denied = await client.callTool({ name: "drop" }).catch((error) => error.data?.rule);
const held = (await client.callTool({ name: "refund", arguments: { amount: 5 } })).content[0].text;
await client.close();
const plain = await connect(process.env.GATE_SHOP_TOOLS_URL);
const again = (await plain.callTool({ name: "echo", arguments: { text: "by URL alone" } })).content[0].text;
await plain.close();
console.log(JSON.stringify({ type, mode: statSync(file).mode & 0o777, tools, customer, denied, held, again }));
console.log(JSON.stringify(process.env).includes("target-token"));
`;

const directory = mkdtempSync(join(tmpdir(), "gate-mcp-job-"));
let target: McpTestServer;
let world: World;

beforeAll(async () => {
  target = await startMcpServer();
  world = await startWorld({
    directory: join(directory, "gateway"),
    policy: POLICY,
    env: { MCP_TOKEN: "target-token" },
    targets: `  shop:
    protocol: mcp
    address: http://127.0.0.1:${target.port}/mcp
    credential: {headers: {Authorization: "Bearer \${env:MCP_TOKEN}"}}
`,
  });
}, 120_000);

afterAll(async () => {
  await world.stop();
  await target.close();
  rmSync(directory, { recursive: true, force: true });
}, 120_000);

test("lists, calls, is refused, waits for a person, and never sees the target's token", async () => {
  const token = join(directory, "token");
  writeFileSync(token, world.github.openJob({ environment: "production" }).subjectToken(world.url), { mode: 0o600 });
  writeFileSync(join(directory, "ca.pem"), world.ca ?? "");
  // Beside the packages that it imports.
  const agent = join(ROOT, "node_modules", `.gate-agent-${process.pid}.mjs`);
  writeFileSync(agent, AGENT);
  try {
    const args = ["--gateway", world.url, "--ca", join(directory, "ca.pem"), "--token-file", token];
    const running = world.gate("connect", ...args, "--grants", "shop-tools", "--", process.execPath, agent);
    expect(await world.answerHold("approve")).toBe('tools/call refund\narguments {"amount":5}');
    const { code, stdout, stderr } = await running;
    expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
    const [said = "", leaked] = stdout.trim().split("\n");
    expect(JSON.parse(said)).toEqual({
      type: "http",
      mode: 0o600,
      tools: ["echo", "refund", "customer"],
      customer: { customer: { name: "Ada", ssn: "[redacted]" }, note: "card 4111111111111111" },
      denied: "default",
      held: "refunded 5",
      again: "echo by URL alone",
    });
    expect(leaked).toBe("false");
    expect(target.headers.every((each) => each.authorization === "Bearer target-token")).toBe(true);
    expect(target.seen().some((line) => line.includes("drop"))).toBe(false);
  } finally {
    rmSync(agent, { force: true });
  }
}, 120_000);
