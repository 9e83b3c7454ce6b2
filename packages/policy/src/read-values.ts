/** Reads matchers over command lines, numbers and maps. Pure. */
import { compileGlob } from "./glob.ts";
import { isJsonPath } from "./json-path.ts";
import type { MapMatcherSpec } from "./kinds.ts";
import type { ArgvPattern, MapMatcher } from "./match.ts";
import { PATTERN_CHARS_MAX } from "./read-set.ts";
import { readBoolean, readEntries, readList, readObject, readOneOrMore, readText } from "./reader.ts";
import type { Check, Value, ValueTest } from "./value-test.ts";
import type { Problems, YamlNode } from "./yaml.ts";

/** `[systemctl, status, "*"]`, or a list of such lists. */
export function readArgv(problems: Problems, node: YamlNode, what: string): readonly ArgvPattern[] | undefined {
  if (node.type === "list" && node.items.some((item) => item.type === "list")) {
    return readList(problems, node, what, (item) => readCommandLine(problems, item, what));
  }
  const line = readCommandLine(problems, node, what);
  return line && [line];
}

function readCommandLine(problems: Problems, node: YamlNode, what: string): ArgvPattern | undefined {
  const before = problems.count;
  if (node.type === "scalar" && typeof node.value === "string" && /\s/.test(node.value)) {
    problems.add(node, `${what} is matched word by word; write the words as a list, as in [systemctl, status, "*"]`);
    return undefined;
  }
  const words = readOneOrMore(problems, node, what, (item) => readText(problems, item, `a word of ${what}`));
  if (words === undefined || problems.count > before) return undefined;
  if (words.length > ARGV_WORDS_MAX) problems.add(node, `${what} may have at most ${ARGV_WORDS_MAX} words`);
  if (words.some((word) => word.length > PATTERN_CHARS_MAX)) {
    problems.add(node, `a word of ${what} may have at most ${PATTERN_CHARS_MAX} characters`);
  }
  const rest = words.at(-1) === "**";
  const fixed = rest ? words.slice(0, -1) : words;
  if (fixed.includes("**")) problems.add(node, `in ${what} \`"**"\` stands for the rest, so it comes last`);
  return { words, globs: fixed.map(compileGlob), rest };
}

/** `{gt: 10000}`, or a number. */
export function readNumberTest(problems: Problems, node: YamlNode, what: string): ValueTest | undefined {
  if (node.type !== "map") {
    const value = readValue(problems, node, what);
    if (value === undefined) return undefined;
    if (typeof value === "number") return { present: true, text: false, checks: [{ op: "in", values: [value] }] };
    problems.add(node, `${what} is a number; write one, or a comparison as in \`{gt: 1000}\``);
    return undefined;
  }
  const before = problems.count;
  const view = readObject(problems, node, { what, keys: COMPARISONS });
  const checks = view === undefined ? [] : readComparisons(problems, view);
  if (checks.length > 0) return { present: true, text: false, checks };
  if (problems.count === before) problems.add(node, `${what} is empty; write a comparison, as in \`{gt: 1000}\``);
  return undefined;
}

export function readMap(
  problems: Problems,
  node: YamlNode,
  name: string,
  spec: MapMatcherSpec,
): MapMatcher["keys"] | undefined {
  const entries = readEntries(problems, node, `\`${name}\``);
  if (entries === undefined) return undefined;
  if (entries.length === 0) {
    problems.add(node, `\`${name}\` is empty; name a key, or remove it`);
    return undefined;
  }
  const keys = new Map<string, ValueTest>();
  for (const { key: written, at, value } of entries) {
    const key = spec.keys === "header" ? written.toLowerCase() : written;
    const mistake = keyMistake(key, name, spec);
    if (mistake !== undefined) problems.add({ at }, mistake);
    else if (keys.has(key)) problems.add({ at }, `\`${key}\` stands here twice; keep one of them`);
    const test = readValueTest(problems, value, `\`${written}\``, spec.text);
    if (test !== undefined) keys.set(key, test);
  }
  return [...keys].map(([key, test]) => ({ key, test }));
}

export function keyMistake(key: string, name: string, spec: MapMatcherSpec): string | undefined {
  if (key === "" || key.length > PATTERN_CHARS_MAX)
    return `a key of \`${name}\` has 1 to ${PATTERN_CHARS_MAX} characters`;
  if (spec.keys === "path" && !isJsonPath(key)) {
    return `a key of \`${name}\` is a path such as \`$.amount\` or \`$.items[*].id\``;
  }
  if (spec.keys === "header" && !/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(key)) return `\`${key}\` is not a header's name`;
  if (spec.keys === "header" && SECRET_HEADERS.includes(key)) {
    return `\`${key}\` holds a secret, and what a rule looks at is recorded; match something else`;
  }
  return undefined;
}

function readValueTest(problems: Problems, node: YamlNode, what: string, text: boolean): ValueTest | undefined {
  if (node.type !== "map") {
    const values = readOneOrMore(problems, node, what, (item) => readValue(problems, item, what));
    return values && { present: true, text, checks: [{ op: "in", values }] };
  }
  const before = problems.count;
  const view = readObject(problems, node, { what, keys: ["eq", "in", ...COMPARISONS, "glob", "present"] });
  if (view === undefined) return undefined;
  const checks: Check[] = [];
  for (const key of ["eq", "in"] as const) {
    const value = view.get(key);
    if (value === undefined) continue;
    const read = (item: YamlNode) => readValue(problems, item, `\`${key}\``);
    const one = key === "eq" ? read(value) : undefined;
    const values =
      key === "eq" ? (one === undefined ? undefined : [one]) : readOneOrMore(problems, value, "`in`", read);
    if (values !== undefined) checks.push({ op: "in", values });
  }
  checks.push(...readComparisons(problems, view));
  const globNode = view.get("glob");
  const pattern = globNode && readText(problems, globNode, "`glob`");
  if (globNode !== undefined && pattern !== undefined) {
    if (pattern.length > PATTERN_CHARS_MAX)
      problems.add(globNode, `a pattern may have at most ${PATTERN_CHARS_MAX} characters`);
    checks.push({ op: "glob", pattern, glob: compileGlob(pattern) });
  }
  const presentNode = view.get("present");
  const present = presentNode && readBoolean(problems, presentNode, "`present`");
  if (problems.count > before) return undefined;
  if (presentNode === undefined && checks.length === 0) {
    problems.add(node, `${what} says nothing; write a value, or one of eq, in, gt, gte, lt, lte, glob, present`);
    return undefined;
  }
  if (present === false && checks.length > 0) {
    problems.add(node, "`present: false` leaves no value to look at; remove it, or the rest");
    return undefined;
  }
  return { present: present ?? true, text, checks };
}

function readComparisons(
  problems: Problems,
  view: { get(key: (typeof COMPARISONS)[number]): YamlNode | undefined },
): readonly Check[] {
  const checks: Check[] = [];
  for (const op of COMPARISONS) {
    const node = view.get(op);
    if (node === undefined) continue;
    const bound = node.type === "scalar" ? node.value : undefined;
    if (typeof bound !== "number" || !Number.isFinite(bound)) {
      problems.add(node, `\`${op}\` compares numbers; write one, without quotes`);
    } else checks.push({ op, bound });
  }
  return checks;
}

/** A scalar to compare with. YAML's null is refused: it is what stands there when somebody forgot the value. */
function readValue(problems: Problems, node: YamlNode, what: string): Value | undefined {
  const value = node.type === "scalar" ? node.value : undefined;
  if (typeof value === "number" && !(Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER)) {
    problems.add(node, `${what} is no number that can be compared exactly; quote it to compare it as text`);
    return undefined;
  }
  if (typeof value === "number" || typeof value === "boolean" || value === "") return value;
  return readText(problems, node, what);
}

const COMPARISONS = ["gt", "gte", "lt", "lte"] as const;

/** Headers that authenticate. */
const SECRET_HEADERS: readonly string[] = ["authorization", "proxy-authorization", "cookie", "set-cookie"];

/** Words of one command line in `exec`. */
export const ARGV_WORDS_MAX = 64;
