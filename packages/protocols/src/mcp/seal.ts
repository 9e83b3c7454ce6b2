/**
 * What the target hands out and takes back, bound to one gate session and grant: ids of MCP sessions and of events,
 * and of the target's own requests. Nothing is kept: a MAC under the session's own key goes with the id, so an id that
 * was issued through another session is not accepted here. Touches node:crypto only.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Gate } from "@gate/contract";

export type Sealed = "session" | "event" | "request";

/** @param scope what else it belongs to, such as the MCP session */
export function seal(gate: Pick<Gate, "maskKey" | "grant">, what: Sealed, value: string, scope = ""): string {
  return `${mac(gate, what, value, scope)}.${value}`;
}

/** The value behind a seal; `undefined` when it was not made here. */
export function unseal(
  gate: Pick<Gate, "maskKey" | "grant">,
  what: Sealed,
  sealed: string,
  scope = "",
): string | undefined {
  if (sealed.length <= MAC_CHARS || sealed[MAC_CHARS] !== ".") return undefined;
  const value = sealed.slice(MAC_CHARS + 1);
  const expected = Buffer.from(mac(gate, what, value, scope));
  const given = Buffer.from(sealed.slice(0, MAC_CHARS));
  return given.length === expected.length && timingSafeEqual(given, expected) ? value : undefined;
}

function mac(gate: Pick<Gate, "maskKey" | "grant">, what: Sealed, value: string, scope: string): string {
  const hmac = createHmac("sha256", gate.maskKey("session"));
  for (const part of ["seal of an id", what, gate.grant, scope, value]) {
    hmac.update(`${Buffer.byteLength(part)}:`).update(part);
  }
  return hmac.digest("base64url").slice(0, MAC_CHARS);
}

/** 132 bits. */
const MAC_CHARS = 22;
