import { expect, test } from "@jest/globals";
import type { GitHubClient } from "./client.ts";
import { peopleBehind } from "./people.ts";

const SHA = "a".repeat(40);
const OLD = "b".repeat(40);
const CLAIMS = { repository: "acme/shop", sha: SHA, environment: "production", ref: "refs/heads/main" };

interface Said {
  /** Logins of the authors of pull request 7's commits. */
  readonly authors?: readonly string[];
  /** By age, newest first: did it succeed? */
  readonly deployments?: readonly boolean[];
}

/** GitHub as it answers these questions: page by page, and no more than 250 commits of a pull request. */
function github({ authors = [], deployments = [] }: Said): GitHubClient {
  const commit = (login: string): object => ({ author: { login, id: 1 }, commit: { message: "", author: {} } });
  const answer = (path: string): unknown => {
    const url = new URL(path, "https://api.github.example");
    const size = Number(url.searchParams.get("per_page") ?? 30);
    const from = (Number(url.searchParams.get("page") ?? 1) - 1) * size;
    const name = url.pathname.replace("/repos/acme/shop", "");
    if (name === `/commits/${SHA}/pulls`) return [{ number: 7, user: { login: "opener", id: 2 } }];
    if (name === `/commits/${SHA}`) return commit("merger");
    if (name === "/pulls/7/commits")
      return authors
        .slice(0, 250)
        .slice(from, from + size)
        .map(commit);
    if (name === "/deployments") return deployments.slice(0, size).map((_, id) => ({ id, sha: OLD }));
    const id = /^\/deployments\/(\d+)\/statuses$/.exec(name)?.[1];
    if (id !== undefined) return [{ state: deployments[Number(id)] === true ? "success" : "failure" }];
    if (name === `/compare/${OLD}...${SHA}`) return { commits: ["since"].map(commit) };
    throw new Error(path);
  };
  return {
    forRepository: async (_repository: string, _method: string, path: string) => ({ status: 200, body: answer(path) }),
  } as unknown as GitHubClient;
}

const authorsOf = (said: Said): Promise<readonly string[]> => peopleBehind(github(said), CLAIMS, ["commit_authors"]);

test("authors are found however many commits stand before theirs", async () => {
  const authors = [...Array.from({ length: 180 }, () => "someone"), "mallory"];
  expect(await authorsOf({ authors })).toEqual(expect.arrayContaining(["merger", "someone", "mallory"]));
});

test("of a pull request of which GitHub tells a part only, nobody is known", async () => {
  const authors = [...Array.from({ length: 260 }, () => "someone"), "mallory"];
  await expect(authorsOf({ authors })).rejects.toMatchObject({ code: "GITHUB_REFUSED" });
});

test("deployments that fail do not shorten the range", async () => {
  const failed = (count: number): boolean[] => Array.from({ length: count }, () => false);
  expect(await authorsOf({ deployments: [...failed(40), true] })).toEqual([
    "since",
    "github-user:since",
    "github-id:1",
  ]);
  await expect(authorsOf({ deployments: [...failed(100), true] })).rejects.toMatchObject({ code: "GITHUB_REFUSED" });
  expect(await authorsOf({ deployments: failed(3) })).toContain("merger");
});
