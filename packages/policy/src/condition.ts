/**
 * `when:`, a CEL expression over the facts and the session: compiled once, evaluated with bounded work. Pure.
 *
 * What is not known is an error inside CEL, and an error that reaches the top is unknown here: it satisfies a deny or
 * hold, and never an allow.
 */
import { celEnv, celError, parse, plan, type CelInput } from "@bufbuild/cel";
import type { Facts } from "@gate/contract";
import { checkCondition, type CheckedCondition } from "./condition-check.ts";
import { slotValue, type SessionFacts } from "./condition-names.ts";
import type { KindSpec } from "./kinds.ts";
import { CARRIED, FALSE, UNKNOWN, type Truth } from "./outcome.ts";
import { readString } from "./reader.ts";
import { positionIn, type Position, type Problems, type YamlNode } from "./yaml.ts";

export interface Condition {
  /** As written. */
  readonly source: string;
  readonly at: Position;
  readonly slots: CheckedCondition["slots"];
  /** Whether its outcome depends on who asks, and not on the facts alone. */
  readonly ofSession: boolean;
  /** Never throws. */
  readonly test: (facts: Facts, session: SessionFacts | undefined) => Truth;
}

/** Reads and compiles a condition; each mistake is a problem at its line and column. */
export function readCondition(problems: Problems, kind: KindSpec, node: YamlNode): Condition | undefined {
  const source = readString(problems, node, "`when`");
  if (source === undefined || node.type !== "scalar") return undefined;
  if (source.length > WHEN_CHARS_MAX) {
    problems.add(node, `\`when\` may have at most ${WHEN_CHARS_MAX} characters; split it into several rules`);
    return undefined;
  }
  if (nesting(source) > WHEN_NESTING_MAX) {
    problems.add(node, `\`when\` is nested deeper than ${WHEN_NESTING_MAX} brackets; flatten it`);
    return undefined;
  }
  const before = problems.count;
  const at = (offset: number): { at: Position } => ({ at: positionIn(node, offset) });
  try {
    const parsed = parse(source);
    const positions = parsed.sourceInfo?.positions ?? {};
    const checked = checkCondition(parsed.expr, kind, (id, message) => {
      problems.add(at(positions[String(id)] ?? 0), message);
    });
    if (problems.count > before) return undefined;
    return compile(source, node.at, parsed, checked);
  } catch (error) {
    const { offset, message } = whatParserSays(error);
    problems.add(at(offset), `\`when\` cannot be read: ${message}`);
    return undefined;
  }
}

function compile(source: string, at: Position, parsed: ReturnType<typeof parse>, checked: CheckedCondition): Condition {
  const budget = { chars: 0 };
  const env = celEnv({ re2: { compile: (pattern) => boundedRegex(checked.regexes.get(pattern), budget) } });
  const run = plan(env, parsed) as (values: Readonly<Record<string, CelInput>>) => unknown;
  const slots = [...checked.slots];
  const itemsMax = checked.depth > 1 ? WHEN_NESTED_ITEMS_MAX : WHEN_ITEMS_MAX;
  return {
    source,
    at,
    slots: checked.slots,
    ofSession: slots.some(([, { kind }]) => kind === "trust-rule" || kind === "claim" || kind === "has-claim"),
    test(facts, session) {
      budget.chars = WHEN_MATCHED_CHARS_MAX;
      try {
        const values: Record<string, CelInput> = {};
        for (const [name, slot] of slots) {
          values[name] = (slotValue(slot, facts, session, itemsMax) ?? NOT_KNOWN) as CelInput;
        }
        if (checked.heavy && characters(Object.values(values)) > WHEN_JOINED_CHARS_MAX) return UNKNOWN;
        const result = run(values);
        return result === true ? CARRIED : result === false ? FALSE : UNKNOWN;
      } catch {
        return UNKNOWN;
      }
    },
  };
}

/** Of all texts in the values together. */
function characters(values: readonly unknown[]): number {
  let sum = 0;
  for (const value of values) {
    if (typeof value === "string") sum += value.length;
    else if (Array.isArray(value)) sum += characters(value);
  }
  return sum;
}

function boundedRegex(
  regex: { matcher(text: string): { find(): boolean } } | undefined,
  budget: { chars: number },
): { test(text: string): boolean } {
  return {
    test(text) {
      budget.chars -= text.length;
      if (regex === undefined || budget.chars < 0) throw new RangeError("too much text to match");
      return regex.matcher(text).find();
    },
  };
}

/** Opening brackets that are not closed, at most: the parser goes down a level for each. Those in texts count too. */
function nesting(source: string): number {
  let depth = 0;
  let deepest = 0;
  for (const char of source) {
    if ("([{".includes(char)) deepest = Math.max(deepest, (depth += 1));
    else if (")]}".includes(char)) depth = Math.max(0, depth - 1);
  }
  return deepest;
}

function whatParserSays(error: unknown): { readonly offset: number; readonly message: string } {
  if (!(error instanceof Error)) return { offset: 0, message: "it is not CEL" };
  const { rawMessage, location } = error as { rawMessage?: unknown; location?: { start?: { offset?: unknown } } };
  const offset = location?.start?.offset;
  return {
    offset: typeof offset === "number" ? offset : 0,
    message: typeof rawMessage === "string" ? rawMessage.slice(0, MESSAGE_CHARS_MAX) : "it is not CEL",
  };
}

/** What stands for a value that is not known; CEL hands it on to whatever uses it. */
const NOT_KNOWN = celError("not known");

/** Characters of one `when`. */
export const WHEN_CHARS_MAX = 1_000;

/** Brackets within each other in one `when`. */
export const WHEN_NESTING_MAX = 24;

/** Names of one fact that a `when` goes through; with more of them it is unknown. */
export const WHEN_ITEMS_MAX = 1_000;

/** The same where `exists` or `all` stand in each other. */
export const WHEN_NESTED_ITEMS_MAX = 100;

/** Characters that the patterns of one `when` may read each time; beyond, it is unknown. */
export const WHEN_MATCHED_CHARS_MAX = 65_536;

/** Characters of all that a `when` reads, where it joins texts or looks for one that is not written out. */
export const WHEN_JOINED_CHARS_MAX = 10_000;

/** Characters of what the CEL parser says that a problem repeats. */
const MESSAGE_CHARS_MAX = 200;
