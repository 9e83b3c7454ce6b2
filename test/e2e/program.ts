/** Runs a client program against a gate or a server, as a job's step would. Touches processes. */
import { spawn } from "node:child_process";

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** libpq's environment; whoever runs the tests brings nothing of their own. */
export function pgEnvironment(to: {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    LC_ALL: "C.UTF-8",
    TZ: "UTC",
    HOME: "/nonexistent",
    PGHOST: "127.0.0.1",
    PGPORT: String(to.port),
    PGUSER: to.user,
    PGPASSWORD: to.password,
    PGDATABASE: to.database,
    PGSSLMODE: "disable",
    PGGSSENCMODE: "disable",
  };
}

/** Ends within the given time, or is killed and `code` is null. `onStart` gets the process, to signal it. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: {
    readonly env: NodeJS.ProcessEnv;
    readonly input?: string | Uint8Array;
    readonly timeoutMs?: number;
    readonly onStart?: (child: { kill(signal: NodeJS.Signals): boolean; readonly stderr: () => string }) => void;
  },
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: options.env, stdio: ["pipe", "pipe", "pipe"] });
    const timer = setTimeout(() => child.kill("SIGKILL"), options.timeoutMs ?? 60_000);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.stdin.on("error", () => undefined);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() });
    });
    options.onStart?.({ kill: (signal) => child.kill(signal), stderr: () => Buffer.concat(err).toString() });
    child.stdin.end(options.input ?? "");
  });
}
