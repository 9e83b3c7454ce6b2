/**
 * The body of a request on its way to the target: exactly the bytes that were admitted, and each further chunk under
 * the same admission. Pure, apart from the gate.
 */
import type { IncomingMessage } from "node:http";
import type { Admission, Gate } from "@gate/contract";
import { BodyDigest } from "../web/body-digest.ts";
import { ambiguous } from "../web/errors.ts";
import type { RequestHead } from "../web/request-head.ts";
import { mayOverride } from "./classify.ts";
import { OverrideWatch } from "./multipart.ts";

export interface BodySource {
  /** False: `rest` goes on behind what was admitted. */
  readonly complete: boolean;
  readonly rest: IncomingMessage;
  /** Called before the first byte of `rest` is read. */
  readonly beforeRest: () => void;
}

export class RequestBody {
  readonly digest = new BodyDigest();
  readonly #gate: Gate;
  readonly #admission: Admission;
  readonly #head: RequestHead;
  readonly #source: BodySource;
  #spent = false;

  constructor(gate: Gate, admission: Admission, head: RequestHead, source: BodySource) {
    this.#gate = gate;
    this.#admission = admission;
    this.#head = head;
    this.#source = source;
  }

  /**
   * What a library sends, once. To be called in the same turn as the library: the record is committed here.
   * A second call is for a request without a body that is sent again.
   */
  take(): Buffer | AsyncIterable<Uint8Array> | null {
    const bytes = this.#gate.spend(this.#spent ? this.#gate.continue(this.#admission, EMPTY) : this.#admission);
    this.#spent = true;
    if (this.#head.length === 0) return null;
    if (!this.#source.complete) return this.#stream(bytes);
    this.digest.push(bytes);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  async *#stream(first: Uint8Array): AsyncGenerator<Uint8Array> {
    if (first.byteLength > 0) {
      this.digest.push(first);
      yield first;
    }
    const { rest, beforeRest } = this.#source;
    beforeRest();
    const watch = mayOverride(this.#head) ? new OverrideWatch() : undefined;
    watch?.push(first);
    // A target may answer before it has read everything: its answer must still reach the client.
    for await (const chunk of rest.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (watch?.push(chunk) === true) throw ambiguous("a form takes its method from a field");
      const bytes = this.#gate.spend(this.#gate.continue(this.#admission, chunk));
      this.digest.push(bytes);
      yield bytes;
    }
  }
}

const EMPTY = new Uint8Array(0);
