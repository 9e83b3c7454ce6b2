/** What is found while a statement's lineage is worked out. Mutable, for this folder only. */
import type { MaskedColumns } from "../masked-columns.ts";
import type { Namespace } from "../names.ts";
import type { Rel } from "./scope.ts";
import { EVERYTHING, isTainted, type Taint, type Value } from "./value.ts";

export class Run {
  readonly masked: MaskedColumns;
  /** Where names are looked up. */
  space: Namespace;
  /** Masked columns that conditions, orders or groups depend on. */
  readonly predicates = new Set<string>();
  /** Why it may not run at all; the first reason wins. */
  refusal: string | undefined;
  /** Views that were read. */
  readonly views = new Map<number, Rel>();
  #visited = 0;

  constructor(masked: MaskedColumns, space: Namespace) {
    this.masked = masked;
    this.space = space;
  }

  /** The rows, their order or their number depend on this value, or the command itself tells about it. */
  tests(value: Value): void {
    if (!isTainted(value)) return;
    for (const key of value.taint) this.predicates.add(key);
  }

  /** A finished expression: what cannot be hidden by replacing it counts as a test. */
  finished(value: Value): Value {
    if (!value.tame) this.tests(value);
    return value;
  }

  refuse(reason: string): void {
    this.refusal ??= reason;
  }

  /** @throws {RangeError} when a statement takes too much work: then nothing is known of it. */
  visit(work = 1): void {
    this.#visited += work;
    if (this.#visited > LINEAGE_NODES_MAX) throw new RangeError("too much to follow");
  }

  /** The names of the masks behind keys. */
  names(taint: Taint): readonly string[] {
    const found = new Set<string>();
    for (const [key, { name }] of this.masked.byColumn) if (taint.has(key) || taint.has(EVERYTHING)) found.add(name);
    return [...found].sort();
  }
}

/** Nodes that are followed for one statement, repeated rounds of a recursive query counted. */
export const LINEAGE_NODES_MAX = 400_000;
