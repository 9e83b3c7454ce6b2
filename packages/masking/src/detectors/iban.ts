/** International bank account numbers: country, its length, and the remainder (ISO 13616). Pure. */
import type { Place } from "../place.ts";
import type { Report } from "./detector.ts";

export function findIbans(text: string, _place: Place, report: Report): void {
  PATTERN.lastIndex = 0;
  for (const match of text.matchAll(PATTERN)) {
    const length = LENGTHS.get(match[0].slice(0, 2));
    if (length === undefined) continue;
    const end = endOf(text, match.index, length);
    if (end > 0 && remainder(text.slice(match.index, end)) === 1) report(match.index, end);
  }
}

/** Where `length` characters end that may stand in groups; 0 when there are not as many, or more follow. */
function endOf(text: string, start: number, length: number): number {
  let at = start;
  let seen = 0;
  for (; seen < length; at++) {
    const code = text.charCodeAt(at);
    if ((code >= 48 && code <= 57) || (code >= 65 && code <= 90)) seen++;
    else if (!((code === 32 || code === 45) && seen % 4 === 0)) return 0;
  }
  return /[A-Za-z0-9]/.test(text.charAt(at)) ? 0 : at;
}

/** Letters count from 10, and the first four characters go to the end. */
function remainder(iban: string): number {
  const compact = iban.replaceAll(/[ -]/g, "");
  let rest = 0;
  for (const character of compact.slice(4) + compact.slice(0, 4)) {
    const code = character.charCodeAt(0);
    rest = code > 57 ? (rest * 100 + code - 55) % 97 : (rest * 10 + code - 48) % 97;
  }
  return rest;
}

const PATTERN = /(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?=[ -]?[A-Z0-9])/g;

/** Characters of an IBAN by country: the registry, and countries that use the form without being in it. */
const LENGTHS: ReadonlyMap<string, number> = new Map(
  (
    "AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24 " +
    "FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 " +
    "LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24 " +
    "RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30 " +
    "AO25 BF28 BJ28 CF27 CG27 CI28 CM27 CV25 DZ26 GA27 GQ27 GW25 IR26 KM27 MA28 MG27 ML28 MZ25 NE28 SN28 TD27 TG28"
  )
    .split(" ")
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))]),
);
