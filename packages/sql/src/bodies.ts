/** What a function's body contains, read once for each function of a catalogue. Pure, over the loaded grammar. */
import type { Routine } from "./code.ts";
import { parseNodeTree, treeFacts, type TreeFacts } from "./node-tree.ts";
import { parseSql, type JsonObject } from "./parser.ts";
import { readPlpgsql } from "./plpgsql.ts";
import { asObject } from "./tree.ts";

export type RoutineBody =
  | { readonly kind: "statements"; readonly statements: readonly JsonObject[]; readonly endsTransaction: boolean }
  | { readonly kind: "tree"; readonly facts: TreeFacts }
  /** Machine code that only a superuser can install: gate knows it by its name. */
  | { readonly kind: "compiled" }
  | { readonly kind: "unknown"; readonly reason: string };

export function bodyOf(routine: Routine): RoutineBody {
  let body = BODIES.get(routine);
  if (body === undefined) {
    body = read(routine);
    BODIES.set(routine, body);
  }
  return body;
}

/** An SQL body given as text. */
export function readSqlBody(source: string): RoutineBody {
  const outcome = parseSql(source);
  if (outcome.kind !== "tree") return { kind: "unknown", reason: "a function's body does not parse" };
  return {
    kind: "statements",
    statements: outcome.statements.map((statement) => asObject(statement.stmt)),
    endsTransaction: false,
  };
}

function read(routine: Routine): RoutineBody {
  // An aggregate and its parts: the parts are in `calls`.
  if (routine.kind === "a") return { kind: "statements", statements: [], endsTransaction: false };
  if (routine.language === "c" || routine.language === "internal") return { kind: "compiled" };
  if (routine.language !== "sql" && routine.language !== "plpgsql") {
    return { kind: "unknown", reason: "a function is written in a language that gate does not read" };
  }
  if (routine.tree !== undefined) {
    const tree = parseNodeTree(routine.tree);
    return tree === undefined
      ? { kind: "unknown", reason: "a function's body is too large to read" }
      : { kind: "tree", facts: treeFacts(tree) };
  }
  if (routine.source === undefined) return { kind: "unknown", reason: "a function's body is too large to read" };
  if (routine.language === "sql") return readSqlBody(routine.source);
  const what = routine.kind === "p" ? "PROCEDURE" : "FUNCTION";
  const returns = routine.result === undefined ? "" : ` RETURNS ${routine.result}`;
  return readPlpgsql(`CREATE ${what} gate_body(${routine.arguments})${returns} LANGUAGE plpgsql AS`, routine.source);
}

/** A catalogue lives for seconds to minutes, and its routines with it. */
const BODIES = new WeakMap<Routine, RoutineBody>();
