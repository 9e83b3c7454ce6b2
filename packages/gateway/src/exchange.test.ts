import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createDpopKey } from "@gate/identity";
import { decodeJwt } from "jose";
import { createWorld, type World } from "./testing/world.ts";

let world: World;
let run = 1000;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.end());

/** Claims of a job that has not exchanged yet. */
const fresh = () => ({ run_id: String((run += 1)) });

test("a job's token and a proof become a session for the grants asked for", async () => {
  const details = '[{"type":"gate_grant","grant":"lines"}]';
  const answer = await world.exchange({ claims: fresh(), form: { authorization_details: details } });
  expect(answer.status).toBe(200);
  expect(answer.headers["cache-control"]).toBe("no-store");
  expect(answer.body).toMatchObject({
    issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
    token_type: "DPoP",
    expires_in: 600,
    max_expires_at: Math.floor(world.clock.now() / 1000) + 900,
    trust_rule: "deploy",
    authorization_details: [{ type: "gate_grant", grant: "lines", target: "shop", protocol: "line" }],
  });
  const claims = decodeJwt(String(answer.body["access_token"]));
  expect(claims).toMatchObject({
    iss: world.gateway.publicUrl,
    aud: world.gateway.publicUrl,
    sid: answer.body["session_id"],
    cnf: { jkt: world.key.jkt },
    grants: ["lines"],
    tctx: { repository_id: "456789" },
  });
  const session = await world.store.session(String(answer.body["session_id"]));
  expect(session).toMatchObject({ state: "open", jkt: world.key.jkt, trustRule: "deploy", mode: "gateway" });
});

test("without authorization details the session has all grants of the trust rule", async () => {
  const answer = await world.exchange({ claims: fresh() });
  expect(answer.body["authorization_details"]).toHaveLength(2);
});

describe("an exchange is refused", () => {
  const cases: readonly [
    string,
    number,
    string,
    () => Parameters<World["exchange"]>[0] | Promise<Parameters<World["exchange"]>[0]>,
  ][] = [
    ["for a token that is none", 400, "invalid_subject_token", () => ({ token: "nonsense" })],
    [
      "for a forged token",
      400,
      "invalid_subject_token",
      async () => ({ token: `${(await world.subjectToken()).slice(0, -8)}AAAAAAAA` }),
    ],
    [
      "for a token of another issuer",
      400,
      "invalid_subject_token",
      () => ({ claims: { iss: "https://evil.example" } }),
    ],
    ["for another audience", 400, "wrong_audience", () => ({ claims: { aud: "https://github.com/acme" } })],
    ["for an expired token", 400, "expired", () => ({ claims: { exp: Math.floor(world.clock.now() / 1000) - 90 } })],
    ["when no trust rule matches", 403, "trust_rule_not_matched", () => ({ claims: { ref: "refs/heads/evil" } })],
    ["for a token without a job", 400, "invalid_subject_token", () => ({ claims: { check_run_id: undefined } })],
    [
      "for an unknown grant",
      400,
      "unknown_grant",
      () => ({ claims: fresh(), form: { authorization_details: '[{"type":"gate_grant","grant":"x"}]' } }),
    ],
    [
      "for broken authorization details",
      400,
      "invalid_authorization_details",
      () => ({ claims: fresh(), form: { authorization_details: "{}" } }),
    ],
    ["without a proof", 400, "invalid_dpop", () => ({ claims: fresh(), proof: undefined })],
    [
      "with a proof for another path",
      400,
      "invalid_dpop",
      async () => ({ claims: fresh(), proof: await world.proof("POST", "/v1/tunnel") }),
    ],
    ["with a proof that is none", 400, "invalid_dpop", () => ({ claims: fresh(), proof: "a.b.c" })],
    ["for another grant type", 400, "unsupported_grant_type", () => ({ form: { grant_type: "client_credentials" } })],
    ["without a subject token", 400, "invalid_request", () => ({ form: { subject_token: "" } })],
    [
      "for another kind of token",
      400,
      "invalid_request",
      () => ({ form: { requested_token_type: "urn:ietf:params:oauth:token-type:jwt" } }),
    ],
  ];
  test.each(cases)("%s: %i %s", async (_name, status, code, make) => {
    const answer = await world.exchange(await make());
    expect(answer.body).toMatchObject({
      status,
      code,
      error: expect.any(String),
      error_description: expect.any(String),
    });
    expect(answer.status).toBe(status);
    expect(answer.headers["content-type"]).toContain("application/problem+json");
  });

  test("when a parameter is given twice", async () => {
    const dpop = await world.proof("POST", "/v1/token");
    const answer = await world.send("POST", "/v1/token", {
      headers: { "content-type": "application/x-www-form-urlencoded", dpop },
      body: "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=a&subject_token=b",
    });
    expect(answer.body["code"]).toBe("invalid_request");
  });

  test("with JSON instead of a form, and with a body that is too large", async () => {
    const json = await world.send("POST", "/v1/token", { headers: { "content-type": "application/json" }, body: "{}" });
    expect(json.status).toBe(415);
    const large = await world.send("POST", "/v1/token", {
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "x".repeat(70_000),
    });
    expect(large.status).toBe(413);
  });

  test("and names the trust rule, the claim, its value and what was needed", async () => {
    const answer = await world.exchange({ claims: { event_name: "pull_request_target" } });
    for (const part of ["deploy", "event_name", "pull_request_target", "push"]) {
      expect(answer.body["detail"]).toContain(part);
    }
  });
});

test("a subject token is used once", async () => {
  const token = await world.subjectToken(fresh());
  expect((await world.exchange({ token })).status).toBe(200);
  // The jti is used up, whichever of the two bounds answers first.
  expect((await world.exchange({ token })).status).toBeGreaterThanOrEqual(400);
  const claims = { ...fresh(), jti: "the-same" };
  expect((await world.exchange({ claims })).status).toBe(200);
  expect((await world.exchange({ claims: { ...claims, ...fresh() } })).body["code"]).toBe("replayed");
});

test("a proof is used once", async () => {
  const proof = await world.proof("POST", "/v1/token");
  expect((await world.exchange({ claims: fresh(), proof })).status).toBe(200);
  expect((await world.exchange({ claims: fresh(), proof })).body["code"]).toBe("invalid_dpop");
});

test("a job has one session: a second exchange is refused and recorded on the first", async () => {
  const job = fresh();
  const first = await world.exchange({ claims: job });
  const id = String(first.body["session_id"]);
  const before = world.gateway.engine.live(id)?.entries ?? 0;
  const second = await world.exchange({ claims: job, key: await createDpopKey() });
  expect(second.status).toBe(409);
  expect(second.body).toMatchObject({ code: "latch_taken" });
  expect(world.gateway.engine.live(id)?.entries).toBe(before + 1);
  expect(world.logged.join("")).toContain("latch refused");
});

test("two exchanges of one job at the same time give one session", async () => {
  const job = fresh();
  const answers = await Promise.all([1, 2, 3, 4].map(() => world.exchange({ claims: job })));
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409, 409, 409]);
});

describe("renewal", () => {
  test("moves the expiry, up to the maximum, with a fresh token and the same key", async () => {
    const job = fresh();
    const first = await world.exchange({ claims: job });
    const session = String(first.body["session_id"]);
    world.clock.advance(400_000);
    const renewed = await world.exchange({ claims: job, form: { session } });
    expect(renewed.body).toMatchObject({
      session_id: session,
      expires_in: 500,
      max_expires_at: first.body["max_expires_at"],
    });
    expect((await world.store.session(session))?.expiresAtMs).toBe(world.clock.now() + 500_000);
    expect(decodeJwt(String(renewed.body["access_token"])).txn).toBe(decodeJwt(String(first.body["access_token"])).txn);
  });

  test("is refused for another key, another job, an unknown session and a used token", async () => {
    const job = fresh();
    const session = String((await world.exchange({ claims: job })).body["session_id"]);
    const other = await world.exchange({ claims: job, form: { session }, key: await createDpopKey() });
    expect(other.body).toMatchObject({ status: 403, code: "renewal_refused" });
    expect((await world.exchange({ claims: fresh(), form: { session } })).body["code"]).toBe("renewal_refused");
    expect((await world.exchange({ claims: job, form: { session: "ses_x" } })).body["code"]).toBe("renewal_refused");
    const token = await world.subjectToken(job);
    expect((await world.exchange({ token, form: { session } })).status).toBe(200);
    expect((await world.exchange({ token, form: { session } })).body["code"]).toBe("replayed");
    const moved = await world.exchange({ claims: { ...job, ref: "refs/heads/x" }, form: { session } });
    expect(moved.body["code"]).toBe("trust_rule_not_matched");
  });

  test("is refused once the session has ended", async () => {
    const job = fresh();
    const session = String((await world.exchange({ claims: job })).body["session_id"]);
    world.clock.advance(601_000);
    const late = await world.exchange({ claims: job, form: { session } });
    expect(late.body["code"]).toBe("renewal_refused");
    // And a new one is not to be had either: the latch stays.
    expect((await world.exchange({ claims: job })).body["code"]).toBe("latch_taken");
  });
});

test("no token, proof or code ever reaches the log", async () => {
  const token = await world.subjectToken(fresh());
  const answer = await world.exchange({ token });
  const text = world.logged.join("");
  expect(text).not.toContain(token);
  expect(text).not.toContain(String(answer.body["access_token"]));
  expect(text).not.toContain("eyJ");
});
