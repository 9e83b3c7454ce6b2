/**
 * The revisions of the protocol that are spoken, and what differs between them. Pure.
 * https://modelcontextprotocol.io/specification
 */
import { McpError } from "./errors.ts";

export const VERSIONS = ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"] as const;
export type Version = (typeof VERSIONS)[number];

/**
 * @param header MCP-Protocol-Version; absent: 2025-03-26, which has no such header (2025-06-18, transports)
 * @throws {McpError} MCP_VERSION.
 */
export function readVersion(header: string | undefined): Version {
  if (header === undefined) return "2025-03-26";
  const version = VERSIONS.find((each) => each === header);
  if (version === undefined) {
    throw new McpError("MCP_VERSION", "gate: this revision of the protocol is not spoken", {
      data: { supported: VERSIONS, requested: header.slice(0, 64) },
    });
  }
  return version;
}

/** Several messages in one array: 2025-03-26 alone. */
export function hasBatches(version: Version): boolean {
  return version === "2025-03-26";
}

/** No MCP session, no GET stream, no requests from the server; headers mirror the body. */
export function isStateless(version: Version): boolean {
  return version === "2026-07-28";
}
