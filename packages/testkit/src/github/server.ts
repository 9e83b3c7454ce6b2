/**
 * GitHub as a loopback server: OIDC issuer, artifact service, REST parts. Touches the network (127.0.0.1 only).
 *
 * A job must be opened here before a runner can act for it: the tokens that a job carries are made by `openJob`.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createArtifactService, type Backend, type StoredArtifact } from "./artifacts.ts";
import { serve, type LoggedRequest, type Route } from "./http.ts";
import {
  claimsOf,
  githubEnvironment,
  jobIdentity,
  runtimeToken,
  type DoubleJob,
  type JobIdentity,
  type JobOptions,
} from "./job.ts";
import { createApp, type AppDouble, type AppOptions } from "./app.ts";
import { createIssuer } from "./oidc.ts";
import { pullRoutes, type IssueComment, type PullState, type Review } from "./pulls.ts";
import { restRoutes, type CheckRun, type CommitStatus, type RestState, type RestToken } from "./rest.ts";

export interface GitHubOptions {
  /** Wall time in milliseconds; default the machine's. */
  readonly now?: () => number;
  /** Defaults of every job that is opened: repository, actor, ref … */
  readonly job?: JobOptions;
  /** Numeric id of the GitHub App behind workflow tokens (GITHUB_TOKEN). */
  readonly actionsAppId?: number;
  /** Tokens of other Apps or people. */
  readonly tokens?: Readonly<Record<string, RestToken>>;
  /** `org/team` to logins. */
  readonly teams?: Readonly<Record<string, readonly string[]>>;
  /** login to id. */
  readonly users?: Readonly<Record<string, number>>;
  /** An operator's own App. */
  readonly app?: AppOptions;
  /** `owner/repo@ref:path` to the file's text, for the contents API. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface GitHubDouble {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** The OIDC issuer; discovery lies below it. */
  readonly issuer: string;
  readonly apiUrl: string;
  openJob(options?: JobOptions): DoubleJob;
  /** Every variable that a JavaScript action of such a job sees, without the step's own ones. */
  jobEnvironment(options?: JobOptions): Record<string, string>;
  /** Signs any claims with the issuer's current key. */
  mint(claims: Readonly<Record<string, unknown>>): string;
  /** New signing key; with `forgetOld` tokens signed before no longer verify. */
  rotate(options?: { readonly forgetOld?: boolean }): void;
  readonly artifacts: readonly StoredArtifact[];
  readonly checkRuns: readonly CheckRun[];
  readonly statuses: readonly CommitStatus[];
  /** Comments of issues and pull requests, in order. */
  readonly comments: readonly IssueComment[];
  /** By number of the pull request; a test adds to them as people would. */
  readonly reviews: Map<number, Review[]>;
  readonly files: Map<string, string>;
  readonly teams: Map<string, Set<string>>;
  /** Present with `options.app`. */
  readonly app: AppDouble | undefined;
  /** Everything that was asked, in order; without bodies and tokens. */
  readonly requests: readonly LoggedRequest[];
  /** Answers every further request whose path starts with `prefix` with this status, until called with undefined. */
  fail(prefix: string, status: number | undefined): void;
  close(): Promise<void>;
}

/** Requests kept in the log of a double. */
const REQUEST_LOG_MAX = 10_000;

interface KnownJob {
  readonly backend: Backend;
  readonly runtimeToken: string;
  readonly idToken: boolean;
  readonly job: DoubleJob;
}

export async function startGitHub(options: GitHubOptions = {}): Promise<GitHubDouble> {
  const now = options.now ?? (() => Date.now());
  const jobs: KnownJob[] = [];
  const requests: LoggedRequest[] = [];
  const failures = new Map<string, number>();
  const state: RestState = {
    checkRuns: [],
    statuses: [],
    teams: new Map(Object.entries(options.teams ?? {}).map(([team, logins]) => [team, new Set(logins)])),
    users: new Map(Object.entries(options.users ?? {})),
  };
  const pulls: PullState = { comments: [], reviews: new Map(), files: new Map(Object.entries(options.files ?? {})) };
  let origin = "";
  const routes: Route[] = [];
  const server = createServer((request, response) => {
    const failing = [...failures].find(([prefix]) => (request.url ?? "").startsWith(prefix));
    const answered =
      failing === undefined
        ? serve(routes, request, response, origin)
        : serve(
            [{ method: request.method ?? "GET", path: /^/u, answer: () => ({ status: failing[1], json: {} }) }],
            request,
            response,
            origin,
          );
    answered.then(
      (logged) => {
        if (requests.length < REQUEST_LOG_MAX) requests.push(logged);
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const issuer = createIssuer({ issuer: `${origin}/oidc`, now, randomId: randomUUID });
  const byRuntimeToken = (bearer: string | undefined) => jobs.find((one) => one.runtimeToken === bearer);
  const artifacts = createArtifactService({
    origin: () => origin,
    now,
    backendOf: (bearer) => byRuntimeToken(bearer)?.backend,
  });
  const app = options.app === undefined ? undefined : createApp(options.app, now, state.users);
  const appId = options.actionsAppId ?? 15_368;
  const tokenOf = (bearer: string | undefined): RestToken | undefined => {
    if (bearer === undefined) return undefined;
    const known = options.tokens ?? {};
    if (Object.hasOwn(known, bearer)) return known[bearer];
    const installation = app?.tokenOf(bearer);
    if (installation !== undefined) return installation;
    const job = jobs.find((one) => one.job.token === bearer)?.job;
    return job === undefined ? undefined : { appId, permissions: job.permissions };
  };

  routes.push(
    {
      method: "GET",
      path: /^\/oidc\/\.well-known\/openid-configuration$/u,
      answer: () => ({ status: 200, json: issuer.discovery() }),
    },
    { method: "GET", path: /^\/oidc\/\.well-known\/jwks$/u, answer: () => ({ status: 200, json: issuer.jwks() }) },
    {
      method: "GET",
      path: /^\/oidc\/token$/u,
      answer(call) {
        const known = byRuntimeToken(call.bearer);
        if (known === undefined) return { status: 401, json: { message: "the request token is not known" } };
        if (!known.idToken) return { status: 403, json: { message: "the job has no id-token permission" } };
        const owner = `${known.job.identity.serverUrl}/${known.job.identity.owner}`;
        return { status: 200, json: { value: known.job.subjectToken(call.url.searchParams.get("audience") ?? owner) } };
      },
    },
    ...artifacts.routes,
    ...restRoutes(state, artifacts, tokenOf),
    ...(app?.routes ?? []),
    ...pullRoutes(pulls, tokenOf),
  );

  function openJob(own: JobOptions = {}): DoubleJob {
    const merged: JobOptions = { ...options.job, ...own };
    const identity: JobIdentity = jobIdentity(merged, jobs.length + 1);
    const permissions = merged.permissions ?? { "id-token": "write", contents: "read" };
    const idToken = permissions["id-token"] === "write";
    const backend: Backend = {
      runId: identity.runId,
      runBackendId: `run-${identity.runId}`,
      jobBackendId: randomUUID(),
    };
    const runtime = runtimeToken(backend.runBackendId, backend.jobBackendId, randomBytes(24).toString("hex"));
    const extra = { ...options.job?.claims, ...own.claims };
    const job: DoubleJob = {
      identity,
      permissions,
      token: `ghs_${randomBytes(18).toString("hex")}`,
      githubEnvironment: githubEnvironment(identity, `${origin}/api`),
      // The request token is the runtime token: any step that can ask for an identity can also write artifacts.
      idTokenEnvironment: idToken
        ? {
            ACTIONS_ID_TOKEN_REQUEST_URL: `${origin}/oidc/token?api-version=2.0`,
            ACTIONS_ID_TOKEN_REQUEST_TOKEN: runtime,
          }
        : {},
      runtimeEnvironment: { ACTIONS_RESULTS_URL: `${origin}/`, ACTIONS_RUNTIME_TOKEN: runtime },
      subjectToken: (audience, override) =>
        issuer.mint({ aud: audience, ...claimsOf(identity), ...extra, ...override }),
    };
    jobs.push({ backend, runtimeToken: runtime, idToken, job });
    return job;
  }

  return {
    url: origin,
    issuer: issuer.issuer,
    apiUrl: `${origin}/api`,
    openJob,
    jobEnvironment(own) {
      const job = openJob(own);
      return { ...job.githubEnvironment, ...job.idTokenEnvironment, ...job.runtimeEnvironment };
    },
    mint: (claims) => issuer.mint(claims),
    rotate: (how) => issuer.rotate(how),
    artifacts: artifacts.artifacts,
    checkRuns: state.checkRuns,
    statuses: state.statuses,
    comments: pulls.comments,
    reviews: pulls.reviews,
    files: pulls.files,
    teams: state.teams,
    app,
    requests,
    fail(prefix, status) {
      if (status === undefined) failures.delete(prefix);
      else failures.set(prefix, status);
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
