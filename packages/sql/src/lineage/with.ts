/** The names that a WITH clause defines, recursive ones as the fixed point of what they are made of. Pure. */
import type { Json, JsonObject } from "../parser.ts";
import { asObject, list, only, strings, textOf } from "../tree.ts";
import { change } from "./change.ts";
import type { Run } from "./run.ts";
import { renamed, unknownRel, type Rel, type Scope } from "./scope.ts";
import { combine, select } from "./select.ts";
import { derived, type Column } from "./value.ts";

/** The scope in which the statement behind WITH stands: nothing of FROM yet. */
export function withClause(run: Run, clause: Json | undefined, outer: Scope): Scope {
  if (clause === undefined) return { items: [], outer, ctes: outer.ctes };
  const node = asObject(clause);
  const tables = new Map<string, () => Rel>();
  const inside: Scope = { items: [], outer, ctes: { tables, outer: outer.ctes } };
  const all: (() => Rel)[] = [];
  for (const item of list(node["ctes"])) {
    const [, table] = only(item);
    const name = textOf(table["ctename"]) ?? "";
    if (node["recursive"] === true) {
      const rel = lazily((self) => recursive(run, table, { ...inside }, self));
      tables.set(name, rel);
      all.push(rel);
    } else {
      // Only what stands before it is seen.
      const before: Scope = { items: [], outer, ctes: { tables: new Map(tables), outer: outer.ctes } };
      const rel = body(run, table, before);
      tables.set(name, () => rel);
    }
  }
  // Those that nothing names run as well, where they change rows.
  for (const rel of all) rel();
  return inside;
}

interface Self {
  rel: Rel;
}

/** Worked out when it is first asked for; while that lasts, what is known so far. */
function lazily(make: (self: Self) => Rel): () => Rel {
  let done: Rel | undefined;
  let self: Self | undefined;
  return () => {
    if (done !== undefined) return done;
    if (self !== undefined) return self.rel;
    self = { rel: unknownRel() };
    done = make(self);
    return done;
  };
}

function recursive(run: Run, table: JsonObject, scope: Scope, self: Self): Rel {
  const [type, query] = only(table["ctequery"]);
  const union = type === "SelectStmt" && query["op"] === "SETOP_UNION";
  if (!union) return body(run, table, scope);
  const names = strings(table["aliascolnames"]);
  const before = withClause(run, query["withClause"], scope);
  const start = select(run, asObject(query["larg"]), before);
  self.rel = addColumns(run, table, renamed(start, names));
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const more = select(run, asObject(query["rarg"]), before);
    const next = addColumns(run, table, renamed(combine(run, query, start, more, before), names));
    const same = print(next) === print(self.rel);
    self.rel = next;
    if (same) return next;
  }
  throw new RangeError("a recursive query that does not settle");
}

function body(run: Run, table: JsonObject, scope: Scope): Rel {
  const [type, query] = only(table["ctequery"]);
  const rel = type === "SelectStmt" ? select(run, query, scope) : change(run, type, query, scope);
  return addColumns(run, table, renamed(rel, strings(table["aliascolnames"])));
}

/** SEARCH and CYCLE: columns made of those that they name, and compared. */
function addColumns(run: Run, table: JsonObject, rel: Rel): Rel {
  const added: Column[] = [];
  const search = asObject(table["search_clause"]);
  const cycle = asObject(table["cycle_clause"]);
  if (table["search_clause"] === undefined && table["cycle_clause"] === undefined) return rel;
  const value = { ...derived(rel.columns.map((column) => column.value)), tame: true };
  run.tests(value);
  for (const name of [search["search_seq_column"], cycle["cycle_mark_column"], cycle["cycle_path_column"]]) {
    const text = textOf(name);
    if (text !== undefined && !rel.columns.some((column) => column.name === text)) added.push({ name: text, value });
  }
  return { columns: [...rel.columns, ...added] };
}

function print(rel: Rel): string {
  return JSON.stringify(
    rel.columns.map(({ name, value, many }) => [
      name ?? null,
      [...value.taint].sort(),
      value.direct ?? null,
      many === true,
    ]),
  );
}

/** Rounds until a recursive query's columns stay as they are: each adds a masked column to one of them, or is the last. */
const ROUNDS_MAX = 1_000;
