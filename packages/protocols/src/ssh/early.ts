/**
 * Whether the connection to a target may begin before its client has signed in. That hides the target's handshake; but whoever
 * reaches a job's port could keep every place that the target has for those who have not signed in (sshd's MaxStartups), or have
 * it shut the gateway out (PerSourcePenalties). Pure over the clock.
 */
import type { Clock } from "@gate/base";

export class EarlyDials {
  #pending = 0;
  /** When clients left without signing in, the latest ones. */
  #wasted: number[] = [];

  /** Undefined: not before the client has signed in. The function is to be told once whether it did. */
  begin(clock: Clock): ((used: boolean) => void) | undefined {
    const now = clock.monotonic();
    this.#wasted = this.#wasted.filter((at) => now - at < WASTED_MS);
    if (this.#pending >= PENDING_MAX || this.#wasted.length >= WASTED_MAX) return undefined;
    this.#pending += 1;
    let told = false;
    return (used) => {
      if (told) return;
      told = true;
      this.#pending -= 1;
      if (!used) this.#wasted.push(clock.monotonic());
    };
  }
}

/** Of a target, over all jobs. */
export function earlyDialsOf(target: object): EarlyDials {
  const known = targets.get(target) ?? new EarlyDials();
  targets.set(target, known);
  return known;
}

const targets = new WeakMap<object, EarlyDials>();
/** Connections to one target whose clients have not signed in yet. */
const PENDING_MAX = 8;
/** Of those that were for nothing, so many within WASTED_MS before each client must sign in first. */
const WASTED_MAX = 3;
const WASTED_MS = 60_000;
