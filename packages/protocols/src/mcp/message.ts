/**
 * What a client sends, as one reading: JSON-RPC 2.0 messages whose members stand once, in the protocol's own spelling.
 * Pure. https://www.jsonrpc.org/specification, https://modelcontextprotocol.io/specification/2025-11-25/basic
 */
import { foldName } from "@gate/masking";
import { isJsonObject, parseStrictJson, type JsonObject, type JsonValue } from "../web/strict-json.ts";
import { WebError } from "../web/errors.ts";
import { McpError } from "./errors.ts";
import { itemsOf, membersOf, slice, type Member, type Span } from "./spans.ts";

interface Base {
  /** The message as written. */
  readonly text: string;
}

export interface RequestMessage extends Base {
  readonly kind: "request";
  /** `7`, `"a"`, in one spelling (`idOf`). */
  readonly id: string;
  readonly method: string;
  readonly params: JsonObject;
  /** By name, where the values of `params` stand in `text`. */
  readonly spans: ReadonlyMap<string, Span>;
}

export interface NotificationMessage extends Base {
  readonly kind: "notification";
  readonly method: string;
  readonly params: JsonObject;
  readonly spans: ReadonlyMap<string, Span>;
}

/** The client's answer to a request of the target's. */
export interface ResponseMessage extends Base {
  readonly kind: "response";
  readonly id: string;
  /** Where the id stands in `text`. */
  readonly idSpan: Span;
}

export type ClientMessage = RequestMessage | NotificationMessage | ResponseMessage;

export interface ClientBody {
  readonly batch: boolean;
  readonly messages: readonly ClientMessage[];
}

/** @throws {McpError} MCP_MALFORMED, MCP_AMBIGUOUS. */
export function readClientBody(bytes: Uint8Array): ClientBody {
  const value = parse(bytes, true);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  if (!Array.isArray(value)) return { batch: false, messages: [readMessage(value, text.trim())] };
  const items = value as readonly JsonValue[];
  if (items.length === 0) throw new McpError("MCP_AMBIGUOUS", "gate: a batch must hold a message");
  if (items.length > BATCH_MAX) {
    throw new McpError("MCP_TOO_LARGE", `gate: a batch may hold at most ${BATCH_MAX} messages`);
  }
  const spans = itemsOf(text, 0);
  const messages = items.map((item, index) => readMessage(item, slice(text, spans[index] ?? { start: 0, end: 0 })));
  const ids = messages.flatMap((message) => (message.kind === "request" ? [message.id] : []));
  if (new Set(ids).size < ids.length) throw ambiguous("two requests of a batch have the same id");
  return { batch: true, messages };
}

/**
 * JSON of a peer that all readers read alike.
 * @throws {McpError} MCP_MALFORMED, MCP_AMBIGUOUS.
 */
export function parse(bytes: Uint8Array, fromClient: boolean): JsonValue {
  try {
    return parseStrictJson(bytes, { caseVariants: fromClient ? "refuse" : "keep" });
  } catch (error) {
    if (!(error instanceof WebError)) throw error;
    const code = error.code === "REQUEST_AMBIGUOUS" ? "MCP_AMBIGUOUS" : "MCP_MALFORMED";
    throw new McpError(code, `gate: ${error.message}`, { cause: error });
  }
}

function readMessage(value: JsonValue, text: string): ClientMessage {
  if (!isJsonObject(value)) throw ambiguous("a message must be an object");
  const members = membersOf(text, 0);
  for (const member of members) checkSpelling(member, ENVELOPE, true);
  if (value["jsonrpc"] !== "2.0") throw ambiguous('`jsonrpc` must be "2.0"');
  const spanOf = (name: string): Span | undefined => members.find((member) => member.name === name)?.value;
  const has = (name: string): boolean => Object.hasOwn(value, name);
  const idSpan = spanOf("id");
  const id = idSpan === undefined ? undefined : readId(value["id"], slice(text, idSpan));
  if (has("result") || has("error")) {
    if (id === undefined || idSpan === undefined || has("method") || has("params") || (has("result") && has("error"))) {
      throw ambiguous("a message is both a response and something else");
    }
    return { kind: "response", id, idSpan, text };
  }
  const { method, params = EMPTY } = value;
  if (typeof method !== "string" || !METHOD.test(method)) throw ambiguous("`method` must be a name of the protocol's");
  if (!isJsonObject(params)) throw ambiguous("`params` must be an object");
  const paramsSpan = spanOf("params");
  const spans = new Map<string, Span>();
  for (const member of paramsSpan === undefined ? [] : membersOf(text, paramsSpan.start)) {
    checkSpelling(member, PARAMS, false);
    spans.set(member.name, member.value);
    if (member.name === "_meta")
      for (const each of membersOf(text, member.value.start)) checkSpelling(each, META, false);
  }
  return id === undefined
    ? { kind: "notification", method, params, spans, text }
    : { kind: "request", id, method, params, spans, text };
}

/** An id in one spelling: `"a"` and `"\u0061"` are the same. Numbers stay as written. */
export function idOf(written: string): string {
  return written.startsWith('"') ? JSON.stringify(JSON.parse(written)) : written;
}

/** A string, or an integer: of a fraction or a null nobody could tell whose answer it is. */
function readId(value: JsonValue | undefined, written: string): string {
  if (written.length > ID_CHARS_MAX) throw ambiguous(`an id has more than ${ID_CHARS_MAX} characters`);
  if (typeof value === "string" || /^(?:0|-?[1-9][0-9]*)$/.test(written)) return idOf(written);
  throw ambiguous("`id` must be a string or an integer");
}

/**
 * A reader that ignores case would take `Name` for `name`, and one that compares bytes would not see `\u006eame`.
 * @param closed no other names are allowed
 */
function checkSpelling(member: Member, known: ReadonlySet<string>, closed: boolean): void {
  if (member.written.includes("\\")) throw ambiguous("a member's name is written with an escape");
  if (known.has(member.name)) return;
  if (closed) throw ambiguous("a message has a member that JSON-RPC does not know");
  if (FOLDED.has(foldName(member.name))) throw ambiguous("a member's name differs from the protocol's in case only");
}

function ambiguous(what: string): McpError {
  return new McpError("MCP_AMBIGUOUS", `gate: ${what}`);
}

const EMPTY = Object.freeze(Object.create(null)) as JsonObject;
const METHOD = /^[A-Za-z][A-Za-z0-9_$.-]*(?:\/[A-Za-z0-9_$.-]+)*$/;
const ENVELOPE = new Set(["jsonrpc", "id", "method", "params", "result", "error"]);
const META = new Set([
  "progressToken",
  "io.modelcontextprotocol/protocolVersion",
  "io.modelcontextprotocol/clientInfo",
  "io.modelcontextprotocol/clientCapabilities",
]);
/** Members of `params` that decide what is done. */
const PARAMS = new Set([
  "_meta",
  "name",
  "arguments",
  "uri",
  "ref",
  "argument",
  "context",
  "cursor",
  "level",
  "requestId",
  "progressToken",
  "protocolVersion",
  "capabilities",
  "clientInfo",
  "notifications",
  "resourceSubscriptions",
  "inputResponses",
  "requestState",
  "task",
  "taskId",
]);
const FOLDED = new Set([...PARAMS, ...META].map(foldName));
/** Messages of one batch. */
const BATCH_MAX = 100;
/** Characters of an id as written. */
const ID_CHARS_MAX = 256;
