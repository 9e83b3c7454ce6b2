/**
 * Whether calling a function or operator with masked values tells about them by failing or by its size. A value can be
 * NULL depending on a masked one (`nullif(ssn, …)`), and a strict function that would fail for its other arguments then
 * does not: so those have to be constants that cannot fail. Pure.
 */
import type { Json, JsonObject } from "../parser.ts";
import { asObject, list, only, textOf } from "../tree.ts";
import { TAME_AGGREGATES, TAME_FUNCTIONS, VARIADIC_FUNCTIONS } from "./functions.ts";
import { isTainted, type Value } from "./value.ts";

/** A masked value stands among the arguments, and they may be computed without telling about it. */
export function isTameCall(name: string, node: JsonObject, args: readonly Value[]): boolean {
  const nodes = list(node["args"]);
  if (node["func_variadic"] === true || mixesHeavy(args)) return false;
  if (name === "json_build_object" || name === "jsonb_build_object")
    return !args.some((value, at) => at % 2 === 0 && isTainted(value));
  if (TAME_FUNCTIONS.has(name)) return args.length <= 1 || VARIADIC_FUNCTIONS.has(name);
  if (TAME_AGGREGATES.has(name)) return isTameAggregate(name, args);
  const others = FIRST.get(name);
  if (others === undefined || args.slice(1).some(isTainted)) return false;
  if (name === "abs" && args[0]?.direct === undefined) return false;
  return nodes.slice(1).every((each, at) => others[at]?.(each) === true);
}

/** A clean operand of any size beside a masked one: whether the two fit together tells whether the other is NULL. */
export function mixesHeavy(values: readonly Value[]): boolean {
  return values.some(isTainted) && values.some((value) => !isTainted(value) && value.heavy === true);
}

function isTameAggregate(name: string, args: readonly Value[]): boolean {
  const [first] = args;
  // Sums overflow and bit strings differ in length, where a CASE chooses what is added; keys must not be NULL.
  if (SUMS.has(name)) return first?.direct !== undefined;
  if (KEYED.has(name)) return first === undefined || !isTainted(first);
  if (name === "array_agg") return first === undefined || !isTainted(first) || first.scalar === true;
  return true;
}

type Check = (node: Json) => boolean;

/** @returns undefined: no whole number that is written out. */
function integer(node: Json): number | undefined {
  const [type, constant] = only(node);
  if (type !== "A_Const" || constant["isnull"] === true) return undefined;
  if (!Object.hasOwn(constant, "ival")) return undefined;
  const value = asObject(constant["ival"])["ival"] ?? 0;
  return typeof value === "number" ? value : undefined;
}

const between =
  (min: number, max: number): Check =>
  (node) => {
    const value = integer(node);
    return value !== undefined && value >= min && value <= max;
  };

/** A text that is written out. */
export function constantText(node: Json | undefined): string | undefined {
  const [type, constant] = only(node);
  if (type !== "A_Const" || !Object.hasOwn(constant, "sval")) return undefined;
  return textOf(asObject(constant["sval"])["sval"]) ?? "";
}

const TEXT: Check = (node) => (constantText(node)?.length ?? Infinity) <= CONSTANT_CHARS_MAX;
const ENCODING: Check = (node) => /^(?:hex|base64|escape)$/i.test(constantText(node) ?? "");
const PLACE = between(-1_000_000, 1_000_000);
const LENGTH = between(0, 1_000_000);
const PAD = between(-1_000_000, 1_000);
const SCALE = between(-100, 100);

/** What the arguments behind the first may be. */
const FIRST: ReadonlyMap<string, readonly Check[]> = new Map<string, readonly Check[]>([
  ["left", [PLACE]],
  ["right", [PLACE]],
  ["substr", [PLACE, LENGTH]],
  ["substring", [PLACE, LENGTH]],
  ["lpad", [PAD, TEXT]],
  ["rpad", [PAD, TEXT]],
  ["btrim", [TEXT]],
  ["ltrim", [TEXT]],
  ["rtrim", [TEXT]],
  ["replace", [TEXT, TEXT]],
  ["translate", [TEXT, TEXT]],
  ["split_part", [TEXT, (node) => integer(node) !== 0 && PLACE(node)]],
  ["overlay", [TEXT, between(1, 1_000_000), LENGTH]],
  ["repeat", [between(-1_000_000, 100)]],
  ["encode", [ENCODING]],
  ["array_to_string", [TEXT, TEXT]],
  ["array_length", [PLACE]],
  ["array_upper", [PLACE]],
  ["array_lower", [PLACE]],
  ["round", [SCALE]],
  ["trunc", [SCALE]],
  ...["array_ndims", "cardinality", "floor", "ceil", "ceiling", "abs", "sign"].map((name): [string, Check[]] => [
    name,
    [],
  ]),
  ...["isfinite", "family", "host", "masklen", "abbrev"].map((name): [string, Check[]] => [name, []]),
]);

const SUMS = new Set(
  "sum avg stddev stddev_pop stddev_samp variance var_pop var_samp bit_and bit_or bit_xor".split(" "),
);
const KEYED = new Set(
  "json_object_agg json_object_agg_strict jsonb_object_agg jsonb_object_agg_strict percentile_disc".split(" "),
);
/** Longest text beside a masked value that cannot make much of it, in characters. */
const CONSTANT_CHARS_MAX = 1_000;
