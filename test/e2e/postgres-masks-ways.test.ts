/** Every way out of the server besides rows, and what definitions of others do to masks that are in force. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import {
  bind,
  copyData,
  copyDone,
  describePortal,
  execute,
  field,
  frame,
  int16,
  int32,
  parse,
  query,
  sync,
  values,
  type RawMessage,
} from "../../packages/testkit/src/postgres-raw.ts";
import { canariesIn } from "../lineage/canaries.ts";
import { POLICY, SCHEMA } from "../lineage/fixture.ts";
import { errorOf, login, rowCount, sqlstate, useServer } from "./postgres-fixture.ts";

const fixture = useServer({
  schema: `${SCHEMA}
CREATE UNIQUE INDEX one_card ON customers (card, id);
CREATE TABLE loud_orders (id int, note text);
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    RAISE NOTICE 'ssn %', (SELECT max(ssn) FROM customers);
    PERFORM pg_notify('news', (SELECT max(ssn) FROM customers));
    IF NEW.id = 13 THEN RAISE EXCEPTION 'bad %', (SELECT max(ssn) FROM customers) USING DETAIL = (SELECT max(card) FROM customers); END IF;
    RETURN NEW;
  END $$;
CREATE TRIGGER tell BEFORE INSERT ON loud_orders FOR EACH ROW EXECUTE FUNCTION tell();
CREATE TABLE checked (id int PRIMARY KEY, total int CHECK (total > 0));
INSERT INTO checked VALUES (1, 1);
`,
});
let gate: Harness;
beforeAll(async () => {
  gate = await fixture.lastingGate(POLICY, { grantKeys: "masks: [pii]" });
}, 90_000);

function found(messages: readonly RawMessage[]): string[] {
  return canariesIn(Buffer.concat(messages.map(({ body }) => body)));
}

describe("errors, notices, notifications", () => {
  test.each([
    ["a unique key", "INSERT INTO customers (id, mail) VALUES (50, 'quetzal@nest.example')", "23505"],
    ["a unique key in UPDATE", "UPDATE customers SET mail = 'quetzal@nest.example' WHERE id = 2", "23505"],
    ["a row that fails a constraint", "UPDATE customers SET id = NULL WHERE id = 1", "23502"],
    ["a foreign key", "DELETE FROM customers WHERE id = 1", "23503"],
    ["an index over several columns", "CREATE UNIQUE INDEX twice ON customers (region)", "42501"],
  ])("%s: the code stays, the values go", async (_name, sql, code) => {
    const client = await login(gate);
    const answer = await client.query(sql);
    expect(sqlstate(answer)).toBe(code);
    expect(found(answer)).toEqual([]);
    expect(field(errorOf(answer), "D")?.includes("=") ?? false).toBe(false);
  });

  test("what a trigger says of other tables does not pass", async () => {
    const client = await login(gate);
    await client.query("LISTEN news");
    const all = [
      ...(await client.query("INSERT INTO loud_orders VALUES (1, 'x')")),
      ...(await client.query("INSERT INTO loud_orders VALUES (13, 'x')")),
      ...(await client.query("SELECT 1")),
    ];
    expect(found(all)).toEqual([]);
  });

  test("where no masked relation is involved an error is the server's own", async () => {
    const client = await login(gate);
    const doubled = await client.query("INSERT INTO checked VALUES (1, 5)");
    expect(field(errorOf(doubled), "D")).toBe("Key (id)=(1) already exists.");
    expect(field(errorOf(await client.query("SELECT 'abc'::int")), "M")).toContain('"abc"');
    expect(field(errorOf(await client.query("SELECT missing FROM customers")), "M")).toContain('"missing"');
    expect(field(errorOf(await client.query("SELECT 1 / 0")), "M")).toBe("division by zero");
  });

  test("a constraint that is checked at COMMIT", async () => {
    await fixture.server.query(
      "CREATE TABLE late (id int, ssn text, UNIQUE (ssn) DEFERRABLE INITIALLY DEFERRED); INSERT INTO late VALUES (1, 'Canary-ssn-7Q')",
      "shop",
    );
    const policy = POLICY.replace("public.parted.ssn", "public.late.ssn");
    const own = await fixture.gate(policy, { grantKeys: "masks: [pii]" });
    const client = await login(own);
    const all = [
      ...(await client.query("BEGIN")),
      ...(await client.query("INSERT INTO late VALUES (2, 'Canary-ssn-' || '7Q')")),
      ...(await client.query("COMMIT")),
    ];
    expect(sqlstate(all)).toBe("23505");
    expect(found(all)).toEqual([]);
  });

  test("the server's own view of a setting", async () => {
    const client = await login(gate);
    const sql = "SELECT set_config('application_name', ssn, false) FROM customers WHERE id = 1";
    const all = [...(await client.query(sql)), ...(await client.query("SHOW application_name"))];
    expect(sqlstate(all)).toBe("42501");
    expect(found(all)).toEqual([]);
  });
});

describe("other messages", () => {
  test("FunctionCall is refused whatever it calls", async () => {
    const client = await login(gate);
    const [row] = await fixture.server.query("SELECT 'table_to_xml'::regproc::oid::int AS oid", "shop");
    client.send(frame("F", Buffer.concat([int32(Number(row?.["oid"])), int16(0), int16(0), int16(0)])));
    const answer = await client.until("Z");
    expect(sqlstate(answer)).toBe("42501");
    expect(found(answer)).toEqual([]);
  });

  test("a cursor, by FETCH and by Execute, described and not", async () => {
    const client = await login(gate);
    const all: RawMessage[] = [];
    await client.query("BEGIN");
    await client.query("DECLARE c CURSOR FOR SELECT id, ssn, upper(card), k FROM customers k ORDER BY id");
    all.push(...(await client.query("FETCH 1 FROM c")));
    client.send(execute("c", 1), sync());
    all.push(...(await client.until("Z")));
    client.send(describePortal("c"), execute("c", 1), sync());
    all.push(...(await client.until("Z")));
    await client.query("DECLARE b BINARY CURSOR FOR SELECT ssn, pin, md5(ssn) FROM customers");
    all.push(...(await client.query("FETCH ALL FROM b")));
    expect(rowCount(all)).toBe(7);
    expect(found(all)).toEqual([]);
    client.send(query("ROLLBACK"));
    await client.until("Z");
  });

  test("prepared by SQL and run by the protocol, and the other way round", async () => {
    const client = await login(gate);
    const all = [...(await client.query("PREPARE q AS SELECT id, reverse(ssn), row_to_json(c) FROM customers c"))];
    client.send(bind("", "q", [], true), execute(""), sync());
    all.push(...(await client.until("Z")), ...(await client.query("EXECUTE q")));
    client.send(parse("r", "SELECT md5(card), ssn FROM customers"), sync());
    all.push(...(await client.until("Z")), ...(await client.query("EXECUTE r")));
    expect(rowCount(all)).toBe(9 + 3);
    expect(errorOf(all)).toBeUndefined();
    expect(found(all)).toEqual([]);
  });

  test("a batch: each statement's columns are its own", async () => {
    const client = await login(gate);
    const sql =
      "SELECT name, ssn FROM customers; SELECT ssn AS name, upper(name) FROM customers; COPY customers TO STDOUT; SELECT card, id FROM customers";
    const answer = await client.query(sql);
    expect(errorOf(answer)).toBeUndefined();
    expect(found(answer)).toEqual([]);
    const names = answer.filter(({ type }) => type === "D").map((message) => values(message)[1]);
    expect(names.slice(4, 8)).toEqual(["ADA", "BOB", "CYD", "OLD"]);
  });

  test("COPY FROM into a masked table goes through, and shows nothing", async () => {
    const client = await login(gate);
    await client.query("BEGIN");
    client.send(query("COPY customers (id, name, ssn) FROM STDIN"));
    await client.until("G");
    client.send(copyData("71\tEve\tmine\n1\tTwice\tmine\n"), copyDone());
    const answer = await client.until("Z");
    expect(sqlstate(answer)).toBe("23505");
    expect(found(answer)).toEqual([]);
    await client.query("ROLLBACK");
  });
});

describe("copies", () => {
  test("a column under as strong a mask may hold the value, and hides it", async () => {
    const client = await login(gate);
    await client.query("BEGIN");
    expect(
      errorOf(await client.query("UPDATE vault SET secret = c.ssn FROM customers c WHERE c.id = 1")),
    ).toBeUndefined();
    const answer = await client.query("SELECT * FROM vault");
    expect(rowCount(answer)).toBe(1);
    expect(found(answer)).toEqual([]);
    await client.query("ROLLBACK");
  });

  test("a value set by the client itself is written", async () => {
    const client = await login(gate);
    expect(errorOf(await client.query("UPDATE customers SET ssn = 'new' WHERE id = 3"))).toBeUndefined();
    const [row] = await fixture.server.query("SELECT ssn FROM ONLY customers WHERE id = 3", "shop");
    expect(row).toEqual({ ssn: "new" });
    await fixture.server.query("UPDATE customers SET ssn = NULL WHERE id = 3", "shop");
  });
});

describe("questions in the shape of results", () => {
  const QUESTIONS = [
    "SELECT nullif(ssn, 'Canary-ssn-7Q') FROM customers",
    "SELECT CASE WHEN ssn LIKE 'C%' THEN 'x' END FROM customers",
    "SELECT (SELECT 1 FROM orders o WHERE o.id = 10 AND c.id = 1) IS NULL, nullif(c.ssn, 'x') IS NULL FROM customers c",
    "SELECT nullif(ssn = 'Canary-ssn-7Q', true), nullif(length(ssn), 13) FROM customers",
    "SELECT ARRAY[ssn], string_to_array(name, ssn) FROM customers",
    "SELECT max(ssn) FILTER (WHERE ssn > 'D') FROM customers GROUP BY id",
    "SELECT lag(ssn) OVER (ORDER BY id) FROM customers",
    "SELECT x.s FROM orders o LEFT JOIN (SELECT id, upper(ssn) AS s FROM customers) x ON x.id = o.customer AND o.id > 10",
  ];

  test.each(QUESTIONS)("every row of what is derived looks the same: %s", async (sql) => {
    const client = await login(gate);
    const last = (message: RawMessage): string => String(values(message).at(-1));
    const simple = (await client.query(sql)).filter(({ type }) => type === "D");
    client.send(parse("", sql), bind("", "", [], true), execute(""), sync());
    const binary = (await client.until("Z")).filter(({ type }) => type === "D");
    const copied = (await client.query(`COPY (${sql}) TO STDOUT`)).filter(({ type }) => type === "d");
    expect([simple.length, binary.length]).toEqual([copied.length, copied.length]);
    if (copied.length === 0) return;
    expect(copied.length).toBeGreaterThan(1);
    expect(new Set(simple.map(last)).size).toBe(1);
    expect(new Set(binary.map(last)).size).toBe(1);
    expect(new Set(copied.map(({ body }) => body.toString().trim().split("\t").at(-1))).size).toBe(1);
  });
});

describe("definitions", () => {
  test("a view that comes later is followed as well", async () => {
    const client = await login(gate);
    await client.query("SELECT 1");
    await fixture.server.query("CREATE VIEW later AS SELECT id, upper(ssn) AS up FROM customers", "shop");
    const own = await fixture.gate(POLICY, { grantKeys: "masks: [pii]" });
    const fresh = await login(own);
    for (const each of [client, fresh]) {
      const answer = await each.query("SELECT * FROM later");
      expect(found(answer)).toEqual([]);
      expect(rowCount(answer) > 0 || errorOf(answer) !== undefined).toBe(true);
    }
    expect(rowCount(await fresh.query("SELECT * FROM later"))).toBe(4);
  });

  test("a column that comes later is not shown before the catalogue knows it", async () => {
    const client = await login(gate);
    await client.query("SELECT 1");
    await fixture.server.query(
      "ALTER TABLE customers ADD COLUMN again text GENERATED ALWAYS AS (lower(ssn)) STORED",
      "shop",
    );
    for (const sql of [
      "SELECT again FROM customers",
      "SELECT * FROM customers",
      "SELECT c FROM customers c",
      "COPY customers TO STDOUT",
    ]) {
      expect(found(await client.query(sql))).toEqual([]);
    }
    const own = await fixture.gate(POLICY, { grantKeys: "masks: [pii]" });
    const fresh = await login(own);
    expect(found(await fresh.query("SELECT again, upper(again) FROM customers"))).toEqual([]);
    await fixture.server.query("ALTER TABLE customers DROP COLUMN again", "shop");
  });

  test("a clean view can be made through the gate, and is clean", async () => {
    const client = await login(gate);
    expect(errorOf(await client.query("CREATE VIEW tidy AS SELECT id, name FROM customers"))).toBeUndefined();
    const answer = await client.query("SELECT name FROM tidy ORDER BY id");
    expect(answer.filter(({ type }) => type === "D").map((row) => values(row)[0])).toEqual([
      "Ada",
      "Bob",
      "Cyd",
      "Old",
    ]);
    expect(errorOf(await client.query("DROP VIEW tidy"))).toBeUndefined();
  });
});
