/**
 * verdicts.ndjson: one line a verdict, with its connection's lineage, its approval and its result joined. Pure.
 *
 * It says nothing that records.ndjson does not say; a verifier derives it again and compares. A line is written when
 * its command is over (a denied one at once), so lines are in order of ending, and `entry` names the verdict.
 */
import type { Facts } from "@gate/contract";
import type { RecordedEntry } from "./parse.ts";

/** Commands that wait for a result at one time; beyond it the oldest is written without one. */
export const OPEN_COMMANDS_MAX = 10_000;

/** Derives the lines of verdicts.ndjson from entries in order. `emit` gets each line, without its line feed. */
export class VerdictLines {
  readonly #emit: (line: string) => void;
  readonly #lineages = new Map<string, unknown>();
  readonly #open = new Map<number, OpenVerdict>();
  #session = "";
  #principal = "";

  constructor(emit: (line: string) => void) {
    this.#emit = emit;
  }

  entry(entry: RecordedEntry): void {
    switch (entry.type) {
      case "session-opened":
        this.#session = entry.session.id;
        this.#principal = entry.session.principal.display;
        return;
      case "connection-opened":
        this.#lineages.set(entry.connection, entry.lineage);
        return;
      case "connection-closed":
        this.#lineages.delete(entry.connection);
        return;
      case "verdict":
        return this.#verdict(entry);
      case "hold-resolved": {
        const held = this.#open.get(entry.of);
        if (held === undefined) return;
        held.approval = { hold: entry.hold, state: entry.state, approvers: entry.approvers };
        if (entry.state !== "approved") this.#close(held, undefined);
        return;
      }
      case "result": {
        const open = this.#open.get(entry.of);
        if (open !== undefined) this.#close(open, entry);
        return;
      }
      case "session-renewed":
      case "latch-refused":
      case "vote":
      case "note":
      case "session-closed":
    }
  }

  /** Writes what never had a result. */
  end(): void {
    for (const open of this.#open.values()) this.#close(open, undefined);
  }

  #verdict(entry: RecordedEntry & { type: "verdict" }): void {
    const open: OpenVerdict = { entry, lineage: this.#lineages.get(entry.connection) ?? null, approval: null };
    this.#open.set(entry.seq, open);
    const stopped = entry.verdict === "deny" && (entry.observed !== true || entry.override !== undefined);
    if (stopped) return this.#close(open, undefined);
    if (this.#open.size > OPEN_COMMANDS_MAX) {
      for (const oldest of this.#open.values()) return this.#close(oldest, undefined);
    }
  }

  #close({ entry, lineage, approval }: OpenVerdict, result: (RecordedEntry & { type: "result" }) | undefined): void {
    this.#open.delete(entry.seq);
    const line = {
      time: entry.time,
      entry: entry.seq,
      session: this.#session,
      grant: entry.grant,
      target: entry.target,
      protocol: entry.protocol,
      principal: this.#principal,
      lineage,
      command: { kind: entry.command.kind, digest: entry.command.digest },
      ...effectsAndObjects(entry.facts),
      verdict: entry.verdict,
      rules: entry.rules,
      override: entry.override,
      observed: entry.observed,
      approval,
      outcome: result?.outcome ?? null,
      masked: result?.masked ?? {},
      duration_ms: result?.durationMs ?? null,
    };
    this.#emit(JSON.stringify(line));
  }
}

/** What a command does (`effects`) and to what (`objects`), as lists of names, from its facts. */
export function effectsAndObjects(facts: Facts): {
  readonly effects: readonly string[];
  readonly objects: Readonly<Record<string, readonly string[]>>;
} {
  let effects: readonly string[] = [];
  const objects: [string, readonly string[]][] = [];
  for (const [name, fact] of Object.entries(facts.fields)) {
    const values: string[] = [];
    if (fact.type === "set") for (const item of fact.items) values.push(item.name);
    else if (fact.type === "argv") for (const words of fact.items) values.push(words.join(" "));
    else if (fact.type === "map") for (const key of Object.keys(fact.entries)) values.push(key);
    else if (fact.type === "scalar" && fact.value !== undefined && fact.value !== null) values.push(String(fact.value));
    if (EFFECT_FIELDS.has(name)) effects = [...effects, ...values];
    else if (values.length > 0) objects.push([name, values]);
  }
  return { effects, objects: Object.fromEntries(objects) };
}

interface OpenVerdict {
  readonly entry: RecordedEntry & { type: "verdict" };
  readonly lineage: unknown;
  approval: { readonly hold: string; readonly state: string; readonly approvers: readonly string[] } | null;
}

/** Fields of facts that say what is done; every other one says to what. */
const EFFECT_FIELDS: ReadonlySet<string> = new Set(["statement", "verb", "method", "exec", "sftp", "tool"]);
