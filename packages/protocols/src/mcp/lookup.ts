/**
 * Asks the target itself for its tools when one is called whose definition it has not been seen to give: a client may
 * have its list from elsewhere. Touches the target.
 */
import { VERSION } from "@gate/base";
import { isJsonObject, type JsonValue } from "../web/strict-json.ts";
import { dataOf, SseSplitter } from "../web/sse.ts";
import { WebError } from "../web/errors.ts";
import type { Definition, Definitions } from "./definitions.ts";
import { McpError } from "./errors.ts";
import { parse } from "./message.ts";
import { send, type Sending } from "./upstream.ts";
import { isStateless, type Version } from "./versions.ts";

export interface LookupOptions extends Pick<Sending, "client" | "target" | "gate" | "signal"> {
  readonly definitions: Definitions;
  readonly version: Version;
  /** Of the MCP session and the revision. */
  readonly headers: readonly (readonly [string, string])[];
}

/** `undefined` when the target does not list it, or does not answer: then nothing is known, and no allow covers it. */
export async function lookUp(name: string, options: LookupOptions): Promise<Definition | undefined> {
  const { definitions, gate } = options;
  const known = definitions.latest(name);
  if (known !== undefined) return known;
  let cursor: string | undefined;
  try {
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const result = await list(options, cursor);
      const tools = result?.["tools"];
      for (const tool of Array.isArray(tools) ? (tools as readonly JsonValue[]) : []) definitions.observe(tool);
      const next = result?.["nextCursor"];
      if (definitions.latest(name) !== undefined || typeof next !== "string") break;
      cursor = next;
    }
  } catch (error) {
    if (!(error instanceof McpError) && !(error instanceof WebError)) throw error;
    gate.note("tools-unknown", { code: error.code });
  }
  return definitions.latest(name);
}

async function list(
  options: LookupOptions,
  cursor: string | undefined,
): Promise<Readonly<Record<string, JsonValue>> | undefined> {
  const { gate, version } = options;
  const meta = isStateless(version)
    ? {
        _meta: {
          "io.modelcontextprotocol/protocolVersion": version,
          "io.modelcontextprotocol/clientInfo": { name: "gate", version: VERSION },
          "io.modelcontextprotocol/clientCapabilities": {},
        },
      }
    : {};
  const params = { ...meta, ...(cursor === undefined ? {} : { cursor }) };
  const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: ID, method: "tools/list", params }));
  const answer = await send({
    ...options,
    method: "POST",
    headers: [
      ["accept", "application/json, text/event-stream"],
      ["content-type", "application/json"],
      ...options.headers,
      ...(isStateless(version) ? ([["mcp-method", "tools/list"]] as const) : []),
    ],
    spend: () => gate.spend(gate.housekeeping("tools/list", body)),
  });
  if (answer.type === "application/json") return resultOf(await answer.text());
  if (answer.type !== "text/event-stream") {
    answer.discard();
    return undefined;
  }
  const splitter = new SseSplitter();
  for await (const chunk of answer.body) {
    for (const event of splitter.push(chunk)) {
      const result = resultOf(dataOf(event) ?? "");
      if (result !== undefined) return result;
    }
  }
  return undefined;
}

function resultOf(text: string): Readonly<Record<string, JsonValue>> | undefined {
  if (text === "") return undefined;
  const message = parse(Buffer.from(text), false);
  if (!isJsonObject(message) || message["id"] !== ID) return undefined;
  const { result } = message;
  return isJsonObject(result) ? result : {};
}

const ID = "gate-tools";
/** Pages of the target's list of tools that are asked for. */
const PAGES_MAX = 20;
