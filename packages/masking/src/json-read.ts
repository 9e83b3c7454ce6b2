/**
 * Reads the scalars that stand at JSON paths, for policy to look at. Pure.
 *
 * Policy must not be surer than the target: whatever another reader could see differently is unknown.
 */
import { PathWalker, parseJsonPath, type PathState } from "./json-path.ts";
import { endOfQuoted } from "./quoted.ts";

export type JsonScalar = string | number | boolean | null;

export interface JsonRead {
  /** By path: every scalar that stands there, duplicates of a key included. A path that is absent has no entry. */
  readonly values: Readonly<Record<string, readonly JsonScalar[]>>;
  /**
   * Paths that may hold something else: an object or array, a number that a double does not hold, a name that only
   * differs in its case.
   */
  readonly unknown: readonly string[];
  /** False when the text is no JSON, too deep or too long: any path may hold anything. */
  readonly complete: boolean;
}

/**
 * `$.a[*].b` gives every element's; a name that meets an array makes its path unknown, because some readers look
 * through it.
 * @throws {MaskingError} PATH_INVALID
 */
export function readJsonPaths(bytes: Uint8Array, paths: readonly string[]): JsonRead {
  const values: Record<string, JsonScalar[]> = {};
  const unknown = new Set<string>();
  if (bytes.length > READ_BYTES_MAX) return { values: {}, unknown: [...paths], complete: false };
  const reader = new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), paths, values, unknown);
  if (!reader.document()) return { values: {}, unknown: [...paths], complete: false };
  return { values, unknown: [...unknown], complete: true };
}

class Reader {
  readonly #text: string;
  readonly #paths: readonly string[];
  readonly #values: Record<string, JsonScalar[]>;
  readonly #unknown: Set<string>;
  readonly #walker: PathWalker;
  #at = 0;
  #depth = 0;

  constructor(bytes: Buffer, paths: readonly string[], values: Record<string, JsonScalar[]>, unknown: Set<string>) {
    this.#text = bytes.toString("utf8");
    this.#paths = paths;
    this.#values = values;
    this.#unknown = unknown;
    this.#walker = new PathWalker(paths.map(parseJsonPath), false);
  }

  document(): boolean {
    const { hits, inside } = this.#walker.root();
    if (this.#text.startsWith("\ufeff") || !this.#value(hits, inside)) return false;
    this.#space();
    return this.#at === this.#text.length;
  }

  #value(hits: readonly number[], inside: readonly PathState[]): boolean {
    this.#space();
    const character = this.#text[this.#at];
    if (character === "{") return this.#container(hits, () => this.#members(inside));
    if (character === "[") {
      for (const path of this.#walker.wantsName(inside)) this.#doubt(path);
      return this.#container(hits, () => this.#elements(inside));
    }
    if (character === '"') {
      const text = this.#string();
      if (text === undefined) return false;
      for (const hit of hits) this.#add(hit, text);
      return true;
    }
    SCALAR.lastIndex = this.#at;
    const [word] = SCALAR.exec(this.#text) ?? [];
    if (word === undefined) return false;
    this.#at += word.length;
    const scalar = scalarOf(word);
    for (const hit of hits) {
      if (scalar === undefined) this.#doubt(hit);
      else this.#add(hit, scalar);
    }
    return true;
  }

  #container(hits: readonly number[], read: () => boolean): boolean {
    for (const hit of hits) this.#doubt(hit);
    if (this.#depth >= READ_DEPTH_MAX) return false;
    this.#depth += 1;
    this.#at += 1;
    const good = read();
    this.#depth -= 1;
    return good;
  }

  #members(states: readonly PathState[]): boolean {
    this.#space();
    if (this.#take("}")) return true;
    for (;;) {
      this.#space();
      const name = this.#text[this.#at] === '"' ? this.#string() : undefined;
      if (name === undefined) return false;
      this.#space();
      if (!this.#take(":")) return false;
      for (const path of this.#walker.nearly(states, name)) this.#doubt(path);
      const { hits, inside } = this.#walker.member(states, name);
      if (!this.#value(hits, inside)) return false;
      this.#space();
      if (this.#take("}")) return true;
      if (!this.#take(",")) return false;
    }
  }

  #elements(states: readonly PathState[]): boolean {
    this.#space();
    if (this.#take("]")) return true;
    for (let index = 0; ; index++) {
      const { hits, inside } = this.#walker.element(states, index);
      if (!this.#value(hits, inside)) return false;
      this.#space();
      if (this.#take("]")) return true;
      if (!this.#take(",")) return false;
    }
  }

  /** A string, read by JSON's own rules: control characters and bad escapes make the document none. */
  #string(): string | undefined {
    const end = endOfQuoted(this.#text, this.#at);
    if (end === undefined) return undefined;
    const quoted = this.#text.slice(this.#at, end);
    this.#at = end;
    try {
      return JSON.parse(quoted) as string;
    } catch {
      return undefined;
    }
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? "")) this.#at += 1;
  }

  #add(path: number, value: JsonScalar): void {
    const name = this.#paths[path] as string;
    (this.#values[name] ??= []).push(value);
  }

  #doubt(path: number): void {
    this.#unknown.add(this.#paths[path] as string);
  }
}

/** @returns undefined for a number that a double does not hold as written. */
function scalarOf(word: string): JsonScalar | undefined {
  if (word === "true") return true;
  if (word === "false") return false;
  if (word === "null") return null;
  const number = Number(word);
  if (!Number.isFinite(number)) return undefined;
  if (Number.isInteger(number) && !Number.isSafeInteger(number)) return undefined;
  return number;
}

const SCALAR = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
/** Longest document that is read for policy, in bytes; of a longer one everything is unknown. */
export const READ_BYTES_MAX = 16 * 1024 * 1024;
/** Deepest document that is read for policy. */
export const READ_DEPTH_MAX = 256;
