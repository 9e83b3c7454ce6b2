/** A store that cannot be written, in the middle of everything: what must end, ends, and is sealed. */
import { describe, expect, test } from "@jest/globals";
import type { Store } from "@gate/contract";
import { memoryRecordings, memoryStore } from "@gate/stores";
import { createWorld, type World } from "./testing/world.ts";

const ALICE = { authorization: "Bearer alice-0123456789abcdef", "content-type": "application/json" };

async function breakable(): Promise<{
  world: World;
  store: Store;
  broken: (now: boolean) => void;
  sealed: (id: string) => Promise<boolean>;
}> {
  let broken = false;
  const store = memoryStore();
  const recordings = memoryRecordings();
  const writes = new Set<string | symbol>(["putHold", "updateSession"]);
  const proxy = new Proxy<Store>(store, {
    get: (real, name) =>
      broken && writes.has(name)
        ? () => Promise.reject(new Error("database is locked"))
        : (Reflect.get(real, name) as () => unknown).bind(real),
  });
  const world = await createWorld({ parts: { store: proxy, recordings } });
  const sealed = async (id: string): Promise<boolean> =>
    (await (await recordings.open(id))?.list())?.some(({ name }) => name === "manifest.json") === true;
  return { world, store, broken: (now) => (broken = now), sealed };
}

async function held(world: World) {
  const session = await world.open();
  const tunnel = await world.tunnel(session.access_token);
  tunnel.socket.write("PUT a\n");
  expect(await tunnel.line()).toMatch(/^WAIT/);
  const rest = async (): Promise<string> => {
    const lines: string[] = [];
    for (let line = await tunnel.line(); line !== undefined; line = await tunnel.line()) lines.push(line);
    return lines.join("\n");
  };
  return { session, rest };
}

/** Ends with the test's own time when it never becomes true. */
async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) await new Promise((resolve) => setImmediate(resolve));
}

describe("a store that cannot be written", () => {
  test("keeps no session beyond its time, and is told of the end when it can be again", async () => {
    const { world, store, broken, sealed } = await breakable();
    const { session, rest } = await held(world);
    broken(true);
    world.clock.advance(session.expires_in * 1_000 + 1);
    expect(await rest()).not.toMatch(/^OK/m);
    await until(() => sealed(session.session_id));
    expect(world.gateway.engine.live(session.session_id)).toBeUndefined();
    expect((await store.session(session.session_id))?.state).toBe("open");
    broken(false);
    await until(async () => {
      world.clock.advance(10_000);
      return (await store.session(session.session_id))?.state === "expired";
    });
    expect(world.reached).toEqual([]);
    await world.end();
  });

  test("does not keep somebody from ending a session, who learns that it could not be written", async () => {
    const { world, store, broken, sealed } = await breakable();
    const { session, rest } = await held(world);
    broken(true);
    const answer = await world.send("POST", `/v1/sessions/${session.session_id}/revoke`, {
      headers: ALICE,
      body: "{}",
    });
    expect(answer.status).toBe(500);
    expect(await rest()).not.toMatch(/^OK/m);
    expect(await sealed(session.session_id)).toBe(true);
    expect((await world.tunnel(session.access_token)).status).toBe(403);
    broken(false);
    const again = await world.send("POST", `/v1/sessions/${session.session_id}/revoke`, { headers: ALICE, body: "{}" });
    expect(again).toMatchObject({ status: 200, body: { state: "revoked" } });
    expect((await store.session(session.session_id))?.state).toBe("revoked");
    expect(world.reached).toEqual([]);
    await world.end();
  });

  test("does not keep a gateway that drains from sealing and from letting go of its port", async () => {
    const { world, broken, sealed } = await breakable();
    const first = await held(world);
    const other = await world.exchange({ claims: { run_id: "18" } });
    broken(true);
    await world.gateway.drain("SIGTERM");
    expect(await first.rest()).not.toMatch(/^OK/m);
    expect(await sealed(first.session.session_id)).toBe(true);
    expect(await sealed(String(other.body["session_id"]))).toBe(true);
    await expect(world.connect()).rejects.toThrow("ECONNREFUSED");
    expect(world.reached).toEqual([]);
    await world.end();
  });
});
