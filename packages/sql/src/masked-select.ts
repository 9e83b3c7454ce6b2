/**
 * Which SELECTs may run over masked columns: those where every masked value in the result is a bare column of its
 * table, so that RowDescription names table and column, and where nothing else can depend on a masked value. Pure.
 */
import type { MaskAction } from "@gate/contract";
import type { Relation } from "./catalogue.ts";
import { findRelation, type Namespace } from "./names.ts";
import type { Json, JsonObject } from "./parser.ts";
import { asObject, list, only, strings, textOf } from "./tree.ts";

export interface MaskedColumns {
  /** `${tableOid}/${attnum}` → the mask of that column. */
  readonly byColumn: ReadonlyMap<
    string,
    { readonly name: string; readonly action: MaskAction; readonly typeOid: number }
  >;
  /** Relations with a masked column, and the views over them. */
  readonly relations: ReadonlySet<number>;
}

/** Why a SELECT that touches a masked relation may not run; undefined: it may, and its rows can be masked. */
export function plainSelectRefusal(select: JsonObject, space: Namespace, masked: MaskedColumns): string | undefined {
  for (const key of Object.keys(select)) {
    if (!PLAIN_CLAUSES.has(key)) return "over masked columns only a plain SELECT is possible (no WITH, INTO or VALUES)";
  }
  if (select["op"] !== "SETOP_NONE") return "masked columns cannot pass through UNION, INTERSECT or EXCEPT";
  const check = new Check(space, masked);
  return (
    check.from(list(select["fromClause"])) ??
    check.targets(list(select["targetList"])) ??
    check.order([...list(select["sortClause"]), ...list(select["groupClause"]), ...list(select["distinctClause"])]) ??
    check.expressions(["whereClause", "havingClause", "windowClause"].map((key) => select[key])) ??
    check.expressions([select["limitCount"], select["limitOffset"]])
  );
}

class Check {
  readonly #space: Namespace;
  readonly #masked: MaskedColumns;
  readonly #tables = new Map<string, { readonly relation: Relation; readonly schema: string | undefined }>();
  /** Names under which a masked value can be meant outside the target list. */
  readonly #forbidden = new Set<string>();
  /** Names that the target list gives. */
  readonly #outputs = new Set<string>();
  /** Which places of the result hold masked values; a star makes them uncertain. */
  readonly #maskedPlaces = new Set<number>();
  #star = false;
  #joins: Json[] = [];

  constructor(space: Namespace, masked: MaskedColumns) {
    this.#space = space;
    this.#masked = masked;
  }

  from(items: readonly Json[]): string | undefined {
    for (const item of items) {
      const reason = this.#fromItem(item);
      if (reason !== undefined) return reason;
    }
    for (const { relation } of this.#tables.values()) {
      for (const column of relation.columns.values()) {
        if (this.#masked.byColumn.has(`${relation.oid}/${column.attnum}`)) this.#forbidden.add(column.name);
      }
    }
    for (const join of this.#joins) {
      const node = asObject(join);
      if (strings(node["usingClause"]).some((name) => this.#forbidden.has(name))) return "a masked column joins tables";
      const reason = this.expressions([node["quals"]]);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  targets(targets: readonly Json[]): string | undefined {
    for (const [place, target] of targets.entries()) {
      const [type, node] = only(target);
      if (type !== "ResTarget") return "the target list is not understood";
      const alias = textOf(node["name"]);
      const [valueType, value] = only(node["val"]);
      if (valueType === "ColumnRef") {
        const column = this.#column(value);
        if (column === undefined)
          return "a whole row or an unknown column is selected from a relation with masked columns";
        if (column === "*") this.#star = true;
        else if (this.#forbidden.has(column)) {
          this.#maskedPlaces.add(place + 1);
          if (alias !== undefined) this.#forbidden.add(alias);
        }
        if (alias !== undefined) this.#outputs.add(alias);
        continue;
      }
      const reason = this.expressions([node["val"]]);
      if (reason !== undefined) return reason;
      if (alias !== undefined) this.#outputs.add(alias);
    }
    return undefined;
  }

  /**
   * ORDER BY 2 and GROUP BY 2 mean the second column of the result, and a name alone can mean one too. In any other
   * place such a name would be a column or a whole row of FROM.
   */
  order(items: readonly Json[]): string | undefined {
    for (const item of items) {
      const [type, node] = only(item);
      const inner = type === "SortBy" ? node["node"] : item;
      const [valueType, value] = only(inner);
      if (valueType === "GroupingSet") return "grouping sets are not possible over masked columns";
      if (valueType === "ColumnRef") {
        const names = strings(value["fields"]);
        const output = list(value["fields"]).length === 1 && names.length === 1 ? names[0] : undefined;
        if (output !== undefined && this.#outputs.has(output) && !this.#forbidden.has(output)) continue;
      }
      if (valueType !== "A_Const") {
        const reason = this.#expression(inner);
        if (reason !== undefined) return reason;
        continue;
      }
      const place = asObject(value["ival"])["ival"];
      if (this.#star || typeof place !== "number" || this.#maskedPlaces.has(place)) {
        return "the result is sorted or grouped by a masked column";
      }
    }
    return undefined;
  }

  expressions(items: readonly (Json | undefined)[]): string | undefined {
    for (const item of items) {
      const reason = this.#expression(item);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  #fromItem(item: Json): string | undefined {
    const [type, node] = only(item);
    if (type === "JoinExpr") {
      if (node["isNatural"] === true) return "a natural join could join by a masked column";
      if (node["alias"] !== undefined || node["join_using_alias"] !== undefined) return "the join has an alias";
      this.#joins.push(node);
      return this.#fromItem(node["larg"] ?? null) ?? this.#fromItem(node["rarg"] ?? null);
    }
    if (type !== "RangeVar") return "over masked columns FROM may hold tables only";
    const schema = textOf(node["schemaname"]);
    const name = textOf(node["relname"]) ?? "";
    const found = findRelation(this.#space, schema, name);
    const relation = found.relations[0];
    if (relation === undefined || found.items.length !== 1 || !found.complete) {
      return "it is not certain which relation is meant";
    }
    if (this.#masked.relations.has(relation.oid) && !MASKABLE_KINDS.has(relation.kind)) {
      return "a view hides which of its columns are masked; select from its tables";
    }
    const alias = asObject(node["alias"]);
    if (alias["colnames"] !== undefined) return "the alias renames columns";
    const qualifier = textOf(alias["aliasname"]) ?? name;
    if (this.#tables.has(qualifier)) return "two tables of FROM have the same name";
    this.#tables.set(qualifier, {
      relation,
      schema: node["alias"] === undefined ? (schema ?? relation.schema) : undefined,
    });
    return undefined;
  }

  #expression(json: Json | undefined): string | undefined {
    if (Array.isArray(json)) return this.expressions(json as readonly Json[]);
    if (typeof json !== "object" || json === null) return undefined;
    for (const [key, value] of Object.entries(json)) {
      if (key === "SubLink" || key === "SelectStmt") return "over masked columns there can be no sub-select";
      if (key === "ColumnRef") {
        const reason = this.#reference(asObject(value));
        if (reason !== undefined) return reason;
        continue;
      }
      const reason = this.#expression(value);
      if (reason !== undefined) return reason;
    }
    return undefined;
  }

  #reference(node: JsonObject): string | undefined {
    const names = strings(node["fields"]);
    const last = names.at(-1) ?? "";
    if (this.#forbidden.has(last))
      return "a masked column may only be selected as it is, not used in an expression or condition";
    const column = this.#column(node);
    return column === undefined || column === "*" ? "a whole row or an unknown column is used" : undefined;
  }

  /** The column's name, "*" for all of them, undefined for what is no column of the tables in FROM. */
  #column(node: JsonObject): string | undefined {
    const fields = list(node["fields"]);
    const names = strings(node["fields"]);
    const last = fields.at(-1);
    const star = asObject(last)["A_Star"] !== undefined;
    const qualifier = star ? names : names.slice(0, -1);
    if (fields.length !== names.length + (star ? 1 : 0) || qualifier.length > 2) return undefined;
    const tables = [...this.#tables]
      .filter(([name]) => qualifier.length === 0 || name === qualifier.at(-1))
      .filter(([, table]) => qualifier.length < 2 || table.schema === qualifier[0])
      .map(([, table]) => table.relation);
    if (tables.length === 0) return undefined;
    if (star) return "*";
    const name = names.at(-1) ?? "";
    return tables.some((relation) => relation.columns.has(name)) ? name : undefined;
  }
}

const PLAIN_CLAUSES: ReadonlySet<string> = new Set([
  "distinctClause",
  "targetList",
  "fromClause",
  "whereClause",
  "groupClause",
  "groupDistinct",
  "havingClause",
  "windowClause",
  "sortClause",
  "limitOffset",
  "limitCount",
  "limitOption",
  "lockingClause",
  "op",
  "all",
]);

/** Relations whose rows carry their own oid and attribute numbers: tables, partitioned and foreign tables. */
const MASKABLE_KINDS: ReadonlySet<string> = new Set(["r", "p", "f"]);
