/** What the items of FROM give, and under which names. Pure. */
import type { Json, JsonObject } from "../parser.ts";
import { findRelation } from "../names.ts";
import { asObject, list, only, strings, textOf } from "../tree.ts";
import { call } from "./call.ts";
import { expression } from "./expression.ts";
import { CLEAN_REL, relationRel } from "./relation.ts";
import type { Run } from "./run.ts";
import { findCte, openRel, renamed, starOf, unknownRel, type FromItem, type Rel, type Scope } from "./scope.ts";
import { select } from "./select.ts";
import { derived, either, settled, type Column, type Value } from "./value.ts";

/** `scope` has what stands outside, and whatever is beside these items already. */
export function fromList(run: Run, items: readonly Json[], scope: Scope): FromItem[] {
  const found: FromItem[] = [...scope.items];
  for (const item of items) found.push(fromItem(run, item, { ...scope, items: [...found] }));
  return found;
}

/** `beside`: the scope that LATERAL sees. */
function fromItem(run: Run, json: Json, beside: Scope): FromItem {
  run.visit();
  const [type, node] = only(json);
  switch (type) {
    case "RangeVar":
      return named(rangeVar(run, node, beside), node, textOf(node["relname"]) ?? "", schemaOf(run, node));
    case "RangeSubselect": {
      const [, query] = only(node["subquery"]);
      const scope = node["lateral"] === true ? beside : outside(beside);
      return named(select(run, query, scope), node, "", undefined);
    }
    case "RangeFunction":
      return rangeFunction(run, node, beside);
    case "RangeTableFunc":
      return rangeTable(run, node, beside);
    case "JsonTable":
      return jsonTable(run, node, beside);
    case "RangeTableSample": {
      const item = fromItem(run, node["relation"] ?? null, beside);
      run.tests(derived([expression(run, node["args"], beside), expression(run, node["repeatable"], beside)]));
      return item;
    }
    case "JoinExpr":
      return joined(run, node, beside);
    default:
      return { names: [], columns: unknownRel().columns };
  }
}

/** The relation, view or name of WITH that a RangeVar means, without its alias. */
export function rangeVar(run: Run, node: JsonObject, scope: Scope): Rel {
  const schema = textOf(node["schemaname"]);
  const name = textOf(node["relname"]) ?? "";
  const cte = schema === undefined ? findCte(scope, name) : undefined;
  return cte === undefined ? relationNamed(run, schema, name) : cte();
}

export function relationNamed(run: Run, schema: string | undefined, name: string): Rel {
  const found = findRelation(run.space, schema, name);
  if (!found.complete) return unknownRel();
  const rels = found.relations.map((relation) => relationRel(run, relation));
  const [first] = rels;
  if (first === undefined) return CLEAN_REL;
  if (found.items.length === 1 && rels.length === 1) return first;
  // A temporary relation may stand before it, of whatever columns.
  return openRel(derived(rels.flatMap((rel) => rel.columns.map(({ value }) => value))));
}

export function named(rel: Rel, node: JsonObject, name: string, schema: string | undefined): FromItem {
  const alias = asObject(node["alias"]);
  const aliasName = textOf(alias["aliasname"]);
  const own = renamed(rel, strings(alias["colnames"]));
  return {
    names: [{ name: aliasName ?? name, schema: aliasName === undefined ? schema : undefined, rel: own }],
    columns: own.columns,
  };
}

function schemaOf(run: Run, node: JsonObject): string | undefined {
  const schema = textOf(node["schemaname"]);
  if (schema !== undefined) return schema;
  return findRelation(run.space, undefined, textOf(node["relname"]) ?? "").relations[0]?.schema;
}

function rangeFunction(run: Run, node: JsonObject, beside: Scope): FromItem {
  const values: Value[] = [];
  for (const item of list(node["functions"])) {
    const [first] = list(only(item)[1]["items"]);
    const [type, inner] = only(first);
    const value = type === "FuncCall" ? call(run, inner, beside) : expression(run, first, beside);
    values.push(run.finished(value));
  }
  const value = settled(derived(values));
  const alias = asObject(node["alias"]);
  const name = textOf(alias["aliasname"]) ?? functionName(node);
  // Which columns a function gives is not worked out: any name may be one of them.
  const column: Value = { ...value, direct: undefined };
  const many: Column = { name: undefined, value: column, many: true };
  const given = strings(alias["colnames"]).map((each): Column => ({ name: each, value: column, hidden: true }));
  const rel: Rel = { columns: [many, ...given] };
  return { names: [{ name, schema: undefined, rel }], columns: rel.columns };
}

function functionName(node: JsonObject): string {
  const [first] = list(only(list(node["functions"])[0])[1]["items"]);
  return strings(only(first)[1]["funcname"]).at(-1) ?? "";
}

function rangeTable(run: Run, node: JsonObject, beside: Scope): FromItem {
  const columns = list(node["columns"]).map((each) => only(each)[1]);
  const parts = [node["docexpr"], node["rowexpr"], node["namespaces"]];
  for (const column of columns) parts.push(column["colexpr"], column["coldefexpr"]);
  const value = derived(parts.map((each) => expression(run, each, beside)));
  // How many rows there are depends on what is in the document.
  run.tests(value);
  return table(
    columns.map((column) => textOf(column["colname"])),
    value,
    node,
  );
}

function jsonTable(run: Run, node: JsonObject, beside: Scope): FromItem {
  const names: (string | undefined)[] = [];
  const values: Value[] = [expression(run, asObject(node["context_item"])["raw_expr"], beside)];
  for (const argument of list(node["passing"])) {
    values.push(expression(run, asObject(asObject(only(argument)[1])["val"])["raw_expr"], beside));
  }
  const collect = (items: readonly Json[]): void => {
    for (const item of items) {
      const [, column] = only(item);
      const nested = list(column["columns"]);
      if (nested.length > 0) collect(nested);
      else names.push(textOf(column["name"]));
      for (const key of ["on_empty", "on_error"]) values.push(expression(run, asObject(column[key])["expr"], beside));
    }
  };
  collect(list(node["columns"]));
  const value = derived(values);
  run.tests(value);
  return table(names, value, node);
}

function table(names: readonly (string | undefined)[], value: Value, node: JsonObject): FromItem {
  const column = settled(derived([value]));
  return named({ columns: names.map((name) => ({ name, value: column })) }, node, "", undefined);
}

function joined(run: Run, node: JsonObject, beside: Scope): FromItem {
  const left = fromItem(run, node["larg"] ?? null, beside);
  const right = fromItem(run, node["rarg"] ?? null, { ...beside, items: [...beside.items, left] });
  const using = node["isNatural"] === true ? common(left, right) : strings(node["usingClause"]);
  // Where the names of one side are not known, NATURAL may join by any column of the other.
  if (node["isNatural"] === true && [left, right].some(isVague)) {
    for (const { value } of [...left.columns, ...right.columns]) run.tests(value);
  }
  const merged = merge(run, left, right, using);
  const names = [...left.names, ...right.names];
  const usingAlias = textOf(asObject(node["join_using_alias"])["aliasname"]);
  if (usingAlias !== undefined) {
    names.push({ name: usingAlias, schema: undefined, rel: { columns: merged.slice(0, using.length) } });
  }
  run.tests(expression(run, node["quals"], { ...beside, items: [...beside.items, { names, columns: merged }] }));
  const alias = asObject(node["alias"]);
  const aliasName = textOf(alias["aliasname"]);
  if (aliasName === undefined) return { names, columns: merged };
  const rel = renamed({ columns: merged }, strings(alias["colnames"]));
  return { names: [{ name: aliasName, schema: undefined, rel }], columns: rel.columns };
}

function isVague({ columns }: FromItem): boolean {
  return columns.some((column) => column.many === true || column.name === undefined);
}

/** NATURAL joins by every name that both have. */
function common(left: FromItem, right: FromItem): readonly string[] {
  const names = new Set(starOf(right.columns).map(({ name }) => name));
  return starOf(left.columns).flatMap(({ name }) => (name !== undefined && names.has(name) ? [name] : []));
}

/** First the columns that join, then the others of both sides; system columns belong to no join. */
function merge(run: Run, left: FromItem, right: FromItem, using: readonly string[]): Column[] {
  const sides = [starOf(left.columns), starOf(right.columns)] as const;
  const vague = isVague(left) || isVague(right);
  if (using.length === 0) {
    if (vague) return [...sides[0], ...sides[1], ...hiddenOf(left), ...hiddenOf(right)];
    return [...sides[0], ...sides[1]];
  }
  const joins = using.map((name): Column => {
    const values = sides.map((side) => side.filter((column) => column.name === name || column.name === undefined));
    const each = values.map((columns) => derived(columns.map(({ value }) => value)));
    const direct = values.every((columns) => columns.length === 1) ? values.flat()[0]?.value : undefined;
    const value = derived(each);
    run.tests(value);
    const other = values[1]?.[0]?.value;
    return { name, value: direct !== undefined && other !== undefined ? either(direct, other) : value };
  });
  const rest = sides.flatMap((side) =>
    side.filter((column) => column.name === undefined || !using.includes(column.name)),
  );
  return [...joins, ...rest, ...hiddenOf(left), ...hiddenOf(right)];
}

/** Names that a function's item has besides its columns. */
function hiddenOf(item: FromItem): readonly Column[] {
  return item.columns.filter((column) => column.hidden === true);
}

/** What a sub-select that is not LATERAL sees: nothing beside it. */
function outside(beside: Scope): Scope {
  return { items: [], outer: beside.outer, ctes: beside.ctes };
}
