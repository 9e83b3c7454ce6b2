/**
 * Masks text line by line while it streams. Lines in which the scan (kernel/scan.as) sees no place go on together, as
 * the part of the chunk that they are; only the others are looked at. Pure.
 */
import type { ContentMasks, PlacedRules } from "./content.ts";
import { EVERYTHING, LITERAL } from "./detectors/detector.ts";
import { scanBits, textKernel, WINDOW_BYTES } from "./kernel.ts";
import { REDACTED } from "./types.ts";

export class TextLines {
  readonly #content: ContentMasks;
  readonly #placed: PlacedRules;
  readonly #count: (label: string) => void;
  readonly #hidesKeys: boolean;
  /** The line whose end has not come, in pieces of our own. */
  #line: Buffer[] = [];
  #lineBytes = 0;
  #insideKey = false;

  constructor(content: ContentMasks, placed: PlacedRules, count: (label: string) => void) {
    this.#content = content;
    this.#placed = placed;
    this.#count = count;
    this.#hidesKeys = placed.rules.some(({ detector }) => detector.name === "private_key");
  }

  push(chunk: Uint8Array): Uint8Array[] {
    const out: Uint8Array[] = [];
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    if (this.#lineBytes > 0) {
      const end = bytes.indexOf(NEWLINE) + 1;
      if (end > 0) {
        this.#append(bytes.subarray(0, end));
        this.#flush(out);
        from = end;
      }
    }
    const end = from === 0 && this.#lineBytes > 0 ? 0 : bytes.lastIndexOf(NEWLINE) + 1;
    while (from < end) from = this.#lines(bytes, from, end, out);
    if (from < bytes.length) this.#append(Buffer.from(bytes.subarray(from)));
    return out;
  }

  end(): Uint8Array[] {
    const out: Uint8Array[] = [];
    if (this.#lineBytes > 0) this.#flush(out);
    return out;
  }

  /** Goes over whole lines between `from` and `end`, as many as fit into a window. @returns where the next one begins. */
  #lines(bytes: Buffer, from: number, end: number, out: Uint8Array[]): number {
    const window = Math.min(end, from + WINDOW_BYTES);
    let stop = window === end ? end : bytes.lastIndexOf(NEWLINE, window - 1) + 1;
    // One line that is longer than a window, and so than LINE_BYTES_MAX; or all have to be looked at.
    if (stop <= from || this.#placed.always) return this.#one(bytes, from, EVERYTHING, out);
    const { rules, bits } = this.#placed;
    const scanner = textKernel();
    let places = 0;
    if (rules.length > 0) {
      scanner.load(bytes, from, stop);
      places = scanner.scan(bits);
      // More places than are kept: what is behind them is for the next window.
      if (scanner.length < stop - from) stop = bytes.lastIndexOf(NEWLINE, from + scanner.length - 1) + 1;
      if (stop <= from) return this.#one(bytes, from, EVERYTHING, out);
    }
    // Bytes before `passed` have been handed on or dropped.
    let passed = from;
    for (let index = 0; ;) {
      while (this.#insideKey && passed < stop) passed = this.#one(bytes, passed, EVERYTHING, out);
      while (index < places && from + scanner.placeAt(index) < passed) index += 1;
      const place = index < places ? from + scanner.placeAt(index) : stop;
      if (place >= stop) break;
      const begin = place === 0 ? 0 : bytes.lastIndexOf(NEWLINE, place - 1) + 1;
      const after = bytes.indexOf(NEWLINE, place) + 1;
      let seen = 0;
      for (; index < places && from + scanner.placeAt(index) < after; index += 1) seen |= scanner.bitsAt(index);
      if (begin > passed) out.push(bytes.subarray(passed, begin));
      passed = this.#one(bytes, begin, seen, out);
    }
    if (stop > passed) out.push(bytes.subarray(passed, stop));
    return stop;
  }

  /** The line that begins at `from`, whose end is in the chunk. @returns where the next one begins. */
  #one(bytes: Buffer, from: number, seen: number, out: Uint8Array[]): number {
    const end = bytes.indexOf(NEWLINE, from) + 1;
    if (end - from > LINE_BYTES_MAX) this.#tooLong("\n", out);
    else this.#look(bytes.subarray(from, end), seen, out);
    return end;
  }

  #append(piece: Buffer): void {
    this.#lineBytes += piece.length;
    if (this.#lineBytes > LINE_BYTES_MAX) this.#line = [piece.subarray(-1)];
    else this.#line.push(piece);
  }

  /** The line that was kept is over, or may not be kept any longer. */
  #flush(out: Uint8Array[]): void {
    const line = this.#line.length === 1 ? (this.#line[0] as Buffer) : Buffer.concat(this.#line);
    const tooLong = this.#lineBytes > LINE_BYTES_MAX;
    this.#line = [];
    this.#lineBytes = 0;
    if (tooLong) {
      this.#tooLong(line.at(-1) === NEWLINE ? "\n" : "", out);
      return;
    }
    const { rules, bits, always } = this.#placed;
    const seen = always ? EVERYTHING : rules.length === 0 ? 0 : scanBits(line, 0, line.length, bits);
    this.#look(line, seen, out);
  }

  #tooLong(ended: string, out: Uint8Array[]): void {
    this.#count("text:too-long");
    out.push(Buffer.from(`${REDACTED}${ended}`));
  }

  /** Masks one line. `seen`: the kinds of places in it. */
  #look(line: Buffer, seen: number, out: Uint8Array[]): void {
    if (seen === 0 && !this.#insideKey) {
      out.push(line);
      return;
    }
    const text = line.toString("latin1");
    if (this.#hidesKey(text, seen)) {
      if (!KEY_BEGIN.test(text)) return;
      out.push(Buffer.from(`${REDACTED}${line.at(-1) === NEWLINE ? "\n" : ""}`));
      this.#count("detect:private_key");
      return;
    }
    const found = this.#content.replace(text, this.#placed, this.#count, seen);
    out.push(found === undefined ? line : Buffer.from(found, "latin1"));
  }

  /** Is this line a part of a private key that spans lines? Its first line is announced as a literal. */
  #hidesKey(text: string, seen: number): boolean {
    if (!this.#hidesKeys) return false;
    if (this.#insideKey) {
      this.#insideKey = !KEY_END.test(text);
      return true;
    }
    // One line with both is a block by itself, which the detector finds.
    this.#insideKey = (seen & LITERAL) !== 0 && KEY_BEGIN.test(text) && !KEY_END.test(text);
    return this.#insideKey;
  }
}

/** Longest line of a text that is looked at, in bytes; a longer one is replaced as a whole. */
export const LINE_BYTES_MAX = 256 * 1024;
const NEWLINE = 0x0a;
const KEY_BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-/;
const KEY_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|Private-MAC:/;
