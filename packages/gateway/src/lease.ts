/**
 * One gateway a store: two would each take up the other's sessions and write into one recording. Kept in the store as a
 * lease that is renewed; a gateway that died on this machine is seen to be dead at once, one elsewhere after a while.
 * Touches the store, and asks the system whether a process lives.
 */
import { messageOf, type Clock } from "@gate/base";
import type { Store } from "@gate/contract";
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { GatewayError } from "./errors.ts";
import type { Log } from "./log.ts";

export interface Lease {
  /** Lets another gateway have the store. */
  release(): Promise<void>;
}

interface Holder {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly since: string;
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
}

/** @throws {GatewayError} STORE_IN_USE */
export async function takeLease(options: LeaseOptions): Promise<Lease> {
  const { store, clock, log } = options;
  const { host = hostname(), pid = process.pid, lives = isAlive } = options;
  const found = await store.document(KIND, ID);
  const other = found?.body as Holder | undefined;
  if (other !== undefined && (found?.expiresAtMs ?? 0) > clock.now()) {
    // A number that is ours now was somebody else's before: the first process of a container always has the same one.
    const dead = other.host === host && (other.pid === pid || !lives(other.pid));
    if (!dead) {
      const who = `process ${other.pid} on ${other.host}, since ${other.since}`;
      const next = `stop it, or give this one a store of its own; one that died elsewhere is forgotten after ${LEASE_MS / 1000} s`;
      throw new GatewayError("STORE_IN_USE", `another gateway uses this store (${who}): ${next}`);
    }
  }
  const holder: Holder = { id: randomUUID(), host, pid, since: new Date(clock.now()).toISOString() };
  const write = (): Promise<void> => store.putDocument(KIND, ID, holder, clock.now() + LEASE_MS);
  await write();
  if (((await store.document(KIND, ID))?.body as Holder | undefined)?.id !== holder.id) {
    throw new GatewayError("STORE_IN_USE", "another gateway took this store at the same moment: start one of them");
  }
  let cancel = (): void => undefined;
  const isOurs = async (): Promise<boolean> => {
    const now = (await store.document(KIND, ID))?.body as Holder | undefined;
    return now === undefined || now.id === holder.id;
  };
  const renew = (): void => {
    cancel = clock.after(RENEW_MS, renew);
    const done = isOurs().then((ours) => {
      if (ours) return write();
      cancel();
      log.error({}, "another gateway took this store while this one did not answer: this one ends");
      options.onLost?.();
      return undefined;
    });
    done.catch((error: unknown) => log.error({ error: messageOf(error) }, "the store's lease was not renewed"));
  };
  cancel = clock.after(RENEW_MS, renew);
  return {
    async release() {
      cancel();
      const last = await store.document(KIND, ID);
      if ((last?.body as Holder | undefined)?.id === holder.id) await store.takeDocument(KIND, ID);
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

const KIND = "gateway-lease";
const ID = "lease";
/** Milliseconds for which a lease holds without being renewed. */
const LEASE_MS = 30_000;
/** Milliseconds between two renewals. */
const RENEW_MS = 10_000;
