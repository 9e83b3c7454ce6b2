/** Handlers of nodes inside queries and expressions: names, calls, operators, casts. Pure. */
import { lookedAt, rowsChange } from "./behind.ts";
import type { RowEvent } from "./code.ts";
import { findCasts } from "./names.ts";
import { asObject, list, strings, textOf, word } from "./tree.ts";
import type { Handler, Mode } from "./walk.ts";

/** Handlers of nodes inside queries and expressions; statements have theirs elsewhere. */
export const EXPRESSIONS: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  // What a constant is worth is looked at by those alone who need it: templates depend on that.
  ["A_Const", (walker, node) => walker.children("A_Const", node, ["ival", "fval", "boolval", "sval", "bsval"])],
  [
    "RangeVar",
    (walker, node) => {
      const schema = textOf(node["schemaname"]);
      const name = textOf(node["relname"]) ?? "";
      const { mode } = walker;
      if (mode !== "read") {
        const alone = node["inh"] !== true || mode === "copy" || mode === "define";
        const found = walker.print.write(walker.space, schema, name, WRITES[mode], alone);
        // To define over and over what the transaction itself defined is what migrations do.
        const stale =
          mode === "define" || mode === "alter" ? walker.space.stale : walker.space.isStale(name, found.relations);
        if (stale) walker.print.writesComplete = false;
        if (walker.space.isHidden(name)) walker.unknownCode();
        const events = EVENTS.get(mode);
        if (events !== undefined) rowsChange(walker, found, events);
        if (mode === "refresh") lookedAt(walker, found);
        return;
      }
      if (schema === undefined && walker.isCte(name)) return;
      const found = walker.print.read(walker.space, schema, name, node["inh"] !== true);
      if (walker.space.isStale(name, found.relations)) walker.print.readsComplete = false;
      if (walker.space.isHidden(name)) walker.unknownCode();
      lookedAt(walker, found);
    },
  ],
  [
    "FuncCall",
    (walker, node) => {
      walker.call(strings(node["funcname"]), list(node["args"]));
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
      for (const called of findCasts(walker.space, schema, names.at(-1) ?? "")) walker.called(called);
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
        for (const called of findCasts(walker.space, schema, names.at(-1) ?? "")) walker.called(called);
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

const WRITES = {
  copy: "rows",
  truncate: "rows",
  lock: "definition",
  define: "definition",
  alter: "definition",
  refresh: "refresh",
} as const;
const EVENTS: ReadonlyMap<Mode, ReadonlySet<RowEvent>> = new Map<Mode, ReadonlySet<RowEvent>>([
  ["copy", new Set<RowEvent>(["INSERT"])],
  ["truncate", new Set<RowEvent>(["TRUNCATE"])],
]);
