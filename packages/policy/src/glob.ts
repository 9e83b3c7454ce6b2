/**
 * Patterns in which `*` stands for any run of characters (also none), anchored at both ends. In a path pattern `*`
 * does not cross a slash, and `**` does. Pure.
 *
 * No regular expression is made from a pattern: the matchers look at text and pattern from left to right and never go
 * back, so their time is bounded by pattern × text whatever the author or the peer wrote.
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

export function compilePathGlob(pattern: string): Glob {
  if (!pattern.includes("*")) return (text) => text === pattern;
  if (matchesEverything(pattern) && pattern.length > 1) return () => true;
  const open = /^([^*]*)\*\*+$/.exec(pattern);
  if (open !== null) {
    const prefix = open[1] as string;
    return (text) => text.startsWith(prefix);
  }
  const steps = pathSteps(pattern);
  const prefix = pattern.slice(0, pattern.indexOf("*"));
  const suffix = pattern.slice(pattern.lastIndexOf("*") + 1);
  return (text) =>
    text.length >= prefix.length + suffix.length &&
    text.startsWith(prefix) &&
    text.endsWith(suffix) &&
    runPath(steps, text);
}

/** True for a pattern that says nothing: only stars. */
export function matchesEverything(pattern: string): boolean {
  return /^\*+$/.test(pattern);
}

/** One step a character; STAR and GLOBSTAR repeat. Several stars in a row are one. */
function pathSteps(pattern: string): readonly number[] {
  const steps: number[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    if (pattern[at] !== "*") {
      steps.push(pattern.charCodeAt(at));
      continue;
    }
    let stars = 1;
    while (pattern[at + 1] === "*") {
      stars += 1;
      at += 1;
    }
    steps.push(stars > 1 ? GLOBSTAR : STAR);
  }
  return steps;
}

/** All the places of the pattern at which the text read so far can stand, moved on by one character at a time. */
function runPath(steps: readonly number[], text: string): boolean {
  let now = new Uint8Array(steps.length + 1);
  let next = new Uint8Array(steps.length + 1);
  now[0] = 1;
  skipStars(steps, now);
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    let alive = false;
    next.fill(0);
    for (let place = 0; place < steps.length; place += 1) {
      if (now[place] === 0) continue;
      const step = steps[place];
      if (step === GLOBSTAR || (step === STAR && code !== SLASH)) {
        next[place] = 1;
        alive = true;
      } else if (step === code) {
        next[place + 1] = 1;
        alive = true;
      }
    }
    if (!alive) return false;
    skipStars(steps, next);
    [now, next] = [next, now];
  }
  return now[steps.length] === 1;
}

/** A star may stand for nothing. */
function skipStars(steps: readonly number[], places: Uint8Array): void {
  for (let place = 0; place < steps.length; place += 1) {
    if (places[place] === 1 && (steps[place] as number) < 0) places[place + 1] = 1;
  }
}

const STAR = -1;
const GLOBSTAR = -2;
const SLASH = 47;
