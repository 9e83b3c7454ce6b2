/**
 * Servers that end with the process that started them, also when that is killed: a shell stands between, which notices its
 * standard input close. Touches processes.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

export interface SupervisedOptions {
  /** Signal to stop it with when nobody is left to ask for one, without `SIG`. */
  readonly whenAlone: "TERM" | "QUIT";
  /** File to which all that it says is added. */
  readonly log: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
}

/** Its exit status is the server's. It keeps nobody from ending. */
export function supervised(
  command: string,
  args: readonly string[],
  { whenAlone, log, ...more }: SupervisedOptions,
): ChildProcess {
  hookExit();
  const child = spawn("/bin/sh", ["-c", SUPERVISOR, "gate-supervisor", log, whenAlone, command, ...args], {
    ...more,
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  child.unref();
  (child.stdin as unknown as { unref?: () => void }).unref?.();
  child.stdin?.on("error", () => undefined);
  children.add(child);
  return child;
}

/** Resolves when it has ended; what does not within ten seconds is killed with all that it started. */
export async function stopSupervised(child: ChildProcess, signal: "TERM" | "INT"): Promise<void> {
  children.delete(child);
  if (hasEnded(child)) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.ref();
  child.stdin?.end(`${signal}\n`);
  const timeout = new AbortController();
  const late = sleep(STOP_MS_MAX, "late", { signal: timeout.signal }).catch(() => "cancelled");
  if ((await Promise.race([ended, late])) === "late") {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    await ended;
  }
  timeout.abort();
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function hookExit(): void {
  if (hooked) return;
  hooked = true;
  // Before others remove the folders that the servers are in.
  process.prependOnceListener("exit", () => {
    for (const { pid } of children) {
      try {
        if (pid !== undefined) process.kill(-pid, "SIGKILL");
      } catch {
        // It has ended already.
      }
    }
  });
}

let hooked = false;
const children = new Set<ChildProcess>();
/** How long a server may take to stop, in milliseconds. */
const STOP_MS_MAX = 10_000;
/**
 * $1 is the log, $2 the signal when nobody is left, the rest the server's command. A line on stdin names the signal to stop
 * it with; a closed pipe means that nobody is left to stop it.
 */
const SUPERVISOR = `exec 3<&0 </dev/null; log=$1; alone=$2; shift 2
"$@" 3<&- >>"$log" 2>&1 & server=$!
{ read -r signal || signal=$alone; kill -s "$signal" $server; } <&3 2>/dev/null & reader=$!
exec 3<&-
wait $server; status=$?
kill $reader 2>/dev/null
exit $status`;
