/**
 * What the entries of a recording must say together: order, time, and that nothing ran without an answer. Pure.
 */
import type { RecordedEntry } from "./parse.ts";

export type CheckCode =
  | "SEQUENCE_BROKEN"
  | "TIME_BACKWARDS"
  | "ENTRY_FIRST"
  | "ENTRY_AFTER_CLOSE"
  | "SESSION_MISMATCH"
  | "RESULT_WITHOUT_ADMISSION"
  | "HOLD_MISMATCH"
  | "APPROVAL_WITHOUT_VOTES"
  | "APPROVAL_REUSED"
  | "TOO_MANY_OPEN";

export type Report = (code: CheckCode, message: string, seq: number) => void;

/** Commands, holds and votes that are kept in mind while a recording is checked. */
export const TRACKED_MAX = 200_000;

/** Reads entries in order and reports what cannot be. */
export class EntryChecks {
  readonly #report: Report;
  /** Verdict entries that may have a result, and how they stand. */
  readonly #commands = new Map<number, Admitted>();
  /** Hold-resolved entries that admit: a result may name either. */
  readonly #resolved = new Map<number, number>();
  readonly #holds = new Map<string, HeldFacts>();
  #expected = 0;
  #time = "";
  #forgotBelow = -1;
  sessionId: string | undefined;
  policyDigest: string | undefined;
  mode: string | undefined;
  closed = false;

  constructor(report: Report) {
    this.#report = report;
  }

  /** For every line whose head could be read, also of unknown types. */
  head(seq: number, time: string): void {
    if (seq !== this.#expected) {
      this.#report("SEQUENCE_BROKEN", `entry ${this.#expected} was expected, not ${seq}`, this.#expected);
    }
    // Go on from here: a missing line is reported once, not for all that follow.
    this.#expected = seq + 1;
    if (time < this.#time) this.#report("TIME_BACKWARDS", "the time is before that of the entry above", seq);
    else this.#time = time;
    if (this.closed) this.#report("ENTRY_AFTER_CLOSE", "an entry follows session-closed", seq);
  }

  /** A line that could not be read still has its place. */
  skip(): void {
    this.#expected += 1;
  }

  entry(entry: RecordedEntry): void {
    if ((entry.type === "session-opened") !== (entry.seq === 0)) {
      this.#report("ENTRY_FIRST", "the first entry, and only it, is session-opened", entry.seq);
    }
    switch (entry.type) {
      case "session-opened":
        this.sessionId ??= entry.session.id;
        this.policyDigest ??= entry.session.policyDigest;
        this.mode ??= entry.session.mode;
        return;
      case "verdict":
        return this.#verdict(entry);
      case "vote": {
        const hold = this.#hold(entry.hold, entry.seq);
        if (entry.vote === "approve") hold.approvers.add(entry.approver);
        else hold.denied = true;
        return;
      }
      case "hold-resolved":
        return this.#resolve(entry);
      case "result":
        return this.#result(entry);
      case "session-closed":
        this.closed = true;
        return;
      case "session-renewed":
      case "latch-refused":
      case "connection-opened":
      case "connection-closed":
      case "note":
    }
  }

  #verdict(entry: RecordedEntry & { type: "verdict" }): void {
    // Observed, a verdict stops nothing; what the engine itself refused went nowhere all the same.
    const observed = entry.observed === true && entry.override === undefined;
    if (entry.verdict === "deny" && !observed) return;
    if (entry.verdict === "hold" && !observed) {
      if (entry.hold === undefined) {
        this.#report("HOLD_MISMATCH", "a held command names no hold", entry.seq);
        return;
      }
      this.#hold(entry.hold, entry.seq).digest ??= entry.command.digest;
    }
    this.#commands.set(entry.seq, {
      digest: entry.command.digest,
      hold: entry.hold,
      admitted: observed || entry.verdict === "allow",
    });
    if (this.#commands.size > TRACKED_MAX) {
      for (const oldest of this.#commands.keys()) {
        this.#commands.delete(oldest);
        this.#forget(oldest, entry.seq);
        break;
      }
    }
  }

  #resolve(entry: RecordedEntry & { type: "hold-resolved" }): void {
    const command = this.#commands.get(entry.of);
    if (command === undefined || command.admitted || command.hold !== entry.hold || command.digest !== entry.digest) {
      if (entry.of <= this.#forgotBelow) return;
      this.#report("HOLD_MISMATCH", "the answer is not for the command that was held", entry.seq);
      return;
    }
    if (entry.state !== "approved") {
      this.#commands.delete(entry.of);
      return;
    }
    const source = entry.claims ?? entry.hold;
    const hold = this.#holds.get(source);
    if (hold === undefined || hold.digest !== entry.digest) {
      this.#report("HOLD_MISMATCH", "the approval is for another command", entry.seq);
      return;
    }
    if (hold.used) {
      this.#report("APPROVAL_REUSED", "the approval was used before", entry.seq);
      return;
    }
    const people = new Set(entry.approvers);
    const voted = [...people].every((name) => hold.approvers.has(name));
    if (people.size === 0 || people.size !== entry.approvers.length || !voted || hold.denied) {
      this.#report("APPROVAL_WITHOUT_VOTES", "the recorded votes do not approve it", entry.seq);
      return;
    }
    hold.used = true;
    command.admitted = true;
    this.#resolved.set(entry.seq, entry.of);
  }

  #result(entry: RecordedEntry & { type: "result" }): void {
    const of = this.#resolved.get(entry.of) ?? entry.of;
    const command = this.#commands.get(of);
    if (command?.admitted === true) {
      // Deleted: a second result of one admission is one too many.
      this.#commands.delete(of);
      this.#resolved.delete(entry.of);
    } else if (of > this.#forgotBelow) {
      this.#report(
        "RESULT_WITHOUT_ADMISSION",
        `entry ${entry.of} admitted nothing that could have a result`,
        entry.seq,
      );
    }
  }

  #hold(id: string, seq: number): HeldFacts {
    let hold = this.#holds.get(id);
    if (hold === undefined) {
      hold = { digest: undefined, approvers: new Set(), denied: false, used: false };
      this.#holds.set(id, hold);
      if (this.#holds.size > TRACKED_MAX) {
        this.#holds.clear();
        this.#forget(seq, seq);
      }
    }
    return hold;
  }

  #forget(below: number, seq: number): void {
    if (this.#forgotBelow === -1) {
      this.#report("TOO_MANY_OPEN", "more commands wait for a result than a verifier keeps in mind", seq);
    }
    this.#forgotBelow = below;
  }
}

interface Admitted {
  readonly digest: string;
  readonly hold: string | undefined;
  admitted: boolean;
}

interface HeldFacts {
  digest: string | undefined;
  readonly approvers: Set<string>;
  denied: boolean;
  used: boolean;
}
