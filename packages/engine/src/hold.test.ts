import { expect, test } from "@jest/globals";
import { ManualClock } from "@gate/base";
import type { Entry, Facts, Session } from "@gate/contract";
import { memoryStore } from "@gate/stores";
import { HoldBook, HOLDS_OF_SESSION_MAX, HOLDS_PENDING_MAX, type HoldOutcome, type HoldRequest } from "./hold.ts";
import type { SessionRuntime } from "./session.ts";
import type { EngineOptions } from "./types.ts";

const FACTS: Facts = { kind: "line", classified: true, housekeeping: false, writes: true, fields: {} };
const DANA = { name: "dana", subjects: ["person:dana"] };

const SESSION = {
  id: "s1",
  trustRule: "t",
  principal: { kind: "job", issuer: "https://i", display: "job", claims: {} },
  grants: ["g"],
  policyDigest: "p",
  issuedAtMs: 0,
  expiresAtMs: Number.MAX_SAFE_INTEGER,
  maxExpiresAtMs: Number.MAX_SAFE_INTEGER,
  jkt: "k",
  latch: "l",
  state: "open",
  mode: "gateway",
} satisfies Session as Session;

async function book() {
  const clock = new ManualClock();
  const store = memoryStore();
  await store.openSession(SESSION, { issuer: "https://i", id: "j", expiresAtMs: clock.now() + 60_000 });
  const entries: Entry[] = [];
  const runtime = {
    session: SESSION,
    append: (entry: Entry) => entries.push(entry),
    commit: () => undefined,
  } as unknown as SessionRuntime;
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const holds = new HoldBook({
    clock,
    store,
    log,
    holdUrl: (id: string) => `https://g/${id}`,
  } as unknown as EngineOptions);
  let count = 0;
  const ask = (signal?: AbortSignal, digest = "d".repeat(64)): Promise<HoldOutcome> => {
    count += 1;
    const request: HoldRequest = {
      id: `hold_${count}`,
      runtime,
      grant: "g",
      target: "t",
      rule: "ask",
      approval: { name: "a", from: ["person:dana"], count: 1, timeoutMs: 60_000, exclude: [] },
      digest,
      text: "PUT a",
      facts: FACTS,
      entry: count,
    };
    return holds.request(request, signal === undefined ? {} : { signal });
  };
  return { clock, store, entries, holds, ask };
}

/** Lets everything that is due run; nothing here waits for time. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

async function detached(parts: Awaited<ReturnType<typeof book>>): Promise<void> {
  const away = new AbortController();
  const first = parts.ask(away.signal);
  await settle();
  away.abort("detached");
  expect(await first).toMatchObject({ kind: "refused", reason: "cancelled" });
}

test("a client that does not wait leaves its hold open, and an identical command uses the approval once", async () => {
  const parts = await book();
  await detached(parts);
  expect((await parts.store.hold("hold_1"))?.state).toBe("pending");
  expect((await parts.holds.vote("hold_1", DANA, "approve", "")).ok).toBe(true);
  expect(await parts.ask()).toEqual({ kind: "approved" });
  expect((await parts.store.hold("hold_1"))?.state).toBe("spent");
  expect(parts.entries.filter((entry) => entry.type === "hold-resolved")).toMatchObject([
    { hold: "hold_1", state: "withdrawn" },
    { hold: "hold_2", state: "approved", claims: "hold_1" },
  ]);
});

test("an identical command waits for the hold that is open instead of asking again", async () => {
  const parts = await book();
  await detached(parts);
  const second = parts.ask();
  await settle();
  expect(await parts.store.holds()).toHaveLength(1);
  await parts.holds.vote("hold_1", DANA, "approve", "");
  expect(await second).toEqual({ kind: "approved" });
});

test("another command asks for itself", async () => {
  const parts = await book();
  await detached(parts);
  void parts.ask(undefined, "e".repeat(64));
  await settle();
  expect(await parts.store.holds({ state: "pending" })).toHaveLength(2);
});

test("a hold that nobody waits for expires in its time, and ends with its session without a late step", async () => {
  const parts = await book();
  await detached(parts);
  parts.clock.advance(60_000);
  await settle();
  expect((await parts.store.hold("hold_1"))?.state).toBe("expired");

  const other = await book();
  await detached(other);
  await other.holds.voidPending("s1");
  expect((await other.store.hold("hold_1"))?.state).toBe("void");
  await other.store.close();
  other.clock.advance(60_000);
  await settle();
});

test("a session cannot ask people without end, also in one burst; an answer makes room", async () => {
  const parts = await book();
  const asked = Array.from({ length: HOLDS_PENDING_MAX + 2 }, (_, index) => {
    return parts.ask(undefined, String(index).padStart(64, "0"));
  });
  await expect(asked[HOLDS_PENDING_MAX]).resolves.toMatchObject({ kind: "refused", reason: "limit" });
  await expect(asked[HOLDS_PENDING_MAX + 1]).resolves.toMatchObject({ kind: "refused", reason: "limit" });
  expect(await parts.store.holds({ state: "pending" })).toHaveLength(HOLDS_PENDING_MAX);
  expect(parts.entries.filter((entry) => entry.type === "hold-resolved")).toMatchObject([
    { hold: `hold_${HOLDS_PENDING_MAX + 1}`, state: "void" },
    { hold: `hold_${HOLDS_PENDING_MAX + 2}`, state: "void" },
  ]);
  expect((await parts.holds.vote("hold_1", DANA, "deny", "")).ok).toBe(true);
  expect(await asked[0]).toMatchObject({ reason: "not-approved" });
  const next = new AbortController();
  const again = parts.ask(next.signal, "e".repeat(64));
  for (let turn = 0; turn < 40; turn += 1) await Promise.resolve();
  next.abort("gone");
  expect(await again).toMatchObject({ reason: "cancelled" });
});

test("a session asks people an end of times, whether it waits for the answers or not", async () => {
  const { ask, store } = await book();
  for (let count = 0; count < HOLDS_OF_SESSION_MAX; count += 1) {
    const abort = new AbortController();
    const answer = ask(abort.signal, String(count).padStart(64, "0"));
    abort.abort("gone");
    expect(await answer).toMatchObject({ kind: "refused", reason: "cancelled" });
  }
  expect(await ask()).toMatchObject({ kind: "refused", reason: "limit" });
  expect(await store.holds({ sessionId: SESSION.id })).toHaveLength(HOLDS_OF_SESSION_MAX);
});

test("a store that fails when a hold's time is over ends the wait of its client, and nothing else", async () => {
  const { ask, clock, store, entries } = await book();
  const answer = ask();
  await settle();
  store.putHold = () => Promise.reject(new Error("database is locked"));
  clock.advance(60_000);
  expect(await answer).toMatchObject({ kind: "refused", reason: "recorder" });
  expect(entries.at(-1)).toMatchObject({ type: "hold-resolved", state: "void" });
});

test("a vote is in the record before it counts", async () => {
  const { ask, entries, holds, store } = await book();
  const answer = ask();
  await settle();
  const put = store.putHold.bind(store);
  const known: string[] = [];
  store.putHold = (hold) => {
    known.push(`${hold.state}: ${entries.filter(({ type }) => type === "vote").length} votes`);
    return put(hold);
  };
  const identity = { id: "oidc:https://idp.acme.dev|7", realm: "oidc:https://idp.acme.dev", aliases: [] };
  await holds.vote("hold_1", { ...DANA, identity }, "approve", "");
  expect(await answer).toEqual({ kind: "approved" });
  // The name is one that people may choose; who it is stands beside it.
  expect(entries.find(({ type }) => type === "vote")).toMatchObject({ approver: "dana", identity: identity.id });
  expect(known).toEqual(["approved: 1 votes", "spent: 1 votes"]);
});

test("a session's many holds that nobody waits for are voided with everybody else's turn in between", async () => {
  const parts = await book();
  for (let count = 0; count < 20; count += 1) {
    const away = new AbortController();
    const asked = parts.ask(away.signal, String(count).repeat(64).slice(0, 64));
    away.abort("gone");
    expect(await asked).toMatchObject({ kind: "refused" });
  }
  const waits = parts.ask();
  await settle();
  await parts.holds.voidPending("s1");
  expect(await waits).toMatchObject({ kind: "refused", reason: "session" });
  let turns = 0;
  let done = false;
  const turn = (): void => {
    turns += 1;
    if (!done) setImmediate(turn);
  };
  setImmediate(turn);
  await parts.holds.voidRest("s1");
  done = true;
  expect(turns).toBeGreaterThanOrEqual(20);
  const states = (await parts.store.holds({ sessionId: "s1" })).map((hold) => hold.state);
  expect(new Set(states)).toEqual(new Set(["void"]));
});
