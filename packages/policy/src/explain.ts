/** Why a verdict is what it is: each rule with its outcome and the first matcher that stood in its way. Pure. */
import type { Facts, RuleId } from "@gate/contract";
import { commandField, decide, isOpenHousekeeping, ruleApplies, ruleOutcome } from "./decide.ts";
import { all, matchAll, matchOne, one } from "./match.ts";
import { BY_EMPTINESS, CARRIED, FALSE, UNKNOWN } from "./outcome.ts";
import type { SessionFacts } from "./condition-names.ts";
import type { Grant } from "./policy.ts";
import type { CompiledRule, Effect } from "./rules.ts";

export interface Explanation {
  readonly rule: RuleId;
  readonly effect: Effect;
  /** "unknown" makes a deny or hold apply, and an allow not. */
  readonly outcome: "true" | "false" | "unknown";
  /** The first matcher that kept the outcome from being true: a matcher's name, `unless`, `classified` … */
  readonly failed?: string;
}

/**
 * Explains the verdict of `decide` over the same facts. Of a batch it explains the first statement that has the
 * verdict of the whole.
 */
export function explain(grant: Grant, facts: Facts, session?: SessionFacts): readonly Explanation[] {
  const parts = facts.classified ? facts.parts : undefined;
  if (parts !== undefined && parts.length > 1) {
    const { kind } = decide(grant, facts, session);
    const part = parts.find((candidate) => decide(grant, candidate, session).kind === kind);
    return part === undefined ? [] : explainOne(grant, part, session);
  }
  return explainOne(grant, facts, session);
}

function explainOne(grant: Grant, facts: Facts, session: SessionFacts | undefined): readonly Explanation[] {
  const housekeeping = isOpenHousekeeping(grant, facts);
  const field = housekeeping ? commandField(grant) : undefined;
  const explained = grant.rules.map((rule): Explanation => {
    const { id, effect } = rule;
    try {
      const outcome = ruleOutcome(rule, facts, session);
      if (effect !== "allow" && outcome !== FALSE && !ruleApplies(rule, facts, session, field)) {
        return { rule: id, effect, outcome: "false", failed: "housekeeping" };
      }
      if (outcome === CARRIED) return { rule: id, effect, outcome: "true" };
      return {
        rule: id,
        effect,
        outcome: outcome === FALSE ? "false" : "unknown",
        failed: firstFailed(rule, facts, session),
      };
    } catch {
      return { rule: id, effect, outcome: "unknown", failed: "error" };
    }
  });
  return housekeeping ? [...explained, { rule: "housekeeping", effect: "allow", outcome: "true" }] : explained;
}

function firstFailed(rule: CompiledRule, facts: Facts, session: SessionFacts | undefined): string {
  const evaluate = rule.effect === "allow" ? all : one;
  const outcomes = rule.match.map((matcher) => ({ name: matcher.name, outcome: evaluate(matcher, facts) }));
  const failed =
    outcomes.find(({ outcome }) => outcome === FALSE) ?? outcomes.find(({ outcome }) => outcome === UNKNOWN);
  if (failed !== undefined) return failed.name;
  if (rule.effect === "allow") {
    // Every matcher is true, but the match is not: true by emptiness alone.
    if (matchAll(rule.match, facts) === FALSE) {
      return outcomes.find(({ outcome }) => outcome === BY_EMPTINESS)?.name ?? "match";
    }
  }
  if (rule.when !== undefined && rule.when.test(facts, session) !== CARRIED) return "when";
  if (rule.effect === "allow") {
    if (rule.unless !== undefined && matchOne(rule.unless, facts) !== FALSE) return "unless";
    return "classified";
  }
  return "unless";
}
