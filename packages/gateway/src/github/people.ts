/**
 * Who somebody is on GitHub, asked live: membership in the teams that may answer, and who is behind the roles that may
 * not. Touches the network through the client.
 */
import type { HoldRow } from "@gate/contract";
import { text } from "../people/oidc.ts";
import type { Person } from "../people/person.ts";
import { encodePath, GitHubError, member, type GitHubClient } from "./client.ts";

export interface GitHubSender {
  readonly id: number;
  readonly login: string;
  /** `User`, `Bot`, … as the webhook says. */
  readonly type: string;
}

/**
 * The person of a click, with the subjects that count for this hold.
 * @throws {GitHubError} when GitHub cannot be asked: then nobody is anybody
 */
export async function personOf(
  client: GitHubClient,
  repository: string,
  sender: GitHubSender,
  hold: HoldRow,
): Promise<Person> {
  // A login can be given up and taken by somebody else between click and delivery; the id cannot.
  const account = await client.forRepository(repository, "GET", `/users/${encodeURIComponent(sender.login)}`);
  if (account.status !== 200 || member(account.body, "id") !== sender.id) {
    throw new GitHubError("GITHUB_REFUSED", "the account of the click is not the account of that name any more");
  }
  const bot = sender.type !== "User" || member(account.body, "type") !== "User";
  const login = bot && !sender.login.endsWith("[bot]") ? `${sender.login}[bot]` : sender.login;
  const teams = hold.from.filter((subject) => subject.startsWith(TEAM)).slice(0, TEAMS_MAX);
  const memberships = await Promise.all(
    teams.map(async (subject) => {
      const [org = "", team = ""] = subject.slice(TEAM.length).split("/");
      const path = `/orgs/${encodeURIComponent(org)}/teams/${encodeURIComponent(team)}/memberships/${encodeURIComponent(sender.login)}`;
      const answer = await client.forRepository(repository, "GET", path);
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) {
        throw new GitHubError(
          "GITHUB_REFUSED",
          `GitHub does not tell who is in ${org}/${team} (status ${answer.status})`,
        );
      }
      return member(answer.body, "state") === "active" ? subject : undefined;
    }),
  );
  return {
    name: login,
    subjects: [`github-user:${login}`, ...memberships.filter((subject) => subject !== undefined)],
    identity: {
      id: `github-id:${sender.id}`,
      realm: "github",
      aliases: [login, `github-user:${login}`, `github-id:${sender.id}`],
    },
  };
}

/**
 * Names of the people behind `pr_author`, `commit_authors` and `last_pusher` for the commit that a job deploys: logins,
 * ids and e-mail addresses, co-authors included. The range goes back to the last successful deployment of the
 * environment; without one, over the commits of the pull requests that brought the commit in.
 * @throws {GitHubError} when GitHub does not tell; a part of the answer is none
 */
export async function peopleBehind(
  client: GitHubClient,
  claims: Readonly<Record<string, string>>,
  roles: readonly string[],
): Promise<readonly string[]> {
  const { repository = "", sha = "", environment } = claims;
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository) || !/^[0-9a-f]{40}$/.test(sha)) {
    throw new GitHubError("GITHUB_REFUSED", "the job's token names no repository and commit");
  }
  const get = async (path: string): Promise<unknown> => {
    const answer = await client.forRepository(repository, "GET", `/repos/${encodePath(repository)}${path}`);
    if (answer.status !== 200) {
      throw new GitHubError(
        "GITHUB_REFUSED",
        `GitHub does not tell who wrote ${sha.slice(0, 12)} (status ${answer.status})`,
      );
    }
    return answer.body;
  };
  const names = new Set<string>();
  const pulls = list(await get(`/commits/${sha}/pulls?per_page=100`));
  if (roles.includes("pr_author")) for (const pull of pulls) addAccount(names, member(pull, "user"));
  if (roles.includes("commit_authors")) {
    const base = environment === undefined ? undefined : await lastDeployed(get, environment, sha);
    for (const commit of await commitsOf(get, sha, base, pulls)) addCommit(names, commit);
  }
  if (roles.includes("last_pusher")) {
    // Outside pull requests the claim is there and empty.
    const ref = claims["head_ref"] || claims["ref"]?.replace(/^refs\/heads\//, "");
    const pushes =
      ref === undefined ? [] : list(await get(`/activity?ref=${encodeURIComponent(`refs/heads/${ref}`)}&per_page=1`));
    for (const push of pushes) addAccount(names, member(push, "actor"));
  }
  return [...names];
}

type Get = (path: string) => Promise<unknown>;

async function lastDeployed(get: Get, environment: string, sha: string): Promise<string | undefined> {
  const query = `environment=${encodeURIComponent(environment)}&per_page=${DEPLOYMENTS_MAX}`;
  const deployments = list(await get(`/deployments?${query}`));
  for (const deployment of deployments) {
    const id = member(deployment, "id");
    const deployed = member(deployment, "sha");
    if (typeof id !== "number" || typeof deployed !== "string" || deployed === sha) continue;
    const statuses = list(await get(`/deployments/${id}/statuses?per_page=10`));
    if (statuses.some((status) => member(status, "state") === "success")) return deployed;
  }
  // Further back there may be one: whoever lets enough deployments fail must not drop out of the authors.
  if (deployments.length >= DEPLOYMENTS_MAX) {
    throw new GitHubError("GITHUB_REFUSED", `none of the last ${DEPLOYMENTS_MAX} deployments succeeded`);
  }
  return undefined;
}

async function commitsOf(
  get: Get,
  sha: string,
  base: string | undefined,
  pulls: readonly unknown[],
): Promise<readonly unknown[]> {
  if (base !== undefined && /^[0-9a-f]{40}$/.test(base)) {
    return everyPage(async (page) => member(await get(`/compare/${base}...${sha}?${page}`), "commits"));
  }
  const commits = [await get(`/commits/${sha}`)];
  for (const pull of pulls) {
    const number = member(pull, "number");
    if (typeof number !== "number") continue;
    const found = await everyPage((page) => get(`/pulls/${number}/commits?${page}`));
    if (found.length >= PULL_COMMITS_MAX) {
      throw new GitHubError(
        "GITHUB_REFUSED",
        `GitHub lists no more than ${PULL_COMMITS_MAX} commits of a pull request`,
      );
    }
    commits.push(...found);
  }
  return commits;
}

async function everyPage(get: (page: string) => Promise<unknown>): Promise<readonly unknown[]> {
  const all: unknown[] = [];
  for (let page = 1; page <= PAGES_MAX; page++) {
    const found = list(await get(`per_page=100&page=${page}`));
    all.push(...found);
    if (found.length < 100) return all;
  }
  throw new GitHubError("GITHUB_REFUSED", `more than ${PAGES_MAX * 100} commits would be deployed`);
}

function addAccount(names: Set<string>, account: unknown): void {
  const login = text(member(account, "login"));
  const id = member(account, "id");
  if (login !== undefined) names.add(login).add(`github-user:${login}`);
  if (typeof id === "number") names.add(`github-id:${id}`);
}

function addCommit(names: Set<string>, commit: unknown): void {
  // The committer of a squash is GitHub itself; who pressed the button is the pull request's, not the code's.
  addAccount(names, member(commit, "author"));
  const inner = member(commit, "commit");
  const email = text(member(member(inner, "author"), "email"));
  if (email !== undefined) addEmail(names, email);
  const message = member(inner, "message");
  if (typeof message !== "string") return;
  for (const match of message
    .slice(0, MESSAGE_CHARS_MAX)
    .matchAll(/^co-authored-by:[^<\n]{0,256}<([^>\n]{1,256})>/gimu)) {
    const address = text(match[1]);
    if (address !== undefined) addEmail(names, address);
  }
}

/** GitHub's private addresses hold the login: `583231+octocat@users.noreply.github.com`. */
function addEmail(names: Set<string>, email: string): void {
  names.add(email);
  const hidden = /^(?:(\d+)\+)?([A-Za-z0-9-]+)@users\.noreply\./.exec(email);
  if (hidden?.[2] !== undefined) names.add(hidden[2]).add(`github-user:${hidden[2]}`);
  if (hidden?.[1] !== undefined) names.add(`github-id:${hidden[1]}`);
}

function list(body: unknown): readonly unknown[] {
  return Array.isArray(body) ? body : [];
}

const TEAM = "github-team:";
/** Teams of one hold that are asked about. */
const TEAMS_MAX = 20;
/** Pages of 100 commits between two deployments, or of a pull request. */
const PAGES_MAX = 10;
/** Deployments among which the last successful one is looked for; GitHub gives no more at once. */
const DEPLOYMENTS_MAX = 100;
/** Commits of a pull request that GitHub tells of: of a longer one it tells a part. */
const PULL_COMMITS_MAX = 250;
/** Characters of a commit's message in which co-authors are looked for. */
const MESSAGE_CHARS_MAX = 20_000;
