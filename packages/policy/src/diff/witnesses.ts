/**
 * Commands that show where two versions of a policy differ: combinations of what they talk about, bounded. Pure.
 *
 * First every rule by itself: its own patterns, with each other field going through all of its values. Then the whole
 * product of all fields, as far as the bound allows. Combinations that no command can have are left out.
 */
import type { Fact, Facts, SetFact } from "@gate/contract";
import type { KindSpec } from "../kinds.ts";
import { contains } from "../lint/patterns.ts";
import { READING } from "../lint/vocabulary.ts";
import type { Grant } from "../policy.ts";
import { flatten, vocabularyOf, type Choice, type Vocabulary } from "./vocabulary.ts";

export interface Witness {
  readonly facts: Facts;
  /** As people would write it. */
  readonly example: string;
  /** The command's own name, for grouping. */
  readonly command: string;
  /** Smaller is easier to read. */
  readonly size: number;
}

export interface Witnesses {
  readonly list: readonly Witness[];
  /** Not every combination is among them. */
  readonly bounded: boolean;
}

export function synthesise(kind: KindSpec, grants: readonly (Grant | undefined)[]): Witnesses {
  const all = relevant(kind, vocabularyOf(kind, grants), grants);
  const found = new Map<string, Witness>();
  const ids = new Map<Choice, number>();
  const idOf = (choice: Choice | undefined): number => {
    if (choice === undefined) return -1;
    const id = ids.get(choice) ?? ids.size;
    ids.set(choice, id);
    return id;
  };
  let bounded = false;
  const add = (chosen: ReadonlyMap<string, Choice>): void => {
    if (found.size >= WITNESSES_MAX) {
      bounded = true;
      return;
    }
    // By which choices they are made of, not by their text: two choices may say the same.
    const key = [...kind.matchers.keys()].map((field) => idOf(chosen.get(field))).join();
    if (found.has(key)) return;
    const witness = witnessOf(kind, chosen);
    if (witness !== undefined) found.set(key, witness);
  };
  for (const shape of shapesOf(kind)) {
    const vocabulary = new Map([...all].filter(([field]) => shape.fields.includes(field)));
    for (const [field, name] of Object.entries(shape.fixed)) vocabulary.set(field, [named(name)]);
    byRule(vocabulary, grants, add);
    const { fields, trimmed } = trim(vocabulary, PRODUCT_MAX / shapesOf(kind).length);
    bounded ||= trimmed;
    product([...fields], add);
  }
  // What could not be classified: only holds and denies can see it.
  const [first] = found.values();
  if (first !== undefined) {
    found.set("unclassified", {
      ...first,
      facts: { ...first.facts, classified: false },
      example: "a command that cannot be classified",
      command: "unclassified",
    });
  }
  return { list: [...found.values()], bounded };
}

/** A field that no rule looks at decides nothing: it only has to make the command one that can be. */
function relevant(kind: KindSpec, vocabulary: Vocabulary, grants: readonly (Grant | undefined)[]): Vocabulary {
  const rules = grants.flatMap((grant) => grant?.rules ?? []);
  if (rules.some((rule) => rule.when !== undefined)) return vocabulary;
  const looked = new Set(
    rules.flatMap((rule) => [...flatten(rule.match), ...flatten(rule.unless ?? [])].map(({ name }) => name)),
  );
  return new Map(
    [...vocabulary].map(([field, choices]) => {
      if (looked.has(field) || field === kind.commandField) return [field, choices];
      const [nothing, something] = [choices.find(isNothing), choices.find((choice) => !isNothing(choice))];
      return [field, [nothing, something].filter((choice) => choice !== undefined)];
    }),
  );
}

/** Each rule's own values, every other field varied one at a time. */
function byRule(
  vocabulary: Vocabulary,
  grants: readonly (Grant | undefined)[],
  add: (chosen: ReadonlyMap<string, Choice>) => void,
): void {
  for (const rule of grants.flatMap((grant) => grant?.rules ?? []).slice(0, RULES_MAX)) {
    for (const resting of restingPlaces(vocabulary)) {
      const base = new Map(resting);
      for (const matcher of flatten(rule.match)) {
        const own = ownChoice(vocabulary, matcher.name, matcher.type === "set" ? matcher.patterns : undefined);
        if (own !== undefined) base.set(matcher.name, own);
      }
      add(base);
      for (const [field, choices] of vocabulary) for (const choice of choices) add(new Map([...base, [field, choice]]));
    }
  }
}

/** What a command has of the fields that a rule does not name: as little as it can, and for some commands more. */
function restingPlaces(vocabulary: Vocabulary): readonly ReadonlyMap<string, Choice>[] {
  const least = new Map(
    [...vocabulary].map(([field, choices]) => {
      const some = choices.find((choice) => !isNothing(choice));
      const none = choices.find(isNothing);
      return [field, (OBJECTS.includes(field) ? (some ?? none) : (none ?? some)) ?? NOTHING];
    }),
  );
  const more = ["writes", "where"].flatMap((field) => {
    const some = vocabulary.get(field)?.find((choice) => !isNothing(choice));
    return some === undefined ? [] : [[field, some] as const];
  });
  if (more.length === 0) return [least];
  return [least, ...more.map((one) => new Map([...least, one])), new Map([...least, ...more])];
}

function isNothing({ fact }: Choice): boolean {
  if (fact.type === "set") return fact.items.length === 0 && fact.complete;
  if (fact.type === "scalar") return fact.value === null || fact.value === false;
  return fact.type === "map" && fact.complete && Object.keys(fact.entries).length === 0;
}

/** The first choice that the matcher's own patterns gave. */
function ownChoice(vocabulary: Vocabulary, field: string, patterns: readonly string[] | undefined): Choice | undefined {
  const choices = vocabulary.get(field);
  if (choices === undefined) return undefined;
  if (patterns === undefined) return choices.find(({ says }) => says !== "") ?? choices[0];
  const style = { path: false, upperCase: true };
  const inside = ({ fact }: Choice): boolean =>
    fact.type === "set" &&
    fact.items.length === 1 &&
    patterns.some((pattern) => contains(pattern, fact.items[0]?.name ?? "", style));
  return choices.find(inside);
}

/** Takes the tail off the longest lists until the product fits. */
function trim(vocabulary: Vocabulary, max: number): { fields: Map<string, readonly Choice[]>; trimmed: boolean } {
  const fields = new Map(vocabulary);
  const size = () => [...fields.values()].reduce((count, choices) => count * Math.max(1, choices.length), 1);
  let trimmed = false;
  while (size() > max) {
    const [field, choices] = [...fields].reduce((a, b) => (b[1].length > a[1].length ? b : a));
    if (choices.length <= 1) break;
    fields.set(field, choices.slice(0, Math.max(1, Math.floor(choices.length * 0.8))));
    trimmed = true;
  }
  return { fields, trimmed };
}

/** `chosen` is one and the same map all the time: whoever keeps it copies it. */
function product(
  fields: readonly (readonly [string, readonly Choice[]])[],
  add: (chosen: ReadonlyMap<string, Choice>) => void,
  chosen = new Map<string, Choice>(),
  place = 0,
): void {
  const field = fields[place];
  if (field === undefined) {
    add(chosen);
    return;
  }
  for (const choice of field[1]) {
    chosen.set(field[0], choice);
    product(fields, add, chosen, place + 1);
  }
}

function witnessOf(kind: KindSpec, chosen: ReadonlyMap<string, Choice>): Witness | undefined {
  const commandChoice = chosen.get(kind.commandField);
  const command = commandChoice?.fact;
  if (command?.type !== "set" || (command.items.length === 0 && command.complete)) return undefined;
  if (kind.matchers.has("where") && !isPossibleStatement(command, chosen)) return undefined;
  for (const field of OBJECTS) {
    const fact = chosen.get(field)?.fact;
    if (fact?.type === "set" && fact.items.length === 0 && fact.complete) return undefined;
  }
  const fields: Record<string, Fact> = {};
  for (const field of kind.matchers.keys()) fields[field] = chosen.get(field)?.fact ?? { type: "none" };
  const facts: Facts = {
    kind: kind.kind,
    classified: true,
    housekeeping: false,
    writes: !isReading(kind.commandField, command),
    fields,
  };
  const said = [...kind.matchers.keys()]
    .map((field) => ({ field, says: chosen.get(field)?.says ?? "" }))
    .filter(({ says }) => says !== "");
  const example = said.map(({ field, says }) => `${WORDS.get(field) ?? ""}${says}`).join(" ");
  return { facts, example, command: commandChoice?.says ?? "", size: example.length };
}

/** Only UPDATE, DELETE and MERGE have a condition, and what only reads writes nothing. */
function isPossibleStatement(command: SetFact, chosen: ReadonlyMap<string, Choice>): boolean {
  if (!command.complete) return true;
  const names = command.items.map(({ name }) => name);
  const conditional = names.some((name) => /^(?:UPDATE|DELETE|MERGE)$/.test(name));
  const where = chosen.get("where")?.fact;
  if (conditional === (where?.type === "scalar" && where.value === null)) return false;
  const writes = chosen.get("writes")?.fact;
  if (writes?.type !== "set") return true;
  const locks = names.includes("LOCK TABLE");
  if (!locks && isReading("statement", command)) return writes.items.length === 0 && writes.complete;
  const rows = names.some((name) => /^(?:INSERT|UPDATE|DELETE|MERGE|TRUNCATE.*)$/.test(name));
  return !rows || writes.items.length > 0 || !writes.complete;
}

function isReading(field: string, { items }: SetFact): boolean {
  const reading = READING.get(field) ?? [];
  return items.every(({ name }) => reading.some((pattern) => contains(pattern, name, EXACT)));
}

/** Which fields a command has at once; the others it does not have at all. */
interface Shape {
  readonly fields: readonly string[];
  /** Set fields with one value. */
  readonly fixed: Readonly<Record<string, string>>;
}

function shapesOf(kind: KindSpec): readonly Shape[] {
  if (kind.matchers.has("operation")) return CHANNELS;
  if (kind.matchers.has("tool")) return CALLS;
  return [{ fields: [...kind.matchers.keys()], fixed: {} }];
}

const CHANNELS: readonly Shape[] = [
  { fields: ["exec", "pty"], fixed: { operation: "exec" } },
  { fields: ["shell", "pty"], fixed: { operation: "shell" } },
  { fields: ["sftp", "path"], fixed: { operation: "sftp" } },
  { fields: ["subsystem"], fixed: { operation: "subsystem" } },
  { fields: ["forward"], fixed: { operation: "forward" } },
  { fields: ["listen"], fixed: { operation: "listen" } },
  { fields: ["socket"], fixed: { operation: "socket" } },
  { fields: ["agent"], fixed: { operation: "agent" } },
  { fields: ["x11"], fixed: { operation: "x11" } },
];

const CALLS: readonly Shape[] = [
  { fields: ["tool", "arguments", "definition"], fixed: { method: "tools/call" } },
  { fields: ["resource"], fixed: { method: "resources/read" } },
  { fields: ["prompt", "arguments"], fixed: { method: "prompts/get" } },
  { fields: ["method"], fixed: {} },
];

/** What stands before a field's value in an example. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ["reads", "reading "],
  ["writes", "writing "],
  ["functions", "calling "],
  ["where", "where "],
  ["subresource", "/ "],
  ["namespace", "in namespace "],
  ["name", "named "],
  ["definition", "definition "],
  ["forward", "to "],
  ["listen", "on "],
]);

/** Sets of which a command that has them at all has at least one element. */
const OBJECTS = ["sftp", "path", "resource", "tool", "prompt", "subsystem", "forward", "listen", "socket"];

const EXACT = { path: false, upperCase: false };

const NOTHING: Choice = { fact: { type: "none" }, says: "" };

function named(name: string): Choice {
  return { fact: { type: "set", items: [{ name }], complete: true }, says: name };
}

/** Commands that one grant is compared with. */
export const WITNESSES_MAX = 20_000;
/** Combinations of all fields of one grant. */
const PRODUCT_MAX = 8_000;
/** Rules of both versions that are varied one by one. */
const RULES_MAX = 400;
