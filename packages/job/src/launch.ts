/**
 * Starts the daemon so that it outlives this process and this step: its own process group, nothing of the step's
 * output held open, secrets on stdin only, and a minimal environment. Touches processes.
 */
import { spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import type { DaemonConfig, Ready } from "./daemon-config.ts";
import { JobError, type JobErrorCode } from "./errors.ts";

export type ReadySession = Extract<Ready, { ready: true }>;

/**
 * The daemon's file for a running entry: `dist/<part>/main.js` beside a bundle, the source beside our own source.
 * @param entry `process.argv[1]` of the running program
 */
export function daemonEntry(entry: string, mode: DaemonConfig["mode"]): string {
  const here = dirname(realpathSync(entry));
  const name = mode === "gateway" ? "proxy" : "embedded";
  const bundle = join(here, "..", name, "main.js");
  if (existsSync(bundle)) return bundle;
  const source = mode === "gateway" ? "daemon-main.ts" : "embedded-main.ts";
  for (const up of [
    ["..", ".."],
    ["..", "..", ".."],
  ]) {
    const candidate = join(here, ...up, "packages", "job", "src", source);
    if (existsSync(candidate)) return candidate;
  }
  throw new JobError(
    "operator",
    "JOB_DAEMON_FAILED",
    `the proxy is missing (${join("dist", name, "main.js")}): use a release, or run the build`,
  );
}

/**
 * Resolves when the daemon says that its endpoints are open.
 * @throws {JobError} the daemon's own error, or JOB_DEADLINE after READY_MS_MAX; the daemon is then ended.
 */
export async function launchDaemon(
  file: string,
  config: DaemonConfig,
  env: Readonly<Record<string, string | undefined>>,
  signal?: AbortSignal,
): Promise<ReadySession> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", file], {
    detached: true,
    // Descriptor 3 is the ready signal: one line, then it closes. Inherited output would keep the step open.
    stdio: ["pipe", "ignore", "ignore", "pipe"],
    env: minimalEnvironment(env),
    cwd: config.directory,
    windowsHide: true,
  });
  const pipe = child.stdio[3] as Readable;
  const stop = (): void => void child.kill("SIGTERM");
  signal?.addEventListener("abort", stop, { once: true });
  try {
    // A daemon that dies early closes its end: the error is told by the ready line, or by its absence.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(JSON.stringify(config));
    const line = await firstLine(pipe, child, READY_MS_MAX);
    const ready = JSON.parse(line) as Ready;
    if (ready.ready) return ready;
    throw new JobError("operator", ready.code as JobErrorCode, ready.message);
  } catch (error) {
    child.kill("SIGTERM");
    throw error;
  } finally {
    signal?.removeEventListener("abort", stop);
    pipe.destroy();
    child.stdin?.destroy();
    child.unref();
  }
}

/** Nothing of the step's environment but what a process needs to run, and what the runner finds orphans by. */
function minimalEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of ENVIRONMENT_NAMES) {
    const value = env[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

function firstLine(pipe: Readable, child: ReturnType<typeof spawn>, msMax: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const settle = (run: () => void): void => {
      clearTimeout(timer);
      run();
    };
    const timer = setTimeout(
      () =>
        reject(
          new JobError(
            "operator",
            "JOB_DEADLINE",
            `the job's gate proxy was not ready within ${msMax / 1000} s; see its log`,
          ),
        ),
      msMax,
    );
    const gone = (): void =>
      settle(() => reject(new JobError("bug", "JOB_DAEMON_FAILED", "the job's gate proxy ended before it was ready")));
    child.once("error", (error) =>
      settle(() =>
        reject(
          new JobError("operator", "JOB_DAEMON_FAILED", "the job's gate proxy could not be started", { cause: error }),
        ),
      ),
    );
    pipe.setEncoding("utf8");
    pipe.on("data", (chunk: string) => {
      text += chunk;
      if (text.length > READY_CHARS_MAX) gone();
      const at = text.indexOf("\n");
      if (at !== -1) settle(() => resolve(text.slice(0, at)));
    });
    pipe.once("end", gone).once("error", gone);
  });
}

/** From the start of the daemon to its ready line, token exchange and retries included. */
const READY_MS_MAX = 60_000;
/** The ready line, in characters. */
const READY_CHARS_MAX = 1_048_576;
const ENVIRONMENT_NAMES = ["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SystemRoot", "RUNNER_TRACKING_ID"];
