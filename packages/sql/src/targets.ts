/** What statements are called and which relations they are about: shared by the statement handlers. Pure. */
import { definitionRuns, lookedAt, rowsChange } from "./behind.ts";
import type { RowEvent } from "./code.ts";
import { TEXT_TYPES } from "./lineage/functions.ts";
import { createdName, findOperators, type Found } from "./names.ts";
import type { Json, JsonObject } from "./parser.ts";
import { tagOf } from "./tags.ts";
import { asObject, textOf } from "./tree.ts";
import type { Walker } from "./walk.ts";
import type { Target } from "./where.ts";

/** Adds the statement's own tag. */
export function tag(walker: Walker, type: string, node: JsonObject): void {
  const name = tagOf(type, node);
  if (name === undefined) walker.print.opaque(`gate has no command tag for ${type}`);
  else walker.print.tag(name);
  // CONTRACT §3 writes TRUNCATE, PostgreSQL's tag is TRUNCATE TABLE: a rule against either must see it.
  if (name === "TRUNCATE TABLE") walker.print.tag("TRUNCATE");
}

/** Adds the tag of a definition, and whether its relation names are all that it changes. */
export function define(walker: Walker, type: string, node: JsonObject): void {
  tag(walker, type, node);
  walker.print.mayWrite = true;
  walker.print.defines ||= !NO_NEW_MEANING.has(type);
  definitionRuns(walker);
  if (!COMPLETE_DEFINITIONS.has(type) || node["behavior"] === "DROP_CASCADE") walker.print.writesComplete = false;
  // ALTER SCHEMA, FUNCTION, TYPE, DATABASE …: what changes is no relation.
  if (OF_ANY_OBJECT.has(type) && node["relation"] === undefined) walker.print.writesComplete = false;
}

/** Something has this name from now on; whatever is a relation or a type can be named as a type. */
export function newName(walker: Walker, name: string | undefined): void {
  if (TEXT_TYPES.has(name ?? "")) walker.print.namesTextType = true;
}

/** A relation that comes into being. */
export function created(walker: Walker, json: Json | undefined): void {
  const relation = asObject(json);
  const name = textOf(relation["relname"]) ?? "";
  newName(walker, name);
  const schema = relation["relpersistence"] === "t" ? "pg_temp" : textOf(relation["schemaname"]);
  const item = createdName(walker.space, schema, name);
  walker.print.mayWrite = true;
  walker.print.defines = true;
  if (item === undefined) {
    walker.print.writes.set(`?.${name}`, { name: `?.${name}` });
    walker.print.writesComplete = false;
  } else walker.print.writes.set(item.name, item);
}

/** The relation whose rows change, and how; never a name of WITH. `columns`: those that an UPDATE names. */
export function written(
  walker: Walker,
  json: Json | undefined,
  events: readonly RowEvent[],
  columns?: ReadonlySet<string>,
): Found {
  const relation = asObject(json);
  const schema = textOf(relation["schemaname"]);
  const alone = relation["inh"] !== true || events.every((event) => event === "INSERT");
  const found = walker.print.write(walker.space, schema, textOf(relation["relname"]) ?? "", "rows", alone);
  if (isStale(walker, relation, found)) walker.print.writesComplete = false;
  if (walker.space.isHidden(textOf(relation["relname"]) ?? "")) walker.unknownCode();
  rowsChange(walker, found, new Set(events), columns);
  return found;
}

/** The target's rows are looked at as well. */
export function readTarget(walker: Walker, json: Json | undefined, found: Found): void {
  const relation = asObject(json);
  const schema = textOf(relation["schemaname"]);
  walker.print.read(walker.space, schema, textOf(relation["relname"]) ?? "", relation["inh"] !== true);
  lookedAt(walker, found);
  if (isStale(walker, relation, found) || !found.complete) walker.print.readsComplete = false;
}

function isStale(walker: Walker, relation: JsonObject, found: Found): boolean {
  return walker.space.isStale(textOf(relation["relname"]) ?? "", found.relations);
}

/** The target as conditions see it. */
export function targetOf(walker: Walker, json: Json | undefined, found: Found): Target {
  const relation = asObject(json);
  const alias = textOf(asObject(relation["alias"])["aliasname"]);
  const certain =
    found.complete && found.items.length >= 1 && found.relations.length === 1 && !isStale(walker, relation, found);
  const temporary = found.items.some((item) => item.name.startsWith("pg_temp."));
  return {
    relation: certain && !temporary ? found.relations[0] : undefined,
    qualifier: alias ?? textOf(relation["relname"]) ?? "",
    schema: alias === undefined ? textOf(relation["schemaname"]) : undefined,
    only: relation["inh"] !== true,
    ownEquality: findOperators(walker.space, undefined, "=").length > 0,
    inexact: walker.inexact,
  };
}

/** An object named by a list of names is changed. */
export function writeNames(walker: Walker, names: readonly string[]): void {
  const name = names.at(-1);
  if (name === undefined) walker.print.writesComplete = false;
  else walker.print.write(walker.space, names.length > 1 ? names.at(-2) : undefined, name, "definition");
}

/** They change rows, files or words about objects, but not what a name means. */
const NO_NEW_MEANING: ReadonlySet<string> = new Set([
  "TruncateStmt",
  "LockStmt",
  "VacuumStmt",
  "ClusterStmt",
  "ReindexStmt",
  "RefreshMatViewStmt",
  "CommentStmt",
  "SecLabelStmt",
]);

const OF_ANY_OBJECT: ReadonlySet<string> = new Set(["RenameStmt", "AlterObjectSchemaStmt", "AlterOwnerStmt"]);

/** Definitions whose relation names are all there is to change; of others, `writes` is not complete. */
const COMPLETE_DEFINITIONS: ReadonlySet<string> = new Set([
  "CreateStmt",
  "CreateForeignTableStmt",
  "CreateSeqStmt",
  "AlterSeqStmt",
  "IndexStmt",
  "ViewStmt",
  "CreateTableAsStmt",
  "CreateTrigStmt",
  "CreatePolicyStmt",
  "AlterPolicyStmt",
  "CreateStatsStmt",
  "TruncateStmt",
  "LockStmt",
  "AlterTableStmt",
  "RenameStmt",
  "AlterObjectSchemaStmt",
  "AlterOwnerStmt",
  "RefreshMatViewStmt",
  "DropStmt",
  "CommentStmt",
  "GrantStmt",
  "CreateEnumStmt",
  "CompositeTypeStmt",
  "CreateDomainStmt",
]);
