/**
 * What the head of a request says: where it comes from, where it goes, and which of its headers the target may see. Pure.
 */
import { headersOf, type RequestHead } from "../web/request-head.ts";
import { isLoopback } from "../web/target.ts";
import { McpError } from "./errors.ts";
import type { McpTarget } from "./target.ts";
import type { Version } from "./versions.ts";

/** Where the endpoint is, whatever the target's own path. Behind it the endpoint's secret may stand as a segment. */
export const ENDPOINT_PATH = "/mcp";

/** DNS rebinding: a page of another site that reaches a loopback port says where it comes from. */
export function checkOrigin(head: RequestHead, target: McpTarget): void {
  for (const origin of headersOf(head, "origin")) {
    let url: URL | undefined;
    try {
      url = new URL(origin);
    } catch {
      url = undefined;
    }
    if (url !== undefined && (url.origin === target.origin || isLoopback(url.hostname))) continue;
    throw new McpError("MCP_ORIGIN", "gate: the request comes from a page of another origin");
  }
}

export function isEndpoint({ path, query }: RequestHead): boolean {
  return query === "" && (path === ENDPOINT_PATH || /^\/mcp\/[A-Za-z0-9_-]+$/.test(path));
}

export function single(head: RequestHead, name: string): string | undefined {
  const values = headersOf(head, name);
  if (values.length > 1) throw new McpError("MCP_AMBIGUOUS", `gate: the header ${name} stands twice`);
  return values[0];
}

/** What of the client's own headers the target may see; nothing that authenticates, nothing that routes. */
export function forwardedHeaders(head: RequestHead): (readonly [string, string])[] {
  return [...head.headers.filter(([name]) => FORWARDED.has(name)), ["accept-encoding", "identity"]];
}

export function mirrors(head: RequestHead): (readonly [string, string])[] {
  return head.headers.filter(([name]) => name === "mcp-method" || name === "mcp-name" || name.startsWith("mcp-param-"));
}

/** An absent revision stays absent: the target draws its own conclusion. */
export function protocolHeaders(
  head: RequestHead,
  version: Version,
  session: string | undefined,
): (readonly [string, string])[] {
  const headers = sessionHeaders(version, session);
  return headersOf(head, "mcp-protocol-version").length > 0
    ? headers
    : headers.filter(([name]) => name === "mcp-session-id");
}

export function sessionHeaders(version: Version, session: string | undefined): (readonly [string, string])[] {
  return [
    ["mcp-protocol-version", version],
    ...(session === undefined ? [] : ([["mcp-session-id", session]] as const)),
  ];
}

const FORWARDED = new Set(["accept", "accept-language", "user-agent", "traceparent", "tracestate", "baggage"]);
