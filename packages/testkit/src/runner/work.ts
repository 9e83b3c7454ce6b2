/**
 * The work of a stage: a script, a JavaScript action or a composite action. Starts processes, writes below RUNNER_TEMP.
 *
 * Every step receives ACTIONS_ID_TOKEN_REQUEST_*; only JavaScript actions receive ACTIONS_RUNTIME_TOKEN and
 * ACTIONS_RESULTS_URL. A step cannot change GITHUB_* and RUNNER_* variables through GITHUB_ENV.
 */
import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { ResolvedAction } from "./actions.ts";
import { evaluateText, evaluateTextMapping, evaluateToken, textOf } from "./expressions.ts";
import { createCommandFiles } from "./file-commands.ts";
import type { ActionPlan, StepPlan } from "./plan.ts";
import { runProcess, type ProcessResult } from "./process.ts";
import type { StepRun } from "./stage.ts";
import { evaluationOf, type JobState, type Scope } from "./state.ts";

/** State that an action saved, for its own later stages only. */
export type ActionState = Map<string, string>;

export async function runScript(state: JobState, scope: Scope, plan: StepPlan, run: StepRun): Promise<ProcessResult> {
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

export async function runNode(
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

export async function runComposite(
  state: JobState,
  scope: Scope,
  plan: StepPlan,
  action: ResolvedAction,
  composite: Extract<ActionPlan, { kind: "composite" }>,
  run: StepRun,
  runStep: (state: JobState, scope: Scope, plan: StepPlan) => Promise<void>,
): Promise<void> {
  const inner: Scope = {
    parent: scope,
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
    run.output.annotate({ level: "warning", message });
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
