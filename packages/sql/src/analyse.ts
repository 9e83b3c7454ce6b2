/**
 * From a command's text to its facts. Pure, over the grammar that `loadParser()` loaded.
 *
 * What is not surely understood is `classified: false` or an incomplete set; nothing is guessed.
 */
import type { Fact, FactItem, Facts } from "@gate/contract";
import { remember, type Analysis, type Part, type SqlEnvironment, type StatementInfo } from "./analysis.ts";
import { BatchState } from "./batch.ts";
import { namesUnsure } from "./encoding.ts";
import { Footprint } from "./footprint.ts";
import { describeStatement, isHousekeeping } from "./info.ts";
import { maskAnalyser, refusedMasks } from "./mask-analysis.ts";
import type { Namespace } from "./names.ts";
import { parseSql, type JsonObject } from "./parser.ts";
import { runRoutines } from "./behind.ts";
import { HANDLERS } from "./statements.ts";
import { asObject, list, only, textOf } from "./tree.ts";
import { Walker } from "./walk.ts";
import { inexactTypes } from "./where.ts";
import { walkStatement } from "./whole-statement.ts";

/** Statements of one text. */
export const STATEMENTS_MAX = 10_000;

/**
 * Classifies a command: one statement or several, as a Query or Parse message carries them.
 * @throws {SqlError} PARSER_NOT_LOADED.
 */
export function analyse(text: string, env: SqlEnvironment): Analysis {
  const outcome = parseSql(text);
  switch (outcome.kind) {
    case "syntax-error":
      return {
        ...refused("the text does not parse"),
        syntaxError: { message: outcome.message, position: Math.max(outcome.position, 1), sqlstate: "42601" },
      };
    case "refused":
      return refused(outcome.reason);
    case "tree":
      if (outcome.statements.length > STATEMENTS_MAX)
        return refused(`the text has more than ${STATEMENTS_MAX} statements`);
      try {
        const unsure = namesUnsure(text, outcome.statements, env.encoding);
        if (unsure !== undefined) return refused(unsure);
        return analyseAll(
          outcome.statements.map((statement) => asObject(statement.stmt)),
          new BatchState(env),
        );
      } catch (thrown) {
        // A stack that ran out, or a tree of a shape that nobody expected: nothing is known.
        return refused(
          thrown instanceof RangeError ? "the statement is too large to classify" : "gate cannot classify it",
        );
      }
  }
}

/** Classifies one statement's tree. */
export function analyseTree(statement: JsonObject, env: SqlEnvironment): Analysis {
  return analyseAll([statement], new BatchState(env));
}

function analyseAll(nodes: readonly JsonObject[], batch: BatchState): Analysis {
  const total = new Footprint();
  const parts: Part[] = [];
  const statements: StatementInfo[] = [];
  const partFacts: Facts[] = [];
  for (const node of nodes) {
    const part = analyseOne(node, batch);
    parts.push(part);
    total.add(part.print);
    const info = describe(part, batch);
    statements.push(info);
    if (nodes.length > 1) partFacts.push(factsOf(part.print, isHousekeeping(part.print)));
    batch.after(info, part);
  }
  // The server answers EmptyQueryResponse; policy wants a name for it.
  if (nodes.length === 0) total.tag("EMPTY QUERY");
  const housekeeping = parts.every((part) => isHousekeeping(part.print));
  const facts = factsOf(total, housekeeping);
  return remember(
    {
      facts: nodes.length > 1 ? { ...facts, parts: partFacts } : facts,
      statements,
      masks: maskAnalyser(parts),
    },
    parts,
  );
}

function analyseOne(node: JsonObject, batch: BatchState): Part {
  const print = new Footprint();
  const [type, inner] = only(node);
  const space = batch.snapshot();
  const walker = new Walker(batch, print, HANDLERS, { seen: new Set(), depth: 0, run: runRoutines });
  const { declaredInexact } = batch;
  walker.statement(node, declaredInexact, () => walkStatement(walker, node));
  let runs: readonly Part[] | undefined;
  if (type === "ExecuteStmt") runs = batch.preparedParts(textOf(inner["name"]) ?? "");
  if (type === "FetchStmt") runs = batch.cursorParts(textOf(inner["portalname"]) ?? "");
  return { node, type, print, space, runs, declaredInexact };
}

function describe(part: Part, batch: BatchState): StatementInfo {
  const [type, node] = only(part.node);
  const info = describeStatement(type, node, part.print, batch.temporary);
  if (type !== "PrepareStmt" && type !== "DeclareCursorStmt") return info;
  const inner = batch.copy();
  inner.declaredInexact = inexactTypes(list(node["argtypes"]));
  const analysis = analyseAll([asObject(node["query"])], inner);
  if (type === "PrepareStmt") return { ...info, prepares: { name: textOf(node["name"]) ?? "", analysis } };
  return { ...info, declares: { name: textOf(node["portalname"]) ?? "", analysis } };
}

function factsOf(print: Footprint, housekeeping: boolean): Facts {
  const fields: Record<string, Fact> = {
    statement: set(print.statements, print.statementsComplete),
    reads: set(print.reads, print.readsComplete),
    writes: set(print.writes, print.writesComplete),
    functions: set(print.functions, print.functionsComplete),
    where: { type: "scalar", value: print.statementsComplete ? print.where : undefined },
  };
  return {
    kind: "sql",
    classified: print.unclassified === undefined,
    ...(print.unclassified === undefined ? {} : { unclassifiedReason: print.unclassified }),
    housekeeping: housekeeping && print.unclassified === undefined,
    writes: print.mayWrite,
    fields,
  };
}

function set(items: ReadonlyMap<string, FactItem>, complete: boolean): Fact {
  return { type: "set", items: [...items.values()], complete };
}

function refused(reason: string): Analysis {
  const print = new Footprint();
  print.opaque(reason);
  return remember({ facts: factsOf(print, false), statements: [], masks: refusedMasks(reason) }, [
    { node: {}, type: "", print, space: NOWHERE, runs: undefined, declaredInexact: new Set() },
  ]);
}

const NOWHERE: Namespace = {
  catalogue: {
    usable: () => undefined,
    relation: () => undefined,
    byOid: () => undefined,
    named: () => [],
    isBuiltin: () => false,
    functionSchemas: () => new Set(),
    isAttributeFunction: () => false,
    hasOperators: false,
    operators: () => [],
    casts: () => [],
    relations: () => [],
    code: {
      routine: () => undefined,
      routines: () => [],
      builtinName: () => undefined,
      behind: () => undefined,
      eventTriggers: [],
      othersPolicyColumns: [],
    },
  },
  searchPath: undefined,
  temporary: new Set(),
};
