/** The policy action from its inputs to its result. Touches what its parameters touch. */
import { messageOf } from "@gate/base";
import { isTestFile, type ReadText } from "../files.ts";
import { JobError } from "../../errors.ts";
import { teamApproval, type TeamApproval } from "./approval.ts";
import { checkPolicies, type PolicyReport } from "./check.ts";
import { githubApi, GitHubRefusal } from "./github.ts";
import type { PolicyInputs, Surroundings } from "./inputs.ts";
import { COMMENT_BYTES_MAX, publishCheck, publishComment } from "./publish.ts";
import { judge, lineAnnotations, policyMarkdown, type LineAnnotation, type Outcome } from "./report.ts";

export interface PolicyActionResult {
  readonly outcome: Outcome;
  readonly summary: string;
  readonly annotations: readonly LineAnnotation[];
  /** What could not be published or compared, and what to do about it. */
  readonly problems: readonly string[];
}

export async function runPolicyAction(options: {
  readonly inputs: PolicyInputs;
  readonly surroundings: Surroundings;
  readonly read: ReadText;
  /** Paths in the workspace that a pattern stands for, sorted. */
  readonly glob: (pattern: string) => readonly string[];
  readonly fetch: typeof fetch;
  readonly nowMs: number;
}): Promise<PolicyActionResult> {
  const { inputs, surroundings } = options;
  const { repository, headSha, pull, baseRef } = surroundings;
  const api = githubApi({ ...surroundings, token: inputs.token, fetch: options.fetch });
  const problems: string[] = [];
  const reports = await checkPolicies({
    policies: expand(inputs.policies, options.glob).filter((path) => !isTestFile(path)),
    tests: expand([...inputs.policies.filter(isTestFile), ...inputs.tests], options.glob),
    read: options.read,
    nowMs: options.nowMs,
    ...(inputs.config === undefined ? {} : { config: inputs.config }),
    ...(inputs.columns === undefined ? {} : { columns: inputs.columns }),
    ...(baseRef === undefined ? {} : { base: (path: string) => baseFile(api, path, baseRef) }),
  });
  const approval = await approvalFor(reports, options);
  const outcome = judge(reports, { failOn: inputs.failOn, ...(approval === undefined ? {} : { approval }) });
  const markdown = policyMarkdown(reports, outcome, approval, COMMENT_BYTES_MAX);
  if (inputs.token === "") problems.push("no `token`: neither comment nor check was written");
  else {
    if (pull !== undefined && inputs.comment) {
      problems.push((await publishComment(api, { repository, pull: pull.number }, markdown)) ?? "");
    }
    problems.push((await publishCheck(api, { repository, headSha }, outcome, markdown)) ?? "");
  }
  return {
    outcome,
    summary: markdown,
    annotations: lineAnnotations(reports),
    problems: problems.filter((problem) => problem !== ""),
  };
}

/** Asked only where a change is wider: a narrower one needs nobody. Whatever goes wrong is no approval. */
async function approvalFor(
  reports: readonly PolicyReport[],
  options: Parameters<typeof runPolicyAction>[0],
): Promise<(TeamApproval & { readonly team: string }) | undefined> {
  const { inputs, surroundings } = options;
  const from = inputs.approvalFrom;
  if (from === undefined || !reports.some(({ diff }) => diff?.wider === true)) return undefined;
  const team = `${from.org}/${from.team}`;
  // A merge queue's commit is nobody's to review: what is merged was checked in its pull request.
  if (surroundings.pull === undefined) return undefined;
  const api = githubApi({ ...surroundings, token: inputs.token, fetch: options.fetch });
  const { repository, headSha, pull } = surroundings;
  try {
    const asked = { repository, headSha, pull: pull.number, author: pull.author, ...from };
    return { ...(await teamApproval(api, asked)), team };
  } catch (error) {
    return { approved: false, reason: `the approval could not be looked up: ${messageOf(error)}`, team };
  }
}

async function baseFile(api: ReturnType<typeof githubApi>, path: string, ref: string): Promise<string | undefined> {
  try {
    return await api.file(path, ref);
  } catch (error) {
    if (!(error instanceof GitHubRefusal)) throw error;
    throw new JobError(
      "operator",
      "JOB_REFUSED",
      `the base's version of ${path} could not be read: ${error.message}. Add \`contents: read\` to the job's permissions`,
    );
  }
}

function expand(patterns: readonly string[], glob: (pattern: string) => readonly string[]): readonly string[] {
  const found = new Set<string>();
  for (const pattern of patterns) {
    if (!/[*?[{]/.test(pattern)) found.add(pattern);
    else {
      const paths = glob(pattern);
      if (paths.length === 0) throw new JobError("operator", "JOB_INPUT", `no file fits ${pattern}`);
      for (const path of paths.slice(0, FILES_MAX)) found.add(path);
    }
  }
  return [...found];
}

/** Files that one pattern of the policy action stands for. */
const FILES_MAX = 500;
