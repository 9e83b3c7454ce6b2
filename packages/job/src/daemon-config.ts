/** What connect hands to the daemon over stdin, and what comes back over the ready pipe. Types and their reading; pure. */
import type { SessionInfo } from "./backend.ts";
import type { StatusPlace } from "./commit-status.ts";
import type { EndpointInfo } from "./endpoints.ts";
import { JobError } from "./errors.ts";
import type { SubjectTokenSource } from "./oidc.ts";

interface Common {
  readonly version: typeof CONFIG_VERSION;
  /** A directory of this session's own, mode 0700: control socket, log, and the recording when the session ends by itself. */
  readonly directory: string;
  readonly control: string;
  /** Whoever knows it may close the session. */
  readonly closeToken: string;
  readonly grants: readonly string[];
  /** The daemon ends when this process does (the runner's worker). */
  readonly leasePid?: number;
  readonly subjectToken?: SubjectTokenSource;
  /** Where to set the commit status, with the job's own token, if the gateway has no GitHub App. */
  readonly commitStatus?: StatusPlace & { readonly token: string };
}

export interface RemoteConfig extends Common {
  readonly mode: "gateway";
  readonly gateway: string;
  readonly audience: string;
  /** PEM. */
  readonly ca?: string;
}

export interface EmbeddedConfig extends Common {
  readonly mode: "embedded";
  readonly policy: { readonly file: string; readonly text: string };
  /** YAML text of CONTRACT §2's `targets`. */
  readonly targets: string;
  /** Where relative paths in `targets` start. */
  readonly workspace: string;
  /** The step's own environment, only the names that `targets` refers to. */
  readonly env: Readonly<Record<string, string>>;
  /** Without a verified token: GITHUB_* variables as claims. */
  readonly claims: Readonly<Record<string, string>>;
  /** The audience to ask a token for, when the job can have one. */
  readonly audience?: string;
}

export type DaemonConfig = RemoteConfig | EmbeddedConfig;

export const CONFIG_VERSION = 1;

export type Ready =
  | {
      readonly ready: true;
      readonly pid: number;
      readonly session: SessionInfo;
      readonly endpoints: readonly EndpointInfo[];
    }
  | { readonly ready: false; readonly code: string; readonly message: string };

/** Written beside the control socket when the session ended without `close`. */
export interface Ended {
  readonly reason: string;
  readonly recording?: string;
  readonly problem?: string;
}

export const ENDED_FILE = "ended.json";
export const LOG_FILE = "daemon.log";

/** Reads the one JSON document on stdin. It comes from our own connect, so a wrong one is a bug. */
export function parseDaemonConfig<Mode extends DaemonConfig["mode"]>(
  text: string,
  mode: Mode,
): Extract<DaemonConfig, { mode: Mode }> {
  const config = JSON.parse(text) as DaemonConfig;
  if (config.version === CONFIG_VERSION && config.mode === mode) return config as Extract<DaemonConfig, { mode: Mode }>;
  throw new JobError("bug", "JOB_DAEMON_FAILED", "the daemon and connect are of different versions");
}
