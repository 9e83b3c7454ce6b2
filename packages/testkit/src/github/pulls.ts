/**
 * The parts of GitHub's REST API around a pull request: contents, comments, reviews. In memory.
 *
 * https://docs.github.com/en/rest/repos/contents, /issues/comments, /pulls/reviews: lists come in pages of at most 100.
 */
import { jsonBody, textMember, type Answer, type Call, type Route } from "./http.ts";
import { restRoute, type RestToken } from "./rest.ts";

export interface IssueComment {
  readonly id: number;
  readonly issue: number;
  readonly user: { readonly login: string; readonly type: "User" | "Bot" };
  body: string;
  /** How often it was changed. */
  edits: number;
}

export interface Review {
  readonly user: { readonly login: string; readonly type: "User" | "Bot" };
  readonly state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED";
  readonly commit_id: string;
}

export interface PullState {
  readonly comments: IssueComment[];
  readonly reviews: Map<number, Review[]>;
  /** `owner/repo@ref:path` to text. */
  readonly files: Map<string, string>;
}

/** Characters of a comment (GitHub refuses more). */
const COMMENT_CHARS_MAX = 65_536;

export function pullRoutes(
  state: PullState,
  tokenOf: (bearer: string | undefined) => RestToken | undefined,
): readonly Route[] {
  const route = restRoute(tokenOf);
  const issueOf = (call: Call) => Number(call.params["number"]);
  return [
    route("GET", "/repos/{owner}/{repo}/contents/{path*}", ["contents", "read"], (call) => {
      const { owner, repo, path } = call.params;
      const ref = call.url.searchParams.get("ref") ?? "";
      const text = state.files.get(`${owner ?? ""}/${repo ?? ""}@${ref}:${path ?? ""}`);
      if (text === undefined) return NOT_FOUND;
      const raw = /application\/vnd\.github\.raw/u.test(call.headers.accept ?? "");
      if (raw) return { status: 200, body: Buffer.from(text), headers: { "content-type": "application/octet-stream" } };
      return { status: 200, json: { type: "file", encoding: "base64", content: Buffer.from(text).toString("base64") } };
    }),
    route("GET", "/repos/{owner}/{repo}/issues/{number}/comments", ["pull-requests", "read"], (call) =>
      page(
        call,
        state.comments.filter(({ issue }) => issue === issueOf(call)),
      ),
    ),
    route("POST", "/repos/{owner}/{repo}/issues/{number}/comments", ["pull-requests", "write"], (call) => {
      const body = textMember(jsonBody(call), "body");
      if (body === undefined || body.length > COMMENT_CHARS_MAX) return INVALID;
      const comment: IssueComment = {
        id: 90_000 + state.comments.length,
        issue: issueOf(call),
        user: { login: "github-actions[bot]", type: "Bot" },
        body,
        edits: 0,
      };
      state.comments.push(comment);
      return { status: 201, json: comment };
    }),
    route("PATCH", "/repos/{owner}/{repo}/issues/comments/{id}", ["pull-requests", "write"], (call) => {
      const comment = state.comments.find(({ id }) => String(id) === call.params["id"]);
      const body = textMember(jsonBody(call), "body");
      if (comment === undefined) return NOT_FOUND;
      if (body === undefined || body.length > COMMENT_CHARS_MAX) return INVALID;
      comment.body = body;
      comment.edits += 1;
      return { status: 200, json: comment };
    }),
    route("GET", "/repos/{owner}/{repo}/pulls/{number}/reviews", ["pull-requests", "read"], (call) =>
      page(call, state.reviews.get(issueOf(call)) ?? []),
    ),
  ];
}

function page(call: Call, all: readonly unknown[]): Answer {
  const size = Math.min(Number(call.url.searchParams.get("per_page") ?? 30), 100);
  const number = Number(call.url.searchParams.get("page") ?? 1);
  return { status: 200, json: all.slice((number - 1) * size, number * size) };
}

const NOT_FOUND: Answer = { status: 404, json: { message: "Not Found" } };
const INVALID: Answer = { status: 422, json: { message: "Validation Failed" } };
