/** The end of a job's session: close, fetch, verify, tell, upload. Every step has a deadline; nothing here can hang. */
import { DefaultArtifactClient } from "@actions/artifact";
import * as core from "@actions/core";
import { systemClock } from "@gate/base";
import {
  artifactName,
  finish,
  hasArtifacts,
  parsePostState,
  restoreEnvironment,
  setStatus,
  STATUS_FORBIDDEN,
  withDeadline,
  type Finished,
  type PostState,
} from "@gate/job";

async function post(): Promise<void> {
  const githubToken = core.getInput("github-token");
  if (githubToken !== "") core.setSecret(githubToken);
  const state = parsePostState(core.getState("session"));
  if (state === undefined) {
    core.info("gate: no session was opened, so there is nothing to close");
    return;
  }
  const changed = restoreEnvironment(process.env, state.proxies);
  if (changed.length > 0)
    core.warning(`a step changed ${changed.join(", ")}; gate's post step ignores that`, { title: "gate" });
  let result: Finished;
  try {
    result = await withDeadline("closing the session", FINISH_MS_MAX, finish(state));
  } catch (error) {
    await conclude(state, githubToken, { state: "failure", description: "The session could not be closed" });
    throw error;
  }
  await conclude(state, githubToken, result.conclusion);
  for (const { level, title, message } of result.annotations) core[level](message, { title });
  await attempt("the step summary", SUMMARY_MS_MAX, () => core.summary.addRaw(result.markdown, true).write());
  if (state.finish.upload && result.files.length > 0) await upload(state, result);
  for (const failure of result.failures) core.setFailed(`gate: ${failure}`);
}

/** The commit status says how the session ended. That it cannot be set changes nothing for the job. */
async function conclude(state: PostState, token: string, end: Finished["conclusion"]): Promise<void> {
  const { commitStatus } = state;
  if (commitStatus === undefined) return;
  const { page, ...place } = commitStatus;
  await attempt("the commit status", STATUS_MS_MAX, async () => {
    if (token === "") throw new Error("`github-token` is empty in the post step");
    const result = await setStatus(place, token, { ...end, url: page }, { fetch, clock: systemClock });
    if (result.kind === "forbidden") core.warning(STATUS_FORBIDDEN, { title: "gate" });
    if (result.kind === "failed") throw new Error(result.why);
  });
}

async function upload(state: PostState, result: Finished): Promise<void> {
  if (!hasArtifacts(process.env)) {
    const where =
      state.mode === "gateway" ? "the gateway keeps the recording" : `the recording stays in ${result.directory}`;
    core.warning(`this GitHub server has no artifacts (v4) to upload to; ${where}`, { title: "gate" });
    return;
  }
  const { retentionDays } = state.finish;
  await attempt("the upload of the recording", UPLOAD_MS_MAX, async () => {
    const name = artifactName(state, process.env);
    const options = retentionDays === undefined ? {} : { retentionDays };
    const { id, size } = await new DefaultArtifactClient().uploadArtifact(
      name,
      [...result.files],
      result.directory,
      options,
    );
    core.info(`gate: recording uploaded as artifact "${name}" (id ${id ?? "unknown"}, ${size ?? 0} bytes)`);
  });
}

/** A copy or a page that cannot be written is a warning: the gateway's record is the one that counts. */
async function attempt(what: string, msMax: number, run: () => Promise<unknown>): Promise<void> {
  try {
    await withDeadline(what, msMax, run());
  } catch (error) {
    core.warning(`${what} failed: ${error instanceof Error ? error.message : String(error)}`, { title: "gate" });
  }
}

/** Close, download and verification together. */
const FINISH_MS_MAX = 240_000;
/** Setting the commit status, retries included. */
const STATUS_MS_MAX = 65_000;
/** Writing the step summary. */
const SUMMARY_MS_MAX = 10_000;
/** Upload of the recording. */
const UPLOAD_MS_MAX = 180_000;

post().then(
  () => process.exit(),
  (error: unknown) => {
    core.setFailed(`gate: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  },
);
