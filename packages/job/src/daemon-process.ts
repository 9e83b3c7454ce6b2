/**
 * What both daemon bundles do as a process: read the configuration from stdin, start, say so on descriptor 3, write
 * a bounded log, leave. A composition root: it owns clock, randomness and exit.
 */
import { randomBytes } from "node:crypto";
import { appendFileSync, closeSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { GateError, messageOf, systemClock } from "@gate/base";
import type { SessionBackend } from "./backend.ts";
import { LOG_FILE, parseDaemonConfig, type DaemonConfig, type Ready } from "./daemon-config.ts";
import { startDaemon, type Daemon } from "./daemon.ts";
import { JobError } from "./errors.ts";

type Make<Mode extends DaemonConfig["mode"]> = (
  config: Extract<DaemonConfig, { mode: Mode }>,
  log: (line: string) => void,
) => SessionBackend | Promise<SessionBackend>;

export async function runDaemonProcess<Mode extends DaemonConfig["mode"]>(mode: Mode, make: Make<Mode>): Promise<void> {
  let log: (line: string) => void = () => undefined;
  let told = false;
  const tell = (ready: Ready): void => {
    if (told) return;
    told = true;
    try {
      writeSync(READY_FD, `${JSON.stringify(ready)}\n`);
      closeSync(READY_FD);
    } catch {
      // Connect has gone: the lease ends this process.
    }
  };
  const fatal = (error: unknown): void => {
    log(`fatal: ${error instanceof Error ? (error.stack ?? error.message) : messageOf(error)}`);
    tell({
      ready: false,
      code: error instanceof GateError ? error.code : "JOB_DAEMON_FAILED",
      message: messageOf(error),
    });
    process.exit(1);
  };
  process.on("uncaughtException", fatal);
  process.on("unhandledRejection", fatal);
  try {
    const config = parseDaemonConfig(await readStdin(), mode);
    log = boundedLog(join(config.directory, LOG_FILE));
    const backend = await make(config, log);
    // The runner kills orphans at the end of the job; a polite signal closes the session, also one that comes while it
    // is being opened: otherwise it would stay open at the gateway without anybody who could use it.
    let asked: string | undefined;
    let running: Daemon | undefined = undefined as Daemon | undefined;
    const abandon = (): void => {
      if (running === undefined) fatal(new JobError("operator", "JOB_DEADLINE", "the job was cancelled"));
    };
    for (const signal of ["SIGTERM", "SIGINT"] as const) {
      process.on(signal, () => {
        asked ??= `the proxy got ${signal}`;
        if (running !== undefined) void running.shutDown(asked);
        else setTimeout(abandon, OPENING_MS_MAX);
      });
    }
    const daemon = await startDaemon({
      config,
      backend,
      clock: systemClock,
      randomBytes,
      log,
      leaseAlive: leaseOf(config.leasePid),
      pid: process.pid,
    });
    running = daemon;
    if (asked !== undefined) void daemon.shutDown(asked);
    tell({ ready: true, pid: process.pid, session: daemon.session, endpoints: daemon.endpoints });
    await daemon.done;
    // process.exit waits for V8's compiler threads, long enough on a busy machine to be found as the job's orphan.
    process.kill(process.pid, "SIGKILL");
  } catch (error) {
    fatal(error);
  }
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > CONFIG_BYTES_MAX)
      throw new JobError("operator", "JOB_INPUT", `the inputs are larger than ${CONFIG_BYTES_MAX} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** A process id alone can be taken by another process; on Linux its start time tells them apart. */
function leaseOf(pid: number | undefined): () => boolean {
  if (pid === undefined) return () => true;
  const started = startTime(pid);
  return () => {
    try {
      process.kill(pid, 0);
    } catch (error) {
      if ((error as { code?: unknown }).code !== "EPERM") return false;
    }
    return startTime(pid) === started;
  };
}

/** Field 22 of /proc/<pid>/stat; the process name before it may hold spaces and brackets. */
function startTime(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\)/s, "").trim().split(" ")[19];
  } catch {
    return undefined;
  }
}

function boundedLog(file: string): (line: string) => void {
  let left = LOG_BYTES_MAX;
  return (line) => {
    const text = `${new Date().toISOString()} ${line.replace(/[\r\n]+/g, " ")}\n`;
    if ((left -= Buffer.byteLength(text)) < 0) return;
    try {
      appendFileSync(file, text, { mode: 0o600 });
    } catch {
      // A full disk must not end the session.
    }
  };
}

/** A session that is being opened may take this long after the job was cancelled: the runner kills connect after 10 s. */
const OPENING_MS_MAX = 5_000;
/** Everything that connect hands over: policy and targets included. */
const CONFIG_BYTES_MAX = 8_388_608;
/** The daemon's log file; what comes after is dropped. */
const LOG_BYTES_MAX = 1_048_576;
const READY_FD = 3;
