/**
 * GitHub's REST API as the operator's App: a JWT of ten minutes buys a token of one installation, kept until shortly
 * before its end. Rate limits and errors of GitHub's own are waited out, a bounded number of times. Touches the network.
 *
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
 */
import { GateError, type Clock } from "@gate/base";
import { importPKCS8, SignJWT } from "jose";
import { createPrivateKey } from "node:crypto";
import type { GitHubConfig } from "./config.ts";

export interface GitHubAnswer {
  readonly status: number;
  readonly body: unknown;
}

export class GitHubError extends GateError {
  readonly code: "GITHUB_UNREACHABLE" | "GITHUB_REFUSED" | "GITHUB_NOT_INSTALLED" | "GITHUB_BUSY";

  constructor(code: GitHubError["code"], message: string, cause?: unknown) {
    super("operator", message, { cause });
    this.code = code;
  }
}

export interface GitHubClient {
  /** As the installation of `owner/name`. @throws {GitHubError} GITHUB_NOT_INSTALLED and of `send` */
  forRepository(repository: string, method: string, path: string, body?: object): Promise<GitHubAnswer>;
  /** As the App itself. @throws {GitHubError} */
  asApp(method: string, path: string, body?: object): Promise<GitHubAnswer>;
}

interface InstallationToken {
  readonly token: string;
  readonly expiresAtMs: number;
}

export function createGitHubClient(options: {
  readonly config: GitHubConfig;
  readonly clock: Clock;
  readonly fetch?: typeof fetch;
}): GitHubClient {
  const { config, clock } = options;
  const ask = options.fetch ?? fetch;
  const installations = new Map<string, number>();
  const tokens = new Map<number, InstallationToken>();
  const waiting = new Map<number, Promise<InstallationToken>>();

  const send = async (method: string, path: string, authorization: string, body?: object): Promise<GitHubAnswer> => {
    let last: unknown;
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      let response: Response;
      try {
        response = await ask(`${config.apiUrl}${path}`, {
          method,
          redirect: "error",
          signal: AbortSignal.timeout(ANSWER_MS_MAX),
          headers: {
            authorization,
            accept: "application/vnd.github+json",
            "x-github-api-version": "2022-11-28",
            "user-agent": "gate",
            ...(body === undefined ? {} : { "content-type": "application/json" }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
      } catch (error) {
        last = error;
        await pause(clock, 500 * 2 ** tries);
        continue;
      }
      const waitMs = waitOf(response, tries, clock.now());
      if (waitMs === undefined) return { status: response.status, body: await readBody(response) };
      await response.body?.cancel();
      if (waitMs > WAIT_MS_MAX) throw new GitHubError("GITHUB_BUSY", "GitHub's rate limit is used up for now");
      last = new Error(`status ${response.status}`);
      await pause(clock, waitMs);
    }
    throw new GitHubError("GITHUB_UNREACHABLE", `GitHub does not answer (${method} ${path.split("?")[0] ?? ""})`, last);
  };

  const appToken = async (): Promise<string> => {
    const seconds = Math.floor(clock.now() / 1000);
    // GitHub's Apps come with PKCS #1 keys; jose reads PKCS #8.
    const pem = createPrivateKey(config.privateKey.reveal()).export({ type: "pkcs8", format: "pem" }).toString();
    return new SignJWT({})
      .setProtectedHeader({ alg: "RS256", typ: "JWT" })
      .setIssuer(String(config.appId))
      .setIssuedAt(seconds - 60)
      .setExpirationTime(seconds + 540)
      .sign(await importPKCS8(pem, "RS256"));
  };

  const asApp: GitHubClient["asApp"] = async (method, path, body) =>
    send(method, path, `Bearer ${await appToken()}`, body);

  const installationOf = async (repository: string): Promise<number> => {
    const known = installations.get(repository);
    if (known !== undefined) return known;
    const answer = await asApp("GET", `/repos/${encodePath(repository)}/installation`);
    const id = member(answer.body, "id");
    if (answer.status !== 200 || typeof id !== "number") {
      throw new GitHubError("GITHUB_NOT_INSTALLED", `the GitHub App is not installed for ${repository}`);
    }
    if (installations.size >= INSTALLATIONS_MAX) installations.clear();
    installations.set(repository, id);
    return id;
  };

  const issue = async (installation: number): Promise<InstallationToken> => {
    const answer = await asApp("POST", `/app/installations/${installation}/access_tokens`);
    const token = member(answer.body, "token");
    const expires = member(answer.body, "expires_at");
    if (answer.status !== 201 || typeof token !== "string" || typeof expires !== "string") {
      throw new GitHubError("GITHUB_REFUSED", `GitHub gave no installation token (status ${answer.status})`);
    }
    const issued = { token, expiresAtMs: Date.parse(expires) };
    if (tokens.size >= INSTALLATIONS_MAX) tokens.clear();
    tokens.set(installation, issued);
    return issued;
  };

  const tokenOf = async (installation: number): Promise<string> => {
    const known = tokens.get(installation);
    if (known !== undefined && known.expiresAtMs - clock.now() > TOKEN_REST_MS) return known.token;
    const asked = waiting.get(installation) ?? issue(installation);
    waiting.set(installation, asked);
    try {
      return (await asked).token;
    } finally {
      waiting.delete(installation);
    }
  };

  return {
    asApp,
    async forRepository(repository, method, path, body) {
      const installation = await installationOf(repository);
      const answer = await send(method, path, `Bearer ${await tokenOf(installation)}`, body);
      if (answer.status !== 401) return answer;
      // The token was revoked, or the App installed anew: once more with a fresh one.
      tokens.delete(installation);
      installations.delete(repository);
      return send(method, path, `Bearer ${await tokenOf(await installationOf(repository))}`, body);
    },
  };
}

/** `owner/name` as part of a path. */
export function encodePath(repository: string): string {
  return repository.split("/").map(encodeURIComponent).join("/");
}

/** An own member of a JSON object. */
export function member(body: unknown, name: string): unknown {
  return body !== null && typeof body === "object" && Object.hasOwn(body, name)
    ? (body as Record<string, unknown>)[name]
    : undefined;
}

/** Milliseconds to wait before another try; undefined: the answer stands. */
function waitOf(response: Response, tries: number, nowMs: number): number | undefined {
  const { status, headers } = response;
  const after = Number(headers.get("retry-after") ?? "");
  const limited = status === 429 || (status === 403 && (after > 0 || headers.get("x-ratelimit-remaining") === "0"));
  if (limited) {
    if (after > 0) return after * 1000;
    const reset = Number(headers.get("x-ratelimit-reset") ?? "");
    return reset > 0 ? Math.max(1_000, reset * 1000 - nowMs) : 1_000 * 2 ** tries;
  }
  return status >= 500 ? 500 * 2 ** tries : undefined;
}

async function readBody(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text.length > BODY_CHARS_MAX) throw new GitHubError("GITHUB_REFUSED", "GitHub's answer is too large");
  try {
    return text === "" ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function pause(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}

/** Tries of one request. */
const TRIES_MAX = 4;
/** Milliseconds for one answer. */
const ANSWER_MS_MAX = 10_000;
/** Milliseconds that a rate limit is waited out; a longer one is an error. */
const WAIT_MS_MAX = 60_000;
/** Milliseconds before its end at which a token is no longer used. */
const TOKEN_REST_MS = 60_000;
/** Repositories and installations that are kept in mind. */
const INSTALLATIONS_MAX = 1_000;
/** Characters of an answer. */
const BODY_CHARS_MAX = 8 * 1024 * 1024;
