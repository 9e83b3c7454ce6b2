/**
 * Messages from the server: cut into frames, counted, forwarded. What they mean is in answers.ts.
 * Touches the connection's downstream.
 *
 * Only headers are looked at where nothing has to change: whole chunks go on as they came, and a row of any size
 * streams through. What must be read or rewritten is collected up to a bound.
 */
import { Answers } from "./answers.ts";
import type { Connection } from "./connection.ts";
import { RowWriter, unchangedRows, writeRows, type Batch, type RowPlan } from "./mask-rows.ts";
import type { Run } from "./queue.ts";
import { asBuffer, messageFrame, WireError } from "./wire.ts";

export class Backend {
  readonly #connection: Connection;
  readonly #answers: Answers;
  /** The limits have to be asked about every row. */
  readonly #limited: boolean;
  /** A limit may drop rows: what stands before them must not go with them. */
  readonly #counted: boolean;
  /** Up to four bytes of a header that was split. */
  #header: Buffer | undefined;
  /** A message that is being collected, and how much of it is there. */
  #partial: Buffer | undefined;
  #filled = 0;
  /** Bytes of a row or CopyData that still pass, or are dropped. */
  #remaining = 0;
  #dropping = false;
  #chunk: Buffer = Buffer.alloc(0);
  /** What the upstream gave, to give it back when nothing of it is on its way any more. */
  #given: Uint8Array = this.#chunk;
  /** Where in the chunk the scan is, and where the bytes begin that go on unchanged. */
  #position = 0;
  #from = 0;
  #out: Uint8Array[] = [];
  readonly #writer = new RowWriter();
  /** Rows between `#from` and `#position` that are not in their run's sums yet. */
  #rows = 0;
  #rowBytes = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#answers = new Answers(connection);
    const { limits } = connection.gate;
    this.#limited = limits.rows !== undefined || limits.bytes !== undefined;
    this.#counted = this.#limited || limits.affected !== undefined;
  }

  push(bytes: Uint8Array): void {
    const connection = this.#connection;
    if (connection.closed) return;
    this.#given = bytes;
    let chunk = asBuffer(bytes);
    if (this.#header !== undefined) {
      chunk = Buffer.concat([this.#header, chunk]);
      this.#header = undefined;
    }
    this.#chunk = chunk;
    this.#position = 0;
    this.#from = 0;
    try {
      this.#scan();
      this.#settleRows();
      this.#keep();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#write();
      connection.fatal("08P01", `gate: the target broke the protocol: ${error.message}`, "target-violation");
      return;
    }
    this.#write();
    connection.resume();
  }

  #scan(): void {
    const chunk = this.#chunk;
    const end = chunk.length;
    while (this.#position < end && !this.#connection.closed) {
      if (this.#remaining > 0) {
        const take = Math.min(this.#remaining, end - this.#position);
        this.#remaining -= take;
        this.#position += take;
        if (this.#dropping) this.#from = this.#position;
        continue;
      }
      if (this.#partial !== undefined) {
        this.#fill(this.#partial);
        continue;
      }
      if (end - this.#position < 5) {
        this.#settleRows();
        this.#keep();
        this.#header = Buffer.from(chunk.subarray(this.#position));
        this.#position = end;
        this.#from = end;
        return;
      }
      const type = chunk[this.#position] ?? 0;
      const length = chunk.readInt32BE(this.#position + 1);
      if (length < 4 || length > FRAME_LENGTH_MAX) throw new WireError("WIRE_LENGTH", "a message length out of bounds");
      const total = length + 1;
      if (type === DATA_ROW || type === COPY_DATA) {
        const run = this.#answers.streaming();
        if (run !== "probe") {
          if (this.#data(run, type, total)) continue;
          this.#collect(total);
          continue;
        }
      }
      if (total > CONTROL_BYTES_MAX) throw new WireError("WIRE_LENGTH", "a message is too long");
      const start = this.#position;
      if (end - start < total) {
        this.#collect(total);
        continue;
      }
      this.#settleRows();
      // Unchanged: it stays in the stretch that goes on as it came.
      if (this.#answers.unread(type, total)) {
        this.#position = start + total;
        continue;
      }
      const whole = chunk.subarray(start, start + total);
      const answer = this.#answers.handle(type, whole);
      if (answer !== whole) this.#keep();
      this.#position = start + total;
      if (answer === whole) continue;
      this.#from = this.#position;
      this.#push(answer);
    }
  }

  /** A row, or copy data. @returns false when it has to be collected first. */
  #data(run: Run, type: number, total: number): boolean {
    const plan = type === DATA_ROW ? this.#answers.planOf(run) : null;
    const copy = type === COPY_DATA ? run.copyOut : null;
    if ((plan !== null || copy !== null) && run.limited === undefined && total > ROW_BYTES_MAX) {
      const message = "gate: a row is too long to be masked";
      this.#connection.limit(run, messageFrame({ severity: "ERROR", sqlstate: "54000", message }));
    }
    if ((plan === null && copy === null) || run.limited !== undefined) {
      this.#row(run, total);
      if (run.limited === undefined && this.#remaining === 0) this.#passRows(type);
      return true;
    }
    const start = this.#position;
    if (this.#chunk.length - start < total) return false;
    const most = plan === null || !this.#limited ? ROWS_MAX : this.#withinLimits(run);
    const single = this.#limited && (plan === null || most === 1);
    if (single && this.#answers.count(run, { rows: 1, bytes: total })) {
      this.#keep();
      this.#position += total;
      this.#from = this.#position;
      return true;
    }
    if (plan === null) {
      this.#keep();
      this.#writeCopy(run, this.#chunk, start, start + total);
      this.#position += total;
      this.#from = this.#position;
      if (!this.#limited) {
        this.#rows += 1;
        this.#rowBytes += total;
      }
      return true;
    }
    const same = unchangedRows(plan, this.#chunk, start, most);
    let { position, rows } = same ?? NO_ROWS;
    // Behind rewritten rows the others are sooner copied than sent as a piece of their own.
    if (same === undefined || this.#writer.offset > this.#writer.start) {
      this.#keep();
      if (same === undefined) ({ position, rows } = this.#writeRows(run, plan, this.#chunk, start, most));
      else this.#writer.append(this.#chunk, start, position);
      this.#from = position;
    }
    this.#position = position;
    if (!this.#limited) {
      this.#rows += rows;
      this.#rowBytes += position - start;
    } else if (!single) this.#answers.count(run, { rows, bytes: position - start });
    return true;
  }

  /** How many rows of this chunk can reach no limit, so that they are counted together; 1: each has to be asked about. */
  #withinLimits(run: Run): number {
    const { rows = ROWS_MAX, bytes = Infinity } = this.#connection.gate.limits;
    if (run.bytes + this.#chunk.length - this.#position > bytes) return 1;
    return Math.max(1, Math.min(ROWS_MAX, rows - run.rows));
  }

  #writeRows(run: Run, plan: RowPlan, bytes: Buffer, start: number, most: number): Batch {
    run.masked ??= {};
    return writeRows(plan, bytes, start, most, this.#writer, run.masked);
  }

  #writeCopy(run: Run, bytes: Buffer, start: number, end: number): void {
    run.masked ??= {};
    run.copyOut?.write(bytes, start, end, this.#writer, run.masked);
  }

  /** The rest of a message that the next chunks bring. */
  #collect(total: number): void {
    this.#settleRows();
    this.#keep();
    this.#partial = Buffer.allocUnsafe(total);
    this.#filled = 0;
  }

  #fill(partial: Buffer): void {
    const take = Math.min(partial.length - this.#filled, this.#chunk.length - this.#position);
    this.#chunk.copy(partial, this.#filled, this.#position, this.#position + take);
    this.#filled += take;
    this.#position += take;
    this.#from = this.#position;
    if (this.#filled < partial.length) return;
    this.#partial = undefined;
    const type = partial[0] ?? 0;
    const run = type === DATA_ROW || type === COPY_DATA ? this.#answers.streaming() : "probe";
    if (run === "probe") {
      this.#push(this.#answers.handle(type, partial));
      return;
    }
    // It was collected because its columns matter; meanwhile a limit may have ended its command.
    const plan = type === DATA_ROW ? this.#answers.planOf(run) : null;
    if (run.limited !== undefined || this.#answers.count(run, { rows: 1, bytes: partial.length })) return;
    if (type === COPY_DATA && run.copyOut !== null) this.#writeCopy(run, partial, 0, partial.length);
    else if (plan === null) this.#push(partial);
    else if (unchangedRows(plan, partial, 0, 1) === undefined) this.#writeRows(run, plan, partial, 0, 1);
    else this.#writer.append(partial, 0, partial.length);
  }

  /** A row that goes on (or is dropped) without a look at its columns. */
  #row(run: Run, total: number): void {
    const here = Math.min(total, this.#chunk.length - this.#position);
    if (run.limited !== undefined) this.#keep();
    else if (this.#counted && this.#rows === 0) this.#keep();
    this.#position += here;
    this.#remaining = total - here;
    this.#dropping = run.limited !== undefined;
    if (this.#dropping) {
      this.#from = this.#position;
      return;
    }
    this.#rows++;
    this.#rowBytes += total;
  }

  /** The same for the rows behind it that stand whole in the chunk: thousands a chunk, so nothing is called for each. */
  #passRows(type: number): void {
    const chunk = this.#chunk;
    const end = chunk.length;
    let position = this.#position;
    let rows = 0;
    while (end - position >= 5 && chunk[position] === type) {
      const length = chunk.readInt32BE(position + 1);
      if (length < 4 || length >= end - position) break;
      position += length + 1;
      rows++;
    }
    this.#rows += rows;
    this.#rowBytes += position - this.#position;
    this.#position = position;
  }

  /** Adds the rows gathered to their run and asks the limits; if one is reached they are dropped. */
  #settleRows(): void {
    if (this.#rows === 0) return;
    const more = { rows: this.#rows, bytes: this.#rowBytes };
    this.#rows = 0;
    this.#rowBytes = 0;
    const { head } = this.#connection.queue;
    if (head?.kind !== "run" || !this.#answers.count(head.run, more)) return;
    this.#from = this.#position;
    this.#dropping = true;
  }

  /** The stretch up to here goes on unchanged. */
  #keep(): void {
    if (this.#position > this.#from) this.#push(this.#chunk.subarray(this.#from, this.#position));
    this.#from = this.#position;
  }

  #push(bytes: Uint8Array | undefined): void {
    if (bytes === undefined) return;
    this.#spill();
    this.#out.push(bytes);
  }

  /** What was rewritten goes before what comes next. */
  #spill(): void {
    const rewritten = this.#writer.take();
    if (rewritten !== undefined) this.#out.push(rewritten);
  }

  #write(): void {
    this.#spill();
    const out = this.#out;
    const connection = this.#connection;
    const writer = this.#writer;
    connection.midRow = this.#remaining > 0 && !this.#dropping;
    if (!connection.midRow) out.push(...connection.takeNotices());
    const { upstream } = connection;
    const given = this.#given;
    const [only] = out;
    this.#out = [];
    if (out.length === 1 && only !== undefined && only.buffer === given.buffer) {
      // Memory of little reads is not worth being told when it is free.
      if (given.length < GIVEN_BACK_BYTES_MIN) connection.write(only);
      else connection.write(only, () => upstream.recycle?.(given));
      return;
    }
    if (out.length > 1) {
      // Many small pieces cost more in system calls than in copying.
      connection.write(Buffer.concat(out));
      writer.reset();
    } else if (only !== undefined && only.buffer === writer.buffer.buffer) {
      // The socket may keep it for a while: it is used again once the socket says that it is done with it.
      const used = writer.swap(FREE.pop() ?? NONE);
      connection.write(only, () => {
        if (FREE.length < FREE_MAX && used.length <= FREE_BYTES) FREE.push(used);
      });
    } else if (only !== undefined) connection.write(only);
    // Whatever goes on is a copy.
    upstream.recycle?.(given);
  }
}

/** Output buffers that no socket holds any more, for all connections; each hands out only what it wrote itself. */
const FREE: Buffer[] = [];
/** Free output buffers that are kept. */
const FREE_MAX = 16;
/** Largest output buffer that is kept, in bytes. */
const FREE_BYTES = 1024 * 1024;
/** Smallest chunk whose memory is given back while it was passed on, in bytes. */
const GIVEN_BACK_BYTES_MIN = 8_192;
const NONE = Buffer.alloc(0);
const NO_ROWS: Batch = { position: 0, rows: 0 };
/** Rows of one chunk that are masked in one go. */
const ROWS_MAX = 1_000_000;
/** Longest row that is masked, in bytes; a longer one ends its command. */
export const ROW_BYTES_MAX = 16 * 1024 * 1024;
/** Longest message of the server other than rows and copy data, in bytes; a longer one ends the connection. */
export const CONTROL_BYTES_MAX = 1024 * 1024;
/** Longest length field that the protocol knows: PostgreSQL's MaxAllocSize - 1. */
const FRAME_LENGTH_MAX = 0x3fff_fffe;
const DATA_ROW = 0x44;
const COPY_DATA = 0x64;
