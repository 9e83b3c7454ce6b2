/**
 * What a grant says of a command's facts: deny > hold > allow; nothing matched → deny. Pure.
 *
 * - A deny or hold applies when its match and its condition are true *or unknown* and its exception is not certainly
 *   true.
 * - An allow applies only when its match and its condition are certainly true, its exception certainly false, and the
 *   command was fully classified.
 * - Housekeeping needs no rule on a grant that allows or holds anything; only a deny or hold that names it by a
 *   `statement` pattern (more than `*`) speaks against it.
 * - A rule that throws denies.
 *
 * The order of the rules is irrelevant: `Grant.rules` is sorted by id.
 */
import type { ApprovalSpec, Fact, Facts, RuleId, Verdict } from "@gate/contract";
import type { SessionFacts } from "./condition-names.ts";
import { kindSpec } from "./kinds.ts";
import { matchAll, matchOne, namesExplicitly } from "./match.ts";
import { CARRIED, FALSE, UNKNOWN, type Truth } from "./outcome.ts";
import type { Grant } from "./policy.ts";
import type { CompiledRule } from "./rules.ts";

/**
 * Decides one command. Never throws: what cannot be judged is denied. Without a session what `when` asks of it is
 * unknown.
 */
export function decide(grant: Grant, facts: Facts, session?: SessionFacts): Verdict {
  try {
    const parts = facts.classified ? facts.parts : undefined;
    if (parts === undefined || parts.length < 2) return decideOne(grant, facts, session);
    return worst(parts.map((part) => decideOne(grant, part, session)));
  } catch {
    return { kind: "deny", rules: ["default"], message: "the command could not be judged", hint: grant.hint };
  }
}

function decideOne(grant: Grant, facts: Facts, session: SessionFacts | undefined): Verdict {
  if (facts.kind !== grant.kind) {
    return {
      kind: "deny",
      rules: ["default"],
      message: "the command is not of the target's protocol",
      hint: grant.hint,
    };
  }
  const housekeeping = isOpenHousekeeping(grant, facts);
  let denies: CompiledRule[] | undefined;
  let holds: CompiledRule[] | undefined;
  let allows: RuleId[] | undefined;
  for (const rule of grant.rules) {
    let applies: boolean;
    try {
      applies = ruleApplies(rule, facts, session, housekeeping ? commandField(grant) : undefined);
    } catch {
      const message = "this rule could not be evaluated, so it denies";
      return { kind: "deny", rules: [rule.id], message, hint: grant.hint };
    }
    if (!applies) continue;
    if (rule.effect === "deny") (denies ??= []).push(rule);
    else if (rule.effect === "hold") (holds ??= []).push(rule);
    else (allows ??= []).push(rule.id);
  }
  if (denies !== undefined) {
    const message = denies.find((rule) => rule.message !== undefined)?.message ?? "the policy forbids it";
    return { kind: "deny", rules: denies.map((rule) => rule.id), message, hint: grant.hint };
  }
  // A mask's own hold asks about what is allowed or held anyway: a mask never opens anything.
  if (holds !== undefined && (allows !== undefined || housekeeping || holds.some((rule) => rule.implied !== true))) {
    const approval = strictest(holds);
    const rules = holds.map((rule) => rule.id);
    return { kind: "hold", rules, obligations: grant.obligations, approval };
  }
  if (allows !== undefined) return { kind: "allow", rules: allows, obligations: grant.obligations };
  if (housekeeping) return { kind: "allow", rules: HOUSEKEEPING, obligations: grant.obligations };
  return { kind: "deny", rules: ["default"], message: "no rule allows it", hint: grant.hint };
}

/**
 * Could a command with these facts be admitted, were everything known that they leave open? False only when no rule
 * could allow or hold it, or one denies it for certain.
 */
export function possible(grant: Grant, facts: Facts, session?: SessionFacts): boolean {
  if (facts.kind !== grant.kind) return false;
  const housekeeping = isOpenHousekeeping(grant, facts);
  let open = housekeeping;
  for (const rule of grant.rules) {
    const outcome = ruleOutcome(rule, facts, session);
    if (rule.effect === "deny") {
      const speaks = !housekeeping || namesExplicitly(rule.match, commandField(grant), facts);
      if (outcome === CARRIED && speaks) return false;
    } else if (outcome !== FALSE && rule.implied !== true) {
      open = true;
    }
  }
  return open;
}

/** True, false or unknown, before the effect's direction is applied; `explain` prints it. */
export function ruleOutcome(rule: CompiledRule, facts: Facts, session: SessionFacts | undefined): Truth {
  const allow = rule.effect === "allow";
  const matched = allow ? matchAll(rule.match, facts) : matchOne(rule.match, facts);
  if (matched === FALSE) return FALSE;
  const met = rule.when === undefined ? CARRIED : rule.when.test(facts, session);
  if (met === FALSE) return FALSE;
  let excepted: Truth = FALSE;
  if (rule.unless !== undefined) excepted = allow ? matchOne(rule.unless, facts) : matchAll(rule.unless, facts);
  // An exception over a command that could not be classified is never certain, and neither is an allow.
  if (excepted === CARRIED && (allow || facts.classified === true)) return FALSE;
  if (matched === UNKNOWN || met === UNKNOWN || excepted !== FALSE) return UNKNOWN;
  return allow && facts.classified !== true ? UNKNOWN : CARRIED;
}

/** `housekeepingField`: set when the command is housekeeping, which only rules that name it can stop. */
export function ruleApplies(
  rule: CompiledRule,
  facts: Facts,
  session: SessionFacts | undefined,
  housekeepingField: string | undefined,
): boolean {
  const outcome = ruleOutcome(rule, facts, session);
  if (rule.effect === "allow") return outcome === CARRIED;
  if (outcome === FALSE) return false;
  return housekeepingField === undefined || namesExplicitly(rule.match, housekeepingField, facts);
}

/**
 * The protocol says that the command is housekeeping, its facts are known completely and do not contradict that, and
 * the grant is one that lets anything through at all.
 */
export function isOpenHousekeeping(grant: Grant, facts: Facts): boolean {
  if (facts.housekeeping !== true || facts.classified !== true || facts.writes !== false) return false;
  if (facts.kind !== grant.kind) return false;
  const named = facts.fields[commandField(grant)];
  if (named?.type !== "set" || named.items.length === 0) return false;
  for (const fact of Object.values(facts.fields)) {
    if (!isKnown(fact)) return false;
  }
  return grant.rules.some((rule) => rule.effect !== "deny" && rule.implied !== true);
}

function isKnown(fact: Fact): boolean {
  switch (fact.type) {
    case "none":
      return true;
    case "scalar":
      return fact.value !== undefined;
    case "set":
    case "argv":
      return fact.complete === true;
    case "map":
      return fact.complete === true && (fact.unknown ?? []).length === 0;
    default:
      return false;
  }
}

export function commandField(grant: Grant): string {
  return kindSpec(grant.kind)?.commandField ?? "";
}

/**
 * A batch is judged statement by statement and gets its worst verdict: none of it is forwarded unless all may be.
 */
function worst(verdicts: readonly Verdict[]): Verdict {
  const denies = verdicts.filter((verdict) => verdict.kind === "deny");
  const [deny] = denies;
  if (deny !== undefined) return { ...deny, rules: union(denies) };
  const holds = verdicts.filter((verdict) => verdict.kind === "hold");
  const [hold] = holds;
  if (hold !== undefined) {
    const approval = holds.map((verdict) => verdict.approval).reduce((a, b) => (stricter(a, b) <= 0 ? a : b));
    return { ...hold, rules: union(holds), approval };
  }
  const allow = verdicts.find((verdict) => verdict.kind === "allow");
  if (allow === undefined) throw new TypeError("a batch without statements");
  return { ...allow, rules: union(verdicts) };
}

function union(verdicts: readonly Verdict[]): readonly RuleId[] {
  return [...new Set(verdicts.flatMap((verdict) => verdict.rules))].toSorted();
}

function strictest(holds: readonly CompiledRule[]): ApprovalSpec {
  const specs = holds.map((rule) => rule.approval).filter((approval) => approval !== undefined);
  return specs.reduce((a, b) => (stricter(a, b) <= 0 ? a : b));
}

/** Negative when `a` is the stricter: more people, then more exclusions, fewer who may answer, less time, the name. */
function stricter(a: ApprovalSpec, b: ApprovalSpec): number {
  return (
    b.count - a.count ||
    b.exclude.length - a.exclude.length ||
    a.from.length - b.from.length ||
    a.timeoutMs - b.timeoutMs ||
    (a.name < b.name ? -1 : Number(a.name > b.name))
  );
}

const HOUSEKEEPING: readonly RuleId[] = ["housekeeping"];
