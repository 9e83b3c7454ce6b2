import { beforeAll, expect, test } from "@jest/globals";
import { loadParser } from "./parser.ts";
import { run } from "./testing.ts";

beforeAll(loadParser);

const LONG = "é".repeat(40);

test.each([
  ["UTF8", `PREPARE ${LONG}1 AS SELECT 1`, true],
  ["LATIN1", `PREPARE ${LONG}1 AS SELECT 1`, false],
  ["LATIN1", `PREPARE U&"${"\\00e9".repeat(40)}1" AS SELECT 1`, false],
  ["LATIN1", `DECLARE ${LONG}1 CURSOR FOR SELECT 1`, false],
  ["LATIN1", `WITH ${LONG}1 AS (SELECT 1) SELECT 1`, false],
  ["LATIN1", "PREPARE É AS SELECT 1", false],
  ["LATIN1", 'SELECT 1 AS "größe"', true],
  ["LATIN1", `SELECT '${LONG.toUpperCase()}'`, true],
  ["LATIN1", `SELECT 1 AS ${"a".repeat(70)}`, true],
  ["WIN1252", 'SELECT 1 AS "größe"', true],
  ["SQL_ASCII", 'SELECT 1 AS "größe"', false],
  ["SQL_ASCII", "SELECT 'größe'", true],
  ["EUC_JP", "SELECT $～$ a $〜$", false],
  ["EUC_JP", "SELECT '～', $a$ ～ $a$", true],
  ["EUC_JP", 'SELECT 1 AS U&"\\301c"', false],
  ["EUC_JP", "SELECT 1 AS a", true],
  ["not known", 'SELECT 1 AS "é"', false],
  ["not known", "SELECT 'é'", true],
])("in a database in %s, %s", (encoding, sql, classified) => {
  const analysis = run(sql, { encoding });
  if (analysis.syntaxError === undefined) expect(analysis.facts.classified).toBe(classified);
  else expect(classified).toBe(false);
});

test("what is not classified runs under no mask either", () => {
  const { masks } = run("PREPARE É AS SELECT 1", { encoding: "LATIN1" });
  const masked = {
    byColumn: new Map([["1/1", { name: "a.b.c", action: { kind: "redact" } as const, typeOid: 25 }]]),
    relations: new Set([1]),
  };
  expect(masks(masked).refusal).toContain("not in UTF-8");
});
