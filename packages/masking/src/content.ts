/**
 * The masks that look at content rather than at columns: JSON paths and detectors, compiled once. Pure.
 *
 * Everything that any mask finds in a text is replaced; where matches overlap, their union is, by the strongest action.
 */
import type { DetectMask, DetectorName, Mask, MaskAction } from "@gate/contract";
import { keyless, keyOf, maskText, strongest, type MaskKeys } from "./action.ts";
import { dictionaryDetector, patternDetector } from "./detectors/custom.ts";
import { EVERYTHING, SSN, type Detector } from "./detectors/detector.ts";
import { BUILT_IN } from "./detectors/index.ts";
import { ssnByName } from "./detectors/person.ts";
import { MaskingError } from "./errors.ts";
import { parseJsonPath, type JsonPath } from "./json-path.ts";
import { speaksFor, wordsOf, type Place } from "./place.ts";
import { REDACTED } from "./types.ts";

interface Rule {
  readonly detector: Detector;
  readonly action: MaskAction;
  /** A match counts only under a name with one of these words. */
  readonly context: ReadonlySet<string> | undefined;
  /** Columns that are left out, and until when. */
  readonly ignored: ReadonlyMap<string, number>;
}

export interface Match {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly action: MaskAction;
}

/** What a place asks for: its rules, and the bits of the scan without which none of them can match. */
export interface PlacedRules {
  readonly place: Place;
  readonly rules: readonly Rule[];
  readonly bits: number;
  /** The scan cannot tell: every text has to be looked at. */
  readonly always: boolean;
}

export class ContentMasks {
  readonly paths: readonly { readonly path: JsonPath; readonly action: MaskAction }[];
  readonly keys: MaskKeys;
  readonly #rules: readonly Rule[];
  /** The same for what a command makes. */
  readonly #keyless: readonly Rule[];
  readonly #nowMs: () => number;

  /**
   * @param nowMs for masks that are ignored until a date.
   * @throws {MaskingError} DETECTOR_UNKNOWN, PATTERN_INVALID, PATH_INVALID
   */
  constructor(masks: readonly Mask[], keys: MaskKeys, nowMs: () => number) {
    this.keys = keys;
    this.#nowMs = nowMs;
    this.paths = masks.flatMap((mask) =>
      mask.kind === "json" ? [{ path: parseJsonPath(mask.path), action: mask.action }] : [],
    );
    this.#rules = masks.flatMap((mask) => (mask.kind === "detect" ? rulesOf(mask) : []));
    this.#keyless = this.#rules.map((rule) => ({ ...rule, action: keyless(rule.action) }));
  }

  /** The paths and what is done at them in a document at this place. */
  pathsAt(place: Place): ContentMasks["paths"] {
    if (place.computed !== true) return this.paths;
    return this.paths.map(({ path, action }) => ({ path, action: keyless(action) }));
  }

  get detects(): boolean {
    return this.#rules.length > 0;
  }

  /** True when no mask looks at content. */
  get empty(): boolean {
    return this.#rules.length === 0 && this.paths.length === 0;
  }

  /** The rules that count at a place. An ignored column counts again once the date has passed. */
  at(place: Place): PlacedRules {
    const all = place.computed === true ? this.#keyless : this.#rules;
    const rules = all.filter(({ detector, context, ignored }) => {
      const until =
        place.column === undefined
          ? undefined
          : (ignored.get(`${place.column} ${detector.name}`) ?? ignored.get(`${place.column} *`));
      if (until !== undefined && this.#nowMs() < until) return false;
      if (context === undefined) return true;
      // Nothing is known about the name: it cannot clear anything.
      return (place.name === undefined && place.column === undefined) || speaksFor(place, context);
    });
    let bits = 0;
    for (const { detector } of rules) bits |= detector.bits;
    const always =
      rules.some(({ detector }) => detector.bits === EVERYTHING) || ((bits & SSN) !== 0 && ssnByName(place));
    return { place, rules, bits, always };
  }

  /** In order and without overlaps. `bits`: what the scan has seen in the text, when it was scanned. */
  find(text: string, { rules, place }: PlacedRules, bits: number = EVERYTHING): Match[] {
    const all: Match[] = [];
    for (const { detector, action } of rules) {
      if ((detector.bits & bits) === 0) continue;
      detector.find(text, place, (start, end) => all.push({ name: detector.name, start, end, action }));
    }
    if (all.length < 2) return all;
    all.sort((a, b) => a.start - b.start || b.end - a.end);
    const kept: Match[] = [];
    for (const match of all) {
      const last = kept.at(-1);
      if (last === undefined || match.start >= last.end) kept.push(match);
      else {
        const action = strongest(last.action, match.action);
        kept[kept.length - 1] = { ...last, end: Math.max(last.end, match.end), action };
      }
    }
    return kept;
  }

  /** The text with every match replaced; undefined when there is none. Texts are UTF-8 bytes as latin1. */
  replace(
    text: string,
    placed: PlacedRules,
    count: (label: string) => void,
    bits: number = EVERYTHING,
  ): string | undefined {
    const found = this.find(text, placed, bits);
    if (found.length === 0) return undefined;
    let out = "";
    let from = 0;
    for (const match of found) {
      count(`detect:${match.name}`);
      out += text.slice(from, match.start) + this.#stead(match, text);
      from = match.end;
    }
    return out + text.slice(from);
  }

  #stead({ name, start, end, action }: Match, text: string): string {
    // The ends of a key block are its label: nothing of it is worth keeping.
    if (name === "private_key" && action.kind === "partial") return REDACTED;
    const value = Buffer.from(text.slice(start, end), "latin1").toString("utf8");
    return Buffer.from(maskText(action, value, keyOf(action, this.keys)), "utf8").toString("latin1");
  }
}

function rulesOf(mask: DetectMask): Rule[] {
  const context = mask.context === undefined ? undefined : new Set(mask.context.flatMap(wordsOf));
  const ignored = new Map<string, number>();
  for (const { column, detectors, expiresMs } of mask.ignore ?? []) {
    for (const name of detectors ?? ["*"]) ignored.set(`${column} ${name}`, expiresMs);
  }
  const detectors = [
    ...mask.detectors.map((name): Detector => {
      if (!Object.hasOwn(BUILT_IN, name)) {
        throw new MaskingError("operator", "DETECTOR_UNKNOWN", `there is no detector ${name}; see docs/masking.md`);
      }
      return { name, ...BUILT_IN[name as DetectorName] };
    }),
    ...(mask.patterns ?? []).map(({ name, re2 }) => patternDetector(name, re2)),
    ...(mask.dictionaries ?? []).map(({ name, words }) => dictionaryDetector(name, words)),
  ];
  return detectors.map((detector) => ({ detector, action: mask.action, context, ignored }));
}
