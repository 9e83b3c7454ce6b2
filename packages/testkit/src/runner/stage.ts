/**
 * One stage (pre, main, post) of one step: condition, environment, time limit, cancellation, result.
 *
 * The work itself is handed in; this file decides whether it runs and what its end means.
 */
import { messageOf } from "@gate/base";
import { OutputReader } from "./commands.ts";
import { evaluateTextMapping, evaluateToken } from "./expressions.ts";
import type { StepPlan } from "./plan.ts";
import type { ProcessResult } from "./process.ts";
import { evaluationOf, rootOf, type JobState, type Scope } from "./state.ts";
import type { Outcome, StepResult } from "./types.ts";

const MINUTE_MS = 60_000;

/** What is about to run. */
export interface Stage {
  readonly plan: StepPlan;
  readonly name: string;
  readonly stage: StepResult["stage"];
  readonly postOf?: string;
  /** Decides whether to run, and again when the job is cancelled while it runs. */
  readonly condition: () => boolean;
  /** Runs the work; undefined stands for "nothing to do". */
  readonly work: (run: StepRun) => Promise<ProcessResult | undefined>;
}

/** What the work of a stage gets, and how it reports. */
export interface StepRun {
  readonly output: OutputReader;
  readonly stop: AbortSignal;
  /** The step's own `env`, evaluated now. */
  readonly env: Readonly<Record<string, string>>;
  readonly outputs: Record<string, string>;
  fail(message: string): void;
  setSummary(text: string): void;
}

export async function runStage(state: JobState, scope: Scope, stage: Stage): Promise<void> {
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
    if (conclusion === "failure") {
      scope.failed = true;
      // The action around a nested post has ended long ago: its failure is the job's.
      if (stage.stage === "post") rootOf(scope).failed = true;
    }
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
  const onKill = () => stop.abort();
  if (stage.stage === "main") state.cancelled.addEventListener("abort", onCancel, { once: true });
  state.killed.addEventListener("abort", onKill, { once: true });
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
      // JavaScript actions are expected to have said what went wrong.
      if (plan.run === undefined) failure = true;
      else fail(`Process completed with exit code ${ended.exitCode}.`);
    }
  } catch (error) {
    fail(messageOf(error));
  } finally {
    clearTimeout(timer);
    state.cancelled.removeEventListener("abort", onCancel);
    state.killed.removeEventListener("abort", onKill);
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
