/**
 * Which matchers exist, by the kind of facts that a protocol produces. A new kind is one entry here. Pure.
 */

/** A matcher over a set of names (`statement`, `reads`, …). */
export interface SetMatcherSpec {
  readonly type: "set";
  /** Groups that a pattern may name with `@`. */
  readonly labels: readonly string[];
  /** Names are compared in upper case, and may hold only letters, digits, blanks, `_` and `.`. */
  readonly upperCase?: boolean;
  /** Names have at least two parts, so a pattern without a dot could never match. */
  readonly qualified?: string;
  /** Words that stand alone for a label. */
  readonly words?: Readonly<Record<string, string>>;
  /** In an allow, leaving this matcher out means this label. `any` then lifts it. */
  readonly impliedLabel?: string;
}

/** A matcher over one value out of a closed list. */
export interface ScalarMatcherSpec {
  readonly type: "scalar";
  readonly values: readonly string[];
}

export type MatcherSpec = SetMatcherSpec | ScalarMatcherSpec;

export interface KindSpec {
  /** `Facts.kind`. */
  readonly kind: string;
  /** The protocols whose commands carry these facts. */
  readonly protocols: readonly string[];
  /** The set that names what the command is: what hints list, and what a rule must name to refuse housekeeping. */
  readonly commandField: string;
  readonly matchers: ReadonlyMap<string, MatcherSpec>;
}

export const KINDS: readonly KindSpec[] = [
  {
    kind: "sql",
    protocols: ["postgres"],
    commandField: "statement",
    matchers: new Map<string, MatcherSpec>([
      ["statement", { type: "set", labels: [], upperCase: true }],
      ["reads", { type: "set", labels: ["@catalog"], qualified: "public.orders" }],
      ["writes", { type: "set", labels: ["@catalog"], qualified: "public.orders" }],
      [
        "functions",
        {
          type: "set",
          labels: ["@safe"],
          qualified: "pg_catalog.now",
          words: { safe: "@safe" },
          impliedLabel: "@safe",
        },
      ],
      ["where", { type: "scalar", values: ["keyed", "present", "none", "tautology"] }],
    ]),
  },
  {
    // The toy protocol on which the contract is proven: a command is a line, its fact is its first word.
    kind: "line",
    protocols: ["line"],
    commandField: "line",
    matchers: new Map<string, MatcherSpec>([["line", { type: "set", labels: [] }]]),
  },
];

/** The facts that commands of a protocol carry; `undefined` when there are no matchers for it. */
export function kindOfProtocol(protocol: string): KindSpec | undefined {
  return KINDS.find((spec) => spec.protocols.includes(protocol));
}

/** Matchers that every kind has. */
export const COMMON_MATCHERS: readonly string[] = ["classified", "any"];
