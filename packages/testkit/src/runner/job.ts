/**
 * Runs one job of a workflow as the real runner does, on Linux, without containers.
 *
 * Order: every `pre`, the steps, the posts as a stack, then the kill of orphans by RUNNER_TRACKING_ID.
 * Workflow and action files go through GitHub's own parser, expressions through its own evaluator.
 */
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import type { Access, JobOptions } from "../github/index.ts";
import { Masks } from "./commands.ts";
import { evaluateCondition, evaluateText, evaluateTextMapping, evaluateToken, textOf } from "./expressions.ts";
import { loadLibraries } from "./libraries.ts";
import { parseJob, type JobPlan } from "./plan.ts";
import { killOrphans, RUNNER_TIMINGS, type Orphan } from "./process.ts";
import { evaluationOf, statusOf, type JobState, type Scope } from "./state.ts";
import { runPre, runStep } from "./step.ts";
import type { JobResult, Outcome, RunJobOptions, RunningJob } from "./types.ts";

/** How long a job may take unless the caller says otherwise. */
const JOB_DEFAULT_MS = 5 * 60_000;
/** How long always() steps and posts may take after a cancel before they are ended too. */
const CANCEL_GRACE_MS = 5 * 60_000;
/** Rounds of the orphan hunt: a dying process can still start another one. */
const ORPHAN_ROUNDS_MAX = 3;

/** Runs a job to its end. */
export function runJob(options: RunJobOptions): Promise<JobResult> {
  return startJob(options).result;
}

/** Starts a job that can be cancelled. */
export function startJob(options: RunJobOptions): RunningJob {
  const cancel = new AbortController();
  return { result: run(options, cancel), cancel: () => cancel.abort() };
}

async function run(options: RunJobOptions, cancel: AbortController): Promise<JobResult> {
  const libraries = await loadLibraries();
  const file = options.workflow.includes("\n")
    ? { name: ".github/workflows/job.yml", content: options.workflow }
    : { name: options.workflow, content: await readFile(options.workflow, "utf8") };
  const plan = await parseJob(libraries, file, options.job);
  const root = await mkdtemp(join(tmpdir(), "gate-runner-"));
  const timer = setTimeout(() => cancel.abort(), options.timeoutMs ?? JOB_DEFAULT_MS);
  const kill = new AbortController();
  let graceTimer: NodeJS.Timeout | undefined;
  cancel.signal.addEventListener("abort", () => {
    graceTimer = setTimeout(() => kill.abort(), CANCEL_GRACE_MS * (options.timeScale ?? 1));
  });
  try {
    const state = await prepare(options, plan, file.name, root, libraries, cancel.signal, kill.signal);
    return await execute(options, plan, state, cancel);
  } finally {
    clearTimeout(timer);
    clearTimeout(graceTimer);
    await rm(root, { recursive: true, force: true });
  }
}

async function prepare(
  options: RunJobOptions,
  plan: JobPlan,
  fileName: string,
  root: string,
  libraries: JobState["libraries"],
  cancelled: AbortSignal,
  killed: AbortSignal,
): Promise<JobState> {
  const runnerTemp = join(root, "_temp");
  const toolCache = join(root, "_tool");
  const home = join(root, "_home");
  for (const folder of [runnerTemp, toolCache, home]) await mkdir(folder, { recursive: true });
  const secrets = options.fork === true ? {} : { ...options.secrets };
  const early = {
    libraries,
    status: "success" as const,
    hashFiles: () => "",
    contexts: { matrix: options.matrix, vars: options.vars, inputs: options.inputs, needs: options.needs },
  };
  const environment = plan.environment === undefined ? undefined : evaluateToken(plan.environment, early);
  const job = options.github.openJob({
    workflow: plan.workflowName,
    workflowPath: `.github/workflows/${basename(fileName)}`,
    jobKey: plan.key,
    ...(environment === undefined ? {} : { environment: environmentName(environment) }),
    ...options.identity,
    permissions: permissionsOf(
      options,
      plan.permissions === undefined ? undefined : evaluateToken(plan.permissions, early),
    ),
  } satisfies JobOptions);

  const masks = new Masks();
  for (const value of [...Object.values(secrets), job.token, ...Object.values(job.runtimeEnvironment).slice(1)]) {
    masks.add(value);
  }
  const workspace = resolve(options.workspace);
  const eventPath = join(runnerTemp, "_github_workflow", "event.json");
  await mkdir(dirname(eventPath), { recursive: true });
  const { identity } = job;
  const event = {
    ref: identity.ref,
    repository: {
      id: Number(identity.repositoryId),
      name: identity.repository,
      full_name: `${identity.owner}/${identity.repository}`,
      private: identity.visibility !== "public",
      owner: { login: identity.owner, id: Number(identity.ownerId) },
    },
    sender: { login: identity.actor, id: Number(identity.actorId) },
    ...options.event,
  };
  await writeFile(eventPath, JSON.stringify(event));

  const trackingId = `github_${randomUUID()}`;
  const arch = process.arch === "x64" ? "X64" : process.arch.toUpperCase();
  const fixed: Record<string, string> = {
    ...job.githubEnvironment,
    GITHUB_EVENT_PATH: eventPath,
    GITHUB_WORKSPACE: workspace,
    RUNNER_ARCH: arch,
    RUNNER_ENVIRONMENT: identity.runnerEnvironment,
    RUNNER_NAME: "double",
    RUNNER_OS: "Linux",
    RUNNER_TEMP: runnerTemp,
    RUNNER_TOOL_CACHE: toolCache,
    RUNNER_TRACKING_ID: trackingId,
    RUNNER_WORKSPACE: dirname(workspace),
  };
  const node = options.node ?? process.execPath;
  const scale = options.timeScale ?? 1;
  const github: Record<string, unknown> = { event, token: job.token, event_path: eventPath, workspace };
  for (const [name, value] of Object.entries(job.githubEnvironment)) {
    if (name.startsWith("GITHUB_")) github[name.slice("GITHUB_".length).toLowerCase()] = value;
  }
  return {
    libraries,
    job,
    workspace,
    runnerTemp,
    trackingId,
    masks,
    timeScale: scale,
    timings: {
      interruptMs: RUNNER_TIMINGS.interruptMs * scale,
      terminateMs: RUNNER_TIMINGS.terminateMs * scale,
      heldOpenMs: options.heldOpenMs ?? RUNNER_TIMINGS.heldOpenMs,
    },
    node,
    actionPaths: options.actionPaths ?? {},
    machine: {
      HOME: process.env["HOME"] ?? homedir(),
      LANG: "C.UTF-8",
      PATH: `${dirname(node)}:${process.env["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"}`,
      ...options.env,
    },
    fixed,
    contexts: {
      github,
      runner: {
        os: "Linux",
        arch,
        name: "double",
        temp: runnerTemp,
        tool_cache: toolCache,
        environment: identity.runnerEnvironment,
      },
      secrets: { ...secrets, GITHUB_TOKEN: job.token, github_token: job.token },
      vars: options.vars ?? {},
      matrix: options.matrix ?? {},
      strategy: { "fail-fast": true, "job-index": 0, "job-total": 1, "max-parallel": 1 },
      needs: options.needs ?? {},
    },
    env: {},
    path: [],
    results: [],
    posts: [],
    withPost: new Set(),
    saved: new Map(),
    cancelled,
    killed,
    onLine: options.onLine ?? (() => {}),
  };
}

async function execute(
  options: RunJobOptions,
  plan: JobPlan,
  state: JobState,
  cancel: AbortController,
): Promise<JobResult> {
  const first: Scope = {
    parent: undefined,
    steps: {},
    env: {},
    inputs: options.inputs ?? {},
    variables: {},
    shell: undefined,
    workingDirectory: undefined,
    failed: false,
  };
  Object.assign(state.env, evaluateTextMapping(plan.workflowEnv, evaluationOf(state, first)));
  Object.assign(state.env, evaluateTextMapping(plan.env, evaluationOf(state, first)));
  const scope: Scope = {
    ...first,
    shell: plan.shell === undefined ? undefined : evaluateText(plan.shell, evaluationOf(state, first)),
    workingDirectory:
      plan.workingDirectory === undefined ? undefined : evaluateText(plan.workingDirectory, evaluationOf(state, first)),
  };
  if (!evaluateCondition(plan.condition, evaluationOf(state, scope))) return resultOf(state, "skipped", {}, []);

  const minutes =
    plan.timeoutMinutes === undefined ? undefined : evaluateToken(plan.timeoutMinutes, evaluationOf(state, scope));
  const timer =
    minutes === undefined ? undefined : setTimeout(() => cancel.abort(), Number(minutes) * 60_000 * state.timeScale);
  const orphans: Orphan[] = [];
  try {
    for (const step of plan.steps) await runPre(state, scope, step);
    for (const step of plan.steps) await runStep(state, scope, step);
    for (let post = state.posts.pop(); post !== undefined; post = state.posts.pop()) await post();
  } finally {
    clearTimeout(timer);
    for (let round = 0; round < ORPHAN_ROUNDS_MAX; round += 1) {
      // A killed process stays visible for a moment.
      const found = await killOrphans(state.trackingId);
      const fresh = found.filter((one) => !orphans.some((known) => known.pid === one.pid));
      orphans.push(...fresh);
      if (fresh.length === 0) break;
    }
  }
  const status = statusOf(state, scope);
  const tolerated =
    status === "failure" &&
    plan.continueOnError !== undefined &&
    evaluateToken(plan.continueOnError, evaluationOf(state, scope)) === true;
  return resultOf(state, tolerated ? "success" : status, jobOutputs(plan, state, scope), orphans);
}

/** A job output that holds a masked text is dropped, with a warning. */
function jobOutputs(plan: JobPlan, state: JobState, scope: Scope): Record<string, string> {
  const outputs: Record<string, string> = {};
  for (const [name, value] of Object.entries(evaluateTextMapping(plan.outputs, evaluationOf(state, scope)))) {
    if (state.masks.covers(value)) {
      state.onLine(`##[warning]Skip output '${name}' since it may contain secret.`, "Complete job");
    } else if (value !== "") {
      outputs[name] = value;
    }
  }
  return outputs;
}

function resultOf(
  state: JobState,
  conclusion: Outcome,
  outputs: Record<string, string>,
  orphansKilled: readonly Orphan[],
): JobResult {
  return {
    conclusion,
    steps: state.results,
    outputs,
    annotations: state.results.flatMap((step) => step.annotations),
    summary: state.results.map((step) => step.summary).join(""),
    orphansKilled,
    log: state.results.map((step) => `== ${step.name} (${step.outcome})\n${step.log}`).join("\n"),
    job: state.job,
  };
}

function environmentName(value: unknown): string {
  if (typeof value === "object" && value !== null && "name" in value) return textOf(value.name);
  return textOf(value);
}

/** What the workflow grants; a fork's pull request never gets more than read. */
function permissionsOf(options: RunJobOptions, written: unknown): Record<string, Access> {
  const all = (access: Access) =>
    Object.fromEntries(
      ["actions", "checks", "contents", "id-token", "members", "statuses"].map((name) => [name, access]),
    );
  const granted: Record<string, Access> =
    options.permissions !== undefined
      ? { ...options.permissions }
      : written === "write-all"
        ? all("write")
        : written === "read-all"
          ? all("read")
          : typeof written === "object" && written !== null
            ? (written as Record<string, Access>)
            : { contents: "read" };
  if (options.fork !== true) return granted;
  return Object.fromEntries(
    Object.entries(granted).flatMap(([name, access]) =>
      name === "id-token" ? [] : [[name, access === "write" ? "read" : access] as const],
    ),
  );
}
