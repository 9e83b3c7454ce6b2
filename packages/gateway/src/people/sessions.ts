/**
 * Sign-ins of browsers and of the `gate` command. A browser holds a cookie, the command a bearer token; the store
 * holds the SHA-256 of either. Touches the store.
 */
import { constantTimeEqual, type Clock } from "@gate/base";
import type { Store } from "@gate/contract";
import { randomBytes } from "node:crypto";
import { readDocument, secretId, type SignedIn } from "./documents.ts";
import type { Person } from "./person.ts";

/** Milliseconds after which a browser that asks for nothing has to sign in again. */
export const LOGIN_IDLE_MS_MAX = 60 * 60_000;
/** Milliseconds after which every sign-in ends: groups and employment may have changed. */
export const LOGIN_MS_MAX = 12 * 3_600_000;

export interface LoginSession {
  readonly person: Person;
  readonly method: string;
  /** What unsafe requests of this browser have to repeat in a header. */
  readonly csrf: string;
  readonly expiresAtMs: number;
}

interface Row {
  readonly person: Person;
  readonly method: string;
  readonly csrf: string;
  readonly endsMs: number;
}

/**
 * When the browser last asked for something. A document of its own: a request that ran while somebody signed out would
 * otherwise write the sign-in back.
 */
interface Seen {
  readonly seenMs: number;
}

export class LoginSessions {
  readonly #store: Store;
  readonly #clock: Clock;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** @returns the cookie's value */
  async open({ person, method, untilMs }: SignedIn): Promise<string> {
    const secret = randomBytes(32).toString("base64url");
    const endsMs = this.#endsMs(untilMs);
    const row: Row = { person, method, csrf: randomBytes(24).toString("base64url"), endsMs };
    await this.#store.putDocument("person-session", secretId(secret), row, endsMs);
    await this.#see(secret);
    return secret;
  }

  /** @param how `look` does not count as use: a view that only stays open keeps no sign-in alive */
  async find(secret: string, how: "use" | "look" = "use"): Promise<LoginSession | undefined> {
    const nowMs = this.#clock.now();
    const row = await readDocument<Row>(this.#store, "person-session", secretId(secret), nowMs);
    const seen = await readDocument<Seen>(this.#store, "person-seen", secretId(secret), nowMs);
    if (row === undefined || seen === undefined) return undefined;
    if (how === "use" && nowMs - seen.seenMs > SEEN_MS) await this.#see(secret);
    const { person, method, csrf, endsMs } = row;
    return { person, method, csrf, expiresAtMs: endsMs };
  }

  async end(secret: string): Promise<void> {
    await this.#store.takeDocument("person-session", secretId(secret));
    await this.#store.takeDocument("person-seen", secretId(secret));
  }

  /** A bearer token for the `gate` command. */
  async issueToken(signedIn: SignedIn): Promise<{ readonly token: string; readonly expiresAtMs: number }> {
    const { person, method, untilMs } = signedIn;
    const token = `gp_${randomBytes(32).toString("base64url")}`;
    const expiresAtMs = this.#endsMs(untilMs);
    await this.#store.putDocument("person-token", secretId(token), { person, method }, expiresAtMs);
    return { token, expiresAtMs };
  }

  async findToken(token: string): Promise<Person | undefined> {
    const found = await readDocument<{ person: Person }>(
      this.#store,
      "person-token",
      secretId(token),
      this.#clock.now(),
    );
    return found?.person;
  }

  async endToken(token: string): Promise<void> {
    await this.#store.takeDocument("person-token", secretId(token));
  }

  async #see(secret: string): Promise<void> {
    const seen: Seen = { seenMs: this.#clock.now() };
    await this.#store.putDocument("person-seen", secretId(secret), seen, seen.seenMs + LOGIN_IDLE_MS_MAX);
  }

  #endsMs(untilMs = Infinity): number {
    return Math.min(this.#clock.now() + LOGIN_MS_MAX, untilMs);
  }
}

/** What an unsafe request of a browser shows of where it comes from. */
export interface Origins {
  readonly csrf: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
}

/** Why the request may come from another site; undefined: it comes from ours. */
export function crossSite(session: LoginSession, seen: Origins, publicUrl: string): string | undefined {
  if (seen.fetchSite !== undefined && seen.fetchSite !== "same-origin") return "the request comes from another site";
  if (seen.origin !== undefined && seen.origin !== new URL(publicUrl).origin) {
    return "the request's Origin is not this gateway";
  }
  if (seen.csrf === undefined || !constantTimeEqual(seen.csrf, session.csrf)) {
    return "the request lacks the x-gate-csrf value of GET /v1/me";
  }
  return undefined;
}

/** How often a sign-in's last use is written down, in milliseconds. */
const SEEN_MS = 60_000;
