/** Why a command may not run over masked columns. Pure. */
import type { Part } from "./analysis.ts";
import { plainSelectRefusal, type MaskedColumns } from "./masked-select.ts";
import type { Namespace } from "./names.ts";
import type { JsonObject } from "./parser.ts";
import { asObject, only } from "./tree.ts";

/** The first reason among the statements of a text; undefined: it may run. */
export function maskRefusal(parts: readonly Part[], masked: MaskedColumns): string | undefined {
  if (masked.byColumn.size === 0) return undefined;
  for (const part of parts) {
    const reason = partRefusal(part, masked);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function partRefusal(part: Part, masked: MaskedColumns): string | undefined {
  const { print } = part;
  if (print.unclassified !== undefined) return `masks are in force and ${print.unclassified}`;
  if (part.type === "RenameStmt" && only(part.node)[1]["renameType"] === "OBJECT_SCHEMA") {
    return "masks are in force and name their columns by schema: a schema cannot be renamed";
  }
  if (print.sensitive) return "masks are in force and this catalogue relation holds data samples, texts or credentials";
  if (print.opaqueFunction)
    return "masks are in force and a function that is not in the safe list could read masked columns";
  if (print.statements.has("COPY FILE") || print.statements.has("COPY PROGRAM")) {
    return "masks are in force and COPY with a file or program passes them by";
  }
  if (!print.readsComplete) return "masks are in force and gate does not know every relation that this reads";
  let touches = false;
  for (const relation of print.touched) if (masked.relations.has(relation.oid)) touches = true;
  if (!touches) return undefined;
  if (part.runs !== undefined) {
    // The names may mean something else than when it was prepared: the present footprint touches masked relations, so
    // the present meaning is what is checked.
    const space = part.type === "ExecuteStmt" ? part.space : undefined;
    for (const run of part.runs) {
      const reason = selectRefusal(run.node, space ?? run.space, masked);
      if (reason !== undefined) return reason;
    }
    return part.runs.length > 0 ? undefined : "this statement touches masked columns";
  }
  const node = part.type === "PrepareStmt" ? asObject(only(part.node)[1]["query"]) : part.node;
  return selectRefusal(node, part.space, masked);
}

function selectRefusal(node: JsonObject, space: Namespace, masked: MaskedColumns): string | undefined {
  const [type, select] = only(node);
  if (type !== "SelectStmt") return "only a plain SELECT may touch a relation with masked columns";
  return plainSelectRefusal(select, space, masked);
}
