/**
 * The connection to a target that speaks HTTP: TLS as its mode demands, then HTTP/1.1 or, where the target offers it,
 * HTTP/2. Touches sockets through the link.
 */
import net from "node:net";
import type { Duplex } from "node:stream";
import tls from "node:tls";
import type { Link } from "@gate/contract";
import { Client } from "undici";
import { WebError } from "./errors.ts";
import type { WebTarget } from "./target.ts";

/**
 * The bare or encrypted connection to the target.
 * @throws {WebError} UPSTREAM_UNREACHABLE, UPSTREAM_TLS. Never goes on in clear where the target has https.
 */
export async function openUpstream(
  link: Pick<Link, "connect">,
  target: WebTarget,
  alpn: readonly string[],
): Promise<Duplex> {
  let plain: Duplex;
  try {
    plain = await link.connect();
  } catch (error) {
    throw targetUnreachable(error);
  }
  if (target.tls === undefined) return plain;
  return startTls(plain, target, target.tls, alpn);
}

/**
 * One connection at a time to the target, opened when needed, used again while it stays open.
 * @param first a connection that is open already
 */
export function upstreamClient(link: Pick<Link, "connect">, target: WebTarget, first?: tls.TLSSocket): Client {
  let ready = first;
  return new Client(target.origin, {
    connect: (_options, callback) => {
      const socket = ready;
      ready = undefined;
      if (socket?.destroyed === false) {
        callback(null, socket);
        return;
      }
      openUpstream(link, target, ["h2", "http/1.1"]).then(
        (socket) => callback(null, socket as tls.TLSSocket),
        (error: unknown) => callback(error as Error, null),
      );
    },
    allowH2: target.tls !== undefined,
    pipelining: 1,
    headersTimeout: ANSWER_MS_MAX,
    // Long polls and event streams are silent for long; the session's end ends them.
    bodyTimeout: 0,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: ANSWER_HEAD_BYTES_MAX,
  });
}

export function targetUnreachable(cause: unknown): WebError {
  return new WebError("operator", "UPSTREAM_UNREACHABLE", 502, "gate: target unreachable", { cause });
}

/** The connection ended before its answer did. */
export function lost(cause: unknown): WebError {
  const message = "gate: target unreachable: it closed the connection";
  return new WebError("operator", "UPSTREAM_UNREACHABLE", 502, message, { cause });
}

export function timedOut(cause?: unknown): WebError {
  return new WebError("peer-wrong", "UPSTREAM_TIMEOUT", 504, "gate: the target did not answer in time", { cause });
}

/** What went wrong between the gate and the target, in a form that is fit for the client. */
export function upstreamError(error: unknown): WebError {
  if (error instanceof WebError) return error;
  const code = (error as { code?: unknown } | null)?.code;
  if (code === "RECORDER_FAILED") {
    const message = "gate: denied: the record cannot be written";
    return new WebError("operator", "RECORD_FAILED", 503, message, { cause: error });
  }
  if (code === "UND_ERR_HEADERS_TIMEOUT") return timedOut(error);
  if (typeof code === "string" && LOST.has(code)) return lost(error);
  return new WebError("peer-wrong", "UPSTREAM_PROTOCOL", 502, "gate: the target's answer is not HTTP", {
    cause: error,
  });
}

function startTls(
  plain: Duplex,
  target: WebTarget,
  options: NonNullable<WebTarget["tls"]>,
  alpn: readonly string[],
): Promise<tls.TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({
      socket: plain,
      servername: net.isIP(target.host) === 0 ? target.host : "",
      host: target.host,
      minVersion: "TLSv1.2",
      ALPNProtocols: [...alpn],
      rejectUnauthorized: options.mode !== "require",
      ...(options.mode === "verify-full" ? {} : { checkServerIdentity: () => undefined }),
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      ...(options.cert === undefined ? {} : { cert: options.cert }),
      ...(options.key === undefined ? {} : { key: options.key.reveal() }),
    });
    const fail = (error: unknown): void => {
      socket.destroy();
      plain.destroy();
      const code = (error as { code?: unknown } | null)?.code;
      const why = typeof code === "string" && /^[A-Z][A-Z0-9_]{2,60}$/.test(code) ? code : "the handshake failed";
      const advice = ADVICE.get(why);
      const message = `gate: target's TLS was refused: ${why}${advice === undefined ? "" : `: ${advice}`}`;
      reject(new WebError("operator", "UPSTREAM_TLS", 502, message, { cause: error }));
    };
    const cut = (): void => fail(undefined);
    socket.once("error", fail);
    socket.once("close", cut);
    socket.once("secureConnect", () => {
      socket.off("error", fail).off("close", cut);
      // Until the caller listens, an early reset must not end the process.
      socket.on("error", ignore);
      resolve(socket);
    });
  });
}

function ignore(): void {
  // Ends of connections are seen through "close".
}

const UNKNOWN_AUTHORITY = "set tls.ca to the certificate of the authority behind it";
const ADVICE: ReadonlyMap<string, string> = new Map([
  ["SELF_SIGNED_CERT_IN_CHAIN", UNKNOWN_AUTHORITY],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", UNKNOWN_AUTHORITY],
  ["UNABLE_TO_GET_ISSUER_CERT", UNKNOWN_AUTHORITY],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", UNKNOWN_AUTHORITY],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", UNKNOWN_AUTHORITY],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "the certificate is not for the configured address"],
  ["CERT_HAS_EXPIRED", "renew the target's certificate"],
]);
const LOST = new Set([
  "UND_ERR_SOCKET",
  "ECONNRESET",
  "EPIPE",
  "UND_ERR_DESTROYED",
  "UND_ERR_CLOSED",
  "ERR_HTTP2_SESSION_ERROR",
  "ERR_HTTP2_STREAM_ERROR",
]);
/** How long the target may take from the request to the head of its answer, in milliseconds. */
const ANSWER_MS_MAX = 300_000;
/** How long an unused connection to the target is kept, in milliseconds, when the target does not say. */
const KEEP_ALIVE_MS = 4_000;
/** Bytes of the head of an answer. */
const ANSWER_HEAD_BYTES_MAX = 65_536;
