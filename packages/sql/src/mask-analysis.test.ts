import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Origin } from "./lineage/index.ts";
import { viewColumns } from "./lineage/view.ts";
import { CLEAN, type Value } from "./lineage/value.ts";
import { alignOrigins } from "./mask-analysis.ts";
import { resolveMasks } from "./masks.ts";
import { loadParser } from "./parser.ts";
import { CATALOGUE, run } from "./testing.ts";

beforeAll(loadParser);

const a: Origin = { names: ["a"] };
const b: Origin = { names: ["b"], column: "1/2" };
const clean: Origin = { names: [] };
const many: Origin = { names: ["m"], many: true };

describe("the places of a result", () => {
  test.each([
    ["as they were worked out", [a, clean, b], 3, [a, clean, b]],
    ["more than were worked out: any may be anything", [a, clean, b], 4, Array(4).fill({ names: ["a", "b"] })],
    ["fewer", [a, b], 1, [{ names: ["a", "b"] }]],
    ["several for one", [a, many, clean], 4, [a, { names: ["m"] }, { names: ["m"] }, clean]],
    ["none for one", [a, many, clean], 2, [a, clean]],
    ["too few for those that are certain", [a, many, clean, b], 2, Array(2).fill({ names: ["a", "b", "m"] })],
    ["two of several", [clean, many, a, many, clean], 5, [clean, ...Array(3).fill({ names: ["a", "m"] }), clean]],
  ] as const)("%s", (_name, origins, count, expected) => {
    expect(alignOrigins(origins as readonly Origin[], count)).toEqual(expected);
  });
});

describe("a view's rule", () => {
  const ssn: Value = { taint: new Set(["7/2"]), direct: "7/2", tame: true };
  const column = (oid: number, attnum: number): Value => (oid === 7 && attnum === 2 ? ssn : CLEAN);
  const table = "{RANGETBLENTRY :alias <> :rtekind 0 :relid 7 :relkind r}";
  const entry = (expr: string, number: number, junk = "false"): string =>
    `{TARGETENTRY :expr ${expr} :resno ${number} :resname x :resjunk ${junk}}`;
  const variable = (attnum: number, varno = 1): string => `{VAR :varno ${varno} :varattno ${attnum} :varlevelsup 0}`;
  const rule = (entries: readonly string[], more = ""): string =>
    `({QUERY :commandType 1 :rtable (${table}) :targetList (${entries.join(" ")}) ${more}})`;

  test("columns keep their origin, expressions have all that is in them", () => {
    const expression = `{FUNCEXPR :funcid 871 :args (${variable(2)} ${variable(3)})}`;
    const columns = viewColumns(rule([entry(variable(1), 1), entry(variable(2), 2), entry(expression, 3)]), column);
    expect(columns?.map(({ direct, taint }) => [direct, [...taint]])).toEqual([
      [undefined, []],
      ["7/2", ["7/2"]],
      [undefined, ["7/2"]],
    ]);
  });

  test.each([
    ["", "nothing"],
    ["({QUERY :commandType 1", "an open bracket"],
    ["{SELECT}", "something else"],
    [`(${rule([])} ${rule([])})`, "two queries"],
  ])("%j is not read: %s", (text) => {
    expect(viewColumns(text, column)).toBeUndefined();
  });

  test("what points nowhere is an error, not a clean column", () => {
    expect(() => viewColumns(rule([entry(variable(1, 9), 1)]), column)).toThrow(RangeError);
  });
});

test("a statement that is too large to follow is refused", () => {
  const { masked } = resolveMasks(
    [{ kind: "column", column: "public.customers.ssn", action: { kind: "redact" } }],
    CATALOGUE,
  );
  let sql = "SELECT name AS a, ssn AS b FROM customers";
  for (let depth = 0; depth < 20; depth += 1) {
    // Two rounds a level, and each of them twice as many in the next.
    sql = `WITH RECURSIVE r (a, b) AS (SELECT name, ssn FROM customers UNION ALL SELECT r.b, r.a FROM r, (${sql}) x) SELECT a, b FROM r`;
  }
  expect(run(sql).masks(masked).refusal).toContain("too large");
});
