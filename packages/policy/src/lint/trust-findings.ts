/**
 * Trust rules that let in more than their author meant. Pure.
 *
 * GitHub's claims: https://docs.github.com/en/actions/reference/security/oidc
 */
import { nearest } from "../nearest.ts";
import type { Findings } from "./findings.ts";
import { contains, overlaps } from "./patterns.ts";
import { durationMs, type Text, type WrittenClaim, type WrittenPolicy, type WrittenTrust } from "./written.ts";

export interface TrustLint {
  readonly findings: Findings;
  readonly policy: WrittenPolicy;
  /** Can this grant change anything? */
  readonly writes: (grant: string) => boolean;
}

export function lintTrust(context: TrustLint): void {
  context.policy.trust.forEach((rule, index) => {
    lintAudience(context, rule);
    lintIdentity(context, rule);
    lintEvents(context, rule);
    lintPlace(context, rule);
    lintTimes(context, rule);
    lintOrder(context, rule, context.policy.trust.slice(0, index));
  });
}

function lintAudience({ findings }: TrustLint, rule: WrittenTrust): void {
  if (rule.audience === undefined || rule.audience.values.length === 0) {
    findings.add(
      "audience-missing",
      rule.audience ?? rule,
      `the trust rule \`${rule.name}\` names no audience`,
      "write `audience:` with the gateway's public URL, and request that audience in the job (connect does)",
    );
  }
  for (const audience of rule.audience?.values ?? []) {
    const shared = SHARED_AUDIENCES.find((pattern) => pattern.test(audience.text));
    if (isOwnerUrl(audience.text)) {
      findings.add(
        "audience-default",
        audience,
        `\`${audience.text}\` is the URL of an owner, the default audience of GitHub's tokens`,
        "write the gateway's own public URL",
      );
    } else if (shared !== undefined) {
      findings.add(
        "audience-shared",
        audience,
        `\`${audience.text}\` is the audience of another service`,
        "write the gateway's own public URL",
      );
    } else if (audience.text.includes("*")) {
      findings.add(
        "audience-pattern",
        audience,
        `\`${audience.text}\` looks like a pattern, and audiences are compared exactly`,
        "write the whole audience",
      );
    }
  }
}

/** https://HOST/OWNER: github.com, a data residency host, or an Enterprise Server whose name nobody knows. */
function isOwnerUrl(audience: string): boolean {
  const url = URL.canParse(audience) ? new URL(audience) : undefined;
  if (url === undefined || (url.protocol !== "https:" && url.protocol !== "http:")) return false;
  const host = url.hostname;
  const github =
    host === "github.com" || host === "www.github.com" || host.endsWith(".ghe.com") || /^github\./.test(host);
  return github && /^\/[^/]*\/?$/.test(url.pathname);
}

function lintIdentity({ findings }: TrustLint, rule: WrittenTrust): void {
  const claims = rule.claims;
  if (claims === undefined) return;
  const repositoryId = claims.by.get("repository_id");
  if (repositoryId === undefined) {
    findings.add(
      "repository-id-missing",
      claims,
      `the trust rule \`${rule.name}\` does not say which repository`,
      'add `repository_id: "<the number>"` (`gh api repos/OWNER/REPO --jq .id` prints it)',
    );
  }
  for (const glob of repositoryId?.globs ?? []) {
    if (!glob.text.includes("*")) continue;
    findings.add(
      "repository-id-wildcard",
      glob,
      `\`repository_id: ${glob.text}\` stands for more than one repository`,
      "list the ids one by one",
    );
  }
  for (const name of ["repository", "repository_owner", "repository_owner_id"]) {
    for (const glob of claims.by.get(name)?.globs ?? []) {
      const owner = glob.text.split("/")[0] ?? "";
      if (!owner.includes("*")) continue;
      findings.add(
        "owner-wildcard",
        glob,
        `\`${name}: ${glob.text}\` leaves the owner open`,
        "write the owner out, or better its `repository_owner_id`",
      );
    }
  }
  const sub = claims.by.get("sub");
  if (sub !== undefined) {
    findings.add(
      "claim-sub",
      sub,
      `the trust rule \`${rule.name}\` matches \`sub\``,
      "match the single claims instead: `repository_id`, `event_name`, `ref`, `environment`",
    );
  }
  if (isGitHub(rule)) lintClaimNames(findings, rule);
  for (const name of ["workflow_ref", "job_workflow_ref"]) {
    for (const glob of claims.by.get(name)?.globs ?? []) lintWorkflowRef(findings, name, glob);
  }
}

/** The public issuer, by its name or its address; what other issuers put into a token is theirs to know. */
function isGitHub({ issuer }: WrittenTrust): boolean {
  return issuer?.text === "github" || issuer?.text.startsWith("https://token.actions.githubusercontent.com") === true;
}

/** Slips of the finger only: a claim that is like no other may be newer than this list. */
function lintClaimNames(findings: Findings, rule: WrittenTrust): void {
  for (const [name, claim] of rule.claims?.by ?? []) {
    const near = CLAIMS.includes(name) || name.startsWith("repo_property_") ? undefined : nearest(name, CLAIMS);
    if (near === undefined) continue;
    findings.add("claim-unknown", claim, `no token has a claim \`${name}\``, `did you mean \`${near}\`?`);
  }
}

function lintWorkflowRef(findings: Findings, name: string, glob: Text): void {
  const at = glob.text.lastIndexOf("@");
  const ref = at < 0 ? "" : glob.text.slice(at + 1);
  const owner = glob.text.split("/")[0] ?? "";
  if (owner.includes("*")) {
    findings.add(
      "owner-wildcard",
      glob,
      `\`${name}: ${glob.text}\` leaves the owner of the workflow open`,
      "write owner and repository out",
    );
    return;
  }
  const pinned = /^[0-9a-f]{40}$/.test(ref) || /^refs\/(?:heads\/[^*]+|tags\/[^*]+\*{0,2})$/.test(ref);
  if (pinned) return;
  findings.add(
    "workflow-ref-unpinned",
    glob,
    `\`${name}: ${glob.text}\` ${ref === "" ? "has no `@ref`" : `leaves the ref after \`@\` open`}`,
    "end it with one protected ref, as in `acme/ci/.github/workflows/deploy.yml@refs/heads/main`",
  );
}

function lintEvents({ findings, writes }: TrustLint, rule: WrittenTrust): void {
  const { claims } = rule;
  if (claims === undefined) return;
  const events = claims.by.get("event_name");
  if (events === undefined) {
    findings.add(
      "event-name-missing",
      claims,
      `the trust rule \`${rule.name}\` does not say which events`,
      "add `event_name: [push]`, or the events that this job really runs on",
    );
  }
  const writing = rule.grants.filter(({ text }) => writes(text)).map(({ text }) => text);
  for (const glob of events?.globs ?? []) {
    const untrusted = UNTRUSTED_EVENTS.filter((event) => overlaps(glob.text, event, CLAIM_STYLE));
    if (glob.text.includes("*")) {
      const known = untrusted.length === 0 ? "" : `, also ${untrusted.slice(0, 3).join(", ")}`;
      findings.add(
        "event-wildcard",
        glob,
        `\`event_name: ${glob.text}\` stands for more than one event${known}`,
        "list the events one by one",
      );
    } else if (untrusted.length > 0) {
      findings.add(
        "event-untrusted",
        glob,
        `jobs of \`${glob.text}\` may exchange their token`,
        "take it out, and do this work in a job on `push` or `workflow_dispatch`",
      );
    }
    if (writing.length > 0 && overlaps(glob.text, "pull_request", CLAIM_STYLE)) {
      findings.add(
        "pull-request-writes",
        glob,
        `jobs of pull requests get ${list(writing)}, which can change things`,
        "give pull requests a grant that only reads, in a trust rule of their own",
      );
    }
  }
  for (const glob of claims.by.get("runner_environment")?.globs ?? []) {
    if (writing.length === 0 || !overlaps(glob.text, "self-hosted", CLAIM_STYLE)) continue;
    findings.add(
      "self-hosted-writes",
      glob,
      `jobs on self-hosted runners get ${list(writing)}, which can change things`,
      "write `runner_environment: github-hosted`, or use runners that live for one job and say so in an ignore",
    );
  }
}

function lintPlace({ findings, writes }: TrustLint, rule: WrittenTrust): void {
  const { claims } = rule;
  if (claims === undefined) return;
  const writing = rule.grants.some(({ text }) => writes(text));
  const environment = claims.by.get("environment");
  const open = environment === undefined || environment.globs.some(({ text }) => /^\*+$/.test(text));
  if (open) {
    findings.add(
      "environment-missing",
      environment ?? claims,
      `the trust rule \`${rule.name}\` ${environment === undefined ? "names no environment" : "takes any environment"}`,
      "add `environment:` with one that has required reviewers or a branch rule, and set it in the job",
      writing ? "error" : "warning",
    );
  }
  const pinned = ["ref", "job_workflow_ref", "workflow_ref"].some((name) => {
    const globs = claims.by.get(name)?.globs ?? [];
    return globs.length > 0 && globs.every(({ text }) => !/^(?:refs\/(?:heads\/)?)?\*+$/.test(text));
  });
  if (writing && open && !pinned) {
    findings.add(
      "ref-unpinned",
      claims.by.get("ref") ?? claims,
      `the trust rule \`${rule.name}\` takes any branch`,
      "add `ref: refs/heads/main`, or an environment that only protected branches can use",
    );
  }
}

function lintTimes({ findings }: TrustLint, rule: WrittenTrust): void {
  const longest = [rule.maxTtl, rule.ttl].find((written) => (durationMs(written) ?? 0) > SESSION_WANTED_MS_MAX);
  if (longest === undefined) return;
  findings.add(
    "session-long",
    longest,
    `sessions of \`${rule.name}\` can live ${longest.text}`,
    "a hosted job lives six hours at most; renewals keep a short `ttl` going as long as the job does",
  );
}

/** The policy's order counts among trust rules: the first that fits is taken. */
function lintOrder({ findings }: TrustLint, rule: WrittenTrust, earlier: readonly WrittenTrust[]): void {
  const wider = earlier.find((other) => takesAll(other, rule));
  if (wider === undefined) return;
  findings.add(
    "trust-unreachable",
    rule,
    `every job that fits \`${rule.name}\` fits \`${wider.name}\` first`,
    `put \`${rule.name}\` before it, or make \`${wider.name}\` narrower`,
  );
}

function takesAll(outer: WrittenTrust, inner: WrittenTrust): boolean {
  if (outer.issuer?.text !== inner.issuer?.text || outer.claims === undefined || inner.claims === undefined)
    return false;
  const audiences = outer.audience?.values.map(({ text }) => text) ?? [];
  if (!(inner.audience?.values ?? []).every(({ text }) => audiences.includes(text))) return false;
  const inside = inner.claims.by;
  return [...outer.claims.by].every(([name, claim]) => claimWithin(claim, inside.get(name)));
}

function claimWithin(outer: WrittenClaim, inner: WrittenClaim | undefined): boolean {
  if (inner === undefined || inner.globs.length === 0) return false;
  return inner.globs.every(({ text }) => outer.globs.some((glob) => contains(glob.text, text, CLAIM_STYLE)));
}

function list(names: readonly string[]): string {
  return [...new Set(names)].map((name) => `\`${name}\``).join(", ");
}

/** Events that somebody without write access can set off, and that run with the default branch's identity. */
const UNTRUSTED_EVENTS: readonly string[] = [
  "pull_request_target",
  "issue_comment",
  "workflow_run",
  "issues",
  "discussion",
  "discussion_comment",
  "fork",
  "watch",
  "gollum",
  "pull_request_review",
  "pull_request_review_comment",
  "pull_request_comment",
];

/** Claims of a job's token. */
const CLAIMS: readonly string[] = (
  "actor actor_id aud base_ref check_run_id enterprise enterprise_id environment environment_node_id event_name exp " +
  "head_ref iat iss job_workflow_ref job_workflow_sha jti nbf ref ref_protected ref_type repository repository_id " +
  "repository_owner repository_owner_id repository_visibility run_attempt run_id run_number runner_environment sha sub " +
  "triggering_actor workflow workflow_ref workflow_sha"
).split(" ");

/** Audiences under which well-known services take a job's token. */
const SHARED_AUDIENCES: readonly RegExp[] = [
  /^sts\.amazonaws\.com/,
  /^api:\/\/AzureADTokenExchange/i,
  /(?:^|\/\/)iam\.googleapis\.com\//,
  /^sigstore$/,
  /^(?:npm:|pypi$|testpypi$)/,
  /^https:\/\/(?:api\.)?github\.com\/?$/,
];

/** Claims are matched like paths: `*` stays between slashes. */
const CLAIM_STYLE = { path: true, upperCase: false };

/** A session longer than this is longer than any hosted job. */
const SESSION_WANTED_MS_MAX = 6 * 3_600_000;
