/**
 * Keys and tokens that their makers mark with a prefix. Pure.
 *
 * The prefix is what counts: a check digit that does not fit never clears one (GitHub's CRC-32, for example), because
 * makers change such details, and a masked dummy costs less than a key in clear.
 */
import type { Place } from "../place.ts";
import type { Report } from "./detector.ts";

/** Finds by one pattern; where it has a group named `secret`, only that part is the value. */
export function byPattern(pattern: RegExp): (text: string, place: Place, report: Report) => void {
  return (text, _place, report) => {
    pattern.lastIndex = 0;
    for (const match of text.matchAll(pattern)) {
      const secret = match.groups?.secret;
      const end = match.index + match[0].length;
      report(secret === undefined ? match.index : end - secret.length, end);
    }
  };
}

export function findJwts(text: string, _place: Place, report: Report): void {
  JWT.lastIndex = 0;
  for (const match of text.matchAll(JWT)) {
    if (isHeader(match[1] ?? "")) report(match.index, match.index + match[0].length);
  }
}

/** RFC 7515 and 7516: the first part is an object with `alg`. */
function isHeader(part: string): boolean {
  try {
    const header: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof header === "object" && header !== null && typeof (header as { alg?: unknown }).alg === "string";
  } catch {
    return false;
  }
}

const JWT =
  /(?<![A-Za-z0-9_-])(eyJ[A-Za-z0-9_-]{5,8192})\.[A-Za-z0-9_-]{2,65536}\.[A-Za-z0-9_-]{0,65536}(?:\.[A-Za-z0-9_-]{0,65536}){0,2}/g;

/** PEM, OpenSSH and PGP blocks (to their end, or to the end of the text when it is missing), PuTTY's and age's keys. */
export const PRIVATE_KEY =
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!----END ))*(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----)?|PuTTY-User-Key-File-[0-9][^]*|AGE-SECRET-KEY-1[A-Z0-9]{20,80}/g;

/** Access key ids, and secret keys where their usual name stands before them. */
export const AWS_KEY =
  /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])|(?:aws|AWS|Aws)[_ ]?(?:secret|SECRET|Secret)[A-Za-z_ ]{0,16}[ "'=:]{1,6}(?<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/g;

export const GITHUB_TOKEN = /(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255})/g;

export const GITLAB_TOKEN =
  /(?<![A-Za-z0-9])(?:gl(?:pat|oas|dt|rt|rtr|cbt|ptt|ft|imt|agent|soat|ffct)-|GR1348941)[A-Za-z0-9_-]{20,300}(?:\.[A-Za-z0-9_-]{2,20}){0,2}/g;

export const SLACK_TOKEN =
  /(?<![A-Za-z0-9])(?:xox[abeoprs](?:\.xox[bp])?-[A-Za-z0-9-]{10,250}|xapp-[0-9]-[A-Za-z0-9-]{10,250}|hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9/_-]{20,120})/g;

/** Secret and restricted keys and webhook secrets; publishable keys are public. */
export const STRIPE_KEY = /(?<![A-Za-z0-9])(?:[sr]k_(?:live|test)_[A-Za-z0-9]{10,250}|whsec_[A-Za-z0-9+/=]{24,100})/g;

export const GOOGLE_KEY =
  /(?<![A-Za-z0-9])(?:AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])|GOCSPX-[A-Za-z0-9_-]{20,60}|ya29\.[A-Za-z0-9_-]{20,500})/g;

export const ANTHROPIC_KEY = /(?<![A-Za-z0-9])sk-ant-[A-Za-z0-9]{2,12}-[A-Za-z0-9_-]{20,250}/g;

export const OPENAI_KEY =
  /(?<![A-Za-z0-9])sk-(?:(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{20,300}|[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}|[A-Za-z0-9]{48}(?![A-Za-z0-9]))/g;
