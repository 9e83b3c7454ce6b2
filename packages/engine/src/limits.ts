/** Counters of a grant's limits. Pure: time arrives as a parameter. */
import type { Limits } from "@gate/contract";
import type { Policy } from "@gate/policy";

/** A token bucket that holds one second's worth of commands. */
export class RateBucket {
  readonly #perSecond: number;
  #tokens: number;
  #lastMs: number;

  constructor(perSecond: number, nowMs: number) {
    this.#perSecond = perSecond;
    this.#tokens = Math.max(1, perSecond);
    this.#lastMs = nowMs;
  }

  /** Takes one token; false when there is none. */
  take(nowMs: number): boolean {
    const elapsedMs = Math.max(0, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    this.#tokens = Math.min(Math.max(1, this.#perSecond), this.#tokens + (elapsedMs / 1000) * this.#perSecond);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}

/** The first limit that these totals of one command exceed, in words; undefined when none does. */
export function exceeded(limits: Limits, total: { rows: number; affected: number; bytes: number }): string | undefined {
  if (limits.rows !== undefined && total.rows > limits.rows) return `more than ${limits.rows} rows`;
  if (limits.affected !== undefined && total.affected > limits.affected) {
    return `more than ${limits.affected} affected rows`;
  }
  if (limits.bytes !== undefined && total.bytes > limits.bytes) return `more than ${limits.bytes} result bytes`;
  return undefined;
}

/** Bytes that the recording of a session with these grants may have: the least of their `session_bytes`. */
export function recordingBytes(policy: Policy, grants: readonly string[]): number | undefined {
  const sizes = grants.map((name) => policy.grants.get(name)?.limits.sessionBytes).filter((size) => size !== undefined);
  return sizes.length === 0 ? undefined : Math.min(...sizes);
}
