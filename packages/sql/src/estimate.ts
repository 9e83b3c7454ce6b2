/** How many rows a command would return or change, as the server's planner guesses it. Pure: the server is asked elsewhere. */
import type { Fact, Facts } from "@gate/contract";
import { partsOf, remember, type Analysis } from "./analysis.ts";
import { parseSql, type Json, type JsonObject } from "./parser.ts";
import { asObject, list, only, textOf } from "./tree.ts";

export type Estimable =
  /** To be run in a read-only transaction; `generic`: the text has parameters without values (PostgreSQL 16 and later). */
  | { readonly kind: "explain"; readonly sql: string; readonly generic: boolean }
  /** The command has no rows. */
  | { readonly kind: "none" }
  | { readonly kind: "unknown" };

/**
 * What would have to be asked. Planning runs functions that promise to change nothing, so only commands whose functions
 * are all safe are planned; and nothing but one plain statement behind EXPLAIN is ever sent.
 */
export function estimable(text: string, analysis: Analysis): Estimable {
  const { facts, statements } = analysis;
  if (facts.classified && facts.housekeeping) return { kind: "none" };
  const [statement] = statements;
  const functions = facts.fields["functions"];
  const plain = facts.classified && statements.length === 1 && statement !== undefined && ROWS.has(statement.tag);
  if (!plain || functions?.type !== "set" || !functions.complete) return { kind: "unknown" };
  if (functions.items.some((item) => item.labels?.includes("@safe") !== true)) return { kind: "unknown" };
  const generic = hasParameter(partsOf(analysis)?.[0]?.node ?? null);
  const sql = `EXPLAIN (FORMAT JSON${generic ? ", GENERIC_PLAN" : ""}) ${text}`;
  return explainsPlainly(sql, generic ? 2 : 1) ? { kind: "explain", sql, generic } : { kind: "unknown" };
}

/** The same analysis with the fact; undefined: nobody knows; null: the command has no rows. */
export function withEstimate(analysis: Analysis, rows: number | null | undefined): Analysis {
  const fact: Fact = { type: "scalar", value: rows };
  const add = (facts: Facts): Facts => ({
    ...facts,
    fields: { ...facts.fields, estimated_rows: fact },
    ...(facts.parts === undefined ? {} : { parts: facts.parts.map((part) => add(part)) }),
  });
  const parts = partsOf(analysis);
  const estimated = { ...analysis, facts: add(analysis.facts) };
  return parts === undefined ? estimated : remember(estimated, parts);
}

/**
 * The largest of what the plan returns and of what each of its changing nodes changes.
 * @returns undefined for anything that is no plan.
 */
export function estimatedRows(plan: string): number | undefined {
  let parsed: Json;
  try {
    parsed = JSON.parse(plan) as Json;
  } catch {
    return undefined;
  }
  const root = asObject(asObject(list(parsed)[0])["Plan"]);
  const own = root["Plan Rows"];
  if (typeof own !== "number") return undefined;
  let most = own;
  const visit = (node: JsonObject, depth: number): void => {
    const children = list(node["Plans"]).map((child) => asObject(child));
    if (node["Node Type"] === "ModifyTable") {
      let changed = 0;
      for (const child of children) {
        const { "Parent Relationship": relationship, "Plan Rows": rows } = child;
        if ((relationship === "Outer" || relationship === "Member") && typeof rows === "number") changed += rows;
      }
      most = Math.max(most, changed);
    }
    if (depth < PLAN_DEPTH_MAX) for (const child of children) visit(child, depth + 1);
  };
  visit(root, 0);
  return most;
}

function hasParameter(json: Json): boolean {
  if (Array.isArray(json)) return (json as readonly Json[]).some((item) => hasParameter(item));
  if (typeof json !== "object" || json === null) return false;
  return Object.entries(json as JsonObject).some(
    ([key, value]) => key === "ParamRef" || (key !== "A_Const" && hasParameter(value ?? null)),
  );
}

/** One EXPLAIN with these options and no others, of a statement that has rows. */
function explainsPlainly(sql: string, options: number): boolean {
  const outcome = parseSql(sql);
  if (outcome.kind !== "tree" || outcome.statements.length !== 1) return false;
  const [type, node] = only(asObject(outcome.statements[0]?.stmt));
  if (type !== "ExplainStmt" || list(node["options"]).length !== options) return false;
  const names = list(node["options"]).map((each) => textOf(asObject(asObject(each)["DefElem"])["defname"]));
  if (!names.every((name) => name === "format" || name === "generic_plan")) return false;
  return PLANNED.has(only(node["query"])[0]);
}

const ROWS: ReadonlySet<string> = new Set(["SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"]);
const PLANNED: ReadonlySet<string> = new Set(["SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"]);
/** Nesting of a plan that is looked at. */
const PLAN_DEPTH_MAX = 1_000;
