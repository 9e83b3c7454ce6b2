/** Which person makes a request: by the cookie of a browser, a token from `gate login`, or a token of gateway.yaml. */
import { constantTimeEqual } from "@gate/base";
import type { FastifyRequest } from "fastify";
import { Problem } from "../problem.ts";
import { singleHeader } from "../single-header.ts";
import type { GatewayState } from "../state.ts";
import type { Person } from "./person.ts";
import { crossSite, type LoginSession } from "./sessions.ts";

/**
 * @param how `look` for what only stays open: it does not count as use of the sign-in
 *
 * A request with a bearer token is never also taken by its cookie. Unsafe requests by cookie must prove that they come
 * from our own pages.
 * @throws {Problem} 401 nobody; 403 from another site
 */
export async function authenticatePerson(
  state: GatewayState,
  request: FastifyRequest,
  how: "use" | "look" = "use",
): Promise<Person> {
  const authorization = singleHeader(request.raw, "authorization");
  if (authorization !== undefined) return byToken(state, authorization);
  const session = await browserSession(state, request, how);
  if (session === undefined) throw unknown();
  if (request.method !== "GET" && request.method !== "HEAD") assertSameSite(state, request, session);
  return session.person;
}

/**
 * The same, with failures counted against the address that makes them. Whoever is signed in is not kept out by others
 * behind their address, nor by a page that lets their browser fail: a sign-in's secret is not for guessing.
 * @throws {Problem} also 429
 */
export async function requirePerson(state: GatewayState, request: FastifyRequest): Promise<Person> {
  if (state.failures.blocked(request.ip)) {
    const byCookie = singleHeader(request.raw, "authorization") === undefined;
    if (!byCookie || (await browserSession(state, request, "look")) === undefined) limitFailures(state, request);
  }
  try {
    return await authenticatePerson(state, request);
  } catch (error) {
    state.failures.add(request.ip);
    throw error;
  }
}

/** @throws {Problem} 429 */
export function limitFailures(state: GatewayState, request: FastifyRequest): void {
  if (!state.failures.blocked(request.ip)) return;
  throw new Problem(429, "rate_limited", "too many failures from this address: wait a minute", {
    headers: { "retry-after": "60" },
  });
}

/** The sign-in of the request's cookie, whatever the request wants. */
export async function browserSession(
  state: GatewayState,
  request: FastifyRequest,
  how: "use" | "look" = "use",
): Promise<LoginSession | undefined> {
  const secret = cookieValue(request, sessionCookie(state));
  return secret === undefined ? undefined : state.logins.find(secret, how);
}

/** @throws {Problem} 403 */
export function assertSameSite(
  state: GatewayState,
  request: FastifyRequest,
  session: LoginSession,
  csrf = singleHeader(request.raw, "x-gate-csrf"),
): void {
  const why = crossSite(
    session,
    { csrf, origin: singleHeader(request.raw, "origin"), fetchSite: singleHeader(request.raw, "sec-fetch-site") },
    state.publicUrl,
  );
  if (why !== undefined) throw new Problem(403, "cross_site", why);
}

/** The cookie's name: over TLS the browser keeps other hosts and plain HTTP from setting it. */
export function sessionCookie(state: GatewayState): string {
  return isSecure(state) ? "__Host-gate" : "gate";
}

export function isSecure(state: GatewayState): boolean {
  return state.publicUrl.startsWith("https:");
}

/** A cookie that is there exactly once. */
export function cookieValue(request: FastifyRequest, name: string): string | undefined {
  const header = request.headers.cookie ?? "";
  if (header.length > COOKIES_CHARS_MAX) return undefined;
  const values = header
    .split(";")
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`));
  const value = values[0]?.slice(name.length + 1);
  return values.length === 1 && value !== undefined && /^[A-Za-z0-9_-]{1,128}$/.test(value) ? value : undefined;
}

async function byToken(state: GatewayState, authorization: string): Promise<Person> {
  const token = /^Bearer ([\x21-\x7e]{1,1024})$/i.exec(authorization)?.[1];
  if (token === undefined) throw unknown();
  let found: Person | undefined;
  // Every token is compared, so that the time does not tell whose is close.
  for (const person of state.people.tokens.values()) {
    if (constantTimeEqual(person.token.reveal(), token)) found = person;
  }
  found ??= await state.logins.findToken(token);
  if (found === undefined) throw unknown();
  const { name, subjects, identity } = found;
  return { name, subjects, identity };
}

function unknown(): Problem {
  return new Problem(401, "person_unknown", "sign in: open /login, run `gate login`, or send Authorization: Bearer", {
    headers: { "www-authenticate": "Bearer" },
  });
}

/** Characters of a Cookie header that is read. */
const COOKIES_CHARS_MAX = 8_192;
