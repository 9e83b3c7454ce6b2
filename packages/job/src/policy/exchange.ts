/** Which trust rule lets a token in, for tests and diffs of policies. Pure. */
import type { TrustRule } from "@gate/contract";
import { describeNearest, matchTrust } from "@gate/identity";
import type { Exchange } from "@gate/policy";

/**
 * The first rule that fits, as at the gateway. A test that says nothing of issuer or audience is about a token that
 * has the right ones: each rule is asked with its own.
 */
export const exchange: Exchange = (trust, claims) => {
  let reason: string | undefined;
  const { iss, aud, ...rest } = claims;
  for (const rule of trust) {
    const token = { issuer: issuerOf(rule, iss), audience: aud ?? rule.audience[0] ?? "", claims: rest };
    const match = matchTrust([rule], token);
    if (match.matched) return { rule };
    if (match.nearest !== undefined) reason ??= describeNearest(match.nearest);
  }
  return { reason: reason ?? "the policy has no trust rules" };
};

/** The alias of GitHub's public issuer and its URL are the same. */
function issuerOf(rule: TrustRule, given: string | undefined): string {
  if (given === undefined) return rule.issuer;
  const same = [given, rule.issuer].every((issuer) => issuer === "github" || issuer === GITHUB_ISSUER);
  return same ? rule.issuer : given;
}

const GITHUB_ISSUER = "https://token.actions.githubusercontent.com";
