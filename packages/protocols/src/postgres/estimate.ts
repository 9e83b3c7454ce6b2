/**
 * Asks the target's planner how many rows a command would return or change: on a connection of its own, in a read-only
 * transaction, with a time bound. The command itself never runs. Touches the upstream.
 */
import { estimatedRows } from "@gate/sql";
import { runHousekeepingQueries, type HousekeepingOptions } from "./housekeeping-queries.ts";

/** `sql` is an EXPLAIN of `estimable`; `searchPath` the session's. undefined: it cannot be known. */
export type Estimate = (sql: string, searchPath: readonly string[]) => Promise<number | undefined>;

export function estimateRows(options: HousekeepingOptions): Estimate {
  return async (sql, searchPath) => {
    const path = searchPath.map((schema) => `"${schema.replaceAll('"', '""')}"`).join(", ");
    const prologue = [
      "BEGIN READ ONLY",
      `SET LOCAL statement_timeout = '${PLANNING_MS_MAX}ms'`,
      // A table that the client's own transaction holds is not waited for.
      `SET LOCAL lock_timeout = '${LOCK_MS_MAX}ms'`,
      `SET LOCAL search_path = ${path === "" ? "''" : path}`,
    ];
    try {
      const { plan } = await runHousekeepingQueries(options, { plan: sql }, prologue, ESTIMATE_MS_MAX);
      return estimatedRows(plan.map(([line]) => line ?? "").join("\n"));
    } catch {
      // A server before 16 without GENERIC_PLAN, a temporary table, a lock: nobody knows, and that never allows.
      return undefined;
    }
  };
}

/** How long planning may take, in milliseconds. */
const PLANNING_MS_MAX = 2_000;
/** How long planning may wait for a lock, in milliseconds. */
const LOCK_MS_MAX = 500;
/** How long one estimate may take with its connection, in milliseconds. */
const ESTIMATE_MS_MAX = 5_000;
