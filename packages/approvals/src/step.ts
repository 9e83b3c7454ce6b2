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
      /** What the approver was proven to be: `github-team:acme/dba`, `oidc-group:oncall`. */
      readonly subjects: readonly string[];
      readonly vote: "approve" | "deny";
      readonly reason: string;
    }
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
  if (hold.exclude.some((name) => personOf(name) === person)) return refuse(hold, "EXCLUDED");
  if (hold.votes.some((earlier) => personOf(earlier.approver) === person)) return refuse(hold, "ALREADY_VOTED");
  const { approver, reason } = message;
  const votes = [...hold.votes, { approver, vote: message.vote, reason, atMs: nowMs }];
  if (message.vote === "deny") return { ok: true, hold: { ...hold, votes, state: "denied" } };
  const people = new Set(votes.filter((each) => each.vote === "approve").map((each) => personOf(each.approver)));
  return { ok: true, hold: people.size >= hold.count ? { ...hold, votes, state: "approved" } : { ...hold, votes } };
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

const MESSAGES: Readonly<Record<HoldRefusalCode, string>> = {
  ALREADY_VOTED: "you have voted on this hold already; another approver has to",
  NOT_ELIGIBLE: "you are in none of the groups that may approve this; ask somebody who is",
  EXCLUDED: "whoever started or wrote a change cannot approve it; ask somebody else",
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
