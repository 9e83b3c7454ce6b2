/**
 * Command tags, as PostgreSQL names them (src/include/tcop/cmdtaglist.h and CreateCommandTag in tcop/utility.c),
 * from the types of parse-tree nodes. Pure.
 *
 * Where gate differs, CONTRACT §3 says so: COPY FILE, COPY PROGRAM, SET <name>, SELECT INTO.
 */
import type { JsonObject } from "./parser.ts";
import { word } from "./tree.ts";

/** Tags of statements whose node type alone names them. */
const PLAIN: ReadonlyMap<string, string> = new Map(
  Object.entries({
    InsertStmt: "INSERT",
    UpdateStmt: "UPDATE",
    DeleteStmt: "DELETE",
    MergeStmt: "MERGE",
    TruncateStmt: "TRUNCATE TABLE",
    CreateSchemaStmt: "CREATE SCHEMA",
    CreateStmt: "CREATE TABLE",
    CreateForeignTableStmt: "CREATE FOREIGN TABLE",
    CreateTableSpaceStmt: "CREATE TABLESPACE",
    DropTableSpaceStmt: "DROP TABLESPACE",
    AlterTableSpaceOptionsStmt: "ALTER TABLESPACE",
    CreateExtensionStmt: "CREATE EXTENSION",
    AlterExtensionStmt: "ALTER EXTENSION",
    AlterExtensionContentsStmt: "ALTER EXTENSION",
    CreateFdwStmt: "CREATE FOREIGN DATA WRAPPER",
    AlterFdwStmt: "ALTER FOREIGN DATA WRAPPER",
    CreateForeignServerStmt: "CREATE SERVER",
    AlterForeignServerStmt: "ALTER SERVER",
    CreateUserMappingStmt: "CREATE USER MAPPING",
    AlterUserMappingStmt: "ALTER USER MAPPING",
    DropUserMappingStmt: "DROP USER MAPPING",
    ImportForeignSchemaStmt: "IMPORT FOREIGN SCHEMA",
    CreatePolicyStmt: "CREATE POLICY",
    AlterPolicyStmt: "ALTER POLICY",
    CreateAmStmt: "CREATE ACCESS METHOD",
    CreateTrigStmt: "CREATE TRIGGER",
    CreateEventTrigStmt: "CREATE EVENT TRIGGER",
    AlterEventTrigStmt: "ALTER EVENT TRIGGER",
    CreatePLangStmt: "CREATE LANGUAGE",
    CreateRoleStmt: "CREATE ROLE",
    AlterRoleStmt: "ALTER ROLE",
    AlterRoleSetStmt: "ALTER ROLE",
    DropRoleStmt: "DROP ROLE",
    CreateSeqStmt: "CREATE SEQUENCE",
    AlterSeqStmt: "ALTER SEQUENCE",
    CreateDomainStmt: "CREATE DOMAIN",
    AlterDomainStmt: "ALTER DOMAIN",
    CreateOpClassStmt: "CREATE OPERATOR CLASS",
    CreateOpFamilyStmt: "CREATE OPERATOR FAMILY",
    AlterOpFamilyStmt: "ALTER OPERATOR FAMILY",
    IndexStmt: "CREATE INDEX",
    CreateStatsStmt: "CREATE STATISTICS",
    AlterStatsStmt: "ALTER STATISTICS",
    DoStmt: "DO",
    CallStmt: "CALL",
    AlterOperatorStmt: "ALTER OPERATOR",
    AlterTypeStmt: "ALTER TYPE",
    RuleStmt: "CREATE RULE",
    NotifyStmt: "NOTIFY",
    ListenStmt: "LISTEN",
    UnlistenStmt: "UNLISTEN",
    CompositeTypeStmt: "CREATE TYPE",
    CreateEnumStmt: "CREATE TYPE",
    CreateRangeStmt: "CREATE TYPE",
    AlterEnumStmt: "ALTER TYPE",
    ViewStmt: "CREATE VIEW",
    LoadStmt: "LOAD",
    CreatedbStmt: "CREATE DATABASE",
    AlterDatabaseStmt: "ALTER DATABASE",
    AlterDatabaseRefreshCollStmt: "ALTER DATABASE",
    AlterDatabaseSetStmt: "ALTER DATABASE",
    DropdbStmt: "DROP DATABASE",
    AlterSystemStmt: "ALTER SYSTEM",
    ClusterStmt: "CLUSTER",
    ExplainStmt: "EXPLAIN",
    RefreshMatViewStmt: "REFRESH MATERIALIZED VIEW",
    CheckPointStmt: "CHECKPOINT",
    LockStmt: "LOCK TABLE",
    ConstraintsSetStmt: "SET CONSTRAINTS",
    ReindexStmt: "REINDEX",
    CreateConversionStmt: "CREATE CONVERSION",
    CreateCastStmt: "CREATE CAST",
    CreateTransformStmt: "CREATE TRANSFORM",
    PrepareStmt: "PREPARE",
    ExecuteStmt: "EXECUTE",
    DeclareCursorStmt: "DECLARE CURSOR",
    VariableShowStmt: "SHOW",
    DropOwnedStmt: "DROP OWNED",
    ReassignOwnedStmt: "REASSIGN OWNED",
    AlterTSDictionaryStmt: "ALTER TEXT SEARCH DICTIONARY",
    AlterTSConfigurationStmt: "ALTER TEXT SEARCH CONFIGURATION",
    CreatePublicationStmt: "CREATE PUBLICATION",
    AlterPublicationStmt: "ALTER PUBLICATION",
    CreateSubscriptionStmt: "CREATE SUBSCRIPTION",
    AlterSubscriptionStmt: "ALTER SUBSCRIPTION",
    DropSubscriptionStmt: "DROP SUBSCRIPTION",
    AlterDefaultPrivilegesStmt: "ALTER DEFAULT PRIVILEGES",
    AlterCollationStmt: "ALTER COLLATION",
    CommentStmt: "COMMENT",
    SecLabelStmt: "SECURITY LABEL",
  }),
);

/** Words that an ObjectType stands for in `DROP x`, `ALTER x`, `CREATE x`. */
const OBJECTS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    OBJECT_ACCESS_METHOD: "ACCESS METHOD",
    OBJECT_AGGREGATE: "AGGREGATE",
    OBJECT_ATTRIBUTE: "TYPE",
    OBJECT_CAST: "CAST",
    OBJECT_COLLATION: "COLLATION",
    OBJECT_COLUMN: "TABLE",
    OBJECT_CONVERSION: "CONVERSION",
    OBJECT_DATABASE: "DATABASE",
    OBJECT_DOMAIN: "DOMAIN",
    OBJECT_DOMCONSTRAINT: "DOMAIN",
    OBJECT_EVENT_TRIGGER: "EVENT TRIGGER",
    OBJECT_EXTENSION: "EXTENSION",
    OBJECT_FDW: "FOREIGN DATA WRAPPER",
    OBJECT_FOREIGN_SERVER: "SERVER",
    OBJECT_FOREIGN_TABLE: "FOREIGN TABLE",
    OBJECT_FUNCTION: "FUNCTION",
    OBJECT_INDEX: "INDEX",
    OBJECT_LANGUAGE: "LANGUAGE",
    OBJECT_LARGEOBJECT: "LARGE OBJECT",
    OBJECT_MATVIEW: "MATERIALIZED VIEW",
    OBJECT_OPCLASS: "OPERATOR CLASS",
    OBJECT_OPERATOR: "OPERATOR",
    OBJECT_OPFAMILY: "OPERATOR FAMILY",
    OBJECT_POLICY: "POLICY",
    OBJECT_PROCEDURE: "PROCEDURE",
    OBJECT_PUBLICATION: "PUBLICATION",
    OBJECT_ROLE: "ROLE",
    OBJECT_ROUTINE: "ROUTINE",
    OBJECT_RULE: "RULE",
    OBJECT_SCHEMA: "SCHEMA",
    OBJECT_SEQUENCE: "SEQUENCE",
    OBJECT_STATISTIC_EXT: "STATISTICS",
    OBJECT_SUBSCRIPTION: "SUBSCRIPTION",
    OBJECT_TABCONSTRAINT: "TABLE",
    OBJECT_TABLE: "TABLE",
    OBJECT_TABLESPACE: "TABLESPACE",
    OBJECT_TRANSFORM: "TRANSFORM",
    OBJECT_TRIGGER: "TRIGGER",
    OBJECT_TSCONFIGURATION: "TEXT SEARCH CONFIGURATION",
    OBJECT_TSDICTIONARY: "TEXT SEARCH DICTIONARY",
    OBJECT_TSPARSER: "TEXT SEARCH PARSER",
    OBJECT_TSTEMPLATE: "TEXT SEARCH TEMPLATE",
    OBJECT_TYPE: "TYPE",
    OBJECT_VIEW: "VIEW",
  }),
);

const TRANSACTIONS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    TRANS_STMT_BEGIN: "BEGIN",
    TRANS_STMT_START: "START TRANSACTION",
    TRANS_STMT_COMMIT: "COMMIT",
    TRANS_STMT_ROLLBACK: "ROLLBACK",
    TRANS_STMT_SAVEPOINT: "SAVEPOINT",
    TRANS_STMT_RELEASE: "RELEASE",
    TRANS_STMT_ROLLBACK_TO: "ROLLBACK",
    TRANS_STMT_PREPARE: "PREPARE TRANSACTION",
    TRANS_STMT_COMMIT_PREPARED: "COMMIT PREPARED",
    TRANS_STMT_ROLLBACK_PREPARED: "ROLLBACK PREPARED",
  }),
);

/**
 * The tag of a statement node, or undefined for a statement that this table does not know. SELECT, COPY and SET are
 * named by the classifier itself: their tag depends on more than the node.
 */
export function tagOf(type: string, node: JsonObject): string | undefined {
  const plain = PLAIN.get(type);
  if (plain !== undefined) return plain;
  switch (type) {
    case "DropStmt":
      return worded("DROP", node["removeType"]);
    case "AlterTableStmt":
      return worded("ALTER", node["objtype"]);
    case "RenameStmt":
      return worded(
        "ALTER",
        // A column belongs to a table, a view or a foreign table: relationType says which.
        node["renameType"] === "OBJECT_COLUMN" ? node["relationType"] : node["renameType"],
      );
    case "AlterObjectSchemaStmt":
    case "AlterOwnerStmt":
    case "AlterObjectDependsStmt":
      return worded("ALTER", node["objectType"]);
    case "AlterTableMoveAllStmt":
    case "AlterFunctionStmt":
      return worded("ALTER", node["objtype"]);
    case "DefineStmt":
      return worded("CREATE", node["kind"]);
    case "CreateFunctionStmt":
      return node["is_procedure"] === true ? "CREATE PROCEDURE" : "CREATE FUNCTION";
    case "GrantStmt":
      return node["is_grant"] === true ? "GRANT" : "REVOKE";
    case "GrantRoleStmt":
      return node["is_grant"] === true ? "GRANT ROLE" : "REVOKE ROLE";
    case "CreateTableAsStmt":
      if (node["is_select_into"] === true) return "SELECT INTO";
      return node["objtype"] === "OBJECT_MATVIEW" ? "CREATE MATERIALIZED VIEW" : "CREATE TABLE AS";
    case "VacuumStmt":
      return node["is_vacuumcmd"] === true ? "VACUUM" : "ANALYZE";
    case "TransactionStmt":
      return TRANSACTIONS.get(word(node["kind"]));
    case "FetchStmt":
      return node["ismove"] === true ? "MOVE" : "FETCH";
    case "ClosePortalStmt":
      return node["portalname"] === undefined ? "CLOSE CURSOR ALL" : "CLOSE CURSOR";
    case "DeallocateStmt":
      return node["isall"] === true || node["name"] === undefined ? "DEALLOCATE ALL" : "DEALLOCATE";
    case "DiscardStmt":
      return DISCARDS.get(word(node["target"]));
    default:
      return undefined;
  }
}

function worded(verb: string, objectType: unknown): string | undefined {
  const words = OBJECTS.get(typeof objectType === "string" ? objectType : "");
  return words === undefined ? undefined : `${verb} ${words}`;
}

const DISCARDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    DISCARD_ALL: "DISCARD ALL",
    DISCARD_PLANS: "DISCARD PLANS",
    DISCARD_SEQUENCES: "DISCARD SEQUENCES",
    DISCARD_TEMP: "DISCARD TEMP",
  }),
);
