/**
 * The gate of one connection: decides, holds, records, admits. Touches the session's recorder and the hold book.
 *
 * Order matters: a verdict's entry exists before its admission does, and is in the store before its bytes leave: from
 * here, or (`commit: "flush"`) from where they are spent. So nothing can be sent that the record does not know of.
 */
import { messageOf, type Clock } from "@gate/base";
import type {
  Admission,
  Command,
  Decision,
  Entry,
  Facts,
  Gate,
  HeldState,
  Limits,
  Mask,
  Obligation,
  Protocol,
  RecordedFile,
  Refusal,
  ResultSummary,
  Session,
  SubmitOptions,
  Verdict,
} from "@gate/contract";
import { decide, possible, type Grant } from "@gate/policy";
import { EngineAdmission, engineAdmission } from "./admission.ts";
import { EngineError } from "./errors.ts";
import { HELD_CHARS_MAX, type HoldBook } from "./hold.ts";
import { exceeded } from "./limits.ts";
import type { SessionRuntime } from "./session.ts";
import type { EngineOptions } from "./types.ts";

export interface GateOptions {
  readonly runtime: SessionRuntime;
  readonly grant: Grant;
  readonly protocol: Protocol;
  readonly connection: string;
  readonly holds: HoldBook;
  readonly engine: EngineOptions;
}

export class ConnectionGate implements Gate {
  readonly grant: string;
  readonly masks: readonly Mask[];
  readonly limits: Limits;
  readonly clock: Clock;
  readonly #options: GateOptions;
  readonly #housekeeping: ReadonlySet<string>;
  readonly #verdicts = new Map<Facts, Verdict>();
  #lastText = "";
  #lastTextBytes = 0;
  /**
   * `mode: observe`: the verdict is recorded and not enforced. Masks and limits still hold, because nobody asked to
   * observe them, and a protocol still refuses what it cannot read.
   */
  readonly #observes: boolean;

  constructor(options: GateOptions) {
    this.#options = options;
    this.grant = options.grant.name;
    this.masks = options.grant.masks;
    this.limits = options.grant.limits;
    this.clock = options.engine.clock;
    this.#housekeeping = new Set(options.protocol.housekeeping);
    this.#observes = options.grant.mode === "observe";
  }

  get session(): Session {
    return this.#options.runtime.session;
  }

  maskKey(scope: "session" | "gateway"): Uint8Array {
    return scope === "session" ? this.#options.runtime.maskKey : this.#options.engine.maskKey;
  }

  asked(field: string): readonly string[] {
    return this.#options.grant.asked.get(field) ?? [];
  }

  preview(facts: Facts): Verdict["kind"] {
    const { kind } = this.#decide(facts);
    return this.#observes ? "allow" : kind;
  }

  possible(facts: Facts): boolean {
    if (this.#observes) return true;
    try {
      return possible(this.#options.grant, facts, this.session);
    } catch (error) {
      this.#options.engine.log.error({ error: messageOf(error) }, "the policy engine threw: nothing is possible");
      return false;
    }
  }

  submit(command: Command, bytes: Uint8Array, options: SubmitOptions = {}): Decision | Promise<Decision> {
    const { runtime, engine } = this.#options;
    if (!runtime.open) return refuse(this.#refusal("session", "session", "gate: the session has ended", -1));
    const verdict = this.#decide(command.facts);
    const enforced = this.#enforced(verdict);
    const shown = enforced.kind === "hold" ? shownOf(command) : undefined;
    const override = enforced.kind === "deny" ? undefined : this.#override(command, enforced, shown);
    const effect = override === undefined ? verdict.kind : "deny";
    let digest: string;
    let entry: number;
    let hold: string | undefined;
    try {
      digest = command.digest();
      hold = effect === "hold" && !this.#observes ? engine.randomId("hold") : undefined;
      const record: Mutable<Extract<Entry, { type: "verdict" }>> = {
        type: "verdict",
        connection: this.#options.connection,
        grant: this.grant,
        target: this.#options.grant.target,
        protocol: this.#options.protocol.id,
        command: {
          kind: command.kind,
          digest,
          text: command.text.length > TEXT_CHARS_MAX ? command.text.slice(0, TEXT_CHARS_MAX) : command.text,
          textBytes: this.#bytesOf(command.text),
        },
        facts: command.facts,
        verdict: effect,
        rules: verdict.rules,
      };
      if (override !== undefined) {
        record.override = override.rule;
        record.message = override.message;
      }
      if (verdict.kind === "deny") record.message = verdict.message;
      if (hold !== undefined) record.hold = hold;
      if (this.#observes) record.observed = true;
      const admits = override === undefined && enforced.kind === "allow";
      if (admits && options.commit === "flush") entry = runtime.appendSoon(record);
      else {
        entry = runtime.append(record);
        runtime.commit();
      }
    } catch (error) {
      engine.log.error({ session: this.session.id, error: messageOf(error) }, "a command could not be recorded");
      return refuse(this.#refusal("recorder", "recorder", "gate: denied: the record cannot be written", -1));
    }
    const observed = this.#observes && override === undefined;
    (observed ? runtime.observed : runtime.verdicts)[effect] += 1;
    const counted = observed ? OBSERVED : UNMARKED;
    engine.onEvent?.({ kind: "verdict", session: this.session.id, grant: this.grant, effect, ...counted });
    if (override !== undefined || enforced.kind === "deny") this.#tellDenied(command, override?.rule, verdict.rules);
    if (override !== undefined) {
      return refuse(this.#refusal(override.reason, override.rule, override.message, entry, override.hint));
    }
    if (enforced.kind === "deny") {
      const rule = enforced.rules[0] ?? "default";
      const message = `gate: denied by rule "${rule}": ${enforced.message}`;
      return refuse(this.#refusal("denied", rule, message, entry, enforced.hint));
    }
    if (enforced.kind === "allow") return this.#admit(entry, enforced.obligations, bytes);
    return this.#hold(command, enforced, bytes, { entry, digest, hold: hold ?? "", shown: shown ?? "", ...options });
  }

  #bytesOf(text: string): number {
    if (text.length > LAST_TEXT_CHARS_MAX) return Buffer.byteLength(text);
    if (text !== this.#lastText) {
      this.#lastText = text;
      this.#lastTextBytes = Buffer.byteLength(text);
    }
    return this.#lastTextBytes;
  }

  #tellDenied(command: Command, override: string | undefined, rules: readonly string[]): void {
    this.#options.engine.onEvent?.({
      kind: "command-denied",
      session: this.session.id,
      grant: this.grant,
      rules: override === undefined ? rules : [override],
      text: command.text,
    });
  }

  async hold(id: string): Promise<HeldState | undefined> {
    const { store, holdUrl } = this.#options.engine;
    const hold = await store.hold(id);
    if (hold === undefined || hold.sessionId !== this.session.id || hold.grant !== this.grant) return undefined;
    const { rule, expiresAtMs, state } = hold;
    return { id, url: holdUrl?.(id) ?? "", rule, expiresAtMs, state };
  }

  housekeeping(name: string, bytes: Uint8Array): Admission {
    if (!this.#housekeeping.has(name)) {
      throw new EngineError("bug", "HOUSEKEEPING_UNDECLARED", `the protocol did not declare housekeeping "${name}"`);
    }
    return new EngineAdmission(this, -1, NO_OBLIGATIONS, bytes, 0);
  }

  spend(admission: Admission): Uint8Array {
    const bytes = engineAdmission(admission).take(this);
    this.#options.runtime.commit();
    return bytes;
  }

  continue(parent: Admission, bytes: Uint8Array): Admission {
    const admission = this.#own(parent);
    return new EngineAdmission(this, admission.entry, admission.obligations, bytes, admission.madeAtMs);
  }

  count(parent: Admission, more: { rows?: number; affected?: number; bytes?: number }): Refusal | undefined {
    const admission = this.#own(parent);
    admission.rows += more.rows ?? 0;
    admission.affected += more.affected ?? 0;
    admission.bytes += more.bytes ?? 0;
    const limit = exceeded(this.limits, admission);
    if (limit === undefined) return undefined;
    this.note("limit", { entry: admission.entry, limit });
    return this.#refusal("limit", "limits", `gate: limit reached: ${limit}`, admission.entry, LIMIT_HINT);
  }

  result(parent: Admission, summary: ResultSummary): void {
    const admission = this.#own(parent);
    if (admission.finished) return;
    admission.finished = true;
    const durationMs = Math.round((this.clock.monotonic() - admission.madeAtMs) * 1000) / 1000;
    const { outcome, ok, rows, bytes, affected, digests, masked } = summary;
    const entry: Mutable<Extract<Entry, { type: "result" }>> = {
      type: "result",
      of: admission.entry,
      durationMs,
      outcome,
      ok,
    };
    if (rows !== undefined) entry.rows = rows;
    if (bytes !== undefined) entry.bytes = bytes;
    if (affected !== undefined) entry.affected = affected;
    if (digests !== undefined) entry.digests = digests;
    if (masked !== undefined) entry.masked = masked;
    if (this.#observes) entry.observed = true;
    try {
      this.#options.runtime.appendSoon(entry);
    } catch {
      // Nothing is admitted by it, and the session is ending because of it: the runtime has logged why.
    }
  }

  file(name: string): RecordedFile {
    return this.#options.runtime.file(name, this.limits.sessionBytes);
  }

  note(event: string, detail: Readonly<Record<string, string | number | boolean>>): void {
    try {
      this.#options.runtime.appendSoon({ type: "note", connection: this.#options.connection, event, detail });
    } catch {
      // The session is ending because of it: the runtime has logged why.
    }
  }

  /** The verdict that the command meets: the policy's, or an allow with the grant's obligations. */
  #enforced(verdict: Verdict): Verdict {
    if (!this.#observes) return verdict;
    return { kind: "allow", rules: verdict.rules, obligations: this.#options.grant.obligations };
  }

  /** Facts and the session's claims never change, and the policy is pinned: what was said of the same facts holds. */
  #decide(facts: Facts): Verdict {
    const known = this.#verdicts.get(facts);
    if (known !== undefined) return known;
    try {
      const verdict = decide(this.#options.grant, facts, this.session);
      if (this.#verdicts.size >= VERDICTS_MAX) this.#verdicts.clear();
      this.#verdicts.set(facts, verdict);
      return verdict;
    } catch (error) {
      this.#options.engine.log.error({ error: messageOf(error) }, "the policy engine threw: the command is denied");
      return { kind: "deny", rules: ["default"], message: "the policy could not be evaluated" };
    }
  }

  /** Reasons of the engine's own to refuse what policy would admit. */
  #override(
    command: Command,
    verdict: Exclude<Verdict, { kind: "deny" }>,
    shown: string | undefined,
  ): Override | undefined {
    const { runtime, protocol, engine } = this.#options;
    for (const obligation of verdict.obligations) {
      const reason = protocol.discharges.includes(obligation.kind)
        ? command.cannotDischarge?.(obligation)
        : `this protocol cannot ${obligation.kind} results`;
      if (reason !== undefined) {
        return { reason: "denied", rule: "obligation", message: `gate: denied by rule "obligation": ${reason}` };
      }
    }
    if (!runtime.takeRate(this.grant, this.limits.ratePerSecond)) {
      const message = `gate: limit reached: more than ${this.limits.ratePerSecond ?? 0} commands a second`;
      return {
        reason: "limit",
        rule: "limits",
        message,
        hint: "send fewer commands a second, or raise the grant's rate",
      };
    }
    if (this.limits.sessionBytes !== undefined && runtime.recordedBytes > this.limits.sessionBytes) {
      const message = "gate: limit reached: the session's recording is full";
      return { reason: "limit", rule: "limits", message, hint: "start a new job, or raise session_bytes" };
    }
    if (verdict.kind === "hold") {
      const rule = verdict.rules[0] ?? "default";
      if (command.openTransactionWrote === true) {
        return {
          reason: "denied",
          rule,
          message: `gate: denied by rule "${rule}": it needs approval, and this transaction already wrote`,
          hint: "run it first in its transaction, or in one of its own: waiting now would keep locks",
        };
      }
      if (engine.holdUrl === undefined) {
        return {
          reason: "denied",
          rule,
          message: `gate: denied by rule "${rule}": it needs approval, and an embedded gate has no approvers`,
          hint: "connect to a gateway: approvals need one",
        };
      }
      if (shown !== undefined && shown.length > HELD_CHARS_MAX) {
        return {
          reason: "denied",
          rule,
          message: `gate: denied by rule "${rule}": it needs approval, and has more than the ${HELD_CHARS_MAX} characters that a person is shown`,
          hint: "split it into smaller commands",
        };
      }
      if (shown === undefined) {
        return {
          reason: "denied",
          rule,
          message: `gate: denied by rule "${rule}": it needs approval, and what it would do cannot be shown to a person`,
          hint: "send its values in a form that can be read, or ask for a rule that allows it",
        };
      }
    }
    return undefined;
  }

  async #hold(
    command: Command,
    verdict: Extract<Verdict, { kind: "hold" }>,
    bytes: Uint8Array,
    held: SubmitOptions & { entry: number; digest: string; hold: string; shown: string },
  ): Promise<Decision> {
    const { runtime, holds } = this.#options;
    const rule = verdict.rules[0] ?? "default";
    const outcome = await holds.request(
      {
        id: held.hold,
        runtime,
        grant: this.grant,
        target: this.#options.grant.target,
        rule,
        approval: verdict.approval,
        digest: held.digest,
        text: held.shown,
        facts: command.facts,
        entry: held.entry,
      },
      held,
    );
    if (outcome.kind !== "approved") {
      return refuse(this.#refusal(outcome.reason, rule, outcome.message, held.entry, outcome.hint));
    }
    // Time has passed: the session, and what the policy says, are asked again before anything leaves.
    if (!runtime.open || this.#decide(command.facts).kind === "deny") {
      return refuse(this.#refusal("session", "session", "gate: the session ended before the approval", held.entry));
    }
    return this.#admit(held.entry, verdict.obligations, bytes);
  }

  #admit(entry: number, obligations: readonly Obligation[], bytes: Uint8Array): Decision {
    return {
      admitted: true,
      admission: new EngineAdmission(this, entry, obligations, bytes, this.clock.monotonic()),
    };
  }

  #refusal(reason: Refusal["reason"], rule: string, message: string, entry: number, hint?: string): Refusal {
    const detail = entry < 0 ? `session ${this.session.id}` : `session ${this.session.id} entry ${entry}`;
    return { reason, rule, message, detail, entry, ...(hint === undefined ? {} : { hint }) };
  }

  #own(admission: Admission): EngineAdmission {
    const own = engineAdmission(admission);
    if (!own.belongsTo(this)) {
      throw new EngineError("bug", "ADMISSION_FOREIGN", "an admission was used on another connection");
    }
    return own;
  }
}

interface Override {
  readonly reason: Refusal["reason"];
  readonly rule: string;
  readonly message: string;
  readonly hint?: string;
}

/** While it is being made. */
type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What people read of a command that is held; `undefined`: it cannot be shown. */
function shownOf(command: Command): string | undefined {
  return command.shown === undefined ? command.text : command.shown();
}

function refuse(refusal: Refusal): Decision {
  return { admitted: false, refusal };
}

const NO_OBLIGATIONS: readonly Obligation[] = [];
const OBSERVED = { observed: true } as const;
const UNMARKED = {};
const LIMIT_HINT = "ask for less (LIMIT, a narrower WHERE), or raise the grant's limits";
/** Longest text that a connection remembers to count its bytes once, in characters. */
const LAST_TEXT_CHARS_MAX = 4_096;
/** Verdicts that a connection remembers; all are dropped when one more is needed. */
const VERDICTS_MAX = 64;
/** Characters of a command's text that an entry keeps; the digest covers all of it. */
const TEXT_CHARS_MAX = 65_536;
