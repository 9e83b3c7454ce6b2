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
import type { ArgvFact, Facts, MapFact, SetFact } from "@gate/contract";
import type { Glob } from "./glob.ts";
import { BY_EMPTINESS, CARRIED, FALSE, NEUTRAL, UNKNOWN, type Outcome, type Truth } from "./outcome.ts";
import { testValue, type ValueTest } from "./value-test.ts";
import type { Position } from "./yaml.ts";

export interface SetMatcher {
  readonly type: "set";
  readonly name: string;
  /** Where it is written; absent for what an allow implies. */
  readonly at?: Position;
  /** As written. */
  readonly patterns: readonly string[];
  /** Compare in upper case. */
  readonly upperCase: boolean;
  readonly globs: readonly Glob[];
  /** Those of them that hold at least one literal character. */
  readonly explicitGlobs: readonly Glob[];
  readonly labels: readonly string[];
  /** Written `any`: in the reading "all" it demands nothing. */
  readonly any: boolean;
  /** An empty set satisfies it fully: `safe` is about the rest, `none` about nothing. */
  readonly neutral: boolean;
  /** The kind has the word `none`, and it is not written: an empty set does not satisfy it. */
  readonly needsOne?: boolean;
  /** Written or implied `none`: an empty set, or no such thing. */
  readonly none: boolean;
  /** A protocol that does not give this fact has answered for it otherwise. */
  readonly optional?: boolean;
}

export interface WordMatcher {
  readonly type: "word";
  readonly name: string;
  readonly at?: Position;
  readonly values: readonly string[];
  /** Written `any`: in the reading "all" it demands nothing. */
  readonly any: boolean;
  /** Implied by an allow: a command that has no such thing satisfies it. */
  readonly implied: boolean;
}

export interface FlagMatcher {
  readonly type: "flag";
  readonly name: string;
  readonly at: Position;
  readonly value: boolean;
}

export interface NumberMatcher {
  readonly type: "number";
  readonly name: string;
  readonly at: Position;
  readonly test: ValueTest;
}

export interface ArgvMatcher {
  readonly type: "argv";
  readonly name: string;
  readonly at: Position;
  readonly patterns: readonly ArgvPattern[];
}

/** One command line: each word has its glob; after the last one nothing, or with `rest` anything. */
export interface ArgvPattern {
  /** As written. */
  readonly words: readonly string[];
  readonly globs: readonly Glob[];
  readonly rest: boolean;
}

export interface MapMatcher {
  readonly type: "map";
  readonly name: string;
  readonly at: Position;
  /** All of them must hold. */
  readonly keys: readonly { readonly key: string; readonly test: ValueTest }[];
}

export interface ClassifiedMatcher {
  readonly type: "classified";
  readonly name: "classified";
  readonly at: Position;
  readonly value: boolean;
}

export interface AnyMatcher {
  readonly type: "any";
  readonly name: "any";
  readonly at: Position;
  readonly alternatives: readonly Match[];
}

export type Matcher =
  SetMatcher | WordMatcher | FlagMatcher | NumberMatcher | ArgvMatcher | MapMatcher | ClassifiedMatcher | AnyMatcher;

/** All of these must hold; written order. */
export type Match = readonly Matcher[];

/** Everything that the command does is covered: FALSE, UNKNOWN or CARRIED (which stands for true). */
export function matchAll(match: Match, facts: Facts): Truth {
  const outcome = allOf(match, facts);
  if (outcome === BY_EMPTINESS) return FALSE;
  return outcome === NEUTRAL ? CARRIED : outcome;
}

/** Something that the command does is named: FALSE, UNKNOWN or CARRIED (which stands for true). */
export function matchOne(match: Match, facts: Facts): Truth {
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
      return setAll(matcher, facts);
    case "word":
      return matcher.any ? NEUTRAL : word(matcher, facts);
    case "flag":
      return flag(matcher, facts);
    case "number":
      return number(matcher, facts);
    case "argv":
      return argvAll(matcher, facts);
    case "map":
      return mapAll(matcher, facts);
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
export function one(matcher: Matcher, facts: Facts): Truth {
  switch (matcher.type) {
    case "set":
      return setOne(matcher, facts);
    case "word": {
      const outcome = word(matcher, facts);
      return outcome === NEUTRAL ? CARRIED : outcome;
    }
    case "flag":
      return flag(matcher, facts);
    case "number":
      return number(matcher, facts);
    case "argv":
      return argvOne(matcher, facts);
    case "map":
      return mapOne(matcher, facts);
    case "classified":
      return facts.classified === matcher.value ? CARRIED : FALSE;
    case "any": {
      let best: Truth = FALSE;
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

function setAll(matcher: SetMatcher, facts: Facts): Outcome {
  if (matcher.any) return NEUTRAL;
  const fact = facts.fields[matcher.name];
  if (fact?.type === "none") return matcher.none ? NEUTRAL : FALSE;
  if (fact?.type !== "set") return UNKNOWN;
  const items = fact.items;
  for (const item of items) {
    if (!covers(matcher, item)) return FALSE;
  }
  if (fact.complete !== true) return UNKNOWN;
  if (items.length > 0) return CARRIED;
  if (matcher.neutral) return NEUTRAL;
  // Where nothing has a word of its own (`none`), a list without that word is about something.
  return matcher.needsOne === true ? FALSE : BY_EMPTINESS;
}

function setOne(matcher: SetMatcher, facts: Facts): Truth {
  const fact = facts.fields[matcher.name];
  if (fact === undefined && matcher.optional === true) return FALSE;
  if (fact?.type === "none") return matcher.none ? CARRIED : FALSE;
  if (fact?.type !== "set") return UNKNOWN;
  for (const item of fact.items) {
    if (covers(matcher, item)) return CARRIED;
  }
  if (fact.complete !== true) return UNKNOWN;
  return matcher.none && fact.items.length === 0 ? CARRIED : FALSE;
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

function word(matcher: WordMatcher, facts: Facts): Truth | typeof NEUTRAL {
  const fact = facts.fields[matcher.name];
  if (fact?.type === "none") return matcher.implied ? NEUTRAL : FALSE;
  if (fact?.type !== "scalar") return UNKNOWN;
  if (fact.value === null) return matcher.implied ? NEUTRAL : FALSE;
  if (typeof fact.value !== "string") return UNKNOWN;
  return matcher.values.includes(fact.value) ? CARRIED : FALSE;
}

function flag(matcher: FlagMatcher, facts: Facts): Truth {
  const fact = facts.fields[matcher.name];
  if (fact?.type === "none") return FALSE;
  if (fact?.type !== "scalar") return UNKNOWN;
  if (fact.value === null) return FALSE;
  if (typeof fact.value !== "boolean") return UNKNOWN;
  return fact.value === matcher.value ? CARRIED : FALSE;
}

function number(matcher: NumberMatcher, facts: Facts): Truth {
  const fact = facts.fields[matcher.name];
  if (fact?.type === "none") return FALSE;
  if (fact?.type !== "scalar") return UNKNOWN;
  if (fact.value === null) return FALSE;
  if (typeof fact.value !== "number") return UNKNOWN;
  return testValue(matcher.test, fact.value);
}

function argvAll(matcher: ArgvMatcher, facts: Facts): Outcome {
  const fact = facts.fields[matcher.name];
  if (fact?.type === "none") return FALSE;
  if (fact?.type !== "argv") return UNKNOWN;
  for (const words of fact.items) {
    if (!runs(matcher, words)) return FALSE;
  }
  if (fact.complete !== true) return UNKNOWN;
  return fact.items.length > 0 ? CARRIED : BY_EMPTINESS;
}

function argvOne(matcher: ArgvMatcher, facts: Facts): Truth {
  const fact = facts.fields[matcher.name];
  if (fact?.type === "none") return FALSE;
  if (fact?.type !== "argv") return UNKNOWN;
  for (const words of fact.items) {
    if (runs(matcher, words)) return CARRIED;
  }
  return fact.complete === true ? FALSE : UNKNOWN;
}

function runs(matcher: ArgvMatcher, words: ArgvFact["items"][number]): boolean {
  for (const { globs, rest } of matcher.patterns) {
    if (rest ? words.length < globs.length : words.length !== globs.length) continue;
    let index = 0;
    while (index < globs.length && (globs[index] as Glob)(words[index] as string)) index += 1;
    if (index === globs.length) return true;
  }
  return false;
}

/** `present: false` alone is satisfied by what is not there: it carries nothing. */
function mapAll(matcher: MapMatcher, facts: Facts): Outcome {
  const fact = facts.fields[matcher.name];
  if (fact?.type === "none") return FALSE;
  if (fact?.type !== "map") return UNKNOWN;
  let outcome: Outcome = NEUTRAL;
  for (const { key, test } of matcher.keys) {
    const values = valuesOf(fact, key);
    let each: Outcome;
    if (test.present === false) each = values.length > 0 ? FALSE : uncertain(fact, key) ? UNKNOWN : NEUTRAL;
    else {
      each = values.length > 0 ? CARRIED : FALSE;
      for (const value of values) each = Math.min(each, testValue(test, value)) as Outcome;
      if ((each === CARRIED || values.length === 0) && uncertain(fact, key)) {
        // What is there may be all that is asked about: more of it changes nothing.
        if (values.length === 0 || test.checks.length > 0) each = UNKNOWN;
      }
    }
    if (each === FALSE) return FALSE;
    if (each === UNKNOWN || outcome === UNKNOWN) outcome = UNKNOWN;
    else if (each === CARRIED) outcome = CARRIED;
  }
  return outcome;
}

function mapOne(matcher: MapMatcher, facts: Facts): Truth {
  const fact = facts.fields[matcher.name];
  if (fact?.type === "none") return FALSE;
  if (fact?.type !== "map") return UNKNOWN;
  let outcome: Truth = CARRIED;
  for (const { key, test } of matcher.keys) {
    const values = valuesOf(fact, key);
    let each: Truth;
    if (test.present === false) each = values.length > 0 ? FALSE : uncertain(fact, key) ? UNKNOWN : CARRIED;
    else {
      each = FALSE;
      for (const value of values) each = Math.max(each, testValue(test, value)) as Truth;
      if (each === FALSE && uncertain(fact, key)) each = UNKNOWN;
    }
    if (each === FALSE) return FALSE;
    if (each === UNKNOWN) outcome = UNKNOWN;
  }
  return outcome;
}

function valuesOf(fact: MapFact, key: string): MapFact["entries"][string] {
  return Object.hasOwn(fact.entries, key) ? (fact.entries[key] as MapFact["entries"][string]) : NO_VALUES;
}

/** Whether the key may have other values than the listed ones. */
function uncertain(fact: MapFact, key: string): boolean {
  return fact.complete !== true || fact.unknown?.includes(key) === true;
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

/** Every matcher of a match, those inside `any` too. */
export function* eachMatcher(match: Match): Generator<Matcher> {
  for (const matcher of match) {
    yield matcher;
    if (matcher.type !== "any") continue;
    for (const alternative of matcher.alternatives) yield* eachMatcher(alternative);
  }
}

const NO_VALUES: MapFact["entries"][string] = [];
