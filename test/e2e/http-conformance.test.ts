/** HTTP runs the conformance suite against a real server, through a client that keeps its connection. */
import { afterAll, beforeAll } from "@jest/globals";
import http from "node:http";
import { http as protocol } from "@gate/protocols/http";
import { protocolConformance, type ConformanceClient } from "../../packages/testkit/src/conformance.ts";
import { ask, startTarget, type Target } from "./http-fixture.ts";

let target: Target;

beforeAll(async () => {
  target = await startTarget();
});

afterAll(() => target.close());

protocolConformance("http", () => ({
  protocol,
  target: { address: `http://127.0.0.1:${target.port}` },
  policy: `rules:
  main:
  - {id: allow, effect: allow, match: {method: [GET, HEAD], path: /v1/**}}
  - {id: ask, effect: hold, approval: someone, match: {method: POST, path: /v1/refunds, body: {$.amount: {gt: 100}}}}
  - {id: never, effect: deny, message: "nothing is deleted", match: {method: DELETE}}
approvals:
  someone: {from: ["person:dana"], count: 1, timeout: 1m}
`,
  allowed: "GET /v1/orders",
  denied: "DELETE /v1/orders/1",
  unmatched: "PUT /v1/orders/1",
  held: 'POST /v1/refunds {"amount":101}',
  malformed: Buffer.from(
    "GET /v1/orders HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
  ),
  connect,
  effects: () => Promise.resolve(target.seen()),
  effectOf: { allowed: "GET /v1/orders", held: "POST /v1/refunds" },
}));

function connect(port: number, user: string, password: string): Promise<ConformanceClient> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  return Promise.resolve({
    run: async (command) => {
      const [method = "", path = "", body] = command.split(" ");
      const got = await ask(
        { port, user, password },
        {
          method,
          path,
          agent,
          ...(body === undefined ? {} : { body, headers: { "content-type": "application/json" } }),
        },
      );
      return { ok: got.status < 300, text: got.text.replaceAll('\\"', '"') };
    },
    close: () => agent.destroy(),
  });
}
