/** What gate knows about a database's objects, built from the rows of CATALOGUE_QUERIES. Pure. */
import type { CatalogueRows } from "./catalogue-queries.ts";
import { integer, text } from "./catalogue-rows.ts";
import { buildCode, type Code } from "./code.ts";
import { SqlError } from "./errors.ts";

/** Rows over all catalogue queries of one database that gate keeps in memory. */
export const CATALOGUE_ROWS_MAX = 2_000_000;

export interface Column {
  readonly name: string;
  readonly attnum: number;
  readonly typeOid: number;
  readonly notNull: boolean;
  /** For a generated column: the attribute numbers that its value is made of. */
  readonly madeOf?: readonly number[];
  /** The relation whose rows it holds: alone, in an array or through a domain. */
  readonly rowOf?: number;
}

export interface FunctionName {
  readonly schema: string;
  readonly name: string;
}

export interface Relation {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** pg_class.relkind: r table, v view, m materialized view, f foreign, p partitioned, S sequence, i I index. */
  readonly kind: string;
  /** True for PostgreSQL's own relations. */
  readonly system: boolean;
  readonly columns: ReadonlyMap<string, Column>;
  /** Column names of each unique key that holds for every row at every moment. */
  readonly keys: readonly (readonly string[])[];
  /** Every relation that a view's query uses, directly or through other views. */
  readonly bases: readonly Relation[];
  /** Users' functions that a view's query uses, directly or through other views. */
  readonly functions: readonly FunctionName[];
  /** Of a view: its rewritten query as a pg_node_tree. */
  readonly definition?: string;
  /** True when rewrite rules replace what INSERT, UPDATE or DELETE on it does. */
  readonly rules: boolean;
  /** Direct children and parents by inheritance or partitioning. */
  readonly children: readonly Relation[];
  readonly parents: readonly Relation[];
}

/** A user-defined operator or cast and the function behind it. */
export interface Behind {
  readonly schema: string;
  readonly function: FunctionName;
  /** Compiled code that is not volatile: only a superuser can create it, and it promises to change nothing. */
  readonly compiled: boolean;
}

export interface Catalogue {
  /** May the role use this schema? undefined: there is none of this name. */
  readonly usable: (schema: string) => boolean | undefined;
  readonly relation: (schema: string, name: string) => Relation | undefined;
  readonly byOid: (oid: number) => Relation | undefined;
  /** Relations of this name in whatever schema. */
  readonly named: (name: string) => readonly Relation[];
  readonly isBuiltin: (name: string) => boolean;
  /** Schemas that hold a users' function of this name. */
  readonly functionSchemas: (name: string) => ReadonlySet<string>;
  /** May a users' function of this name be called as `row.name`? */
  readonly isAttributeFunction: (name: string) => boolean;
  readonly hasOperators: boolean;
  readonly operators: (name: string) => readonly Behind[];
  /** Users' casts to a type of this name. */
  readonly casts: (typeName: string) => readonly Behind[];
  /** Volatile functions behind casts that no statement has to name: "i" anywhere, "a" where a column is assigned. */
  readonly unnamedCasts?: readonly { readonly context: "i" | "a"; readonly function: FunctionName }[];
  readonly relations: () => Iterable<Relation>;
  readonly code: Code;
}

interface Building {
  oid: number;
  schema: string;
  name: string;
  kind: string;
  system: boolean;
  columns: Map<string, Column>;
  keys: string[][];
  bases: Relation[];
  functions: FunctionName[];
  rules: boolean;
  definition?: string;
  children: Relation[];
  parents: Relation[];
}

/**
 * Builds the catalogue from what CATALOGUE_QUERIES returned.
 * @throws {SqlError} CATALOGUE_TOO_LARGE, CATALOGUE_MALFORMED.
 */
export function buildCatalogue(rows: CatalogueRows): Catalogue {
  const count = Object.values(rows).reduce((sum, list) => sum + list.length, 0);
  if (count > CATALOGUE_ROWS_MAX) {
    throw new SqlError("CATALOGUE_TOO_LARGE", "peer-unsupported", `more than ${CATALOGUE_ROWS_MAX} catalogue rows`);
  }
  const byOid = readRelations(rows);
  readColumns(rows, byOid);
  readKeys(rows, byOid);
  readDependencies(rows, byOid);
  for (const row of rows.views) {
    const view = byOid.get(integer(row[0]));
    if (view !== undefined) view.definition = text(row[1]);
  }
  for (const row of rows.inheritance) {
    const child = byOid.get(integer(row[0]));
    const parent = byOid.get(integer(row[1]));
    if (child === undefined || parent === undefined) continue;
    child.parents.push(parent);
    parent.children.push(child);
  }
  return index(rows, byOid);
}

function readRelations(rows: CatalogueRows): Map<number, Building> {
  const byOid = new Map<number, Building>();
  for (const row of rows.relations) {
    const oid = integer(row[0]);
    byOid.set(oid, {
      oid,
      schema: text(row[1]),
      name: text(row[2]),
      kind: text(row[3]),
      system: oid < FIRST_USER_OID,
      columns: new Map(),
      keys: [],
      bases: [],
      functions: [],
      rules: false,
      children: [],
      parents: [],
    });
  }
  return byOid;
}

function readColumns(rows: CatalogueRows, byOid: ReadonlyMap<number, Building>): void {
  for (const row of rows.columns) {
    const name = text(row[2]);
    byOid.get(integer(row[0]))?.columns.set(name, {
      name,
      attnum: integer(row[1]),
      typeOid: integer(row[3]),
      notNull: text(row[4]).startsWith("t"),
      ...(typeof row[5] === "string" ? { madeOf: row[5].split(" ").map(integer) } : {}),
      ...(typeof row[6] === "string" ? { rowOf: integer(row[6]) } : {}),
    });
  }
}

function readKeys(rows: CatalogueRows, byOid: ReadonlyMap<number, Building>): void {
  for (const row of rows.keys) {
    const relation = byOid.get(integer(row[0]));
    if (relation === undefined) continue;
    const names = new Map([...relation.columns.values()].map((column) => [column.attnum, column.name]));
    const key = text(row[1])
      .split(" ")
      .map((attnum) => names.get(integer(attnum)));
    if (key.every((name) => name !== undefined)) relation.keys.push(key);
  }
}

function readDependencies(rows: CatalogueRows, byOid: ReadonlyMap<number, Building>): void {
  const uses = new Map<number, Set<number>>();
  const calls = new Map<number, FunctionName[]>();
  for (const row of rows.dependencies) {
    const relation = byOid.get(integer(row[0]));
    if (relation === undefined) continue;
    if (row[1] !== "1") relation.rules = true;
    if (row[3] === "r") append(uses, relation.oid, () => new Set<number>()).add(integer(row[2]));
    if (row[3] === "f") {
      append(calls, relation.oid, () => []).push({ schema: text(row[4]), name: text(row[5]) });
    }
  }
  for (const oid of uses.keys()) {
    const seen = new Set<number>([oid]);
    const queue = [oid];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      for (const used of uses.get(next) ?? []) {
        if (!seen.has(used)) {
          seen.add(used);
          queue.push(used);
        }
      }
    }
    seen.delete(oid);
    const relation = byOid.get(oid);
    for (const used of seen) {
      const base = byOid.get(used);
      if (base !== undefined) relation?.bases.push(base);
    }
  }
  for (const relation of byOid.values()) {
    for (const oid of [relation.oid, ...relation.bases.map((base) => base.oid)]) {
      relation.functions.push(...(calls.get(oid) ?? []));
    }
  }
}

function index(rows: CatalogueRows, byOid: ReadonlyMap<number, Building>): Catalogue {
  const byName = new Map<string, Relation[]>();
  for (const relation of byOid.values()) append(byName, relation.name, () => []).push(relation);
  const builtins = new Set(rows.builtins.map((row) => text(row[0])));
  const functions = new Map<string, Set<string>>();
  const attributes = new Set<string>();
  for (const row of rows.functions) {
    append(functions, text(row[1]), () => new Set<string>()).add(text(row[0]));
    if (row[2]?.startsWith("t") === true) attributes.add(text(row[1]));
  }
  const operators = readBehind(rows.operators);
  const casts = readBehind(rows.casts);
  const schemas = new Map(rows.schemas.map((row) => [text(row[0]), text(row[1]).startsWith("t")]));
  return {
    usable: (schema) => schemas.get(schema),
    relation: (schema, name) => byName.get(name)?.find((relation) => relation.schema === schema),
    byOid: (oid) => byOid.get(oid),
    named: (name) => byName.get(name) ?? [],
    isBuiltin: (name) => builtins.has(name),
    functionSchemas: (name) => functions.get(name) ?? NONE,
    isAttributeFunction: (name) => attributes.has(name),
    hasOperators: operators.size > 0,
    operators: (name) => operators.get(name) ?? [],
    casts: (typeName) => casts.get(typeName) ?? [],
    unnamedCasts: rows.casts.flatMap(([, , schema, name, , context]) =>
      context === "i" || context === "a" ? [{ context, function: { schema: text(schema), name: text(name) } }] : [],
    ),
    relations: () => byOid.values(),
    code: buildCode(rows),
  };
}

function readBehind(rows: CatalogueRows["operators"]): Map<string, Behind[]> {
  const found = new Map<string, Behind[]>();
  for (const row of rows) {
    append(found, text(row[1]), () => []).push({
      schema: text(row[0]),
      function: { schema: text(row[2]), name: text(row[3]) },
      compiled: text(row[4]).startsWith("t"),
    });
  }
  return found;
}

function append<K, V>(map: Map<K, V>, key: K, empty: () => V): V {
  let value = map.get(key);
  if (value === undefined) {
    value = empty();
    map.set(key, value);
  }
  return value;
}

const NONE: ReadonlySet<string> = new Set();

/** FirstNormalObjectId (access/transam.h): smaller oids are PostgreSQL's own objects. */
const FIRST_USER_OID = 16384;
