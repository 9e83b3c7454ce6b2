/**
 * The code that lies in a database: functions, and what it runs by itself behind a table (triggers, foreign keys,
 * rules, defaults, CHECKs, policies), built from catalogue rows. Pure.
 */
import type { CatalogueRows } from "./catalogue-queries.ts";
import { integer, text } from "./catalogue-rows.ts";

export interface Routine {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** pg_proc.prokind: f function, p procedure, a aggregate, w window function. */
  readonly kind: string;
  readonly language: string;
  /** It runs with the rights of its owner, who is not the gate's role: `"$user"` is then somebody else. */
  readonly otherOwner: boolean;
  /** The source of an SQL or PL/pgSQL body; undefined when it is in another language, or too long. */
  readonly source: string | undefined;
  /** The tree of an SQL-standard body (BEGIN ATOMIC, RETURN). */
  readonly tree: string | undefined;
  /** As in CREATE FUNCTION: names and types of the arguments, and what it returns (undefined: a procedure). */
  readonly arguments: string;
  readonly result: string | undefined;
  /** `name=value` for the time of the call. */
  readonly settings: readonly string[];
  /** Oids of functions that it calls by its definition: an aggregate's parts, defaults of arguments. */
  readonly calls: readonly number[];
}

export interface ForeignKey {
  /** Oid of the table with the REFERENCES. */
  readonly child: number;
  /** pg_constraint's letter: c CASCADE, n SET NULL, d SET DEFAULT, a and r nothing. */
  readonly onDelete: string;
  readonly onUpdate: string;
  /** Attribute numbers of the referenced columns. */
  readonly key: readonly number[];
  /** A partition's copy of a key that its whole table has. */
  readonly copied: boolean;
}

export interface Trigger {
  readonly function: number;
  /** What fires it. */
  readonly events: ReadonlySet<RowEvent>;
}

export type RowEvent = "INSERT" | "UPDATE" | "DELETE" | "TRUNCATE";

export interface Rule {
  readonly event: RowEvent;
  /** Node trees of its actions and its condition. */
  readonly action: string;
  readonly condition: string | undefined;
}

/** What the server runs by itself behind one relation. */
export interface Behind {
  readonly triggers: readonly Trigger[];
  readonly foreignKeys: readonly ForeignKey[];
  readonly rules: readonly Rule[];
  /** Oids of functions that run when its rows are written: defaults, generated columns, CHECKs, indexes, domains. */
  readonly onWrite: readonly number[];
  /** Oids of functions that run whenever its rows are looked at: row policies, a view's query. */
  readonly always: readonly number[];
  /** Oids of relations that its row policies look at. */
  readonly policyReads: readonly number[];
  /** Columns that they test, as `oid/attnum`; `oid/*` is a whole row. */
  readonly policyColumns: readonly string[];
  /** The same of policies that are in force for others, not for the gate's role. */
  readonly othersPolicyColumns: readonly string[];
}

export interface Code {
  readonly routine: (oid: number) => Routine | undefined;
  readonly routines: (schema: string, name: string) => readonly Routine[];
  /** The name of one of PostgreSQL's own functions. */
  readonly builtinName: (oid: number) => string | undefined;
  readonly behind: (relation: number) => Behind | undefined;
  /** Oids of functions that run with every definition. */
  readonly eventTriggers: readonly number[];
  /** Those of all relations. */
  readonly othersPolicyColumns: readonly string[];
}

type Writable<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };

/** @throws {SqlError} CATALOGUE_MALFORMED. */
export function buildCode(rows: CatalogueRows): Code {
  const byOid = new Map<number, Routine>();
  const byName = new Map<string, Routine[]>();
  for (const row of rows.routines) {
    const routine = readRoutine(row);
    byOid.set(routine.oid, routine);
    const key = JSON.stringify([routine.schema, routine.name]);
    const same = byName.get(key);
    if (same === undefined) byName.set(key, [routine]);
    else same.push(routine);
  }
  const builtins = new Map<number, string>();
  for (const [name, oid] of rows.builtins) if (typeof oid === "string") builtins.set(integer(oid), text(name));
  const behind = readBehind(rows);
  return {
    routine: (oid) => byOid.get(oid),
    routines: (schema, name) => byName.get(JSON.stringify([schema, name])) ?? [],
    builtinName: (oid) => builtins.get(oid),
    behind: (relation) => behind.get(relation),
    eventTriggers: rows.eventTriggers.map(([oid]) => integer(oid)),
    othersPolicyColumns: [...behind.values()].flatMap(({ othersPolicyColumns }) => othersPolicyColumns),
  };
}

function readRoutine(row: readonly (string | null)[]): Routine {
  const settings = row[10] === null || row[10] === undefined ? [] : (JSON.parse(row[10]) as unknown);
  return {
    oid: integer(row[0]),
    schema: text(row[1]),
    name: text(row[2]),
    kind: text(row[3]),
    language: text(row[4]),
    otherOwner: text(row[5]).startsWith("t"),
    source: row[6] ?? undefined,
    tree: row[7] ?? undefined,
    arguments: row[8] ?? "",
    result: row[9] ?? undefined,
    settings: Array.isArray(settings) ? settings.map(String) : [],
    calls: oids(row[11]),
  };
}

function readBehind(rows: CatalogueRows): ReadonlyMap<number, Behind> {
  const found = new Map<number, Writable<Behind>>();
  const of = (oid: string | null | undefined): Writable<Behind> => {
    const relation = integer(oid);
    let behind = found.get(relation);
    if (behind === undefined) {
      behind = {
        triggers: [],
        foreignKeys: [],
        rules: [],
        onWrite: [],
        always: [],
        policyReads: [],
        policyColumns: [],
        othersPolicyColumns: [],
      };
      found.set(relation, behind);
    }
    return behind;
  };
  for (const row of rows.triggers) {
    of(row[0]).triggers.push({ function: integer(row[1]), events: triggerEvents(integer(row[2])) });
  }
  for (const row of rows.foreignKeys) {
    of(row[0]).foreignKeys.push({
      child: integer(row[1]),
      onDelete: text(row[2]),
      onUpdate: text(row[3]),
      key: oids(row[4]),
      copied: row[5]?.startsWith("t") === true,
    });
  }
  for (const row of rows.runs) {
    const behind = of(row[0]);
    (text(row[1]) === "w" ? behind.onWrite : behind.always).push(integer(row[2]));
  }
  for (const row of rows.rules) {
    const event = RULE_EVENTS.get(text(row[1]));
    if (event !== undefined) of(row[0]).rules.push({ event, action: text(row[2]), condition: row[3] ?? undefined });
  }
  for (const row of rows.policyReads) {
    const { policyReads, policyColumns, othersPolicyColumns } = of(row[0]);
    const relation = integer(row[1]);
    const inForce = text(row[3]).startsWith("t");
    if (inForce && row[0] !== row[1] && !policyReads.includes(relation)) policyReads.push(relation);
    const column = text(row[2]);
    if (column !== "0") (inForce ? policyColumns : othersPolicyColumns).push(`${relation}/${column}`);
  }
  return found;
}

/** tgtype's bits (src/include/catalog/pg_trigger.h). */
function triggerEvents(type: number): ReadonlySet<RowEvent> {
  const events = new Set<RowEvent>();
  for (const [bit, event] of TRIGGER_EVENTS) if ((type & bit) !== 0) events.add(event);
  return events;
}

function oids(list: string | null | undefined): readonly number[] {
  return typeof list === "string"
    ? list
        .split(" ")
        .filter((oid) => oid !== "" && oid !== "0")
        .map(integer)
    : [];
}

const TRIGGER_EVENTS: readonly (readonly [number, RowEvent])[] = [
  [4, "INSERT"],
  [8, "DELETE"],
  [16, "UPDATE"],
  [32, "TRUNCATE"],
];

const RULE_EVENTS: ReadonlyMap<string, RowEvent> = new Map([
  ["2", "UPDATE"],
  ["3", "INSERT"],
  ["4", "DELETE"],
]);
