/** Serves one connection: requests become exchanges, a WebSocket takes the connection over. */
import type { Gate, Link } from "@gate/contract";
import { HttpConnection } from "./connection.ts";
import type { HttpTarget } from "./target.ts";

export function serveConnection(link: Link, gate: Gate, target: HttpTarget): Promise<void> {
  return new HttpConnection(link, gate, target).run();
}
