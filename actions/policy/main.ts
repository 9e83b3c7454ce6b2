/** The policy step: lints, tests and compares policies, and tells the pull request. */
import { globSync, readFileSync } from "node:fs";
import { sep } from "node:path";
import * as core from "@actions/core";
import { readPolicyInputs, readSurroundings, runPolicyAction, workspaceReader } from "@gate/job/policy/action";

async function main(): Promise<void> {
  const inputs = readPolicyInputs((name) => core.getInput(name));
  if (inputs.token !== "") core.setSecret(inputs.token);
  const surroundings = readSurroundings(process.env, readEvent(process.env["GITHUB_EVENT_PATH"]), inputs);
  const { workspace } = surroundings;
  const { outcome, summary, annotations, problems } = await runPolicyAction({
    inputs,
    surroundings,
    read: workspaceReader(workspace),
    glob: (pattern) =>
      globSync(pattern, { cwd: workspace })
        .map((path) => path.split(sep).join("/"))
        .sort(),
    fetch,
    nowMs: Date.now(),
  });
  for (const { level, file, line, column, title, message } of annotations) {
    core[level](message, { title, file, startLine: line, startColumn: column });
  }
  for (const problem of problems) core.warning(problem, { title: "gate" });
  await core.summary.addRaw(summary, true).write();
  core.setOutput("wider", outcome.wider);
  core.setOutput("errors", outcome.errors);
  core.setOutput("warnings", outcome.warnings);
  core.info(`gate/policy: ${outcome.title}`);
  if (outcome.failed) throw new Error(outcome.title);
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** The webhook payload; a job without one is about no pull request. */
function readEvent(path: string | undefined): unknown {
  const text = path === undefined ? undefined : readOptional(path);
  return text === undefined ? {} : (JSON.parse(text) as unknown);
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    core.setFailed(`gate: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
