/** MCP runs the conformance suite against a real server of the official SDK, with the SDK's client. */
import { afterAll, beforeAll } from "@jest/globals";
import { mcp as protocol } from "@gate/protocols/mcp";
import { protocolConformance, type ConformanceClient } from "../../packages/testkit/src/conformance.ts";
import { connect } from "./mcp-fixture.ts";
import { startMcpServer, type McpTestServer } from "./mcp-server.ts";

let target: McpTestServer;

beforeAll(async () => {
  target = await startMcpServer();
});
afterAll(() => target.close());

protocolConformance("mcp", () => ({
  protocol,
  target: { address: `http://127.0.0.1:${target.port}/mcp` },
  policy: `rules:
  main:
  - {id: allow, effect: allow, match: {method: tools/call, tool: echo}}
  - {id: ask, effect: hold, approval: someone, match: {tool: refund, arguments: {$.amount: {gt: 100}}}}
  - {id: never, effect: deny, message: "nothing is dropped", match: {tool: drop}}
approvals:
  someone: {from: ["person:dana"], count: 1, timeout: 1m}
`,
  allowed: 'echo {"text":"a"}',
  denied: "drop {}",
  unmatched: "slow {}",
  held: 'refund {"amount":500}',
  malformed: Buffer.from("POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"),
  connect: client,
  effects: () => Promise.resolve(target.seen().filter((line) => line.startsWith("tools/call"))),
  effectOf: { allowed: 'tools/call echo {"text":"a"}', held: 'tools/call refund {"amount":500}' },
}));

async function client(port: number, _user: string, password: string): Promise<ConformanceClient> {
  const { client: own, close } = await connect({ port, password });
  return {
    run: async (command) => {
      const [name = "", given = "{}"] = [
        command.slice(0, command.indexOf(" ")),
        command.slice(command.indexOf(" ") + 1),
      ];
      try {
        const result = await own.callTool({ name, arguments: JSON.parse(given) as Record<string, unknown> });
        return { ok: result.isError !== true, text: JSON.stringify(result.content) };
      } catch (error) {
        return { ok: false, text: String(error) };
      }
    },
    close: () => void close(),
  };
}
