/**
 * A text's key with its literals taken out: texts of one key are the same tokens to PostgreSQL's scanner (scan.l), but
 * for the values of plain numbers and strings. Pure.
 *
 * It reads a small part of the lexical syntax and nothing else: whatever it does not know for sure gives no key, and the
 * text goes the ordinary way: nothing beyond ASCII, so that no encoding matters; no comments, no escapes, no exponents.
 * What a key is worth is not decided here: templates.ts asks the parser about each.
 */

/**
 * integer: an int4 to the scanner (ICONST). long: whole, and too large for that; decimal: with a point (both FCONST).
 * string: between single quotes (SCONST).
 */
export type LiteralKind = "integer" | "long" | "decimal" | "string";

export interface Literal {
  readonly kind: LiteralKind;
  /** Where it starts and ends in the text, quotes included. */
  readonly start: number;
  readonly end: number;
}

/**
 * The key of a text; undefined: it has none, or no literal. Literals are added to `found`.
 *
 * A literal stands in the key as a control character, which no text with a key holds, so keys are as different as the
 * rest of their texts.
 */
export function literalKey(text: string, found?: Literal[]): string | undefined {
  if (text.length > KEYED_CHARS_MAX) return undefined;
  let key = "";
  let copied = 0;
  // The class of the character before `at`, and whether only spaces stand between a string and `at`.
  let before = SPACE;
  let behindString = false;
  for (let at = 0; at < text.length;) {
    const start = at;
    const kind = classOf(text, at++);
    switch (kind) {
      case SPACE:
        before = SPACE;
        continue;
      case WORD:
        // Behind a closing quote it would be another word to a reader, and to the server the same.
        if (before === QUOTE || before === NAME_QUOTE) return undefined;
        while (isWord(text, at)) at++;
        break;
      case DIGIT: {
        while (classOf(text, at) === DIGIT) at++;
        const digits = at - start;
        if (digits > 1 && text.charCodeAt(start) === ZERO) return undefined;
        const decimal = classOf(text, at) === DOT && classOf(text, at + 1) === DIGIT;
        if (decimal) {
          at += 2;
          while (classOf(text, at) === DIGIT) at++;
        }
        // `.5`, `'a'5`; `5.`, `5..`, `5.5.`, `5e1`, `5a`, `5'…'`, `5"…"`.
        if (before === DOT || before === QUOTE || before === NAME_QUOTE || isBound(text, at)) return undefined;
        if (!decimal && digits > INTEGER_DIGITS_MAX && digits < LONG_DIGITS_MIN) return undefined;
        const numeral: LiteralKind = decimal ? "decimal" : digits <= INTEGER_DIGITS_MAX ? "integer" : "long";
        key += text.slice(copied, start) + MARKS[numeral];
        copied = at;
        found?.push({ kind: numeral, start, end: at });
        break;
      }
      case QUOTE:
        // E'…', B'…', X'…', N'…', U&'…', 5'…', "a"'…'; two strings in a row, which may be one.
        if (before !== SPACE && before !== OTHER && before !== DOT) return undefined;
        if (behindString || text.charCodeAt(start - 1) === AMPERSAND) return undefined;
        while (isPlain(text, at, QUOTE)) at++;
        if (classOf(text, at++) !== QUOTE || isBound(text, at)) return undefined;
        key += text.slice(copied, start) + MARKS.string;
        copied = at;
        found?.push({ kind: "string", start, end: at });
        behindString = true;
        before = QUOTE;
        continue;
      case NAME_QUOTE:
        if (before !== SPACE && before !== OTHER && before !== DOT) return undefined;
        if (text.charCodeAt(start - 1) === AMPERSAND) return undefined;
        while (isPlain(text, at, NAME_QUOTE)) at++;
        if (classOf(text, at++) !== NAME_QUOTE) return undefined;
        if (isWord(text, at) || classOf(text, at) === QUOTE || classOf(text, at) === NAME_QUOTE) return undefined;
        break;
      case DOT:
      case OTHER: {
        const pair = text.slice(start, start + 2);
        if (pair === "--" || pair === "/*" || pair === "*/") return undefined;
        break;
      }
      default:
        return undefined;
    }
    before = kind;
    behindString = false;
  }
  return copied === 0 ? undefined : key + text.slice(copied);
}

/** What cannot stand directly behind a literal, because the two could be one token. */
function isBound(text: string, at: number): boolean {
  const kind = classOf(text, at);
  return kind === WORD || kind === DIGIT || kind === DOT || kind === QUOTE || kind === NAME_QUOTE;
}

function isWord(text: string, at: number): boolean {
  const kind = classOf(text, at);
  return kind === WORD || kind === DIGIT;
}

/** A character inside quotes that stands for itself: printable ASCII, no backslash. */
function isPlain(text: string, at: number, quote: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x20 && code <= 0x7e && code !== BACKSLASH && CLASSES[code] !== quote;
}

/** The class of a character; beyond the text's end it is as good as a space. */
function classOf(text: string, at: number): number {
  if (at >= text.length) return SPACE;
  return CLASSES[text.charCodeAt(at)] ?? UNKNOWN;
}

/** Longest text that gets a key, in characters. */
export const KEYED_CHARS_MAX = 4_096;
/** Digits of a whole number that always fits into an int4. */
const INTEGER_DIGITS_MAX = 9;
/** Digits of one that never does. */
const LONG_DIGITS_MIN = 11;

const MARKS: Readonly<Record<LiteralKind, string>> = {
  integer: "\u0001",
  string: "\u0002",
  decimal: "\u0003",
  long: "\u0004",
};
const ZERO = 0x30;
const AMPERSAND = 0x26;
const BACKSLASH = 0x5c;

const UNKNOWN = 0;
const SPACE = 1;
const WORD = 2;
const DIGIT = 3;
const QUOTE = 4;
const NAME_QUOTE = 5;
const DOT = 6;
const OTHER = 7;

/** By character code. Not listed: `$` (quotes and parameters), backslash, backtick, braces, control characters. */
const CLASSES: Uint8Array = classes([
  [SPACE, " \t\n\r"],
  [WORD, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"],
  [DIGIT, "0123456789"],
  [QUOTE, "'"],
  [NAME_QUOTE, '"'],
  [DOT, "."],
  [OTHER, "()[],;:+-*/<>=~!@#%^&|?"],
]);

function classes(lists: readonly (readonly [number, string])[]): Uint8Array {
  const table = new Uint8Array(128);
  for (const [kind, characters] of lists) for (const each of characters) table[each.charCodeAt(0)] = kind;
  return table;
}
