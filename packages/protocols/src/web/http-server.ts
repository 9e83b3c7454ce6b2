/**
 * Node's HTTP/1.1 parser and writer for connections that come through the tunnel instead of a listening socket. One
 * server for all of them; each connection's events go to its own handlers. Touches the sockets that it is given.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/** "continue": the client waits for 100 before it sends its body; "other": it wants what nobody knows. */
export type Expectation = "continue" | "other" | undefined;

export interface ConnectionHandlers {
  onRequest(request: IncomingMessage, response: ServerResponse, expectation: Expectation): void;
  onUpgrade(request: IncomingMessage, head: Buffer): void;
  onConnect(): void;
  /** The bytes are no HTTP, or too many for a head. @param code of the parser. */
  onMalformed(code: string): void;
}

export function serveHttp(socket: Duplex, handlers: ConnectionHandlers): void {
  HANDLERS.set(socket, handlers);
  server().emit("connection", socket);
}

function server(): Server {
  if (shared !== undefined) return shared;
  const options = {
    insecureHTTPParser: false,
    maxHeaderSize: HEAD_BYTES_MAX,
    // Told by our own check, as a problem.
    requireHostHeader: false,
    keepAlive: true,
    noDelay: true,
    // Node 24.9 and later: any other upgrade is answered as the plain request that it also is (RFC 9110 §7.8).
    shouldUpgradeCallback: (request: IncomingMessage) => isWebSocket(request),
  };
  shared = createServer(options);
  // A connection's own timers do this: a server that never listens checks none.
  shared.keepAliveTimeout = 0;
  shared.headersTimeout = 0;
  shared.requestTimeout = 0;
  // Headers above a count would be dropped in silence: the head's size bounds them, and their number is checked.
  shared.maxHeadersCount = 0;
  shared.on("request", (request, response) => of(request.socket)?.onRequest(request, response, undefined));
  shared.on("checkContinue", (request, response) => of(request.socket)?.onRequest(request, response, "continue"));
  shared.on("checkExpectation", (request, response) => of(request.socket)?.onRequest(request, response, "other"));
  shared.on("upgrade", (request, socket, head) => of(socket)?.onUpgrade(request, head));
  shared.on("connect", (_request, socket) => of(socket)?.onConnect());
  shared.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    const code = error.code ?? "";
    const handlers = of(socket);
    if (handlers === undefined || !code.startsWith("HPE_")) socket.destroy();
    else handlers.onMalformed(code);
  });
  return shared;
}

export function isWebSocket(request: Pick<IncomingMessage, "method" | "headers">): boolean {
  return request.method === "GET" && (request.headers.upgrade ?? "").trim().toLowerCase() === "websocket";
}

function of(socket: Duplex): ConnectionHandlers | undefined {
  return HANDLERS.get(socket);
}

let shared: Server | undefined;
const HANDLERS = new WeakMap<Duplex, ConnectionHandlers>();
/** Bytes of the head of a request. */
const HEAD_BYTES_MAX = 65_536;
