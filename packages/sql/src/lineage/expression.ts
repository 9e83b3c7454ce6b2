/** What an expression's value is made of. Every node of the closed table (nodes.ts) is followed. Pure. */
import type { Json, JsonObject } from "../parser.ts";
import { NODES } from "../nodes.ts";
import { asObject, list, only, strings, textOf, word } from "../tree.ts";
import { call } from "./call.ts";
import { PATTERN_OPERATORS, TAME_OPERATORS, TEXT_TYPES } from "./functions.ts";
import { constantText, mixesHeavy } from "./tame.ts";
import { findOperators } from "../names.ts";
import type { Run } from "./run.ts";
import { anythingIn, columnOf, findName, findNamed, rowNamed, wholeRow, type Scope } from "./scope.ts";
import { select } from "./select.ts";
import { CLEAN, CLEAN_SCALAR, conditional, derived, isTainted, settled, UNKNOWN, type Value } from "./value.ts";

type Handler = (run: Run, node: JsonObject, scope: Scope) => Value;

export function expression(run: Run, json: Json | undefined, scope: Scope): Value {
  if (json === undefined || json === null) return CLEAN;
  if (Array.isArray(json)) return derived((json as readonly Json[]).map((item) => expression(run, item, scope)));
  if (typeof json !== "object") return CLEAN;
  if (Object.keys(json).length === 0) return CLEAN;
  const [type, node] = only(json);
  return bare(run, type, node, scope);
}

/** A node whose type is known from where it stands. */
export function bare(run: Run, type: string, node: JsonObject, scope: Scope): Value {
  run.visit();
  const handler = HANDLERS.get(type);
  if (handler !== undefined) return handler(run, node, scope);
  const value = children(run, type, node, scope);
  return TRANSPARENT.has(type) ? value : { ...value, tame: false };
}

export function children(
  run: Run,
  type: string,
  node: JsonObject,
  scope: Scope,
  except: readonly string[] = [],
): Value {
  const fields = NODES.get(type);
  if (fields === undefined) return UNKNOWN;
  const values: Value[] = [];
  for (const name of Object.keys(node)) {
    const kind = fields.get(name);
    if (kind === undefined) return UNKNOWN;
    if (kind === "scalar" || except.includes(name)) continue;
    if (kind === "nodes") values.push(expression(run, node[name], scope));
    else values.push(bare(run, kind.type, asObject(node[name]), scope));
  }
  return derived(values);
}

const constant: Handler = () => CLEAN_SCALAR;

const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ...["A_Const", "Integer", "Float", "Boolean", "String", "BitString", "ParamRef", "SQLValueFunction"].map(
    (type): [string, Handler] => [type, constant],
  ),
  ...["SetToDefault", "CurrentOfExpr", "GroupingFunc", "MergeSupportFunc", "TypeName", "JsonFormat", "Alias"].map(
    (type): [string, Handler] => [type, constant],
  ),
  ["JsonOutput", (run, node) => (writesAnyText(run, node["typeName"]) ? CLEAN : { ...CLEAN, tame: false })],
  ["ColumnRef", reference],
  ["FuncCall", call],
  ["SelectStmt", (run, node, scope) => scalar(run, node, scope)],
  ["SubLink", subLink],
  [
    "TypeCast",
    (run, node, scope) => {
      const value = expression(run, node["arg"], scope);
      const text = writesText(run, node["typeName"]);
      return { ...derived([value], text), scalar: text };
    },
  ],
  [
    "CollateClause",
    (run, node, scope) => {
      // Functions refuse a mixture of collations while they run, unless they are given NULL.
      const value = expression(run, node["arg"], scope);
      return { ...derived([value], !isTainted(value)), heavy: true };
    },
  ],
  ["A_Expr", operator],
  [
    "BoolExpr",
    // What stands on the right may run or not, depending on the left.
    (run, node, scope) => conditional(derived([expression(run, node["args"], scope)])),
  ],
  ["CaseExpr", caseOf],
  [
    "CoalesceExpr",
    (run, node, scope) => {
      const [first = CLEAN, ...rest] = list(node["args"]).map((each) => expression(run, each, scope));
      const value = choice([first, ...rest.slice(0, -1)], rest, derived([first, ...rest]));
      return { ...value, scalar: [first, ...rest].every(isScalar) };
    },
  ],
  [
    "NullTest",
    (run, node, scope) => {
      const value = expression(run, node["arg"], scope);
      // NULL stays NULL under every action but one, so this much everybody may see.
      const action = run.masked.byColumn.get(value.direct ?? "")?.action.kind;
      return action !== undefined && action !== "null" ? CLEAN : derived([value]);
    },
  ],
  ["A_ArrayExpr", array],
  ["A_Indirection", indirection],
  [
    "XmlExpr",
    (run, node, scope) => {
      // Not every date can be written as XML.
      const parts = [...list(node["named_args"]), ...list(node["args"])].map((part) => {
        const [type, target] = only(part);
        return expression(run, type === "ResTarget" ? target["val"] : part, scope);
      });
      const fit = parts.every((value) => !isTainted(value) || value.scalar === true);
      return restrict(derived(parts), fit && XML_BUILDERS.has(textOf(node["op"]) ?? ""));
    },
  ],
  [
    "XmlSerialize",
    (run, node, scope) =>
      restrict(
        expression(run, node["expr"], scope),
        node["xmloption"] === "XMLOPTION_CONTENT" && writesAnyText(run, node["typeName"]),
      ),
  ],
  [
    "JsonObjectConstructor",
    (run, node, scope) => {
      const value = children(run, "JsonObjectConstructor", node, scope);
      const masked = list(node["exprs"]).some((each) => hasMaskedKey(run, each, scope));
      return built(value, node["unique"] !== true && !masked);
    },
  ],
  [
    "JsonIsPredicate",
    (run, node, scope) => {
      // Bytes have to be UTF-8.
      const value = children(run, "JsonIsPredicate", node, scope);
      return restrict(value, isScalar(expression(run, node["expr"], scope)));
    },
  ],
  ["JsonArrayConstructor", (run, node, scope) => built(children(run, "JsonArrayConstructor", node, scope), true)],
  [
    "JsonArrayQueryConstructor",
    (run, node, scope) => {
      const [, query] = only(node["query"]);
      return built(
        derived([scalar(run, query, scope), children(run, "JsonArrayQueryConstructor", node, scope, ["query"])]),
        true,
      );
    },
  ],
  ["JsonObjectAgg", (run, node, scope) => jsonAggregate(run, "JsonObjectAgg", node, scope)],
  ["JsonArrayAgg", (run, node, scope) => jsonAggregate(run, "JsonArrayAgg", node, scope)],
  [
    "JsonValueExpr",
    (run, node, scope) => {
      const format = asObject(node["format"])["format_type"];
      const plain = format === undefined || format === "JS_FORMAT_DEFAULT";
      return restrict(expression(run, node["raw_expr"], scope), plain);
    },
  ],
  [
    "WindowDef",
    (run, node, scope) => {
      const value = children(run, "WindowDef", node, scope);
      // The rows come out in the window's order.
      run.tests(value);
      return value;
    },
  ],
]);

/** Nodes that do no more than hold their children together. */
const TRANSPARENT: ReadonlySet<string> = new Set([
  "List",
  "CaseWhen",
  "MinMaxExpr",
  "BooleanTest",
  "RowExpr",
  "NamedArgExpr",
  "ResTarget",
  "MultiAssignRef",
  "SortBy",
  "A_Indices",
  "A_Star",
  "JsonKeyValue",
  "JsonAggConstructor",
  "JsonScalarExpr",
  "JsonReturning",
  "GroupingSet",
]);

const XML_BUILDERS: ReadonlySet<string> = new Set(["IS_XMLELEMENT", "IS_XMLFOREST", "IS_XMLCONCAT"]);

function reference(_run: Run, node: JsonObject, scope: Scope): Value {
  const fields = list(node["fields"]);
  const names = strings(node["fields"]);
  const star = fields.length === names.length + 1 && asObject(fields.at(-1))["A_Star"] !== undefined;
  if (!star && fields.length !== names.length) return UNKNOWN;
  if (star) {
    if (names.length === 0) return derived(scope.items.flatMap((item) => item.columns.map(({ value }) => value)));
    const named = findNamed(scope, names.at(-2), names.at(-1) ?? "");
    return named === undefined ? anythingIn(scope) : wholeRow(named.rel);
  }
  const name = names.at(-1) ?? "";
  if (names.length === 1) return settled(findName(scope, name));
  const named = findNamed(scope, names.at(-3), names.at(-2) ?? "");
  if (named === undefined) return anythingIn(scope);
  return columnOf(named.rel, name);
}

/** `(row).field`, subscripts and slices. */
function indirection(run: Run, node: JsonObject, scope: Scope): Value {
  const [first, ...rest] = list(node["indirection"]);
  const [type, inner] = only(node["arg"]);
  const field = textOf(asObject(asObject(first)["String"])["sval"]);
  const row = type === "ColumnRef" && field !== undefined ? rowNamed(scope, inner) : undefined;
  if (row === undefined || field === undefined) return derived([children(run, "A_Indirection", node, scope)]);
  const value = columnOf(row, field);
  return rest.length === 0 ? value : derived([value, expression(run, rest, scope)]);
}

function operator(run: Run, node: JsonObject, scope: Scope): Value {
  const left = expression(run, node["lexpr"], scope);
  const right = expression(run, node["rexpr"], scope);
  const names = strings(node["name"]);
  const name = names.at(-1) ?? "";
  const own = findOperators(run.space, names.length > 1 ? names.at(-2) : undefined, name).length > 0;
  const kind = textOf(node["kind"]) ?? "";
  const plain = COMPARING_KINDS.has(kind) || (OPERATOR_KINDS.has(kind) && TAME_OPERATORS.has(name));
  const fit = fits(name, kind, [left, right], node["rexpr"]);
  const both = isScalar(left) && (kind === "AEXPR_NULLIF" || isScalar(right));
  const scalar = SCALAR_OPERATORS.has(name) || (SCALAR_KINDS.has(kind) && both);
  const value = { ...derived([left, right], plain && !own && fit), scalar };
  return LISTING_KINDS.has(kind) ? conditional(value) : value;
}

/** Nothing about these operands can make the operator fail or take long, also if one of them is NULL or not. */
function fits(name: string, kind: string, operands: readonly Value[], right: Json | undefined): boolean {
  if (!operands.some(isTainted)) return true;
  if (mixesHeavy(operands)) return false;
  // A pattern that ends with its escape fails where a value has matched it so far.
  if (PATTERN_OPERATORS.has(name)) return constantText(right)?.includes("\\") === false;
  // Arrays and documents have to fit together.
  return name !== "||" || kind !== "AEXPR_OP" || operands.every((value) => !isTainted(value) || isScalar(value));
}

const OPERATOR_KINDS: ReadonlySet<string> = new Set([
  "AEXPR_OP",
  "AEXPR_OP_ANY",
  "AEXPR_OP_ALL",
  "AEXPR_LIKE",
  "AEXPR_ILIKE",
]);
const COMPARING_KINDS: ReadonlySet<string> = new Set([
  "AEXPR_DISTINCT",
  "AEXPR_NOT_DISTINCT",
  "AEXPR_NULLIF",
  "AEXPR_IN",
  "AEXPR_BETWEEN",
  "AEXPR_NOT_BETWEEN",
  "AEXPR_BETWEEN_SYM",
  "AEXPR_NOT_BETWEEN_SYM",
]);

const SCALAR_KINDS: ReadonlySet<string> = new Set(["AEXPR_OP", "AEXPR_NULLIF"]);
/** Their result is a truth value or a text, whatever they are given. */
const SCALAR_OPERATORS: ReadonlySet<string> = new Set("<> != < > <= >= @> <@ && ~~ !~~ ->> #>>".split(" "));

/** Those that stop at the first answer. */
const LISTING_KINDS: ReadonlySet<string> = new Set([
  "AEXPR_IN",
  "AEXPR_BETWEEN",
  "AEXPR_NOT_BETWEEN",
  "AEXPR_BETWEEN_SYM",
  "AEXPR_NOT_BETWEEN_SYM",
]);

function caseOf(run: Run, node: JsonObject, scope: Scope): Value {
  const arg = expression(run, node["arg"], scope);
  const whens = list(node["args"]).map((each) => only(each)[1]);
  const conditions = whens.map((each) => expression(run, each["expr"], scope));
  const results = whens.map((each) => expression(run, each["result"], scope));
  results.push(expression(run, node["defresult"], scope));
  const all = derived([arg, ...conditions, ...results]);
  const value = choice([arg, ...conditions], [...conditions.slice(1), ...results], all);
  return { ...value, scalar: results.every(isScalar) };
}

/** Which of `optional` are worked out at all depends on `deciding`. */
function choice(deciding: readonly Value[], optional: readonly Value[], all: Value): Value {
  const tells = deciding.some(isTainted) && optional.some((value) => value.heavy === true || !value.tame);
  return tells ? { ...all, tame: false } : all;
}

function subLink(run: Run, node: JsonObject, scope: Scope): Value {
  const [type, query] = only(node["subselect"]);
  if (type !== "SelectStmt") return UNKNOWN;
  const rel = select(run, query, scope);
  switch (word(node["subLinkType"])) {
    case "EXISTS_SUBLINK":
      return { ...CLEAN, heavy: true };
    case "EXPR_SUBLINK": {
      const [column] = rel.columns;
      const alone = rel.columns.length === 1 && column?.many !== true ? column?.value.direct : undefined;
      const scalar = rel.columns.length === 1 && column?.many !== true && column?.value.scalar === true;
      return { ...derived(rel.columns.map(({ value }) => settled(value))), direct: alone, heavy: true, scalar };
    }
    case "ARRAY_SUBLINK":
      return { ...derived(rel.columns.map(({ value }) => settled(value))), built: true, heavy: true };
    default: {
      const tested = expression(run, node["testexpr"], scope);
      return { ...derived([tested, ...rel.columns.map(({ value }) => settled(value))]), heavy: true };
    }
  }
}

function scalar(run: Run, query: JsonObject, scope: Scope): Value {
  return { ...derived(select(run, query, scope).columns.map(({ value }) => settled(value))), heavy: true };
}

function jsonAggregate(run: Run, type: string, node: JsonObject, scope: Scope): Value {
  const value = children(run, type, node, scope);
  const over = asObject(node["constructor"])["over"] !== undefined ? (scope.windows ?? CLEAN) : CLEAN;
  return built(derived([value, over]), node["unique"] !== true && !hasMaskedKey(run, node["arg"], scope));
}

/** A key that is NULL is an error. */
function hasMaskedKey(run: Run, pair: Json | undefined, scope: Scope): boolean {
  const [type, node] = only(pair);
  const key = type === "JsonKeyValue" ? node["key"] : asObject(pair)["key"];
  return isTainted(expression(run, key, scope));
}

function array(run: Run, node: JsonObject, scope: Scope): Value {
  const elements = list(node["elements"]).map((each) => ({ each, value: expression(run, each, scope) }));
  // Arrays as elements have to be of one size: only what is written out here is.
  const fit = elements.every(
    ({ each, value }) => !isTainted(value) || value.scalar === true || only(each)[0] === "A_ArrayExpr",
  );
  return {
    ...derived(
      elements.map(({ value }) => value),
      fit,
    ),
    built: true,
  };
}

function isScalar(value: Value): boolean {
  return value.scalar === true;
}

function built(value: Value, tame: boolean): Value {
  return { ...derived([value], tame), built: true };
}

function restrict(value: Value, tame: boolean): Value {
  return derived([value], tame);
}

/** The same where a limit of length is an error, not a cut. */
function writesAnyText(run: Run, typeName: Json | undefined): boolean {
  return writesText(run, typeName) && list(asObject(typeName)["typmods"]).length === 0;
}

/**
 * Can every value be written as this type? Without a schema the name is PostgreSQL's own only where nothing is searched
 * before pg_catalog; of the session's temporary types, which are, none may bear it (mask-analysis.ts).
 */
function writesText({ space }: Run, typeName: Json | undefined): boolean {
  const node = asObject(typeName);
  const names = strings(node["names"]);
  const own = names.length > 1 && names.at(-2) !== "pg_catalog";
  if (own || list(node["arrayBounds"]).length > 0 || node["setof"] === true) return false;
  const name = names.at(-1) ?? "";
  const { searchPath, temporary } = space;
  const first = searchPath !== undefined && searchPath.indexOf("pg_catalog") <= 0 && !temporary.has(name);
  return TEXT_TYPES.has(name) && (names.length > 1 || first);
}
