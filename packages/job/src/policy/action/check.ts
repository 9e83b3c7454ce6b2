/** Lint, tests and comparison of every policy that the action was given. Reads files and GitHub through parameters. */
import { messageOf } from "@gate/base";
import { diffPolicies, parsePolicy, PolicyError, type Finding, type Policy, type PolicyDiff } from "@gate/policy";
import type { SuiteReport } from "../check.ts";
import { exchange } from "../exchange.ts";
import { lintPath, readColumns, readGatewayNames, testPath, type ReadText } from "../files.ts";
import { JobError } from "../../errors.ts";

export interface PolicyReport {
  readonly file: string;
  readonly findings: readonly Finding[];
  readonly suites: readonly SuiteReport[];
  /** Absent when there is nothing to compare with, or the policy is not valid. */
  readonly diff?: PolicyDiff;
  /** The file is new, or the base's version could not be read: everything in it counts as wider. */
  readonly note?: string;
}

export interface CheckOptions {
  readonly policies: readonly string[];
  readonly tests: readonly string[];
  readonly read: ReadText;
  readonly nowMs: number;
  readonly config?: string;
  readonly columns?: string;
  /** The base's version of a file; undefined when it has none. Absent: nothing is compared. */
  readonly base?: (path: string) => Promise<string | undefined>;
}

export async function checkPolicies(options: CheckOptions): Promise<readonly PolicyReport[]> {
  const { read } = options;
  const names = options.config === undefined ? {} : readGatewayNames(need(read, options.config), options.config);
  const columns = options.columns === undefined ? undefined : readColumns(need(read, options.columns), options.columns);
  const reports: PolicyReport[] = [];
  for (const file of options.policies) {
    const text = need(read, file);
    const findings = lintPath(file, read, { ...names, nowMs: options.nowMs, ...(columns && { columns }) }) ?? [];
    const suites = await testPath(file, read, names);
    const after = parsed(text, file);
    const compared = options.base === undefined || after === undefined ? {} : await compare(file, after, options.base);
    reports.push({ file, findings, suites, ...compared });
  }
  const seen = new Set(reports.flatMap(({ suites }) => suites.map((suite) => suite.file)));
  for (const file of options.tests) {
    if (seen.has(file)) continue;
    reports.push({ file, findings: [], suites: await testPath(file, read, names) });
  }
  return reports;
}

async function compare(
  file: string,
  after: Policy,
  base: (path: string) => Promise<string | undefined>,
): Promise<Pick<PolicyReport, "diff" | "note">> {
  const text = await base(file);
  const before = text === undefined ? undefined : parsed(text, file);
  const diff = diffPolicies(before ?? NOTHING, after, exchange);
  if (before !== undefined) return { diff };
  const note =
    text === undefined
      ? "the base has no such file: all that it allows is new"
      : "the base's version is not valid, so all that this one allows counts as new";
  return { diff, note };
}

function parsed(text: string, file: string): Policy | undefined {
  try {
    return parsePolicy(text, { file });
  } catch (error) {
    if (error instanceof PolicyError) return undefined;
    throw error;
  }
}

function need(read: ReadText, file: string): string {
  let text: string | undefined;
  try {
    text = read(file);
  } catch (error) {
    throw new JobError("operator", "JOB_INPUT", `cannot read ${file}: ${messageOf(error)}`);
  }
  if (text !== undefined) return text;
  throw new JobError(
    "operator",
    "JOB_INPUT",
    `there is no file ${file}. Check the repository out first, and give its path`,
  );
}

/** A policy that lets nobody do anything. */
const NOTHING: Policy = { digest: "", text: "", trust: [], grants: new Map() };
