/**
 * How narrow the condition of an UPDATE, DELETE or MERGE is. Pure.
 *
 * keyed: equality with a constant or parameter on every column of a primary or unique key, not inside OR or NOT.
 * tautology: nothing in it depends on the row, or it is plainly true of every row (x = x, p OR NOT p).
 */
import type { Relation } from "./catalogue.ts";
import type { Json, JsonObject } from "./parser.ts";
import { asObject, isPlace, list, only, strings, word } from "./tree.ts";

export type Where = "keyed" | "present" | "none" | "tautology";

const ORDER: readonly Where[] = ["keyed", "present", "none", "tautology"];

/** The weaker of two conditions; null stands for a command without any. */
export function weaker(a: Where | null, b: Where | null): Where | null {
  if (a === null || b === null) return a ?? b;
  return ORDER.indexOf(a) > ORDER.indexOf(b) ? a : b;
}

export interface Target {
  /** The one relation that is meant; undefined when that is not sure. */
  readonly relation: Relation | undefined;
  /** The name that qualifies its columns: the alias, or the relation's name. */
  readonly qualifier: string;
  /** Its schema as written, where there is no alias. */
  readonly schema: string | undefined;
  /** ONLY was written: inheritance children are left alone. */
  readonly only: boolean;
  /** A users' operator named `=` could be meant: equality proves nothing. */
  readonly ownEquality: boolean;
  /** Numbers of the parameters whose type may equal several values of a key (see `inexactParameters`). */
  readonly inexact: ReadonlySet<number>;
}

/** Classifies the conjunction of conditions (an absent one is true). */
export function classifyWhere(conditions: readonly (Json | undefined)[], target: Target): Where {
  const given = conditions.filter((condition) => condition !== undefined);
  if (given.length === 0) return "none";
  const parts = given.flatMap((condition) => conjuncts(condition));
  if (parts.every((part) => fold(part, target) !== "row")) return "tautology";
  return isKeyed(parts, target) ? "keyed" : "present";
}

function isKeyed(parts: readonly Json[], target: Target): boolean {
  const relation = target.relation;
  if (relation === undefined || target.ownEquality) return false;
  // A key of an inheritance parent says nothing of its children's rows; a partitioned table's key covers its partitions.
  if (relation.kind !== "p" && relation.children.length > 0 && !target.only) return false;
  const equal = new Set<string>();
  for (const part of parts) {
    const [type, node] = only(part);
    if (type !== "A_Expr" || node["kind"] !== "AEXPR_OP" || !isPlain(node["name"], "=")) continue;
    const column = columnOf(node["lexpr"], target) ?? columnOf(node["rexpr"], target);
    const value = columnOf(node["lexpr"], target) === undefined ? node["lexpr"] : node["rexpr"];
    if (column !== undefined && isConstantValue(value, target)) equal.add(column);
  }
  return relation.keys.some((key) => key.length > 0 && key.every((column) => equal.has(column)));
}

type Folded = "true" | "false" | "constant" | "row";

function fold(json: Json | undefined, target: Target, depth = 0): Folded {
  const [type, node] = only(json);
  if (!mentionsRow(json)) {
    const constant = type === "A_Const" ? node : undefined;
    return constant !== undefined && (constant["isnull"] === true || isFalse(constant)) ? "false" : "constant";
  }
  if (depth > FOLD_DEPTH_MAX) return "row";
  if (type === "BoolExpr") {
    const args = list(node["args"]);
    const parts = args.map((arg) => fold(arg, target, depth + 1));
    if (node["boolop"] === "NOT_EXPR") {
      return parts[0] === "true" ? "false" : parts[0] === "false" ? "true" : (parts[0] ?? "row");
    }
    if (node["boolop"] === "AND_EXPR") {
      if (parts.includes("false")) return "false";
      return parts.includes("row") ? "row" : "constant";
    }
    if (parts.includes("true") || parts.includes("constant") || coversEverything(args, target)) return "true";
    return parts.every((part) => part === "false") ? "false" : "row";
  }
  if (type === "BooleanTest" && ["IS_TRUE", "IS_NOT_FALSE"].includes(word(node["booltesttype"]))) {
    return fold(node["arg"], target, depth + 1);
  }
  if (type === "CoalesceExpr") {
    const first = fold(list(node["args"])[0], target, depth + 1);
    return first === "true" || first === "constant" ? "true" : "row";
  }
  if (type === "NullTest" && node["nulltesttype"] === "IS_NOT_NULL" && hasConstantArm(node["arg"])) return "true";
  if (type === "NullTest" && node["nulltesttype"] === "IS_NOT_NULL") {
    const column = columnOf(node["arg"], target);
    return column !== undefined && target.relation?.columns.get(column)?.notNull === true ? "true" : "row";
  }
  if (type === "A_Expr") return isTrueOfEveryRow(node, target) ? "true" : "row";
  return "row";
}

/** x = x, x LIKE '%', x IN (x, …) and their like. */
function isTrueOfEveryRow(node: JsonObject, target: Target): boolean {
  const name = strings(node["name"]).at(-1) ?? "";
  switch (word(node["kind"])) {
    case "AEXPR_OP":
      if (["=", "<=", ">="].includes(name)) return isSame(node["lexpr"], node["rexpr"], target);
      if (!["~", "~*"].includes(name)) return false;
      return ["", ".*", "^", "$", "^.*$", ".*$", "^.*"].includes(patternOf(node["rexpr"]) ?? "?");
    case "AEXPR_BETWEEN":
    case "AEXPR_BETWEEN_SYM":
      return list(asObject(asObject(node["rexpr"])["List"])["items"]).every((item) =>
        isSame(item, node["lexpr"], target),
      );
    case "AEXPR_NOT_DISTINCT":
      return isSame(node["lexpr"], node["rexpr"], target);
    case "AEXPR_LIKE":
    case "AEXPR_ILIKE":
    case "AEXPR_SIMILAR":
      return !name.startsWith("!") && /^%+$/.test(patternOf(node["rexpr"]) ?? "");
    case "AEXPR_IN":
      return (
        name === "=" &&
        list(asObject(asObject(node["rexpr"])["List"])["items"]).some((item) => isSame(item, node["lexpr"], target))
      );
    default:
      return false;
  }
}

/** coalesce(x, 'y'): never NULL. */
function hasConstantArm(json: Json | undefined): boolean {
  const [type, node] = only(json);
  return (
    type === "CoalesceExpr" &&
    list(node["args"]).some((arg) => only(arg)[0] === "A_Const" && only(arg)[1]["isnull"] !== true)
  );
}

/** Do two alternatives of an OR exclude each other, so that one of them always holds? */
function coversEverything(args: readonly Json[], target: Target): boolean {
  const shapes = new Set(args.map((arg) => shape(arg, target)));
  let whole: ReadonlySet<string> | undefined;
  const stands = (json: Json): boolean => {
    if (!shapes.has(shape(json, target))) return false;
    whole ??= new Set(args.map((arg) => canonical(arg, target)));
    return whole.has(canonical(json, target));
  };
  return args.some((arg) => {
    const [type, node] = only(arg);
    if (type === "BoolExpr" && node["boolop"] === "NOT_EXPR") return stands(list(node["args"])[0] ?? null);
    if (type === "NullTest") {
      const opposite = node["nulltesttype"] === "IS_NULL" ? "IS_NOT_NULL" : "IS_NULL";
      return stands({ NullTest: { ...node, nulltesttype: opposite } });
    }
    if (type !== "A_Expr" || node["kind"] !== "AEXPR_OP") return false;
    const opposite = OPPOSITES.get(strings(node["name"]).at(-1) ?? "");
    return opposite?.some((op) => stands({ A_Expr: { ...node, name: [{ String: { sval: op } }] } })) ?? false;
  });
}

function conjuncts(json: Json, found: Json[] = []): Json[] {
  const [type, node] = only(json);
  if (type !== "BoolExpr" || node["boolop"] !== "AND_EXPR") found.push(json);
  else for (const arg of list(node["args"])) conjuncts(arg, found);
  return found;
}

/** Does anything in the tree depend on a row? `*` in count(*) or EXISTS (SELECT *) does not. */
function mentionsRow(json: Json | undefined): boolean {
  if (Array.isArray(json)) return (json as readonly Json[]).some(mentionsRow);
  if (typeof json !== "object" || json === null) return false;
  for (const [key, value] of Object.entries(json)) {
    if (key === "CurrentOfExpr") return true;
    if (key === "ColumnRef" && strings(asObject(value)["fields"]).length > 0) return true;
    if (key !== "A_Const" && mentionsRow(value)) return true;
  }
  return false;
}

function columnOf(json: Json | undefined, target: Target): string | undefined {
  const [type, node] = only(json);
  if (type !== "ColumnRef") return undefined;
  const fields = strings(node["fields"]);
  if (fields.length !== list(node["fields"]).length) return undefined;
  if (fields.length === 1) return fields[0];
  if (fields.length === 2 && fields[0] === target.qualifier) return fields[1];
  if (fields.length === 3 && fields[0] === target.schema && fields[1] === target.qualifier) return fields[2];
  return undefined;
}

/** A literal or a parameter, possibly cast to a type whose equality with a key column is exact. */
function isConstantValue(json: Json | undefined, target: Target): boolean {
  const [type, node] = only(json);
  // `= NULL` is never true, or with transform_null_equals IS NULL: then it is true of many rows.
  if (type === "A_Const") return node["isnull"] !== true;
  if (type === "ParamRef") return !target.inexact.has(numberOf(node));
  return type === "TypeCast" && isExactType(node["typeName"]) && isConstantValue(node["arg"], EXACT_TARGET);
}

function isExactType(json: Json | undefined): boolean {
  const typeName = asObject(json);
  const names = strings(typeName["names"]);
  if (typeName["arrayBounds"] !== undefined || typeName["setof"] === true) return false;
  if (names.length === 2 && names[0] !== "pg_catalog") return false;
  return EXACT_TYPES.has(names.at(-1) ?? "");
}

/**
 * Parameters of a statement whose equality with a key may hold for several keys: declared of another type than the
 * exact ones, or used twice, so that the other use may have given them such a type.
 */
export function inexactParameters(root: Json, declared: ReadonlySet<number>): ReadonlySet<number> {
  const seen = new Set<number>();
  const inexact = new Set(declared);
  const visit = (json: Json | undefined): void => {
    if (Array.isArray(json)) for (const item of json as readonly Json[]) visit(item);
    else if (typeof json === "object" && json !== null) {
      for (const [key, value] of Object.entries(json)) {
        if (key === "A_Const") continue;
        if (key !== "ParamRef") visit(value);
        else if (seen.has(numberOf(asObject(value)))) inexact.add(numberOf(asObject(value)));
        else seen.add(numberOf(asObject(value)));
      }
    }
  };
  visit(root);
  return inexact;
}

/** Numbers of the parameters that PREPARE declares of a type which is not exact. */
export function inexactTypes(types: readonly Json[]): ReadonlySet<number> {
  const found = new Set<number>();
  for (const [index, type] of types.entries()) {
    if (!isExactType(asObject(type)["TypeName"])) found.add(index + 1);
  }
  return found;
}

function numberOf(node: JsonObject): number {
  return typeof node["number"] === "number" ? node["number"] : 0;
}

function isPlain(name: Json | undefined, operator: string): boolean {
  const parts = strings(name);
  return parts.at(-1) === operator && (parts.length === 1 || (parts.length === 2 && parts[0] === "pg_catalog"));
}

function patternOf(json: Json | undefined): string | undefined {
  const [type, node] = only(json);
  if (type === "FuncCall" && strings(node["funcname"]).at(-1) === "similar_to_escape")
    return patternOf(list(node["args"])[0]);
  const value = type === "A_Const" ? asObject(node["sval"])["sval"] : undefined;
  return type === "A_Const" && node["sval"] !== undefined ? (typeof value === "string" ? value : "") : undefined;
}

function isFalse(constant: JsonObject): boolean {
  return constant["boolval"] !== undefined && asObject(constant["boolval"])["boolval"] !== true;
}

/** Equal trees mean equal values. Constants are looked at only where all else is equal. */
function isSame(a: Json | undefined, b: Json | undefined, target: Target): boolean {
  return shape(a, target) === shape(b, target) && canonical(a, target) === canonical(b, target);
}

/** The canonical tree without what its constants are worth. */
function shape(json: Json | undefined, target: Target): string {
  return canonical(json, target, false);
}

/** The tree without places, and with the target's columns unqualified. */
function canonical(json: Json | undefined, target: Target, constants = true): string {
  return JSON.stringify(json ?? null, (key, value: Json) => {
    if (isPlace(key)) return undefined;
    if (key === "A_Const" && !constants) return Object.keys(asObject(value));
    if (key === "ColumnRef") {
      const column = columnOf({ ColumnRef: value }, target);
      return column ?? value;
    }
    return value;
  });
}

/** Behind a cast to an exact type, whatever type a parameter has. */
const EXACT_TARGET: Target = {
  relation: undefined,
  qualifier: "",
  schema: undefined,
  only: false,
  ownEquality: false,
  inexact: new Set(),
};

/** How deep a condition is simplified; each level may read the whole of it again. */
const FOLD_DEPTH_MAX = 16;

const OPPOSITES: ReadonlyMap<string, readonly string[]> = new Map([
  ["=", ["<>"]],
  ["<>", ["="]],
  ["<", [">="]],
  [">=", ["<", "<="]],
  [">", ["<="]],
  ["<=", [">", ">="]],
]);

const EXACT_TYPES: ReadonlySet<string> = new Set([
  "int2",
  "int4",
  "int8",
  "numeric",
  "text",
  "varchar",
  "uuid",
  "date",
  "bool",
  "timestamp",
]);
