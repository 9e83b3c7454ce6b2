/**
 * Which columns a name can mean inside a query, as parse_relation.c and parse_expr.c find them. Where more than one can
 * be meant, the answer is made of all of them. Pure.
 */
import type { JsonObject } from "../parser.ts";
import { list, strings } from "../tree.ts";
import { CLEAN, derived, settled, UNKNOWN, type Column, type Value } from "./value.ts";

/** What a FROM item, a CTE or a sub-select gives. */
export interface Rel {
  readonly columns: readonly Column[];
}

/** A relation under the name that qualifies its columns. */
export interface Named {
  readonly name: string;
  /** Set where `schema.name.column` is possible. */
  readonly schema: string | undefined;
  readonly rel: Rel;
}

/** One item of FROM: a join has several names, and one list of columns. */
export interface FromItem {
  readonly names: readonly Named[];
  /** For `*` and for names without a qualifier. */
  readonly columns: readonly Column[];
  /** OLD and NEW in RETURNING: only by their qualifier. */
  readonly qualifiedOnly?: boolean;
}

export interface Scope {
  readonly items: readonly FromItem[];
  readonly outer: Scope | undefined;
  readonly ctes: Ctes | undefined;
  /** What the query's named windows are made of. */
  readonly windows?: Value;
}

/** Names of WITH, the innermost clause first. */
export interface Ctes {
  readonly tables: ReadonlyMap<string, () => Rel>;
  readonly outer: Ctes | undefined;
}

export const NOWHERE: Scope = { items: [], outer: undefined, ctes: undefined };

export function findCte(scope: Scope, name: string): (() => Rel) | undefined {
  for (let each = scope.ctes; each !== undefined; each = each.outer) {
    const found = each.tables.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What a name alone can mean: a column of any level, and only then a whole row. */
export function findName(scope: Scope, name: string): Value {
  const possible: Value[] = [];
  for (let level: Scope | undefined = scope; level !== undefined; level = level.outer) {
    const columns = level.items.flatMap((item) => (item.qualifiedOnly === true ? [] : item.columns));
    const exact = columns.filter((column) => column.name === name && column.many !== true);
    // Were there another of this name among those that are not known, the server would refuse the name as ambiguous.
    if (exact.length > 0) return choose([...possible, ...exact.map(({ value }) => value)]);
    for (const column of columns) if (column.name === undefined || column.many === true) possible.push(column.value);
  }
  const named = findNamed(scope, undefined, name);
  if (named !== undefined && possible.length === 0) return wholeRow(named.rel);
  if (named !== undefined) possible.push(wholeRow(named.rel));
  return possible.length === 0 ? anythingIn(scope) : { ...choose(possible), direct: undefined };
}

/** The relation that a qualifier means: the innermost of this name. */
export function findNamed(scope: Scope | undefined, schema: string | undefined, name: string): Named | undefined {
  for (let level = scope; level !== undefined; level = level.outer) {
    for (const item of level.items) {
      for (const named of item.names) {
        if (named.name === name && (schema === undefined || named.schema === schema)) return named;
      }
    }
  }
  return undefined;
}

/** The row type of a reference that can only mean a whole row. */
export function rowNamed(scope: Scope, reference: JsonObject): Rel | undefined {
  const names = strings(reference["fields"]);
  const name = names[0];
  if (name === undefined || names.length !== 1 || list(reference["fields"]).length !== 1) return undefined;
  for (let level: Scope | undefined = scope; level !== undefined; level = level.outer) {
    for (const item of level.items) {
      if (item.qualifiedOnly === true) continue;
      if (item.columns.some((each) => each.name === name || each.name === undefined || each.many === true))
        return undefined;
    }
  }
  return findNamed(scope, undefined, name)?.rel;
}

/** `qualifier.name`, whose relation is known. */
export function columnOf(rel: Rel, name: string): Value {
  const exact = rel.columns.filter((column) => column.name === name && column.many !== true);
  if (exact.length > 0) return choose(exact.map((column) => column.value));
  const possible = rel.columns.filter((column) => column.name === undefined || column.many === true);
  if (possible.length > 0) return { ...choose(possible.map((column) => column.value)), direct: undefined };
  // Perhaps a function written like an attribute: it gets the whole row.
  return { ...wholeRow(rel), tame: false };
}

/** All of a row in one value. */
export function wholeRow(rel: Rel): Value {
  return {
    ...derived(rel.columns.map((column) => settled(column.value))),
    direct: undefined,
    built: true,
    scalar: true,
  };
}

export function starOf(columns: readonly Column[]): readonly Column[] {
  return columns.filter((column) => column.hidden !== true);
}

/** Everything that any name here could mean. */
export function anythingIn(scope: Scope | undefined): Value {
  const values: Value[] = [];
  for (let level = scope; level !== undefined; level = level.outer) {
    for (const item of level.items) {
      for (const { rel } of item.names) values.push(wholeRow(rel));
      for (const column of item.columns) values.push(column.value);
    }
  }
  return { ...derived(values), direct: undefined, tame: false };
}

/** `AS alias (a, b)`: the first columns get these names. */
export function renamed(rel: Rel, names: readonly string[]): Rel {
  if (names.length === 0) return rel;
  const at = rel.columns.findIndex((column) => column.many === true);
  // How many names a column that stands for several takes is not known: then every one may be any.
  if (at >= 0 && at < names.length) {
    const value = derived(rel.columns.map((column) => column.value));
    const hidden = rel.columns.filter((column) => column.hidden === true);
    return { columns: [{ name: undefined, value, many: true }, ...hidden] };
  }
  let place = 0;
  return {
    columns: rel.columns.map((column) => {
      if (column.hidden === true || place >= names.length) return column;
      return { ...column, name: names[place++] };
    }),
  };
}

function choose(values: readonly Value[]): Value {
  const [first, ...rest] = values.map(settled);
  if (first === undefined) return CLEAN;
  if (rest.length === 0) return first;
  const direct = rest.every((value) => value.direct === first.direct) ? first.direct : undefined;
  return { ...derived(values), direct, tame: true, scalar: values.every((value) => value.scalar === true) };
}

export function unknownRel(): Rel {
  return { columns: [{ name: undefined, value: UNKNOWN, many: true }] };
}

export function openRel(value: Value): Rel {
  return { columns: [{ name: undefined, value: settled(value), many: true }] };
}
