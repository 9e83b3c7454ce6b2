/**
 * What the columns of a view are made of, read from its rewrite rule (pg_node_tree): there every column is an oid and a
 * number, so no name has to be looked up again. Nodes that are not known count with everything in them. Pure.
 */
import { isList, parseNodeTree, type TreeNode, type TreeValue } from "../node-tree.ts";
import { CLEAN, derived, type Value } from "./value.ts";

/** @returns the values of the columns in order; undefined when the rule cannot be read. */
export function viewColumns(
  definition: string,
  column: (relation: number, attnum: number) => Value,
): readonly Value[] | undefined {
  const tree = parseNodeTree(definition);
  const queries = tree === undefined ? [] : isList(tree) ? tree : [tree];
  const [query] = queries;
  if (queries.length !== 1 || query === undefined || typeof query === "string" || isList(query)) return undefined;
  if (query.type !== "QUERY") return undefined;
  return new Reader(column).query(query, undefined);
}

interface Level {
  readonly node: TreeNode;
  readonly table: readonly TreeValue[];
  readonly outer: Level | undefined;
}

class Reader {
  readonly #column: (relation: number, attnum: number) => Value;
  readonly #open = new Set<TreeNode>();
  #work = 0;

  constructor(column: (relation: number, attnum: number) => Value) {
    this.#column = column;
  }

  query(node: TreeNode, outer: Level | undefined): readonly Value[] {
    const level: Level = { node, table: listOf(node, "rtable"), outer };
    const columns: Value[] = [];
    const setOperation = first(node, "setOperations");
    for (const entry of listOf(node, "targetList")) {
      if (typeof entry === "string" || isList(entry) || first(entry, "resjunk") === "true") continue;
      const number = Number(first(entry, "resno"));
      const values =
        typeof setOperation === "object" && !isList(setOperation)
          ? this.#arms(setOperation, number, level)
          : [this.#value(entry.fields.get("expr"), level)];
      columns[number - 1] = values.length === 1 ? (values[0] ?? CLEAN) : derived(values);
    }
    return Array.from(columns, (value) => value ?? CLEAN);
  }

  /** The column of this number in every arm of a UNION, INTERSECT or EXCEPT. */
  #arms(node: TreeNode, number: number, level: Level): Value[] {
    if (node.type === "RANGETBLREF") return [this.#entryColumn(Number(first(node, "rtindex")), number, level)];
    return ["larg", "rarg"].flatMap((side) => {
      const arm = first(node, side);
      return typeof arm === "object" && !isList(arm) ? this.#arms(arm, number, level) : [];
    });
  }

  /** A single column reference stays that column; anything else is made of all that it holds. */
  #value(parts: readonly TreeValue[] | undefined, level: Level): Value {
    const [part] = parts ?? [];
    if (parts?.length === 1 && typeof part === "object" && !isList(part) && part.type === "VAR") {
      return this.#var(part, level);
    }
    return { ...derived(this.#inside(parts ?? [], level)), heavy: true };
  }

  #inside(parts: readonly TreeValue[], level: Level): Value[] {
    const values: Value[] = [];
    for (const part of parts) {
      if (++this.#work > VIEW_NODES_MAX) throw new RangeError("a view of too many parts");
      if (typeof part === "string") continue;
      if (isList(part)) values.push(...this.#inside(part, level));
      else if (part.type === "VAR") values.push(this.#var(part, level));
      else if (part.type === "QUERY") values.push(this.#anyOf(part, level));
      else for (const field of part.fields.values()) values.push(...this.#inside(field, level));
    }
    return values;
  }

  /** A sub-query inside an expression: its columns, and what its conditions look at. */
  #anyOf(query: TreeNode, outer: Level): Value {
    const level: Level = { node: query, table: listOf(query, "rtable"), outer };
    const own = [...query.fields].filter(([name]) => name !== "rtable" && name !== "cteList").map(([, value]) => value);
    return derived([...this.query(query, outer), ...own.flatMap((value) => this.#inside(value, level))]);
  }

  #var(node: TreeNode, level: Level): Value {
    let at: Level | undefined = level;
    for (let up = Number(first(node, "varlevelsup") ?? 0); up > 0; up--) at = at?.outer;
    if (at === undefined) throw new RangeError("a column of no query");
    return this.#entryColumn(Number(first(node, "varno")), Number(first(node, "varattno")), at);
  }

  /** Column `number` of an entry of the range table; 0 is the whole row, negative numbers are system columns. */
  #entryColumn(index: number, number: number, level: Level): Value {
    const entry = level.table[index - 1];
    if (typeof entry !== "object" || isList(entry)) throw new RangeError("a column of no relation");
    const relation = Number(first(entry, "relid") ?? 0);
    const kind = first(entry, "rtekind");
    if (relation > 0 && kind === "0") return number < 0 ? CLEAN : this.#column(relation, number);
    // A query that uses itself (WITH RECURSIVE) adds nothing by that.
    if (++this.#work > VIEW_NODES_MAX) throw new RangeError("a view of too many parts");
    const subquery = first(entry, "subquery");
    if (kind === "1" && typeof subquery === "object" && !isList(subquery)) {
      const columns = this.query(subquery, level);
      return number > 0 ? (columns[number - 1] ?? derived(columns)) : derived(columns);
    }
    if (kind === "2") {
      const alias = listOf(entry, "joinaliasvars");
      const one = number > 0 ? alias[number - 1] : undefined;
      return this.#value(one === undefined ? alias : [one], level);
    }
    if (kind === "6") return this.#cte(entry, number, level);
    // Functions, VALUES, XMLTABLE and what later versions add: made of everything in them.
    const inner = derived([...entry.fields.values()].flatMap((value) => this.#inside(value, level)));
    return { ...inner, heavy: true };
  }

  #cte(entry: TreeNode, number: number, level: Level): Value {
    const name = first(entry, "ctename");
    let at: Level | undefined = level;
    for (let up = Number(first(entry, "ctelevelsup") ?? 0); up > 0; up--) at = at?.outer;
    for (const each of at === undefined ? [] : listOf(at.node, "cteList")) {
      if (typeof each === "string" || isList(each) || first(each, "ctename") !== name) continue;
      const query = first(each, "ctequery");
      if (typeof query !== "object" || isList(query)) break;
      if (this.#open.has(query)) return CLEAN;
      this.#open.add(query);
      try {
        const columns = this.query(query, at);
        const recursive = first(each, "cterecursive") === "true";
        const all = recursive || number <= 0 || number > columns.length;
        return all ? derived(columns) : (columns[number - 1] ?? CLEAN);
      } finally {
        this.#open.delete(query);
      }
    }
    throw new RangeError("a name of WITH that is not there");
  }
}

function first(node: TreeNode, field: string): TreeValue | undefined {
  return node.fields.get(field)?.[0];
}

function listOf(node: TreeNode, field: string): readonly TreeValue[] {
  const value = first(node, field);
  return value !== undefined && typeof value !== "string" && isList(value) ? value : [];
}

/** Nodes of a view's rule that are followed, each time they are come by. */
export const VIEW_NODES_MAX = 1_000_000;
