/** Statements that define, change or drop objects, and those whose effects lie in code that gate does not read. Pure. */
import { findRelation } from "./names.ts";
import { created, define, tag, writeNames } from "./targets.ts";
import { asObject, list, strings, textOf, word } from "./tree.ts";
import { objectName, type Handler, type Mode } from "./walk.ts";

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

const SPECIAL: readonly (readonly [string, Handler])[] = [
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
      if (node["relation"] === undefined) return;
      created(walker, { relname: asObject(node["relation"])["relname"], schemaname: node["newschema"] });
    },
  ],
];

/** What relation names mean in statements that change rows rather than definitions. */
const MODES: ReadonlyMap<string, Mode> = new Map([
  ["TruncateStmt", "write"],
  ["LockStmt", "write"],
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
      if (type === "CallStmt") walker.call(strings(asObject(node["funccall"])["funcname"]));
      // A body's statements run when it is called, not now: only what the definition itself names is looked at.
      walker.as("define", () => walker.children(type, node, ["sql_body"]));
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
