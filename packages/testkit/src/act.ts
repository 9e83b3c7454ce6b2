/**
 * nektos/act as a second, independent runner. Starts processes; installs act through Go's module proxy where Go is there.
 *
 * act differs from the real runner: a local `pre` is skipped, `run:` sees what JavaScript actions see, nobody kills
 * orphans, `node` is whatever comes first in PATH, and steps get a terminal, where psql would open a pager.
 */
import { execFile, spawn } from "node:child_process";
import { access, constants, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { messageOf } from "@gate/base";
import { TestkitError } from "./errors.ts";
import type { DoubleJob } from "./github/index.ts";

export const ACT_VERSION = "0.2.87";

/** How long the installation of act may take; it compiles a large program. */
const INSTALL_MS = 8 * 60_000;
/** Lines of act's output that are kept. */
const ACT_LINES_MAX = 100_000;

export interface ActOptions {
  /** The act program, from `ensureAct`. */
  readonly act: string;
  /** A git repository; act copies what git does not ignore. */
  readonly directory: string;
  /** Path of the workflow inside the repository. */
  readonly workflow: string;
  readonly job: string;
  readonly event?: string;
  /** Whose tokens the job carries. */
  readonly identity: DoubleJob;
  readonly env?: Readonly<Record<string, string>>;
  readonly vars?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** The Node that comes first in PATH; default the one that runs this. */
  readonly node?: string;
  /** Ends act when it takes longer; default 3 minutes. */
  readonly timeoutMs?: number;
  readonly onLine?: (line: string) => void;
}

export interface ActResult {
  readonly exitCode: number;
  /** All output, both streams. */
  readonly log: string;
}

/**
 * The path of act in its pinned version: an installed one, or one installed now into `<root>/.gate/bin`.
 * Undefined where there is neither act nor Go.
 * @throws {TestkitError} ACT_UNAVAILABLE when Go is there but the installation fails.
 */
export async function ensureAct(root: string = process.cwd()): Promise<string | undefined> {
  const own = join(root, ".gate", "bin");
  const goPath = await output("go", ["env", "GOPATH"]);
  const found = [join(own, "act"), ...(goPath === undefined ? [] : [join(goPath, "bin", "act")]), "act"];
  for (const candidate of found) {
    if ((await output(candidate, ["--version"]))?.endsWith(ACT_VERSION) === true) return candidate;
  }
  if (goPath === undefined) return undefined;
  await mkdir(own, { recursive: true });
  try {
    await promisify(execFile)("go", ["install", `github.com/nektos/act@v${ACT_VERSION}`], {
      env: { ...process.env, GOBIN: own },
      timeout: INSTALL_MS,
    });
    await access(join(own, "act"), constants.X_OK);
  } catch (error) {
    throw new TestkitError("ACT_UNAVAILABLE", `go install of act ${ACT_VERSION} failed: ${messageOf(error)}`);
  }
  return join(own, "act");
}

/** Runs one job under act, on this machine and without Docker. */
export async function runAct(options: ActOptions): Promise<ActResult> {
  const folder = await mkdtemp(join(tmpdir(), "gate-act-"));
  const node = options.node ?? process.execPath;
  try {
    const file = async (name: string, pairs: Readonly<Record<string, string>> = {}) => {
      const path = join(folder, name);
      const lines = Object.entries(pairs).map(([key, value]) => `${key}=${JSON.stringify(value)}\n`);
      await writeFile(path, lines.join(""), { mode: 0o600 });
      return path;
    };
    // Files rather than arguments: arguments are visible to every process of the machine.
    const args = [
      options.event ?? "push",
      ...["--workflows", options.workflow],
      ...["--job", options.job],
      ...["--platform", "ubuntu-latest=-self-hosted"],
      ...["--env-file", await file("env", { PAGER: "cat", ...options.env })],
      ...["--var-file", await file("vars", options.vars)],
      ...["--secret-file", await file("secrets", options.secrets)],
      ...["--input-file", await file("inputs")],
      ...["--action-cache-path", join(folder, "cache")],
      "--pull=false",
      "--no-cache-server",
    ];
    const env: Record<string, string> = {
      HOME: folder,
      PATH: `${dirname(node)}:${process.env["PATH"] ?? ""}`,
      LANG: "C.UTF-8",
      ...options.identity.idTokenEnvironment,
      ...options.identity.runtimeEnvironment,
    };
    return await start(options, args, env);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function start(options: ActOptions, args: readonly string[], env: Record<string, string>): Promise<ActResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(options.act, args, { cwd: options.directory, env, stdio: ["ignore", "pipe", "pipe"] });
    const lines: string[] = [];
    // SIGINT lets act run the posts; a second signal ends it.
    const timer = setTimeout(() => {
      child.kill("SIGINT");
      setTimeout(() => child.kill("SIGKILL"), 15_000).unref();
    }, options.timeoutMs ?? 180_000);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        if (lines.length < ACT_LINES_MAX) lines.push(line);
        options.onLine?.(line);
      });
    }
    child.once("error", (error) => {
      clearTimeout(timer);
      reject(new TestkitError("ACT_UNAVAILABLE", messageOf(error)));
    });
    child.once("close", (code) => {
      clearTimeout(timer);
      resolve({ exitCode: code ?? 128, log: lines.join("\n") });
    });
  });
}

async function output(command: string, args: readonly string[]): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(command, args, { timeout: 15_000 });
    return stdout.trim();
  } catch {
    return undefined;
  }
}
