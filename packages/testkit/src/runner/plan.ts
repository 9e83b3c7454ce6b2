/** Workflow and action files, parsed by GitHub's own parser into what the runner double runs. Pure. */
import type { MappingToken, TemplateToken } from "@actions/workflow-parser/templates/tokens/index";
import { TestkitError, type TestkitErrorCode } from "../errors.ts";
import type { Libraries } from "./libraries.ts";

export interface StepPlan {
  /** What GITHUB_ACTION and the `steps` context call it: the step's id, or `__run`, `__run_2`, `__self` … */
  readonly id: string;
  readonly name: TemplateToken | undefined;
  /** Text of `if:` without `${{ }}`. */
  readonly condition: string;
  readonly uses: string | undefined;
  readonly inputs: TemplateToken | undefined;
  readonly run: TemplateToken | undefined;
  readonly shell: TemplateToken | undefined;
  readonly workingDirectory: TemplateToken | undefined;
  readonly env: TemplateToken | undefined;
  readonly continueOnError: TemplateToken | undefined;
  readonly timeoutMinutes: TemplateToken | undefined;
}

export interface JobPlan {
  readonly key: string;
  readonly workflowName: string;
  readonly workflowEnv: TemplateToken | undefined;
  readonly env: TemplateToken | undefined;
  readonly condition: string;
  /** `permissions` of the job, or of the workflow; undefined where neither says anything. */
  readonly permissions: TemplateToken | undefined;
  readonly environment: TemplateToken | undefined;
  readonly outputs: TemplateToken | undefined;
  readonly strategy: TemplateToken | undefined;
  readonly timeoutMinutes: TemplateToken | undefined;
  readonly continueOnError: TemplateToken | undefined;
  readonly shell: TemplateToken | undefined;
  readonly workingDirectory: TemplateToken | undefined;
  readonly steps: readonly StepPlan[];
}

export interface InputPlan {
  readonly name: string;
  readonly required: boolean;
  readonly default: TemplateToken | undefined;
}

export type ActionPlan = {
  readonly name: string;
  readonly inputs: readonly InputPlan[];
} & (
  | {
      readonly kind: "node";
      readonly using: string;
      readonly main: string;
      readonly pre: string | undefined;
      readonly preIf: string;
      readonly post: string | undefined;
      readonly postIf: string;
    }
  | {
      readonly kind: "composite";
      readonly steps: readonly StepPlan[];
      readonly outputs: readonly { readonly name: string; readonly value: TemplateToken }[];
    }
);

/** Keys of a step that change when it runs; the double has no background steps. */
const STEP_UNSUPPORTED = ["background", "wait", "wait-all", "cancel", "parallel"];

/**
 * Reads one job of a workflow. Without `key` the workflow must have exactly one job.
 * @throws {TestkitError} WORKFLOW_INVALID, UNSUPPORTED.
 */
export async function parseJob(
  libraries: Libraries,
  file: { readonly name: string; readonly content: string },
  key: string | undefined,
): Promise<JobPlan> {
  const { parser } = libraries;
  const result = parser.parseWorkflow(file, new parser.NoOperationTraceWriter());
  if (result.value !== undefined) await parser.convertWorkflowTemplate(result.context, result.value);
  const root = checked(libraries, result, "WORKFLOW_INVALID", file.name);
  const jobs = mapping(libraries, root.find("jobs"));
  const keys = [...jobs].map((pair) => pair.key.assertString("job").value);
  const chosen = key ?? (keys.length === 1 ? keys[0] : undefined);
  const found = chosen === undefined ? undefined : jobs.find(chosen);
  if (chosen === undefined || found === undefined) {
    throw new TestkitError("WORKFLOW_INVALID", `${file.name}: name one of its jobs: ${keys.join(", ")}`);
  }
  const job = mapping(libraries, found);
  for (const name of ["container", "services", "uses"]) {
    if (job.find(name) !== undefined) {
      throw new TestkitError("UNSUPPORTED", `${file.name}: the runner double has no \`${name}\` for a job`);
    }
  }
  const defaults = (name: string) => defaultOf(libraries, job, name) ?? defaultOf(libraries, root, name);
  return {
    key: chosen,
    workflowName: literal(root.find("name")) ?? file.name,
    workflowEnv: root.find("env"),
    env: job.find("env"),
    condition: conditionText(libraries, job.find("if")),
    permissions: job.find("permissions") ?? root.find("permissions"),
    environment: job.find("environment"),
    outputs: job.find("outputs"),
    strategy: job.find("strategy"),
    timeoutMinutes: job.find("timeout-minutes"),
    continueOnError: job.find("continue-on-error"),
    shell: defaults("shell"),
    workingDirectory: defaults("working-directory"),
    steps: stepsOf(libraries, job.find("steps"), file.name),
  };
}

/**
 * Reads an action.yml.
 * @throws {TestkitError} ACTION_INVALID, UNSUPPORTED for Docker actions.
 */
export function parseActionFile(libraries: Libraries, file: { name: string; content: string }): ActionPlan {
  const { parser, actions } = libraries;
  const result = actions.parseAction(file, new parser.NoOperationTraceWriter());
  const template = result.value === undefined ? undefined : actions.convertActionTemplate(result.context, result.value);
  const root = checked(libraries, result, "ACTION_INVALID", file.name);
  if (template === undefined) throw new TestkitError("ACTION_INVALID", `${file.name}: empty`);
  const inputs = (template.inputs ?? []).map((input) => ({
    name: input.id,
    required: input.required === true,
    default: input.default,
  }));
  const { runs } = template;
  if (runs.using === "docker") {
    throw new TestkitError("UNSUPPORTED", `${file.name}: the runner double has no Docker actions`);
  }
  if (runs.using === "composite") {
    const steps = mapping(libraries, root.find("runs")).find("steps");
    const outputs = (template.outputs ?? []).flatMap((output) =>
      output.value === undefined ? [] : [{ name: output.id, value: output.value }],
    );
    return { kind: "composite", name: template.name, inputs, steps: stepsOf(libraries, steps, file.name), outputs };
  }
  if (runs.main === "") throw new TestkitError("ACTION_INVALID", `${file.name}: \`runs.main\` is missing`);
  return {
    kind: "node",
    name: template.name,
    inputs,
    using: runs.using,
    main: runs.main,
    pre: runs.pre,
    preIf: runs.preIf ?? "always()",
    post: runs.post,
    postIf: runs.postIf ?? "always()",
  };
}

function stepsOf(libraries: Libraries, token: TemplateToken | undefined, file: string): StepPlan[] {
  if (token === undefined || !libraries.parser.isSequence(token)) return [];
  const plans: StepPlan[] = [];
  const used = new Set<string>();
  for (const item of token) {
    const step = mapping(libraries, item);
    for (const name of STEP_UNSUPPORTED) {
      if (step.find(name) !== undefined) {
        throw new TestkitError("UNSUPPORTED", `${file}: the runner double has no \`${name}\` for a step`);
      }
    }
    const uses = literal(step.find("uses"));
    const id = literal(step.find("id")) ?? generatedId(uses, used);
    used.add(id);
    plans.push({
      id,
      name: step.find("name"),
      condition: conditionText(libraries, step.find("if")),
      uses,
      inputs: step.find("with"),
      run: step.find("run"),
      shell: step.find("shell"),
      workingDirectory: step.find("working-directory"),
      env: step.find("env"),
      continueOnError: step.find("continue-on-error"),
      timeoutMinutes: step.find("timeout-minutes"),
    });
  }
  return plans;
}

/** `__run`, `__run_2`, `__self`, `__actions_checkout`: what the runner calls steps without an id. */
function generatedId(uses: string | undefined, used: ReadonlySet<string>): string {
  const base =
    uses === undefined
      ? "__run"
      : uses.startsWith("./")
        ? "__self"
        : `__${
            uses
              .split("@")[0]
              ?.split("/")
              .slice(0, 2)
              .join("_")
              .replaceAll(/[^\w-]/gu, "_") ?? ""
          }`;
  for (let count = 1; ; count += 1) {
    const id = count === 1 ? base : `${base}_${count}`;
    if (!used.has(id)) return id;
  }
}

function checked(
  libraries: Libraries,
  result: ReturnType<Libraries["parser"]["parseWorkflow"]>,
  code: TestkitErrorCode,
  file: string,
): MappingToken {
  const errors = result.context.errors.getErrors();
  if (errors.length > 0 || result.value === undefined) {
    const lines = errors.map((error) => `${file}:${error.range?.start.line ?? 1}: ${error.rawMessage}`);
    throw new TestkitError(code, lines.length > 0 ? lines.join("\n") : `${file}: empty`);
  }
  return mapping(libraries, result.value);
}

function mapping(libraries: Libraries, token: TemplateToken | undefined): MappingToken {
  if (token === undefined || !libraries.parser.isMapping(token)) {
    throw new TestkitError("WORKFLOW_INVALID", "a mapping was expected");
  }
  return token;
}

function defaultOf(libraries: Libraries, owner: MappingToken, name: string): TemplateToken | undefined {
  const defaults = owner.find("defaults");
  if (defaults === undefined) return undefined;
  const run = mapping(libraries, defaults).find("run");
  return run === undefined ? undefined : mapping(libraries, run).find(name);
}

function conditionText(libraries: Libraries, token: TemplateToken | undefined): string {
  if (token === undefined) return "success()";
  if (libraries.parser.isBasicExpression(token)) return token.expression;
  return literal(token) ?? "success()";
}

/** A literal's text; undefined for what is absent or an expression. */
function literal(token: TemplateToken | undefined): string | undefined {
  if (token === undefined || token.isExpression || !token.isScalar) return undefined;
  const text = token.assertScalar("value").toString();
  return text === "" ? undefined : text;
}
