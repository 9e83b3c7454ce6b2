/** INSERT, UPDATE, DELETE and MERGE: what they show, and what they copy. Pure. */
import { findRelation } from "../names.ts";
import type { Json, JsonObject } from "../parser.ts";
import { asObject, list, only, strings, textOf } from "../tree.ts";
import { expression } from "./expression.ts";
import { fromList, named, relationNamed } from "./from.ts";
import { mayHold } from "./hold.ts";
import type { Run } from "./run.ts";
import { columnOf, starOf, unknownRel, type FromItem, type Named, type Rel, type Scope } from "./scope.ts";
import { COPIES, select, targets } from "./select.ts";
import { CLEAN, derived, isTainted, settled, type Value } from "./value.ts";
import { withClause } from "./with.ts";

/** @returns the columns of RETURNING. */
export function change(run: Run, type: string, node: JsonObject, outer: Scope): Rel {
  run.visit();
  const around = withClause(run, node["withClause"], outer);
  switch (type) {
    case "InsertStmt":
      return insert(run, node, around);
    case "UpdateStmt":
      return update(run, node, around);
    case "DeleteStmt":
      return remove(run, node, around);
    case "MergeStmt":
      return merge(run, node, around);
    default:
      run.refuse("gate does not follow masked values through this statement");
      return unknownRel();
  }
}

interface Target {
  readonly rel: Rel;
  readonly item: FromItem;
}

function targetOf(run: Run, json: Json | undefined): Target {
  const node = asObject(json);
  const name = textOf(node["relname"]) ?? "";
  const schema = textOf(node["schemaname"]);
  const rel = relationNamed(run, schema, name);
  const found = findRelation(run.space, schema, name).relations[0]?.schema;
  return { rel, item: named(rel, node, name, schema ?? found) };
}

function insert(run: Run, node: JsonObject, around: Scope): Rel {
  const target = targetOf(run, node["relation"]);
  const names = list(node["cols"]).map((each) => textOf(only(each)[1]["name"]));
  const [type, query] = only(node["selectStmt"]);
  const source = type === "" ? { columns: [] } : select(run, query, around);
  into(run, target.rel, names, source);
  const conflict = asObject(node["onConflictClause"]);
  if (node["onConflictClause"] !== undefined) onConflict(run, conflict, target, source, around);
  return returning(run, node["returningClause"], { items: [target.item], outer: around, ctes: around.ctes }, target);
}

/** Columns of a source into those of a relation, by their places. */
function into(run: Run, rel: Rel, names: readonly (string | undefined)[], source: Rel): void {
  const vague = source.columns.some((column) => column.many === true);
  const visible = starOf(rel.columns);
  for (const [place, column] of source.columns.entries()) {
    if (!isTainted(column.value)) continue;
    const name = names.length > 0 ? names[place] : visible[place]?.name;
    if (vague || name === undefined || visible.some((each) => each.many === true)) run.refuse(COPIES);
    else store(run, columnOf(rel, name), column.value);
  }
}

/** May this value lie in this column? Where the column shows more of it than its own mask does, no. */
function store(run: Run, column: Value, value: Value): void {
  if (isTainted(value) && !mayHold(run.masked, column, value)) run.refuse(COPIES);
}

function onConflict(run: Run, node: JsonObject, target: Target, source: Rel, around: Scope): void {
  const infer = asObject(node["infer"]);
  const scope: Scope = { items: [target.item], outer: around, ctes: around.ctes };
  // Whether a row was there already is the answer to a question about the columns of the key.
  const keys = list(infer["indexElems"]).map((each) => {
    const [, element] = only(each);
    const name = textOf(element["name"]);
    return name === undefined ? expression(run, element["expr"], scope) : columnOf(target.rel, name);
  });
  run.tests(keys.length === 0 ? derived(starOf(target.rel.columns).map(({ value }) => value)) : derived(keys));
  const given = derived(source.columns.map(({ value }) => value));
  const excluded: Rel = {
    columns: target.rel.columns.map((column) => ({ ...column, value: settled(derived([column.value, given])) })),
  };
  const both: Scope = {
    ...scope,
    items: [
      target.item,
      { names: [{ name: "excluded", schema: undefined, rel: excluded }], columns: [], qualifiedOnly: true },
    ],
  };
  assignments(run, list(node["targetList"]), target.rel, both);
  run.tests(expression(run, node["whereClause"], both));
}

function update(run: Run, node: JsonObject, around: Scope): Rel {
  const target = targetOf(run, node["relation"]);
  const scope = beside(run, node["fromClause"], target, around);
  assignments(run, list(node["targetList"]), target.rel, scope);
  run.tests(expression(run, node["whereClause"], scope));
  return returning(run, node["returningClause"], scope, target);
}

function remove(run: Run, node: JsonObject, around: Scope): Rel {
  const target = targetOf(run, node["relation"]);
  const scope = beside(run, node["usingClause"], target, around);
  run.tests(expression(run, node["whereClause"], scope));
  return returning(run, node["returningClause"], scope, target);
}

function beside(run: Run, from: Json | undefined, target: Target, around: Scope): Scope {
  const items = fromList(run, list(from), { items: [target.item], outer: around, ctes: around.ctes });
  return { items, outer: around, ctes: around.ctes };
}

function assignments(run: Run, items: readonly Json[], rel: Rel, scope: Scope): void {
  for (const item of items) {
    const [, target] = only(item);
    const value = run.finished(expression(run, target["val"], scope));
    const whole = target["indirection"] === undefined ? value : derived([value]);
    expression(run, target["indirection"], scope);
    store(run, columnOf(rel, textOf(target["name"]) ?? ""), whole);
  }
}

function merge(run: Run, node: JsonObject, around: Scope): Rel {
  const target = targetOf(run, node["relation"]);
  const sources = node["sourceRelation"] === undefined ? [] : [node["sourceRelation"]];
  const items = fromList(run, sources, { items: [], outer: around, ctes: around.ctes });
  // RETURNING * gives the source's columns first.
  const scope: Scope = { items: [...items, target.item], outer: around, ctes: around.ctes };
  run.tests(expression(run, node["joinCondition"], scope));
  for (const each of list(node["mergeWhenClauses"])) {
    const [, clause] = only(each);
    run.tests(expression(run, clause["condition"], scope));
    if (clause["commandType"] !== "CMD_INSERT") {
      assignments(run, list(clause["targetList"]), target.rel, scope);
      continue;
    }
    const names = list(clause["targetList"]).map((column) => textOf(only(column)[1]["name"]));
    const cells = list(clause["values"]).map((value) => run.finished(expression(run, value, scope)));
    into(run, target.rel, names, { columns: cells.map((value) => ({ name: undefined, value })) });
  }
  return returning(run, node["returningClause"], scope, target);
}

function returning(run: Run, json: Json | undefined, scope: Scope, target: Target): Rel {
  if (json === undefined) return { columns: [] };
  const clause = asObject(json);
  const images: Named[] = [];
  const names = new Map([
    ["RETURNING_OPTION_OLD", "old"],
    ["RETURNING_OPTION_NEW", "new"],
  ]);
  for (const each of list(clause["options"])) {
    const [, option] = only(each);
    names.set(textOf(option["option"]) ?? "", textOf(option["value"]) ?? "");
  }
  for (const name of names.values()) {
    // A relation of FROM that is called so is meant first.
    if (!scope.items.some((item) => item.names.some((other) => other.name === name))) {
      images.push({ name, schema: undefined, rel: target.rel });
    }
  }
  const items = [...scope.items, { names: images, columns: [], qualifiedOnly: true }];
  const columns = targets(run, list(clause["exprs"]), { ...scope, items });
  return { columns: columns.map((column) => ({ ...column, value: settled(column.value) })) };
}

/** The columns that COPY … FROM fills. */
export function copyFrom(run: Run, node: JsonObject, outer: Scope): void {
  const target = targetOf(run, node["relation"]);
  const scope: Scope = { items: [target.item], outer, ctes: undefined };
  run.tests(expression(run, node["whereClause"], scope));
}

/** The columns that COPY … TO gives for a relation: those that are named, or all that are not generated. */
export function copiedColumns(run: Run, node: JsonObject): Rel {
  const { rel } = targetOf(run, node["relation"]);
  const names = strings(node["attlist"]);
  if (names.length > 0) return { columns: names.map((name) => ({ name, value: columnOf(rel, name) })) };
  const relation = asObject(node["relation"]);
  const { relations } = findRelation(run.space, textOf(relation["schemaname"]), textOf(relation["relname"]) ?? "");
  const columns = starOf(rel.columns).filter(({ name }) => relations[0]?.columns.get(name ?? "")?.madeOf === undefined);
  return { columns: columns.length === 0 ? [{ name: undefined, value: CLEAN, many: true }] : columns };
}
