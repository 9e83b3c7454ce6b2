/**
 * From a command's text to its facts. Pure, over the grammar that `loadParser()` loaded.
 *
 * What is not surely understood is `classified: false` or an incomplete set; nothing is guessed.
 */
import type { Fact, FactItem, Facts } from "@gate/contract";
import type { Catalogue, Relation } from "./catalogue.ts";
import { Footprint } from "./footprint.ts";
import { describeStatement, isHousekeeping, type NodeInfo } from "./info.ts";
import { plainSelectRefusal, type MaskedColumns } from "./masked-select.ts";
import type { Namespace } from "./names.ts";
import { parseSql, type JsonObject } from "./parser.ts";
import { walkStatement } from "./queries.ts";
import { HANDLERS } from "./statements.ts";
import { asObject, list, only, textOf } from "./tree.ts";
import { Walker, type Batch, type Prepared } from "./walk.ts";
import { inexactTypes } from "./where.ts";

export interface SqlEnvironment {
  readonly catalogue: Catalogue;
  /** The search path, `"$user"` resolved; undefined: not known. pg_catalog is first unless it is named. */
  readonly searchPath: readonly string[] | undefined;
  /** Names of the session's temporary relations. */
  readonly temporary: ReadonlySet<string>;
  /** What EXECUTE of this name runs, whether PREPARE or the protocol made it; undefined: not known. */
  readonly prepared: (name: string) => Analysis | undefined;
  /** What FETCH of this name runs, whether DECLARE or the protocol made it; undefined: not known. */
  readonly cursor: (name: string) => Analysis | undefined;
  /** Numbers of the parameters that the client declared of a type whose equality with a key is not exact. */
  readonly inexactParameters?: ReadonlySet<number>;
  /**
   * Names of relations that the open transaction defined, changed or dropped: the catalogue, read by another
   * connection, cannot know what they mean. "all": any object may have changed.
   */
  readonly changed?: ReadonlySet<string> | "all";
}

export interface StatementInfo extends NodeInfo {
  readonly prepares?: { readonly name: string; readonly analysis: Analysis };
  readonly declares?: { readonly name: string; readonly analysis: Analysis };
}

export interface Analysis {
  readonly facts: Facts;
  readonly statements: readonly StatementInfo[];
  /** What the server would answer; nothing of the text may be forwarded. `position` counts characters from 1. */
  readonly syntaxError?: { readonly message: string; readonly position: number; readonly sqlstate: string };
  /**
   * Why the command may not run over these masked columns. undefined: no masked relation is touched, or every masked
   * value in the results carries its table's oid and attribute number.
   */
  readonly maskRefusal: (masked: MaskedColumns) => string | undefined;
}

/** Statements of one text. */
export const STATEMENTS_MAX = 10_000;

/** One statement of an analysis, as this package keeps it. */
interface Part {
  readonly node: JsonObject;
  readonly type: string;
  readonly print: Footprint;
  readonly space: Namespace;
  /** For EXECUTE and FETCH: the parts of what they run. */
  readonly runs: readonly Part[] | undefined;
  readonly declaredInexact: ReadonlySet<number>;
}

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
      maskRefusal: (masked) => maskRefusal(parts, masked),
    },
    parts,
  );
}

function analyseOne(node: JsonObject, batch: BatchState): Part {
  const print = new Footprint();
  const [type, inner] = only(node);
  const space = batch.snapshot();
  const walker = new Walker(batch, print, HANDLERS);
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

/** What the statements of one text change for those that come after them. */
class BatchState implements Batch {
  readonly #env: SqlEnvironment;
  readonly #prepared = new Map<string, Analysis | undefined>();
  readonly #cursors = new Map<string, Analysis | undefined>();
  #allPreparedGone = false;
  #allCursorsGone = false;
  searchPath: readonly string[] | undefined;
  temporary: ReadonlySet<string>;
  stale = false;
  work = { visited: 0 };
  declaredInexact: ReadonlySet<number>;

  constructor(env: SqlEnvironment) {
    this.#env = env;
    this.searchPath = env.searchPath;
    this.temporary = env.temporary;
    this.declaredInexact = env.inexactParameters ?? new Set();
    this.stale = env.changed === "all";
  }

  isStale(name: string, relations: readonly Relation[]): boolean {
    const { changed } = this.#env;
    if (this.stale || changed === "all") return true;
    if (changed === undefined) return false;
    return changed.has(name) || relations.some((relation) => relation.bases.some((base) => changed.has(base.name)));
  }

  get catalogue(): Catalogue {
    return this.#env.catalogue;
  }

  copy(): BatchState {
    const other = new BatchState(this.#env);
    for (const [name, analysis] of this.#prepared) other.#prepared.set(name, analysis);
    for (const [name, analysis] of this.#cursors) other.#cursors.set(name, analysis);
    other.#allPreparedGone = this.#allPreparedGone;
    other.#allCursorsGone = this.#allCursorsGone;
    other.searchPath = this.searchPath;
    other.temporary = this.temporary;
    other.stale = this.stale;
    other.work = this.work;
    return other;
  }

  snapshot(): Namespace {
    return { catalogue: this.catalogue, searchPath: this.searchPath, temporary: this.temporary };
  }

  /** The server plans a prepared statement again when the search path has changed, so its tree is walked again. */
  prepared(name: string): Prepared | undefined {
    const parts = this.preparedParts(name);
    if (parts === undefined) return undefined;
    const [part] = parts;
    return parts.length === 1 && part !== undefined
      ? { kind: "tree", node: part.node, declaredInexact: part.declaredInexact }
      : done(parts);
  }

  preparedParts(name: string): readonly Part[] | undefined {
    if (this.#prepared.has(name)) return partsOf(this.#prepared.get(name));
    return this.#allPreparedGone ? undefined : partsOf(this.#env.prepared(name));
  }

  /** A cursor was planned when it was declared. */
  cursor(name: string): Prepared | undefined {
    const parts = this.cursorParts(name);
    return parts === undefined ? undefined : done(parts);
  }

  cursorParts(name: string): readonly Part[] | undefined {
    if (this.#cursors.has(name)) return partsOf(this.#cursors.get(name));
    return this.#allCursorsGone ? undefined : partsOf(this.#env.cursor(name));
  }

  after(info: StatementInfo, part: Part): void {
    if (info.prepares !== undefined) this.#prepared.set(info.prepares.name, info.prepares.analysis);
    if (info.declares !== undefined) this.#cursors.set(info.declares.name, info.declares.analysis);
    if (info.deallocates !== undefined) this.#forget(this.#prepared, info.deallocates);
    if (info.closes !== undefined) this.#forget(this.#cursors, info.closes);
    if (info.createsTemporary !== undefined) this.temporary = new Set([...this.temporary, ...info.createsTemporary]);
    if (info.ddl && (info.createsTemporary === undefined || part.type === "RenameStmt")) this.stale = true;
    if (info.discards === true) this.#forget(this.#prepared, "ALL");
    if (info.discards === true) this.#forget(this.#cursors, "ALL");
    if (changesPath(info, part.print)) this.searchPath = undefined;
  }

  #forget(names: Map<string, Analysis | undefined>, name: string): void {
    if (name !== "ALL") {
      names.set(name, undefined);
      return;
    }
    for (const each of names.keys()) names.set(each, undefined);
    if (names === this.#prepared) this.#allPreparedGone = true;
    else this.#allCursorsGone = true;
  }
}

/** May names mean other relations after this statement? */
function changesPath(info: StatementInfo, print: Footprint): boolean {
  if (info.discards === true || print.unclassified !== undefined || print.opaqueFunction) return true;
  if (info.transaction === "rollback" || info.transaction === "rollback-to") return true;
  if (print.functions.has("pg_catalog.set_config")) return true;
  return info.setsSetting !== undefined && PATH_SETTINGS.has(info.setsSetting);
}

const PATH_SETTINGS: ReadonlySet<string> = new Set(["search_path", "role", "session_authorization", "ALL"]);

function done(parts: readonly Part[]): Prepared {
  const footprint = new Footprint();
  for (const part of parts) footprint.add(part.print);
  return { kind: "done", footprint };
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
  const maskRefusalOf = (masked: MaskedColumns): string | undefined => (masked.byColumn.size > 0 ? reason : undefined);
  return remember({ facts: factsOf(print, false), statements: [], maskRefusal: maskRefusalOf }, [
    { node: {}, type: "", print, space: NOWHERE, runs: undefined, declaredInexact: new Set() },
  ]);
}

function maskRefusal(parts: readonly Part[], masked: MaskedColumns): string | undefined {
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

function remember(analysis: Analysis, parts: readonly Part[]): Analysis {
  PARTS.set(analysis, parts);
  return analysis;
}

/** The parts of an analysis that this package made; anything else is not known. */
function partsOf(analysis: Analysis | undefined): readonly Part[] | undefined {
  return analysis === undefined ? undefined : PARTS.get(analysis);
}

const PARTS = new WeakMap<Analysis, readonly Part[]>();

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
  },
  searchPath: undefined,
  temporary: new Set(),
};
