/** Payment card numbers: length, issuer range, grouping and check digit (ISO/IEC 7812-1). Pure. */
import { announcedAsIdentifier, isIdentifier, speaksFor, type Place } from "../place.ts";
import type { Report } from "./detector.ts";

export function findCards(text: string, place: Place, report: Report): void {
  PATTERN.lastIndex = 0;
  for (let match = PATTERN.exec(text); match !== null; match = PATTERN.exec(text)) {
    const start = match.index;
    const bare = match[1] === undefined && match[2] === undefined;
    let [value] = match;
    if (hasDecimals(text, start, start + value.length)) continue;
    let digits = bare ? value : value.replaceAll(/[ .-]/g, "");
    let card = isCard(digits);
    if (!bare && !card) {
      // The number behind a card may have been taken for its last group, the one before it for its first.
      value = value.slice(0, -1 - (/[0-9]+$/.exec(value)?.[0].length ?? 0));
      digits = value.replaceAll(/[ .-]/g, "");
      card = digits.length >= 14 && isCard(digits);
      if (!card) PATTERN.lastIndex = start + 4;
    }
    const whole = bare && value.length === text.length;
    const { profile } = place;
    // Counted before the verdict, so that the first rows decide for those behind them, whatever comes in one chunk.
    if (whole && profile !== undefined) {
      profile.digits++;
      if (card) profile.cards++;
    }
    if (!card) continue;
    if (!bare) {
      report(start, start + value.length);
      continue;
    }
    if (!speaksFor(place, WORDS)) {
      // Lengths that other numbers have more often: something has to speak for a card.
      if (digits.length !== 16 && digits.length !== 15 && digits.length !== 14 && !NEAR.test(before(text, start)))
        continue;
      if (isIdentifier(place) || announcedAsIdentifier(place, text, start)) continue;
      if (whole && place.column !== undefined && profile !== undefined && looksRandom(profile.digits, profile.cards)) {
        continue;
      }
    }
    report(start, start + value.length);
  }
}

/**
 * `0,4111111111111111` and `4111111111111111,50` are numbers with decimals in many countries. With a further comma it is
 * a line of a list.
 */
function hasDecimals(text: string, start: number, end: number): boolean {
  const left = WHOLE.exec(text.slice(Math.max(0, start - WHOLE_CHARS_MAX), start))?.[1];
  const right = DECIMALS.exec(text.slice(end, end + 4))?.[1];
  if (left === undefined) return right !== undefined && right !== "," && text[start - 1] !== ",";
  return left !== "," && text[end] !== ",";
}

/** One in ten numbers has a right check digit by chance: a column with hardly more holds other numbers. */
function looksRandom(digits: number, cards: number): boolean {
  return digits >= PROFILE_VALUES && cards * 5 < digits;
}

function before(text: string, start: number): string {
  return text.slice(Math.max(0, start - 40), start);
}

function isCard(digits: string): boolean {
  const two = Number(digits.slice(0, 2));
  const four = Number(digits.slice(0, 4));
  const { length } = digits;
  return issued(length, two, four) && luhn(digits);
}

/** Issuer ranges as the schemes publish them. */
function issued(length: number, two: number, four: number): boolean {
  if (two >= 40 && two <= 49) return length === 13 || length === 16 || length === 19;
  if ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720)) return length === 16;
  if (two === 34 || two === 37) return length === 15;
  if (two === 36 || two === 38 || two === 39 || (four >= 3000 && four <= 3059) || four === 3095) {
    return length >= 14 && length <= 19;
  }
  if (four >= 3528 && four <= 3589) return length >= 16;
  if (two === 65 || two === 62 || four === 6011 || (four >= 6440 && four <= 6499)) return length >= 16;
  if (four >= 2200 && four <= 2204) return length >= 16;
  return MAESTRO.has(four);
}

function luhn(digits: string): boolean {
  let sum = 0;
  let double = false;
  for (let at = digits.length - 1; at >= 0; at--) {
    let digit = digits.charCodeAt(at) - 48;
    if (double) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
    double = !double;
  }
  return sum % 10 === 0;
}

/**
 * Thirteen to nineteen digits without a break, or in the groups that are printed on cards, all with one separator.
 * Letters, digits, decimal points and long tails next to it make it a part of something else; of commas, see above.
 */
const PATTERN =
  /(?<![A-Za-z0-9]|[0-9][.-])(?:[0-9]{13,19}|[0-9]{4}(?:([ .-])[0-9]{4}(?:\1[0-9]{4}\1[0-9]{4}(?:\1[0-9]{1,3})?|\1[0-9]{5})|([ .-])[0-9]{6}\2[0-9]{4,5}))(?![A-Za-z0-9]|[.-][0-9])/g;
/** The number before a comma, and what stands before it. */
const WHOLE = /(^|[^0-9])[0-9]{1,9},$/;
/** Characters before a number in which a decimal's whole part is looked for. */
const WHOLE_CHARS_MAX = 24;
/** One or two digits behind a comma, and what stands behind them. */
const DECIMALS = /^,[0-9]{1,2}($|[^0-9])/;
const NEAR = /card|visa|master|maestro|union ?pay|discover|jcb|diners|amex|\bpan\b|\bcc\b/i;
const WORDS: ReadonlySet<string> = new Set([
  "card",
  "cc",
  "pan",
  "creditcard",
  "credit",
  "debit",
  "cardnumber",
  "ccnumber",
]);
const MAESTRO: ReadonlySet<number> = new Set([5018, 5020, 5038, 5893, 6304, 6759, 6761, 6762, 6763]);
/** Values after which a column's profile counts. */
const PROFILE_VALUES = 16;
