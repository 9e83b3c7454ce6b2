/** What a statement means for the connection that runs it: transactions, names, COPY. Pure. */
import type { Footprint } from "./footprint.ts";
import type { JsonObject } from "./parser.ts";
import { settingTags } from "./setting-tags.ts";
import { asObject, textOf, word } from "./tree.ts";

export type TransactionEffect =
  "begin" | "commit" | "rollback" | "savepoint" | "release" | "rollback-to" | "prepare-transaction";

/** The part of `StatementInfo` that the node itself says. */
export interface NodeInfo {
  readonly tag: string;
  readonly transaction?: TransactionEffect;
  /** Creates, changes or drops objects: the catalogue is out of date afterwards. */
  readonly ddl: boolean;
  /** The setting that SET or RESET changes, in lower case; "ALL" for RESET ALL. */
  readonly setsSetting?: string;
  /** Names that from now on can mean a temporary relation. */
  readonly createsTemporary?: readonly string[];
  /**
   * Names of temporary relations behind which other relations or code lie from now on: the catalogue, read by another
   * connection, never shows what.
   */
  readonly hides?: readonly string[];
  /** It may change how the server reads texts: nothing may be judged until the server has said what holds now. */
  readonly changesReading?: boolean;
  readonly executes?: string;
  readonly fetches?: string;
  readonly deallocates?: string;
  readonly closes?: string;
  readonly discards?: boolean;
  /** COPY with the client's stream: "in" FROM STDIN, "out" TO STDOUT. */
  readonly copy?: "in" | "out";
  readonly returnsRows: boolean;
  readonly writes: boolean;
}

export function describeStatement(
  type: string,
  node: JsonObject,
  print: Footprint,
  temporary: ReadonlySet<string>,
): NodeInfo {
  const transaction = type === "TransactionStmt" ? TRANSACTIONS.get(word(node["kind"])) : undefined;
  const createsTemporary = temporaryNames(type, node, temporary);
  const hides = hiddenBehind(type, node, print, new Set([...temporary, ...createsTemporary]));
  return {
    tag: type === "SelectStmt" && node["intoClause"] === undefined ? "SELECT" : firstTag(print),
    ddl: print.unclassified !== undefined || print.defines || isDefinition(type, node),
    returnsRows: returnsRows(type, node),
    writes: print.mayWrite,
    ...(transaction === undefined ? {} : { transaction }),
    ...(createsTemporary.length === 0 ? {} : { createsTemporary }),
    ...(hides.length === 0 ? {} : { hides }),
    ...(print.functions.has("pg_catalog.set_config") || print.changesReading ? { changesReading: true } : {}),
    ...(type === "VariableSetStmt" ? { setsSetting: settingOf(node) } : {}),
    ...(type === "ExecuteStmt" ? { executes: textOf(node["name"]) ?? "" } : {}),
    ...(type === "FetchStmt" ? { fetches: textOf(node["portalname"]) ?? "" } : {}),
    ...(type === "DeallocateStmt" ? { deallocates: textOf(node["name"]) ?? "ALL" } : {}),
    ...(type === "ClosePortalStmt" ? { closes: textOf(node["portalname"]) ?? "ALL" } : {}),
    ...(type === "DiscardStmt" ? { discards: true } : {}),
    ...(type === "CopyStmt" && node["filename"] === undefined && node["is_program"] !== true
      ? { copy: node["is_from"] === true ? ("in" as const) : ("out" as const) }
      : {}),
  };
}

/** Tags of statements that change neither data nor meaning; SET and RESET only ever name harmless settings. */
export const HOUSEKEEPING_TAGS: ReadonlySet<string> = new Set([
  "BEGIN",
  "START TRANSACTION",
  "COMMIT",
  "ROLLBACK",
  "SAVEPOINT",
  "RELEASE",
  "SHOW",
  "SET",
  "RESET",
  "RESET ALL",
  "DEALLOCATE",
  "DEALLOCATE ALL",
  "CLOSE CURSOR",
  "CLOSE CURSOR ALL",
  "DISCARD ALL",
  "DISCARD PLANS",
  "DISCARD SEQUENCES",
  "DISCARD TEMP",
]);

export function isHousekeeping(print: Footprint): boolean {
  if (print.unclassified !== undefined || print.mayWrite) return false;
  if (print.reads.size + print.writes.size > 0 || print.statements.size === 0) return false;
  return [...print.statements.keys()].every((tag) => HOUSEKEEPING_TAGS.has(tag));
}

function firstTag(print: Footprint): string {
  return print.statements.keys().next().value ?? "";
}

function settingOf(node: JsonObject): string {
  if (node["kind"] === "VAR_RESET_ALL") return "ALL";
  return (textOf(node["name"]) ?? settingTags(node)).toLowerCase();
}

function returnsRows(type: string, node: JsonObject): boolean {
  if (type === "SelectStmt") return node["intoClause"] === undefined;
  if (WITH_RETURNING.has(type)) return node["returningClause"] !== undefined;
  if (type === "FetchStmt") return node["ismove"] !== true;
  return ["VariableShowStmt", "ExplainStmt", "ExecuteStmt", "CallStmt"].includes(type);
}

function temporaryNames(type: string, node: JsonObject, temporary: ReadonlySet<string>): readonly string[] {
  const relation = createdRelation(type, node);
  if (relation !== undefined) {
    const name = textOf(relation["relname"]) ?? "";
    const schema = textOf(relation["schemaname"]) ?? "";
    // A view over a temporary relation is made a temporary one, whatever was written.
    const follows = type === "ViewStmt" && temporary.size > 0;
    return relation["relpersistence"] === "t" || schema.startsWith("pg_temp") || follows ? [name] : [];
  }
  // A temporary relation that gets another name hides another relation from then on.
  const renamed = textOf(asObject(node["relation"])["relname"]);
  if (type === "RenameStmt" && renamed !== undefined && temporary.has(renamed)) return [textOf(node["newname"]) ?? ""];
  return [];
}

function hiddenBehind(
  type: string,
  node: JsonObject,
  print: Footprint,
  temporary: ReadonlySet<string>,
): readonly string[] {
  if (!print.defines || temporary.size === 0) return [];
  const relation = createdRelation(type, node) ?? asObject(node["relation"]);
  const name = textOf(relation["relname"]) ?? "";
  if (!temporary.has(name)) return [];
  if (type === "ViewStmt") {
    const overTemporary = [...print.reads.keys()].some((read) => read.startsWith("pg_temp."));
    const said = relation["relpersistence"] === "t" || (textOf(relation["schemaname"]) ?? "").startsWith("pg_temp");
    return said || overTemporary ? [name] : [];
  }
  const text = JSON.stringify(node);
  const linked = TIES_RELATIONS.test(text) || ["RuleStmt", "CreateTrigStmt", "CreatePolicyStmt"].includes(type);
  const calls = [...print.functions.values()].some((item) => item.labels === undefined);
  if (type === "RenameStmt") return [name, textOf(node["newname"]) ?? ""];
  if (!linked && !calls && print.functionsComplete) return [];
  const others = [...text.matchAll(/"relname":"((?:[^"\\]|\\.)*)"/g)].map(([, each = ""]) => each);
  return [...new Set([name, ...others.filter((each) => temporary.has(each))])];
}

function createdRelation(type: string, node: JsonObject): JsonObject | undefined {
  switch (type) {
    case "CreateStmt":
      return asObject(node["relation"]);
    case "CreateSeqStmt":
      return asObject(node["sequence"]);
    case "ViewStmt":
      return asObject(node["view"]);
    case "CompositeTypeStmt":
      return asObject(node["typevar"]);
    case "CreateTableAsStmt":
      return asObject(asObject(node["into"])["rel"]);
    case "SelectStmt": {
      const into = findInto(node);
      return into === undefined ? undefined : asObject(into["rel"]);
    }
    default:
      return undefined;
  }
}

/** INTO may stand in the leftmost arm of a UNION. */
function findInto(select: JsonObject): JsonObject | undefined {
  for (let next = select, depth = 0; depth < INTO_DEPTH_MAX; depth++) {
    if (next["intoClause"] !== undefined) return asObject(next["intoClause"]);
    if (next["larg"] === undefined) return undefined;
    next = asObject(next["larg"]);
  }
  return undefined;
}

function isDefinition(type: string, node: JsonObject): boolean {
  if (type === "SelectStmt") return findInto(node) !== undefined;
  // EXPLAIN ANALYZE of a definition defines.
  if (type === "ExplainStmt") return ["CreateTableAsStmt"].includes(Object.keys(asObject(node["query"]))[0] ?? "");
  return DEFINITION.test(type) && !NOT_DEFINITIONS.has(type);
}

/** Foreign keys, inheritance and partitions, as the parse tree spells them. */
const TIES_RELATIONS = /"CONSTR_FOREIGN"|"inhRelations"|"partbound"|"partspec"|"AT_AddInherit"|"AT_AttachPartition"/;

const TRANSACTIONS: ReadonlyMap<string, TransactionEffect> = new Map([
  ["TRANS_STMT_BEGIN", "begin"],
  ["TRANS_STMT_START", "begin"],
  ["TRANS_STMT_COMMIT", "commit"],
  ["TRANS_STMT_ROLLBACK", "rollback"],
  ["TRANS_STMT_SAVEPOINT", "savepoint"],
  ["TRANS_STMT_RELEASE", "release"],
  ["TRANS_STMT_ROLLBACK_TO", "rollback-to"],
  ["TRANS_STMT_PREPARE", "prepare-transaction"],
]);

const WITH_RETURNING: ReadonlySet<string> = new Set(["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"]);
const DEFINITION =
  /^(Create|Alter|Drop|Define|Rename|View|Index|Import|Rule|CompositeType|Reassign|Do|Call|Load|Grant|SecLabel)/;
const NOT_DEFINITIONS: ReadonlySet<string> = new Set(["AlterSystemStmt", "SecLabelStmt"]);
/** Arms of a UNION that are searched for INTO. */
const INTO_DEPTH_MAX = 10_000;
