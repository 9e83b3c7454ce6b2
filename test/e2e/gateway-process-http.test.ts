/**
 * Bad input at the gateway's port: malformed exchanges, bodies and headers without end, idle connections, tunnels that
 * are none. The process answers each, keeps its memory, and serves the next job. Needs dist/; no database.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { sleep, startWorld, type World } from "../world.ts";
import { NO_DATABASE, POLICY, scratch } from "./action-job.ts";

const TEST_MS = 180_000;
/** What the gateway's memory may grow by under everything here. */
const GROWTH_KB_MAX = 200_000;
const directory = scratch("http");
let world: World;
let memoryBefore: number;

beforeAll(async () => {
  world = await startWorld({
    directory: join(directory.path, "gateway"),
    policy: POLICY,
    existing: NO_DATABASE,
    tls: "off",
  });
  await healthy();
  memoryBefore = memory();
}, TEST_MS);

afterAll(async () => {
  await world.stop();
  directory.remove();
}, TEST_MS);

/** Resident kilobytes of the gateway's process. */
function memory(): number {
  return Number(/VmRSS:\s*(\d+)/u.exec(readFileSync(`/proc/${world.gatewayPid()}/status`, "utf8"))?.[1]);
}

async function healthy(): Promise<void> {
  const answer = await fetch(`${world.url}/readyz`);
  expect(answer.status).toBe(200);
  await answer.text();
}

function dial(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(world.url).port), "127.0.0.1", () => resolve(socket));
    socket.once("error", reject);
  });
}

/** Sends bytes on a connection of its own and reads until the gateway closes, or for a while. */
async function raw(bytes: string | Uint8Array, waitMs = 20_000): Promise<string> {
  const socket = await dial();
  let text = "";
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(text);
    };
    const timer = setTimeout(done, waitMs);
    socket.on("data", (chunk) => (text += chunk.toString("latin1")));
    socket.on("error", done).on("close", done);
    socket.write(bytes);
  });
}

const EXCHANGE = {
  grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
  subject_token: "a.b.c",
  subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
};

describe("POST /v1/token", () => {
  test(
    "answers each malformed exchange with a problem that has a code, and none of what was sent",
    async () => {
      const secret = "eyJhbGciOiJub25lIn0.c2VjcmV0LXN1YmplY3Q.";
      const form = (change: Record<string, string>) => new URLSearchParams({ ...EXCHANGE, ...change }).toString();
      const cases: [body: string, headers: Record<string, string>][] = [
        ["", {}],
        ["grant_type=password", {}],
        [form({ subject_token: secret }), {}],
        [form({ subject_token: secret }), { dpop: "x" }],
        [`${form({})}&subject_token=again`, { dpop: "x" }],
        [form({ actor_token: secret }), { dpop: "x" }],
        [form({ subject_token: `${"A".repeat(30_000)}.b.c` }), { dpop: "x" }],
        [form({ authorization_details: "[".repeat(10_000) }), { dpop: "x" }],
        [form({ subject_token_type: "urn:x", __proto__x: "1", constructor: "1" }), { dpop: "x" }],
        ["%ff%fe%00=%zz&grant_type", {}],
        [JSON.stringify(EXCHANGE), { "content-type": "application/json" }],
        ["<xml/>", { "content-type": "text/xml" }],
        [form({}), { "content-type": "application/x-www-form-urlencoded; charset=utf-16" }],
      ];
      for (const [body, headers] of cases) {
        const answer = await fetch(`${world.url}/v1/token`, {
          method: "POST",
          headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
          body,
        });
        const text = await answer.text();
        expect({ body: body.slice(0, 60), status: answer.status }).toMatchObject({ status: expect.any(Number) });
        expect(answer.status).toBeGreaterThanOrEqual(400);
        expect(answer.status).toBeLessThan(500);
        expect(answer.headers.get("content-type")).toContain("application/problem+json");
        expect(JSON.parse(text)).toMatchObject({ status: answer.status, code: expect.stringMatching(/^[a-z_]+$/u) });
        expect(text).not.toContain(secret.slice(0, 20));
      }
      expect(world.gatewayLog()).not.toContain(secret.slice(0, 20));
    },
    TEST_MS,
  );

  test(
    "bodies and headers that are too large are refused before they are read to the end",
    async () => {
      const head = (more: string) =>
        `POST /v1/token HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-www-form-urlencoded\r\n${more}\r\n\r\n`;
      expect(await raw(head("content-length: 100000000"))).toMatch(/^HTTP\/1\.1 413 /u);
      const chunk = `4000\r\n${"a".repeat(0x4000)}\r\n`;
      expect(await raw(head("transfer-encoding: chunked") + chunk.repeat(64))).toMatch(/^HTTP\/1\.1 413 |^$/u);
      expect(await raw(head(`x-big: ${"a".repeat(40_000)}`))).toMatch(/^HTTP\/1\.1 431 /u);
      expect(await raw(head(Array.from({ length: 5_000 }, (_, i) => `x${i}: y`).join("\r\n")))).toMatch(
        /^HTTP\/1\.1 4\d\d /u,
      );
      expect(await raw(head("content-length: 5\r\ntransfer-encoding: chunked"))).toMatch(/^HTTP\/1\.1 400 /u);
      expect(await raw(head("content-length: 5\r\ncontent-length: 6"))).toMatch(/^HTTP\/1\.1 400 /u);
      expect(await raw("\0".repeat(1_000))).toMatch(/^HTTP\/1\.1 400 /u);
      expect(await raw(Buffer.from("1603010200010001fc0303", "hex"))).toMatch(/^HTTP\/1\.1 400 |^$/u);
      await healthy();
    },
    TEST_MS,
  );
});

describe("GET /v1/tunnel", () => {
  const tunnel = (more: string[], request = "GET /v1/tunnel HTTP/1.1") =>
    `${[request, "host: x", "connection: Upgrade", "upgrade: gate-tunnel", ...more].join("\r\n")}\r\n\r\n`;
  const json = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const whole = [
    "gate-grant: orders-db",
    `gate-endpoint: ${json({ id: "ep_1", user: "gate" })}`,
    `gate-lineage: ${json({ strength: "endpoint", endpoint: "ep_1" })}`,
  ];

  test(
    "is refused with a problem for every request that is none, and never answered with 101",
    async () => {
      const cases: [bytes: string, status: RegExp][] = [
        [tunnel([]), /400/u],
        [tunnel(whole), /401/u],
        [tunnel([...whole, "authorization: DPoP garbage", "dpop: garbage"]), /401/u],
        [tunnel([...whole, "authorization: Bearer x", "dpop: a.b.c"]), /401/u],
        [tunnel([...whole, ...whole]), /400/u],
        [tunnel([...whole.slice(0, 1), `gate-endpoint: ${json({ id: "x", user: "y", more: 1 })}`]), /400/u],
        [tunnel([...whole.slice(0, 1), `gate-endpoint: ${"A".repeat(8_000)}`]), /400/u],
        [tunnel([...whole, "content-length: 4"]) + "evil", /400/u],
        [tunnel(whole, "GET /v1/tunnel?x=1 HTTP/1.1"), /400/u],
        [tunnel(whole, "POST /v1/tunnel HTTP/1.1"), /405|400/u],
        [tunnel(whole, "GET /elsewhere HTTP/1.1"), /400/u],
        [tunnel(whole).replace("gate-tunnel", "websocket"), /426/u],
        [tunnel(["gate-grant: __proto__", ...whole.slice(1)]), /400/u],
        [tunnel(whole) + "\0".repeat(100_000), /401/u],
      ];
      for (const [bytes, status] of cases) {
        const answer = await raw(bytes);
        expect({ bytes: bytes.slice(0, 200), answer: answer.slice(0, 40) }).toMatchObject({
          answer: expect.stringMatching(new RegExp(`^HTTP/1\\.1 (?:${status.source}) `, "u")),
        });
        expect(answer).toContain("application/problem+json");
      }
      await healthy();
    },
    TEST_MS,
  );
});

test(
  "hundreds of connections that never finish a request keep nobody else out, and are bounded",
  async () => {
    const sockets: Socket[] = [];
    try {
      for (let i = 0; i < 400; i += 1) {
        const socket = await dial();
        socket.on("error", () => undefined);
        socket.write("POST /v1/token HTTP/1.1\r\nhost: x\r\nx-slow: ");
        sockets.push(socket);
      }
      await healthy();
      expect(await raw("GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 /u);
      for (let i = 0; i < 200; i += 1) {
        const socket = await dial();
        socket.on("error", () => undefined);
        sockets.push(socket);
      }
      const told = () => world.gatewayLog().includes("too many connections from one address");
      for (let tries = 0; tries < 1_000 && !told(); tries += 1) await sleep(50);
      expect(told()).toBe(true);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
    for (let tries = 0; tries < 50; tries += 1) {
      if ((await raw("GET /healthz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).startsWith("HTTP/1.1 200"))
        break;
    }
    await healthy();
  },
  TEST_MS,
);

test(
  "other requests: unknown paths, methods and people's endpoints without a person",
  async () => {
    const ask = async (method: string, path: string, init: RequestInit = {}) => {
      const answer = await fetch(world.url + path, { method, ...init });
      await answer.text();
      return answer.status;
    };
    // The web pages, and nothing else below them.
    expect(await ask("GET", "/")).toBe(200);
    expect(await ask("GET", "/assets/../main.js")).toBe(404);
    expect(await ask("GET", "/assets/..%2f..%2fmain.js")).toBe(404);
    expect(await ask("GET", "/index.html")).toBe(404);
    expect(await ask("GET", "/v1/../etc/passwd")).toBe(404);
    expect(await ask("GET", "/v1/sessions/..%2f..%2fgate.key/recording")).toBe(401);
    expect(await ask("DELETE", "/v1/token")).toBe(404);
    for (const path of ["/v1/sessions", "/v1/approvals", "/v1/approvals/hold_x"])
      expect(await ask("GET", path)).toBe(401);
    expect(
      await ask("POST", "/v1/approvals/hold_x/votes", { body: "{}", headers: { "content-type": "application/json" } }),
    ).toBe(401);
    const alice = {
      authorization: `Bearer ${readFileSync(join(world.directory, "alice.token"), "utf8").trim()}`,
      "content-type": "application/json",
    };
    for (const body of [
      "{",
      "[]",
      "null",
      '{"vote":"maybe"}',
      '{"vote":"approve","reason":1}',
      '{"vote":"approve","as":"bob"}',
    ]) {
      expect(await ask("POST", "/v1/approvals/hold_x/votes", { body, headers: alice })).toBe(400);
    }
    expect(
      await ask("POST", "/v1/approvals/hold_x/votes", {
        body: `{"vote":"approve","reason":"${"x".repeat(20_000)}"}`,
        headers: alice,
      }),
    ).toBe(413);
    expect(await ask("POST", "/v1/approvals/hold_x/votes", { body: '{"vote":"approve"}', headers: alice })).toBe(404);
    expect(await ask("GET", "/v1/approvals?state=nope", { headers: alice })).toBe(400);
  },
  TEST_MS,
);

test(
  "after all of it the gateway has kept its memory and its process, has logged no failure of its own, and opens a session",
  async () => {
    const job = world.github.openJob({ environment: "production", eventName: "push" });
    writeFileSync(join(directory.path, "token"), job.subjectToken(world.url));
    const ended = await world.gate(
      "connect",
      "--gateway",
      world.url,
      "--token-file",
      join(directory.path, "token"),
      "--",
      "true",
    );
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(memory() - memoryBefore).toBeLessThan(GROWTH_KB_MAX);
    expect(world.gatewayLog()).not.toMatch(/a request failed|a tunnel request failed|uncaught|unhandled/iu);
  },
  TEST_MS,
);

test(
  "whoever keeps failing is told to wait, and so is nobody for longer than a minute",
  async () => {
    let status = 0;
    for (let i = 0; i < 200 && status !== 429; i += 1) {
      const answer = await fetch(`${world.url}/v1/sessions`, { headers: { authorization: `Bearer guess-${i}` } });
      status = answer.status;
      if (status === 429) expect(Number(answer.headers.get("retry-after"))).toBeLessThanOrEqual(60);
      await answer.text();
    }
    expect(status).toBe(429);
    await healthy();
  },
  TEST_MS,
);
