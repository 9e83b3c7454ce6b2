/**
 * One configured issuer of subject tokens: discovery (OpenID Connect Discovery 1.0 §4) and its key set, cached with a
 * cooldown, refreshed when a token names a key that is not there (rotation). Reaches the network only through the
 * `get` that it is given.
 */
import type { Clock } from "@gate/base";
import { createLocalJWKSet, errors, type CryptoKey, type JSONWebKeySet, type JWTHeaderParameters } from "jose";
import { IdentityError } from "./errors.ts";

/** Fetches a URL: https, no redirects, at most `bytesMax` bytes within `timeoutMs`. Rejects on anything but 200. */
export type HttpGet = (
  url: string,
  bounds: { readonly bytesMax: number; readonly timeoutMs: number },
) => Promise<Uint8Array>;

export interface Issuer {
  readonly url: string;
  /** The key that the token's header names. @throws {IdentityError} TOKEN_KEY_UNKNOWN, ISSUER_*. */
  key(header: JWTHeaderParameters): Promise<CryptoKey>;
  /** The key set as it was fetched, for the recording's evidence. Empty before the first key. */
  jwks(): Uint8Array;
}

/** Milliseconds that a fetched key set is used before it is fetched again. */
export const JWKS_AGE_MS_MAX = 10 * 60_000;
/** Bytes of a discovery document or key set. */
export const ISSUER_DOCUMENT_BYTES_MAX = 512 * 1024;
/** Keys in one issuer's key set. */
export const JWKS_KEYS_MAX = 100;
/** Milliseconds that an issuer may take to answer one request. */
export const ISSUER_TIMEOUT_MS_MAX = 5_000;
/** Milliseconds between two fetches caused by unknown key ids: a flood of forged tokens must not become one of ours. */
export const JWKS_COOLDOWN_MS = 30_000;
/** Milliseconds after a failed fetch in which the failure is answered from memory. */
export const ISSUER_RETRY_MS = 1_000;

interface Held {
  readonly keys: ReturnType<typeof createLocalJWKSet>;
  readonly text: Uint8Array;
  readonly fetchedAtMs: number;
}

/**
 * @param url compared by exact equality with the discovery document's `issuer` and the token's `iss`
 * @throws {IdentityError} ISSUER_URL unless it is https, or http on a loopback address
 */
export function createIssuer(url: string, io: { readonly get: HttpGet; readonly clock: Clock }): Issuer {
  assertSecureUrl(url, "issuer");
  let held: Held | undefined;
  let pending: Promise<Held> | undefined;
  let failure: { readonly error: unknown; readonly atMs: number } | undefined;

  const refresh = (): Promise<Held> => {
    if (failure !== undefined && io.clock.monotonic() - failure.atMs < ISSUER_RETRY_MS) {
      return failed(failure.error);
    }
    pending ??= fetchKeys(url, io).then(
      (fetched) => {
        pending = undefined;
        failure = undefined;
        held = fetched;
        return fetched;
      },
      (error: unknown) => {
        pending = undefined;
        failure = { error, atMs: io.clock.monotonic() };
        throw error;
      },
    );
    return pending;
  };

  return {
    url,
    jwks: () => held?.text ?? new Uint8Array(),
    async key(header) {
      const ageMs = held === undefined ? Infinity : io.clock.monotonic() - held.fetchedAtMs;
      const current = held !== undefined && ageMs < JWKS_AGE_MS_MAX ? held : await refresh();
      try {
        return await current.keys(header);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw keyError(url, error);
        if (io.clock.monotonic() - current.fetchedAtMs < JWKS_COOLDOWN_MS) throw keyError(url, error);
      }
      const rotated = await refresh();
      try {
        return await rotated.keys(header);
      } catch (error) {
        throw keyError(url, error);
      }
    },
  };
}

/** @throws {IdentityError} ISSUER_URL unless `text` is an https URL, or http on a loopback address, without user, query or fragment. */
export function assertSecureUrl(text: string, what: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new IdentityError("ISSUER_URL", `${what} is not a URL`, { kind: "operator" });
  }
  const loopback = LOOPBACK.test(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && loopback)) {
    throw new IdentityError("ISSUER_URL", `${what} must use https (http only on a loopback address)`, {
      kind: "operator",
    });
  }
  if (url.username !== "" || url.password !== "" || url.hash !== "" || url.search !== "") {
    throw new IdentityError("ISSUER_URL", `${what} must have no user, query or fragment`, { kind: "operator" });
  }
  return url;
}

async function failed(error: unknown): Promise<never> {
  throw error;
}

async function fetchKeys(url: string, io: { readonly get: HttpGet; readonly clock: Clock }): Promise<Held> {
  const bounds = { bytesMax: ISSUER_DOCUMENT_BYTES_MAX, timeoutMs: ISSUER_TIMEOUT_MS_MAX };
  const discovery = await getJson(url, `${url.replace(/\/$/, "")}/.well-known/openid-configuration`, io.get, bounds);
  const issuer = member(discovery.json, "issuer");
  if (issuer !== url) {
    throw new IdentityError("ISSUER_MISMATCH", `the discovery document of ${url} names another issuer`, {
      kind: "operator",
    });
  }
  const jwksUri = member(discovery.json, "jwks_uri");
  if (typeof jwksUri !== "string") {
    throw new IdentityError("ISSUER_MISMATCH", `the discovery document of ${url} has no jwks_uri`, {
      kind: "operator",
    });
  }
  assertJwksUri(jwksUri, url);
  const set = await getJson(url, jwksUri, io.get, bounds);
  const keys = member(set.json, "keys");
  if (!Array.isArray(keys) || keys.length > JWKS_KEYS_MAX) {
    throw new IdentityError("ISSUER_MISMATCH", `the key set of ${url} is not one, or has over ${JWKS_KEYS_MAX} keys`);
  }
  try {
    return {
      keys: createLocalJWKSet(set.json as unknown as JSONWebKeySet),
      text: set.bytes,
      fetchedAtMs: io.clock.monotonic(),
    };
  } catch (cause) {
    throw new IdentityError("ISSUER_MISMATCH", `the key set of ${url} is malformed`, { cause });
  }
}

/** The key set may live elsewhere and carry a query, but never on a weaker scheme. */
function assertJwksUri(jwksUri: string, issuer: string): void {
  const url = URL.canParse(jwksUri) ? new URL(jwksUri) : undefined;
  const plainAllowed = issuer.startsWith("http:") && url !== undefined && LOOPBACK.test(url.hostname);
  if (url === undefined || !(url.protocol === "https:" || (url.protocol === "http:" && plainAllowed))) {
    throw new IdentityError("ISSUER_MISMATCH", `the jwks_uri of ${issuer} must use https`, { kind: "operator" });
  }
}

async function getJson(
  issuer: string,
  url: string,
  get: HttpGet,
  bounds: { readonly bytesMax: number; readonly timeoutMs: number },
): Promise<{ readonly json: object; readonly bytes: Uint8Array }> {
  let bytes: Uint8Array;
  try {
    bytes = await get(url, bounds);
  } catch (cause) {
    throw new IdentityError("ISSUER_UNREACHABLE", `issuer ${issuer} could not be reached; try again`, {
      cause,
      kind: "peer-unsupported",
    });
  }
  try {
    const json: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
    if (json !== null && typeof json === "object" && bytes.length <= bounds.bytesMax) return { json, bytes };
  } catch {
    // Told below: the issuer's bytes never enter a message.
  }
  throw new IdentityError("ISSUER_MISMATCH", `issuer ${issuer} answered with something that is no JSON object`);
}

function keyError(issuer: string, error: unknown): IdentityError {
  if (error instanceof errors.JWKSNoMatchingKey) {
    return new IdentityError("TOKEN_KEY_UNKNOWN", `the token names a key that issuer ${issuer} does not have`);
  }
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    return new IdentityError("TOKEN_KEY_UNKNOWN", `the token fits several keys of issuer ${issuer}: it must name one`);
  }
  return new IdentityError("TOKEN_KEY_UNKNOWN", `the key that the token names cannot be used`, { cause: error });
}

function member(json: object, name: string): unknown {
  return Object.hasOwn(json, name) ? (json as Record<string, unknown>)[name] : undefined;
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
