/**
 * One analysis for every text that differs from another in its literals only. Pure, over the loaded grammar.
 *
 * Two things are shown for each template, and neither is taken for granted:
 * - the parser makes one tree of all its texts: each literal of the text is one constant of the tree, every other
 *   constant is a keyword, and a text with other literals (the odd ones: zero, the empty string) gives the same tree;
 * - nothing that was worked out looked at a literal: the constants stand in the tree as holes which notice being read.
 *   What comes out of the same steps over the same tree is the same, whatever stands in the holes.
 * Afterwards the holes are shut: who looks into one later gets an error, and the command is refused.
 */
import { analyseTree } from "./analyse.ts";
import type { Analysis, SqlEnvironment } from "./analysis.ts";
import { Holes } from "./holes.ts";
import { literalKey, type Literal, type LiteralKind } from "./literals.ts";
import type { MaskedColumns } from "./masked-columns.ts";
import { parseSql, type Json, type JsonObject } from "./parser.ts";
import { asObject, isPlace, only } from "./tree.ts";

/**
 * The analysis of a text, as it holds for all texts of its `literalKey`. `masked`: the sets of columns that it will be
 * asked about. undefined: there is none for all of them. Never throws.
 */
export function analyseTemplate(
  text: string,
  env: SqlEnvironment,
  masked: readonly MaskedColumns[],
): Analysis | undefined {
  const literals: Literal[] = [];
  if (literalKey(text, literals) === undefined) return undefined;
  try {
    const tree = punch(text, literals);
    if (tree === undefined) return undefined;
    const other = withOtherLiterals(text, literals);
    const same = other === undefined ? undefined : punch(other.text, other.literals);
    if (same === undefined || same.shape !== tree.shape) return undefined;
    const analysis = analyseTree(tree.statement, env);
    for (const each of masked) analysis.masks(each);
    if (tree.holes.read || !isPlain(analysis)) return undefined;
    tree.holes.shut();
    return analysis;
  } catch {
    // A stack that ran out, a tree that nobody expected: the ordinary way has its own answer to that.
    return undefined;
  }
}

interface Punched {
  /** Constants are holes, and places in the text are all 0. */
  readonly statement: JsonObject;
  /** All of the tree but the constants' values: instead of each the number of its literal. */
  readonly shape: string;
  readonly holes: Holes;
}

/** @returns undefined unless it is one plain statement whose constants are the literals. */
function punch(text: string, literals: readonly Literal[]): Punched | undefined {
  const outcome = parseSql(text);
  if (outcome.kind !== "tree" || outcome.statements.length !== 1) return undefined;
  const statement = asObject(outcome.statements[0]?.stmt);
  if (!PLAIN.has(only(statement)[0])) return undefined;
  const work: Work = { text, literals, numbers: new Map(), order: [], holes: new Holes() };
  for (const [number, { start }] of literals.entries()) work.numbers.set(start, number);
  const copy = copied(work, statement);
  // A literal that is left over is a part of something else: of a type, of an option.
  if (copy === undefined || work.numbers.size > 0) return undefined;
  const shape = JSON.stringify([work.order, copy], (name, value: Json) =>
    name === "A_Const" && isHole(asObject(value)) ? Object.keys(asObject(value)) : value,
  );
  return { statement: asObject(copy), shape, holes: work.holes };
}

interface Work {
  readonly text: string;
  readonly literals: readonly Literal[];
  /** By where they start: the literals that no constant was found for yet. */
  readonly numbers: Map<number, number>;
  /** The literals as their constants come in the tree. */
  readonly order: number[];
  readonly holes: Holes;
}

/** A copy of a tree with holes for the values of constants; undefined: one of them is no literal of the text. */
function copied(work: Work, json: Json): Json | undefined {
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) {
    const items: Json[] = [];
    for (const item of json as readonly Json[]) {
      const copy = copied(work, item);
      if (copy === undefined) return undefined;
      items.push(copy);
    }
    return items;
  }
  const fields: Record<string, Json> = {};
  for (const [name, value] of Object.entries(json as JsonObject)) {
    const copy = name === "A_Const" ? constant(work, asObject(value)) : isPlace(name) ? 0 : copied(work, value ?? null);
    if (copy === undefined) return undefined;
    fields[name] = copy;
  }
  return fields;
}

function constant(work: Work, node: JsonObject): Json | undefined {
  // TRUE, FALSE and NULL are words of the key.
  if (!isHole(node)) return hasOnly(node, "isnull") || hasOnly(node, "boolval") ? { ...node, location: 0 } : undefined;
  const { location = 0 } = node;
  if (typeof location !== "number") return undefined;
  const negative = work.text[location] === "-";
  const start = negative ? behindMinus(work.text, location) : location;
  const number = work.numbers.get(start);
  const literal = work.literals[number ?? -1];
  if (number === undefined || literal === undefined) return undefined;
  work.numbers.delete(start);
  work.order.push(number);
  const source = work.text.slice(literal.start, literal.end);
  // A zero and an empty string are left out of the tree.
  if (literal.kind === "integer" && hasOnly(node, "ival")) {
    const value = asObject(node["ival"]);
    const { ival = 0 } = value;
    if (ival !== (negative ? -Number(source) : Number(source))) return undefined;
    return { ival: work.holes.over(value), location: 0 };
  }
  if ((literal.kind === "decimal" || literal.kind === "long") && hasOnly(node, "fval")) {
    const value = asObject(node["fval"]);
    if (value["fval"] !== (negative ? `-${source}` : source)) return undefined;
    return { fval: work.holes.over(value), location: 0 };
  }
  if (literal.kind === "string" && !negative && hasOnly(node, "sval")) {
    const value = asObject(node["sval"]);
    const { sval = "" } = value;
    if (sval !== source.slice(1, -1)) return undefined;
    return { sval: work.holes.over(value), location: 0 };
  }
  return undefined;
}

function isHole(node: JsonObject): boolean {
  return ["ival", "fval", "sval"].some((field) => Object.hasOwn(node, field));
}

function hasOnly(node: JsonObject, field: string): boolean {
  return Object.hasOwn(node, field) && Object.keys(node).every((name) => name === field || name === "location");
}

/** The grammar takes a minus into the constant behind it (doNegate in gram.y). */
function behindMinus(text: string, minus: number): number {
  let at = minus + 1;
  while (/\s/.test(text[at] ?? "")) at++;
  return at;
}

/** One statement that changes rows at most: no names, no settings, no definitions. */
function isPlain({ facts, statements }: Analysis): boolean {
  const [statement, ...others] = statements;
  if (!facts.classified || statement === undefined || others.length > 0) return false;
  return !statement.ddl && Object.keys(statement).every((name) => SAID_OF_ALL.has(name));
}

/** The same text with other literals of the same kinds. */
function withOtherLiterals(
  text: string,
  literals: readonly Literal[],
): { readonly text: string; readonly literals: readonly Literal[] } | undefined {
  let other = "";
  let copied = 0;
  for (const { kind, start, end } of literals) {
    const source = text.slice(start, end);
    const [instead, or] = OTHERS[kind];
    other += text.slice(copied, start) + (source === instead ? or : instead);
    copied = end;
  }
  other += text.slice(copied);
  const found: Literal[] = [];
  return literalKey(other, found) === literalKey(text) ? { text: other, literals: found } : undefined;
}

const PLAIN: ReadonlySet<string> = new Set(["SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt"]);
/** For each kind of literal the oddest one, and another. */
const OTHERS: Readonly<Record<LiteralKind, readonly [string, string]>> = {
  integer: ["0", "407"],
  long: ["99999999999999999999", "10000000000"],
  decimal: ["0.0", "40.75"],
  string: ["''", "'other text'"],
};
/** What is said of every statement; more is said of those that mean something for later ones. */
const SAID_OF_ALL: ReadonlySet<string> = new Set(["tag", "ddl", "returnsRows", "writes"]);
