/**
 * How the bytes of result rows are written anew under a plan of mask-plan.ts. Pure; made for speed, so it works on
 * offsets and reuses its buffers.
 */
import { kernel, scanBits, type ColumnTreatment, type ContentColumn, type Kernel } from "@gate/masking";
import { asBuffer, WireError } from "./wire.ts";

export interface ColumnPlan {
  /** As it is counted in the record: `column:public.customers.email`. */
  readonly label: string;
  /** What the client sees instead; the same object for "unchanged". */
  readonly apply: (value: Buffer) => Uint8Array | null;
  /** What the client always sees instead, whatever the value is. */
  readonly constant?: Uint8Array | null;
  /** The constant also stands for NULL: which rows have one would tell about a value that this one is made of. */
  readonly everyRow?: boolean;
  /** The masks that look at content; it counts what it changes by itself, and `apply` is not used. */
  readonly content?: ContentColumn;
}

export interface RowPlan {
  /** By position in the row; undefined: left alone. */
  readonly columns: readonly (readonly ColumnPlan[] | undefined)[];
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

/** What a plan means for the kernel, worked out once. */
interface Compiled {
  readonly treatments: readonly ColumnTreatment[];
  /** By column with a constant: how it is counted. */
  readonly labels: readonly (string | undefined)[];
  /** Kinds of places that concern any column. */
  readonly bits: number;
  /** Some column changes, or has to be looked at, whatever the row looks like. */
  readonly always: boolean;
  /** NULL changes as well in some column. */
  readonly everyRow: boolean;
}

const COMPILED = new WeakMap<RowPlan, Compiled>();

function compiledOf(plan: RowPlan): Compiled {
  let compiled = COMPILED.get(plan);
  if (compiled === undefined) {
    const treatments = plan.columns.map(treatmentOf);
    compiled = {
      treatments,
      labels: plan.columns.map((steps, index) =>
        treatments[index]?.kind === "constant" ? steps?.[0]?.label : undefined,
      ),
      bits: plan.columns.reduce(
        (bits, steps) => (steps ?? []).reduce((sum, { content }) => sum | (content?.bits ?? 0), bits),
        0,
      ),
      always: treatments.some(({ kind }) => kind === "constant" || kind === "always"),
      everyRow: plan.columns.some((steps) => steps?.some(({ everyRow }) => everyRow === true)),
    };
    COMPILED.set(plan, compiled);
  }
  return compiled;
}

function treatmentOf(steps: readonly ColumnPlan[] | undefined): ColumnTreatment {
  if (steps === undefined || steps.length === 0) return { kind: "pass" };
  const [only] = steps;
  if (steps.length === 1 && only?.constant !== undefined) return { kind: "constant", value: only.constant };
  const looks = steps.every(({ content }) => content !== undefined && !content.always);
  return { kind: looks ? "look" : "always" };
}

/** Rows that were dealt with. */
export interface Batch {
  /** Offset of the first byte of the chunk behind them. */
  readonly position: number;
  readonly rows: number;
}

/**
 * Looks over the whole DataRow messages from `start` on; the one at `start` must be complete.
 * @returns those that stay as they are, when that is so for the first one and all that were looked at; undefined: they
 * have to go through `writeRows`, at once.
 */
export function unchangedRows(plan: RowPlan, chunk: Buffer, start: number, most: number): Batch | undefined {
  const { bits, always, everyRow } = compiledOf(plan);
  if (everyRow) return undefined;
  const machine = kernel();
  // One row at a time is looked at by itself: the rest of the chunk would be looked at again and again.
  machine.load(chunk, start, most === 1 ? start + frameBytes(chunk, start) : chunk.length);
  const places = bits === 0 ? 0 : machine.scan(bits);
  if (always || places > 0) return undefined;
  machine.walk(0);
  const { passed } = machine;
  return passed > 0 && passed <= most ? { position: start + machine.position, rows: passed } : undefined;
}

/**
 * Writes whole DataRow messages as the client may see them, one at least and at most `most`, directly after
 * `unchangedRows` has looked at them. What comes out does not depend on how many there are in one chunk.
 * @throws {WireError} when a row does not fit its description.
 */
export function writeRows(
  plan: RowPlan,
  chunk: Buffer,
  start: number,
  most: number,
  writer: RowWriter,
  counts: Record<string, number>,
): Batch {
  const compiled = compiledOf(plan);
  if (compiled.everyRow) return everyRow(plan, chunk, start, most, writer, counts);
  const batch = kernel().useColumns(compiled.treatments)
    ? rewriteRows(plan, compiled, chunk, start, most, writer, counts)
    : undefined;
  if (batch !== undefined && batch.rows > 0) return batch;
  // Longer than the kernel's window, wider than its table, or too full of places.
  const end = start + frameBytes(chunk, start);
  maskRow(plan, chunk, start, end, writer, counts, NOT_ANNOUNCED);
  return { position: end, rows: 1 };
}

function rewriteRows(
  plan: RowPlan,
  { labels }: Compiled,
  chunk: Buffer,
  start: number,
  most: number,
  writer: RowWriter,
  counts: Record<string, number>,
): Batch {
  const machine = kernel();
  const places = new Places(machine, start);
  let at = 0;
  let rows = 0;
  while (rows < most) {
    const stop = machine.rewrite(at, places.first, most - rows);
    const { writtenBytes } = machine;
    if (writtenBytes > 0) {
      const out = writer.reserve(writtenBytes);
      machine.copyOut(out, writer.offset, writtenBytes);
      writer.offset += writtenBytes;
    }
    at = machine.position;
    rows += machine.passed;
    places.first = machine.place;
    if (stop === "misfit") throw new WireError("WIRE_TRUNCATED", "a row does not fit its description");
    if (stop === "full" && writtenBytes > 0) continue;
    if (stop !== "look" && stop !== "full") break;
    const size = frameBytes(chunk, start + at);
    maskRow(plan, chunk, start + at, start + at + size, writer, counts, places);
    at += size;
    rows += 1;
  }
  for (const [index, label] of labels.entries()) {
    const used = label === undefined ? 0 : machine.used(index);
    if (label !== undefined && used > 0) counts[label] = (counts[label] ?? 0) + used;
  }
  return { position: start + at, rows };
}

/** Without the kernel, which leaves NULL alone. */
function everyRow(
  plan: RowPlan,
  chunk: Buffer,
  start: number,
  most: number,
  writer: RowWriter,
  counts: Record<string, number>,
): Batch {
  let position = start;
  let rows = 0;
  while (rows < most && chunk[position] === DATA_ROW) {
    const end = position + frameBytes(chunk, position);
    if (end > chunk.length) break;
    maskRow(plan, chunk, position, end, writer, counts, NOT_ANNOUNCED);
    position = end;
    rows += 1;
  }
  return { position, rows };
}

/** What the kernel announced, for one row after the other. */
class Places {
  readonly #machine: Kernel;
  /** Offset in the chunk of the first byte that the kernel has. */
  readonly #base: number;
  /** The first place that may concern the row that comes next. */
  first = 0;

  constructor(machine: Kernel, base: number) {
    this.#machine = machine;
    this.#base = base;
  }

  /** Kinds of places from `start` to `end`; what lies before is behind us. */
  seen(start: number, end: number): number {
    const machine = this.#machine;
    let bits = 0;
    for (; this.first < machine.places; this.first++) {
      const at = machine.placeAt(this.first) + this.#base;
      if (at >= end) break;
      if (at >= start) bits |= machine.bitsAt(this.first);
    }
    return bits;
  }
}

/** Bytes of the message at `start`; more than any chunk has while its header is not complete. */
function frameBytes(chunk: Buffer, start: number): number {
  return start + HEADER_BYTES > chunk.length ? FRAME_LENGTH_MAX : chunk.readInt32BE(start + 1) + 1;
}

/**
 * Writes one DataRow, from `start` to `end` in `chunk`, as the client may see it.
 * @throws {WireError} when the row does not fit its description.
 */
function maskRow(
  { columns }: RowPlan,
  chunk: Buffer,
  start: number,
  end: number,
  writer: RowWriter,
  counts: Record<string, number>,
  places: Places | undefined,
): void {
  if (end - start < HEADER_BYTES + 2 || chunk.readInt16BE(start + HEADER_BYTES) !== columns.length) {
    throw new WireError("WIRE_TRUNCATED", "a row does not fit its description");
  }
  const count = (label: string): void => {
    counts[label] = (counts[label] ?? 0) + 1;
  };
  let out = writer.reserve(end - start);
  const outStart = writer.offset - writer.start;
  let offset = start + HEADER_BYTES + 2;
  /** End of what has been copied. */
  let copied = start;
  for (const steps of columns) {
    if (offset + 4 > end) throw new WireError("WIRE_TRUNCATED", "a row ends inside a column");
    const length = chunk.readInt32BE(offset);
    const changesNull = length === -1 && steps?.[0]?.everyRow === true;
    if (length === -1 && !changesNull) {
      offset += 4;
      continue;
    }
    const valueEnd = offset + 4 + (changesNull ? 0 : length);
    if (valueEnd < offset + 4 || valueEnd > end)
      throw new WireError("WIRE_LENGTH", "a column's length is out of bounds");
    if (steps !== undefined) {
      // A place may be announced in the length before a value: see kernel/scan.as.
      const seen = places?.seen(offset, valueEnd);
      const value = maskColumn(steps, chunk, offset + 4, valueEnd, seen, count);
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

/**
 * What becomes of the value from `start` to `end`. `seen`: kinds of places announced in it; undefined: nobody looked.
 * @returns undefined when it stays as it is; null is NULL.
 */
export function maskColumn(
  steps: readonly ColumnPlan[],
  chunk: Buffer,
  start: number,
  end: number,
  seen: number | undefined,
  count: (label: string) => void,
): Uint8Array | null | undefined {
  let value: Uint8Array | null | undefined;
  for (const step of steps) {
    if (value === null) break;
    if (step.constant !== undefined) {
      count(step.label);
      value = step.constant;
      continue;
    }
    const before: Buffer = value === undefined ? chunk.subarray(start, end) : asBuffer(value);
    const { content } = step;
    if (content === undefined) {
      const after = step.apply(before);
      if (after === before) continue;
      count(step.label);
      value = after;
      continue;
    }
    const kinds =
      value === undefined && seen !== undefined
        ? seen & content.bits
        : scanBits(before, 0, before.length, content.bits);
    if (kinds === 0 && !content.always) continue;
    const after = content.mask(before, kinds, count);
    if (after !== undefined) value = after;
  }
  return value;
}

/** One value by itself, as COPY has them: the same object for "unchanged"; null is NULL. */
export function maskAlone(
  steps: readonly ColumnPlan[],
  value: Buffer,
  counts: Record<string, number>,
): Uint8Array | null {
  const count = (label: string): void => {
    counts[label] = (counts[label] ?? 0) + 1;
  };
  const masked = maskColumn(steps, value, 0, value.length, NOT_ANNOUNCED, count);
  return masked === undefined ? value : masked;
}

/** Nobody has looked for places in the row. */
const NOT_ANNOUNCED = undefined;
const DATA_ROW = 0x44;
/** Type byte and length. */
const HEADER_BYTES = 5;
/** Size of a fresh output buffer, in bytes. */
const WRITER_BYTES = 128 * 1024;
/** Longest message the protocol knows (MaxAllocSize), in bytes. */
const FRAME_LENGTH_MAX = 0x3fff_fffe;
