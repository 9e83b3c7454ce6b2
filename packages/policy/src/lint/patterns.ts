/** Is everything that one pattern matches also matched by another? Pure. */

/** How patterns of a field are read. */
export interface PatternStyle {
  /** `*` stays between slashes, `**` does not. */
  readonly path: boolean;
  readonly upperCase: boolean;
}

/**
 * True when `outer` certainly matches whatever `inner` matches. A star of the inner pattern is a piece of text that
 * nobody knows, so only a star of the outer one can take it. False may mean "not sure".
 */
export function contains(outer: string, inner: string, style: PatternStyle): boolean {
  if (outer.startsWith("@") || inner.startsWith("@")) return outer === inner;
  const pattern = tokens(style.upperCase ? outer.toUpperCase() : outer, style.path);
  const text = tokens(style.upperCase ? inner.toUpperCase() : inner, style.path);
  let states = new Set(reachable(pattern, [0]));
  for (const piece of text) {
    const next: number[] = [];
    for (const at of states) {
      const step = pattern[at];
      if (step === undefined) continue;
      if (step === MANY) next.push(at);
      else if (step === ONE) {
        if (piece !== MANY && piece !== "/") next.push(at);
      } else if (step === piece) next.push(at + 1);
    }
    states = new Set(reachable(pattern, next));
    if (states.size === 0) return false;
  }
  return states.has(pattern.length);
}

/** True when both patterns can match one and the same text. A group (`@catalog`) meets only itself. */
export function overlaps(a: string, b: string, style: PatternStyle): boolean {
  if (a.startsWith("@") || b.startsWith("@")) return a === b;
  const left = tokens(style.upperCase ? a.toUpperCase() : a, style.path);
  const right = tokens(style.upperCase ? b.toUpperCase() : b, style.path);
  // Both automata at once: a pair of places is reachable when some text leads to both.
  const seen = new Set<number>();
  const queue: (readonly [number, number])[] = [[0, 0]];
  for (let pair = queue.pop(); pair !== undefined; pair = queue.pop()) {
    const [i, j] = pair;
    const key = i * (right.length + 1) + j;
    if (seen.has(key)) continue;
    seen.add(key);
    if (i === left.length && j === right.length) return true;
    const x = left[i];
    const y = right[j];
    if (x === MANY || x === ONE) queue.push([i + 1, j]);
    if (y === MANY || y === ONE) queue.push([i, j + 1]);
    if (x === undefined || y === undefined) continue;
    const xStar = x === MANY || x === ONE;
    const yStar = y === MANY || y === ONE;
    if (xStar && !yStar && (x === MANY || y !== "/")) queue.push([i, j + 1]);
    if (yStar && !xStar && (y === MANY || x !== "/")) queue.push([i + 1, j]);
    if (!xStar && !yStar && x === y) queue.push([i + 1, j + 1]);
  }
  return false;
}

/** Without path rules every star is one that crosses slashes. */
function tokens(pattern: string, path: boolean): readonly string[] {
  return (pattern.match(/\*+|[^*]/gsu) ?? []).map((piece) => {
    if (!piece.startsWith("*")) return piece;
    return path && piece.length === 1 ? ONE : MANY;
  });
}

/** A star also stands for nothing. */
function* reachable(pattern: readonly string[], places: readonly number[]): Generator<number> {
  for (const place of places) {
    let at = place;
    yield at;
    while (pattern[at] === ONE || pattern[at] === MANY) yield (at += 1);
  }
}

const ONE = "*";
const MANY = "**";
