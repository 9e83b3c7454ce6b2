/** Policy's answer and the conditions attached to it. Types only. There is no zero value: nothing allows by accident. */

export type RuleId = string;

export type MaskAction =
  | { readonly kind: "redact" }
  | { readonly kind: "null" }
  | { readonly kind: "hash" }
  | { readonly kind: "tokenize"; readonly scope: "session" | "gateway" }
  | { readonly kind: "partial"; readonly keepFirst: number; readonly keepLast: number };

/** One line of a policy's mask list. */
export type Mask =
  | { readonly kind: "column"; readonly column: string; readonly action: MaskAction }
  | { readonly kind: "json"; readonly path: string; readonly action: MaskAction }
  | { readonly kind: "detect"; readonly detectors: readonly string[]; readonly action: MaskAction };

/** Bounds of a grant; an absent one is unbounded by policy (the engine's own bounds still hold). */
export interface Limits {
  /** Rows returned, a command. */
  readonly rows?: number;
  /** Rows written, a command. */
  readonly affected?: number;
  /** Result bytes, a command. */
  readonly bytes?: number;
  /** Commands a second over the grant: a token bucket of this size and refill. */
  readonly ratePerSecond?: number;
  /** Open connections of the grant. */
  readonly concurrent?: number;
  readonly statementTimeMs?: number;
  readonly idleTimeMs?: number;
  /** Recording bytes of the whole session. */
  readonly sessionBytes?: number;
}

export type Obligation =
  { readonly kind: "mask"; readonly masks: readonly Mask[] } | { readonly kind: "limit"; readonly limits: Limits };

export interface ApprovalSpec {
  /** Name in the policy's `approvals`. */
  readonly name: string;
  /** Subjects that may answer, such as `github-team:acme/dba`. */
  readonly from: readonly string[];
  /** Distinct people needed. */
  readonly count: number;
  readonly timeoutMs: number;
  /** Who may not answer: actor, triggering_actor, pr_author, commit_authors. */
  readonly exclude: readonly string[];
}

export type Verdict =
  | { readonly kind: "allow"; readonly rules: readonly RuleId[]; readonly obligations: readonly Obligation[] }
  | {
      readonly kind: "hold";
      readonly rules: readonly RuleId[];
      readonly obligations: readonly Obligation[];
      readonly approval: ApprovalSpec;
    }
  | { readonly kind: "deny"; readonly rules: readonly RuleId[]; readonly message: string; readonly hint?: string };
