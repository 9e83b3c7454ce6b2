/** Requests that wait for people, so that `notifications/cancelled` on another connection finds them. */
import type { Gate } from "@gate/contract";
import type { McpTarget } from "./target.ts";

/** @returns what takes it out again */
export function enterHeld(
  target: McpTarget,
  gate: Gate,
  session: string | undefined,
  id: string,
  abort: AbortController,
): () => void {
  let waiting = WAITING.get(target);
  if (waiting === undefined) {
    waiting = new Map<string, AbortController>();
    WAITING.set(target, waiting);
  }
  const key = keyOf(gate, session, id);
  waiting.set(key, abort);
  return () => {
    if (waiting.get(key) === abort) waiting.delete(key);
  };
}

/** True when such a request waited, and does no longer. */
export function cancelHeld(target: McpTarget, gate: Gate, session: string | undefined, id: string): boolean {
  const abort = WAITING.get(target)?.get(keyOf(gate, session, id));
  abort?.abort("cancelled");
  return abort !== undefined;
}

/** Only a client of the same session and grant can take a request back. */
function keyOf(gate: Gate, session: string | undefined, id: string): string {
  return JSON.stringify([gate.session.id, gate.grant, session ?? "", id]);
}

/** One entry for each connection that waits: their number is bounded by the engine. */
const WAITING = new WeakMap<McpTarget, Map<string, AbortController>>();
