/** The runner double against small actions: order, state, masks, files, cancel, orphans. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startGitHub, type GitHubDouble } from "../github/index.ts";
import { runJob, startJob, type RunJobOptions } from "./index.ts";

const FIXTURES = new URL("../../fixtures/actions", import.meta.url).pathname;

let github: GitHubDouble;
let workspace: string;

beforeAll(async () => {
  github = await startGitHub();
  workspace = await mkdtemp(join(tmpdir(), "gate-workspace-"));
});

afterAll(async () => {
  await github.close();
  await rm(workspace, { recursive: true, force: true });
});

function options(steps: string, more: Partial<RunJobOptions> & { head?: string } = {}): RunJobOptions {
  const { head = "", ...rest } = more;
  const workflow = `on: push\npermissions: {}\njobs:\n  one:\n    runs-on: ubuntu-latest\n${head}    steps:\n${steps}`;
  return { workflow, workspace, github, actionPaths: { "acme/kit@v1": FIXTURES }, ...rest };
}

describe("order and state", () => {
  test("all pres run first, then the steps, then the posts as a stack; state stays with its step", async () => {
    const result = await runJob(
      options(`
      - uses: acme/kit/stages@v1
        with: {label: a, some-value: "\${{ env.LATER }}"}
      - run: echo "LATER=yes" >> "$GITHUB_ENV"
      - uses: acme/kit/stages@v1
        id: second
        with: {label: b}
      - run: echo "got \${{ steps.second.outputs.label }}"
`),
    );
    expect(result.conclusion).toBe("success");
    expect(result.steps.map((step) => `${step.stage} ${step.id}`)).toEqual([
      "pre __acme_kit",
      "pre second",
      "main __acme_kit",
      "main __run",
      "main second",
      "main __run_2",
      "post second",
      "post __acme_kit",
    ]);
    const log = (at: number) => result.steps[at]?.log ?? "";
    expect(log(2)).toContain("stage main a value= pre=early");
    expect(log(5)).toBe("got b");
    // Inputs are evaluated again at post: the environment has changed since.
    expect(log(7)).toContain("stage post a value=yes");
    expect(log(7)).toContain(`state "a\\nsecond line" "early"`);
    expect(log(6)).toContain(`state "b\\nsecond line"`);
    expect(result.steps[7]?.postOf).toBe("Run acme/kit/stages@v1");
  });

  test("the pre of a local action is ignored", async () => {
    const result = await runJob({ ...options("      - uses: ./stages\n"), workspace: FIXTURES });
    expect(result.steps.map((step) => step.stage)).toEqual(["main", "post"]);
    expect(result.steps[0]?.id).toBe("__self");
  });

  test("conditions, continue-on-error and posts after a failure follow the job's status", async () => {
    const result = await runJob(
      options(`
      - uses: acme/kit/stages@v1
      - {id: soft, run: exit 3, continue-on-error: true}
      - {id: hard, run: exit 4}
      - {id: skipped, run: echo never}
      - {id: failed, if: failure(), run: "echo \${{ steps.soft.outcome }} \${{ steps.soft.conclusion }}"}
      - {id: text, if: "contains('failure()', 'x')", run: echo never}
      - {id: always, if: "\${{ always() && github.ref_name == 'main' }}", run: echo ran}
`),
    );
    expect(result.conclusion).toBe("failure");
    const outcomes = Object.fromEntries(result.steps.map((step) => [step.id, `${step.outcome}/${step.conclusion}`]));
    expect(outcomes).toMatchObject({
      soft: "failure/success",
      hard: "failure/failure",
      skipped: "skipped/skipped",
      failed: "success/success",
      text: "skipped/skipped",
      always: "success/success",
    });
    expect(result.steps.find((step) => step.id === "failed")?.log).toBe("failure success");
    expect(result.steps.at(-1)).toMatchObject({ stage: "post", outcome: "success" });
    expect(result.steps.find((step) => step.id === "hard")).toMatchObject({ exitCode: 4 });
  });

  test("a composite action has its own steps, inputs and outputs", async () => {
    const result = await runJob(
      options(`
      - {id: c, uses: acme/kit/composite@v1, with: {who: gate}}
      - run: echo "\${{ steps.c.outputs.greeting }}"
`),
    );
    expect(result.steps.at(-1)?.log).toBe("hello gate");
    expect(result.log).toContain("action path ok");
    expect(result.log).toContain("after hello gate");
  });
});

describe("what a step is given", () => {
  test("a script gets the OIDC variables but not the runtime token; a JavaScript action gets both", async () => {
    const result = await runJob(
      options(
        `
      - run: echo "oidc=\${ACTIONS_ID_TOKEN_REQUEST_URL:+yes} runtime=\${ACTIONS_RUNTIME_TOKEN:-no} $GITHUB_ACTION $RUNNER_OS"
      - uses: acme/kit/stages@v1
`,
        { head: "    permissions: {id-token: write}\n" },
      ),
    );
    expect(result.log).toContain("oidc=yes runtime=no __run Linux");
    expect(result.log).toContain("runtime=true oidc=true");
  });

  test("without the permission, and for a fork, the OIDC variables do not exist", async () => {
    const steps = `      - run: 'echo "oidc=\${ACTIONS_ID_TOKEN_REQUEST_URL:-none}"'\n`;
    expect((await runJob(options(steps))).log).toContain("oidc=none");
    const fork = await runJob(options(steps, { head: "    permissions: {id-token: write}\n", fork: true }));
    expect(fork.log).toContain("oidc=none");
  });

  test("the default shell stops at an error but not inside a pipe; bash by name does both", async () => {
    const result = await runJob(
      options(`
      - run: |
          false | true
          echo reached
      - {shell: bash, continue-on-error: true, run: "false | true\\necho not reached"}
`),
    );
    expect(result.steps.map((step) => step.outcome)).toEqual(["success", "failure"]);
  });

  test("env comes from workflow, job and step; GITHUB_ENV, GITHUB_PATH and heredocs reach later steps", async () => {
    const result = await runJob(
      options(
        `
      - run: |
          printf 'MULTI<<E O F\\nx\\ny\\nE O F\\nNODE_OPTIONS=--inspect\\nGITHUB_SHA=forged\\n' >> "$GITHUB_ENV"
          mkdir -p "$RUNNER_TEMP/bin" && printf '#!/bin/sh\\necho mine\\n' > "$RUNNER_TEMP/bin/tool" && chmod +x "$RUNNER_TEMP/bin/tool"
          echo "$RUNNER_TEMP/bin" >> "$GITHUB_PATH"
      - env: {B: step}
        run: |
          tool
          echo "$A $B \${MULTI//$'\\n'/,} \${NODE_OPTIONS:-unset} \${GITHUB_SHA:0:6}"
`,
        { head: "    env: {A: job, B: job}\n" },
      ),
    );
    expect(result.steps[1]?.log.split("\n")[0]).toBe("mine");
    expect(result.steps[1]?.log).toMatch(/^job step x,y unset (?!forged)/mu);
    expect(result.steps[0]?.annotations).toMatchObject([{ level: "error" }]);
  });

  test("a malformed command file fails its step", async () => {
    const result = await runJob(options(`      - run: echo "no format" >> "$GITHUB_OUTPUT"\n`));
    expect(result.steps[0]).toMatchObject({ outcome: "failure", exitCode: 0 });
  });
});

describe("what a step writes", () => {
  test("a mask covers what comes after it, line by line, and drops job outputs that hold it", async () => {
    const result = await runJob(
      options(
        `
      - id: s
        run: |
          echo "before hunter2"
          echo "::add-mask::hunter2"
          echo "after hunter2 and other-secret"
          echo "::add-mask::line one%0Aline two"
          echo "xx line two xx"
          echo "open=hunter2" >> "$GITHUB_OUTPUT"
          echo "fine=1" >> "$GITHUB_OUTPUT"
          echo "summary hunter2" >> "$GITHUB_STEP_SUMMARY"
`,
        {
          head: '    outputs: {bad: "${{ steps.s.outputs.open }}", good: "${{ steps.s.outputs.fine }}"}\n',
          secrets: { S: "other-secret" },
        },
      ),
    );
    expect(result.steps[0]?.log.split("\n")).toEqual(["before hunter2", "after *** and ***", "xx *** xx"]);
    expect(result.outputs).toEqual({ good: "1" });
    expect(result.summary).toBe("summary ***\n");
  });

  test("annotations keep ten of a type and 4096 characters; stop-commands is obeyed", async () => {
    const result = await runJob(
      options(`
      - run: |
          for i in $(seq 12); do echo "::warning file=a.sql,line=$i,title=T%2C::w$i"; done
          echo "::error::$(printf 'x%.0s' $(seq 5000))"
          echo "::stop-commands::tok"
          echo "::error::ignored"
          echo "::tok::"
          echo "::notice::back"
`),
    );
    const { annotations = [], log = "" } = result.steps[0] ?? {};
    expect(annotations.filter((one) => one.level === "warning")).toHaveLength(10);
    expect(annotations[0]).toEqual({ level: "warning", message: "w1", title: "T,", file: "a.sql", line: 1 });
    expect(annotations.find((one) => one.level === "error")?.message).toHaveLength(4096);
    expect(annotations.filter((one) => one.level === "notice")).toHaveLength(1);
    expect(log).toContain("::error::ignored");
  });

  test("a summary above one mebibyte is dropped with an error", async () => {
    const result = await runJob(options(`      - run: head -c 1048577 /dev/zero >> "$GITHUB_STEP_SUMMARY"\n`));
    expect(result.steps[0]).toMatchObject({ summary: "", outcome: "success", annotations: [{ level: "error" }] });
  });
});

describe("processes", () => {
  test("a detached daemon lives until post and is killed as an orphan afterwards", async () => {
    const result = await runJob(options("      - uses: acme/kit/daemon@v1\n"));
    expect(result.steps.at(-1)?.log).toBe("daemon alive=true");
    expect(result.orphansKilled.map((orphan) => orphan.command)).toEqual(["sleep 60"]);
    expect(result.steps[0]?.process?.heldOpen).toBe(false);
  });

  test("a daemon that inherits stdout holds its step open, up to the bound", async () => {
    const result = await runJob(
      options(`      - {uses: acme/kit/daemon@v1, with: {inherit: true}}\n`, { heldOpenMs: 300 }),
    );
    expect(result.steps[0]?.process).toMatchObject({ heldOpen: true, exitCode: 0 });
    expect(result.orphansKilled).toHaveLength(1);
  });

  test("cancelling sends SIGINT, SIGTERM and SIGKILL to the entry process; always() and posts still run", async () => {
    const job = startJob(
      options(
        `
      - uses: acme/kit/stages@v1
      - id: stubborn
        shell: node {0}
        run: |
          for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => console.log(name));
          setInterval(() => {}, 1000);
          console.log("ready");
      - {id: never, run: echo never}
      - {id: kept, if: always(), run: echo kept}
`,
        { timeScale: 0.05, onLine: (line) => line === "ready" && job.cancel() },
      ),
    );
    const result = await job.result;
    expect(result.conclusion).toBe("cancelled");
    const stubborn = result.steps.find((step) => step.id === "stubborn");
    expect(stubborn).toMatchObject({
      outcome: "cancelled",
      process: { signals: ["SIGINT", "SIGTERM", "SIGKILL"], signal: "SIGKILL" },
    });
    expect(stubborn?.log).toContain("SIGINT\nSIGTERM");
    const outcome = (id: string) => result.steps.find((step) => step.id === id)?.outcome;
    expect([outcome("never"), outcome("kept")]).toEqual(["skipped", "success"]);
    expect(result.steps.at(-1)).toMatchObject({ stage: "post", outcome: "success" });
  });

  test("a post that fails fails the job; one that hangs is ended after the grace of a cancel", async () => {
    const failing = await runJob(options("      - {uses: acme/kit/stages@v1, with: {label: fail}}\n"));
    expect(failing.conclusion).toBe("failure");
    const hanging = await runJob(
      options("      - {uses: acme/kit/stages@v1, with: {label: hang}}\n", { timeoutMs: 800, timeScale: 0.001 }),
    );
    expect(hanging.conclusion).toBe("cancelled");
    expect(hanging.steps.at(-1)).toMatchObject({ stage: "post", outcome: "cancelled" });
  });

  test("timeout-minutes ends a step as a failure", async () => {
    const result = await runJob(options("      - {run: exec sleep 30, timeout-minutes: 1}\n", { timeScale: 0.003 }));
    expect(result.steps[0]?.outcome).toBe("failure");
    expect(result.conclusion).toBe("failure");
  });
});

test("GitHub's own clients upload, list and download an artifact and fetch an identity", async () => {
  const result = await runJob(
    options("      - uses: acme/kit/artifact@v1\n", {
      head: "    permissions: {id-token: write}\n    environment: production\n",
    }),
  );
  expect(result.conclusion).toBe("success");
  expect(result.log).toContain("listed=gate-record same=true aud=https://gate.test env=production");
  expect(github.artifacts.map((one) => one.name)).toEqual(["gate-record"]);
});

describe("bad input", () => {
  test("a workflow outside GitHub's schema is refused with its line", async () => {
    const broken = { ...options(""), workflow: "on: push\njobs:\n  a:\n    runs-on: x\n    stepz: []\n" };
    await expect(runJob(broken)).rejects.toMatchObject({
      code: "WORKFLOW_INVALID",
      message: expect.stringMatching(/:5: .*stepz/u),
    });
  });

  test("an unknown action fails its step and names what to add", async () => {
    await expect(runJob(options("      - uses: nobody/nothing@v1\n"))).rejects.toMatchObject({
      code: "ACTION_UNKNOWN",
    });
  });
});
