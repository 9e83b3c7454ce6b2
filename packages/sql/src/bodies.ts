/** What a function's body contains, read once for each function of a catalogue. Pure, over the loaded grammar. */
import type { Routine } from "./code.ts";
import { parseNodeTree, treeFacts, type TreeFacts } from "./node-tree.ts";
import { parseSql, type Json, type JsonObject } from "./parser.ts";
import { constantsOf } from "./plpgsql-constants.ts";
import { readPlpgsql } from "./plpgsql.ts";
import { asObject, list, only } from "./tree.ts";

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

/**
 * The body as a call with these arguments runs it: where it builds SQL out of literals of the call, that is known too.
 */
export function bodyWith(routine: Routine, args: readonly Json[]): RoutineBody {
  const body = bodyOf(routine);
  if (body.kind !== "unknown" || routine.language !== "plpgsql" || routine.source === undefined) return body;
  const outcome = parseSql(`${headOf(routine)} ''`);
  const [, definition] = only(asObject(outcome.kind === "tree" ? outcome.statements[0]?.stmt : undefined));
  const constants = constantsOf(list(definition["parameters"]), args);
  return constants.size === 0 ? body : readPlpgsql(headOf(routine), routine.source, constants);
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
  return readPlpgsql(headOf(routine), routine.source);
}

function headOf(routine: Routine): string {
  const what = routine.kind === "p" ? "PROCEDURE" : "FUNCTION";
  const returns = routine.result === undefined ? "" : ` RETURNS ${routine.result}`;
  return `CREATE ${what} gate_body(${routine.arguments})${returns} LANGUAGE plpgsql AS`;
}

/** A catalogue lives for seconds to minutes, and its routines with it. */
const BODIES = new WeakMap<Routine, RoutineBody>();
