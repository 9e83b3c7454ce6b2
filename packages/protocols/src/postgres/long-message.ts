/** What the parts of a message are for that is too long to be collected: they come one by one behind its start. Pure. */
import type { Hash } from "node:crypto";
import type { Admission } from "@gate/contract";

export type Rest =
  /** A Bind that is sent on: its digest grows with its parts. */
  | { readonly hash: Hash }
  /** Thrown away; at its end the command is refused. */
  | { readonly drain: "query" | "parse" | "call" }
  /** Data of an admitted COPY. */
  | { readonly copy: Admission }
  /** Thrown away without a word. */
  | "drop";

export class LongMessage {
  #rest: Rest | undefined;

  /** Says what the parts that follow are for. */
  follow(rest: Rest): void {
    this.#rest = rest;
  }

  /** What a part is for; the last one ends the message. */
  part(last: boolean): Rest | undefined {
    const rest = this.#rest;
    if (last) this.#rest = undefined;
    return rest;
  }
}
