import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, test } from "@jest/globals";
import { NODES } from "./nodes.ts";

const require = createRequire(import.meta.url);
const types = readFileSync(join(dirname(require.resolve("@pgsql/types")), "types.d.ts"), "utf8");

/** Every interface of the library's type list: name → fields. */
const LIBRARY = new Map(
  [...types.matchAll(/export interface (\w+) \{([^}]*)\}/g)].map(([, name = "", body = ""]) => [
    name,
    new Map([...body.matchAll(/(\w+)\?: ([^;]+);/g)].map(([, field = "", type = ""]) => [field, type])),
  ]),
);

/** Nodes that parse analysis, the planner or the executor make; the raw parser, which gate uses, never does. */
const NOT_RAW = new Set(
  `ParseResult ScanResult ScanToken SummaryResult Table Function FilterColumn RawStmt OidList IntList TableFunc Var Param
   Aggref WindowFunc WindowFuncRunCondition SubscriptingRef FuncExpr OpExpr DistinctExpr NullIfExpr ScalarArrayOpExpr
   SubPlan AlternativeSubPlan FieldSelect FieldStore RelabelType CoerceViaIO ArrayCoerceExpr ConvertRowtypeExpr
   CollateExpr CaseTestExpr ArrayExpr RowCompareExpr JsonConstructorExpr JsonExpr JsonTablePath JsonTablePathScan
   JsonTableSiblingJoin MergeAction CoerceToDomain CoerceToDomainValue NextValueExpr InferenceElem ReturningExpr
   TargetEntry RangeTblRef FromExpr OnConflictExpr Query RangeTblEntry RTEPermissionInfo RangeTblFunction
   TableSampleClause WithCheckOption SortGroupClause WindowClause RowMarkClause SetOperationStmt PLAssignStmt
   InlineCodeBlock CallContext`.split(/\s+/),
);

test("every type of the library is either in the table or known not to come from the raw parser", () => {
  expect(LIBRARY.size).toBeGreaterThan(250);
  const unknown = [...LIBRARY.keys()].filter((name) => !NODES.has(name) && !NOT_RAW.has(name));
  expect(unknown).toEqual([]);
  expect([...NODES.keys()].filter((name) => !LIBRARY.has(name))).toEqual([]);
});

test("the table knows every field of its types, and whether it holds nodes", () => {
  const wrong: string[] = [];
  for (const [name, fields] of NODES) {
    const expected = LIBRARY.get(name) ?? new Map<string, string>();
    for (const [field, type] of expected) {
      if (field === "xpr" || NOT_RAW.has(type)) continue;
      const kind = fields.get(field);
      const known =
        type === "Node" || type === "Node[]"
          ? kind === "nodes"
          : LIBRARY.has(type)
            ? typeof kind === "object"
            : kind === "scalar";
      if (!known) wrong.push(`${name}.${field}: ${type}`);
    }
    for (const field of fields.keys()) if (!expected.has(field)) wrong.push(`${name}.${field}: not in the library`);
  }
  expect(wrong).toEqual([]);
});
