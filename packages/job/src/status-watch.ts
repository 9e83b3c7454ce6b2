/**
 * Keeps the commit status of a running session true: that commands are judged, and which one waits for people. The end
 * is the post step's to tell. Pure but for what it is given.
 */
import { messageOf, type Clock } from "@gate/base";
import type { PendingHold } from "./backend.ts";
import type { CommitStatus, StatusResult } from "./commit-status.ts";

export interface StatusWatchOptions {
  /** The session's page. */
  readonly page: string;
  /** One try; what failed is tried again later. */
  readonly set: (status: CommitStatus) => Promise<StatusResult>;
  /** Absent where nothing is ever held. Oldest first. */
  readonly pendingHolds?: () => Promise<readonly PendingHold[]>;
  /** Could a command be on its way? Only then the gateway is asked. */
  readonly busy: () => boolean;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

export interface StatusWatch {
  /** Nothing of it is sent after this resolves. */
  stop(): Promise<void>;
}

export function watchStatus(options: StatusWatchOptions): StatusWatch {
  const { page, pendingHolds, busy, clock, log } = options;
  const running: CommitStatus = { state: "pending", description: "Commands are judged as they come", url: page };
  let shown: CommitStatus | undefined;
  let sent = 0;
  let failures = 0;
  let busyBefore = false;
  let stopped = false;
  let cancel = (): void => undefined;

  const show = async (wanted: CommitStatus): Promise<void> => {
    if (stopped || (shown?.url === wanted.url && shown.description === wanted.description)) return;
    sent += 1;
    const result = await options.set(wanted);
    if (result.kind === "set") {
      shown = wanted;
      failures = 0;
      return;
    }
    failures += 1;
    log(`the commit status was not set: ${result.kind === "failed" ? result.why : "the token may not"}`);
    if (result.kind === "forbidden" || failures >= FAILURES_MAX) stopped = true;
  };

  const look = async (): Promise<void> => {
    // A command that is held without a waiting client may come after the last look and be alone before the next.
    const [now, before] = [busy(), busyBefore];
    busyBefore = now;
    const waits = shown !== undefined && shown.url !== page;
    if (pendingHolds === undefined || shown === undefined) return show(running);
    if (!now && !before && !waits) return;
    const [hold] = await pendingHolds();
    if (hold === undefined) return show(running);
    return show({
      state: "pending",
      description: `A command for ${hold.target} waits for approval`,
      url: hold.url,
    });
  };

  const turn = async (): Promise<void> => {
    try {
      await look();
    } catch (error) {
      log(`the waiting commands are not known: ${messageOf(error)}`);
    }
    const over = stopped || sent >= STATUSES_MAX || (pendingHolds === undefined && shown !== undefined);
    const again = (): void => {
      last = turn();
    };
    if (!over) cancel = clock.after(LOOK_MS * 2 ** failures, again);
  };

  let last = turn();
  return {
    async stop() {
      stopped = true;
      cancel();
      await last;
    },
  };
}

/** Milliseconds between two looks at what waits; twice as long after each failure. */
const LOOK_MS = 3_000;
/** Commit statuses that one session sets while it runs: GitHub keeps 1,000 for a commit and context. */
const STATUSES_MAX = 300;
/** Failed commit statuses in a row after which a session sets none until its end. */
const FAILURES_MAX = 8;
