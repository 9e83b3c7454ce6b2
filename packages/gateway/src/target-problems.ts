/**
 * Every mistake of one target at once. A protocol's `parseTarget` throws at the first; its message begins with the key at
 * fault (`tls.mode …`), so that key is taken away, or filled in where it is needed, and the rest is read again. Pure.
 */
import { messageOf } from "@gate/base";

/** What `parse` has against these keys, in its own words; empty: nothing. */
export function targetProblems(
  parse: (keys: Record<string, unknown>) => unknown,
  keys: Record<string, unknown>,
): string[] {
  const messages: string[] = [];
  const tried = new Map<string, number>();
  let current = keys;
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
    if (before === 0) messages.push(message);
    // A key of no known place, or one that neither absence nor a stand-in mends: what comes behind it cannot be told.
    if (key === undefined || before >= 2) return messages;
    const present = valueAt(current, key) !== undefined;
    tried.set(key, present ? 1 : 2);
    current = withValue(current, key.split("."), present ? undefined : STAND_IN);
  }
  return messages;
}

/** The dotted name at the front of a protocol's message. */
export function keyAtFault(message: string): string | undefined {
  return /^`?([\w.-]+)/.exec(message)?.[1];
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

/** Attempts to read one target: each mistake takes one or two. */
const ROUNDS_MAX = 32;
/** Passes where a text or an address is needed. */
const STAND_IN = "stand-in";
