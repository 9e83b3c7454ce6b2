/**
 * One connection between its start-up and its end: the state that both directions share.
 * Touches the link's sockets; time comes from the gate's clock.
 */
import { messageOf } from "@gate/base";
import type { Gate, Link, Refusal, Upstream } from "@gate/contract";
import type { Analysis, Catalogue } from "@gate/sql";
import { Environment, type SqlEngine } from "./classify.ts";
import type { Estimate } from "./estimate.ts";
import { Masker } from "./mask-plan.ts";
import { ResponseQueue, type Run } from "./queue.ts";
import { refusalFrame } from "./refusal.ts";
import { Names, type Portal, type Statement } from "./statements.ts";
import { FLUSH_FRAME, frame, messageFrame, parseFrame, SYNC_FRAME, type TransactionStatus } from "./wire.ts";

/** The part of the catalogue cache that a connection uses. */
export interface CatalogueSource {
  /** Loads it if there is none of an age that may be used; refreshes an old one in the background. */
  get(): Promise<Catalogue>;
  /** Reads it anew, whatever is at hand. */
  renew(): Promise<Catalogue>;
  peek(): Catalogue | undefined;
  invalidate(): void;
}

export interface ConnectionOptions {
  readonly link: Link;
  readonly gate: Gate;
  readonly upstream: Upstream;
  readonly sql: SqlEngine;
  readonly catalogue: CatalogueSource;
  readonly user: string;
  readonly database: string;
  /** What the server has reported so far. */
  readonly parameters: ReadonlyMap<string, string>;
  /** Interrupts what the server is doing for this connection. */
  readonly cancel: () => Promise<void>;
  /** Asks the planner; absent where no rule of the grant wants to know. */
  readonly estimate?: Estimate;
}

/** Why the frontend does not read on. */
export type Stall = "held" | "catalogue" | "server" | "copy" | "cancel" | "upstream" | "queue" | "end";

export class Connection {
  readonly link: Link;
  readonly gate: Gate;
  readonly upstream: Upstream;
  readonly queue = new ResponseQueue();
  readonly statements = new Names<Statement>();
  readonly portals = new Names<Portal>();
  readonly environment: Environment;
  readonly masker: Masker;
  readonly catalogue: CatalogueSource;
  readonly database: string;
  readonly stalls = new Set<Stall>();
  /** Number of ReadyForQuery that the messages sent so far ask for. */
  epoch = 0;
  /** Messages of the extended protocol were sent since the last Sync. */
  unsynced = false;
  /** A command of the extended protocol was sent since the last Sync. */
  executed = false;
  /** A message failed before a Sync of the gate's own: the client's messages are skipped up to the client's Sync. */
  skipping = false;
  status: TransactionStatus = "I";
  /** Something that may write was sent since the last idle moment. */
  wrote = false;
  /** Number of the ReadyForQuery that ends the last of it, unless a transaction is open. */
  wroteEpoch = -1;
  /** DDL ran in the open transaction: the catalogue changes again at its end. */
  ddlOpen = false;
  /** Whether the server reads CopyData: "deciding" between a COPY and the server's word about it. */
  copyIn: "none" | "deciding" | "active" = "none";
  /** The command that this is about: the end of an earlier one in the pipeline says nothing of it. */
  copyRun: Run | undefined;
  closed = false;
  /** The client has got a part of a row, and not the rest. */
  midRow = false;
  /** The target's own FATAL error was passed on. */
  fatalSeen = false;
  readonly #notices: Buffer[] = [];
  /** A cancel that goes on after the connection has ended. */
  lastCancel: Promise<void> | undefined;
  /** Set by the frontend: reads on after a stall. */
  resume: () => void = () => undefined;
  readonly #cancel: () => Promise<void>;
  readonly #estimate: Estimate | undefined;
  readonly #estimatesAll: boolean;
  /** Analyses whose commands are not held, so that most of them are asked about once. */
  readonly #unheld = new WeakSet<Analysis>();
  #held: AbortController | undefined;
  #stopStatementTimer: (() => void) | undefined;
  #refreshedMs = 0;
  #timedRun: Run | undefined;
  #stopIdleTimer: (() => void) | undefined;
  /** Set when the session has ended while a command was held. */
  #endAfterHeld: (() => void) | undefined;
  readonly #ended: Promise<void>;
  #end: () => void = () => undefined;

  constructor(options: ConnectionOptions) {
    this.link = options.link;
    this.gate = options.gate;
    this.upstream = options.upstream;
    this.catalogue = options.catalogue;
    this.database = options.database;
    const path = options.parameters.get("search_path");
    this.#estimatesAll = options.gate.asked("estimated_rows").length > 0;
    this.environment = new Environment(
      options.sql.analyse,
      options.user,
      path !== undefined,
      options.parameters.get("server_encoding"),
      options.estimate === undefined ? undefined : this.#estimatesAll ? "asked" : "held",
    );
    this.#estimate = options.estimate;
    if (path !== undefined) this.environment.reportPath(path);
    this.masker = new Masker(options.sql.resolveMasks, options.gate.masks, options.gate, () =>
      options.gate.clock.now(),
    );
    if (options.sql.templates !== undefined) {
      this.environment.useTemplates(options.sql.templates, () => this.masker.columnSets);
    }
    this.#cancel = options.cancel;
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Resolves when `close` was called. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  /** Sends bytes that carry no command. */
  house(name: Housekeeping, bytes: Uint8Array): void {
    this.upstream.send(this.gate.housekeeping(name, bytes));
  }

  /** Stops reading until the server has answered everything that was sent. */
  waitForServer(): void {
    if (this.queue.length === 0) return;
    this.stalls.add("server");
    this.house("flush", FLUSH_FRAME);
  }

  /** Called whenever an answer was taken off the queue. */
  answered(): void {
    if (this.queue.length === 0) this.stalls.delete("server");
    if (this.queue.length < QUEUE_MAX / 2) this.stalls.delete("queue");
    this.armStatementTimer();
    this.armIdleTimer();
  }

  /** Is everything at hand that a classification needs? If not, a stall was put up. */
  classifiable(): boolean {
    const fresh = this.catalogue.peek();
    if (fresh !== undefined) {
      this.environment.useCatalogue(fresh);
      this.masker.useCatalogue(fresh);
      this.#refresh();
      if (!this.environment.wantsPath || this.status === "E" || this.unsynced || this.queue.length > 0) return true;
      this.#askPath();
      return false;
    }
    this.stalls.add("catalogue");
    this.catalogue.get().then(
      (loaded) => {
        this.environment.useCatalogue(loaded);
        this.masker.useCatalogue(loaded);
        this.unstall("catalogue");
      },
      (error: unknown) => {
        this.gate.note("catalogue", { error: messageOf(error) });
        const message = "gate: the target's catalogue cannot be read, so nothing can be judged";
        this.fatal("08006", message, "catalogue-failed");
      },
    );
    return false;
  }

  /** Reads the catalogue anew. Resolves with whether that could be done. */
  async renewed(): Promise<boolean> {
    try {
      await this.catalogue.renew();
      return true;
    } catch (error) {
      this.gate.note("catalogue", { error: messageOf(error) });
      return false;
    }
  }

  /** Has the planner been asked what the policy wants to know? If not, a stall was put up. */
  estimated(text: string, analysis: Analysis, typeOids?: readonly number[]): boolean {
    if (this.#estimate === undefined || !this.#wantsEstimate(analysis)) return true;
    const wanted = this.environment.toEstimate(text, analysis, typeOids);
    if (wanted === undefined) return true;
    this.stalls.add("catalogue");
    const done = (rows: number | undefined): void => {
      this.environment.estimated(wanted, rows);
      this.unstall("catalogue");
    };
    this.#estimate(wanted.sql, wanted.searchPath).then(done, () => done(undefined));
    return false;
  }

  /** Where the policy does not ask, approvers do: they are shown how many rows a held command is about. */
  #wantsEstimate(analysis: Analysis): boolean {
    if (this.#estimatesAll) return true;
    if (this.#unheld.has(analysis)) return false;
    if (this.gate.preview(analysis.facts) === "hold") return true;
    this.#unheld.add(analysis);
    return false;
  }

  #refresh(): void {
    const now = this.gate.clock.monotonic();
    if (now - this.#refreshedMs < REFRESH_MS) return;
    this.#refreshedMs = now;
    this.catalogue.get().catch(() => undefined);
  }

  /** Servers before 18 do not report search_path: it is asked for, between two commands, without a trace. */
  #askPath(): void {
    let answer: string | undefined;
    for (const bytes of PATH_PROBE) this.house("probe", bytes);
    const complete = (answerType: number): void =>
      this.queue.push({ kind: "complete", answer: answerType, swallow: true });
    complete(0x31);
    complete(0x32);
    this.queue.push({
      kind: "probe",
      row: (value) => {
        answer = value;
      },
    });
    complete(0x33);
    complete(0x33);
    const done = (): void => this.environment.reportPath(answer);
    this.queue.push({ kind: "sync", epoch: this.epoch++, swallow: true, settle: done });
    this.stalls.add("server");
  }

  /** The command that waits for a person will never be executed: the server skips it. */
  withdraw(): void {
    this.#held?.abort("gone");
  }

  unstall(stall: Stall): void {
    this.stalls.delete(stall);
    if (!this.closed) this.resume();
  }

  /** The signal of the command that is about to be held. */
  heldSignal(): AbortSignal {
    if (this.#held === undefined || this.#held.signal.aborted) this.#held = new AbortController();
    return this.#held.signal;
  }

  /** A CancelRequest with this connection's key has come. */
  cancelRequested(): void {
    if (this.closed) return;
    this.gate.note("cancel", { held: this.stalls.has("held") });
    if (this.stalls.has("held")) this.#held?.abort("cancelled");
    else if (this.underWay() !== undefined) this.cancelUpstream();
  }

  /**
   * The command that the server is at, if any: the first that is not over. Answers to the Parse and Bind before it may
   * not have come, because the server sends them together with the command's own.
   */
  running(): Run | undefined {
    for (const entry of this.queue) if (entry.kind === "run") return entry.run;
    return undefined;
  }

  /**
   * The first command that is not answered yet. Until a Sync the server keeps its answers to Parse and Bind to itself,
   * so the command that it is busy with may stand behind them.
   */
  underWay(): Run | undefined {
    for (const entry of this.queue) if (entry.kind === "run") return entry.run;
    return undefined;
  }

  /** Interrupts the server; nothing new is sent until the server has seen it, so that nothing else can be hit. */
  cancelUpstream(): void {
    if (this.stalls.has("cancel")) return;
    this.stalls.add("cancel");
    this.#cancel().then(
      () => this.unstall("cancel"),
      () => this.unstall("cancel"),
    );
  }

  /** A limit was reached while the result of `run` streams: the client gets `frame` instead of the rest. */
  limit(run: Run, frame: Buffer): void {
    if (run.limited !== undefined) return;
    run.limited = frame;
    this.cancelUpstream();
    // The server looks for a cancel neither while it waits for copy data nor while nobody takes its rows.
    this.gate.clock.after(LIMIT_GRACE_MS_MAX, () => {
      if (this.underWay() === run) this.fatal("57014", "gate: a limited command did not end", "limit-overdue");
    });
  }

  /** `done` is called when the socket does not need the bytes any more; never when it failed. */
  write(bytes: Uint8Array, done?: () => void): void {
    if (this.closed) return;
    const { downstream } = this.link;
    const room =
      done === undefined
        ? downstream.write(bytes)
        : downstream.write(bytes, (error) => {
            if (error === undefined || error === null) done();
          });
    if (!room) this.upstream.pause();
  }

  /** A message that may come at any time; it waits while a row is only half on its way. */
  notice(bytes: Buffer): void {
    if (!this.midRow) this.write(bytes);
    else if (this.#notices.length < NOTICES_MAX) this.#notices.push(bytes);
  }

  /** The notices that waited, now that no row is half on its way. */
  takeNotices(): Buffer[] {
    return this.#notices.length === 0 ? this.#notices : this.#notices.splice(0);
  }

  /** The target has closed; the client is told unless the target did so itself. */
  targetClosed(): void {
    if (this.fatalSeen || this.stalls.has("end")) this.close("target-closed");
    else this.fatal("08006", "gate: target unreachable: it closed the connection", "target-closed");
  }

  /**
   * The session is over. A client that waits for a person gets that command's answer first, so that it can tell a
   * command that was not run from one whose answer was lost.
   */
  sessionEnded(reason: string): void {
    const end = (): void => this.fatal("57P01", `gate: the session has ended (${reason})`, "session-ended");
    if (this.stalls.has("held")) {
      this.#endAfterHeld = end;
      this.gate.clock.after(HELD_ANSWER_MS_MAX, end);
      return;
    }
    // It has been refused already; only the server's part of the refusal is still on its way.
    const next = this.queue.nextAnswer();
    if (next?.kind === "refusal" && !next.answered) this.write(next.error);
    end();
  }

  /** The answer that a held command waited for. @returns true when the connection ended with it. */
  answeredLast(refusal: Refusal | undefined): boolean {
    const end = this.#endAfterHeld;
    if (end === undefined) return false;
    // With an answer before it on its way the client would take it for that one's.
    if (refusal !== undefined && this.queue.nextAnswer() === undefined) this.write(refusalFrame(refusal));
    end();
    return true;
  }

  /** What was sent since the last flush is not in the record and has not left: the client learns that it was not run. */
  unrecorded(): void {
    this.fatal("42501", "gate: denied: the record cannot be written", "unrecorded");
  }

  /** Ends the connection with a FATAL error; what is on its way to the server is dropped. */
  fatal(sqlstate: string, message: string, event: string): void {
    if (this.closed) return;
    this.gate.note(event, { sqlstate, message });
    this.link.downstream.write(messageFrame({ severity: "FATAL", sqlstate, message }));
    this.close(event);
  }

  /** The client is gone without a word: what the server is doing for it is stopped. */
  gone(): void {
    if (this.closed) return;
    if (this.underWay() === undefined) this.close("client-gone");
    else {
      this.lastCancel = this.#cancel().catch(() => undefined);
      this.close("client-gone");
    }
  }

  /** Ends the connection without a word. Idempotent. */
  close(reason: string): void {
    if (this.closed) return;
    this.closed = true;
    this.#held?.abort("gone");
    this.#stopStatementTimer?.();
    this.#stopIdleTimer?.();
    for (const entry of this.queue) {
      if (entry.kind === "run")
        this.gate.result(entry.run.admission, { outcome: reason, ok: false, rows: entry.run.rows });
    }
    for (const portal of this.portals.values()) this.abandon(portal);
    this.upstream.destroy();
    this.link.downstream.end();
    this.#end();
  }

  /** A suspended portal goes away: its command ends with the rows it has given so far. */
  abandon(portal: Portal): void {
    const run = portal.suspended;
    if (run === undefined) return;
    portal.suspended = undefined;
    this.gate.result(run.admission, { outcome: "SUSPENDED", ok: true, rows: run.rows, bytes: run.bytes });
  }

  /** The refusal of something that never was a command: too long, not text, a function call. */
  ownRefusal(message: string, hint: string): Refusal {
    this.gate.note("refused", { message });
    return {
      reason: "denied",
      rule: "default",
      message: `gate: denied: ${message}`,
      hint,
      detail: `session ${this.gate.session.id}`,
      entry: -1,
    };
  }

  armStatementTimer(): void {
    const limitMs = this.gate.limits.statementTimeMs;
    if (limitMs === undefined) return;
    const run = this.underWay();
    if (run === this.#timedRun) return;
    this.#stopStatementTimer?.();
    this.#stopStatementTimer = undefined;
    this.#timedRun = run;
    if (run === undefined) return;
    this.#stopStatementTimer = this.gate.clock.after(limitMs, () => {
      if (this.closed || this.underWay() !== run) return;
      this.gate.note("limit", { entry: run.admission.entry, limit: "statement_time" });
      this.limit(
        run,
        messageFrame({
          severity: "ERROR",
          sqlstate: "57014",
          message: "gate: statement time limit",
          detail: `session ${this.gate.session.id} entry ${run.admission.entry}`,
        }),
      );
    });
  }

  armIdleTimer(): void {
    const limitMs = this.gate.limits.idleTimeMs;
    if (limitMs === undefined) return;
    this.#stopIdleTimer?.();
    this.#stopIdleTimer = undefined;
    if (this.queue.length > 0 || this.stalls.has("held") || this.closed) return;
    this.#stopIdleTimer = this.gate.clock.after(limitMs, () =>
      this.fatal("57P05", "gate: the connection was idle for too long", "idle-time"),
    );
  }
}

/** How often a connection reminds the catalogue's cache of its age, in milliseconds. */
const REFRESH_MS = 5_000;
const PROBE_NAME = Buffer.from("gate_path\0");
const PATH_PROBE: readonly Uint8Array[] = [
  parseFrame("gate_path", "SHOW search_path"),
  frame("B", PROBE_NAME, PROBE_NAME, Buffer.alloc(6)),
  frame("E", PROBE_NAME, Buffer.alloc(4)),
  frame("C", Buffer.from("S"), PROBE_NAME),
  frame("C", Buffer.from("P"), PROBE_NAME),
  SYNC_FRAME,
];

/** How long the answer of a held command may take to come when its session has ended, in milliseconds. */
const HELD_ANSWER_MS_MAX = 1_000;
/** How long a command may go on after a limit has interrupted it, in milliseconds; then its connection ends. */
const LIMIT_GRACE_MS_MAX = 2_000;
/** Notices that wait for the end of a row; more are dropped. */
const NOTICES_MAX = 16;
/** The names of bytes that carry no command, as the engine's record knows them. */
export const HOUSEKEEPING = ["guard", "prepare", "sync", "flush", "probe", "refuse", "end"] as const;
export type Housekeeping = (typeof HOUSEKEEPING)[number];

/** Messages on their way whose answers have not come; above it the client has to wait. */
export const QUEUE_MAX = 16_384;
