/** Serves one connection: each request is an exchange, nothing is upgraded. */
import type { Gate, Link } from "@gate/contract";
import { WebConnection } from "../web/connection.ts";
import { Exchange } from "./exchange.ts";
import type { McpTarget } from "./target.ts";

export function serveConnection(link: Link, gate: Gate, target: McpTarget): Promise<void> {
  const connection = new WebConnection({
    link,
    gate,
    target,
    onExchange: (own, request, response, expectation) => new Exchange(own, request, response, expectation).run(),
  });
  return connection.run();
}
