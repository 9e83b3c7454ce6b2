/** HTTP/1.1 towards the client, HTTP/1.1 or HTTP/2 towards the target. */
import type { Protocol } from "@gate/contract";
import { problem, rawAnswer } from "../web/problem.ts";
import { serveConnection } from "./serve.ts";
import { parseTarget, type HttpTarget } from "./target.ts";

export const http: Protocol<HttpTarget> = {
  id: "http",
  discharges: ["mask", "limit"],
  housekeeping: [],
  parseTarget,
  address: ({ host, port }) => ({ host, port }),
  serve: serveConnection,
  refusal: (message, why) => rawAnswer(problem(why === "limit" ? 429 : 503, message, {})),
};

export type { HttpTarget } from "./target.ts";
