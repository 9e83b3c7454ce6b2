/**
 * Compares a template with what each of its texts is worth by itself: other literals are put in, and every one of them
 * is parsed and classified anew. Pure; only tests import it.
 */
import { analyse } from "./analyse.ts";
import type { Analysis, SqlEnvironment } from "./analysis.ts";
import { literalKey, type Literal } from "./literals.ts";
import type { MaskedColumns } from "./masked-columns.ts";
import { analyseTemplate } from "./templates.ts";

export interface Compared {
  /** no-key: the text is not read; no-template: its facts depend on literals, or could. */
  readonly outcome: "no-key" | "no-template" | "template";
  /** Texts that were compared. */
  readonly cases: number;
  /** The texts whose own analysis is another one. */
  readonly wrong: readonly string[];
}

export function compareTemplate(
  text: string,
  env: SqlEnvironment,
  masked: readonly MaskedColumns[],
  next: () => number,
  times: number,
): Compared {
  const literals: Literal[] = [];
  const key = literalKey(text, literals);
  if (key === undefined) return { outcome: "no-key", cases: 0, wrong: [] };
  const template = analyseTemplate(text, env, masked);
  if (template === undefined) return { outcome: "no-template", cases: 0, wrong: [] };
  const wrong: string[] = [];
  const said = everything(template, masked);
  const texts = [text, ...Array.from({ length: times }, () => substituted(text, literals, next))];
  for (const each of texts) {
    if (literalKey(each) !== key || everything(analyse(each, env), masked) !== said) wrong.push(each);
  }
  return { outcome: "template", cases: texts.length, wrong };
}

/** The same text with other literals, of those that mean something to somebody. */
export function substituted(text: string, literals: readonly Literal[], next: () => number): string {
  let other = "";
  let copied = 0;
  for (const { kind, start, end } of literals) {
    const instead = kind === "string" ? `'${pick(STRINGS, next)}'` : pick(NUMBERS[kind], next);
    other += text.slice(copied, start) + (next() < 0.2 ? text.slice(start, end) : instead);
    copied = end;
  }
  return other + text.slice(copied);
}

/** Numbers between 0 and 1, the same ones for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function pick<T>(items: readonly [T, ...T[]], next: () => number): T {
  return items[Math.floor(next() * items.length)] ?? items[0];
}

function everything(analysis: Analysis, masked: readonly MaskedColumns[]): string {
  const { facts, statements, syntaxError } = analysis;
  return JSON.stringify([facts, statements, syntaxError ?? null, masked.map((each) => analysis.masks(each))]);
}

const NUMBERS = {
  decimal: ["0.0", "0.5", "1.0", "1.5", "19.99", "1000000.000001", "3.141592653589793"],
  long: ["10000000000", "9223372036854775807", "9223372036854775808", "99999999999999999999999"],
  integer: ["0", "1", "2", "3", "4", "7", "10", "53", "64", "100", "1000", "20001", "999999999"],
} as const;
const STRINGS = [
  "",
  " ",
  "%",
  "%%",
  ".*",
  "^.*$",
  "_",
  "x",
  "it is",
  "true",
  "f",
  "0",
  "-1",
  "NaN",
  "infinity",
  "now",
  "1 day",
  "2020-01-01",
  "Y",
  "hex",
  "base64",
  "{}",
  "{1,2}",
  '{"a": 1}',
  "$.a",
  "$",
  "public.customers",
  "customers_id_seq",
  "pg_read_file",
  "search_path",
  "role",
  "UTF8",
  "DROP TABLE notes",
  "SELECT ssn FROM customers",
  "id = id",
  "%s%I",
  "a;b",
  "-- x",
  "/* x",
  "*/",
  '"',
  "$$",
  "2f6574632f706173737764",
  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
] as const;
