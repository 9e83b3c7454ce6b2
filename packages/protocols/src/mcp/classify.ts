/**
 * The facts of a message: which method, which tool with which arguments, which resource, which prompt. Pure.
 * Methods: https://modelcontextprotocol.io/specification/2025-11-25/schema and …/2026-07-28/schema.
 */
import type { Fact, Facts, MapFact } from "@gate/contract";
import { readJsonPaths } from "@gate/masking";
import { isJsonObject, type JsonObject, type JsonValue } from "../web/strict-json.ts";
import { McpError } from "./errors.ts";
import { checkResourceUri } from "./resource-uri.ts";

/** `undefined`: nobody knows what the tool's definition is. */
export type DefinitionStatus = "known" | "new" | "changed" | undefined;

export interface CallFacts {
  readonly method: string;
  readonly tool?: string;
  readonly resources?: readonly string[] | "any";
  readonly prompt?: string;
  readonly definition?: DefinitionStatus;
  /** Absent: the method has none. */
  readonly arguments?: MapFact;
}

export function factsOf(call: CallFacts): Facts {
  const { method, tool, resources, prompt } = call;
  const known = HOUSEKEEPING.has(method) || COMMANDS.has(method);
  const listens = method === "subscriptions/listen" && (resources === undefined || resources.length === 0);
  const fields: Record<string, Fact> = {
    method: set([method]),
    tool: tool === undefined ? NONE : set([tool]),
    resource:
      resources === undefined
        ? NONE
        : resources === "any"
          ? { type: "set", items: [], complete: false }
          : set(resources),
    prompt: prompt === undefined ? NONE : set([prompt]),
    definition: tool === undefined ? NONE : { type: "scalar", value: call.definition },
    arguments: call.arguments ?? NONE,
  };
  return {
    kind: "mcp",
    classified: known,
    ...(known ? {} : { unclassifiedReason: "the method is not one of the protocol's" }),
    housekeeping: HOUSEKEEPING.has(method) || listens,
    writes: method === "tools/call",
    fields,
  };
}

export interface ReadCall {
  readonly call: CallFacts;
  /** `=` its definition must be known before it can be judged. */
  readonly tool: string | undefined;
}

/**
 * @param argumentBytes of `params.arguments`, where it is there
 * @param asked JSON paths in the arguments that the grant's rules look at
 * @throws {McpError} MCP_AMBIGUOUS for a call that names nothing, or in a way that could be read otherwise.
 */
export function readCall(
  method: string,
  params: JsonObject,
  argumentBytes: Uint8Array | undefined,
  asked: readonly string[],
): ReadCall {
  const base = { method };
  switch (method) {
    case "tools/call": {
      const tool = name(params, "name");
      return { call: { ...base, tool, arguments: argumentsOf(params, argumentBytes, asked) }, tool };
    }
    case "prompts/get":
      return plain({
        ...base,
        prompt: name(params, "name"),
        arguments: argumentsOf(params, argumentBytes, asked),
      });
    case "resources/read":
    case "resources/subscribe":
    case "resources/unsubscribe": {
      const uri = name(params, "uri");
      checkResourceUri(uri);
      return plain({ ...base, resources: [uri] });
    }
    case "completion/complete": {
      const { ref } = params;
      if (!isJsonObject(ref)) throw wrong("`ref` must be an object");
      if (ref["type"] === "ref/prompt") return plain({ ...base, prompt: name(ref, "name") });
      if (ref["type"] === "ref/resource") return plain({ ...base, resources: [name(ref, "uri")] });
      throw wrong("`ref.type` must be ref/prompt or ref/resource");
    }
    case "subscriptions/listen":
      return plain({ ...base, resources: listened(params) });
    default:
      return plain(base);
  }
}

/** What a grant must have a rule for; everything that is no known method is unclassified. */
export const COMMANDS: ReadonlySet<string> = new Set([
  "tools/call",
  "resources/read",
  "resources/subscribe",
  "resources/unsubscribe",
  "prompts/get",
  "completion/complete",
  "subscriptions/listen",
  "tasks/get",
  "tasks/result",
  "tasks/list",
  "tasks/cancel",
  "tasks/update",
  // From the target to the client.
  "sampling/createMessage",
  "elicitation/create",
  "roots/list",
]);

/** Changes neither data nor meaning: the handshake, what keeps a stream, and lists that show only what may be used. */
export const HOUSEKEEPING: ReadonlySet<string> = new Set([
  "initialize",
  "server/discover",
  "ping",
  "logging/setLevel",
  "tools/list",
  "resources/list",
  "resources/templates/list",
  "prompts/list",
  "notifications/initialized",
  "notifications/cancelled",
  "notifications/progress",
  "notifications/roots/list_changed",
  "notifications/tasks/status",
  // HTTP's own: the stream of a session, and its end.
  "transport/listen",
  "transport/close",
]);

/**
 * Of these, what a client sends without being asked to do anything: it takes no part in the grant's rate, or a rate for
 * calls would be used up by the handshake.
 */
export const HANDSHAKE: ReadonlySet<string> = new Set([...HOUSEKEEPING].filter((method) => !method.endsWith("/list")));

/** Notifications of the target's that go on to the client. */
export const SERVER_NOTIFICATIONS: ReadonlySet<string> = new Set([
  "notifications/cancelled",
  "notifications/progress",
  "notifications/message",
  "notifications/tools/list_changed",
  "notifications/resources/list_changed",
  "notifications/resources/updated",
  "notifications/prompts/list_changed",
  "notifications/tasks/status",
  "notifications/elicitation/complete",
  "notifications/subscriptions/acknowledged",
]);

/** Arguments of which nothing is known yet: of a tool or prompt in a list. */
export const ANY_ARGUMENTS: MapFact = { type: "map", entries: {}, complete: false };

function argumentsOf(params: JsonObject, bytes: Uint8Array | undefined, asked: readonly string[]): MapFact {
  const value: JsonValue | undefined = params["arguments"];
  if (value === undefined || value === null) return { type: "map", entries: {}, complete: true };
  if (!isJsonObject(value) || bytes === undefined) throw wrong("`arguments` must be an object");
  const { values, unknown, complete } = readJsonPaths(bytes, asked);
  return { type: "map", entries: values, complete, ...(unknown.length === 0 ? {} : { unknown }) };
}

function listened(params: JsonObject): readonly string[] {
  const { notifications = {} } = params;
  if (!isJsonObject(notifications)) throw wrong("`notifications` must be an object");
  const uris = notifications["resourceSubscriptions"] ?? [];
  if (!Array.isArray(uris)) throw wrong("`resourceSubscriptions` must be a list");
  return (uris as readonly JsonValue[]).map((uri) => {
    if (typeof uri !== "string") throw wrong("`resourceSubscriptions` must be a list of URIs");
    checkResourceUri(uri);
    return uri;
  });
}

function name(params: JsonObject, key: string): string {
  const value = params[key];
  if (typeof value !== "string" || value === "" || value.length > NAME_CHARS_MAX) {
    throw wrong(`\`${key}\` must be a text of at most ${NAME_CHARS_MAX} characters`);
  }
  if (/[\u0000-\u001f\u007f]/u.test(value)) throw wrong(`\`${key}\` holds a control character`);
  return value;
}

function plain(call: CallFacts): ReadCall {
  return { call, tool: undefined };
}

function wrong(what: string): McpError {
  return new McpError("MCP_AMBIGUOUS", `gate: ${what}`);
}

function set(names: readonly string[]): Fact {
  return { type: "set", items: names.map((each) => ({ name: each })), complete: true };
}

const NONE: Fact = { type: "none" };
/** Characters of a tool's, prompt's or resource's name. */
const NAME_CHARS_MAX = 4_096;
