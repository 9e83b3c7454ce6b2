/**
 * Verifies the job's OIDC token (RFC 7519, RFC 8725). Pure apart from the issuer's key set.
 *
 * Verified here: algorithm, signature, exact issuer, exact single audience, exp, iat, age. Not verified here: that the
 * jti was not used before (the store does it, with the latch) and that a trust rule matches.
 */
import type { Clock } from "@gate/base";
import { decodeJwt, errors, jwtVerify } from "jose";
import { IdentityError } from "./errors.ts";
import type { Issuer } from "./issuer.ts";

export interface SubjectToken {
  readonly issuer: string;
  readonly audience: string;
  readonly jti: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** Until when the jti must be remembered: after it the token is refused for its age. */
  readonly acceptableUntilMs: number;
  readonly claims: Readonly<Record<string, unknown>>;
  /** The issuer's key set at that moment, for the evidence. */
  readonly jwks: Uint8Array;
}

/** Bytes of a subject token. */
export const SUBJECT_TOKEN_BYTES_MAX = 16 * 1024;
/** Milliseconds since a subject token was issued: a job mints a fresh one for every exchange. */
export const SUBJECT_TOKEN_AGE_MS_MAX = 15 * 60_000;
/** Milliseconds by which the issuer's clock may differ from ours. */
export const CLOCK_TOLERANCE_MS_MAX = 60_000;

/** Asymmetric only: with HS256 in the list, an issuer's public key would be a shared secret that everybody knows. */
const ALGORITHMS = ["RS256", "ES256", "PS256"];
/** Length of a jti: it becomes a key in the store. */
const JTI_CHARS_MAX = 256;

/**
 * @param issuers by exact URL: the token's own `iss`, still unverified, only chooses among them
 * @param audience of the token's issuer: any one of them must be the token's only audience
 * @throws {IdentityError} TOKEN_*, ISSUER_*
 */
export async function verifySubjectToken(
  token: string,
  options: {
    readonly issuers: ReadonlyMap<string, Issuer>;
    readonly audience: (issuer: string) => readonly string[];
    readonly clock: Clock;
  },
): Promise<SubjectToken> {
  if (token.length > SUBJECT_TOKEN_BYTES_MAX) {
    throw new IdentityError("TOKEN_TOO_LARGE", `the subject token is over ${SUBJECT_TOKEN_BYTES_MAX} bytes`);
  }
  const issuer = chooseIssuer(token, options.issuers);
  const audiences = options.audience(issuer.url);
  const nowMs = options.clock.now();
  let payload: Readonly<Record<string, unknown>>;
  try {
    const verified = await jwtVerify(token, (header) => issuer.key(header), {
      algorithms: ALGORITHMS,
      issuer: issuer.url,
      clockTolerance: CLOCK_TOLERANCE_MS_MAX / 1000,
      maxTokenAge: SUBJECT_TOKEN_AGE_MS_MAX / 1000,
      requiredClaims: ["exp", "iat", "jti", "aud"],
      currentDate: new Date(nowMs),
    });
    payload = verified.payload;
  } catch (error) {
    throw tokenError(error);
  }
  const audience = singleAudience(payload["aud"]);
  if (audience === undefined || !audiences.includes(audience)) {
    throw new IdentityError(
      "TOKEN_AUDIENCE",
      `the subject token is for ${audience === undefined ? "several audiences" : `audience ${quote(audience)}`}; ` +
        (audiences.length === 0
          ? `no trust rule accepts tokens of this issuer`
          : `ask the issuer for audience ${audiences.map(quote).join(" or ")} and no other`),
      { claim: "aud" },
    );
  }
  const jti = payload["jti"];
  if (typeof jti !== "string" || jti === "" || jti.length > JTI_CHARS_MAX) {
    throw new IdentityError("TOKEN_CLAIM", "the subject token's jti is not a short text", { claim: "jti" });
  }
  const issuedAtMs = (payload["iat"] as number) * 1000;
  const expiresAtMs = (payload["exp"] as number) * 1000;
  if (expiresAtMs <= issuedAtMs) {
    throw new IdentityError("TOKEN_CLAIM", "the subject token expires before it was issued", { claim: "exp" });
  }
  return {
    issuer: issuer.url,
    audience,
    jti,
    issuedAtMs,
    expiresAtMs,
    acceptableUntilMs:
      Math.min(expiresAtMs, issuedAtMs + SUBJECT_TOKEN_AGE_MS_MAX) + CLOCK_TOLERANCE_MS_MAX + JTI_MARGIN_MS,
    claims: payload,
    jwks: issuer.jwks(),
  };
}

/** The `iss` read here proves nothing yet: it only says which configured issuer's keys must fit. */
function chooseIssuer(token: string, issuers: ReadonlyMap<string, Issuer>): Issuer {
  let iss: unknown;
  try {
    const claims = decodeJwt(token);
    iss = Object.hasOwn(claims, "iss") ? claims.iss : undefined;
  } catch (cause) {
    throw new IdentityError("TOKEN_MALFORMED", "the subject token is not a signed JWT", { cause });
  }
  const issuer = typeof iss === "string" ? issuers.get(iss) : undefined;
  if (issuer === undefined) {
    throw new IdentityError(
      "ISSUER_UNKNOWN",
      `the subject token's issuer ${typeof iss === "string" ? quote(iss) : "is missing and"} is not one that this gateway is configured for`,
      { claim: "iss" },
    );
  }
  return issuer;
}

/** A token for several audiences could be replayed here by any other one of them. */
function singleAudience(aud: unknown): string | undefined {
  const value: unknown = Array.isArray(aud) && aud.length === 1 ? aud[0] : aud;
  return typeof value === "string" ? value : undefined;
}

function tokenError(error: unknown): IdentityError {
  if (error instanceof IdentityError) return error;
  if (error instanceof errors.JWTExpired) {
    return new IdentityError("TOKEN_EXPIRED", "the subject token has expired or is too old: mint a fresh one", {
      claim: error.claim,
    });
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    return new IdentityError(
      "TOKEN_CLAIM",
      `the subject token's claim ${quote(error.claim)} is ${error.reason === "missing" ? "missing" : "not acceptable"}`,
      { claim: error.claim },
    );
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return new IdentityError("TOKEN_ALGORITHM", `the subject token must be signed with ${ALGORITHMS.join(", ")}`);
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return new IdentityError("TOKEN_SIGNATURE", "the subject token's signature does not verify");
  }
  return new IdentityError("TOKEN_MALFORMED", "the subject token is not a signed JWT that can be verified", {
    cause: error,
  });
}

/** Values of the peer appear in messages only quoted, cut and without control characters. */
function quote(text: string): string {
  return JSON.stringify(text.length > QUOTED_CHARS_MAX ? `${text.slice(0, QUOTED_CHARS_MAX)}…` : text);
}

/** Characters of a claim's value that a message repeats. */
const QUOTED_CHARS_MAX = 200;
/** Kept a little longer than needed, so that rounding never frees a jti early. */
const JTI_MARGIN_MS = 5_000;
