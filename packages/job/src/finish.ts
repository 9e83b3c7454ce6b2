/**
 * The end of a session as the post step sees it: close, fetch, unpack, verify, sum up.
 * Touches the control socket and files of the session's directory.
 */
import { createWriteStream, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { messageOf } from "@gate/base";
import type { RecordingReader } from "@gate/contract";
import { folderReader, RECORDS_FILE, tarReader, textLines, verifyBundle } from "@gate/recording";
import type { FetchedRecording, SessionInfo } from "./backend.ts";
import type { StatusPlace } from "./commit-status.ts";
import { conclude, type Conclusion } from "./conclusion.ts";
import { stop } from "./connect.ts";
import type { FinishInputs } from "./inputs.ts";
import { gatherOutcome, type Outcome, type RecordedEntry } from "./outcome.ts";
import { annotations, summaryMarkdown, type Annotation, type Verification } from "./summary.ts";

/** What main leaves for post in the action's state. */
export interface PostState {
  readonly directory: string;
  readonly control: string;
  readonly closeToken: string;
  readonly sessionId: string;
  /** The key that the recording must be signed with. */
  readonly vkey: string;
  /** True when the workflow named it. */
  readonly pinned: boolean;
  readonly mode: SessionInfo["mode"];
  readonly proxies: Readonly<Record<string, string>>;
  readonly finish: FinishInputs;
  /** Where the commit status is set, and its link; absent where an App tells GitHub, or nobody shall. */
  readonly commitStatus?: StatusPlace & { readonly page: string };
}

export interface Finished {
  readonly markdown: string;
  readonly annotations: readonly Annotation[];
  /** Why the job must fail; empty when it need not. */
  readonly failures: readonly string[];
  /** What the commit status says at the end. */
  readonly conclusion: Conclusion;
  /** Folder of the unpacked recording and the files in it, for the artifact. */
  readonly directory: string;
  readonly files: readonly string[];
}

/** The state as main wrote it; `undefined` when main never got so far. */
export function parsePostState(text: string): PostState | undefined {
  return text === "" ? undefined : (JSON.parse(text) as PostState);
}

/** Never throws for what the other side did: that ends in `failures`. */
export async function finish(state: PostState): Promise<Finished> {
  const { recording, problems: closing, endedBefore } = await stop(state);
  const problems = [...closing];
  if (endedBefore !== undefined) problems.push(`the session had ended before the job did: ${endedBefore}`);
  const missing: Verification = { status: "missing", entries: 0, vkey: state.vkey, pinned: state.pinned, findings: [] };
  let verification = missing;
  let outcome: Outcome | undefined;
  let files: string[] = [];
  const directory = join(state.directory, "bundle");
  if (recording !== undefined) {
    try {
      files = await unpack(openRecording(recording), directory);
      const reader = folderReader(directory);
      verification = await verify(reader, state);
      if (verification.status !== "invalid") outcome = await gatherOutcome(readEntries(reader));
    } catch (error) {
      problems.push(messageOf(error));
      verification = { ...missing, status: "invalid", findings: [messageOf(error)] };
    }
  }
  const failures = reasonsToFail(state, verification, outcome, recording === undefined ? problems : []);
  return {
    markdown: summaryMarkdown(outcome, verification, problems),
    annotations: annotations(outcome, verification),
    failures,
    conclusion: conclude({ outcome, verification, mode: state.mode, endedBefore }),
    directory,
    files,
  };
}

/** Artifact names take no `" : < > | * ? \ /` and no line ends. */
export function artifactName(
  state: Pick<PostState, "sessionId" | "finish">,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const { GITHUB_JOB = "job", GITHUB_RUN_ATTEMPT = "1" } = env;
  const name = state.finish.artifactName ?? `gate-${GITHUB_JOB}-${GITHUB_RUN_ATTEMPT}-${state.sessionId}`;
  return name.replace(/[":<>|*?\\/\p{Cc}]+/gu, "-").slice(0, ARTIFACT_NAME_CHARS_MAX);
}

function reasonsToFail(
  { finish }: PostState,
  { status }: Verification,
  outcome: Outcome | undefined,
  problems: readonly string[],
): string[] {
  const reasons: string[] = [];
  if (status === "missing") {
    reasons.push(
      `there is no recording of this job's session: ${problems.join("; ") || "it was not fetched"}. ` +
        "The session ends by its time to live, and the gateway keeps its record: read it there",
    );
  } else if (status !== "valid") {
    reasons.push(`the recording of this job's session does not verify (${status}): see the step summary`);
  }
  if (outcome === undefined) return reasons;
  const { denied, notApproved } = outcome.counts;
  if (finish.failOn !== "never" && denied > 0)
    reasons.push(`${denied} commands were denied (fail-on: ${finish.failOn})`);
  if (finish.failOn === "held" && outcome.held > 0) reasons.push(`${outcome.held} commands were held (fail-on: held)`);
  if (finish.failOn === "denied" && notApproved > 0)
    reasons.push(`${notApproved} held commands were not approved (fail-on: denied)`);
  return reasons;
}

async function verify(reader: RecordingReader, state: PostState): Promise<Verification> {
  const report = await verifyBundle(reader, { vkeys: [state.vkey] });
  const findings = report.findings.map(({ code, message }) => `${code}: ${message}`);
  // A genuine recording of another session must not pass for this one's.
  const other = report.sessionId !== state.sessionId;
  if (other) findings.unshift("SESSION_OTHER: the recording is of another session than this job's");
  return {
    status: other ? "invalid" : report.status,
    entries: report.entries,
    ...(report.root === undefined ? {} : { root: report.root }),
    vkey: state.vkey,
    pinned: state.pinned,
    findings,
  };
}

function openRecording(recording: FetchedRecording): RecordingReader {
  return recording.kind === "tar" ? tarReader(recording.path) : folderReader(recording.path);
}

/** Copies a recording into a folder of its own; the reader admits only names that stay inside. */
async function unpack(reader: RecordingReader, directory: string): Promise<string[]> {
  const files: string[] = [];
  for (const { name } of await reader.list()) {
    const file = join(directory, name);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    await pipeline(reader.read(name), createWriteStream(file, { flags: "wx", mode: 0o600 }));
    files.push(file);
  }
  return files;
}

/** Entries of a bundle that was verified: lines are JSON then. */
async function* readEntries(reader: RecordingReader): AsyncGenerator<RecordedEntry> {
  for await (const line of textLines(reader.read(RECORDS_FILE))) yield JSON.parse(line) as RecordedEntry;
}

/** Characters of an artifact's name. */
const ARTIFACT_NAME_CHARS_MAX = 200;
