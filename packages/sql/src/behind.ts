/**
 * What a statement sets off without naming it: the bodies of functions, triggers, foreign keys that cascade, rewrite
 * rules, defaults, CHECKs, row policies. Fills the statement's own footprint. Pure.
 */
import { bodyOf, bodyWith, type RoutineBody } from "./bodies.ts";
import type { Relation } from "./catalogue.ts";
import type { Behind, ForeignKey, Routine, RowEvent } from "./code.ts";
import { describeFunction, join, SAFE_LABEL, type Found } from "./names.ts";
import { parseNodeTree, treeFacts, type TreeFacts } from "./node-tree.ts";
import type { Json, JsonObject } from "./parser.ts";
import { parseSearchPath } from "./search-path.ts";
import { changesMeaning } from "./setting-tags.ts";
import { only } from "./tree.ts";
import { Walker, type Batch } from "./walk.ts";
import { walkStatement } from "./whole-statement.ts";

/** Bodies, tables and rules that one statement sets off. */
export const BEHIND_MAX = 2_000;
/** Calls of one statement whose literals are followed into a body. */
export const LITERAL_CALLS_MAX = 16;
/** Nesting of what one statement sets off: a trigger's function that writes a table with triggers … */
export const BEHIND_DEPTH_MAX = 32;

/** Functions are called: what their bodies do happens. `args`: of a call that can be read. */
export function runRoutines(walker: Walker, routines: readonly Routine[], args: readonly Json[] = []): void {
  for (const routine of routines) {
    const body = bodyFor(walker, routine, args);
    const known = body === bodyOf(routine) ? "" : JSON.stringify(args);
    enter(walker, `routine ${routine.oid} ${JSON.stringify(walker.space.searchPath ?? null)} ${known}`, (inner) => {
      runBody(inner, body, pathOf(inner, routine));
      if (routine.settings.some((setting) => CHANGES_READING.test(setting))) {
        inner.print.opaque("a function reads its own text by other rules");
      }
      for (const oid of routine.calls) runByOid(inner, oid, "code");
    });
  }
}

/** What the call's literals make of a body, as long as `||` and format() are PostgreSQL's own. */
function bodyFor(walker: Walker, routine: Routine, args: readonly Json[]): RoutineBody {
  const body = bodyOf(routine);
  const { space, inside } = walker;
  if (body.kind !== "unknown" || args.length === 0) return body;
  if (space.catalogue.operators("||").length > 0 || space.catalogue.functionSchemas("format").size > 0) return body;
  let tried = 0;
  while (inside.seen.has(`literals ${tried}`)) tried++;
  if (tried >= LITERAL_CALLS_MAX) return body;
  inside.seen.add(`literals ${tried}`);
  return bodyWith(routine, args);
}

/** Walks what a body contains, under its own search path. */
export function runBody(walker: Walker, body: RoutineBody, searchPath: readonly string[] | undefined): void {
  switch (body.kind) {
    case "compiled":
      return;
    case "unknown":
      walker.print.opaque(body.reason);
      return;
    case "tree":
      runTree(walker, body.facts);
      return;
    case "statements": {
      const inner = new Walker(bodySpace(walker.space, searchPath), walker.print, walker.handlers, walker.inside);
      for (const statement of body.statements) runStatement(inner, statement);
      // It ends what the caller has begun, and what SET LOCAL said with it.
      if (body.endsTransaction) walker.print.opaqueFunction = true;
    }
  }
}

/** Rows of these relations are about to be looked at: policies, and what a view calls. */
export function lookedAt(walker: Walker, found: Found): void {
  for (const relation of withParts(found.relations)) {
    const { code } = walker.space.catalogue;
    const behind = code.behind(relation.oid);
    // Policies of two tables can look at each other.
    if (behind !== undefined) enter(walker, `looked ${relation.oid}`, (inner) => policies(inner, relation, behind));
    for (const called of relation.functions) {
      walker.print.call({ name: join(called.schema, called.name) });
      runRoutines(walker, code.routines(called.schema, called.name));
    }
  }
}

/**
 * Rows of these relations change. `columns`: the ones that an UPDATE names; undefined: not known.
 */
export function rowsChange(
  walker: Walker,
  found: Found,
  events: ReadonlySet<RowEvent>,
  columns?: ReadonlySet<string>,
): void {
  // An UPDATE can move a row from one partition to another: there it is a DELETE and an INSERT.
  const moves = events.has("UPDATE") && found.relations.some((relation) => relation.kind === "p");
  for (const relation of withParts(found.relations)) {
    change(walker, relation, events, columns);
    if (moves && !found.relations.includes(relation))
      change(walker, relation, new Set(["INSERT", "DELETE"]), undefined);
  }
}

/** TRUNCATE … CASCADE empties whatever refers to these relations. */
export function truncateCascades(walker: Walker, found: Found): void {
  const seen = new Set<Relation>();
  const queue = [...found.relations];
  for (let next = queue.pop(); next !== undefined && seen.size < BEHIND_MAX; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (!found.relations.includes(next)) writes(walker, next);
    change(walker, next, new Set(["TRUNCATE"]), undefined);
    queue.push(...next.children);
    for (const key of walker.space.catalogue.code.behind(next.oid)?.foreignKeys ?? []) {
      const child = walker.space.catalogue.byOid(key.child);
      if (child === undefined) walker.print.writesComplete = false;
      else queue.push(child);
    }
  }
}

/** A definition runs: so do the event triggers whose bodies can be read (compiled ones a superuser has installed). */
export function definitionRuns(walker: Walker): void {
  const { code } = walker.space.catalogue;
  for (const oid of code.eventTriggers) {
    const routine = code.routine(oid);
    if (routine !== undefined && bodyOf(routine).kind !== "compiled") runByOid(walker, oid, "table");
  }
}

function change(
  walker: Walker,
  relation: Relation,
  events: ReadonlySet<RowEvent>,
  columns: ReadonlySet<string> | undefined,
): void {
  const behind = walker.space.catalogue.code.behind(relation.oid);
  if (relation.rules && (behind === undefined || behind.rules.length === 0)) {
    walker.print.opaque("a rewrite rule replaces what this statement does");
  }
  if (behind === undefined) return;
  const key = `rows ${relation.oid} ${[...events].sort().join()} ${columns === undefined ? "" : [...columns].join()}`;
  enter(walker, key, (inner) => {
    enter(inner, `looked ${relation.oid}`, (looking) => policies(looking, relation, behind));
    if (events.has("INSERT") || events.has("UPDATE")) for (const oid of behind.onWrite) runByOid(inner, oid, "table");
    let fired = false;
    for (const trigger of behind.triggers) {
      if (![...trigger.events].some((event) => events.has(event))) continue;
      fired = true;
      runByOid(inner, trigger.function, "table");
    }
    for (const foreignKey of behind.foreignKeys) {
      if (events.has("DELETE") && !(foreignKey.copied && events.has("INSERT")))
        cascade(inner, foreignKey, foreignKey.onDelete, "DELETE");
      // A trigger may change columns that the statement does not name.
      if (events.has("UPDATE") && (fired || touchesKey(relation, foreignKey, columns))) {
        cascade(inner, foreignKey, foreignKey.onUpdate, "UPDATE");
      }
    }
    for (const rule of behind.rules) {
      if (!events.has(rule.event)) continue;
      for (const text of [rule.action, rule.condition]) {
        if (text === undefined) continue;
        const tree = parseNodeTree(text);
        if (tree === undefined) inner.print.opaque("a rewrite rule is too large to read");
        else runTree(inner, treeFacts(tree));
      }
    }
  });
}

function policies(walker: Walker, relation: Relation, behind: Behind): void {
  for (const oid of behind.always) {
    // A view's functions are called by whoever reads it; a table's are its policies.
    runByOid(walker, oid, relation.kind === "v" || relation.kind === "m" ? "code" : "table");
  }
  for (const oid of behind.policyReads) reads(walker, oid);
}

function cascade(walker: Walker, foreignKey: ForeignKey, action: string, event: RowEvent): void {
  const effect: RowEvent | undefined = action === "c" ? event : action === "n" || action === "d" ? "UPDATE" : undefined;
  if (effect === undefined) return;
  const child = walker.space.catalogue.byOid(foreignKey.child);
  if (child === undefined) {
    walker.print.writesComplete = false;
    return;
  }
  walker.print.tag(effect);
  writes(walker, child);
  for (const relation of withParts([child])) change(walker, relation, new Set([effect]), undefined);
}

function touchesKey(relation: Relation, foreignKey: ForeignKey, columns: ReadonlySet<string> | undefined): boolean {
  if (columns === undefined) return true;
  const names = new Map([...relation.columns.values()].map((column) => [column.attnum, column.name]));
  return foreignKey.key.some((attnum) => columns.has(names.get(attnum) ?? "") || !names.has(attnum));
}

/** The queries of a node tree: their relations and functions by oid. */
function runTree(walker: Walker, facts: TreeFacts): void {
  const { catalogue } = walker.space;
  for (const oid of facts.reads) reads(walker, oid);
  for (const oid of facts.functions) runByOid(walker, oid, "code");
  for (const type of facts.utilities) {
    if (type === "NOTIFYSTMT") walker.print.tag("NOTIFY");
    else walker.print.opaque("a body has a statement that gate does not read");
    walker.print.mayWrite = true;
  }
  for (const write of facts.writes) {
    walker.print.tag(write.command);
    if (write.upsert) walker.print.tag("UPDATE");
    if (write.command !== "INSERT") walker.print.condition(write.conditional ? "present" : "none");
    const relation = catalogue.byOid(write.relation);
    if (relation === undefined) {
      walker.print.writesComplete = false;
      walker.print.mayWrite = true;
      continue;
    }
    writes(walker, relation);
    const events: readonly RowEvent[] =
      write.command === "MERGE"
        ? ["INSERT", "UPDATE", "DELETE"]
        : write.upsert
          ? ["INSERT", "UPDATE"]
          : [write.command];
    for (const each of withParts([relation, ...relation.bases])) change(walker, each, new Set(events), undefined);
  }
}

function runStatement(walker: Walker, statement: JsonObject): void {
  const [type, node] = only(statement);
  if (type === "VariableSetStmt" && changesMeaning(node)) {
    walker.print.opaque("a function's body changes settings that decide what names and texts mean");
  }
  if (type === "ReturnStmt") walker.any(node["returnval"]);
  else walker.statement(statement, new Set(), () => walkStatement(walker, statement));
}

/**
 * A function of the database that nobody names. "table": it belongs to a table's definition, where PostgreSQL's own
 * count only for what they do beyond the row; "code": it stands in a body.
 */
function runByOid(walker: Walker, oid: number, where: "table" | "code"): void {
  const { code } = walker.space.catalogue;
  const routine = code.routine(oid);
  if (routine !== undefined) {
    const item = { name: join(routine.schema, routine.name) };
    walker.print.call(bodyOf(routine).kind === "compiled" ? item : { ...item, labels: SAFE_LABEL });
    runRoutines(walker, [routine]);
    return;
  }
  const name = code.builtinName(oid);
  if (name === undefined) {
    // Dropped since, or created since: only a fresh catalogue knows it.
    if (oid >= FIRST_USER_OID) {
      walker.print.functionsComplete = false;
      walker.print.mayWrite = true;
    }
    return;
  }
  const item = describeFunction("pg_catalog", name, new Set());
  const labels = item.labels ?? [];
  if (labels.includes("@dynamic_sql")) walker.unknownCode();
  if (where === "table" && (labels.length === 0 || labels.includes("@sequence"))) return;
  if (where === "code" && labels.length === 0) return;
  walker.print.call(item);
}

function reads(walker: Walker, oid: number): void {
  const relation = walker.space.catalogue.byOid(oid);
  if (relation === undefined) {
    walker.print.readsComplete = false;
    return;
  }
  const found: Found = { items: [], relations: [relation], complete: true, sensitive: false };
  walker.print.saw(relation, walker.print.reads);
  lookedAt(walker, found);
}

function writes(walker: Walker, relation: Relation): void {
  walker.print.saw(relation, walker.print.writes);
  walker.print.mayWrite = true;
}

/** A relation, and those whose rows are its rows: partitions, children by inheritance, what a view is made of. */
function withParts(relations: readonly Relation[]): readonly Relation[] {
  const all = new Set<Relation>();
  const queue = [...relations];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (all.has(next)) continue;
    all.add(next);
    queue.push(...next.children, ...next.bases);
  }
  return [...all];
}

/** Runs `body` once for each key of a statement, with one walker more inside. */
function enter(walker: Walker, key: string, body: (inner: Walker) => void): void {
  const { seen, depth, run } = walker.inside;
  if (seen.has(key)) return;
  seen.add(key);
  if (seen.size > BEHIND_MAX || depth >= BEHIND_DEPTH_MAX) {
    walker.print.opaque("the statement sets off more than gate follows");
    return;
  }
  body(new Walker(walker.space, walker.print, walker.handlers, { seen, depth: depth + 1, run }));
}

/** Relations are looked up by the path of the function; names that only the caller's session knows are not known. */
function bodySpace(space: Batch, searchPath: readonly string[] | undefined): Batch {
  return {
    catalogue: space.catalogue,
    searchPath,
    temporary: space.temporary,
    prepared: () => undefined,
    cursor: () => undefined,
    stale: space.stale,
    isStale: (name, relations) => space.isStale(name, relations),
    isHidden: (name) => space.isHidden(name),
    work: space.work,
  };
}

function pathOf(walker: Walker, routine: Routine): readonly string[] | undefined {
  const setting = routine.settings.find((each) => /^search_path=/i.test(each));
  if (setting !== undefined) {
    const path = parseSearchPath(setting.slice(setting.indexOf("=") + 1));
    return path?.includes("$user") === true ? undefined : path;
  }
  // "$user" on the path is the owner then.
  return routine.otherOwner ? undefined : walker.space.searchPath;
}

const CHANGES_READING = /^(?:standard_conforming_strings|backslash_quote|transform_null_equals|client_encoding)=/i;
const FIRST_USER_OID = 16384;
