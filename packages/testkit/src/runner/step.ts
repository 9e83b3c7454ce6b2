/**
 * Runs one step: condition, environment, process, command files, result. Starts processes and writes below RUNNER_TEMP.
 *
 * Every step receives ACTIONS_ID_TOKEN_REQUEST_*; only JavaScript actions receive ACTIONS_RUNTIME_TOKEN and
 * ACTIONS_RESULTS_URL. A step cannot change GITHUB_* and RUNNER_* variables through GITHUB_ENV.
 */
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { messageOf } from "@gate/base";
import { resolveAction, type ResolvedAction } from "./actions.ts";
import { OutputReader, type Annotation } from "./commands.ts";
import {
  evaluateBareCondition,
  evaluateCondition,
  evaluateText,
  evaluateTextMapping,
  evaluateToken,
  textOf,
} from "./expressions.ts";
import { createCommandFiles } from "./file-commands.ts";
import type { ActionPlan, StepPlan } from "./plan.ts";
import { runProcess, type ProcessResult } from "./process.ts";
import { evaluationOf, type JobState, type Scope } from "./state.ts";
import type { Outcome, StepResult } from "./types.ts";

const MINUTE_MS = 60_000;

/** One stage of a step that is about to run. */
interface Stage {
  readonly plan: StepPlan;
  readonly name: string;
  readonly stage: StepResult["stage"];
  readonly postOf?: string;
  /** Decides whether to run, and again when the job is cancelled while it runs. */
  readonly condition: () => boolean;
  /** Runs the work; undefined stands for "nothing to do". */
  readonly work: (run: StepRun) => Promise<ProcessResult | undefined>;
}

interface StepRun {
  readonly output: OutputReader;
  readonly stop: AbortSignal;
  /** The step's own `env`, evaluated now. */
  readonly env: Readonly<Record<string, string>>;
  readonly outputs: Record<string, string>;
  fail(message: string): void;
  setSummary(text: string): void;
}

/** State that an action saved, for its own later stages only. */
export type ActionState = Map<string, string>;

export async function runStep(state: JobState, scope: Scope, plan: StepPlan): Promise<void> {
  const name = stepName(state, scope, plan);
  await runStage(state, scope, {
    plan,
    name,
    stage: "main",
    condition: () => {
      const env = evaluateTextMapping(plan.env, evaluationOf(state, scope));
      return evaluateCondition(plan.condition, evaluationOf(state, scope, env));
    },
    async work(run) {
      if (plan.run !== undefined) return runScript(state, scope, plan, run);
      const action = await resolveAction(state.libraries, plan.uses ?? "", state.workspace, state.actionPaths);
      if (action === undefined) {
        run.output.print(`${plan.uses ?? ""}: prepared by the caller`);
        return undefined;
      }
      if (action.plan.kind === "composite") {
        await runComposite(state, scope, plan, action, action.plan, run);
        return undefined;
      }
      const saved = state.saved.get(plan) ?? new Map<string, string>();
      registerPost(state, scope, plan, name, action, saved);
      return runNode(state, scope, plan, action, action.plan.main, saved, run);
    },
  });
}

/** Runs the `pre` of a remote JavaScript action; local ones have none. */
export async function runPre(state: JobState, scope: Scope, plan: StepPlan): Promise<void> {
  if (plan.uses === undefined || plan.uses.startsWith("./")) return;
  const action = await resolveAction(state.libraries, plan.uses, state.workspace, state.actionPaths);
  if (action?.plan.kind !== "node" || action.plan.pre === undefined) return;
  const { pre, preIf } = action.plan;
  const name = stepName(state, scope, plan);
  const saved: ActionState = new Map();
  state.saved.set(plan, saved);
  registerPost(state, scope, plan, name, action, saved);
  await runStage(state, scope, {
    plan,
    name: `Pre ${name}`,
    stage: "pre",
    condition: () => evaluateBareCondition(preIf, evaluationOf(state, scope)),
    work: (run) => runNode(state, scope, plan, action, pre, saved, run),
  });
}

function registerPost(
  state: JobState,
  scope: Scope,
  plan: StepPlan,
  name: string,
  action: ResolvedAction,
  saved: ActionState,
): void {
  if (action.plan.kind !== "node" || action.plan.post === undefined) return;
  if (state.withPost.has(plan)) return;
  state.withPost.add(plan);
  const { post, postIf } = action.plan;
  state.posts.push(() =>
    runStage(state, scope, {
      plan,
      name: `Post ${name}`,
      stage: "post",
      postOf: name,
      condition: () => evaluateBareCondition(postIf, evaluationOf(state, scope)),
      work: (run) => runNode(state, scope, plan, action, post, saved, run),
    }),
  );
}

async function runStage(state: JobState, scope: Scope, stage: Stage): Promise<void> {
  const { plan } = stage;
  const output = new OutputReader(state.masks, (line) => state.onLine(line, stage.name));
  const outputs: Record<string, string> = {};
  let failure = false;
  let timedOut = false;
  let summary = "";
  let ended: ProcessResult | undefined;
  const stop = new AbortController();
  const fail = (message: string) => {
    failure = true;
    output.annotate({ level: "error", message });
  };

  const finish = (outcome: Outcome) => {
    const tolerated = outcome === "failure" && stage.stage === "main" && continues(state, scope, plan);
    const conclusion = tolerated ? "success" : outcome;
    if (conclusion === "failure") scope.failed = true;
    if (stage.stage === "main") scope.steps[plan.id] = { outputs, outcome, conclusion };
    state.results.push({
      name: stage.name,
      id: plan.id,
      stage: stage.stage,
      ...(stage.postOf === undefined ? {} : { postOf: stage.postOf }),
      outcome,
      conclusion,
      log: output.lines.join("\n"),
      annotations: output.annotations,
      summary: state.masks.apply(summary),
      outputs,
      ...(ended === undefined ? {} : { exitCode: ended.exitCode, process: ended }),
    });
  };

  let env: Record<string, string>;
  try {
    if (!stage.condition()) {
      finish("skipped");
      return;
    }
    env = evaluateTextMapping(plan.env, evaluationOf(state, scope));
  } catch (error) {
    fail(messageOf(error));
    finish("failure");
    return;
  }
  const onCancel = () => {
    if (!stage.condition()) stop.abort();
  };
  if (stage.stage === "main") state.cancelled.addEventListener("abort", onCancel, { once: true });
  const timer = stepTimer(state, scope, stage, (minutes) => {
    timedOut = true;
    fail(`The action '${stage.name}' has timed out after ${minutes} minutes.`);
    stop.abort();
  });
  try {
    ended = await stage.work({
      output,
      stop: stop.signal,
      env,
      outputs,
      fail,
      setSummary: (text) => {
        summary = text;
      },
    });
    if (ended !== undefined && ended.exitCode !== 0 && !stop.signal.aborted) {
      fail(`Process completed with exit code ${ended.exitCode}.`);
    }
  } catch (error) {
    fail(messageOf(error));
  } finally {
    clearTimeout(timer);
    state.cancelled.removeEventListener("abort", onCancel);
  }
  if (stop.signal.aborted && !timedOut) {
    output.annotate({ level: "error", message: "The operation was canceled." });
    finish("cancelled");
  } else {
    finish(failure ? "failure" : "success");
  }
}

function stepTimer(state: JobState, scope: Scope, stage: Stage, run: (minutes: number) => void) {
  if (stage.plan.timeoutMinutes === undefined || stage.stage !== "main") return undefined;
  const minutes = Number(evaluateToken(stage.plan.timeoutMinutes, evaluationOf(state, scope)));
  return setTimeout(() => run(minutes), minutes * MINUTE_MS * state.timeScale);
}

function continues(state: JobState, scope: Scope, plan: StepPlan): boolean {
  return plan.continueOnError !== undefined && evaluateToken(plan.continueOnError, evaluationOf(state, scope)) === true;
}

function stepName(state: JobState, scope: Scope, plan: StepPlan): string {
  try {
    if (plan.name !== undefined) return evaluateText(plan.name, evaluationOf(state, scope));
    if (plan.uses !== undefined) return `Run ${plan.uses}`;
    return `Run ${plan.run === undefined ? "" : (evaluateText(plan.run, evaluationOf(state, scope)).split("\n")[0] ?? "")}`;
  } catch {
    return plan.id;
  }
}

async function runScript(state: JobState, scope: Scope, plan: StepPlan, run: StepRun): Promise<ProcessResult> {
  const evaluation = evaluationOf(state, scope, run.env);
  const text = plan.run === undefined ? "" : evaluateText(plan.run, evaluation);
  const shell = plan.shell === undefined ? scope.shell : evaluateText(plan.shell, evaluation);
  const folder =
    plan.workingDirectory === undefined ? scope.workingDirectory : evaluateText(plan.workingDirectory, evaluation);
  const [command, args, extension] = shellCommand(shell);
  const file = join(state.runnerTemp, `${randomUUID()}${extension}`);
  await writeFile(file, `${text}\n`);
  return runWithFiles(state, scope, plan, run, {
    command,
    args: args.map((arg) => arg.replaceAll("{0}", file)),
    cwd: folder === undefined ? state.workspace : resolve(state.workspace, folder),
    variables: {},
    saved: undefined,
  });
}

/** Unnamed: `bash -e {0}`. Named bash: with pipefail. Anything else is a template of its own. */
export function shellCommand(shell: string | undefined): [command: string, args: string[], extension: string] {
  switch (shell) {
    case undefined:
      return ["bash", ["-e", "{0}"], ".sh"];
    case "bash":
      return ["bash", ["--noprofile", "--norc", "-eo", "pipefail", "{0}"], ".sh"];
    case "sh":
      return ["sh", ["-e", "{0}"], ".sh"];
    case "python":
      return ["python", ["{0}"], ".py"];
    default: {
      const [command = "bash", ...args] = shell.split(/\s+/u).filter((part) => part !== "");
      return [command, args.length === 0 ? ["{0}"] : args, ""];
    }
  }
}

async function runNode(
  state: JobState,
  scope: Scope,
  plan: StepPlan,
  action: ResolvedAction,
  entry: string,
  saved: ActionState,
  run: StepRun,
): Promise<ProcessResult> {
  // Evaluated at every stage, so a later GITHUB_ENV changes what post sees.
  const inputs = inputsOf(state, scope, plan, action.plan, run);
  const variables: Record<string, string> = { ...state.job.runtimeEnvironment };
  for (const [name, value] of Object.entries(inputs)) {
    variables[`INPUT_${name.replaceAll(" ", "_").toUpperCase()}`] = value;
  }
  for (const [name, value] of saved) variables[`STATE_${name}`] = value;
  if (action.repository !== undefined) variables["GITHUB_ACTION_REPOSITORY"] = action.repository;
  if (action.ref !== undefined) variables["GITHUB_ACTION_REF"] = action.ref;
  return runWithFiles(state, scope, plan, run, {
    command: state.node,
    args: [join(action.folder, entry)],
    cwd: state.workspace,
    variables,
    saved,
  });
}

async function runComposite(
  state: JobState,
  scope: Scope,
  plan: StepPlan,
  action: ResolvedAction,
  composite: Extract<ActionPlan, { kind: "composite" }>,
  run: StepRun,
): Promise<void> {
  const inner: Scope = {
    steps: {},
    env: { ...scope.env, ...run.env },
    inputs: inputsOf(state, scope, plan, action.plan, run),
    variables: { GITHUB_ACTION_PATH: action.folder },
    shell: undefined,
    workingDirectory: undefined,
    failed: false,
  };
  for (const step of composite.steps) await runStep(state, inner, step);
  for (const { name, value } of composite.outputs) {
    run.outputs[name] = evaluateText(value, evaluationOf(state, inner));
  }
  if (inner.failed) run.fail("A step of the composite action failed.");
}

function inputsOf(
  state: JobState,
  scope: Scope,
  plan: StepPlan,
  action: ActionPlan,
  run: StepRun,
): Record<string, string> {
  const evaluation = evaluationOf(state, scope, run.env);
  const given = Object.fromEntries(
    Object.entries(evaluateTextMapping(plan.inputs, evaluation)).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const inputs: Record<string, string> = {};
  for (const input of action.inputs) {
    const fallback = input.default === undefined ? "" : textOf(evaluateToken(input.default, evaluation));
    inputs[input.name] = given[input.name.toLowerCase()] ?? fallback;
  }
  const valid = action.inputs.map((input) => input.name.toLowerCase());
  const unexpected = Object.keys(given).filter((name) => !valid.includes(name));
  if (unexpected.length > 0) {
    const message = `Unexpected input(s) '${unexpected.join("', '")}', valid inputs are ['${valid.join("', '")}']`;
    run.output.annotate({ level: "warning", message } satisfies Annotation);
  }
  for (const name of unexpected) inputs[name] = given[name] ?? "";
  return inputs;
}

async function runWithFiles(
  state: JobState,
  scope: Scope,
  plan: StepPlan,
  run: StepRun,
  what: {
    readonly command: string;
    readonly args: readonly string[];
    readonly cwd: string;
    readonly variables: Readonly<Record<string, string>>;
    readonly saved: ActionState | undefined;
  },
): Promise<ProcessResult> {
  const files = await createCommandFiles(state.runnerTemp);
  const env: Record<string, string> = {
    ...state.machine,
    ...state.env,
    ...scope.env,
    ...run.env,
    ...state.fixed,
    ...state.job.idTokenEnvironment,
    ...scope.variables,
    ...what.variables,
    ...files.environment,
    GITHUB_ACTION: plan.id,
  };
  env["PATH"] = [...state.path, env["PATH"] ?? ""].join(":");
  const ended = await runProcess({
    command: what.command,
    args: what.args,
    cwd: what.cwd,
    env,
    timings: state.timings,
    stop: run.stop,
    onLine: (line) => run.output.read(line),
  });
  const results = await files.read();
  for (const [name, value] of results.env) {
    // https://github.com/actions/runner: the one name that a step cannot set for later steps.
    if (name.toUpperCase() === "NODE_OPTIONS") {
      const message = `Can't store ${name} output parameter using '$GITHUB_ENV' command.`;
      run.output.annotate({ level: "error", message });
    } else {
      state.env[name] = value;
    }
  }
  for (const entry of results.path) state.path.unshift(entry);
  for (const [name, value] of results.outputs) run.outputs[name] = value;
  if (what.saved !== undefined) for (const [name, value] of results.state) what.saved.set(name, value);
  if (results.summaryDropped !== undefined) run.output.annotate({ level: "error", message: results.summaryDropped });
  run.setSummary(results.summary);
  if (results.problems.length > 0) run.fail(results.problems.join(" "));
  if (ended.heldOpen) run.output.print("##[debug]a child held the output open; the step was ended by force");
  return ended;
}
