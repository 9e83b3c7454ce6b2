/** What a caller of the runner double gives and gets. Types only. */
import type { DoubleJob, GitHubDouble, JobOptions, Access } from "../github/index.ts";
import type { Annotation } from "./commands.ts";
import type { Orphan, ProcessResult } from "./process.ts";

export interface RunJobOptions {
  /** Path of a workflow file, or its text (recognised by a line break). */
  readonly workflow: string;
  /** The job's key; may be left out where the workflow has one job. */
  readonly job?: string;
  /** The checked-out repository: GITHUB_WORKSPACE, and where `uses: ./x` is looked up. */
  readonly workspace: string;
  readonly github: GitHubDouble;
  /** Who the job is; permissions and environment come from the workflow. */
  readonly identity?: JobOptions;
  /** Variables of the machine, as if the runner had been started with them. Wins over the double's own PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  readonly vars?: Readonly<Record<string, string>>;
  /** The webhook payload; merged over a small default. */
  readonly event?: Readonly<Record<string, unknown>>;
  /** `org/repo@ref` (or a full `org/repo/path@ref`, or `org/repo`) to a folder that holds the repository. */
  readonly actionPaths?: Readonly<Record<string, string>>;
  /** The Node that runs JavaScript actions and comes first in PATH; default the one that runs the double. */
  readonly node?: string;
  /** Instead of the workflow's `permissions`. */
  readonly permissions?: Readonly<Record<string, Access>>;
  /** A pull request from a fork: no write permission, hence no OIDC variables, and no secrets. */
  readonly fork?: boolean;
  readonly matrix?: Readonly<Record<string, unknown>>;
  readonly needs?: Readonly<Record<string, unknown>>;
  readonly inputs?: Readonly<Record<string, unknown>>;
  /** Cancels the job when it takes longer; default 5 minutes. */
  readonly timeoutMs?: number;
  /** Multiplies the runner's own times (7.5 s, 2.5 s, timeout-minutes). */
  readonly timeScale?: number;
  /** Bound on a step whose output a child holds open, in milliseconds; default 30 s. */
  readonly heldOpenMs?: number;
  readonly onLine?: (line: string, step: string) => void;
}

export interface StepResult {
  /** As the log's headings say it: `Run ./connect`, `Post Run ./connect`. */
  readonly name: string;
  /** GITHUB_ACTION. */
  readonly id: string;
  readonly stage: "pre" | "main" | "post";
  /** Name of the step whose post this is. */
  readonly postOf?: string;
  /** Before continue-on-error. */
  readonly outcome: Outcome;
  /** After continue-on-error. */
  readonly conclusion: Outcome;
  /** Masked. */
  readonly log: string;
  readonly annotations: readonly Annotation[];
  /** Masked Markdown; empty when nothing was written or it was too large. */
  readonly summary: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** Absent for skipped steps and composite actions. */
  readonly exitCode?: number;
  readonly process?: ProcessResult;
}

export type Outcome = "success" | "failure" | "cancelled" | "skipped";

export interface JobResult {
  readonly conclusion: Outcome;
  /** In the order in which they ran; steps of composite actions come before the action itself. */
  readonly steps: readonly StepResult[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly annotations: readonly Annotation[];
  /** All summaries, in order. */
  readonly summary: string;
  readonly orphansKilled: readonly Orphan[];
  /** All masked output, with a heading for each step. */
  readonly log: string;
  readonly job: DoubleJob;
}

export interface RunningJob {
  readonly result: Promise<JobResult>;
  cancel(): void;
}
