/** Policy's answer and the conditions attached to it. Types only. There is no zero value: nothing allows by accident. */

export type RuleId = string;

export type MaskAction =
  | { readonly kind: "redact" }
  | { readonly kind: "null" }
  | { readonly kind: "hash" }
  | { readonly kind: "tokenize"; readonly scope: "session" | "gateway" }
  | { readonly kind: "partial"; readonly keepFirst: number; readonly keepLast: number };

/** One line of a policy's mask list. Where several reach one value, the strongest action wins. */
export type Mask = ColumnMask | JsonMask | DetectMask;

export interface ColumnMask {
  readonly kind: "column";
  /** `schema.table.column`. */
  readonly column: string;
  readonly action: MaskAction;
  /** For a result that cannot be shown not to come from this column. Absent: redact. */
  readonly onUnknownOrigin?: "redact" | "deny";
  /**
   * For a command that tests this column (WHERE, JOIN, ORDER BY …): its answer tells the value bit by bit. Absent: deny.
   * The protocol names such columns in the fact `predicates`; policy then denies or holds by itself.
   */
  readonly onPredicate?: "allow" | "hold" | "deny";
  /** Who may answer; present exactly when `onPredicate` is "hold". */
  readonly approval?: ApprovalSpec;
}

export interface JsonMask {
  readonly kind: "json";
  /** `$.customer.ssn`, `$.items[*].card`. */
  readonly path: string;
  readonly action: MaskAction;
}

/** Values found by their look. At least one of `detectors`, `patterns` and `dictionaries` is not empty. */
export interface DetectMask {
  readonly kind: "detect";
  /** Names out of `DetectorName`. */
  readonly detectors: readonly string[];
  /** RE2 sources, compiled once by the policy to be sure that they are such; they never match an empty text. */
  readonly patterns?: readonly { readonly name: string; readonly re2: string }[];
  /** Words that are found as whole words, in any case. */
  readonly dictionaries?: readonly { readonly name: string; readonly words: readonly string[] }[];
  /** A match counts only in a column or key whose name has one of these words in it (in any case). Absent: everywhere. */
  readonly context?: readonly string[];
  /** Columns in which something is known to look like a secret and to be none. */
  readonly ignore?: readonly MaskIgnore[];
  readonly action: MaskAction;
}

export interface MaskIgnore {
  /** `schema.table.column`. */
  readonly column: string;
  /** Names of detectors, patterns or dictionaries; absent: all of the mask. */
  readonly detectors?: readonly string[];
  readonly reason: string;
  /** From then on it is ignored no longer: the mask counts again. */
  readonly expiresMs: number;
}

/** The built-in detectors. */
export type DetectorName =
  | "credit_card"
  | "iban"
  | "email"
  | "us_ssn"
  | "phone"
  | "ipv4"
  | "ipv6"
  | "jwt"
  | "private_key"
  | "aws_key"
  | "github_token"
  | "gitlab_token"
  | "slack_token"
  | "stripe_key"
  | "google_key"
  | "anthropic_key"
  | "openai_key";

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
