/**
 * What a change of a policy makes possible, and what it takes away. Pure.
 *
 * Not a comparison of texts: commands and tokens are made from both versions and decided under both. What is reported
 * is therefore true and has an example; what is not reported may still differ somewhere that no example reached.
 */
import type { Verdict } from "@gate/contract";
import { decide } from "../decide.ts";
import { kindSpec } from "../kinds.ts";
import type { Grant, Policy } from "../policy.ts";
import type { SessionFacts } from "../condition-names.ts";
import { sessionOf, type Exchange } from "../suite/index.ts";
import { compareApprovals, compareGrants, type Difference, type Direction } from "./attachments.ts";
import { compareExchanges, compareSessions } from "./exchanges.ts";
import { synthesise, type Witness } from "./witnesses.ts";

export interface Change {
  readonly direction: Direction;
  /** What it is about. */
  readonly subject: "verdict" | "approval" | "exchange" | "session" | "grant";
  /** The grant or trust rule. */
  readonly name: string;
  readonly from: string;
  readonly to: string;
  /** A command or token for which it is so. */
  readonly example?: string;
  /** The example's other names of commands, and how many examples there are. */
  readonly commands?: readonly string[];
  readonly count: number;
}

export interface PolicyDiff {
  /** Wider first. */
  readonly changes: readonly Change[];
  readonly wider: boolean;
  /** Commands and tokens that were decided under both versions. */
  readonly commands: number;
  readonly tokens: number;
  /** Grants of which not every combination could be tried. */
  readonly bounded: readonly string[];
}

export function diffPolicies(before: Policy, after: Policy, exchange: Exchange): PolicyDiff {
  const changes: Change[] = [];
  const bounded: string[] = [];
  let commands = 0;
  for (const name of [...new Set([...before.grants.keys(), ...after.grants.keys()])].toSorted()) {
    const [old, fresh] = [before.grants.get(name), after.grants.get(name)];
    const compared = compareVerdicts(name, old, fresh, sessionsOf(name, [before, after]));
    changes.push(...compared.changes);
    commands += compared.commands;
    if (compared.bounded) bounded.push(name);
    if (old === undefined || fresh === undefined) continue;
    for (const difference of compareGrants(old, fresh)) changes.push(asChange("grant", name, difference));
  }
  const trust = compareExchanges(before.trust, after.trust, exchange);
  for (const { direction, grants, from, to, example, count } of trust.flips) {
    const token = Object.entries(example).map(([claim, value]) => `${claim}=${value}`);
    changes.push({
      direction,
      subject: "exchange",
      name: grants.join(", "),
      from,
      to,
      example: token.join(" "),
      count,
    });
  }
  for (const rule of after.trust) {
    const old = before.trust.find(({ name }) => name === rule.name);
    if (old === undefined) continue;
    for (const difference of compareSessions(old, rule)) changes.push(asChange("session", rule.name, difference));
  }
  const rank = ({ direction }: Change) => ["wider", "changed", "narrower"].indexOf(direction);
  return {
    changes: changes.toSorted((a, b) => rank(a) - rank(b)).slice(0, CHANGES_MAX),
    wider: changes.some(({ direction }) => direction !== "narrower"),
    commands,
    tokens: trust.tokens,
    bounded,
  };
}

/** What one command meets under one version. */
interface Met {
  readonly kind: "allow" | "hold" | "deny";
  readonly says: string;
  readonly verdict?: Verdict;
}

/** Who may ask, where some condition of the grant depends on it: a job of each trust rule. */
function sessionsOf(grant: string, policies: readonly Policy[]): readonly (SessionFacts | undefined)[] {
  const rules = policies.flatMap((policy) => policy.grants.get(grant)?.rules ?? []);
  if (!rules.some((rule) => rule.when?.ofSession === true)) return [undefined];
  const sessions = policies.flatMap((policy) =>
    policy.trust.filter(({ grants }) => grants.includes(grant)).map(({ name }) => sessionOf(policy, name)),
  );
  const distinct = new Map(sessions.map((session) => [JSON.stringify(session), session]));
  return [...distinct.values()].slice(0, SESSIONS_MAX);
}

function compareVerdicts(
  name: string,
  old: Grant | undefined,
  fresh: Grant | undefined,
  sessions: readonly (SessionFacts | undefined)[],
) {
  const groups = new Map<string, { change: Change; size: number; commands: Set<string> }>();
  const kinds = new Set([old?.kind, fresh?.kind].filter((kind) => kind !== undefined));
  let bounded = false;
  let commands = 0;
  for (const kindName of kinds) {
    const kind = kindSpec(kindName);
    if (kind === undefined) continue;
    const witnesses = synthesise(kind, [old, fresh]);
    bounded ||= witnesses.bounded;
    commands += witnesses.list.length;
    for (const witness of witnesses.list) {
      for (const session of sessions) {
        const [a, b] = [meet(old, witness, session), meet(fresh, witness, session)];
        for (const change of changesBetween(name, a, b)) note(groups, change, witness);
      }
    }
  }
  const changes = [...groups.values()].map(({ change, commands: named }) => ({
    ...change,
    commands: [...named].toSorted().slice(0, COMMANDS_SHOWN_MAX),
  }));
  return { changes, bounded, commands };
}

function meet(grant: Grant | undefined, { facts }: Witness, session: SessionFacts | undefined): Met {
  if (grant === undefined) return { kind: "deny", says: "deny (no such grant)" };
  const verdict = decide(grant, facts, session);
  return { kind: verdict.kind, says: `${verdict.kind} by ${verdict.rules.join(", ")}`, verdict };
}

function changesBetween(name: string, a: Met, b: Met): readonly Change[] {
  const common = { name, from: a.says, to: b.says, count: 1 };
  if (a.kind !== b.kind) {
    return [{ ...common, subject: "verdict", direction: RANK[b.kind] < RANK[a.kind] ? "wider" : "narrower" }];
  }
  if (a.verdict?.kind !== "hold" || b.verdict?.kind !== "hold") return [];
  return compareApprovals(a.verdict.approval, b.verdict.approval).map((difference) =>
    asChange("approval", name, difference),
  );
}

/** The same change for the same reason is one line, with its shortest example. */
function note(
  groups: Map<string, { change: Change; size: number; commands: Set<string> }>,
  change: Change,
  witness: Witness,
): void {
  const key = JSON.stringify([change.subject, change.direction, change.from, change.to]);
  const known = groups.get(key);
  const commands = known?.commands ?? new Set<string>();
  commands.add(witness.command);
  const shorter = known === undefined || witness.size < known.size;
  const example = shorter ? witness.example : known.change.example;
  groups.set(key, {
    change: { ...change, ...(example === undefined ? {} : { example }), count: (known?.change.count ?? 0) + 1 },
    size: shorter ? witness.size : known.size,
    commands,
  });
}

function asChange(subject: Change["subject"], name: string, { direction, what, from, to }: Difference): Change {
  return { direction, subject, name, from: `${what} ${from}`, to: `${what} ${to}`, count: 1 };
}

const RANK = { allow: 0, hold: 1, deny: 2 } as const;

/** Changes that one comparison lists. */
export const CHANGES_MAX = 500;
/** Kinds of sessions that every command of a grant is decided for. */
const SESSIONS_MAX = 8;
/** Names of commands that one change lists. */
const COMMANDS_SHOWN_MAX = 8;
