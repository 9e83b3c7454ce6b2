/**
 * Names in databases that are not in UTF-8. Pure.
 *
 * The server converts a text to its own encoding before it reads it, and only then cuts a name to 63 bytes (scansup.c)
 * and, in encodings of one byte a character, folds letters beyond ASCII. The gate's parser does both as in UTF-8. So two
 * names can be one to the server and two to the gate, or the other way round: such a text is not classified.
 */
import type { Json, RawStatement } from "./parser.ts";

/** @returns why it is not certain what the names in the text stand for; undefined: they are what the parser says. */
export function namesUnsure(text: string, statements: readonly RawStatement[], encoding = UTF8): string | undefined {
  if (encoding === UTF8) return undefined;
  for (const [mark] of text.matchAll(DOLLAR_QUOTE))
    if (BEYOND_ASCII.test(mark)) return `${REASON}: use a dollar quote without them`;
  const oneByte = ONE_BYTE.test(encoding);
  // Escapes (U&"\00e9") make names of their own, so it is the tree that is looked at.
  const unsure = (name: string): boolean =>
    BEYOND_ASCII.test(name) && (!oneByte || name !== name.toLowerCase() || Buffer.byteLength(name) >= CUT_BYTES_MIN);
  return statements.some(({ stmt }) => holds(stmt, unsure)) ? `${REASON}: use other names` : undefined;
}

/** Does any text of the tree pass the test, constants aside? */
function holds(tree: Json | undefined, test: (text: string) => boolean): boolean {
  const queue: (Json | undefined)[] = [tree];
  for (let next = queue.pop(); queue.length > 0 || next !== undefined; next = queue.pop()) {
    if (typeof next === "string") {
      if (test(next)) return true;
    } else if (Array.isArray(next)) queue.push(...(next as readonly Json[]));
    else if (typeof next === "object" && next !== null) {
      for (const [key, value] of Object.entries(next)) if (!CONSTANTS.has(key)) queue.push(value);
    }
  }
  return false;
}

const UTF8 = "UTF8";
const REASON = "the database is not in UTF-8, and a name holds characters beyond ASCII";
/** The mark of a dollar quote; where two characters of Unicode become one, the text would end elsewhere. */
const DOLLAR_QUOTE = /\$[\w\u0080-\uffff]*(?=\$)/g;
const BEYOND_ASCII = /[^\0-\x7f]/;
/** Encodings of one byte a character, in each of which no two characters of Unicode are one. */
const ONE_BYTE = /^(?:LATIN\d+|ISO_8859_\d+|WIN\d+|KOI8R|KOI8U)$/;
/** Where values stand, and texts that name nothing. */
const CONSTANTS: ReadonlySet<string> = new Set(["A_Const", "DefElem", "comment"]);
/** A name of as many bytes in UTF-8 may have been cut (at 63, in front of a character of up to three bytes). */
const CUT_BYTES_MIN = 60;
