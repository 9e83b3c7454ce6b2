/**
 * PostgreSQL's own text form of an analysed query (pg_node_tree, src/backend/nodes/outfuncs.c): what a rule or a
 * function with an SQL body does, by oid, without a name having to be looked up again. Pure.
 */

/** Longest node tree that is read, in characters; what has a longer one is not known. */
export const NODE_TREE_CHARS_MAX = 4 * 1024 * 1024;
/** Nesting of a node tree that is followed. */
export const NODE_TREE_DEPTH_MAX = 1_000;

export type TreeValue = string | TreeNode | readonly TreeValue[];

export interface TreeNode {
  readonly type: string;
  /** Everything that stands behind a field's name: one value mostly, several for a datum. */
  readonly fields: ReadonlyMap<string, readonly TreeValue[]>;
}

/** A query of a tree that changes rows. */
export interface TreeWrite {
  readonly relation: number;
  readonly command: "INSERT" | "UPDATE" | "DELETE" | "MERGE";
  /** It has a WHERE, or joins. */
  readonly conditional: boolean;
  /** INSERT … ON CONFLICT DO UPDATE. */
  readonly upsert: boolean;
}

export interface TreeFacts {
  readonly writes: readonly TreeWrite[];
  readonly reads: ReadonlySet<number>;
  readonly functions: ReadonlySet<number>;
  /** Statements that are no queries, by the type of their node (`NOTIFYSTMT`). */
  readonly utilities: readonly string[];
}

/** @returns undefined when the text is no node tree, or too large. */
export function parseNodeTree(text: string): TreeValue | undefined {
  if (text.length > NODE_TREE_CHARS_MAX) return undefined;
  try {
    const reader = new Reader(text);
    const value = reader.value(0);
    return reader.done ? value : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** What the queries of a tree do, those in WITH and sub-selects included. */
export function treeFacts(tree: TreeValue): TreeFacts {
  const facts = {
    writes: [] as TreeWrite[],
    reads: new Set<number>(),
    functions: new Set<number>(),
    utilities: [] as string[],
  };
  visit(tree);
  return facts;

  function visit(value: TreeValue): void {
    if (typeof value === "string") return;
    if (isList(value)) {
      for (const item of value) visit(item);
      return;
    }
    if (value.type === "QUERY") query(value);
    for (const [name, parts] of value.fields) {
      if (FUNCTION_FIELDS.has(name)) {
        const oid = Number(parts[0]);
        if (oid > 0) facts.functions.add(oid);
      }
      for (const part of parts) visit(part);
    }
  }

  function query(node: TreeNode): void {
    const utility = node.fields.get("utilityStmt")?.[0];
    if (utility !== undefined && typeof utility === "object" && !isList(utility)) facts.utilities.push(utility.type);
    const entries = node.fields.get("rtable")?.[0];
    const table = entries !== undefined && isList(entries) ? entries : [];
    const target = Number(node.fields.get("resultRelation")?.[0] ?? 0);
    const type = node.fields.get("commandType")?.[0];
    const command = typeof type === "string" ? COMMANDS.get(type) : undefined;
    for (const [index, entry] of table.entries()) {
      if (typeof entry === "string" || isList(entry)) continue;
      const relation = Number(entry.fields.get("relid")?.[0] ?? 0);
      if (relation === 0) continue;
      if (index + 1 !== target || command === undefined) facts.reads.add(relation);
      else {
        const conflict = node.fields.get("onConflict")?.[0];
        const upsert = typeof conflict === "object" && !isList(conflict) && conflict.fields.get("action")?.[0] === "2";
        facts.writes.push({ relation, command, conditional: isConditional(node), upsert });
        if (command !== "INSERT" || upsert) facts.reads.add(relation);
      }
    }
  }
}

export function isList(value: TreeValue): value is readonly TreeValue[] {
  return Array.isArray(value);
}

function isConditional(query: TreeNode): boolean {
  const join = query.fields.get("jointree")?.[0];
  if (typeof join !== "object" || isList(join)) return true;
  return join.fields.get("quals")?.[0] !== "<>";
}

class Reader {
  readonly #text: string;
  #at = 0;
  #token: string | undefined;

  constructor(text: string) {
    this.#text = text;
    this.#next();
  }

  get done(): boolean {
    return this.#token === undefined;
  }

  value(depth: number): TreeValue {
    if (depth > NODE_TREE_DEPTH_MAX) throw new RangeError("nested too deeply");
    const token = this.#take();
    if (token === "{") return this.#node(depth);
    if (token === "(") {
      const items: TreeValue[] = [];
      while (this.#token !== ")") items.push(this.value(depth + 1));
      this.#take();
      return items;
    }
    if (token === "}" || token === ")") throw new RangeError("a closing bracket without its opening one");
    return token;
  }

  #node(depth: number): TreeNode {
    const type = this.#take();
    const fields = new Map<string, TreeValue[]>();
    let values: TreeValue[] = [];
    while (this.#token !== "}") {
      if (this.#token?.startsWith(":") === true) {
        values = [];
        fields.set(this.#take().slice(1), values);
      } else values.push(this.value(depth + 1));
    }
    this.#take();
    return { type, fields };
  }

  #take(): string {
    const token = this.#token;
    if (token === undefined) throw new RangeError("the text ends too early");
    this.#next();
    return token;
  }

  #next(): void {
    TOKEN.lastIndex = this.#at;
    const match = TOKEN.exec(this.#text);
    this.#token = match?.[1];
    this.#at = TOKEN.lastIndex;
    if (match === null) this.#token = undefined;
  }
}

/** As pg_strtok reads: brackets are tokens, a backslash takes the next character with it. */
const TOKEN = /[ \n\t]*([(){}]|(?:\\[^]|[^ \n\t(){}\\])+)/y;
const COMMANDS: ReadonlyMap<string, TreeWrite["command"]> = new Map([
  ["2", "UPDATE"],
  ["3", "INSERT"],
  ["4", "DELETE"],
  // Before version 15 this number stood for utility statements, which have no result relation.
  ["5", "MERGE"],
]);
const FUNCTION_FIELDS: ReadonlySet<string> = new Set(["funcid", "opfuncid", "aggfnoid", "winfnoid"]);
