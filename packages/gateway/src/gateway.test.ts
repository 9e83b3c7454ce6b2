import { describe, expect, test } from "@jest/globals";
import { ManualClock } from "@gate/base";
import type { Store } from "@gate/contract";
import { verifyBundle } from "@gate/recording";
import { fileRecordings, sqliteStore } from "@gate/stores";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FAILURES_PER_MINUTE_MAX } from "./gateway.ts";
import { CONNECTIONS_PER_ADDRESS_MAX } from "./listener.ts";
import { createWorld } from "./testing/world.ts";

describe("draining", () => {
  test("answers holds, seals recordings, refuses what is new and closes the port", async () => {
    const world = await createWorld();
    try {
      const session = await world.open();
      const tunnel = await world.tunnel(session.access_token);
      tunnel.socket.write("PUT a\n");
      expect(await tunnel.line()).toMatch(/^WAIT/);
      const idle = await world.connect();
      const closed = new Promise((resolve) => idle.once("close", () => resolve(true)));
      await world.gateway.drain("SIGTERM");
      const last: string[] = [];
      for (let line = await tunnel.line(); line !== undefined; line = await tunnel.line()) last.push(line);
      expect(last.join("\n")).toMatch(/ERR|BYE/);
      expect(world.reached).not.toContain("PUT a");
      expect(world.gateway.engine.live(session.session_id)).toBeUndefined();
      expect(idle.destroyed || (await closed)).toBe(true);
      await expect(world.connect()).rejects.toThrow("ECONNREFUSED");
      await world.gateway.drain("again");
    } finally {
      await world.end();
    }
  });

  test("does not wait for a body that never comes", async () => {
    const world = await createWorld();
    const socket = await world.connect();
    const closed = new Promise((resolve) => socket.once("close", resolve));
    const form = "content-type: application/x-www-form-urlencoded\r\ncontent-length: 100\r\nexpect: 100-continue";
    const began = new Promise<string>((resolve) => socket.once("data", (chunk: Buffer) => resolve(chunk.toString())));
    socket.write(`POST /v1/token HTTP/1.1\r\nhost: a\r\n${form}\r\n\r\ng`);
    // The gateway has the request: it asks for the rest.
    expect(await began).toMatch(/^HTTP\/1\.1 100 /);
    // The world's clock stands still, so nothing here ends for being late.
    await world.gateway.drain("SIGTERM");
    await closed;
    await world.end();
  });

  test("is bounded in time when a part does not end", async () => {
    const world = await createWorld();
    world.gateway.engine.drain = () => new Promise(() => undefined);
    const drained = world.gateway.drain("SIGTERM");
    await new Promise((resolve) => setImmediate(resolve));
    const during = await world.send("GET", "/readyz");
    expect(during).toMatchObject({ status: 503, body: { status: "draining" } });
    expect((await world.exchange()).body["code"]).toBe("draining");
    world.clock.advance(25_000);
    await drained;
    await world.end();
  });
});

test("a session left open by an earlier gateway is closed at the start", async () => {
  const first = await createWorld();
  const { session_id: id, access_token: token } = await first.open();
  const tunnel = await first.tunnel(token);
  tunnel.socket.write("PUT a\n");
  const hold = /^WAIT (\S+)/u.exec((await tunnel.line()) ?? "")?.[1] ?? "";
  const shared = new Proxy<Store>(first.store, {
    get: (store, name) =>
      name === "close" ? async () => undefined : (Reflect.get(store, name) as () => unknown).bind(store),
  });
  const second = await createWorld({ parts: { store: shared } });
  expect((await first.store.session(id))?.state).toBe("closed");
  // Nobody is asked any more about a command that can never run.
  expect((await first.store.hold(hold))?.state).toBe("void");
  await second.end();
  await first.end();
});

test("a gateway that was stopped while another one took its store admits, answers and writes nothing when it goes on", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gate-two-"));
  const parts = () => ({
    store: sqliteStore(join(folder, "gate.db")),
    recordings: fileRecordings(join(folder, "recordings")),
  });
  const world = await createWorld({ parts: parts() });
  const { access_token: token, session_id: id } = await world.open();
  const tunnels = [await world.tunnel(token), await world.tunnel(token)];
  const [busy, held] = tunnels;
  busy?.socket.write("GET a\n");
  expect(await busy?.line()).toBe("OK GET a");
  held?.socket.write("PUT a\n");
  const hold = /^WAIT (\S+)/u.exec((await held?.line()) ?? "")?.[1] ?? "";

  const clock = new ManualClock(world.clock.now() + 60_000);
  const second = await world.another({ clock, parts: parts() });
  await second.listen();
  expect(second.engine.live(id)).toBeDefined();

  // What was due while it stood still comes first: a checkpoint of a recording that is not its own any more.
  world.clock.advance(5_000);
  busy?.socket.write("GET b\n");
  held?.socket.write("GET c\n");
  const alice = { authorization: "Bearer alice-0123456789abcdef", "content-type": "application/json" };
  const vote = world.send("POST", `/v1/approvals/${hold}/votes`, { headers: alice, body: '{"vote":"approve"}' });
  expect((await vote.catch(() => ({ status: 500 }))).status).toBeGreaterThanOrEqual(500);
  for (const tunnel of tunnels) {
    for (let line = await tunnel.line(); line !== undefined; line = await tunnel.line())
      expect(line).not.toMatch(/^OK/);
  }
  expect((await world.exchange({ claims: { run_id: "18" } }).catch(() => ({ status: 500 }))).status).not.toBe(200);
  expect(world.reached).toEqual(["GET a"]);
  expect((await second.engine.hold(hold))?.state).toBe("withdrawn");
  await world.end();

  await second.drain("the end");
  const report = await verifyBundle(join(folder, "recordings", id), { vkeys: [second.vkey] });
  expect({ status: report.status, findings: report.findings }).toEqual({ status: "valid", findings: [] });
  rmSync(folder, { recursive: true, force: true });
});

test("an address that keeps failing is slowed down, and forgiven after a minute", async () => {
  const world = await createWorld();
  for (let count = 0; count < FAILURES_PER_MINUTE_MAX; count += 1) {
    expect((await world.exchange({ token: "x" })).status).toBe(400);
  }
  const blocked = await world.exchange();
  expect(blocked.body).toMatchObject({ status: 429, code: "rate_limited" });
  expect(blocked.headers["retry-after"]).toBe("60");
  world.clock.advance(60_000);
  expect((await world.exchange()).status).toBe(200);
  await world.end();
});

test("without people a hold is refused at once", async () => {
  const world = await createWorld({ people: false });
  const tunnel = await world.tunnel((await world.open()).access_token);
  tunnel.socket.write("PUT a\n");
  expect(await tunnel.line()).toMatch(/^ERR/);
  await world.end();
});

test("one address cannot take every connection, and tunnels do not count", async () => {
  const world = await createWorld();
  const tunnel = await world.tunnel((await world.open()).access_token);
  expect(tunnel.status).toBe(101);
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS_PER_ADDRESS_MAX }, () => world.connect()));
  const over = await world.connect();
  await new Promise((resolve) => (over.destroyed ? resolve(0) : over.once("close", resolve)));
  expect(sockets.filter((socket) => socket.destroyed)).toEqual([]);
  sockets[0]?.destroy();
  tunnel.socket.write("GET a\n");
  expect(await tunnel.line()).toBe("OK GET a");
  await world.end();
});

test("requests that are too large or no HTTP at all are answered and cut", async () => {
  const world = await createWorld();
  const send = async (text: string): Promise<string> => {
    const socket = await world.connect();
    let answer = "";
    socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
    const closed = new Promise((resolve) => socket.on("close", resolve));
    socket.write(text);
    await closed;
    return answer;
  };
  expect(await send("nonsense\r\n\r\n")).toMatch(/^HTTP\/1\.1 400 /);
  expect(await send(`GET / HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(40_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  expect(await send("GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n")).toMatch(
    /^HTTP\/1\.1 400 /,
  );
  await world.end();
});

test("a port that is taken is named, with what to do", async () => {
  const world = await createWorld();
  try {
    const { port, hostname } = new URL(world.gateway.url);
    const second = createWorld({ port: Number(port) });
    await expect(second).rejects.toMatchObject({ code: "LISTEN_FAILED" });
    await expect(second).rejects.toThrow(`cannot listen on ${hostname}:${port} (EADDRINUSE): another program has`);
  } finally {
    await world.end();
  }
});
