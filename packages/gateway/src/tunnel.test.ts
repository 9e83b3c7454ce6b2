import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createWorld, type TunnelOptions, type World } from "./testing/world.ts";
import { createDpopKey } from "@gate/identity";

let world: World;
let token: string;
let id: string;
beforeAll(async () => {
  world = await createWorld();
  const session = await world.open();
  token = session.access_token;
  id = session.session_id;
});
afterAll(() => world.end());

test("a tunnel answers 101 and then carries commands through the engine", async () => {
  const tunnel = await world.tunnel(token);
  expect(tunnel.status).toBe(101);
  tunnel.socket.write("GET a\n");
  expect(await tunnel.line()).toBe("OK GET a");
  tunnel.socket.write("EVIL\n");
  expect(await tunnel.line()).toMatch(/^ERR gate: denied/);
  expect(world.reached).toContain("GET a");
  expect(world.reached).not.toContain("EVIL");
  tunnel.socket.end();
});

test("bytes that follow the request at once are not lost", async () => {
  const tunnel = await world.tunnel(token, { early: "GET early\nGET too\n" });
  expect(tunnel.status).toBe(101);
  expect(await tunnel.line()).toBe("OK GET early");
  expect(await tunnel.line()).toBe("OK GET too");
  tunnel.socket.end();
});

describe("a tunnel is refused", () => {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const cases: readonly [string, number, string, TunnelOptions][] = [
    ["without a token", 401, "invalid_token", { headers: { authorization: undefined } }],
    ["with a Bearer token", 401, "invalid_token", { headers: { authorization: "Bearer x" } }],
    ["with a token that is none", 401, "invalid_token", { headers: { authorization: "DPoP a.b.c" } }],
    ["without a proof", 401, "invalid_token", { headers: { dpop: undefined } }],
    ["with a proof that is none", 401, "invalid_dpop", { headers: { dpop: "a.b.c" } }],
    ["without a grant", 400, "invalid_request", { headers: { "gate-grant": undefined } }],
    ["for a grant that the session does not hold", 403, "unknown_grant", { grant: "elsewhere" }],
    ["for a grant name that is none", 400, "invalid_request", { grant: "a/b" }],
    ["without an endpoint", 400, "invalid_request", { headers: { "gate-endpoint": undefined } }],
    ["with an endpoint that is no JSON", 400, "invalid_request", { headers: { "gate-endpoint": "AAAA" } }],
    ["with an endpoint that is a list", 400, "invalid_request", { headers: { "gate-endpoint": encode([1]) } }],
    ["with an endpoint without user", 400, "invalid_request", { headers: { "gate-endpoint": encode({ id: "a" }) } }],
    [
      "with more in the endpoint",
      400,
      "invalid_request",
      { headers: { "gate-endpoint": encode({ id: "a", user: "b", password: "c" }) } },
    ],
    [
      "with a verifier that is none",
      400,
      "invalid_request",
      { headers: { "gate-endpoint": encode({ id: "a", user: "b", scram: "x" }) } },
    ],
    [
      "with an endpoint that is too long",
      400,
      "invalid_request",
      { headers: { "gate-endpoint": encode({ id: "a".repeat(3_000), user: "b" }) } },
    ],
    ["without lineage", 400, "invalid_request", { headers: { "gate-lineage": undefined } }],
    [
      "with a lineage of unknown strength",
      400,
      "invalid_request",
      { headers: { "gate-lineage": encode({ strength: "certain", endpoint: "a" }) } },
    ],
    ["with a body", 400, "invalid_request", { headers: { "content-length": "5" }, early: "hello" }],
    ["with a chunked body", 400, "invalid_request", { headers: { "transfer-encoding": "chunked" } }],
    ["for another protocol", 426, "upgrade_unknown", { headers: { upgrade: "websocket" } }],
    ["on another path", 400, "upgrade_unknown", { path: "/v1/other" }],
    ["with a query", 400, "invalid_request", { path: "/v1/tunnel?grant=lines" }],
  ];
  test.each(cases)("%s: %i %s", async (_name, status, code, options) => {
    const tunnel = await world.tunnel(token, options);
    expect(tunnel.problem).toMatchObject({ status, code });
    expect(tunnel.status).toBe(status);
    expect(await tunnel.line()).toBeUndefined();
  });

  test("for a proof that was used, of another request, of another key, without the token's hash", async () => {
    const used = await world.proof("GET", "/v1/tunnel", { token });
    const first = await world.tunnel(token, { headers: { dpop: used } });
    expect(first.status).toBe(101);
    first.socket.destroy();
    const proofs = [
      used,
      await world.proof("POST", "/v1/tunnel", { token }),
      await world.proof("GET", "/v1/token", { token }),
      await world.proof("GET", "/v1/tunnel", { token: "other" }),
      await world.proof("GET", "/v1/tunnel"),
      await world.proof("GET", "/v1/tunnel", { token, key: await createDpopKey() }),
    ];
    for (const dpop of proofs) {
      const tunnel = await world.tunnel(token, { headers: { dpop } });
      expect(tunnel.problem).toMatchObject({ status: 401, code: "invalid_dpop" });
    }
  });

  test("when the grant's connections are used up, with the engine's reason instead of a 101", async () => {
    const open = [await world.tunnel(token), await world.tunnel(token)];
    expect(open.map((tunnel) => tunnel.status)).toEqual([101, 101]);
    const third = await world.tunnel(token);
    expect(third.problem).toMatchObject({ status: 429, code: "limit_concurrent" });
    for (const tunnel of open) tunnel.socket.destroy();
  });
});

test("a reset in the middle of the request does not disturb the gateway", async () => {
  for (const text of [
    "GET /v1/tunnel HTTP/1.1\r\n",
    "GET /v1/tunnel HTTP/1.1\r\nhost: a\r\nupgrade: gate-tunnel\r\nconnection: upgrade\r\n\r\n",
  ]) {
    const socket = await world.connect();
    socket.write(text);
    socket.resetAndDestroy();
  }
  expect((await world.send("GET", "/healthz")).status).toBe(200);
});

test("an idle connection of the warm pool is still good for a tunnel", async () => {
  const idle = await world.connect();
  expect((await world.send("GET", "/healthz")).status).toBe(200);
  expect(idle.destroyed).toBe(false);
});

test("closing the session ends its tunnels, and later ones are refused", async () => {
  const tunnel = await world.tunnel(token);
  tunnel.socket.write("GET before\n");
  expect(await tunnel.line()).toBe("OK GET before");
  const closed = await world.asSession(token, "POST", `/v1/sessions/${id}/close`);
  expect(closed.body).toMatchObject({ session_id: id, root: expect.any(String) });
  expect(closed.body["checkpoint"]).toContain(`gate/${id}\n${String(closed.body["entries"])}\n`);
  expect(await tunnel.line()).toMatch(/^BYE/);
  expect(await tunnel.line()).toBeUndefined();
  expect((await world.tunnel(token)).problem).toMatchObject({ status: 403, code: "session_ended" });
});

test("all of it works over TLS, with the certificate's name verified", async () => {
  const other = await createWorld({ tls: true });
  expect(other.gateway.publicUrl).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  const session = await other.open();
  const tunnel = await other.tunnel(session.access_token, { early: "GET early\n" });
  expect(tunnel.status).toBe(101);
  expect(await tunnel.line()).toBe("OK GET early");
  const refused = await other.tunnel(session.access_token, { headers: { "gate-lineage": undefined } });
  expect(refused.problem).toMatchObject({ code: "invalid_request" });
  const idle = await other.connect();
  const closed = new Promise((resolve) => idle.once("close", () => resolve(true)));
  await other.gateway.drain("test");
  expect(await closed).toBe(true);
  expect(await tunnel.line()).toMatch(/^BYE/);
  await other.end();
});

test("a tunnel lives longer than opening one may take", async () => {
  const other = await createWorld();
  const tunnel = await other.tunnel((await other.open()).access_token);
  other.clock.advance(60_000);
  tunnel.socket.write("GET late\n");
  expect(await tunnel.line()).toBe("OK GET late");
  await other.end();
});

test("expiry closes live sockets", async () => {
  const other = await createWorld();
  try {
    const session = await other.open();
    const tunnel = await other.tunnel(session.access_token);
    tunnel.socket.write("GET a\n");
    expect(await tunnel.line()).toBe("OK GET a");
    other.clock.advance(600_000);
    expect(await tunnel.line()).toBe("BYE expired");
    expect(await tunnel.line()).toBeUndefined();
    const late = await other.tunnel(session.access_token);
    expect(late.problem).toMatchObject({ status: 401, code: "expired" });
    expect((await other.store.session(session.session_id))?.state).toBe("expired");
  } finally {
    await other.end();
  }
});
