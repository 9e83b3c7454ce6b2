/** E-mail addresses, US social security numbers and phone numbers. Pure. */
import parsePhoneNumber from "libphonenumber-js/min";
import { announcedAsIdentifier, isIdentifier, speaksFor, type Place } from "../place.ts";
import type { Report } from "./detector.ts";

export function findEmails(text: string, _place: Place, report: Report): void {
  EMAIL.lastIndex = 0;
  for (const match of text.matchAll(EMAIL)) {
    const last = match[0].slice(match[0].lastIndexOf(".") + 1).toLowerCase();
    // `logo@2x.png`, and `git@host:path`, which names no person.
    if (FILES.has(last) || (match[0].startsWith("git@") && text[match.index + match[0].length] === ":")) continue;
    report(match.index, match.index + match[0].length);
  }
}

export function findSsns(text: string, place: Place, report: Report): void {
  const identifier = isIdentifier(place);
  SSN.lastIndex = 0;
  for (const match of text.matchAll(SSN)) {
    if (identifier || announcedAsIdentifier(place, text, match.index)) continue;
    report(match.index, match.index + match[0].length);
  }
  // Nine digits are anything, unless the name says what they are.
  if (speaksFor(place, SSN_WORDS)) {
    for (const match of text.matchAll(NINE)) report(match.index, match.index + match[0].length);
  }
}

export function findPhones(text: string, place: Place, report: Report): void {
  const identifier = isIdentifier(place);
  PHONE.lastIndex = 0;
  for (const match of text.matchAll(PHONE)) {
    if (match[0].charCodeAt(0) !== PLUS && (identifier || announcedAsIdentifier(place, text, match.index))) continue;
    const number = parsePhoneNumber(match[0], "US");
    if (number?.isValid() === true) report(match.index, match.index + match[0].length);
  }
}

/** True where the name alone can make a number sensitive, so that every value has to be looked at. */
export function ssnByName(place: Place): boolean {
  return speaksFor(place, SSN_WORDS);
}

/** Bytes above ASCII are parts of internationalised names. */
const EMAIL =
  /(?<![A-Za-z0-9._%+\x80-\xff-])[A-Za-z0-9._%+\x80-\xff-]{1,64}@(?:[A-Za-z0-9\x80-\xff](?:[A-Za-z0-9\x80-\xff-]{0,61}[A-Za-z0-9\x80-\xff])?\.){1,8}(?:[A-Za-z\x80-\xff]{2,63}|xn--[A-Za-z0-9-]{2,59})(?![A-Za-z0-9_])/g;
const FILES: ReadonlySet<string> = new Set("png jpg jpeg gif svg webp css js ts json html".split(" "));
/** Areas 000, 666 and 900–999, group 00 and serial 0000 were never given. */
const SSN =
  /(?<![A-Za-z0-9]|[0-9][-.]|[-.])(?!000|666|9)[0-9]{3}([- ])(?!00)[0-9]{2}\1(?!0000)[0-9]{4}(?![A-Za-z0-9]|[-.][0-9])/g;
const NINE = /(?<![A-Za-z0-9.,-])(?!000|666|9)[0-9]{3}(?!00)[0-9]{2}(?!0000)[0-9]{4}(?![A-Za-z0-9]|[.,-][0-9])/g;
const SSN_WORDS: ReadonlySet<string> = new Set(["ssn", "social", "socialsecurity", "ssnumber"]);
/** International with a plus sign, or the North American way of writing. */
const PHONE =
  /(?<![A-Za-z0-9+])\+[1-9](?:[ ().-]{0,2}[0-9]){6,14}(?![0-9])|(?<![A-Za-z0-9+]|[0-9][-. ]|[-.])(?:1[-. ])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[-. ])[2-9][0-9]{2}[-. ][0-9]{4}(?![A-Za-z0-9]|[-.][0-9])/g;
const PLUS = 0x2b;
