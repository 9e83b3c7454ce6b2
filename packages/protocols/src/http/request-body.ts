/**
 * A request on its way to the target: exactly the bytes that were admitted, and each further chunk under the same
 * admission. Pure, apart from the gate.
 */
import type { Readable } from "node:stream";
import type { Admission, Gate } from "@gate/contract";
import { BodyDigest } from "../web/body-digest.ts";
import { ambiguous } from "../web/errors.ts";
import type { RequestHead } from "../web/request-head.ts";
import { mayOverride } from "./classify.ts";
import { OverrideWatch } from "./multipart.ts";
import type { Wire } from "./wire.ts";
import { chunkStart, LAST_CHUNK, LINE_END } from "./wire/framing.ts";

export interface BodySource {
  /** What was read before the request was judged. */
  readonly bytes: Buffer;
  /** False: `rest` goes on behind it. */
  readonly complete: boolean;
  /** Called once, before the first byte of the rest is read. */
  readonly rest: () => Readable;
}

export class RequestBody {
  readonly digest = new BodyDigest();
  readonly #gate: Gate;
  readonly #admission: Admission;
  readonly #head: RequestHead;
  readonly #source: BodySource;
  /** Was the head admitted together with the body's bytes? */
  readonly #wired: boolean;
  #spent = false;

  /** @param wired the admission's bytes are the head as the target gets it, and `source.bytes` behind it */
  constructor(gate: Gate, admission: Admission, head: RequestHead, source: BodySource, wired: boolean) {
    this.#gate = gate;
    this.#admission = admission;
    this.#head = head;
    this.#source = source;
    this.#wired = wired;
  }

  /** Of what is sent: `undefined` for no body. */
  get length(): number | "chunked" | undefined {
    return wireLength(this.#head, this.#source);
  }

  /**
   * What a library sends, once. To be called in the same turn as the library: the record is committed here.
   * A second call is for a request without a body that is sent again.
   */
  take(): Buffer | AsyncIterable<Uint8Array> | null {
    const bytes = this.#gate.spend(this.#next(EMPTY));
    if (this.#head.length === 0) return null;
    if (!this.#source.complete) return this.#stream(bytes);
    this.digest.push(bytes);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /**
   * Sends the head and what there is of the body; the rest, if any, is sent piece by piece as the result is iterated.
   * The caller flushes. A second call is for a request without a body that is sent again.
   */
  send(wire: Wire, head: (length: number | "chunked" | undefined) => Buffer): AsyncIterable<void> | undefined {
    const { bytes, complete } = this.#source;
    if (this.#wired && !this.#spent) {
      wire.send(this.#next(EMPTY));
    } else {
      const framed = isFramed(this.length, bytes);
      const start = head(this.length);
      wire.send(this.#gate.continue(this.#admission, framed ? Buffer.concat([start, chunkStart(bytes)]) : start));
      if (!this.#spent) wire.send(this.#next(EMPTY));
      if (framed) wire.send(this.#gate.continue(this.#admission, LINE_END));
    }
    if (bytes.length > 0) this.digest.push(bytes);
    return complete ? undefined : this.#sendRest(wire);
  }

  #next(again: Uint8Array): Admission {
    const admission = this.#spent ? this.#gate.continue(this.#admission, again) : this.#admission;
    this.#spent = true;
    return admission;
  }

  async *#stream(first: Uint8Array): AsyncGenerator<Uint8Array> {
    if (first.byteLength > 0) {
      this.digest.push(first);
      yield first;
    }
    for await (const chunk of this.#rest()) {
      const bytes = this.#gate.spend(this.#gate.continue(this.#admission, chunk));
      this.digest.push(bytes);
      yield bytes;
    }
  }

  async *#sendRest(wire: Wire): AsyncGenerator<void> {
    const chunked = this.length === "chunked";
    const more = (bytes: Uint8Array): void => wire.send(this.#gate.continue(this.#admission, bytes));
    for await (const chunk of this.#rest()) {
      if (chunk.length === 0) continue;
      this.digest.push(chunk);
      if (chunked) more(chunkStart(chunk));
      more(chunk);
      if (chunked) more(LINE_END);
      yield;
    }
    if (chunked) more(LAST_CHUNK);
  }

  async *#rest(): AsyncGenerator<Buffer> {
    const { bytes, rest } = this.#source;
    const watch = mayOverride(this.#head) ? new OverrideWatch() : undefined;
    watch?.push(bytes);
    // A target may answer before it has read everything: its answer must still reach the client.
    for await (const chunk of rest().iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (watch?.push(chunk) === true) throw ambiguous("a form takes its method from a field");
      yield chunk;
    }
  }
}

/** How a request's body is framed towards the target; a chunked one that was read whole has a length. */
export function wireLength(
  head: Pick<RequestHead, "length">,
  source: Pick<BodySource, "bytes" | "complete">,
): number | "chunked" | undefined {
  if (head.length === 0) return undefined;
  return source.complete ? source.bytes.length : head.length;
}

/** The head and what there is of the body, in one piece: what an admission holds. */
export function wireBytes(head: Buffer, length: number | "chunked" | undefined, bytes: Buffer): Buffer {
  if (bytes.length === 0) return head;
  if (!isFramed(length, bytes)) return Buffer.concat([head, bytes]);
  return Buffer.concat([head, chunkStart(bytes), bytes, LINE_END]);
}

/** An empty chunk would be the last one. */
function isFramed(length: number | "chunked" | undefined, bytes: Buffer): boolean {
  return length === "chunked" && bytes.length > 0;
}

const EMPTY = new Uint8Array(0);
