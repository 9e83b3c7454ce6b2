/** What a policy adds: RE2 patterns and word lists. Pure. */
import { RE2JS } from "re2js";
import { MaskingError } from "../errors.ts";
import { EVERYTHING, type Detector } from "./detector.ts";

/** @throws {MaskingError} PATTERN_INVALID */
export function patternDetector(name: string, re2: string): Detector {
  let pattern: RE2JS;
  try {
    pattern = RE2JS.compile(re2);
  } catch {
    throw new MaskingError("operator", "PATTERN_INVALID", `the pattern ${name} is no RE2 expression`);
  }
  return {
    name,
    bits: EVERYTHING,
    find: (text, _place, report) => {
      // Offsets in the text are bytes of its UTF-8; only ASCII has the same in UTF-16.
      const ascii = !NOT_ASCII.test(text);
      const characters = ascii ? text : Buffer.from(text, "latin1").toString("utf8");
      const matcher = pattern.matcher(characters);
      let units = 0;
      let bytes = 0;
      const offset = (unit: number): number => {
        if (ascii) return unit;
        bytes += Buffer.byteLength(characters.slice(units, unit));
        units = unit;
        return bytes;
      };
      while (matcher.find()) {
        if (matcher.end() === matcher.start()) continue;
        const start = offset(matcher.start());
        report(start, offset(matcher.end()));
      }
    },
  };
}

/** Whole words and phrases, in any case; between the words of a phrase there may be up to three other characters. */
export function dictionaryDetector(name: string, words: readonly string[]): Detector {
  /** By first word: the rest of each entry. */
  const entries = new Map<string, string[][]>();
  for (const entry of words) {
    const [first, ...rest] = [...entry.toLowerCase().matchAll(WORD)].map((match) => match[0]);
    if (first !== undefined) entries.set(first, [...(entries.get(first) ?? []), rest]);
  }
  return {
    name,
    bits: EVERYTHING,
    find: (text, _place, report) => {
      const ascii = !NOT_ASCII.test(text);
      const characters = ascii ? text : Buffer.from(text, "latin1").toString("utf8");
      const found = [...characters.matchAll(WORD)];
      for (const [index, match] of found.entries()) {
        let longest = -1;
        for (const rest of entries.get(match[0].toLowerCase()) ?? NO_ENTRIES) {
          if (rest.length > longest && follows(found, index, rest)) longest = rest.length;
        }
        if (longest < 0) continue;
        const last = found[index + longest] as RegExpExecArray;
        const [start, end] = [match.index, last.index + last[0].length];
        if (ascii) report(start, end);
        else {
          const before = Buffer.byteLength(characters.slice(0, start));
          report(before, before + Buffer.byteLength(characters.slice(start, end)));
        }
      }
    },
  };
}

function follows(found: readonly RegExpExecArray[], index: number, rest: readonly string[]): boolean {
  return rest.every((word, offset) => {
    const before = found[index + offset];
    const next = found[index + offset + 1];
    if (before === undefined || next?.[0].toLowerCase() !== word) return false;
    return next.index - (before.index + before[0].length) <= 3;
  });
}

const NO_ENTRIES: readonly string[][] = [];
const NOT_ASCII = /[\x80-\xff]/;
const WORD = /[\p{L}\p{N}_]+/gu;
