/**
 * Refusals and holds as PostgreSQL clients see them, and the text that takes a refused message's place. Pure.
 *
 * A refused Query or Parse is replaced by text that the server's own parser rejects; the gate then puts its own error in
 * place of the server's. So the server itself skips to Sync, rolls back, and reports the right transaction status.
 */
import type { HeldView, Refusal } from "@gate/contract";
import { messageFrame, parseFrame, queryFrame } from "./wire.ts";

/** The ErrorResponse of a refusal: 42501, or 57014 when the client took a held command back. */
export function refusalFrame(refusal: Refusal): Buffer {
  return messageFrame({
    severity: "ERROR",
    sqlstate: refusal.reason === "cancelled" ? "57014" : "42501",
    message: refusal.message,
    detail: refusal.detail,
    hint: refusal.hint,
  });
}

/** The NoticeResponse that tells a waiting client where a person can answer. */
export function heldFrame(held: HeldView): Buffer {
  return messageFrame({
    severity: "NOTICE",
    sqlstate: "00000",
    message: `gate: held for approval ${held.id}: ${held.url}`,
  });
}

/** A syntax error under every setting and in every version, so nothing of it is ever run. */
const REJECTED = "] gate: refused";

export const SUBSTITUTE_QUERY: Uint8Array = queryFrame(REJECTED);
/** It has a name, because a Parse without one would drop the client's unnamed statement; it is never created. */
export const SUBSTITUTE_PARSE: Uint8Array = parseFrame("gate_denied", REJECTED);
