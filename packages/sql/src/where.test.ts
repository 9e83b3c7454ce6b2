import { beforeAll, expect, test } from "@jest/globals";
import { loadParser } from "./parser.ts";
import { run } from "./testing.ts";

beforeAll(loadParser);

const whereOf = (sql: string): unknown => {
  const fact = run(sql).facts.fields["where"];
  return fact?.type === "scalar" ? fact.value : "?";
};

test.each([
  "id = 1",
  "id = -1",
  "1 = id",
  "customers.id = 1",
  "public.customers.id = 1",
  "id = $1",
  "id = $1::int",
  "id = '5'::pg_catalog.int8",
  "name = 'x' AND (id = 1 AND region > 'a')",
  "id OPERATOR(pg_catalog.=) 1",
  "email = 'x'::text",
])("equality on a whole key is keyed: %s", (condition) => {
  // id is the primary key; 20001's second key is its third column, email.
  expect(whereOf(`DELETE FROM public.customers WHERE ${condition}`)).toBe("keyed");
});

test.each([
  "id > 1",
  "id <> 1",
  "id IN (1)",
  "id = 1 OR name = 'x'",
  "NOT id = 1",
  "id = (SELECT 1 FROM notes WHERE id = 4)",
  "id = other_column",
  "id = lower('x')",
  "id = '1'::bpchar",
  "id = 1::float8",
  "id = '1'::public.money_amount",
  "(id = 1) = true",
  "name = 'x'",
  "id IS NOT DISTINCT FROM 1",
  "id = ANY (ARRAY[1])",
  "other.id = 1",
  "id BETWEEN 1 AND 1",
  "id = NULL",
  "id = ANY ($1)",
  "id IN ($1, $2)",
  "coalesce(id = 1, true)",
])("anything else that depends on the row is present: %s", (condition) => {
  expect(whereOf(`DELETE FROM customers WHERE ${condition}`)).toBe("present");
});

test.each([
  "true",
  "false",
  "1 = 1",
  "1 = $1",
  "$1",
  "now() > '2000-01-01'",
  "NOT false",
  "random() < 2",
  "EXISTS (SELECT * FROM notes LIMIT 1)",
  "(SELECT count(*) FROM notes) >= 0",
  "id = id",
  "id = customers.id",
  "customers.id >= id",
  "id = 1 OR true",
  "id = 1 OR 1 = 1",
  "id = 1 OR id <> 1",
  "id < 5 OR id >= 5",
  "id = 1 OR NOT (id = 1)",
  "name IS NULL OR name IS NOT NULL",
  "id IS NOT NULL",
  "name LIKE '%'",
  "name ILIKE '%%'",
  "name ~ '.*'",
  "name ~ ''",
  "id IN (1, id)",
  "id IS NOT DISTINCT FROM id",
  "true AND (false OR 1 = 1)",
  "id = id AND name LIKE '%'",
  "NOT (false AND id = 1)",
  "(id = id) IS TRUE",
  "(id = 1 OR id <> 1) IS NOT FALSE",
  "coalesce(id = id, false)",
  "coalesce(name, 'x') IS NOT NULL",
  "id BETWEEN id AND id",
])("what is true of every row, or does not depend on it, is a tautology: %s", (condition) => {
  expect(whereOf(`DELETE FROM customers WHERE ${condition}`)).toBe("tautology");
});

test.each([
  ["UPDATE customers c SET name = '' WHERE c.id = 1", "keyed"],
  ["UPDATE customers c SET name = '' FROM orders customers WHERE customers.id = 1", "present"],
  ["UPDATE customers c SET name = '' FROM notes WHERE notes.id = 1", "present"],
  ["DELETE FROM orders WHERE customer_id = 1 AND line = 2", "keyed"],
  ["DELETE FROM orders WHERE customer_id = 1", "present"],
  ["DELETE FROM orders WHERE customer_id = 1 AND (line = 2 OR line = 3)", "present"],
  ["DELETE FROM people WHERE id = 1", "present"],
  ["DELETE FROM ONLY people WHERE id = 1", "keyed"],
  ["DELETE FROM events WHERE id = 1 AND day = '2024-01-01'", "keyed"],
  ["DELETE FROM vip WHERE id = 1", "present"],
  ["DELETE FROM audit.log WHERE id = 1", "present"],
  ["DELETE FROM nothing_here WHERE id = 1", "present"],
  ["DELETE FROM customers WHERE id = 1; DELETE FROM notes", "none"],
  ["DELETE FROM customers; DELETE FROM notes WHERE true", "tautology"],
  ["SELECT 1", null],
  ["INSERT INTO notes VALUES (1)", null],
])("%s", (sql, expected) => {
  expect(whereOf(sql)).toBe(expected);
});

test("a name that could be a temporary table's has no key", () => {
  expect(run("DELETE FROM notes WHERE id = 1", { temporary: new Set(["notes"]) }).facts.fields["where"]).toEqual({
    type: "scalar",
    value: "present",
  });
});

test("a users' operator named = proves nothing", () => {
  expect(run("DELETE FROM public.notes WHERE id = 1", { searchPath: ["audit"] }).facts.fields["where"]).toEqual({
    type: "scalar",
    value: "present",
  });
});

test("a parameter of a type that rounds, or one whose type another use decides, pins no key", () => {
  expect(whereOf("PREPARE p(int) AS DELETE FROM public.customers WHERE id = $1")).toBe("keyed");
  expect(whereOf("PREPARE p(float8) AS DELETE FROM public.customers WHERE id = $1")).toBe("present");
  expect(whereOf("PREPARE p(float8) AS DELETE FROM public.customers WHERE id = $1::int8")).toBe("keyed");
  expect(whereOf("PREPARE p(float8, int) AS DELETE FROM public.customers WHERE id = $2 AND $1 > 0")).toBe("keyed");
  expect(whereOf("UPDATE public.customers SET name = ($1::float8)::text WHERE id = $1")).toBe("present");
  expect(whereOf("PREPARE p(float8) AS DELETE FROM public.customers WHERE id = $1; EXECUTE p(1)")).toBe("present");
});
