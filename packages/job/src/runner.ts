/** What the job can tell about the runner it is on. Pure: environment and file checks are parameters. */
import { JobError } from "./errors.ts";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Refuses a `container:` job. The runner mounts its own Node at /__e and the workspace at /__w into the job
 * container and nowhere else (actions/runner, ContainerInfo.cs); a runner that itself lives in a container has neither.
 * @throws {JobError} JOB_CONTAINER
 */
export function refuseContainerJob(execPath: string, env: Env): void {
  const mounted = execPath.startsWith("/__e/") || /^\/__w(\/|$)/.test(env["GITHUB_WORKSPACE"] ?? "");
  if (!mounted) return;
  throw new JobError(
    "operator",
    "JOB_CONTAINER",
    "this job runs in a container (`container:`), and its steps cannot reach endpoints on the runner's loopback. " +
      "Take `container:` off the job; steps may still start containers with `docker run --network host`",
  );
}

/** GitHub's cloud, where artifacts v4 exist; GitHub Enterprise Server has none. */
export function hasArtifacts(env: Env): boolean {
  const server = env["GITHUB_SERVER_URL"];
  if (server === undefined || !URL.canParse(server)) return false;
  const { hostname } = new URL(server);
  return hostname === "github.com" || hostname.endsWith(".ghe.com") || hostname.endsWith(".localhost");
}

/** Claims in the form of GitHub's OIDC token, from what the runner put into the environment. Nothing signs them. */
export function runnerClaims(env: Env): Record<string, string> {
  const claims: Record<string, string> = {};
  for (const [claim, variable] of CLAIM_VARIABLES) {
    const value = env[variable];
    if (value !== undefined && value !== "") claims[claim] = value;
  }
  return claims;
}

const CLAIM_VARIABLES = [
  ["actor", "GITHUB_ACTOR"],
  ["actor_id", "GITHUB_ACTOR_ID"],
  ["base_ref", "GITHUB_BASE_REF"],
  ["event_name", "GITHUB_EVENT_NAME"],
  ["head_ref", "GITHUB_HEAD_REF"],
  ["job", "GITHUB_JOB"],
  ["ref", "GITHUB_REF"],
  ["ref_type", "GITHUB_REF_TYPE"],
  ["repository", "GITHUB_REPOSITORY"],
  ["repository_id", "GITHUB_REPOSITORY_ID"],
  ["repository_owner", "GITHUB_REPOSITORY_OWNER"],
  ["repository_owner_id", "GITHUB_REPOSITORY_OWNER_ID"],
  ["run_attempt", "GITHUB_RUN_ATTEMPT"],
  ["run_id", "GITHUB_RUN_ID"],
  ["run_number", "GITHUB_RUN_NUMBER"],
  ["runner_environment", "RUNNER_ENVIRONMENT"],
  ["sha", "GITHUB_SHA"],
  ["triggering_actor", "GITHUB_TRIGGERING_ACTOR"],
  ["workflow", "GITHUB_WORKFLOW"],
  ["workflow_ref", "GITHUB_WORKFLOW_REF"],
  ["workflow_sha", "GITHUB_WORKFLOW_SHA"],
] as const;
