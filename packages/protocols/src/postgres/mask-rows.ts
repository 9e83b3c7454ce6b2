/**
 * How the bytes of result rows are written anew under a plan of mask-plan.ts. Pure; made for speed, so it works on
 * offsets and reuses its buffers.
 */
import type { Prefilter } from "@gate/masking";
import { WireError } from "./wire.ts";

export interface ColumnPlan {
  /** As it is counted in the record: `column:public.customers.email`. */
  readonly label: string;
  /** What the client sees instead; the same object for "unchanged". */
  readonly apply: (value: Buffer) => Uint8Array | null;
  /** What the client always sees instead, whatever the value is. */
  readonly constant?: Uint8Array | null;
  /** Only of use where the prefilter has seen something. */
  readonly detects: boolean;
}

export interface RowPlan {
  /** By position in the row; undefined: left alone. */
  readonly columns: readonly (readonly ColumnPlan[] | undefined)[];
  /** Some column changes whatever the row looks like. */
  readonly always: boolean;
  /** May the detectors find something between these offsets? */
  readonly look: Prefilter;
}

/** Bytes on their way to the client that had to be written anew, in one buffer that is used again and again. */
export class RowWriter {
  #buffer: Buffer = Buffer.allocUnsafe(0);
  /** What is written lies between `start` and `offset`. */
  start = 0;
  offset = 0;

  get buffer(): Buffer {
    return this.#buffer;
  }

  /** Room for `more` bytes; what lies between `start` and `offset` stays, and moves to the front if it must. */
  reserve(more: number): Buffer {
    if (this.offset + more > this.#buffer.length) {
      const held = this.#buffer.subarray(this.start, this.offset);
      this.#buffer = Buffer.allocUnsafeSlow(Math.max(WRITER_BYTES, (held.length + more) * 2));
      held.copy(this.#buffer, 0);
      this.offset = held.length;
      this.start = 0;
    }
    return this.#buffer;
  }

  append(bytes: Buffer, start: number, end: number): void {
    const out = this.reserve(end - start);
    this.offset += bytes.copy(out, this.offset, start, end);
  }

  /** Everything that was handed out has been copied: the buffer can be written from its front again. */
  reset(): void {
    this.start = 0;
    this.offset = 0;
  }

  /** Hands out what was written since the last call. */
  take(): Buffer | undefined {
    if (this.offset === this.start) return undefined;
    const bytes = this.#buffer.subarray(this.start, this.offset);
    this.start = this.offset;
    return bytes;
  }

  /** The buffer belongs to whoever took from it; the next bytes get another (or this one, given back). */
  swap(buffer: Buffer): Buffer {
    const before = this.#buffer;
    this.#buffer = buffer;
    this.start = 0;
    this.offset = 0;
    return before;
  }
}

/** Does this row (a whole frame) have to be looked at column by column? */
export function rowConcerned(plan: RowPlan, chunk: Buffer, start: number, end: number): boolean {
  return plan.always || plan.look(chunk, start + HEADER_BYTES, end);
}

/**
 * Writes one DataRow, from `start` to `end` in `chunk`, as the client may see it.
 * @throws {WireError} when the row does not fit its description.
 */
export function maskRow(
  plan: RowPlan,
  chunk: Buffer,
  start: number,
  end: number,
  writer: RowWriter,
  counts: Record<string, number>,
): void {
  const { columns } = plan;
  if (end - start < HEADER_BYTES + 2 || chunk.readInt16BE(start + HEADER_BYTES) !== columns.length) {
    throw new WireError("WIRE_TRUNCATED", "a row does not fit its description");
  }
  let out = writer.reserve(end - start);
  const outStart = writer.offset - writer.start;
  let offset = start + HEADER_BYTES + 2;
  /** End of what has been copied. */
  let copied = start;
  for (const steps of columns) {
    if (offset + 4 > end) throw new WireError("WIRE_TRUNCATED", "a row ends inside a column");
    const length = chunk.readInt32BE(offset);
    if (length === -1) {
      offset += 4;
      continue;
    }
    const valueEnd = offset + 4 + length;
    if (length < 0 || valueEnd > end) throw new WireError("WIRE_LENGTH", "a column's length is out of bounds");
    if (steps !== undefined) {
      const value = maskColumn(plan, steps, chunk, offset + 4, valueEnd, counts);
      if (value !== undefined) {
        const size = value === null ? 0 : value.length;
        out = writer.reserve(offset - copied + 4 + size + (end - valueEnd));
        let at = writer.offset;
        at += chunk.copy(out, at, copied, offset);
        out.writeInt32BE(value === null ? -1 : size, at);
        at += 4;
        if (value !== null) out.set(value, at);
        writer.offset = at + size;
        copied = valueEnd;
      }
    }
    offset = valueEnd;
  }
  if (offset !== end) throw new WireError("WIRE_TRAILING", "bytes after a row's last column");
  out = writer.reserve(end - copied);
  writer.offset += chunk.copy(out, writer.offset, copied, end);
  const rowStart = writer.start + outStart;
  const length = writer.offset - rowStart - 1;
  if (length > FRAME_LENGTH_MAX) throw new WireError("WIRE_LENGTH", "a masked row is too long");
  out.writeInt32BE(length, rowStart + 1);
}

/** @returns undefined when the value stays as it is. */
function maskColumn(
  plan: RowPlan,
  steps: readonly ColumnPlan[],
  chunk: Buffer,
  start: number,
  end: number,
  counts: Record<string, number>,
): Uint8Array | null | undefined {
  let value: Uint8Array | null | undefined;
  for (const step of steps) {
    if (value === null) break;
    if (step.constant !== undefined) {
      counts[step.label] = (counts[step.label] ?? 0) + 1;
      value = step.constant;
      continue;
    }
    if (step.detects && value === undefined && !plan.look(chunk, start, end)) continue;
    const before: Buffer =
      value === undefined ? chunk.subarray(start, end) : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    const after = step.apply(before);
    if (after === before) continue;
    counts[step.label] = (counts[step.label] ?? 0) + 1;
    value = after;
  }
  return value;
}

/** Type byte and length. */
const HEADER_BYTES = 5;
/** Size of a fresh output buffer, in bytes. */
const WRITER_BYTES = 128 * 1024;
/** Longest message the protocol knows (MaxAllocSize), in bytes. */
const FRAME_LENGTH_MAX = 0x3fff_fffe;
