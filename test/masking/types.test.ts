/** Masked values on a real server: whatever the action, the server takes what comes out for a value of the type. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { MaskAction } from "@gate/contract";
import { maskValue } from "@gate/masking";
import { startPostgres, type PostgresServer } from "@gate/testkit";
import pg from "pg";
import { bind, describePortal, execute, parse, RawPostgres, sync } from "../../packages/testkit/src/postgres-raw.ts";
import { readRowDescription } from "../../packages/protocols/src/postgres/wire.ts";

const TYPES: readonly (readonly [type: string, value: string])[] = [
  ["bool", "t"],
  ["bytea", "\\xdeadbeef"],
  ['"char"', "x"],
  ["name", "a name"],
  ["int2", "-12345"],
  ["int4", "2147483647"],
  ["int8", "-9223372036854775808"],
  ["int8", "4111111111111111"],
  ["oid", "4294967295"],
  ["float4", "1.5e10"],
  ["float8", "-1.25e-300"],
  ["numeric", "-12345678901234567890.123450"],
  ["numeric", "0.12345"],
  ["numeric", "NaN"],
  ["numeric(10,2)", "12345678.90"],
  ["numeric(5,5)", "0.12345"],
  ["numeric(3,0)", "123"],
  ["money", "1234.56"],
  ["text", "Grüße, a@b.example"],
  ["varchar(5)", "abcde"],
  ["varchar(40)", "ada@example.com"],
  ["char(3)", "ab"],
  ["uuid", "8c6e1c1e-7c3b-4c2b-9d3b-0a0a0a0a0a0a"],
  ["date", "2024-02-29"],
  ["date", "infinity"],
  ["date", "4713-01-01 BC"],
  ["time", "23:59:59.999999"],
  ["timetz", "10:00:00+05:30"],
  ["timestamp", "2024-02-29 10:00:00.123"],
  ["timestamp", "-infinity"],
  ["timestamptz", "2024-02-29 10:00:00+02"],
  ["interval", "1 year 2 mons 3 days 04:05:06"],
  ["json", '{"a": [1, null]}'],
  ["jsonb", '{"a": [1, null]}'],
  ["xml", "<a>b</a>"],
  ["inet", "192.168.1.5/24"],
  ["inet", "2001:db8::1"],
  ["cidr", "10.0.0.0/8"],
  ["macaddr", "08:00:2b:01:02:03"],
  ["macaddr8", "08:00:2b:01:02:03:04:05"],
  ["bit(5)", "10101"],
  ["bit(13)", "1010111100001"],
  ["varbit(20)", "1011"],
  ["varbit", "1011"],
  ["tsvector", "'a':1 'b':2"],
  ["tsquery", "'a' & 'b'"],
  ["int4range", "[1,10)"],
  ["numrange", "(,5.5]"],
  ["tstzrange", "[2024-01-01,2024-02-01)"],
  ["int8multirange", "{[1,3),[5,8)}"],
  ["text[]", '{"a b",NULL,"c\\"d\\\\e","{x}",NULL}'],
  ["int4[]", "[2:3][1:2]={{1,2},{NULL,4}}"],
  ["numeric(8,2)[]", "{1.50,-2.25}"],
  ["uuid[]", "{8c6e1c1e-7c3b-4c2b-9d3b-0a0a0a0a0a0a}"],
  ["jsonb[]", '{"{\\"a\\": 1}",null}'],
  ["timestamptz[]", "{2024-02-29 10:00:00+02}"],
  ["int4range[]", '{"[1,10)"}'],
  ["text[]", "{}"],
  ["mood", "sad"],
  ["pair", '(1,"a b")'],
  ["pair[]", '{"(1,a)"}'],
  ["positive", "42"],
  ["point", "(1,2)"],
  ["positive[]", "{1,2}"],
];

const ACTIONS: readonly MaskAction[] = [
  { kind: "redact" },
  { kind: "null" },
  { kind: "hash" },
  { kind: "tokenize", scope: "session" },
  { kind: "partial", keepFirst: 1, keepLast: 2 },
];

let server: PostgresServer;
let client: pg.Client;
let raw: RawPostgres;
beforeAll(async () => {
  server = await startPostgres();
  client = new pg.Client({
    host: "127.0.0.1",
    port: server.port,
    user: server.superuser,
    password: server.password,
    database: "postgres",
  });
  raw = await RawPostgres.login(server.port, server.superuser, server.password, { database: "postgres" });
  await client.connect();
  await client.query(`
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE TYPE pair AS (a int, b text);
    CREATE DOMAIN positive AS int`);
}, 120_000);
afterAll(async () => {
  raw?.end();
  await client?.end();
  await server?.stop();
}, 120_000);

interface Shown {
  readonly typeOid: number;
  readonly typmod: number;
  readonly value: Buffer;
}

/** The value as the server shows it in a format, with what it says about the type. */
async function shown(type: string, value: string, format: 0 | 1): Promise<Shown> {
  await client.query(`DROP TABLE IF EXISTS one; CREATE TABLE one (v ${type})`);
  await client.query("INSERT INTO one VALUES ($1)", [value]);
  raw.send(parse("", "SELECT v FROM one"), bind("", "", [], format === 1), describePortal(""), execute(""), sync());
  const messages = await raw.until("Z");
  const body = (wanted: string): Buffer => messages.find((message) => message.type === wanted)?.body ?? Buffer.alloc(0);
  const [field] = readRowDescription(body("T"));
  return { typeOid: field?.typeOid ?? 0, typmod: field?.typmod ?? -1, value: body("D").subarray(6) };
}

/** What the server makes of a value of the column's type: it refuses what is none. */
async function taken(value: Uint8Array, format: 0 | 1): Promise<string | null> {
  await client.query("DELETE FROM one");
  await client.query("INSERT INTO one VALUES ($1)", [
    format === 1 ? Buffer.from(value) : Buffer.from(value).toString(),
  ]);
  const { rows } = await client.query({ text: "SELECT v::text FROM one", rowMode: "array" });
  return (rows as [[string | null]])[0][0];
}

const key = Buffer.alloc(32, 7);

describe.each(TYPES)("%s %s", (type, value) => {
  test.each(ACTIONS)("$kind gives a value of the type, in text and in binary", async (action) => {
    const results: (string | null)[] = [];
    for (const format of [0, 1] as const) {
      const { typeOid, typmod, value: clear } = await shown(type, value, format);
      const masked = maskValue(action, { typeOid, typmod, format, value: clear, key });
      const again = maskValue(action, { typeOid, typmod, format, value: clear, key });
      expect(again === null ? null : Buffer.from(again)).toEqual(masked === null ? null : Buffer.from(masked));
      if (action.kind === "null") expect(masked).toBeNull();
      results.push(masked === null ? null : await taken(masked, format));
    }
    // Types of users and extensions, and points, have no masked form.
    const none = ["mood", "pair", "pair[]", "point", "positive[]", "tsquery"].includes(type) || action.kind === "null";
    expect(results.map((result) => result === null)).toEqual([none, none]);
    const shownValue = await client.query({ text: `SELECT $1::${type}::text AS v`, values: [value] });
    const [{ v: clear }] = shownValue.rows as [{ v: string }];
    if (!none && !FEW.has(type) && clear.length > 4) expect(results).not.toContain(clear);
    if (action.kind !== "redact" && !none && SAME_IN_BOTH.test(type) && !ODD.test(value))
      expect(results[0]).toBe(results[1]);
  });
});

/** Their constant may be the value itself. */
const FEW = new Set(["bool", '"char"', "text[]"]);
/** Values with a form of their own in text. */
const ODD = /NaN|infinity|BC/;
const SAME_IN_BOTH = /^(?:int[248]|numeric|text|varchar|char|uuid|date|inet|cidr|bytea|json|name|positive)/;

describe("tokens", () => {
  const token = (typeOid: number, value: string): string =>
    Buffer.from(
      maskValue({ kind: "tokenize", scope: "gateway" }, { typeOid, format: 0, value: Buffer.from(value), key }) ?? "",
    ).toString();

  test("different small numbers, dates and addresses never share one", () => {
    for (const make of [
      (n: number) => token(21, String(n - 32_768)),
      (n: number) => token(23, String(n * 7919)),
      (n: number) => token(869, `10.0.${n >> 8}.${n & 255}`),
      (n: number) => token(1082, new Date(Date.UTC(1950, 0, 1 + n)).toISOString().slice(0, 10)),
    ]) {
      const seen = new Set(Array.from({ length: 3000 }, (_, n) => make(n)));
      expect(seen.size).toBe(3000);
    }
  });

  test("an id has one token whether its column is an int4 or an int8", () => {
    expect(token(23, "-77")).toBe(token(20, "-77"));
  });
});
