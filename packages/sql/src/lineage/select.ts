/** The columns that a query gives, and what its clauses test on the way. Pure. */
import type { Json, JsonObject } from "../parser.ts";
import { asObject, list, only, strings, textOf } from "../tree.ts";
import { expression } from "./expression.ts";
import { fromList } from "./from.ts";
import type { Run } from "./run.ts";
import { findNamed, rowNamed, starOf, type Rel, type Scope } from "./scope.ts";
import { outputName } from "./output-name.ts";
import { CLEAN, derived, either, settled, type Column, type Value } from "./value.ts";
import { withClause } from "./with.ts";

export function select(run: Run, node: JsonObject, outer: Scope): Rel {
  run.visit(SELECT_WORK);
  const around = withClause(run, node["withClause"], outer);
  if (node["op"] !== undefined && node["op"] !== "SETOP_NONE") return setOperation(run, node, around);
  if (node["valuesLists"] !== undefined) return values(run, node, around);
  const items = fromList(run, list(node["fromClause"]), { items: [], outer: around, ctes: around.ctes });
  const inside: Scope = { items, outer: around, ctes: around.ctes };
  run.tests(expression(run, node["whereClause"], inside));
  const windows = derived(list(node["windowClause"]).map((each) => expression(run, each, inside)));
  run.tests(windows);
  const scope: Scope = { ...inside, windows };
  const columns = targets(run, list(node["targetList"]), scope);
  for (const item of list(node["groupClause"])) group(run, item, scope, columns);
  run.tests(expression(run, node["havingClause"], scope));
  const distinct = list(node["distinctClause"]);
  if (distinct.length === 1 && only(distinct[0])[0] === "") for (const { value } of columns) run.tests(value);
  else for (const item of distinct) order(run, item, scope, columns);
  tail(run, node, scope, columns);
  refuseInto(run, node, columns);
  return { columns: columns.map(settledColumn) };
}

/** The target list of SELECT and RETURNING. */
export function targets(run: Run, items: readonly Json[], scope: Scope): Column[] {
  return items.flatMap((item): Column[] => {
    const [, target] = only(item);
    const star = expandStar(run, target["val"], scope);
    if (star !== undefined) return star;
    const value = run.finished(expression(run, target["val"], scope));
    return [{ name: textOf(target["name"]) ?? outputName(target["val"]), value }];
  });
}

/** `*`, `t.*` and `(expression).*`; undefined for what is no star. */
export function expandStar(run: Run, json: Json | undefined, scope: Scope): Column[] | undefined {
  const [type, node] = only(json);
  const fields = list(type === "ColumnRef" ? node["fields"] : type === "A_Indirection" ? node["indirection"] : []);
  if (asObject(fields.at(-1))["A_Star"] === undefined) return undefined;
  if (type === "ColumnRef") {
    const names = strings(node["fields"]);
    if (names.length === 0) {
      return scope.items.filter((item) => item.qualifiedOnly !== true).flatMap((item) => [...starOf(item.columns)]);
    }
    const named = findNamed(scope, names.length > 1 ? names.at(-2) : undefined, names.at(-1) ?? "");
    if (named !== undefined) return [...starOf(named.rel.columns)];
  }
  if (type === "A_Indirection" && fields.length === 1) {
    const [innerType, inner] = only(node["arg"]);
    const row = innerType === "ColumnRef" ? rowNamed(scope, inner) : undefined;
    if (row !== undefined) return [...starOf(row.columns)];
  }
  const value = run.finished(expression(run, type === "A_Indirection" ? node["arg"] : json, scope));
  return [{ name: undefined, value: { ...settled(value), direct: undefined }, many: true }];
}

function setOperation(run: Run, node: JsonObject, around: Scope): Rel {
  const left = select(run, asObject(node["larg"]), around);
  const right = select(run, asObject(node["rarg"]), around);
  return combine(run, node, left, right, around);
}

/** A UNION, INTERSECT or EXCEPT of two queries that were worked out. */
export function combine(run: Run, node: JsonObject, left: Rel, right: Rel, around: Scope): Rel {
  const columns = sideBySide(run, left, right);
  // Everything but UNION ALL compares whole rows.
  if (node["op"] !== "SETOP_UNION" || node["all"] !== true) for (const { value } of columns) run.tests(value);
  tail(run, node, around, columns);
  refuseInto(run, node, columns);
  return { columns };
}

/** The columns of two queries by their places; the names are the left one's. */
export function sideBySide(run: Run, left: Rel, right: Rel): Column[] {
  const some = [...left.columns, ...right.columns];
  if (some.some((column) => column.many === true) || left.columns.length !== right.columns.length) {
    return [{ name: undefined, value: derived(some.map(({ value }) => value)), many: true }];
  }
  return left.columns.map((column, place) => {
    const other = right.columns[place]?.value ?? CLEAN;
    return { ...column, value: sameMask(run, column.value, other) };
  });
}

/** Values of two columns under one and the same mask stay values of that mask. */
function sameMask(run: Run, a: Value, b: Value): Value {
  const merged = either(a, b);
  const [one, other] = [run.masked.byColumn.get(a.direct ?? ""), run.masked.byColumn.get(b.direct ?? "")];
  const same = one !== undefined && other !== undefined && JSON.stringify(one.action) === JSON.stringify(other.action);
  return same ? { ...merged, direct: a.direct } : merged;
}

function values(run: Run, node: JsonObject, around: Scope): Rel {
  let columns: Column[] | undefined;
  for (const row of list(node["valuesLists"])) {
    const cells = list(only(row)[1]["items"]).flatMap((item): Column[] => {
      const star = expandStar(run, item, around);
      return star ?? [{ name: undefined, value: settled(run.finished(expression(run, item, around))) }];
    });
    columns = columns === undefined ? cells : sideBySide(run, { columns }, { columns: cells });
  }
  const many = columns?.some((column) => column.many === true) === true;
  const rel = (columns ?? []).map((column, place) => (many ? column : { ...column, name: `column${place + 1}` }));
  tail(run, node, around, rel);
  return { columns: rel };
}

/** ORDER BY, LIMIT and OFFSET. */
function tail(run: Run, node: JsonObject, scope: Scope, columns: readonly Column[]): void {
  for (const item of list(node["sortClause"])) order(run, asObject(asObject(item)["SortBy"])["node"], scope, columns);
  run.tests(expression(run, node["limitCount"], scope));
  run.tests(expression(run, node["limitOffset"], scope));
}

/** A place or a name of the result, or else an expression (findTargetlistEntrySQL92). */
function order(run: Run, json: Json | undefined, scope: Scope, columns: readonly Column[]): void {
  const output = place(json, columns);
  if (output !== undefined) {
    run.tests(output);
    return;
  }
  const name = loneName(json);
  const named = name === undefined ? [] : columns.filter((column) => column.name === name && column.many !== true);
  if (named.length > 0) for (const { value } of named) run.tests(value);
  else {
    if (name !== undefined) {
      for (const column of columns) if (column.name === undefined || column.many === true) run.tests(column.value);
      // Only in a set operation is there nothing else that it can mean.
      if (scope.items.length === 0 && scope.outer === undefined) return;
    }
    run.tests(expression(run, json, scope));
  }
}

/** In GROUP BY a name is a column of FROM before it is one of the result. */
function group(run: Run, json: Json, scope: Scope, columns: readonly Column[]): void {
  const [type, node] = only(json);
  if (type === "GroupingSet") {
    for (const item of list(node["content"])) group(run, item, scope, columns);
    return;
  }
  if (type === "List" || type === "RowExpr") {
    for (const item of list(node[type === "List" ? "items" : "args"])) group(run, item, scope, columns);
    return;
  }
  const output = place(json, columns);
  if (output !== undefined) {
    run.tests(output);
    return;
  }
  const name = loneName(json);
  const known = scope.items.some((item) => item.columns.some((column) => column.name === name));
  if (name !== undefined && !known) {
    const named = columns.filter((column) => column.name === name || column.name === undefined);
    for (const { value } of named) run.tests(value);
    if (named.some((column) => column.name === name)) return;
  }
  run.tests(expression(run, json, scope));
}

function place(json: Json | undefined, columns: readonly Column[]): Value | undefined {
  const [type, node] = only(json);
  if (type !== "A_Const") return undefined;
  const number = asObject(node["ival"])["ival"];
  if (typeof number !== "number") return CLEAN;
  if (columns.some((column) => column.many === true)) return derived(columns.map(({ value }) => value));
  return columns[number - 1]?.value ?? CLEAN;
}

function loneName(json: Json | undefined): string | undefined {
  const [type, node] = only(json);
  if (type !== "ColumnRef" || list(node["fields"]).length !== 1) return undefined;
  return strings(node["fields"])[0];
}

/** INTO stands in the leftmost arm of a UNION, and takes the rows of all of them. */
function refuseInto(run: Run, node: JsonObject, columns: readonly Column[]): void {
  if (columns.every(({ value }) => value.taint.size === 0)) return;
  let arm = node;
  for (let count = 0; count < ARMS_MAX && arm["intoClause"] === undefined; count += 1) {
    if (arm["larg"] === undefined) return;
    arm = asObject(arm["larg"]);
  }
  run.refuse(COPIES);
}

function settledColumn(column: Column): Column {
  return { ...column, value: settled(column.value) };
}

export const COPIES = "it would copy masked values to where no mask hides them";
/** A query is as much work as this many of its nodes. */
const SELECT_WORK = 20;
/** Arms of a UNION that are searched for INTO. */
const ARMS_MAX = 10_000;
