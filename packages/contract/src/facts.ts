/**
 * What a protocol says about a command, in a form that policy can match without knowing the protocol. Types only.
 *
 * A fact is known, partly known or unknown. Unknown satisfies deny and hold, never allow, so a protocol that is not
 * sure says so: it never guesses.
 */

/** One element of a set; labels stand for built-in groups (`@catalog`, `@safe`) that a pattern can name. */
export interface FactItem {
  readonly name: string;
  readonly labels?: readonly string[];
}

/**
 * A set such as "relations read". `complete: false` means that there may be more items than the ones listed:
 * an allow over it can then be at most unknown, a deny or hold still sees the listed ones.
 */
export interface SetFact {
  readonly type: "set";
  readonly items: readonly FactItem[];
  readonly complete: boolean;
}

/** A single value; `value: undefined` is unknown; `null` means that the command has no such thing (never matches). */
export interface ScalarFact {
  readonly type: "scalar";
  readonly value: string | number | boolean | null | undefined;
}

/** The command has no such thing (a file transfer has no argv): no matcher over it is ever true, in any effect. */
export interface NoFact {
  readonly type: "none";
}

/**
 * Command lines, each as its words after quoting was resolved: `a x | b` has two. Matched word by word.
 * `complete: false`: more may run than is listed.
 */
export interface ArgvFact {
  readonly type: "argv";
  readonly items: readonly (readonly string[])[];
  readonly complete: boolean;
}

/**
 * Values by key: query parameters, headers, and the JSON paths that the grant's rules ask for (`Gate.asked`), so that
 * the record holds no more of a body than the policy looks at. A key that is absent has no value; a key in `unknown`
 * may have any (an object, a number that a double does not hold, a body that is too large to read).
 * `complete: false`: any key may have more values.
 */
export interface MapFact {
  readonly type: "map";
  readonly entries: Readonly<Record<string, readonly (string | number | boolean | null)[]>>;
  readonly unknown?: readonly string[];
  readonly complete: boolean;
}

export type Fact = SetFact | ScalarFact | NoFact | ArgvFact | MapFact;

export interface Facts {
  /** Which vocabulary the fields come from: "sql", "line", … Policy's matchers are grouped by it. */
  readonly kind: string;
  /** False when the parser could not account for everything that the command does. */
  readonly classified: boolean;
  /** Why not, for people; absent when classified. Never holds values. */
  readonly unclassifiedReason?: string;
  /** True when the command changes neither data nor meaning (CONTRACT §3, housekeeping). */
  readonly housekeeping: boolean;
  /** True when it may change data: decides about holds inside an open transaction. */
  readonly writes: boolean;
  /**
   * By matcher name. For "sql": `statement` (command tags), `reads`, `writes` ("schema.name"), `functions`
   * ("schema.name", label @safe), all sets; `where` a scalar: keyed | present | none | tautology | null;
   * `estimated_rows` a scalar, where `Gate.asked("estimated_rows")` is not empty; `predicates` a set: masked columns
   * (as in `ColumnMask.column`) that the command's conditions test, where a grant has column masks.
   */
  readonly fields: Readonly<Record<string, Fact>>;
  /**
   * For a command that is a batch (`BEGIN; INSERT …; COMMIT` in one Query): the facts of each statement, all of them.
   * Policy then judges each part, and the batch gets the worst verdict. The fields above stay the union.
   */
  readonly parts?: readonly Facts[];
}
