/**
 * The policy action in a job of a pull request: what GitHub receives, what the step says, and when it fails.
 * Needs dist/; no database.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { runJob, startGitHub, type Access, type GitHubDouble, type JobResult } from "@gate/testkit";
import { ROOT } from "../world.ts";
import { scratch } from "./action-job.ts";

const JOB_MS = 180_000;
const HEAD = "a".repeat(40);
const BASE = "b".repeat(40);
const PERMISSIONS = { contents: "read", "pull-requests": "write", checks: "write" } as const;

const POLICY = `version: gate/v1
trust:
  deploy:
    issuer: github
    audience: https://gate.acme.dev
    claims: { repository_id: "456789", event_name: push, ref: refs/heads/main, environment: production }
    grants: [db]
grants:
  db: { target: orders, rules: [sql] }
rules:
  sql:
    - { id: read, effect: allow, match: { statement: [SELECT], reads: ["public.*"] } }
    - { id: never, effect: deny, match: { statement: ["DROP *"] } }
tests:
  - { as: deploy, grant: db, sql: DROP TABLE x, expect: { effect: deny, rule: never } }
`;
const WIDER = POLICY.replace('["public.*"]', '["public.*", "audit.*"]');
const NARROWER = POLICY.replace('["public.*"]', "[public.orders]");

const workspace = scratch("policy-action");
let github: GitHubDouble;

beforeAll(() => {
  mkdirSync(join(workspace.path, "policies"), { recursive: true });
});
afterAll(() => workspace.remove());
beforeEach(async () => {
  github = await startGitHub({
    files: { [`acme/shop@${BASE}:policy.yaml`]: POLICY },
    teams: { "acme/platform": ["pat"] },
    tokens: { "app-token": { appId: 77, permissions: { ...PERMISSIONS, members: "read" } } },
  });
});
afterEach(() => github.close());

interface Choice {
  readonly policy?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly permissions?: Readonly<Record<string, Access>>;
  readonly event?: Readonly<Record<string, unknown>>;
  readonly eventName?: string;
}

const PULL = {
  pull_request: { number: 7, user: { login: "dev" }, head: { sha: HEAD }, base: { sha: BASE, ref: "main" } },
};

async function job(choice: Choice = {}): Promise<JobResult> {
  writeFileSync(join(workspace.path, "policy.yaml"), choice.policy ?? POLICY);
  const workflow = JSON.stringify(
    {
      name: "policy",
      on: "pull_request",
      jobs: {
        check: {
          "runs-on": "ubuntu-latest",
          permissions: choice.permissions ?? PERMISSIONS,
          steps: [{ name: "policy", id: "policy", uses: "org/gate/policy@v1", with: choice.with ?? {} }],
        },
      },
    },
    undefined,
    1,
  );
  return runJob({
    workflow,
    workspace: workspace.path,
    github,
    actionPaths: { "org/gate@v1": ROOT },
    event: choice.event ?? PULL,
    identity: { eventName: choice.eventName ?? "pull_request", sha: "c".repeat(40) },
    timeoutMs: JOB_MS,
  });
}

const step = (result: JobResult) => result.steps[0];
const messages = (result: JobResult, level: string) =>
  result.annotations.filter((annotation) => annotation.level === level).map(({ message }) => message);

describe("a pull request", () => {
  test(
    "that changes nothing passes: a check on its head, a comment, a summary",
    async () => {
      const result = await job();
      expect(result.conclusion).toBe("success");
      expect(github.checkRuns).toHaveLength(1);
      expect(github.checkRuns[0]).toMatchObject({
        name: "gate/policy",
        head_sha: HEAD,
        status: "completed",
        conclusion: "success",
        output: { title: "1 test passes" },
      });
      expect(github.comments.map(({ issue, edits }) => ({ issue, edits }))).toEqual([{ issue: 7, edits: 0 }]);
      expect(github.comments[0]?.body).toMatch(/^<!-- gate-policy -->\n## ✅ gate\/policy/u);
      expect(github.comments[0]?.body).toContain("No difference to the base was found");
      expect(step(result)?.summary).toContain("gate/policy");
      expect(step(result)?.outputs).toMatchObject({ wider: "false", errors: "0" });
      expect(messages(result, "warning")).toEqual([]);
    },
    JOB_MS,
  );

  test(
    "that allows more says so with an example, and updates its one comment when it is pushed again",
    async () => {
      expect((await job({ policy: WIDER })).conclusion).toBe("success");
      const [comment] = github.comments;
      expect(comment?.body).toContain("⚠️ wider");
      expect(comment?.body).toContain("SELECT reading audit.something");
      expect(github.checkRuns[0]?.output["title"]).toContain("wider");
      const again = await job({ policy: NARROWER });
      expect(step(again)?.outputs["wider"]).toBe("false");
      expect(github.comments).toHaveLength(1);
      expect(github.comments[0]?.edits).toBe(1);
      expect(github.comments[0]?.body).toContain("🔒 narrower");
    },
    2 * JOB_MS,
  );

  test(
    "finds its comment behind a hundred others",
    async () => {
      const all = github.comments as unknown as unknown[];
      for (let id = 0; id < 130; id += 1) {
        all.push({ id, issue: 7, user: { login: "dev", type: "User" }, body: "talk", edits: 0 });
      }
      await job();
      await job({ policy: WIDER });
      expect(github.comments).toHaveLength(131);
      expect(github.comments.at(-1)?.edits).toBe(1);
    },
    2 * JOB_MS,
  );

  test(
    "with a dangerous trust rule and a failing test fails, with annotations on the lines",
    async () => {
      const policy = POLICY.replace("event_name: push", "event_name: pull_request_target").replace(
        "rule: never",
        "rule: read",
      );
      const result = await job({ policy });
      expect(result.conclusion).toBe("failure");
      expect(github.checkRuns[0]?.conclusion).toBe("failure");
      const errors = result.annotations.filter(({ level }) => level === "error");
      expect(errors.map(({ title }) => title)).toEqual(["gate: event-untrusted", "gate: policy test", undefined]);
      expect(errors[0]).toMatchObject({ file: "policy.yaml" });
      expect(github.comments[0]?.body).toContain("event-untrusted");
      expect(step(result)?.outputs["errors"]).toBe("1");
    },
    JOB_MS,
  );

  test(
    "with thirty findings shows ten annotations, and says how many are missing",
    async () => {
      const rules = Array.from(
        { length: 30 },
        (_, index) => `    - { id: r${index}, effect: allow, match: { statement: [INSERT], reads: [a.b${index}] } }`,
      );
      const result = await job({
        policy: POLICY.replace("    - { id: never", `${rules.join("\n")}\n    - { id: never`),
      });
      expect(result.conclusion).toBe("success");
      const warnings = messages(result, "warning");
      expect(warnings).toHaveLength(10);
      expect(warnings.at(-1)).toBe("21 more warnings: see the step summary");
    },
    JOB_MS,
  );

  test(
    "that is not valid YAML fails and is not compared",
    async () => {
      const result = await job({ policy: "version: [" });
      expect(result.conclusion).toBe("failure");
      expect(github.comments[0]?.body).toContain("policy-invalid");
    },
    JOB_MS,
  );
});

describe("a widening that needs a team's approval", () => {
  const REQUIRED = { "require-approval-from": "acme/platform", token: "app-token" };
  const review = (login: string, state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED", sha = HEAD) => ({
    user: { login, type: "User" as const },
    state,
    commit_id: sha,
  });

  test(
    "fails until a member approves this very commit",
    async () => {
      const none = await job({ policy: WIDER, with: REQUIRED });
      expect(none.conclusion).toBe("failure");
      expect(github.comments[0]?.body).toContain("needs an approval of acme");
      expect(github.checkRuns.at(-1)).toMatchObject({ conclusion: "failure", appId: 77 });
      github.reviews.set(7, [review("pat", "APPROVED", "0".repeat(40))]);
      expect((await job({ policy: WIDER, with: REQUIRED })).conclusion).toBe("failure");
      expect(github.comments[0]?.body).toContain("older commit");
      github.reviews.get(7)?.push(review("pat", "APPROVED"), review("pat", "COMMENTED"));
      expect((await job({ policy: WIDER, with: REQUIRED })).conclusion).toBe("success");
      expect(github.comments[0]?.body).toContain("pat approved it for acme");
      expect(github.checkRuns.at(-1)?.conclusion).toBe("success");
    },
    3 * JOB_MS,
  );

  test(
    "takes neither somebody else's, nor the author's, nor a withdrawn approval, nor a bot's",
    async () => {
      github.teams.get("acme/platform")?.add("dev");
      github.teams.get("acme/platform")?.add("robot");
      github.reviews.set(7, [
        ...Array.from({ length: 120 }, (_, index) => review(`someone${index}`, "COMMENTED")),
        review("stranger", "APPROVED"),
        review("dev", "APPROVED"),
        review("pat", "APPROVED"),
        review("pat", "CHANGES_REQUESTED"),
        { user: { login: "robot", type: "Bot" }, state: "APPROVED", commit_id: HEAD },
      ]);
      expect((await job({ policy: WIDER, with: REQUIRED })).conclusion).toBe("failure");
      expect(github.comments[0]?.body).toContain("nobody who approved this commit is a member");
    },
    JOB_MS,
  );

  test(
    "a narrower change needs nobody, and `fail-on: never` does not lift the requirement",
    async () => {
      expect((await job({ policy: NARROWER, with: REQUIRED })).conclusion).toBe("success");
      expect((await job({ policy: WIDER, with: { ...REQUIRED, "fail-on": "never" } })).conclusion).toBe("failure");
    },
    2 * JOB_MS,
  );

  test(
    "a token that may not read teams fails with what to do",
    async () => {
      github.reviews.set(7, [review("pat", "APPROVED")]);
      const result = await job({ policy: WIDER, with: { "require-approval-from": "acme/platform" } });
      expect(result.conclusion).toBe("failure");
      expect(step(result)?.summary).toContain("members&#58; read");
    },
    JOB_MS,
  );
});

describe("less than a pull request with all permissions", () => {
  test(
    "without `checks: write` and `pull-requests: write` the result stays, and the lines to add are named",
    async () => {
      const result = await job({ permissions: { contents: "read" } });
      expect(result.conclusion).toBe("success");
      const warnings = messages(result, "warning").join("\n");
      expect(warnings).toContain("checks: write");
      expect(warnings).toContain("pull-requests: write");
      expect(github.checkRuns).toEqual([]);
      expect(github.comments).toEqual([]);
    },
    JOB_MS,
  );

  test(
    "a push lints and tests, and compares with nothing",
    async () => {
      const result = await job({ event: {}, eventName: "push", policy: WIDER });
      expect(result.conclusion).toBe("success");
      expect(github.comments).toEqual([]);
      expect(github.checkRuns[0]).toMatchObject({ head_sha: "c".repeat(40), conclusion: "success" });
      expect(github.requests.some(({ path }) => path.includes("/contents/"))).toBe(false);
    },
    JOB_MS,
  );

  test(
    "a policy that the base does not have is all new, and globs find every policy",
    async () => {
      writeFileSync(join(workspace.path, "policies/more.yaml"), POLICY);
      const result = await job({ with: { policy: "policy.yaml\npolicies/*.yaml" } });
      expect(result.conclusion).toBe("success");
      expect(github.comments[0]?.body).toContain("the base has no such file");
      expect(step(result)?.outputs["wider"]).toBe("true");
    },
    JOB_MS,
  );

  test(
    "wrong inputs and missing files say what to write",
    async () => {
      expect(messages(await job({ with: { "fail-on": "always" } }), "error").join()).toContain(
        "error, warning or never",
      );
      expect(messages(await job({ with: { policy: "nope.yaml" } }), "error").join()).toContain(
        "there is no file nope.yaml",
      );
      expect(messages(await job({ with: { policy: "nope/*.yaml" } }), "error").join()).toContain(
        "no file fits nope/*.yaml",
      );
    },
    2 * JOB_MS,
  );
});
