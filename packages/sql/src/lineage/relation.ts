/** What a relation of the catalogue gives: a table's own columns, a view's through its query. Pure. */
import type { Column as TableColumn, Relation } from "../catalogue.ts";
import { SYSTEM_COLUMNS } from "./functions.ts";
import type { Run } from "./run.ts";
import { columnOf, wholeRow, type Rel } from "./scope.ts";
import { CLEAN, CLEAN_SCALAR, settled, UNKNOWN, type Column, type Value } from "./value.ts";
import { viewColumns } from "./view.ts";

export function relationRel(run: Run, relation: Relation): Rel {
  if (!run.masked.relations.has(relation.oid)) {
    // Of PostgreSQL's own relations the columns are not known, but none of them is masked.
    if (relation.system || relation.columns.size === 0) return CLEAN_REL;
    return { columns: [...ordered(relation).map(clean), ...SYSTEM] };
  }
  if (relation.kind === "v" || relation.kind === "m") return viewRel(run, relation);
  return {
    columns: [
      ...ordered(relation).map((column): Column => ({ name: column.name, value: masked(run, relation.oid, column) })),
      ...SYSTEM,
    ],
  };
}

/** The columns in the order of `*`. */
export function ordered(relation: Relation): TableColumn[] {
  return [...relation.columns.values()].sort((a, b) => a.attnum - b.attnum);
}

function viewRel(run: Run, relation: Relation): Rel {
  const known = run.views.get(relation.oid);
  if (known !== undefined) return known;
  // While it is read, and where it cannot be: all of it may be made of whatever is masked below it.
  run.views.set(relation.oid, everythingBelow(run, relation));
  const rel = readView(run, relation) ?? everythingBelow(run, relation);
  run.views.set(relation.oid, rel);
  return rel;
}

function readView(run: Run, relation: Relation): Rel | undefined {
  if (relation.definition === undefined) return undefined;
  let values: readonly Value[] | undefined;
  try {
    values = viewColumns(relation.definition, (oid, attnum) => columnNumbered(run, oid, attnum));
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
  }
  const columns = ordered(relation);
  if (values === undefined || values.length !== columns.length) return undefined;
  const read = columns.map(({ name }, place): Column => ({ name, value: settled(values[place] ?? CLEAN) }));
  return own(run, relation, { columns: [...read, ...SYSTEM] });
}

function columnNumbered(run: Run, oid: number, attnum: number): Value {
  const relation = run.space.catalogue.byOid(oid);
  if (relation === undefined) return UNKNOWN;
  const rel = relationRel(run, relation);
  if (attnum === 0) return wholeRow(rel);
  const name = ordered(relation).find((column) => column.attnum === attnum)?.name;
  return name === undefined ? (relation.system ? CLEAN : wholeRow(rel)) : columnOf(rel, name);
}

/** A mask that names a column of the view itself adds to what comes from its tables. */
function own(run: Run, relation: Relation, rel: Rel): Rel {
  const keys = new Map(ordered(relation).map(({ name, attnum }) => [name, `${relation.oid}/${attnum}`] as const));
  return {
    columns: rel.columns.map((column) => {
      const key = keys.get(column.name ?? "");
      if (key === undefined || column.hidden === true || !run.masked.byColumn.has(key)) {
        return { ...column, value: settled(column.value) };
      }
      return { ...column, value: { taint: new Set([...column.value.taint, key]), direct: key, tame: true } };
    }),
  };
}

function everythingBelow(run: Run, relation: Relation): Rel {
  const below = new Set([relation.oid, ...relation.bases.map((base) => base.oid)]);
  const taint = new Set<string>();
  for (const key of run.masked.byColumn.keys()) if (below.has(Number(key.split("/")[0]))) taint.add(key);
  const value: Value = { taint, tame: true };
  return { columns: [...ordered(relation).map(({ name }) => ({ name, value })), ...SYSTEM] };
}

function masked(run: Run, oid: number, column: TableColumn): Value {
  const key = `${oid}/${column.attnum}`;
  if (!run.masked.byColumn.has(key)) return clean(column).value;
  return { taint: new Set([key]), direct: key, tame: true, scalar: SCALAR_TYPE_OIDS.has(column.typeOid) };
}

function clean({ name, typeOid }: TableColumn): Column {
  return { name, value: SCALAR_TYPE_OIDS.has(typeOid) ? CLEAN_SCALAR : CLEAN };
}

const SYSTEM: readonly Column[] = SYSTEM_COLUMNS.map((name) => ({ name, value: CLEAN, hidden: true }));
/** bool, int8, int2, int4, text, float4, float8, bpchar, varchar, numeric, uuid. */
const SCALAR_TYPE_OIDS: ReadonlySet<number> = new Set([16, 20, 21, 23, 25, 700, 701, 1042, 1043, 1700, 2950]);
export const CLEAN_REL: Rel = { columns: [{ name: undefined, value: CLEAN, many: true }] };
