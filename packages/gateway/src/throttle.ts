/** Counts per address (of IPv6: per /64) within a window, bounded in memory. Pure. */
import type { Clock } from "@gate/base";
import { networkOf } from "./network.ts";

export class Throttle {
  readonly #clock: Clock;
  readonly #windowMs: number;
  readonly #max: number;
  readonly #counts = new Map<string, { startedAtMs: number; count: number }>();

  constructor(clock: Clock, options: { readonly windowMs: number; readonly max: number }) {
    this.#clock = clock;
    this.#windowMs = options.windowMs;
    this.#max = options.max;
  }

  /** True while the address has used up its window. */
  blocked(address: string): boolean {
    const entry = this.#current(address);
    return entry !== undefined && entry.count >= this.#max;
  }

  add(address: string): void {
    const entry = this.#current(address);
    if (entry !== undefined) {
      entry.count += 1;
      return;
    }
    if (this.#counts.size >= THROTTLED_ADDRESSES_MAX) {
      const oldest = this.#counts.keys().next().value;
      if (oldest !== undefined) this.#counts.delete(oldest);
    }
    this.#counts.set(networkOf(address), { startedAtMs: this.#clock.monotonic(), count: 1 });
  }

  #current(address: string): { startedAtMs: number; count: number } | undefined {
    const network = networkOf(address);
    const entry = this.#counts.get(network);
    if (entry === undefined || this.#clock.monotonic() - entry.startedAtMs < this.#windowMs) return entry;
    this.#counts.delete(network);
    return undefined;
  }
}

/** Addresses whose failures are counted at once; the oldest is forgotten first. */
const THROTTLED_ADDRESSES_MAX = 10_000;
