/** What each kind of statement does: its tags, the relations it changes, what it runs. Pure. */
import { classifyWhere, type Target } from "./where.ts";
import { createdName, findOperators, type Found } from "./names.ts";
import type { Json, JsonObject } from "./parser.ts";
import { isHarmlessSetting, settingTag } from "./settings.ts";
import { tagOf } from "./tags.ts";
import { asObject, list, only, strings, textOf, word } from "./tree.ts";
import { EXPRESSIONS, objectName, type Handler, type Mode, type Walker } from "./walk.ts";

/** A whole statement: adds SELECT, which as a sub-select has no tag. */
export function walkStatement(walker: Walker, json: Json | undefined): void {
  const [type] = only(json);
  if (type === "SelectStmt") walker.print.tag("SELECT");
  else if (!type.endsWith("Stmt")) walker.print.opaque("the parse tree has no statement where one belongs");
  walker.any(json);
}

const QUERIES: readonly (readonly [string, Handler])[] = [
  [
    "SelectStmt",
    (walker, node) => {
      walker.as("read", () =>
        walker.with(node["withClause"], () => {
          if (node["intoClause"] !== undefined) {
            walker.print.tag("SELECT INTO");
            walker.node("IntoClause", asObject(node["intoClause"]));
          }
          walker.children("SelectStmt", node, ["withClause", "intoClause"]);
        }),
      );
    },
  ],
  [
    "IntoClause",
    (walker, node) => {
      created(walker, node["rel"]);
      walker.children("IntoClause", node, ["rel"]);
    },
  ],
  [
    "InsertStmt",
    (walker, node) => {
      walker.print.tag("INSERT");
      walker.as("read", () =>
        walker.with(node["withClause"], () => {
          const target = written(walker, node["relation"]);
          const conflict = asObject(node["onConflictClause"]);
          const updates = conflict["action"] === "ONCONFLICT_UPDATE";
          if (updates) {
            // An upsert changes rows that exist: one for each proposed row, found by a unique key.
            walker.print.tag("UPDATE");
            const select = asObject(asObject(node["selectStmt"])["SelectStmt"]);
            walker.print.condition(list(select["valuesLists"]).length > 0 ? "keyed" : "present");
          }
          if (updates || node["returningClause"] !== undefined) readTarget(walker, node["relation"], target);
          walker.children("InsertStmt", node, ["withClause", "relation"]);
        }),
      );
    },
  ],
  [
    "UpdateStmt",
    (walker, node) => {
      walker.print.tag("UPDATE");
      changeRows(walker, node, "UpdateStmt");
    },
  ],
  [
    "DeleteStmt",
    (walker, node) => {
      walker.print.tag("DELETE");
      changeRows(walker, node, "DeleteStmt");
    },
  ],
  [
    "MergeStmt",
    (walker, node) => {
      walker.print.tag("MERGE");
      walker.as("read", () =>
        walker.with(node["withClause"], () => {
          const found = written(walker, node["relation"]);
          readTarget(walker, node["relation"], found);
          const target = targetOf(walker, node["relation"], found);
          for (const each of list(node["mergeWhenClauses"])) {
            const clause = asObject(asObject(each)["MergeWhenClause"]);
            mergeAction(walker, clause, node["joinCondition"], target);
          }
          walker.children("MergeStmt", node, ["withClause", "relation"]);
        }),
      );
    },
  ],
  [
    "CopyStmt",
    (walker, node) => {
      walker.print.tag(
        node["is_program"] === true ? "COPY PROGRAM" : node["filename"] === undefined ? "COPY" : "COPY FILE",
      );
      if (node["filename"] !== undefined || node["is_program"] === true) walker.print.mayWrite = true;
      if (node["query"] !== undefined) walkStatement(walker, node["query"]);
      walker.as(node["is_from"] === true ? "write" : "read", () => {
        // A COPY table is never a WITH name, but COPY cannot stand inside a WITH either.
        walker.children("CopyStmt", node, ["query", "whereClause"]);
      });
      walker.as("read", () => walker.any(node["whereClause"]));
    },
  ],
  [
    "ExplainStmt",
    (walker, node) => {
      walker.print.tag("EXPLAIN");
      walker.as("read", () => walker.any(node["options"]));
      if (explainsByRunning(node)) walkStatement(walker, node["query"]);
      else planned(walker, node["query"]);
    },
  ],
  [
    "CreateTableAsStmt",
    (walker, node) => {
      define(walker, "CreateTableAsStmt", node);
      walker.node("IntoClause", asObject(node["into"]));
      walkStatement(walker, node["query"]);
    },
  ],
  [
    "PrepareStmt",
    (walker, node) => {
      walker.print.tag("PREPARE");
      walkStatement(walker, node["query"]);
      walker.children("PrepareStmt", node, ["query"]);
    },
  ],
  [
    "DeclareCursorStmt",
    (walker, node) => {
      walker.print.tag("DECLARE CURSOR");
      walkStatement(walker, node["query"]);
    },
  ],
  [
    "ExecuteStmt",
    (walker, node) => {
      walker.print.tag("EXECUTE");
      named(
        walker,
        walker.space.prepared(textOf(node["name"]) ?? ""),
        "EXECUTE names a statement that gate has not seen",
      );
      walker.children("ExecuteStmt", node);
    },
  ],
  [
    "FetchStmt",
    (walker, node) => {
      walker.print.tag(tagOf("FetchStmt", node) ?? "FETCH");
      named(
        walker,
        walker.space.cursor(textOf(node["portalname"]) ?? ""),
        "FETCH names a cursor that gate has not seen",
      );
    },
  ],
];

const SESSION: readonly (readonly [string, Handler])[] = [
  [
    "VariableSetStmt",
    (walker, node) => {
      walker.print.tag(settingTags(node));
      walker.children("VariableSetStmt", node);
    },
  ],
  ...["VariableShowStmt", "ClosePortalStmt", "DeallocateStmt", "DiscardStmt"].map((type): [string, Handler] => [
    type,
    (walker, node) => {
      tag(walker, type, node);
      walker.children(type, node);
    },
  ]),
  [
    "TransactionStmt",
    (walker, node) => {
      tag(walker, "TransactionStmt", node);
      // Another session's prepared transaction: what it holds is not known here.
      if (["TRANS_STMT_COMMIT_PREPARED", "TRANS_STMT_PREPARE"].includes(word(node["kind"]))) {
        walker.print.mayWrite = true;
        walker.print.writesComplete = false;
      }
      walker.children("TransactionStmt", node);
    },
  ],
  ...["NotifyStmt", "ListenStmt", "UnlistenStmt", "CheckPointStmt", "ConstraintsSetStmt"].map(
    (type): [string, Handler] => [
      type,
      (walker, node) => {
        tag(walker, type, node);
        walker.print.mayWrite = true;
        // SET CONSTRAINTS names constraints as RangeVars: they are no relations.
        if (type !== "ConstraintsSetStmt") walker.children(type, node);
      },
    ],
  ),
];

/** Statements whose effects lie in a body or a program that gate does not read. */
const OPAQUE: ReadonlyMap<string, string> = new Map([
  ["DoStmt", "DO runs a body that gate does not read"],
  ["CallStmt", "CALL runs a procedure that gate does not read"],
  ["CreateFunctionStmt", "a function's body is not read"],
  ["AlterFunctionStmt", "ALTER FUNCTION changes how a body runs"],
  ["CreateExtensionStmt", "an extension's script is not read"],
  ["AlterExtensionStmt", "an extension's script is not read"],
  ["LoadStmt", "LOAD runs a library"],
  ["CreatePLangStmt", "CREATE LANGUAGE names code that gate does not read"],
  ["DefineStmt", "the definition names code that gate does not read"],
  ["CreateCastStmt", "CREATE CAST names code that gate does not read"],
  ["CreateTransformStmt", "CREATE TRANSFORM names code that gate does not read"],
  ["CreateConversionStmt", "CREATE CONVERSION names code that gate does not read"],
  ["CreateOpClassStmt", "CREATE OPERATOR CLASS names code that gate does not read"],
  ["AlterOpFamilyStmt", "ALTER OPERATOR FAMILY names code that gate does not read"],
  ["AlterOperatorStmt", "ALTER OPERATOR names code that gate does not read"],
  ["CreateAmStmt", "CREATE ACCESS METHOD names code that gate does not read"],
  ["CreateFdwStmt", "a foreign data wrapper reaches another server"],
  ["AlterFdwStmt", "a foreign data wrapper reaches another server"],
  ["CreateRangeStmt", "CREATE TYPE names code that gate does not read"],
  ["AlterTypeStmt", "ALTER TYPE names code that gate does not read"],
  ["CreateEventTrigStmt", "an event trigger runs code that gate does not read"],
  ["AlterEventTrigStmt", "an event trigger runs code that gate does not read"],
  ["CreateSubscriptionStmt", "a subscription copies from another server"],
  ["AlterSubscriptionStmt", "a subscription copies from another server"],
  ["ImportForeignSchemaStmt", "the foreign schema's relations are not known"],
  ["AlterSystemStmt", "ALTER SYSTEM changes how the whole server reads and runs SQL"],
  ["RuleStmt", "a rule changes what later statements do"],
]);

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
  "SecLabelStmt",
  "GrantStmt",
  "CreateSchemaStmt",
  "CreateEnumStmt",
  "CompositeTypeStmt",
  "CreateDomainStmt",
]);

const SPECIAL_DEFINITIONS: readonly (readonly [string, Handler])[] = [
  ["CreateStmt", createsRelation("CreateStmt", "relation")],
  ["CreateSeqStmt", createsRelation("CreateSeqStmt", "sequence")],
  ["ViewStmt", createsRelation("ViewStmt", "view")],
  ["CompositeTypeStmt", createsRelation("CompositeTypeStmt", "typevar")],
  [
    "CreateForeignTableStmt",
    (walker, node) => {
      const base = asObject(node["base"]);
      define(walker, "CreateForeignTableStmt", node);
      created(walker, base["relation"]);
      walker.as("define", () => {
        walker.children("CreateStmt", base, ["relation"]);
        walker.children("CreateForeignTableStmt", node, ["base"]);
      });
    },
  ],
  [
    "CreateSchemaStmt",
    (walker, node) => {
      define(walker, "CreateSchemaStmt", node);
      // Its elements are created in the new schema, wherever the search path points.
      if (node["schemaElts"] !== undefined) walker.print.writesComplete = false;
      walker.as("define", () => walker.children("CreateSchemaStmt", node));
    },
  ],
  ["TableLikeClause", (walker, node) => walker.as("read", () => walker.children("TableLikeClause", node))],
  [
    "CreateTrigStmt",
    (walker, node) => {
      define(walker, "CreateTrigStmt", node);
      walker.call(strings(node["funcname"]));
      walker.as("define", () => walker.children("CreateTrigStmt", node, ["funcname", "args"]));
    },
  ],
  [
    "DropStmt",
    (walker, node) => {
      define(walker, "DropStmt", node);
      const kind = word(node["removeType"]);
      for (const object of list(node["objects"])) {
        const names = objectName(object);
        if (RELATION_KINDS.has(kind)) writeNames(walker, names);
        else if (ON_RELATION.has(kind)) writeNames(walker, names.slice(0, -1));
        else walker.print.writesComplete = false;
      }
    },
  ],
  [
    "CommentStmt",
    (walker, node) => {
      define(walker, "CommentStmt", node);
      const kind = word(node["objtype"]);
      const names = objectName(node["object"]);
      if (RELATION_KINDS.has(kind)) writeNames(walker, names);
      else if (ON_RELATION.has(kind)) writeNames(walker, names.slice(0, -1));
    },
  ],
  [
    "GrantStmt",
    (walker, node) => {
      define(walker, "GrantStmt", node);
      if (node["targtype"] !== "ACL_TARGET_OBJECT" || node["objtype"] !== "OBJECT_TABLE") {
        walker.print.writesComplete = false;
      }
      walker.as("define", () => walker.children("GrantStmt", node));
    },
  ],
  [
    "VacuumStmt",
    (walker, node) => {
      define(walker, "VacuumStmt", node);
      if (node["rels"] === undefined) walker.print.writesComplete = false;
      else walker.print.writesComplete = true;
      walker.as("define", () => walker.children("VacuumStmt", node));
    },
  ],
  [
    "RenameStmt",
    (walker, node) => {
      define(walker, "RenameStmt", node);
      // The new name may from now on hide another relation.
      walker.as("define", () => walker.children("RenameStmt", node));
    },
  ],
];

/** Statement types that PostgreSQL's grammar produces only inside function bodies. */
const BODY_ONLY: readonly string[] = ["ReturnStmt"];

/** What relation names mean in statements that change rows rather than definitions. */
const MODES: ReadonlyMap<string, Mode> = new Map([
  ["TruncateStmt", "write"],
  ["LockStmt", "write"],
  ["RefreshMatViewStmt", "refresh"],
]);

/** Every handler, by node type. */
export const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ...EXPRESSIONS,
  ...QUERIES,
  ...SESSION,
  ...SPECIAL_DEFINITIONS,
  ...[...OPAQUE].map(([type, reason]): [string, Handler] => [
    type,
    (walker, node) => {
      tag(walker, type, node);
      walker.print.opaque(reason);
      if (type === "CallStmt") walker.call(strings(asObject(node["funccall"])["funcname"]));
      // A body's statements run when it is called, not now: only what the definition itself names is looked at.
      walker.as("define", () => walker.children(type, node, ["sql_body"]));
    },
  ]),
]);

/** Handles a statement without a handler of its own: a definition, by its tag and the relations it names. */
export function defineHandlers(types: Iterable<string>): ReadonlyMap<string, Handler> {
  const all = new Map(HANDLERS);
  for (const type of types) {
    if (!type.endsWith("Stmt") || all.has(type) || BODY_ONLY.includes(type)) continue;
    all.set(type, (walker, node) => {
      define(walker, type, node);
      walker.as(MODES.get(type) ?? "define", () => walker.children(type, node));
    });
  }
  for (const type of BODY_ONLY) all.set(type, (walker) => walker.print.opaque("a statement of a function body"));
  return all;
}

/** The tag of SET and RESET (CONTRACT §3). */
export function settingTags(node: JsonObject): string {
  const kind = word(node["kind"]);
  const name = (textOf(node["name"]) ?? "").toLowerCase();
  if (kind === "VAR_RESET_ALL") return "RESET ALL";
  if (kind === "VAR_SET_MULTI") {
    return name === "transaction" || name === "session characteristics" ? "SET" : `SET ${name.toUpperCase()}`;
  }
  const values = kind === "VAR_SET_VALUE" ? list(node["args"]).map(constantText) : undefined;
  const plain = values?.every((value) => value !== undefined) === true ? values : undefined;
  if (!isHarmlessSetting(name, plain)) return settingTag(name);
  return kind === "VAR_RESET" ? "RESET" : "SET";
}

/** Does EXPLAIN run the statement? Only a plain false counts as no. */
export function explainsByRunning(node: JsonObject): boolean {
  return list(node["options"]).some((each) => {
    const option = asObject(asObject(each)["DefElem"]);
    if ((textOf(option["defname"]) ?? "").toLowerCase() !== "analyze") return false;
    const [type, value] = only(option["arg"]);
    if (type === "String") return !["false", "off"].includes((textOf(value["sval"]) ?? "").toLowerCase());
    if (type === "Integer") return value["ival"] !== undefined;
    return !(type === "Boolean" && value["boolval"] !== true);
  });
}

function constantText(json: Json): string | undefined {
  const [type, node] = only(json);
  if (type !== "A_Const") return undefined;
  if (node["sval"] !== undefined) return textOf(asObject(node["sval"])["sval"]) ?? "";
  if (node["ival"] !== undefined) return JSON.stringify(asObject(node["ival"])["ival"] ?? 0);
  if (node["fval"] !== undefined) return textOf(asObject(node["fval"])["fval"]) ?? "";
  return node["boolval"] !== undefined ? "bool" : undefined;
}

function tag(walker: Walker, type: string, node: JsonObject): void {
  const name = tagOf(type, node);
  if (name === undefined) walker.print.opaque(`gate has no command tag for ${type}`);
  else walker.print.tag(name);
  // CONTRACT §3 writes TRUNCATE, PostgreSQL's tag is TRUNCATE TABLE: a rule against either must see it.
  if (name === "TRUNCATE TABLE") walker.print.tag("TRUNCATE");
}

function define(walker: Walker, type: string, node: JsonObject): void {
  tag(walker, type, node);
  walker.print.mayWrite = true;
  if (!COMPLETE_DEFINITIONS.has(type) || node["behavior"] === "DROP_CASCADE") walker.print.writesComplete = false;
}

function createsRelation(type: string, field: string): Handler {
  return (walker, node) => {
    define(walker, type, node);
    created(walker, node[field]);
    walker.as("define", () => walker.children(type, node, [field]));
  };
}

function created(walker: Walker, json: Json | undefined): void {
  const relation = asObject(json);
  const name = textOf(relation["relname"]) ?? "";
  const schema = relation["relpersistence"] === "t" ? "pg_temp" : textOf(relation["schemaname"]);
  const item = createdName(walker.space, schema, name);
  walker.print.mayWrite = true;
  if (item === undefined) {
    walker.print.writes.set(`?.${name}`, { name: `?.${name}` });
    walker.print.writesComplete = false;
  } else walker.print.writes.set(item.name, item);
}

function written(walker: Walker, json: Json | undefined): Found {
  const relation = asObject(json);
  const found = walker.print.write(walker.space, textOf(relation["schemaname"]), textOf(relation["relname"]) ?? "");
  if (walker.space.stale) walker.print.writesComplete = false;
  if (found.relations.some((each) => each.rules)) {
    walker.print.opaque("rewrite rules replace what this statement does");
  }
  return found;
}

function readTarget(walker: Walker, json: Json | undefined, found: Found): void {
  const relation = asObject(json);
  walker.print.read(walker.space, textOf(relation["schemaname"]), textOf(relation["relname"]) ?? "");
  if (walker.space.stale || !found.complete) walker.print.readsComplete = false;
}

function changeRows(walker: Walker, node: JsonObject, type: "UpdateStmt" | "DeleteStmt"): void {
  walker.as("read", () =>
    walker.with(node["withClause"], () => {
      const found = written(walker, node["relation"]);
      readTarget(walker, node["relation"], found);
      walker.print.condition(classifyWhere([node["whereClause"]], targetOf(walker, node["relation"], found)));
      walker.children(type, node, ["withClause", "relation"]);
    }),
  );
}

function mergeAction(walker: Walker, clause: JsonObject, join: Json | undefined, target: Target): void {
  const action = MERGE_ACTIONS.get(word(clause["commandType"]));
  if (action === undefined) {
    walker.print.opaque("MERGE has an action that gate does not know");
    return;
  }
  if (action === "NOTHING") return;
  walker.print.tag(action);
  if (action === "INSERT") return;
  // NOT MATCHED BY SOURCE visits every row that the join leaves over.
  const conditions = clause["matchKind"] === "MERGE_WHEN_MATCHED" ? [join, clause["condition"]] : [clause["condition"]];
  walker.print.condition(classifyWhere(conditions, target));
}

function targetOf(walker: Walker, json: Json | undefined, found: Found): Target {
  const relation = asObject(json);
  const alias = textOf(asObject(relation["alias"])["aliasname"]);
  const certain = found.complete && found.items.length >= 1 && found.relations.length === 1 && !walker.space.stale;
  const temporary = found.items.some((item) => item.name.startsWith("pg_temp."));
  return {
    relation: certain && !temporary ? found.relations[0] : undefined,
    qualifier: alias ?? textOf(relation["relname"]) ?? "",
    schema: alias === undefined ? textOf(relation["schemaname"]) : undefined,
    only: relation["inh"] !== true,
    ownEquality: findOperators(walker.space, undefined, "=").length > 0,
  };
}

/** Planning runs nothing but functions that promise to be stable: no tags, no writes, no condition. */
function planned(walker: Walker, query: Json | undefined): void {
  const before = new Set(walker.print.statements.keys());
  const writes = new Set(walker.print.writes.keys());
  const { where, mayWrite, writesComplete } = walker.print;
  walkStatement(walker, query);
  for (const name of walker.print.statements.keys()) if (!before.has(name)) walker.print.statements.delete(name);
  for (const [name, item] of walker.print.writes) {
    if (writes.has(name)) continue;
    walker.print.writes.delete(name);
    walker.print.reads.set(name, item);
  }
  if (!walker.print.writesComplete && writesComplete) walker.print.readsComplete = false;
  walker.print.where = where;
  walker.print.mayWrite =
    mayWrite ||
    walker.print.unclassified !== undefined ||
    [...walker.print.functions.values()].some((item) => item.labels === undefined);
  walker.print.writesComplete = writesComplete || walker.print.unclassified !== undefined;
}

function named(walker: Walker, found: ReturnType<Walker["space"]["prepared"]>, reason: string): void {
  if (found === undefined) walker.print.opaque(reason);
  else if (found.kind === "done") walker.print.add(found.footprint);
  else walkStatement(walker, found.node);
}

function writeNames(walker: Walker, names: readonly string[]): void {
  const name = names.at(-1);
  if (name === undefined) walker.print.writesComplete = false;
  else walker.print.write(walker.space, names.length > 1 ? names.at(-2) : undefined, name, "definition");
}

const MERGE_ACTIONS: ReadonlyMap<string, "INSERT" | "UPDATE" | "DELETE" | "NOTHING"> = new Map([
  ["CMD_INSERT", "INSERT"],
  ["CMD_UPDATE", "UPDATE"],
  ["CMD_DELETE", "DELETE"],
  ["CMD_NOTHING", "NOTHING"],
]);

const RELATION_KINDS: ReadonlySet<string> = new Set([
  "OBJECT_TABLE",
  "OBJECT_VIEW",
  "OBJECT_MATVIEW",
  "OBJECT_INDEX",
  "OBJECT_SEQUENCE",
  "OBJECT_FOREIGN_TABLE",
]);

const ON_RELATION: ReadonlySet<string> = new Set([
  "OBJECT_TRIGGER",
  "OBJECT_RULE",
  "OBJECT_POLICY",
  "OBJECT_COLUMN",
  "OBJECT_TABCONSTRAINT",
]);
