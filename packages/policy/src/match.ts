/**
 * Three-valued matching of facts. Pure.
 *
 * Two readings of the same written match (CONTRACT §3: "an allow needs all, a hold or deny needs one"):
 *
 * - `matchAll`: true only if *everything* the command does is covered. Allows, and the exceptions of holds and denies.
 * - `matchOne`: true as soon as *something* the command does is named. Holds and denies, and the exceptions of allows.
 *
 * So an exception can only ever narrow an allow when in doubt, and only lift a hold or deny when it is certain.
 * What a protocol does not know, or says in a form that is not expected here, is unknown: never true, never false.
 *
 * Over an empty set "all are covered" is true without having said anything. `reads: [public.*]` must not stop an
 * INSERT that reads nothing, yet must not by itself let SET ROLE through, which reads nothing either. So such a
 * matcher is true *by emptiness*, and a whole match that is true by emptiness alone counts as false.
 */
import { assertNever } from "@gate/base";
import type { Facts, SetFact } from "@gate/contract";
import type { Glob } from "./glob.ts";

export interface SetMatcher {
  readonly type: "set";
  readonly name: string;
  /** Compare in upper case. */
  readonly upperCase: boolean;
  readonly globs: readonly Glob[];
  /** Those of them that hold at least one literal character. */
  readonly explicitGlobs: readonly Glob[];
  readonly labels: readonly string[];
  /** Written `any`: in the reading "all" it demands nothing. */
  readonly any: boolean;
  /** Names a built-in group by its word (`safe`), which is about the rest: an empty set satisfies it fully. */
  readonly neutral: boolean;
}

export interface ScalarMatcher {
  readonly type: "scalar";
  readonly name: string;
  readonly values: readonly string[];
}

export interface ClassifiedMatcher {
  readonly type: "classified";
  readonly name: "classified";
  readonly value: boolean;
}

export interface AnyMatcher {
  readonly type: "any";
  readonly name: "any";
  readonly alternatives: readonly Match[];
}

export type Matcher = SetMatcher | ScalarMatcher | ClassifiedMatcher | AnyMatcher;

/** All of these must hold; written order. */
export type Match = readonly Matcher[];

/**
 * The outcomes, in an order that makes `any` a maximum. BY_EMPTINESS, NEUTRAL and CARRIED are all true: by an empty
 * set, without looking at any set, and by something that the command really does.
 */
export const FALSE = 0;
export const UNKNOWN = 1;
export const BY_EMPTINESS = 2;
export const NEUTRAL = 3;
export const CARRIED = 4;
export type Outcome = typeof FALSE | typeof UNKNOWN | typeof BY_EMPTINESS | typeof NEUTRAL | typeof CARRIED;

/** Everything that the command does is covered: FALSE, UNKNOWN or CARRIED (which stands for true). */
export function matchAll(match: Match, facts: Facts): typeof FALSE | typeof UNKNOWN | typeof CARRIED {
  const outcome = allOf(match, facts);
  if (outcome === BY_EMPTINESS) return FALSE;
  return outcome === NEUTRAL ? CARRIED : outcome;
}

/** Something that the command does is named: FALSE, UNKNOWN or CARRIED (which stands for true). */
export function matchOne(match: Match, facts: Facts): typeof FALSE | typeof UNKNOWN | typeof CARRIED {
  let unknown = false;
  for (const matcher of match) {
    const outcome = one(matcher, facts);
    if (outcome === FALSE) return FALSE;
    if (outcome === UNKNOWN) unknown = true;
  }
  return unknown ? UNKNOWN : CARRIED;
}

function allOf(match: Match, facts: Facts): Outcome {
  let unknown = false;
  let carried = false;
  let empty = false;
  for (const matcher of match) {
    const outcome = all(matcher, facts);
    if (outcome === FALSE) return FALSE;
    if (outcome === UNKNOWN) unknown = true;
    else if (outcome === CARRIED) carried = true;
    else if (outcome === BY_EMPTINESS) empty = true;
  }
  if (unknown) return UNKNOWN;
  if (carried) return CARRIED;
  return empty ? BY_EMPTINESS : NEUTRAL;
}

/** One matcher in the reading "all". */
export function all(matcher: Matcher, facts: Facts): Outcome {
  switch (matcher.type) {
    case "set":
      if (matcher.any) return NEUTRAL;
      return hasNone(facts, matcher.name) ? FALSE : setAll(matcher, setFact(facts, matcher.name));
    case "scalar":
      return scalar(matcher, facts);
    case "classified":
      return facts.classified === matcher.value ? NEUTRAL : FALSE;
    case "any": {
      let best: Outcome = FALSE;
      for (const alternative of matcher.alternatives) {
        const outcome = allOf(alternative, facts);
        if (outcome > best) best = outcome;
      }
      return best;
    }
    default:
      return assertNever(matcher);
  }
}

/** One matcher in the reading "one". */
export function one(matcher: Matcher, facts: Facts): typeof FALSE | typeof UNKNOWN | typeof CARRIED {
  switch (matcher.type) {
    case "set":
      return hasNone(facts, matcher.name) ? FALSE : setOne(matcher, setFact(facts, matcher.name));
    case "scalar":
      return scalar(matcher, facts);
    case "classified":
      return facts.classified === matcher.value ? CARRIED : FALSE;
    case "any": {
      let best: typeof FALSE | typeof UNKNOWN | typeof CARRIED = FALSE;
      for (const alternative of matcher.alternatives) {
        const outcome = matchOne(alternative, facts);
        if (outcome > best) best = outcome;
      }
      return best;
    }
    default:
      return assertNever(matcher);
  }
}

function setAll(matcher: SetMatcher, fact: SetFact | undefined): Outcome {
  if (fact === undefined) return UNKNOWN;
  const items = fact.items;
  for (const item of items) {
    if (!covers(matcher, item)) return FALSE;
  }
  if (fact.complete !== true) return UNKNOWN;
  if (items.length > 0) return CARRIED;
  return matcher.neutral ? NEUTRAL : BY_EMPTINESS;
}

function setOne(matcher: SetMatcher, fact: SetFact | undefined): typeof FALSE | typeof UNKNOWN | typeof CARRIED {
  if (fact === undefined) return UNKNOWN;
  for (const item of fact.items) {
    if (covers(matcher, item)) return CARRIED;
  }
  return fact.complete === true ? FALSE : UNKNOWN;
}

function covers(matcher: SetMatcher, item: SetFact["items"][number]): boolean {
  const name = matcher.upperCase ? item.name.toUpperCase() : item.name;
  for (const glob of matcher.globs) {
    if (glob(name)) return true;
  }
  const labels = item.labels;
  if (labels === undefined) return false;
  for (const label of matcher.labels) {
    if (labels.includes(label)) return true;
  }
  return false;
}

function scalar(matcher: ScalarMatcher, facts: Facts): typeof FALSE | typeof UNKNOWN | typeof CARRIED {
  const fact = facts.fields[matcher.name];
  if (fact?.type === "none") return FALSE;
  if (fact?.type !== "scalar" || fact.value === undefined) return UNKNOWN;
  return typeof fact.value === "string" && matcher.values.includes(fact.value) ? CARRIED : FALSE;
}

/** The command has no such thing: nothing about it can be true. */
function hasNone(facts: Facts, name: string): boolean {
  return facts.fields[name]?.type === "none";
}

function setFact(facts: Facts, name: string): SetFact | undefined {
  const fact = facts.fields[name];
  return fact?.type === "set" ? fact : undefined;
}

/**
 * True when an item of the command's own field is named by a pattern with at least one literal character. Only a
 * rule that does so refuses or holds housekeeping.
 */
export function namesExplicitly(match: Match, field: string, facts: Facts): boolean {
  const fact = setFact(facts, field);
  return match.some((matcher) => {
    if (matcher.type === "any") return matcher.alternatives.some((inner) => namesExplicitly(inner, field, facts));
    if (matcher.type !== "set" || matcher.name !== field || fact === undefined) return false;
    return fact.items.some((item) => {
      const name = matcher.upperCase ? item.name.toUpperCase() : item.name;
      return matcher.explicitGlobs.some((glob) => glob(name));
    });
  });
}
