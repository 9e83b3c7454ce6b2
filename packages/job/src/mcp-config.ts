/**
 * The `.mcp.json` that agents read (Claude Code, Cursor, and what is built on the official SDKs): one server a grant.
 * Writes into the session's directory, which only its user can read.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { EndpointInfo } from "./endpoints.ts";

type McpEndpoint = Pick<EndpointInfo, "grant" | "protocol" | "host" | "port" | "password">;

/** Writes the file; its path, or `undefined` when no endpoint is such a server. */
export function writeMcpConfig(directory: string, endpoints: readonly McpEndpoint[]): string | undefined {
  const servers = endpoints.filter(isMcp);
  if (servers.length === 0) return undefined;
  const folder = join(directory, "mcp");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, ".mcp.json");
  const mcpServers = Object.fromEntries(
    servers.map(({ grant, host, port, password }) => [
      grant,
      { type: "http", url: `http://${host}:${port}/mcp`, headers: { Authorization: `Bearer ${password}` } },
    ]),
  );
  writeFileSync(file, `${JSON.stringify({ mcpServers }, null, 2)}\n`, { mode: 0o600 });
  return file;
}

export function isMcp({ protocol }: Pick<EndpointInfo, "protocol">): boolean {
  return protocol === "mcp";
}

/**
 * For clients that take nothing but an address: the endpoint's password stands in its path, because `fetch` and its kin
 * take no user information in a URL. Holds a secret.
 */
export function mcpUrl({ host, port, password }: Pick<EndpointInfo, "host" | "port" | "password">): string {
  return `http://${host}:${port}/mcp/${password}`;
}
