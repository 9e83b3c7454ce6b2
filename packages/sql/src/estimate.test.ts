import { beforeAll, expect, test } from "@jest/globals";
import { estimable, estimatedRows, withEstimate } from "./estimate.ts";
import { loadParser } from "./parser.ts";
import { run } from "./testing.ts";

beforeAll(loadParser);

const ask = (sql: string): string => {
  const found = estimable(sql, run(sql));
  return found.kind === "explain" ? found.sql : found.kind;
};

test("one plain statement of safe functions can be planned", () => {
  expect(ask("SELECT lower(name) FROM public.orders")).toBe("unknown"); // public.lower could be meant
  expect(ask("SELECT max(id) FROM customers")).toBe("EXPLAIN (FORMAT JSON) SELECT max(id) FROM customers");
  expect(ask("/* a */ DELETE FROM notes;")).toBe("EXPLAIN (FORMAT JSON) /* a */ DELETE FROM notes;");
  expect(ask("UPDATE notes SET body = $1")).toBe("EXPLAIN (FORMAT JSON, GENERIC_PLAN) UPDATE notes SET body = $1");
});

test("nothing else is ever sent", () => {
  for (const sql of [
    "SELECT work()",
    "SELECT pg_sleep(1)",
    "SELECT 1 === 2",
    "SELECT 1; SELECT 2",
    "EXPLAIN ANALYZE DELETE FROM notes",
    "CREATE TABLE x AS SELECT 1",
    "DO $$ BEGIN END $$",
    "COPY notes TO STDOUT",
    "EXECUTE p",
    "VACUUM",
    "SELEC 1",
  ]) {
    expect(ask(sql)).toBe("unknown");
  }
  for (const sql of ["BEGIN", "SHOW all", "SET statement_timeout = 1", ""]) expect(ask(sql)).toBe("none");
});

test("rows returned and rows changed count, whichever are more", () => {
  const scan = { "Node Type": "Seq Scan", "Parent Relationship": "Outer", "Plan Rows": 5000 };
  const change = { "Node Type": "ModifyTable", "Plan Rows": 0, Plans: [scan] };
  expect(estimatedRows(JSON.stringify([{ Plan: scan }]))).toBe(5000);
  expect(estimatedRows(JSON.stringify([{ Plan: change }]))).toBe(5000);
  expect(estimatedRows(JSON.stringify([{ Plan: { "Plan Rows": 1, Plans: [change] } }]))).toBe(5000);
  expect(estimatedRows(JSON.stringify([{ Plan: { "Plan Rows": 3, Plans: [scan] } }]))).toBe(3);
  for (const text of ["", "{}", "[]", "[{}]", '[{"Plan":{"Plan Rows":"3"}}]', "null"]) {
    expect(estimatedRows(text)).toBeUndefined();
  }
});

test("the fact is added to the command and to its parts", () => {
  const { facts } = withEstimate(run("BEGIN; SELECT 1"), undefined);
  expect(facts.fields["estimated_rows"]).toEqual({ type: "scalar", value: undefined });
  expect(facts.parts?.map((part) => part.fields["estimated_rows"])).toHaveLength(2);
});
