/** Which session makes a request: its token and a DPoP proof. People are in people/authenticate.ts. */
import { constantTimeEqual } from "@gate/base";
import type { Session } from "@gate/contract";
import { IdentityError, verifyProof, verifySessionToken, type SessionTokenClaims } from "@gate/identity";
import { problemOf } from "./exchange.ts";
import { Problem } from "./problem.ts";
import type { GatewayState } from "./state.ts";

/** How long after its end a session may still close itself and fetch its recording, in milliseconds. */
export const SESSION_GRACE_MS_MAX = 10 * 60_000;

/** The parts of a request that authentication reads. */
export interface Presented {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly authorization: string | undefined;
  readonly dpop: string | undefined;
}

export interface SessionCaller {
  readonly session: Session;
  readonly claims: SessionTokenClaims;
}

/**
 * @param graceMs how long after its expiry the token is still taken: 0 for anything that reaches a target
 * @throws {Problem} 401
 */
export async function authenticateSession(
  state: GatewayState,
  presented: Presented,
  graceMs: number,
): Promise<SessionCaller> {
  const token = /^DPoP ([A-Za-z0-9._-]+)$/i.exec(presented.authorization ?? "")?.[1];
  if (token === undefined || presented.dpop === undefined) {
    throw unauthorized("invalid_token", "needs Authorization: DPoP <session token> and one DPoP proof");
  }
  try {
    const nowMs = state.clock.now();
    const claims = await verifySessionToken(token, {
      key: state.keys.sessionToken.publicKey,
      issuer: state.publicUrl,
      nowMs,
      expiredForMsMax: graceMs,
    });
    await verifyProof(presented.dpop, {
      method: presented.method,
      url: `${state.publicUrl}${presented.path}`,
      accessToken: token,
      jkt: claims.cnf.jkt,
      nowMs,
      useJti: (jkt, jti, expiresAtMs) => state.store.useJti(`dpop:${jkt}`, jti, expiresAtMs),
    });
    const session = await state.store.session(claims.sid);
    if (session === undefined || !constantTimeEqual(session.jkt, claims.cnf.jkt)) {
      throw unauthorized("invalid_token", "the session of this token is not known here");
    }
    return { session, claims };
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    const problem = problemOf(error);
    throw unauthorized(problem.code, error.message);
  }
}

function unauthorized(code: string, detail: string): Problem {
  const error = code === "invalid_dpop" ? "invalid_dpop_proof" : "invalid_token";
  return new Problem(401, code, detail, {
    oauthError: error,
    headers: { "www-authenticate": `DPoP error="${error}", algs="ES256"` },
  });
}
