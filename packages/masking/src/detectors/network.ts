/** IP addresses, apart from versions, object identifiers, times and hardware addresses. Pure. */
import { announcedAsIdentifier, isIdentifier, type Place } from "../place.ts";
import type { Report } from "./detector.ts";

export function findIpv4(text: string, place: Place, report: Report): void {
  const identifier = isIdentifier(place);
  V4.lastIndex = 0;
  for (const match of text.matchAll(V4)) {
    if (identifier || announcedAsIdentifier(place, text, match.index)) continue;
    // 0.x is "this network", never an address that somebody has.
    if (match[0].startsWith("0.")) continue;
    report(match.index, match.index + match[0].length);
  }
}

export function findIpv6(text: string, _place: Place, report: Report): void {
  V6.lastIndex = 0;
  for (const match of text.matchAll(V6)) {
    if (isIpv6(match[0])) report(match.index, match.index + match[0].length);
  }
}

/** Eight groups, or fewer around one `::`; an IPv4 address may stand for the last two. Loopback is nobody's. */
function isIpv6(text: string): boolean {
  const [left, right, more] = text.split("::");
  if (left === undefined || more !== undefined) return false;
  const groups = [...groupsOf(left), ...groupsOf(right ?? "")];
  let count = 0;
  for (const [index, group] of groups.entries()) {
    if (/^[0-9A-Fa-f]{1,4}$/.test(group)) count += 1;
    else if (index === groups.length - 1 && DOTTED.test(group)) count += 2;
    else return false;
  }
  if (right === undefined) return count === 8;
  return count >= 2 && count <= 7 && /[0-9]/.test(text);
}

function groupsOf(part: string): string[] {
  return part === "" ? [] : part.split(":");
}

const OCTET = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
/** Four octets without leading zeros; one more dotted number, or a `v` before it, makes it something else. */
const V4 = new RegExp(
  `(?<![A-Za-z0-9_]|[0-9]\\.|\\.)(?:${OCTET}\\.){3}${OCTET}(?![A-Za-z0-9_]|\\.[0-9]|-[A-Za-z])`,
  "g",
);
const DOTTED = new RegExp(`^(?:${OCTET}\\.){3}${OCTET}$`);
const V6 =
  /(?<![A-Za-z0-9:.])(?=[0-9A-Fa-f:]{0,39}:[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{4,39}(?:\.[0-9]{1,3}){0,3}(?![A-Za-z0-9:])/g;
