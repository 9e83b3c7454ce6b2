/** From a policy's column masks to the columns of one database. Pure. */
import type { ColumnMask, Mask, MaskAction } from "@gate/contract";
import type { Catalogue, Relation } from "./catalogue.ts";
import type { MaskedColumn, MaskedColumns } from "./masked-columns.ts";

/**
 * Finds every column that a mask means, in its table, in the table's partitions and inheritance relatives, and the
 * views over all of them. Of several masks over one column the strongest wins.
 * `problems`: masks that name nothing; a grant with such a mask protects less than its author believes.
 */
export function resolveMasks(
  masks: readonly Mask[],
  catalogue: Catalogue,
): { readonly masked: MaskedColumns; readonly problems: readonly string[] } {
  const byColumn = new Map<string, MaskedColumn>();
  const relations = new Set<number>();
  const problems: string[] = [];
  for (const mask of masks) {
    if (mask.kind !== "column") continue;
    const names = splitName(mask.column);
    const [schema, table, column] = names ?? [];
    if (names?.length !== 3 || schema === undefined || table === undefined || column === undefined) {
      problems.push(`mask column ${mask.column}: write schema.table.column`);
      continue;
    }
    const relation = catalogue.relation(schema, table);
    if (relation === undefined || relation.system || !relation.columns.has(column)) {
      const what = relation === undefined ? "relation" : "column";
      problems.push(`mask column ${mask.column}: the database has no such ${what}`);
      continue;
    }
    if (!TABLES.has(relation.kind)) {
      problems.push(`mask column ${mask.column}: this is not a table; mask the columns of the tables behind it`);
      // Its columns cannot be told apart in results, so the whole relation is closed to be sure.
      relations.add(relation.oid);
    }
    for (const relative of relatives(relation)) {
      const found = relative.columns.get(column);
      if (found === undefined) continue;
      relations.add(relative.oid);
      const key = `${relative.oid}/${found.attnum}`;
      const before = byColumn.get(key);
      byColumn.set(key, stronger(before, { ...settings(mask), action: mask.action, typeOid: found.typeOid }));
      // What the table makes of it would show it; generated columns are never made of each other.
      for (const made of relative.columns.values()) {
        const own = `${relative.oid}/${made.attnum}`;
        if (made.madeOf?.includes(found.attnum) !== true || byColumn.has(own)) continue;
        byColumn.set(own, { ...settings(mask), action: REDACT, typeOid: made.typeOid });
      }
    }
  }
  closeRowColumns(catalogue, byColumn, relations);
  const masked = new Set(relations);
  for (const relation of catalogue.relations()) {
    if (relation.bases.some((base) => masked.has(base.oid))) relations.add(relation.oid);
  }
  return { masked: { byColumn, relations }, problems };
}

/** A column elsewhere that holds whole rows of a masked table (an audit table's `old_row customers`) shows them too. */
function closeRowColumns(catalogue: Catalogue, byColumn: Map<string, MaskedColumn>, relations: Set<number>): void {
  // A table of such rows can be the row type of a third one: until nothing is added, and each round adds a relation.
  for (let before = -1; before !== relations.size;) {
    before = relations.size;
    for (const relation of catalogue.relations()) {
      for (const column of relation.columns.values()) {
        if (column.rowOf === undefined || !relations.has(column.rowOf)) continue;
        const name = `${relation.schema}.${relation.name}.${column.name}`;
        byColumn.set(`${relation.oid}/${column.attnum}`, { name, action: REDACT, typeOid: column.typeOid });
        relations.add(relation.oid);
      }
    }
  }
}

/** The relation, everything above it and everything below it. */
function relatives(relation: Relation): ReadonlySet<Relation> {
  const found = new Set<Relation>([relation]);
  const spread = (next: (relation: Relation) => readonly Relation[]): void => {
    const queue: Relation[] = [relation];
    for (let each = queue.pop(); each !== undefined; each = queue.pop()) {
      for (const other of next(each)) {
        if (found.has(other)) continue;
        found.add(other);
        queue.push(other);
      }
    }
  };
  spread((each) => each.children);
  spread((each) => each.parents);
  return found;
}

/** `schema.table.column`, each part an identifier or "quoted"; undefined when it is neither. */
function splitName(text: string): readonly string[] | undefined {
  const parts = text.match(/"(?:[^"]|"")*"|[^."]+/g) ?? [];
  if (parts.join(".") !== text) return undefined;
  return parts.map((part) => (part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part));
}

function settings(mask: ColumnMask): Pick<MaskedColumn, "name" | "onUnknownOrigin"> {
  const { column, onUnknownOrigin } = mask;
  return { name: column, ...(onUnknownOrigin === undefined ? {} : { onUnknownOrigin }) };
}

/** Of two masks over one column the stronger action, and what either denies. */
function stronger(before: MaskedColumn | undefined, mask: MaskedColumn): MaskedColumn {
  if (before === undefined) return mask;
  const chosen = strength(before.action) >= strength(mask.action) ? before : mask;
  const denies = [before, mask].some(({ onUnknownOrigin }) => onUnknownOrigin === "deny");
  return denies ? { ...chosen, onUnknownOrigin: "deny" } : chosen;
}

/** How little an action leaves of a value. */
function strength(action: MaskAction): number {
  const order: readonly MaskAction["kind"][] = ["partial", "tokenize", "hash", "redact", "null"];
  return order.indexOf(action.kind);
}

const REDACT: MaskAction = { kind: "redact" };
const TABLES: ReadonlySet<string> = new Set(["r", "p", "f"]);
