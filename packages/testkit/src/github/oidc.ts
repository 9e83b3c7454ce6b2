/** The double's OIDC issuer: RSA keys, JWKS with rotation, RS256 tokens. Touches node:crypto only. */
import { createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { base64url, sha256Hex } from "@gate/base";

/** A subject token lives five minutes. */
const TOKEN_SECONDS = 300;
/** GitHub dates `nbf` ten minutes back. */
const NOT_BEFORE_SECONDS = 600;

export interface Issuer {
  readonly issuer: string;
  discovery(): object;
  jwks(): { keys: object[] };
  /** Signs a token; `claims` may override anything, and `undefined` takes a claim away. */
  mint(claims: Readonly<Record<string, unknown>>): string;
  /** Makes a new signing key. The old public key stays in the JWKS unless `forgetOld`. */
  rotate(options?: { readonly forgetOld?: boolean }): void;
}

export function createIssuer(options: { issuer: string; now: () => number; randomId: () => string }): Issuer {
  let keys = [newKey()];
  return {
    issuer: options.issuer,
    discovery: () => ({
      issuer: options.issuer,
      jwks_uri: `${options.issuer}/.well-known/jwks`,
      subject_types_supported: ["public", "pairwise"],
      response_types_supported: ["id_token"],
      id_token_signing_alg_values_supported: ["RS256"],
      scopes_supported: ["openid"],
      claims_supported: ["sub", "aud", "exp", "iat", "iss", "jti", "nbf", "ref", "repository", "run_id", "environment"],
    }),
    jwks: () => ({ keys: keys.map((key) => key.jwk) }),
    mint(claims) {
      const [key] = keys;
      if (key === undefined) throw new TypeError("an issuer always has a key");
      const now = Math.floor(options.now() / 1000);
      const payload = {
        jti: options.randomId(),
        iss: options.issuer,
        nbf: now - NOT_BEFORE_SECONDS,
        iat: now,
        exp: now + TOKEN_SECONDS,
        ...claims,
      };
      const header = { typ: "JWT", alg: "RS256", x5t: key.kid, kid: key.kid };
      const text = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(payload))}`;
      return `${text}.${base64url(sign("sha256", Buffer.from(text), key.privateKey))}`;
    },
    rotate({ forgetOld = false } = {}) {
      keys = forgetOld ? [newKey()] : [newKey(), ...keys];
    },
  };
}

interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly jwk: object;
}

function newKey(): SigningKey {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwk = createPublicKey(privateKey).export({ format: "jwk" });
  const kid = sha256Hex(JSON.stringify(jwk)).slice(0, 40);
  return { kid, privateKey, jwk: { ...jwk, kid, use: "sig", alg: "RS256" } };
}
