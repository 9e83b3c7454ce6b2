/**
 * examples/workflows/agent-release.yml with examples/policies/agent-release.yaml: rsync to a real sshd, an internal API
 * with a held refund, an agent with the MCP SDK. Needs Debian's openssh and rsync, curl, and dist/.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startSshServer, type SshServer } from "../../packages/testkit/src/ssh-server.ts";
import { ROOT, startWorld, type World } from "../world.ts";
import { exampleJob, logOf, NO_DATABASE, scratch, unpackNewest } from "./action-job.ts";
import { startTarget, type Target } from "./http-fixture.ts";
import { startMcpServer, type McpTestServer } from "./mcp-server.ts";
import { withSshd } from "./ssh-fixture.ts";

const RUN_MS = 120_000;

/** What an agent does with its tools: lists them, asks one, tries one that it should not have. */
const agent = (sdk: string): string => `
import { readFileSync } from "node:fs";
import { Client } from "${sdk}/client/index.js";
import { StreamableHTTPClientTransport } from "${sdk}/client/streamableHttp.js";
const file = process.argv[process.argv.indexOf("--mcp-config") + 1];
const { url, headers } = JSON.parse(readFileSync(file, "utf8")).mcpServers.tools;
const client = new Client({ name: "agent", version: "1" });
await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
console.log("tools:", (await client.listTools()).tools.map(({ name }) => name).join(" "));
console.log("customer:", JSON.stringify((await client.callTool({ name: "customer", arguments: {} })).structuredContent));
await client.callTool({ name: "drop", arguments: {} }).then(
  () => console.log("dropped"),
  (error) => console.log("refused:", error.message),
);
await client.close();
`;

withSshd("the example of a release with an agent in it", () => {
  const directory = scratch("agent-release");
  const srv = join(directory.path, "srv/app/");
  const workspace = join(directory.path, "workspace");
  let ssh: SshServer;
  let billing: Target;
  let mcp: McpTestServer;
  let world: World;

  beforeAll(async () => {
    mkdirSync(join(workspace, "site"), { recursive: true });
    mkdirSync(srv, { recursive: true });
    writeFileSync(join(workspace, "site/index.html"), "<h1>new</h1>");
    writeFileSync(join(srv, "old.html"), "old");
    const script = join(workspace, "agent.mjs");
    writeFileSync(script, agent(join(ROOT, "node_modules/@modelcontextprotocol/sdk/dist/esm")));
    writeFileSync(join(workspace, "agent.sh"), `#!/bin/sh\nexec "${process.execPath}" "${script}" "$@"\n`);
    chmodSync(join(workspace, "agent.sh"), 0o755);
    ssh = await startSshServer();
    mcp = await startMcpServer();
    billing = await startTarget((_request, response, body) => {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(
        JSON.stringify({ refunded: (JSON.parse(body.toString()) as { amount: number }).amount, ssn: "219-09-9999" }),
      );
    });
    const policy = readFileSync(join(ROOT, "examples/policies/agent-release.yaml"), "utf8")
      .replace("https://gate.acme.dev", "GATEWAY_URL")
      .replaceAll("/srv/app/", srv)
      .replaceAll("github-team:acme/finance", "github-team:acme/dba");
    world = await startWorld({
      directory: join(directory.path, "gateway"),
      policy,
      existing: NO_DATABASE,
      targets: `  bastion:
    protocol: ssh
    address: 127.0.0.1:${ssh.port}
    host_key: "${ssh.fingerprint}"
    credential: {username: ${ssh.user}, private_key: "file:${ssh.clientKeyFile}"}
  billing: {protocol: http, address: "http://127.0.0.1:${billing.port}"}
  shop-mcp: {protocol: mcp, address: "http://127.0.0.1:${mcp.port}/mcp"}
`,
    });
  }, RUN_MS);

  afterAll(async () => {
    await world?.stop();
    await billing?.close();
    await mcp?.close();
    await ssh?.stop();
    directory.remove();
  }, RUN_MS);

  test(
    "publishes, waits for finance, shows the agent what it may see, and leaves a record that verifies",
    async () => {
      const held = world.answerHold("approve").catch(String);
      const job = await exampleJob(world, {
        workflow: "agent-release.yml",
        edit: (text) => text.replaceAll("/srv/app/", srv),
        workspace,
        inputs: { amount: "50000" },
        timeoutMs: RUN_MS / 2,
      });
      expect(job.steps.map(({ outcome }) => outcome).filter((outcome) => outcome !== "success")).toEqual([]);
      expect(readFileSync(join(srv, "index.html"), "utf8")).toBe("<h1>new</h1>");
      expect(existsSync(join(srv, "old.html"))).toBe(false);
      expect(await held).toContain("POST /v1/refunds");
      expect(billing.seen()).toEqual(["POST /v1/refunds"]);
      expect(logOf(job, "Refund")).toContain('"refunded":50000');
      const said = logOf(job, "Let the agent look around");
      expect(said).toContain("tools: ");
      expect(said).not.toMatch(/tools: .*\bdrop\b/u);
      expect(said).toContain("[redacted]");
      expect(said).toContain("refused:");
      expect(job.log).not.toContain("219-09-9999");
      expect(mcp.seen().filter((line) => line.startsWith("tools/call"))).toEqual(["tools/call customer {}"]);
      const bundle = await unpackNewest(world, directory.path);
      const verified = await world.gate("verify", bundle, "--key", world.vkey);
      expect(verified).toMatchObject({ code: 0 });
    },
    RUN_MS,
  );
});
