/** The handlers of all node types: every statement that PostgreSQL has is either known here or unclassified. Pure. */
import { definition, DEFINITIONS } from "./definitions.ts";
import { NODES } from "./nodes.ts";
import { QUERIES } from "./queries.ts";
import { SESSION } from "./session-statements.ts";
import { EXPRESSIONS } from "./expressions.ts";
import type { Handler } from "./walk.ts";

/** By node type. A node without a handler is walked through its fields. */
export const HANDLERS: ReadonlyMap<string, Handler> = collect();

function collect(): ReadonlyMap<string, Handler> {
  const all = new Map<string, Handler>([...EXPRESSIONS, ...QUERIES, ...SESSION, ...DEFINITIONS]);
  // RETURN stands only in function bodies, which are not walked.
  all.set("ReturnStmt", (walker) => walker.print.opaque("a statement of a function's body"));
  // REPLICA IDENTITY stands inside ALTER TABLE, whose tag it shares.
  all.set("ReplicaIdentityStmt", (walker, node) => walker.children("ReplicaIdentityStmt", node));
  for (const type of NODES.keys()) {
    if (type.endsWith("Stmt") && !all.has(type)) all.set(type, definition(type));
  }
  return all;
}
