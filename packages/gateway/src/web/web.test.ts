import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { sha256Hex } from "@gate/base";
import { request } from "node:http";
import type { Facts, HoldRow } from "@gate/contract";
import { LOGIN_IDLE_MS_MAX, LoginSessions } from "../people/sessions.ts";
import { createWorld, type Tunnel, type World } from "../testing/world.ts";
import { FEEDS_OF_PERSON_MAX } from "./feed.ts";
import { holdDetails } from "./hold-details.ts";

const ALICE = { authorization: "Bearer alice-0123456789abcdef" };
let world: World;
let session: string;
let token: string;

beforeEach(async () => {
  world = await createWorld();
  const opened = await world.open();
  session = opened.session_id;
  token = opened.access_token;
});

afterEach(() => world.end());

const get = (path: string) => world.send("GET", path, { headers: ALICE });

interface Entry {
  readonly seq: number;
  readonly type: string;
}

test("entries come page by page, gapless", async () => {
  const tunnel = await world.tunnel(token);
  await ask(tunnel, "GET a");
  await ask(tunnel, "GET b");
  const first = await get(`/v1/sessions/${session}/entries?limit=2`);
  expect(first.body).toMatchObject({ more: true, entries: [{ seq: 0, type: "session-opened" }, { seq: 1 }] });
  const rest = await get(`/v1/sessions/${session}/entries?from=2`);
  const entries = rest.body["entries"] as Entry[];
  expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_, index) => index + 2));
  expect(rest.body["more"]).toBe(false);
  expect((await get(`/v1/sessions/${session}/entries?limit=x`)).status).toBe(400);
  expect((await get("/v1/sessions/ses_none/entries")).status).toBe(404);
  expect((await world.send("GET", `/v1/sessions/${session}/entries`)).status).toBe(401);
});

test("a live view shows what was there, what comes, and the end; it goes on where it was cut", async () => {
  const live = listen(`/v1/sessions/${session}/events`);
  expect(await live.next()).toMatchObject({ type: "session-opened" });
  const tunnel = await world.tunnel(token);
  await ask(tunnel, "GET a");
  await live.until((entry) => entry.type === "verdict");
  await live.stop();
  const again = listen(`/v1/sessions/${session}/events`, { "last-event-id": String(live.last) });
  await ask(tunnel, "GET b");
  const next = await again.until((entry) => entry.type === "verdict");
  expect(next.seq).toBeGreaterThan(live.last);
  await world.send("POST", `/v1/sessions/${session}/revoke`, {
    headers: { ...ALICE, "content-type": "application/json" },
    body: "{}",
  });
  expect(await again.until((entry) => entry.type === "session-closed")).toMatchObject({ reason: "revoked by alice" });
  expect(await again.ended).toContain("event: end");
});

test("a live view of a session that is over is all of it, and ends", async () => {
  await world.asSession(token, "POST", `/v1/sessions/${session}/close`);
  const live = listen(`/v1/sessions/${session}/events`);
  expect(await live.until((entry) => entry.type === "session-closed")).toMatchObject({ reason: "closed by the job" });
  await live.ended;
});

test("a live view ends with the sign-in that it was opened with, and not as a session does", async () => {
  const signedIn = `gp_${"x".repeat(43)}`;
  const person = { name: "carol", subjects: [], identity: { id: "oidc:1", realm: "oidc", aliases: [] } };
  await world.store.putDocument("person-token", sha256Hex(signedIn), { person, method: "oidc" });
  const live = listen(`/v1/sessions/${session}/events`, { authorization: `Bearer ${signedIn}` });
  expect(await live.next()).toMatchObject({ type: "session-opened" });
  const tunnel = await world.tunnel(token);
  world.clock.advance(15_000);
  await ask(tunnel, "GET a");
  expect(await live.until((entry) => entry.type === "verdict")).toBeDefined();
  await world.send("POST", "/v1/people/logout", { headers: { authorization: `Bearer ${signedIn}` } });
  world.clock.advance(15_000);
  expect(await live.ended).not.toContain("event: end");
  const again = await world.send("GET", `/v1/sessions/${session}/events`, {
    headers: { authorization: `Bearer ${signedIn}` },
  });
  expect(again.status).toBe(401);
});

test("a live view that nobody looks at keeps no sign-in alive", async () => {
  const person = { name: "carol", subjects: [], identity: { id: "oidc:1", realm: "oidc", aliases: [] } };
  const cookie = await new LoginSessions(world.store, world.clock).open({ person, method: "oidc" });
  const live = listen(`/v1/sessions/${session}/events`, { cookie: `gate=${cookie}` });
  expect(await live.next()).toMatchObject({ type: "session-opened" });
  // The session does not last an hour: the last request of this browser was nearly one ago.
  const endsMs = world.clock.now() + 2 * 60_000;
  const seen = { seenMs: endsMs - LOGIN_IDLE_MS_MAX };
  await world.store.putDocument("person-seen", sha256Hex(cookie), seen, endsMs);
  for (let minute = 0; minute < 3; minute += 1) {
    world.clock.advance(60_000);
    // What the stream asked meanwhile is answered before this is.
    expect((await world.send("GET", "/healthz")).status).toBe(200);
  }
  expect(await live.ended).not.toContain("event: end");
});

test("one person can take only so many live views, and leaves the others theirs", async () => {
  const signedIn = `gp_${"y".repeat(43)}`;
  const person = { name: "carol", subjects: [], identity: { id: "oidc:1", realm: "oidc", aliases: [] } };
  await world.store.putDocument("person-token", sha256Hex(signedIn), { person, method: "oidc" });
  const path = `/v1/sessions/${session}/events`;
  const views = Array.from({ length: FEEDS_OF_PERSON_MAX }, () => listen(path));
  for (const view of views) expect(await view.next()).toMatchObject({ type: "session-opened" });
  const refused = await get(path);
  expect(refused).toMatchObject({ status: 429, body: { code: "too_many_feeds" } });
  expect(refused.headers).toMatchObject({ "retry-after": "10" });
  const carols = listen(path, { authorization: `Bearer ${signedIn}` });
  expect(await carols.next()).toMatchObject({ type: "session-opened" });
  await world.asSession(token, "POST", `/v1/sessions/${session}/close`);
  for (const view of [...views, carols]) expect(await view.ended).toContain("event: end");
  const again = listen(path);
  expect(await again.ended).toContain("event: end");
});

test("a summary tells what was reached and what was held back", async () => {
  const tunnel = await world.tunnel(token);
  await ask(tunnel, "GET a");
  const summary = await get(`/v1/sessions/${session}/summary`);
  expect(summary.body).toMatchObject({ sessionId: session, verdicts: { allow: 1 } });
  expect((await get(`/v1/sessions/${session}/terminals`)).body).toEqual({ terminals: [] });
  expect((await get(`/v1/sessions/${session}/terminals/..%2Frecords.ndjson`)).status).toBe(404);
});

test("the policy in force is shown as it is", async () => {
  const policy = await get("/v1/policy");
  expect(policy.body).toMatchObject({ text: expect.stringContaining("version: gate/v1"), digest: expect.any(String) });
});

test("an approver sees what the rules asked for", () => {
  const facts: Facts = {
    kind: "http",
    classified: true,
    housekeeping: false,
    writes: true,
    fields: {
      method: { type: "set", items: [{ name: "POST" }], complete: true },
      body: { type: "map", entries: { "$.amount": [50_000], "$.note": ["a", null] }, complete: true },
      upgrade: { type: "none" },
    },
  };
  const hold = { id: "hold_1", grant: "api", rule: "refund", commandText: "POST /refunds", votes: [], facts };
  expect(holdDetails(hold as unknown as HoldRow, [], "", "").effects).toEqual({
    method: ["POST"],
    "body $.amount": ["50000"],
    "body $.note": ["a", "null"],
  });
});

async function ask(tunnel: Tunnel, line: string): Promise<string | undefined> {
  tunnel.socket.write(`${line}\n`);
  return tunnel.line();
}

interface Live {
  readonly last: number;
  readonly ended: Promise<string>;
  next(): Promise<Entry>;
  until(wanted: (entry: Entry) => boolean): Promise<Entry>;
  stop(): Promise<unknown>;
}

function listen(path: string, headers: Readonly<Record<string, string>> = {}): Live {
  const entries: Entry[] = [];
  let wake = (): void => undefined;
  let text = "";
  let last = -1;
  let finish: (all: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => (finish = resolve));
  const who = "cookie" in headers ? {} : ALICE;
  const asked = request(
    { host: "127.0.0.1", port: new URL(world.gateway.url).port, path, headers: { ...who, ...headers }, agent: false },
    (response) => {
      let rest = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
        rest += chunk.toString();
        const events = rest.split("\n\n");
        rest = events.pop() ?? "";
        for (const event of events) {
          const data = /^data: (.*)$/mu.exec(event)?.[1] ?? "{}";
          if (event.includes("event: entry")) entries.push(JSON.parse(data) as Entry);
        }
        wake();
      });
      response.on("close", () => finish(text));
    },
  );
  asked.on("error", () => finish(text));
  asked.end();
  const live: Live = {
    get last() {
      return last;
    },
    ended,
    async next() {
      for (;;) {
        const entry = entries.shift();
        if (entry !== undefined) {
          last = entry.seq;
          return entry;
        }
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    async until(wanted) {
      for (;;) {
        const entry = await live.next();
        if (wanted(entry)) return entry;
      }
    },
    stop() {
      asked.destroy();
      return ended;
    },
  };
  return live;
}
