/** Reads the `match` and `unless` of a rule into matchers of one kind of facts. Pure. */
import { compileGlob, matchesEverything } from "./glob.ts";
import { COMMON_MATCHERS, type KindSpec, type ScalarMatcherSpec, type SetMatcherSpec } from "./kinds.ts";
import type { Match, Matcher, SetMatcher } from "./match.ts";
import { suggestion } from "./nearest.ts";
import { readBoolean, readEntries, readList, readOneOrMore, readString, readWord } from "./reader.ts";
import type { Problems, YamlNode } from "./yaml.ts";

/** Where the match stands decides what may be written in it. */
export type MatchPlace = "allow" | "hold" | "deny" | "unless";

/** What is needed to read a match. */
export interface MatchContext {
  readonly problems: Problems;
  readonly kind: KindSpec;
  readonly place: MatchPlace;
}

/**
 * Reads one match. In an allow the implied labels (`functions: safe`) are added wherever the author left the matcher
 * out, and a match that demands nothing is refused.
 */
export function readMatch(context: MatchContext, node: YamlNode): Match | undefined {
  const before = context.problems.count;
  const draft = readDraft(context, node);
  // What is left of a match with a problem must not be judged: one mistake, one message.
  if (draft === undefined || context.problems.count > before) return undefined;
  if (context.place === "allow" && !saysSomething(draft)) {
    const { kind, problems } = context;
    problems.add(node, `an allow must say what it allows; add \`${kind.commandField}: […]\``);
    return undefined;
  }
  return context.place === "allow"
    ? withImplied(draft, impliedMatchers(context.kind))
    : draft.map((one) => one.matcher);
}

/** A matcher as written, with what is needed to judge whether it says anything. */
interface Draft {
  readonly matcher: Matcher;
  readonly name: string;
  /** For `any`: its alternatives as written. */
  readonly alternatives?: readonly (readonly Draft[])[];
}

function readDraft(context: MatchContext, node: YamlNode): readonly Draft[] | undefined {
  const { problems, kind } = context;
  const entries = readEntries(problems, node, context.place === "unless" ? "`unless`" : "`match`");
  if (entries === undefined) return undefined;
  const known = [...kind.matchers.keys(), ...COMMON_MATCHERS];
  const drafts: Draft[] = [];
  for (const { key, at, value } of entries) {
    const spec = kind.matchers.get(key);
    if (key === "any") {
      const alternatives = readList(problems, value, "`any`", (item) => readAlternative(context, item));
      if (alternatives === undefined) continue;
      if (value.type === "list" && value.items.length === 0) {
        problems.add(value, "`any` is empty; list at least one match, or remove it");
        continue;
      }
      const matches = alternatives.map((alternative) => alternative.map((one) => one.matcher));
      drafts.push({ name: key, matcher: { type: "any", name: "any", alternatives: matches }, alternatives });
    } else if (key === "classified") {
      const wanted = readBoolean(problems, value, "`classified`");
      if (wanted === undefined) continue;
      if (context.place === "allow" && !wanted) {
        problems.add(value, "an allow never covers what could not be classified; use `effect: hold` for it");
        continue;
      }
      drafts.push({ name: key, matcher: { type: "classified", name: "classified", value: wanted } });
    } else if (spec === undefined) {
      problems.add({ at }, `unknown matcher \`${key}\` for ${kind.kind}${suggestion(key, known)}`);
    } else if (spec.type === "set") {
      const matcher = readSet(context, key, spec, value);
      if (matcher !== undefined) drafts.push({ name: key, matcher });
    } else {
      const values = readScalars(problems, key, spec, value);
      if (values !== undefined) drafts.push({ name: key, matcher: { type: "scalar", name: key, values } });
    }
  }
  return drafts;
}

function readAlternative(context: MatchContext, node: YamlNode): readonly Draft[] | undefined {
  if (node.type !== "map" || node.entries.size > 0) return readDraft(context, node);
  context.problems.add(node, "an alternative of `any` is empty, so it matches everything; fill it or remove it");
  return undefined;
}

function readScalars(problems: Problems, key: string, spec: ScalarMatcherSpec, node: YamlNode) {
  return readOneOrMore(problems, node, `\`${key}\``, (item) => readWord(problems, item, `\`${key}\``, spec.values));
}

function readSet(context: MatchContext, key: string, spec: SetMatcherSpec, node: YamlNode): SetMatcher | undefined {
  const { problems } = context;
  const patterns = readOneOrMore(problems, node, `\`${key}\``, (item) => {
    const pattern = readString(problems, item, `a pattern of \`${key}\``);
    if (pattern === undefined) return undefined;
    const mistake = patternMistake(pattern, key, spec);
    if (mistake === undefined) return { pattern, item };
    problems.add(item, mistake);
    return undefined;
  });
  if (patterns === undefined) return undefined;
  const words = new Map(Object.entries(spec.words ?? {}));
  const labels: string[] = [];
  const globs: string[] = [];
  let any = false;
  for (const { pattern, item } of patterns) {
    if (spec.impliedLabel !== undefined && pattern === "any") {
      if (patterns.length > 1) problems.add(item, `\`any\` stands alone: write \`${key}: any\``);
      if (context.place === "unless") problems.add(item, `\`any\` is no exception; write \`${key}: ["*"]\``);
      any = true;
    } else if (words.has(pattern)) labels.push(words.get(pattern) as string);
    else if (pattern.startsWith("@")) labels.push(pattern);
    else globs.push(spec.upperCase === true ? pattern.toUpperCase() : pattern);
  }
  if (any) globs.push("*");
  const explicit = globs.filter((glob) => !matchesEverything(glob));
  return {
    type: "set",
    name: key,
    upperCase: spec.upperCase === true,
    globs: globs.map(compileGlob),
    explicitGlobs: explicit.map(compileGlob),
    labels,
    any,
    neutral: labels.length > 0 && spec.impliedLabel !== undefined,
  };
}

function patternMistake(pattern: string, key: string, spec: SetMatcherSpec): string | undefined {
  if (pattern.length > PATTERN_CHARS_MAX) return `a pattern may have at most ${PATTERN_CHARS_MAX} characters`;
  if (pattern.startsWith("!")) return `a pattern cannot be negated; put \`${key}\` into \`unless\` of the rule`;
  if (pattern.startsWith("@")) {
    if (spec.labels.includes(pattern)) return undefined;
    return `\`${key}\` has no group \`${pattern}\`${suggestion(pattern, spec.labels)}`;
  }
  if (spec.upperCase === true && !/^[A-Za-z0-9_ .*]+$/.test(pattern)) {
    return `a pattern of \`${key}\` holds only letters, digits, blanks, \`_\`, \`.\` and \`*\``;
  }
  if (spec.qualified === undefined || /[.*]/.test(pattern)) return undefined;
  if (spec.impliedLabel !== undefined && pattern === "any") return undefined;
  if (Object.hasOwn(spec.words ?? {}, pattern)) return undefined;
  const words = [...Object.keys(spec.words ?? {}), ...(spec.impliedLabel === undefined ? [] : ["any"])];
  const hint = words.length === 0 ? "" : `, or ${words.map((word) => `\`${word}\``).join(" or ")}`;
  return `\`${pattern}\` needs its schema, as in \`${spec.qualified}\` (\`*\` stands for anything)${hint}`;
}

/** False for a match that demands nothing of the command: then an allow would be for everything. */
function saysSomething(drafts: readonly Draft[]): boolean {
  return drafts.some(({ matcher, alternatives }) => {
    if (matcher.type === "any") return (alternatives ?? []).length > 0 && (alternatives ?? []).every(saysSomething);
    if (matcher.type === "set" && matcher.name === "functions") return !matcher.any && matcher.explicitGlobs.length > 0;
    return true;
  });
}

/** Adds each implied matcher that the author left out; into the alternatives of `any` where one of them has it. */
function withImplied(drafts: readonly Draft[], implied: readonly SetMatcher[]): Match {
  const missing = implied.filter(({ name }) => !drafts.some((draft) => draft.name === name));
  if (missing.length === 0) return drafts.map((draft) => draft.matcher);
  const inAlternatives = drafts.some((draft) => draft.alternatives !== undefined);
  const own = drafts.map(({ matcher, alternatives }): Matcher => {
    if (alternatives === undefined) return matcher;
    const matches = alternatives.map((alternative) => withImplied(alternative, missing));
    return { type: "any", name: "any", alternatives: matches };
  });
  return inAlternatives ? own : [...own, ...missing];
}

function impliedMatchers(kind: KindSpec): readonly SetMatcher[] {
  const implied: SetMatcher[] = [];
  for (const [name, spec] of kind.matchers) {
    if (spec.type !== "set" || spec.impliedLabel === undefined) continue;
    const labels = [spec.impliedLabel];
    const none = { globs: [], explicitGlobs: [] };
    implied.push({ type: "set", name, upperCase: false, ...none, labels, any: false, neutral: true });
  }
  return implied;
}

/** The command names that an allow or hold mentions, as written, for hints. */
export function namedCommands(node: YamlNode | undefined, field: string): readonly string[] {
  if (node?.type !== "map") return [];
  const names: string[] = [];
  const value = node.entries.get(field)?.value;
  for (const item of value?.type === "list" ? value.items : [value]) {
    if (item?.type === "scalar" && typeof item.value === "string") names.push(item.value);
  }
  const any = node.entries.get("any")?.value;
  if (any?.type === "list") names.push(...any.items.flatMap((item) => namedCommands(item, field)));
  return names;
}

/** Characters of one pattern. */
export const PATTERN_CHARS_MAX = 256;
