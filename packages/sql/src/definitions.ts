/** Statements that define, change or drop objects, and those whose effects lie in code that gate does not read. Pure. */
import { truncateCascades } from "./behind.ts";
import { CODE_STATEMENTS } from "./code-statements.ts";
import { findRelation } from "./names.ts";
import type { JsonObject } from "./parser.ts";
import { created, define, newName, tag, writeNames } from "./targets.ts";
import { asObject, list, strings, textOf, word } from "./tree.ts";
import { objectName, type Handler, type Mode, type Walker } from "./walk.ts";
import { walkStatement } from "./whole-statement.ts";

/** Statements whose effects lie in code that gate does not read, on this server or another. */
const OPAQUE: ReadonlyMap<string, string> = new Map([
  ["CreateExtensionStmt", "an extension's script is not read"],
  ["AlterExtensionStmt", "an extension's script is not read"],
  ["LoadStmt", "LOAD runs a library"],
  ["CreatePLangStmt", "CREATE LANGUAGE names code that gate does not read"],
  ["AlterSystemStmt", "ALTER SYSTEM changes how the whole server reads and runs SQL"],
]);

/** Definitions that name functions in places of their own: which ones is not worked out, only that there are some. */
const NAMES_CODE: readonly string[] = [
  "CreateTransformStmt",
  "CreateConversionStmt",
  "CreateOpClassStmt",
  "AlterOpFamilyStmt",
  "AlterOperatorStmt",
  "CreateAmStmt",
  "CreateFdwStmt",
  "AlterFdwStmt",
  "CreateRangeStmt",
  "AlterTypeStmt",
  "AlterFunctionStmt",
];

const SPECIAL: readonly (readonly [string, Handler])[] = [
  ...CODE_STATEMENTS,
  ["DefineStmt", definesByParts],
  ...NAMES_CODE.map((type): [string, Handler] => [
    type,
    (walker, node) => {
      define(walker, type, node);
      walker.print.functionsComplete = false;
      if (type === "CreateRangeStmt") newRange(walker, node);
      walker.as("define", () => walker.children(type, node));
    },
  ]),
  [
    "CreateCastStmt",
    (walker, node) => {
      define(walker, "CreateCastStmt", node);
      const called = strings(asObject(node["func"])["objname"]);
      if (called.length > 0) walker.call(called);
      walker.as("define", () => walker.children("CreateCastStmt", node, ["func"]));
    },
  ],
  [
    "CreateEventTrigStmt",
    (walker, node) => {
      define(walker, "CreateEventTrigStmt", node);
      walker.call(strings(node["funcname"]));
    },
  ],
  ["AlterEventTrigStmt", (walker, node) => define(walker, "AlterEventTrigStmt", node)],
  [
    "RuleStmt",
    (walker, node) => {
      // What it will do from now on: its actions count as if they were done.
      define(walker, "RuleStmt", node);
      walker.as("define", () => walker.node("RangeVar", asObject(node["relation"])));
      walker.as("read", () => {
        walker.any(node["whereClause"]);
        for (const action of list(node["actions"])) walkStatement(walker, action);
      });
    },
  ],
  [
    "TruncateStmt",
    (walker, node) => {
      define(walker, "TruncateStmt", node);
      // What refers to the tables is in the catalogue: nothing else is emptied.
      if (node["behavior"] === "DROP_CASCADE") walker.print.writesComplete = true;
      walker.as("truncate", () => walker.children("TruncateStmt", node));
      if (node["behavior"] !== "DROP_CASCADE") return;
      for (const each of list(node["relations"])) {
        const relation = asObject(asObject(each)["RangeVar"]);
        const { space } = walker;
        const name = textOf(relation["relname"]) ?? "";
        const found = findRelation(space, textOf(relation["schemaname"]), name);
        if (!found.complete || space.isStale(name, found.relations)) walker.print.writesComplete = false;
        truncateCascades(walker, found);
      }
    },
  ],
  [
    "AlterTableStmt",
    (walker, node) => {
      define(walker, "AlterTableStmt", node);
      // Only a foreign table has options, also where the statement says TABLE.
      if (FOREIGN_OPTIONS.test(JSON.stringify(node))) walker.print.tag("ALTER FOREIGN TABLE");
      walker.as("alter", () => walker.children("AlterTableStmt", node));
    },
  ],
  ["CreateStmt", createsRelation("CreateStmt", "relation")],
  ["CreateSeqStmt", createsRelation("CreateSeqStmt", "sequence")],
  ["ViewStmt", createsRelation("ViewStmt", "view")],
  ["CompositeTypeStmt", createsRelation("CompositeTypeStmt", "typevar")],
  ["CreateEnumStmt", createsType("CreateEnumStmt", "typeName")],
  ["CreateDomainStmt", createsType("CreateDomainStmt", "domainname")],
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
      walker.as("define", () => walker.children("RenameStmt", node));
      newName(walker, textOf(node["newname"]));
      // The new name may from now on hide another relation.
      if (!RELATION_KINDS.has(word(node["renameType"]))) return;
      const relation = asObject(node["relation"]);
      const { relations } = findRelation(
        walker.space,
        textOf(relation["schemaname"]),
        textOf(relation["relname"]) ?? "",
      );
      for (const schemaname of relations.length === 0
        ? [relation["schemaname"]]
        : relations.map(({ schema }) => schema)) {
        created(walker, { relname: node["newname"], schemaname });
      }
    },
  ],
  [
    "AlterObjectSchemaStmt",
    (walker, node) => {
      define(walker, "AlterObjectSchemaStmt", node);
      walker.as("define", () => walker.children("AlterObjectSchemaStmt", node));
      newName(walker, objectName(node["object"]).at(-1));
      if (node["relation"] === undefined) return;
      created(walker, { relname: asObject(node["relation"])["relname"], schemaname: node["newschema"] });
    },
  ],
];

/** What relation names mean in statements that change rows rather than definitions. */
const MODES: ReadonlyMap<string, Mode> = new Map<string, Mode>([
  ["LockStmt", "lock"],
  ["RefreshMatViewStmt", "refresh"],
]);

/** Handlers of definitions that need more than their tag and relation names. */
export const DEFINITIONS: readonly (readonly [string, Handler])[] = [
  ...SPECIAL,
  ...[...OPAQUE].map(([type, reason]): [string, Handler] => [
    type,
    (walker, node) => {
      tag(walker, type, node);
      walker.print.opaque(reason);
      walker.as("define", () => walker.children(type, node));
    },
  ]),
];

/** Any other definition: its tag, and the relations it names. */
export function definition(type: string): Handler {
  return (walker, node) => {
    define(walker, type, node);
    walker.as(MODES.get(type) ?? "define", () => walker.children(type, node));
  };
}

/** CREATE OPERATOR, AGGREGATE, TYPE …: parts named by keywords, some of them functions. */
function definesByParts(walker: Walker, node: JsonObject): void {
  define(walker, "DefineStmt", node);
  newName(walker, strings(node["defnames"]).at(-1));
  for (const each of list(node["definition"])) {
    const part = asObject(asObject(each)["DefElem"]);
    if (!FUNCTION_PARTS.has((textOf(part["defname"]) ?? "").toLowerCase())) continue;
    const names = strings(asObject(asObject(part["arg"])["TypeName"])["names"]);
    if (names.length > 0) walker.call(names);
    else walker.print.functionsComplete = false;
  }
  walker.as("define", () => walker.children("DefineStmt", node));
}

/** A range comes with its multirange, which can be given a name of its own. */
function newRange(walker: Walker, node: JsonObject): void {
  newName(walker, strings(node["typeName"]).at(-1));
  for (const each of list(node["params"])) {
    const part = asObject(asObject(each)["DefElem"]);
    if (textOf(part["defname"]) !== "multirange_type_name") continue;
    newName(walker, strings(asObject(asObject(part["arg"])["TypeName"])["names"]).at(-1));
  }
}

const FUNCTION_PARTS: ReadonlySet<string> = new Set(
  `procedure function restrict join sfunc sfunc1 finalfunc combinefunc serialfunc deserialfunc msfunc minvfunc mfinalfunc
   input output receive send typmod_in typmod_out analyze subscript start gettoken end headline lextypes init lexize`.split(
    /\s+/,
  ),
);

function createsType(type: string, field: string): Handler {
  return (walker, node) => {
    define(walker, type, node);
    const names = strings(node[field]);
    created(walker, { relname: names.at(-1), schemaname: names.at(-2) });
    walker.as("define", () => walker.children(type, node, [field]));
  };
}

function createsRelation(type: string, field: string): Handler {
  return (walker, node) => {
    define(walker, type, node);
    created(walker, node[field]);
    walker.as("define", () => walker.children(type, node, [field]));
  };
}

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
const FOREIGN_OPTIONS = /"AT_(?:AlterColumn)?GenericOptions"/;
