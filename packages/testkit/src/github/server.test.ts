/** The GitHub double: what its issuer, its artifact service and its REST parts accept and refuse. */
import { createHash } from "node:crypto";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { startGitHub, visibleButtons, type DoubleJob, type GitHubDouble } from "./index.ts";

let github: GitHubDouble;

beforeEach(async () => {
  github = await startGitHub({
    tokens: { "app-token": { appId: 7, permissions: { checks: "write", members: "read" } } },
    teams: { "acme/dba": ["alice"] },
    users: { alice: 42 },
  });
});

afterEach(() => github.close());

async function identity(job: DoubleJob, audience?: string): Promise<Response> {
  const url = job.idTokenEnvironment["ACTIONS_ID_TOKEN_REQUEST_URL"] ?? `${github.url}/oidc/token?api-version=2.0`;
  const token = job.runtimeEnvironment["ACTIONS_RUNTIME_TOKEN"] ?? "";
  return fetch(audience === undefined ? url : `${url}&audience=${encodeURIComponent(audience)}`, {
    headers: { authorization: `bearer ${token}` },
  });
}

async function subjectToken(job: DoubleJob, audience?: string): Promise<string> {
  return ((await (await identity(job, audience)).json()) as { value: string }).value;
}

async function rest(method: string, path: string, body?: unknown, token = "app-token"): Promise<Response> {
  return fetch(`${github.apiUrl}${path}`, {
    method,
    headers: { authorization: `token ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

describe("the issuer", () => {
  test("a token verifies through discovery, carries the whole claim set, and lives five minutes", async () => {
    const job = github.openJob({ environment: "production", runId: "77" });
    const discovery = (await (await fetch(`${github.issuer}/.well-known/openid-configuration`)).json()) as {
      issuer: string;
      jwks_uri: string;
    };
    const keys = createRemoteJWKSet(new URL(discovery.jwks_uri));
    const { payload, protectedHeader } = await jwtVerify(await subjectToken(job, "https://gate.test"), keys, {
      issuer: discovery.issuer,
      audience: "https://gate.test",
    });
    expect(protectedHeader.alg).toBe("RS256");
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
    expect(payload.sub).toBe("repo:acme@1234/shop@456789:environment:production");
    expect(Object.keys(payload).sort()).toEqual(
      [
        ...["actor", "actor_id", "aud", "base_ref", "check_run_id", "environment", "event_name", "exp", "head_ref"],
        ...["iat", "iss", "job_workflow_ref", "job_workflow_sha", "jti", "nbf", "ref", "ref_protected", "ref_type"],
        ...["repository", "repository_id", "repository_owner", "repository_owner_id", "repository_visibility"],
        ...["run_attempt", "run_id", "run_number", "runner_environment", "sha", "sub"],
        ...["workflow", "workflow_ref", "workflow_sha"],
      ].sort(),
    );
    expect(payload).toMatchObject({ run_id: "77", repository_id: "456789", event_name: "push" });
  });

  test("each token has its own jti; without an audience it is the owner's address", async () => {
    const job = github.openJob();
    const [one, two] = [decodeJwt(await subjectToken(job)), decodeJwt(await subjectToken(job))];
    expect(one.jti).not.toBe(two.jti);
    expect(one.aud).toBe("https://github.com/acme");
  });

  test("a job without id-token permission has no variables, and its token is refused", async () => {
    const job = github.openJob({ permissions: { contents: "read" } });
    expect(job.idTokenEnvironment).toEqual({});
    expect((await identity(job)).status).toBe(403);
    expect((await fetch(`${github.url}/oidc/token`)).status).toBe(401);
  });

  test("claims can be changed and taken away for one job", () => {
    const job = github.openJob({ claims: { repo_property_tier: "gold", environment: undefined } });
    const claims = decodeJwt(job.subjectToken("a"));
    expect(claims["repo_property_tier"]).toBe("gold");
    expect(claims).not.toHaveProperty("environment");
  });

  test("after a rotation old tokens verify only while the old key is published", async () => {
    const token = github.openJob().subjectToken("a");
    const keyCount = async () =>
      ((await (await fetch(`${github.issuer}/.well-known/jwks`)).json()) as { keys: unknown[] }).keys.length;
    github.rotate();
    expect(await keyCount()).toBe(2);
    const keys = () => createRemoteJWKSet(new URL(`${github.issuer}/.well-known/jwks`));
    await expect(jwtVerify(token, keys())).resolves.toBeDefined();
    github.rotate({ forgetOld: true });
    await expect(jwtVerify(token, keys())).rejects.toMatchObject({ code: "ERR_JWKS_NO_MATCHING_KEY" });
  });
});

describe("the artifact service", () => {
  const call = async (job: DoubleJob, method: string, body: object): Promise<Response> => {
    const { ACTIONS_RUNTIME_TOKEN: token = "" } = job.runtimeEnvironment;
    const scp = (JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as { scp: string }).scp;
    const [, run, backend] = (scp.split(" ")[0] ?? "").split(":");
    return fetch(`${github.url}/twirp/github.actions.results.api.v1.ArtifactService/${method}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ workflow_run_backend_id: run, workflow_job_run_backend_id: backend, ...body }),
    });
  };

  async function upload(job: DoubleJob, name: string): Promise<{ sha: string }> {
    const created = (await (
      await call(job, "CreateArtifact", { name, version: 7, mime_type: "application/zip" })
    ).json()) as {
      signed_upload_url: string;
    };
    const put = (query: string, body: string) =>
      fetch(`${created.signed_upload_url}&${query}`, { method: "PUT", body });
    expect((await put("comp=block&blockid=Yg%3D%3D", "second")).status).toBe(201);
    expect((await put("comp=block&blockid=YQ%3D%3D", "first ")).status).toBe(201);
    expect(
      (await put("comp=blocklist", "<BlockList><Latest>YQ==</Latest><Latest>Yg==</Latest></BlockList>")).status,
    ).toBe(201);
    return { sha: createHash("sha256").update("first second").digest("hex") };
  }

  test("blocks are joined in the order of the list, and size and hash are checked", async () => {
    const job = github.openJob();
    const { sha } = await upload(job, "a");
    expect((await call(job, "FinalizeArtifact", { name: "a", size: "11" })).status).toBe(400);
    expect((await call(job, "FinalizeArtifact", { name: "a", size: "12", hash: "sha256:00" })).status).toBe(400);
    expect((await call(job, "FinalizeArtifact", { name: "a", size: "12", hash: `sha256:${sha}` })).status).toBe(200);
    expect(github.artifacts[0]?.bytes.toString()).toBe("first second");
    expect((await call(job, "CreateArtifact", { name: "a", version: 7 })).status).toBe(409);
  });

  test("another job's ids, a foreign token and a bad name are refused", async () => {
    const job = github.openJob();
    expect((await call(job, "ListArtifacts", { workflow_run_backend_id: "run-1" })).status).toBe(403);
    expect((await call(job, "CreateArtifact", { name: "a/b", version: 7 })).status).toBe(400);
    const url = `${github.url}/twirp/github.actions.results.api.v1.ArtifactService/ListArtifacts`;
    expect((await fetch(url, { method: "POST", body: "{}" })).status).toBe(401);
  });

  test("REST lists a run's artifacts and redirects to the bytes", async () => {
    const job = github.openJob({ permissions: { actions: "read" } });
    await upload(job, "a");
    await call(job, "FinalizeArtifact", { name: "a", size: "12" });
    const path = `/repos/acme/shop/actions/runs/${job.identity.runId}/artifacts`;
    const page = (await (await rest("GET", path, undefined, job.token)).json()) as { artifacts: { id: number }[] };
    const zip = await rest(
      "GET",
      `/repos/acme/shop/actions/artifacts/${page.artifacts[0]?.id}/zip`,
      undefined,
      job.token,
    );
    expect(await zip.text()).toBe("first second");
    expect(zip.redirected).toBe(true);
  });
});

describe("checks, statuses and teams", () => {
  const actions = [{ label: "Approve", description: "Let the command run", identifier: "approve:h1" }];
  const open = { name: "gate/session", head_sha: "abc", status: "in_progress", actions };

  test("buttons show only once a run is completed; a conclusion completes it", async () => {
    const { id } = (await (await rest("POST", "/repos/acme/shop/check-runs", open)).json()) as { id: number };
    const run = github.checkRuns[0];
    expect(run === undefined ? [] : visibleButtons(run)).toEqual([]);
    const answer = await rest("PATCH", `/repos/acme/shop/check-runs/${id}`, { conclusion: "action_required" });
    expect(await answer.json()).toMatchObject({ status: "completed", conclusion: "action_required" });
    expect(run === undefined ? [] : visibleButtons(run)).toEqual(actions);
  });

  test.each([
    ["four actions", { actions: [...actions, ...actions, ...actions, ...actions] }],
    ["a long label", { actions: [{ ...actions[0], label: "x".repeat(21) }] }],
    ["a long description", { actions: [{ ...actions[0], description: "x".repeat(41) }] }],
    ["a long identifier", { actions: [{ ...actions[0], identifier: "x".repeat(21) }] }],
    ["completed without a conclusion", { status: "completed" }],
    ["an unknown conclusion", { conclusion: "maybe" }],
  ])("%s is refused", async (_, change) => {
    expect((await rest("POST", "/repos/acme/shop/check-runs", { ...open, ...change })).status).toBe(422);
  });

  test("only the App that made a check run may change it, and a token needs the permission", async () => {
    const { id } = (await (await rest("POST", "/repos/acme/shop/check-runs", open)).json()) as { id: number };
    const job = github.openJob({ permissions: { checks: "write" } });
    const path = `/repos/acme/shop/check-runs/${id}`;
    expect((await rest("PATCH", path, { conclusion: "success" }, job.token)).status).toBe(403);
    expect((await rest("POST", "/repos/acme/shop/statuses/abc", { state: "pending" })).status).toBe(403);
    expect((await rest("GET", path, undefined, "nobody")).status).toBe(401);
  });

  test("team membership is live", async () => {
    const path = "/orgs/acme/teams/dba/memberships/alice";
    expect((await rest("GET", path)).status).toBe(200);
    github.teams.get("acme/dba")?.delete("alice");
    expect((await rest("GET", path)).status).toBe(404);
  });

  test("a failure can be staged, and requests are logged", async () => {
    github.fail("/oidc/token", 503);
    expect((await identity(github.openJob())).status).toBe(503);
    github.fail("/oidc/token", undefined);
    expect((await identity(github.openJob())).status).toBe(200);
    expect(github.requests.map(({ path, status }) => [path, status])).toEqual([
      ["/oidc/token", 503],
      ["/oidc/token", 200],
    ]);
  });
});
