/** What a running job carries from step to step. Holds the mutable state of one job; touches nothing outside. */
import { createHash } from "node:crypto";
import { globSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { DoubleJob } from "../github/index.ts";
import type { Masks } from "./commands.ts";
import type { Evaluation, Status } from "./expressions.ts";
import type { Libraries } from "./libraries.ts";
import type { StepPlan } from "./plan.ts";
import type { Timings } from "./process.ts";
import type { StepResult } from "./types.ts";

export interface JobState {
  readonly libraries: Libraries;
  readonly job: DoubleJob;
  readonly workspace: string;
  readonly runnerTemp: string;
  readonly trackingId: string;
  readonly masks: Masks;
  readonly timings: Timings;
  readonly timeScale: number;
  readonly node: string;
  readonly actionPaths: Readonly<Record<string, string>>;
  /** Variables of the machine. */
  readonly machine: Readonly<Record<string, string>>;
  /** GITHUB_* and RUNNER_* that are the same for every step. */
  readonly fixed: Readonly<Record<string, string>>;
  /** Contexts that no step changes. */
  readonly contexts: Readonly<Record<string, unknown>>;
  /** Workflow and job `env`, and what steps wrote to GITHUB_ENV. */
  readonly env: Record<string, string>;
  /** What steps wrote to GITHUB_PATH, newest first. */
  readonly path: string[];
  readonly results: StepResult[];
  /** Posts that wait, last in first out. */
  readonly posts: (() => Promise<void>)[];
  /** Steps whose action has registered its post. */
  readonly withPost: Set<StepPlan>;
  /** What an action's pre saved, for its main and post. */
  readonly saved: Map<StepPlan, Map<string, string>>;
  /** Aborted when the job is cancelled. */
  readonly cancelled: AbortSignal;
  /** Aborted when even the posts have had their time. */
  readonly killed: AbortSignal;
  readonly onLine: (line: string, step: string) => void;
}

/** Where a step runs: the job itself, or a composite action inside it. */
export interface Scope {
  /** The scope around a composite action's; undefined for the job. */
  readonly parent: Scope | undefined;
  readonly steps: Record<string, { outputs: Record<string, string>; outcome: string; conclusion: string }>;
  /** `env` that a composite action got from its step. */
  readonly env: Readonly<Record<string, string>>;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Variables such as GITHUB_ACTION_PATH. */
  readonly variables: Readonly<Record<string, string>>;
  /** defaults.run of the job. */
  readonly shell: string | undefined;
  readonly workingDirectory: string | undefined;
  failed: boolean;
}

/** The job's own scope. */
export function rootOf(scope: Scope): Scope {
  return scope.parent === undefined ? scope : rootOf(scope.parent);
}

export function statusOf(state: JobState, scope: Scope): Status {
  if (state.cancelled.aborted) return "cancelled";
  return scope.failed ? "failure" : "success";
}

/** Evaluation with everything that expressions of this scope may name. */
export function evaluationOf(
  state: JobState,
  scope: Scope,
  stepEnv: Readonly<Record<string, string>> = {},
  status: Status = statusOf(state, scope),
): Evaluation {
  const github = state.contexts["github"] as Record<string, unknown>;
  const actionPath = scope.variables["GITHUB_ACTION_PATH"];
  return {
    libraries: state.libraries,
    status,
    contexts: {
      ...state.contexts,
      github: actionPath === undefined ? github : { ...github, action_path: actionPath },
      job: { status, check_run_id: Number(state.job.identity.checkRunId) },
      env: { ...state.env, ...scope.env, ...stepEnv },
      steps: scope.steps,
      inputs: scope.inputs,
    },
    hashFiles: (patterns) => hashFiles(state.workspace, patterns),
  };
}

function hashFiles(workspace: string, patterns: readonly string[]): string {
  const files = globSync([...patterns], { cwd: workspace })
    .map((file) => join(workspace, file))
    .filter((file) => statSync(file).isFile())
    .sort();
  if (files.length === 0) return "";
  const hash = createHash("sha256");
  for (const file of files) hash.update(createHash("sha256").update(readFileSync(file)).digest());
  return hash.digest("hex");
}
