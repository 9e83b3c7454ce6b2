/**
 * Where the parts of a JSON text stand, so that they can be judged, cut out or replaced while every other character
 * stays as it is. The text must have passed `parseStrictJson`. Pure.
 */

/** `[start, end)` in characters. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Member {
  readonly name: string;
  /** The name as written, without its quotes. */
  readonly written: string;
  readonly value: Span;
}

export interface Edit extends Span {
  readonly text: string;
}

/** The members of the object that begins at `at`; none when another value does. */
export function membersOf(text: string, at: number): Member[] {
  const members: Member[] = [];
  let next = skipSpace(text, at);
  if (text[next] !== "{") return members;
  next = skipSpace(text, next + 1);
  while (text[next] === '"') {
    const nameEnd = endOfString(text, next);
    const written = text.slice(next + 1, nameEnd - 1);
    const start = skipSpace(text, skipSpace(text, nameEnd) + 1);
    const end = endOfValue(text, start);
    members.push({
      name: written.includes("\\") ? (JSON.parse(`"${written}"`) as string) : written,
      written,
      value: { start, end },
    });
    next = skipSpace(text, end);
    if (text[next] === ",") next = skipSpace(text, next + 1);
  }
  return members;
}

/** The elements of the array that begins at `at`; none when another value does. */
export function itemsOf(text: string, at: number): Span[] {
  const items: Span[] = [];
  let next = skipSpace(text, at);
  if (text[next] !== "[") return items;
  next = skipSpace(text, next + 1);
  while (next < text.length && text[next] !== "]") {
    const end = endOfValue(text, next);
    items.push({ start: next, end });
    next = skipSpace(text, end);
    if (text[next] === ",") next = skipSpace(text, next + 1);
  }
  return items;
}

/** The value of a member of the object that begins at `at`. */
export function memberOf(text: string, at: number, name: string): Span | undefined {
  return membersOf(text, at).find((member) => member.name === name)?.value;
}

export function slice(text: string, span: Span): string {
  return text.slice(span.start, span.end);
}

/** @param edits that do not overlap */
export function applyEdits(text: string, edits: readonly Edit[]): string {
  let out = "";
  let from = 0;
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    out += text.slice(from, edit.start) + edit.text;
    from = edit.end;
  }
  return out + text.slice(from);
}

/** What cuts elements out of an array: the kept ones stay as written. */
export function keepItems(text: string, array: Span, keep: (index: number) => boolean): Edit | undefined {
  const items = itemsOf(text, array.start);
  const kept = items.filter((_item, index) => keep(index));
  if (kept.length === items.length) return undefined;
  return { ...array, text: `[${kept.map((item) => slice(text, item)).join(",")}]` };
}

export function skipSpace(text: string, at: number): number {
  SPACE.lastIndex = at;
  SPACE.test(text);
  return SPACE.lastIndex;
}

function endOfString(text: string, at: number): number {
  STRING.lastIndex = at;
  STRING.test(text);
  return STRING.lastIndex;
}

function endOfValue(text: string, at: number): number {
  const first = text[at];
  if (first === '"') return endOfString(text, at);
  if (first !== "{" && first !== "[") {
    WORD.lastIndex = at;
    WORD.test(text);
    return WORD.lastIndex;
  }
  let depth = 0;
  let next = at;
  while (next < text.length) {
    const character = text[next];
    if (character === '"') {
      next = endOfString(text, next);
      continue;
    }
    next += 1;
    if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") {
      depth -= 1;
      if (depth === 0) return next;
    }
  }
  return next;
}

const SPACE = /[ \t\r\n]*/y;
const STRING = /"(?:[^"\\]|\\.)*"/y;
const WORD = /[^,\]} \t\r\n]*/y;
