/**
 * A resource's URI as every reader must read it (RFC 3986 §6). What is judged is what is sent, so a URI that names the
 * same thing in another way than the canonical one is refused rather than rewritten. Pure.
 */
import { McpError } from "./errors.ts";

/** @throws {McpError} MCP_AMBIGUOUS. */
export function checkResourceUri(uri: string): void {
  if (uri.length === 0 || uri.length > URI_CHARS_MAX) throw refused(`has no characters, or more than ${URI_CHARS_MAX}`);
  if (/[\u0000-\u0020\u007f\\]/u.test(uri)) throw refused("holds a blank, a control character or a backslash");
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/u.exec(uri);
  if (scheme?.[1] === undefined || scheme[2] === undefined) throw refused("has no scheme");
  if (scheme[1] !== scheme[1].toLowerCase()) throw refused("has a scheme in upper case");
  if (uri.includes("#")) throw refused("has a fragment");
  if (scheme[1] === "file" && uri.includes("?")) throw refused("is a file's with a query");
  for (const [, digits = ""] of uri.matchAll(/%(.{0,2})/gu)) {
    if (!/^[0-9A-Fa-f]{2}$/.test(digits)) throw refused("has a `%` without two hexadecimal digits");
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    // Unreserved ones have a plain form; the others would be a separator, an end, or another layer of encoding.
    if (/[A-Za-z0-9\-._~/\\%\u0000-\u001f\u007f]/u.test(character)) throw refused(`has %${digits}`);
  }
  const [beforeQuery = ""] = scheme[2].split("?", 1);
  const authority = /^\/\/([^/]*)(.*)$/u.exec(beforeQuery);
  if (scheme[1] === "file" && (authority === null || authority[1] !== "")) throw refused("is a file's with a host");
  if ((scheme[1] === "http" || scheme[1] === "https") && authority?.[1] !== authority?.[1]?.toLowerCase()) {
    throw refused("has a host in upper case");
  }
  const path = authority === null ? beforeQuery : (authority[2] ?? "");
  const segments = path.split("/").slice(authority === null ? 0 : 1);
  for (const [at, segment] of segments.entries()) {
    if (segment === "." || segment === "..") throw refused("has a dot segment");
    if (segment === "" && at > 0 && at < segments.length - 1) throw refused("has an empty segment");
    if (segment === "" && at === 0 && segments.length > 1 && authority !== null) throw refused("has an empty segment");
  }
}

function refused(what: string): McpError {
  return new McpError("MCP_AMBIGUOUS", `gate: the resource's URI ${what}; write it in its canonical form`);
}

/** Characters of a resource's URI. */
const URI_CHARS_MAX = 4_096;
