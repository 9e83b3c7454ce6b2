/**
 * An operator's GitHub App as GitHub treats it: its JWT is checked, installation tokens belong to one repository's owner
 * and end, webhooks are signed over their bytes, and a button can be clicked only where a person would see one.
 */
import { createHmac, createPublicKey, randomBytes, randomUUID, verify, type KeyObject } from "node:crypto";
import { jsonBody, type Answer, type Call, type Route } from "./http.ts";
import { visibleButtons, type CheckRun, type RestToken } from "./rest.ts";

export interface AppOptions {
  readonly id: number;
  /** PEM of the key with which the App signs its JWTs. */
  readonly publicKey: string;
  readonly webhookSecret: string;
  /** `owner/name` of the repositories in which it is installed. */
  readonly repositories: readonly string[];
  readonly permissions?: RestToken["permissions"];
}

export interface Sender {
  readonly login: string;
  readonly id: number;
  readonly type?: "User" | "Bot";
}

/** What the history of a repository is, as far as the App may read it. */
export interface History {
  /** By sha: pull requests that hold the commit. */
  readonly pulls: Map<string, readonly { readonly number: number; readonly user: Sender }[]>;
  /** By `base...head`, or by sha for one commit, or by `pulls/N`. */
  readonly commits: Map<string, readonly Commit[]>;
  /** By environment, newest first. */
  readonly deployments: Map<string, readonly { readonly id: number; readonly sha: string; readonly state: string }[]>;
  /** By branch: who pushed last. */
  readonly pushers: Map<string, Sender>;
}

export interface Commit {
  readonly author: Sender | null;
  readonly email: string;
  readonly message: string;
}

export interface Delivery {
  readonly status: number;
  readonly body: unknown;
}

export interface DeliverOptions {
  readonly id?: string;
  readonly secret?: string;
  /** Sent instead of the bytes that were signed. */
  readonly tampered?: string;
}

export interface AppDouble {
  readonly routes: readonly Route[];
  readonly history: History;
  /** Answers that the App gave to deployment protection rules. */
  readonly protectionAnswers: readonly { readonly run: string; readonly body: Record<string, unknown> }[];
  tokenOf(bearer: string): RestToken | undefined;
  /** Ends every installation token, as GitHub does when an App is suspended. */
  revokeTokens(): void;
  /** Sends a signed delivery to the App's webhook address. */
  deliver(url: string, event: string, payload: object, options?: DeliverOptions): Promise<Delivery>;
  /** A person clicks a button. Throws where GitHub would show none. */
  click(url: string, run: CheckRun, label: string, sender: Sender): Promise<Delivery>;
}

const JWT_SECONDS_MAX = 600;
const TOKEN_MS = 3_600_000;

export function createApp(options: AppOptions, now: () => number, users: ReadonlyMap<string, number>): AppDouble {
  const key: KeyObject = createPublicKey(options.publicKey);
  const tokens = new Map<string, { readonly token: RestToken; readonly expiresAtMs: number }>();
  const answers: { run: string; body: Record<string, unknown> }[] = [];
  const history: History = { pulls: new Map(), commits: new Map(), deployments: new Map(), pushers: new Map() };
  const installed = (call: Call): boolean =>
    options.repositories.includes(`${call.params["owner"] ?? ""}/${call.params["repo"] ?? ""}`);
  const known = (bearer: string | undefined): RestToken | undefined => {
    const found = bearer === undefined ? undefined : tokens.get(bearer);
    return found !== undefined && found.expiresAtMs > now() ? found.token : undefined;
  };

  const asApp = (method: string, path: string, answer: (call: Call) => Answer): Route => ({
    method,
    path: pathOf(path),
    answer: (call) =>
      isAppJwt(call.bearer, key, options.id, now())
        ? answer(call)
        : { status: 401, json: { message: "A JSON web token could not be decoded" } },
  });
  const asInstallation = (method: string, path: string, answer: (call: Call) => Answer): Route => ({
    method,
    path: pathOf(path),
    answer(call) {
      if (known(call.bearer) === undefined) return { status: 401, json: { message: "Bad credentials" } };
      return installed(call) ? answer(call) : NOT_FOUND;
    },
  });

  const routes: Route[] = [
    asApp("GET", "/repos/{owner}/{repo}/installation", (call) =>
      installed(call) ? { status: 200, json: { id: INSTALLATION, app_id: options.id } } : NOT_FOUND,
    ),
    asApp("POST", "/app/installations/{id}/access_tokens", (call) => {
      if (call.params["id"] !== String(INSTALLATION)) return NOT_FOUND;
      const token = `ghs_${randomBytes(18).toString("hex")}`;
      const permissions = options.permissions ?? PERMISSIONS;
      tokens.set(token, { token: { appId: options.id, permissions }, expiresAtMs: now() + TOKEN_MS });
      return { status: 201, json: { token, expires_at: new Date(now() + TOKEN_MS).toISOString(), permissions } };
    }),
    asInstallation("GET", "/repos/{owner}/{repo}/commits/{sha}/pulls", (call) => ({
      status: 200,
      json: history.pulls.get(call.params["sha"] ?? "") ?? [],
    })),
    asInstallation("GET", "/repos/{owner}/{repo}/commits/{sha}", (call) => {
      const [commit] = history.commits.get(call.params["sha"] ?? "") ?? [];
      return commit === undefined ? NOT_FOUND : { status: 200, json: commitJson(commit) };
    }),
    asInstallation("GET", "/repos/{owner}/{repo}/compare/{range}", (call) => {
      const page = Number(call.url.searchParams.get("page") ?? 1);
      const commits = history.commits.get(call.params["range"] ?? "");
      if (commits === undefined) return NOT_FOUND;
      return { status: 200, json: { commits: commits.slice((page - 1) * 100, page * 100).map(commitJson) } };
    }),
    asInstallation("GET", "/repos/{owner}/{repo}/pulls/{number}/commits", (call) => ({
      status: 200,
      json: (history.commits.get(`pulls/${call.params["number"] ?? ""}`) ?? []).map(commitJson),
    })),
    asInstallation("GET", "/repos/{owner}/{repo}/deployments", (call) => ({
      status: 200,
      json: (history.deployments.get(call.url.searchParams.get("environment") ?? "") ?? []).map(({ id, sha }) => ({
        id,
        sha,
      })),
    })),
    asInstallation("GET", "/repos/{owner}/{repo}/deployments/{id}/statuses", (call) => ({
      status: 200,
      json: [...history.deployments.values()]
        .flat()
        .filter(({ id }) => String(id) === call.params["id"])
        .map(({ state }) => ({ state })),
    })),
    asInstallation("GET", "/repos/{owner}/{repo}/activity", (call) => {
      const branch = (call.url.searchParams.get("ref") ?? "").replace(/^refs\/heads\//u, "");
      const actor = history.pushers.get(branch);
      return { status: 200, json: actor === undefined ? [] : [{ actor }] };
    }),
    asInstallation("POST", "/repos/{owner}/{repo}/actions/runs/{run}/deployment_protection_rule", (call) => {
      answers.push({ run: call.params["run"] ?? "", body: jsonBody(call) });
      return { status: 204 };
    }),
  ];

  const deliver: AppDouble["deliver"] = async (url, event, payload, how = {}) => {
    const body = JSON.stringify(payload);
    const signature = createHmac("sha256", how.secret ?? options.webhookSecret)
      .update(body)
      .digest("hex");
    const response = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": how.id ?? randomUUID(),
        "x-hub-signature-256": `sha256=${signature}`,
      },
      body: how.tampered ?? body,
    });
    return { status: response.status, body: await response.json().catch(() => undefined) };
  };

  return {
    routes,
    history,
    protectionAnswers: answers,
    tokenOf: known,
    revokeTokens: () => tokens.clear(),
    deliver,
    click(url, run, label, sender) {
      const button = visibleButtons(run).find((one) => one.label === label);
      if (button === undefined) throw new Error(`the check run shows no button ${label}`);
      return deliver(url, "check_run", {
        action: "requested_action",
        requested_action: { identifier: button.identifier },
        check_run: { id: run.id, name: run.name, external_id: run.external_id, app: { id: run.appId } },
        repository: { full_name: run.repository, id: 1 },
        sender: { type: "User", ...sender, id: sender.id || (users.get(sender.login) ?? 0) },
      });
    },
  };
}

function pathOf(path: string): RegExp {
  return new RegExp(`^/api${path.replaceAll(/\{(\w+)\}/gu, "(?<$1>[^/]+)")}$`, "u");
}

function isAppJwt(bearer: string | undefined, key: KeyObject, appId: number, nowMs: number): boolean {
  const [head = "", body = "", signature = ""] = (bearer ?? "").split(".");
  if (signature === "" || !verify("sha256", Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url"))) {
    return false;
  }
  const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as { iss?: unknown; iat?: number; exp?: number };
  const { iat = 0, exp = 0 } = claims;
  return claims.iss === String(appId) && exp - iat <= JWT_SECONDS_MAX && iat * 1000 <= nowMs && exp * 1000 > nowMs;
}

function commitJson(commit: Commit): object {
  return { author: commit.author, commit: { author: { email: commit.email }, message: commit.message } };
}

const INSTALLATION = 4_242;
const NOT_FOUND: Answer = { status: 404, json: { message: "Not Found" } };
const PERMISSIONS: RestToken["permissions"] = {
  checks: "write",
  statuses: "write",
  members: "read",
  contents: "read",
  deployments: "write",
  actions: "read",
};
