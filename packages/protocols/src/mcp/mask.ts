/**
 * Masks on results: JSON paths from the result's root, detectors on every string and number. What stands twice is masked
 * twice: JSON inside a text is read as JSON, and so is `structuredContent`, where paths also begin. Pure.
 */
import type { Gate, JsonMask, Mask } from "@gate/contract";
import { ContentMasks, maskJson } from "@gate/masking";
import { applyEdits, itemsOf, memberOf, membersOf, skipSpace, slice, type Edit, type Span } from "./spans.ts";

export class ResultMasks {
  readonly #outer: ContentMasks;
  /** For `structuredContent`: paths also begin there. */
  readonly #structured: ContentMasks;
  /** For JSON inside a text, where the paths of `structuredContent` begin too. */
  readonly #inner: ContentMasks;
  readonly counts: Record<string, number> = {};

  private constructor(outer: ContentMasks, structured: ContentMasks, inner: ContentMasks) {
    this.#outer = outer;
    this.#structured = structured;
    this.#inner = inner;
  }

  /** `undefined` when the grant has no mask that looks at content. */
  static of(gate: Gate): ResultMasks | undefined {
    const { masks } = gate;
    if (masks.length === 0) return undefined;
    const content = (list: readonly Mask[]): ContentMasks => new ContentMasks(list, gate, () => gate.clock.now());
    const outer = content(masks);
    const structured = content(masks.filter((mask) => fromInside(mask).length === 0));
    return outer.empty
      ? undefined
      : new ResultMasks(outer, structured, content([...masks, ...masks.flatMap(fromInside)]));
  }

  /** @param text one JSON value that `parseStrictJson` has read: a result, an error, the params of a notification */
  mask(text: string): string {
    let masked = applyEdits(text, this.#inside(text, { start: 0, end: text.length }, undefined));
    const structured = memberOf(masked, 0, "structuredContent");
    if (structured !== undefined) {
      const own = this.#masked(slice(masked, structured), this.#structured);
      masked = applyEdits(masked, [{ ...structured, text: own }]);
    }
    return this.#masked(masked, this.#outer);
  }

  /** JSON inside strings, and bytes that no mask can look into. */
  #inside(text: string, at: Span, key: string | undefined, binary = false): Edit[] {
    const first = text[skipSpace(text, at.start)];
    if (first === "{") {
      const members = membersOf(text, at.start);
      const holdsBytes = members.some(
        ({ name, value }) =>
          (name === "type" && /^"(?:image|audio)"$/.test(slice(text, value))) || name === "mimeType" || name === "blob",
      );
      return members.flatMap(({ name, value }) => this.#inside(text, value, name, holdsBytes));
    }
    if (first === "[") return itemsOf(text, at.start).flatMap((item) => this.#inside(text, item, undefined));
    if (first !== '"') return [];
    const written = slice(text, at);
    if (key === "blob" || (key === "data" && binary)) {
      this.#count("binary", 1);
      return [{ ...at, text: REDACTED }];
    }
    const own = this.#maskedText(JSON.parse(written) as string);
    return own === undefined ? [] : [{ ...at, text: JSON.stringify(own) }];
  }

  /** A text that is JSON, masked as such; `undefined` for any other, and where nothing was masked. */
  #maskedText(written: string): string | undefined {
    // The mark that files from Windows begin with; many readers of JSON skip it.
    const mark = written.startsWith("\uFEFF") ? "\uFEFF" : "";
    const text = written.slice(mark.length);
    if (!/^\s*[[{]/.test(text)) return undefined;
    try {
      JSON.parse(text);
    } catch {
      return undefined;
    }
    const masked = this.#masked(text, this.#inner);
    return masked === text ? undefined : mark + masked;
  }

  #masked(text: string, content: ContentMasks): string {
    const { bytes, masked } = maskJson(Buffer.from(text), content);
    let changed = false;
    for (const [label, count] of Object.entries(masked)) {
      this.#count(label, count);
      changed = true;
    }
    return changed ? Buffer.from(bytes).toString("utf8") : text;
  }

  #count(label: string, count: number): void {
    this.counts[label] = (this.counts[label] ?? 0) + count;
  }
}

/** `$.structuredContent.a` is `$.a` inside. */
function fromInside(mask: Mask): JsonMask[] {
  if (mask.kind !== "json" || !INSIDE.test(mask.path)) return [];
  return [{ ...mask, path: mask.path.replace(INSIDE, "$") }];
}

const INSIDE = /^\$\.structuredContent(?=[.[])/;
/** Base64 of `[redacted]`: readers of binary content expect base64. */
const REDACTED = '"W3JlZGFjdGVkXQ=="';
