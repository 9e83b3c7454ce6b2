/** What a detector is. Types and the bits under which the scan announces candidates. Pure. */
import type { Place } from "../place.ts";

/** A match, as offsets in the text. */
export type Report = (start: number, end: number) => void;

export interface Detector {
  readonly name: string;
  /** Bits of `Scan` without which there can be no match; EVERYTHING: it looks at every text. */
  readonly bits: number;
  /** Texts are UTF-8 bytes as latin1. Time is linear in the text. */
  readonly find: (text: string, place: Place, report: Report) => void;
}

export const DIGITS = 1;
export const IBAN = 2;
export const AT = 4;
export const SSN = 8;
export const PHONE = 16;
export const IPV4 = 32;
export const IPV6 = 64;
export const LITERAL = 128;
export const EVERYTHING = 0xff;
