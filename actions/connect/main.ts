/** The connect step: opens the session, leaves the proxy running, tells the job where its endpoints are. */
import { readFileSync } from "node:fs";
import * as core from "@actions/core";
import {
  actionsTokenSource,
  endpointOutputs,
  jobEnvironment,
  JobError,
  proxySettings,
  readConnectInputs,
  readStatusPlace,
  refuseContainerJob,
  start,
  stop,
  tokenSourceIfOffered,
  type PostState,
  type StatusPlace,
} from "@gate/job";

/** The runner sends SIGINT, then SIGTERM after 7.5 s; only this process gets them, so it ends the proxy. */
const cancelled = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => cancelled.abort());

async function main(): Promise<void> {
  const githubToken = core.getInput("github-token");
  mask(githubToken);
  refuseContainerJob(process.execPath, process.env);
  const { to, grants, defaults, gatewayKey, finish } = readConnectInputs((name) => core.getInput(name), process.env);
  const subjectToken = to.mode === "gateway" ? actionsTokenSource(process.env) : tokenSourceIfOffered(process.env);
  if (to.mode === "embedded") for (const value of Object.values(to.env)) mask(value);
  const place = statusPlace(githubToken);
  const started = await start({
    to: to.mode === "gateway" ? to : { ...to, policy: { file: to.policyPath, text: readPolicy(to.policyPath) } },
    grants,
    ...(subjectToken === undefined ? {} : { subjectToken }),
    ...(place === undefined ? {} : { commitStatus: { ...place, token: githubToken } }),
    tempDirectory: process.env["RUNNER_TEMP"] ?? "",
    entry: process.argv[1] ?? "",
    // The runner's worker: when it is gone, so is the job.
    leasePid: process.ppid,
    env: process.env,
    signal: cancelled.signal,
  });
  try {
    mask(started.closeToken);
    const { session, endpoints, directory, control, closeToken } = started;
    const { variables, secrets } = jobEnvironment({ id: session.id, control, endpoints }, defaults);
    for (const secret of secrets) mask(secret);
    const state: PostState = {
      directory,
      control,
      closeToken,
      sessionId: session.id,
      vkey: gatewayKey ?? session.vkey,
      pinned: gatewayKey !== undefined,
      mode: session.mode,
      proxies: proxySettings(process.env),
      finish,
      // The token itself is an input of post again.
      ...(place === undefined || session.checks === "app"
        ? {}
        : { commitStatus: { ...place, page: session.page ?? place.runUrl } }),
    };
    core.saveState("session", JSON.stringify(state));
    for (const [name, value] of Object.entries(variables)) core.exportVariable(name, value);
    core.setOutput("session-id", session.id);
    core.setOutput("endpoints", endpointOutputs(endpoints));
    for (const warning of session.warnings) core.warning(warning, { title: "gate" });
    const list = endpoints.map(({ grant, host, port, protocol }) => `  ${grant} (${protocol}) at ${host}:${port}`);
    core.info(`gate: session ${session.id}, trust rule ${session.trustRule}\n${list.join("\n")}`);
    if (cancelled.signal.aborted) throw new JobError("operator", "JOB_DAEMON_GONE", "the job was cancelled");
  } catch (error) {
    await stop(started);
    throw error;
  }
}

/** The runner masks line by line. */
function mask(secret: string): void {
  for (const part of new Set([secret, ...secret.split(/\r?\n/)])) if (part.trim() !== "") core.setSecret(part);
}

/** Where the commit status goes; undefined without a token. */
function statusPlace(token: string): StatusPlace | undefined {
  if (token === "") return undefined;
  const place = readStatusPlace(process.env, readEvent(process.env["GITHUB_EVENT_PATH"]));
  if (!("problem" in place)) return place;
  core.warning(`the commit status gate/session is not set: ${place.problem}`, { title: "gate" });
  return undefined;
}

/** The webhook payload; a job without a readable one is about no pull request. */
function readEvent(path: string | undefined): unknown {
  try {
    return path === undefined ? undefined : (JSON.parse(readFileSync(path, "utf8")) as unknown);
  } catch {
    return undefined;
  }
}

function readPolicy(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new JobError(
      "operator",
      "JOB_INPUT",
      `\`policy\`: cannot read ${path}. Check it out first, and give its path from the workspace`,
      { cause },
    );
  }
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    core.setFailed(`gate: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
