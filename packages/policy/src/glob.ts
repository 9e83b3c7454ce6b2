/**
 * Patterns in which `*` stands for any run of characters (also none), anchored at both ends. Pure.
 *
 * No regular expression is made from a pattern: the matcher looks for the literal parts from left to right and never
 * goes back, so its time is bounded by pattern × text whatever the author or the peer wrote.
 */

export type Glob = (text: string) => boolean;

export function compileGlob(pattern: string): Glob {
  const parts = pattern.split("*");
  if (parts.length === 1) return (text) => text === pattern;
  const first = parts[0] as string;
  const last = parts[parts.length - 1] as string;
  const middle = parts.slice(1, -1).filter((part) => part !== "");
  const fixed = first.length + last.length;
  if (fixed === 0 && middle.length === 0) return () => true;
  return (text) => {
    if (text.length < fixed || !text.startsWith(first) || !text.endsWith(last)) return false;
    const end = text.length - last.length;
    let at = first.length;
    // Taking the leftmost place of each part leaves the most room for the rest: no other choice can do better.
    for (const part of middle) {
      const found = text.indexOf(part, at);
      if (found < 0 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  };
}

/** True for a pattern that says nothing: only stars. */
export function matchesEverything(pattern: string): boolean {
  return /^\*+$/.test(pattern);
}
