/**
 * The parts of GitHub's REST API that gate talks to: artifacts, check runs, commit statuses, team membership. In memory.
 *
 * https://docs.github.com/en/rest/checks/runs: at most 3 actions, label <= 20, description <= 40, identifier <= 20;
 * only the App that made a check run may change it; buttons show only once the run is completed.
 */
import type { ArtifactService, StoredArtifact } from "./artifacts.ts";
import { jsonBody, textMember, type Answer, type Call, type Route } from "./http.ts";
import type { Access } from "./job.ts";

/** What a REST token may do, and as which App. */
export interface RestToken {
  readonly appId: number;
  readonly permissions: Readonly<Record<string, Access>>;
}

export interface CheckRun {
  readonly id: number;
  readonly appId: number;
  readonly repository: string;
  name: string;
  head_sha: string;
  external_id: string;
  details_url: string | null;
  status: string;
  conclusion: string | null;
  output: Record<string, unknown>;
  actions: readonly CheckAction[];
}

export interface CheckAction {
  readonly label: string;
  readonly description: string;
  readonly identifier: string;
}

export interface CommitStatus {
  readonly id: number;
  readonly repository: string;
  readonly sha: string;
  readonly state: string;
  readonly context: string;
  readonly description: string | null;
  readonly target_url: string | null;
}

export interface RestState {
  readonly checkRuns: CheckRun[];
  readonly statuses: CommitStatus[];
  /** `org/team` to logins of active members; change it while a test runs to change live membership. */
  readonly teams: Map<string, Set<string>>;
  /** login to numeric id. */
  readonly users: Map<string, number>;
}

/** The most actions of a check run. */
const CHECK_ACTIONS_MAX = 3;
/** Characters of a check action's label and identifier. */
const CHECK_LABEL_CHARS_MAX = 20;
/** Characters of a check action's description. */
const CHECK_DESCRIPTION_CHARS_MAX = 40;

const CONCLUSIONS = ["action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"];

/** Buttons that a person would see: none until the run is completed. */
export function visibleButtons(run: CheckRun): readonly CheckAction[] {
  return run.status === "completed" ? run.actions : [];
}

/**
 * Makes routes of the REST API that ask for a token and one of its permissions. `{name}` is one segment of the path,
 * `{name*}` the rest of it.
 */
export function restRoute(tokenOf: (bearer: string | undefined) => RestToken | undefined) {
  return (
    method: string,
    path: string,
    need: readonly [permission: string, access: "read" | "write"] | undefined,
    answer: (call: Call, token: RestToken) => Answer,
  ): Route => ({
    method,
    path: new RegExp(
      `^/api${path.replaceAll(/\{(\w+)\*\}/gu, "(?<$1>.+)").replaceAll(/\{(\w+)\}/gu, "(?<$1>[^/]+)")}$`,
      "u",
    ),
    answer(call) {
      const token = tokenOf(call.bearer);
      if (token === undefined) return { status: 401, json: { message: "Bad credentials" } };
      if (need !== undefined && !allowed(token.permissions[need[0]], need[1])) {
        return { status: 403, json: { message: "Resource not accessible by integration" } };
      }
      return answer(call, token);
    },
  });
}

export function restRoutes(
  state: RestState,
  artifacts: ArtifactService,
  tokenOf: (bearer: string | undefined) => RestToken | undefined,
): Route[] {
  let nextId = 50_000;

  const route = restRoute(tokenOf);
  const repository = (call: Call) => `${call.params["owner"] ?? ""}/${call.params["repo"] ?? ""}`;
  const artifactOf = (call: Call) => artifacts.artifacts.find((one) => String(one.id) === call.params["id"]);

  const changeRun = (run: CheckRun, body: Record<string, unknown>): Answer | undefined => {
    const problem = checkProblem(body);
    if (problem !== undefined) return { status: 422, json: { message: "Validation Failed", errors: [problem] } };
    const conclusion = textMember(body, "conclusion");
    run.name = textMember(body, "name") ?? run.name;
    run.external_id = textMember(body, "external_id") ?? run.external_id;
    run.details_url = textMember(body, "details_url") ?? run.details_url;
    // GitHub completes a run that is given a conclusion.
    run.status = conclusion === undefined ? (textMember(body, "status") ?? run.status) : "completed";
    run.conclusion = conclusion ?? run.conclusion;
    if (typeof body["output"] === "object" && body["output"] !== null) {
      run.output = { ...run.output, ...body["output"] };
    }
    if (Array.isArray(body["actions"])) run.actions = body["actions"] as CheckAction[];
    return undefined;
  };

  return [
    route("GET", "/repos/{owner}/{repo}/actions/artifacts", ["actions", "read"], (call) =>
      artifactPage(call, artifacts.artifacts),
    ),
    route("GET", "/repos/{owner}/{repo}/actions/runs/{run}/artifacts", ["actions", "read"], (call) =>
      artifactPage(
        call,
        artifacts.artifacts.filter((one) => one.runId === call.params["run"]),
      ),
    ),
    route("GET", "/repos/{owner}/{repo}/actions/artifacts/{id}", ["actions", "read"], (call) => {
      const found = artifactOf(call);
      return found === undefined ? NOT_FOUND : { status: 200, json: artifactJson(found) };
    }),
    route("GET", "/repos/{owner}/{repo}/actions/artifacts/{id}/zip", ["actions", "read"], (call) => {
      const found = artifactOf(call);
      return found === undefined ? NOT_FOUND : { status: 302, headers: { location: artifacts.downloadUrl(found) } };
    }),
    route("POST", "/repos/{owner}/{repo}/check-runs", ["checks", "write"], (call, token) => {
      const body = jsonBody(call);
      const name = textMember(body, "name");
      const sha = textMember(body, "head_sha");
      if (name === undefined || sha === undefined) return INVALID;
      const run: CheckRun = {
        id: nextId++,
        appId: token.appId,
        repository: repository(call),
        name,
        head_sha: sha,
        external_id: "",
        details_url: null,
        status: "queued",
        conclusion: null,
        output: {},
        actions: [],
      };
      const refused = changeRun(run, body);
      if (refused !== undefined) return refused;
      state.checkRuns.push(run);
      return { status: 201, json: checkJson(run) };
    }),
    route("PATCH", "/repos/{owner}/{repo}/check-runs/{id}", ["checks", "write"], (call, token) => {
      const run = state.checkRuns.find((one) => String(one.id) === call.params["id"]);
      if (run === undefined) return NOT_FOUND;
      if (run.appId !== token.appId) return { status: 403, json: { message: "Invalid app_id for this check run" } };
      return changeRun(run, jsonBody(call)) ?? { status: 200, json: checkJson(run) };
    }),
    route("GET", "/repos/{owner}/{repo}/check-runs/{id}", ["checks", "read"], (call) => {
      const run = state.checkRuns.find((one) => String(one.id) === call.params["id"]);
      return run === undefined ? NOT_FOUND : { status: 200, json: checkJson(run) };
    }),
    route("GET", "/repos/{owner}/{repo}/commits/{ref}/check-runs", ["checks", "read"], (call) => {
      const runs = state.checkRuns.filter(
        (run) => run.repository === repository(call) && run.head_sha === call.params["ref"],
      );
      return { status: 200, json: { total_count: runs.length, check_runs: runs.map(checkJson) } };
    }),
    route("POST", "/repos/{owner}/{repo}/statuses/{sha}", ["statuses", "write"], (call) => {
      const body = jsonBody(call);
      const value = textMember(body, "state") ?? "";
      if (!["error", "failure", "pending", "success"].includes(value)) return INVALID;
      const status: CommitStatus = {
        id: nextId++,
        repository: repository(call),
        sha: call.params["sha"] ?? "",
        state: value,
        context: textMember(body, "context") ?? "default",
        description: textMember(body, "description") ?? null,
        target_url: textMember(body, "target_url") ?? null,
      };
      state.statuses.push(status);
      return { status: 201, json: status };
    }),
    route("GET", "/repos/{owner}/{repo}/commits/{ref}/statuses", ["statuses", "read"], (call) => ({
      status: 200,
      json: state.statuses.filter((one) => one.sha === call.params["ref"]).reverse(),
    })),
    route("GET", "/orgs/{org}/teams/{team}/memberships/{user}", ["members", "read"], (call) => {
      const { org, team, user } = call.params;
      const member = state.teams.get(`${org ?? ""}/${team ?? ""}`)?.has(user ?? "") === true;
      return member ? { status: 200, json: { state: "active", role: "member" } } : NOT_FOUND;
    }),
    route("GET", "/users/{user}", undefined, (call) => {
      const login = call.params["user"] ?? "";
      const id = state.users.get(login);
      return id === undefined ? NOT_FOUND : { status: 200, json: { login, id, type: "User" } };
    }),
  ];
}

const NOT_FOUND: Answer = { status: 404, json: { message: "Not Found" } };
const INVALID: Answer = { status: 422, json: { message: "Validation Failed" } };

function allowed(has: Access | undefined, need: "read" | "write"): boolean {
  return has === "write" || (has === "read" && need === "read");
}

function checkProblem(body: Readonly<Record<string, unknown>>): string | undefined {
  const conclusion = textMember(body, "conclusion");
  if (textMember(body, "status") === "completed" && conclusion === undefined) return "completed needs a conclusion";
  if (conclusion !== undefined && !CONCLUSIONS.includes(conclusion)) return "unknown conclusion";
  const output = body["output"] as Record<string, unknown> | undefined;
  if (output !== undefined && (typeof output["title"] !== "string" || typeof output["summary"] !== "string")) {
    return "output needs title and summary";
  }
  const actions = body["actions"];
  if (actions === undefined) return undefined;
  if (!Array.isArray(actions) || actions.length > CHECK_ACTIONS_MAX) return `at most ${CHECK_ACTIONS_MAX} actions`;
  for (const action of actions as Record<string, unknown>[]) {
    const size = (name: string) => [...(textMember(action, name) ?? "")].length;
    const fits = (name: string, max: number) => size(name) > 0 && size(name) <= max;
    if (!fits("label", CHECK_LABEL_CHARS_MAX)) return "action label: 1 to 20 characters";
    if (!fits("identifier", CHECK_LABEL_CHARS_MAX)) return "action identifier: 1 to 20 characters";
    if (!fits("description", CHECK_DESCRIPTION_CHARS_MAX)) return "action description: 1 to 40 characters";
  }
  return undefined;
}

function checkJson(run: CheckRun): object {
  const { appId, repository, ...rest } = run;
  return { ...rest, app: { id: appId }, html_url: `https://github.com/${repository}/runs/${run.id}` };
}

function artifactPage(call: Call, all: readonly StoredArtifact[]): Answer {
  const name = call.url.searchParams.get("name");
  const size = Math.min(Number(call.url.searchParams.get("per_page") ?? 30), 100);
  const page = Number(call.url.searchParams.get("page") ?? 1);
  const found = all.filter((one) => name === null || one.name === name);
  return {
    status: 200,
    json: { total_count: found.length, artifacts: found.slice((page - 1) * size, page * size).map(artifactJson) },
  };
}

function artifactJson(artifact: StoredArtifact): object {
  return {
    id: artifact.id,
    name: artifact.name,
    size_in_bytes: artifact.bytes.byteLength,
    expired: false,
    created_at: artifact.createdAt,
    expires_at: artifact.expiresAt ?? null,
    digest: artifact.digest,
    workflow_run: { id: Number(artifact.runId) },
  };
}
