/**
 * Header and trailer lines (RFC 9112 §5), strictly: what two parsers could read in two ways is no reading at all. A line
 * ends in CR LF; no folded lines, no blank before the colon, no control character but a tab in a value. Pure.
 */

/** More bytes are needed: what is there so far is sound. */
export const INCOMPLETE = -1;
/** These bytes are no such lines, whatever follows. */
export const REFUSED = -2;

/**
 * What may stand around a value: "plain" for at most one blank before it; "padded" for blanks and tabs on both sides,
 * but for fields that frame the message no tabs (llhttp takes `chunked` behind a tab for chunked, before one for not).
 */
export type Padding = "plain" | "padded";

/**
 * Reads lines up to and with the empty one.
 * @param into gets names and values in turn, names as written, values without the blanks around them
 * @returns the place behind the empty line, INCOMPLETE or REFUSED
 */
export function readFields(bytes: Buffer, from: number, into: string[], padding: Padding): number {
  const end = bytes.length;
  let at = from;
  for (;;) {
    if (at >= end) return INCOMPLETE;
    if (bytes[at] === CR) {
      if (at + 1 >= end) return INCOMPLETE;
      return bytes[at + 1] === LF ? at + 2 : REFUSED;
    }
    const nameStart = at;
    while (at < end && isToken(bytes[at])) at += 1;
    if (at >= end) return INCOMPLETE;
    if (at === nameStart || bytes[at] !== COLON) return REFUSED;
    const nameEnd = at;
    at += 1;
    while (at < end && (bytes[at] === SPACE || bytes[at] === TAB)) at += 1;
    const valueStart = at;
    let valueEnd = at;
    for (; at < end && isText(bytes[at]); at += 1) {
      if (bytes[at] !== SPACE && bytes[at] !== TAB) valueEnd = at + 1;
    }
    if (at >= end) return INCOMPLETE;
    if (bytes[at] !== CR) return REFUSED;
    if (at + 1 >= end) return INCOMPLETE;
    if (bytes[at + 1] !== LF) return REFUSED;
    const plain = valueEnd === at && valueStart - nameEnd <= 2 && bytes[nameEnd + 1] !== TAB;
    if (!plain && (padding === "plain" || isFraming(bytes, nameStart, nameEnd, at))) return REFUSED;
    at += 2;
    into.push(latin1(bytes, nameStart, nameEnd), latin1(bytes, valueStart, valueEnd));
  }
}

/** A field that says where the message ends, with a tab in it. */
function isFraming(bytes: Buffer, nameStart: number, nameEnd: number, end: number): boolean {
  const length = nameEnd - nameStart;
  if (length !== 14 && length !== 17) return false;
  const name = latin1(bytes, nameStart, nameEnd).toLowerCase();
  if (name !== "content-length" && name !== "transfer-encoding") return false;
  return bytes.subarray(nameEnd, end).includes(TAB);
}

/** RFC 9110 §5.6.2. */
export function isToken(byte: number | undefined): boolean {
  return byte !== undefined && KINDS[byte] === TOKEN_KIND;
}

/** What a field's value or a reason phrase may hold: visible characters, blanks, tabs, bytes above 127. */
export function isText(byte: number | undefined): boolean {
  return byte !== undefined && (byte >= 0x20 ? byte !== DELETE : byte === TAB);
}

export const CR = 0x0d;
export const LF = 0x0a;
export const SPACE = 0x20;
export const TAB = 0x09;
export const COLON = 0x3a;
const DELETE = 0x7f;
const TOKEN_KIND = 1;
const KINDS = new Uint8Array(256);
for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  KINDS[character.charCodeAt(0)] = TOKEN_KIND;
}

/** Each byte as the character of its number. */
export function latin1(bytes: Buffer, start: number, end: number): string {
  return bytes.toString("latin1", start, end);
}
