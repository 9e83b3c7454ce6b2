/** Runs the tests of a policy over facts, exactly as the engine would decide them. Pure. */
import type { Facts, TrustRule } from "@gate/contract";
import { decide } from "../decide.ts";
import { explain, type Explanation } from "../explain.ts";
import type { Grant, Policy } from "../policy.ts";
import type { Problem } from "../errors.ts";
import { Problems, type Position, type YamlNode } from "../yaml.ts";
import { unknownName, type CommandTest, type ExchangeTest, type PolicyTest } from "./read-tests.ts";

/** From what a test says of a command to its facts; undefined after a problem was added. */
export type CommandReader = (context: {
  readonly problems: Problems;
  readonly node: YamlNode;
  readonly grant: Grant;
}) => Facts | undefined;

/** The trust rule that a token with these claims is let in by; otherwise what stood in its way. */
export type Exchange = (
  trust: readonly TrustRule[],
  claims: Readonly<Record<string, string>>,
) => { readonly rule: TrustRule } | { readonly rule?: undefined; readonly reason: string };

export interface RunContext {
  readonly file: string;
  readonly policy: Policy;
  readonly readers: ReadonlyMap<string, CommandReader>;
  readonly exchange: Exchange;
}

export interface TestResult {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly passed: boolean;
  readonly expected: string;
  readonly got: string;
  /** Of a failed test over a command: each rule, with the first matcher that failed. */
  readonly explanation?: readonly Explanation[];
  /** Why the facts are not fully known, where they are not. */
  readonly unclassified?: string;
  /** What is wrong with the test itself. */
  readonly problems: readonly Problem[];
}

export function runTests(tests: readonly PolicyTest[], context: RunContext): readonly TestResult[] {
  return tests.map((test) => (test.type === "command" ? runCommand(test, context) : runExchange(test, context)));
}

function runCommand(test: CommandTest, context: RunContext): TestResult {
  const { policy, file } = context;
  const problems = new Problems(file);
  const { expect } = test;
  const expected = [
    expect.effect,
    expect.rule === undefined ? undefined : `by \`${expect.rule}\``,
    expect.rules === undefined ? undefined : `by exactly ${expect.rules.join(", ")}`,
    expect.approval === undefined ? undefined : `approval \`${expect.approval}\``,
  ]
    .filter((part) => part !== undefined)
    .join(" ");
  const grant = policy.grants.get(test.grant.text);
  if (grant === undefined) problems.add(test.grant, unknownName("grant", test.grant.text, [...policy.grants.keys()]));
  const refused = test.as && givenTo(policy, problems, test.as, test.grant.text);
  checkRuleNames(problems, test, grant);
  const facts = grant && problems.count === 0 ? read(test, grant, problems, context) : undefined;
  if (grant === undefined || facts === undefined || problems.count > 0) {
    return result(test, context, { passed: false, expected, got: "not run", problems: problems.list });
  }
  if (refused !== undefined) return result(test, context, { passed: false, expected, got: refused, problems: [] });
  const verdict = decide(grant, facts);
  const approval = verdict.kind === "hold" ? verdict.approval.name : undefined;
  const passed =
    (expect.effect === undefined || expect.effect === verdict.kind) &&
    (expect.rule === undefined || verdict.rules.includes(expect.rule)) &&
    (expect.rules === undefined || sameNames(expect.rules, verdict.rules)) &&
    (expect.approval === undefined || expect.approval === approval);
  const observed = grant.mode === "observe" && verdict.kind !== "allow" ? ", only observed" : "";
  const got = `${verdict.kind} by ${verdict.rules.join(", ")}${approval === undefined ? "" : ` approval \`${approval}\``}${observed}`;
  return result(test, context, {
    passed,
    expected,
    got,
    problems: [],
    ...(passed ? {} : { explanation: explain(grant, facts) }),
    ...(facts.classified || facts.unclassifiedReason === undefined ? {} : { unclassified: facts.unclassifiedReason }),
  });
}

function runExchange(test: ExchangeTest, context: RunContext): TestResult {
  const { policy, file } = context;
  const problems = new Problems(file);
  const { expect } = test;
  const expected = [
    `exchange ${expect.exchange}`,
    expect.rule === undefined ? undefined : `by \`${expect.rule}\``,
    expect.grants === undefined ? undefined : `with ${expect.grants.join(", ")}`,
  ]
    .filter((part) => part !== undefined)
    .join(" ");
  const done = (passed: boolean, got: string) =>
    result(test, context, { passed, expected, got, problems: problems.list });
  const wanted = [...(expect.grants ?? []), ...(test.grant === undefined ? [] : [test.grant.text])];
  for (const name of wanted) {
    if (!policy.grants.has(name)) problems.add(test, unknownName("grant", name, [...policy.grants.keys()]));
  }
  for (const name of [expect.rule, test.as?.text]) trustRule(policy, problems, name, test.at);
  if (problems.count > 0) return done(false, "not run");
  if (test.claims === undefined) {
    const refused = givenTo(policy, problems, test.as ?? { text: "", at: test.at }, test.grant?.text ?? "");
    const got = refused === undefined ? "allowed" : "denied";
    return done(got === expect.exchange, `exchange ${got}${refused === undefined ? "" : ` (${refused})`}`);
  }
  const outcome = context.exchange(policy.trust, test.claims);
  if (outcome.rule === undefined) return done(expect.exchange === "denied", `exchange denied (${outcome.reason})`);
  const { name, grants } = outcome.rule;
  const lacking = wanted.filter((grant) => !grants.includes(grant));
  const passed =
    lacking.length === 0
      ? expect.exchange === "allowed" &&
        (expect.rule === undefined || expect.rule === name) &&
        (test.as === undefined || test.as.text === name)
      : expect.exchange === "denied";
  return done(passed, `exchange allowed by \`${name}\` with ${grants.join(", ")}`);
}

function read(test: CommandTest, grant: Grant, problems: Problems, context: RunContext): Facts | undefined {
  const facts = context.readers.get(test.key)?.({ problems, node: test.command, grant });
  if (facts !== undefined && facts.kind !== grant.kind) {
    problems.add(
      { at: test.command.at },
      `\`${test.key}\` is no command of \`${grant.name}\`, whose rules are about ${grant.kind}`,
    );
  }
  return facts;
}

/** Undefined when a job of this trust rule gets the grant; otherwise why not. */
function givenTo(
  policy: Policy,
  problems: Problems,
  as: { readonly text: string; readonly at: Position },
  grant: string,
): string | undefined {
  const rule = trustRule(policy, problems, as.text, as.at);
  if (rule === undefined || rule.grants.includes(grant)) return undefined;
  return `the trust rule \`${as.text}\` does not give the grant \`${grant}\``;
}

function trustRule(policy: Policy, problems: Problems, name: string | undefined, at: Position): TrustRule | undefined {
  if (name === undefined) return undefined;
  const rule = policy.trust.find((candidate) => candidate.name === name);
  if (rule === undefined) {
    const known = policy.trust.map((candidate) => candidate.name);
    problems.add({ at }, unknownName("trust rule", name, known));
  }
  return rule;
}

/** A test that expects a rule which does not exist would fail for ever, or worse, be changed until it passes. */
function checkRuleNames(problems: Problems, test: CommandTest, grant: Grant | undefined): void {
  if (grant === undefined) return;
  const known = [...grant.rules.map(({ id }) => id), "default", "housekeeping"];
  for (const name of [test.expect.rule, ...(test.expect.rules ?? [])]) {
    if (name === undefined || known.includes(name)) continue;
    problems.add(test, unknownName(`rule of \`${grant.name}\``, name, known));
  }
}

function result(
  test: PolicyTest,
  context: RunContext,
  outcome: Omit<TestResult, "name" | "file" | "line" | "column">,
): TestResult {
  return { name: test.name, file: context.file, line: test.at.line, column: test.at.column, ...outcome };
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}
