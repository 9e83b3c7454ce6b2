/**
 * The target's answer on its way to the client: a JSON body or a stream of events, message by message, counted, and in
 * the record when it is over. Touches the reply.
 */
import { createHash } from "node:crypto";
import type { Admission, Gate, ResultSummary } from "@gate/contract";
import { dataOf, SseSplitter, type ServerSentEvent } from "../web/sse.ts";
import { WebError } from "../web/errors.ts";
import { upstreamError } from "../web/upstream.ts";
import { McpError } from "./errors.ts";
import type { Inbound, Passed } from "./inbound.ts";
import type { Accounts } from "./judge.ts";
import type { ResultMasks } from "./mask.ts";
import { parse } from "./message.ts";
import type { Reply } from "./reply.ts";
import { errorText, refusalText, TARGET_FAILED } from "./rpc.ts";
import { seal } from "./seal.ts";
import { itemsOf, memberOf, slice } from "./spans.ts";

export interface DeliveryOptions {
  readonly gate: Gate;
  readonly reply: Reply;
  readonly accounts: Accounts;
  readonly masks: ResultMasks | undefined;
  readonly session: string | undefined;
  readonly inbound: Inbound;
  /** The revision lets several messages stand in one event. */
  readonly batches: boolean;
}

export class Delivery {
  readonly #options: DeliveryOptions;
  /** Messages that wait for the form of the answer. */
  readonly #ready: string[] = [];
  /** Of a stream that answers no request of its own. */
  #stream: Admission | undefined;
  readonly #digest = createHash("sha256");
  #bytes = 0;
  #over = false;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  countOn(admission: Admission): void {
    this.#stream = admission;
  }

  /** A message of the gate's own that belongs to the answer. */
  add(text: string): void {
    this.#ready.push(text);
  }

  summary(): Omit<ResultSummary, "outcome" | "ok"> {
    const { masks } = this.#options;
    return {
      bytes: this.#bytes,
      ...(this.#bytes === 0 ? {} : { digests: { answer: this.#digest.copy().digest("hex") } }),
      ...(masks === undefined || Object.keys(masks.counts).length === 0 ? {} : { masked: { ...masks.counts } }),
    };
  }

  /** A JSON body: one message, or several where a batch was asked. */
  async whole(text: string, status: number, batch: boolean): Promise<void> {
    const { accounts, reply } = this.#options;
    let several = false;
    try {
      several = Array.isArray(parse(Buffer.from(text), false));
    } catch (error) {
      // Not JSON: what a proxy in between says is of no use to the client.
      if (!(error instanceof McpError)) throw error;
      if (status < 400) throw new McpError("MCP_UPSTREAM", NOT_JSON, { cause: error });
      await reply.last(
        errorText(accounts.ids()[0], TARGET_FAILED, `gate: the target answered with status ${status}`),
        status,
      );
      return;
    }
    if (several && !batch)
      throw new McpError("MCP_UPSTREAM", "gate: the target answered one request with several messages");
    const trimmed = text.trim();
    const items = several ? itemsOf(trimmed, 0).map((item) => slice(trimmed, item)) : [trimmed];
    for (const item of items) {
      try {
        await this.#take(item, (out) => {
          this.add(out);
          return Promise.resolve();
        });
      } catch (error) {
        if (!(error instanceof McpError) || status < 400) throw error;
        this.add(errorText(accounts.ids()[0], TARGET_FAILED, `gate: the target answered with status ${status}`));
      }
    }
    await this.finish(status, batch);
  }

  /** Nothing more comes: what is ready is the answer. */
  async finish(status: number, batch: boolean): Promise<void> {
    const { reply } = this.#options;
    const ready = this.#ready.splice(0);
    if (reply.streams) {
      for (const text of ready) await reply.event(text);
      reply.end();
      return;
    }
    if (ready.length === 0) {
      reply.json(status < 300 ? 202 : status, undefined);
      return;
    }
    reply.json(batch && status < 500 ? 200 : status, batch ? `[${ready.join(",")}]` : ready[0]);
  }

  /** The target took what needs no answer. */
  async nothing(status: number, batch: boolean): Promise<void> {
    const { reply, accounts } = this.#options;
    accounts.close({ outcome: String(status), ok: true });
    if (this.#ready.length > 0 || reply.streams) {
      await this.finish(200, batch);
      return;
    }
    reply.json(status, undefined);
  }

  /** @throws {WebError} when the target's stream breaks; what has gone on until then is whole messages. */
  async stream(body: AsyncIterable<Buffer>): Promise<void> {
    const { reply, accounts } = this.#options;
    reply.startEvents();
    for (const text of this.#ready.splice(0)) await reply.event(text);
    const splitter = new SseSplitter(EVENT_BYTES_MAX);
    try {
      let last: number | undefined;
      for await (const chunk of body) {
        last = chunk.at(-1) ?? last;
        for (const event of splitter.push(chunk)) await this.#event(event);
        if (this.#over || !reply.open) break;
      }
      // A blank line of carriage returns alone might have gone on with a line feed: now it cannot.
      if (last === CARRIAGE_RETURN) for (const event of splitter.push(LINE_FEED)) await this.#event(event);
    } catch (error) {
      if (!reply.open) return;
      if (error instanceof McpError) throw error;
      throw error instanceof WebError ? error : upstreamError(error);
    }
    // A stream may end before its answer, which then comes on another one (2025-11-25, resumability).
    if (accounts.waiting) accounts.close({ outcome: "stream ended", ok: false, ...this.summary() });
    reply.end();
  }

  async #event(event: ServerSentEvent): Promise<void> {
    const { gate, reply, session } = this.#options;
    if (this.#over) return;
    const field = (name: string): string | undefined => event.fields.findLast(([each]) => each === name)?.[1];
    const id = field("id");
    const sealed = id === undefined || id === "" || !EVENT_ID.test(id) ? undefined : seal(gate, "event", id, session);
    const data = dataOf(event);
    const retry = field("retry");
    const more = retry !== undefined && /^\d{1,9}$/.test(retry) ? `retry: ${retry}\n` : "";
    if (data === undefined || data === "") {
      // Comments keep a connection alive; what they say is nobody's to read.
      const lines = `${sealed === undefined ? "" : `id: ${sealed}\n`}${more}${data === undefined ? "" : "data: \n"}`;
      await reply.write(lines === "" ? ":\n\n" : `${lines}\n`);
      return;
    }
    const name = field("event");
    if (name !== undefined && name !== "" && name !== "message") {
      gate.note("dropped", { what: "an event that is no message" });
      return;
    }
    if (more !== "") await reply.write(`${more}\n`);
    for (const text of this.#messagesIn(data)) await this.#take(text, (out) => reply.event(out, sealed), true);
  }

  #messagesIn(data: string): readonly string[] {
    if (!this.#options.batches || !/^[ \t\r\n]*\[/.test(data)) return [data];
    try {
      parse(Buffer.from(data), false);
    } catch (error) {
      throw new McpError("MCP_UPSTREAM", NOT_JSON, { cause: error });
    }
    return itemsOf(data, 0).map((item) => slice(data, item));
  }

  /** @param deferred what people are asked about comes later, and does not stop what follows */
  async #take(text: string, give: (out: string) => Promise<void>, deferred = false): Promise<void> {
    const read = this.#options.inbound.read(text);
    if (!(read instanceof Promise)) {
      await this.#give(read, give);
      return;
    }
    const later = read.then((passed) => this.#give(passed, give));
    if (deferred && asksClient(text)) later.catch(() => undefined);
    else await later;
  }

  async #give(passed: Passed | undefined, give: (out: string) => Promise<void>): Promise<void> {
    const { gate, accounts } = this.#options;
    if (passed === undefined) return;
    const { text: out, answer } = passed;
    const bytes = Buffer.byteLength(out);
    const admission =
      (answer === undefined ? undefined : accounts.admission(answer.id)) ?? this.#stream ?? accounts.any();
    const limit = admission === undefined ? undefined : gate.count(admission, { bytes });
    if (limit !== undefined) {
      this.#over = true;
      for (const id of accounts.ids()) await give(refusalText(id, limit, gate.session.id));
      accounts.close({ outcome: "limit", ok: false, ...this.summary() });
      return;
    }
    this.#bytes += bytes;
    this.#digest.update(out);
    if (answer !== undefined) {
      const { id, outcome, ok } = answer;
      accounts.result(id, { outcome, ok, ...this.summary() });
    }
    await give(out);
  }
}

/** A request of the target's: it waits for people while other messages pass. */
function asksClient(text: string): boolean {
  return memberOf(text, 0, "method") !== undefined;
}

const NOT_JSON = "gate: the target's answer is no JSON that all read alike";
const LINE_FEED = Buffer.from("\n");
const CARRIAGE_RETURN = 0x0d;
/** Ids of events that can stand in a header. */
const EVENT_ID = /^[\x21-\x7e]{1,1024}$/;
/** Bytes of one event of a target's. */
const EVENT_BYTES_MAX = 8_388_608;
