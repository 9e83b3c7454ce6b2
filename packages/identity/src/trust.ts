/** Which trust rule, if any, lets a verified subject token in (CONTRACT §3 `trust`). Pure. */
import type { TrustRule } from "@gate/contract";

export type TrustMatch =
  | { readonly matched: true; readonly rule: TrustRule }
  | {
      readonly matched: false;
      /** The rule that came closest, with the first claim that failed. Absent when there are no rules. */
      readonly nearest?: NearestRule;
    };

export interface NearestRule {
  readonly rule: string;
  readonly claim: string;
  /** The token's value; absent when the token has no such claim, or one that is neither text, number nor boolean. */
  readonly value?: string;
  readonly needed: readonly string[];
}

/** Characters of a claim's value that are compared; a longer one fails. */
export const CLAIM_VALUE_CHARS_MAX = 4096;

/** The first rule, in the policy's order, whose issuer, audience and claims all match. */
export function matchTrust(
  rules: readonly TrustRule[],
  token: {
    readonly issuer: string;
    readonly audience: string;
    readonly claims: Readonly<Record<string, unknown>>;
  },
): TrustMatch {
  let nearest: NearestRule | undefined;
  let nearestFailed = Infinity;
  for (const rule of rules) {
    const failed = failures(rule, token);
    const first = failed[0];
    if (first === undefined) return { matched: true, rule };
    // A rule of another issuer or audience is far away, whatever its claims say.
    const distance = failed.length + (first.claim === "iss" || first.claim === "aud" ? FAR : 0);
    if (distance < nearestFailed) {
      nearestFailed = distance;
      nearest = first;
    }
  }
  return nearest === undefined ? { matched: false } : { matched: false, nearest };
}

/** `trust rule "deploy-prod" needs claim "ref" to be "refs/heads/main"; the token has "refs/heads/x"`. */
export function describeNearest(nearest: NearestRule): string {
  const value = nearest.value === undefined ? "does not have it" : `has ${JSON.stringify(nearest.value.slice(0, 200))}`;
  return (
    `trust rule ${JSON.stringify(nearest.rule)} needs claim ${JSON.stringify(nearest.claim)} to be ` +
    `${nearest.needed.map((needed) => JSON.stringify(needed)).join(" or ")}; the token ${value}`
  );
}

/**
 * Text of a claim as rules compare it; undefined for anything that has no single exact text. A number that JSON
 * could not keep exactly (above 2^53) has none: two repositories could share it.
 */
export function claimText(claims: Readonly<Record<string, unknown>>, name: string): string | undefined {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  return undefined;
}

/**
 * Matches a whole text: `*` is any run of characters without `/`, `**` any run, everything else itself.
 * Time is the product of both lengths at worst: no pattern makes it slow (CWE-1333).
 */
export function matchGlob(pattern: string, text: string): boolean {
  const tokens = pattern.match(/\*\*+|\*|[^*]/gsu) ?? [];
  const characters = [...text];
  // reached[i]: the tokens before i can match the characters read so far.
  let reached = closeOver(tokens, new Set([0]));
  for (const character of characters) {
    const next = new Set<number>();
    for (const index of reached) {
      const token = tokens[index];
      if (token === undefined) continue;
      if (token.length > 1 && token.startsWith("*")) next.add(index);
      else if (token === "*") {
        if (character !== "/") next.add(index);
      } else if (token === character) next.add(index + 1);
    }
    if (next.size === 0) return false;
    reached = closeOver(tokens, next);
  }
  return reached.has(tokens.length);
}

/** A star also matches nothing. */
function closeOver(tokens: readonly string[], states: Set<number>): Set<number> {
  // A Set visits what is added while it is walked.
  for (const index of states) if (tokens[index]?.startsWith("*") === true) states.add(index + 1);
  return states;
}

function failures(
  rule: TrustRule,
  token: { readonly issuer: string; readonly audience: string; readonly claims: Readonly<Record<string, unknown>> },
): NearestRule[] {
  if (rule.issuer !== token.issuer) {
    return [{ rule: rule.name, claim: "iss", value: token.issuer, needed: [rule.issuer] }];
  }
  if (!rule.audience.includes(token.audience)) {
    return [{ rule: rule.name, claim: "aud", value: token.audience, needed: rule.audience }];
  }
  const found: NearestRule[] = [];
  for (const [claim, globs] of Object.entries(rule.claims)) {
    const value = claimText(token.claims, claim);
    const usable = value !== undefined && value.length <= CLAIM_VALUE_CHARS_MAX;
    if (usable && globs.some((glob) => matchGlob(glob, value))) continue;
    found.push({ rule: rule.name, claim, needed: globs, ...(value === undefined ? {} : { value }) });
  }
  return found;
}

const FAR = 1_000_000;
