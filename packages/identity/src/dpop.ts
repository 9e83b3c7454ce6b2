/**
 * Proof of possession (RFC 9449): the job's daemon signs every request with a key that never leaves it, so a stolen
 * session token alone opens nothing. Pure over jose; time and the jti's single use arrive as parameters.
 */
import { base64url, constantTimeEqual } from "@gate/base";
import { createHash } from "node:crypto";
import {
  calculateJwkThumbprint,
  errors,
  exportJWK,
  generateKeyPair,
  importJWK,
  jwtVerify,
  SignJWT,
  type CryptoKey,
  type JWK,
} from "jose";
import { IdentityError } from "./errors.ts";

/** The job's side of a proof. */
export interface DpopKey {
  readonly privateKey: CryptoKey;
  readonly publicJwk: { readonly kty: "EC"; readonly crv: "P-256"; readonly x: string; readonly y: string };
  /** RFC 7638 thumbprint, as in the session token's `cnf.jkt`. */
  readonly jkt: string;
}

export interface VerifiedProof {
  readonly jkt: string;
  readonly jti: string;
}

/** Bytes of a DPoP proof. */
export const PROOF_BYTES_MAX = 4 * 1024;
/** Milliseconds, before or after now, within which a proof was made. */
export const PROOF_AGE_MS_MAX = 60_000;
/** Characters of a proof's jti. */
export const PROOF_JTI_CHARS_MAX = 128;

/** A new ES256 key; `extractable` only where it must cross a process boundary. */
export async function createDpopKey(options: { readonly extractable?: boolean } = {}): Promise<DpopKey> {
  const pair = await generateKeyPair("ES256", { extractable: options.extractable ?? false });
  return describeKey(pair.privateKey, await exportJWK(pair.publicKey));
}

/** Takes a private JWK that `exportDpopKey` gave. */
export async function importDpopKey(jwk: JWK): Promise<DpopKey> {
  const { d: _d, ...publicJwk } = jwk;
  return describeKey((await importJWK(jwk, "ES256")) as CryptoKey, publicJwk);
}

/** The private JWK of an extractable key: a secret. */
export async function exportDpopKey(key: DpopKey): Promise<JWK> {
  return exportJWK(key.privateKey);
}

/**
 * A proof for one request.
 * @param request `url` is taken without query and fragment; `accessToken` where one is presented; `jti` is random
 */
export async function createProof(
  key: DpopKey,
  request: {
    readonly method: string;
    readonly url: string;
    readonly accessToken?: string;
    readonly nowMs: number;
    readonly jti: string;
  },
): Promise<string> {
  const payload = {
    htm: request.method,
    htu: withoutQuery(request.url),
    iat: Math.floor(request.nowMs / 1000),
    jti: request.jti,
    ...(request.accessToken === undefined ? {} : { ath: tokenHash(request.accessToken) }),
  };
  return new SignJWT(payload)
    .setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk: key.publicJwk })
    .sign(key.privateKey);
}

/**
 * Checks a proof against the request that carried it (RFC 9449 §4.3); the jti is used up last.
 * @param expected `useJti` answers false when the jti was seen before; `jkt` is the key that the token is bound to
 * @throws {IdentityError} PROOF_*
 */
export async function verifyProof(
  proof: string,
  expected: {
    readonly method: string;
    readonly url: string;
    readonly accessToken?: string;
    readonly jkt?: string;
    readonly nowMs: number;
    readonly useJti: (jkt: string, jti: string, expiresAtMs: number) => Promise<boolean>;
  },
): Promise<VerifiedProof> {
  if (proof.length > PROOF_BYTES_MAX) throw malformed(`is over ${PROOF_BYTES_MAX} bytes`);
  let jkt = "";
  let payload: Readonly<Record<string, unknown>>;
  try {
    const verified = await jwtVerify(
      proof,
      async (header) => {
        const jwk = readPublicJwk(header.jwk);
        jkt = await calculateJwkThumbprint(jwk, "sha256");
        return importJWK(jwk, "ES256");
      },
      {
        algorithms: ["ES256"],
        typ: "dpop+jwt",
        requiredClaims: ["jti", "htm", "htu", "iat"],
        maxTokenAge: PROOF_AGE_MS_MAX / 1000,
        clockTolerance: PROOF_AGE_MS_MAX / 1000,
        currentDate: new Date(expected.nowMs),
      },
    );
    payload = verified.payload;
  } catch (error) {
    throw proofError(error);
  }
  const iatMs = (payload["iat"] as number) * 1000;
  if (Math.abs(expected.nowMs - iatMs) > PROOF_AGE_MS_MAX) throw stale();
  if (payload["htm"] !== expected.method) throw mismatch("htm", `the request's method ${expected.method}`);
  if (payload["htu"] !== withoutQuery(expected.url)) throw mismatch("htu", withoutQuery(expected.url));
  if (expected.accessToken !== undefined) {
    const ath = Object.hasOwn(payload, "ath") ? payload["ath"] : undefined;
    if (typeof ath !== "string" || !constantTimeEqual(ath, tokenHash(expected.accessToken))) {
      throw mismatch("ath", "the hash of the token that was presented");
    }
  }
  if (expected.jkt !== undefined && !constantTimeEqual(jkt, expected.jkt)) {
    throw new IdentityError("PROOF_KEY", "the DPoP proof was made with another key than the session's");
  }
  const jti = payload["jti"];
  if (typeof jti !== "string" || jti === "" || jti.length > PROOF_JTI_CHARS_MAX) throw malformed("has no usable jti");
  // Remembered until no clock that we accept could present it again.
  if (!(await expected.useJti(jkt, jti, iatMs + 2 * PROOF_AGE_MS_MAX + 1_000))) {
    throw new IdentityError("PROOF_REPLAYED", "the DPoP proof was used before: make a fresh one for every request");
  }
  return { jkt, jti };
}

/** RFC 9449 §4.2 `ath`. */
export function tokenHash(accessToken: string): string {
  return base64url(createHash("sha256").update(accessToken, "ascii").digest());
}

/** Only the public members of a P-256 key: a proof that shows a private one has given its key away (RFC 9449 §4.3). */
function readPublicJwk(jwk: unknown): JWK {
  if (jwk === null || typeof jwk !== "object" || Array.isArray(jwk)) throw malformed("has no jwk in its header");
  const members = jwk as Record<string, unknown>;
  for (const name of Object.keys(members)) {
    if (!PUBLIC_MEMBERS.has(name)) throw malformed("has a jwk with members other than a public P-256 key's");
  }
  const { kty, crv, x, y } = members;
  if (kty !== "EC" || crv !== "P-256" || typeof x !== "string" || typeof y !== "string") {
    throw malformed("must carry a P-256 key");
  }
  return { kty, crv, x, y };
}

async function describeKey(privateKey: CryptoKey, jwk: JWK): Promise<DpopKey> {
  const { kty, crv, x, y } = readPublicJwk(jwk);
  const publicJwk = { kty, crv, x, y } as DpopKey["publicJwk"];
  return { privateKey, publicJwk, jkt: await calculateJwkThumbprint(publicJwk, "sha256") };
}

function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, "");
}

function proofError(error: unknown): IdentityError {
  if (error instanceof IdentityError) return error;
  if (error instanceof errors.JWTExpired) return stale();
  if (error instanceof errors.JWTClaimValidationFailed) {
    return error.claim === "iat" && error.reason === "check_failed"
      ? stale()
      : malformed(`has no acceptable ${JSON.stringify(error.claim)}`);
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return new IdentityError("PROOF_SIGNATURE", "the DPoP proof's signature does not verify");
  }
  return new IdentityError("PROOF_MALFORMED", "the DPoP proof is not a JWT signed with ES256", { cause: error });
}

function malformed(what: string): IdentityError {
  return new IdentityError("PROOF_MALFORMED", `the DPoP proof ${what}`);
}

function mismatch(claim: string, needed: string): IdentityError {
  return new IdentityError("PROOF_MISMATCH", `the DPoP proof's ${claim} must be ${needed}`, { claim });
}

function stale(): IdentityError {
  return new IdentityError(
    "PROOF_STALE",
    `the DPoP proof was not made within ${PROOF_AGE_MS_MAX / 1000} s of the gateway's time: check the clocks`,
    { claim: "iat" },
  );
}

const PUBLIC_MEMBERS = new Set(["kty", "crv", "x", "y", "alg", "use", "kid", "key_ops", "ext"]);
