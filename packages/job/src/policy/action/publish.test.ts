import { expect, test } from "@jest/globals";
import { GitHubRefusal, type GitHubApi } from "./github.ts";
import { COMMENT_MARKER, publishComment } from "./publish.ts";

interface Comment {
  readonly id: number;
  readonly user: { readonly login: string; readonly type: string } | null;
  readonly body: string;
}

/** What was sent to a pull request with these comments; `me` is the account of the token, if it has one. */
async function sent(comments: readonly Comment[], me?: string): Promise<readonly string[]> {
  const calls: string[] = [];
  const api: GitHubApi = {
    file: () => Promise.reject(new Error("not asked")),
    list: async () => comments,
    get: async (path) => {
      if (path !== "/user" || me === undefined) throw new GitHubRefusal(403, "no");
      return { login: me };
    },
    send: async (method, path) => calls.push(`${method} ${path}`),
  };
  expect(await publishComment(api, { repository: "acme/shop", pull: 7 }, "words")).toBeUndefined();
  return calls;
}

const forged: Comment = { id: 1, user: { login: "mallory", type: "User" }, body: `${COMMENT_MARKER}\n## fine` };
const own: Comment = { id: 2, user: { login: "github-actions[bot]", type: "Bot" }, body: `${COMMENT_MARKER}\nold` };
const ghost: Comment = { id: 3, user: null, body: `${COMMENT_MARKER}\nold` };

test("a comment of somebody else that begins like ours is not filled with our words", async () => {
  const fresh = ["POST /repos/acme/shop/issues/7/comments"];
  expect(await sent([forged, ghost])).toEqual(fresh);
  expect(await sent([forged], "alice")).toEqual(fresh);
  expect(await sent([forged, own])).toEqual(["PATCH /repos/acme/shop/issues/comments/2"]);
});

test("with a person's token its own comment is found", async () => {
  const mine: Comment = { id: 4, user: { login: "alice", type: "User" }, body: `${COMMENT_MARKER}\nold` };
  expect(await sent([forged, mine], "alice")).toEqual(["PATCH /repos/acme/shop/issues/comments/4"]);
});
