/**
 * The latch: one session for each job, however many steps can mint a token (knowledge: every step of a job receives
 * the OIDC request token, so a nested agent can repeat the exchange). Pure.
 */
import { sha256Hex } from "@gate/base";
import { IdentityError } from "./errors.ts";
import { claimText } from "./trust.ts";

/** What names one attempt of one job, besides the issuer. */
const JOB_CLAIMS = ["repository_id", "run_id", "run_attempt", "check_run_id"] as const;
const GITHUB_ISSUER = /^https:\/\/(?:token\.actions\.|[^/]+\/_services\/token)/;

/**
 * SHA-256 hex of the JSON array ["job", issuer, repository_id, run_id, run_attempt, check_run_id].
 *
 * A GitHub issuer, and any other token that has one of the four claims, must have all of them: a token that lost one
 * would otherwise open a second session beside the first. Issuers without the notion of a job latch on
 * ["token", issuer, sub, jti], so each of their tokens opens one session.
 * @throws {IdentityError} MISSING_CLAIM naming the claim
 */
export function latchKey(issuer: string, claims: Readonly<Record<string, unknown>>): string {
  const ofJob = GITHUB_ISSUER.test(issuer) || JOB_CLAIMS.some((name) => Object.hasOwn(claims, name));
  const names = ofJob ? JOB_CLAIMS : (["sub", "jti"] as const);
  const values = names.map((name) => {
    const value = claimText(claims, name);
    if (value === undefined || value === "") {
      throw new IdentityError("MISSING_CLAIM", `the subject token has no claim ${JSON.stringify(name)}`, {
        claim: name,
      });
    }
    return value;
  });
  return sha256Hex(JSON.stringify([ofJob ? "job" : "token", issuer, ...values]));
}
