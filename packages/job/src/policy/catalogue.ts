/**
 * The database that a policy's tests run against: declared in the test file, or guessed from the names that policy and
 * test use. Pure.
 *
 * The gateway reads the real one from the server. Here it only has to say which names exist and what their keys are,
 * so that `where: keyed` and unqualified names mean what they mean in production.
 */
import { readList, readObject, readString, type Grant, type Problems, type YamlNode } from "@gate/policy";
import { buildCatalogue, CATALOGUE_QUERIES, type Catalogue, type CatalogueRows } from "@gate/sql";

/** What a test file declares under `catalogue:`. */
export interface DeclaredCatalogue {
  readonly relations: readonly DeclaredRelation[];
  /** `schema.name`. */
  readonly functions: readonly string[];
  readonly searchPath: readonly string[];
}

export interface DeclaredRelation {
  readonly name: string;
  readonly kind: "table" | "view";
  readonly columns: readonly string[];
  readonly keys: readonly (readonly string[])[];
  /** For a view: the relations that it reads. */
  readonly reads: readonly string[];
}

/** Reads `catalogue: {tables: {public.orders: {columns: [id], keys: [[id]]}}, views: …, functions: …, search_path: …}`. */
export function readCatalogue(problems: Problems, node: YamlNode): DeclaredCatalogue | undefined {
  const view = readObject(problems, node, {
    what: "`catalogue`",
    keys: ["tables", "views", "functions", "search_path"],
  });
  if (view === undefined) return undefined;
  const functions = view.get("functions");
  const path = view.get("search_path");
  const names = (list: YamlNode, what: string) =>
    readList(problems, list, what, (item) => readString(problems, item, `a name in ${what}`)) ?? [];
  return {
    relations: [
      ...readRelations(problems, view.get("tables"), "table"),
      ...readRelations(problems, view.get("views"), "view"),
    ],
    functions: functions === undefined ? [] : names(functions, "`functions`"),
    searchPath: path === undefined ? DEFAULT_PATH : names(path, "`search_path`"),
  };
}

function readRelations(problems: Problems, node: YamlNode | undefined, kind: DeclaredRelation["kind"]) {
  if (node === undefined) return [];
  if (node.type !== "map") {
    problems.add(node, `\`${kind}s\` must be a mapping of names such as \`public.orders\``);
    return [];
  }
  return [...node.entries.values()].flatMap(({ key, at, value }): readonly DeclaredRelation[] => {
    if (!/^[^.]+\.[^.]+$/.test(key)) {
      problems.add({ at }, `\`${key}\` needs its schema, as in \`public.${key}\``);
      return [];
    }
    const keys = kind === "table" ? (["columns", "keys"] as const) : (["columns", "reads"] as const);
    const view = readObject<"columns" | "keys" | "reads">(problems, value, { what: `a ${kind}`, keys });
    const columns = nameList(problems, view?.get("columns"), "`columns`");
    const keyLists = view?.get("keys");
    const uniques =
      keyLists === undefined
        ? []
        : (readList(problems, keyLists, "`keys`", (item) => nameList(problems, item, "a key")) ?? []);
    const known = new Set(columns);
    for (const column of uniques.flat()) {
      if (!known.has(column))
        problems.add({ at }, `\`${key}\` has a key over \`${column}\`, which is none of its columns`);
    }
    return [{ name: key, kind, columns, keys: uniques, reads: nameList(problems, view?.get("reads"), "`reads`") }];
  });
}

function nameList(problems: Problems, node: YamlNode | undefined, what: string): readonly string[] {
  if (node === undefined) return [];
  return readList(problems, node, what, (item) => readString(problems, item, `a name in ${what}`)) ?? [];
}

/** Every table that the grant's rules and masks, or the statement, name: with a column `id` that is its key. */
export function guessCatalogue(grant: Grant, text: string): DeclaredCatalogue {
  const columns = new Map<string, Set<string>>();
  const table = (name: string): Set<string> => {
    const known = columns.get(name) ?? new Set(["id"]);
    columns.set(name, known);
    return known;
  };
  for (const mask of grant.masks) {
    if (mask.kind !== "column") continue;
    const [schema = "", name = "", column = ""] = mask.column.split(".");
    table(`${schema}.${name}`).add(column);
  }
  for (const name of namedIn(grant, ["reads", "writes"])) {
    if (/^[^.*@]+\.[^.*]+$/.test(name) && !/^(?:pg_catalog|information_schema)\./.test(name)) table(name);
  }
  for (const match of text.matchAll(RELATION)) {
    const [, schema, name = ""] = match;
    if (schema === undefined) table(`public.${unquoted(name)}`);
    else if (!/^(?:pg_catalog|information_schema|pg_temp)$/i.test(schema)) {
      table(`${unquoted(schema)}.${unquoted(name)}`);
    }
  }
  return {
    relations: [...columns].map(([name, names]) => ({
      name,
      kind: "table",
      columns: [...names],
      keys: [["id"]],
      reads: [],
    })),
    functions: namedIn(grant, ["functions"]).filter((name) => /^[^.*@]+\.[^.*]+$/.test(name)),
    searchPath: DEFAULT_PATH,
  };
}

/** Patterns that the grant's rules hold for these matchers, as written. */
export function namedIn(grant: Grant, fields: readonly string[]): readonly string[] {
  const found: string[] = [];
  const look = (matchers: Grant["rules"][number]["match"]): void => {
    for (const matcher of matchers) {
      if (matcher.type === "any") matcher.alternatives.forEach(look);
      if (matcher.type === "set" && fields.includes(matcher.name)) found.push(...matcher.patterns);
    }
  };
  for (const { match, unless } of grant.rules) {
    look(match);
    look(unless ?? []);
  }
  return found;
}

/** The catalogue as the classifier wants it. Declared functions of pg_catalog are the server's own. */
export function toCatalogue(declared: DeclaredCatalogue): Catalogue {
  const rows = Object.fromEntries(Object.keys(CATALOGUE_QUERIES).map((name) => [name, [] as Row[]])) as Record<
    keyof CatalogueRows,
    Row[]
  >;
  let oid = FIRST_SYSTEM_OID;
  for (const name of SYSTEM_RELATIONS) {
    rows.relations.push([String((oid += 1)), ...splitName(name), name.startsWith("information_schema.") ? "v" : "r"]);
  }
  const schemas = new Set(["pg_catalog", "information_schema", ...declared.searchPath]);
  oid = FIRST_USER_OID;
  const oids = new Map<string, string>();
  for (const { name } of declared.relations) oids.set(name, String((oid += 1)));
  for (const relation of declared.relations) {
    const own = oids.get(relation.name) ?? "";
    const [schema = "", table = ""] = splitName(relation.name);
    schemas.add(schema);
    rows.relations.push([own, schema, table, relation.kind === "table" ? "r" : "v"]);
    const inKeys = new Set(relation.keys.flat());
    relation.columns.forEach((column, place) => {
      rows.columns.push([own, String(place + 1), column, TEXT_OID, inKeys.has(column) ? "true" : "false", null, null]);
    });
    for (const key of relation.keys) {
      rows.keys.push([own, key.map((column) => relation.columns.indexOf(column) + 1).join(" ")]);
    }
    for (const read of relation.reads) {
      const base = oids.get(read);
      if (base !== undefined) rows.dependencies.push([own, "1", base, "r", null, null]);
    }
  }
  for (const name of declared.functions) {
    const [schema = "", own = ""] = splitName(name);
    schemas.add(schema);
    if (schema === "pg_catalog") rows.builtins.push([own, String((oid += 1))]);
    else rows.functions.push([schema, own, "f"]);
  }
  for (const name of SYSTEM_FUNCTIONS) rows.builtins.push([name, String((oid += 1))]);
  for (const schema of schemas) rows.schemas.push([schema, "true"]);
  return buildCatalogue(rows);
}

function splitName(name: string): readonly string[] {
  const dot = name.indexOf(".");
  return [name.slice(0, dot), name.slice(dot + 1)];
}

function unquoted(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1) : name.toLowerCase();
}

type Row = readonly (string | null)[];

/** Names behind the words that a relation's name follows; good enough for a guess, and a declared catalogue is exact. */
const RELATION =
  /\b(?:FROM|JOIN|INTO|UPDATE|TABLE|ONLY|USING|COPY|TRUNCATE|VIEW|EXISTS)\s+(?:(?:IF\s+EXISTS|ONLY)\s+)?(?:("[^"]+"|[a-z_]\w*)\.)?("[^"]+"|[a-z_]\w*)(?!\s*[.(]|\w)/gi;

const DEFAULT_PATH: readonly string[] = ["public"];
/** Any type will do: only whether two types are the same matters. */
const TEXT_OID = "25";
/** Oids below 16384 are the server's own (access/transam.h). */
const FIRST_SYSTEM_OID = 12_000;
const FIRST_USER_OID = 20_000;

const SYSTEM_RELATIONS: readonly string[] = [
  ..."pg_am pg_attrdef pg_attribute pg_authid pg_class pg_collation pg_constraint pg_cursors pg_database pg_db_role_setting"
    .split(" ")
    .map((name) => `pg_catalog.${name}`),
  ..."pg_depend pg_description pg_enum pg_extension pg_foreign_data_wrapper pg_foreign_server pg_index pg_indexes pg_inherits"
    .split(" ")
    .map((name) => `pg_catalog.${name}`),
  ..."pg_language pg_largeobject pg_locks pg_matviews pg_namespace pg_operator pg_policy pg_proc pg_publication pg_range"
    .split(" ")
    .map((name) => `pg_catalog.${name}`),
  ..."pg_rewrite pg_roles pg_seclabel pg_sequence pg_sequences pg_settings pg_shadow pg_stat_activity pg_stat_user_tables"
    .split(" ")
    .map((name) => `pg_catalog.${name}`),
  ..."pg_statistic pg_stats pg_subscription pg_tables pg_tablespace pg_trigger pg_type pg_user pg_user_mapping pg_views"
    .split(" ")
    .map((name) => `pg_catalog.${name}`),
  ..."columns constraint_column_usage key_column_usage referential_constraints routines schemata table_constraints tables views"
    .split(" ")
    .map((name) => `information_schema.${name}`),
];

/** Functions of the server that do more than compute; those that only compute the classifier knows. */
const SYSTEM_FUNCTIONS: readonly string[] =
  "currval lastval lo_export lo_get lo_import lo_put lo_unlink nextval pg_advisory_lock pg_backend_pid pg_cancel_backend pg_ls_dir pg_notify pg_read_binary_file pg_read_file pg_reload_conf pg_sleep pg_stat_file pg_terminate_backend query_to_xml set_config setval txid_current".split(
    " ",
  );
