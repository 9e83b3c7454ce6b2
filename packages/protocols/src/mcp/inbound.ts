/**
 * Messages of the target's on their way to the client: lists show what may be used, results are masked, requests to the
 * client are commands of their own. Touches the engine through the gate.
 */
import type { Command, Decision, Gate, Refusal } from "@gate/contract";
import { foldName } from "@gate/masking";
import { isJsonObject, type JsonObject, type JsonValue } from "../web/strict-json.ts";
import { ANY_ARGUMENTS, factsOf, SERVER_NOTIFICATIONS, type CallFacts } from "./classify.ts";
import { plainCommand } from "./command.ts";
import type { Definition, Definitions } from "./definitions.ts";
import { McpError } from "./errors.ts";
import type { ResultMasks } from "./mask.ts";
import { idOf, parse } from "./message.ts";
import { refusalText } from "./rpc.ts";
import { seal } from "./seal.ts";
import { applyEdits, keepItems, memberOf, membersOf, slice, type Edit, type Span } from "./spans.ts";
import { isStateless, type Version } from "./versions.ts";

export interface InboundOptions {
  readonly gate: Gate;
  readonly definitions: Definitions;
  readonly version: Version;
  /** The target's id of the MCP session. */
  readonly session: string | undefined;
  readonly masks: ResultMasks | undefined;
  /** Does somebody wait for an answer with this id (as written)? */
  readonly expects: (id: string) => boolean;
  /** Answers a request of the target's that the client never gets to see. */
  readonly refuse: (answer: string) => void;
  /** Aborted when the client is gone. */
  readonly signal: AbortSignal;
}

/** What the client gets of one message. */
export interface Passed {
  readonly text: string;
  /** Present when it answers a request. */
  readonly answer?: Outcome & { readonly id: string };
}

export interface Outcome {
  /** `result`, `tool-error`, `input-required`, `error -32602`, `refused`. */
  readonly outcome: string;
  readonly ok: boolean;
}

type Read = Passed | undefined | Promise<Passed | undefined>;

export class Inbound {
  readonly #options: InboundOptions;

  constructor(options: InboundOptions) {
    this.#options = options;
  }

  /**
   * What the client gets of one message; `undefined`: nothing. A Promise only where people are asked first.
   * @throws {McpError} MCP_UPSTREAM when it is no message.
   */
  read(text: string): Read {
    const message = this.#parse(text);
    const id = memberOf(text, 0, "id");
    const written = id === undefined ? undefined : slice(text, id);
    const { method } = message;
    if (method === undefined) return this.#response(text, message, written === undefined ? undefined : idOf(written));
    if (typeof method !== "string") throw notSpoken("has a method that is no name");
    return written === undefined || id === undefined
      ? this.#notification(text, method)
      : this.#request(text, method, { ...id, written });
  }

  #parse(text: string): JsonObject {
    let message: JsonValue;
    try {
      message = parse(Buffer.from(text), false);
    } catch (error) {
      if (error instanceof McpError) throw notSpoken("is no JSON that all read alike", error);
      throw error;
    }
    if (!isJsonObject(message) || message["jsonrpc"] !== "2.0") throw notSpoken("is no JSON-RPC message");
    // A reader that ignores case would find a result where no mask has looked.
    for (const { name, written } of membersOf(text, 0)) {
      if (!ENVELOPE.has(name) || written !== name) throw notSpoken("has a member that JSON-RPC does not know");
    }
    // Nor would a mask look at what stands beside an error, or beside a method.
    const has = (name: string): boolean => Object.hasOwn(message, name);
    const answers = Number(has("result")) + Number(has("error"));
    if (has("method") ? answers > 0 : answers > 1 || has("params")) throw notSpoken("is of two kinds at once");
    return message;
  }

  #response(text: string, message: JsonObject, id: string | undefined): Read {
    const { gate, expects } = this.#options;
    if (id === undefined || (id !== "null" && !expects(id))) {
      gate.note("dropped", { what: "an answer that nobody waits for" });
      return undefined;
    }
    const error = memberOf(text, 0, "error");
    if (error !== undefined) {
      const code = isJsonObject(message["error"]) ? message["error"]["code"] : undefined;
      const outcome = `error ${typeof code === "number" ? code : "unknown"}`;
      return { text: this.#masked(text, error), answer: { id, outcome, ok: false } };
    }
    const span = memberOf(text, 0, "result");
    const result = message["result"];
    if (span === undefined || !isJsonObject(result)) throw notSpoken("is neither a result nor an error");
    const inputs = askedIn(text, span.start);
    const lists = this.#lists(slice(text, span), result);
    const shown = applyEdits(text, [{ ...span, text: lists }]);
    const pass = (): string => this.#masked(shown, { start: span.start, end: span.start + lists.length });
    if (inputs.length > 0 || result["resultType"] === "input_required") return this.#inputs(inputs, id, pass);
    const failed = result["isError"] === true;
    return { text: pass(), answer: { id, outcome: failed ? "tool-error" : "result", ok: !failed } };
  }

  /** Whatever the request was: a stream that is taken up again does not say it. */
  #lists(text: string, result: JsonObject): string {
    // A reader that ignores case, or takes the members of an object, would find a list that nobody has shortened.
    for (const name of Object.keys(result)) {
      const list = LISTS.get(foldName(name));
      if (list !== undefined && (list !== name || !Array.isArray(result[name]))) {
        throw notSpoken("has a list in a form that the protocol does not have");
      }
    }
    const edits: Edit[] = [];
    const filter = (name: string, keep: (item: JsonValue) => boolean): void => {
      const items = result[name];
      const span = memberOf(text, 0, name);
      if (!Array.isArray(items) || span === undefined) return;
      const list = items as readonly JsonValue[];
      const edit = keepItems(text, span, (index) => keep(list[index] ?? null));
      if (edit !== undefined) edits.push(edit);
    };
    filter("tools", (tool) => this.#mayCall(tool));
    filter("resources", (item) => this.#may({ method: "resources/read" }, "resources", item, "uri"));
    filter(
      "resourceTemplates",
      (item) => isJsonObject(item) && this.#possible({ method: "resources/read", resources: "any" }),
    );
    filter("prompts", (item) => this.#may({ method: "prompts/get", arguments: ANY_ARGUMENTS }, "prompt", item, "name"));
    return applyEdits(text, edits);
  }

  #mayCall(tool: JsonValue): boolean {
    const definition = this.#options.definitions.observe(tool);
    if (definition === undefined) return false;
    noteDefinition(this.#options.gate, definition);
    const { name, status } = definition;
    return this.#possible({ method: "tools/call", tool: name, definition: status, arguments: ANY_ARGUMENTS });
  }

  #may(call: CallFacts, field: "resources" | "prompt", item: JsonValue, key: string): boolean {
    const name = isJsonObject(item) ? item[key] : undefined;
    if (typeof name !== "string") return false;
    return this.#possible({ ...call, [field]: field === "resources" ? [name] : name });
  }

  #possible(call: CallFacts): boolean {
    return this.#options.gate.possible(factsOf(call));
  }

  /** 2026-07-28, multi round-trip requests: what the target asks the client for is part of its answer. */
  async #inputs(inputs: readonly string[], id: string, pass: () => string): Promise<Passed> {
    const { gate, signal } = this.#options;
    for (const text of inputs) {
      const span = memberOf(text, 0, "method");
      const method = span === undefined ? undefined : (JSON.parse(slice(text, span)) as unknown);
      const name = typeof method === "string" ? method : "";
      const command = serverCommand(name, `${name}\n${text}`, [this.#options.session ?? ""]);
      const decision = await gate.submit(command, Buffer.from(text), { signal });
      if (!decision.admitted) {
        const text = refusalText(id, decision.refusal, gate.session.id);
        return { text, answer: { id, outcome: "refused", ok: false } };
      }
      gate.spend(decision.admission);
      gate.result(decision.admission, { outcome: "passed on", ok: true });
    }
    return { text: pass(), answer: { id, outcome: "input-required", ok: true } };
  }

  #notification(text: string, method: string): Passed | undefined {
    const { gate, definitions } = this.#options;
    if (!SERVER_NOTIFICATIONS.has(method)) {
      gate.note("dropped", { what: "a notification that the protocol does not know" });
      return undefined;
    }
    if (method === "notifications/tools/list_changed") definitions.forget();
    const params = memberOf(text, 0, "params");
    if (params === undefined) return { text };
    if (askedIn(text, params.start).length > 0) {
      // Nobody waits for it who could be told of a refusal: the task's own answer brings it again.
      gate.note("dropped", { what: "a notification that asks the client for something" });
      return undefined;
    }
    // The client knows the target's requests by other ids.
    const request = method === "notifications/cancelled" ? memberOf(text, params.start, "requestId") : undefined;
    if (request === undefined) return { text: this.#masked(text, params) };
    // Masked first: a mask that sees the other id could make it useless.
    const masked = this.#masked(text, params);
    const shown = memberOf(masked, memberOf(masked, 0, "params")?.start ?? 0, "requestId") ?? request;
    return { text: applyEdits(masked, [{ ...shown, text: this.#sealedId(slice(text, request)) }]) };
  }

  /** Sampling, elicitation, roots: to the client only with an admission. */
  #request(text: string, method: string, id: Span & { readonly written: string }): Read {
    const { gate, version, signal } = this.#options;
    if (isStateless(version)) {
      gate.note("dropped", { what: "a request of the target's, which this revision does not have" });
      return undefined;
    }
    if (method === "ping") {
      gate.spend(gate.housekeeping("ping", Buffer.from(text)));
      return this.#forClient(text, id);
    }
    const params = memberOf(text, 0, "params");
    const shown = params === undefined ? "" : `\n${slice(text, params)}`;
    const command = serverCommand(method, `${method}${shown}`, [this.#options.session ?? ""]);
    const pending = gate.submit(command, Buffer.from(text), { signal });
    const settle = (decision: Decision): Passed | undefined => {
      if (!decision.admitted) {
        this.#refused(id.written, decision.refusal);
        return undefined;
      }
      gate.spend(decision.admission);
      gate.result(decision.admission, { outcome: "passed on", ok: true });
      return this.#forClient(text, id);
    };
    return pending instanceof Promise ? pending.then(settle) : settle(pending);
  }

  #forClient(text: string, id: Span & { readonly written: string }): Passed {
    const own = applyEdits(text, [{ start: id.start, end: id.end, text: this.#sealedId(id.written) }]);
    const params = memberOf(own, 0, "params");
    return { text: params === undefined ? own : this.#masked(own, params) };
  }

  #sealedId(written: string): string {
    const { gate, session } = this.#options;
    return JSON.stringify(seal(gate, "request", written, session));
  }

  #refused(id: string, refusal: Refusal): void {
    const { gate, refuse } = this.#options;
    refuse(refusalText(id, refusal, gate.session.id));
  }

  #masked(text: string, span: Span): string {
    const { masks } = this.#options;
    return masks === undefined ? text : applyEdits(text, [{ ...span, text: masks.mask(slice(text, span)) }]);
  }
}

/**
 * What the target asks the client for inside a result, or inside the task in it.
 * @throws {McpError} MCP_UPSTREAM when it stands in another form than requests by name: some reader might take it so.
 */
function askedIn(text: string, at: number): readonly string[] {
  return membersOf(text, at).flatMap(({ name, value }) => {
    if (name === "task") return askedIn(text, value.start);
    if (name !== "inputRequests") return [];
    const requests = membersOf(text, value.start).map((request) => slice(text, request.value));
    if (text[value.start] !== "{" || requests.some((request) => !request.startsWith("{"))) {
      throw notSpoken("asks the client for something in a form that the protocol does not have");
    }
    return requests;
  });
}

/** Once a connection for each definition, so that operators can pin what they see. */
function noteDefinition(gate: Gate, { name, digest, status }: Definition): void {
  let noted = NOTED.get(gate);
  if (noted === undefined) NOTED.set(gate, (noted = new Set()));
  if (noted.has(digest) || noted.size >= NOTED_MAX) return;
  noted.add(digest);
  gate.note("tool-definition", { tool: name.slice(0, 200), definition: `sha256:${digest}`, status });
}

function serverCommand(method: string, text: string, parts: readonly string[]): Command {
  return plainCommand("server-request", text, factsOf({ method }), parts);
}

function notSpoken(what: string, cause?: unknown): McpError {
  return new McpError("MCP_UPSTREAM", `gate: a message of the target's ${what}`, { cause });
}

const ENVELOPE = new Set(["jsonrpc", "id", "method", "params", "result", "error"]);
/** What results hold lists under, by the name as a reader that ignores case sees it. */
const LISTS: ReadonlyMap<string, string> = new Map(
  ["tools", "resources", "resourceTemplates", "prompts"].map((name) => [foldName(name), name]),
);
const NOTED = new WeakMap<Gate, Set<string>>();
/** Definitions of tools that one connection notes in the record. */
const NOTED_MAX = 2_000;
