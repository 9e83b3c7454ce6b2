export {
  AUTHORIZATION_DETAILS_BYTES_MAX,
  AUTHORIZATION_DETAILS_MAX,
  formatAuthorizationDetails,
  parseAuthorizationDetails,
} from "./authorization-details.ts";
export {
  createDpopKey,
  createProof,
  exportDpopKey,
  importDpopKey,
  PROOF_AGE_MS_MAX,
  PROOF_BYTES_MAX,
  tokenHash,
  verifyProof,
  type DpopKey,
  type VerifiedProof,
} from "./dpop.ts";
export { IdentityError, type IdentityErrorCode } from "./errors.ts";
export { assertSecureUrl, createIssuer, type HttpGet, type Issuer } from "./issuer.ts";
export { latchKey } from "./latch.ts";
export {
  CONTEXT_CLAIMS,
  mintSessionToken,
  SESSION_TOKEN_BYTES_MAX,
  verifySessionToken,
  type SessionTokenClaims,
} from "./session-token.ts";
export { SUBJECT_TOKEN_BYTES_MAX, verifySubjectToken, type SubjectToken } from "./subject-token.ts";
export { claimText, describeNearest, matchGlob, matchTrust, type NearestRule, type TrustMatch } from "./trust.ts";
