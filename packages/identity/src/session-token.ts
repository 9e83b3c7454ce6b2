/**
 * The gateway's own token (`typ: gate-session+jwt`, EdDSA): minted at the exchange, bound to the daemon's DPoP key.
 * It says what the session may do, but the session's state in the store always decides. Pure over jose.
 */
import { errors, jwtVerify, SignJWT, type CryptoKey } from "jose";
import type { KeyObject } from "node:crypto";
import { IdentityError } from "./errors.ts";

export interface SessionTokenClaims {
  /** The gateway's public URL, as issuer and as audience. */
  readonly iss: string;
  readonly aud: string;
  /** Session id. */
  readonly sid: string;
  /** Transaction: the latch, which names this attempt of this job; survives renewal. */
  readonly txn: string;
  /** Seconds since the epoch. */
  readonly iat: number;
  readonly exp: number;
  /** RFC 7638 thumbprint of the daemon's key (RFC 9449 §6.1). */
  readonly cnf: { readonly jkt: string };
  readonly grants: readonly string[];
  /** Digest of the pinned policy. */
  readonly pol: string;
  /** Whose job it is: run, attempt, repository ids, environment, actor ids. */
  readonly tctx: Readonly<Record<string, string>>;
  /** Links of delegation between the job and the holder: 0 for the job itself. */
  readonly del: number;
}

/** Bytes of a session token. */
export const SESSION_TOKEN_BYTES_MAX = 12 * 1024;
/** Claims of the subject token that the session token repeats in `tctx`. */
export const CONTEXT_CLAIMS: readonly string[] = [
  "repository",
  "repository_id",
  "repository_owner_id",
  "run_id",
  "run_attempt",
  "check_run_id",
  "environment",
  "event_name",
  "ref",
  "sha",
  "actor_id",
  "job_workflow_ref",
];

export async function mintSessionToken(claims: SessionTokenClaims, key: CryptoKey | KeyObject): Promise<string> {
  const token = await new SignJWT({ ...claims, grants: [...claims.grants] })
    .setProtectedHeader({ alg: "EdDSA", typ: TYP })
    .sign(key);
  if (token.length > SESSION_TOKEN_BYTES_MAX) {
    throw new IdentityError(
      "SESSION_TOKEN_INVALID",
      `the session token would be over ${SESSION_TOKEN_BYTES_MAX} bytes`,
    );
  }
  return token;
}

/**
 * @param options `expiredForMsMax`: how long after its expiry the token is still taken (for the recording and the
 *   close of a session that is over); 0 without it
 * @throws {IdentityError} SESSION_TOKEN_INVALID, SESSION_TOKEN_EXPIRED
 */
export async function verifySessionToken(
  token: string,
  options: {
    readonly key: CryptoKey | KeyObject;
    readonly issuer: string;
    readonly nowMs: number;
    readonly expiredForMsMax?: number;
  },
): Promise<SessionTokenClaims> {
  if (token.length > SESSION_TOKEN_BYTES_MAX) throw invalid("is too long");
  try {
    const { payload } = await jwtVerify(token, options.key, {
      algorithms: ["EdDSA", "Ed25519"],
      typ: TYP,
      issuer: options.issuer,
      audience: options.issuer,
      requiredClaims: ["exp", "iat", "sid"],
      currentDate: new Date(options.nowMs),
      clockTolerance: (options.expiredForMsMax ?? 0) / 1000,
    });
    return readClaims(payload);
  } catch (error) {
    if (error instanceof IdentityError) throw error;
    if (error instanceof errors.JWTExpired) {
      throw new IdentityError("SESSION_TOKEN_EXPIRED", "the session token has expired: renew the session");
    }
    throw invalid("is not one of this gateway's");
  }
}

function readClaims(payload: Readonly<Record<string, unknown>>): SessionTokenClaims {
  const own = (name: string): unknown => (Object.hasOwn(payload, name) ? payload[name] : undefined);
  const text = (name: string): string => {
    const value = own(name);
    if (typeof value !== "string" || value === "") throw invalid(`has no ${name}`);
    return value;
  };
  const seconds = (name: string): number => {
    const value = own(name);
    if (typeof value !== "number" || !Number.isSafeInteger(value)) throw invalid(`has no ${name}`);
    return value;
  };
  const cnf = own("cnf");
  const jkt = isRecord(cnf) && Object.hasOwn(cnf, "jkt") ? cnf["jkt"] : undefined;
  if (typeof jkt !== "string" || jkt === "") throw invalid("is bound to no key");
  const grants = own("grants");
  if (!Array.isArray(grants) || !grants.every((grant) => typeof grant === "string")) throw invalid("has no grants");
  const tctx = own("tctx");
  if (!isRecord(tctx) || !Object.values(tctx).every((value) => typeof value === "string")) throw invalid("has no tctx");
  return {
    iss: text("iss"),
    aud: text("aud"),
    sid: text("sid"),
    txn: text("txn"),
    iat: seconds("iat"),
    exp: seconds("exp"),
    cnf: { jkt },
    grants: grants,
    pol: text("pol"),
    tctx: tctx as Readonly<Record<string, string>>,
    del: seconds("del"),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function invalid(what: string): IdentityError {
  return new IdentityError("SESSION_TOKEN_INVALID", `the session token ${what}`);
}

const TYP = "gate-session+jwt";
