/**
 * `gate policy lint`: everything that is wrong, dangerous or pointless in a policy file, each with its place. Pure.
 *
 * The parser's own mistakes are among the findings. Lint reads what is written and not what is compiled, so it also
 * says what else is wrong in a file that the parser refuses.
 */
import { PolicyError } from "../errors.ts";
import { kindSpec, type KindSpec } from "../kinds.ts";
import { parsePolicy } from "../policy.ts";
import { parseYamlDocument } from "../yaml.ts";
import { Findings, inOrder, type Finding, type LintCode } from "./findings.ts";
import { applyIgnores } from "./ignores.ts";
import { allowWrites, lintPairs, lintRule } from "./rule-findings.ts";
import { lintApprovals, lintCapability, lintMasks, lintModes, lintUnused } from "./section-findings.ts";
import { lintTrust } from "./trust-findings.ts";
import { readWritten, rulesOf, type WrittenPolicy } from "./written.ts";

/** What the targets of a protocol, or of every protocol of a kind, can do with a policy. */
export interface Capability {
  /** Kinds of masks that they apply. */
  readonly masks: readonly ("column" | "json" | "detect")[];
  /** Matchers of their kind that they never tell the facts for. */
  readonly lacks: readonly string[];
  /** Masks of other kinds make every command refused; otherwise they only find nothing. */
  readonly refusesOthers?: boolean;
  /** Matchers of commands whose results pass as they are: with any mask in force they are refused. */
  readonly unmaskable?: readonly string[];
}

export interface LintOptions {
  /** As it shall stand in front of findings. */
  readonly file: string;
  /** Today, for ignores that end. */
  readonly nowMs: number;
  /** From gateway.yaml, when it is given: then also names of issuers and targets are checked. */
  readonly issuers?: Readonly<Record<string, string>>;
  readonly targets?: Readonly<Record<string, { readonly protocol: string | undefined }>>;
  /** What a protocol can do; asked with the kind where the target's protocol is not known. */
  readonly capability?: (protocol: string | undefined, kind: string) => Capability | undefined;
  /** `schema.table.column` of the targets; without them masks over columns cannot be checked, and a note says so. */
  readonly columns?: ReadonlySet<string>;
}

/** Never throws for what is in the file. */
export function lint(text: string, options: LintOptions): readonly Finding[] {
  const findings = new Findings(options.file);
  const { root } = parseYamlDocument(text, options.file);
  const policy = readWritten(root);
  const kinds = new Map(policy.grants.map((grant) => [grant.name, rulesOf(policy, grant, options.targets)]));
  const writes = (name: string): boolean => {
    const { kind, rules = [] } = kinds.get(name) ?? {};
    return kind !== undefined && rules.some((rule) => allowWrites(rule, kind));
  };
  lintTrust({ findings, policy, writes });
  lintRules(findings, policy, kinds, options);
  lintApprovals(findings, policy);
  lintMasks(findings, policy, options);
  lintModes(findings, policy);
  lintUnused(findings, policy);
  addProblems(findings, text, options);
  return inOrder(applyIgnores(text, findings, options.nowMs));
}

function lintRules(
  findings: Findings,
  policy: WrittenPolicy,
  kinds: ReadonlyMap<string, ReturnType<typeof rulesOf>>,
  options: LintOptions,
): void {
  const seen = new Set<string>();
  for (const grant of policy.grants) {
    const { kind, rules = [] } = kinds.get(grant.name) ?? {};
    if (kind === undefined) continue;
    for (const rule of rules) lintRule(findings, rule, kind);
    lintPairs(findings, rules, kind);
    for (const { text } of grant.sets) seen.add(text);
    const target = grant.target?.text ?? "";
    const known = options.targets !== undefined && Object.hasOwn(options.targets, target);
    const protocol = known ? options.targets[target]?.protocol : undefined;
    const capability = options.capability?.(protocol, kind.kind);
    lintCapability(findings, policy, grant, capability, protocol ?? kind.kind);
  }
  for (const set of policy.sets.values()) {
    if (seen.has(set.name)) continue;
    const alone = rulesOf(
      policy,
      { name: "", at: set.at, sets: [{ text: set.name, at: set.at }], masks: [], limits: [] },
      undefined,
    );
    const kind: KindSpec | undefined = alone.kind && kindSpec(alone.kind.kind);
    if (kind !== undefined) for (const rule of set.rules) lintRule(findings, rule, kind);
  }
}

/** What the parser refuses, unless a finding of its own already says the same. */
function addProblems(findings: Findings, text: string, options: LintOptions): void {
  const { file, issuers, targets } = options;
  const said = new Set(findings.list.map((finding) => finding.code));
  try {
    parsePolicy(text, { file, ...(issuers && { issuers }), ...(targets && { targets }) });
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    for (const problem of error.problems) {
      if (SAID.some(([pattern, code]) => pattern.test(problem.message) && said.has(code))) continue;
      findings.add("policy-invalid", { at: problem }, problem.message, "correct it: nothing of the file is in force");
    }
  }
}

/** Problems of the parser that have a finding of their own, with more to say. */
const SAID: readonly (readonly [RegExp, LintCode])[] = [
  [/^`claims` needs `event_name`/, "event-name-missing"],
  [/^a trust rule needs `audience`/, "audience-missing"],
  [/^`audience` is empty/, "audience-missing"],
  [/^`count` is \d+, but `from` names/, "approval-too-few"],
];
