/**
 * Templates (docs/decisions/0013) against the parser: of PostgreSQL's own regression SQL and of the bypass corpus, every
 * text that has one, with other literals put in, is parsed and classified anew and must come out the same.
 */
import { beforeAll, expect, test } from "@jest/globals";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { loadParser, resolveMasks } from "@gate/sql";
import { CATALOGUE, environment } from "../../packages/sql/src/testing.ts";
import { compareTemplate, seeded } from "../../packages/sql/src/testing-templates.ts";
import { CORPUS } from "../bypass/corpus.ts";
import { QUESTIONS } from "../bypass/questions.ts";
import { PsqlScript } from "./psql-script.ts";
import { testWith } from "../../packages/testkit/src/parts.ts";
import { regressSource } from "../../packages/testkit/src/regress-source.ts";

beforeAll(loadParser);

const ENV = environment({ searchPath: ["public"] });
const { masked } = resolveMasks(
  ["ssn", "name"].map((name) => ({
    kind: "column" as const,
    column: `public.customers.${name}`,
    action: { kind: "redact" as const },
  })),
  CATALOGUE,
);
const regress = regressSource();
const withRegress = testWith(regress !== undefined, "PostgreSQL's regression files, which npm test fetches");

function compareAll(texts: Iterable<string>, times: number): { templates: number; cases: number; wrong: string[] } {
  const next = seeded(1);
  const all = { templates: 0, cases: 0, wrong: [] as string[] };
  for (const text of texts) {
    const { outcome, cases, wrong } = compareTemplate(text, ENV, [masked], next, times);
    if (outcome === "template") all.templates += 1;
    all.cases += cases;
    all.wrong.push(...wrong);
  }
  return all;
}

test("ways to talk around a policy or its masks have no template that says more or less than they do", () => {
  const texts = [...CORPUS.map(({ sql }) => sql), ...QUESTIONS.flat()];
  const { templates, wrong } = compareAll(texts, 100);
  expect(wrong).toEqual([]);
  expect(templates).toBeGreaterThan(0);
});

withRegress("PostgreSQL's regression SQL is worth its templates", async () => {
  const texts: string[] = [];
  const folder = join(regress ?? "", "sql");
  for (const file of (await readdir(folder)).sort()) {
    const script = new PsqlScript(await readFile(join(folder, file), "utf8"), new Map());
    for (let next = script.next(); next !== undefined; next = script.next()) texts.push(next.text);
  }
  const plain = texts.filter((text) => /^\s*(?:select|insert|update|delete|values|with)\b/i.test(text)).length;
  const { templates, cases, wrong } = compareAll(texts, TIMES);
  const share = templates / plain;
  process.stdout.write(`templates: ${templates} of ${plain} (${(100 * share).toFixed(1)} %), ${cases} cases\n`);
  expect(wrong).toEqual([]);
  expect(share).toBeGreaterThan(SHARE_MIN);
});

/** Other literals for each text; GATE_TEMPLATE_TIMES asks for more. */
const TIMES = Number(process.env["GATE_TEMPLATE_TIMES"] ?? 4);
const SHARE_MIN = 0.7;
