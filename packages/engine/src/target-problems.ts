/**
 * Every mistake of one target at once. A protocol's `parseTarget` throws at the first; its message begins with the key at
 * fault (`tls.mode …`), so that key is taken away, or filled in where it is needed, and the rest is read again. Pure.
 */
import { messageOf } from "@gate/base";
import { nearest, suggestion, type Problems, type YamlEntry, type YamlNode } from "@gate/policy";

/** Adds every mistake of the target that stands at `node`, each at its key. */
export function checkTarget(
  problems: Problems,
  target: { readonly name: string; readonly node: YamlNode; readonly keys: Record<string, unknown> },
  parse: (keys: Record<string, unknown>) => unknown,
): void {
  for (const message of withNearest(targetProblems(parse, target.keys))) {
    problems.add(placeOf(target.node, message), `target ${target.name}: ${message}`);
  }
}

/** Unknown keys with the one that was meant, which is then not missing as well. */
function withNearest(messages: readonly string[]): readonly string[] {
  const meant = new Set<string>();
  const told = messages.map((message) => {
    const [, prefix = "", key = "", list = ""] = UNKNOWN_KEY.exec(message) ?? [];
    if (key === "") return message;
    const known = list.split(", ");
    const near = nearest(key, known);
    if (near !== undefined) meant.add(prefix + near);
    return `${prefix}${key} is unknown here${suggestion(key, known)}`;
  });
  return told.filter((message) => !(meant.has(keyAtFault(message) ?? "") && message.includes(" is missing")));
}

/** What `parse` has against these keys, in its own words; empty: nothing. A value `undefined` was told of already. */
export function targetProblems(
  parse: (keys: Record<string, unknown>) => unknown,
  keys: Record<string, unknown>,
): string[] {
  const messages: string[] = [];
  const tried = new Map<string, number>();
  const unread = unreadable(keys);
  let current = unread.reduce((each, path) => withValue(each, path.split("."), STAND_IN), keys);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    let message: string;
    try {
      parse(current);
      return messages;
    } catch (error) {
      message = messageOf(error);
    }
    const key = keyAtFault(message);
    const before = tried.get(key ?? "") ?? 0;
    if (before === 0 && !unread.some((path) => key === path || key?.startsWith(`${path}.`))) messages.push(message);
    // A key of no known place, or one that neither absence nor a stand-in mends: what comes behind it cannot be told.
    if (key === undefined || before >= 2) return messages;
    const present = valueAt(current, key) !== undefined;
    tried.set(key, present ? 1 : 2);
    current = withValue(current, key.split("."), present ? undefined : STAND_IN);
  }
  return messages;
}

/** The dotted name at the front of a protocol's message. */
function keyAtFault(message: string): string | undefined {
  return /^`?([\w.-]+)/.exec(message)?.[1];
}

/** The nearest node that exists on the way to the key at fault. */
function placeOf(node: YamlNode, message: string): { readonly at: YamlNode["at"] } {
  let place: { readonly at: YamlNode["at"] } = node;
  let current: YamlNode | undefined = node;
  for (const part of (keyAtFault(message) ?? "").split(".")) {
    const entry: YamlEntry | undefined = current?.type === "map" ? current.entries.get(part) : undefined;
    if (entry === undefined) break;
    place = entry;
    current = entry.value;
  }
  return place;
}

/** Dotted names of the keys whose value could not be read: a reference to a secret that is not there. */
function unreadable(value: unknown): string[] {
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const broken = member === undefined || (Array.isArray(member) && member.includes(undefined));
    return broken ? [key] : unreadable(member).map((path) => `${key}.${path}`);
  });
}

function valueAt(keys: Readonly<Record<string, unknown>>, path: string): unknown {
  let value: unknown = keys;
  for (const part of path.split(".")) value = isMap(value) && Object.hasOwn(value, part) ? value[part] : undefined;
  return value;
}

/** A copy in which the key has this value; undefined: in which it is absent. */
function withValue(
  map: Readonly<Record<string, unknown>>,
  path: readonly string[],
  value: unknown,
): Record<string, unknown> {
  const [first = "", ...rest] = path;
  const { [first]: before, ...others } = map;
  const after = rest.length === 0 ? value : withValue(isMap(before) ? before : {}, rest, value);
  return after === undefined ? others : { ...others, [first]: after };
}

function isMap(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** What protocols say of a key that they do not have. */
const UNKNOWN_KEY = /^((?:[\w-]+\.)*)([\w-]+) is unknown here: known keys are (.+)$/;
/** Attempts to read one target: each mistake takes one or two. */
const ROUNDS_MAX = 32;
/** Passes where a text or an address is needed. */
const STAND_IN = "stand-in";
