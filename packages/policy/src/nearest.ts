/** The known word that somebody most likely meant. Pure. */

/**
 * The candidate with the smallest edit distance (insert, delete, replace, swap of neighbours), if it is close enough
 * to be a slip of the finger: at most a third of the longer word, and at least one edit.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const text = word.slice(0, WORD_CHARS_MAX).toLowerCase();
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const distance = editDistance(text, candidate.slice(0, WORD_CHARS_MAX).toLowerCase());
    const allowed = Math.max(1, Math.floor(Math.max(text.length, candidate.length) / 3));
    if (distance <= allowed && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `; did you mean `x`?`, or the list of what is known when nothing is near. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  if (near !== undefined) return `; did you mean \`${near}\`?`;
  if (candidates.length === 0) return "";
  const shown = candidates.slice(0, SHOWN_MAX).join(", ");
  return `; known here: ${shown}${candidates.length > SHOWN_MAX ? ", …" : ""}`;
}

function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(
        (previous[j] as number) + 1,
        (current[j - 1] as number) + 1,
        (previous[j - 1] as number) + (same ? 0 : 1),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforePrevious[j - 2] as number) + 1);
      }
      current.push(cost);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[b.length] as number;
}

/** Characters of a word that are compared when a suggestion is looked for. */
const WORD_CHARS_MAX = 64;

/** Known words that one message lists. */
const SHOWN_MAX = 16;
