/** The one port: an HTTP/1.1 server with bounded patience, and Fastify on it. Touches sockets. */
import Fastify, { type FastifyInstance } from "fastify";
import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Socket } from "node:net";
import { Problem, PROBLEM_TYPE } from "./problem.ts";
import { randomId } from "./random.ts";
import { sendError } from "./routes.ts";
import type { GatewayState } from "./state.ts";
import type { ServerCertificate } from "./tls.ts";

/** Milliseconds until the headers of a connection's first request: jobs keep a warm pool, so an idle minute is normal. */
export const HEADERS_MS_MAX = 90_000;
/** Milliseconds for a whole request. */
export const REQUEST_MS_MAX = 120_000;
/** Milliseconds for a TLS handshake. */
export const HANDSHAKE_MS_MAX = 10_000;
/** Connections of one address that are not tunnels. */
export const CONNECTIONS_PER_ADDRESS_MAX = 512;
/** Connections of all addresses, tunnels included. */
export const CONNECTIONS_MAX = 20_000;
/** Bytes of a JSON body. */
export const BODY_BYTES_MAX = 16 * 1024;
/** Bytes of all headers of a request: a session token, a proof and the tunnel's own fit. */
export const HEADERS_BYTES_MAX = 32 * 1024;

export function createListener(
  state: GatewayState,
  certificate: ServerCertificate | undefined,
): { readonly app: FastifyInstance; readonly server: Server } {
  let server: Server | undefined;
  const app = Fastify({
    logger: false,
    genReqId: () => randomId("req"),
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    keepAliveTimeout: HEADERS_MS_MAX,
    // Only what routes expect: no header chooses another method or another address.
    trustProxy: false,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    return503OnClosing: true,
    clientErrorHandler: (error, socket) => refuseUnreadable(error, socket),
    serverFactory: (handler: RequestListener) => {
      server = makeServer(handler, certificate);
      return server;
    },
  });
  if (server === undefined) throw new TypeError("the server was not made");
  server.requestTimeout = REQUEST_MS_MAX;
  server.headersTimeout = HEADERS_MS_MAX;
  server.keepAliveTimeout = HEADERS_MS_MAX;
  server.timeout = 0;
  server.maxConnections = CONNECTIONS_MAX;
  boundConnections(server, state);
  addHooks(app, state, certificate !== undefined);
  return { app, server };
}

function makeServer(handler: RequestListener, certificate: ServerCertificate | undefined): Server {
  const common = { maxHeaderSize: HEADERS_BYTES_MAX, connectionsCheckingInterval: 5_000, noDelay: true };
  if (certificate === undefined) return createHttpServer(common, handler);
  return createHttpsServer(
    {
      ...common,
      cert: certificate.cert,
      key: certificate.key,
      minVersion: "TLSv1.2",
      ALPNProtocols: ["http/1.1"],
      handshakeTimeout: HANDSHAKE_MS_MAX,
    },
    handler,
  );
}

/** Bounds connections per address; a tunnel no longer counts, its session's limits do. */
function boundConnections(server: Server, state: GatewayState): void {
  const counted = new Map<string, number>();
  const owners = new Map<string, () => void>();
  server.on("connection", (socket: Socket) => {
    const address = socket.remoteAddress ?? "unknown";
    const count = (counted.get(address) ?? 0) + 1;
    if (count > CONNECTIONS_PER_ADDRESS_MAX) {
      state.log.warn({ address }, "too many connections from one address: the newest is closed");
      socket.destroy();
      return;
    }
    counted.set(address, count);
    const key = `${address} ${socket.remotePort}`;
    const release = (): void => {
      if (!owners.delete(key)) return;
      const left = (counted.get(address) ?? 1) - 1;
      if (left === 0) counted.delete(address);
      else counted.set(address, left);
    };
    owners.set(key, release);
    socket.once("close", release);
  });
  server.on("upgrade", (_request, socket: Socket) => owners.get(`${socket.remoteAddress} ${socket.remotePort}`)?.());
}

function addHooks(app: FastifyInstance, state: GatewayState, secure: boolean): void {
  app.removeContentTypeParser(["text/plain"]);
  app.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) => {
    done(null, body);
  });
  app.addHook("onRequest", async (request, reply) => {
    void reply.headers({
      "x-request-id": request.id,
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      ...(secure ? { "strict-transport-security": "max-age=31536000" } : {}),
    });
  });
  app.addHook("onResponse", async (request, reply) => {
    state.log.info(
      {
        request: request.id,
        method: request.method,
        route: request.routeOptions.url ?? "(none)",
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      },
      "request",
    );
  });
  app.setErrorHandler((error, request, reply) => sendError(state, error, request, reply));
  app.setNotFoundHandler((request, reply) =>
    sendError(state, new Problem(404, "not_found", "there is nothing here"), request, reply),
  );
}

/** What the HTTP parser itself refuses: there is no request to answer, only a socket. */
function refuseUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const [status, title] =
    error.code === "HPE_HEADER_OVERFLOW"
      ? ["431", "Request Header Fields Too Large"]
      : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
        ? ["408", "Request Timeout"]
        : ["400", "Bad Request"];
  const problem = new Problem(
    Number(status),
    status === "408" ? "timeout" : "invalid_request",
    "the request cannot be read",
  );
  const body = JSON.stringify(problem.body());
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
