/**
 * What each of the server's messages means for the queue, the maps of names and the record, and what the client gets
 * in its place. Touches the gate (counts and results) and, through limits, the server's cancel.
 */
import type { Refusal } from "@gate/contract";
import type { Connection } from "./connection.ts";
import { GUARD_COMMIT, GUARD_ROLLBACK } from "./guard.ts";
import type { RowPlan } from "./mask-rows.ts";
import type { Expectation, Run } from "./queue.ts";
import { refusalFrame, SUBSTITUTE_PARSE, SUBSTITUTE_QUERY } from "./refusal.ts";
import type { Portal, Statement } from "./statements.ts";
import {
  BodyReader,
  frame,
  readCommandTag,
  readFields,
  readParameterStatus,
  readRowDescription,
  WireError,
  type TransactionStatus,
} from "./wire.ts";

/** The frame to forward (the same object: unchanged), or undefined: nothing. */
type Answer = Buffer | undefined;

export class Answers {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** The command that rows or copy data belong to. @throws {WireError} when none is running. */
  streaming(): Run | "probe" {
    const { head } = this.#connection.queue;
    if (head?.kind === "run") return head.run;
    if (head?.kind === "probe") return "probe";
    throw new WireError("WIRE_TYPE", "a row without a command");
  }

  /** @throws {WireError} when masks are in force and nobody knows what the columns are. */
  planOf(run: Run): RowPlan | null {
    if (!this.#connection.masker.inForce) return null;
    const plan = run.portal === undefined ? run.plan : run.portal.plan;
    if (plan === undefined) throw new WireError("WIRE_TYPE", "a row whose columns are not known cannot be masked");
    return plan;
  }

  /** Adds to the run's sums. @returns true when a limit was reached. */
  count(run: Run, more: { rows?: number; affected?: number; bytes?: number }): boolean {
    run.rows += more.rows ?? 0;
    run.bytes += more.bytes ?? 0;
    run.affected += more.affected ?? 0;
    const { gate } = this.#connection;
    const { rows, bytes, affected } = gate.limits;
    if (rows === undefined && bytes === undefined && affected === undefined) return false;
    const refusal: Refusal | undefined = gate.count(run.admission, more);
    if (refusal === undefined) return false;
    this.#connection.limit(run, refusalFrame(refusal));
    return true;
  }

  /** Is it a message that goes on as it came, whatever it says? Then it is dealt with. @param total its bytes */
  unread(type: number, total: number): boolean {
    const { queue, masker } = this.#connection;
    const { head } = queue;
    if (type === PARSE_COMPLETE || type === BIND_COMPLETE || type === CLOSE_COMPLETE) {
      if (head?.kind !== "complete" || head.answer !== type || head.swallow || total !== 5) return false;
      this.#shift();
      head.settle?.(true);
      return true;
    }
    if (type !== ROW_DESCRIPTION || masker.inForce) return false;
    if (head?.kind === "run") return head.run.simple && head.run.limited === undefined;
    if (head?.kind !== "describe" || head.swallow) return false;
    this.#shift();
    return true;
  }

  handle(type: number, whole: Buffer): Answer {
    switch (type) {
      case PARSE_COMPLETE:
      case BIND_COMPLETE:
      case CLOSE_COMPLETE:
        return this.#complete(type, whole);
      case PARAMETER_DESCRIPTION: {
        const head = this.#head("describe");
        if (!head.statement) throw outOfOrder();
        return whole;
      }
      case ROW_DESCRIPTION:
        return this.#rowDescription(whole);
      case NO_DATA: {
        const head = this.#head("describe");
        if (head.portal !== undefined) head.portal.plan = null;
        this.#shift();
        return head.swallow ? undefined : whole;
      }
      case DATA_ROW:
        return this.#row(whole);
      case COMMAND_COMPLETE:
        return this.#commandComplete(whole, readCommandTag(whole, 5));
      case EMPTY_QUERY:
        return this.#commandComplete(whole, "EMPTY");
      case PORTAL_SUSPENDED:
        return this.#suspended(whole);
      case ERROR:
        return this.#error(whole);
      case NOTICE:
        return this.#connection.masker.scrub("N", whole, undefined);
      case NOTIFICATION:
        return this.#notification(whole);
      case PARAMETER_STATUS:
        return this.#parameterStatus(whole);
      case READY:
        return this.#ready(whole);
      case COPY_IN:
        return this.#copyIn(whole);
      case COPY_OUT: {
        const run = this.#run();
        run.copyOut = this.#connection.masker.copyOut(whole, run.analysis, run.statement);
        return whole;
      }
      case COPY_DONE:
        return this.#run().limited === undefined ? whole : undefined;
      default:
        throw new WireError("WIRE_TYPE", "an unexpected message type");
    }
  }

  #complete(type: number, whole: Buffer): Answer {
    const head = this.#head("complete");
    if (head.answer !== type) throw outOfOrder();
    this.#shift();
    head.settle?.(true);
    return head.swallow ? undefined : whole;
  }

  #rowDescription(whole: Buffer): Answer {
    const { queue, masker } = this.#connection;
    const head = queue.head;
    if (head?.kind === "run" && head.run.simple) {
      if (masker.inForce) {
        const { run } = head;
        run.plan = masker.plan(readRowDescription(whole.subarray(5)), run.analysis, run.statement);
      }
      return head.run.limited === undefined ? whole : undefined;
    }
    if (head?.kind !== "describe") throw outOfOrder();
    if (head.portal !== undefined && masker.inForce) {
      head.portal.plan = masker.plan(readRowDescription(whole.subarray(5)), head.portal.analysis, 0);
    }
    this.#shift();
    return head.swallow ? undefined : whole;
  }

  #row(whole: Buffer): Answer {
    const { head } = this.#connection.queue;
    if (head?.kind === "probe") {
      head.row(firstColumn(whole));
      return undefined;
    }
    // Rows of commands never come this far: see backend.ts.
    throw outOfOrder();
  }

  #commandComplete(whole: Buffer, tag: string): Answer {
    const { queue } = this.#connection;
    if (queue.head?.kind === "probe") {
      this.#shift();
      return undefined;
    }
    if (queue.head?.kind === "guard") return undefined;
    const run = this.#run();
    run.tag = run.tag === undefined ? tag : `${run.tag}; ${tag}`;
    if (run.tag.length > TAG_CHARS_MAX) run.tag = `${run.tag.slice(0, TAG_CHARS_MAX)}…`;
    if (tag === "COMMIT PREPARED" || (tag === "COMMIT" && this.#defined(run))) this.#connection.catalogue.invalidate();
    run.statement += 1;
    const affected = run.analysis.facts.writes ? affectedBy(tag) : undefined;
    if (affected !== undefined) this.#countAffected(run, affected);
    if (this.#connection.copyIn === "active") throw outOfOrder();
    if (run.simple) return run.limited === undefined ? whole : undefined;
    this.#copyOver(run);
    if (run.limited === undefined) {
      this.#shift();
      this.#finish(run, true, run.tag);
      return whole;
    }
    return this.#limitedAfterAll(run);
  }

  /** Other connections see definitions from the COMMIT on, which may be long before the ReadyForQuery after it. */
  #defined(run: Run): boolean {
    return this.#connection.ddlOpen || run.analysis.statements.some(({ ddl }) => ddl);
  }

  #countAffected(run: Run, affected: number): void {
    run.affected += affected;
    if (this.#connection.gate.limits.affected === undefined || run.limited !== undefined) return;
    const refusal = this.#connection.gate.count(run.admission, { affected });
    // The server has done it already: there is nothing to interrupt, but it can still be undone.
    if (refusal !== undefined) run.limited = refusalFrame(refusal);
  }

  /** The cancel came too late: the command has completed, yet its client is to see an error. */
  #limitedAfterAll(run: Run): Answer {
    const connection = this.#connection;
    if (run.guard === "execute" && run.limited !== undefined && connection.queue.length === 1) {
      // Its Sync has not been sent: an error now undoes it.
      this.#undo(run.limited, false);
      this.#shift();
      this.#finish(run, false, "limit");
      return undefined;
    }
    // Nothing was written and nothing follows that an error would have stopped: saying "error" is harmless.
    const harmless = !run.analysis.facts.writes && !connection.queue.commandBehindHead();
    this.#shift();
    this.#finish(run, false, "limit");
    if (harmless) return run.limited;
    connection.fatal("57P01", "gate: a limit was reached after the command had completed", "limit-late");
    return undefined;
  }

  /** Makes the server fail, so that what was done in the open transaction is undone; the client gets `error`. */
  #undo(error: Buffer, simple: boolean): void {
    const connection = this.#connection;
    connection.house("refuse", simple ? SUBSTITUTE_QUERY : SUBSTITUTE_PARSE);
    connection.queue.push({ kind: "refusal", error, simple, answered: false, epoch: connection.epoch });
    if (simple) connection.epoch++;
  }

  #suspended(whole: Buffer): Answer {
    const run = this.#run();
    if (run.simple || run.portal === undefined) throw outOfOrder();
    if (run.limited !== undefined) return this.#limitedAfterAll(run);
    run.portal.suspended = run;
    run.portal.executing = undefined;
    this.#shift();
    return whole;
  }

  #error(whole: Buffer): Answer {
    const connection = this.#connection;
    const { queue } = connection;
    const fields = readFields(whole.subarray(5));
    const severity = fields.get("V") ?? fields.get("S");
    const { head } = queue;
    if (severity === "FATAL" || severity === "PANIC") {
      connection.fatalSeen = true;
      return connection.masker.scrub("E", whole, undefined);
    }
    if (head === undefined) throw outOfOrder();
    const sqlstate = fields.get("C") ?? "XX000";
    if (head.kind === "guard") {
      // The COMMIT has failed (a deferred constraint): so has the Query before it.
      if (head.run !== undefined) head.run.failed ??= sqlstate;
      return head.run === undefined ? undefined : connection.masker.scrub("E", whole, head.run.analysis);
    }
    if (head.kind === "sync") return connection.masker.scrub("E", whole, undefined);
    if (head.kind === "refusal" && head.simple) {
      if (head.answered) throw outOfOrder();
      head.answered = true;
      return head.error;
    }
    if (head.kind === "run" && head.run.simple) {
      head.run.failed ??= sqlstate;
      this.#copyOver(head.run);
      return head.run.limited ?? connection.masker.scrub("E", whole, head.run.analysis);
    }
    const dropped = queue.fail();
    for (const [index, entry] of dropped.entries()) this.#dropped(entry, index === 0 ? sqlstate : "skipped");
    const next = queue.head;
    if (next?.kind === "sync" && next.injected === true) connection.skipping = true;
    if (queue.skipping || connection.skipping) connection.withdraw();
    connection.answered();
    if (head.kind === "refusal") return head.error;
    if (head.kind === "probe" || (head.kind === "complete" && head.swallow)) return undefined;
    if (head.kind !== "run") return connection.masker.scrub("E", whole, "preparing");
    return head.run.limited ?? connection.masker.scrub("E", whole, head.run.analysis);
  }

  #dropped(entry: Expectation, outcome: string): void {
    switch (entry.kind) {
      case "complete":
        entry.settle?.(false);
        break;
      case "describe":
        if (entry.portal !== undefined) entry.portal.describing = false;
        break;
      case "run":
        this.#copyOver(entry.run);
        if (entry.run.portal?.suspended !== undefined) entry.run.portal.suspended = undefined;
        this.#finish(entry.run, false, entry.run.limited === undefined ? outcome : "limit");
        break;
      case "sync":
      case "refusal":
      case "guard":
      case "probe":
        break;
    }
  }

  #notification(whole: Buffer): Answer {
    if (!this.#connection.masker.inForce) return whole;
    const reader = new BodyReader(whole.subarray(5));
    const pid = reader.bytes(4);
    const channel = reader.cstring();
    reader.cstring();
    reader.end();
    return frame("A", pid, Buffer.from(`${channel}\0\0`));
  }

  #parameterStatus(whole: Buffer): Answer {
    const connection = this.#connection;
    const { name, value } = readParameterStatus(whole.subarray(5));
    if (name === "search_path") connection.environment.reportPath(value);
    if (name === "client_encoding" && value.toUpperCase() !== "UTF8") {
      connection.fatal("08P01", "gate: client_encoding must stay UTF8", "encoding-changed");
      return undefined;
    }
    if (name === "standard_conforming_strings" && value !== "on") {
      connection.fatal("08P01", "gate: standard_conforming_strings must stay on", "lexing-changed");
      return undefined;
    }
    return whole;
  }

  #ready(whole: Buffer): Answer {
    const connection = this.#connection;
    const { queue } = connection;
    const { head } = queue;
    if (whole.length !== 6) throw outOfOrder();
    const status = String.fromCharCode(whole[5] ?? 0);
    if (status !== "I" && status !== "T" && status !== "E") throw outOfOrder();
    let epoch: number;
    let late: Buffer | undefined;
    let swallow = false;
    if (head?.kind === "sync") {
      epoch = head.epoch;
      swallow = head.swallow;
    } else if (head?.kind === "guard") {
      return this.#guardReady(head.run, head.epoch, status, whole);
    } else if (head?.kind === "run" && head.run.simple) {
      epoch = head.run.epoch;
      const guarded = this.#guardedReady(head.run, status);
      if (guarded) return undefined;
      if (head.run.limited !== undefined && head.run.failed === undefined) {
        if (head.run.analysis.facts.writes) {
          this.#idle(status, epoch);
          this.#limitedAfterAll(head.run);
          return undefined;
        }
        late = head.run.limited;
      }
    } else if (head?.kind === "refusal" && head.simple && head.answered) {
      epoch = head.epoch;
    } else {
      throw outOfOrder();
    }
    this.#idle(status, epoch);
    if (head.kind === "run") this.#copyOver(head.run);
    queue.shift();
    if (head.kind === "sync") head.settle?.();
    if (head.kind === "run") {
      const { run } = head;
      if (run.limited !== undefined) this.#finish(run, false, "limit");
      else this.#finish(run, run.failed === undefined, run.failed ?? run.tag ?? "EMPTY");
    }
    if (status === "I" && epoch >= connection.wroteEpoch) connection.wrote = false;
    connection.answered();
    if (late !== undefined) return Buffer.concat([late, whole]);
    return swallow ? undefined : whole;
  }

  /** The gate's own BEGIN, COMMIT or ROLLBACK is done; after the last two the client's Query is over. */
  #guardReady(run: Run | undefined, epoch: number, status: TransactionStatus, whole: Buffer): Answer {
    const connection = this.#connection;
    this.#idle(status, epoch);
    if (run !== undefined) {
      const failed = run.limited === undefined ? run.failed : "limit";
      this.#finish(run, failed === undefined, failed ?? run.tag ?? "EMPTY");
      connection.wrote = false;
    }
    this.#shift();
    if (run === undefined) {
      // Without its BEGIN the Query would be committed uncounted; but it is on its way already.
      if (status !== "T") throw outOfOrder();
      return undefined;
    }
    return run.limited === undefined ? whole : Buffer.concat([run.limited, whole]);
  }

  /** A guarded Query is done but not committed. @returns true when its ReadyForQuery is not the client's. */
  #guardedReady(run: Run, status: TransactionStatus): boolean {
    const connection = this.#connection;
    if (run.guard === "wrapped") {
      this.#copyOver(run);
      connection.status = status;
      const keep = status === "T" && run.limited === undefined && run.failed === undefined;
      // An error that the client has got already is not told twice.
      if (run.failed !== undefined) run.limited = undefined;
      connection.house("guard", keep ? GUARD_COMMIT : GUARD_ROLLBACK);
      connection.queue.push({ kind: "guard", epoch: connection.epoch++, run });
      this.#shift();
      return true;
    }
    if (run.guard === "query" && run.limited !== undefined && run.failed === undefined && status === "T") {
      this.#copyOver(run);
      this.#undo(run.limited, true);
      this.#shift();
      this.#finish(run, false, "limit");
      return true;
    }
    return false;
  }

  /** The server is between commands: what ended with the transaction is forgotten. */
  #idle(status: TransactionStatus, epoch: number): void {
    const connection = this.#connection;
    connection.status = status;
    connection.environment.settled(epoch, status === "I");
    if (status !== "I") return;
    connection.portals.drop((portal) => {
      if (portal.epoch > epoch || (portal.declared && /\bhold\b/i.test(portal.text))) return false;
      connection.abandon(portal);
      return true;
    });
    if (connection.ddlOpen) {
      connection.ddlOpen = false;
      connection.environment.defined(undefined);
      connection.catalogue.invalidate();
    }
  }

  #copyIn(whole: Buffer): Answer {
    const connection = this.#connection;
    const run = this.#run();
    // Classification did not see it coming, so messages may be on their way that the server now reads as copy data.
    if (connection.copyIn !== "deciding" || connection.queue.length !== 1) {
      throw new WireError("WIRE_TYPE", "a COPY that was not announced");
    }
    connection.copyIn = "active";
    connection.stalls.delete("copy");
    return run.limited === undefined ? whole : undefined;
  }

  #copyOver(run: Run): void {
    const connection = this.#connection;
    if (connection.copyRun !== run) return;
    connection.copyRun = undefined;
    connection.copyIn = "none";
    connection.stalls.delete("copy");
    // What follows must not come between a counted COPY and the COMMIT or ROLLBACK that the gate sends after it.
    if (run.guard !== "none" && connection.queue.length > 0) connection.stalls.add("server");
  }

  /** The command is over: the record gets its result, the maps what it changed. */
  #finish(run: Run, ok: boolean, outcome: string): void {
    const connection = this.#connection;
    connection.gate.result(run.admission, {
      outcome,
      ok,
      rows: run.rows,
      bytes: run.bytes,
      ...(run.analysis.facts.writes ? { affected: run.affected } : {}),
      ...(run.masked === undefined ? {} : { masked: run.masked }),
    });
    if (run.portal !== undefined) {
      run.portal.suspended = undefined;
      run.portal.executing = undefined;
    }
    if (outcome === "skipped") return;
    this.#apply(run, ok);
  }

  /**
   * What SQL did to names. A failed batch may have got to any of its statements, so what it would have defined is
   * unknown afterwards: the name is forgotten, and using it is refused.
   */
  #apply(run: Run, ok: boolean): void {
    const { statements, portals, environment, catalogue } = this.#connection;
    const { text } = run;
    for (const info of run.analysis.statements) {
      if (info.prepares !== undefined) {
        const { name, analysis } = info.prepares;
        const many = run.analysis.statements.filter((other) => other.prepares?.name === name).length > 1;
        const statement: Statement = { text, preparedAs: name, analysis, environment: environment.key };
        statements.set(name, ok && !many ? statement : undefined);
      }
      if (info.declares !== undefined) {
        const { name, analysis } = info.declares;
        const many = run.analysis.statements.filter((other) => other.declares?.name === name).length > 1;
        portals.set(name, ok && !many ? declaredPortal(name, text, analysis) : undefined);
      }
      if (ok && info.deallocates !== undefined) {
        const gone = info.deallocates;
        if (gone === "ALL") statements.drop(() => true);
        else statements.set(gone, undefined);
      }
      if (ok && info.closes !== undefined) {
        const gone = info.closes;
        if (gone === "ALL") portals.drop(() => true);
        else portals.set(gone, undefined);
      }
      if (ok && info.discards === true) {
        statements.drop(() => true);
        portals.drop(() => true);
      }
      if (info.ddl) {
        this.#connection.ddlOpen = !run.simple || this.#connection.status !== "I";
        const named = info.createsTemporary !== undefined && info.tag.startsWith("CREATE");
        if (this.#connection.ddlOpen && !named) environment.defined(run.analysis);
        catalogue.invalidate();
      }
    }
  }

  #head<Kind extends Expectation["kind"]>(kind: Kind): Extract<Expectation, { kind: Kind }> {
    const { head } = this.#connection.queue;
    if (head?.kind !== kind) throw outOfOrder();
    return head as Extract<Expectation, { kind: Kind }>;
  }

  #run(): Run {
    return this.#head("run").run;
  }

  #shift(): void {
    this.#connection.queue.shift();
    this.#connection.answered();
  }
}

function declaredPortal(name: string, text: string, analysis: Portal["analysis"]): Portal {
  return {
    name,
    text,
    analysis,
    bound: () => "",
    declared: true,
    epoch: -1,
    plan: undefined,
    describing: false,
    suspended: undefined,
  };
}

/** Rows that a command tag says were written. */
function affectedBy(tag: string): number | undefined {
  const match = /^(?:INSERT \d+|UPDATE|DELETE|MERGE|COPY|SELECT) (\d{1,15})$/.exec(tag);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

/** The first column of a DataRow as text; undefined for NULL, no column, or no UTF-8. */
function firstColumn(whole: Buffer): string | undefined {
  const reader = new BodyReader(whole.subarray(5));
  if (reader.count() < 1) return undefined;
  const length = reader.int32();
  return length < 0 ? undefined : reader.bytes(length).toString("utf8");
}

function outOfOrder(): WireError {
  return new WireError("WIRE_TYPE", "a message out of order");
}

/** Longest list of command tags that a result keeps, in characters. */
const TAG_CHARS_MAX = 400;

const PARSE_COMPLETE = 0x31;
const BIND_COMPLETE = 0x32;
const CLOSE_COMPLETE = 0x33;
const PARAMETER_DESCRIPTION = 0x74;
const ROW_DESCRIPTION = 0x54;
const NO_DATA = 0x6e;
const DATA_ROW = 0x44;
const COMMAND_COMPLETE = 0x43;
const EMPTY_QUERY = 0x49;
const PORTAL_SUSPENDED = 0x73;
const ERROR = 0x45;
const NOTICE = 0x4e;
const NOTIFICATION = 0x41;
const PARAMETER_STATUS = 0x53;
const READY = 0x5a;
const COPY_IN = 0x47;
const COPY_OUT = 0x48;
const COPY_DONE = 0x63;
