/** Commands that test a masked column: denied where nothing is said, held or allowed where the mask says so. */
import { describe, expect, test } from "@jest/globals";
import { field, query } from "../../packages/testkit/src/postgres-raw.ts";
import { errorOf, login, rowCount, sqlstate, useServer } from "./postgres-fixture.ts";

const fixture = useServer({
  schema: `
CREATE TABLE people (id int PRIMARY KEY, name text, ssn text UNIQUE, mail text);
INSERT INTO people VALUES (1, 'Ada', 'secret-1', 'a@b.example'), (2, 'Bob', 'secret-2', NULL);
CREATE VIEW listed AS SELECT id, ssn AS number FROM people;
`,
});

const policy = (ssn: string, more = ""): string => `
rules:
  main:
  - {id: any, effect: allow, match: {statement: ["*"], functions: any}}
approvals:
  privacy: {from: ["person:dana"], count: 1, timeout: 1m}
masks:
  pii:
  - {column: public.people.ssn, action: redact${ssn}}
  - {column: public.people.mail, action: redact${more}}
`;
const GRANT = { grantKeys: "masks: [pii]" };
const TESTS = [
  "SELECT id FROM people WHERE ssn = 'secret-1'",
  "SELECT id FROM listed WHERE number LIKE 'secret-1%'",
  "SELECT id FROM people ORDER BY ssn",
  "SELECT count(*) FROM people GROUP BY ssn",
  "SELECT 1 FROM people WHERE EXISTS (SELECT 1 FROM people p WHERE p.ssn > people.ssn)",
  "DELETE FROM people WHERE ssn = 'secret-x'",
  "EXPLAIN SELECT * FROM people WHERE ssn = 'secret-1'",
  "SELECT ssn::int FROM people",
];

describe("on_predicate", () => {
  test.each(TESTS)("denies where nothing is said, and says which column: %s", async (sql) => {
    const gate = await fixture.gate(policy(""), GRANT);
    const client = await login(gate);
    const answer = await client.query(sql);
    expect(sqlstate(answer)).toBe("42501");
    expect(field(errorOf(answer), "M")).toContain("public.people.ssn");
    const [verdict] = (await gate.entries()).filter((entry) => entry.type === "verdict");
    expect(verdict).toMatchObject({ verdict: "deny" });
  });

  test("deny in a batch denies all of it", async () => {
    const gate = await fixture.gate(policy(""), GRANT);
    const client = await login(gate);
    const answer = await client.query("UPDATE people SET name = 'x'; SELECT id FROM people WHERE ssn = 'secret-1'");
    expect(sqlstate(answer)).toBe("42501");
    const rows = await fixture.server.query("SELECT name FROM people WHERE name = 'x'", "shop");
    expect(rows).toEqual([]);
  });

  test("allow lets the condition work, and still hides what is shown", async () => {
    const gate = await fixture.gate(policy(", on_predicate: allow"), GRANT);
    const client = await login(gate);
    const answer = await client.query("SELECT id, ssn, upper(ssn) FROM people WHERE ssn = 'secret-1' ORDER BY ssn");
    expect(errorOf(answer)).toBeUndefined();
    expect(rowCount(answer)).toBe(1);
    const shown = Buffer.concat(answer.filter(({ type }) => type === "D").map(({ body }) => body)).toString();
    expect(shown.toLowerCase()).not.toContain("secret");
    expect(sqlstate(await client.query("SELECT id FROM people WHERE mail = 'a@b.example'"))).toBe("42501");
  });

  test("an error that depends on a value says no more than its code", async () => {
    const gate = await fixture.gate(policy(", on_predicate: allow"), GRANT);
    const client = await login(gate);
    for (const [sql, code] of [
      ["SELECT ssn::int FROM people", "22P02"],
      ["SELECT ssn::regclass FROM people", "42P01"],
      ["SELECT current_setting(ssn) FROM people", "42704"],
      ["SELECT ssn::regrole FROM people", "42704"],
      ["SELECT id FROM people WHERE to_char(now(), 'D')::int = ssn::int", "22P02"],
    ] as const) {
      const answer = await client.query(sql);
      expect(sqlstate(answer)).toBe(code);
      expect(errorOf(answer)?.body.toString()).not.toContain("secret");
    }
  });

  test("hold asks the people whom the mask names", async () => {
    const gate = await fixture.gate(policy(", on_predicate: hold, approval: privacy"), GRANT);
    const client = await login(gate);
    client.send(query("SELECT id FROM people WHERE ssn = 'secret-1'"));
    const hold = await gate.pendingHold();
    expect(hold.commandText).toContain("secret-1");
    await gate.vote("approve");
    const answer = await client.until("Z");
    expect(errorOf(answer)).toBeUndefined();
    expect(rowCount(answer)).toBe(1);
    expect(rowCount(await client.query("SELECT id, ssn FROM people"))).toBe(2);
  });

  test("whether a value is there is no secret, except where the mask makes NULL of it", async () => {
    const gate = await fixture.gate(policy("", ", action: redact").replace("redact, action: redact", '"null"'), GRANT);
    const client = await login(gate);
    expect(rowCount(await client.query("SELECT id FROM people WHERE ssn IS NOT NULL"))).toBe(2);
    expect(sqlstate(await client.query("SELECT id FROM people WHERE mail IS NOT NULL"))).toBe("42501");
  });
});

test("on_unknown_origin: deny refuses what would be replaced, not the column itself", async () => {
  const gate = await fixture.gate(policy(", on_unknown_origin: deny"), GRANT);
  const client = await login(gate);
  expect(sqlstate(await client.query("SELECT upper(ssn) FROM people"))).toBe("42501");
  expect(sqlstate(await client.query("SELECT p FROM people p"))).toBe("42501");
  expect(rowCount(await client.query("SELECT ssn, upper(name), upper(mail) FROM people"))).toBe(2);
  expect(rowCount(await client.query("SELECT number FROM listed"))).toBe(2);
});
