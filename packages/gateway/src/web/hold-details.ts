/** What an approver sees besides the hold itself: where it came from, why it waits, what happened to its like. Pure. */
import type { HoldRow, MapFact } from "@gate/contract";
import { parse, stringify } from "yaml";

export interface HoldDetails {
  /** The chain: repository, commit, workflow, run, job, environment, who started it. Only what the token said. */
  readonly origin: Readonly<Record<string, string>>;
  readonly links: Readonly<Record<"repository" | "commit" | "run", string>> | Readonly<Record<string, never>>;
  /** The rule as it stands in the policy that the session is pinned to; undefined when it cannot be found. */
  readonly rule_text: string | undefined;
  /** Command tags, objects, functions … by name. */
  readonly effects: Readonly<Record<string, readonly string[]>>;
  /** Rows that the target expects to touch, where the policy asks for it. */
  readonly estimated_rows: number | undefined;
  /** Earlier holds of the same grant and rule, newest first. */
  readonly similar: readonly {
    readonly id: string;
    readonly command_text: string;
    readonly same_command: boolean;
    readonly state: HoldRow["state"];
    readonly created_at: string;
    readonly approvers: readonly string[];
  }[];
}

export function holdDetails(hold: HoldRow, others: readonly HoldRow[], issuer: string, policy: string): HoldDetails {
  const claims = hold.claims ?? {};
  const origin = Object.fromEntries(
    ORIGIN_CLAIMS.filter((name) => Object.hasOwn(claims, name)).map((name) => [name, claims[name] as string]),
  );
  return {
    origin,
    links: linksOf(origin, issuer),
    rule_text: ruleText(policy, hold.grant, hold.rule),
    effects: effectsOf(hold),
    estimated_rows: numberOf(hold, "estimated_rows"),
    similar: others
      .filter((other) => other.id !== hold.id && other.grant === hold.grant && other.rule === hold.rule)
      .slice(0, SIMILAR_MAX)
      .map((other) => ({
        id: other.id,
        command_text: other.commandText.slice(0, SIMILAR_CHARS_MAX),
        same_command: other.commandText === hold.commandText,
        state: other.state,
        created_at: new Date(other.createdAtMs).toISOString(),
        approvers: other.votes.filter((vote) => vote.vote === "approve").map((vote) => vote.approver),
      })),
  };
}

/** GitHub's pages of a run. The server is known from the issuer's own name, never from a claim that could be a link. */
function linksOf(origin: Readonly<Record<string, string>>, issuer: string): HoldDetails["links"] {
  const server = serverOf(issuer);
  const { repository = "", sha = "", run_id = "", run_attempt = "1" } = origin;
  if (server === undefined || !/^[\w.-]+\/[\w.-]+$/.test(repository)) return {};
  if (!/^[0-9a-f]{40}$/.test(sha) || !/^\d+$/.test(run_id) || !/^\d+$/.test(run_attempt)) return {};
  const base = `${server}/${repository}`;
  return {
    repository: base,
    commit: `${base}/commit/${sha}`,
    run: `${base}/actions/runs/${run_id}/attempts/${run_attempt}`,
  };
}

/** `https://token.actions.githubusercontent.com` → github.com; ghe.com and GitHub Enterprise Server likewise. */
export function serverOf(issuer: string): string | undefined {
  if (!URL.canParse(issuer)) return undefined;
  const { protocol, hostname, host, pathname } = new URL(issuer);
  if (protocol !== "https:") return undefined;
  if (hostname === "token.actions.githubusercontent.com") return "https://github.com";
  const cloud = /^token\.actions\.([a-z0-9-]+\.ghe\.com)$/.exec(hostname)?.[1];
  if (cloud !== undefined) return `https://${cloud}`;
  return pathname.startsWith("/_services/token") ? `https://${host}` : undefined;
}

function ruleText(policy: string, grant: string, rule: string): string | undefined {
  try {
    const root = parse(policy, { maxAliasCount: 0 }) as {
      grants?: Record<string, { rules?: string[] }>;
      rules?: Record<string, { id?: string }[]>;
    };
    for (const set of root.grants?.[grant]?.rules ?? []) {
      const found = root.rules?.[set]?.find(({ id }) => id === rule);
      if (found !== undefined) return stringify(found).trimEnd();
    }
  } catch {
    // A policy that the engine could read and this cannot: the page does without.
  }
  return undefined;
}

function effectsOf(hold: HoldRow): HoldDetails["effects"] {
  const effects: [string, readonly string[]][] = [];
  for (const [name, fact] of Object.entries(hold.facts?.fields ?? {})) {
    if (fact.type === "set") effects.push([name, fact.items.map((item) => item.name)]);
    if (fact.type === "argv") effects.push([name, fact.items.map((words) => words.join(" "))]);
    if (fact.type === "scalar" && typeof fact.value === "string") effects.push([name, [fact.value]]);
    if (fact.type === "scalar" && fact.value === true) effects.push([name, ["yes"]]);
    if (fact.type === "map") effects.push(...valuesOf(name, fact));
  }
  return Object.fromEntries(effects.filter(([, names]) => names.length > 0));
}

/** What the rules asked for: `body $.amount: 50000`. Never more of a body than that. */
function valuesOf(name: string, fact: MapFact): [string, readonly string[]][] {
  return Object.entries(fact.entries).map(([key, values]) => [
    `${name} ${key}`,
    values.slice(0, VALUES_MAX).map((value) => String(value).slice(0, VALUE_CHARS_MAX)),
  ]);
}

function numberOf(hold: HoldRow, field: string): number | undefined {
  const fact = hold.facts?.fields[field];
  return fact?.type === "scalar" && typeof fact.value === "number" ? fact.value : undefined;
}

const ORIGIN_CLAIMS = [
  "repository",
  "ref",
  "sha",
  "workflow",
  "workflow_ref",
  "job_workflow_ref",
  "event_name",
  "environment",
  "run_id",
  "run_number",
  "run_attempt",
  "actor",
  "triggering_actor",
  "runner_environment",
];
/** Earlier holds that an approver sees. */
const SIMILAR_MAX = 10;
/** Values of one field that a rule asked for, as an approver sees them. */
const VALUES_MAX = 20;
/** Characters of one of them. */
const VALUE_CHARS_MAX = 400;
/** Characters of an earlier command. */
const SIMILAR_CHARS_MAX = 400;
