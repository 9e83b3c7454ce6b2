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
import { EVERYTHING, LITERAL } from "./detectors/detector.ts";
import { MaskingError } from "./errors.ts";
import { JsonStream, type TextReplacer } from "./json-stream.ts";
import type { Place } from "./place.ts";
import { TextLines } from "./text-lines.ts";
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
  const at = (key: string | undefined): PlacedRules => {
    let rules = placed.get(key);
    if (rules === undefined) {
      if (placed.size >= PLACES_MAX) placed.clear();
      rules = content.at(key === undefined ? place : { ...place, name: key });
      placed.set(key, rules);
    }
    return rules;
  };
  return {
    // Of an escaped character the scan sees the escape only, which it announces as a literal.
    bits: content.at({}).bits | LITERAL,
    looks: (key, seen) => seen !== 0 || at(key).always,
    replace: (text, key, bare, seen) => {
      const rules = at(key);
      const found = content.replace(text, rules, count, rules.always ? EVERYTHING : seen);
      // Outside a string only a number may stand.
      return found === undefined ? undefined : bare ? "0" : found;
    },
  };
}

function counter(masked: Record<string, number>): (label: string) => void {
  return (label) => {
    masked[label] = (masked[label] ?? 0) + 1;
  };
}

/** Longest JSON value that is masked in part, in bytes; a longer one is replaced as a whole. */
export const JSON_BYTES_MAX = 16 * 1024 * 1024;
/** Names whose rules are kept, for one document. */
const PLACES_MAX = 256;
const WHOLE = Buffer.from(`"${REDACTED}"`);
