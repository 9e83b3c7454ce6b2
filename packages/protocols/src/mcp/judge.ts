/**
 * Judges what a client sends, message by message: which go on, which are answered here. Touches the engine through the
 * gate, and the target where a tool's definition has to be looked up.
 */
import type { Admission, Gate, HeldView, Refusal, ResultSummary } from "@gate/contract";
import type { RequestHead } from "../web/request-head.ts";
import { factsOf, HANDSHAKE, readCall } from "./classify.ts";
import { commandOf } from "./command.ts";
import { McpError } from "./errors.ts";
import { cancelHeld, enterHeld } from "./held.ts";
import { lookUp, type LookupOptions } from "./lookup.ts";
import {
  idOf,
  type ClientMessage,
  type NotificationMessage,
  type RequestMessage,
  type ResponseMessage,
} from "./message.ts";
import { checkArgumentMirrors } from "./mirror.ts";
import { unseal } from "./seal.ts";
import { applyEdits, slice } from "./spans.ts";

export interface JudgeOptions extends LookupOptions {
  readonly head: RequestHead;
  /** The target's id of the MCP session. */
  readonly session: string | undefined;
  readonly onHeld: (message: RequestMessage | NotificationMessage, held: HeldView) => void;
}

export type Judged =
  | {
      readonly kind: "forward";
      readonly message: ClientMessage;
      readonly admission: Admission;
      readonly accounted: boolean;
    }
  | { readonly kind: "refused"; readonly message: ClientMessage; readonly refusal: Refusal }
  /** Done here: nothing goes on, nothing needs an answer. */
  | { readonly kind: "done"; readonly message: ClientMessage };

/** @throws {McpError} for what cannot be read in one way. */
export function judge(message: ClientMessage, options: JudgeOptions): Promise<Judged> | Judged {
  return message.kind === "response" ? judgeResponse(message, options) : judgeCall(message, options);
}

/** The client answers a request of the target's: only one that reached it through this session. */
function judgeResponse(message: ResponseMessage, { gate, session }: JudgeOptions): Judged {
  const value: unknown = JSON.parse(message.id);
  const id = typeof value === "string" ? unseal(gate, "request", value, session) : undefined;
  if (id === undefined) {
    throw new McpError("MCP_AMBIGUOUS", "gate: this answers a request that was never made through this session");
  }
  const text = applyEdits(message.text, [{ ...message.idSpan, text: id }]);
  const admission = gate.housekeeping("response", Buffer.from(text));
  return { kind: "forward", message, admission, accounted: false };
}

async function judgeCall(message: RequestMessage | NotificationMessage, options: JudgeOptions): Promise<Judged> {
  const { gate, definitions, head, session, target, version } = options;
  const { method, params, spans, text } = message;
  const span = spans.get("arguments");
  const bytes = span === undefined ? undefined : Buffer.from(slice(text, span));
  const { call, tool } = readCall(method, params, bytes, gate.asked("arguments"));
  if (message.kind === "notification" && method === "notifications/cancelled") {
    const request = spans.get("requestId");
    if (request !== undefined && cancelHeld(target, gate, session, idOf(slice(text, request))))
      return { kind: "done", message };
  }
  let facts = factsOf(call);
  let definition;
  if (tool !== undefined) {
    // What no definition would make possible needs none.
    const possible = gate.possible(facts);
    definition = possible ? await lookUp(tool, options) : definitions.latest(tool);
    facts = factsOf({ ...call, definition: definition?.status });
    if (possible) checkArgumentMirrors(head, definition?.headers ?? new Map(), params, version);
  }
  if (HANDSHAKE.has(method) && gate.preview(facts) === "allow") {
    return { kind: "forward", message, admission: handshake(gate, method, Buffer.from(text)), accounted: true };
  }
  const command = commandOf(message, { facts, version, session, definition: definition?.digest });
  const abort = new AbortController();
  const gone = (): void => abort.abort("gone");
  options.signal.addEventListener("abort", gone, { once: true });
  if (options.signal.aborted) gone();
  const leave = message.kind === "request" ? enterHeld(target, gate, session, message.id, abort) : () => undefined;
  try {
    const decision = await gate.submit(command, Buffer.from(text), {
      signal: abort.signal,
      onHeld: (held) => options.onHeld(message, held),
    });
    if (!decision.admitted) return { kind: "refused", message, refusal: decision.refusal };
    const { admission } = decision;
    // People take their time, and what they looked at may be another tool by now.
    if (tool !== undefined && definition !== undefined && definition.digest !== (await lookUp(tool, options))?.digest) {
      gate.result(admission, { outcome: "changed", ok: false });
      return { kind: "refused", message, refusal: changedTool(gate, admission.entry) };
    }
    return { kind: "forward", message, admission, accounted: true };
  } finally {
    leave();
    options.signal.removeEventListener("abort", gone);
  }
}

function changedTool(gate: Gate, entry: number): Refusal {
  return {
    reason: "denied",
    rule: "definition",
    message: 'gate: denied by rule "definition": the tool\'s definition changed while the call was held',
    hint: "list the tools again, and call it again",
    detail: `session ${gate.session.id} entry ${entry}`,
    entry,
  };
}

/** Recorded as what it is; a rule that speaks against it makes it a command like any other. */
export function handshake(gate: Gate, method: string, bytes: Uint8Array): Admission {
  gate.note("housekeeping", { method });
  return gate.housekeeping(method, bytes);
}

/** What became of admitted messages. */
export class Accounts {
  readonly #options: Pick<JudgeOptions, "gate">;
  readonly #open = new Map<string, Admission>();
  readonly #rest: Admission[] = [];

  constructor(gate: JudgeOptions["gate"], judged: readonly Judged[]) {
    this.#options = { gate };
    for (const each of judged) {
      if (each.kind !== "forward" || !each.accounted) continue;
      if (each.message.kind === "request") this.#open.set(each.message.id, each.admission);
      else this.#rest.push(each.admission);
    }
  }

  expects(id: string): boolean {
    return this.#open.has(id);
  }

  get waiting(): boolean {
    return this.#open.size > 0;
  }

  ids(): readonly string[] {
    return [...this.#open.keys()];
  }

  admission(id: string): Admission | undefined {
    return this.#open.get(id);
  }

  any(): Admission | undefined {
    return this.#open.values().next().value;
  }

  result(id: string, summary: ResultSummary): void {
    const admission = this.#open.get(id);
    if (admission === undefined) return;
    this.#open.delete(id);
    this.#record(admission, summary);
  }

  /** Everything that has no result yet gets this one. */
  close(summary: ResultSummary): void {
    for (const admission of [...this.#open.values(), ...this.#rest.splice(0)]) this.#record(admission, summary);
    this.#open.clear();
  }

  /** The handshake has no verdict that a result could belong to. */
  #record(admission: Admission, summary: ResultSummary): void {
    if (admission.entry >= 0) this.#options.gate.result(admission, summary);
  }
}
