/**
 * Cancel keys that gate gives to its clients, and cancel requests that it sends to the target.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 *
 * The target's own keys never reach a client: whoever holds one could cancel from anywhere. Touches randomness and, for
 * `sendCancel`, a connection of its own.
 */
import { randomBytes, randomInt, timingSafeEqual } from "node:crypto";
import type { Gate, Upstream } from "@gate/contract";
import { PostgresError } from "./errors.ts";
import { cancelRequest } from "./startup-packet.ts";
import type { PostgresTarget } from "./target.ts";
import { secureUpstream } from "./upstream-tls.ts";

export interface CancelKey {
  readonly pid: number;
  /** 4 bytes for protocol 3.0, 32 for 3.2. */
  readonly secret: Uint8Array;
  /** Forgets the key. Idempotent. */
  release(): void;
}

export interface CancelRegistry {
  /** @throws {PostgresError} LIMIT_REACHED when CANCEL_KEYS_MAX connections hold one. */
  register(sessionId: string, onCancel: () => void, protocolMinor?: 0 | 2): CancelKey;
  /** Runs the connection's `onCancel` if the key is right and belongs to the same session; otherwise does nothing. */
  cancel(sessionId: string, pid: number, secret: Uint8Array): boolean;
}

export function cancelRegistry(): CancelRegistry {
  const held = new Map<number, { sessionId: string; secret: Buffer; onCancel: () => void }>();
  return {
    register(sessionId, onCancel, protocolMinor = 0) {
      if (held.size >= CANCEL_KEYS_MAX) {
        throw new PostgresError("operator", "LIMIT_REACHED", "53300", "gate: too many connections");
      }
      let pid = randomInt(1, 0x7fff_ffff);
      while (held.has(pid)) pid = randomInt(1, 0x7fff_ffff);
      const secret = randomBytes(protocolMinor === 0 ? 4 : 32);
      held.set(pid, { sessionId, secret, onCancel });
      return { pid, secret: Uint8Array.from(secret), release: () => void held.delete(pid) };
    },
    cancel(sessionId, pid, secret) {
      const found = held.get(pid);
      const expected = found?.secret ?? UNKNOWN;
      const same = expected.length === secret.length && timingSafeEqual(expected, secret);
      if (found === undefined || !same || found.sessionId !== sessionId) return false;
      found.onCancel();
      return true;
    },
  };
}

/**
 * Asks the target to cancel what the backend is doing, on a connection of its own, with TLS where the target has it.
 * Resolves when the target has closed the connection, which is all the answer there is, or after CANCEL_MS_MAX.
 * @throws {PostgresError} UPSTREAM_TLS; EngineError TARGET_UNREACHABLE.
 */
export async function sendCancel(
  dial: () => Promise<Upstream>,
  target: PostgresTarget,
  gate: Pick<Gate, "housekeeping" | "clock">,
  pid: number,
  secret: Uint8Array,
): Promise<void> {
  const upstream = await dial();
  let stop = (): void => undefined;
  try {
    const { reader } = await secureUpstream(
      upstream,
      target,
      (name, bytes) => gate.housekeeping(name, bytes),
      gate.clock,
    );
    upstream.send(gate.housekeeping("cancel", cancelRequest(pid, secret)));
    upstream.flush();
    stop = gate.clock.after(CANCEL_MS_MAX, () => upstream.destroy());
    await reader.closed;
  } finally {
    stop();
    upstream.destroy();
  }
}

/** Connections that may hold a cancel key at once. */
const CANCEL_KEYS_MAX = 100_000;
/** How long the target may take to close the connection of a cancel request, in milliseconds. */
const CANCEL_MS_MAX = 5_000;

const UNKNOWN = Buffer.alloc(4);
