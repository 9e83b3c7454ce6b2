/** What the policy action was asked to do, and in which pull request. Pure: inputs, environment and event are parameters. */
import { JobError } from "../../errors.ts";

export interface PolicyInputs {
  /** Paths and globs of policies. */
  readonly policies: readonly string[];
  /** Paths and globs of more test files than those beside the policies. */
  readonly tests: readonly string[];
  readonly config?: string;
  readonly columns?: string;
  readonly baseRef?: string;
  readonly token: string;
  readonly comment: boolean;
  /** `org/team`. */
  readonly approvalFrom?: { readonly org: string; readonly team: string };
  readonly failOn: "error" | "warning" | "never";
}

/** Where the job runs; `pull` only where there is one. */
export interface Surroundings {
  readonly apiUrl: string;
  readonly repository: string;
  readonly workspace: string;
  /** The commit that the check is reported on: the pull request's head, not the merge commit. */
  readonly headSha: string;
  /** What the policies are compared with; absent: nothing is. */
  readonly baseRef?: string;
  readonly pull?: { readonly number: number; readonly author: string };
}

type Env = Readonly<Record<string, string | undefined>>;

export function readPolicyInputs(read: (name: string) => string): PolicyInputs {
  const [config, columns, baseRef] = ["config", "columns", "base-ref"].map((name) => read(name).trim());
  const failOn = read("fail-on").trim() || "error";
  if (failOn !== "error" && failOn !== "warning" && failOn !== "never") {
    throw wrong("`fail-on` must be error, warning or never");
  }
  const comment = read("comment").trim() || "true";
  if (comment !== "true" && comment !== "false") throw wrong("`comment` must be true or false");
  const from = read("require-approval-from").trim();
  const team = /^@?([^/\s]+)\/([^/\s]+)$/.exec(from);
  if (from !== "" && team === null) throw wrong("`require-approval-from` must be a team, as in acme/platform");
  const policies = lines(read("policy"));
  if (policies.length === 0) throw wrong("`policy` is empty; give the path of a policy");
  return {
    policies,
    tests: lines(read("tests")),
    token: read("token").trim(),
    comment: comment === "true",
    failOn,
    ...(config ? { config } : {}),
    ...(columns ? { columns } : {}),
    ...(baseRef ? { baseRef } : {}),
    ...(team === null ? {} : { approvalFrom: { org: team[1] ?? "", team: team[2] ?? "" } }),
  };
}

/** `event`: the webhook payload of GITHUB_EVENT_PATH. */
export function readSurroundings(env: Env, event: unknown, inputs: Pick<PolicyInputs, "baseRef">): Surroundings {
  const pull = child(event, "pull_request");
  const group = child(event, "merge_group");
  const number = member(pull, "number");
  const head = text(child(pull, "head"), "sha") ?? text(group, "head_sha") ?? env["GITHUB_SHA"] ?? "";
  // The commit and not the branch: the branch may move on while the job runs.
  const base = inputs.baseRef ?? text(child(pull, "base"), "sha") ?? text(group, "base_sha");
  return {
    apiUrl: env["GITHUB_API_URL"] ?? "https://api.github.com",
    repository: env["GITHUB_REPOSITORY"] ?? "",
    workspace: env["GITHUB_WORKSPACE"] ?? ".",
    headSha: head,
    ...(base === undefined ? {} : { baseRef: base }),
    ...(typeof number === "number" ? { pull: { number, author: text(child(pull, "user"), "login") ?? "" } } : {}),
  };
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}

function child(value: unknown, name: string): unknown {
  return member(value, name);
}

function text(value: unknown, name: string): string | undefined {
  const found = member(value, name);
  return typeof found === "string" ? found : undefined;
}

function lines(value: string): readonly string[] {
  return [...new Set(value.split(/[\n,]/).map((line) => line.trim()))].filter((line) => line !== "");
}

function wrong(message: string): JobError {
  return new JobError("operator", "JOB_INPUT", message);
}
