/** Serves one connection: requests become exchanges, a WebSocket takes the connection over. */
import type { Gate, Link } from "@gate/contract";
import { WebConnection } from "../web/connection.ts";
import { Exchange } from "./exchange.ts";
import type { HttpTarget } from "./target.ts";
import { serveWebSocket } from "./websocket.ts";

export type HttpConnection = WebConnection<HttpTarget>;

export function serveConnection(link: Link, gate: Gate, target: HttpTarget): Promise<void> {
  const connection = new WebConnection({
    link,
    gate,
    target,
    onExchange: (own, request, response, expectation) => new Exchange(own, request, response, expectation).run(),
    onUpgrade: serveWebSocket,
  });
  return connection.run();
}
