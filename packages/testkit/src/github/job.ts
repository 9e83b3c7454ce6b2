/**
 * One job as GitHub sees it: its identity, its claims, its tokens and the variables that its steps receive. Pure.
 *
 * Claims: https://docs.github.com/en/actions/reference/security/oidc
 */
import { base64url, sha256Hex } from "@gate/base";

/** Who and what a job is. Ids are strings, as in the token. */
export interface JobIdentity {
  readonly owner: string;
  readonly ownerId: string;
  readonly repository: string;
  readonly repositoryId: string;
  readonly visibility: "public" | "private" | "internal";
  readonly actor: string;
  readonly actorId: string;
  readonly triggeringActor: string;
  readonly eventName: string;
  readonly ref: string;
  readonly refProtected: boolean;
  readonly headRef: string;
  readonly baseRef: string;
  readonly sha: string;
  readonly environment: string | undefined;
  readonly workflow: string;
  /** Path in the repository, such as `.github/workflows/deploy.yml`. */
  readonly workflowPath: string;
  readonly jobKey: string;
  readonly runId: string;
  readonly runNumber: string;
  readonly runAttempt: string;
  readonly checkRunId: string;
  readonly runnerEnvironment: "github-hosted" | "self-hosted";
  readonly serverUrl: string;
}

export type Access = "read" | "write" | "none";

export interface JobOptions extends Partial<JobIdentity> {
  /** The workflow token's permissions; `id-token: write` decides whether OIDC variables exist at all. Default: id-token write, contents read. */
  readonly permissions?: Readonly<Record<string, Access>>;
  /** Extra or changed claims of the subject token; `undefined` takes a claim away. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** A job that the double knows, with the variables that a real runner would hand to its steps. */
export interface DoubleJob {
  readonly identity: JobIdentity;
  readonly permissions: Readonly<Record<string, Access>>;
  /** The workflow token (GITHUB_TOKEN). */
  readonly token: string;
  /** GITHUB_* variables that do not depend on a step. */
  readonly githubEnvironment: Readonly<Record<string, string>>;
  /** ACTIONS_ID_TOKEN_REQUEST_*: every step has them; empty without `id-token: write`. */
  readonly idTokenEnvironment: Readonly<Record<string, string>>;
  /** ACTIONS_RESULTS_URL and ACTIONS_RUNTIME_TOKEN: JavaScript actions only. */
  readonly runtimeEnvironment: Readonly<Record<string, string>>;
  /** Mints a subject token as the OIDC endpoint does, whatever the permissions say. */
  subjectToken(audience: string, override?: Readonly<Record<string, unknown>>): string;
}

export function jobIdentity(options: Partial<JobIdentity>, sequence: number): JobIdentity {
  const owner = options.owner ?? "acme";
  return {
    owner,
    ownerId: options.ownerId ?? "1234",
    repository: options.repository ?? "shop",
    repositoryId: options.repositoryId ?? "456789",
    visibility: options.visibility ?? "private",
    actor: options.actor ?? "octocat",
    actorId: options.actorId ?? "583231",
    triggeringActor: options.triggeringActor ?? options.actor ?? "octocat",
    eventName: options.eventName ?? "push",
    ref: options.ref ?? "refs/heads/main",
    refProtected: options.refProtected ?? true,
    headRef: options.headRef ?? "",
    baseRef: options.baseRef ?? "",
    sha: options.sha ?? sha256Hex(`${owner}/commit`).slice(0, 40),
    environment: options.environment,
    workflow: options.workflow ?? "deploy",
    workflowPath: options.workflowPath ?? ".github/workflows/deploy.yml",
    jobKey: options.jobKey ?? "deploy",
    runId: options.runId ?? String(7_000_000_000 + sequence),
    runNumber: options.runNumber ?? String(sequence),
    runAttempt: options.runAttempt ?? "1",
    checkRunId: options.checkRunId ?? String(9_000_000_000 + sequence),
    runnerEnvironment: options.runnerEnvironment ?? "github-hosted",
    serverUrl: options.serverUrl ?? "https://github.com",
  };
}

/** The claim set of a real subject token, without iss, aud, jti and times. Every value is a string. */
export function claimsOf(identity: JobIdentity): Record<string, string> {
  const full = `${identity.owner}/${identity.repository}`;
  const workflowRef = `${full}/${identity.workflowPath}@${identity.ref}`;
  return {
    sub: subjectOf(identity),
    actor: identity.actor,
    actor_id: identity.actorId,
    base_ref: identity.baseRef,
    check_run_id: identity.checkRunId,
    ...(identity.environment === undefined ? {} : { environment: identity.environment }),
    event_name: identity.eventName,
    head_ref: identity.headRef,
    job_workflow_ref: workflowRef,
    job_workflow_sha: identity.sha,
    ref: identity.ref,
    ref_protected: String(identity.refProtected),
    ref_type: identity.ref.startsWith("refs/tags/") ? "tag" : "branch",
    repository: full,
    repository_id: identity.repositoryId,
    repository_owner: identity.owner,
    repository_owner_id: identity.ownerId,
    repository_visibility: identity.visibility,
    run_attempt: identity.runAttempt,
    run_id: identity.runId,
    run_number: identity.runNumber,
    runner_environment: identity.runnerEnvironment,
    sha: identity.sha,
    workflow: identity.workflow,
    workflow_ref: workflowRef,
    workflow_sha: identity.sha,
  };
}

/** The immutable form of `sub`, with numeric ids beside the names. */
function subjectOf(identity: JobIdentity): string {
  const repository = `repo:${identity.owner}@${identity.ownerId}/${identity.repository}@${identity.repositoryId}`;
  if (identity.environment !== undefined) return `${repository}:environment:${identity.environment}`;
  if (identity.eventName === "pull_request") return `${repository}:pull_request`;
  return `${repository}:ref:${identity.ref}`;
}

/** GITHUB_* variables as the runner derives them from the `github` context. */
export function githubEnvironment(identity: JobIdentity, apiUrl: string): Record<string, string> {
  const full = `${identity.owner}/${identity.repository}`;
  return {
    CI: "true",
    GITHUB_ACTIONS: "true",
    GITHUB_ACTOR: identity.actor,
    GITHUB_ACTOR_ID: identity.actorId,
    GITHUB_API_URL: apiUrl,
    GITHUB_BASE_REF: identity.baseRef,
    GITHUB_EVENT_NAME: identity.eventName,
    GITHUB_GRAPHQL_URL: `${apiUrl}/graphql`,
    GITHUB_HEAD_REF: identity.headRef,
    GITHUB_JOB: identity.jobKey,
    GITHUB_REF: identity.ref,
    GITHUB_REF_NAME: identity.ref.replace(/^refs\/(?:heads|tags)\//u, ""),
    GITHUB_REF_PROTECTED: String(identity.refProtected),
    GITHUB_REF_TYPE: identity.ref.startsWith("refs/tags/") ? "tag" : "branch",
    GITHUB_REPOSITORY: full,
    GITHUB_REPOSITORY_ID: identity.repositoryId,
    GITHUB_REPOSITORY_OWNER: identity.owner,
    GITHUB_REPOSITORY_OWNER_ID: identity.ownerId,
    GITHUB_RETENTION_DAYS: "90",
    GITHUB_RUN_ATTEMPT: identity.runAttempt,
    GITHUB_RUN_ID: identity.runId,
    GITHUB_RUN_NUMBER: identity.runNumber,
    GITHUB_SERVER_URL: identity.serverUrl,
    GITHUB_SHA: identity.sha,
    GITHUB_TRIGGERING_ACTOR: identity.triggeringActor,
    GITHUB_WORKFLOW: identity.workflow,
    GITHUB_WORKFLOW_REF: `${full}/${identity.workflowPath}@${identity.ref}`,
    GITHUB_WORKFLOW_SHA: identity.sha,
  };
}

/**
 * The runtime token. The artifact client reads its ids from `scp` and does not check the signature, so none is made;
 * the double compares the whole token.
 */
export function runtimeToken(runBackendId: string, jobBackendId: string, nonce: string): string {
  const header = base64url(JSON.stringify({ alg: "none", typ: "JWT" }));
  const scp = `Actions.Results:${runBackendId}:${jobBackendId} Actions.UploadArtifacts:${runBackendId}`;
  return `${header}.${base64url(JSON.stringify({ scp, nonce }))}.${base64url(nonce)}`;
}
