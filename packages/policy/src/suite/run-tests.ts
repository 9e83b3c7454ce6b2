/** Runs the tests of a policy over facts, exactly as the engine would decide them. Pure. */
import type { Facts, TrustRule, Verdict } from "@gate/contract";
import type { SessionFacts } from "../condition-names.ts";
import { decide } from "../decide.ts";
import { explain, type Explanation } from "../explain.ts";
import type { Grant, Policy } from "../policy.ts";
import type { Problem } from "../errors.ts";
import { Problems, type Position, type YamlNode } from "../yaml.ts";
import { unknownName, type CommandTest, type ExchangeTest, type PolicyTest } from "./read-tests.ts";

/** From what a test says of a command to what the engine would be asked; undefined after a problem was added. */
export type CommandReader = (context: {
  readonly problems: Problems;
  readonly node: YamlNode;
  readonly grant: Grant;
}) => CommandFacts | undefined;

export interface CommandFacts {
  readonly facts: Facts;
  /** Why its results could not be masked as the grant demands: it is then refused whatever the rules say. */
  readonly refusal?: string;
}

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
  /** Why the facts are not fully known, or why the results cannot be masked. */
  readonly because?: string;
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
  const command = grant && problems.count === 0 ? read(test, grant, problems, context) : undefined;
  if (grant === undefined || command === undefined || problems.count > 0) {
    return result(test, context, { passed: false, expected, got: "not run", problems: problems.list });
  }
  if (refused !== undefined) return result(test, context, { passed: false, expected, got: refused, problems: [] });
  const { facts, refusal } = command;
  const session = test.as && sessionOf(policy, test.as.text, test.claims);
  const verdict = refusing(decide(grant, facts, session), refusal);
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
    ...(passed ? {} : { explanation: explain(grant, facts, session) }),
    ...because(facts, refusal),
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

/** What is allowed or held, and cannot be given what the grant demands, is refused. */
export function refusing(verdict: Verdict, refusal: string | undefined): Verdict {
  if (refusal === undefined || verdict.kind === "deny") return verdict;
  return { kind: "deny", rules: ["obligation"], message: refusal };
}

/**
 * Who asks, for conditions over the session: a job of this trust rule, whose claims are those that the rule fixes and
 * those that the test names.
 */
export function sessionOf(
  policy: Policy,
  trustRule: string,
  claims: Readonly<Record<string, string>> = {},
): SessionFacts {
  const rule = policy.trust.find(({ name }) => name === trustRule);
  const fixed = Object.entries(rule?.claims ?? {}).flatMap(([claim, globs]): readonly [string, string][] => {
    const [only, ...others] = globs;
    return only === undefined || others.length > 0 || only.includes("*") ? [] : [[claim, only]];
  });
  return { trustRule, principal: { claims: { ...Object.fromEntries(fixed), ...claims } } };
}

function because(facts: Facts, refusal: string | undefined): { readonly because?: string } {
  const why = facts.classified ? refusal : facts.unclassifiedReason;
  return why === undefined ? {} : { because: why };
}

function read(test: CommandTest, grant: Grant, problems: Problems, context: RunContext): CommandFacts | undefined {
  const command = context.readers.get(test.key)?.({ problems, node: test.command, grant });
  if (command !== undefined && command.facts.kind !== grant.kind) {
    problems.add(
      { at: test.command.at },
      `\`${test.key}\` is no command of \`${grant.name}\`, whose rules are about ${grant.kind}`,
    );
  }
  return command;
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
  const known = [...grant.rules.map(({ id }) => id), "default", "housekeeping", "obligation"];
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
