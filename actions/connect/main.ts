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
  refuseContainerJob,
  start,
  stop,
  tokenSourceIfOffered,
  type PostState,
} from "@gate/job";

/** The runner sends SIGINT, then SIGTERM after 7.5 s; only this process gets them, so it ends the proxy. */
const cancelled = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => cancelled.abort());

async function main(): Promise<void> {
  refuseContainerJob(process.execPath, process.env);
  const { to, grants, defaults, gatewayKey, finish } = readConnectInputs((name) => core.getInput(name), process.env);
  const subjectToken = to.mode === "gateway" ? actionsTokenSource(process.env) : tokenSourceIfOffered(process.env);
  if (to.mode === "embedded") for (const value of Object.values(to.env)) mask(value);
  const started = await start({
    to: to.mode === "gateway" ? to : { ...to, policy: { file: to.policyPath, text: readPolicy(to.policyPath) } },
    grants,
    ...(subjectToken === undefined ? {} : { subjectToken }),
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
