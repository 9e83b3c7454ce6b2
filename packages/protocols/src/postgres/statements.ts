/**
 * Prepared statements and portals of one connection, as the server will know them. Pure.
 *
 * SQL PREPARE/DECLARE and protocol Parse/Bind share one namespace each. A definition counts from the moment it is
 * sent for messages up to the same Sync (had it failed, the server would skip them); for later ones only once the
 * server has confirmed it: until then `find` says "wait". So a name never stands for a text that was not judged.
 */
import type { Analysis } from "@gate/sql";
import type { RowPlan } from "./mask-rows.ts";
import type { Run } from "./queue.ts";

export interface Statement {
  /** The text that was sent: for SQL PREPARE the whole command. */
  readonly text: string;
  /** The name inside it, if SQL PREPARE made it. */
  readonly preparedAs?: string;
  /** The parameter types that Parse declares. */
  readonly typeOids?: readonly number[];
  analysis: Analysis;
  /** The environment that `analysis` holds for. */
  environment: string;
}

export interface Portal {
  readonly name: string;
  readonly text: string;
  /** The parameter types that Parse declared: they decide what a text and its values mean. */
  readonly typeOids?: readonly number[] | undefined;
  /** As of Bind: the plan is fixed then. */
  readonly analysis: Analysis;
  /** Everything in the Bind that decides what is executed: `=` and its bytes, a character each, or their SHA-256 hex. */
  readonly bound: () => string;
  /** Made by SQL DECLARE: it may outlive its transaction; a protocol portal ends with it. */
  readonly declared: boolean;
  epoch: number;
  /** The Bind itself, to send it again; absent when it is too long to keep. */
  readonly rebind?: Buffer | undefined;
  plan: RowPlan | null | undefined;
  /** A Describe of it is on its way. */
  describing: boolean;
  /** The suspended run that a further Execute goes on with. */
  suspended?: Run | undefined;
  /** An Execute whose outcome is not known yet: it may leave the portal suspended. */
  executing?: Run | undefined;
}

interface Pending<T> {
  readonly name: string;
  readonly value: T | undefined;
  readonly epoch: number;
}

export class Names<T> {
  readonly #confirmed = new Map<string, T>();
  readonly #pending = new Map<string, Pending<T>[]>();

  get size(): number {
    return this.#confirmed.size + this.#pending.size;
  }

  /** What `name` stands for in a message sent now, in `epoch` (the number of Syncs sent so far). */
  find(name: string, epoch: number): T | "wait" | undefined {
    const last = this.#pending.get(name)?.at(-1);
    if (last === undefined) return this.#confirmed.get(name);
    return last.epoch === epoch ? last.value : "wait";
  }

  /** A message that defines (or, with undefined, closes) `name` was sent. @returns what to call with its outcome. */
  define(name: string, value: T | undefined, epoch: number): (ok: boolean) => void {
    const pending: Pending<T> = { name, value, epoch };
    const list = this.#pending.get(name);
    if (list === undefined) this.#pending.set(name, [pending]);
    else list.push(pending);
    return (ok) => {
      const pendings = this.#pending.get(name);
      if (pendings?.length === 1 && pendings[0] === pending) this.#pending.delete(name);
      else if (pendings !== undefined) {
        const index = pendings.indexOf(pending);
        if (index !== -1) pendings.splice(index, 1);
      }
      if (ok) this.set(name, value);
    };
  }

  /** The server has confirmed it, and nothing else about this name is on its way. */
  set(name: string, value: T | undefined): void {
    if (value === undefined) this.#confirmed.delete(name);
    else this.#confirmed.set(name, value);
  }

  /** Forgets the confirmed ones that match. */
  drop(which: (value: T) => boolean): void {
    for (const [name, value] of this.#confirmed) if (which(value)) this.#confirmed.delete(name);
  }

  /** Everything that a name stands for, or may come to stand for. */
  *values(): IterableIterator<T> {
    yield* this.#confirmed.values();
    for (const list of this.#pending.values()) {
      for (const { value } of list) if (value !== undefined) yield value;
    }
  }
}
