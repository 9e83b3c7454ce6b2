/**
 * Walks a parse tree and fills a Footprint. Every node goes through the closed table of nodes.ts; what needs more than
 * "look at its children" has a handler. Pure.
 */
import { BUILTIN_OPERATORS } from "./builtin-operators.ts";
import type { Relation } from "./catalogue.ts";
import type { Routine } from "./code.ts";
import type { Namespace } from "./names.ts";
import { bodyOf } from "./bodies.ts";
import { findFunction, findOperators, SAFE_LABEL, type Called } from "./names.ts";
import type { Footprint } from "./footprint.ts";
import { NODES } from "./nodes.ts";
import type { Json, JsonObject } from "./parser.ts";
import { asObject, list, only, strings, textOf } from "./tree.ts";
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
  /** Does something lie behind a temporary relation of this name that only its session can see? */
  readonly isHidden: (name: string) => boolean;
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

/**
 * read: its rows are read; copy, truncate, lock: its rows change, or nobody else may change them; define: the object
 * itself changes; alter: and what inherits from it; refresh: it is filled anew.
 */
export type Mode = "read" | "copy" | "truncate" | "lock" | "define" | "alter" | "refresh";

/** Where a walker stands: in the statement itself (depth 0), or in what it sets off. */
export interface Inside {
  readonly seen: Set<string>;
  readonly depth: number;
  /** Walks the bodies of functions that are called (behind.ts). */
  readonly run: (walker: Walker, routines: readonly Routine[], args?: readonly Json[]) => void;
}

export type Handler = (walker: Walker, node: JsonObject) => void;

export class Walker {
  readonly space: Batch;
  readonly print: Footprint;
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly inside: Inside;
  /** What a relation name stands for where nothing else says so: definitions write it, queries read it. */
  mode: Mode = "read";
  #scope: Scope | undefined;
  #depth = 0;
  #root: JsonObject = {};
  #declaredInexact: ReadonlySet<number> = new Set();
  #inexact: ReadonlySet<number> | undefined;

  constructor(space: Batch, print: Footprint, handlers: ReadonlyMap<string, Handler>, inside: Inside) {
    this.space = space;
    this.print = print;
    this.handlers = handlers;
    this.inside = inside;
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
      const handler = this.handlers.get(type);
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
    for (const called of findOperators(this.space, schema, name)) this.called(called);
    if ((schema === undefined || schema === "pg_catalog") && BUILTIN_OPERATORS.has(name)) return;
    const own = this.space.catalogue.operators(name);
    if (own.some((each) => schema === undefined || each.schema === schema)) return;
    // Neither PostgreSQL's nor in the catalogue: it runs a function that nobody knows.
    this.print.functionsComplete = false;
    this.print.opaqueFunction = true;
    this.print.mayWrite = true;
  }

  call(names: readonly string[], args?: readonly Json[]): void {
    const name = names.at(-1) ?? "";
    const { called, complete } = findFunction(this.space, names.length > 1 ? names.at(-2) : undefined, name);
    for (const each of called) this.called(each, args);
    if (!complete || this.space.stale) this.print.functionsComplete = false;
    // A body that was replaced in the open transaction cannot be seen from outside it.
    if (this.space.stale && called.some(({ routines }) => routines.length > 0)) this.unknownCode();
  }

  /** A function whose body nobody has seen. */
  unknownCode(): void {
    this.print.statementsComplete = false;
    this.print.readsComplete = false;
    this.print.writesComplete = false;
    this.print.functionsComplete = false;
  }

  /**
   * A function runs, and with it its body. Inside another body it carries @safe: whoever allows the outer call is
   * asked about what both do, not about the parts that they are made of. Compiled ones are asked about by their name.
   */
  called({ item, routines }: Called, args?: readonly Json[]): void {
    const read = this.inside.depth > 0 && routines.length > 0 && routines.every(isReadable);
    this.print.call(read ? { ...item, labels: SAFE_LABEL } : item);
    const unseen = routines.length === 0 && !item.name.startsWith("pg_catalog.");
    if (unseen || item.labels?.includes("@dynamic_sql") === true) this.unknownCode();
    this.inside.run(this, routines, args);
  }

  /** `x.name` may call a users' function of that name with x as its argument. */
  attribute(name: string): void {
    if (!this.space.catalogue.isAttributeFunction(name)) return;
    this.call([name]);
  }
}

function isReadable(routine: Routine): boolean {
  return bodyOf(routine).kind !== "compiled";
}

/** The names in a DROP or COMMENT object: a list of names or a single one. */
export function objectName(json: Json | undefined): readonly string[] {
  const [type, node] = only(json);
  if (type === "List") return strings(node["items"]);
  if (type === "String") return [textOf(node["sval"]) ?? ""];
  if (type === "TypeName") return strings(node["names"]);
  return [];
}
