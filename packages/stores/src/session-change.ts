/** The one rule about changes of a session that every store keeps. Pure. */
import type { Session } from "@gate/contract";
import { StoreError } from "./errors.ts";

export interface SessionChange {
  readonly expiresAtMs?: number;
  readonly state?: Session["state"];
}

/**
 * The session after a change. A session that ended stays ended: a renewal that races with a revocation loses.
 * @throws {StoreError} SESSION_ENDED.
 */
export function changeSession(session: Session, change: SessionChange): Session {
  if (session.state !== "open" && (change.state === "open" || change.expiresAtMs !== undefined)) {
    throw new StoreError("SESSION_ENDED", "peer-wrong", "the session ended; exchange a token for a new one");
  }
  return {
    ...session,
    expiresAtMs: change.expiresAtMs ?? session.expiresAtMs,
    state: change.state ?? session.state,
  };
}

export function unknownSession(): StoreError {
  return new StoreError("SESSION_UNKNOWN", "bug", "the store has no such session");
}

export function existingSession(): StoreError {
  return new StoreError("SESSION_EXISTS", "bug", "a session of this id exists already");
}

export function closedStore(): StoreError {
  return new StoreError("STORE_CLOSED", "bug", "the store was closed");
}

/** Rows that one listing gives, the newest ones. */
export const LIST_ROWS_MAX = 10_000;

/** Documents of one kind that a list gives. */
export const DOCUMENTS_MAX = 10_000;
