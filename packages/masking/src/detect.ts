/**
 * Finds values that are secret by their look, in a field's whole text, and replaces only what matched. Pure.
 *
 * Every pattern is bounded, so that matching takes time linear in the text; a check (Luhn, mod 97) confirms where one
 * exists. Texts are matched as bytes (latin1): every pattern is ASCII, so nothing in UTF-8 can match by accident.
 */
import type { MaskAction } from "@gate/contract";
import { FAMILIES, REDACTED } from "./types.ts";
import { partialText, tokenOf } from "./action.ts";
import { maskValue } from "./value.ts";

export const DETECTORS = [
  "credit_card",
  "iban",
  "email",
  "us_ssn",
  "private_key",
  "jwt",
  "github_token",
  "aws_key",
] as const;
export type DetectorName = (typeof DETECTORS)[number];

export interface DetectableValue {
  readonly typeOid: number;
  readonly format: 0 | 1;
  readonly value: Buffer;
  readonly key: Uint8Array;
}

/** @returns the same Buffer when nothing was found; null is NULL. */
export function detectValue(
  names: readonly DetectorName[],
  action: MaskAction,
  input: DetectableValue,
): Uint8Array | null {
  const { typeOid, format, value } = input;
  const family = FAMILIES.get(typeOid);
  const textual = family === "text" || family === "json" || family === "jsonb";
  if (format === 1 && !textual) {
    // A card number may be kept as a bigint. Arrays and other compounds hold their texts as they are: what is found
    // there cannot be replaced in place, because lengths stand before it.
    const text = family === "int8" && value.length === 8 ? String(value.readBigInt64BE(0)) : value.toString("latin1");
    return find(text, names).length === 0 ? value : maskValue(REDACT, input);
  }
  const text = value.toString("latin1");
  const found = find(text, names);
  if (found.length === 0) return value;
  if (action.kind === "null") return null;
  // A part of a number or date is none: the whole value is replaced by its type's constant.
  if (family !== undefined && !textual) return maskValue(REDACT, input);
  const json = family === "json" || family === "jsonb";
  if (json && found.some((match) => match.name === "private_key")) return maskValue(REDACT, input);
  let out = "";
  let from = 0;
  for (const match of found) {
    out += text.slice(from, match.start) + replacement(action, match, text, json, input.key);
    from = match.end;
  }
  return Buffer.from(out + text.slice(from), "latin1");
}

interface Match {
  readonly name: DetectorName;
  readonly start: number;
  readonly end: number;
}

/** In order, without overlaps: the earlier wins, then the longer. */
function find(text: string, names: readonly DetectorName[]): Match[] {
  const all: Match[] = [];
  for (const name of names) {
    const detector = PATTERNS[name];
    if (detector.needs !== undefined && !text.includes(detector.needs)) continue;
    detector.pattern.lastIndex = 0;
    for (const match of text.matchAll(detector.pattern)) {
      const length = detector.confirm === undefined ? match[0].length : detector.confirm(match[0]);
      if (length > 0) all.push({ name, start: match.index, end: match.index + length });
    }
  }
  if (all.length < 2) return all;
  all.sort((a, b) => a.start - b.start || b.end - a.end);
  const kept: Match[] = [];
  for (const match of all) {
    const last = kept.at(-1);
    if (last === undefined || match.start >= last.end) kept.push(match);
    else if (match.end > last.end) kept[kept.length - 1] = { ...last, end: match.end };
  }
  return kept;
}

function replacement(action: MaskAction, match: Match, text: string, json: boolean, key: Uint8Array): string {
  // A bare number in JSON may only become a number; everything else that matches stands inside a string.
  if (json && match.name === "credit_card") return "0";
  const value = text.slice(match.start, match.end);
  switch (action.kind) {
    case "partial":
      return match.name === "private_key" ? REDACTED : partialText(value, action.keepFirst, action.keepLast);
    case "hash":
    case "tokenize":
      return tokenOf(value, key);
    case "redact":
    case "null":
      return REDACTED;
  }
}

interface Detector {
  readonly pattern: RegExp;
  /** Without this text there can be no match. */
  readonly needs?: string;
  /** How many characters of the match are the value; 0: it is none. */
  readonly confirm?: (match: string) => number;
}

const PATTERNS: Readonly<Record<DetectorName, Detector>> = {
  credit_card: { pattern: /(?<![0-9])[2-6](?:[ -]?[0-9]){12,18}(?![0-9])/g, confirm: luhn },
  iban: { pattern: /(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}(?![A-Za-z0-9])/g, confirm: iban },
  email: {
    pattern: /(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,8}/g,
    needs: "@",
  },
  us_ssn: { pattern: /(?<![0-9-])(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![0-9-])/g, needs: "-" },
  private_key: {
    pattern: /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[^]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g,
    needs: "PRIVATE KEY",
  },
  jwt: {
    pattern: /(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{5,8192}\.[A-Za-z0-9_-]{5,32768}\.[A-Za-z0-9_-]{0,8192}/g,
    needs: "eyJ",
  },
  github_token: {
    pattern: /(?<![A-Za-z0-9_])(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})/g,
    needs: "_",
  },
  aws_key: { pattern: /(?<![A-Z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Z0-9])/g },
};

/** ISO/IEC 7812-1 check digit. */
function luhn(match: string): number {
  let sum = 0;
  let double = false;
  for (let at = match.length - 1; at >= 0; at--) {
    let digit = match.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) continue;
    if (double) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
    double = !double;
  }
  return sum % 10 === 0 ? match.length : 0;
}

/** ISO 13616: letters count from 10, and the number with its first four characters at the end is 1 modulo 97. */
function iban(match: string): number {
  for (let end = match.length; end >= 15; end--) {
    // What follows an IBAN in capitals may have been taken along: only a space can end it earlier.
    if (end < match.length && match[end] !== " ") continue;
    const compact = match.slice(0, end).replaceAll(" ", "");
    if (compact.length < 15) return 0;
    let rest = 0;
    for (const character of compact.slice(4) + compact.slice(0, 4)) {
      const code = character.charCodeAt(0);
      rest = code > 57 ? (rest * 100 + code - 55) % 97 : (rest * 10 + code - 48) % 97;
    }
    if (rest === 1) return end;
  }
  return 0;
}

const REDACT: MaskAction = { kind: "redact" };
