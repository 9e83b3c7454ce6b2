import { expect, test } from "@jest/globals";
import { parseTarget } from "./target.ts";

const digest = "a".repeat(64);

test("reads what every target behind HTTP has, and pins of tools", () => {
  const target = parseTarget({
    protocol: "mcp",
    address: "https://mcp.internal/mcp",
    tools: { echo: `sha256:${digest}` },
  });
  expect(target).toMatchObject({ base: "/mcp", host: "mcp.internal", port: 443, tls: { mode: "verify-full" } });
  expect([...(target.pins ?? [])]).toEqual([["echo", digest]]);
  expect(parseTarget({ address: "https://mcp.internal" }).pins).toBeUndefined();
});

test.each([
  ["tools.echo", { address: "https://h/mcp", tools: { echo: "md5:1" } }],
  ["tools", { address: "https://h/mcp", tools: [] }],
  ["pins", { address: "https://h/mcp", pins: {} }],
  ["address", { address: "http://mcp.internal/mcp" }],
])("names %s when it is wrong", (key, input) => {
  let message = "";
  try {
    parseTarget(input);
  } catch (error) {
    expect(error).toMatchObject({ code: "TARGET_INVALID" });
    message = (error as Error).message;
  }
  expect(message.startsWith(key)).toBe(true);
});
