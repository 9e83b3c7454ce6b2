/**
 * What two versions of a grant talk about, as facts: for every matcher the values at which one of its patterns begins
 * or ends to match. Pure.
 *
 * From each pattern come texts inside of it and texts just outside; from each comparison the numbers around its bound.
 * Values of both versions are pooled, so wherever the two differ some value lies between them.
 */
import type { ArgvFact, Fact, FactItem, MapFact, SetFact } from "@gate/contract";
import type { KindSpec, MatcherSpec } from "../kinds.ts";
import { overlaps } from "../lint/patterns.ts";
import type { Match, Matcher } from "../match.ts";
import type { Grant } from "../policy.ts";
import type { Value, ValueTest } from "../value-test.ts";

/** One fact that a field may have, and how an example says it; the empty text for nothing. */
export interface Choice {
  readonly fact: Fact;
  readonly says: string;
}

/** By field: the most telling first. */
export type Vocabulary = ReadonlyMap<string, readonly Choice[]>;

export function vocabularyOf(kind: KindSpec, grants: readonly (Grant | undefined)[]): Vocabulary {
  const matchers = grants.flatMap((grant) =>
    (grant?.rules ?? []).flatMap((rule) => [...flatten(rule.match), ...flatten(rule.unless ?? [])]),
  );
  const literals = literalsOf(grants);
  const choices = new Map<string, readonly Choice[]>();
  for (const [field, spec] of kind.matchers) {
    const own = matchers.filter((matcher) => matcher.name === field);
    const several = SEVERAL.includes(field) || (field === "path" && kind.matchers.has("sftp"));
    const made = choicesOf(field, spec, own, literals).filter(({ fact }) => several || !isSeveral(fact));
    choices.set(field, dedupe(made).slice(0, FIELD_CHOICES_MAX));
  }
  return choices;
}

export function flatten(match: Match): readonly Matcher[] {
  return match.flatMap((matcher) => (matcher.type === "any" ? matcher.alternatives.flatMap(flatten) : [matcher]));
}

/** Texts and numbers inside of `when` expressions: what they compare with. */
interface Literals {
  readonly texts: readonly string[];
  readonly numbers: readonly number[];
}

function literalsOf(grants: readonly (Grant | undefined)[]): Literals {
  const sources = grants.flatMap((grant) => (grant?.rules ?? []).map((rule) => rule.when?.source ?? ""));
  const texts = sources.flatMap((source) =>
    [...source.matchAll(/"([^"\\]{1,100})"|'([^'\\]{1,100})'/g)].map((m) => m[1] ?? m[2] ?? ""),
  );
  const numbers = sources.flatMap((source) => (source.match(/\b\d{1,12}(?:\.\d{1,6})?\b/g) ?? []).map(Number));
  return { texts: [...new Set(texts)].slice(0, LITERALS_MAX), numbers: [...new Set(numbers)].slice(0, LITERALS_MAX) };
}

function choicesOf(field: string, spec: MatcherSpec, own: readonly Matcher[], literals: Literals): readonly Choice[] {
  switch (spec.type) {
    case "set":
      return setChoices(field, spec, own, literals);
    case "word":
      return [...spec.values.map((value) => scalar(value, value)), NO_VALUE, UNKNOWN_SCALAR];
    case "flag":
      return [scalar(true, field), scalar(false, "")];
    case "number": {
      const bounds = own.flatMap((matcher) => (matcher.type === "number" ? boundsOf(matcher.test) : []));
      const numbers = around([...bounds, ...literals.numbers]);
      return [...numbers.map((value) => scalar(value, `${field} ${value}`)), NO_VALUE, UNKNOWN_SCALAR];
    }
    case "argv":
      return argvChoices(own);
    case "map":
      return mapChoices(field, own, literals);
  }
}

function setChoices(
  field: string,
  spec: Extract<MatcherSpec, { type: "set" }>,
  own: readonly Matcher[],
  literals: Literals,
): readonly Choice[] {
  const sets = own.filter((matcher) => matcher.type === "set");
  const patterns = [...new Set(sets.flatMap((matcher) => matcher.patterns))];
  const labels = new Set([...(spec.labels ?? []), ...Object.values(spec.words ?? {})]);
  const known = spec.names ?? ESSENTIAL.get(field) ?? [];
  const style = { path: spec.glob === "path", upperCase: spec.upperCase === true };
  const inside = patterns.filter(isName).map((pattern) => {
    const named = known.filter((name) => pattern.includes("*") && overlaps(pattern, name, style));
    const filled = fill(pattern);
    return named.length > 0 && spec.upperCase === true ? named.slice(0, 3) : [filled, ...named.slice(0, 2)];
  });
  const outside = patterns.filter(isName).flatMap((pattern) => beyond(pattern, spec));
  const names = [...new Set([...inside.flat(), ...known.slice(0, KNOWN_NAMES_MAX), ...literals.texts, ...outside])];
  const one = (name: string): Choice => ({ fact: set([{ name }]), says: name });
  const grouped = [...labels].map((label): Choice => {
    const name = LABELLED.get(label) ?? `pg_catalog.${label.slice(1)}`;
    return { fact: set([{ name, labels: [label] }]), says: name };
  });
  // Names that one rule lists together, and one name of each of two rules: a command may hold them at once.
  const together = sets.map((matcher) => matcher.patterns.filter(isName).map(fill)).filter((list) => list.length > 1);
  const pairs = inside
    .flatMap((a, index) => inside.slice(index + 1).map((b) => [a[0] ?? "", b[0] ?? ""]))
    .slice(0, PAIRS_MAX);
  const several = [...together, ...pairs].map((list): Choice => {
    const distinct = [...new Set(list)].slice(0, TOGETHER_MAX);
    return { fact: set(distinct.map((name) => ({ name }))), says: distinct.join(", ") };
  });
  const none: Choice = { fact: set([]), says: "" };
  const unknown: Choice = { fact: { ...set([]), complete: false }, says: `${field} unknown` };
  return [none, ...grouped, ...names.map(one), ...several, unknown];
}

function argvChoices(own: readonly Matcher[]): readonly Choice[] {
  const lines = own
    .flatMap((matcher) => (matcher.type === "argv" ? matcher.patterns : []))
    .flatMap(({ words, rest }) => {
      const fixed = (rest ? words.slice(0, -1) : words).map(fill);
      const last = fixed.at(-1) ?? "";
      return [fixed, [...fixed, "extra"], fixed.slice(0, -1), [...fixed.slice(0, -1), `${last}x`]];
    })
    .filter((line) => line.length > 0);
  const one = (line: readonly string[]): Choice => ({ fact: argv([line]), says: line.join(" ") });
  const [first, second] = lines;
  const both =
    first !== undefined && second !== undefined
      ? [{ fact: argv([first, second]), says: `${first.join(" ")} && ${second.join(" ")}` }]
      : [];
  const unknown: Choice = { fact: { ...argv([]), complete: false }, says: "a command line that cannot be known" };
  return [...lines.map(one), one(["id"]), ...both, unknown];
}

function mapChoices(field: string, own: readonly Matcher[], literals: Literals): readonly Choice[] {
  const tests = own.flatMap((matcher) => (matcher.type === "map" ? matcher.keys : []));
  const keys = [...new Set(tests.map(({ key }) => key))];
  const empty: Choice = { fact: map({}), says: "" };
  const unknown: Choice = { fact: { ...map({}), complete: false }, says: `${field} unknown` };
  const byKey = keys.map((key) => {
    const values = new Set<Value>(tests.filter((test) => test.key === key).flatMap(({ test }) => valuesOf(test)));
    for (const literal of [...literals.texts, ...literals.numbers]) values.add(literal);
    return [...values].slice(0, KEY_VALUES_MAX).map((value): readonly [string, Value] => [key, value]);
  });
  const say = (pairs: readonly (readonly [string, Value])[]): Choice => ({
    fact: map(Object.fromEntries(pairs.map(([key, value]) => [key, [value]]))),
    says: pairs.map(([key, value]) => `${field} ${key}=${JSON.stringify(value)}`).join(", "),
  });
  const product = byKey.reduce<readonly (readonly (readonly [string, Value])[])[]>(
    (before, values) =>
      before.flatMap((pairs) => [pairs, ...values.map((value) => [...pairs, value])]).slice(0, MAP_CHOICES_MAX),
    [[]],
  );
  return [empty, ...product.filter((pairs) => pairs.length > 0).map(say), unknown];
}

function valuesOf(test: ValueTest): readonly Value[] {
  const values = test.checks.flatMap((check): readonly Value[] => {
    if (check.op === "glob") return [fill(check.pattern), `${fill(check.pattern)}x`, "other"];
    if (check.op !== "in") return around([check.bound]);
    const beside = check.values.flatMap((value): readonly Value[] =>
      typeof value === "number" ? around([value]) : [`${String(value)}x`],
    );
    return [...check.values, ...beside];
  });
  return (values.length === 0 ? ["x"] : values).map((value) => (test.text ? String(value) : value));
}

function boundsOf(test: ValueTest): readonly number[] {
  return test.checks.flatMap((check) => {
    if (check.op === "in") return check.values.filter((value) => typeof value === "number");
    return check.op === "glob" ? [] : [check.bound];
  });
}

function around(bounds: readonly number[]): readonly number[] {
  return [...new Set(bounds.flatMap((bound) => [bound, bound - 1, bound + 1]))];
}

/** A text that the pattern matches; a star becomes something that nobody else names. */
function fill(pattern: string): string {
  return pattern.replace(/\*\*+/g, "some/thing").replace(/\*/g, "something");
}

/** Texts that look like the pattern's and lie just outside of it. */
function beyond(pattern: string, spec: Extract<MatcherSpec, { type: "set" }>): readonly string[] {
  const text = fill(pattern);
  if (spec.upperCase === true) return [];
  if (spec.qualified !== undefined) {
    const [schema = "", ...rest] = text.split(".");
    return [`other.${rest.join(".")}`, ...(pattern.endsWith("*") ? [] : [`${schema}.something_else`])];
  }
  if (spec.glob === "path") {
    const parent = text.slice(0, text.lastIndexOf("/"));
    return [`${text}/below`, ...(parent === "" ? [] : [`${parent}/beside`]), "/elsewhere"];
  }
  return pattern.endsWith("*") ? [] : [`${text}-other`];
}

function isName(pattern: string): boolean {
  return !pattern.startsWith("@") && !["any", "none", "safe"].includes(pattern);
}

function isSeveral(fact: Fact): boolean {
  return fact.type === "set" && fact.items.length > 1;
}

function dedupe(choices: readonly Choice[]): readonly Choice[] {
  const seen = new Set<string>();
  return choices.filter(({ fact }) => {
    const key = JSON.stringify(fact);
    return seen.has(key) ? false : seen.add(key) !== undefined;
  });
}

function set(items: readonly FactItem[]): SetFact {
  return { type: "set", items, complete: true };
}

function argv(items: readonly (readonly string[])[]): ArgvFact {
  return { type: "argv", items, complete: true };
}

function map(entries: MapFact["entries"]): MapFact {
  return { type: "map", entries, complete: true };
}

function scalar(value: string | number | boolean, says: string): Choice {
  return { fact: { type: "scalar", value }, says };
}

const NO_VALUE: Choice = { fact: { type: "scalar", value: null }, says: "" };
const UNKNOWN_SCALAR: Choice = { fact: { type: "scalar", value: undefined }, says: "unknown" };

/** Something that carries a group's label. */
const LABELLED: ReadonlyMap<string, string> = new Map([
  ["@catalog", "pg_catalog.pg_class"],
  ["@safe", "pg_catalog.lower"],
]);

/** Sets of which one command has several elements: a transfer has one verb, a statement many relations. */
const SEVERAL: readonly string[] = ["statement", "reads", "writes", "functions"];

/** Commands that are worth asking about whatever the policy says. */
const ESSENTIAL: ReadonlyMap<string, readonly string[]> = new Map([
  [
    "statement",
    [
      "SELECT",
      "INSERT",
      "UPDATE",
      "DELETE",
      "DROP TABLE",
      "TRUNCATE TABLE",
      "ALTER TABLE",
      "CREATE TABLE",
      "COPY",
      "COPY PROGRAM",
      "DO",
      "CALL",
      "GRANT",
      "SET ROLE",
      "MERGE",
      "CREATE FUNCTION",
      "EXPLAIN",
      "LOCK TABLE",
    ],
  ],
  ["functions", ["pg_catalog.pg_read_file", "public.something"]],
  ["method", ["GET", "POST", "PUT", "DELETE", "PATCH"]],
  ["verb", ["get", "list", "create", "update", "patch", "delete", "deletecollection"]],
  ["subresource", ["exec", "portforward", "log", "status"]],
]);

/** Facts that one field of a witness may have. */
export const FIELD_CHOICES_MAX = 80;
/** Essential names that join what the policy names. */
const KNOWN_NAMES_MAX = 18;
/** Pairs of names of two rules. */
const PAIRS_MAX = 12;
/** Names of one command that several rules or one list name. */
const TOGETHER_MAX = 6;
/** Values that are tried for one key of a map. */
const KEY_VALUES_MAX = 12;
/** Combinations of keys and values of one map. */
const MAP_CHOICES_MAX = 120;
/** Texts and numbers that are taken out of `when` expressions. */
const LITERALS_MAX = 16;
