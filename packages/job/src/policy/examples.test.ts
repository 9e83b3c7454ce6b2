/** Every policy that people will copy is linted clean and passes its own tests: examples/ and the README's. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { LINT_CODES } from "@gate/policy";
import { testPath } from "./files.ts";
import { lintPath, readGatewayNames } from "./index.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const policies = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "examples"], {
  cwd: ROOT,
})
  .toString()
  .split("\n")
  .filter((path) => /^examples\/(?:policies\/[^/]+|policy)\.yaml$/u.test(path) && !path.endsWith(".test.yaml"));
const NOW = Date.parse("2026-11-23T00:00:00Z");

const read = (path: string): string | undefined => {
  try {
    return readFileSync(join(ROOT, path), "utf8");
  } catch {
    return undefined;
  }
};

/** What stands between the fences of the README's policy, without the comments that Markdown needs. */
function readme(): string {
  const blocks = [...(read("README.md") ?? "").matchAll(/```yaml\n(version: gate\/v1\n[^`]*)```/gu)];
  expect(blocks).toHaveLength(1);
  return blocks[0]?.[1] ?? "";
}

describe("examples", () => {
  test("there are policies for the usual jobs", () => {
    expect(policies.length).toBeGreaterThanOrEqual(7);
  });

  test.each(policies)("%s: lint finds nothing", (path) => {
    expect((lintPath(path, read, { nowMs: NOW }) ?? []).filter(({ severity }) => severity !== "note")).toEqual([]);
  });

  test.each(policies)("%s: its tests pass", async (path) => {
    const reports = await testPath(path, read);
    expect(reports.flatMap(({ problems }) => problems)).toEqual([]);
    const results = reports.flatMap((report) => report.results);
    expect(results.length).toBeGreaterThanOrEqual(5);
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
  });

  test("the policy of the README and examples/policy.yaml under examples/gateway.yaml: lint finds nothing", () => {
    const config = "examples/gateway.yaml";
    const names = readGatewayNames(read(config) ?? "", config);
    expect(Object.keys(names.targets ?? {})).toContain("orders-db");
    const clean = (text: string, more: object) =>
      (lintPath("p.yaml", (path) => (path === "p.yaml" ? text : undefined), { nowMs: NOW, ...more }) ?? [])
        .filter(({ severity }) => severity !== "note")
        .map(({ code, message }) => `${code}: ${message}`);
    expect(clean(readme(), {})).toEqual([]);
    expect(clean(read("examples/policy.yaml") ?? "", names)).toEqual([]);
  });
});

test("docs/policy-tools.md lists every finding of lint with its severity and its danger", () => {
  const page = (read("docs/policy-tools.md") ?? "").replaceAll(/ +/gu, " ");
  const rows = Object.entries(LINT_CODES).map(
    ([code, { severity, danger }]) => `| \`${code}\` | ${severity} | ${danger} |`,
  );
  expect(rows.filter((row) => !page.includes(row))).toEqual([]);
  const listed = [...page.matchAll(/^\| `([a-z-]+)` \| (?:error|warning|note) \|/gmu)].map((match) => match[1]);
  expect(listed.toSorted()).toEqual(Object.keys(LINT_CODES).toSorted());
});
