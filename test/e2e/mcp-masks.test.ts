/** Row 56 and our own: results are masked in text, in structured content, in resources, in JSON and in streams. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import { call, connect, gateTo, open, post } from "./mcp-fixture.ts";
import { startMcpServer, type McpTestServer } from "./mcp-server.ts";

const policy = (masks: string): string => `rules:
  main:
  - {id: any, effect: allow, match: {method: ["tools/*", "resources/*", "prompts/*"]}}
masks:
  pii:
${masks}
`;
const PATHS = "  - {json: $.structuredContent.customer.ssn, action: redact}";
const OWN_PATHS = "  - {json: $.customer.ssn, action: redact}";
const DETECTORS = "  - {detect: [credit_card, us_ssn, email], action: redact}";

let streams: McpTestServer;
let json: McpTestServer;
let gate: Harness | undefined;

beforeAll(async () => {
  streams = await startMcpServer();
  json = await startMcpServer({ json: true });
});
afterAll(async () => {
  await streams.close();
  await json.close();
});
afterEach(async () => {
  await gate?.stop();
  gate = undefined;
});

const gated = async (target: McpTestServer, masks: string): Promise<Harness> => {
  gate = await gateTo(target.port, policy(masks), { grantKeys: "masks: [pii]" });
  return gate;
};

describe.each([
  ["in a stream", () => streams],
  ["in a JSON body", () => json],
])("56: a result %s", (_name, target) => {
  test.each([
    ["a path from the result", PATHS],
    ["a path from the tool's own data", OWN_PATHS],
    ["detectors", DETECTORS],
  ])("is masked in structured content and in its text by %s", async (_mask, masks) => {
    const session = await open(await gated(target(), masks));
    const { text, messages } = await post(gate as Harness, call(1, "customer"), session);
    expect(text).not.toContain("219-09-9999");
    const result = messages.at(-1)?.result as {
      structuredContent: { customer: { name: string } };
      content: [{ text: string }];
    };
    expect(result.structuredContent.customer.name).toBe("Ada");
    expect(JSON.parse(result.content[0].text)).toEqual(result.structuredContent);
  });

  test("keeps what no mask names, byte for byte, and the client's schema still holds", async () => {
    const { client, close } = await connect(await gated(target(), PATHS));
    await client.listTools();
    const result = await client.callTool({ name: "customer" });
    expect(result.structuredContent).toEqual({
      customer: { name: "Ada", ssn: "[redacted]" },
      note: "card 4111111111111111",
    });
    await close();
    await (gate as Harness).close();
    const entries = await (gate as Harness).entries();
    const results = entries.filter((entry) => entry.type === "result");
    const masked = results.flatMap((entry) => (entry.masked === undefined ? [] : [entry.masked]));
    expect(masked).toEqual([{ "json:$.customer.ssn": 1, "json:$.structuredContent.customer.ssn": 1 }]);
    expect(JSON.stringify(entries).includes("219-09-9999")).toBe(false);
  });

  test("that is binary shows nothing, because nobody can look into it", async () => {
    const session = await open(await gated(target(), DETECTORS));
    const photo = await post(gate as Harness, call(1, "photo"), session);
    expect(photo.messages.at(-1)?.result).toMatchObject({
      content: [{ type: "image", data: Buffer.from("[redacted]").toString("base64"), mimeType: "image/png" }],
    });
    const read = { jsonrpc: "2.0", id: 2, method: "resources/read", params: { uri: "shop://private/key" } };
    const key = await post(gate as Harness, read, session);
    expect(key.messages.at(-1)?.result).toMatchObject({
      contents: [{ blob: Buffer.from("[redacted]").toString("base64") }],
    });
  });

  test("of a resource is masked", async () => {
    const session = await open(await gated(target(), DETECTORS));
    const read = { jsonrpc: "2.0", id: 2, method: "resources/read", params: { uri: "shop://docs/readme" } };
    const { messages } = await post(gate as Harness, read, session);
    expect(messages.at(-1)?.result).toMatchObject({ contents: [{ text: "read me, [redacted]" }] });
  });
});

test("messages on the way to the result are masked too", async () => {
  const session = await open(await gated(streams, DETECTORS));
  const body = {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: { name: "slow", arguments: {}, _meta: { progressToken: "p" } },
  };
  const { text, messages } = await post(gate as Harness, body, session);
  expect(messages.filter(({ method }) => method === "notifications/progress")).toHaveLength(3);
  expect(text).not.toContain("ada@example.com");
});

test("an error's text is masked", async () => {
  const session = await open(await gated(json, DETECTORS));
  const read = { jsonrpc: "2.0", id: 2, method: "resources/read", params: { uri: "shop://nothing/bob@example.com" } };
  const { text } = await post(gate as Harness, read, session);
  expect(text).toContain("error");
  expect(text).not.toContain("bob@example.com");
});
