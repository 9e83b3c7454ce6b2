/**
 * GET /v1/tunnel with `Upgrade: gate-tunnel` (RFC 9110 §7.8): one TLS connection becomes one downstream connection.
 * Everything is checked before 101; after it the raw socket belongs to the engine. Touches sockets.
 */
import { messageOf } from "@gate/base";
import type { Endpoint, Lineage } from "@gate/contract";
import { EngineError } from "@gate/engine";
import { STATUS_CODES, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { authenticateSession } from "./authenticate.ts";
import { Problem, PROBLEM_TYPE } from "./problem.ts";
import { randomId } from "./random.ts";
import { singleHeader } from "./single-header.ts";
import type { GatewayState } from "./state.ts";

/** Milliseconds from a complete tunnel request to its 101: checks only, no target is dialled meanwhile. */
const TUNNEL_OPEN_MS_MAX = 10_000;
/** Characters of Gate-Endpoint or Gate-Lineage. */
export const TUNNEL_HEADER_CHARS_MAX = 2 * 1024;
/** Milliseconds that a client gets to read a refusal before the socket is cut. */
const REFUSAL_LINGER_MS = 2_000;

export interface Tunnels {
  attach(server: Server): void;
  /** To be called with every engine event: the engine says "connection-opened" when it begins to serve. */
  onServing(session: string, grant: string): void;
}

export function createTunnels(state: GatewayState): Tunnels {
  /** What to do when the engine begins to serve the connection that is being handed over right now. */
  let handing: { readonly session: string; readonly grant: string; readonly answer: () => void } | undefined;

  const open = async (request: IncomingMessage, socket: Duplex, head: Buffer, inTime: () => void): Promise<void> => {
    const asked = readTunnelRequest(request);
    const caller = await authenticateSession(
      state,
      {
        method: "GET",
        path: PATH,
        authorization: singleHeader(request, "authorization"),
        dpop: singleHeader(request, "dpop"),
      },
      0,
    );
    if (state.phase !== "ready") throw unavailable();
    const { session } = caller;
    const told = (problem: Problem): Problem =>
      session.grants.includes(asked.grant) ? inProtocol(state, asked.grant, problem) : problem;
    if (session.state !== "open" || session.expiresAtMs <= state.clock.now()) {
      throw told(
        new Problem(403, "session_ended", `the session is ${session.state === "open" ? "expired" : session.state}`),
      );
    }
    if (!session.grants.includes(asked.grant) || !caller.claims.grants.includes(asked.grant)) {
      throw new Problem(403, "unknown_grant", "the session does not hold this grant");
    }
    if (socket.destroyed) return;
    inTime();
    // At most one read of the parser: it stops at the end of the request.
    if (head.length > 0) socket.unshift(head);
    let answered = false;
    // The 101 must be the first bytes, also for protocols whose server speaks first, and must not be sent when the
    // engine refuses: the engine says so, in the same turn, just before it serves.
    handing = {
      session: session.id,
      grant: asked.grant,
      answer: () => {
        answered = true;
        socket.write(SWITCHING);
      },
    };
    let serving: Promise<void>;
    try {
      serving = state.engine.accept(session.id, asked.grant, socket, asked.endpoint, asked.lineage);
    } finally {
      handing = undefined;
    }
    if (answered) state.metrics.tunnels.inc({ result: "opened" });
    try {
      await serving;
    } catch (error) {
      if (!answered) throw told(engineProblem(error));
      state.log.error({ session: session.id, error: messageOf(error) }, "a tunnel ended with an error of ours");
    }
    // The engine closes both sides; should it ever forget, nobody else would.
    socket.destroy();
  };

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const id = randomId("req");
    // Without a listener, a reset during the checks would end the process.
    socket.on("error", () => socket.destroy());
    if ("setNoDelay" in socket) (socket as Duplex & { setNoDelay(on: boolean): void }).setNoDelay(true);
    // HTTP sockets stay half open; protocols expect the end of one side to end the other, as on any other socket.
    socket.allowHalfOpen = false;
    if ("setTimeout" in socket) (socket as Duplex & { setTimeout(ms: number): void }).setTimeout(0);
    let late = false;
    const stop = state.clock.after(TUNNEL_OPEN_MS_MAX, () => {
      late = true;
      refuse(state, socket, id, new Problem(503, "timeout", "the tunnel could not be opened in time; try again"));
    });
    void open(request, socket, head, stop)
      .catch((error: unknown) => {
        if (late || socket.destroyed) return;
        if (!(error instanceof Problem)) {
          state.log.error({ request: id, error: messageOf(error) }, "a tunnel request failed");
        }
        refuse(state, socket, id, error instanceof Problem ? error : internal());
      })
      .finally(stop);
  };

  return {
    attach(server) {
      server.on("upgrade", upgrade);
    },
    onServing(session, grant) {
      if (handing?.session === session && handing.grant === grant) handing.answer();
    },
  };
}

interface TunnelRequest {
  readonly grant: string;
  readonly endpoint: Endpoint;
  readonly lineage: Lineage;
}

/** To what wants no upgrade, or another one. */
export function notOurs(status: 400 | 426): Problem {
  return new Problem(status, "upgrade_unknown", `this server upgrades GET ${PATH} to gate-tunnel only`, {
    headers: { upgrade: "gate-tunnel" },
  });
}

function readTunnelRequest(request: IncomingMessage): TunnelRequest {
  const path = (request.url ?? "").split("?", 1)[0];
  if (path !== PATH || (request.headers.upgrade ?? "").toLowerCase() !== "gate-tunnel") {
    throw notOurs(path === PATH ? 426 : 400);
  }
  if (request.method !== "GET") throw new Problem(405, "method_not_allowed", "a tunnel is opened with GET");
  if (request.url !== PATH) throw new Problem(400, "invalid_request", "a tunnel takes no query");
  // A body would be read by one side as the tunnel's first bytes and by the other as none (request smuggling).
  const length = request.headers["content-length"];
  if (request.headers["transfer-encoding"] !== undefined || (length !== undefined && length !== "0")) {
    throw new Problem(400, "invalid_request", "a tunnel request has no body");
  }
  const grant = singleHeader(request, "gate-grant");
  if (grant === undefined || !NAME.test(grant)) {
    throw new Problem(400, "invalid_request", "needs one Gate-Grant header with a grant's name");
  }
  return { grant, endpoint: readEndpoint(request), lineage: readLineage(request) };
}

function readEndpoint(request: IncomingMessage): Endpoint {
  const { id, user, scram, secretSha256, publicKey } = readJsonHeader(request, "gate-endpoint", [
    "id",
    "user",
    "scram",
    "secretSha256",
    "publicKey",
  ]);
  const verifiers = isVerifier(scram, SCRAM) && isVerifier(secretSha256, SHA256) && isVerifier(publicKey, PUBLIC_KEY);
  if (!isShort(id) || !isShort(user) || !verifiers) {
    throw new Problem(400, "invalid_request", "Gate-Endpoint needs id and user, and takes verifiers of its password");
  }
  return {
    id,
    user,
    ...(scram === undefined ? {} : { scram }),
    ...(secretSha256 === undefined ? {} : { secretSha256 }),
    ...(publicKey === undefined ? {} : { publicKey }),
  };
}

function readLineage(request: IncomingMessage): Lineage {
  const { strength, endpoint } = readJsonHeader(request, "gate-lineage", ["strength", "endpoint"]);
  if ((strength !== "endpoint" && strength !== "kernel" && strength !== "observed") || !isShort(endpoint)) {
    throw new Problem(400, "invalid_request", "Gate-Lineage needs strength (endpoint, kernel, observed) and endpoint");
  }
  return { strength, endpoint };
}

function readJsonHeader(request: IncomingMessage, name: string, keys: readonly string[]): Record<string, unknown> {
  const text = singleHeader(request, name);
  let value: unknown;
  if (text !== undefined && text.length <= TUNNEL_HEADER_CHARS_MAX && /^[A-Za-z0-9_-]+$/.test(text)) {
    try {
      value = JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
    } catch {
      // Told below, without the bytes.
    }
  }
  const good = value !== null && typeof value === "object" && !Array.isArray(value);
  if (!good || Object.keys(value as object).some((key) => !keys.includes(key))) {
    throw new Problem(400, "invalid_request", `${name} must be base64url of a JSON object with ${keys.join(", ")}`);
  }
  return Object.assign(Object.create(null) as Record<string, unknown>, value);
}

function isVerifier(value: unknown, pattern: RegExp): value is string | undefined {
  return value === undefined || (isShort(value) && pattern.test(value));
}

function isShort(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= 512 && !value.includes("\0");
}

function engineProblem(error: unknown): Problem {
  if (!(error instanceof EngineError)) throw error;
  switch (error.code) {
    case "SESSION_UNKNOWN":
      return new Problem(403, "session_ended", error.message);
    case "GRANT_UNKNOWN":
    case "GRANT_EXPIRED":
      return new Problem(403, error.code === "GRANT_UNKNOWN" ? "unknown_grant" : "grant_expired", error.message);
    case "LIMIT_CONCURRENT":
      return new Problem(429, "limit_concurrent", error.message, { headers: { "retry-after": "1" } });
    case "DRAINING":
      return unavailable();
    case "RECORDER_FAILED":
      return new Problem(503, "recorder_failed", error.message);
    case "SESSION_EXISTS":
    case "POLICY_UNPINNED":
    case "TARGET_UNREACHABLE":
    case "TARGET_TLS":
    case "ADMISSION_SPENT":
    case "ADMISSION_FOREIGN":
    case "HOUSEKEEPING_UNDECLARED":
    case "OUTPUT_OVERFLOW":
    case "FILE_REFUSED":
    case "RECORDING_FULL":
      throw error;
  }
}

function refuse(state: GatewayState, socket: Duplex, id: string, problem: Problem): void {
  state.metrics.tunnels.inc({ result: problem.code });
  state.log.info({ request: id, code: problem.code, status: problem.status }, "tunnel refused");
  const body = JSON.stringify(problem.body());
  const headers = {
    "content-type": PROBLEM_TYPE,
    "content-length": String(Buffer.byteLength(body)),
    "cache-control": "no-store",
    "x-request-id": id,
    connection: "close",
    ...problem.headers,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? "Error"}\r\n${lines.join("")}\r\n${body}`);
  // Unread bytes would turn the close into a reset that destroys the answer on its way: read them for a moment.
  socket.resume();
  state.clock.after(REFUSAL_LINGER_MS, () => socket.destroy());
}

/** Adds the answer in the client's protocol. Only for a session that holds the grant: it tells which protocol it is. */
function inProtocol(state: GatewayState, grant: string, problem: Problem): Problem {
  const target = state.targets.get(state.policy.grants.get(grant)?.target ?? "");
  const protocol = target === undefined ? undefined : state.protocols.get(target.protocol);
  const bytes = protocol?.refusal?.(`gate: ${problem.detail}`, problem.status === 429 ? "limit" : "session");
  if (bytes === undefined) return problem;
  const { headers } = problem;
  return new Problem(problem.status, problem.code, problem.detail, {
    headers,
    refusal: Buffer.from(bytes).toString("base64url"),
  });
}

function unavailable(): Problem {
  return new Problem(503, "draining", "the gateway is shutting down", { headers: { "retry-after": "5" } });
}

function internal(): Problem {
  return new Problem(500, "internal", "the gateway failed; its log has the request id");
}

export const PATH = "/v1/tunnel";
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
/** Ed25519, one line without a comment. */
const PUBLIC_KEY = /^ssh-ed25519 [A-Za-z0-9+/]{68}$/;
const SCRAM = /^SCRAM-SHA-256\$\d{1,7}:[A-Za-z0-9+/=]{1,128}\$[A-Za-z0-9+/=]{44}:[A-Za-z0-9+/=]{44}$/;
const SHA256 = /^[0-9a-f]{64}$/;
const SWITCHING = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: gate-tunnel\r\n\r\n";
