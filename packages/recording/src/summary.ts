/**
 * A recording summed up: for the job's summary, the blast-radius card, `gate sessions show`. Reads records.ndjson
 * once, with bounded memory; verifies nothing.
 */
import type { RecordingReader } from "@gate/contract";
import { RECORDS_FILE } from "./entry.ts";
import { forEachLine } from "./lines.ts";
import { parseLine, type RecordedEntry } from "./parse.ts";
import { effectsAndObjects } from "./verdicts.ts";

export interface VerdictCounts {
  allow: number;
  hold: number;
  deny: number;
}

/** A command that did not run, or ran only because its grant is observed. */
export interface HeldBack {
  readonly entry: number;
  readonly time: string;
  /** At most COMMAND_CHARS_MAX of it. */
  readonly text: string;
  readonly rules: readonly string[];
  /** `denied`, how its hold ended, or `observed`: it ran, and would have been denied or held. */
  readonly how: "denied" | "observed" | "not-approved" | "expired" | "withdrawn" | "void";
  /** What the policy or the engine said. */
  readonly message: string | undefined;
}

export interface GrantSummary {
  readonly grant: string;
  readonly target: string;
  readonly protocol: string | undefined;
  readonly verdicts: Readonly<VerdictCounts>;
  /** What verdicts would have been under `mode: observe`; absent where nothing was observed. Not part of `verdicts`. */
  readonly observed?: Readonly<VerdictCounts>;
  readonly connections: number;
  /** Commands that reached the target and ended. */
  readonly executed: number;
  /** Those of them that the target refused or that failed. */
  readonly failed: number;
  readonly rows: number;
  readonly affected: number;
  readonly bytes: number;
  /** Masked values by mask. */
  readonly masked: Readonly<Record<string, number>>;
  /** Names of what executed commands read and wrote, by kind (`reads`, `writes` …): did reach. */
  readonly reached: Readonly<Record<string, readonly string[]>>;
  /** Commands that did not run, the first LISTED_MAX. */
  readonly heldBack: readonly HeldBack[];
  readonly heldBackOmitted: number;
}

export interface HoldSummary {
  readonly hold: string;
  readonly grant: string;
  readonly entry: number;
  readonly text: string;
  readonly rules: readonly string[];
  readonly state: "pending" | "approved" | "denied" | "expired" | "withdrawn" | "void";
  readonly approvers: readonly string[];
}

export interface Summary {
  readonly sessionId: string | undefined;
  readonly mode: string | undefined;
  readonly principal: string | undefined;
  readonly trustRule: string | undefined;
  readonly openedAt: string | undefined;
  /** `undefined` while the recording is not sealed. */
  readonly closedAt: string | undefined;
  readonly closeReason: string | undefined;
  readonly entries: number;
  readonly verdicts: Readonly<VerdictCounts>;
  /** The same of grants with `mode: observe`: what would have been. */
  readonly observed: Readonly<VerdictCounts>;
  /** By rule id; a command that several rules matched counts for each. */
  readonly rules: Readonly<Record<string, VerdictCounts>>;
  /** Every grant of the session, used or not: could reach. */
  readonly grants: readonly GrantSummary[];
  /** The first LISTED_MAX. */
  readonly holds: readonly HoldSummary[];
  readonly masked: Readonly<Record<string, number>>;
  readonly latchRefused: number;
  /** Lines that are no entry of a known type. */
  readonly unreadable: number;
}

/** Items in each list of a summary. */
export const LISTED_MAX = 100;

/** Characters of a command's text in a summary. */
export const COMMAND_CHARS_MAX = 500;

/** Rules, masks and grants that are counted by name; the rest is counted under `(other)`. */
export const NAMES_MAX = 1_000;

/** Commands without a result so far that a summary keeps in mind. */
export const PENDING_MAX = 20_000;

/**
 * Sums up a recording, sealed or not.
 * @throws {RecordingError} LINE_INVALID for a file that is none, FILE_MISSING; errors of the reader.
 */
export async function summarize(reader: RecordingReader): Promise<Summary> {
  const builder = new SummaryBuilder();
  await forEachLine(reader.read(RECORDS_FILE), (line) => {
    const parsed = parseLine(line);
    if (parsed.kind === "entry") builder.entry(parsed.entry);
    else builder.unreadable += 1;
  });
  return builder.build();
}

class SummaryBuilder {
  unreadable = 0;
  #entries = 0;
  #opened: (RecordedEntry & { type: "session-opened" }) | undefined;
  #closed: (RecordedEntry & { type: "session-closed" }) | undefined;
  #latchRefused = 0;
  readonly #verdicts = counts();
  readonly #observed = counts();
  readonly #rules = new Map<string, VerdictCounts>();
  readonly #grants = new Map<string, MutableGrant>();
  readonly #masked = new Map<string, number>();
  readonly #holds = new Map<string, HoldSummary>();
  /** Verdict entries that may still run, or be held back. */
  readonly #pending = new Map<number, RecordedEntry & { type: "verdict" }>();

  entry(entry: RecordedEntry): void {
    this.#entries += 1;
    switch (entry.type) {
      case "session-opened":
        this.#opened = entry;
        for (const grant of entry.session.grants) {
          this.#grant(grant, Object.hasOwn(entry.targets, grant) ? (entry.targets[grant] as string) : "unknown");
        }
        return;
      case "session-closed":
        this.#closed = entry;
        return;
      case "latch-refused":
        this.#latchRefused += 1;
        return;
      case "connection-opened": {
        const grant = this.#grant(entry.grant, entry.target);
        grant.connections += 1;
        grant.protocol = entry.protocol;
        return;
      }
      case "verdict":
        return this.#verdict(entry);
      case "hold-resolved":
        return this.#resolved(entry);
      case "result":
        return this.#result(entry);
      case "session-renewed":
      case "connection-closed":
      case "vote":
      case "note":
    }
  }

  build(): Summary {
    const session = this.#opened?.session;
    return {
      sessionId: session?.id,
      mode: session?.mode,
      principal: session?.principal.display,
      trustRule: session?.trustRule,
      openedAt: this.#opened?.time,
      closedAt: this.#closed?.time,
      closeReason: this.#closed?.reason,
      entries: this.#entries,
      verdicts: { ...this.#verdicts },
      observed: { ...this.#observed },
      rules: Object.fromEntries(this.#rules),
      grants: [...this.#grants.values()].map(({ observed, ...grant }) => ({
        ...grant,
        verdicts: { ...grant.verdicts },
        ...(observed === undefined ? {} : { observed: { ...observed } }),
        masked: Object.fromEntries(grant.masked),
        reached: Object.fromEntries([...grant.reached].map(([kind, names]) => [kind, [...names].sort()])),
      })),
      holds: [...this.#holds.values()],
      masked: Object.fromEntries(this.#masked),
      latchRefused: this.#latchRefused,
      unreadable: this.unreadable,
    };
  }

  #verdict(entry: RecordedEntry & { type: "verdict" }): void {
    const grant = this.#grant(entry.grant, entry.target);
    const observed = entry.observed === true && entry.override === undefined;
    (observed ? this.#observed : this.#verdicts)[entry.verdict] += 1;
    (observed ? (grant.observed ??= counts()) : grant.verdicts)[entry.verdict] += 1;
    for (const rule of entry.override === undefined ? entry.rules : [entry.override]) {
      named(this.#rules, rule, counts)[entry.verdict] += 1;
    }
    if (entry.verdict === "deny") hold(grant, entry, observed ? "observed" : "denied");
    else if (entry.verdict === "hold" && observed) hold(grant, entry, "observed");
    if (entry.verdict === "deny" && !observed) return;
    if (entry.hold !== undefined && this.#holds.size < LISTED_MAX) {
      const { grant: name, seq, rules } = entry;
      const text = shortened(entry.command.text);
      this.#holds.set(entry.hold, {
        hold: entry.hold,
        grant: name,
        entry: seq,
        text,
        rules,
        state: "pending",
        approvers: [],
      });
    }
    this.#pending.set(entry.seq, entry);
    if (this.#pending.size > PENDING_MAX) {
      for (const oldest of this.#pending.keys()) {
        this.#pending.delete(oldest);
        break;
      }
    }
  }

  #resolved(entry: RecordedEntry & { type: "hold-resolved" }): void {
    const listed = this.#holds.get(entry.hold);
    if (listed !== undefined) {
      this.#holds.set(entry.hold, { ...listed, state: entry.state, approvers: entry.approvers });
    }
    if (entry.state === "approved") return;
    const verdict = this.#pending.get(entry.of);
    if (verdict === undefined) return;
    this.#pending.delete(entry.of);
    hold(this.#grant(verdict.grant, verdict.target), verdict, entry.state === "denied" ? "not-approved" : entry.state);
  }

  #result(entry: RecordedEntry & { type: "result" }): void {
    const verdict = this.#pending.get(entry.of);
    if (verdict === undefined) return;
    this.#pending.delete(entry.of);
    const grant = this.#grant(verdict.grant, verdict.target);
    grant.executed += 1;
    if (!entry.ok) grant.failed += 1;
    grant.rows += entry.rows ?? 0;
    grant.affected += entry.affected ?? 0;
    grant.bytes += entry.bytes ?? 0;
    for (const [mask, count] of Object.entries(entry.masked ?? {})) {
      for (const masked of [grant.masked, this.#masked]) {
        const name = masked.has(mask) || masked.size < NAMES_MAX ? mask : OTHER;
        masked.set(name, (masked.get(name) ?? 0) + count);
      }
    }
    for (const [kind, names] of Object.entries(effectsAndObjects(verdict.facts).objects)) {
      if (!OBJECT_KINDS.has(kind)) continue;
      const reached = named(grant.reached, kind, () => new Set<string>());
      for (const name of names) if (reached.size < LISTED_MAX) reached.add(name);
    }
  }

  #grant(grant: string, target: string): MutableGrant {
    return named(this.#grants, grant, () => ({
      grant: this.#grants.size < NAMES_MAX ? grant : OTHER,
      target,
      protocol: undefined,
      verdicts: counts(),
      observed: undefined,
      connections: 0,
      executed: 0,
      failed: 0,
      rows: 0,
      affected: 0,
      bytes: 0,
      masked: new Map<string, number>(),
      reached: new Map<string, Set<string>>(),
      heldBack: [],
      heldBackOmitted: 0,
    }));
  }
}

interface MutableGrant {
  readonly grant: string;
  readonly target: string;
  protocol: string | undefined;
  readonly verdicts: VerdictCounts;
  observed: VerdictCounts | undefined;
  connections: number;
  executed: number;
  failed: number;
  rows: number;
  affected: number;
  bytes: number;
  readonly masked: Map<string, number>;
  readonly reached: Map<string, Set<string>>;
  readonly heldBack: HeldBack[];
  heldBackOmitted: number;
}

function hold(grant: MutableGrant, entry: RecordedEntry & { type: "verdict" }, how: HeldBack["how"]): void {
  if (grant.heldBack.length === LISTED_MAX) {
    grant.heldBackOmitted += 1;
    return;
  }
  const { seq, time, rules, message } = entry;
  const text = shortened(entry.command.text);
  const said = entry.override === undefined ? rules : [entry.override];
  grant.heldBack.push({ entry: seq, time, text, rules: said, how, message });
}

/** The value under a name; past NAMES_MAX names, that of all others together. */
function named<T>(map: Map<string, T>, name: string, make: () => T): T {
  const key = map.has(name) || map.size < NAMES_MAX ? name : OTHER;
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

function shortened(text: string): string {
  return text.length <= COMMAND_CHARS_MAX ? text : `${text.slice(0, COMMAND_CHARS_MAX - 1)}…`;
}

function counts(): VerdictCounts {
  return { allow: 0, hold: 0, deny: 0 };
}

const OTHER = "(other)";
/** Facts that name things a command reaches; the other ones (`where`) describe how. */
const OBJECT_KINDS: ReadonlySet<string> = new Set([
  "reads",
  "writes",
  "functions",
  "path",
  "resource",
  "namespace",
  "host",
  "object",
]);
