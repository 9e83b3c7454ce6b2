/**
 * Masks bodies: JSON whole or as a stream, and lines of text. What a protocol other than SQL needs. Pure.
 *
 * ```ts
 * const content = new ContentMasks(gate.masks, gate, () => gate.clock.now());
 * const { bytes, masked } = maskJson(body, content);       // a whole document
 * const stream = jsonMasker(content);                      // push(chunk) …, end()
 * const lines = textMasker(content);                       // SSE, logs, plain text
 * ```
 */
import type { ContentMasks, PlacedRules } from "./content.ts";
import { MaskingError } from "./errors.ts";
import { JsonStream, type TextReplacer } from "./json-stream.ts";
import type { Place } from "./place.ts";
import { REDACTED } from "./types.ts";

export interface MaskStream {
  /** What may go on so far; parts of it may be parts of `chunk`. */
  push(chunk: Uint8Array): Uint8Array[];
  /** The rest. Must be called: what is still held back comes now. */
  end(): Uint8Array[];
  /** How often each mask changed something: `json:$.a`, `detect:email`. */
  readonly masked: Readonly<Record<string, number>>;
}

export interface TextStream extends MaskStream {
  /**
   * Lets go of an unfinished line, for peers that wait for it (a prompt has no end); a private key stays hidden across it.
   * What of a value has not come yet is looked at by itself afterwards.
   */
  flush(): Uint8Array[];
}

export interface JsonOptions {
  /** Several documents after one another (JSON lines). */
  readonly sequence?: boolean;
  /** Where the document stands, for what names say. */
  readonly place?: Place;
}

/**
 * A stream over one JSON document. Bytes go on as they come, except for values that a mask may change.
 * `push` and `end` throw for what is no JSON: what has gone on until then was masked, nothing more may follow.
 * @throws {MaskingError} JSON_MALFORMED, JSON_BOUND from push and end.
 */
export function jsonMasker(content: ContentMasks, options: JsonOptions = {}): MaskStream {
  const masked: Record<string, number> = {};
  const count = counter(masked);
  const stream = new JsonStream({
    paths: content.paths,
    replace: content.detects ? jsonReplacer(content, options.place ?? {}, count) : undefined,
    keys: content.keys,
    count,
    sequence: options.sequence ?? false,
  });
  return { push: (chunk) => stream.push(chunk), end: () => stream.end(), masked };
}

/** A whole document: a malformed or unbounded one becomes `"[redacted]"`. The same bytes where nothing is masked. */
export function maskJson(
  bytes: Uint8Array,
  content: ContentMasks,
  options: JsonOptions = {},
): { readonly bytes: Uint8Array; readonly masked: Readonly<Record<string, number>> } {
  if (bytes.length > JSON_BYTES_MAX) return { bytes: WHOLE, masked: { "json:too-long": 1 } };
  const stream = jsonMasker(content, options);
  try {
    const out = [...stream.push(bytes), ...stream.end()];
    if (Object.keys(stream.masked).length === 0) return { bytes, masked: stream.masked };
    return { bytes: Buffer.concat(out), masked: stream.masked };
  } catch (error) {
    if (!(error instanceof MaskingError)) throw error;
    return { bytes: WHOLE, masked: { "json:malformed": 1 } };
  }
}

/**
 * A stream over text, line by line: what comes out depends on the text alone, not on how it was cut into chunks.
 * A line goes on when its end has come. A line above LINE_BYTES_MAX is replaced as a whole; a private key is hidden
 * from its first line to its last, or to the end of the text.
 */
export function textMasker(content: ContentMasks, place: Place = {}): TextStream {
  const masked: Record<string, number> = {};
  const lines = new TextLines(content, content.at(place), counter(masked));
  return { push: (chunk) => lines.push(chunk), flush: () => lines.end(), end: () => lines.end(), masked };
}

/** How the detectors look into a document's strings and numbers. */
export function jsonReplacer(content: ContentMasks, place: Place, count: (label: string) => void): TextReplacer {
  const placed = new Map<string | undefined, PlacedRules>();
  return (text, key, bare) => {
    let rules = placed.get(key);
    if (rules === undefined) {
      if (placed.size >= PLACES_MAX) placed.clear();
      rules = content.at(key === undefined ? place : { ...place, name: key });
      placed.set(key, rules);
    }
    const found = content.replace(text, rules, count);
    // Outside a string only a number may stand.
    return found === undefined ? undefined : bare ? "0" : found;
  };
}

class TextLines {
  readonly #content: ContentMasks;
  readonly #placed: PlacedRules;
  readonly #count: (label: string) => void;
  #line: Buffer[] = [];
  #lineBytes = 0;
  #insideKey = false;

  constructor(content: ContentMasks, placed: PlacedRules, count: (label: string) => void) {
    this.#content = content;
    this.#placed = placed;
    this.#count = count;
  }

  push(chunk: Uint8Array): Uint8Array[] {
    const out: Uint8Array[] = [];
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    for (;;) {
      const end = bytes.indexOf(NEWLINE, from);
      if (end < 0) break;
      this.#append(bytes.subarray(from, end + 1));
      this.#flush(out);
      from = end + 1;
    }
    if (from < bytes.length) this.#append(Buffer.from(bytes.subarray(from)));
    return out;
  }

  end(): Uint8Array[] {
    const out: Uint8Array[] = [];
    if (this.#lineBytes > 0) this.#flush(out);
    return out;
  }

  #append(piece: Buffer): void {
    this.#lineBytes += piece.length;
    if (this.#lineBytes > LINE_BYTES_MAX) this.#line = [piece.subarray(-1)];
    else this.#line.push(piece);
  }

  #flush(out: Uint8Array[]): void {
    const line = this.#line.length === 1 ? (this.#line[0] as Buffer) : Buffer.concat(this.#line);
    const tooLong = this.#lineBytes > LINE_BYTES_MAX;
    this.#line = [];
    this.#lineBytes = 0;
    const ended = line.at(-1) === NEWLINE ? "\n" : "";
    if (tooLong) {
      this.#count("text:too-long");
      out.push(Buffer.from(`${REDACTED}${ended}`));
      return;
    }
    const text = line.toString("latin1");
    if (this.#hidesKey(text)) {
      if (!KEY_BEGIN.test(text)) return;
      out.push(Buffer.from(`${REDACTED}${ended}`));
      this.#count("detect:private_key");
      return;
    }
    const found = this.#content.replace(text, this.#placed, this.#count);
    out.push(found === undefined ? line : Buffer.from(found, "latin1"));
  }

  /** Is this line a part of a private key that spans lines? */
  #hidesKey(text: string): boolean {
    if (!this.#placed.rules.some(({ detector }) => detector.name === "private_key")) return false;
    const inside = this.#insideKey;
    const begins = text.search(KEY_BEGIN);
    const ends = text.search(KEY_END);
    if (inside) {
      this.#insideKey = ends < 0;
      return true;
    }
    // One line with both is a block by itself, which the detector finds.
    this.#insideKey = begins >= 0 && ends < 0;
    return this.#insideKey;
  }
}

function counter(masked: Record<string, number>): (label: string) => void {
  return (label) => {
    masked[label] = (masked[label] ?? 0) + 1;
  };
}

/** Longest JSON value that is masked in part, in bytes; a longer one is replaced as a whole. */
export const JSON_BYTES_MAX = 16 * 1024 * 1024;
/** Longest line of a text that is looked at, in bytes; a longer one is replaced as a whole. */
export const LINE_BYTES_MAX = 256 * 1024;
/** Names whose rules are kept, for one document. */
const PLACES_MAX = 256;
const WHOLE = Buffer.from(`"${REDACTED}"`);
const NEWLINE = 0x0a;
const KEY_BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-/;
const KEY_END = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|Private-MAC:/;
