/** The HTTP API (CONTRACT §7), apart from the tunnel. */
import { messageOf, VERSION } from "@gate/base";
import type { HoldRow, Session } from "@gate/contract";
import { exportBundle } from "@gate/recording";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { authenticateSession, SESSION_GRACE_MS_MAX, type SessionCaller } from "./authenticate.ts";
import type { ConfiguredTarget } from "./config.ts";
import { exchange, TOKEN_REQUEST_BYTES_MAX } from "./exchange.ts";
import { openapi } from "./openapi.ts";
import { limitFailures, requirePerson } from "./people/authenticate.ts";
import { Problem } from "./problem.ts";
import { readSealed } from "./sealed.ts";
import { singleHeader } from "./single-header.ts";
import type { GatewayState } from "./state.ts";
import { notOurs, PATH } from "./tunnel.ts";
import { detailsOf } from "./web/routes.ts";
import {
  holdView,
  listedHoldView,
  pendingHoldView,
  sessionView,
  type PendingHoldView,
  type SessionView,
} from "./views.ts";

/** Characters of the reason that a person gives with a vote. */
const REASON_CHARS_MAX = 1_000;
/** Waiting commands that a session is told of. */
const PENDING_HOLDS_MAX = 20;
/** What probes of orchestrators ask with GET or HEAD. */
const PROBED = { exposeHeadRoute: true } as const;
/** Rows of one list. */
export const LIST_ROWS_MAX = 1_000;

export function addRoutes(
  app: FastifyInstance,
  state: GatewayState,
  targets: ReadonlyMap<string, ConfiguredTarget>,
): void {
  addMeta(app, state);
  addToken(app, state, targets);
  addSessions(app, state);
  addApprovals(app, state);
}

function addMeta(app: FastifyInstance, state: GatewayState): void {
  app.get("/healthz", PROBED, async () => ({ status: "ok" }));
  app.get("/readyz", PROBED, async (_request, reply) => {
    if (state.phase !== "ready") return reply.code(503).send({ status: state.phase });
    try {
      await state.store.session("ses_readiness");
    } catch (error) {
      state.log.error({ error: messageOf(error) }, "the store does not answer");
      return reply.code(503).send({ status: "store unavailable" });
    }
    return { status: "ready" };
  });
  app.get("/metrics", async (request, reply) => {
    if (!state.local) await requirePerson(state, request);
    return reply.type(state.metrics.registry.contentType).send(await state.metrics.registry.metrics());
  });
  app.get(PATH, () => {
    throw notOurs(426);
  });
  app.get("/openapi.json", async () => openapi(state.publicUrl, state.hooks));
  app.get("/.well-known/gate", async () => ({
    issuer: state.publicUrl,
    audience: state.publicUrl,
    token_endpoint: `${state.publicUrl}/v1/token`,
    tunnel: `${state.publicUrl}/v1/tunnel`,
    vkey: state.vkey,
    checks: state.checks,
    sign_in: [...(state.oidc === undefined ? [] : ["oidc"]), ...(state.saml === undefined ? [] : ["saml"])],
    version: VERSION,
  }));
}

function addToken(app: FastifyInstance, state: GatewayState, targets: ReadonlyMap<string, ConfiguredTarget>): void {
  app.post("/v1/token", { bodyLimit: TOKEN_REQUEST_BYTES_MAX }, async (request) => {
    limitFailures(state, request);
    if (state.phase !== "ready") {
      throw new Problem(503, "draining", "the gateway is shutting down", {
        oauthError: "temporarily_unavailable",
        headers: { "retry-after": "5" },
      });
    }
    if (typeof request.body !== "string") {
      throw new Problem(415, "unsupported_media_type", "send application/x-www-form-urlencoded (RFC 8693 §2.1)", {
        oauthError: "invalid_request",
      });
    }
    try {
      const response = await exchange(state, request.body, singleHeader(request.raw, "dpop"), targets);
      state.metrics.exchanges.inc({ result: "issued" });
      return response;
    } catch (error) {
      const code = error instanceof Problem ? error.code : "internal";
      state.metrics.exchanges.inc({ result: code });
      if (error instanceof Problem) {
        state.log.warn({ request: request.id, code, detail: error.detail }, "exchange refused");
        if (error.status < 500) state.failures.add(request.ip);
      }
      throw error;
    }
  });
}

function addSessions(app: FastifyInstance, state: GatewayState): void {
  app.get("/v1/sessions", async (request) => {
    await requirePerson(state, request);
    const wanted = choice(request, "state", ["open", "closed", "revoked", "expired"]);
    const sessions = await state.store.sessions(wanted === undefined ? {} : { state: wanted });
    return {
      sessions: sessions.slice(0, LIST_ROWS_MAX).map((session) => sessionView(session, state.engine.live(session.id))),
    };
  });

  app.get<ById>("/v1/sessions/:id", async (request): Promise<SessionView> => {
    const session = await reachable(state, request);
    const live = state.engine.live(session.id);
    if (live !== undefined) {
      const view = sessionView(session, live);
      return isSessionCaller(request) ? { ...view, pending_holds: await pendingHolds(state, session.id) } : view;
    }
    const reader = await state.recordings.open(session.id);
    const sealed = reader === undefined ? undefined : await readSealed(reader, session.id);
    const view = sessionView(session, undefined);
    return sealed === undefined ? view : { ...view, entries: sealed.entries, root: sealed.root };
  });

  app.post<ById>("/v1/sessions/:id/close", async (request) => {
    const { session } = await ownSession(state, request);
    await endSession(state, session, "closed", "closed by the job");
    const reader = await state.recordings.open(session.id);
    const sealed = reader === undefined ? undefined : await readSealed(reader, session.id);
    if (sealed === undefined) {
      throw new Problem(500, "recording_not_sealed", "the session is closed, but its recording could not be sealed");
    }
    return { session_id: session.id, ...sealed };
  });

  app.post<ById>("/v1/sessions/:id/revoke", async (request) => {
    const who = await requirePerson(state, request);
    const session = await known(state, request.params.id);
    await endSession(state, session, "revoked", `revoked by ${who.name}`);
    return sessionView(await known(state, session.id), undefined);
  });

  app.get<ById>("/v1/sessions/:id/recording", async (request, reply) => {
    const session = await reachable(state, request);
    const reader = state.engine.live(session.id) === undefined ? await state.recordings.open(session.id) : undefined;
    if (reader === undefined || (await readSealed(reader, session.id)) === undefined) {
      throw new Problem(409, "recording_not_sealed", "the recording is not sealed yet: close the session first");
    }
    return reply
      .type("application/x-tar")
      .header("content-disposition", `attachment; filename="${session.id}.tar"`)
      .send(exportBundle(reader));
  });
}

function addApprovals(app: FastifyInstance, state: GatewayState): void {
  app.get("/v1/approvals", async (request) => {
    await requirePerson(state, request);
    const wanted = choice(request, "state", HOLD_STATES);
    const holds = await state.store.holds({
      limit: LIST_ROWS_MAX,
      ...(wanted === undefined ? {} : { state: wanted }),
    });
    return { approvals: holds.map(listedHoldView) };
  });

  app.get<ById>("/v1/approvals/:id", async (request) => {
    await requirePerson(state, request);
    const hold = await state.engine.hold(request.params.id);
    if (hold === undefined) throw new Problem(404, "approval_unknown", "there is no such approval");
    return { ...holdView(hold), ...(await detailsOf(state, hold)) };
  });

  app.post<ById>("/v1/approvals/:id/votes", async (request) => {
    const who = await requirePerson(state, request);
    const { vote, reason } = readVote(request.body);
    const outcome = await state.engine.vote(request.params.id, who, vote, reason);
    if (!outcome.ok) {
      throw new Problem(VOTE_STATUS.get(outcome.code) ?? 409, outcome.code.toLowerCase(), outcome.message);
    }
    state.log.info({ hold: request.params.id, person: who.name, vote }, "vote");
    return holdView(outcome.hold);
  });
}

/** The store first: from then on no tunnel of this session is accepted. A store that fails does not keep it alive. */
async function endSession(
  state: GatewayState,
  session: Session,
  as: "closed" | "revoked",
  reason: string,
): Promise<void> {
  if (session.state !== "open") return state.engine.close(session.id, reason);
  if (as === "revoked") state.log.warn({ session: session.id, reason }, "session revoked");
  else state.log.info({ session: session.id }, "session closed by its job");
  try {
    await state.store.updateSession(session.id, { state: as });
  } finally {
    await state.engine.close(session.id, reason);
  }
}

interface ById {
  Params: { id: string };
}

/** The session of the path, for its own daemon (also for a while after its end) or for a person. */
async function reachable(state: GatewayState, request: FastifyRequest<ById>): Promise<Session> {
  if (!isSessionCaller(request)) {
    await requirePerson(state, request);
    return known(state, request.params.id);
  }
  return (await ownSession(state, request)).session;
}

function isSessionCaller(request: FastifyRequest): boolean {
  return /^dpop /i.test(singleHeader(request.raw, "authorization") ?? "");
}

/** Oldest first. */
async function pendingHolds(state: GatewayState, sessionId: string): Promise<readonly PendingHoldView[]> {
  const holds = await state.store.holds({ state: "pending", sessionId });
  return [...holds]
    .sort((a, b) => a.createdAtMs - b.createdAtMs)
    .slice(0, PENDING_HOLDS_MAX)
    .map((hold) => pendingHoldView(hold, state.holdPage(hold.id)));
}

async function ownSession(state: GatewayState, request: FastifyRequest<ById>): Promise<SessionCaller> {
  const caller = await authenticateSession(
    state,
    {
      method: request.method,
      path: request.url.split("?", 1)[0] ?? "",
      authorization: singleHeader(request.raw, "authorization"),
      dpop: singleHeader(request.raw, "dpop"),
    },
    SESSION_GRACE_MS_MAX,
  );
  // Another session is answered as one that does not exist: ids are not confirmed.
  if (caller.session.id !== request.params.id) throw unknownSession();
  return caller;
}

async function known(state: GatewayState, id: string): Promise<Session> {
  const session = await state.store.session(id);
  if (session === undefined) throw unknownSession();
  return session;
}

function choice<W extends string>(request: FastifyRequest, name: string, words: readonly W[]): W | undefined {
  const query = request.query as Record<string, unknown>;
  const value = Object.hasOwn(query, name) ? query[name] : undefined;
  if (value === undefined) return undefined;
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) throw new Problem(400, "invalid_request", `${name} must be one of ${words.join(", ")}`);
  return word;
}

function readVote(body: unknown): { readonly vote: "approve" | "deny"; readonly reason: string } {
  const members = body !== null && typeof body === "object" && !Array.isArray(body) ? body : {};
  const own = (name: string): unknown =>
    Object.hasOwn(members, name) ? (members as Record<string, unknown>)[name] : undefined;
  const vote = own("vote");
  const reason = own("reason") ?? "";
  const known = Object.keys(members).every((key) => key === "vote" || key === "reason");
  if (!known || (vote !== "approve" && vote !== "deny") || typeof reason !== "string") {
    throw new Problem(400, "invalid_request", 'send {"vote": "approve" | "deny", "reason": text}');
  }
  if (reason.length > REASON_CHARS_MAX) {
    throw new Problem(400, "invalid_request", `the reason is over ${REASON_CHARS_MAX} characters`);
  }
  return { vote, reason };
}

function unknownSession(): Problem {
  return new Problem(404, "session_unknown", "there is no such session");
}

/** Answers with problem details; what is not ours to tell stays in the log. */
export function sendError(state: GatewayState, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = asProblem(error);
  if (problem.status >= 500 && !(error instanceof Problem)) {
    state.log.error({ request: request.id, error: messageOf(error) }, "a request failed");
  }
  void reply.code(problem.status).headers(problem.headers).type("application/problem+json").send(problem.body());
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  if (status === 413) return new Problem(413, "too_large", "the body is too large");
  if (status === 415) return new Problem(415, "unsupported_media_type", "this content type is not read here");
  if (typeof status === "number" && status >= 400 && status < 500) {
    return new Problem(status, "invalid_request", "the request cannot be read");
  }
  return new Problem(500, "internal", "the gateway failed; its log has the request id");
}

/** Votes that are refused for who votes, or on what; any other one for the state of the hold. */
const VOTE_STATUS: ReadonlyMap<string, number> = new Map([
  ["HOLD_UNKNOWN", 404],
  ["NOT_ELIGIBLE", 403],
  ["EXCLUDED", 403],
  ["BOT", 403],
]);

const HOLD_STATES: readonly HoldRow["state"][] = [
  "pending",
  "approved",
  "spent",
  "denied",
  "expired",
  "withdrawn",
  "void",
];
