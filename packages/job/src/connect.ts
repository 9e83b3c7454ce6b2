/**
 * Starts and ends a job's session: the library behind the connect action and `gate connect`.
 * Touches the file system (a directory of its own) and processes.
 */
import { randomBytes as nodeRandomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { messageOf } from "@gate/base";
import type { CloseReport, SessionInfo } from "./backend.ts";
import { askControl, type Closed } from "./control.ts";
import { CONFIG_VERSION, ENDED_FILE, type DaemonConfig, type Ended } from "./daemon-config.ts";
import type { EndpointInfo } from "./endpoints.ts";
import { JobError } from "./errors.ts";
import { parseGatewayUrl } from "./gateway-url.ts";
import { daemonEntry, launchDaemon } from "./launch.ts";
import type { SubjectTokenSource } from "./oidc.ts";

export interface GatewayChoice {
  readonly mode: "gateway";
  readonly gateway: string;
  /** Default: the origin of `gateway`. */
  readonly audience?: string;
  /** PEM. */
  readonly ca?: string;
}

export interface EmbeddedChoice {
  readonly mode: "embedded";
  readonly policy: { readonly file: string; readonly text: string };
  readonly targets: string;
  /** Where relative paths in `targets` start. */
  readonly workspace: string;
  /** Only the variables that `targets` refers to: see `targetVariables`. */
  readonly env: Readonly<Record<string, string>>;
  readonly claims: Readonly<Record<string, string>>;
  readonly audience?: string;
}

export interface StartOptions {
  readonly to: GatewayChoice | EmbeddedChoice;
  readonly grants: readonly string[];
  /** Needed for a gateway; optional for the embedded gate. */
  readonly subjectToken?: SubjectTokenSource;
  /** Where the session's directory is made: RUNNER_TEMP. */
  readonly tempDirectory: string;
  /** `process.argv[1]` of the running program: the daemon lies beside it. */
  readonly entry: string;
  readonly leasePid?: number;
  /** With the job's own token, for gateways without a GitHub App and for the embedded gate. */
  readonly commitStatus?: DaemonConfig["commitStatus"];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

export interface Started {
  readonly session: SessionInfo;
  /** Hold secrets. */
  readonly endpoints: readonly EndpointInfo[];
  readonly directory: string;
  readonly control: string;
  /** A secret: it may close the session. */
  readonly closeToken: string;
}

/** @throws {JobError} with cause and fix; nothing is left running then. */
export async function start(options: StartOptions): Promise<Started> {
  const { to, grants, subjectToken, leasePid, commitStatus } = options;
  const directory = makeDirectory(options.tempDirectory);
  const control = process.platform === "win32" ? `\\\\.\\pipe\\${randomName()}` : join(directory, "control");
  const closeToken = nodeRandomBytes(32).toString("base64url");
  const common = {
    version: CONFIG_VERSION,
    directory,
    control,
    closeToken,
    grants,
    ...(leasePid === undefined ? {} : { leasePid }),
    ...(subjectToken === undefined ? {} : { subjectToken }),
    ...(commitStatus === undefined ? {} : { commitStatus }),
  } as const;
  const config: DaemonConfig =
    to.mode === "gateway"
      ? { ...common, ...to, audience: to.audience ?? parseGatewayUrl(to.gateway).origin }
      : { ...common, ...to };
  try {
    const { session, endpoints } = await launchDaemon(
      daemonEntry(options.entry, to.mode),
      config,
      options.env,
      options.signal,
    );
    return { session, endpoints, directory, control, closeToken };
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
}

export interface Stopped {
  readonly report?: CloseReport;
  /** The tar or directory with the recording. */
  readonly recording?: Closed["recording"];
  /** Set when the session had ended by itself before. */
  readonly endedBefore?: string;
  readonly problems: readonly string[];
}

/**
 * Closes the session and fetches its recording. Never throws: what could not be done is in `problems`.
 * When the daemon is gone nobody holds the session's key any more: the session then ends by its time to live, and
 * the gateway keeps the recording.
 */
export async function stop(session: Pick<Started, "directory" | "control" | "closeToken">): Promise<Stopped> {
  const { directory, control, closeToken } = session;
  try {
    await askControl(control, { op: "ping" }, PING_MS_MAX);
    return await askControl(control, { op: "close", token: closeToken, reason: CLOSE_REASON, directory }, CLOSE_MS_MAX);
  } catch (error) {
    const ended = readEnded(join(directory, ENDED_FILE));
    if (ended === undefined) return { problems: [messageOf(error)] };
    // Whoever could write this note could also change the recording: its signatures are what counts.
    const kind = ended.recording?.endsWith(".tar") ? ("tar" as const) : ("directory" as const);
    const recording = ended.recording === undefined ? undefined : { kind, path: ended.recording };
    return {
      endedBefore: ended.reason,
      ...(recording === undefined ? {} : { recording }),
      problems: recording === undefined ? [ended.problem ?? "the recording was not fetched"] : [],
    };
  }
}

function readEnded(file: string): Ended | undefined {
  try {
    const found = JSON.parse(readFileSync(file, "utf8")) as Ended;
    return typeof found.reason === "string" ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Mode 0700, and short enough for a Unix socket in it. */
function makeDirectory(parent: string): string {
  const base = Buffer.byteLength(parent) + 32 <= SOCKET_PATH_BYTES_MAX ? parent : tmpdir();
  try {
    const directory = mkdtempSync(join(base, "gate-"));
    chmodSync(directory, 0o700);
    return directory;
  } catch (error) {
    throw new JobError("operator", "JOB_PLATFORM", `cannot make a directory in ${base}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

function randomName(): string {
  return `gate-${nodeRandomBytes(8).toString("hex")}`;
}

/** What the record of an embedded gate says when the post step ended the session. */
export const CLOSE_REASON = "the job is done";
/** sun_path is 108 bytes on Linux and 104 on macOS, with the final NUL. */
const SOCKET_PATH_BYTES_MAX = 103;
/** How long a living proxy may take to say that it is there. */
const PING_MS_MAX = 10_000;
/** Close, seal and download of the recording together. */
const CLOSE_MS_MAX = 150_000;
