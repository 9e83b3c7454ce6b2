/**
 * What the server still has to answer, in order. Pure.
 *
 * The rules are those of `PostgresMain`: an error in the extended protocol makes the server skip every message up to
 * the next Sync; an error in a simple Query ends that Query, and its ReadyForQuery follows.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 */
import type { Admission } from "@gate/contract";
import type { Analysis } from "@gate/sql";
import type { CopyMasker } from "./mask-copy.ts";
import type { RowPlan } from "./mask-rows.ts";
import type { Portal } from "./statements.ts";

/** A command on its way through the server. */
export interface Run {
  readonly admission: Admission;
  readonly analysis: Analysis;
  readonly text: string;
  /** A Query (answers end with ReadyForQuery) or an Execute (they end with the command). */
  readonly simple: boolean;
  /** What it writes is counted before it can be committed: see guard.ts. */
  readonly guard: "none" | "execute" | "query" | "wrapped";
  readonly portal?: Portal | undefined;
  /** Number of the ReadyForQuery that follows it. */
  readonly epoch: number;
  /** Which of the command's statements the server is at. */
  statement: number;
  /** The result's columns; null: nothing to mask; undefined: not described (yet). */
  plan: RowPlan | null | undefined;
  /** What masks the rows of the COPY … TO STDOUT that the server is at; null: nothing to mask. */
  copyOut: CopyMasker | null;
  rows: number;
  bytes: number;
  affected: number;
  masked: Record<string, number> | undefined;
  tag: string | undefined;
  failed: string | undefined;
  /** Set when a limit ended it: what the client gets in place of the rest. */
  limited: Buffer | undefined;
}

export type Expectation =
  /** ParseComplete, BindComplete or CloseComplete: `answer` is its type byte. */
  | { readonly kind: "complete"; readonly answer: number; readonly swallow: boolean; settle?(ok: boolean): void }
  /** `t` and then `T` or `n` for a statement, `T` or `n` for a portal. */
  | { readonly kind: "describe"; readonly statement: boolean; readonly portal?: Portal; readonly swallow: boolean }
  | { readonly kind: "run"; readonly run: Run }
  | {
      readonly kind: "sync";
      readonly epoch: number;
      readonly swallow: boolean;
      /** The gate's own, in the middle of a client's pipeline: see Frontend.#letGo. */
      readonly injected?: boolean;
      settle?(): void;
    }
  /** A message that was put in place of a denied one: its ErrorResponse becomes `error`. */
  | {
      readonly kind: "refusal";
      readonly error: Buffer;
      readonly simple: boolean;
      readonly epoch: number;
      answered: boolean;
    }
  /** The gate's own BEGIN before a Query, and the COMMIT or ROLLBACK after it (`run` is that Query). */
  | { readonly kind: "guard"; readonly epoch: number; readonly run: Run | undefined }
  /** One of the gate's own questions (SHOW search_path): rows go to `row`, nothing to the client. */
  | { readonly kind: "probe"; row(value: string | undefined): void };

export class ResponseQueue {
  #entries: (Expectation | undefined)[] = [];
  #first = 0;
  #skipping = false;

  get length(): number {
    return this.#entries.length - this.#first;
  }

  /** True while the server throws away everything until the next Sync, and that Sync has not been sent. */
  get skipping(): boolean {
    return this.#skipping;
  }

  get head(): Expectation | undefined {
    return this.#entries[this.#first];
  }

  push(expectation: Expectation): void {
    if (this.#skipping) {
      if (expectation.kind !== "sync") throw new RangeError("the server skips messages: nothing but Sync may be sent");
      this.#skipping = false;
    }
    this.#entries.push(expectation);
  }

  /** Takes the head off. */
  shift(): Expectation | undefined {
    const head = this.#entries[this.#first];
    if (head === undefined) return undefined;
    this.#entries[this.#first++] = undefined;
    if (this.#first === this.#entries.length) {
      this.#entries.length = 0;
      this.#first = 0;
    } else if (this.#first > COMPACT_AT) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
    return head;
  }

  /**
   * The head (of the extended protocol) has failed: takes it and everything that the server skips off.
   * @returns head first; the next Sync stays. Without one, `skipping` begins.
   */
  fail(): Expectation[] {
    const dropped: Expectation[] = [];
    for (let head = this.head; head !== undefined && head.kind !== "sync"; head = this.head) {
      dropped.push(head);
      this.shift();
    }
    if (this.length === 0) this.#skipping = true;
    return dropped;
  }

  /** The first that ends something for the client: a command, a refusal or a Sync of its own. */
  nextAnswer(): Expectation | undefined {
    for (const entry of this) {
      if (entry.kind === "complete" || entry.kind === "describe" || entry.kind === "probe") continue;
      if (entry.kind === "sync" && entry.swallow) continue;
      return entry;
    }
    return undefined;
  }

  /** Is there a command before the next Sync, behind the head? */
  commandBehindHead(): boolean {
    for (let index = this.#first + 1; index < this.#entries.length; index++) {
      const entry = this.#entries[index];
      if (entry === undefined || entry.kind === "sync") return false;
      if (entry.kind === "run") return true;
    }
    return false;
  }

  *[Symbol.iterator](): Iterator<Expectation> {
    for (let index = this.#first; index < this.#entries.length; index++) {
      const entry = this.#entries[index];
      if (entry !== undefined) yield entry;
    }
  }
}

const COMPACT_AT = 1024;
