/** Reads the `match` and `unless` of a rule into matchers of one kind of facts. Pure. */
import { assertNever } from "@gate/base";
import { COMMON_MATCHERS, type KindSpec, type MatcherSpec, type WordMatcherSpec } from "./kinds.ts";
import type { Match, Matcher, WordMatcher } from "./match.ts";
import { suggestion } from "./nearest.ts";
import { readArgv, readMap, readNumberTest } from "./read-values.ts";
import { impliedSet, readSet } from "./read-set.ts";
import { readBoolean, readEntries, readList, readOneOrMore, readWord } from "./reader.ts";
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
 * Reads one match. In an allow the implied matchers (`functions: safe`) are added wherever the author left them out,
 * and a match that demands nothing is refused.
 */
export function readMatch(context: MatchContext, node: YamlNode): Match | undefined {
  const before = context.problems.count;
  const draft = readDraft(context, node);
  // What is left of a match with a problem must not be judged: one mistake, one message.
  if (draft === undefined || context.problems.count > before) return undefined;
  if (context.place === "allow" && !saysSomething(context.kind, draft)) {
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
      drafts.push({ name: key, matcher: { type: "any", name: "any", at, alternatives: matches }, alternatives });
    } else if (key === "classified") {
      const wanted = readBoolean(problems, value, "`classified`");
      if (wanted === undefined) continue;
      if (context.place === "allow" && !wanted) {
        problems.add(value, "an allow never covers what could not be classified; use `effect: hold` for it");
        continue;
      }
      drafts.push({ name: key, matcher: { type: "classified", name: "classified", at, value: wanted } });
    } else if (spec === undefined) {
      problems.add({ at }, `unknown matcher \`${key}\` for ${kind.kind}${suggestion(key, known)}`);
    } else {
      const matcher = readMatcher(context, key, spec, value);
      if (matcher !== undefined) drafts.push({ name: key, matcher });
    }
  }
  return drafts;
}

function readMatcher(context: MatchContext, name: string, spec: MatcherSpec, node: YamlNode): Matcher | undefined {
  const { problems } = context;
  const { at } = node;
  const what = `\`${name}\``;
  switch (spec.type) {
    case "set":
      return readSet(context, name, spec, node);
    case "word":
      return readWords(context, name, spec, node);
    case "flag": {
      const value = readBoolean(problems, node, what);
      return value === undefined ? undefined : { type: "flag", name, at, value };
    }
    case "number": {
      const test = readNumberTest(problems, node, what);
      return test && { type: "number", name, at, test };
    }
    case "argv": {
      const patterns = readArgv(problems, node, what);
      return patterns && { type: "argv", name, at, patterns };
    }
    case "map": {
      const keys = readMap(problems, node, name, spec);
      return keys && { type: "map", name, at, keys };
    }
    default:
      return assertNever(spec);
  }
}

function readAlternative(context: MatchContext, node: YamlNode): readonly Draft[] | undefined {
  if (node.type !== "map" || node.entries.size > 0) return readDraft(context, node);
  context.problems.add(node, "an alternative of `any` is empty, so it matches everything; fill it or remove it");
  return undefined;
}

function readWords(
  { problems, place }: MatchContext,
  name: string,
  spec: WordMatcherSpec,
  node: YamlNode,
): WordMatcher | undefined {
  const what = `\`${name}\``;
  if (spec.implied !== undefined && node.type === "scalar" && node.value === "any") {
    if (place === "unless") problems.add(node, `\`any\` is no exception; list the values`);
    return { type: "word", name, at: node.at, values: spec.values, any: true, implied: false };
  }
  const values = readOneOrMore(problems, node, what, (item) => readWord(problems, item, what, spec.values));
  return values && { type: "word", name, at: node.at, values, any: false, implied: false };
}

/** False for a match that demands nothing of what the command is or reaches: an allow of it would be for everything. */
function saysSomething(kind: KindSpec, drafts: readonly Draft[]): boolean {
  return drafts.some(({ name, matcher, alternatives }) => {
    const spec = kind.matchers.get(name);
    switch (matcher.type) {
      case "any":
        return (alternatives ?? []).length > 0 && (alternatives ?? []).every((each) => saysSomething(kind, each));
      case "set": {
        const implied = spec?.type === "set" && (spec.impliedLabel !== undefined || spec.impliedNone === true);
        return !implied || (!matcher.any && matcher.explicitGlobs.length > 0);
      }
      case "word":
        return !(spec?.type === "word" && spec.implied !== undefined);
      case "flag":
        return matcher.value;
      case "number":
        return false;
      case "map":
        return matcher.keys.some(({ test }) => test.present);
      case "argv":
        return true;
      case "classified":
        return false;
      default:
        return assertNever(matcher);
    }
  });
}

/** Adds each implied matcher that the author left out; into the alternatives of `any` where one of them has it. */
function withImplied(drafts: readonly Draft[], implied: readonly Matcher[]): Match {
  const missing = implied.filter(({ name }) => !drafts.some((draft) => draft.name === name));
  if (missing.length === 0) return drafts.map((draft) => draft.matcher);
  const inAlternatives = drafts.some((draft) => draft.alternatives !== undefined);
  const own = drafts.map(({ matcher, alternatives }): Matcher => {
    if (alternatives === undefined || matcher.type !== "any") return matcher;
    const matches = alternatives.map((alternative) => withImplied(alternative, missing));
    return { ...matcher, alternatives: matches };
  });
  return inAlternatives ? own : [...own, ...missing];
}

function impliedMatchers(kind: KindSpec): readonly Matcher[] {
  const implied: Matcher[] = [];
  for (const [name, spec] of kind.matchers) {
    if (spec.type === "set") {
      const matcher = impliedSet(name, spec);
      if (matcher !== undefined) implied.push(matcher);
    } else if (spec.type === "word" && spec.implied !== undefined) {
      implied.push({ type: "word", name, values: [spec.implied], any: false, implied: true });
    }
  }
  return implied;
}

/** What an allow or hold is about, as written, for hints: `GET /v1/**`. */
export function namedCommands(node: YamlNode | undefined, kind: KindSpec): readonly string[] {
  if (node?.type !== "map") return [];
  const own = kind.hintFields.map((field) => {
    const value = node.entries.get(field)?.value;
    if (value === undefined) return [];
    return kind.matchers.get(field)?.type === "argv" ? commandLines(value) : scalars(value);
  });
  const [first, ...more] = own.filter((names) => names.length > 0);
  const names = [...(first ?? [])];
  // Of one field each name stands for itself; with more of them they belong together.
  if (more.length > 0) names.splice(0, names.length, [names, ...more].map((each) => each.join("|")).join(" "));
  const any = node.entries.get("any")?.value;
  if (any?.type === "list") names.push(...any.items.flatMap((item) => namedCommands(item, kind)));
  return names;
}

function scalars(node: YamlNode): readonly string[] {
  const items = node.type === "list" ? node.items : [node];
  return items.flatMap((item) => (item.type === "scalar" && item.value !== null ? [item.text] : []));
}

function commandLines(node: YamlNode): readonly string[] {
  const lines = node.type === "list" && node.items.every((item) => item.type === "list") ? node.items : [node];
  return lines.map((line) => scalars(line).join(" "));
}
