/**
 * Starts a step's process and waits as the runner does. Linux only (orphans are found in /proc).
 *
 * A step is over when the process has ended *and* nobody holds its output open: a daemon that inherits stdout keeps
 * the step waiting. Cancelling signals only the entry process: SIGINT, later SIGTERM, later SIGKILL.
 */
import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { createInterface } from "node:readline";

/** Lines of a step's output that are kept; later ones are dropped. */
const STEP_LINES_MAX = 200_000;

export interface Timings {
  /** From SIGINT to SIGTERM. */
  readonly interruptMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly terminateMs: number;
  /** How long a process that ended may leave its output open before the step is ended by force. */
  readonly heldOpenMs: number;
}

/** The real runner's times; the last one is the double's own bound. */
export const RUNNER_TIMINGS: Timings = { interruptMs: 7_500, terminateMs: 2_500, heldOpenMs: 30_000 };

export interface ProcessResult {
  readonly exitCode: number;
  readonly signal: NodeJS.Signals | undefined;
  /** True when a child kept the output open until the bound. */
  readonly heldOpen: boolean;
  /** How long the output stayed open after the process had ended. */
  readonly heldOpenMs: number;
  /** Signals that were sent, in order. */
  readonly signals: readonly NodeJS.Signals[];
}

export function runProcess(options: {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timings: Timings;
  /** Aborting begins the cancel sequence. */
  readonly stop: AbortSignal;
  readonly onLine: (line: string) => void;
}): Promise<ProcessResult> {
  return new Promise((resolve) => {
    const { timings } = options;
    const child = spawn(options.command, options.args, {
      cwd: options.cwd,
      env: { ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const timers = new Set<NodeJS.Timeout>();
    const signals: NodeJS.Signals[] = [];
    let heldOpen = false;
    let exitedAt: number | undefined;
    let lines = 0;
    const later = (ms: number, run: () => void) => timers.add(setTimeout(run, ms));
    const send = (signal: NodeJS.Signals) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      signals.push(signal);
      child.kill(signal);
    };
    const cancel = () => {
      send("SIGINT");
      later(timings.interruptMs, () => {
        send("SIGTERM");
        later(timings.terminateMs, () => send("SIGKILL"));
      });
    };
    if (options.stop.aborted) cancel();
    else options.stop.addEventListener("abort", cancel, { once: true });

    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        lines += 1;
        if (lines <= STEP_LINES_MAX) options.onLine(line);
      });
    }
    child.once("error", (error) => {
      options.onLine(`##[error]${error.message}`);
      finish(127, null);
    });
    child.once("exit", () => {
      exitedAt = performance.now();
      later(timings.heldOpenMs, () => {
        heldOpen = true;
        child.stdout.destroy();
        child.stderr.destroy();
      });
    });
    child.once("close", finish);

    let finished = false;
    function finish(code: number | null, signal: NodeJS.Signals | null): void {
      if (finished) return;
      finished = true;
      for (const timer of timers) clearTimeout(timer);
      options.stop.removeEventListener("abort", cancel);
      // readline hands over its last line in the same turn as the stream's end: let it go first.
      setImmediate(() =>
        resolve({
          exitCode: code ?? 128,
          signal: signal ?? undefined,
          heldOpen,
          heldOpenMs: exitedAt === undefined ? 0 : performance.now() - exitedAt,
          signals,
        }),
      );
    }
  });
}

export interface Orphan {
  readonly pid: number;
  readonly command: string;
}

/** Kills every process whose environment has this RUNNER_TRACKING_ID, and says which ones they were. */
export async function killOrphans(trackingId: string): Promise<Orphan[]> {
  const needle = Buffer.from(`RUNNER_TRACKING_ID=${trackingId}\0`);
  const orphans: Orphan[] = [];
  for (const entry of await readdir("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    try {
      const environ = await readFile(`/proc/${pid}/environ`);
      if (!environ.includes(needle)) continue;
      const command = (await readFile(`/proc/${pid}/cmdline`, "utf8")).replaceAll("\0", " ").trim();
      process.kill(pid, "SIGKILL");
      orphans.push({ pid, command });
    } catch {
      // Gone, or another user's.
    }
  }
  return orphans;
}
