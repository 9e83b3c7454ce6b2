/** What a session did, gathered from its recording for the people who read a job's summary. Pure over the entries. */
import type { Entry } from "@gate/contract";

export type RecordedEntry = Entry & { readonly seq: number };

export interface Outcome {
  readonly sessionId: string;
  readonly trustRule: string;
  readonly principal: string;
  readonly issuer: string;
  readonly mode: string;
  /** Grant → target: everything that the session could have reached. */
  readonly grants: ReadonlyMap<string, string>;
  /** Grants whose connections said `mode: observe`: nothing of theirs was enforced. */
  readonly observedGrants: ReadonlySet<string>;
  readonly counts: {
    readonly allowed: number;
    readonly approved: number;
    readonly denied: number;
    readonly notApproved: number;
    /** Ran because their grant has `mode: observe`, and would have been denied or held. */
    readonly observed: number;
  };
  /** Commands that were held, whatever came of it. */
  readonly held: number;
  readonly rows: readonly VerdictRow[];
  /** Objects of commands that were forwarded, by grant. */
  readonly reached: ReadonlyMap<string, ReadonlySet<string>>;
  /** Commands that were not forwarded; the first REFUSALS_MAX of them. */
  readonly refused: readonly RefusedCommand[];
  readonly refusedCount: number;
  readonly maskedValues: number;
  readonly latchRefused: readonly string[];
  readonly closedAs: string | undefined;
}

/** One line of the verdict table. */
export interface VerdictRow {
  readonly grant: string;
  readonly target: string;
  readonly result: CommandResult;
  readonly rule: string;
  readonly count: number;
}

export type CommandResult =
  "allowed" | "approved" | "denied" | "not approved" | "observe: would be denied" | "observe: would be held";

export interface RefusedCommand {
  readonly entry: number;
  readonly grant: string;
  readonly target: string;
  readonly result: "denied" | "not approved";
  readonly rule: string;
  readonly message: string;
  /** The command's own text: hostile. */
  readonly text: string;
}

export async function gatherOutcome(entries: AsyncIterable<RecordedEntry> | Iterable<RecordedEntry>): Promise<Outcome> {
  const grants = new Map<string, string>();
  const rows = new Map<string, { grant: string; target: string; result: CommandResult; rule: string; count: number }>();
  const reached = new Map<string, Set<string>>();
  const refused: RefusedCommand[] = [];
  const observedGrants = new Set<string>();
  const latchRefused: string[] = [];
  const waiting = new Map<number, Extract<Entry, { type: "verdict" }>>();
  const counts = { allowed: 0, approved: 0, denied: 0, notApproved: 0, observed: 0 };
  let head = { sessionId: "", trustRule: "", principal: "", issuer: "", mode: "" };
  let held = 0;
  let refusedCount = 0;
  let maskedValues = 0;
  let closedAs: string | undefined;

  const count = (
    seq: number,
    verdict: Extract<Entry, { type: "verdict" }>,
    result: CommandResult,
    why?: string,
  ): void => {
    const rule = verdict.override ?? (verdict.rules.length === 0 ? "default" : verdict.rules.join(", "));
    const { grant, target } = verdict;
    const key = JSON.stringify([grant, result, rule]);
    const row = rows.get(key) ?? { grant, target, result, rule, count: 0 };
    row.count += 1;
    if (rows.size < ROWS_MAX) rows.set(key, row);
    counts[COUNTED_AS[result]] += 1;
    if (result !== "denied" && result !== "not approved") {
      const objects = reached.get(grant) ?? new Set<string>();
      for (const name of ["reads", "writes"]) {
        const fact = Object.hasOwn(verdict.facts.fields, name) ? verdict.facts.fields[name] : undefined;
        if (fact?.type === "set") for (const item of fact.items) if (objects.size < OBJECTS_MAX) objects.add(item.name);
      }
      reached.set(grant, objects);
      return;
    }
    refusedCount += 1;
    if (refused.length >= REFUSALS_MAX) return;
    const message = why ?? verdict.message ?? "no rule allows it";
    refused.push({ entry: seq, grant, target, result, rule, message, text: verdict.command.text });
  };

  for await (const entry of entries) {
    switch (entry.type) {
      case "session-opened": {
        const { id, trustRule, principal, mode } = entry.session;
        head = { sessionId: id, trustRule, principal: principal.display, issuer: principal.issuer, mode };
        for (const grant of entry.session.grants) {
          grants.set(grant, Object.hasOwn(entry.targets, grant) ? (entry.targets[grant] ?? "") : "");
        }
        break;
      }
      case "verdict":
        if (!grants.get(entry.grant)) grants.set(entry.grant, entry.target);
        if (entry.hold !== undefined) held += 1;
        if (entry.observed === true && entry.override === undefined)
          count(entry.seq, entry, OBSERVED_AS[entry.verdict]);
        else if (entry.verdict === "deny" || entry.override !== undefined) count(entry.seq, entry, "denied");
        else if (entry.hold !== undefined && waiting.size < WAITING_MAX) waiting.set(entry.seq, entry);
        else count(entry.seq, entry, "allowed");
        break;
      case "hold-resolved": {
        const verdict = waiting.get(entry.of);
        if (verdict === undefined) break;
        waiting.delete(entry.of);
        if (entry.state === "approved") count(entry.of, verdict, "approved");
        else count(entry.of, verdict, "not approved", `held, then ${entry.state}`);
        break;
      }
      case "result":
        for (const masked of Object.values(entry.masked ?? {})) maskedValues += masked;
        break;
      case "latch-refused":
        if (latchRefused.length < REFUSALS_MAX) latchRefused.push(entry.principal);
        break;
      case "session-closed":
        closedAs = entry.reason;
        break;
      case "connection-opened":
        if (entry.observed === true) observedGrants.add(entry.grant);
        break;
      case "session-renewed":
      case "connection-closed":
      case "vote":
      case "note":
    }
  }
  // A hold that the record does not resolve was never forwarded.
  for (const [seq, verdict] of waiting) count(seq, verdict, "not approved", "held, and never answered");
  return {
    ...head,
    grants,
    observedGrants,
    counts,
    held,
    rows: [...rows.values()],
    reached,
    refused,
    refusedCount,
    maskedValues,
    latchRefused,
    closedAs,
  };
}

const COUNTED_AS: Readonly<Record<CommandResult, keyof Outcome["counts"]>> = {
  allowed: "allowed",
  approved: "approved",
  denied: "denied",
  "not approved": "notApproved",
  "observe: would be denied": "observed",
  "observe: would be held": "observed",
};
const OBSERVED_AS = {
  allow: "allowed",
  hold: "observe: would be held",
  deny: "observe: would be denied",
} as const;

/** Lines of the verdict table. */
const ROWS_MAX = 200;
/** Refused commands that are listed. */
const REFUSALS_MAX = 50;
/** Objects that are listed for one grant. */
const OBJECTS_MAX = 100;
/** Held commands without an answer at one time. */
const WAITING_MAX = 10_000;
