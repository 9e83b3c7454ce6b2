/** Masked columns: never in clear, in whatever form they are asked for; what cannot be masked is refused. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import {
  bind,
  describePortal,
  execute,
  field,
  parse,
  query,
  sync,
  values,
  type RawMessage,
  type RawPostgres,
} from "../../packages/testkit/src/postgres-raw.ts";
import { DATABASE, errorOf, login, rowCount, sqlstate, useServer } from "./postgres-fixture.ts";

const SSN = "078-05-1120";
const SECRETS = [SSN, "219-09-9999", "4111111111111111", "ada@example.com", "4242424242", "0211-50-8706"];

const fixture = useServer({
  schema: `
CREATE TABLE customers (id int PRIMARY KEY, name text, ssn text, card varchar(20), mail text UNIQUE, pin bigint, doc jsonb);
INSERT INTO customers VALUES
  (1, 'Ada', '078-05-1120', '4111111111111111', 'ada@example.com', 4242424242, '{"a": 1}'),
  (2, 'Bob', '219-09-9999', '5500000000000004', 'bob@example.com', 1717171717, NULL),
  (3, 'Cyd', NULL, NULL, NULL, NULL, NULL);
CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customers, total numeric);
INSERT INTO orders VALUES (10, 1, 5), (11, 2, 6);
CREATE VIEW people AS SELECT id, ssn FROM customers;
CREATE TABLE archive () INHERITS (customers);
INSERT INTO archive VALUES (9, 'Old', '0211-50-8706', NULL, NULL, NULL, NULL);
CREATE FUNCTION leak() RETURNS text LANGUAGE sql STABLE AS 'SELECT string_agg(ssn, '','') FROM customers';
CREATE FUNCTION raising(text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'got %', $1; END $$;
`,
});

const POLICY = `
rules:
  main:
  - {id: any, effect: allow, match: {statement: ["*"], functions: any}}
masks:
  pii:
  - {column: public.customers.ssn, action: redact}
  - {column: public.customers.card, action: partial, keep_last: 4}
  - {column: public.customers.mail, action: tokenize}
  - {column: public.customers.pin, action: "null"}
`;

let gate: Harness;
beforeAll(async () => {
  gate = await fixture.lastingGate(POLICY, { grantKeys: "masks: [pii]" });
}, 90_000);

function inClear(messages: readonly RawMessage[]): string[] {
  const all = Buffer.concat(messages.map(({ body }) => body));
  const pin = Buffer.alloc(8);
  pin.writeBigInt64BE(4242424242n);
  const found = SECRETS.filter((secret) => all.includes(secret));
  return all.includes(pin) ? [...found, "pin"] : found;
}

function rows(messages: readonly RawMessage[]): (string | null)[][] {
  return messages.filter(({ type }) => type === "D").map(values);
}

async function extended(client: RawPostgres, sql: string, binary = false, describe = true): Promise<RawMessage[]> {
  client.send(parse("", sql), bind("", "", [], binary), ...(describe ? [describePortal("")] : []), execute(""), sync());
  return client.until("Z");
}

describe("columns that can be told", () => {
  test("a plain column is masked by its action, NULL stays NULL", async () => {
    const client = await login(gate);
    const answer = await client.query("SELECT id, ssn, card, mail, pin FROM customers WHERE id < 4 ORDER BY id");
    expect(inClear(answer)).toEqual([]);
    const [ada, bob, cyd] = rows(answer);
    expect(ada?.[1]).not.toBe(bob?.[1] === ada?.[1] ? "never" : SSN);
    expect(ada?.[2]).toMatch(/^\D+1111$/);
    expect(ada?.[3]).not.toBe(bob?.[3]);
    expect(ada?.[4]).toBeNull();
    expect(cyd).toEqual(["3", null, null, null, null]);
    const again = await client.query("SELECT mail FROM customers WHERE id = 1");
    expect(rows(again)[0]?.[0]).toBe(ada?.[3]);
  });

  test.each([
    ["an alias", "SELECT c.ssn AS innocent FROM customers c"],
    ["every column", "SELECT * FROM customers"],
    ["every column of a join", "SELECT * FROM orders o JOIN customers c ON c.id = o.customer"],
    ["a sub-select", "SELECT s.x FROM (SELECT ssn AS x FROM customers) s"],
    ["a CTE", "WITH w AS (SELECT ssn FROM customers) SELECT * FROM w"],
    ["DISTINCT and ORDER BY", "SELECT DISTINCT ssn FROM customers ORDER BY ssn"],
    ["GROUP BY", "SELECT ssn FROM customers GROUP BY ssn"],
    ["TABLE", "TABLE customers"],
    ["an inherited table", "SELECT ssn, card FROM archive"],
    ["a view", "SELECT ssn FROM people"],
    ["RETURNING", "UPDATE customers SET name = name WHERE id = 1 RETURNING ssn, card, mail, pin"],
    ["a LATERAL join", "SELECT l.* FROM orders o, LATERAL (SELECT ssn FROM customers c WHERE c.id = o.customer) l"],
    ["a whole row", "SELECT c FROM customers c"],
    ["concatenation", "SELECT ssn || '' FROM customers"],
    ["a cast", "SELECT ssn::varchar, pin::text FROM customers"],
    ["functions", "SELECT substr(ssn, 1, 20), reverse(reverse(ssn)), md5(ssn) FROM customers"],
    ["aggregates", "SELECT string_agg(ssn, ','), array_agg(card), max(mail) FROM customers"],
    ["JSON of a row", "SELECT row_to_json(c), to_jsonb(c) FROM customers c"],
    ["UNION", "SELECT ssn FROM customers UNION ALL SELECT 'x'"],
    ["a scalar sub-query", "SELECT (SELECT ssn FROM customers WHERE id = 1)"],
    ["VALUES over a sub-query", "VALUES ((SELECT ssn FROM customers WHERE id = 1))"],
    ["CASE and COALESCE", "SELECT CASE WHEN true THEN ssn END, coalesce(ssn, '') FROM customers"],
    ["an array", "SELECT ARRAY(SELECT ssn FROM customers), ARRAY[card] FROM customers"],
    ["a function that reads the table", "SELECT leak()"],
    ["query_to_xml", "SELECT query_to_xml('SELECT * FROM customers', true, false, '')"],
    ["statistics", "SELECT * FROM pg_stats WHERE tablename = 'customers'"],
    ["COPY of the table", "COPY customers TO STDOUT"],
    ["COPY as CSV", "COPY customers (ssn) TO STDOUT (FORMAT csv)"],
    ["COPY in binary", "COPY customers TO STDOUT (FORMAT binary)"],
    ["COPY of a query", "COPY (SELECT ssn FROM customers) TO STDOUT"],
    ["CREATE TABLE AS", "CREATE TABLE stolen AS SELECT * FROM customers"],
    ["INSERT of a SELECT", "INSERT INTO orders SELECT pin - 4242424142, 1, 0 FROM customers WHERE id = 1 RETURNING *"],
    ["a setting", "SELECT set_config('application_name', ssn, false) FROM customers WHERE id = 1"],
    ["a notification", "SELECT pg_notify('x', ssn) FROM customers"],
    ["a cast that fails", "SELECT ssn::int FROM customers"],
    ["a function that raises", "SELECT raising(ssn) FROM customers"],
    ["EXPLAIN ANALYZE", "EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM customers WHERE ssn = '078-05-1121'"],
  ])("%s: nothing in clear, simple, extended, binary, undescribed", async (_name, sql) => {
    const client = await login(gate);
    await client.query("LISTEN x");
    for (const answer of [
      await client.query(sql),
      await extended(client, sql),
      await extended(client, sql, true),
      await extended(client, sql, false, false),
      await extended(client, sql, true, false),
    ]) {
      expect(inClear(answer)).toEqual([]);
      // Masked or refused, never empty-handed in silence.
      const rows = answer.filter(({ type }) => type === "D" || type === "d").length;
      expect(rows > 0 || sqlstate(answer) === "42501").toBe(true);
    }
    expect(rowCount(await client.query("SELECT 1"))).toBe(1);
    const [stolen] = await fixture.server.query("SELECT to_regclass('stolen') AS stolen", DATABASE);
    expect(stolen).toEqual({ stolen: null });
  });

  test.each([
    "SELECT id, ssn FROM customers ORDER BY id",
    "SELECT * FROM customers",
    "SELECT c.ssn AS other, o.id FROM customers c JOIN orders o ON o.customer = c.id",
  ])("is answered, not refused: %s", async (sql) => {
    const client = await login(gate);
    for (const answer of [await client.query(sql), await extended(client, sql, true)]) {
      expect(errorOf(answer)).toBeUndefined();
      expect(rowCount(answer)).toBeGreaterThan(1);
      expect(inClear(answer)).toEqual([]);
    }
  });

  test("columns without a mask are what they are, in text and binary", async () => {
    const client = await login(gate);
    expect(rows(await client.query("SELECT name, doc FROM customers WHERE id = 1"))).toEqual([["Ada", '{"a": 1}']]);
    const binary = await extended(client, "SELECT id, name FROM customers WHERE id = 2", true);
    const [row] = binary.filter(({ type }) => type === "D");
    expect(row?.body.toString("latin1")).toBe("\0\x02\0\0\0\x04\0\0\0\x02\0\0\0\x03Bob");
  });

  test("the record counts what was masked", async () => {
    const own = await fixture.gate(POLICY, { grantKeys: "masks: [pii]" });
    const client = await login(own);
    await client.query("SELECT ssn, card FROM customers WHERE id < 3");
    await client.query("SELECT 1");
    const results = (await own.entries()).filter((entry) => entry.type === "result");
    const masked = results.map((entry) => (entry.type === "result" ? entry.masked : undefined));
    expect(masked[0]).toEqual({ "column:public.customers.ssn": 2, "column:public.customers.card": 2 });
  });
});

describe("cursors and prepared statements", () => {
  test("a cursor of SQL, by FETCH and by Execute without a Describe", async () => {
    const client = await login(gate);
    await client.query("BEGIN");
    const declared = await client.query("DECLARE c CURSOR FOR SELECT ssn FROM customers");
    const fetched = await client.query("FETCH 1 FROM c");
    client.send(execute("c", 1), sync());
    const executed = await client.until("Z");
    expect(inClear([...declared, ...fetched, ...executed])).toEqual([]);
    expect(rowCount(fetched) === 1 || sqlstate(fetched) !== undefined).toBe(true);
  });

  test("a portal of the protocol, by FETCH", async () => {
    const client = await login(gate);
    await client.query("BEGIN");
    client.send(parse("", "SELECT ssn, pin FROM customers"), bind("p", "", [], true), sync());
    await client.until("Z");
    expect(inClear(await client.query("FETCH ALL FROM p"))).toEqual([]);
  });

  test("a statement of SQL by Bind, one of the protocol by EXECUTE", async () => {
    const client = await login(gate);
    const all = [...(await client.query("PREPARE q AS SELECT ssn, pin FROM customers"))];
    client.send(bind("", "q", [], true), execute(""), sync());
    all.push(...(await client.until("Z")));
    client.send(parse("r", "SELECT card, mail FROM customers"), sync());
    all.push(...(await client.until("Z")), ...(await client.query("EXECUTE r")));
    expect(inClear(all)).toEqual([]);
  });

  test("a portal in parts, some described late", async () => {
    const client = await login(gate);
    client.send(
      parse("", "SELECT ssn FROM customers ORDER BY id"),
      bind("", ""),
      execute("", 1),
      describePortal(""),
      execute("", 1),
      execute("", 0),
      sync(),
    );
    const answer = await client.until("Z");
    expect(errorOf(answer)).toBeUndefined();
    expect(inClear(answer)).toEqual([]);
  });

  test("a batch whose statements return different columns", async () => {
    const client = await login(gate);
    const answer = await client.query(
      "SELECT name FROM customers; SELECT ssn FROM customers; SELECT 1, card FROM customers",
    );
    expect(inClear(answer)).toEqual([]);
  });
});

describe("errors and notices", () => {
  test("DETAIL and rows in error messages do not pass", async () => {
    const client = await login(gate);
    const answers = [
      await client.query("INSERT INTO customers (id, mail) VALUES (50, 'ada@example.com')"),
      await client.query("UPDATE customers SET mail = 'ada@example.com' WHERE id = 2"),
      await client.query("UPDATE customers SET id = NULL WHERE id = 1"),
      await client.query("DELETE FROM customers WHERE id = 1"),
    ];
    for (const answer of answers) {
      expect(errorOf(answer)).toBeDefined();
      expect(inClear(answer)).toEqual([]);
      expect(field(errorOf(answer), "D")?.includes("example.com") ?? false).toBe(false);
    }
  });

  test("an error without masks is what the server said", async () => {
    const plain = await fixture.gate();
    const client = await login(plain);
    const answer = await client.query("INSERT INTO orders VALUES (10, 1, 1)");
    expect(field(errorOf(answer), "D")).toBe("Key (id)=(10) already exists.");
  });
});

test("a mask on a column that is not there refuses everything rather than nothing", async () => {
  const typo = await fixture.gate(POLICY.replace("customers.ssn", "customers.snn"), { grantKeys: "masks: [pii]" });
  const client = await login(typo);
  const answer = await client.query("SELECT ssn FROM customers");
  expect(sqlstate(answer)).toBe("42501");
  expect(field(errorOf(answer), "M")).toContain("customers.snn");
});

test("a row split over many segments is masked all the same", async () => {
  const client = await login(gate);
  const sql = `SELECT repeat('x', 300000) AS pad, ssn, repeat('y', 300000) AS more FROM customers ORDER BY id LIMIT 3`;
  client.send(query(sql));
  const answer = await client.until("Z");
  expect(errorOf(answer)).toBeUndefined();
  expect(rowCount(answer)).toBe(3);
  expect(inClear(answer)).toEqual([]);
});
