import { beforeAll, expect, test } from "@jest/globals";
import {
  analyse,
  analyseTemplate,
  buildCatalogue,
  literalKey,
  loadParser,
  resolveMasks,
  type Analysis,
  type CatalogueRows,
  type MaskedColumns,
} from "@gate/sql";
import { Environment } from "./classify.ts";
import { Names, type Portal, type Statement } from "./statements.ts";
import { NO_ROWS } from "../../../sql/src/testing.ts";
import { TEMPLATE_CHARS_MAX, TemplateCache, TEMPLATES_MAX } from "./template-cache.ts";

beforeAll(loadParser);

const ROWS: CatalogueRows = {
  ...NO_ROWS,
  schemas: [
    ["public", "true"],
    ["app", "true"],
  ],
  relations: [
    ["20000", "public", "accounts", "r"],
    ["20001", "app", "accounts", "r"],
  ],
  columns: [
    ["20000", "1", "id", "23", "true"],
    ["20000", "2", "owner", "25", "false"],
    ["20001", "1", "id", "23", "true"],
  ],
  keys: [["20000", "1"]],
  builtins: [["lower"], ["substr"]],
};

interface World {
  readonly environment: Environment;
  /** Texts that were analysed by themselves, and those that a template was made of. */
  readonly alone: string[];
  readonly made: string[];
  /** Of a Query. */
  readonly query: (text: string) => Analysis | undefined;
}

function world(estimates?: "asked" | "held", masked: readonly MaskedColumns[] | "not known" = []): World {
  const alone: string[] = [];
  const made: string[] = [];
  const environment = new Environment(
    (text, env) => {
      alone.push(text);
      return analyse(text, env);
    },
    "app",
    true,
    "UTF8",
    estimates,
  );
  const makeTemplate: typeof analyseTemplate = (text, env, columns) => {
    made.push(text);
    return analyseTemplate(text, env, columns);
  };
  environment.useTemplates({ literalKey, analyseTemplate: makeTemplate }, () =>
    masked === "not known" ? undefined : masked,
  );
  environment.useCatalogue(buildCatalogue(ROWS));
  environment.reportPath("public");
  const query = (text: string): Analysis | undefined =>
    environment.analyse(text, new Names<Statement>(), new Names<Portal>(), 0, [], true);
  return { environment, alone, made, query };
}

const by = (id: number): string => `SELECT owner FROM accounts WHERE id = ${id}`;

test("the second text of a kind makes the template, and all later ones share its facts", () => {
  const { query, alone, made } = world();
  const analyses = [1, 2, 3, 4, 5].map((id) => query(by(id)));
  expect(alone).toEqual([by(1)]);
  expect(made).toEqual([by(2)]);
  expect(new Set(analyses.slice(1).map((analysis) => analysis?.facts)).size).toBe(1);
  expect(analyses[4]?.facts).toEqual(analyses[0]?.facts);
});

test("where facts depend on the literals, every text is looked at by itself", () => {
  const { query, alone, made } = world();
  const like = (pattern: string): unknown =>
    query(`DELETE FROM accounts WHERE owner LIKE '${pattern}'`)?.facts.fields["where"];
  expect([like("x%"), like("%"), like("y"), like("%%")]).toEqual(
    ["present", "tautology", "present", "tautology"].map((value) => ({ type: "scalar", value })),
  );
  expect([alone.length, made.length]).toEqual([4, 1]);
});

test.each<readonly [string, (environment: Environment) => void]>([
  ["the search path", (environment) => environment.reportPath("app, public")],
  ["the catalogue", (environment) => environment.useCatalogue(buildCatalogue({ ...ROWS, keys: [] }))],
  [
    "a temporary relation",
    (environment) => void environment.sent(analysed("CREATE TEMP TABLE accounts (id int)", environment), 1),
  ],
  [
    "a definition in the open transaction",
    (environment) => environment.defined(analysed("CREATE TABLE app.other (id int)", environment)),
  ],
  [
    "a command that may have changed the search path",
    (environment) => void environment.sent(analysed("SELECT set_config('search_path', 'app', false)", environment), 1),
  ],
])("%s changes what names stand for: nothing that was kept is used again", (_what, change) => {
  const { environment, query, made, alone } = world();
  const update = (id: number): Analysis | undefined => query(`DELETE FROM accounts WHERE id = ${id}`);
  for (const id of [1, 2, 3]) update(id);
  change(environment);
  alone.length = 0;
  const [before, after] = [update(4), update(5)];
  expect(alone).toHaveLength(1);
  expect(made).toHaveLength(2);
  expect(after?.facts).toEqual(before?.facts);
});

function analysed(text: string, environment: Environment): Analysis {
  const analysis = environment.analyse(text, new Names<Statement>(), new Names<Portal>(), 0);
  if (analysis === undefined) throw new Error("it waits");
  return analysis;
}

test("a statement that has a name, or declares types, keeps a tree of its own", () => {
  const { environment, query, alone } = world();
  for (const id of [1, 2, 3]) query(by(id));
  alone.length = 0;
  environment.analyse(by(4), new Names<Statement>(), new Names<Portal>(), 0, []);
  environment.analyse(by(5), new Names<Statement>(), new Names<Portal>(), 0, [25], true);
  expect(alone).toEqual([by(4), by(5)]);
});

test("how many rows the planner expects is said of one text alone", () => {
  const { environment, query } = world("held");
  const update = (id: number): Analysis => {
    const analysis = query(`UPDATE accounts SET owner = 'x' WHERE id > ${id}`);
    if (analysis === undefined) throw new Error("it waits");
    return analysis;
  };
  for (const id of [1, 2, 3]) update(id);
  const text = "UPDATE accounts SET owner = 'x' WHERE id > 4";
  const wanted = environment.toEstimate(text, update(4));
  expect(wanted?.sql).toBe(`EXPLAIN (FORMAT JSON) ${text}`);
  if (wanted === undefined) return;
  environment.estimated(wanted, 17);
  expect(update(4).facts.fields["estimated_rows"]).toEqual({ type: "scalar", value: 17 });
  expect(update(5).facts.fields["estimated_rows"]).toBeUndefined();
});

test("where a rule asks how many rows, no two texts share anything", () => {
  const { query, made, alone } = world("asked");
  for (const id of [1, 2, 3]) query(by(id));
  expect([made.length, alone.length]).toEqual([0, 3]);
});

test("under masks, what a result holds has to be the same for all texts as well", () => {
  const catalogue = buildCatalogue(ROWS);
  const mask = { kind: "column", column: "public.accounts.owner", action: { kind: "redact" } } as const;
  const { masked } = resolveMasks([mask], catalogue);
  const { query, alone } = world(undefined, [masked]);
  for (const id of [1, 2, 3]) query(by(id));
  expect(alone).toEqual([by(1)]);
  for (const place of [1, 2, 3]) query(`SELECT id, owner FROM accounts ORDER BY ${place}`);
  expect(alone).toHaveLength(4);
  expect(query("SELECT id, owner FROM accounts ORDER BY 1")?.masks(masked).predicates).toEqual([]);
  expect(query("SELECT id, owner FROM accounts ORDER BY 2")?.masks(masked).predicates).toEqual([
    "public.accounts.owner",
  ]);
});

test("as long as the masked columns are not known there are no templates", () => {
  const { query, alone } = world(undefined, "not known");
  for (const id of [1, 2, 3]) query(by(id));
  expect(alone).toHaveLength(3);
});

test("what is kept is bounded in number and in length", () => {
  let made = 0;
  const analysis = { facts: {}, statements: [] } as unknown as Analysis;
  const cache = new TemplateCache((text) => text.replace(/=.*/, ""));
  const find = (text: string): Analysis | undefined =>
    cache.find(text, () => {
      made += 1;
      return analysis;
    });
  for (let kind = 0; kind <= TEMPLATES_MAX; kind += 1) for (const value of [1, 2, 3]) find(`${kind}=${value}`);
  expect(made).toBe(TEMPLATES_MAX + 1);
  expect(find("0=4")).toBeUndefined();
  expect(find(`${TEMPLATES_MAX}=4`)).toBe(analysis);
  find("x".repeat(TEMPLATE_CHARS_MAX));
  expect(find(`${TEMPLATES_MAX}=5`)).toBeUndefined();
});
