/**
 * Does one rule say no more than another? Pure, over what is written; errs towards "not sure".
 *
 * Sound because both rules of a pair are read in the same way, and because what is compared is containment of every
 * pattern in some pattern: then whatever makes the narrower matcher true makes the wider one true as well.
 */
import type { KindSpec, MatcherSpec } from "../kinds.ts";
import { contains } from "./patterns.ts";
import { canonical, patternsOf, type Clause, type WrittenMatcher, type WrittenRule } from "./written.ts";

/** Every command to which `inner` applies is one to which `outer` applies, and with the same consequence. */
export function subsumes(outer: WrittenRule, inner: WrittenRule, kind: KindSpec): boolean {
  if (outer.effect !== inner.effect || outer.approval?.text !== inner.approval?.text) return false;
  if (outer.besides !== NOTHING_BESIDES && outer.besides !== inner.besides) return false;
  return wholly(outer, inner, (wide, narrow) => {
    if (!clauseWithin(wide, narrow, kind)) return false;
    if (outer.effect !== "allow") return true;
    // What an allow leaves out may mean something; and it must be true by something that the command does.
    const carried = certainFields(narrow, kind, "allow");
    return impliedWithin(wide, narrow, kind) && [...wide.keys()].some((field) => carried.has(field));
  });
}

/**
 * `deny` refuses every command that `rule` allows or holds. The two are read differently ("one" against "all"), so
 * every matcher of the deny must be over something that the other rule's commands certainly have.
 */
export function overrules(deny: WrittenRule, rule: WrittenRule, kind: KindSpec): boolean {
  if (deny.effect !== "deny" || rule.effect === "deny" || deny.besides !== NOTHING_BESIDES) return false;
  return wholly(deny, rule, (wide, narrow) => {
    const carried = certainFields(narrow, kind, rule.effect);
    return [...wide.keys()].every((field) => carried.has(field)) && clauseWithin(wide, narrow, kind);
  });
}

function wholly(outer: WrittenRule, inner: WrittenRule, within: (wide: Clause, narrow: Clause) => boolean): boolean {
  const wide = outer.match;
  const narrow = inner.match;
  if (wide === undefined || narrow === undefined || narrow.length === 0) return false;
  return narrow.every((clause) => wide.some((alternative) => within(alternative, clause)));
}

/** Every matcher of the wide clause has one of the narrow clause inside it. */
function clauseWithin(wide: Clause, narrow: Clause, kind: KindSpec): boolean {
  return [...wide.values()].every((matcher) => {
    const other = narrow.get(matcher.field);
    if (other === undefined) return isImplied(matcher, kind);
    return matcherWithin(matcher, other, kind.matchers.get(matcher.field));
  });
}

/** An allow that leaves the matcher out means what this one says. */
function isImplied(matcher: WrittenMatcher, kind: KindSpec): boolean {
  const spec = kind.matchers.get(matcher.field);
  const words = patternsOf(matcher).map(({ text }) => text);
  if (spec?.type === "set") {
    if (words.includes("any")) return spec.impliedLabel !== undefined || spec.impliedNone === true;
    const implied = Object.entries(spec.words ?? {}).find(([, label]) => label === spec.impliedLabel)?.[0];
    return implied !== undefined && words.includes(implied);
  }
  return spec?.type === "word" && spec.implied !== undefined && words.includes(spec.implied);
}

/** Where the wide allow leaves out a matcher that then means something, the narrow one must say no more than that. */
function impliedWithin(wide: Clause, narrow: Clause, kind: KindSpec): boolean {
  return [...kind.matchers].every(([field, spec]) => {
    const means =
      (spec.type === "set" && (spec.impliedLabel !== undefined || spec.impliedNone === true)) ||
      (spec.type === "word" && spec.implied !== undefined);
    if (!means || wide.has(field)) return true;
    const other = narrow.get(field);
    if (other === undefined) return true;
    const words = patternsOf(other).map(({ text }) => text);
    const implied =
      spec.type === "word" ? [spec.implied] : spec.impliedNone === true ? ["none"] : Object.keys(spec.words ?? {});
    return words.every((word) => implied.includes(word));
  });
}

function matcherWithin(wide: WrittenMatcher, narrow: WrittenMatcher, spec: MatcherSpec | undefined): boolean {
  if (canonical(wide.node) === canonical(narrow.node)) return true;
  switch (spec?.type) {
    case "set": {
      const style = { path: spec.glob === "path", upperCase: spec.upperCase === true };
      const outer = patternsOf(wide).map(({ text }) => text);
      if (outer.includes("any")) return true;
      return patternsOf(narrow).every(({ text }) => outer.some((pattern) => contains(pattern, text, style)));
    }
    case "word": {
      const values = patternsOf(wide).map(({ text }) => text);
      return patternsOf(narrow).every(({ text }) => values.includes(text));
    }
    case "argv": {
      const outer = commandLines(wide);
      return commandLines(narrow).every((line) => outer.some((pattern) => lineWithin(pattern, line)));
    }
    case "map":
      return mapWithin(wide, narrow);
    case "flag":
    case "number":
    case undefined:
      return false;
  }
}

/** One command line of words, or a list of them. */
export function commandLines(matcher: WrittenMatcher): readonly (readonly string[])[] {
  const { node } = matcher;
  if (node.type !== "list") return [patternsOf(matcher).map(({ text }) => text)];
  if (!node.items.some((item) => item.type === "list")) return [patternsOf(matcher).map(({ text }) => text)];
  return node.items.map((item) => patternsOf({ ...matcher, node: item }).map(({ text }) => text));
}

function lineWithin(outer: readonly string[], inner: readonly string[]): boolean {
  const open = outer.at(-1) === "**";
  const fixed = open ? outer.slice(0, -1) : outer;
  if (inner.at(-1) === "**" && !open) return false;
  const words = inner.at(-1) === "**" ? inner.slice(0, -1) : inner;
  if (open ? words.length < fixed.length : words.length !== fixed.length) return false;
  return fixed.every((pattern, index) => contains(pattern, words[index] ?? "", ANY_WORD));
}

/** Every key that the wide one demands is demanded by the narrow one in the same words. */
function mapWithin(wide: WrittenMatcher, narrow: WrittenMatcher): boolean {
  if (wide.node.type !== "map" || narrow.node.type !== "map") return false;
  const inner = narrow.node.entries;
  return [...wide.node.entries].every(([key, { value }]) => {
    const other = inner.get(key)?.value;
    return other !== undefined && canonical(other) === canonical(value);
  });
}

/** Fields of which every command that the clause is true of has at least one element, and all of them covered by it. */
function certainFields(clause: Clause, kind: KindSpec, effect: WrittenRule["effect"]): ReadonlySet<string> {
  const certain = new Set<string>();
  const sets: string[] = [];
  for (const matcher of clause.values()) {
    const spec = kind.matchers.get(matcher.field);
    if (spec === undefined) continue;
    if (spec.type !== "set" && spec.type !== "argv") certain.add(matcher.field);
    else if (matcher.field === kind.commandField) certain.add(matcher.field);
    else sets.push(matcher.field);
  }
  // An allow that looks at one set only is true by an element of it, or not at all.
  const only = sets[0];
  if (effect === "allow" && sets.length === 1 && only !== undefined && certain.size === 0) certain.add(only);
  // A hold needs one element that is named, the deny needs one too: the same one.
  if (effect === "hold") for (const field of sets) certain.add(field);
  return certain;
}

const ANY_WORD = { path: false, upperCase: false };

/** `besides` of a rule without exception and condition. */
const NOTHING_BESIDES = "|";
