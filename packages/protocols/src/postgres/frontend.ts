/**
 * Messages from the client: cut, put in their order, handed to whoever judges them. Touches the connection's upstream.
 *
 * A message that cannot be judged yet (held, a name being defined, COPY not answered) stays at the front; everything
 * behind it waits in the reader, and beyond PENDING_BYTES_MAX in the client's own socket.
 */
import { QUEUE_MAX, type Connection } from "./connection.ts";
import { Executing } from "./executing.ts";
import { FrameReader, type Piece } from "./frames.ts";
import {
  BIND,
  CLOSE,
  C_COPY,
  DESCRIBE,
  D_COPY,
  EXECUTE,
  FLUSH,
  FRONTEND_RULES,
  FUNCTION_CALL,
  F_COPY,
  PARSE,
  QUERY,
  SQL_BYTES_MAX,
  SYNC,
  TERMINATE,
} from "./frontend-rules.ts";
import { Judge, type Outcome } from "./judge.ts";
import { LongMessage, type Rest } from "./long-message.ts";
import { Preparing } from "./preparing.ts";
import { Submission } from "./submission.ts";
import { TERMINATE_FRAME, WireError } from "./wire.ts";

export class Frontend {
  readonly #connection: Connection;
  readonly #reader = new FrameReader((type) => FRONTEND_RULES.get(type), LONG_HEAD_BYTES);
  readonly #long = new LongMessage();
  readonly #judge: Judge;
  readonly #submission: Submission;
  readonly #preparing: Preparing;
  readonly #executing: Executing;
  #current: Piece | undefined;
  #pumping = false;
  #paused = false;
  #ended = false;
  #sentBytes = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#judge = new Judge(connection, this.#long);
    this.#submission = new Submission(connection, this.#judge);
    this.#preparing = new Preparing(connection, this.#judge, this.#submission, this.#long);
    this.#executing = new Executing(connection, this.#judge, this.#submission);
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

  #flush(): void {
    if (this.#connection.closed) return;
    this.#sentBytes = 0;
    try {
      if (!this.#connection.upstream.flush()) this.#connection.stalls.add("upstream");
    } catch {
      // Only the record can fail here, and the session with it.
      this.#connection.unrecorded();
    }
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
      if (!piece.last) this.#long.follow("drop");
      return "done";
    }
    if (type === TERMINATE) {
      this.terminate();
      return "done";
    }
    if (this.#judge.skipping && type !== SYNC) {
      // After an error the server throws everything away until Sync; so nothing of it has to be judged or sent.
      if (!piece.last) this.#long.follow("drop");
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
      const rest = { drain: type === QUERY ? "query" : type === PARSE ? "parse" : "call" } as const;
      if (piece.last) this.#drained(rest);
      else this.#long.follow(rest);
      return "done";
    }
    switch (type) {
      case QUERY:
        return this.#executing.query(piece.bytes);
      case PARSE:
        return this.#preparing.parse(piece.bytes);
      case BIND:
        return this.#preparing.bind(piece);
      case DESCRIBE:
        return this.#preparing.describe(piece.bytes);
      case CLOSE:
        return this.#preparing.close(piece.bytes);
      case EXECUTE:
        return this.#executing.execute(piece.bytes);
      case FUNCTION_CALL:
        return this.#drained({ drain: "call" });
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
    const long = this.#long.part(piece.last);
    if (long === undefined || long === "drop") return "done";
    if ("hash" in long) {
      long.hash.update(piece.bytes);
      this.#connection.house("prepare", piece.bytes);
    } else if ("copy" in long) {
      this.#connection.upstream.send(this.#connection.gate.continue(long.copy, piece.bytes));
    } else if (piece.last) return this.#drained(long);
    return "done";
  }

  /** The end of a message that was thrown away instead of collected. */
  #drained(long: Extract<Rest, { drain: unknown }>): Outcome {
    if (long.drain === "call") {
      this.#judge.refuse(true, "function calls by OID (the FunctionCall message)", "call the function in a SELECT");
    } else {
      const megabytes = SQL_BYTES_MAX / 1024 / 1024;
      this.#judge.refuse(
        long.drain === "query",
        `the statement is longer than ${megabytes} MiB`,
        "send it in parts, or load data with COPY",
      );
    }
    return "done";
  }

  #inCopy(piece: Piece): Outcome {
    const connection = this.#connection;
    const admission = this.#submission.copyAdmission;
    switch (piece.type) {
      case D_COPY:
      case C_COPY:
      case F_COPY:
        if (admission === undefined) throw new WireError("WIRE_TYPE", "copy data without a COPY");
        connection.upstream.send(connection.gate.continue(admission, piece.bytes));
        if (!piece.last) this.#long.follow({ copy: admission });
        if (piece.type !== D_COPY) this.#submission.decideCopy(connection.running()?.simple !== true);
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
}

/** Bytes of a client that wait behind a held message before its socket is no longer read. */
export const PENDING_BYTES_MAX = 1024 * 1024;
/** How long the server may take to finish for a client that has left, in milliseconds; then it is interrupted. */
const END_MS_MAX = 10_000;
/** How much of a long message is looked at before it streams: the names in a Bind must fit. */
const LONG_HEAD_BYTES = 16_384;
/** After this many bytes what was sent is flushed even if more is at hand. */
const FLUSH_BYTES = 1024 * 1024;
