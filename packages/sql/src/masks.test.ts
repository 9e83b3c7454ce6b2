import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Mask } from "@gate/contract";
import { resolveMasks } from "./masks.ts";
import { loadParser } from "./parser.ts";
import { CATALOGUE, run } from "./testing.ts";

beforeAll(loadParser);

const column = (name: string, action: Mask["action"] = { kind: "redact" }): Mask => ({
  kind: "column",
  column: name,
  action,
});
const { masked, problems } = resolveMasks([column("public.customers.ssn")], CATALOGUE);

/** "refused", "tests ssn", or for each column of the last statement what becomes of it; "clear" when nothing does. */
function outcome(sql: string, more: Parameters<typeof run>[1] = {}): string {
  const { refusal, predicates, statements } = run(sql, more).masks(masked);
  if (refusal !== undefined) return "refused";
  if (predicates.length > 0) return "tests";
  const columns = statements.at(-1)?.columns;
  if (columns === undefined) return "clear";
  return columns
    .map(({ names, column: key, many }) => {
      const what = names.length === 0 ? "-" : key === undefined ? "redact" : "own";
      return many === true ? `${what}*` : what;
    })
    .join(" ");
}

describe("a mask", () => {
  test("closes its table and the views over it", () => {
    expect(problems).toEqual([]);
    expect([...masked.byColumn.keys()]).toEqual(["20001/4"]);
    expect([...masked.relations].sort()).toEqual([20001, 20004, 20005]);
  });

  test("holds for partitions and inheritance relatives, up and down", () => {
    const partition = resolveMasks([column("public.events_2024.payload")], CATALOGUE).masked;
    expect([...partition.byColumn.keys()].sort()).toEqual(["20006/3", "20007/3"]);
    const parent = resolveMasks([column("public.people.ssn")], CATALOGUE).masked;
    expect([...parent.byColumn.keys()].sort()).toEqual(["20008/3", "20009/3"]);
    const child = resolveMasks([column("public.staff.salary")], CATALOGUE).masked;
    expect([...child.byColumn.keys()]).toEqual(["20009/4"]);
  });

  test("gives way to a stronger one over the same column, whatever the order", () => {
    const weak = column("public.customers.ssn", { kind: "partial", keepFirst: 0, keepLast: 4 });
    const strong = column("public.customers.ssn", { kind: "null" });
    for (const order of [
      [weak, strong],
      [strong, weak],
    ]) {
      expect(resolveMasks(order, CATALOGUE).masked.byColumn.get("20001/4")?.action).toEqual({ kind: "null" });
    }
  });

  test.each([
    "public.customers.nothing",
    "public.nothing.ssn",
    "customers.ssn",
    "ssn",
    "a.b.c.d",
    "public.vip.ssn",
    "pg_catalog.pg_class.relname",
    "",
  ])("that names no table's column is a problem: %s", (name) => {
    expect(resolveMasks([column(name)], CATALOGUE).problems).toHaveLength(1);
  });

  test("names may be quoted", () => {
    expect(resolveMasks([column('"public"."customers"."ssn"')], CATALOGUE).problems).toEqual([]);
  });
});

describe("what becomes of a command over masked columns", () => {
  test.each([
    ["own", "SELECT ssn FROM customers"],
    ["- own", "SELECT id, ssn AS x FROM customers c WHERE c.id = 1 ORDER BY c.name LIMIT 5"],
    ["- - - own -", "SELECT * FROM customers"],
    ["- - - own - -", "SELECT c.*, o.amount FROM customers c JOIN orders o ON o.customer_id = c.id"],
    ["own", "SELECT public.customers.ssn FROM public.customers"],
    ["clear", "SELECT count(*), upper(name) AS n FROM customers GROUP BY n"],
    ["clear", "SELECT name AS n FROM customers ORDER BY n, 1"],
    ["- - - own -", "TABLE customers"],
    ["own", "SELECT ssn FROM customers FOR UPDATE"],
    ["own", "SELECT ssn FROM ONLY customers WHERE id IN (1, 2)"],
    ["clear", "BEGIN; SELECT ssn FROM customers; COMMIT"],
    ["clear", "PREPARE p AS SELECT ssn FROM customers WHERE id = $1"],
    ["own", "PREPARE p AS SELECT ssn FROM customers; EXECUTE p"],
    ["clear", "SELECT * FROM notes"],
    ["clear", "UPDATE notes SET body = '' WHERE id = 1 RETURNING *"],
    ["clear", "SELECT relname FROM pg_class"],
    ["clear", "SELECT nextval('customers_id_seq')"],
    ["clear", "SET statement_timeout = 1"],
    ["clear", "CREATE TABLE other (id int)"],
    ["redact", "SELECT ssn || '' FROM customers"],
    ["redact", "SELECT substr(ssn, 1, 3) FROM customers"],
    ["redact", "SELECT ssn::text FROM customers"],
    ["redact", "SELECT md5(ssn) FROM customers"],
    ["redact", "SELECT c FROM customers c"],
    ["redact", "SELECT customers FROM customers"],
    ["redact", "SELECT c::text FROM customers c"],
    ["own", "SELECT (c).ssn FROM customers c"],
    ["- - - own -", "SELECT (c).* FROM customers c"],
    ["redact", "SELECT row_to_json(c) FROM customers c"],
    ["redact", "SELECT row_to_json(c.*) FROM customers c"],
    ["redact", "SELECT to_jsonb(customers) ->> 'ssn' FROM customers"],
    ["redact", "SELECT ROW(c.*) FROM customers c"],
    ["redact", "SELECT array_agg(ssn) FROM customers"],
    ["redact", "SELECT array_agg(c) FROM customers c"],
    ["redact", "SELECT string_agg(ssn, ',') FROM customers"],
    ["- redact", "SELECT id AS c, row_to_json(c) FROM customers c"],
    ["redact", "SELECT CASE WHEN true THEN ssn END FROM customers"],
    ["redact", "SELECT coalesce(ssn, '') FROM customers"],
    ["redact", "SELECT (ARRAY[ssn])[1] FROM customers"],
    ["redact", "SELECT count(*) FILTER (WHERE ssn LIKE '1%') FROM customers"],
    ["own", "SELECT (SELECT ssn FROM customers LIMIT 1)"],
    ["own", "SELECT ssn FROM (SELECT ssn FROM customers) c"],
    ["own", "WITH c AS (SELECT ssn FROM customers) SELECT ssn FROM c"],
    ["redact", "SELECT ssn FROM vip"],
    ["redact", "SELECT name FROM vip_names"],
    ["own", "SELECT x FROM customers c (a, b, d, x)"],
    ["own", "SELECT j.ssn FROM (customers c JOIN notes n USING (id)) j"],
    ["own", "SELECT ssn FROM customers, generate_series(1, 2)"],
    ["own", "SELECT ssn FROM customers TABLESAMPLE system (10)"],
    ["clear", "SELECT ctid FROM customers"],
    ["own", "VALUES ((SELECT ssn FROM customers))"],
    ["- - - own -", "COPY customers TO STDOUT"],
    ["own", "COPY customers (ssn) TO STDOUT (FORMAT binary)"],
    ["own", "COPY (SELECT ssn FROM customers) TO STDOUT"],
    ["clear", "DECLARE c CURSOR FOR SELECT ssn FROM customers"],
    ["own", "UPDATE customers SET name = '' WHERE id = 1 RETURNING ssn"],
    ["- - - own -", "DELETE FROM customers RETURNING *"],
    ["own", "INSERT INTO customers (ssn) VALUES ('1') RETURNING ssn"],
    ["clear", "EXPLAIN SELECT * FROM customers WHERE name = 'x'"],
    ["tests", "EXPLAIN ANALYZE SELECT * FROM customers"],
    ["clear", "EXPLAIN ANALYZE SELECT id, name FROM customers"],
    ["clear", "PREPARE p AS SELECT ssn || '' FROM customers"],
    ["redact", "PREPARE p AS SELECT ssn || '' FROM customers; EXECUTE p"],
    ["redact", "BEGIN; SELECT ssn FROM customers; SELECT ssn || '' FROM customers"],
    ["redact*", "CREATE TEMP TABLE customers (id int); SELECT * FROM customers"],
  ])("%s: %s", (expected, sql) => {
    expect(outcome(sql)).toBe(expected);
  });

  test.each([
    "SELECT DISTINCT ssn FROM customers",
    "SELECT ssn::int FROM customers",
    "SELECT c.c FROM customers c",
    "SELECT public.customers FROM public.customers",
    "SELECT c.row_to_json FROM customers c",
    "SELECT id AS c FROM customers c WHERE c IS NOT NULL",
    "SELECT id AS c FROM customers c ORDER BY c::text",
    "SELECT max(id) OVER (ORDER BY ssn) FROM customers",
    "SELECT max(id) OVER w FROM customers WINDOW w AS (PARTITION BY ssn)",
    "SELECT id FROM customers WHERE ssn LIKE '1%'",
    "SELECT id FROM customers c WHERE c.ssn = '1'",
    "SELECT id FROM customers ORDER BY ssn",
    "SELECT ssn AS x FROM customers ORDER BY x",
    "SELECT id, ssn FROM customers ORDER BY 2",
    "SELECT * FROM customers ORDER BY 4",
    "SELECT ssn FROM customers GROUP BY 1",
    "SELECT ssn FROM customers GROUP BY ROLLUP (1)",
    "SELECT DISTINCT ON (ssn) id FROM customers",
    "SELECT count(*) FROM customers HAVING max(ssn) > '1'",
    "SELECT id FROM customers LIMIT (SELECT max(ssn) FROM customers)::int",
    "SELECT ssn FROM customers UNION SELECT ''",
    "SELECT x FROM customers c (a, b, d, x) WHERE x = '1'",
    "SELECT * FROM customers NATURAL JOIN people",
    "SELECT * FROM customers JOIN people USING (ssn)",
    "SELECT * FROM customers c JOIN people p ON p.ssn = c.ssn",
    "SELECT n.id FROM notes n WHERE EXISTS (SELECT 1 FROM customers WHERE ssn = n.body)",
  ])("counts as a test of the column: %s", (sql) => {
    expect(outcome(sql)).toBe("tests");
  });

  test.each([
    "SELECT email(c) FROM customers c",
    "COPY notes TO PROGRAM 'sh'",
    "INSERT INTO notes SELECT id, ssn FROM customers",
    "MERGE INTO notes n USING customers c ON n.id = c.id WHEN MATCHED THEN UPDATE SET body = c.ssn",
    "SELECT ssn INTO x FROM customers",
    "CREATE TABLE x AS SELECT * FROM customers",
    "CREATE VIEW x AS SELECT ssn AS y FROM customers",
    "CREATE INDEX ON customers (ssn)",
    "CREATE TABLE x (LIKE customers)",
    "ALTER TABLE customers RENAME COLUMN ssn TO y",
    "PREPARE p AS SELECT ssn FROM customers; CREATE TABLE x AS EXECUTE p",
    "SELECT most_common_vals FROM pg_stats",
    "SELECT query FROM pg_stat_activity",
    "SELECT * FROM pg_toast.pg_toast_20001",
    "SELECT query_to_xml('select ssn from customers', true, true, '')",
    "SELECT work()",
    "SELECT dblink('', 'select ssn from customers')",
    "SELECT pg_read_file('base/1/20001')",
    "SELECT * FROM busy",
    "SELECT * FROM not_in_the_catalogue",
    "DO $$ BEGIN RAISE NOTICE '%', (SELECT ssn FROM customers); END $$",
    "CALL work()",
    "EXECUTE unknown_one",
    "FETCH unknown_one",
    "SET search_path = x; SELECT body FROM notes",
    "SELECT pg_notify('x', ssn) FROM customers",
    "SELECT set_config('application_name', ssn, false) FROM customers",
    "selec",
  ])("is refused: %s", (sql) => {
    expect(outcome(sql)).toBe("refused");
  });
});

test("EXECUTE and FETCH are judged by what they run", () => {
  const plain = run("SELECT ssn FROM customers");
  const leaking = run("SELECT ssn || '' FROM customers");
  const other = run("SELECT body FROM notes");
  expect(outcome("EXECUTE p", { prepared: () => plain })).toBe("own");
  expect(outcome("EXECUTE p", { prepared: () => leaking })).toBe("redact");
  expect(outcome("EXECUTE p", { prepared: () => other })).toBe("clear");
  expect(outcome("FETCH ALL FROM c", { cursor: () => plain })).toBe("own");
  expect(outcome("FETCH ALL FROM c", { cursor: () => leaking })).toBe("redact");
});

test("without masked columns nothing is refused", () => {
  const none = resolveMasks([], CATALOGUE).masked;
  for (const sql of ["SELECT c FROM customers c", "selec", "DO $$ $$", "SELECT * FROM pg_stats"]) {
    expect(run(sql).masks(none)).toMatchObject({ predicates: [] });
    expect(run(sql).masks(none).refusal).toBeUndefined();
  }
});
