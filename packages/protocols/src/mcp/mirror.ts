/**
 * Headers that repeat what the body says (2026-07-28, request metadata): one that says something else would lead
 * whoever routes by headers elsewhere than whoever reads the body. Pure.
 */
import { headersOf, type RequestHead } from "../web/request-head.ts";
import { InexactNumber, isJsonObject, type JsonObject, type JsonValue } from "../web/strict-json.ts";
import { McpError } from "./errors.ts";
import type { ClientBody, ClientMessage } from "./message.ts";
import { isStateless, type Version } from "./versions.ts";

type Headers = Pick<RequestHead, "headers">;

/** @throws {McpError} MCP_HEADER_MISMATCH. */
export function checkMirrors(head: Headers, version: Version, body: ClientBody): void {
  const [message] = body.messages;
  const method = one(head, "mcp-method");
  const name = one(head, "mcp-name");
  if (body.batch || message === undefined || message.kind === "response") {
    if ((method ?? name) !== undefined) throw mismatch("Mcp-Method and Mcp-Name belong to one request");
    for (const each of body.messages) checkVersion(each, version);
    return;
  }
  checkVersion(message, version);
  const required = isStateless(version) && message.kind === "request";
  if (method === undefined ? required : method !== message.method)
    throw mismatch("Mcp-Method is not the body's method");
  const named = nameIn(message);
  if (name === undefined) {
    if (required && named !== undefined) throw mismatch("Mcp-Name is missing");
  } else if (decode(name) !== named) {
    throw mismatch("Mcp-Name is not what the body names");
  }
}

/**
 * @param annotations of the tool's definition: header in lower case, path of names in the arguments
 * @throws {McpError} MCP_HEADER_MISMATCH.
 */
export function checkArgumentMirrors(
  head: Headers,
  annotations: ReadonlyMap<string, readonly string[]>,
  params: JsonObject,
  version: Version,
): void {
  // Earlier revisions know no such headers, and none is forwarded.
  if (!isStateless(version)) return;
  for (const [header] of head.headers) {
    if (header.startsWith(PARAM) && !annotations.has(header)) throw mismatch("a Mcp-Param header mirrors no argument");
  }
  for (const [header, path] of annotations) {
    let value: JsonValue | undefined = params["arguments"];
    for (const step of path) value = isJsonObject(value) ? value[step] : undefined;
    const written = one(head, header);
    if (value === undefined || value === null) {
      if (written !== undefined) throw mismatch("a Mcp-Param header mirrors an argument that is not there");
    } else if (written === undefined || !sameValue(decode(written), value)) {
      throw mismatch("a Mcp-Param header is not the argument that it mirrors");
    }
  }
}

function checkVersion(message: ClientMessage, version: Version): void {
  if (message.kind === "response") return;
  const meta = message.params["_meta"];
  const said = isJsonObject(meta) ? meta["io.modelcontextprotocol/protocolVersion"] : undefined;
  if (said === undefined ? isStateless(version) && message.kind === "request" : said !== version) {
    throw mismatch("MCP-Protocol-Version is not the revision that the body names");
  }
}

function nameIn(message: Exclude<ClientMessage, { kind: "response" }>): JsonValue | undefined {
  const { method, params } = message;
  if (method === "tools/call" || method === "prompts/get") return params["name"];
  return method.startsWith("resources/") ? params["uri"] : undefined;
}

function sameValue(text: string | undefined, value: JsonValue): boolean {
  if (text === undefined) return false;
  if (typeof value === "string") return text === value;
  if (typeof value === "boolean") return text === String(value);
  if (typeof value === "number") return /^-?\d+(?:\.0+)?$/.test(text) && Number(text) === value;
  return value instanceof InexactNumber && text === value.text;
}

/** A value in plain ASCII, or UTF-8 as `=?base64?…?=`; `undefined` when it is neither. */
function decode(value: string): string | undefined {
  const encoded = /^=\?base64\?(.*)\?=$/.exec(value)?.[1];
  if (encoded === undefined) return /^[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?$|^$/.test(value) ? value : undefined;
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(encoded)) return undefined;
  try {
    return UTF8.decode(Buffer.from(encoded, "base64"));
  } catch {
    return undefined;
  }
}

function one(head: Headers, name: string): string | undefined {
  const values = headersOf(head, name);
  if (values.length > 1) throw mismatch("a header that mirrors the body stands twice");
  return values[0];
}

function mismatch(what: string): McpError {
  return new McpError("MCP_HEADER_MISMATCH", `gate: ${what}`);
}

const PARAM = "mcp-param-";
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
