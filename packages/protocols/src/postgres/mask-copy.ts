/**
 * COPY … TO STDOUT under a plan of mask-plan.ts: the rows inside CopyData, in each of the three formats. Pure.
 *
 * The server puts whole rows into each message (copyto.c: one a row); a message that ends inside a row ends the
 * connection, because what follows could not be told apart.
 * https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9
 */
import type { CopyFormat } from "@gate/sql";
import { maskColumn, type ColumnPlan, type RowPlan, type RowWriter } from "./mask-rows.ts";
import { WireError } from "./wire.ts";

export class CopyMasker {
  readonly #columns: RowPlan["columns"];
  readonly #format: CopyFormat;
  readonly #delimiter: number;
  readonly #quote: number;
  readonly #escape: number;
  readonly #null: Buffer;
  /** The line of names, or the signature of the binary format, is still to come. */
  #first: boolean;
  #ended = false;

  constructor(columns: RowPlan["columns"], format: CopyFormat) {
    this.#columns = columns;
    this.#format = format;
    this.#delimiter = format.delimiter.charCodeAt(0);
    this.#quote = format.quote.charCodeAt(0);
    this.#escape = format.escape.charCodeAt(0);
    this.#null = Buffer.from(format.nullText);
    this.#first = format.header || format.kind === "binary";
  }

  /**
   * Writes one CopyData message, from `start` to `end` in `chunk`, as the client may see it.
   * @throws {WireError} when it does not hold whole rows of this many columns.
   */
  write(chunk: Buffer, start: number, end: number, writer: RowWriter, counts: Record<string, number>): void {
    const body = chunk.subarray(start + HEADER_BYTES, end);
    const pieces: Uint8Array[] = [];
    let at = 0;
    while (at < body.length) {
      if (this.#format.kind === "binary") at = this.#binary(body, at, pieces, counts);
      else if (this.#format.kind === "csv") at = this.#csv(body, at, pieces, counts);
      else at = this.#text(body, at, pieces, counts);
      this.#first = false;
    }
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (length + 4 > FRAME_LENGTH_MAX) throw new WireError("WIRE_LENGTH", "masked copy data is too long");
    const out = writer.reserve(HEADER_BYTES + length);
    let offset = writer.offset;
    out[offset] = COPY_DATA;
    out.writeInt32BE(length + 4, offset + 1);
    offset += HEADER_BYTES;
    for (const piece of pieces) {
      out.set(piece, offset);
      offset += piece.length;
    }
    writer.offset = offset;
  }

  /** @returns where the next row begins. */
  #text(body: Buffer, start: number, pieces: Uint8Array[], counts: Record<string, number>): number {
    const end = body.indexOf(NEWLINE, start);
    if (end < 0) throw incomplete();
    if (this.#first) {
      pieces.push(body.subarray(start, end + 1));
      return end + 1;
    }
    // The mark of the end, which servers before protocol 3 sent.
    if (end - start === 2 && body[start] === BACKSLASH && body[start + 1] === DOT) throw incomplete();
    let place = 0;
    let from = start;
    let kept = start;
    for (let at = start; ; at += 1) {
      if (at < end && body[at] === BACKSLASH && at + 1 < end) {
        at += 1;
        continue;
      }
      if (at < end && body[at] !== this.#delimiter) continue;
      const steps = this.#columns[place];
      if (place >= this.#columns.length) throw misfit();
      if (steps !== undefined) {
        const field = body.subarray(from, at);
        if (steps[0]?.everyRow === true || !field.equals(this.#null)) {
          const value = unescapeText(field);
          const masked = change(steps, value, counts);
          if (masked !== undefined) {
            pieces.push(body.subarray(kept, from), masked === null ? this.#null : this.#escapeText(masked));
            kept = at;
          }
        }
      }
      place += 1;
      from = at + 1;
      if (at >= end) break;
    }
    if (place !== this.#columns.length && !(this.#columns.length === 0 && end === start)) throw misfit();
    pieces.push(body.subarray(kept, end + 1));
    return end + 1;
  }

  #escapeText(value: Uint8Array): Buffer {
    const out: number[] = [];
    for (const byte of value) {
      const letter = ESCAPED.get(byte);
      if (letter !== undefined) out.push(BACKSLASH, letter);
      else if (byte === this.#delimiter) out.push(BACKSLASH, byte);
      else out.push(byte);
    }
    return Buffer.from(out);
  }

  #csv(body: Buffer, start: number, pieces: Uint8Array[], counts: Record<string, number>): number {
    let place = 0;
    let at = start;
    let kept = start;
    for (;;) {
      const from = at;
      const quoted = body[at] === this.#quote;
      if (quoted) at = this.#closing(body, at + 1);
      while (at < body.length && body[at] !== this.#delimiter && body[at] !== NEWLINE) at += 1;
      if (at >= body.length) throw incomplete();
      const steps = this.#first ? undefined : this.#columns[place];
      if (!this.#first && place >= this.#columns.length) throw misfit();
      if (steps !== undefined) {
        const field = body.subarray(from, at);
        if (steps[0]?.everyRow === true || quoted || !field.equals(this.#null)) {
          const value = quoted ? this.#unquote(field) : field;
          const masked = change(steps, value, counts);
          if (masked !== undefined) {
            pieces.push(body.subarray(kept, from), masked === null ? this.#null : this.#quoted(masked));
            kept = at;
          }
        }
      }
      place += 1;
      const over = body[at] === NEWLINE;
      at += 1;
      if (over) break;
    }
    if (!this.#first && place !== this.#columns.length && this.#columns.length > 0) throw misfit();
    pieces.push(body.subarray(kept, at));
    return at;
  }

  /** Behind the quote that ends a value. */
  #closing(body: Buffer, start: number): number {
    for (let at = start; at < body.length; at += 1) {
      if (body[at] === this.#escape && (body[at + 1] === this.#quote || body[at + 1] === this.#escape)) at += 1;
      else if (body[at] === this.#quote) return at + 1;
    }
    throw incomplete();
  }

  #unquote(field: Buffer): Buffer {
    if (field.at(-1) !== this.#quote || field.length < 2) throw misfit();
    const out: number[] = [];
    for (let at = 1; at < field.length - 1; at += 1) {
      const next = field[at + 1];
      if (field[at] === this.#escape && at + 1 < field.length - 1 && (next === this.#quote || next === this.#escape)) {
        at += 1;
      }
      out.push(field[at] ?? 0);
    }
    return Buffer.from(out);
  }

  #quoted(value: Uint8Array): Buffer {
    const out: number[] = [this.#quote];
    for (const byte of value) {
      if (byte === this.#quote || byte === this.#escape) out.push(this.#escape);
      out.push(byte);
    }
    out.push(this.#quote);
    return Buffer.from(out);
  }

  #binary(body: Buffer, start: number, pieces: Uint8Array[], counts: Record<string, number>): number {
    if (this.#ended) throw new WireError("WIRE_TRAILING", "copy data after its end");
    let at = start;
    if (this.#first) {
      if (body.length - at < SIGNATURE.length + 8 || !body.subarray(at, at + SIGNATURE.length).equals(SIGNATURE)) {
        throw misfit();
      }
      at += SIGNATURE.length + 8 + body.readInt32BE(at + SIGNATURE.length + 4);
      if (at > body.length) throw incomplete();
      if (at === body.length) {
        pieces.push(body.subarray(start, at));
        return at;
      }
    }
    if (body.length - at < 2) throw incomplete();
    const count = body.readInt16BE(at);
    at += 2;
    if (count === -1) this.#ended = true;
    else if (count !== this.#columns.length) throw misfit();
    let kept = start;
    for (let place = 0; place < count; place += 1) {
      if (body.length - at < 4) throw incomplete();
      const length = body.readInt32BE(at);
      const from = at + 4;
      const end = from + Math.max(length, 0);
      if (end > body.length) throw incomplete();
      const steps = this.#columns[place];
      if (steps !== undefined && (length >= 0 || steps[0]?.everyRow === true)) {
        const value = body.subarray(from, end);
        const masked = change(steps, value, counts);
        if (masked !== undefined) {
          const size = Buffer.alloc(4);
          size.writeInt32BE(masked === null ? -1 : masked.length);
          pieces.push(body.subarray(kept, at), size);
          if (masked !== null) pieces.push(masked);
          kept = end;
        }
      }
      at = end;
    }
    pieces.push(body.subarray(kept, at));
    return at;
  }
}

/** @returns undefined when it stays as it is. */
function change(
  steps: readonly ColumnPlan[],
  value: Buffer,
  counts: Record<string, number>,
): Uint8Array | null | undefined {
  return maskColumn(steps, value, 0, value.length, undefined, (label) => {
    counts[label] = (counts[label] ?? 0) + 1;
  });
}

function unescapeText(field: Buffer): Buffer {
  if (!field.includes(BACKSLASH)) return field;
  const out: number[] = [];
  for (let at = 0; at < field.length; at += 1) {
    const byte = field[at] ?? 0;
    const next = field[at + 1];
    if (byte !== BACKSLASH || next === undefined) out.push(byte);
    else {
      out.push(UNESCAPED.get(next) ?? next);
      at += 1;
    }
  }
  return Buffer.from(out);
}

function incomplete(): WireError {
  return new WireError("WIRE_TRUNCATED", "copy data that ends inside a row cannot be masked");
}

function misfit(): WireError {
  return new WireError("WIRE_TRUNCATED", "copy data does not fit its columns");
}

/** Type byte and length. */
const HEADER_BYTES = 5;
const COPY_DATA = 0x64;
const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;
const DOT = 0x2e;
/** What the server writes in the text format for the bytes that it does not write as they are. */
const ESCAPED: ReadonlyMap<number, number> = new Map([
  [0x08, 0x62],
  [0x0c, 0x66],
  [0x0a, 0x6e],
  [0x0d, 0x72],
  [0x09, 0x74],
  [0x0b, 0x76],
  [0x5c, 0x5c],
]);
const UNESCAPED: ReadonlyMap<number, number> = new Map([...ESCAPED].map(([byte, letter]) => [letter, byte]));
const SIGNATURE = Buffer.from("PGCOPY\n\xff\r\n\0", "latin1");
/** Longest message the protocol knows (MaxAllocSize), in bytes. */
const FRAME_LENGTH_MAX = 0x3fff_fffe;
