/** Reads matchers over sets of names. Pure. */
import { compileGlob, compilePathGlob, matchesEverything } from "./glob.ts";
import type { SetMatcherSpec } from "./kinds.ts";
import type { SetMatcher } from "./match.ts";
import type { MatchContext } from "./matchers.ts";
import { suggestion } from "./nearest.ts";
import { readOneOrMore, readString } from "./reader.ts";
import type { YamlNode } from "./yaml.ts";

export function readSet(
  context: MatchContext,
  name: string,
  spec: SetMatcherSpec,
  node: YamlNode,
): SetMatcher | undefined {
  const { problems } = context;
  const patterns = readOneOrMore(problems, node, `\`${name}\``, (item) => {
    const pattern = readString(problems, item, `a pattern of \`${name}\``);
    if (pattern === undefined) return undefined;
    const mistake = patternMistake(pattern, name, spec);
    if (mistake === undefined) return { pattern, item };
    problems.add(item, mistake);
    return undefined;
  });
  if (patterns === undefined) return undefined;
  const words = new Map(Object.entries(spec.words ?? {}));
  const labels: string[] = [];
  const globs: string[] = [];
  let any = false;
  let none = false;
  for (const { pattern, item } of patterns) {
    if (hasAny(spec) && pattern === "any") {
      if (patterns.length > 1) problems.add(item, `\`any\` stands alone: write \`${name}: any\``);
      if (context.place === "unless") problems.add(item, `\`any\` is no exception; write \`${name}: ["*"]\``);
      any = true;
    } else if (spec.impliedNone === true && pattern === "none") none = true;
    else if (words.has(pattern)) labels.push(words.get(pattern) as string);
    else if (pattern.startsWith("@")) labels.push(pattern);
    else globs.push(spec.upperCase === true ? pattern.toUpperCase() : pattern);
  }
  if (any) globs.push("*");
  const compile = spec.glob === "path" ? compilePathGlob : compileGlob;
  const explicit = globs.filter((glob) => !matchesEverything(glob));
  return {
    type: "set",
    name,
    at: node.at,
    patterns: patterns.map(({ pattern }) => pattern),
    upperCase: spec.upperCase === true,
    globs: globs.map(compile),
    explicitGlobs: explicit.map(compile),
    labels,
    any,
    neutral: none || (labels.length > 0 && spec.impliedLabel !== undefined),
    none,
    ...(spec.impliedNone === true && !none && !any ? { needsOne: true } : {}),
  };
}

/** What an allow means that leaves this matcher out; undefined: nothing. */
export function impliedSet(name: string, spec: SetMatcherSpec): SetMatcher | undefined {
  const none = spec.impliedNone === true;
  if (spec.impliedLabel === undefined && !none) return undefined;
  const labels = spec.impliedLabel === undefined ? [] : [spec.impliedLabel];
  const empty = { patterns: [], globs: [], explicitGlobs: [] };
  return { type: "set", name, ...empty, upperCase: false, labels, any: false, neutral: true, none };
}

function hasAny(spec: SetMatcherSpec): boolean {
  return spec.impliedLabel !== undefined || spec.impliedNone === true;
}

function patternMistake(pattern: string, name: string, spec: SetMatcherSpec): string | undefined {
  if (pattern.length > PATTERN_CHARS_MAX) return `a pattern may have at most ${PATTERN_CHARS_MAX} characters`;
  if (pattern.startsWith("!")) return `a pattern cannot be negated; put \`${name}\` into \`unless\` of the rule`;
  if (pattern.startsWith("@") && spec.labels !== undefined) {
    if (spec.labels.includes(pattern)) return undefined;
    return `\`${name}\` has no group \`${pattern}\`${suggestion(pattern, spec.labels)}`;
  }
  if (spec.upperCase === true && !/^[A-Za-z0-9_ .*-]+$/.test(pattern)) {
    return `a pattern of \`${name}\` holds only letters, digits, blanks, \`_\`, \`-\`, \`.\` and \`*\``;
  }
  if (hasAny(spec) && pattern === "any") return undefined;
  if (spec.glob === "path") return pathMistake(pattern, name);
  if (spec.shape !== undefined && !spec.shape.pattern.test(pattern)) {
    return `\`${pattern}\` can never match a \`${name}\`; write it as in \`${spec.shape.example}\``;
  }
  if (spec.names !== undefined) {
    const glob = compileGlob(pattern);
    const found = spec.names.some((each) => glob(each) || pattern.startsWith(`${each}:`));
    return found ? undefined : `\`${name}\` is never \`${pattern}\`${suggestion(pattern, spec.names)}`;
  }
  if (spec.qualified === undefined || /[.*]/.test(pattern)) return undefined;
  if (Object.hasOwn(spec.words ?? {}, pattern)) return undefined;
  const words = [...Object.keys(spec.words ?? {}), ...(spec.impliedLabel === undefined ? [] : ["any"])];
  const hint = words.length === 0 ? "" : `, or ${words.map((word) => `\`${word}\``).join(" or ")}`;
  return `\`${pattern}\` needs its schema, as in \`${spec.qualified}\` (\`*\` stands for anything)${hint}`;
}

/** Paths are compared in their canonical form, so a pattern in another form would never match: a deny without effect. */
function pathMistake(pattern: string, name: string): string | undefined {
  if (!/^[/*]/.test(pattern)) return `\`${name}\` is absolute; begin the pattern with \`/\` or \`**\``;
  if (/(?:^|\/)\.{1,2}(?:\/|$)|\/\//.test(pattern)) {
    return `\`${name}\` is compared without \`.\`, \`..\` and \`//\`; write the pattern so`;
  }
  return undefined;
}

/** Characters of one pattern. */
export const PATTERN_CHARS_MAX = 256;
