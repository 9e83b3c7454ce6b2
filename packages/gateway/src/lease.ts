/**
 * One gateway a store: two would each take up the other's sessions and write into one recording. Kept in the store as a
 * lease that is renewed; a gateway that died on this machine is seen to be dead at once, one elsewhere after a while.
 * Whatever is written asks first whether the lease is still held (fence.ts): a gateway that was stopped, paused or cut
 * off while another one took the store must not go on where it was. Touches the store, and asks the system whether a
 * process lives.
 */
import { messageOf, type Clock } from "@gate/base";
import type { Store } from "@gate/contract";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { GatewayError } from "./errors.ts";
import type { Log } from "./log.ts";

export interface Lease {
  /** Another gateway has the store. */
  readonly lost: boolean;
  /** Cheap but for once in CHECK_MS. @throws {GatewayError} STORE_LOST: nothing may be written any more */
  assertHeld(): void;
  /** Lets another gateway have the store. */
  release(): Promise<void>;
}

interface Holder {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  /** When the process began, as its own machine counts: process numbers are given again. */
  readonly started?: string;
  readonly since: string;
  readonly untilMs: number;
  /** It has let go. The document stays: one that is missing could not be told from one that was never ours. */
  readonly released?: true;
}

export interface LeaseOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** This process slept so long that another gateway took the store: it must not write into it any more. */
  readonly onLost?: () => void;
  /** Parts that tests replace. */
  readonly host?: string;
  readonly pid?: number;
  readonly lives?: (pid: number) => boolean;
  readonly started?: (pid: number) => string | undefined;
  readonly wait?: (ms: number) => Promise<void>;
}

/** @throws {GatewayError} STORE_IN_USE */
export async function takeLease(options: LeaseOptions): Promise<Lease> {
  const { store, clock } = options;
  const { host = hostname(), pid = process.pid, started = startTime, wait = sleep } = options;
  const other = (await store.document(KIND, ID))?.body as Holder | undefined;
  const standing = other === undefined || other.released === true ? "free" : standingOf(other, options);
  if (other !== undefined && (standing === "lives" || standing === "leased")) {
    const who = `process ${other.pid} on ${other.host}, since ${other.since}`;
    const over = `one that died elsewhere is forgotten after ${LEASE_MS / 1000} s`;
    const next = `stop it, or give this one a store of its own; ${standing === "lives" ? "it lives, even if it does not answer" : over}`;
    throw new GatewayError("STORE_IN_USE", `another gateway uses this store (${who}): ${next}`);
  }
  await claim(store, other?.id ?? "nobody", clock.now());
  const began = started(pid);
  const holder: Omit<Holder, "untilMs"> = {
    id: randomUUID(),
    host,
    pid,
    ...(began === undefined ? {} : { started: began }),
    since: new Date(clock.now()).toISOString(),
  };
  const lease = new HeldLease(holder, options);
  await lease.write();
  if (standing === "over") await wait(SETTLE_MS);
  if (((await store.document(KIND, ID))?.body as Holder | undefined)?.id !== holder.id) {
    throw new GatewayError("STORE_IN_USE", "another gateway took this store at the same moment: start one of them");
  }
  lease.renewLater();
  return lease;
}

/** Of several that start at the same moment after the same one, one gets it. */
async function claim(store: Store, before: string, nowMs: number): Promise<void> {
  const slot = Math.floor(nowMs / CLAIM_MS);
  for (const each of [slot, slot + 1]) {
    if (await store.useJti("gateway-lease", `${before} ${each}`, (each + 2) * CLAIM_MS)) continue;
    const next = `start one of them, or wait ${(2 * CLAIM_MS) / 1000} s`;
    throw new GatewayError("STORE_IN_USE", `another gateway is taking this store at this moment: ${next}`);
  }
}

/**
 * `lives`: for sure, whatever its lease says. `leased`: nobody knows, and its time is not over. `dead`: for sure.
 * `over`: nobody knows, and its time is over.
 */
function standingOf(other: Holder, options: LeaseOptions): "lives" | "leased" | "dead" | "over" {
  const { host = hostname(), pid = process.pid, lives = isAlive, started = startTime, clock } = options;
  const byTime = other.untilMs > clock.now() ? "leased" : "over";
  if (other.host !== host) return byTime;
  if (other.pid === pid) {
    // A number that is ours now was somebody else's before: the first process of a container always has the same one.
    return other.started === undefined || other.started === started(pid) ? "dead" : "over";
  }
  if (!lives(other.pid)) return "dead";
  const began = started(other.pid);
  if (other.started === undefined || began === undefined) return byTime;
  return began === other.started ? "lives" : "dead";
}

class HeldLease implements Lease {
  readonly #holder: Omit<Holder, "untilMs">;
  readonly #options: LeaseOptions;
  #cancel: () => void = () => undefined;
  #lost = false;
  #released = false;
  #seen = { wallMs: 0, monotonicMs: 0 };
  #renewedMs = 0;

  constructor(holder: Omit<Holder, "untilMs">, options: LeaseOptions) {
    this.#holder = holder;
    this.#options = options;
  }

  get lost(): boolean {
    return this.#lost;
  }

  async write(): Promise<void> {
    const { store, clock } = this.#options;
    const untilMs = clock.now() + LEASE_MS;
    await store.putDocument(KIND, ID, { ...this.#holder, untilMs } satisfies Holder);
    this.#renewedMs = clock.monotonic();
    this.#see();
  }

  renewLater(): void {
    const { clock, log, store } = this.#options;
    this.#cancel = clock.after(RENEW_MS, () => {
      this.renewLater();
      const done = store.document(KIND, ID).then((found) => {
        if (this.#lost || this.#released) return undefined;
        if (this.#isOurs(found?.body)) return this.write();
        this.#lose();
        return undefined;
      });
      done.catch((error: unknown) => log.error({ error: messageOf(error) }, "the store's lease was not renewed"));
    });
  }

  assertHeld(): void {
    if (this.#lost) throw lostStore();
    const { clock, store } = this.#options;
    // Either clock may stand still while the machine or the process does.
    const wallMs = Math.abs(clock.now() - this.#seen.wallMs);
    if (wallMs < CHECK_MS && clock.monotonic() - this.#seen.monotonicMs < CHECK_MS) return;
    const unsure = clock.monotonic() - this.#renewedMs >= LEASE_MS / 2;
    let found: unknown;
    try {
      if (store.documentNow === undefined) {
        if (unsure) throw lostStore();
        return;
      }
      found = store.documentNow(KIND, ID)?.body;
    } catch (error) {
      if (unsure) throw error;
      return;
    }
    if (this.#isOurs(found)) this.#see();
    else {
      this.#lose();
      throw lostStore();
    }
  }

  async release(): Promise<void> {
    this.#cancel();
    this.#released = true;
    const { store } = this.#options;
    const last = (await store.document(KIND, ID))?.body as Holder | undefined;
    if (this.#isOurs(last)) await store.putDocument(KIND, ID, { ...last, released: true });
  }

  #isOurs(body: unknown): boolean {
    return (body as Holder | undefined)?.id === this.#holder.id;
  }

  #see(): void {
    const { clock } = this.#options;
    this.#seen = { wallMs: clock.now(), monotonicMs: clock.monotonic() };
  }

  #lose(): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#cancel();
    this.#options.log.error({}, "another gateway took this store while this one did not answer: this one ends");
    this.#options.onLost?.();
  }
}

function lostStore(): GatewayError {
  return new GatewayError("STORE_LOST", "another gateway has this store now: this one has ended");
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Boot and field 22 of /proc/<pid>/stat; the process name before it may hold spaces and brackets. */
function startTime(pid: number): string | undefined {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const ticks = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\)/s, "").trim().split(" ")[19];
    return ticks === undefined ? undefined : `${boot} ${ticks}`;
  } catch {
    return undefined;
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const KIND = "gateway-lease";
const ID = "lease";
/** Milliseconds for which a lease holds without being renewed. */
const LEASE_MS = 30_000;
/** Milliseconds between two renewals. */
const RENEW_MS = 10_000;
/** Milliseconds for which a look at the lease is good enough to write. */
const CHECK_MS = 1_000;
/** Milliseconds until a gateway that lives after all has looked at its lease again, before its store is used. */
const SETTLE_MS = 1_500;
/** Milliseconds within which two gateways start at the same moment. */
const CLAIM_MS = 5_000;
