/**
 * A quick look over bytes: can any detector find something here? Pure.
 *
 * It may say yes for nothing, never no for something: detect.test.ts holds the two against each other.
 */
import type { DetectorName } from "./detect.ts";

/** True when the bytes from `start` to `end` have to be looked at by the detectors themselves. */
export type Prefilter = (bytes: Uint8Array, start: number, end: number) => boolean;

export function prefilter(names: readonly DetectorName[]): Prefilter {
  const card = names.includes("credit_card");
  const iban = names.includes("iban");
  const email = names.includes("email");
  const ssn = names.includes("us_ssn");
  const privateKey = names.includes("private_key");
  const jwt = names.includes("jwt");
  const github = names.includes("github_token");
  const aws = names.includes("aws_key");
  const digits = card || iban;
  const classes = new Uint8Array(256);
  if (digits) classes.fill(DIGIT, 0x30, 0x3a);
  if (email) classes[0x40] = AT;
  if (ssn) classes[0x2d] = DASH;
  if (privateKey) classes[0x42] = B;
  if (jwt) classes[0x4a] = J;
  if (github) classes[0x5f] = UNDERSCORE;
  if (aws) classes[0x41] = A;
  return (bytes, start, end) => {
    let lastDigit = -3;
    let count = 0;
    for (let at = start; at < end; at++) {
      const kind = classes[bytes[at] as number] as number;
      if (kind === 0) continue;
      switch (kind) {
        case DIGIT: {
          const gap = at - lastDigit;
          if (gap === 1) {
            count++;
            // Two capitals and two digits may begin an IBAN.
            if (iban && count === 2 && at - 3 >= start && upper(bytes[at - 2]) && upper(bytes[at - 3])) return true;
          } else {
            count = gap === 2 && (bytes[at - 1] === 0x20 || bytes[at - 1] === 0x2d) ? count + 1 : 1;
          }
          lastDigit = at;
          if (card && count >= 13) return true;
          break;
        }
        case AT:
          return true;
        case DASH:
          // ddd-dd-dddd, seen from its first dash.
          if (at + 7 < end && bytes[at + 3] === 0x2d && digit(bytes[at + 6]) && digit(bytes[at + 7])) return true;
          break;
        case B:
          if (bytes[at - 1] === 0x2d) return true;
          break;
        case J:
          if (bytes[at - 1] === 0x79 && bytes[at - 2] === 0x65) return true;
          break;
        case UNDERSCORE:
          // ghp_ and its kin, or github_pat_.
          if (bytes[at - 3] === 0x67 || bytes[at - 1] === 0x62) return true;
          break;
        case A:
          if (bytes[at - 3] === 0x41) return true;
          break;
      }
    }
    return false;
  };
}

function digit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function upper(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x41 && byte <= 0x5a;
}

const DIGIT = 1;
const AT = 2;
const DASH = 3;
const B = 4;
const J = 5;
const UNDERSCORE = 6;
const A = 7;
