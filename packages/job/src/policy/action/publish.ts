/** Where the result goes at GitHub: one comment that is updated in place, and the check run `gate/policy`. */
import { messageOf } from "@gate/base";
import { GitHubRefusal, type GitHubApi } from "./github.ts";
import type { Outcome } from "./report.ts";

/** First line of the comment: how the next run finds it. Not visible. */
export const COMMENT_MARKER = "<!-- gate-policy -->";

/** GitHub takes 65,536 characters of a comment, and of a check run's summary. */
export const COMMENT_BYTES_MAX = 60_000;

/** Undefined when it worked; otherwise what is missing. The result itself does not depend on it. */
export async function publishComment(
  api: GitHubApi,
  where: { readonly repository: string; readonly pull: number },
  markdown: string,
): Promise<string | undefined> {
  const body = `${COMMENT_MARKER}\n${markdown}`;
  return attempt("the comment was not written", "pull-requests: write", async () => {
    const comments = await api.list(`/repos/${where.repository}/issues/${where.pull}/comments`);
    const own = await ownComment(api, comments);
    const id = own === undefined ? undefined : (own as { readonly id?: unknown }).id;
    if (typeof id === "number") {
      if (textOf(own, "body") === body) return;
      await api.send("PATCH", `/repos/${where.repository}/issues/comments/${id}`, { body });
    } else await api.send("POST", `/repos/${where.repository}/issues/${where.pull}/comments`, { body });
  });
}

/**
 * Anybody can write a comment that begins like ours. Updated in place it would show our words, and its author could
 * change them afterwards: only an App's comment is taken for our own, or that of the account whose token this is.
 */
async function ownComment(api: GitHubApi, comments: readonly unknown[]): Promise<unknown> {
  const marked = comments.filter((comment) => textOf(comment, "body")?.startsWith(COMMENT_MARKER) === true);
  const byApp = marked.find((comment) => textOf(userOf(comment), "type") === "Bot");
  if (byApp !== undefined || marked.length === 0) return byApp;
  // An App's token, GITHUB_TOKEN among them, is no user and gets no answer here.
  const me = textOf(await api.get("/user").catch(() => undefined), "login");
  return me === undefined ? undefined : marked.find((comment) => textOf(userOf(comment), "login") === me);
}

function userOf(comment: unknown): unknown {
  return (comment as { readonly user?: unknown } | null)?.user;
}

export async function publishCheck(
  api: GitHubApi,
  where: { readonly repository: string; readonly headSha: string },
  outcome: Outcome,
  markdown: string,
): Promise<string | undefined> {
  return attempt("the check `gate/policy` was not reported", "checks: write", async () => {
    await api.send("POST", `/repos/${where.repository}/check-runs`, {
      name: "gate/policy",
      head_sha: where.headSha,
      status: "completed",
      conclusion: outcome.failed ? "failure" : "success",
      output: { title: outcome.title, summary: markdown },
    });
  });
}

async function attempt(what: string, permission: string, work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (!(error instanceof GitHubRefusal)) return `${what}: ${messageOf(error)}`;
    const lacking = error.status === 403 || error.status === 404 || error.status === 401;
    const fix = lacking ? `. Add \`${permission}\` to the job's permissions (pull requests of forks never get it)` : "";
    return `${what}: ${error.message}${fix}`;
  }
}

function textOf(value: unknown, name: string): string | undefined {
  const found = (value as Record<string, unknown> | null | undefined)?.[name];
  return typeof found === "string" ? found : undefined;
}
