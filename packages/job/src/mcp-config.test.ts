import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { mcpUrl, writeMcpConfig } from "./mcp-config.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "gate-mcp-config-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const tools = { grant: "github-tools", protocol: "mcp", host: "127.0.0.1", port: 5005, password: "s3cret" };

test("names a server a grant, with the endpoint's secret, for its user only", () => {
  const file = writeMcpConfig(directory, [tools, { ...tools, grant: "billing", protocol: "http" }]) ?? "";
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
    mcpServers: {
      "github-tools": {
        type: "http",
        url: "http://127.0.0.1:5005/mcp",
        headers: { Authorization: "Bearer s3cret" },
      },
    },
  });
  expect(file.endsWith("/.mcp.json")).toBe(true);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(directory, "mcp")).mode & 0o777).toBe(0o700);
});

test("is not written where there is no such server", () => {
  expect(writeMcpConfig(directory, [{ ...tools, protocol: "http" }])).toBeUndefined();
  expect(existsSync(join(directory, "mcp"))).toBe(false);
});

test("an address alone holds the secret in its path", () => {
  expect(mcpUrl(tools)).toBe("http://127.0.0.1:5005/mcp/s3cret");
});
