/** Statements that read and change rows, and those that run another statement. Pure. */
import { explainsByRunning } from "./explain.ts";
import type { RowEvent } from "./code.ts";
import type { Json, JsonObject } from "./parser.ts";
import { tagOf } from "./tags.ts";
import { created, define, readTarget, targetOf, written } from "./targets.ts";
import { asObject, list, textOf, word } from "./tree.ts";
import type { Handler, Prepared, Walker } from "./walk.ts";
import { walkStatement } from "./whole-statement.ts";
import { classifyWhere, inexactTypes, type Target } from "./where.ts";

export const QUERIES: readonly (readonly [string, Handler])[] = [
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
          const conflict = asObject(node["onConflictClause"]);
          const updates = conflict["action"] === "ONCONFLICT_UPDATE";
          const target = written(walker, node["relation"], updates ? ["INSERT", "UPDATE"] : ["INSERT"]);
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
          const found = written(walker, node["relation"], mergeEvents(node));
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
      walker.as(node["is_from"] === true ? "copy" : "read", () => {
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
      const query = node["query"];
      walker.statement(asObject(query), inexactTypes(list(node["argtypes"])), () => walkStatement(walker, query));
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

function changeRows(walker: Walker, node: JsonObject, type: "UpdateStmt" | "DeleteStmt"): void {
  walker.as("read", () =>
    walker.with(node["withClause"], () => {
      const update = type === "UpdateStmt";
      const found = written(
        walker,
        node["relation"],
        [update ? "UPDATE" : "DELETE"],
        update ? assigned(node) : undefined,
      );
      readTarget(walker, node["relation"], found);
      walker.print.condition(classifyWhere([node["whereClause"]], targetOf(walker, node["relation"], found)));
      walker.children(type, node, ["withClause", "relation"]);
    }),
  );
}

/** Columns that an UPDATE names. */
function assigned(node: JsonObject): ReadonlySet<string> {
  return new Set(list(node["targetList"]).map((each) => textOf(asObject(asObject(each)["ResTarget"])["name"]) ?? ""));
}

function mergeEvents(node: JsonObject): readonly RowEvent[] {
  const actions = list(node["mergeWhenClauses"]).map((each) =>
    MERGE_ACTIONS.get(word(asObject(asObject(each)["MergeWhenClause"])["commandType"])),
  );
  return actions.filter((action) => action !== undefined && action !== "NOTHING");
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
    [...walker.print.functions.values()].some((item) => item.labels?.includes("@safe") !== true);
  walker.print.writesComplete = writesComplete || walker.print.unclassified !== undefined;
}

function named(walker: Walker, found: Prepared | undefined, reason: string): void {
  if (found === undefined) walker.print.opaque(reason);
  else if (found.kind === "done") walker.print.add(found.footprint);
  else walker.statement(found.node, found.declaredInexact, () => walkStatement(walker, found.node));
}

const MERGE_ACTIONS: ReadonlyMap<string, "INSERT" | "UPDATE" | "DELETE" | "NOTHING"> = new Map([
  ["CMD_INSERT", "INSERT"],
  ["CMD_UPDATE", "UPDATE"],
  ["CMD_DELETE", "DELETE"],
  ["CMD_NOTHING", "NOTHING"],
]);
