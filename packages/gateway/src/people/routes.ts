/** Signing in and out: `/login…` for browsers, `/v1/people/…` for the `gate` command, `/v1/me`. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { randomBytes } from "node:crypto";
import { Problem } from "../problem.ts";
import type { GatewayState } from "../state.ts";
import { Throttle } from "../throttle.ts";
import { assertSameSite, browserSession, cookieValue, isSecure, limitFailures, sessionCookie } from "./authenticate.ts";
import { DEVICE_INTERVAL_SECONDS, DEVICE_MS_MAX } from "./command-line.ts";
import { secretId, takeDocument, type CliRequest, type PendingLogin, type SignedIn } from "./documents.ts";
import { LoginError } from "./errors.ts";
import {
  chooserPage,
  commandLinePage,
  devicePage,
  donePage,
  failedPage,
  PAGE_POLICY,
  PAGE_STYLE,
  pageHtml,
  type Page,
} from "./pages.ts";
import { RESPONSE_CHARS_MAX } from "./saml-text.ts";
import { LOGIN_MS_MAX } from "./sessions.ts";

/** Milliseconds in which a person signs in at their provider. */
export const LOGIN_PENDING_MS_MAX = 10 * 60_000;
/** Sign-ins that one address may begin in a minute. */
export const LOGINS_PER_MINUTE_MAX = 120;
/** Milliseconds for the click that lets a command line act as a person. */
const CONFIRM_MS_MAX = 5 * 60_000;
/** Milliseconds between the provider's POST and the browser's own request that ends the login. */
const LOGIN_DONE_MS_MAX = 60_000;

export function addLoginRoutes(app: FastifyInstance, state: GatewayState): void {
  addPages(app, state);
  const begun = new Throttle(state.clock, { windowMs: 60_000, max: LOGINS_PER_MINUTE_MAX });
  addOidc(app, state, begun);
  addSaml(app, state, begun);
  addDevice(app, state);
  addCommandLine(app, state);
}

function addPages(app: FastifyInstance, state: GatewayState): void {
  app.get("/login/style.css", async (_request, reply) => reply.type("text/css; charset=utf-8").send(PAGE_STYLE));

  app.get("/login", async (request, reply) => {
    const query = new URLSearchParams(request.url.split("?")[1] ?? "").toString();
    const suffix = query === "" ? "" : `?${query}`;
    const methods = [
      ...(state.oidc === undefined ? [] : [{ label: "Continue with OpenID Connect", href: `/login/oidc${suffix}` }]),
      ...(state.saml === undefined ? [] : [{ label: "Continue with SAML", href: `/login/saml${suffix}` }]),
    ];
    const only = methods.length === 1 ? methods[0] : undefined;
    return only === undefined ? page(reply, 200, chooserPage(methods)) : reply.redirect(only.href, 303);
  });

  app.get("/login/done", async (_request, reply) =>
    page(reply, 200, donePage("You are signed in", "You can close this page and go back to the terminal.")),
  );

  app.get("/v1/me", async (request) => {
    const session = await browserSession(state, request);
    if (session === undefined) throw new Problem(401, "person_unknown", "not signed in: open /login");
    const { person, csrf, method, expiresAtMs } = session;
    return {
      name: person.name,
      subjects: person.subjects,
      method,
      csrf,
      expires_at: new Date(expiresAtMs).toISOString(),
    };
  });

  app.post("/logout", async (request, reply) => {
    const secret = cookieValue(request, sessionCookie(state));
    // From another site it comes without the cookie, and its answer must not take it away either.
    if (secret === undefined) return reply.code(204).send();
    const session = await state.logins.find(secret);
    if (session !== undefined) {
      assertSameSite(state, request, session);
      await state.logins.end(secret);
    }
    return reply
      .header("set-cookie", cookie(state, sessionCookie(state), "", 0))
      .code(204)
      .send();
  });
}

function addOidc(app: FastifyInstance, state: GatewayState, begun: Throttle): void {
  const { oidc } = state;
  if (oidc === undefined) return;
  app.get("/login/oidc", async (request, reply) =>
    guarded(state, request, reply, async () => {
      limitLogins(begun, request);
      const started = await oidc.begin();
      const pending = { method: "oidc" as const, nonce: started.nonce, verifier: started.verifier };
      await beginLogin(state, request, reply, started.state, pending);
      return reply.redirect(started.url, 303);
    }),
  );
  app.get("/login/oidc/callback", async (request, reply) =>
    guarded(state, request, reply, async () => {
      const loginState = queryOf(request).get("state") ?? "";
      const pending = await takePending(state, loginState, "oidc");
      assertBrowser(state, request, pending);
      const person = await oidc.finish(new URL(request.url, state.publicUrl), {
        state: loginState,
        nonce: pending.nonce ?? "",
        verifier: pending.verifier ?? "",
      });
      return finishLogin(state, reply, { person, method: "oidc" }, pending);
    }),
  );
}

function addSaml(app: FastifyInstance, state: GatewayState, begun: Throttle): void {
  const { saml } = state;
  if (saml === undefined) return;
  app.get("/login/saml", async (request, reply) =>
    guarded(state, request, reply, async () => {
      limitLogins(begun, request);
      const started = await saml.begin();
      await beginLogin(state, request, reply, started.relayState, { method: "saml", nonce: started.requestId });
      return reply.redirect(started.url, 303);
    }),
  );
  app.get("/login/saml/metadata", async (_request, reply) =>
    reply.type("application/samlmetadata+xml").send(saml.metadata()),
  );
  app.post("/login/saml/acs", { bodyLimit: 2 * RESPONSE_CHARS_MAX }, async (request, reply) =>
    guarded(state, request, reply, async () => {
      const form = new URLSearchParams(typeof request.body === "string" ? request.body : "");
      const relayState = form.get("RelayState") ?? "";
      const pending = await takePending(state, relayState, "saml");
      const { person, assertionId, endsMs } = await saml.finish(form.get("SAMLResponse") ?? "", pending.nonce ?? "");
      const untilMs = state.clock.now() + LOGIN_MS_MAX;
      if (!(await state.store.useJti(`saml:${person.identity.realm}`, assertionId, untilMs))) {
        throw new LoginError("LOGIN_REFUSED", "this assertion was used before");
      }
      // The provider's POST comes without our cookies (SameSite): the browser's own next request shows whose login it is.
      const handle = randomBytes(24).toString("base64url");
      const body: Done = { person, method: "saml", pending, ...(endsMs === undefined ? {} : { untilMs: endsMs }) };
      await state.store.putDocument("login-done", secretId(handle), body, state.clock.now() + LOGIN_DONE_MS_MAX);
      return reply.redirect(`/login/saml/finish?handle=${handle}`, 303);
    }),
  );
  app.get("/login/saml/finish", async (request, reply) =>
    guarded(state, request, reply, async () => {
      const handle = secretId(queryOf(request).get("handle") ?? "");
      const done = await takeDocument<Done>(state.store, "login-done", handle, state.clock.now());
      if (done === undefined) throw unknownLogin();
      assertBrowser(state, request, done.pending);
      const { pending, ...signedIn } = done;
      return finishLogin(state, reply, signedIn, pending);
    }),
  );
}

function addDevice(app: FastifyInstance, state: GatewayState): void {
  app.get("/login/device", async (request, reply) => {
    const session = await browserSession(state, request);
    if (session === undefined) return reply.redirect("/login?return_to=%2Flogin%2Fdevice", 303);
    // No link fills the code in (RFC 8628 §5.4): one that a stranger sends must not be a click away from their command.
    return page(reply, 200, devicePage({ csrf: session.csrf, name: session.person.name }));
  });
  app.post("/login/device", async (request, reply) =>
    guarded(state, request, reply, async () => {
      const session = await browserSession(state, request);
      if (session === undefined) return reply.redirect("/login?return_to=%2Flogin%2Fdevice", 303);
      const form = new URLSearchParams(typeof request.body === "string" ? request.body : "");
      assertSameSite(state, request, session, form.get("csrf") ?? undefined);
      const code = (form.get("code") ?? "").toUpperCase();
      // The command's sign-in is the browser's: it ends no later.
      const { person, method, expiresAtMs } = session;
      await state.commandLine.approveDevice(code, { person, method, untilMs: expiresAtMs });
      state.log.info({ person: session.person.name }, "a command line may act as a person");
      return page(
        reply,
        200,
        donePage("Done", "The command line acts as you for the next hours. You can close this page."),
      );
    }),
  );
}

function addCommandLine(app: FastifyInstance, state: GatewayState): void {
  app.post("/login/cli", async (request, reply) =>
    guarded(state, request, reply, async () => {
      const form = new URLSearchParams(typeof request.body === "string" ? request.body : "");
      const handle = secretId(form.get("handle") ?? "");
      const asked = await takeDocument<Confirm>(state.store, "cli-confirm", handle, state.clock.now());
      if (asked === undefined) throw unknownLogin();
      assertBrowser(state, request, asked.pending);
      const { pending: _pending, cli: _cli, ...signedIn } = asked;
      const code = await state.commandLine.issueCode(signedIn, asked.cli.challenge);
      const query = new URLSearchParams({ code, state: asked.cli.state });
      return reply.redirect(`http://127.0.0.1:${asked.cli.port}/callback?${query.toString()}`, 303);
    }),
  );
  const issue = async (signedIn: SignedIn): Promise<Readonly<Record<string, unknown>>> => {
    const { token, expiresAtMs } = await state.logins.issueToken(signedIn);
    const { name, subjects } = signedIn.person;
    return { token, name, subjects, expires_at: new Date(expiresAtMs).toISOString() };
  };
  app.post("/v1/people/token", async (request) => {
    limitFailures(state, request);
    const body = strings(request.body, ["code", "verifier"]);
    return issue(await asProblem(state, request, () => state.commandLine.redeemCode(body.code, body.verifier)));
  });
  app.post("/v1/people/device", async (request) => {
    limitFailures(state, request);
    if (state.oidc === undefined && state.saml === undefined) {
      throw new Problem(404, "no_login", "this gateway knows no identity provider: set people.oidc or people.saml");
    }
    const { deviceCode, userCode } = await state.commandLine.beginDevice();
    // Each costs two rows in the store until it is over.
    state.failures.add(request.ip);
    return {
      device_code: deviceCode,
      user_code: userCode,
      verification_uri: `${state.publicUrl}/login/device`,
      expires_in: DEVICE_MS_MAX / 1000,
      interval: DEVICE_INTERVAL_SECONDS,
    };
  });
  app.post("/v1/people/device/token", async (request, reply) => {
    limitFailures(state, request);
    const body = strings(request.body, ["device_code"]);
    const answer = await asProblem(state, request, () => state.commandLine.redeemDevice(body.device_code));
    if (answer === "pending") return reply.code(202).send({ status: "authorization_pending" });
    return issue(answer);
  });
  app.post("/v1/people/logout", async (request, reply) => {
    const token = /^Bearer (\S{1,1024})$/i.exec(request.headers.authorization ?? "")?.[1];
    if (token !== undefined) await state.logins.endToken(token);
    return reply.code(204).send();
  });
}

interface Done extends SignedIn {
  readonly pending: PendingLogin;
}

interface Confirm extends Done {
  readonly cli: CliRequest;
}

/** The form's answer leads to the command's own port, which browsers hold to the page's policy too. */
function loopbackPolicy(port: number): string {
  return PAGE_POLICY.replace("form-action 'self'", `form-action 'self' http://127.0.0.1:${port}`);
}

/** Anybody can begin a login, and each is a row in the store until its time is over. @throws {Problem} 429 */
function limitLogins(begun: Throttle, request: FastifyRequest): void {
  if (begun.blocked(request.ip)) {
    throw new Problem(429, "rate_limited", "too many sign-ins from this address: wait a minute", {
      headers: { "retry-after": "60" },
    });
  }
  begun.add(request.ip);
}

async function beginLogin(
  state: GatewayState,
  request: FastifyRequest,
  reply: FastifyReply,
  id: string,
  more: Pick<PendingLogin, "method" | "nonce" | "verifier">,
): Promise<void> {
  const query = queryOf(request);
  const cli = cliRequest(query);
  const browser = cookieValue(request, browserCookie(state)) ?? randomBytes(32).toString("base64url");
  const pending: PendingLogin = {
    ...more,
    browser: secretId(browser),
    returnTo: safePath(query.get("return_to")),
    ...(cli === undefined ? {} : { cli }),
  };
  await state.store.putDocument("login", secretId(id), pending, state.clock.now() + LOGIN_PENDING_MS_MAX);
  void reply.header("set-cookie", cookie(state, browserCookie(state), browser, LOGIN_PENDING_MS_MAX));
}

async function takePending(state: GatewayState, id: string, method: PendingLogin["method"]): Promise<PendingLogin> {
  const pending = await takeDocument<PendingLogin>(state.store, "login", secretId(id), state.clock.now());
  if (pending?.method !== method) throw unknownLogin();
  return pending;
}

/** Another browser's login, sent to a victim as a link, must not sign the victim in as somebody else. */
function assertBrowser(state: GatewayState, request: FastifyRequest, pending: PendingLogin): void {
  const browser = cookieValue(request, browserCookie(state));
  if (browser !== undefined && secretId(browser) === pending.browser) return;
  throw new LoginError("LOGIN_OTHER_BROWSER", "this sign-in was begun in another browser, or cookies are off");
}

async function finishLogin(
  state: GatewayState,
  reply: FastifyReply,
  signedIn: SignedIn,
  pending: PendingLogin,
): Promise<FastifyReply> {
  const { person, method } = signedIn;
  state.log.info(
    { person: person.name, identity: person.identity.id, method, cli: pending.cli !== undefined },
    "signed in",
  );
  if (pending.cli !== undefined) {
    // A provider that asks nothing would otherwise let any program with a port collect a login through the person's browser.
    const handle = randomBytes(24).toString("base64url");
    const body: Confirm = { ...signedIn, pending, cli: pending.cli };
    await state.store.putDocument("cli-confirm", secretId(handle), body, state.clock.now() + CONFIRM_MS_MAX);
    const { port } = pending.cli;
    return page(reply, 200, commandLinePage({ handle, name: person.name, port }), loopbackPolicy(port));
  }
  const secret = await state.logins.open(signedIn);
  void reply.header("set-cookie", cookie(state, sessionCookie(state), secret, LOGIN_MS_MAX));
  return reply.redirect(pending.returnTo, 303);
}

/** What goes wrong while a person watches is a page; the log has the cause. */
async function guarded(
  state: GatewayState,
  request: FastifyRequest,
  reply: FastifyReply,
  run: () => Promise<FastifyReply>,
): Promise<FastifyReply> {
  limitFailures(state, request);
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof LoginError)) throw error;
    if (error.code !== "PROVIDER_UNREACHABLE") state.failures.add(request.ip);
    state.log.warn({ request: request.id, code: error.code, detail: error.message }, "a sign-in failed");
    return page(reply, error.code === "PROVIDER_UNREACHABLE" ? 502 : 403, failedPage(`${error.message}.`));
  }
}

async function asProblem<T>(state: GatewayState, request: FastifyRequest, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof LoginError)) throw error;
    state.failures.add(request.ip);
    throw new Problem(400, error.code.toLowerCase(), error.message);
  }
}

function page(reply: FastifyReply, status: number, content: Page, policy = PAGE_POLICY): FastifyReply {
  return reply
    .code(status)
    .header("content-security-policy", policy)
    .type("text/html; charset=utf-8")
    .send(pageHtml(content));
}

function cookie(state: GatewayState, name: string, value: string, ageMs: number): string {
  const secure = isSecure(state) ? "; Secure" : "";
  return `${name}=${value}; Path=/; Max-Age=${Math.floor(ageMs / 1000)}; HttpOnly; SameSite=Lax${secure}`;
}

/** Names the browser while it is away at its provider. */
function browserCookie(state: GatewayState): string {
  return isSecure(state) ? "__Host-gate-login" : "gate-login";
}

function queryOf(request: FastifyRequest): URLSearchParams {
  return new URLSearchParams(request.url.split("?")[1] ?? "");
}

/** A path of this gateway and nothing else: no other origin, no `//`, no backslash that browsers read as a slash. */
function safePath(wanted: string | null): string {
  if (wanted === null || wanted.length > PATH_CHARS_MAX || !/^\/(?![/\\])[\x21-\x7e]*$/.test(wanted)) return "/";
  return wanted.includes("\\") ? "/" : wanted;
}

function cliRequest(query: URLSearchParams): CliRequest | undefined {
  const port = Number(query.get("cli_port") ?? "");
  const state = query.get("cli_state") ?? "";
  const challenge = query.get("cli_challenge") ?? "";
  if (!Number.isInteger(port) || port < 1024 || port > 65_535) return undefined;
  if (!/^[A-Za-z0-9_-]{16,128}$/.test(state) || !/^[A-Za-z0-9_-]{43}$/.test(challenge)) return undefined;
  return { port, state, challenge };
}

function strings<K extends string>(body: unknown, keys: readonly K[]): Readonly<Record<K, string>> {
  const members = body !== null && typeof body === "object" && !Array.isArray(body) ? body : {};
  const found = Object.fromEntries(
    keys.map((key) => [key, Object.hasOwn(members, key) ? (members as Record<string, unknown>)[key] : undefined]),
  );
  if (Object.values(found).every((value) => typeof value === "string" && value.length <= 512)) {
    return found as Record<K, string>;
  }
  throw new Problem(400, "invalid_request", `send JSON with the texts ${keys.join(", ")}`);
}

function unknownLogin(): LoginError {
  return new LoginError("LOGIN_UNKNOWN", "this sign-in is over or was used already");
}

/** Characters of a path to come back to. */
const PATH_CHARS_MAX = 1_024;
