/**
 * Reads JSON paths and follows them through a document. Pure.
 *
 * A subset of RFC 9535: `$`, `.name`, `['name']`, `[n]`, `[*]`, `.*`, `..name`. Names are compared after escapes
 * have been resolved, exactly, in any case as written.
 */
import { MaskingError } from "./errors.ts";

interface Step {
  /** Which member or element: a name, an index, or all of them. */
  readonly select: string | number;
  /** A name as readers that ignore case see it. */
  readonly folded?: string;
  readonly kind: "name" | "index" | "any";
  /** `..`: at any depth below. */
  readonly descend: boolean;
}

export interface JsonPath {
  readonly text: string;
  readonly steps: readonly Step[];
}

/** @throws {MaskingError} PATH_INVALID */
export function parseJsonPath(text: string): JsonPath {
  if (text.length > PATH_CHARS_MAX) throw invalid(text.slice(0, 40), "is too long");
  if (!text.startsWith("$")) throw invalid(text, "must begin with `$`");
  const steps: Step[] = [];
  let at = 1;
  while (at < text.length) {
    const descend = text.startsWith("..", at);
    if (descend) at += 2;
    else if (text[at] === ".") at += 1;
    else if (text[at] !== "[") throw invalid(text, "needs `.` or `[` between its steps");
    const rest = text.slice(at);
    const bracket = /^\[(?:(\*)|(0|[1-9][0-9]{0,8})|'((?:[^'\\]|\\['\\])*)'|"((?:[^"\\]|\\["\\])*)")\]/.exec(rest);
    if (bracket !== null) {
      if (!descend && text[at - 1] === "." && at > 1) throw invalid(text, "has a `.` before `[`");
      const [, star, index, single, double] = bracket;
      const name = single ?? double;
      if (star !== undefined) steps.push({ kind: "any", select: "*", descend });
      else if (index !== undefined) steps.push({ kind: "index", select: Number(index), descend });
      else steps.push(named((name ?? "").replaceAll(/\\(.)/g, "$1"), descend));
      at += bracket[0].length;
      continue;
    }
    const plain = /^(?:(\*)|[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff-]*)/.exec(rest);
    if (plain === null || (text[at] === "[" && !descend)) throw invalid(text, "has a step that cannot be read");
    steps.push(plain[1] === undefined ? named(plain[0], descend) : { kind: "any", select: "*", descend });
    at += plain[0].length;
  }
  if (steps.length > STEPS_MAX) throw invalid(text, "has too many steps");
  return { text, steps };
}

function named(name: string, descend: boolean): Step {
  return { kind: "name", select: name, folded: foldName(name), descend };
}

function invalid(path: string, why: string): MaskingError {
  return new MaskingError("operator", "PATH_INVALID", `the JSON path ${path} ${why}; write it like $.items[*].name`);
}

/** A place in a path: path number × 64 + step number. */
export type PathState = number;

/** What the paths say about one value of a document. */
export interface Reached {
  /** Numbers of the paths that name this very value. */
  readonly hits: readonly number[];
  /** For the values inside it. */
  readonly inside: readonly PathState[];
}

/** Follows several paths at once. */
export class PathWalker {
  readonly #paths: readonly JsonPath[];
  /** A name step looks through arrays: `$.items.ssn` reaches every element's, so that a mask never hits too little. */
  readonly #lax: boolean;

  constructor(paths: readonly JsonPath[], lax: boolean) {
    this.#paths = paths;
    this.#lax = lax;
  }

  root(): Reached {
    const hits: number[] = [];
    const inside: PathState[] = [];
    for (const [number, { steps }] of this.#paths.entries()) {
      if (steps.length === 0) hits.push(number);
      else inside.push(number * STATES);
    }
    return { hits, inside };
  }

  member(states: readonly PathState[], name: string): Reached {
    if (states.length === 0) return NOTHING;
    return this.#next(states, (step) => step.kind === "any" || (step.kind === "name" && step.select === name), false);
  }

  element(states: readonly PathState[], index: number): Reached {
    if (states.length === 0) return NOTHING;
    const match = (step: Step): boolean => step.kind === "any" || (step.kind === "index" && step.select === index);
    return this.#next(states, match, this.#lax);
  }

  /** Does any of these states wait for a member's name? */
  wantsName(states: readonly PathState[]): number[] {
    return states.flatMap((state) => (this.#step(state)?.kind === "name" ? [Math.floor(state / STATES)] : []));
  }

  /**
   * Which of these states wait for a name that this one is not, and is to readers that ignore case (Go's and .NET's do)
   * or write characters in one form first?
   */
  nearly(states: readonly PathState[], name: string): number[] {
    let folded: string | undefined;
    return states.flatMap((state) => {
      const step = this.#step(state);
      if (step?.kind !== "name" || step.select === name) return [];
      folded ??= foldName(name);
      return step.folded === folded ? [Math.floor(state / STATES)] : [];
    });
  }

  #next(states: readonly PathState[], matches: (step: Step) => boolean, through: boolean): Reached {
    const hits: number[] = [];
    const inside: PathState[] = [];
    for (const state of states) {
      const step = this.#step(state);
      if (step === undefined) continue;
      if ((step.descend || (through && step.kind === "name")) && !inside.includes(state)) inside.push(state);
      if (!matches(step)) continue;
      const path = Math.floor(state / STATES);
      if ((state % STATES) + 1 === this.#paths[path]?.steps.length) hits.push(path);
      else if (!inside.includes(state + 1)) inside.push(state + 1);
    }
    return hits.length + inside.length === 0 ? NOTHING : { hits, inside };
  }

  #step(state: PathState): Step | undefined {
    return this.#paths[Math.floor(state / STATES)]?.steps[state % STATES];
  }
}

/** One name for all that some reader which ignores case takes for it: `ſ` is an s to Go, `ı` and `İ` an i to Java. */
export function foldName(name: string): string {
  return name.normalize("NFKC").toUpperCase().toLowerCase().replaceAll("\u0307", "");
}

const NOTHING: Reached = { hits: [], inside: [] };
/** Longest JSON path, in characters. */
const PATH_CHARS_MAX = 1024;
/** Most steps of a JSON path. */
const STEPS_MAX = 32;
const STATES = 64;
