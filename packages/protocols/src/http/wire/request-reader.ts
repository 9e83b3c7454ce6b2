/**
 * Reads the heads of plain requests from a connection's bytes (RFC 9112 §3 to §6): those whose framing every parser
 * sees alike. Everything else is "other", and is left to a parser for all of HTTP before one of its bytes is used.
 * Pure.
 */
import { CR, INCOMPLETE, latin1, LF, readFields, REFUSED, SPACE } from "./fields.ts";

export interface PlainRequest {
  readonly method: string;
  /** As written; begins with `/`. */
  readonly target: string;
  readonly fields: RequestFields;
  /** The place behind the head. */
  readonly end: number;
}

/** The header of a request. The same object as before when a connection's next request has the same bytes. */
export interface RequestFields {
  /** Names as written, values, in turn. */
  readonly raw: readonly string[];
  /** Of the body, in bytes. */
  readonly length: number | "chunked";
  /** May another request follow? */
  readonly keepAlive: boolean;
}

export class RequestReader {
  #last: { readonly bytes: Buffer; readonly fields: RequestFields } | undefined;

  /**
   * @returns "more" when these bytes are the sound beginning of a plain request; "other" for anything that is none.
   */
  read(bytes: Buffer, from: number): PlainRequest | "more" | "other" {
    const end = bytes.length;
    let at = from;
    while (at < end && isUpper(bytes[at])) at += 1;
    if (at - from > METHOD_CHARS_MAX) return "other";
    if (at >= end) return "more";
    if (bytes[at] !== SPACE) return "other";
    const method = METHODS.get(latin1(bytes, from, at));
    if (method === undefined) return "other";
    const targetStart = at + 1;
    at = targetStart;
    while (at < end && isVisible(bytes[at])) at += 1;
    if (at - targetStart > TARGET_CHARS_MAX) return "other";
    if (at >= end) return bytes[targetStart] === SLASH || targetStart >= end ? "more" : "other";
    if (bytes[targetStart] !== SLASH || bytes[at] !== SPACE) return "other";
    const target = latin1(bytes, targetStart, at);
    at += 1;
    for (const expected of VERSION) {
      if (at >= end) return "more";
      if (bytes[at] !== expected) return "other";
      at += 1;
    }
    const last = this.#last;
    if (last !== undefined && startsWith(bytes, at, last.bytes)) {
      return { method, target, fields: last.fields, end: at + last.bytes.length };
    }
    const raw: string[] = [];
    const behind = readFields(bytes, at, raw, "plain");
    if (behind === REFUSED) return "other";
    // A field that is not plain is known as such before the head is whole.
    const fields = plainFields(raw, behind !== INCOMPLETE);
    if (fields === undefined) return "other";
    if (behind === INCOMPLETE) return end - from > HEAD_BYTES_MAX ? "other" : "more";
    if (behind - from > HEAD_BYTES_MAX) return "other";
    if (behind - at <= KEPT_BYTES_MAX) this.#last = { bytes: Buffer.from(bytes.subarray(at, behind)), fields };
    return { method, target, fields, end: behind };
  }
}

/** `undefined` unless there is one reading of what frames the message. */
function plainFields(raw: readonly string[], whole: boolean): RequestFields | undefined {
  let host = 0;
  let length: number | "chunked" | undefined;
  let keepAlive: boolean | undefined;
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? "";
    // No name of another length is looked for.
    if (!LENGTHS.has(name.length)) continue;
    const value = raw[at + 1] ?? "";
    switch (name.toLowerCase()) {
      case "host":
        host += 1;
        break;
      case "content-length":
        if (length !== undefined || !PLAIN_LENGTH.test(value)) return undefined;
        length = Number(value);
        break;
      case "transfer-encoding":
        if (length !== undefined || value !== "chunked") return undefined;
        length = "chunked";
        break;
      case "connection": {
        const option = value.toLowerCase();
        if (keepAlive !== undefined || (option !== "keep-alive" && option !== "close")) return undefined;
        keepAlive = option === "keep-alive";
        break;
      }
      case "expect":
      case "upgrade":
      case "proxy-connection":
      case "http2-settings":
        return undefined;
    }
  }
  if (host > 1 || (whole && host !== 1)) return undefined;
  return { raw, length: length ?? 0, keepAlive: keepAlive ?? true };
}

function startsWith(bytes: Buffer, at: number, start: Buffer): boolean {
  const end = at + start.length;
  return end <= bytes.length && bytes.compare(start, 0, start.length, at, end) === 0;
}

function isUpper(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x41 && byte <= 0x5a;
}

function isVisible(byte: number | undefined): boolean {
  return byte !== undefined && byte > SPACE && byte < 0x7f;
}

const SLASH = 0x2f;
const VERSION = [..."HTTP/1.1"].map((character) => character.charCodeAt(0)).concat(CR, LF);
const PLAIN_LENGTH = /^(?:0|[1-9]\d{0,14})$/;
const METHODS = new Map(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].map((name) => [name, name]));
/** Characters of the longest of these. */
const METHOD_CHARS_MAX = 7;
const LENGTHS = new Set([4, 6, 7, 10, 14, 16, 17]);
/** Characters of a target. */
const TARGET_CHARS_MAX = 16_384;
/** Bytes of the head of a request that is read here. */
const HEAD_BYTES_MAX = 65_536;
/** Bytes of a header that is compared with the next request's. */
const KEPT_BYTES_MAX = 8_192;
