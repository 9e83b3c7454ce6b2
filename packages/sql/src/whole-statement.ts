/** Walks a whole statement, as against a sub-select or an expression. Pure. */
import { ownFunction } from "./names.ts";
import type { Json } from "./parser.ts";
import { only } from "./tree.ts";
import type { Walker } from "./walk.ts";

/**
 * Adds SELECT, which as a sub-select has no tag (nor has one in a body that the statement sets off), and the casts that
 * the server makes unasked.
 */
export function walkStatement(walker: Walker, json: Json | undefined): void {
  const [type, statement] = only(json);
  if (type === "SelectStmt") {
    if (walker.inside.depth === 0) walker.print.tag("SELECT");
  } else if (!type.endsWith("Stmt")) walker.print.opaque("the parse tree has no statement where one belongs");
  for (const { context, function: cast } of walker.space.catalogue.unnamedCasts ?? []) {
    const selects = type === "SelectStmt" && (context === "i" || statement["withClause"] !== undefined);
    if (ASSIGNS.has(type) || selects) {
      walker.called(ownFunction(walker.space.catalogue, cast.schema, cast.name));
    }
  }
  walker.any(json);
}

const ASSIGNS: ReadonlySet<string> = new Set(["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt", "CallStmt"]);
