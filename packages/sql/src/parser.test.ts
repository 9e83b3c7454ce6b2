import { beforeAll, describe, expect, test } from "@jest/globals";
import { loadParser, parseSql, SQL_BYTES_MAX } from "./parser.ts";
import { brief, environment, run } from "./testing.ts";
import { analyse, STATEMENTS_MAX } from "./analyse.ts";
import { hasTooManyTokens, SQL_TOKENS_MAX } from "./tokens.ts";

beforeAll(loadParser);

describe("text that does not parse", () => {
  test.each([
    ["selec 1", 1, 'syntax error at or near "selec"'],
    ["SELECT 1 FROM FROM", 15, 'syntax error at or near "FROM"'],
    ["SELECT 'é', FROM", 13, 'syntax error at or near "FROM"'],
    ["SELECT '𝕏', FROM", 13, 'syntax error at or near "FROM"'],
    ["SELECT 1; DROP", 15, "syntax error at end of input"],
    ["SELECT * FROM a.b.c.d", 15, "improper qualified name (too many dotted names): a.b.c.d"],
    ["SELECT 'x", 8, 'unterminated quoted string at or near "\'x"'],
  ])("%s: the server's answer, at a place counted in characters", (sql, position, message) => {
    const analysis = run(sql);
    expect(analysis.syntaxError).toEqual({ message, position, sqlstate: "42601" });
    expect(analysis.facts.classified).toBe(false);
    expect(analysis.statements).toEqual([]);
  });
});

describe("text that is not given to the parser, or that it cannot take", () => {
  test.each([
    ["a NUL", "SELECT 1\0; DROP TABLE notes"],
    ["a NUL at the end", "SELECT 1\0"],
    ["half a surrogate pair", "SELECT '\ud800'"],
    ["too many bytes", `/* ${"x".repeat(SQL_BYTES_MAX)} */ DROP TABLE notes`],
    ["too many bytes in few characters", `/* ${"é".repeat(SQL_BYTES_MAX / 2)} */ DROP TABLE notes`],
    ["too many tokens", `SELECT ${"1,".repeat(SQL_TOKENS_MAX)} 1`],
    ["too many statements", ";SELECT 1".repeat(STATEMENTS_MAX + 1)],
    ["deep parentheses", `SELECT ${"(".repeat(20_000)}1${")".repeat(20_000)}`],
    ["deep NOTs", `SELECT ${"NOT ".repeat(3000)} true`],
    ["deep sub-selects", `SELECT ${"(SELECT ".repeat(700)}1${")".repeat(700)}`],
  ])("%s is unclassified, never cut", (_what, sql) => {
    const { facts, syntaxError } = run(sql);
    expect(facts.classified).toBe(false);
    expect(facts.unclassifiedReason).toEqual(expect.any(String));
    expect(syntaxError).toBeUndefined();
    expect(Object.values(facts.fields).every((fact) => fact.type !== "set" || !fact.complete)).toBe(true);
  });

  test("a text that overflows the parser's stack costs an instance, and the next one is there", async () => {
    for (let round = 0; round < 3; round++) {
      expect(run(`SELECT ${"1+".repeat(20_000)}1`).facts.classified).toBe(false);
      expect(brief("SELECT 1")).toBe("SELECT");
      await loadParser();
    }
  });

  test("instances that were not needed yet do not keep later ones from being made", async () => {
    // Every connection asks, and all but the first find everything there.
    for (let round = 0; round < 3; round++) await loadParser();
    for (let round = 0; round < 3; round++) {
      run(`SELECT ${"1+".repeat(20_000)}1`);
      await loadParser();
      expect(brief("SELECT 1")).toBe("SELECT");
    }
  });

  test("while no instance is left every command is refused", async () => {
    for (let round = 0; round < 3; round++) run(`SELECT ${"1+".repeat(20_000)}1`);
    expect(run("SELECT 1").facts.classified).toBe(false);
    await loadParser();
    expect(run("SELECT 1").facts.classified).toBe(true);
  });

  test("an EXECUTE that is repeated is counted each time", () => {
    const big = run(`SELECT ${"1,".repeat(20_000)} 1`);
    const { facts } = analyse("EXECUTE p;".repeat(200), environment({ prepared: () => big }));
    expect(facts.classified).toBe(false);
  });
});

test("long literals and comments cost no tokens", () => {
  const long = "x".repeat(SQL_TOKENS_MAX + 1);
  for (const text of [
    `'${long}'`,
    `E'\\'${long}'`,
    `"${long}"`,
    `$a$${long}$a$`,
    `/* /* */ ${long} */`,
    `-- ${long}\n`,
  ]) {
    expect(hasTooManyTokens(`SELECT ${text}`)).toBe(false);
  }
  expect(hasTooManyTokens("+".repeat(SQL_TOKENS_MAX + 1))).toBe(true);
  expect(hasTooManyTokens(" ".repeat(SQL_TOKENS_MAX * 2))).toBe(false);
});

test("a byte order mark is kept: the server sees it too", () => {
  expect(parseSql("\ufeffSELECT 1").kind).toBe("syntax-error");
});
