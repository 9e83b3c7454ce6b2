/** Has somebody of a team approved exactly this commit of the pull request? Asks GitHub. */
import { GitHubRefusal, type GitHubApi } from "./github.ts";

export type TeamApproval =
  { readonly approved: true; readonly by: string } | { readonly approved: false; readonly reason: string };

/**
 * A review counts when it is its author's last word, approves, and was given for the head commit: what was pushed
 * afterwards nobody has seen. The author's own review and a bot's never count. Whoever cannot be looked up is no member.
 */
export async function teamApproval(
  api: GitHubApi,
  question: {
    readonly repository: string;
    readonly pull: number;
    readonly author: string;
    readonly headSha: string;
    readonly org: string;
    readonly team: string;
  },
): Promise<TeamApproval> {
  const { repository, pull, author, headSha, org, team } = question;
  const last = new Map<string, Review>();
  for (const item of await api.list(`/repos/${repository}/pulls/${pull}/reviews`)) {
    const review = readReview(item);
    // A comment takes nothing back.
    if (review === undefined || review.state === "COMMENTED" || review.state === "PENDING") continue;
    last.set(review.login.toLowerCase(), review);
  }
  const approving = [...last.values()].filter(
    (review) =>
      review.state === "APPROVED" && review.type === "User" && review.login.toLowerCase() !== author.toLowerCase(),
  );
  const current = approving.filter((review) => review.commit === headSha).slice(0, REVIEWERS_MAX);
  for (const { login } of current) {
    const path = `/orgs/${encodeURIComponent(org)}/teams/${encodeURIComponent(team)}/memberships/${encodeURIComponent(login)}`;
    let membership: unknown;
    try {
      membership = await api.get(path);
    } catch (error) {
      if (!(error instanceof GitHubRefusal) || error.status !== 403) throw error;
      return {
        approved: false,
        reason: `the token may not read the members of ${org}/${team}: give \`token\` an App's token with \`members: read\`, GITHUB_TOKEN never has it`,
      };
    }
    if (isActive(membership)) return { approved: true, by: login };
  }
  if (current.length > 0)
    return { approved: false, reason: `nobody who approved this commit is a member of ${org}/${team}` };
  if (approving.length > 0)
    return { approved: false, reason: "the approvals are of an older commit; they must be given again" };
  return { approved: false, reason: `nobody of ${org}/${team} has approved this commit` };
}

interface Review {
  readonly login: string;
  readonly type: string;
  readonly state: string;
  readonly commit: string;
}

function readReview(item: unknown): Review | undefined {
  const review = item as {
    readonly user?: { readonly login?: unknown; readonly type?: unknown } | null;
    readonly state?: unknown;
    readonly commit_id?: unknown;
  } | null;
  const login = review?.user?.login;
  const type = review?.user?.type;
  const { state, commit_id: commit } = review ?? {};
  if (typeof login !== "string" || typeof state !== "string") return undefined;
  return { login, state, type: typeof type === "string" ? type : "", commit: typeof commit === "string" ? commit : "" };
}

function isActive(membership: unknown): boolean {
  return (membership as { readonly state?: unknown } | undefined)?.state === "active";
}

/** Approving reviewers whose membership is looked up. */
const REVIEWERS_MAX = 50;
