/**
 * The scan over bytes for places where a detector could find something, and the rewriting of rows: a WebAssembly
 * module of our own (kernel/scan.as). Touches two module-wide memories; every call is synchronous, and what a call left
 * in a memory is over with its next `load`.
 */
import { KERNEL_BASE64 } from "./kernel-bytes.ts";
import { LITERALS, literalTable, nibbleTables } from "./literals.ts";

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  setLiterals(count: number): void;
  scan(length: number, wanted: number): number;
  rows(from: number, length: number, columns: number, found: number, first: number, room: number, most: number): number;
  walk(from: number, length: number): void;
  getPosition(): number;
  getWritten(): number;
  getPassed(): number;
  getPlace(): number;
}

/** Why `rewrite` stopped. */
export type Stop = "incomplete" | "other" | "look" | "misfit" | "full";

/** What happens to a column: nothing, always the same bytes (null: NULL), a look where a place is, or always a look. */
export type ColumnTreatment =
  { readonly kind: "pass" | "look" | "always" } | { readonly kind: "constant"; readonly value: Uint8Array | null };

class Kernel {
  readonly #exports: Exports;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #found: Uint32Array;
  #length = 0;
  #places = 0;
  #columns = 0;

  constructor() {
    const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
    const module = new WebAssembly.Module(Buffer.from(KERNEL_BASE64, "base64"));
    this.#exports = new WebAssembly.Instance(module, {}).exports;
    const { buffer } = this.#exports.memory;
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
    this.#found = new Uint32Array(buffer, FOUND, FOUND_MAX);
    this.#bytes.set(nibbleTables(LITERALS), NIBBLES);
    this.#bytes.set(literalTable(LITERALS), LITERAL_ENTRIES);
    this.#exports.setLiterals(LITERALS.length);
  }

  /** Takes the bytes from `start`, as many as fit. @returns how many. */
  load(bytes: Uint8Array, start: number, end: number): number {
    const length = Math.min(end - start, WINDOW_BYTES);
    this.#bytes.set(start === 0 && length === bytes.length ? bytes : bytes.subarray(start, start + length), INPUT);
    this.#bytes.fill(0, INPUT + length, INPUT + length + PAD_BYTES);
    this.#length = length;
    this.#places = 0;
    return length;
  }

  /**
   * Looks for places of these kinds. Where there are more than can be kept, `length` shrinks to what has been looked at.
   * @returns how many there are.
   */
  scan(bits: number): number {
    this.#places = this.#exports.scan(this.#length, bits);
    if (this.#places === FOUND_MAX) {
      this.#places = FOUND_MAX - SPARE;
      this.#length = this.placeAt(this.#places - 1);
    }
    return this.#places;
  }

  /** How many places the last scan has found. */
  get places(): number {
    return this.#places;
  }

  /** Bytes that were loaded and can be gone over. */
  get length(): number {
    return this.#length;
  }

  /** Offset of a place in what was loaded. */
  placeAt(index: number): number {
    return (this.#found[index] as number) >>> 8;
  }

  bitsAt(index: number): number {
    return (this.#found[index] as number) & 0xff;
  }

  /** Lays out what `rewrite` does to the columns. @returns false when there are too many for it. */
  useColumns(columns: readonly ColumnTreatment[]): boolean {
    if (columns.length > COLUMNS_MAX) return false;
    let constant = CONSTANTS;
    for (const [index, column] of columns.entries()) {
      const entry = COLUMNS + index * 16;
      this.#view.setInt32(entry, KINDS[column.kind], true);
      this.#view.setInt32(entry + 12, 0, true);
      if (column.kind !== "constant") continue;
      const { value } = column;
      if (value !== null && constant + value.length + 16 > CONSTANTS_END) return false;
      this.#view.setInt32(entry + 4, constant, true);
      this.#view.setInt32(entry + 8, value === null ? -1 : value.length, true);
      if (value !== null) this.#bytes.set(value, constant);
      constant += value?.length ?? 0;
    }
    this.#columns = columns.length;
    return true;
  }

  /** How often the constant of a column was used since `useColumns`. */
  used(column: number): number {
    return this.#view.getInt32(COLUMNS + column * 16 + 12, true);
  }

  /** Rewrites rows (see kernel/scan.as) from `from` on; `first` is the first place that may concern them. */
  rewrite(from: number, first: number, most: number): Stop {
    const stop = this.#exports.rows(from, this.#length, this.#columns, this.#places, first, OUTPUT_BYTES, most);
    return STOPS[stop] as Stop;
  }

  /** Passes whole rows without a look into them. */
  walk(from: number): void {
    this.#exports.walk(from, this.#length);
  }

  get position(): number {
    return this.#exports.getPosition();
  }
  get passed(): number {
    return this.#exports.getPassed();
  }
  get place(): number {
    return this.#exports.getPlace();
  }
  get writtenBytes(): number {
    return this.#exports.getWritten();
  }

  /** Copies what `rewrite` wrote. */
  copyOut(to: Uint8Array, at: number, length: number): void {
    to.set(this.#bytes.subarray(OUTPUT, OUTPUT + length), at);
  }
}

let forRows: Kernel | undefined;
let forTexts: Kernel | undefined;

/** The kernel that goes over rows; texts have another, so that they may be looked at in between. */
export function kernel(): Kernel {
  return (forRows ??= new Kernel());
}

export type { Kernel };

/** The kernel that goes over bodies and lines: its places are over with the next call of it or of `scanBits`. */
export function textKernel(): Kernel {
  return (forTexts ??= new Kernel());
}

/** Which of the kinds in `bits` may be found in these bytes, of any length. */
export function scanBits(bytes: Uint8Array, start: number, end: number, bits: number): number {
  const scanner = textKernel();
  let seen = 0;
  for (let from = start; from < end;) {
    const length = scanner.load(bytes, from, end);
    const count = scanner.scan(bits);
    if (scanner.length < length) return bits;
    for (let index = 0; index < count; index++) seen |= scanner.bitsAt(index);
    if (seen === bits) return seen;
    if (from + length >= end) break;
    from += length - OVERLAP_BYTES;
  }
  return seen;
}

interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Exports };
}

const KINDS = { pass: 0, constant: 1, look: 2, always: 3 } as const;
const STOPS: readonly Stop[] = ["incomplete", "other", "look", "misfit", "full"];

/** Memory of the kernel; kernel/scan.as has the same numbers. */
const NIBBLES = 0x500;
const LITERAL_ENTRIES = 0x600;
const COLUMNS = 0x2000;
const CONSTANTS = 0x4000;
const CONSTANTS_END = 0xc000;
const INPUT = 0x10000;
const FOUND = 0x54000;
const OUTPUT = 0x70000;

/** Bytes that are looked at in one go. */
export const WINDOW_BYTES = 256 * 1024;
/** Zeros behind them, so that a look ahead reads nothing old. */
const PAD_BYTES = 256;
/** Room for rewritten rows, in bytes. */
const OUTPUT_BYTES = 512 * 1024;
/** Places that are kept for one window; a window with more is looked at as a whole. */
const FOUND_MAX = 16_384;
/** Room that is left at the end of the places for one block's. */
const SPARE = 256;
/** Columns of a row that is rewritten in the kernel; a wider one takes the slower way. */
const COLUMNS_MAX = 64;
/** How far a window reaches back into the one before it: more than any pattern that decides about a place. */
const OVERLAP_BYTES = 256;
