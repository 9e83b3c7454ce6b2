/**
 * The state machine of a hold (DESIGN, Holds). Pure: time and people come with the message.
 *
 *   pending ─▶ approved ─▶ spent          an approval is used once, by the command that it was given for
 *      │  ╲       ▲
 *      │   ╲      │ enough late votes: used only by an identical command that claims it, never by itself
 *      │    ▶ withdrawn
 *      └▶ denied | expired | void          these three, and spent, never change again
 */
import { assertNever } from "@gate/base";
import type { HoldRow } from "@gate/contract";

export type HoldMessage =
  | {
      readonly kind: "vote";
      readonly approver: string;
      /** Who that is beyond the name; without it the name is all there is to compare. */
      readonly identity?: ApproverIdentity;
      /** What the approver was proven to be: `github-team:acme/dba`, `oidc-group:oncall`. */
      readonly subjects: readonly string[];
      readonly vote: "approve" | "deny";
      readonly reason: string;
    }
  /** The people behind its unresolved roles, under every name. */
  | { readonly kind: "exclusions"; readonly names: readonly string[] }
  /** Its time may be over. */
  | { readonly kind: "expire" }
  /** The waiting client went away or took the command back. */
  | { readonly kind: "withdraw" }
  /** The session ended, was revoked, or its policy changed. */
  | { readonly kind: "void" }
  /** The waiting command is about to be forwarded. */
  | ({ readonly kind: "spend" } & HoldBinding)
  /** An identical command came after the first client had gone. */
  | ({ readonly kind: "claim" } & HoldBinding);

/** A person as one login knows them. */
export interface ApproverIdentity {
  /** What never changes: `oidc:<issuer>#<sub>`, `github:583231`, `token:alice`. */
  readonly id: string;
  /** Which login vouches for the id. Two logins of one person can only be told from two people through an alias. */
  readonly realm: string;
  /** Other names of the same person: login, e-mail address, `github-id:583231`. */
  readonly aliases: readonly string[];
}

/** What an approval is bound to; the policy is pinned for the session's life. */
export interface HoldBinding {
  readonly digest: string;
  readonly sessionId: string;
  readonly grant?: string;
}

export type HoldRefusalCode =
  /** This person has voted on it already. */
  | "ALREADY_VOTED"
  /** None of the approver's subjects is in `from`. */
  | "NOT_ELIGIBLE"
  /** The approver is one of those whom the policy keeps out. */
  | "EXCLUDED"
  /** Voters came through different logins and nothing tells whether they are one person. */
  | "NOT_COMPARABLE"
  /** Who wrote the change is not known yet, so nobody can be told from its authors. */
  | "EXCLUSIONS_UNKNOWN"
  /** Bots never count. */
  | "BOT"
  /** The hold was answered already, or ended. */
  | "RESOLVED"
  /** The time to answer is over; the hold has moved to `expired`. */
  | "EXPIRED"
  /** The time to answer is not over yet. */
  | "NOT_DUE"
  /** Nobody approved it (yet). */
  | "NOT_APPROVED"
  /** The approval was used already. */
  | "ALREADY_SPENT"
  /** The approval is for another command. */
  | "DIGEST_MISMATCH"
  /** The approval is for another session. */
  | "SESSION_MISMATCH"
  /** The approval is for another grant. */
  | "GRANT_MISMATCH"
  /** The approval is older than CLAIM_MS_MAX; the hold has moved to `expired`. */
  | "CLAIM_TOO_LATE";

export type StepResult =
  | { readonly ok: true; readonly hold: HoldRow }
  /** `hold` is the very same object unless the message showed that its time is over. */
  | { readonly ok: false; readonly code: HoldRefusalCode; readonly message: string; readonly hold: HoldRow };

/** How long an approval may wait for its command, milliseconds after the vote that completed it. */
export const CLAIM_MS_MAX = 600_000;

/** The hold after a message. Never throws and never changes its input. */
export function step(hold: HoldRow, message: HoldMessage, nowMs: number): StepResult {
  switch (message.kind) {
    case "vote":
      return vote(hold, message, nowMs);
    case "exclusions": {
      if (!isOpen(hold) || hold.unresolved === undefined) return refuse(hold, "RESOLVED");
      const { unresolved: _found, ...known } = hold;
      return { ok: true, hold: { ...known, exclude: [...new Set([...hold.exclude, ...message.names])] } };
    }
    case "expire":
      if (hold.state === "approved") {
        return nowMs > claimableUntilMs(hold) ? moved(hold, "expired") : refuse(hold, "NOT_DUE");
      }
      if (!isOpen(hold)) return refuse(hold, "RESOLVED");
      return nowMs >= hold.expiresAtMs ? moved(hold, "expired") : refuse(hold, "NOT_DUE");
    case "withdraw":
      return hold.state === "pending" ? moved(hold, "withdrawn") : refuse(hold, "RESOLVED");
    case "void":
      return isOpen(hold) || hold.state === "approved" ? moved(hold, "void") : refuse(hold, "RESOLVED");
    case "spend":
    case "claim":
      return use(hold, message, nowMs);
    default:
      return assertNever(message);
  }
}

/** True for a hold that no message changes any more. */
export function isTerminal(hold: HoldRow): boolean {
  return !isOpen(hold) && hold.state !== "approved";
}

function vote(hold: HoldRow, message: Extract<HoldMessage, { kind: "vote" }>, nowMs: number): StepResult {
  if (!isOpen(hold)) return refuse(hold, "RESOLVED");
  // The timer may fire late, a vote must not profit from that.
  if (nowMs >= hold.expiresAtMs) return refuse({ ...hold, state: "expired" }, "EXPIRED");
  const person = personOf(message.approver);
  if (person.endsWith("[bot]")) return refuse(hold, "BOT");
  if (person === "" || !message.subjects.some((subject) => hold.from.includes(subject))) {
    return refuse(hold, "NOT_ELIGIBLE");
  }
  const names = namesOf(message);
  if (names.some((name) => name.endsWith("[bot]"))) return refuse(hold, "BOT");
  if (hold.exclude.some((name) => names.includes(personOf(name)))) return refuse(hold, "EXCLUDED");
  if (hold.votes.some((earlier) => hasVoted(earlier, message))) return refuse(hold, "ALREADY_VOTED");
  const { approver, reason, identity } = message;
  if (message.vote === "approve" && hold.unresolved !== undefined) return refuse(hold, "EXCLUSIONS_UNKNOWN");
  if (message.vote === "approve" && hold.votes.some((earlier) => !areComparable(earlier, message))) {
    return refuse(hold, "NOT_COMPARABLE");
  }
  const one = { approver, ...(identity === undefined ? {} : { identity }), vote: message.vote, reason, atMs: nowMs };
  const votes = [...hold.votes, one];
  if (message.vote === "deny") return { ok: true, hold: { ...hold, votes, state: "denied" } };
  // No two votes of a hold share a name: each is another person.
  return { ok: true, hold: votes.length >= hold.count ? { ...hold, votes, state: "approved" } : { ...hold, votes } };
}

interface Voter {
  readonly approver: string;
  readonly identity?: ApproverIdentity;
}

/**
 * By any name. Against a no only the ids count, where both have one: whoever takes a colleague's name to vote must not
 * keep the colleague from saying no.
 */
function hasVoted(earlier: Voter, message: Extract<HoldMessage, { kind: "vote" }>): boolean {
  if (message.vote === "deny" && earlier.identity !== undefined && message.identity !== undefined) {
    return personOf(earlier.identity.id) === personOf(message.identity.id);
  }
  const names = namesOf(message);
  return namesOf(earlier).some((name) => names.includes(name));
}

/** Every name under which a voter is known, in one spelling. */
function namesOf(voter: Voter): readonly string[] {
  const { id, aliases } = voter.identity ?? { id: voter.approver, aliases: [] };
  return [voter.approver, id, ...aliases].map(personOf);
}

/**
 * One login never gives a person two ids. Two logins may, unless both know the same outside name of everybody. Only
 * what the login vouches for counts: the name that is shown is often the person's own to choose.
 */
function areComparable(one: Voter, other: Voter): boolean {
  if (one.identity?.realm === other.identity?.realm) return true;
  return [one, other].every((voter) => voter.identity?.aliases.some((alias) => GITHUB_ALIAS.test(personOf(alias))));
}

function use(hold: HoldRow, binding: HoldBinding, nowMs: number): StepResult {
  if (hold.state === "spent") return refuse(hold, "ALREADY_SPENT");
  if (hold.state !== "approved") return refuse(hold, "NOT_APPROVED");
  if (binding.sessionId !== hold.sessionId) return refuse(hold, "SESSION_MISMATCH");
  if (binding.grant !== undefined && binding.grant !== hold.grant) return refuse(hold, "GRANT_MISMATCH");
  if (binding.digest !== hold.commandDigest) return refuse(hold, "DIGEST_MISMATCH");
  if (nowMs > claimableUntilMs(hold)) return refuse({ ...hold, state: "expired" }, "CLAIM_TOO_LATE");
  return moved(hold, "spent");
}

/** A withdrawn hold still takes votes: nothing waits for it, but an identical command may claim the approval. */
function isOpen(hold: HoldRow): boolean {
  return hold.state === "pending" || hold.state === "withdrawn";
}

function claimableUntilMs(hold: HoldRow): number {
  const last = hold.votes.at(-1);
  return last === undefined ? -Infinity : last.atMs + CLAIM_MS_MAX;
}

/** Two spellings of one login are one person: GitHub and most directories ignore case. */
function personOf(name: string): string {
  return name.normalize("NFKC").trim().toLowerCase();
}

function moved(hold: HoldRow, state: HoldRow["state"]): StepResult {
  return { ok: true, hold: { ...hold, state } };
}

function refuse(hold: HoldRow, code: HoldRefusalCode): StepResult {
  const message = MESSAGES[code];
  return { ok: false, code, message: code === "RESOLVED" ? `${message} (${hold.state})` : message, hold };
}

/** Alias of a person whose GitHub account is known. */
const GITHUB_ALIAS = /^github-user:[a-z0-9_-]+$/;

const MESSAGES: Readonly<Record<HoldRefusalCode, string>> = {
  ALREADY_VOTED: "you have voted on this hold already; another approver has to",
  NOT_ELIGIBLE: "you are in none of the groups that may approve this; ask somebody who is",
  EXCLUDED: "whoever started or wrote a change cannot approve it; ask somebody else",
  NOT_COMPARABLE: "others voted through another login, and nothing tells that you are not one of them; use their login",
  EXCLUSIONS_UNKNOWN: "who wrote the change is still being looked up; try again in a moment",
  BOT: "bots cannot approve; a person has to",
  RESOLVED: "this hold has its answer already",
  EXPIRED: "the time to answer is over; run the command again",
  NOT_DUE: "the time to answer is not over yet",
  NOT_APPROVED: "nobody approved this hold",
  ALREADY_SPENT: "this approval was used already; run the command again to ask anew",
  DIGEST_MISMATCH: "this approval is for another command",
  SESSION_MISMATCH: "this approval is for another session",
  GRANT_MISMATCH: "this approval is for another grant",
  CLAIM_TOO_LATE: "this approval is too old; run the command again to ask anew",
};
