/**
 * POST /v1/token: a job's OIDC token becomes a session (RFC 8693), bound to the daemon's key (RFC 9449), for the
 * grants asked for (RFC 9396), once for each job (the latch). Reads and writes the store and opens the recording.
 */
import { constantTimeEqual, messageOf } from "@gate/base";
import type { Principal, Session, TrustRule } from "@gate/contract";
import {
  claimText,
  CONTEXT_CLAIMS,
  describeNearest,
  IdentityError,
  latchKey,
  matchTrust,
  mintSessionToken,
  parseAuthorizationDetails,
  verifyProof,
  verifySubjectToken,
  type SessionTokenClaims,
  type SubjectToken,
} from "@gate/identity";
import type { ConfiguredTarget } from "./config.ts";
import { Problem } from "./problem.ts";
import { randomId } from "./random.ts";
import type { GatewayState } from "./state.ts";

export interface TokenResponse {
  readonly access_token: string;
  readonly issued_token_type: typeof ACCESS_TOKEN_TYPE;
  readonly token_type: "DPoP";
  /** Seconds. */
  readonly expires_in: number;
  /** Seconds since the epoch: renewal never reaches beyond. */
  readonly max_expires_at: number;
  readonly session_id: string;
  readonly trust_rule: string;
  readonly authorization_details: readonly {
    readonly type: "gate_grant";
    readonly grant: string;
    readonly target: string;
    readonly protocol: string;
    readonly database?: string;
    /** What clients of this protocol pin of the gateway, `type base64`. */
    readonly host_key?: string;
  }[];
}

interface TokenRequest {
  readonly subjectToken: string;
  readonly authorizationDetails: string | undefined;
  /** Session to renew. */
  readonly session: string | undefined;
}

/** Bytes of a token request's body. */
export const TOKEN_REQUEST_BYTES_MAX = 64 * 1024;

/** @throws {Problem} with a code of `problemOf`, or latch_taken, replayed, trust_rule_not_matched, renewal_refused */
export async function exchange(
  state: GatewayState,
  body: string,
  proof: string | undefined,
  targets: ReadonlyMap<string, ConfiguredTarget>,
): Promise<TokenResponse> {
  const request = readRequest(body);
  if (proof === undefined) {
    throw new Problem(400, "invalid_dpop", "the request needs exactly one DPoP header with a proof (RFC 9449)", {
      oauthError: "invalid_dpop_proof",
    });
  }
  // The subject token first: without a valid one, nothing of the request is written anywhere.
  const subject = await asProblem(() =>
    verifySubjectToken(request.subjectToken, {
      issuers: state.issuers,
      audience: (issuer) => audiencesOf(state.policy.trust, issuer),
      clock: state.clock,
    }),
  );
  return request.session === undefined
    ? open(state, request, subject, proof, targets)
    : renew(state, request, request.session, subject, proof, targets);
}

async function open(
  state: GatewayState,
  request: TokenRequest,
  subject: SubjectToken,
  proof: string,
  targets: ReadonlyMap<string, ConfiguredTarget>,
): Promise<TokenResponse> {
  const match = matchTrust(state.policy.trust, subject);
  if (!match.matched) throw notMatched(match);
  const { rule } = match;
  const grants = await asProblem(() => parseAuthorizationDetails(request.authorizationDetails, rule.grants));
  const latch = await asProblem(() => latchKey(subject.issuer, subject.claims));
  const { jkt } = await checkProof(state, proof);
  const nowMs = state.clock.now();
  const session: Session = {
    id: randomId("ses"),
    trustRule: rule.name,
    principal: principalOf(subject),
    grants,
    policyDigest: state.policy.digest,
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + Math.min(rule.ttlMs, rule.maxTtlMs),
    maxExpiresAtMs: nowMs + rule.maxTtlMs,
    jkt,
    latch,
    state: "open",
    mode: "gateway",
  };
  const claims = tokenClaims(state, session);
  const token = await mintSessionToken(claims, state.keys.sessionToken.privateKey);
  const taken = await state.store.openSession(session, {
    issuer: subject.issuer,
    id: subject.jti,
    expiresAtMs: subject.acceptableUntilMs,
  });
  if (taken.result === "replayed") throw replayed();
  if (taken.result === "taken") {
    state.log.warn(
      { session: taken.by, principal: session.principal.display },
      "latch refused: this job already has a session; another step of it may be trying to get its own",
    );
    try {
      state.engine.latchRefused(taken.by, session.principal.display);
    } catch (error) {
      // The first session then ends, because its record cannot be written; this exchange is refused all the same.
      state.log.error({ session: taken.by, error: messageOf(error) }, "the refused exchange could not be recorded");
    }
    throw new Problem(
      409,
      "latch_taken",
      `this job already has session ${taken.by}: a job exchanges its token once, and a second exchange is recorded there`,
      { oauthError: "invalid_request" },
    );
  }
  try {
    state.engine.open(session, state.policy, targetsOf(state, grants), {
      "evidence/subject-token.jwt": Buffer.from(request.subjectToken),
      "evidence/jwks.json": subject.jwks,
      "evidence/policy.yaml": Buffer.from(state.policy.text),
      // The payload alone: with its signature it would be a credential, if only beside the daemon's key.
      "evidence/session-token.json": Buffer.from(`${JSON.stringify(claims)}\n`),
    });
  } catch (error) {
    state.log.error({ session: session.id, error: messageOf(error) }, "the session's recording could not be opened");
    await state.store.updateSession(session.id, { state: "closed" });
    throw new Problem(503, "recorder_failed", "the session's recording cannot be written, so there is no session", {
      oauthError: "temporarily_unavailable",
    });
  }
  state.metrics.sessions.inc();
  state.log.info(
    { session: session.id, principal: session.principal.display, trustRule: rule.name, grants },
    "session opened",
  );
  return respond(state, session, token, targets);
}

async function renew(
  state: GatewayState,
  request: TokenRequest,
  id: string,
  subject: SubjectToken,
  proof: string,
  targets: ReadonlyMap<string, ConfiguredTarget>,
): Promise<TokenResponse> {
  const session = await state.store.session(id);
  const latch = await asProblem(() => latchKey(subject.issuer, subject.claims));
  // One answer for "no such session" and "another job's session": ids of others are not confirmed.
  if (session === undefined || !constantTimeEqual(session.latch, latch)) {
    throw renewalRefused("the token is not of the job that opened this session");
  }
  const rule = state.policy.trust.filter((candidate) => candidate.name === session.trustRule);
  const match = matchTrust(rule, subject);
  if (!match.matched) throw notMatched(match);
  const { jkt } = await checkProof(state, proof);
  if (!constantTimeEqual(jkt, session.jkt))
    throw renewalRefused("the DPoP key is not the one that opened this session");
  await asProblem(() => parseAuthorizationDetails(request.authorizationDetails, session.grants));
  const nowMs = state.clock.now();
  if (session.state !== "open" || session.expiresAtMs <= nowMs) throw renewalRefused("the session has ended");
  if (session.policyDigest !== state.policy.digest) throw renewalRefused("the policy has changed: start a new job");
  const expiresAtMs = Math.min(Math.max(nowMs + match.rule.ttlMs, session.expiresAtMs), session.maxExpiresAtMs);
  if (!(await state.store.useJti(subject.issuer, subject.jti, subject.acceptableUntilMs))) throw replayed();
  try {
    // Recorded first: a renewal that no record shows does not happen.
    state.engine.renew(id, expiresAtMs);
  } catch (error) {
    state.log.warn({ session: id, error: messageOf(error) }, "renewal refused");
    throw renewalRefused("the session has ended");
  }
  await state.store.updateSession(id, { expiresAtMs });
  const renewed: Session = { ...session, expiresAtMs };
  const token = await mintSessionToken(tokenClaims(state, renewed), state.keys.sessionToken.privateKey);
  state.log.info({ session: id }, "session renewed");
  return respond(state, renewed, token, targets);
}

async function checkProof(state: GatewayState, proof: string): Promise<{ readonly jkt: string }> {
  return asProblem(() =>
    verifyProof(proof, {
      method: "POST",
      url: `${state.publicUrl}/v1/token`,
      nowMs: state.clock.now(),
      useJti: (jkt, jti, expiresAtMs) => state.store.useJti(`dpop:${jkt}`, jti, expiresAtMs),
    }),
  );
}

function readRequest(body: string): TokenRequest {
  const form = new URLSearchParams(body);
  const one = (name: string): string | undefined => {
    const values = form.getAll(name);
    if (values.length > 1) throw badRequest("invalid_request", `parameter ${name} is given more than once`);
    return values[0] === "" ? undefined : values[0];
  };
  if (one("grant_type") !== TOKEN_EXCHANGE) {
    throw badRequest("unsupported_grant_type", `grant_type must be ${TOKEN_EXCHANGE}`);
  }
  const subjectToken = one("subject_token");
  if (subjectToken === undefined || one("subject_token_type") !== JWT_TYPE) {
    throw badRequest("invalid_request", `subject_token and subject_token_type=${JWT_TYPE} are needed`);
  }
  if (form.has("actor_token")) throw badRequest("invalid_request", "actor_token is not supported");
  const requested = one("requested_token_type");
  if (requested !== undefined && requested !== ACCESS_TOKEN_TYPE) {
    throw badRequest("invalid_request", `requested_token_type can only be ${ACCESS_TOKEN_TYPE}`);
  }
  return { subjectToken, authorizationDetails: one("authorization_details"), session: one("session") };
}

function principalOf(subject: SubjectToken): Principal {
  const claims: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const name of Object.keys(subject.claims)) {
    const value = claimText(subject.claims, name);
    if (value !== undefined) claims[name] = value;
  }
  const text = (name: string): string => (claims[name] ?? "?").slice(0, 200);
  const display =
    claims["repository"] === undefined
      ? `${subject.issuer} ${text("sub")}`
      : `${text("repository")} run ${text("run_id")}.${text("run_attempt")} (${text("workflow")}) by ${text("actor")}`;
  return { kind: "job", issuer: subject.issuer, display, claims: { ...claims } };
}

function tokenClaims(state: GatewayState, session: Session): SessionTokenClaims {
  const { claims } = session.principal;
  const tctx: Record<string, string> = {};
  for (const name of CONTEXT_CLAIMS) {
    const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
    if (value !== undefined) tctx[name] = value.slice(0, CONTEXT_VALUE_CHARS_MAX);
  }
  return {
    iss: state.publicUrl,
    aud: state.publicUrl,
    sid: session.id,
    txn: session.latch,
    iat: Math.floor(state.clock.now() / 1000),
    exp: Math.floor(session.expiresAtMs / 1000),
    cnf: { jkt: session.jkt },
    grants: session.grants,
    pol: session.policyDigest,
    tctx,
    del: 0,
  };
}

function respond(
  state: GatewayState,
  session: Session,
  token: string,
  targets: ReadonlyMap<string, ConfiguredTarget>,
): TokenResponse {
  return {
    access_token: token,
    issued_token_type: ACCESS_TOKEN_TYPE,
    token_type: "DPoP",
    expires_in: Math.max(0, Math.floor((session.expiresAtMs - state.clock.now()) / 1000)),
    max_expires_at: Math.floor(session.maxExpiresAtMs / 1000),
    session_id: session.id,
    trust_rule: session.trustRule,
    authorization_details: session.grants.map((grant) => {
      const name = state.policy.grants.get(grant)?.target ?? "";
      const target = targets.get(name);
      return {
        type: "gate_grant" as const,
        grant,
        target: name,
        protocol: target?.protocol ?? "",
        ...(target?.database === undefined ? {} : { database: target.database }),
        ...hostKeyOf(state, target?.protocol),
      };
    }),
  };
}

function hostKeyOf(state: GatewayState, protocol: string | undefined): { host_key?: string } {
  const line = protocol === undefined ? undefined : state.protocols.get(protocol)?.hostKeyLine?.(state.keys.hostKey);
  return line === undefined ? {} : { host_key: line };
}

function targetsOf(state: GatewayState, grants: readonly string[]): GatewayState["targets"] {
  const names = new Set(grants.map((grant) => state.policy.grants.get(grant)?.target));
  return new Map([...state.targets].filter(([name]) => names.has(name)));
}

function audiencesOf(trust: readonly TrustRule[], issuer: string): readonly string[] {
  return [...new Set(trust.filter((rule) => rule.issuer === issuer).flatMap((rule) => rule.audience))];
}

/** Turns identity's errors into the API's. */
async function asProblem<T>(run: () => T | Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof IdentityError ? problemOf(error) : error;
  }
}

export function problemOf(error: IdentityError): Problem {
  switch (error.code) {
    case "TOKEN_AUDIENCE":
      return new Problem(400, "wrong_audience", error.message, { oauthError: "invalid_request" });
    case "TOKEN_EXPIRED":
      return new Problem(400, "expired", error.message, { oauthError: "invalid_request" });
    case "ISSUER_UNREACHABLE":
    case "ISSUER_MISMATCH":
    case "ISSUER_URL":
      return new Problem(503, "issuer_unavailable", error.message, {
        oauthError: "temporarily_unavailable",
        headers: { "retry-after": "5" },
      });
    case "GRANT_UNKNOWN":
      return new Problem(400, "unknown_grant", error.message, { oauthError: "invalid_authorization_details" });
    case "AUTHORIZATION_DETAILS_INVALID":
      return new Problem(400, "invalid_authorization_details", error.message, {
        oauthError: "invalid_authorization_details",
      });
    case "PROOF_MALFORMED":
    case "PROOF_SIGNATURE":
    case "PROOF_MISMATCH":
    case "PROOF_STALE":
    case "PROOF_REPLAYED":
    case "PROOF_KEY":
      return new Problem(400, "invalid_dpop", error.message, { oauthError: "invalid_dpop_proof" });
    case "SESSION_TOKEN_INVALID":
    case "SESSION_TOKEN_EXPIRED":
      return new Problem(401, error.code === "SESSION_TOKEN_EXPIRED" ? "expired" : "invalid_token", error.message, {
        oauthError: "invalid_token",
      });
    case "TOKEN_MALFORMED":
    case "TOKEN_TOO_LARGE":
    case "TOKEN_ALGORITHM":
    case "TOKEN_KEY_UNKNOWN":
    case "TOKEN_SIGNATURE":
    case "TOKEN_CLAIM":
    case "ISSUER_UNKNOWN":
    case "MISSING_CLAIM":
      return new Problem(400, "invalid_subject_token", error.message, { oauthError: "invalid_request" });
  }
}

function notMatched(match: Exclude<ReturnType<typeof matchTrust>, { matched: true }>): Problem {
  const detail =
    match.nearest === undefined
      ? "the policy has no trust rule"
      : `no trust rule matches: ${describeNearest(match.nearest)}`;
  return new Problem(403, "trust_rule_not_matched", detail, { oauthError: "invalid_request" });
}

function replayed(): Problem {
  return new Problem(400, "replayed", "the subject token was used before: mint a fresh one for every exchange", {
    oauthError: "invalid_request",
  });
}

function renewalRefused(why: string): Problem {
  return new Problem(403, "renewal_refused", why, { oauthError: "invalid_grant" });
}

function badRequest(code: "invalid_request" | "unsupported_grant_type", detail: string): Problem {
  return new Problem(400, code, detail, { oauthError: code });
}

const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT_TYPE = "urn:ietf:params:oauth:token-type:jwt";
const ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token";
/** Characters of a claim that the session token repeats. */
const CONTEXT_VALUE_CHARS_MAX = 256;
