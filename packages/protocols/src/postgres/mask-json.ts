/**
 * Masks by JSON path and what SQL makes of documents. A path can be followed in a whole document only; what a statement
 * takes out of one, casts or joins to something else has lost its place. So every column of a JSON type is followed
 * through the statement like a masked one. Pure.
 */
import type { Mask } from "@gate/contract";
import type { Catalogue } from "@gate/sql";

/** A mask for each column that holds documents, for `resolveMasks`. */
export function documentColumns(catalogue: Catalogue): Mask[] {
  const masks: Mask[] = [];
  for (const relation of catalogue.relations()) {
    if (relation.system || !TABLES.has(relation.kind)) continue;
    for (const column of relation.columns.values()) {
      if (!DOCUMENTS.has(column.typeOid)) continue;
      const name = [relation.schema, relation.name, column.name].map((part) => `"${part.replaceAll('"', '""')}"`);
      masks.push({ kind: "column", column: name.join("."), action: { kind: "redact" } });
    }
  }
  return masks;
}

/** json, jsonb and their arrays. */
export const DOCUMENTS: ReadonlySet<number> = new Set([114, 199, 3802, 3807]);
/** Kinds of relations (pg_class.relkind) that hold rows of their own: tables, partitioned and foreign ones. */
const TABLES: ReadonlySet<string> = new Set(["r", "p", "f"]);
