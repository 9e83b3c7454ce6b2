import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import {
  Browser,
  freePort,
  samlProvider,
  startOidcProvider,
  type OidcProvider,
  type Page,
  type SamlAnswerOptions,
  type SamlProvider,
} from "@gate/testkit";
import { createHash, randomBytes } from "node:crypto";
import { writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FAILURES_PER_MINUTE_MAX } from "../gateway.ts";
import { LOGINS_PER_MINUTE_MAX } from "./routes.ts";
import { createWorld, type World } from "../testing/world.ts";
import { LOGIN_IDLE_MS_MAX, LOGIN_MS_MAX, LoginSessions } from "./sessions.ts";

const ALICE = {
  sub: "00u1",
  claims: { preferred_username: "alice", email: "alice@acme.dev", email_verified: true, groups: ["oncall", "finance"] },
};
const JSON_TYPE = { "content-type": "application/json" };
let folder: string;
let oidc: OidcProvider;
let saml: SamlProvider;
let port: number;
let world: World;
let browser: Browser;

const at = (path: string): string => `http://127.0.0.1:${port}${path}`;
const json = (page: Page): Record<string, unknown> => JSON.parse(page.text) as Record<string, unknown>;
const me = async (who = browser): Promise<Record<string, unknown>> => json(await who.visit(at("/v1/me")));

beforeAll(async () => {
  port = await freePort();
  folder = mkdtempSync(join(tmpdir(), "gate-people-"));
  oidc = await startOidcProvider({ redirectUris: [at("/login/oidc/callback")] });
  saml = await samlProvider("http://127.0.0.1:9/sso");
  writeFileSync(join(folder, "idp.pem"), saml.cert);
});

afterAll(async () => {
  await oidc.close();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  world = await createWorld({
    port,
    peopleText: `people:
  oidc: {issuer: "${oidc.issuer}", client_id: ${oidc.clientId}, client_secret: env:OIDC_SECRET, groups_claim: groups, github_login_claim: github_login}
  saml: {entry_point: "${saml.entryPoint}", idp_cert: "file:${join(folder, "idp.pem")}", groups_attribute: groups}
`,
  });
  browser = new Browser();
  oidc.signInAs(ALICE);
});

afterEach(() => world.end());

describe("OpenID Connect", () => {
  test("a person signs in, and is who the provider says", async () => {
    const page = await browser.visit(at("/login/oidc?return_to=%2Fv1%2Fme"));
    expect(page).toMatchObject({ url: at("/v1/me"), status: 200 });
    expect(json(page)).toMatchObject({
      name: "alice",
      method: "oidc",
      subjects: ["oidc-group:oncall", "oidc-group:finance", "person:alice@acme.dev"],
    });
    expect((await browser.visit(at("/v1/approvals"))).status).toBe(200);
  });

  test("names that people give themselves make no subjects", async () => {
    oidc.signInAs({
      sub: "00u2",
      claims: {
        preferred_username: "github-team:acme/dba",
        email: "ceo@acme.dev",
        email_verified: false,
        groups: "solo",
      },
    });
    await browser.visit(at("/login/oidc?return_to=%2Fv1%2Fme"));
    expect(await me()).toMatchObject({ name: "github-team:acme/dba", subjects: ["oidc-group:solo"] });
  });

  test("the cookie is for this host's requests only, and no script reads it", async () => {
    await browser.visit(at("/login/oidc"), { follow: 0 });
    const started = await browser.visit(at("/login/oidc"), { follow: 0 });
    expect(String(started.headers["set-cookie"])).toMatch(
      /^gate-login=[\w-]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/,
    );
  });

  test("one address cannot begin sign-ins without end", async () => {
    for (let count = 0; count < LOGINS_PER_MINUTE_MAX; count += 1) {
      expect((await browser.visit(at("/login/oidc"), { follow: 0 })).status).toBe(303);
    }
    expect((await browser.visit(at("/login/oidc"), { follow: 0 })).status).toBe(429);
    expect((await browser.visit(at("/.well-known/gate"))).status).toBe(200);
  });

  test("who cancels is not signed in", async () => {
    oidc.signInAs(null);
    const page = await browser.visit(at("/login/oidc"));
    expect(page.status).toBe(403);
    expect(page.text).toContain("access_denied");
    expect((await browser.visit(at("/v1/me"))).status).toBe(401);
  });

  test("an answer counts once, in the browser that asked, under its own state", async () => {
    const callback = await stopBefore("/login/oidc/callback");
    expect((await new Browser().visit(callback)).status).toBe(403);
    // The stranger's try has used it up: nobody can finish it any more.
    expect((await browser.visit(callback)).status).toBe(403);
    const second = new URL(await stopBefore("/login/oidc/callback"));
    second.searchParams.set("state", randomBytes(24).toString("base64url"));
    expect((await browser.visit(second.href)).status).toBe(403);
    expect((await browser.visit(at("/v1/me"))).status).toBe(401);
  });

  test("a code of another login is refused by the provider", async () => {
    const mine = new URL(await stopBefore("/login/oidc/callback"));
    const victim = new Browser();
    const theirs = new URL(await stopBefore("/login/oidc/callback", victim));
    theirs.searchParams.set("code", mine.searchParams.get("code") ?? "");
    const page = await victim.visit(theirs.href);
    expect(page).toMatchObject({ status: 403 });
    expect((await victim.visit(at("/v1/me"))).status).toBe(401);
  });

  test.each([
    "https://evil.example",
    "//evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    "/\t/evil.example",
    "evil",
  ])("a sign-in never ends at %j", async (target) => {
    const page = await browser.visit(at(`/login/oidc?return_to=${encodeURIComponent(target)}`));
    expect(new URL(page.url).origin).toBe(at(""));
    expect(new URL(page.url).pathname).toBe("/");
  });
});

describe("a sign-in", () => {
  test("ends when nothing is asked for a while, and for good after half a day", async () => {
    await browser.visit(at("/login/oidc"));
    for (let hour = 0; hour < 11; hour++) {
      world.clock.advance(LOGIN_IDLE_MS_MAX - 1);
      expect(await me()).toMatchObject({ name: "alice" });
    }
    world.clock.advance(LOGIN_MS_MAX - 11 * (LOGIN_IDLE_MS_MAX - 1));
    expect((await browser.visit(at("/v1/me"))).status).toBe(401);
    await browser.visit(at("/login/oidc"));
    world.clock.advance(LOGIN_IDLE_MS_MAX);
    expect((await browser.visit(at("/v1/me"))).status).toBe(401);
  });

  test("ends with logout, which another site cannot ask for", async () => {
    await browser.visit(at("/login/oidc"));
    const { csrf } = await me();
    const cookie = browser.cookie(at(""), "gate") ?? "";
    expect((await browser.visit(at("/logout"), { method: "POST" })).status).toBe(403);
    // A form on another site: the browser sends no cookie, and would take what the answer sets.
    await browser.visit(at("/logout"), { form: {}, crossSite: true });
    expect(await me()).toMatchObject({ name: "alice" });
    const headers = { "x-gate-csrf": String(csrf) };
    expect((await browser.visit(at("/logout"), { method: "POST", headers })).status).toBe(204);
    browser.setCookie(at(""), "gate", cookie);
    expect((await browser.visit(at("/v1/me"))).status).toBe(401);
  });

  test("by cookie votes only from our own pages", async () => {
    await browser.visit(at("/login/oidc"));
    const { csrf } = await me();
    const vote = (headers: Record<string, string>) =>
      browser.visit(at("/v1/approvals/hold_x/votes"), {
        method: "POST",
        body: "{}",
        headers: { "content-type": "application/json", ...headers },
      });
    expect((await vote({})).status).toBe(403);
    expect((await vote({ "x-gate-csrf": "guess" })).status).toBe(403);
    const good = { "x-gate-csrf": String(csrf) };
    expect((await vote({ ...good, origin: "https://evil.example" })).status).toBe(403);
    expect((await vote({ ...good, "sec-fetch-site": "cross-site" })).status).toBe(403);
    // Past the door: what is wrong now is the vote itself.
    expect((await vote({ ...good, origin: at(""), "sec-fetch-site": "same-origin" })).status).toBe(400);
  });

  test("by cookie changes nothing from another site, however the body is sent", async () => {
    await browser.visit(at("/login/oidc"));
    const { access_token: token, session_id: session } = await world.open();
    const device = (await world.send("POST", "/v1/people/device", { body: "{}", headers: JSON_TYPE })).body;
    const code = String(device["user_code"]);
    const paths = [
      `/v1/sessions/${session}/revoke`,
      "/v1/policy/explain",
      "/v1/approvals/x/votes",
      "/logout",
      "/login/device",
    ];
    const types = [
      "application/json",
      "application/x-www-form-urlencoded",
      "text/plain",
      "multipart/form-data; boundary=x",
      "",
    ];
    for (const path of paths) {
      for (const type of types) {
        for (const origin of ["https://evil.example", "null", undefined]) {
          const headers = {
            ...(type === "" ? {} : { "content-type": type }),
            ...(origin === undefined ? {} : { origin }),
          };
          const body = type.startsWith("application/json") ? '{"vote":"approve"}' : `code=${code}&vote=approve`;
          const page = await browser.visit(at(path), { method: "POST", headers, body });
          expect({ path, type, status: [403, 415].includes(page.status) }).toEqual({ path, type, status: true });
        }
      }
      expect((await browser.visit(at(path), { method: "POST" })).status).toBe(403);
    }
    expect(await me()).toMatchObject({ name: "alice" });
    expect((await world.asSession(token, "GET", `/v1/sessions/${session}`)).body).toMatchObject({ state: "open" });
    const ask = { body: JSON.stringify({ device_code: device["device_code"] }), headers: JSON_TYPE };
    expect((await world.send("POST", "/v1/people/device/token", ask)).status).toBe(202);
  });

  test("is not kept out by the failures of others behind its address", async () => {
    await browser.visit(at("/login/oidc"));
    const bearer = { headers: { authorization: "Bearer gp_guess-0123456789abcdef" } };
    for (let count = 0; count < FAILURES_PER_MINUTE_MAX; count += 1) await world.send("GET", "/v1/approvals", bearer);
    expect((await world.send("GET", "/v1/approvals", bearer)).status).toBe(429);
    expect((await world.send("GET", "/v1/approvals")).status).toBe(429);
    expect((await world.send("GET", "/v1/approvals", { headers: { cookie: "gate=guess" } })).status).toBe(429);
    expect((await browser.visit(at("/v1/approvals"))).status).toBe(200);
  });

  test("is not in the store in a form that could be used", async () => {
    await browser.visit(at("/login/oidc"));
    const rows = JSON.stringify(await world.store.documents("person-session"));
    expect(rows).toContain("alice");
    expect(rows).not.toContain(browser.cookie(at(""), "gate"));
    expect(world.logged.join("")).not.toContain(browser.cookie(at(""), "gate"));
  });
});

describe("SAML", () => {
  const BOB = { nameId: "bob@acme.dev", groups: ["oncall"] };
  const signIn = async (options: Partial<SamlAnswerOptions> = {}, who = browser): Promise<Page> => {
    const started = await who.visit(at("/login/saml?return_to=%2Fv1%2Fme"), { follow: 0 });
    const form = await saml.answer(String(started.headers["location"]), { user: BOB, ...options });
    return who.visit(at("/login/saml/acs"), { form: { ...form }, crossSite: true });
  };

  test("a person signs in, and is who the provider says", async () => {
    const page = await signIn();
    expect(page).toMatchObject({ url: at("/v1/me"), status: 200 });
    expect(json(page)).toMatchObject({
      name: "bob@acme.dev",
      method: "saml",
      subjects: ["saml-group:oncall", "person:bob@acme.dev"],
    });
  });

  test.each<[string, Partial<SamlAnswerOptions>]>([
    ["an assertion without a signature", { signAssertion: false }],
    ["a signature by another key", { foreignKey: true }],
    ["another audience", { audience: "https://elsewhere.example" }],
    ["an answer to a request that was never made", { inResponseTo: "_0123456789" }],
    ["a group added after the signature", { change: (xml) => xml.replace("oncall", "dba") }],
    ["a SHA-1 signature", { signatureAlgorithm: "rsa-sha1", digestAlgorithm: "sha1" }],
    ["entities", { change: (xml) => `<!DOCTYPE x [<!ENTITY e "dba">]>${xml}` }],
    ["an unsigned assertion wrapped around the signed one", { change: wrapped }],
    ["the signed assertion moved into extensions", { change: (xml) => movedAside(xml) }],
  ])("%s signs nobody in", async (_what, options) => {
    expect((await signIn(options)).status).toBe(403);
    expect((await browser.visit(at("/v1/me"))).status).toBe(401);
  });

  test("a comment inside a signed name changes nobody into somebody else", async () => {
    const page = await signIn({
      user: { nameId: "ceo@acme.dev.evil.example", groups: [] },
      change: (xml) => xml.replace("ceo@acme.dev.evil.example", "ceo@acme.dev<!-- -->.evil.example"),
    });
    // The signature is over the text without comments, so it may hold: the name must then be the whole one.
    expect([200, 403]).toContain(page.status);
    const names = page.status === 200 ? [json(page)["name"]] : [];
    expect(names).not.toContain("ceo@acme.dev");
    expect(page.status === 403 || names[0] === "ceo@acme.dev.evil.example").toBe(true);
  });

  test("an answer counts once, and only in the browser that asked", async () => {
    const started = await browser.visit(at("/login/saml"), { follow: 0 });
    const form = { ...(await saml.answer(String(started.headers["location"]), { user: BOB })) };
    const first = await browser.visit(at("/login/saml/acs"), { form, crossSite: true, follow: 0 });
    expect(first.status).toBe(303);
    expect((await browser.visit(at("/login/saml/acs"), { form, crossSite: true })).status).toBe(403);
    const finish = new URL(String(first.headers["location"]), at("")).href;
    expect((await new Browser().visit(finish)).status).toBe(403);
    expect((await browser.visit(finish)).status).toBe(403);
  });

  test("an assertion of one login does not fit the request of another", async () => {
    const first = await browser.visit(at("/login/saml"), { follow: 0 });
    const answer = await saml.answer(String(first.headers["location"]), { user: BOB });
    const second = await browser.visit(at("/login/saml"), { follow: 0 });
    const RelayState = new URL(String(second.headers["location"])).searchParams.get("RelayState") ?? "";
    const page = await browser.visit(at("/login/saml/acs"), { form: { ...answer, RelayState }, crossSite: true });
    expect(page.status).toBe(403);
  });

  test("the metadata names where answers go", async () => {
    const page = await browser.visit(at("/login/saml/metadata"));
    expect(page.text).toContain(at("/login/saml/acs"));
  });
});

describe("the command line", () => {
  const post = async (path: string, body: object) =>
    world.send("POST", path, { headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

  test("gets a token over its own loopback port", async () => {
    const verifier = randomBytes(32).toString("base64url");
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    const state = randomBytes(16).toString("base64url");
    const listener = await freePort();
    const query = new URLSearchParams({ cli_port: String(listener), cli_state: state, cli_challenge: challenge });
    const confirmed = async (): Promise<string> => {
      const page = await browser.visit(at(`/login/oidc?${query.toString()}`));
      expect(page).toMatchObject({ status: 200, text: expect.stringContaining("<strong>alice</strong>") });
      const handle = /name="handle" value="([\w-]+)"/u.exec(page.text)?.[1] ?? "";
      // Another browser, or a second click, gets nothing.
      expect((await new Browser().visit(at("/login/cli"), { form: { handle: "x" } })).status).toBe(403);
      const sent = await browser.visit(at("/login/cli"), { form: { handle }, follow: 0 });
      expect((await browser.visit(at("/login/cli"), { form: { handle } })).status).toBe(403);
      return String(sent.headers["location"]);
    };
    const callback = await confirmed();
    expect(new URL(callback)).toMatchObject({ host: `127.0.0.1:${listener}` });
    const code = new URL(callback).searchParams.get("code");
    expect(new URL(callback).searchParams.get("state")).toBe(state);
    expect((await post("/v1/people/token", { code, verifier: "x".repeat(43) })).status).toBe(400);
    // A wrong verifier has used it up.
    expect((await post("/v1/people/token", { code, verifier })).status).toBe(400);
    const again = new URL(await confirmed());
    const answer = await post("/v1/people/token", { code: again.searchParams.get("code"), verifier });
    expect(answer).toMatchObject({ status: 200, body: { name: "alice" } });
    const headers = { authorization: `Bearer ${String(answer.body["token"])}` };
    expect((await world.send("GET", "/v1/approvals", { headers })).status).toBe(200);
    // No cookie came with it: the browser is not signed in by this.
    expect((await browser.visit(at("/v1/me"))).status).toBe(401);
    await world.send("POST", "/v1/people/logout", { headers });
    expect((await world.send("GET", "/v1/approvals", { headers })).status).toBe(401);
  });

  test("gets a token when a person types its code", async () => {
    const device = (await post("/v1/people/device", {})).body;
    const ask = () => post("/v1/people/device/token", { device_code: device["device_code"] });
    expect((await ask()).status).toBe(202);
    expect(device).not.toHaveProperty("verification_uri_complete");
    expect((await browser.visit(String(device["verification_uri"]))).url).toContain("/login");
    await browser.visit(at("/login/oidc?return_to=%2Flogin%2Fdevice"));
    const { csrf } = await me();
    const code = String(device["user_code"]);
    // A link cannot fill the code in.
    const form = await browser.visit(at(`/login/device?code=${code}`));
    expect(form).toMatchObject({ status: 200, text: expect.stringContaining("One that somebody sent you") });
    expect(form.text).not.toContain(code);
    expect((await browser.visit(at("/login/device"), { form: { code, csrf: "no" } })).status).toBe(403);
    expect((await ask()).status).toBe(202);
    expect((await browser.visit(at("/login/device"), { form: { code, csrf: String(csrf) } })).status).toBe(200);
    const answer = await ask();
    expect(answer).toMatchObject({ status: 200, body: { name: "alice" } });
    expect((await ask()).status).toBe(400);
    world.clock.advance(LOGIN_MS_MAX);
    const headers = { authorization: `Bearer ${String(answer.body["token"])}` };
    expect((await world.send("GET", "/v1/approvals", { headers })).status).toBe(401);
  });

  test("gets a token that ends with the sign-in of the browser that let it", async () => {
    await browser.visit(at("/login/oidc"));
    for (let hour = 0; hour < 11; hour++) {
      world.clock.advance(LOGIN_IDLE_MS_MAX - 1);
      await me();
    }
    const device = (await post("/v1/people/device", {})).body;
    const form = { code: String(device["user_code"]), csrf: String((await me())["csrf"]) };
    expect((await browser.visit(at("/login/device"), { form })).status).toBe(200);
    const answer = await post("/v1/people/device/token", { device_code: device["device_code"] });
    const headers = { authorization: `Bearer ${String(answer.body["token"])}` };
    expect((await world.send("GET", "/v1/approvals", { headers })).status).toBe(200);
    world.clock.advance(LOGIN_IDLE_MS_MAX + 11);
    expect((await world.send("GET", "/v1/approvals", { headers })).status).toBe(401);
  });
});

test("over TLS no other host and no plain page can set the cookies", async () => {
  await world.end();
  world = await createWorld({
    tls: true,
    port,
    peopleText: `people: {oidc: {issuer: "${oidc.issuer}", client_id: ${oidc.clientId}, client_secret: env:OIDC_SECRET}}\n`,
  });
  const started = await world.send("GET", "/login/oidc");
  expect(String(started.headers["set-cookie"])).toMatch(
    /^__Host-gate-login=[\w-]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
  );
  const csrf = { cookie: "__Host-gate=x" };
  expect(String((await world.send("POST", "/logout", { headers: csrf })).headers["set-cookie"])).toMatch(
    /^__Host-gate=; Path=\/; Max-Age=0; HttpOnly; SameSite=Lax; Secure$/,
  );
  // A cookie of the plain name is nobody's, also when its secret is right.
  const person = { name: "alice", subjects: [], identity: { id: "oidc:1", realm: "oidc", aliases: [] } };
  const secret = await new LoginSessions(world.store, world.clock).open({ person, method: "oidc" });
  const as = (cookie: string) => world.send("GET", "/v1/me", { headers: { cookie } });
  expect((await as(`gate=${secret}`)).status).toBe(401);
  expect((await as(`__Host-gate=${secret}; __Host-gate=other`)).status).toBe(401);
  expect((await as(`__Host-gate=${secret}`)).status).toBe(200);
});

test("one person with two logins is not two, whatever name the second one shows", async () => {
  await world.end();
  world = await createWorld({
    port,
    approval: '{from: ["oidc-group:oncall", "github-team:acme/dba"], count: 2, timeout: 5m}',
    peopleText: `people:
  tokens: {mallory: {token: env:ALICE_TOKEN, subjects: ["github-team:acme/dba", "github-user:mallory"]}}
  oidc: {issuer: "${oidc.issuer}", client_id: ${oidc.clientId}, client_secret: env:OIDC_SECRET, groups_claim: groups}
`,
  });
  const tunnel = await world.tunnel((await world.open()).access_token);
  tunnel.socket.write("PUT a\n");
  const hold = /^WAIT (\S+)/u.exec((await tunnel.line()) ?? "")?.[1] ?? "";
  const path = `/v1/approvals/${hold}/votes`;
  const body = JSON.stringify({ vote: "approve" });
  const headers = { "content-type": "application/json" };
  const bearer = { ...headers, authorization: "Bearer alice-0123456789abcdef" };
  expect((await world.send("POST", path, { headers: bearer, body })).status).toBe(200);
  // Many providers let people choose this name themselves.
  oidc.signInAs({ sub: "00u9", claims: { preferred_username: "github-user:nobody", groups: ["oncall"] } });
  await browser.visit(at("/login/oidc"));
  const csrf = { ...headers, "x-gate-csrf": String((await me())["csrf"]) };
  const second = await browser.visit(at(path), { method: "POST", body, headers: csrf });
  expect(json(second)).toMatchObject({ status: 409, code: "not_comparable" });
  expect(world.reached).not.toContain("PUT a");
  tunnel.socket.destroy();
});

/** Follows redirects from a login until one that goes to `path`, and gives its address without visiting it. */
async function stopBefore(path: string, who = browser, start = "/login/oidc"): Promise<string> {
  let page = await who.visit(at(start), { follow: 0 });
  for (let steps = 0; steps < 10; steps++) {
    const next = new URL(String(page.headers["location"]), page.url);
    if (next.pathname === path) return next.href;
    page = await who.visit(next.href, { follow: 0 });
  }
  throw new Error(`never came to ${path}`);
}

/** Signature wrapping: a forged assertion in front, the signed one kept so that its signature still holds. */
function wrapped(xml: string): string {
  const signed = /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(xml)?.[0] ?? "";
  const forged = signed
    .replace(/<Signature[\s\S]*<\/Signature>/, "")
    .replace(/ID="[^"]*"/, 'ID="_forged"')
    .replaceAll("bob@acme.dev", "ceo@acme.dev");
  return xml.replace(signed, `${forged}${signed}`);
}

function movedAside(xml: string): string {
  const signed = /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(xml)?.[0] ?? "";
  const forged = signed
    .replace(/<Signature[\s\S]*<\/Signature>/, "")
    .replace(/ID="[^"]*"/, 'ID="_forged"')
    .replaceAll("bob@acme.dev", "ceo@acme.dev");
  return xml.replace(signed, `<samlp:Extensions>${signed}</samlp:Extensions>${forged}`);
}
