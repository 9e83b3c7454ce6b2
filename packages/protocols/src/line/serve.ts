/**
 * Serves one connection of the toy protocol: one line up, one line back, in order.
 * Touches the link's sockets. A refusal is a line `ERR <message>`; a hold is announced by `WAIT <id> <url>`.
 */
import { messageOf, sha256Hex } from "@gate/base";
import type { Admission, Gate, Link, Protocol, Upstream } from "@gate/contract";
import { classifyLine } from "./classify.ts";
import { LineError, LineReader, type Line } from "./wire.ts";

export interface LineTarget {
  readonly host: string;
  readonly port: number;
}

export const line: Protocol<LineTarget> = {
  id: "line",
  discharges: ["limit"],
  housekeeping: [],
  parseTarget(input) {
    const address = Object.hasOwn(input, "address") ? input["address"] : undefined;
    const match = typeof address === "string" ? /^([^:]+):(\d{1,5})$/.exec(address) : null;
    if (match?.[1] === undefined || match[2] === undefined || Object.keys(input).length !== 1) {
      throw new LineError("LINE_TARGET_INVALID", "a line target has one key, address: host:port");
    }
    return { host: match[1], port: Number(match[2]) };
  },
  address: (target) => target,
  serve: (link, gate) => new LineConnection(link, gate).run(),
};

class LineConnection {
  readonly #link: Link;
  readonly #gate: Gate;
  readonly #queue: Line[] = [];
  readonly #gone = new AbortController();
  #busy = false;
  #waiting: { admission: Admission; answered: (text: string) => void } | undefined;
  #upstream: Upstream | undefined;
  #end: () => void = () => undefined;

  constructor(link: Link, gate: Gate) {
    this.#link = link;
    this.#gate = gate;
  }

  async run(): Promise<void> {
    const { downstream, signal } = this.#link;
    const ended = new Promise<void>((resolve) => {
      this.#end = resolve;
    });
    try {
      this.#upstream = await this.#link.dial();
    } catch (error) {
      downstream.end(`ERR gate: ${messageOf(error)}\n`);
      return;
    }
    const upstream = this.#upstream;
    const requests = new LineReader();
    const answers = new LineReader();
    downstream.on("data", (chunk: Uint8Array) => this.#guard(() => this.#take(requests.push(chunk))));
    downstream.on("close", () => this.#stop());
    upstream.onData((chunk) =>
      this.#guard(() => {
        for (const answer of answers.push(chunk)) this.#answer(answer);
      }),
    );
    upstream.onClose(() => this.#stop());
    signal.addEventListener("abort", () => this.#stop(`BYE ${String(signal.reason)}\n`), { once: true });
    await ended;
    upstream.destroy();
  }

  #take(lines: readonly Line[]): void {
    this.#queue.push(...lines);
    if (this.#queue.length > QUEUE_LINES_MAX) throw new LineError("LINE_TOO_LONG", "too many lines are waiting");
    void this.#next();
  }

  async #next(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) await this.#run(next);
    } catch (error) {
      this.#gate.note("failed", { error: messageOf(error) });
      this.#stop();
    } finally {
      this.#busy = false;
    }
  }

  async #run(request: Line): Promise<void> {
    const { downstream } = this.#link;
    const decision = await this.#gate.submit(
      {
        kind: "line",
        text: request.text,
        digest: () => sha256Hex(request.bytes),
        facts: classifyLine(request.text),
      },
      request.bytes,
      {
        signal: this.#gone.signal,
        onHeld: (held) => downstream.write(`WAIT ${held.id} ${held.url}\n`),
      },
    );
    if (!decision.admitted) {
      downstream.write(`ERR ${decision.refusal.message}\n`);
      return;
    }
    const { admission } = decision;
    const answer = new Promise<string>((resolve) => {
      this.#waiting = { admission, answered: resolve };
    });
    this.#upstream?.send(admission);
    this.#upstream?.flush();
    const text = await answer;
    const over = this.#gate.count(admission, { rows: 1, bytes: Buffer.byteLength(text) });
    this.#gate.result(admission, { outcome: "line", ok: over === undefined, rows: 1 });
    downstream.write(over === undefined ? `${text}\n` : `ERR ${over.message}\n`);
  }

  #answer(answer: Line): void {
    const waiting = this.#waiting;
    if (waiting === undefined) throw new LineError("LINE_MALFORMED", "the target answered without a request");
    this.#waiting = undefined;
    waiting.answered(answer.text);
  }

  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#gate.note("violation", { code: error instanceof LineError ? error.code : "BUG" });
      this.#stop(`ERR gate: ${messageOf(error)}\n`);
    }
  }

  #stop(last?: string): void {
    this.#gone.abort("gone");
    if (last === undefined) this.#link.downstream.end();
    else this.#link.downstream.end(last);
    this.#end();
  }
}

/** Lines that may wait for their turn on one connection. */
const QUEUE_LINES_MAX = 256;
