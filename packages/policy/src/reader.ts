/**
 * Strict reading of YAML nodes into typed values: each function returns the value, or `undefined` after it has added
 * one problem that says what to write instead. Nodes that are already known to be broken stay silent. Pure.
 */
import { nearest, suggestion } from "./nearest.ts";
import { parseDuration, parseRate, parseSize } from "./units.ts";
import type { Position, Problems, YamlEntry, YamlNode } from "./yaml.ts";

/** A mapping whose keys were checked. */
export interface ObjectView<K extends string> {
  readonly at: Position;
  /** The value, or `undefined` when the key is absent. */
  get(key: K): YamlNode | undefined;
}

/**
 * Reads a mapping with known keys. Unknown keys are refused with the nearest known one, missing required ones are
 * reported at the mapping.
 */
export function readObject<K extends string>(
  problems: Problems,
  node: YamlNode,
  shape: { readonly what: string; readonly keys: readonly K[]; readonly required?: readonly NoInfer<K>[] },
): ObjectView<K> | undefined {
  const entries = readEntries(problems, node, shape.what);
  if (entries === undefined) return undefined;
  const found = new Map<string, YamlNode>();
  const meant = new Set<string | undefined>();
  for (const { key, at, value } of entries) {
    if ((shape.keys as readonly string[]).includes(key)) {
      found.set(key, value);
      continue;
    }
    meant.add(nearest(key, shape.keys));
    problems.add({ at }, `unknown key \`${key}\`${suggestion(key, shape.keys)}`);
  }
  // A slip in a key that is needed is one mistake, not two.
  for (const key of shape.required ?? []) {
    if (!found.has(key) && !meant.has(key)) problems.add(node, `${shape.what} needs \`${key}\``);
  }
  return { at: node.at, get: (key) => found.get(key) };
}

/** Reads a mapping whose keys are names that the author chose. */
export function readEntries(problems: Problems, node: YamlNode, what: string): readonly YamlEntry[] | undefined {
  if (node.type === "map") return [...node.entries.values()];
  return wrong(problems, node, `${what} must be a mapping`);
}

/** Reads a list; items whose reading failed are left out (their problem is reported). */
export function readList<T>(
  problems: Problems,
  node: YamlNode,
  what: string,
  each: (item: YamlNode) => T | undefined,
): readonly T[] | undefined {
  if (node.type !== "list") return wrong(problems, node, `${what} must be a list`);
  if (node.items.length > LIST_ITEMS_MAX) {
    problems.add(node, `${what} has more than ${LIST_ITEMS_MAX} items; split it`);
    return undefined;
  }
  return node.items.map(each).filter((item) => item !== undefined);
}

/** Reads a list, or a single value as a list of one. An empty list is refused. */
export function readOneOrMore<T>(
  problems: Problems,
  node: YamlNode,
  what: string,
  each: (item: YamlNode) => T | undefined,
): readonly T[] | undefined {
  if (node.type !== "list") {
    const one = each(node);
    return one === undefined ? undefined : [one];
  }
  if (node.items.length === 0) {
    problems.add(node, `${what} is empty; name at least one, or remove the key`);
    return undefined;
  }
  return readList(problems, node, what, each);
}

/** Reads a non-empty string. */
export function readString(problems: Problems, node: YamlNode, what: string): string | undefined {
  if (node.type !== "scalar" || typeof node.value !== "string") {
    const quote = node.type === "scalar" && node.value !== null ? "; quote it" : "";
    return wrong(problems, node, `${what} must be a string${quote}`);
  }
  if (node.value === "") return wrong(problems, node, `${what} must not be empty`);
  if (node.value.includes("\0")) return wrong(problems, node, `${what} must not contain a NUL`);
  return node.value;
}

/** Reads a string; numbers and booleans are taken as they are written. */
export function readText(problems: Problems, node: YamlNode, what: string): string | undefined {
  if (node.type === "scalar" && (typeof node.value === "number" || typeof node.value === "boolean")) return node.text;
  return readString(problems, node, what);
}

/** Reads one of a closed list of words. */
export function readWord<W extends string>(
  problems: Problems,
  node: YamlNode,
  what: string,
  words: readonly W[],
): W | undefined {
  const text = readString(problems, node, what);
  if (text === undefined) return undefined;
  const word = words.find((candidate) => candidate === text);
  if (word === undefined) problems.add(node, `${what} cannot be \`${text}\`${suggestion(text, words)}`);
  return word;
}

export function readInteger(
  problems: Problems,
  node: YamlNode,
  what: string,
  range: { readonly min: number; readonly max: number },
): number | undefined {
  const value = node.type === "scalar" ? node.value : undefined;
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < range.min || value > range.max) {
    return wrong(problems, node, `${what} must be a whole number from ${range.min} to ${range.max}`);
  }
  return value;
}

export function readBoolean(problems: Problems, node: YamlNode, what: string): boolean | undefined {
  const value = node.type === "scalar" ? node.value : undefined;
  return typeof value === "boolean" ? value : wrong(problems, node, `${what} must be true or false`);
}

/** Reads a duration; the value is in milliseconds, more than zero and at most `maxMs`. */
export function readDuration(problems: Problems, node: YamlNode, what: string, maxMs: number): number | undefined {
  return readUnit(problems, node, `${what} must be a duration such as 500ms, 60s, 20m or 2h`, parseDuration, maxMs);
}

/** Reads a size; the value is in bytes, more than zero. */
export function readSize(problems: Problems, node: YamlNode, what: string): number | undefined {
  return readUnit(problems, node, `${what} must be a size such as 64KiB, 8MiB or 10MB`, parseSize);
}

/** Reads a rate; the value is in events a second, more than zero. */
export function readRate(problems: Problems, node: YamlNode, what: string): number | undefined {
  return readUnit(problems, node, `${what} must be a rate such as 20/s`, parseRate);
}

/** Reads a name: what other parts of the file, environment variables and commands refer to. */
export function checkName(problems: Problems, where: { readonly at: Position }, name: string, what: string): boolean {
  if (NAME.test(name)) return true;
  problems.add(
    where,
    `${what} must be 1 to 64 letters, digits, \`-\`, \`_\` or \`.\`, beginning with a letter or digit`,
  );
  return false;
}

function readUnit(
  problems: Problems,
  node: YamlNode,
  rule: string,
  parse: (text: string) => number | undefined,
  max = Number.MAX_SAFE_INTEGER,
): number | undefined {
  const value = node.type === "scalar" && typeof node.value === "string" ? parse(node.value) : undefined;
  if (value === undefined) return wrong(problems, node, rule);
  if (value === 0) return wrong(problems, node, `${rule}, and more than zero`);
  if (value > max) return wrong(problems, node, `${rule}, and at most ${max / 60_000}m`);
  return value;
}

function wrong(problems: Problems, node: YamlNode, message: string): undefined {
  if (node.type !== "invalid") problems.add(node, `${message}${found(node)}`);
  return undefined;
}

/** What stands there instead; never its content, which may be a secret in the wrong place. */
function found(node: YamlNode): string {
  if (node.type === "map") return ", not a mapping";
  if (node.type === "list") return ", not a list";
  if (node.type === "scalar" && node.value === null) return ", and nothing is written here";
  return "";
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** Items of one list in a policy or configuration file. */
export const LIST_ITEMS_MAX = 10_000;
