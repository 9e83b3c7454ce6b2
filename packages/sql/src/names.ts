/**
 * From the names in a command to the objects that they can mean, as PostgreSQL's namespace.c looks them up. Pure.
 *
 * Where more than one object can be meant, all of them are listed; where it cannot be known, the answer is incomplete.
 */
import type { FactItem } from "@gate/contract";
import type { Behind, Catalogue, Relation } from "./catalogue.ts";
import type { Routine } from "./code.ts";
import { effectLabels, labelsOf, SAFE_LABEL } from "./function-labels.ts";
import { SAFE_FUNCTIONS } from "./safe-functions.ts";
import { SAMPLES_CATALOGUE, SENSITIVE_CATALOGUE } from "./sensitive.ts";

export interface Namespace {
  readonly catalogue: Catalogue;
  /** The search path with "$user" resolved; undefined: not known. */
  readonly searchPath: readonly string[] | undefined;
  /** Names of this session's temporary relations. */
  readonly temporary: ReadonlySet<string>;
}

export interface Found {
  readonly items: readonly FactItem[];
  readonly relations: readonly Relation[];
  readonly complete: boolean;
  /** The name reaches credentials, data samples or other sessions' texts. */
  readonly sensitive: boolean;
}

/** A function that a call can mean, with the users' functions of that name. */
export interface Called {
  readonly item: FactItem;
  readonly routines: readonly Routine[];
}

/** The relations that a name in FROM, or as a target, can mean. */
export function findRelation(space: Namespace, schema: string | undefined, name: string): Found {
  if (schema !== undefined) return qualified(space, schema, name);
  const relations: Relation[] = [];
  const path = lookupPath(space);
  if (path === undefined) relations.push(...space.catalogue.named(name));
  else {
    for (const candidate of path) {
      const relation = space.catalogue.relation(candidate, name);
      if (relation === undefined) continue;
      relations.push(relation);
      // A schema that the role may not use is skipped by the server, unless the role has changed since.
      if (space.catalogue.usable(candidate) !== false) break;
    }
  }
  const items = relations.map(describeRelation);
  const temporary = space.temporary.has(name);
  if (temporary) items.unshift({ name: join("pg_temp", name) });
  if (items.length === 0) items.push({ name: `?.${quote(name)}` });
  return {
    items,
    relations,
    complete: path !== undefined && (temporary || relations.length > 0),
    sensitive: relations.some(isSensitive),
  };
}

/** The schema-qualified name that a CREATE gives its object; undefined when it is not known. */
export function createdName(space: Namespace, schema: string | undefined, name: string): FactItem | undefined {
  const where = schema ?? space.searchPath?.find((each) => space.catalogue.usable(each) === true);
  return where === undefined ? undefined : { name: join(isTemporarySchema(where) ? "pg_temp" : where, name) };
}

export interface FoundFunctions {
  readonly called: readonly Called[];
  readonly items: readonly FactItem[];
  readonly complete: boolean;
}

/** The functions that a call by this name can mean. */
export function findFunction(space: Namespace, schema: string | undefined, name: string): FoundFunctions {
  const schemas = space.catalogue.functionSchemas(name);
  const builtin = space.catalogue.isBuiltin(name) || SAFE_FUNCTIONS.has(name);
  const own = (where: string): Called => ownFunction(space.catalogue, where, name);
  if (schema !== undefined) {
    if (schema === "pg_catalog") return foundFunctions([builtinFunction(space.catalogue, name, schemas)], true);
    return foundFunctions([own(schema)], schemas.has(schema) || isTemporarySchema(schema));
  }
  const path = lookupPath(space);
  const reachable = path === undefined ? [...schemas] : path.filter((candidate) => schemas.has(candidate));
  const called = reachable.filter((found) => found !== "pg_catalog").map(own);
  if (builtin || schemas.has("pg_catalog")) {
    called.unshift(builtinFunction(space.catalogue, name, schemas));
    return foundFunctions(called, path !== undefined);
  }
  if (called.length > 0) return foundFunctions(called, path !== undefined);
  return foundFunctions([{ item: { name: `?.${quote(name)}` }, routines: [] }], false);
}

function foundFunctions(called: readonly Called[], complete: boolean): FoundFunctions {
  return { called, items: called.map(({ item }) => item), complete };
}

/** The users' operators that this name can mean, without those that are compiled code and not volatile. */
export function findOperators(space: Namespace, schema: string | undefined, name: string): readonly Called[] {
  if (!space.catalogue.hasOperators) return [];
  return behind(space, schema, space.catalogue.operators(name));
}

/** The users' cast functions that a cast to this type can run, with the same exception. */
export function findCasts(space: Namespace, schema: string | undefined, type: string): readonly Called[] {
  return behind(space, schema, space.catalogue.casts(type));
}

/** A users' function of this name. An extension's compiled ones carry the labels of what they are known to do. */
export function ownFunction(catalogue: Catalogue, schema: string, name: string): Called {
  const routines = catalogue.code.routines(schema, name);
  const compiled = routines.length > 0 && routines.every(({ language }) => language === "c");
  const labels = compiled ? effectLabels(name) : [];
  const item = { name: join(schema, name) };
  return { item: labels.length === 0 ? item : { ...item, labels }, routines };
}

/** "schema.name"; a part that holds a dot or a quote is quoted, so that it cannot pose as another name. */
export function join(schema: string, name: string): string {
  return `${quote(schema)}.${quote(name)}`;
}

export function describeRelation(relation: Relation): FactItem {
  const name = join(relation.schema, relation.name);
  const catalog = relation.system && CATALOGUE_SCHEMAS.has(relation.schema) && !SENSITIVE_CATALOGUE.has(relation.name);
  return catalog ? { name, labels: CATALOG_LABEL } : { name };
}

function qualified(space: Namespace, schema: string, name: string): Found {
  if (isTemporarySchema(schema)) {
    return {
      items: [{ name: join("pg_temp", name) }],
      relations: [],
      complete: schema === "pg_temp",
      sensitive: false,
    };
  }
  const relation = space.catalogue.relation(schema, name);
  if (relation === undefined) {
    // A TOAST table holds other relations' values; it is not in the catalogue on purpose.
    return { items: [{ name: join(schema, name) }], relations: [], complete: false, sensitive: schema === "pg_toast" };
  }
  return {
    items: [describeRelation(relation)],
    relations: [relation],
    complete: true,
    sensitive: isSensitive(relation),
  };
}

/** It holds credentials, data samples or other sessions' texts. */
export function isSensitive(relation: Relation): boolean {
  return (relation.system || relation.name === "pg_stat_statements") && SAMPLES_CATALOGUE.has(relation.name);
}

/** pg_catalog is searched first unless the path names it. "$user" must be resolved by whoever gives the path. */
function lookupPath(space: Namespace): readonly string[] | undefined {
  const path = space.searchPath;
  if (path === undefined || path.includes("$user")) return undefined;
  return path.includes("pg_catalog") ? path : ["pg_catalog", ...path];
}

/** A function of PostgreSQL's own, unless users have put one of this name into pg_catalog. */
export function describeFunction(schema: string, name: string, userSchemas: ReadonlySet<string>): FactItem {
  const labels = userSchemas.has("pg_catalog") ? undefined : labelsOf(name);
  return labels === undefined ? { name: join(schema, name) } : { name: join(schema, name), labels };
}

function builtinFunction(catalogue: Catalogue, name: string, userSchemas: ReadonlySet<string>): Called {
  const item = describeFunction("pg_catalog", name, userSchemas);
  return { item, routines: userSchemas.has("pg_catalog") ? catalogue.code.routines("pg_catalog", name) : [] };
}

function behind(space: Namespace, schema: string | undefined, found: readonly Behind[]): readonly Called[] {
  const path = schema === undefined ? lookupPath(space) : [schema];
  return found
    .filter((each) => path === undefined || path.includes(each.schema))
    .filter((each) => !each.compiled || each.function.schema === "pg_catalog")
    .map((each) =>
      each.function.schema === "pg_catalog"
        ? builtinFunction(space.catalogue, each.function.name, NONE)
        : ownFunction(space.catalogue, each.function.schema, each.function.name),
    );
}

function isTemporarySchema(schema: string): boolean {
  return schema === "pg_temp" || /^pg_temp_\d+$/.test(schema);
}

function quote(part: string): string {
  return /[."]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part;
}

export { SAFE_LABEL };

const CATALOGUE_SCHEMAS: ReadonlySet<string> = new Set(["pg_catalog", "information_schema"]);
const CATALOG_LABEL: readonly string[] = ["@catalog"];
const NONE: ReadonlySet<string> = new Set();
