/** Every way in which proving an identity fails. Pure. */
import { GateError, type ErrorKind } from "@gate/base";

/**
 * The codes never change their meaning:
 * - TOKEN_*: the subject token (RFC 8693) cannot be accepted
 * - ISSUER_*: its issuer cannot be used: not configured, unreachable, or it contradicts itself
 * - PROOF_*: the DPoP proof (RFC 9449)
 * - SESSION_TOKEN_*: our own token
 * - MISSING_CLAIM, AUTHORIZATION_DETAILS_INVALID, GRANT_UNKNOWN: what the token or the request asks for
 */
export type IdentityErrorCode =
  | "TOKEN_MALFORMED"
  | "TOKEN_TOO_LARGE"
  | "TOKEN_ALGORITHM"
  | "TOKEN_KEY_UNKNOWN"
  | "TOKEN_SIGNATURE"
  | "TOKEN_AUDIENCE"
  | "TOKEN_EXPIRED"
  | "TOKEN_CLAIM"
  | "ISSUER_UNKNOWN"
  | "ISSUER_UNREACHABLE"
  | "ISSUER_MISMATCH"
  | "ISSUER_URL"
  | "PROOF_MALFORMED"
  | "PROOF_SIGNATURE"
  | "PROOF_MISMATCH"
  | "PROOF_STALE"
  | "PROOF_REPLAYED"
  | "PROOF_KEY"
  | "SESSION_TOKEN_INVALID"
  | "SESSION_TOKEN_EXPIRED"
  | "MISSING_CLAIM"
  | "AUTHORIZATION_DETAILS_INVALID"
  | "GRANT_UNKNOWN";

export class IdentityError extends GateError {
  readonly code: IdentityErrorCode;
  /** The claim or member at fault, where there is one. */
  readonly claim?: string;

  constructor(
    code: IdentityErrorCode,
    message: string,
    options: { readonly claim?: string; readonly cause?: unknown; readonly kind?: ErrorKind } = {},
  ) {
    super(options.kind ?? "peer-wrong", message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.claim !== undefined) this.claim = options.claim;
  }
}
