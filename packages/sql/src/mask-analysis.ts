/** What the statements of a text mean for masked columns: why they may not run, or what their results hold. Pure. */
import type { Part } from "./analysis.ts";
import { copyFormat, type CopyFormat } from "./copy-format.ts";
import { ShutLiteral } from "./holes.ts";
import { statementLineage, touches, type Origin } from "./lineage/index.ts";
import type { MaskedColumns } from "./masked-columns.ts";
import { describeRelation, findRelation } from "./names.ts";
import { CONTENT_FREE_FUNCTIONS } from "./safe-functions.ts";
import { asObject, only, strings, textOf } from "./tree.ts";

export interface MaskAnalysis {
  /** Why it may not run; undefined: its results can be masked. */
  readonly refusal?: string | undefined;
  /** Names of masks whose columns are tested: by conditions, orders, groups, or by what can fail. */
  readonly predicates: readonly string[];
  readonly statements: readonly StatementMasks[];
}

export interface StatementMasks {
  /** It reads or writes a relation with masked columns: also its errors may hold values. */
  readonly touches: boolean;
  /** By place in the result; undefined: nothing masked, or no result. */
  readonly columns: readonly Origin[] | undefined;
  readonly predicates: readonly string[];
  /** For COPY … TO STDOUT: how its rows come; undefined where that is not certain. */
  readonly copy?: CopyResult | undefined;
}

export interface CopyResult {
  readonly format: CopyFormat;
  /** Of a relation's COPY: its columns; undefined for a query. */
  readonly columns: readonly CopyColumn[] | undefined;
}

export interface CopyColumn {
  readonly name: string;
  readonly tableOid: number;
  readonly attnum: number;
  readonly typeOid: number;
}

/** Remembers its answers: masks change with the catalogue only. */
export function maskAnalyser(parts: readonly Part[]): (masked: MaskedColumns) => MaskAnalysis {
  const known = new WeakMap<MaskedColumns, MaskAnalysis>();
  return (masked) => {
    let analysis = known.get(masked);
    if (analysis === undefined) known.set(masked, (analysis = ofAllTexts(parts, masked)));
    return analysis;
  };
}

/** A template's literals are not known: masks that have come into force since may need them. */
function ofAllTexts(parts: readonly Part[], masked: MaskedColumns): MaskAnalysis {
  try {
    return maskAnalysis(parts, masked);
  } catch (thrown) {
    if (!(thrown instanceof ShutLiteral)) throw thrown;
    return refusedMasks("the masks have changed since it was sent")(masked);
  }
}

/** What has been refused before it was understood. */
export function refusedMasks(reason: string): (masked: MaskedColumns) => MaskAnalysis {
  return (masked) => ({ ...NOTHING, ...(masked.byColumn.size > 0 ? { refusal: reason } : {}) });
}

/**
 * The places of a result as the server describes it. Where that is not what was worked out, every place may hold
 * whatever any of them does.
 */
export function alignOrigins(origins: readonly Origin[], count: number): readonly Origin[] {
  const first = origins.findIndex((origin) => origin.many === true);
  if (first < 0) {
    if (origins.length === count) return origins;
    return Array.from({ length: count }, () => together(origins));
  }
  const last = origins.findLastIndex((origin) => origin.many === true);
  const behind = origins.length - 1 - last;
  if (count < first + behind) return Array.from({ length: count }, () => together(origins));
  const between = together(origins.slice(first, last + 1));
  return Array.from({ length: count }, (_, place) => {
    if (place < first) return origins[place] ?? between;
    return place < count - behind ? between : (origins[origins.length - (count - place)] ?? between);
  });
}

function together(origins: readonly Origin[]): Origin {
  return { names: [...new Set(origins.flatMap(({ names }) => names))].sort() };
}

function maskAnalysis(parts: readonly Part[], masked: MaskedColumns): MaskAnalysis {
  if (masked.byColumn.size === 0) {
    return { predicates: [], statements: parts.map((part) => ({ ...UNTOUCHED, copy: copyResult(part) })) };
  }
  const statements: StatementMasks[] = [];
  const predicates = new Set<string>();
  for (const part of parts) {
    const refusal = partRefusal(part, masked);
    if (refusal !== undefined) return { refusal, predicates: [], statements: [] };
    const copy = copyResult(part);
    const byPolicies = testedByPolicies(part, masked);
    if (byPolicies.length === 0 && !touches(part, masked)) {
      statements.push(copy === undefined ? UNTOUCHED : { ...UNTOUCHED, copy });
      continue;
    }
    const lineage = statementLineage(part, masked);
    if (lineage.refusal !== undefined) return { refusal: lineage.refusal, predicates: [], statements: [] };
    const tested = [...new Set([...lineage.predicates, ...byPolicies])].sort();
    for (const name of tested) predicates.add(name);
    const columns = lineage.columns?.every(({ names }) => names.length === 0) === true ? undefined : lineage.columns;
    if (columns !== undefined && part.type === "CopyStmt" && copy === undefined) {
      return { refusal: "the options of COPY leave its columns open", predicates: [], statements: [] };
    }
    if (columns !== undefined && copy?.format.kind === "text" && !PLAIN_NULLS.has(copy.format.nullText)) {
      return { refusal: "COPY writes NULL as a text that a masked value could be", predicates: [], statements: [] };
    }
    statements.push({ touches: true, columns, predicates: tested, copy });
  }
  return { predicates: [...predicates].sort(), statements };
}

/**
 * Which rows a reader sees, row policies tell by their columns, and settings that the client can make can stand in them.
 * A view and a rule read as their owners, a function can: other policies may be in force for them than for the gate's role.
 */
function testedByPolicies({ print, space }: Part, masked: MaskedColumns): readonly string[] {
  const { code } = space.catalogue;
  const names: string[] = [];
  const touched = [...print.touched];
  for (const relation of touched) {
    const behind = code.behind(relation.oid);
    if (behind === undefined || !print.reads.has(describeRelation(relation).name)) continue;
    names.push(...maskedAmong(behind.policyColumns, masked));
    if (behind.othersPolicyColumns.length === 0) continue;
    const asOthers =
      print.opaqueFunction ||
      touched.some(({ oid, bases }) => bases.includes(relation) || (code.behind(oid)?.rules.length ?? 0) > 0);
    if (asOthers) names.push(...maskedAmong(behind.othersPolicyColumns, masked));
  }
  return names;
}

/** Names of the masks of columns that policies test, given as `oid/attnum` or `oid/*`. */
function maskedAmong(columns: readonly string[], masked: MaskedColumns): readonly string[] {
  const names: string[] = [];
  for (const column of columns) {
    const [oid, attnum] = column.split("/");
    for (const [key, { name }] of masked.byColumn) {
      if (key === column || (attnum === "*" && key.startsWith(`${oid}/`))) names.push(name);
    }
  }
  return names;
}

function copyResult(part: Part): CopyResult | undefined {
  const [type, node] = only(part.node);
  if (type !== "CopyStmt" || node["is_from"] === true) return undefined;
  const format = copyFormat(node);
  if (format === undefined) return undefined;
  if (node["query"] !== undefined) return { format, columns: undefined };
  const relation = asObject(node["relation"]);
  const { relations, items, complete } = findRelation(
    part.space,
    textOf(relation["schemaname"]),
    textOf(relation["relname"]) ?? "",
  );
  const [table] = relations;
  if (table === undefined || items.length !== 1 || !complete) return { format, columns: undefined };
  const names = strings(node["attlist"]);
  const all = [...table.columns.values()].sort((a, b) => a.attnum - b.attnum);
  const chosen =
    names.length === 0
      ? all.filter(({ madeOf }) => madeOf === undefined)
      : names.flatMap((name) => table.columns.get(name) ?? []);
  return {
    format,
    columns: chosen.map(({ name, attnum, typeOid }) => ({ name, attnum, typeOid, tableOid: table.oid })),
  };
}

function partRefusal(part: Part, masked: MaskedColumns): string | undefined {
  const { print } = part;
  if (print.unclassified !== undefined) return `masks are in force and ${print.unclassified}`;
  if (part.type === "RenameStmt" && only(part.node)[1]["renameType"] === "OBJECT_SCHEMA") {
    return "masks are in force and name their columns by schema: a schema cannot be renamed";
  }
  if (print.sensitive) return "masks are in force and this catalogue relation holds data samples or texts of commands";
  if (print.opaqueFunction && (touches(part, masked) || !everyBodyRead(part))) {
    return "masks are in force and a function that is not in the safe list could read masked columns";
  }
  for (const tag of print.statements.keys()) {
    // What it makes would run behind later commands, with the masked rows in its hands.
    if (CODE.test(tag)) return `masks are in force and ${tag} makes code that could pass them by`;
    if (FOREIGN.test(tag)) return `masks are in force and ${tag} lets the server fetch rows past the gate`;
  }
  if (ROLE_TAGS.some((tag) => print.statements.has(tag)) || print.functions.has("pg_catalog.set_config")) {
    const [name] = maskedAmong(part.space.catalogue.code.othersPolicyColumns, masked);
    if (name !== undefined) {
      return `masks are in force and a row policy that another role has tests a masked column (${name}): the role stays`;
    }
  }
  if (print.namesTextType) return "masks are in force and a type of texts keeps its name: call it otherwise";
  // The order of rows would then be the order of the index's column, until the next UPDATE.
  if (print.statements.has("CLUSTER") && (print.writes.size === 0 || touches(part, masked))) {
    return "masks are in force and CLUSTER puts rows into the order of a column that may be masked";
  }
  if (print.statements.has("COPY FILE") || print.statements.has("COPY PROGRAM")) {
    return "masks are in force and COPY with a file or program passes them by";
  }
  if (!print.readsComplete) return "masks are in force and gate does not know every relation that this reads";
  return undefined;
}

/** Are the users' functions that it names all in SQL or PL/pgSQL? Then what they read and write is in the footprint. */
function everyBodyRead({ print, space }: Part): boolean {
  if (!print.functionsComplete) return false;
  for (const { name, labels } of print.functions.values()) {
    const [schema = "", own = "", ...rest] = name.split(".");
    if (labels?.includes("@safe") === true) continue;
    if (schema === "pg_catalog" && CONTENT_FREE_FUNCTIONS.has(own)) continue;
    const routines = rest.length === 0 && !name.includes('"') ? space.catalogue.code.routines(schema, own) : [];
    if (routines.length === 0 || !routines.every(({ kind, language }) => READ.has(language) && kind === "f"))
      return false;
  }
  return true;
}

/** In text no value but an empty one is written like these. */
const PLAIN_NULLS: ReadonlySet<string> = new Set(["\\N", ""]);
/** After these the row policies of another role are in force. */
const ROLE_TAGS = ["SET ROLE", "SET SESSION AUTHORIZATION"];
const READ: ReadonlySet<string> = new Set(["sql", "plpgsql"]);
const CODE =
  /^(?:CREATE|ALTER) (?:(?:OR REPLACE )?(?:FUNCTION|PROCEDURE|ROUTINE|AGGREGATE|TRIGGER|RULE|CAST|OPERATOR|TRANSFORM|CONVERSION|EXTENSION|LANGUAGE)|EVENT TRIGGER)\b/;
/** The server becomes a client of its own, or of another server that sends rows on. */
const FOREIGN =
  /^(?:(?:CREATE|ALTER) (?:SERVER|USER MAPPING|FOREIGN TABLE|FOREIGN DATA WRAPPER|SUBSCRIPTION)|IMPORT FOREIGN SCHEMA)\b/;
const UNTOUCHED: StatementMasks = { touches: false, columns: undefined, predicates: [] };
const NOTHING: MaskAnalysis = { predicates: [], statements: [] };
