/** Tokens that show where two versions' trust rules differ. Pure. */
import type { TrustRule } from "@gate/contract";
import type { Exchange } from "../suite/index.ts";
import { number, type Difference } from "./attachments.ts";

export interface ExchangeFlip {
  readonly direction: "wider" | "narrower";
  readonly grants: readonly string[];
  readonly from: string;
  readonly to: string;
  /** Claims of a token for which it is so. */
  readonly example: Readonly<Record<string, string>>;
  readonly count: number;
}

/** Every token variant under both versions: which grants does it get only before, which only after? */
export function compareExchanges(
  before: readonly TrustRule[],
  after: readonly TrustRule[],
  exchange: Exchange,
): { readonly flips: readonly ExchangeFlip[]; readonly tokens: number } {
  const flips = new Map<string, ExchangeFlip>();
  const tokens = tokensOf([...before, ...after]);
  for (const claims of tokens) {
    const [old, fresh] = [exchange(before, claims).rule, exchange(after, claims).rule];
    const gained = (fresh?.grants ?? []).filter((grant) => old?.grants.includes(grant) !== true);
    const lost = (old?.grants ?? []).filter((grant) => fresh?.grants.includes(grant) !== true);
    for (const [direction, grants] of [
      ["wider", gained],
      ["narrower", lost],
    ] as const) {
      if (grants.length === 0) continue;
      const from = describe(old);
      const to = describe(fresh);
      const key = JSON.stringify([direction, grants, from, to]);
      const known = flips.get(key);
      flips.set(key, {
        direction,
        grants,
        from,
        to,
        example: known?.example ?? claims,
        count: (known?.count ?? 0) + 1,
      });
    }
  }
  return { flips: [...flips.values()], tokens: tokens.length };
}

/** Rules of the same name: how long their sessions live. */
export function compareSessions(before: TrustRule, after: TrustRule): readonly Difference[] {
  return [
    ...number("session ttl in seconds", before.ttlMs / 1000, after.ttlMs / 1000),
    ...number("session max_ttl in seconds", before.maxTtlMs / 1000, after.maxTtlMs / 1000),
  ];
}

/** Each rule's own token, then each claim through every value that any rule knows, and without it. */
function tokensOf(rules: readonly TrustRule[]): readonly Readonly<Record<string, string>>[] {
  const values = new Map<string, Set<string>>();
  const add = (claim: string, value: string): void => {
    const known = values.get(claim) ?? new Set<string>();
    if (known.size < CLAIM_VALUES_MAX) known.add(value);
    values.set(claim, known);
  };
  for (const rule of rules) {
    add("iss", rule.issuer);
    for (const audience of rule.audience) add("aud", audience);
    for (const [claim, globs] of Object.entries(rule.claims)) {
      for (const glob of globs) {
        add(claim, fill(glob));
        if (!glob.endsWith("*")) add(claim, `${fill(glob)}-other`);
        if (glob.includes("*") && !glob.includes("**")) add(claim, fill(glob.replaceAll("*", "some/thing")));
      }
    }
  }
  for (const event of EVENTS) if (values.has("event_name")) add("event_name", event);
  const found = new Map<string, Readonly<Record<string, string>>>();
  const keep = (claims: Readonly<Record<string, string>>): void => {
    if (found.size < TOKENS_MAX) found.set(JSON.stringify(Object.entries(claims).toSorted()), claims);
  };
  const base = rules.flatMap((rule) => ownTokens(rule));
  for (const claims of base) keep(claims);
  for (const claims of base) {
    for (const [claim, options] of values) {
      for (const value of options) keep({ ...claims, [claim]: value });
      const { [claim]: _without, ...rest } = claims;
      if (claim !== "iss" && claim !== "aud") keep(rest);
    }
  }
  return [...found.values()];
}

/** One token for each of the rule's alternatives, one claim at a time. */
function ownTokens(rule: TrustRule): readonly Readonly<Record<string, string>>[] {
  const first = Object.fromEntries(Object.entries(rule.claims).map(([claim, globs]) => [claim, fill(globs[0] ?? "")]));
  const token = { iss: rule.issuer, aud: rule.audience[0] ?? "", ...first };
  const others = Object.entries(rule.claims).flatMap(([claim, globs]) =>
    globs.slice(1).map((glob) => ({ ...token, [claim]: fill(glob) })),
  );
  return [token, ...rule.audience.slice(1).map((aud) => ({ ...token, aud })), ...others];
}

function fill(glob: string): string {
  return glob.replace(/\*\*+/g, "some/thing").replace(/\*/g, "something");
}

function describe(rule: TrustRule | undefined): string {
  return rule === undefined ? "denied" : `\`${rule.name}\` (${rule.grants.join(", ")})`;
}

const EVENTS: readonly string[] = [
  "push",
  "pull_request",
  "pull_request_target",
  "workflow_dispatch",
  "workflow_run",
  "issue_comment",
  "schedule",
];

/** Values that are tried for one claim. */
const CLAIM_VALUES_MAX = 60;
/** Tokens that two versions are compared with. */
export const TOKENS_MAX = 20_000;
