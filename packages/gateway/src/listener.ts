/** The one port: an HTTP/1.1 server with bounded patience, and Fastify on it. Touches sockets. */
import Fastify, { type FastifyInstance } from "fastify";
import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Socket } from "node:net";
import { networkOf } from "./network.ts";
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
/** Connections of one address (of IPv6: of one /64) that are not tunnels. */
export const CONNECTIONS_PER_ADDRESS_MAX = 512;
/** Connections of all addresses, tunnels included. */
export const CONNECTIONS_MAX = 20_000;
/** Bytes of a JSON body. */
export const BODY_BYTES_MAX = 16 * 1024;
/** Bytes of all headers of a request: a session token, a proof and the tunnel's own fit. */
export const HEADERS_BYTES_MAX = 32 * 1024;

export interface Listener {
  readonly app: FastifyInstance;
  readonly server: Server;
  /** Stops listening, lets requests that run finish, then ends every connection. */
  close(): Promise<void>;
  /** Ends every connection now, tunnels included. */
  cut(): void;
}

export function createListener(state: GatewayState, certificate: ServerCertificate | undefined): Listener {
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
    forceCloseConnections: "idle",
    return503OnClosing: true,
    clientErrorHandler: (error, socket) => refuseUnreadable(error, socket),
    serverFactory: (handler: RequestListener) => {
      server = makeServer(handler, certificate);
      return server;
    },
  });
  if (server === undefined) throw new TypeError("the server was not made");
  const listening = server;
  listening.requestTimeout = REQUEST_MS_MAX;
  listening.headersTimeout = HEADERS_MS_MAX;
  listening.keepAliveTimeout = HEADERS_MS_MAX;
  listening.timeout = 0;
  listening.maxConnections = CONNECTIONS_MAX;
  const connections = new Connections(listening, state);
  const running = countRequests(app);
  addHooks(app, state, certificate !== undefined && !state.local);
  return {
    app,
    server: listening,
    async close() {
      const closed = app.close();
      await running.none();
      // Connections of warm pools, and those that never finished their handshake, are nobody's to end but ours.
      connections.end();
      await closed;
    },
    cut: () => connections.end(),
  };
}

/** Knows when no request is being answered. One whose body is still to come is not: whoever sends it could take hours. */
function countRequests(app: FastifyInstance): { none(): Promise<void> } {
  let count = 0;
  let wake: () => void = () => undefined;
  app.addHook("preValidation", async (_request, reply) => {
    if (reply.raw.destroyed || reply.raw.writableFinished) return;
    count += 1;
    reply.raw.once("close", () => {
      count -= 1;
      if (count === 0) wake();
    });
  });
  return {
    async none() {
      while (count > 0) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
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

/** Bounds connections per address; a tunnel no longer counts there, its session's limits do. */
class Connections {
  /** Every connection by its remote address and port: over TLS there are two sockets for one. */
  readonly #sockets = new Map<string, Socket>();
  readonly #counted = new Map<string, number>();
  readonly #requesting = new Set<string>();

  constructor(server: Server, state: GatewayState) {
    server.on("connection", (socket: Socket) => {
      const address = addressOf(socket);
      const count = (this.#counted.get(address) ?? 0) + 1;
      if (count > CONNECTIONS_PER_ADDRESS_MAX) {
        state.log.warn({ address }, "too many connections from one address: the newest is closed");
        socket.destroy();
        return;
      }
      const key = keyOf(socket);
      this.#counted.set(address, count);
      this.#requesting.add(key);
      this.#sockets.set(key, socket);
      socket.once("close", () => {
        this.#sockets.delete(key);
        this.#release(key, address);
      });
    });
    server.on("secureConnection", (socket: Socket) => {
      const key = keyOf(socket);
      if (this.#sockets.has(key)) this.#sockets.set(key, socket);
    });
    server.on("upgrade", (_request, socket: Socket) => this.#release(keyOf(socket), addressOf(socket)));
  }

  end(): void {
    for (const socket of this.#sockets.values()) socket.destroySoon();
  }

  #release(key: string, address: string): void {
    if (!this.#requesting.delete(key)) return;
    const left = (this.#counted.get(address) ?? 1) - 1;
    if (left === 0) this.#counted.delete(address);
    else this.#counted.set(address, left);
  }
}

function addressOf(socket: Socket): string {
  return networkOf(socket.remoteAddress ?? "unknown");
}

function keyOf(socket: Socket): string {
  return `${socket.remoteAddress ?? "unknown"} ${socket.remotePort ?? 0}`;
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
