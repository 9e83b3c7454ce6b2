/** Who acts, and what they were given. Types only. */

/** The job behind a session, from its verified subject token. */
export interface Principal {
  readonly kind: "job";
  /** Exact issuer URL of the subject token. */
  readonly issuer: string;
  /** For people: `acme/shop run 17.1 (deploy) by octocat`. */
  readonly display: string;
  /** String and number claims of the subject token as strings (repository_id, run_id, actor_id, environment …). */
  readonly claims: Readonly<Record<string, string>>;
}

export interface Session {
  readonly id: string;
  /** Name of the trust rule that let it in. */
  readonly trustRule: string;
  readonly principal: Principal;
  readonly grants: readonly string[];
  /** SHA-256 hex of the policy file, pinned for the session's life. */
  readonly policyDigest: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** Renewal never reaches beyond this. */
  readonly maxExpiresAtMs: number;
  /** RFC 7638 thumbprint of the daemon's key. */
  readonly jkt: string;
  /** SHA-256 hex of (issuer, repository_id, run_id, run_attempt, check_run_id). */
  readonly latch: string;
  readonly state: "open" | "closed" | "revoked" | "expired";
  /** Where the engine runs; every recording says it. */
  readonly mode: "gateway" | "embedded";
}

/** How sure the gate is of which child made a connection. */
export interface Lineage {
  readonly strength: "endpoint" | "kernel" | "observed";
  readonly endpoint: string;
}

/** A policy's trust rule: which subject tokens may be exchanged, and for what. */
export interface TrustRule {
  readonly name: string;
  /** Exact issuer URL (aliases of gateway.yaml are already resolved). */
  readonly issuer: string;
  /** Any one of these must be the token's audience, exactly. */
  readonly audience: readonly string[];
  /** Every claim must match one of its globs (`*` any run of characters without `/`, `**` any, anchored at both ends). */
  readonly claims: Readonly<Record<string, readonly string[]>>;
  readonly ttlMs: number;
  readonly maxTtlMs: number;
  readonly grants: readonly string[];
}
