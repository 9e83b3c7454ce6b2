/** Lint and tests of policy files: everything that the `gate policy` commands and the action do with text. Pure. */
import { messageOf } from "@gate/base";
import {
  lint,
  parsePolicy,
  parseYamlDocument,
  PolicyError,
  readPolicyTests,
  readSuite,
  runTests,
  type Finding,
  type LintOptions,
  type Policy,
  type PolicyOptions,
  type Problem,
  type Suite,
  type TestResult,
} from "@gate/policy";
import { loadParser } from "@gate/sql";
import { capability } from "./capability.ts";
import { readCatalogue } from "./catalogue.ts";
import { COMMAND_KEYS, commandReaders } from "./commands.ts";
import { exchange } from "./exchange.ts";

export type Context = Pick<PolicyOptions, "issuers" | "targets">;

/** @see lint; with what the protocols of this gate can do. */
export function lintPolicy(text: string, options: Omit<LintOptions, "capability">): readonly Finding[] {
  return lint(text, { ...options, capability });
}

/** What came of one file of tests. */
export interface SuiteReport {
  readonly file: string;
  readonly policyFile: string;
  readonly results: readonly TestResult[];
  /** Mistakes of the test file or of the policy; with any, nothing was run. */
  readonly problems: readonly Problem[];
}

/** Runs the tests that stand in a policy itself. */
export async function testPolicy(text: string, file: string, context: Context = {}): Promise<SuiteReport> {
  return runSuite(readPolicyTests(text, file, COMMAND_KEYS), { text, file }, context);
}

/** Runs a `*.test.yaml` against its policy. */
export async function testSuite(
  suite: Suite,
  policy: { readonly text: string; readonly file: string },
  context: Context = {},
): Promise<SuiteReport> {
  return runSuite(suite, policy, context);
}

export function parseSuite(text: string, file: string): Suite {
  return readSuite(text, file, COMMAND_KEYS);
}

/** Are there tests in the policy itself? */
export function hasOwnTests(text: string, file: string): boolean {
  const { root } = parseYamlDocument(text, file);
  return root.type === "map" && root.entries.has("tests");
}

async function runSuite(
  suite: Suite,
  source: { readonly text: string; readonly file: string },
  context: Context,
): Promise<SuiteReport> {
  const report = (problems: readonly Problem[], results: readonly TestResult[] = []): SuiteReport => ({
    file: suite.file,
    policyFile: source.file,
    results,
    problems,
  });
  if (suite.problems.length > 0) return report(suite.problems);
  let policy: Policy;
  try {
    policy = parsePolicy(source.text, { file: source.file, ...context });
  } catch (error) {
    if (error instanceof PolicyError) return report(error.problems);
    return report([{ file: source.file, line: 1, column: 1, message: messageOf(error) }]);
  }
  const { problems } = parseYamlDocument("{}", suite.file);
  const catalogue = suite.catalogue && readCatalogue(problems, suite.catalogue);
  if (problems.count > 0) return report(problems.list);
  await loadParser();
  return report([], runTests(suite.tests, { file: suite.file, policy, readers: commandReaders(catalogue), exchange }));
}
