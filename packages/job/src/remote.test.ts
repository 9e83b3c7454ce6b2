import { afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { ManualClock } from "@gate/base";
import { authority, type Authority, type Leaf } from "@gate/testkit";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import type { Duplex } from "node:stream";
import { join } from "node:path";
import { fakeGateway, type FakeGateway } from "../test/fake-gateway.ts";
import type { SessionBackend } from "./backend.ts";
import { openEndpoint, type OpenEndpoint } from "./endpoints.ts";
import { createGatewayClient } from "./gateway-client.ts";
import { remoteBackend } from "./remote.ts";

let ca: Authority;
let leaf: Leaf;
let gateway: FakeGateway;
let clock: ManualClock;
let backend: SessionBackend;
let minted = 0;
let failures: string[];
const open: OpenEndpoint[] = [];

beforeAll(async () => {
  ca = await authority("job test CA");
  leaf = await ca.issue("localhost", { server: true });
});

beforeEach(async () => {
  gateway = await fakeGateway(leaf);
  clock = new ManualClock();
  failures = [];
  backend = make();
});

afterEach(async () => {
  for (const endpoint of open.splice(0)) endpoint.close();
  backend.dispose();
  await gateway.down();
});

function make(options: { grants?: string[]; ca?: string; url?: string } = {}): SessionBackend {
  return remoteBackend({
    client: createGatewayClient({ url: new URL(options.url ?? gateway.url), ca: options.ca ?? ca.cert }),
    audience: "https://gate.test",
    grants: options.grants ?? [],
    subjectToken: async () => `subject.${(minted += 1)}.x`,
    prove: async ({ htm, htu, accessToken }) => `${htm} ${htu} ${accessToken ?? ""}`,
    clock,
    log: () => undefined,
  });
}

/** Waits for something that sockets bring about, with the test's own deadline as the bound. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turns(1);
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets virtual time pass until the promise settles: what it waits for may need several timers. */
async function settle<T>(promise: Promise<T>): Promise<T> {
  let over = false;
  promise.then(
    () => (over = true),
    () => (over = true),
  );
  while (!over) {
    clock.advance(50);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return promise;
}

async function endpoint(): Promise<OpenEndpoint> {
  const made = await openEndpoint({
    grant: { grant: "orders-db", target: "orders-db", protocol: "postgres" },
    backend,
    randomBytes,
    log: () => undefined,
    onFailure: (message) => failures.push(message),
  });
  open.push(made);
  return made;
}

async function dial(to: OpenEndpoint): Promise<Socket> {
  const socket = connect({ host: to.info.host, port: to.info.port, allowHalfOpen: true });
  socket.on("error", () => undefined);
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket;
}

async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) chunks.push(chunk);
  } catch {
    // A reset: what came before it counts.
  }
  return Buffer.concat(chunks);
}

describe("the exchange", () => {
  test("sends the subject token with a proof for the published endpoint and reads the session", async () => {
    const session = await backend.open();
    expect(session).toMatchObject({ id: "ses_1", mode: "gateway", trustRule: "deploy", vkey: "gate+00000000+AAAA" });
    expect(session.grants).toEqual([
      { grant: "orders-db", target: "orders-db", protocol: "postgres", database: "orders" },
    ]);
    expect(gateway.exchanges[0]?.get("subject_token")).toMatch(/^subject\.\d+\.x$/);
    expect(gateway.exchanges[0]?.has("authorization_details")).toBe(false);
  });

  test("reads who tells GitHub of the session, and its page", async () => {
    expect(await backend.open()).toMatchObject({ checks: "none", page: `${gateway.url}/sessions/ses_1` });
    backend.dispose();
    gateway.checks = "app";
    backend = make();
    expect(await backend.open()).toMatchObject({ checks: "app" });
    backend.dispose();
    const { url } = gateway;
    const older = {
      issuer: url,
      audience: url,
      token_endpoint: `${url}/v1/token`,
      tunnel: `${url}/v1/tunnel`,
      vkey: "v",
    };
    gateway.answers.set("/.well-known/gate", [{ status: 200, body: older }]);
    backend = make();
    expect(await backend.open()).toMatchObject({ checks: "app" });
  });

  test("reads which commands wait, with links to the gateway's own pages only", async () => {
    await backend.open();
    const path = "/v1/sessions/ses_1";
    const url = `${gateway.url}/approvals/hold_1`;
    const wait = (pending_holds: unknown) => gateway.answers.set(path, [{ status: 200, body: { pending_holds } }]);
    wait([{ id: "hold_1", url, rule: "mass", target: "orders-db" }]);
    expect(await backend.pendingHolds?.()).toEqual([{ url, target: "orders-db" }]);
    wait([
      { url: "https://evil.example/approvals/hold_1", target: "x" },
      { url: "javascript:alert(1)", target: "x" },
      7,
    ]);
    expect(await backend.pendingHolds?.()).toEqual([]);
    wait(undefined);
    expect(await backend.pendingHolds?.()).toEqual([]);
    gateway.answers.set(path, [{ status: 401, body: {} }]);
    await expect(backend.pendingHolds?.()).rejects.toMatchObject({ code: "JOB_REFUSED" });
  });

  test("asks for the named grants", async () => {
    backend.dispose();
    backend = make({ grants: ["orders-db"] });
    await backend.open();
    expect(JSON.parse(gateway.exchanges[0]?.get("authorization_details") ?? "")).toEqual([
      { type: "gate_grant", grant: "orders-db" },
    ]);
  });

  test.each([
    ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPpvlESbqINs7c3a4YVf7W85CMmhTwksiKcxbWiVvwnJ", true],
    ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPpvlESb\n* ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAA", false],
    ["@cert-authority * ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA", false],
    ["", false],
  ])("takes a host key for what it is, one line of a known_hosts file: %j", async (hostKey, good) => {
    const details = [{ type: "gate_grant", grant: "bastion", target: "b", protocol: "ssh", host_key: hostKey }];
    const body = {
      session_id: "ses_1",
      access_token: "t",
      token_type: "DPoP",
      expires_in: 60,
      authorization_details: details,
    };
    gateway.answers.set("/v1/token", [{ status: 200, body }]);
    if (good) expect((await backend.open()).grants[0]?.hostKey).toBe(hostKey);
    else await expect(backend.open()).rejects.toMatchObject({ code: "JOB_GATEWAY_ANSWER" });
  });

  test.each([
    { grant: "-oProxyCommand=x" },
    { grant: "../x" },
    { grant: ".." },
    { database: "shop\nLD_PRELOAD=/tmp/x.so" },
    { target: "db\r\n::error::x" },
    { protocol: "postgres\u0000" },
    { target: "x".repeat(10_000) },
  ])("takes no name that could be more than a name: %j", async (change) => {
    const detail = { type: "gate_grant", grant: "db", target: "db", protocol: "postgres", database: "shop", ...change };
    const session = { session_id: "ses_1", access_token: "t", token_type: "DPoP", expires_in: 60 };
    gateway.answers.set("/v1/token", [{ status: 200, body: { ...session, authorization_details: [detail] } }]);
    await expect(backend.open()).rejects.toMatchObject({ code: "JOB_GATEWAY_ANSWER" });
  });

  test("repeats a passing failure with a fresh subject token", async () => {
    gateway.answers.set("/v1/token", [{ status: 503, body: { code: "draining" } }]);
    await settle(backend.open());
    expect(gateway.exchanges).toHaveLength(1);
    expect(gateway.requests.filter((line) => line === "POST /v1/token")).toHaveLength(2);
  });

  test.each([
    ["wrong_audience", 403, "JOB_WRONG_AUDIENCE"],
    ["trust_rule_not_matched", 403, "JOB_TRUST_RULE"],
    ["latch_taken", 409, "JOB_LATCH_TAKEN"],
    ["unknown_grant", 400, "JOB_UNKNOWN_GRANT"],
    ["replayed", 400, "JOB_REFUSED"],
    ["something_new", 400, "JOB_REFUSED"],
  ])("says %s as its own error and does not repeat it", async (code, status, expected) => {
    gateway.answers.set("/v1/token", [{ status, body: { code, detail: "rule deploy: claim ref is refs/heads/x" } }]);
    await expect(backend.open()).rejects.toMatchObject({ code: expected });
    await expect(backend.open()).resolves.toBeDefined();
    expect(gateway.exchanges).toHaveLength(1);
  });

  test("passes the gateway's naming of the claim through", async () => {
    gateway.answers.set("/v1/token", [
      { status: 403, body: { code: "trust_rule_not_matched", detail: "claim ref is refs/heads/x" } },
    ]);
    await expect(backend.open()).rejects.toThrow("claim ref is refs/heads/x");
  });

  test("refuses a certificate of an unknown authority and says where to give it", async () => {
    backend.dispose();
    const stranger = await authority("another CA");
    backend = make({ ca: stranger.cert });
    await expect(backend.open()).rejects.toMatchObject({ code: "JOB_GATEWAY_CERTIFICATE" });
  });

  test("refuses an expired certificate", async () => {
    await gateway.down();
    gateway = await fakeGateway(await ca.issue("localhost", { server: true, days: -1 }));
    backend = make();
    await expect(backend.open()).rejects.toThrow("has expired");
  });

  test("says that nothing listens", async () => {
    await gateway.down();
    await expect(settle(backend.open())).rejects.toMatchObject({ code: "JOB_GATEWAY_UNREACHABLE" });
    await gateway.up();
  });

  test("sends no token to another origin than the configured one", async () => {
    gateway.answers.set("/.well-known/gate", [
      {
        status: 200,
        body: { issuer: "x", audience: "x", token_endpoint: "https://evil.test/t", tunnel: "/v1/tunnel", vkey: "v" },
      },
    ]);
    const before = minted;
    await expect(backend.open()).rejects.toMatchObject({ code: "JOB_GATEWAY_ANSWER" });
    expect(minted).toBe(before);
    expect(gateway.exchanges).toHaveLength(0);
  });
});

describe("the tunnel", () => {
  test("carries bytes both ways and keeps half-close", async () => {
    await backend.open();
    const socket = await dial(await endpoint());
    const sent = randomBytes(300_000);
    socket.end(sent);
    expect((await readAll(socket)).equals(sent)).toBe(true);
    const headers = gateway.tunnels[0] ?? {};
    expect(headers["gate-grant"]).toBe("orders-db");
    expect(headers.authorization).toBe("DPoP token-1");
    expect(headers.dpop).toBe(`GET ${gateway.url}/v1/tunnel token-1`);
    const told = JSON.parse(Buffer.from(String(headers["gate-endpoint"]), "base64url").toString()) as object;
    expect(told).toMatchObject({ user: "gate", scram: expect.stringMatching(/^SCRAM-SHA-256\$4096:/) });
    expect(Object.keys(told).sort()).toEqual(["id", "scram", "secretSha256", "user"]);
  });

  test("stops reading from the client while the gateway does not read, and loses nothing", async () => {
    let far: Duplex | undefined;
    gateway.onTunnel = (stream) => (far = stream.pause());
    await backend.open();
    const socket = await dial(await endpoint());
    const total = 64 * 1_048_576;
    socket.write(Buffer.alloc(total));
    await until(() => far !== undefined);
    let still = 0;
    for (let last = -1; still < 500; still = socket.bytesWritten - socket.writableLength === last ? still + 1 : 0) {
      last = socket.bytesWritten - socket.writableLength;
      await turns(1);
    }
    expect(socket.writableLength).toBeGreaterThan(0);
    let arrived = 0;
    far?.on("data", (chunk: Buffer) => (arrived += chunk.length)).resume();
    await until(() => arrived === total);
    socket.destroy();
  });

  test("keeps warm connections and replaces those that got old", async () => {
    await backend.open();
    await until(() => gateway.connections >= 3);
    const before = gateway.connections;
    const socket = await dial(await endpoint());
    socket.end("x");
    expect((await readAll(socket)).toString()).toBe("x");
    await until(() => gateway.connections === before + 1);
    clock.advance(31_000);
    const again = await dial(open[0] as OpenEndpoint);
    again.end("y");
    expect((await readAll(again)).toString()).toBe("y");
  });

  test("outlives a restart of the gateway: the next connection finds it again", async () => {
    await backend.open();
    const to = await endpoint();
    await gateway.down();
    const socket = await dial(to);
    const answer = readAll(socket);
    socket.end("still here");
    // The first tries fail; the next one waits for the clock.
    await turns(200);
    await gateway.up();
    expect((await settle(answer)).toString()).toBe("still here");
  });

  test("gives up after a bounded number of tries and says why", async () => {
    await backend.open();
    const to = await endpoint();
    await gateway.down();
    const socket = await dial(to);
    expect((await settle(readAll(socket))).length).toBe(0);
    expect(failures[0]).toContain("cannot reach the gateway");
    await gateway.up();
  });

  test("does not repeat a refusal", async () => {
    await backend.open();
    gateway.answers.set("/v1/tunnel", [{ status: 403, body: { code: "grant_expired", detail: "over" } }]);
    const socket = await dial(await endpoint());
    expect((await readAll(socket)).length).toBe(0);
    expect(failures).toEqual([expect.stringContaining("grant_expired")]);
    expect(gateway.requests.filter((line) => line.startsWith("UPGRADE"))).toHaveLength(1);
  });
});

describe("the session", () => {
  test("is renewed at two thirds of its time with a fresh subject token and the session's id", async () => {
    await backend.open();
    const first = gateway.exchanges[0]?.get("subject_token");
    clock.advance(399_000);
    expect(gateway.exchanges).toHaveLength(1);
    clock.advance(2_000);
    await until(() => gateway.exchanges.length === 2);
    expect(gateway.exchanges[1]?.get("session")).toBe("ses_1");
    expect(gateway.exchanges[1]?.get("subject_token")).not.toBe(first);
    const socket = await dial(await endpoint());
    socket.end("x");
    await readAll(socket);
    expect(gateway.tunnels[0]?.["authorization"]).toBe("DPoP token-2");
  });

  test("is not renewed past its maximum and then ends as expired", async () => {
    gateway.maxSeconds = 600;
    const ended: string[] = [];
    backend.onEnd((reason) => ended.push(reason));
    await backend.open();
    clock.advance(599_000);
    expect(ended).toEqual([]);
    clock.advance(3_000);
    expect(ended).toEqual(["expired"]);
    expect(gateway.exchanges).toHaveLength(1);
  });

  test("that was revoked ends at the next look, and its live connections with it", async () => {
    const ended: string[] = [];
    backend.onEnd((reason) => ended.push(reason));
    await backend.open();
    const socket = await dial(await endpoint());
    socket.write("x");
    await new Promise((resolve) => socket.once("data", resolve));
    gateway.state = "revoked";
    clock.advance(20_000);
    await until(() => ended.length > 0);
    expect(ended).toEqual(["revoked"]);
    await new Promise((resolve) => socket.once("end", resolve).resume());
  });

  test("closes with the gateway's seal and gives its recording as a file", async () => {
    await backend.open();
    const report = await backend.close("done");
    expect(report).toEqual({ sessionId: "ses_1", entries: 3, root: "cm9vdA==", checkpoint: "note" });
    const directory = mkdtempSync(join(tmpdir(), "gate-test-"));
    try {
      const fetched = await backend.fetchRecording(directory);
      expect(fetched.kind).toBe("tar");
      expect(statSync(fetched.path).size).toBe(1024);
      expect(statSync(fetched.path).mode & 0o777).toBe(0o600);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
