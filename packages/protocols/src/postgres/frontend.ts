/**
 * Messages from the client: each is read, judged, and forwarded or replaced. Touches the connection's upstream.
 *
 * A message that cannot be judged yet (held, a name being defined, COPY not answered) stays at the front; everything
 * behind it waits in the reader, and beyond PENDING_BYTES_MAX in the client's own socket.
 */
import { createHash, type Hash } from "node:crypto";
import { sha256Hex } from "@gate/base";
import type { Admission, Command, Decision } from "@gate/contract";
import type { Analysis } from "@gate/sql";
import { QUEUE_MAX, type Connection } from "./connection.ts";
import { controlsTransaction, countsAffected, GUARD_BEGIN, uncountable } from "./guard.ts";
import { FrameReader, type FrameRule, type Piece } from "./frames.ts";
import type { Run } from "./queue.ts";
import { heldFrame, refusalFrame, SUBSTITUTE_PARSE, SUBSTITUTE_QUERY } from "./refusal.ts";
import type { Portal, Statement } from "./statements.ts";
import {
  describePortalFrame,
  FLUSH_FRAME,
  SYNC_FRAME,
  messageFrame,
  readBindHead,
  readExecute,
  readParse,
  readQuery,
  readTarget,
  TERMINATE_FRAME,
  WireError,
} from "./wire.ts";

/** What became of a message: "stay" means that it has to be looked at again after a stall. */
type Outcome = "done" | "stay";

/** A Bind that is too long to be collected: its parts follow. */
interface LongBind {
  readonly hash: Hash;
}

export class Frontend {
  readonly #connection: Connection;
  readonly #reader = new FrameReader((type) => RULES.get(type), LONG_HEAD_BYTES);
  #current: Piece | undefined;
  #pumping = false;
  #paused = false;
  #ended = false;
  /** At least as many characters as all prepared statements have together. */
  #textChars = 0;
  #sentBytes = 0;
  /** What the parts of a long message are for. */
  #long: LongBind | { readonly drain: "query" | "parse" | "call" } | { readonly copy: Admission } | "drop" | undefined;
  #copyAdmission: Admission | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  push(chunk: Uint8Array): void {
    this.#reader.push(chunk);
    this.pump();
  }

  /** The client has closed its side: what it sent is still done, unless a person would have to be asked. */
  end(): void {
    this.#ended = true;
    if (this.#connection.stalls.has("held")) this.#connection.close("client-gone");
    else this.pump();
  }

  /** Handles messages until there are no more, or one has to wait. */
  pump(): void {
    const connection = this.#connection;
    if (this.#pumping || connection.closed) return;
    this.#pumping = true;
    try {
      while (connection.stalls.size === 0 && !connection.closed) {
        const piece = this.#current ?? this.#reader.next();
        if (piece === undefined) break;
        this.#current = this.#handle(piece) === "stay" ? piece : undefined;
        if (connection.queue.length >= QUEUE_MAX) connection.stalls.add("queue");
        this.#sentBytes += piece.bytes.length;
        if (this.#sentBytes >= FLUSH_BYTES) this.#flush();
      }
      if (this.#ended && connection.stalls.size === 0) this.terminate();
      this.#flush();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      connection.fatal("08P01", `gate: protocol violation: ${error.message}`, "protocol-violation");
    } finally {
      this.#pumping = false;
    }
    this.#backpressure();
  }

  get #skipping(): boolean {
    return this.#connection.queue.skipping || this.#connection.skipping;
  }

  #flush(): void {
    if (this.#connection.closed) return;
    this.#sentBytes = 0;
    if (!this.#connection.upstream.flush()) this.#connection.stalls.add("upstream");
    this.#connection.armStatementTimer();
    this.#connection.armIdleTimer();
  }

  /** A held client is still read, so that its going is seen; but not beyond a bound. */
  #backpressure(): void {
    const { downstream } = this.#connection.link;
    const full = this.#reader.buffered > PENDING_BYTES_MAX && this.#connection.stalls.size > 0;
    if (full === this.#paused) return;
    this.#paused = full;
    if (full) downstream.pause();
    else downstream.resume();
  }

  #handle(piece: Piece): Outcome {
    if (piece.kind === "part") return this.#part(piece);
    const connection = this.#connection;
    const { type } = piece;
    if (connection.copyIn === "active") return this.#inCopy(piece);
    if (type === D_COPY || type === C_COPY || type === F_COPY) {
      // Outside COPY the server ignores them, as what a client may still be sending after a failed one.
      if (!piece.last) this.#long = "drop";
      return "done";
    }
    if (type === TERMINATE) {
      this.terminate();
      return "done";
    }
    if (this.#skipping && type !== SYNC) {
      // After an error the server throws everything away until Sync; so nothing of it has to be judged or sent.
      if (!piece.last) this.#long = "drop";
      return "done";
    }
    if (type === SYNC) {
      connection.queue.push({ kind: "sync", epoch: connection.epoch++, swallow: false });
      connection.unsynced = false;
      connection.executed = false;
      connection.skipping = false;
      connection.house("sync", piece.bytes);
      return "done";
    }
    if (type === FLUSH) {
      connection.house("flush", piece.bytes);
      return "done";
    }
    if (piece.kind === "start" && type !== BIND) {
      this.#long = { drain: type === QUERY ? "query" : type === PARSE ? "parse" : "call" };
      return piece.last ? this.#drained() : "done";
    }
    switch (type) {
      case QUERY:
        return this.#query(piece.bytes);
      case PARSE:
        return this.#parse(piece.bytes);
      case BIND:
        return this.#bind(piece);
      case DESCRIBE:
        return this.#describe(piece.bytes);
      case CLOSE:
        return this.#close(piece.bytes);
      case EXECUTE:
        return this.#execute(piece.bytes);
      case FUNCTION_CALL:
        this.#long = { drain: "call" };
        return this.#drained();
      default:
        throw new WireError("WIRE_TYPE", "an unexpected message type");
    }
  }

  /** The client is leaving: the server is told, and the connection ends when the server has closed it. */
  terminate(): void {
    const connection = this.#connection;
    if (connection.closed) return;
    connection.house("end", TERMINATE_FRAME);
    connection.stalls.add("end");
    connection.gate.clock.after(END_MS_MAX, () => connection.gone());
  }

  #part(piece: Piece): Outcome {
    const long = this.#long;
    if (piece.last) this.#long = undefined;
    if (long === undefined || long === "drop") return "done";
    if ("hash" in long) {
      long.hash.update(piece.bytes);
      this.#connection.house("prepare", piece.bytes);
    } else if ("copy" in long) {
      this.#connection.upstream.send(this.#connection.gate.continue(long.copy, piece.bytes));
    } else if (piece.last) {
      this.#long = long;
      return this.#drained();
    }
    return "done";
  }

  /** The end of a message that was thrown away instead of collected. */
  #drained(): Outcome {
    const long = this.#long;
    this.#long = undefined;
    if (typeof long !== "object" || !("drain" in long)) return "done";
    if (long.drain === "call") {
      this.#refuse(true, "function calls by OID (the FunctionCall message)", "call the function in a SELECT");
    } else {
      const megabytes = SQL_BYTES_MAX / 1024 / 1024;
      this.#refuse(
        long.drain === "query",
        `the statement is longer than ${megabytes} MiB`,
        "send it in parts, or load data with COPY",
      );
    }
    return "done";
  }

  #inCopy(piece: Piece): Outcome {
    const connection = this.#connection;
    const admission = this.#copyAdmission;
    switch (piece.type) {
      case D_COPY:
      case C_COPY:
      case F_COPY:
        if (admission === undefined) throw new WireError("WIRE_TYPE", "copy data without a COPY");
        connection.upstream.send(connection.gate.continue(admission, piece.bytes));
        if (!piece.last) this.#long = { copy: admission };
        if (piece.type !== D_COPY) this.#decideCopy(connection.running()?.simple !== true);
        return "done";
      case FLUSH:
      case SYNC:
        // The server reads over them inside COPY; sending them could only confuse which Sync gets an answer.
        return "done";
      case TERMINATE:
        this.terminate();
        return "done";
      default:
        throw new WireError("WIRE_TYPE", "an unexpected message type during COPY from stdin");
    }
  }

  /** Nothing more is sent until the server has said whether it reads CopyData. */
  #decideCopy(flush: boolean): void {
    this.#connection.copyIn = "deciding";
    this.#connection.stalls.add("copy");
    if (flush) this.#connection.house("flush", FLUSH_FRAME);
  }

  #guarded(analysis: Analysis): boolean {
    return this.#connection.gate.limits.affected !== undefined && countsAffected(analysis);
  }

  #query(whole: Buffer): Outcome {
    const connection = this.#connection;
    const text = this.#text(() => readQuery(whole.subarray(5)), true);
    if (text === undefined) return "done";
    const analysis = this.#analyse(text);
    if (analysis === undefined) return "stay";
    if (this.#syntaxError(analysis, true)) return "done";
    if (commitsEarly(analysis, connection.ddlOpen)) {
      const what = "definitions that are committed in the middle of a message, where other connections cannot notice";
      return this.#refuse(true, what, "send COMMIT at the end of its message");
    }
    if (this.#guarded(analysis)) {
      if (uncountable(analysis, this.#withNamed(text, analysis)))
        return this.#refuse(true, UNCOUNTABLE, UNCOUNTABLE_HINT);
      // Whether a transaction is open has to be known for sure.
      if (connection.queue.length > 0) return this.#waitForServer();
      if (controlsTransaction(analysis)) {
        const hint = "send BEGIN and COMMIT as commands of their own";
        return this.#refuse(
          true,
          "under the limit `affected`, a write cannot share a message with transaction control",
          hint,
        );
      }
    }
    if (this.#mayHaveWritten(analysis)) return this.#waitForServer();
    const digest = (): string =>
      sha256Hex(JSON.stringify(["query", text, connection.environment.named(analysis), this.#sessionText()]));
    return this.#submit({ kind: "query", text, digest }, analysis, whole, (admission) =>
      this.#send(admission, analysis, text, undefined),
    );
  }

  #parse(whole: Buffer): Outcome {
    const connection = this.#connection;
    const message = this.#text(() => readParse(whole.subarray(5)), false);
    if (message === undefined) return "done";
    const { name, text, typeOids } = message;
    if (isTooLong(name)) return this.#refuseName(false);
    if (name === GATE_NAME)
      return this.#refuse(false, `the statement name ${GATE_NAME} is the gate's own`, "use another name");
    if (connection.statements.size >= STATEMENTS_MAX || !this.#roomFor(text)) {
      return this.#refuse(false, "too many or too long prepared statements", "close those that are not needed");
    }
    const analysis = this.#analyse(text, typeOids);
    if (analysis === undefined) return "stay";
    if (this.#syntaxError(analysis, false)) return "done";
    if (connection.gate.preview(analysis.facts) === "deny") {
      const digest = (): string => sha256Hex(JSON.stringify(["parse", text, this.#sessionText()]));
      return this.#submit({ kind: "parse", text, digest }, analysis, whole, () => {
        // The policy denied it a moment ago: whatever admits it now, it is not sent.
        this.#refuse(false, "the policy's answer changed while it was asked", "send it again");
      });
    }
    const statement: Statement = { text, typeOids, analysis, environment: connection.environment.key };
    connection.house("prepare", whole);
    connection.unsynced = true;
    connection.queue.push({
      kind: "complete",
      answer: PARSE_COMPLETE,
      swallow: false,
      settle: connection.statements.define(name, statement, connection.epoch),
    });
    return "done";
  }

  #roomFor(text: string): boolean {
    this.#textChars += text.length;
    if (this.#textChars <= STATEMENT_CHARS_MAX) return true;
    this.#textChars = text.length;
    for (const statement of this.#connection.statements.values()) this.#textChars += statement.text.length;
    return this.#textChars <= STATEMENT_CHARS_MAX;
  }

  #bind(piece: Piece): Outcome {
    const connection = this.#connection;
    const head = readBindHead(piece.bytes.subarray(5));
    if (isTooLong(head.portal) || isTooLong(head.statement)) return this.#refuseName(!piece.last);
    const statement = connection.statements.find(head.statement, connection.epoch);
    if (statement === "wait") return this.#waitForServer();
    if (!connection.classifiable()) return "stay";
    const analysis =
      statement === undefined
        ? undefined
        : connection.environment.current(statement, connection.statements, connection.portals, connection.epoch);
    if (statement === undefined || analysis === undefined) {
      if (!piece.last) this.#long = "drop";
      const error = messageFrame({
        severity: "ERROR",
        sqlstate: "26000",
        message: `prepared statement "${head.statement}" does not exist`,
      });
      return this.#substitute(error, false);
    }
    if (connection.portals.size >= PORTALS_MAX) {
      if (!piece.last) this.#long = "drop";
      return this.#refuse(false, `more than ${PORTALS_MAX} portals`, "close those that are not needed");
    }
    const rest = piece.bytes.subarray(5 + head.restOffset);
    let bindDigest: () => string;
    if (piece.last && head.portal === "") {
      // A view into the chunk: there is one unnamed portal, so one chunk at most is kept for it.
      bindDigest = () => sha256Hex(rest);
    } else if (piece.last) {
      const digest = sha256Hex(rest);
      bindDigest = () => digest;
    } else {
      const hash = createHash("sha256").update(rest);
      this.#long = { hash };
      let digest: string | undefined;
      bindDigest = () => (digest ??= hash.digest("hex"));
    }
    const portal: Portal = {
      name: head.portal,
      text: statement.text,
      typeOids: statement.typeOids,
      analysis,
      bindDigest,
      declared: false,
      epoch: connection.epoch,
      rebind: this.#keepBind(piece, head.portal),
      plan: undefined,
      describing: false,
    };
    connection.house("prepare", piece.bytes);
    connection.unsynced = true;
    connection.queue.push({
      kind: "complete",
      answer: BIND_COMPLETE,
      swallow: false,
      settle: connection.portals.define(head.portal, portal, connection.epoch),
    });
    return "done";
  }

  #keepBind(piece: Piece, name: string): Buffer | undefined {
    if (!piece.last) return undefined;
    if (name === "") return piece.bytes;
    return piece.bytes.length <= REBIND_BYTES_MAX ? Buffer.from(piece.bytes) : undefined;
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

  #describe(whole: Buffer): Outcome {
    const connection = this.#connection;
    const target = readTarget(whole.subarray(5));
    if (isTooLong(target.name)) return this.#refuseName(false);
    let portal: Portal | undefined;
    if (target.kind === "portal") {
      const found = connection.portals.find(target.name, connection.epoch);
      if (found === "wait") return this.#waitForServer();
      portal = found;
      if (portal !== undefined) portal.describing = true;
    }
    connection.house("prepare", whole);
    connection.unsynced = true;
    connection.queue.push({
      kind: "describe",
      statement: target.kind === "statement",
      swallow: false,
      ...(portal === undefined ? {} : { portal }),
    });
    return "done";
  }

  #close(whole: Buffer): Outcome {
    const connection = this.#connection;
    const target = readTarget(whole.subarray(5));
    if (isTooLong(target.name)) return this.#refuseName(false);
    const names = target.kind === "statement" ? connection.statements : connection.portals;
    const settle = names.define(target.name, undefined, connection.epoch);
    const portal = target.kind === "portal" ? connection.portals.find(target.name, connection.epoch) : undefined;
    connection.house("prepare", whole);
    connection.unsynced = true;
    connection.queue.push({
      kind: "complete",
      answer: CLOSE_COMPLETE,
      swallow: false,
      settle: (ok) => {
        if (ok && typeof portal === "object") connection.abandon(portal);
        settle(ok);
      },
    });
    return "done";
  }

  #execute(whole: Buffer): Outcome {
    const connection = this.#connection;
    const { portal: name } = readExecute(whole.subarray(5));
    if (isTooLong(name)) return this.#refuseName(false);
    const portal = connection.portals.find(name, connection.epoch);
    if (portal === "wait") return this.#waitForServer();
    if (portal === undefined) {
      const message = `portal "${name}" does not exist`;
      return this.#substitute(messageFrame({ severity: "ERROR", sqlstate: "34000", message }), false);
    }
    if (!connection.classifiable()) return "stay";
    // Sent now, the rest of a suspended command would count as a command of its own.
    if (portal.executing !== undefined && connection.queue.length > 0) return this.#waitForServer();
    const { analysis } = portal;
    const named = connection.environment.named(analysis);
    if (named.length > 0 && portal.suspended === undefined) {
      const now = this.#analyse(portal.text, portal.typeOids);
      if (now === undefined) return "stay";
      if (JSON.stringify(connection.environment.named(now)) !== JSON.stringify(named)) {
        return this.#refuse(false, "what the portal runs by name has changed since it was bound", "bind it again");
      }
    }
    if (this.#guarded(analysis) && uncountable(analysis, this.#withNamed(portal.text, analysis))) {
      return this.#refuse(false, UNCOUNTABLE, UNCOUNTABLE_HINT);
    }
    if (portal.suspended !== undefined) {
      // The same command goes on: its limits go on counting.
      const { admission } = portal.suspended;
      const more = connection.gate.continue(admission, whole);
      this.#send(more, analysis, portal.text, portal, admission, portal.suspended);
      return "done";
    }
    if (this.#mayHaveWritten(analysis)) return this.#waitForServer();
    const digest = (): string =>
      sha256Hex(
        JSON.stringify([
          "execute",
          portal.text,
          portal.typeOids ?? [],
          portal.bindDigest(),
          named,
          this.#sessionText(),
        ]),
      );
    const parts = { kind: "execute", text: portal.text, digest, portal };
    return this.#submit(parts, analysis, whole, (admission) => {
      const rows = analysis.statements.some((statement) => statement.returnsRows);
      if (connection.masker.inForce && rows && portal.plan === undefined && !portal.describing) {
        portal.describing = true;
        connection.house("probe", describePortalFrame(name));
        connection.queue.push({ kind: "describe", statement: false, portal, swallow: true });
      }
      this.#send(admission, analysis, portal.text, portal);
    });
  }

  /** A hold is denied in a transaction that wrote: has the server committed what was sent before? */
  #mayHaveWritten(analysis: Analysis): boolean {
    const { wrote, wroteEpoch, epoch, queue, gate } = this.#connection;
    return wrote && wroteEpoch < epoch && queue.length > 0 && gate.preview(analysis.facts) === "hold";
  }

  /** Forwards an admitted command and takes note of what it changes. */
  #send(
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
    if (this.#guarded(analysis)) guard = !simple ? "execute" : connection.status === "I" ? "wrapped" : "query";
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
      plan: undefined,
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
      this.#copyAdmission = counted;
      connection.copyRun = run;
      this.#decideCopy(!simple);
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

  #submit(
    parts: Pick<Command, "kind" | "text" | "digest"> & { readonly portal?: Portal },
    analysis: Analysis,
    bytes: Buffer,
    admitted: (admission: Admission) => void,
  ): Outcome {
    const connection = this.#connection;
    const simple = parts.kind === "query";
    const { portal, ...said } = parts;
    const command: Command = {
      ...said,
      // Whoever is asked sees what an EXECUTE runs, not only its name.
      text: this.#withNamed(parts.text, analysis),
      facts: analysis.facts,
      cannotDischarge: (obligation) => connection.masker.refusal(analysis, obligation),
      openTransactionWrote: connection.wrote,
    };
    const environment = connection.environment.key;
    const finish = (decision: Decision): void => {
      if (!decision.admitted) this.#substitute(refusalFrame(decision.refusal), simple);
      // While it was held an earlier message failed: the server would skip this one.
      else if (this.#skipping) connection.gate.result(decision.admission, { outcome: "skipped", ok: false });
      else admitted(decision.admission);
    };
    const decision = connection.gate.submit(command, bytes, {
      signal: connection.heldSignal(),
      onHeld: (held) => connection.notice(heldFrame(held)),
    });
    if (!(decision instanceof Promise)) {
      finish(decision);
      return "done";
    }
    connection.stalls.add("held");
    const letGo = portal !== undefined && this.#letGo(portal);
    decision.then(
      (late) => {
        if (connection.closed) {
          if (late.admitted) connection.gate.result(late.admission, { outcome: "gone", ok: false });
          return;
        }
        connection.stalls.delete("held");
        // A portal that is still there was planned at Bind: the catalogue's changes do not reach it.
        const text = simple || letGo ? parts.text : undefined;
        if (late.admitted && !this.#stillTheSame(text, environment, analysis)) {
          connection.gate.result(late.admission, { outcome: "changed", ok: false });
          this.#refuse(simple, "the database's catalogue changed while the command was held", "send it again");
        } else {
          if (letGo && late.admitted && !this.#skipping) this.#takeUp(portal);
          finish(late);
        }
        connection.resume();
      },
      () => connection.fatal("58000", "gate: an approval could not be awaited", "hold-failed"),
    );
    return "done";
  }

  /** After a hold: does the text still mean what was approved? */
  #stillTheSame(text: string | undefined, environment: string, before: Analysis): boolean {
    const connection = this.#connection;
    const fresh = connection.catalogue.peek();
    if (fresh !== undefined) connection.environment.useCatalogue(fresh);
    if (text === undefined || connection.environment.key === environment) return true;
    const now = connection.environment.analyse(text, connection.statements, connection.portals, connection.epoch);
    return now !== undefined && JSON.stringify(now.facts) === JSON.stringify(before.facts);
  }

  /** @returns undefined when a stall was put up: look at the message again afterwards. */
  #analyse(text: string, typeOids?: readonly number[]): Analysis | undefined {
    const connection = this.#connection;
    if (!connection.classifiable()) return undefined;
    const analysis = connection.environment.analyse(
      text,
      connection.statements,
      connection.portals,
      connection.epoch,
      typeOids,
    );
    if (analysis === undefined) connection.waitForServer();
    return analysis;
  }

  #waitForServer(): Outcome {
    this.#connection.waitForServer();
    return "stay";
  }

  /** Reads a message with SQL in it; what is no text is refused, and undefined comes back. */
  #text<T>(read: () => T | undefined, simple: boolean): T | undefined {
    try {
      const value = read();
      if (value === undefined) this.#refuse(simple, "the text holds a NUL", "remove it");
      return value;
    } catch (error) {
      if (!(error instanceof WireError) || error.code !== "WIRE_TEXT") throw error;
      const message = 'invalid byte sequence for encoding "UTF8"';
      this.#substitute(messageFrame({ severity: "ERROR", sqlstate: "22021", message }), simple);
      return undefined;
    }
  }

  #syntaxError(analysis: Analysis, simple: boolean): boolean {
    const error = analysis.syntaxError;
    if (error === undefined) return false;
    this.#connection.gate.note("syntax-error", { sqlstate: error.sqlstate });
    const { sqlstate, message, position } = error;
    this.#substitute(
      messageFrame({ severity: "ERROR", sqlstate, message, position: position > 0 ? position : undefined }),
      simple,
    );
    return true;
  }

  /** The server would cut the name, and two names that differ behind the cut would be one to it and two to the gate. */
  #refuseName(partsFollow: boolean): Outcome {
    if (partsFollow) this.#long = "drop";
    return this.#refuse(false, `a statement or portal name longer than ${NAME_BYTES_MAX} bytes`, "use a shorter name");
  }

  #refuse(simple: boolean, what: string, hint: string): Outcome {
    return this.#substitute(refusalFrame(this.#connection.ownRefusal(what, hint)), simple);
  }

  /** Sends text that the server rejects in place of the message; its error becomes `error`. */
  #substitute(error: Buffer, simple: boolean): Outcome {
    const connection = this.#connection;
    if (this.#skipping) return "done";
    connection.unsynced = !simple;
    connection.house("refuse", simple ? SUBSTITUTE_QUERY : SUBSTITUTE_PARSE);
    connection.queue.push({ kind: "refusal", error, simple, answered: false, epoch: connection.epoch });
    if (simple) connection.epoch++;
    return "done";
  }

  #withNamed(text: string, analysis: Analysis): string {
    const named = this.#connection.environment.named(analysis);
    return named.length === 0 ? text : `${text}\n-- runs by name:\n${named.join("\n")}`;
  }

  #sessionText(): readonly string[] {
    const connection = this.#connection;
    return [connection.database, connection.environment.digestText];
  }
}

/** Is there a COMMIT of definitions with anything but transaction control behind it? */
function commitsEarly(analysis: Analysis, open: boolean): boolean {
  let defined = open;
  return analysis.statements.some(({ ddl, transaction }, index) => {
    defined ||= ddl;
    if (!defined || transaction !== "commit") return false;
    return analysis.statements.slice(index + 1).some((later) => later.transaction === undefined);
  });
}

/** Must later messages wait until the server has done this one, because it changes what they mean? */
function changesState(statement: Analysis["statements"][number]): boolean {
  return (
    statement.ddl ||
    statement.prepares !== undefined ||
    statement.declares !== undefined ||
    statement.deallocates !== undefined ||
    statement.closes !== undefined ||
    statement.discards === true
  );
}

function isTooLong(name: string): boolean {
  return name.length > NAME_BYTES_MAX || Buffer.byteLength(name) > NAME_BYTES_MAX;
}

/** Longest name of a statement or portal that the server keeps whole (NAMEDATALEN - 1), in bytes. */
export const NAME_BYTES_MAX = 63;
/** Longest text of a Query or Parse that is judged, in bytes; a longer one is refused. */
export const SQL_BYTES_MAX = 8 * 1024 * 1024;
/** Longest Bind that is collected, in bytes; a longer one streams through. */
export const BIND_BYTES_MAX = 1024 * 1024;
/** Longest CopyData that is collected, in bytes; a longer one streams through. */
export const COPY_BYTES_MAX = 65_536;
/** Prepared statements of one connection. */
export const STATEMENTS_MAX = 10_000;
/** Characters of all prepared statements of one connection together. */
export const STATEMENT_CHARS_MAX = 64 * 1024 * 1024;
/** Portals of one connection. */
export const PORTALS_MAX = 10_000;
/** Bytes of a client that wait behind a held message before its socket is no longer read. */
export const PENDING_BYTES_MAX = 1024 * 1024;
/** How long the server may take to finish for a client that has left, in milliseconds; then it is interrupted. */
const END_MS_MAX = 10_000;
/** Longest Bind of a named portal that is kept in case it is held, in bytes. */
const REBIND_BYTES_MAX = 65_536;
/** How much of a long message is looked at before it streams: the names in a Bind must fit. */
const LONG_HEAD_BYTES = 16_384;
/** After this many bytes what was sent is flushed even if more is at hand. */
const FLUSH_BYTES = 1024 * 1024;
/** Longest length field of messages that carry data: PostgreSQL's MaxAllocSize - 1. */
const LARGE_LENGTH_MAX = 0x3fff_fffe;
/** Longest length field of the other messages: PostgreSQL's PQ_SMALL_MESSAGE_LIMIT. */
const SMALL_LENGTH_MAX = 10_000;
/** Names and parameter types that may surround a text of SQL_BYTES_MAX, in bytes. */
const SQL_EXTRA_BYTES = 65_536 * 5;
const UNCOUNTABLE =
  "under the limit `affected`, a write must be counted, and WITH or EXPLAIN hide how many rows it wrote";
const UNCOUNTABLE_HINT = "write the statement without WITH or EXPLAIN";
const GATE_NAME = "gate_denied";

const QUERY = 0x51;
const PARSE = 0x50;
const BIND = 0x42;
const DESCRIBE = 0x44;
const EXECUTE = 0x45;
const CLOSE = 0x43;
const FLUSH = 0x48;
const SYNC = 0x53;
const FUNCTION_CALL = 0x46;
const D_COPY = 0x64;
const F_COPY = 0x66;
const C_COPY = 0x63;
const TERMINATE = 0x58;
const PARSE_COMPLETE = 0x31;
const BIND_COMPLETE = 0x32;
const CLOSE_COMPLETE = 0x33;

const SMALL: FrameRule = { lengthMax: SMALL_LENGTH_MAX, wholeMax: SMALL_LENGTH_MAX };
const EMPTY: FrameRule = { lengthMax: 4, wholeMax: 4 };
const RULES: ReadonlyMap<number, FrameRule> = new Map([
  [QUERY, { lengthMax: LARGE_LENGTH_MAX, wholeMax: SQL_BYTES_MAX + 5 }],
  [PARSE, { lengthMax: LARGE_LENGTH_MAX, wholeMax: SQL_BYTES_MAX + SQL_EXTRA_BYTES }],
  [BIND, { lengthMax: LARGE_LENGTH_MAX, wholeMax: BIND_BYTES_MAX }],
  [FUNCTION_CALL, { lengthMax: LARGE_LENGTH_MAX, wholeMax: 4 }],
  [D_COPY, { lengthMax: LARGE_LENGTH_MAX, wholeMax: COPY_BYTES_MAX }],
  [DESCRIBE, SMALL],
  [EXECUTE, SMALL],
  [CLOSE, SMALL],
  [F_COPY, SMALL],
  [C_COPY, EMPTY],
  [FLUSH, EMPTY],
  [SYNC, EMPTY],
  [TERMINATE, EMPTY],
]);
