/** One command under one grant, explained: facts, verdict, every rule, and what is attached to an allow. Pure. */
import type { Facts, Obligation, Verdict } from "@gate/contract";
import {
  decide,
  explain,
  parseYamlDocument,
  refusing,
  sessionOf,
  suggestion,
  type Explanation,
  type Grant,
  type Policy,
  type Problem,
  type YamlNode,
} from "@gate/policy";
import { loadParser } from "@gate/sql";
import type { DeclaredCatalogue } from "./catalogue.ts";
import { commandReaders, type CommandKey } from "./commands.ts";

export interface Explained {
  readonly verdict: Verdict;
  /** The grant only observes: the verdict is recorded and not enforced. */
  readonly observed: boolean;
  readonly rules: readonly Explanation[];
  readonly obligations: readonly Obligation[];
  readonly facts: Facts;
}

export interface ExplainQuestion {
  readonly as?: string;
  readonly grant: string;
  readonly key: CommandKey;
  /** As typed: text, or YAML in flow style where the command is a mapping or a list. */
  readonly command: string;
  readonly catalogue?: DeclaredCatalogue;
}

/** Problems instead of an answer when names or the command are wrong. */
export async function explainCommand(
  policy: Policy,
  question: ExplainQuestion,
): Promise<Explained | { readonly problems: readonly Problem[] }> {
  const grant = policy.grants.get(question.grant);
  if (grant === undefined) {
    return wrong(`there is no grant \`${question.grant}\`${suggestion(question.grant, [...policy.grants.keys()])}`);
  }
  if (question.as !== undefined) {
    const names = policy.trust.map(({ name }) => name);
    const rule = policy.trust.find(({ name }) => name === question.as);
    if (rule === undefined) return wrong(`there is no trust rule \`${question.as}\`${suggestion(question.as, names)}`);
    if (!rule.grants.includes(grant.name)) {
      return wrong(
        `the trust rule \`${rule.name}\` does not give the grant \`${grant.name}\`: its jobs cannot connect`,
      );
    }
  }
  return explainUnder(policy, grant, question);
}

async function explainUnder(
  policy: Policy,
  grant: Grant,
  { as, key, command, catalogue }: ExplainQuestion,
): Promise<Explained | { readonly problems: readonly Problem[] }> {
  await loadParser();
  const { problems } = parseYamlDocument("{}", `--${key}`);
  const { node, unread } = commandNode(key, command);
  if (unread.length > 0) return { problems: unread };
  const read = commandReaders(catalogue).get(key)?.({ problems, node, grant });
  if (read === undefined) return { problems: problems.list };
  const { facts, refusal } = read;
  if (facts.kind !== grant.kind) {
    return wrong(`\`${key}\` is no command of \`${grant.name}\`, whose rules are about ${grant.kind}`);
  }
  const session = as === undefined ? undefined : sessionOf(policy, as);
  const verdict = refusing(decide(grant, facts, session), refusal);
  return {
    verdict,
    observed: grant.mode === "observe",
    rules: explain(grant, facts, session),
    obligations: verdict.kind === "deny" ? [] : verdict.obligations,
    facts,
  };
}

/** SQL and command lines are text whatever they look like. */
function commandNode(
  key: CommandKey,
  command: string,
): { readonly node: YamlNode; readonly unread: readonly Problem[] } {
  if (key !== "sql" && /^\s*[{[]/.test(command)) {
    const { root, problems } = parseYamlDocument(command, `--${key}`);
    return { node: root, unread: problems.list };
  }
  return { node: { type: "scalar", at: { line: 1, column: 1 }, value: command, text: command }, unread: [] };
}

function wrong(message: string): { readonly problems: readonly Problem[] } {
  return { problems: [{ file: "", line: 1, column: 1, message }] };
}
