/**
 * Counts a text's tokens, so that a text which would keep the parser busy for seconds is refused before it is parsed.
 * Pure. It reads text as PostgreSQL's scanner does (scan.l, standard_conforming_strings on); being wrong would cost
 * time, never safety: what a command does is only ever taken from the parser. (plpgsql.ts reads with it where the
 * parser leaves something out; what it cuts out is parsed, and unclassified if that fails.)
 */

/** Tokens of one SQL text: time and memory of parsing grow with them, not with the length of literals. */
export const SQL_TOKENS_MAX = 300_000;

export function hasTooManyTokens(text: string): boolean {
  if (text.length <= SQL_TOKENS_MAX) return false;
  let tokens = 0;
  for (let at = 0; at < text.length;) {
    const end = endOfToken(text, at);
    if (text.charCodeAt(at) > SPACE) tokens++;
    if (tokens > SQL_TOKENS_MAX) return true;
    at = end;
  }
  return false;
}

/** Where the token, comment or run of spaces that starts at `at` ends. */
export function endOfToken(text: string, at: number): number {
  const first = text[at] ?? "";
  const second = text[at + 1];
  if (first === "'" || first === '"') return after(text, first, at + 1);
  if ((first === "e" || first === "E") && second === "'") return endOfEscapeString(text, at + 2);
  if (first === "-" && second === "-") return after(text, "\n", at + 2);
  if (first === "/" && second === "*") return endOfComment(text, at + 2);
  if (first === "$") {
    DOLLAR_QUOTE.lastIndex = at;
    const quote = DOLLAR_QUOTE.exec(text)?.[0];
    if (quote !== undefined) return after(text, quote, at + quote.length);
  }
  WORD.lastIndex = at;
  return WORD.test(text) ? WORD.lastIndex : at + 1;
}

function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found + mark.length;
}

function endOfEscapeString(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === "\\") at++;
    else if (character === "'") return at + 1;
  }
  return text.length;
}

function endOfComment(text: string, from: number): number {
  let depth = 1;
  for (let at = from; at < text.length; at++) {
    if (text[at] === "*" && text[at + 1] === "/") {
      at++;
      if (--depth === 0) return at + 1;
    } else if (text[at] === "/" && text[at + 1] === "*") {
      at++;
      depth++;
    }
  }
  return text.length;
}

const SPACE = 0x20;
const WORD = /[A-Za-z0-9_$.\u0080-\uffff]+|[ \t\n\r\f\v]+/y;
const DOLLAR_QUOTE = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
