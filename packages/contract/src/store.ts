/** What the gateway keeps between requests and restarts. Types only. Implementations: memory, sqlite. */
import type { Facts } from "./facts.ts";
import type { Session } from "./session.ts";

export interface HoldRow {
  readonly id: string;
  readonly sessionId: string;
  readonly grant: string;
  readonly target: string;
  readonly rule: string;
  readonly approvalName: string;
  readonly from: readonly string[];
  readonly exclude: readonly string[];
  /** Roles of `exclude` whose people are not known yet: until then nobody can approve. */
  readonly unresolved?: readonly string[];
  readonly count: number;
  readonly commandDigest: string;
  readonly commandText: string;
  readonly policyDigest: string;
  readonly principal: string;
  /** The principal's claims, as approvers see them. */
  readonly claims?: Readonly<Record<string, string>>;
  /** What the command does, as the policy saw it. */
  readonly facts?: Facts;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly state: "pending" | "approved" | "spent" | "denied" | "expired" | "withdrawn" | "void";
  readonly votes: readonly HoldVote[];
}

export interface HoldVote {
  readonly approver: string;
  /** As the approver's login vouches for it (packages/approvals, ApproverIdentity). */
  readonly identity?: { readonly id: string; readonly realm: string; readonly aliases: readonly string[] };
  readonly vote: "approve" | "deny";
  readonly reason: string;
  readonly atMs: number;
}

export interface StoredDocument {
  readonly id: string;
  readonly body: unknown;
  readonly expiresAtMs?: number;
}

export interface Store {
  /**
   * Takes the latch and the token's jti in one transaction.
   * "taken": a session of this latch exists (its id comes back). "replayed": the jti was seen before; `by` is the
   * session that the latch belongs to, when there is one. Whatever is refused changes nothing.
   */
  openSession(
    session: Session,
    jti: { readonly issuer: string; readonly id: string; readonly expiresAtMs: number },
  ): Promise<
    | { readonly result: "opened" }
    | { readonly result: "taken"; readonly by: string }
    | { readonly result: "replayed"; readonly by?: string }
  >;
  /** Uses a jti once; false when it was seen before. For renewal tokens and DPoP proofs. */
  useJti(issuer: string, id: string, expiresAtMs: number): Promise<boolean>;
  session(id: string): Promise<Session | undefined>;
  sessions(filter?: { readonly state?: Session["state"] }): Promise<readonly Session[]>;
  updateSession(
    id: string,
    change: { readonly expiresAtMs?: number; readonly state?: Session["state"] },
  ): Promise<void>;
  putHold(hold: HoldRow): Promise<void>;
  hold(id: string): Promise<HoldRow | undefined>;
  /** Newest first; at most `limit`, and never more than the store lists at once. */
  holds(filter?: {
    readonly state?: HoldRow["state"];
    readonly sessionId?: string;
    readonly limit?: number;
  }): Promise<readonly HoldRow[]>;
  /**
   * Small JSON documents of the gateway's own, by kind: people's logins, webhooks' deliveries, check runs.
   * `expiresAtMs` undefined: kept until removed. Readers compare it with their clock; `prune` removes what is over.
   */
  putDocument(kind: string, id: string, body: unknown, expiresAtMs?: number): Promise<void>;
  document(kind: string, id: string): Promise<StoredDocument | undefined>;
  /** The same at once, for what must be known before a write that cannot wait. Absent where the store is far away. */
  documentNow?(kind: string, id: string): StoredDocument | undefined;
  /** Removes and returns it in one step: of several takers one gets it. */
  takeDocument(kind: string, id: string): Promise<StoredDocument | undefined>;
  /** In the order of their ids, at most `DOCUMENTS_MAX`. */
  documents(kind: string): Promise<readonly StoredDocument[]>;
  /** Drops jtis and documents that expired before `nowMs`. */
  prune(nowMs: number): Promise<void>;
  close(): Promise<void>;
}
