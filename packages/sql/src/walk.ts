/**
 * Walks a parse tree and fills a Footprint. Every node goes through the closed table of nodes.ts; what needs more than
 * "look at its children" has a handler. Pure.
 */
import { BUILTIN_OPERATORS } from "./builtin-operators.ts";
import type { Relation } from "./catalogue.ts";
import type { Namespace } from "./names.ts";
import { findCasts, findFunction, findOperators } from "./names.ts";
import type { Footprint } from "./footprint.ts";
import { NODES } from "./nodes.ts";
import type { Json, JsonObject } from "./parser.ts";
import { asObject, list, only, strings, textOf, word } from "./tree.ts";
import { inexactParameters } from "./where.ts";

/** Nesting of nodes that is followed; deeper statements are unclassified. */
export const TREE_DEPTH_MAX = 800;

/** Nodes that are visited for one text, EXECUTE's statements counted each time. */
export const NODES_VISITED_MAX = 3_000_000;

/** What earlier statements of the same text changed for the later ones. */
export interface Batch extends Namespace {
  /** SQL-level prepared statements and cursors: the tree, or undefined for "made, but not here". */
  readonly prepared: (name: string) => Prepared | undefined;
  readonly cursor: (name: string) => Prepared | undefined;
  /** Objects may have been created, renamed or dropped since the catalogue was read. */
  readonly stale: boolean;
  /** May this name, or what lies behind these relations, mean something else by now? */
  readonly isStale: (name: string, relations: readonly Relation[]) => boolean;
  /** Nodes visited so far; shared by the statements of one text. */
  readonly work: { visited: number };
}

/** A statement that another one runs by name. */
export type Prepared =
  | { readonly kind: "tree"; readonly node: JsonObject; readonly declaredInexact: ReadonlySet<number> }
  | { readonly kind: "done"; readonly footprint: Footprint };

/** Names that a WITH clause defines; they hide relations inside it. */
interface Scope {
  readonly names: Set<string>;
  readonly outer: Scope | undefined;
}

/** read: its rows are read; write: its rows change; define: the object itself changes; refresh: it is filled anew. */
export type Mode = "read" | "write" | "define" | "refresh";

const WRITES = { write: "rows", define: "definition", refresh: "refresh" } as const;

export type Handler = (walker: Walker, node: JsonObject) => void;

export class Walker {
  readonly space: Batch;
  readonly print: Footprint;
  readonly #handlers: ReadonlyMap<string, Handler>;
  /** What a relation name stands for where nothing else says so: definitions write it, queries read it. */
  mode: Mode = "read";
  #scope: Scope | undefined;
  #depth = 0;
  #root: JsonObject = {};
  #declaredInexact: ReadonlySet<number> = new Set();
  #inexact: ReadonlySet<number> | undefined;

  constructor(space: Batch, print: Footprint, handlers: ReadonlyMap<string, Handler>) {
    this.space = space;
    this.print = print;
    this.#handlers = handlers;
  }

  /** A wrapped node, a list of them, or nothing. */
  any(json: Json | undefined): void {
    if (json === undefined || json === null) return;
    if (Array.isArray(json)) {
      for (const item of json as readonly Json[]) this.any(item);
      return;
    }
    if (typeof json !== "object") {
      this.print.opaque("the parse tree has a value where a node belongs");
      return;
    }
    const keys = Object.keys(json);
    if (keys.length === 0) return; // a null list element
    const type = keys[0];
    if (keys.length > 1 || type === undefined) {
      this.print.opaque("the parse tree has an ambiguous node");
      return;
    }
    this.node(type, asObject((json as JsonObject)[type]));
  }

  /** One node of a known type. */
  node(type: string, node: JsonObject): void {
    if (!NODES.has(type)) {
      this.print.opaque(`the parse tree has a node that gate does not know: ${type}`);
      return;
    }
    if (++this.#depth > TREE_DEPTH_MAX) {
      this.print.opaque("the statement is nested too deeply");
    } else if (++this.space.work.visited > NODES_VISITED_MAX) {
      this.print.opaque("the statement is too large to classify");
    } else {
      const handler = this.#handlers.get(type);
      if (handler === undefined) this.children(type, node);
      else handler(this, node);
    }
    this.#depth -= 1;
  }

  /** Every field of a node but those named; an unknown field makes the statement unclassified. */
  children(type: string, node: JsonObject, except: readonly string[] = []): void {
    const fields = NODES.get(type);
    for (const name of Object.keys(node)) {
      const kind = fields?.get(name);
      if (kind === undefined) this.print.opaque(`the parse tree has a field that gate does not know: ${type}.${name}`);
      else if (kind === "scalar" || except.includes(name)) continue;
      else if (kind === "nodes") this.any(node[name]);
      else this.node(kind.type, asObject(node[name]));
    }
  }

  /** Runs `body` with the names of a WITH clause in scope; its queries are walked first. */
  with(clause: Json | undefined, body: () => void): void {
    if (clause === undefined) {
      body();
      return;
    }
    const saved = this.#scope;
    const withClause = asObject(clause);
    const scope: Scope = { names: new Set(), outer: saved };
    this.#scope = scope;
    const recursive = withClause["recursive"] === true;
    const tables = list(withClause["ctes"]).map((each) => asObject(asObject(each)["CommonTableExpr"]));
    // Only RECURSIVE lets a query see its own name and those that come after it.
    if (recursive) for (const table of tables) scope.names.add(textOf(table["ctename"]) ?? "");
    for (const table of tables) {
      this.node("CommonTableExpr", table);
      scope.names.add(textOf(table["ctename"]) ?? "");
    }
    this.children("WithClause", withClause, ["ctes"]);
    body();
    this.#scope = saved;
  }

  /** Runs `body` where relation names stand for this. */
  as(mode: Mode, body: () => void): void {
    const saved = this.mode;
    this.mode = mode;
    body();
    this.mode = saved;
  }

  /** Runs `body` for the statement `root`, whose parameters are its own. */
  statement(root: JsonObject, declaredInexact: ReadonlySet<number>, body: () => void): void {
    const saved = [this.#root, this.#declaredInexact, this.#inexact] as const;
    this.#root = root;
    this.#declaredInexact = declaredInexact;
    this.#inexact = undefined;
    body();
    [this.#root, this.#declaredInexact, this.#inexact] = saved;
  }

  /** Parameters whose equality with a key does not pin it. */
  get inexact(): ReadonlySet<number> {
    return (this.#inexact ??= inexactParameters(this.#root, this.#declaredInexact));
  }

  isCte(name: string): boolean {
    for (let scope = this.#scope; scope !== undefined; scope = scope.outer) if (scope.names.has(name)) return true;
    return false;
  }

  operator(names: readonly string[]): void {
    const name = names.at(-1) ?? "";
    const schema = names.length > 1 ? names.at(-2) : undefined;
    for (const item of findOperators(this.space, schema, name)) this.print.call(item);
    if ((schema === undefined || schema === "pg_catalog") && BUILTIN_OPERATORS.has(name)) return;
    const own = this.space.catalogue.operators(name);
    if (own.some((each) => schema === undefined || each.schema === schema)) return;
    // Neither PostgreSQL's nor in the catalogue: it runs a function that nobody knows.
    this.print.functionsComplete = false;
    this.print.opaqueFunction = true;
    this.print.mayWrite = true;
  }

  call(names: readonly string[]): void {
    const name = names.at(-1) ?? "";
    const { items, complete } = findFunction(this.space, names.length > 1 ? names.at(-2) : undefined, name);
    for (const item of items) this.print.call(item);
    if (!complete || this.space.stale) this.print.functionsComplete = false;
  }

  /** `x.name` may call a users' function of that name with x as its argument. */
  attribute(name: string): void {
    if (!this.space.catalogue.isAttributeFunction(name)) return;
    this.call([name]);
  }
}

/** Handlers of nodes inside queries and expressions; statements have theirs elsewhere. */
export const EXPRESSIONS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  [
    "RangeVar",
    (walker, node) => {
      const schema = textOf(node["schemaname"]);
      const name = textOf(node["relname"]) ?? "";
      if (walker.mode !== "read") {
        const found = walker.print.write(walker.space, schema, name, WRITES[walker.mode]);
        // To define over and over what the transaction itself defined is what migrations do.
        const stale = walker.mode === "define" ? walker.space.stale : walker.space.isStale(name, found.relations);
        if (stale) walker.print.writesComplete = false;
        return;
      }
      if (schema === undefined && walker.isCte(name)) return;
      const found = walker.print.read(walker.space, schema, name);
      if (walker.space.isStale(name, found.relations)) walker.print.readsComplete = false;
    },
  ],
  [
    "FuncCall",
    (walker, node) => {
      walker.call(strings(node["funcname"]));
      walker.children("FuncCall", node, ["funcname"]);
    },
  ],
  [
    "ColumnRef",
    (walker, node) => {
      const fields = list(node["fields"]);
      if (fields.length < 2) return;
      const last = asObject(asObject(fields.at(-1))["String"])["sval"];
      if (typeof last === "string") walker.attribute(last);
    },
  ],
  [
    "A_Indirection",
    (walker, node) => {
      for (const name of strings(node["indirection"])) walker.attribute(name);
      walker.children("A_Indirection", node);
    },
  ],
  [
    "A_Expr",
    (walker, node) => {
      const names = strings(node["name"]);
      const implied = IMPLIED_OPERATORS.get(word(node["kind"]));
      if (implied === undefined) walker.operator(names);
      else for (const name of implied) walker.operator([name]);
      walker.children("A_Expr", node, ["name"]);
    },
  ],
  [
    "SubLink",
    (walker, node) => {
      const names = strings(node["operName"]);
      if (names.length > 0) walker.operator(names);
      else if (node["subLinkType"] === "ANY_SUBLINK") walker.operator(["="]);
      walker.children("SubLink", node, ["operName"]);
    },
  ],
  [
    "SortBy",
    (walker, node) => {
      const names = strings(node["useOp"]);
      if (names.length > 0) walker.operator(names);
      walker.children("SortBy", node, ["useOp"]);
    },
  ],
  [
    "CaseExpr",
    (walker, node) => {
      if (node["arg"] !== undefined) walker.operator(["="]);
      walker.children("CaseExpr", node);
    },
  ],
  [
    "JoinExpr",
    (walker, node) => {
      if (node["isNatural"] === true || node["usingClause"] !== undefined) walker.operator(["="]);
      walker.children("JoinExpr", node, ["usingClause"]);
    },
  ],
  [
    "TypeCast",
    (walker, node) => {
      const names = strings(asObject(node["typeName"])["names"]);
      const schema = names.length > 1 ? names.at(-2) : undefined;
      for (const item of findCasts(walker.space, schema, names.at(-1) ?? "")) walker.print.call(item);
      walker.children("TypeCast", node);
    },
  ],
  [
    "TypeName",
    (walker, node) => {
      // RETURNING, COLUMNS and column definition lists convert to a type without a TypeCast.
      const names = strings(node["names"]);
      if (walker.mode === "read") {
        const schema = names.length > 1 ? names.at(-2) : undefined;
        for (const item of findCasts(walker.space, schema, names.at(-1) ?? "")) walker.print.call(item);
      }
      walker.children("TypeName", node);
    },
  ],
  [
    "RangeTableSample",
    (walker, node) => {
      const method = strings(node["method"]).at(-1) ?? "";
      if (!["system", "bernoulli"].includes(method)) walker.call(strings(node["method"]));
      walker.children("RangeTableSample", node, ["method"]);
    },
  ],
  [
    "LockingClause",
    (walker) => {
      // FOR UPDATE OF names aliases of FROM; the row locks are what counts.
      walker.print.mayWrite = true;
    },
  ],
]);

/** Operators behind syntax that does not name one as such. */
const IMPLIED_OPERATORS: ReadonlyMap<string, readonly string[]> = new Map([
  ["AEXPR_DISTINCT", ["="]],
  ["AEXPR_NOT_DISTINCT", ["="]],
  ["AEXPR_NULLIF", ["="]],
  ["AEXPR_BETWEEN", [">=", "<="]],
  ["AEXPR_NOT_BETWEEN", ["<", ">"]],
  ["AEXPR_BETWEEN_SYM", [">=", "<="]],
  ["AEXPR_NOT_BETWEEN_SYM", ["<", ">"]],
]);

/** The names in a DROP or COMMENT object: a list of names or a single one. */
export function objectName(json: Json | undefined): readonly string[] {
  const [type, node] = only(json);
  if (type === "List") return strings(node["items"]);
  if (type === "String") return [textOf(node["sval"]) ?? ""];
  if (type === "TypeName") return strings(node["names"]);
  return [];
}
