/**
 * Which start-up parameters pass the gate. Pure.
 *
 * A start-up parameter sets any setting of the server before the first command, without a verdict; `options` does the
 * same as command-line text; `replication` opens another protocol. So only settings that change neither what a command
 * means nor what it may do are let through, and everything else is refused by name.
 */
import { PostgresError } from "./errors.ts";
import type { StartupPairs } from "./startup-packet.ts";

export interface StartupParameters {
  readonly user: string;
  readonly database: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * @throws {PostgresError} STARTUP_REFUSED: 42501 for a parameter that is not let through, 22023 for an encoding other
 * than UTF8, 3D000 for another database than the grant's.
 */
export function readStartupParameters(
  pairs: StartupPairs,
  own: { readonly user: string; readonly database: string },
): StartupParameters {
  const parameters = new Map<string, string>();
  let database = "";
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    if (key.startsWith("_pq_.")) continue; // answered by NegotiateProtocolVersion
    if (key === "user") continue;
    if (key === "database") database = value;
    else if (key === "options") {
      if (value.trim() !== "") denied("options (PGOPTIONS) sets any setting; run SET once connected instead");
    } else if (key === "replication") {
      if (!OFF.has(value.toLowerCase())) denied("replication connections do not pass the gate");
    } else if (key === "client_encoding") {
      if (!UTF8_NAMES.has(value.toLowerCase().replace(/[^a-z0-9]/g, ""))) {
        throw refusal("22023", "gate: client_encoding must be UTF8: unset PGCLIENTENCODING or set it to UTF8");
      }
    } else if (HARMLESS.has(key)) parameters.set(HARMLESS.get(key) ?? key, value);
    else denied(`start-up parameter "${printable(name)}" does not pass the gate; run SET once connected instead`);
  }
  // Clients without a database name send none, or their user name.
  if (database !== "" && database !== own.database && database !== own.user) {
    throw refusal("3D000", `gate: this endpoint leads to database "${own.database}" only`);
  }
  return { user: own.user, database: own.database, parameters };
}

function denied(message: string): never {
  throw refusal("42501", `gate: denied by rule "startup": ${message}`);
}

function refusal(sqlstate: string, message: string): PostgresError {
  return new PostgresError("peer-unsupported", "STARTUP_REFUSED", sqlstate, message);
}

/** A name as a message may show it: the first characters, and no others than names have. */
function printable(name: string): string {
  return name.slice(0, 64).replace(/[^A-Za-z0-9_.-]/g, "?");
}

/** Settings of presentation and of time, by lower-case name, with the server's own spelling. */
const HARMLESS: ReadonlyMap<string, string> = new Map(
  [
    "application_name",
    "bytea_output",
    "client_min_messages",
    "DateStyle",
    "extra_float_digits",
    "idle_in_transaction_session_timeout",
    "IntervalStyle",
    "lock_timeout",
    "statement_timeout",
    "TimeZone",
  ].map((name) => [name.toLowerCase(), name]),
);

/** What the server itself takes for "no replication". */
const OFF: ReadonlySet<string> = new Set(["false", "off", "no", "0"]);

/** As pg_char_to_encoding compares names: lower case, letters and digits only. */
const UTF8_NAMES: ReadonlySet<string> = new Set(["utf8", "unicode"]);
