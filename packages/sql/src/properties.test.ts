/** What must hold for every command, over random ones. */
import { beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { loadParser } from "./parser.ts";
import { resolveMasks } from "./masks.ts";
import { brief, CATALOGUE, run } from "./testing.ts";

beforeAll(loadParser);

const STATEMENTS = [
  "SELECT name , ssn FROM customers WHERE id = 1",
  "SELECT * FROM notes n , orders o WHERE n . id = o . id",
  "WITH a AS ( SELECT * FROM notes ) SELECT lower ( body ) FROM a",
  "INSERT INTO orders SELECT id FROM notes RETURNING id",
  "UPDATE customers SET name = 'It''s' WHERE id = 1",
  "DELETE FROM notes",
  "MERGE INTO notes n USING orders o ON n . id = o . id WHEN MATCHED THEN DELETE",
  "EXPLAIN ANALYZE DELETE FROM notes WHERE id = 1",
  "TRUNCATE audit . log",
  "CREATE TABLE public . x ( id int )",
  "COPY ( SELECT * FROM vip ) TO STDOUT",
  "DROP VIEW vip",
  "SET statement_timeout = 5",
  "BEGIN",
  "DO 'x'",
  "SELECT pg_sleep ( 1 )",
] as const;

const statement = fc.constantFrom(...STATEMENTS);
const gap = fc.constantFrom(
  " ",
  "\n",
  "\t",
  "\r\n",
  "/**/",
  " /* ; DROP TABLE x */ ",
  " -- '; DROP TABLE x\n",
  "/*/* */*/",
);
const options = { numRuns: 300 };

/** The same command with other spaces, comments and letter case. */
const disguised = statement.chain((sql) => {
  const tokens = sql.split(" ");
  return fc
    .tuple(
      fc.array(gap, { minLength: tokens.length, maxLength: tokens.length }),
      fc.array(fc.boolean(), { minLength: tokens.length, maxLength: tokens.length }),
    )
    .map(([gaps, upper]) => ({
      sql,
      other: tokens
        .map((token, at) =>
          token.includes("'") ? token : upper[at] === true ? token.toUpperCase() : token.toLowerCase(),
        )
        .map((token, at) => token + (gaps[at] ?? " "))
        .join(""),
    }));
});

test("spaces, comments and letter case change nothing", () => {
  fc.assert(
    fc.property(disguised, ({ sql, other }) => {
      expect(brief(other)).toBe(brief(sql));
    }),
    options,
  );
});

/** The tags, relations and functions of a command, as one set of words. */
function words(sql: string): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [field, fact] of Object.entries(run(sql).facts.fields)) {
    if (fact.type === "set") for (const item of fact.items) found.add(`${field} ${item.name}`);
  }
  return found;
}

test("a text of several statements does what each of them does", () => {
  fc.assert(
    fc.property(fc.array(statement, { minLength: 1, maxLength: 5 }), (list) => {
      const whole = words(list.join("; "));
      for (const each of list) for (const word of words(each)) expect(whole).toContain(word);
      const { facts } = run(list.join(";"));
      expect(facts.classified).toBe(list.every((each) => run(each).facts.classified));
      expect(facts.writes).toBe(list.some((each) => run(each).facts.writes));
      expect(facts.parts?.length ?? 1).toBe(list.length);
    }),
    options,
  );
});

const query = fc.letrec<{ query: string; from: string; expression: string }>((tie) => ({
  query: fc.oneof(
    { maxDepth: 4 },
    fc.constant("SELECT 1"),
    tie("from").map((from) => `SELECT * FROM ${from}`),
    fc.tuple(tie("expression"), tie("from")).map(([a, b]) => `SELECT ${a} FROM ${b} WHERE ${a} IS NOT NULL`),
    fc.tuple(tie("query"), tie("query")).map(([a, b]) => `(${a}) UNION ALL (${b})`),
    fc.tuple(tie("query"), tie("query")).map(([a, b]) => `WITH c AS (${a}) ${b}`),
  ),
  from: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom("notes", "customers c", "ONLY orders", "audit.log l"),
    tie("query").map((inner) => `(${inner}) AS s`),
    fc.tuple(tie("from"), tie("from")).map(([a, b]) => `${a}, LATERAL (SELECT * FROM ${b}) z`),
  ),
  expression: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom("1", "'x'", "now()", "$1"),
    tie("query").map((inner) => `(${inner} LIMIT 1)`),
    tie("query").map((inner) => `EXISTS (${inner})`),
    fc.tuple(tie("expression"), tie("expression")).map(([a, b]) => `CASE WHEN ${a} IS NULL THEN ${b} END`),
  ),
})).query;

test("wherever a relation stands in a query, it is read", () => {
  fc.assert(
    fc.property(query, fc.nat(), (sql, seed) => {
      const places = [...sql.matchAll(/\bnotes\b|\borders\b|\blog\b|\b1\b/g)];
      const place = places[seed % Math.max(places.length, 1)];
      fc.pre(place !== undefined && place[0] === "1" && !/LIMIT $/.test(sql.slice(0, place.index)));
      const hidden = `${sql.slice(0, place?.index)}(SELECT region FROM totals)${sql.slice((place?.index ?? 0) + 1)}`;
      const { facts, syntaxError } = run(hidden);
      fc.pre(syntaxError === undefined);
      expect(facts.classified).toBe(true);
      expect(words(hidden)).toContain("reads public.totals");
    }),
    options,
  );
});

test("a WITH that deletes is always a DELETE", () => {
  fc.assert(
    fc.property(query, (sql) => {
      const { facts, syntaxError } = run(`WITH gone AS (DELETE FROM audit.log RETURNING *) ${sql}`);
      // `WITH x … WITH y …` is no SQL; the property is about what the server would run.
      fc.pre(syntaxError === undefined);
      expect(facts.fields["statement"]).toEqual(
        expect.objectContaining({ items: expect.arrayContaining([{ name: "DELETE" }]) }),
      );
      expect(facts.fields["where"]).toEqual({ type: "scalar", value: "none" });
      expect(facts.writes).toBe(true);
    }),
    options,
  );
});

const { masked } = resolveMasks(
  [{ kind: "column", column: "public.customers.ssn", action: { kind: "redact" } }],
  CATALOGUE,
);

test("a masked column beside any query is masked, or the command refused", () => {
  fc.assert(
    fc.property(query, (sql) => {
      const { masks, syntaxError } = run(`SELECT (${sql}), ssn FROM customers`);
      fc.pre(syntaxError === undefined);
      const { refusal, statements } = masks(masked);
      expect(refusal ?? statements[0]?.columns?.at(-1)?.column).toEqual(expect.any(String));
    }),
    options,
  );
});

test("no text makes it throw", () => {
  const piece = fc.oneof(
    fc.constantFrom(...STATEMENTS, ...STATEMENTS.flatMap((sql) => sql.split(" "))),
    fc.constantFrom(
      ";",
      "'",
      '"',
      "$$",
      "$a$",
      "E'\\'",
      "--",
      "/*",
      "*/",
      "(",
      ")",
      "\0",
      "\ud800",
      "é",
      "::",
      "U&'\\",
    ),
    fc.string({ maxLength: 8 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const analysis = run(pieces.join(" "));
      expect(typeof analysis.facts.classified).toBe("boolean");
      analysis.masks(masked);
      const cut = run(pieces.join(""));
      expect(cut.facts.kind).toBe("sql");
    }),
    { numRuns: 1000 },
  );
});
