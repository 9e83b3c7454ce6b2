/** What each statement of a command shows of masked columns, tests, and copies. Pure. */
import type { Part } from "../analysis.ts";
import { explainsByRunning } from "../explain.ts";
import type { MaskedColumns } from "../masked-columns.ts";
import type { Json, JsonObject } from "../parser.ts";
import { only } from "../tree.ts";
import { change, copiedColumns, copyFrom } from "./change.ts";
import { expression } from "./expression.ts";
import { Run } from "./run.ts";
import { NOWHERE, unknownRel, type Rel } from "./scope.ts";
import { COPIES, select } from "./select.ts";
import { CLEAN, EVERYTHING, isTainted } from "./value.ts";

/** What one column of a result may hold. */
export interface Origin {
  /** Names of masks, as the policy writes them; empty: nothing masked is in it. */
  readonly names: readonly string[];
  /** The masked column (`${oid}/${attnum}`) whose values it holds as they are. */
  readonly column?: string | undefined;
  /** It stands for any number of columns of the result. */
  readonly many?: boolean;
}

export interface StatementLineage {
  /** By place; undefined: it gives no rows. */
  readonly columns: readonly Origin[] | undefined;
  /** Names of the masks whose columns are tested. */
  readonly predicates: readonly string[];
  readonly refusal?: string | undefined;
}

/** Does this statement touch a relation with masked columns at all? */
export function touches(part: Part, masked: MaskedColumns): boolean {
  for (const relation of part.print.touched) if (masked.relations.has(relation.oid)) return true;
  return false;
}

export function statementLineage(part: Part, masked: MaskedColumns): StatementLineage {
  const run = new Run(masked, part.space);
  let rel: Rel | undefined;
  try {
    rel = statement(run, part);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    return {
      columns: undefined,
      predicates: [],
      refusal: "the statement is too large to follow masked values through",
    };
  }
  const columns = rel?.columns.filter((column) => column.hidden !== true);
  for (const { value } of columns ?? []) {
    if (value.direct === undefined && isTainted(value) && deniesUnknown(masked, value.taint)) {
      run.refuse("a result cannot be shown not to come from a masked column (on_unknown_origin: deny)");
    }
  }
  return {
    columns: columns?.map(({ value, many }) => ({
      names: run.names(value.taint),
      ...(value.direct === undefined ? {} : { column: value.direct }),
      ...(many === true ? { many } : {}),
    })),
    predicates: run.names(run.predicates),
    ...(run.refusal === undefined ? {} : { refusal: run.refusal }),
  };
}

function deniesUnknown(masked: MaskedColumns, taint: ReadonlySet<string>): boolean {
  for (const [key, { onUnknownOrigin }] of masked.byColumn) {
    if (onUnknownOrigin === "deny" && (taint.has(key) || taint.has(EVERYTHING))) return true;
  }
  return false;
}

function statement(run: Run, part: Part): Rel | undefined {
  const [type, node] = only(part.node);
  if (type !== "ExecuteStmt" && type !== "FetchStmt") return ofType(run, type, node);
  const { runs } = part;
  const [inner] = runs ?? [];
  if (runs?.length !== 1 || inner === undefined) {
    run.refuse("gate does not know what this runs");
    return unknownRel();
  }
  run.tests(expression(run, node["params"], NOWHERE));
  // A prepared statement is planned again where names mean something else now; a cursor was planned when it was made.
  if (type === "FetchStmt") run.space = inner.space;
  return statement(run, inner);
}

function ofType(run: Run, type: string, node: JsonObject): Rel | undefined {
  switch (type) {
    case "SelectStmt":
      return select(run, node, NOWHERE);
    case "InsertStmt":
    case "UpdateStmt":
    case "DeleteStmt":
    case "MergeStmt":
      return change(run, type, node, NOWHERE);
    case "CopyStmt":
      if (node["is_from"] === true) {
        copyFrom(run, node, NOWHERE);
        return undefined;
      }
      return node["query"] === undefined ? copiedColumns(run, node) : inner(run, node["query"]);
    case "ExplainStmt": {
      const rel = inner(run, node["query"]);
      // With ANALYZE it says how much was computed: SERIALIZE the size of the result, others the memory for it.
      if (explainsByRunning(node)) for (const { value } of rel?.columns ?? []) run.tests(value);
      return { columns: [{ name: "QUERY PLAN", value: CLEAN }] };
    }
    case "PrepareStmt":
    case "DeclareCursorStmt":
      inner(run, node["query"]);
      return undefined;
    case "CreateTableAsStmt":
    case "ViewStmt":
      keeps(run, inner(run, node["query"]), type);
      return undefined;
    default:
      if (!READS_NO_VALUES.has(type)) run.refuse("this statement changes what a relation with masked columns is");
      return undefined;
  }
}

function inner(run: Run, json: Json | undefined): Rel | undefined {
  const [type, node] = only(json);
  return ofType(run, type, node);
}

function keeps(run: Run, rel: Rel | undefined, type: string): void {
  if (rel?.columns.some(({ value }) => isTainted(value)) !== true) return;
  run.refuse(type === "ViewStmt" ? "a view over masked columns is made outside the gate" : COPIES);
}

/** Statements that neither show nor move a value, whatever relation they name. */
const READS_NO_VALUES: ReadonlySet<string> = new Set([
  "LockStmt",
  "TruncateStmt",
  "VacuumStmt",
  "CommentStmt",
  "GrantStmt",
  "DropStmt",
  "RefreshMatViewStmt",
  "ReindexStmt",
  "ClusterStmt",
  "ClosePortalStmt",
  "DeallocateStmt",
]);
