/**
 * The limit `affected` counts what a command has written, which the server says only once it is done. So that reaching
 * it still undoes the command, nothing may be committed before it was counted. Pure.
 *
 * An Execute is answered before its Sync is sent. A Query outside a transaction is put between a BEGIN and a COMMIT (or
 * ROLLBACK) of the gate's own.
 */
import type { Analysis } from "@gate/sql";
import { queryFrame } from "./wire.ts";

/** Does the server count rows that this command writes? */
export function countsAffected(analysis: Analysis): boolean {
  return analysis.facts.writes && analysis.statements.some(({ tag }) => COUNTED.has(tag));
}

/**
 * `text` is the command's, with the texts of what it runs by name.
 *
 * A writing CTE and EXPLAIN ANALYZE write rows that no command tag counts. WITH is looked for as a word: a text that has
 * it elsewhere is refused too, which only ever concerns writes under the limit.
 */
export function uncountable(analysis: Analysis, text: string): boolean {
  return analysis.statements.some(
    // COPY … FROM takes no query, but options behind a WITH.
    ({ tag, writes, copy }) =>
      writes && COUNTED.has(tag) && (tag === "EXPLAIN" || (copy !== "in" && /\bwith\b/i.test(text))),
  );
}

/** A COMMIT among the statements would be done before the count is known. */
export function controlsTransaction(analysis: Analysis): boolean {
  return analysis.statements.some(({ transaction }) => transaction !== undefined);
}

export const GUARD_BEGIN: Uint8Array = queryFrame("BEGIN");
export const GUARD_COMMIT: Uint8Array = queryFrame("COMMIT");
export const GUARD_ROLLBACK: Uint8Array = queryFrame("ROLLBACK");

const COUNTED = new Set([
  "INSERT",
  "UPDATE",
  "DELETE",
  "MERGE",
  "COPY",
  "COPY FILE",
  "COPY PROGRAM",
  "SELECT",
  "SELECT INTO",
  "CREATE TABLE AS",
  "EXECUTE",
  "EXPLAIN",
]);
