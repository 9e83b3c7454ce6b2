/**
 * The commit status `gate/session`, set with the job's own token where no GitHub App of the gateway tells of sessions.
 * https://docs.github.com/en/rest/commits/statuses. Touches the network through `fetch`.
 */
import { messageOf, type Clock } from "@gate/base";
import { isLoopback } from "./gateway-url.ts";

/** Which commit of which repository, and through which API; no secret. */
export interface StatusPlace {
  /** Without a trailing slash. */
  readonly apiUrl: string;
  readonly repository: string;
  readonly sha: string;
  /** The workflow run's page: the link where a session has none of its own. */
  readonly runUrl: string;
}

export interface CommitStatus {
  readonly state: "pending" | "success" | "failure";
  readonly description: string;
  readonly url: string;
}

export type StatusResult =
  { readonly kind: "set" } | { readonly kind: "forbidden" } | { readonly kind: "failed"; readonly why: string };

/** What to do when GitHub answers that the token may not. */
export const STATUS_FORBIDDEN =
  "the commit status gate/session could not be set: the job's token lacks a permission. Add `statuses: write` to the " +
  'job\'s `permissions`, or give connect `github-token: ""` to do without the status. The session itself is not affected';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The commit that required checks look at: the pull request's head where the event is about one, not the merge commit
 * that GITHUB_SHA names then.
 * @param event the webhook payload; undefined when it cannot be read
 */
export function readStatusPlace(env: Env, event: unknown): StatusPlace | { readonly problem: string } {
  const { GITHUB_API_URL = "", GITHUB_REPOSITORY = "", GITHUB_SERVER_URL = "", GITHUB_RUN_ID = "" } = env;
  if (!URL.canParse(GITHUB_API_URL)) return { problem: "GITHUB_API_URL is not a URL" };
  const api = new URL(GITHUB_API_URL);
  if (api.protocol !== "https:" && !(api.protocol === "http:" && isLoopback(api.hostname))) {
    return { problem: "GITHUB_API_URL is not https: the token is not sent there" };
  }
  if (!/^[\w.-]{1,100}\/[\w.-]{1,100}$/.test(GITHUB_REPOSITORY)) return { problem: "GITHUB_REPOSITORY is no name" };
  const aboutPull = (env["GITHUB_EVENT_NAME"] ?? "").startsWith("pull_request");
  const sha = aboutPull ? member(member(member(event, "pull_request"), "head"), "sha") : env["GITHUB_SHA"];
  if (typeof sha !== "string" || !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(sha)) {
    return { problem: aboutPull ? "the event does not name the pull request's head" : "GITHUB_SHA is no commit" };
  }
  return {
    apiUrl: api.href.replace(/\/+$/, ""),
    repository: GITHUB_REPOSITORY,
    sha,
    runUrl: `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}`,
  };
}

/** Sets it, with a bounded number of tries. Never throws; what GitHub says in its answer is not repeated. */
export async function setStatus(
  place: StatusPlace,
  token: string,
  status: CommitStatus,
  how: { readonly fetch: typeof fetch; readonly clock: Clock; readonly triesMax?: number },
): Promise<StatusResult> {
  const path = `/repos/${place.repository}/statuses/${place.sha}`;
  const body = JSON.stringify({
    state: status.state,
    context: STATUS_CONTEXT,
    description: status.description.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").slice(0, DESCRIPTION_CHARS_MAX),
    target_url: status.url,
  });
  let why = "";
  for (let tries = 1; ; tries += 1) {
    let waitMs = RETRY_MS * 2 ** tries;
    try {
      const response = await how.fetch(`${place.apiUrl}${path}`, {
        method: "POST",
        redirect: "error",
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
        headers: {
          accept: "application/vnd.github+json",
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          "user-agent": "gate",
          "x-github-api-version": "2022-11-28",
        },
        body,
      });
      await response.body?.cancel();
      const { status: code, headers } = response;
      if (response.ok) return { kind: "set" };
      const after = Number(headers.get("retry-after") ?? "");
      const limited = code === 429 || (code === 403 && (after > 0 || headers.get("x-ratelimit-remaining") === "0"));
      // GitHub answers 404 for what a token may not even see.
      if (!limited && (code === 403 || code === 404)) return { kind: "forbidden" };
      why = limited ? "GitHub's rate limit is used up" : `GitHub answered ${code}`;
      if (!limited && code < 500) return { kind: "failed", why };
      if (after > 0) waitMs = after * 1000;
    } catch (error) {
      why = error instanceof Error && error.name === "TimeoutError" ? "no answer in time" : messageOf(error);
    }
    if (tries >= (how.triesMax ?? TRIES_MAX) || waitMs > WAIT_MS_MAX) return { kind: "failed", why };
    await new Promise<void>((resolve) => void how.clock.after(waitMs, resolve));
  }
}

function member(of: unknown, name: string): unknown {
  return of !== null && typeof of === "object" && Object.hasOwn(of, name)
    ? (of as Record<string, unknown>)[name]
    : undefined;
}

const STATUS_CONTEXT = "gate/session";
/** Tries to set one commit status. */
const TRIES_MAX = 3;
/** Milliseconds for one answer of GitHub's API to a commit status. */
const ANSWER_MS_MAX = 10_000;
/** Milliseconds that a rate limit is waited out before a commit status is given up. */
const WAIT_MS_MAX = 15_000;
/** Characters of a commit status's description: GitHub takes 140. */
const DESCRIPTION_CHARS_MAX = 140;
const RETRY_MS = 250;
