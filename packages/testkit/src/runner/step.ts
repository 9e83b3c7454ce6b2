/** What a step of a workflow is: which stages it has, when they run, and what they do. */
import { resolveAction, type ResolvedAction } from "./actions.ts";
import { evaluateBareCondition, evaluateCondition, evaluateText, evaluateTextMapping } from "./expressions.ts";
import type { StepPlan } from "./plan.ts";
import { runStage } from "./stage.ts";
import { evaluationOf, rootOf, type JobState, type Scope } from "./state.ts";
import { runComposite, runNode, runScript, type ActionState } from "./work.ts";

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
        await runComposite(state, scope, plan, action, action.plan, run, runStep);
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
      condition: () => evaluateBareCondition(postIf, evaluationOf(state, rootOf(scope))),
      work: (run) => runNode(state, scope, plan, action, post, saved, run),
    }),
  );
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
