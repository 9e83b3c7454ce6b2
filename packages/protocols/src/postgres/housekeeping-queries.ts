/**
 * Reads the target's catalogue with the gateway's credential, on a connection of its own, in one read-only snapshot.
 * Touches the upstream.
 */
import { decodeUtf8, type Clock } from "@gate/base";
import type { Upstream } from "@gate/contract";
import { serialize } from "pg-protocol";
import { PostgresError } from "./errors.ts";
import type { PostgresTarget } from "./target.ts";
import { UpstreamReader } from "./upstream-reader.ts";
import type { Admit } from "./upstream-tls.ts";
import { openUpstream } from "./upstream.ts";
import { BodyReader, readFields, readRowDescription, TERMINATE_FRAME, WireError } from "./wire.ts";

/** One row of a result: values as the server prints them. */
export type TextRow = readonly (string | null)[];

export interface HousekeepingOptions {
  readonly dial: () => Promise<Upstream>;
  /** `Gate.housekeeping`: these connections carry no command of anyone's. */
  readonly admit: Admit;
  readonly clock: Clock;
  readonly target: PostgresTarget;
  readonly signal?: AbortSignal;
}

/**
 * Runs every query, one statement each, behind a prologue (default: the catalogue's own), and gives their rows under
 * the queries' names.
 * @throws {PostgresError} as `openUpstream` does; CATALOGUE_UNAVAILABLE when a query fails or a bound is reached.
 */
export async function runHousekeepingQueries<Name extends string>(
  options: HousekeepingOptions,
  queries: Readonly<Record<Name, string>>,
  prologue: readonly string[] = PROLOGUE,
  timeMs: number = CATALOGUE_MS_MAX,
): Promise<Record<Name, TextRow[]>> {
  const { admit, clock } = options;
  const session = await openUpstream({ ...options, settings: new Map([["application_name", "gate"]]) });
  const { upstream } = session;
  const onAbort = (): void => upstream.destroy();
  options.signal?.addEventListener("abort", onAbort, { once: true });
  if (options.signal?.aborted === true) upstream.destroy();
  try {
    const reader = new UpstreamReader(upstream, clock, timeMs, session.remainder);
    const budget = { bytes: CATALOGUE_BYTES_MAX, rows: CATALOGUE_ROWS_MAX };
    const run = async (sql: string): Promise<TextRow[]> => {
      upstream.send(admit("catalogue", serialize.query(sql)));
      upstream.flush();
      return readRows(reader, budget);
    };
    for (const sql of prologue) await run(sql);
    const results = {} as Record<Name, TextRow[]>;
    for (const name of Object.keys(queries) as Name[]) results[name] = await run(queries[name]);
    upstream.send(admit("terminate", TERMINATE_FRAME));
    upstream.flush();
    return results;
  } catch (error) {
    if (error instanceof WireError) throw unavailable("the target broke the protocol", error);
    if (error instanceof PostgresError && error.code === "UPSTREAM_UNREACHABLE") {
      throw unavailable(`the target ended the connection or took longer than ${timeMs} ms`, error);
    }
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", onAbort);
    upstream.destroy();
  }
}

/** Reads one statement's answer up to ReadyForQuery. */
async function readRows(reader: UpstreamReader, budget: { bytes: number; rows: number }): Promise<TextRow[]> {
  const rows: TextRow[] = [];
  let width = 0;
  let failed: string | undefined;
  for (;;) {
    const { type, body } = await reader.message(Math.max(0, budget.bytes));
    budget.bytes -= body.length;
    switch (type) {
      case "T":
        width = readRowDescription(body).length;
        break;
      case "D":
        if (--budget.rows < 0) throw unavailable(`more than ${CATALOGUE_ROWS_MAX} rows`);
        rows.push(readRow(body, width));
        break;
      case "E":
        failed = readFields(body).get("C") ?? "XX000";
        break;
      case "Z":
        if (failed !== undefined) throw unavailable(`the target answered a catalogue query with ${failed}`);
        return rows;
      case "C":
      case "I":
      case "N":
      case "S":
        break;
      default:
        throw new WireError("WIRE_TYPE", "a message that has no place in a simple query");
    }
  }
}

function readRow(body: Buffer, width: number): TextRow {
  const reader = new BodyReader(body);
  if (reader.count() !== width) throw new WireError("WIRE_LENGTH", "a row of another width than described");
  const row: (string | null)[] = [];
  for (let column = 0; column < width; column++) {
    const length = reader.int32();
    row.push(length === -1 ? null : text(reader.bytes(length)));
  }
  reader.end();
  return row;
}

/** Names that are not UTF-8 (a SQL_ASCII database) cannot be compared with judged text: never decode them loosely. */
function text(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (error) {
    throw unavailable("the target's catalogue holds names that are not UTF-8", error);
  }
}

function unavailable(reason: string, cause?: unknown): PostgresError {
  return new PostgresError(
    "operator",
    "CATALOGUE_UNAVAILABLE",
    "58000",
    `gate: target's catalogue could not be read: ${reason}`,
    { cause },
  );
}

/** One snapshot, nothing written, no name found outside pg_catalog first, nothing that outlives the transaction. */
const PROLOGUE = [
  "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
  "SET LOCAL search_path = pg_catalog, pg_temp",
  "SET LOCAL statement_timeout = '30s'",
];

/** How long all catalogue queries of one load may take together, in milliseconds. */
const CATALOGUE_MS_MAX = 60_000;
/** Bytes of one catalogue load. */
const CATALOGUE_BYTES_MAX = 256 * 1024 * 1024;
/** Rows of one catalogue load. */
const CATALOGUE_ROWS_MAX = 2_000_000;
