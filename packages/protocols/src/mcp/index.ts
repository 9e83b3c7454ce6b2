/** The Model Context Protocol over streamable HTTP, revisions 2025-03-26 to 2026-07-28. */
import type { Protocol } from "@gate/contract";
import { problem, rawAnswer } from "../web/problem.ts";
import { HANDSHAKE } from "./classify.ts";
import { serveConnection } from "./serve.ts";
import { parseTarget, type McpTarget } from "./target.ts";

export const mcp: Protocol<McpTarget> = {
  id: "mcp",
  discharges: ["mask", "limit"],
  // Beside the handshake: the gate's own list of tools, its refusals to the target, a client's answer to what was admitted.
  housekeeping: [...HANDSHAKE, "tools/list", "refusal", "response"],
  parseTarget,
  address: ({ host, port }) => ({ host, port }),
  serve: serveConnection,
  refusal: (message, why) => rawAnswer(problem(why === "limit" ? 429 : 503, message, {})),
};

export type { McpTarget } from "./target.ts";
