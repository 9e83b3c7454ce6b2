/** act as a second opinion on the order of stages. Skipped where there is neither act nor Go. */
import { execFileSync } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { ensureAct, runAct } from "./act.ts";
import { startGitHub, type GitHubDouble } from "./github/index.ts";
import { testWith } from "./parts.ts";

const STAGES = new URL("../fixtures/actions/stages", import.meta.url).pathname;
const WORKFLOW = `on: push
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
      - uses: ./stages
        with: {label: "\${{ vars.LABEL }}"}
      - uses: ./stages
        with: {label: second}
      - run: echo "oidc=\${ACTIONS_ID_TOKEN_REQUEST_URL:+yes} $EXTRA \${{ secrets.HIDDEN }}"
`;

let github: GitHubDouble;
let directory: string;

beforeAll(async () => {
  github = await startGitHub();
  directory = await mkdtemp(join(tmpdir(), "gate-act-test-"));
  await cp(STAGES, join(directory, "stages"), { recursive: true });
  await writeFile(join(directory, "job.yml"), WORKFLOW);
  await writeFile(join(directory, "package.json"), `{"type":"module"}`);
  const git = (...args: string[]) => execFileSync("git", args, { cwd: directory, stdio: "ignore" });
  git("init", "--quiet");
  git("add", ".");
  git("-c", "user.name=t", "-c", "user.email=t@t.test", "commit", "--quiet", "--message", "files");
});

afterAll(async () => {
  await github.close();
  await rm(directory, { recursive: true, force: true });
});

const act = await ensureAct();
const testWithAct = testWith(act !== undefined, "act, or Go to install it");

testWithAct("act runs posts in reverse and hands the job's identity to its steps", async () => {
  const result = await runAct({
    act: act ?? "",
    directory,
    workflow: "job.yml",
    job: "one",
    identity: github.openJob(),
    vars: { LABEL: "first" },
    env: { EXTRA: "a b" },
    secrets: { HIDDEN: "hush" },
  });
  expect(result.log).toContain("oidc=yes a b ***");
  const said = [...result.log.matchAll(/stage (\w+ \w+)/gu)].map((match) => match[1]);
  expect(said).toEqual(["main first", "main second", "post second", "post first"]);
  expect(result.exitCode).toBe(0);
});
