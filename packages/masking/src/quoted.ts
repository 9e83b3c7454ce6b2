/** Pure. */

/**
 * Where a text in double quotes ends that begins at `at`, in which a backslash stands before a character that is meant as
 * itself. By search, not by a pattern: a pattern remembers a place to come back to for each character, and of eight million
 * there is no room for more.
 * @returns the place behind the closing quote; undefined where nothing begins or it does not end.
 */
export function endOfQuoted(text: string, at: number): number | undefined {
  if (text[at] !== '"') return undefined;
  for (let from = at + 1; ;) {
    const quote = text.indexOf('"', from);
    if (quote === -1) return undefined;
    let start = quote;
    while (start > from && text[start - 1] === "\\") start -= 1;
    if ((quote - start) % 2 === 0) return quote + 1;
    from = quote + 1;
  }
}
