/** `gate policy …` as people and CI run it: output, JSON and exit codes. From the source; no database. */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ROOT } from "../world.ts";
import { scratch } from "./action-job.ts";

const TEST_MS = 180_000;
const MAIN = join(ROOT, "packages/cli/src/main.ts");
const directory = scratch("policy-cli");
const at = (name: string) => join(directory.path, name);

async function policy(...args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--", MAIN, "policy", ...args], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
    child.once("error", reject);
    child.once("close", (code) =>
      resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
    );
  });
}

const EXAMPLE = "examples/policies/analytics.yaml";

beforeAll(() => {
  const text = readFileSync(join(ROOT, EXAMPLE), "utf8");
  writeFileSync(at("bad.yaml"), text.replace("https://gate.acme.dev", "https://github.com/acme"));
  writeFileSync(at("warn.yaml"), text.replace("functions: safe", "functions: any"));
  writeFileSync(at("wide.yaml"), text.replace("public.products,", "public.products, public.payroll,"));
  writeFileSync(at("broken.yaml"), text.replace("effect: allow", "effect: permit"));
  writeFileSync(
    at("failing.test.yaml"),
    `policy: ${join(ROOT, EXAMPLE)}\ntests:\n  - { as: analytics, grant: warehouse, sql: DROP TABLE x, expect: { effect: allow } }\n`,
  );
  writeFileSync(at("columns.json"), JSON.stringify(["public.customers.email", "public.customers.name"]));
});
afterAll(() => directory.remove());

describe("lint", () => {
  test(
    "exits 0 on a clean file, 1 on an error or with --strict on a warning, and says place, reason and fix",
    async () => {
      expect(await policy("lint", EXAMPLE)).toMatchObject({ code: 0, stdout: "1 file, nothing found\n" });
      const bad = await policy("lint", at("bad.yaml"));
      expect(bad.code).toBe(1);
      expect(bad.stdout).toMatch(/bad\.yaml:\d+:\d+: error audience-default: .*\n {4}why: .*\n {4}fix: /u);
      expect((await policy("lint", at("warn.yaml"))).code).toBe(0);
      expect((await policy("lint", at("warn.yaml"), "--strict")).code).toBe(1);
    },
    TEST_MS,
  );

  test(
    "checks columns against a list, names against gateway.yaml, and prints JSON",
    async () => {
      const columns = await policy("lint", EXAMPLE, "--columns", at("columns.json"), "--json");
      expect(columns.code).toBe(1);
      const { findings } = JSON.parse(columns.stdout) as { findings: { code: string; line: number }[] };
      expect(findings.map(({ code }) => code)).toEqual(["mask-column-unknown"]);
      expect((await policy("lint", "examples/policy.yaml", "--config", "examples/gateway.yaml")).code).toBe(0);
      const target = await policy(
        "lint",
        "examples/policies/ssh-maintenance.yaml",
        "--config",
        "examples/gateway.yaml",
      );
      expect(target.code === 0 || target.stdout.includes("there is no target `bastion`")).toBe(true);
    },
    TEST_MS,
  );

  test(
    "a missing file is wrong use",
    async () => {
      expect(await policy("lint", "nope.yaml")).toMatchObject({
        code: 2,
        stderr: expect.stringContaining("there is no file nope.yaml"),
      });
      expect((await policy("lint")).code).toBe(2);
    },
    TEST_MS,
  );
});

describe("test and explain", () => {
  test(
    "runs the tests beside a policy; exits 1 with the difference when one fails, 3 when there are none",
    async () => {
      const good = await policy("test", EXAMPLE);
      expect(good).toMatchObject({ code: 0 });
      expect(good.stdout).toMatch(/\d+ passed, 0 failed/u);
      const failing = await policy("test", at("failing.test.yaml"));
      expect(failing.code).toBe(1);
      expect(failing.stdout).toContain("expected  allow\n        got       deny by");
      expect(failing.stdout).toContain("tables (allow): false, first failed: statement");
      expect((await policy("test", at("wide.yaml"))).code).toBe(3);
      const json = await policy("test", at("failing.test.yaml"), "--json");
      expect(JSON.parse(json.stdout)).toMatchObject({ passed: false, files: [{ results: [{ passed: false }] }] });
    },
    TEST_MS,
  );

  test(
    "explains a command of each kind, rule by rule",
    async () => {
      const sql = await policy(
        "explain",
        EXAMPLE,
        "--as",
        "analytics",
        "--grant",
        "warehouse",
        "--sql",
        "SELECT * FROM customers",
      );
      expect(sql.code).toBe(0);
      expect(sql.stdout).toContain("allow by tables");
      expect(sql.stdout).toContain("mask     column public.customers.email: tokenize");
      const ssh = await policy(
        "explain",
        "examples/policies/ssh-maintenance.yaml",
        "--grant",
        "bastion",
        "--exec",
        "reboot",
        "--json",
      );
      expect(JSON.parse(ssh.stdout)).toMatchObject({ verdict: { kind: "deny", rules: ["default"] } });
      const kube = await policy(
        "explain",
        "examples/policies/kubernetes-rollout.yaml",
        "--grant",
        "shop-rollout",
        "--kube",
        "{ verb: create, resource: pods, subresource: exec, namespace: shop }",
      );
      expect(kube.stdout).toContain("hold by enter, approval `sre`");
      const mcp = await policy(
        "explain",
        "examples/policies/coding-agent.yaml",
        "--grant",
        "github-tools",
        "--mcp",
        "{ tool: merge_pull_request }",
      );
      expect(mcp.stdout).toContain("deny by merge");
      const none = await policy("explain", EXAMPLE, "--grant", "warehouse");
      expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining("exactly one command") });
      const typo = await policy("explain", EXAMPLE, "--grant", "warehous", "--sql", "SELECT 1");
      expect(typo).toMatchObject({ code: 2, stderr: expect.stringContaining("did you mean `warehouse`?") });
    },
    2 * TEST_MS,
  );
});

describe("diff and schema", () => {
  test(
    "exits 1 on a wider version, 0 on a narrower one, 3 when the old one cannot be read",
    async () => {
      const wider = await policy("diff", EXAMPLE, at("wide.yaml"));
      expect(wider.code).toBe(1);
      expect(wider.stdout).toContain("wider    verdict warehouse: deny by default → allow by tables");
      expect(wider.stdout).toContain("for example: SELECT reading public.payroll");
      expect((await policy("diff", at("wide.yaml"), EXAMPLE)).code).toBe(0);
      const json = await policy("diff", EXAMPLE, EXAMPLE, "--json");
      expect(JSON.parse(json.stdout)).toMatchObject({ changes: [], wider: false });
      expect((await policy("diff", at("broken.yaml"), EXAMPLE)).code).toBe(3);
      expect((await policy("diff", EXAMPLE, at("broken.yaml"))).code).toBe(1);
      expect((await policy("diff", EXAMPLE, "nope.yaml")).code).toBe(2);
    },
    2 * TEST_MS,
  );

  test(
    "prints the schema that is checked in",
    async () => {
      const { stdout } = await policy("schema");
      expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync(join(ROOT, "docs/policy.schema.json"), "utf8")));
    },
    TEST_MS,
  );
});
