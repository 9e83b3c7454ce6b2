/**
 * A classified command on its way through the gate: submitted, held where the policy says so, forwarded or refused.
 * Touches the connection's upstream, with an admission only.
 */
import type { Admission, Command, Decision } from "@gate/contract";
import type { Analysis } from "@gate/sql";
import type { Connection } from "./connection.ts";
import { GUARD_BEGIN } from "./guard.ts";
import type { Judge, Outcome } from "./judge.ts";
import type { Run } from "./queue.ts";
import { heldFrame, refusalFrame } from "./refusal.ts";
import type { Portal } from "./statements.ts";
import { BIND_COMPLETE, FLUSH_FRAME, messageFrame, SYNC_FRAME } from "./wire.ts";

export class Submission {
  /** What data of the COPY under way is sent with. */
  copyAdmission: Admission | undefined;
  readonly #connection: Connection;
  readonly #judge: Judge;

  constructor(connection: Connection, judge: Judge) {
    this.#connection = connection;
    this.#judge = judge;
  }

  submit(
    parts: Pick<Command, "kind" | "text" | "shown" | "digest"> & { readonly portal?: Portal },
    analysis: Analysis,
    bytes: Buffer,
    admitted: (admission: Admission) => void,
  ): Outcome {
    const connection = this.#connection;
    const simple = parts.kind === "query";
    const { kind, digest, shown, portal } = parts;
    const command: Command = {
      kind,
      digest,
      // Whoever is asked sees what an EXECUTE runs, not only its name.
      text: this.#judge.withNamed(parts.text, analysis),
      ...(shown === undefined ? {} : { shown: () => this.#judge.shown(shown, analysis) }),
      facts: connection.masker.facts(analysis),
      cannotDischarge: (obligation) => connection.masker.refusal(analysis, obligation),
      openTransactionWrote: connection.wrote,
    };
    const finish = (decision: Decision): void => {
      if (!decision.admitted) this.#judge.substitute(refusalFrame(decision.refusal), simple);
      // While it was held an earlier message failed: the server would skip this one.
      else if (this.#judge.skipping) connection.gate.result(decision.admission, { outcome: "skipped", ok: false });
      else admitted(decision.admission);
    };
    const signal = connection.heldSignal();
    const decision = connection.gate.submit(command, bytes, {
      signal,
      onHeld: (held) => connection.notice(heldFrame(held)),
      commit: "flush",
    });
    if (!(decision instanceof Promise)) {
      finish(decision);
      return "done";
    }
    connection.stalls.add("held");
    const letGo = portal !== undefined && this.#letGo(portal);
    // A portal that is still there was planned at Bind: the catalogue's changes do not reach it.
    const planned = portal !== undefined && !letGo;
    const same = planned ? yes : this.#meaning(parts.text, portal?.typeOids, analysis);
    const answered = async (late: Decision): Promise<void> => {
      // Hours may have passed: it is judged by what the names stand for now.
      const renewed = planned || !late.admitted || connection.closed || (await connection.renewed());
      if (connection.closed || connection.answeredLast(late.admitted ? undefined : late.refusal)) {
        if (late.admitted) connection.gate.result(late.admission, { outcome: "gone", ok: false });
        return;
      }
      connection.stalls.delete("held");
      const changed = late.admitted && !signal.aborted && !(renewed && same());
      if (late.admitted && signal.aborted && !this.#judge.skipping) {
        connection.gate.result(late.admission, { outcome: "cancelled", ok: false });
        this.#judge.substitute(CANCELLED, simple);
      } else if (late.admitted && changed) {
        connection.gate.result(late.admission, { outcome: "changed", ok: false });
        this.#judge.refuse(simple, renewed ? CHANGED : "the database's catalogue cannot be read", "send it again");
      } else {
        if (letGo && late.admitted && !this.#judge.skipping) this.#takeUp(portal);
        finish(late);
      }
      connection.resume();
    };
    decision
      .then(answered)
      .catch(() => connection.fatal("58000", "gate: an approval could not be awaited", "hold-failed"));
    return "done";
  }

  /** @returns what tells, after a hold, whether the text still means what was approved. */
  #meaning(text: string, typeOids: readonly number[] | undefined, before: Analysis): () => boolean {
    const connection = this.#connection;
    const { environment, masker, catalogue } = connection;
    const meant = (analysis: Analysis): string =>
      JSON.stringify([analysis.facts, masker.meaning(analysis)], (key, value: unknown) =>
        key === "estimated_rows" ? undefined : value,
      );
    const approved = meant(before);
    return () => {
      const fresh = catalogue.peek();
      if (fresh === undefined) return false;
      environment.useCatalogue(fresh);
      masker.useCatalogue(fresh);
      const now = environment.analyse(text, connection.statements, connection.portals, connection.epoch, typeOids);
      return now !== undefined && meant(now) === approved;
    };
  }

  /**
   * Would it be held, and be another command once the server has answered? A hold is denied in a transaction that wrote,
   * which may be over by then; and people are asked about names, which a search path that is not known leaves open.
   */
  mayChange(analysis: Analysis): boolean {
    const { wrote, wroteEpoch, epoch, queue, gate, environment, masker } = this.#connection;
    if (queue.length === 0 || !((wrote && wroteEpoch < epoch) || environment.unsettled)) return false;
    return gate.preview(masker.facts(analysis)) === "hold";
  }

  /** Forwards an admitted command and takes note of what it changes. */
  send(
    admission: Admission,
    analysis: Analysis,
    text: string,
    portal: Portal | undefined,
    counted: Admission = admission,
    before?: Run,
  ): void {
    const connection = this.#connection;
    const simple = portal === undefined;
    let guard: Run["guard"] = "none";
    if (this.#judge.guarded(analysis)) guard = !simple ? "execute" : connection.status === "I" ? "wrapped" : "query";
    if (guard === "wrapped") {
      connection.house("guard", GUARD_BEGIN);
      connection.queue.push({ kind: "guard", epoch: connection.epoch++, run: undefined });
    }
    connection.upstream.send(admission);
    const run: Run = {
      admission: counted,
      analysis,
      text,
      simple,
      guard,
      epoch: connection.epoch,
      portal,
      statement: 0,
      plan: undefined,
      copyOut: null,
      rows: before?.rows ?? 0,
      bytes: before?.bytes ?? 0,
      affected: 0,
      masked: before?.masked,
      tag: undefined,
      failed: undefined,
      limited: undefined,
    };
    connection.queue.push({ kind: "run", run });
    if (portal !== undefined) portal.executing = run;
    connection.environment.sent(analysis, connection.epoch);
    if (analysis.facts.writes) {
      connection.wrote = true;
      connection.wroteEpoch = connection.epoch;
    }
    if (simple) connection.epoch++;
    connection.unsynced = !simple;
    connection.executed = !simple;
    // Without a Flush the server would answer a pipeline at its end, and the time of each command could not be told.
    if (!simple && connection.gate.limits.statementTimeMs !== undefined) connection.house("flush", FLUSH_FRAME);
    if (analysis.statements.some((statement) => statement.copy === "in")) {
      this.copyAdmission = counted;
      connection.copyRun = run;
      this.decideCopy(!simple);
    } else if (
      guard !== "none" ||
      analysis.statements.some(changesState) ||
      // What a COMMIT makes visible has to be known before anything that may take long.
      (connection.ddlOpen && analysis.statements.some(({ transaction }) => transaction === "commit"))
    ) {
      connection.stalls.add("server");
      if (!simple) connection.house("flush", FLUSH_FRAME);
    }
  }

  /** Nothing more is sent until the server has said whether it reads CopyData. */
  decideCopy(flush: boolean): void {
    this.#connection.copyIn = "deciding";
    this.#connection.stalls.add("copy");
    if (flush) this.#connection.house("flush", FLUSH_FRAME);
  }

  /**
   * A held Execute must not keep what its Parse and Bind have locked: if nothing was executed in their transaction yet,
   * a Sync of the gate's own ends it, and `#takeUp` binds again. @returns whether that could be done.
   */
  #letGo(portal: Portal): boolean {
    const connection = this.#connection;
    if (portal.rebind === undefined || connection.status !== "I" || connection.executed) return false;
    for (const entry of connection.queue) if (entry.kind !== "complete" && entry.kind !== "describe") return false;
    connection.queue.push({ kind: "sync", epoch: connection.epoch++, swallow: true, injected: true });
    connection.house("sync", SYNC_FRAME);
    connection.unsynced = false;
    return true;
  }

  #takeUp(portal: Portal): void {
    const connection = this.#connection;
    connection.house("prepare", portal.rebind ?? SYNC_FRAME);
    connection.unsynced = true;
    portal.epoch = connection.epoch;
    connection.queue.push({
      kind: "complete",
      answer: BIND_COMPLETE,
      swallow: true,
      settle: connection.portals.define(portal.name, portal, connection.epoch),
    });
  }
}

const yes = (): boolean => true;
const CHANGED = "the database's catalogue changed while the command was held";
/** The client took it back between the approval and its last judgement. */
const CANCELLED = messageFrame({
  severity: "ERROR",
  sqlstate: "57014",
  message: "gate: the command was taken back while it was held",
});

/** Must later messages wait until the server has done this one, because it changes what they mean? */
function changesState(statement: Analysis["statements"][number]): boolean {
  return (
    statement.ddl ||
    statement.changesReading === true ||
    statement.prepares !== undefined ||
    statement.declares !== undefined ||
    statement.deallocates !== undefined ||
    statement.closes !== undefined ||
    statement.discards === true
  );
}
