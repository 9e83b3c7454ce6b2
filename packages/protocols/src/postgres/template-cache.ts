/**
 * Analyses of one connection that hold for every text with other literals (docs/decisions/0013). They hold under the
 * environment that they were made in, like all analyses that are kept. Pure.
 */
import type { Analysis, literalKey } from "@gate/sql";

export class TemplateCache {
  readonly #keyOf: typeof literalKey;
  /** "seen": one text of it has come. "none": its facts depend on literals, or could. */
  readonly #known = new Map<string, Analysis | "seen" | "none">();
  #chars = 0;

  constructor(keyOf: typeof literalKey) {
    this.#keyOf = keyOf;
  }

  /**
   * The analysis for all texts like this one. `make` is asked when a second one comes, since most that come once never
   * come again.
   */
  find(text: string, make: () => Analysis | undefined): Analysis | undefined {
    const key = this.#keyOf(text);
    if (key === undefined) return undefined;
    const known = this.#known.get(key);
    if (typeof known === "object") return known;
    if (known === "none") return undefined;
    if (known === undefined) {
      this.#makeRoom(key);
      this.#known.set(key, "seen");
      return undefined;
    }
    const made = make();
    this.#known.set(key, made ?? "none");
    return made;
  }

  clear(): void {
    this.#known.clear();
    this.#chars = 0;
  }

  #makeRoom(key: string): void {
    this.#chars += key.length;
    if (this.#known.size < TEMPLATES_MAX && this.#chars <= TEMPLATE_CHARS_MAX) return;
    this.clear();
    this.#chars = key.length;
  }
}

/** Keys of texts that one connection keeps; all are dropped when one more is needed, or when the catalogue changes. */
export const TEMPLATES_MAX = 512;
/** Characters of these keys together. */
export const TEMPLATE_CHARS_MAX = 256 * 1024;
