/** Masks by content on a real server: detectors, patterns, dictionaries, JSON paths; in every type, both formats and COPY. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import pg from "pg";
import postgresJs from "postgres";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import { bind, describePortal, execute, parse, query, sync, values } from "../../packages/testkit/src/postgres-raw.ts";
import { DATABASE, login, useServer } from "./postgres-fixture.ts";

const CARD = "4111111111111111";
const SECRETS = [
  CARD,
  "4111 1111 1111 1111",
  "ada@example.com",
  "078-05-1120",
  "ghp_0aB1cD2eF3gH4iJ5kL6mN7oP8qR9sT0aB1cD",
];
const [, GROUPED, MAIL, SSN, TOKEN] = SECRETS as [string, string, string, string, string];

const fixture = useServer({
  schema: `
CREATE TYPE pair AS (a bigint, b text);
CREATE TABLE notes (id int PRIMARY KEY, body text, doc jsonb, raw json, list text[], nums bigint[], n bigint, d numeric,
  blob bytea, p pair, short varchar(12), at timestamptz, seen_from inet);
INSERT INTO notes VALUES
  (1, 'call ${MAIL} about ${GROUPED}', '{"who": {"ssn": "1", "mail": "${MAIL}"}, "big": 12345678901234567890, "n": [1, 2]}',
   '{ "m" : "ada\\u0040example.com", "who":{"ssn":7} }', ARRAY['x', '${SSN}', 'a "b"'], ARRAY[1, ${CARD}], ${CARD}, ${CARD},
   '${TOKEN}', ROW(${CARD}, 'x'), 'a@b.example', '2024-01-31 10:00:00+00', '192.168.7.9'),
  (2, 'nothing of interest', '{"who": 1}', 'null', '{}', NULL, 5, 1.50, '\\x00ff', ROW(1, '${MAIL}'), 'short', now(), NULL);
CREATE TABLE orders (order_id bigint, version text, n int);
INSERT INTO orders SELECT ${CARD}, '1.2.3.4', i FROM generate_series(1, 3) i;
CREATE TABLE people (id int, mail text);
INSERT INTO people VALUES (1, '${MAIL}'), (2, 'bob@example.com'), (3, '${MAIL}');
`,
});

const POLICY = `
rules:
  main:
  - {id: any, effect: allow, match: {statement: ["*"], functions: any}}
masks:
  pii:
  - {detect: [credit_card, email, us_ssn, github_token, ipv4], action: redact}
  - {json: $.who.ssn, action: redact}
  - {column: public.people.mail, action: tokenize, on_predicate: allow}
`;

let gate: Harness;
beforeAll(async () => {
  gate = await fixture.lastingGate(POLICY, { grantKeys: "masks: [pii]" });
}, 90_000);

/** Both ways in which a card can stand in a binary answer, and what else must not be there. */
function inClear(bytes: Buffer): string[] {
  const wide = Buffer.alloc(8);
  wide.writeBigInt64BE(BigInt(CARD));
  // 4111 1111 1111 1111 in base 10,000.
  const numeric = Buffer.from("100f045704570457", "hex");
  const hex = bytes.includes(Buffer.from(TOKEN).toString("hex"));
  return [
    ...SECRETS.filter((secret) => bytes.includes(secret)),
    ...(bytes.includes(wide) ? ["int8"] : []),
    ...(bytes.includes(numeric) ? ["numeric"] : []),
    ...(hex ? ["hex"] : []),
  ];
}

describe("what detectors and paths find", () => {
  test("every column keeps its type, in text", async () => {
    const client = await login(gate);
    const answer = await client.query("SELECT * FROM notes ORDER BY id");
    const rows = answer.filter(({ type }) => type === "D");
    expect(inClear(Buffer.concat(rows.map(({ body }) => body)))).toEqual([]);
    const [first, second] = rows.map(values);
    expect(first).toEqual([
      "1",
      "call [redacted] about [redacted]",
      '{"n": [1, 2], "big": 12345678901234567890, "who": {"ssn": "[redacted]", "mail": "[redacted]"}}',
      '{ "m" : "[redacted]", "who":{"ssn":0} }',
      '{x,[redacted],"a \\"b\\""}',
      "{1,0}",
      "0",
      "0",
      `\\x${Buffer.from("[redacted]").toString("hex")}`,
      null,
      "[redacted]",
      expect.stringContaining("2024-01-31"),
      "0.0.0.0",
    ]);
    expect(second?.slice(0, 9)).toEqual([
      "2",
      "nothing of interest",
      '{"who": 1}',
      "null",
      "{}",
      null,
      "5",
      "1.50",
      "\\x00ff",
    ]);
    expect(second?.[9]).toBeNull();
  });

  test("and in binary", async () => {
    const client = await login(gate);
    client.send(
      parse("", "SELECT * FROM notes ORDER BY id"),
      bind("", "", [], true),
      describePortal(""),
      execute(""),
      sync(),
    );
    const answer = await client.until("Z");
    const rows = answer.filter(({ type }) => type === "D");
    expect(rows).toHaveLength(2);
    expect(inClear(Buffer.concat(rows.map(({ body }) => body)))).toEqual([]);
    expect(rows[1]?.body.includes("nothing of interest")).toBe(true);
  });

  test.each([
    ["text", "COPY notes TO STDOUT"],
    ["CSV", "COPY notes TO STDOUT (FORMAT csv, HEADER)"],
    ["binary", "COPY notes TO STDOUT (FORMAT binary)"],
    ["a query as text", "COPY (SELECT body, n, list FROM notes) TO STDOUT"],
  ])("COPY as %s holds nothing in clear either, or is refused", async (_name, sql) => {
    const client = await login(gate);
    client.send(query(sql));
    const answer = await client.until("Z");
    expect(inClear(Buffer.concat(answer.map(({ body }) => body)))).toEqual([]);
    expect(answer.filter(({ type }) => type === "d" || type === "E").length).toBeGreaterThan(0);
  });

  test("a stored column's name can say that numbers are ids; an alias or an expression cannot", async () => {
    const client = await login(gate);
    const show = async (sql: string): Promise<unknown> =>
      (await client.query(sql)).filter(({ type }) => type === "D").map(values)[0];
    expect(await show("SELECT order_id, version FROM orders LIMIT 1")).toEqual([CARD, "1.2.3.4"]);
    expect(await show("SELECT n AS order_id FROM notes WHERE id = 1")).toEqual(["0"]);
    expect(await show(`SELECT '${CARD}'::text AS order_id`)).toEqual(["[redacted]"]);
  });

  test.each([
    ["what cannot be converted", "SELECT body::int FROM notes WHERE id = 1"],
    ["a constant", "SELECT 'ada@example.com'::int"],
    ["a document's value", "SELECT (doc->'who'->>'mail')::int FROM notes WHERE id = 1"],
    ["a notice", "DO $$ BEGIN RAISE NOTICE 'see %', (SELECT body FROM notes WHERE id = 1); END $$"],
  ])("errors and notices are looked at too: %s", async (_name, sql) => {
    const client = await login(gate);
    const answer = await client.query(sql);
    expect(answer.some(({ type }) => type === "E" || type === "N")).toBe(true);
    expect(inClear(Buffer.concat(answer.map(({ body }) => body)))).toEqual([]);
  });

  test("numbers in any number type are found, in both formats", async () => {
    const client = await login(gate);
    const sql = `SELECT ${CARD}::float8, ${CARD}.00::numeric(20,2), ${CARD}::bigint, 78051120::int4 AS ssn, 78051120::int4 AS other`;
    const [text] = (await client.query(sql)).filter(({ type }) => type === "D").map(values);
    expect(text).toEqual(["0", "0", "0", "0", "78051120"]);
    client.send(parse("", sql), bind("", "", [], true), describePortal(""), execute(""), sync());
    const [row] = (await client.until("Z")).filter(({ type }) => type === "D");
    const four = Buffer.alloc(4);
    four.writeInt32BE(78051120);
    const zero = (bytes: number): Buffer => Buffer.concat([Buffer.from([0, 0, 0, bytes]), Buffer.alloc(bytes)]);
    const expected = [Buffer.from([0, 5]), zero(8), zero(8), zero(8), zero(4), Buffer.from([0, 0, 0, 4]), four];
    expect(row?.body).toEqual(Buffer.concat(expected));
  });

  test.each([
    ["n", "a number"],
    ["d", "a numeric"],
    [`${CARD}::float8`, "a float"],
    ["ARRAY[n]", "an array"],
    ["ARRAY[NULL, d]", "an array with NULL in it"],
    ["array_agg(n)", "an aggregate"],
    ["seen_from", "an address"],
    ["int8range(n, n + 1)", "a range"],
    ["numrange(1, d)", "the upper bound of a range"],
    ["ARRAY[int8range(n, n)]", "an array of ranges"],
    ["int8multirange(int8range(n, n + 1))", "ranges"],
    ["blob", "bytes"],
    ["ROW(id, d, 4.5)", "a number between commas"],
  ])("a COPY of a query does not say what %s is (%s), and holds nothing in clear", async (column) => {
    const client = await login(gate);
    const from = `FROM notes WHERE id = 1 ${column.includes("agg") ? "" : "ORDER BY 1"}`;
    for (const options of ["(FORMAT binary)", "", "(FORMAT csv)", "(FORMAT csv, QUOTE '1', ESCAPE '4')"]) {
      const answer = await client.query(`COPY (SELECT ${column} ${from}) TO STDOUT ${options}`);
      const data = answer.filter(({ type }) => type === "d").map(({ body }) => body);
      expect(data.length).toBeGreaterThan(0);
      expect(inClear(Buffer.concat(data))).toEqual([]);
      expect(Buffer.concat(data).includes("192.168") || Buffer.concat(data).includes(Buffer.from([192, 168]))).toBe(
        false,
      );
    }
    for (const binary of [false, true]) {
      client.send(parse("", `SELECT ${column} ${from}`), bind("", "", [], binary), execute(""), sync());
      const rows = (await client.until("Z")).filter(({ type }) => type === "D").map(({ body }) => body);
      expect(rows).toHaveLength(1);
      expect(inClear(Buffer.concat(rows))).toEqual([]);
    }
    client.end();
  });

  test("what has nothing to find in it is copied as it is, in binary too", async () => {
    const client = await login(gate);
    const sql =
      "COPY (SELECT id, ARRAY[1, 2], int4range(1, 5), 1.25, 'a, b', now()::date - now()::date) TO STDOUT (FORMAT binary)";
    const own = Buffer.concat((await client.query(sql.replace("SELECT id", "SELECT 7"))).map(({ body }) => body));
    expect(own.includes(Buffer.from([0, 0, 0, 7]))).toBe(true);
    expect(own.includes("a, b")).toBe(true);
    // 1.25 as numeric, and both ends of the range.
    expect(own.includes(Buffer.from("0002000000000002000109c4", "hex"))).toBe(true);
    expect(own.includes(Buffer.from("0200000004000000010000000400000005", "hex"))).toBe(true);
    client.end();
  });

  test.each([
    ["a document in a sub-select", "SELECT d FROM (SELECT doc AS d FROM notes WHERE id = 1) s", "big"],
    ["a value taken out", "SELECT doc->'who'->>'ssn' FROM notes WHERE id = 1", ""],
    ["a part", "SELECT doc->'who' FROM notes WHERE id = 1", ""],
    ["a cast", "SELECT doc::text FROM notes WHERE id = 1", ""],
    ["a path function", "SELECT jsonb_path_query(doc, '$.who.ssn') FROM notes WHERE id = 1", ""],
    ["its members", "SELECT e.value FROM notes, jsonb_each(doc->'who') e WHERE id = 1", ""],
    ["a list of documents", "SELECT jsonb_agg(doc) FROM notes WHERE id = 1", ""],
    ["a row", "SELECT row_to_json(n) FROM notes n WHERE id = 1", ""],
    ["a copy", "COPY (SELECT doc->'who'->>'ssn' FROM notes WHERE id = 1) TO STDOUT", ""],
  ])("a path holds whatever SQL makes of a document: %s", async (_name, sql, shown) => {
    await fixture.server.query(
      `UPDATE notes SET doc = jsonb_set(doc, '{who,ssn}', '"canary-1"') WHERE id = 1`,
      DATABASE,
    );
    const client = await login(gate);
    const answer = await client.query(sql);
    const rows = Buffer.concat(answer.filter(({ type }) => type === "D" || type === "d").map(({ body }) => body));
    expect(rows.includes("canary")).toBe(false);
    expect(rows.includes(shown)).toBe(true);
  });

  test("what has nothing to do with documents is shown under paths too", async () => {
    const client = await login(gate);
    const answer = await client.query(
      "SELECT count(*), max(id), min(length(body)) FROM notes WHERE doc->>'who' IS NOT NULL",
    );
    expect(answer.filter(({ type }) => type === "D").map(values)).toEqual([["2", "2", "19"]]);
  });

  test("tokens are equal for equal values, look like an address, and joins over them survive", async () => {
    const client = new pg.Client({
      host: "127.0.0.1",
      port: gate.port,
      user: gate.user,
      password: gate.password,
      database: DATABASE,
    });
    await client.connect();
    try {
      const { rows } = await client.query<{ mail: string }>("SELECT mail FROM people ORDER BY id");
      const mails = rows.map(({ mail }) => mail);
      expect(mails[0]).toMatch(/^tok_[a-z2-7]{26}@masked\.invalid$/);
      expect(mails[2]).toBe(mails[0]);
      expect(mails[1]).not.toBe(mails[0]);
    } finally {
      await client.end();
    }
  });

  test("typed clients read what comes out", async () => {
    const sql = postgresJs({
      host: "127.0.0.1",
      port: gate.port,
      user: gate.user,
      pass: gate.password,
      database: DATABASE,
      max: 1,
    });
    try {
      const [row] = await sql`SELECT doc, list, nums, n, d, at FROM notes WHERE id = ${1}`;
      expect(row).toMatchObject({
        doc: { who: { ssn: "[redacted]" } },
        list: ["x", "[redacted]", 'a "b"'],
        nums: ["1", "0"],
        n: "0",
        d: "0",
      });
    } finally {
      await sql.end();
    }
  });
});

describe("patterns, dictionaries, contexts and exceptions", () => {
  const show = async (masks: string, sql: string): Promise<unknown> => {
    const harness = await fixture.gate(`${POLICY.split("masks:")[0] ?? ""}masks:\n  own:\n${masks}\n`, {
      grantKeys: "masks: [own]",
    });
    const client = await login(harness);
    return (await client.query(sql)).filter(({ type }) => type === "D").map(values);
  };

  test("what the policy adds is found", async () => {
    const masks = `  - {pattern: "about [0-9 ]+", name: about, action: redact}\n  - {dictionary: [interest], name: words, action: redact}`;
    expect(await show(masks, "SELECT body FROM notes ORDER BY id")).toEqual([
      [`call ${MAIL} [redacted]`],
      ["nothing of [redacted]"],
    ]);
  });

  test.each(["tokenize", "hash"])(
    "nobody gets the %s of a value of their choice: only what is stored has one",
    async (action) => {
      const masks = `  - {detect: [email], action: ${action}}\n  - {json: $.who.mail, action: ${action}}`;
      const [[stored] = []] = (await show(masks, "SELECT mail FROM people WHERE id = 1")) as [[string]];
      expect(stored).toMatch(/^(tok_[a-z2-7]{26}@masked\.invalid|[0-9a-f]{32})$/);
      for (const sql of [
        `SELECT '${MAIL}'`,
        `SELECT '${MAIL}' AS mail FROM people`,
        `WITH people AS (SELECT text '${MAIL}' AS mail) SELECT mail FROM people`,
        `SELECT mail FROM (SELECT mail FROM people WHERE false UNION ALL SELECT '${MAIL}') people`,
        `VALUES ('${MAIL}')`,
        `SELECT ARRAY['${MAIL}']`,
        `SELECT mail || '' FROM people`,
        `COPY (SELECT '${MAIL}') TO STDOUT`,
        `SELECT '{"who": {"mail": "${MAIL}"}}'::jsonb`,
        `SELECT '${MAIL}'::int`,
        `CREATE TEMP TABLE guesses AS SELECT text '${MAIL}' AS mail; SELECT mail FROM guesses`,
      ]) {
        const harness = await fixture.gate(`${POLICY.split("masks:")[0] ?? ""}masks:\n  own:\n${masks}\n`, {
          grantKeys: "masks: [own]",
        });
        const client = await login(harness);
        const answer = Buffer.concat((await client.query(sql)).map(({ body }) => body)).toString();
        expect([sql, answer.includes(MAIL), /tok_|[0-9a-f]{32}/.test(answer)]).toEqual([sql, false, false]);
        client.end();
      }
    },
  );

  test("an exception counts until its day, for its column", async () => {
    const ignore = (day: string): string =>
      `  - {detect: [email], action: redact, ignore: [{column: public.notes.short, reason: "a made-up address", expires: ${day}}]}`;
    const sql = "SELECT short, body FROM notes WHERE id = 1";
    expect(await show(ignore("2999-01-01"), sql)).toEqual([["a@b.example", `call [redacted] about ${GROUPED}`]]);
    expect(await show(ignore("2020-01-01"), sql)).toEqual([["[redacted]", `call [redacted] about ${GROUPED}`]]);
  });
});
