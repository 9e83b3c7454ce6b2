import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createDpopKey } from "@gate/identity";
import { extract } from "tar-stream";
import { createWorld, type Answer, type World } from "./testing/world.ts";

let world: World;
let run = 5000;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

const alice = { authorization: "Bearer alice-0123456789abcdef" };
const bob = { authorization: "Bearer bob-0123456789abcdef" };
const fresh = () => ({ run_id: String((run += 1)) });

async function openSession(): Promise<{ readonly token: string; readonly id: string }> {
  const { body } = await world.exchange({ claims: fresh() });
  return { token: String(body["access_token"]), id: String(body["session_id"]) };
}

const vote = (id: string, headers: Record<string, string>, body: unknown): Promise<Answer> =>
  world.send("POST", `/v1/approvals/${id}/votes`, {
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body),
  });

test("/.well-known/gate tells where everything is", async () => {
  const { body, headers } = await world.send("GET", "/.well-known/gate");
  const url = world.gateway.publicUrl;
  expect(body).toEqual({
    issuer: url,
    audience: url,
    token_endpoint: `${url}/v1/token`,
    tunnel: `${url}/v1/tunnel`,
    vkey: world.gateway.vkey,
    checks: "none",
    sign_in: [],
    version: expect.any(String),
  });
  expect(headers).toMatchObject({
    "x-content-type-options": "nosniff",
    "x-request-id": expect.stringMatching(/^req_/),
    "cache-control": "no-store",
  });
});

test("health, readiness and metrics answer on loopback", async () => {
  expect((await world.send("GET", "/healthz")).status).toBe(200);
  expect((await world.send("GET", "/readyz")).body).toEqual({ status: "ready" });
  for (const path of ["/healthz", "/readyz"]) {
    const probed = await world.send("HEAD", path);
    expect([probed.status, probed.raw.toString()]).toEqual([200, ""]);
  }
  expect((await world.send("HEAD", "/metrics")).status).toBe(404);
  await openSession();
  const metrics = await world.send("GET", "/metrics");
  expect(metrics.raw.toString()).toContain('gate_token_exchanges_total{result="issued"}');
});

test("a tunnel without an upgrade is told which one it takes", async () => {
  const { status, body, headers } = await world.send("GET", "/v1/tunnel");
  expect(status).toBe(426);
  expect(body).toMatchObject({ code: "upgrade_unknown", detail: expect.stringContaining("gate-tunnel") });
  expect(headers["upgrade"]).toBe("gate-tunnel");
});

test("the OpenAPI document names routes that exist", async () => {
  const { body } = await world.send("GET", "/openapi.json");
  for (const [path, methods] of Object.entries(body["paths"] as Record<string, Record<string, unknown>>)) {
    if (path === "/v1/tunnel") continue;
    for (const method of Object.keys(methods)) {
      const answer = await world.send(method.toUpperCase(), path.replace("{id}", "x").replace("{name}", "x.cast"));
      expect([path, method, answer.body["code"]]).not.toEqual([path, method, "not_found"]);
    }
  }
});

test("what is not there is a problem document, without a stack", async () => {
  const answer = await world.send("GET", "/v1/nothing");
  expect(answer.body).toEqual({
    type: "urn:gate:problem:not_found",
    title: "not found",
    status: 404,
    detail: "there is nothing here",
    code: "not_found",
  });
});

describe("people", () => {
  test.each([
    ["GET", "/v1/sessions"],
    ["GET", "/v1/approvals"],
    ["GET", "/v1/approvals/x"],
    ["POST", "/v1/sessions/x/revoke"],
    ["POST", "/v1/approvals/x/votes"],
  ])("%s %s needs one", async (method, path) => {
    for (const authorization of [undefined, "Bearer wrong", "Bearer ", "Basic alice-0123456789abcdef"]) {
      const answer = await world.send(method, path, { headers: authorization === undefined ? {} : { authorization } });
      expect(answer.body).toMatchObject({ status: 401, code: "person_unknown" });
      expect(answer.headers["www-authenticate"]).toBe("Bearer");
    }
  });

  test("list sessions by state and revoke one, which ends its tunnels", async () => {
    const { token, id } = await openSession();
    const tunnel = await world.tunnel(token);
    const listed = await world.send("GET", "/v1/sessions?state=open", { headers: alice });
    expect(listed.body["sessions"]).toContainEqual(
      expect.objectContaining({ id, state: "open", trust_rule: "deploy", connections: 1 }),
    );
    const revoked = await world.send("POST", `/v1/sessions/${id}/revoke`, { headers: alice });
    expect(revoked.body).toMatchObject({ id, state: "revoked" });
    expect(await tunnel.line()).toBe("BYE revoked by alice");
    expect((await world.tunnel(token)).problem).toMatchObject({ code: "session_ended" });
    expect((await world.send("GET", "/v1/sessions?state=nonsense", { headers: alice })).status).toBe(400);
    expect((await world.send("POST", "/v1/sessions/ses_x/revoke", { headers: alice })).status).toBe(404);
  });

  test("answer a held command; those whom the policy does not name cannot", async () => {
    const { token, id: session } = await openSession();
    const tunnel = await world.tunnel(token);
    tunnel.socket.write("PUT a\n");
    const hold = /^WAIT (\S+) (\S+)$/.exec((await tunnel.line()) ?? "");
    const id = hold?.[1] ?? "";
    expect(hold?.[2]).toBe(`${world.gateway.publicUrl}/v1/approvals/${id}`);
    expect(
      (await world.send("GET", "/v1/approvals?state=pending", { headers: alice })).body["approvals"],
    ).toContainEqual(expect.objectContaining({ id, command_text: "PUT a", rule: "write", state: "pending" }));
    expect((await vote(id, bob, { vote: "approve", reason: "" })).body).toMatchObject({
      status: 403,
      code: "not_eligible",
    });
    expect((await vote(id, alice, { vote: "maybe" })).status).toBe(400);
    expect((await vote(id, alice, { vote: "approve", extra: 1 })).status).toBe(400);
    expect((await vote(id, alice, { vote: "approve", reason: "x".repeat(2_000) })).status).toBe(400);
    expect((await vote("hold_x", alice, { vote: "approve" })).status).toBe(404);
    expect(world.reached).not.toContain("PUT a");
    const path = `/v1/sessions/${session}`;
    const waiting = [{ id, url: hold?.[2], rule: "write", target: expect.any(String) }];
    expect((await world.asSession(token, "GET", path)).body["pending_holds"]).toEqual(waiting);
    expect((await world.send("GET", path, { headers: alice })).body).not.toHaveProperty("pending_holds");
    const approved = await vote(id, alice, { vote: "approve", reason: "ticket 17" });
    expect(approved.status).toBe(200);
    expect(approved.body["votes"]).toEqual([expect.objectContaining({ approver: "alice", vote: "approve" })]);
    expect(await tunnel.line()).toBe("OK PUT a");
    expect(world.reached).toContain("PUT a");
    expect((await world.asSession(token, "GET", path)).body["pending_holds"]).toEqual([]);
    tunnel.socket.destroy();
  });
});

test("a job that asks and takes back in a loop hides nobody else's command, and its texts make no list long", async () => {
  const { token } = await openSession();
  const tunnel = await world.tunnel(token);
  tunnel.socket.write("PUT a\n");
  const id = /^WAIT (\S+)/.exec((await tunnel.line()) ?? "")?.[1] ?? "";
  const waiting = await world.store.hold(id);
  if (waiting === undefined) throw new Error("nothing waits");
  for (let count = 0; count < 1_200; count += 1) {
    const text = `PUT ${"x".repeat(60_000)}`;
    const flood = { ...waiting, id: `hold_${count}`, createdAtMs: waiting.createdAtMs + 1 + count, commandText: text };
    await world.store.putHold({ ...flood, state: "withdrawn" });
  }
  const pending = await world.send("GET", "/v1/approvals?state=pending", { headers: alice });
  expect(pending.body["approvals"]).toContainEqual(expect.objectContaining({ id, command_text: "PUT a" }));
  const all = await world.send("GET", "/v1/approvals", { headers: alice });
  expect(all.body["approvals"]).toHaveLength(1_000);
  expect(all.raw.length).toBeLessThan(8_000_000);
  const one = await world.send("GET", "/v1/approvals/hold_7", { headers: alice });
  expect(String(one.body["command_text"])).toHaveLength(60_004);
  tunnel.socket.destroy();
});

describe("a session", () => {
  test("sees itself and nobody else", async () => {
    const mine = await openSession();
    const other = await openSession();
    const seen = await world.asSession(mine.token, "GET", `/v1/sessions/${mine.id}`);
    expect(seen.body).toMatchObject({ id: mine.id, state: "open", verdicts: { allow: 0, hold: 0, deny: 0 } });
    for (const path of [`/v1/sessions/${other.id}`, "/v1/sessions/ses_x", `/v1/sessions/${other.id}/recording`]) {
      expect((await world.asSession(mine.token, "GET", path)).body).toMatchObject({ code: "session_unknown" });
    }
    expect((await world.asSession(mine.token, "POST", `/v1/sessions/${other.id}/close`)).status).toBe(404);
    expect((await world.asSession(mine.token, "POST", `/v1/sessions/${mine.id}/revoke`)).status).toBe(401);
    expect((await world.asSession(mine.token, "GET", "/v1/sessions")).status).toBe(401);
  });

  test("needs a fresh proof of its own key for every request", async () => {
    const { token, id } = await openSession();
    const path = `/v1/sessions/${id}`;
    const authorization = `DPoP ${token}`;
    const dpop = await world.proof("GET", path, { token });
    expect((await world.send("GET", path, { headers: { authorization, dpop } })).status).toBe(200);
    const again = await world.send("GET", path, { headers: { authorization, dpop } });
    expect(again.body).toMatchObject({ status: 401, code: "invalid_dpop" });
    expect(again.headers["www-authenticate"]).toContain("DPoP");
    const stolen = await world.proof("GET", path, { token, key: await createDpopKey() });
    expect((await world.send("GET", path, { headers: { authorization, dpop: stolen } })).status).toBe(401);
    expect((await world.send("GET", path, { headers: { authorization: `Bearer ${token}`, dpop } })).status).toBe(401);
  });

  test("closes once, however often it is asked, and then gives its sealed recording", async () => {
    const { token, id } = await openSession();
    const early = await world.asSession(token, "GET", `/v1/sessions/${id}/recording`);
    expect(early.body).toMatchObject({ status: 409, code: "recording_not_sealed" });
    const tunnel = await world.tunnel(token);
    tunnel.socket.write("GET x\n");
    await tunnel.line();
    const first = await world.asSession(token, "POST", `/v1/sessions/${id}/close`);
    const second = await world.asSession(token, "POST", `/v1/sessions/${id}/close`);
    expect(first.status).toBe(200);
    expect(second.body).toEqual(first.body);
    world.clock.advance(9 * 60_000);
    const bundle = await world.asSession(token, "GET", `/v1/sessions/${id}/recording`);
    expect(bundle.headers["content-type"]).toBe("application/x-tar");
    const files = await untar(bundle.raw);
    expect(Object.keys(files)).toEqual(
      expect.arrayContaining([
        "manifest.json",
        "records.ndjson",
        "checkpoints.note",
        "evidence/subject-token.jwt",
        "evidence/jwks.json",
        "evidence/policy.yaml",
        "evidence/session-token.json",
      ]),
    );
    expect(JSON.stringify(files)).not.toContain(token);
    expect((await world.send("GET", `/v1/sessions/${id}/recording`, { headers: alice })).status).toBe(200);
    expect((await world.asSession(token, "GET", `/v1/sessions/${id}`)).body).toMatchObject({
      state: "closed",
      entries: first.body["entries"],
      root: first.body["root"],
    });
    world.clock.advance(12 * 60_000);
    const late = await world.asSession(token, "GET", `/v1/sessions/${id}/recording`);
    expect(late.body).toMatchObject({ status: 401, code: "expired" });
  });
});

async function untar(bytes: Buffer): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  const reader = extract();
  reader.end(bytes);
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    files[entry.header.name] = Buffer.concat(chunks).toString();
  }
  return files;
}
