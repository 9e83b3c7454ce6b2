/** The JSON that the API answers with: one place for its names. Pure. */
import type { HoldRow, Session } from "@gate/contract";
import type { LiveSession } from "@gate/engine";

export interface SessionView {
  readonly id: string;
  readonly state: Session["state"];
  readonly trust_rule: string;
  readonly principal: string;
  readonly grants: readonly string[];
  readonly policy_digest: string;
  readonly issued_at: string;
  readonly expires_at: string;
  readonly max_expires_at: string;
  /** Absent when the session has ended. */
  readonly connections?: number;
  readonly verdicts?: Readonly<Record<"allow" | "hold" | "deny", number>>;
  /** What verdicts of grants with `mode: observe` would have been. */
  readonly observed?: Readonly<Record<"allow" | "hold" | "deny", number>>;
  readonly entries?: number;
  /** Present once sealed. */
  readonly root?: string;
  /** For the session itself, while it is open: its commands that wait for people, oldest first. */
  readonly pending_holds?: readonly PendingHoldView[];
}

/** What a job may know of its own waiting command: where people answer, and nothing of who they are. */
export interface PendingHoldView {
  readonly id: string;
  readonly url: string;
  readonly rule: string;
  readonly target: string;
}

export interface HoldView {
  readonly id: string;
  readonly session_id: string;
  readonly grant: string;
  readonly target: string;
  readonly rule: string;
  readonly approval: string;
  readonly from: readonly string[];
  readonly exclude: readonly string[];
  /** Roles whose people are still looked up; present while nobody can approve because of it. */
  readonly unresolved?: readonly string[];
  readonly count: number;
  readonly command_digest: string;
  readonly command_text: string;
  readonly policy_digest: string;
  readonly principal: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly state: HoldRow["state"];
  readonly votes: readonly {
    readonly approver: string;
    readonly vote: "approve" | "deny";
    readonly reason: string;
    readonly at: string;
  }[];
}

export function sessionView(session: Session, live: LiveSession | undefined): SessionView {
  return {
    id: session.id,
    state: session.state,
    trust_rule: session.trustRule,
    principal: session.principal.display,
    grants: session.grants,
    policy_digest: session.policyDigest,
    issued_at: iso(session.issuedAtMs),
    expires_at: iso(session.expiresAtMs),
    max_expires_at: iso(session.maxExpiresAtMs),
    ...live,
  };
}

/** In a list: the beginning of the command, with a mark where there is more. The whole is on the hold's own page. */
export function listedHoldView(hold: HoldRow): HoldView {
  const view = holdView(hold);
  if (view.command_text.length <= LISTED_CHARS_MAX) return view;
  return { ...view, command_text: `${view.command_text.slice(0, LISTED_CHARS_MAX)}…` };
}

export function pendingHoldView(hold: HoldRow, url: string): PendingHoldView {
  return { id: hold.id, url, rule: hold.rule, target: hold.target };
}

export function holdView(hold: HoldRow): HoldView {
  return {
    id: hold.id,
    session_id: hold.sessionId,
    grant: hold.grant,
    target: hold.target,
    rule: hold.rule,
    approval: hold.approvalName,
    from: hold.from,
    exclude: hold.exclude,
    ...(hold.unresolved === undefined ? {} : { unresolved: hold.unresolved }),
    count: hold.count,
    command_digest: hold.commandDigest,
    command_text: hold.commandText,
    policy_digest: hold.policyDigest,
    principal: hold.principal,
    created_at: iso(hold.createdAtMs),
    expires_at: iso(hold.expiresAtMs),
    state: hold.state,
    votes: hold.votes.map(({ approver, vote, reason, atMs }) => ({ approver, vote, reason, at: iso(atMs) })),
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** Characters of a command in a list of holds. */
const LISTED_CHARS_MAX = 4_096;
