/**
 * Sign-in through an OpenID Connect provider: code flow with PKCE, state and nonce (openid-client). The provider is
 * asked for its metadata at the first sign-in, so that a gateway starts while its provider is down. Touches the network.
 */
import { isLoopback } from "@gate/policy";
import type { Secret } from "@gate/base";
import * as client from "openid-client";
import { LoginError } from "./errors.ts";
import type { Person } from "./person.ts";

export interface OidcConfig {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: Secret | undefined;
  /** Claim with the person's groups: they become `oidc-group:<name>`. */
  readonly groupsClaim: string;
  /** Claim with the name that others see; it decides nothing. */
  readonly nameClaim: string;
  /** Claim, set by the provider's administrators, with the person's GitHub login: it links the two accounts. */
  readonly githubClaim: string | undefined;
  readonly scope: string;
}

export interface OidcStart {
  readonly url: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export class OidcLogin {
  readonly #config: OidcConfig;
  readonly #redirectUri: () => string;
  #server: Promise<client.Configuration> | undefined;

  constructor(config: OidcConfig, redirectUri: () => string) {
    this.#config = config;
    this.#redirectUri = redirectUri;
  }

  /** @throws {LoginError} PROVIDER_UNREACHABLE */
  async begin(): Promise<OidcStart> {
    const server = await this.#discover();
    const verifier = client.randomPKCECodeVerifier();
    const state = client.randomState();
    const nonce = client.randomNonce();
    const url = client.buildAuthorizationUrl(server, {
      redirect_uri: this.#redirectUri(),
      scope: this.#config.scope,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: "S256",
      state,
      nonce,
    });
    return { url: url.href, state, nonce, verifier };
  }

  /**
   * @param url the address to which the provider sent the browser back
   * @throws {LoginError} PROVIDER_UNREACHABLE, LOGIN_REFUSED
   */
  async finish(
    url: URL,
    started: { readonly state: string; readonly nonce: string; readonly verifier: string },
  ): Promise<Person> {
    const server = await this.#discover();
    try {
      const tokens = await client.authorizationCodeGrant(server, url, {
        expectedState: started.state,
        expectedNonce: started.nonce,
        pkceCodeVerifier: started.verifier,
        idTokenExpected: true,
      });
      // A map: as a member of an object, a claim named __proto__ would bring claims of its own.
      const claims = new Map<string, unknown>(Object.entries(tokens.claims() ?? {}));
      const subject = claims.get("sub");
      if (typeof subject !== "string") throw new LoginError("LOGIN_REFUSED", "the provider named no subject");
      if (!claims.has(this.#config.groupsClaim) && server.serverMetadata().userinfo_endpoint !== undefined) {
        const more = await client.fetchUserInfo(server, tokens.access_token, subject);
        for (const [name, value] of Object.entries(more)) if (!claims.has(name)) claims.set(name, value);
      }
      return this.#person(subject, claims);
    } catch (error) {
      if (error instanceof LoginError) throw error;
      throw new LoginError(
        "LOGIN_REFUSED",
        `the identity provider's answer was not accepted: ${reasonOf(error)}`,
        error,
      );
    }
  }

  #person(subject: string, claims: ReadonlyMap<string, unknown>): Person {
    const { issuer, groupsClaim, nameClaim, githubClaim } = this.#config;
    const email = claims.get("email_verified") === true ? text(claims.get("email")) : undefined;
    const github = githubClaim === undefined ? undefined : text(claims.get(githubClaim));
    const shown = text(claims.get(nameClaim));
    const groups = namesOf(claims.get(groupsClaim));
    return {
      name: shown ?? email ?? subject,
      subjects: [
        ...groups.map((group) => `oidc-group:${group}`),
        // Names that people can give themselves never decide: only what the provider has verified.
        ...(email === undefined ? [] : [`person:${email}`]),
        ...(github === undefined ? [] : [`github-user:${github}`]),
      ],
      identity: {
        id: `oidc:${issuer}#${subject}`,
        realm: `oidc:${issuer}`,
        aliases: [
          ...(email === undefined ? [] : [email]),
          ...(github === undefined ? [] : [github, `github-user:${github}`]),
        ],
      },
    };
  }

  async #discover(): Promise<client.Configuration> {
    this.#server ??= this.#ask();
    try {
      return await this.#server;
    } catch (error) {
      this.#server = undefined;
      throw new LoginError("PROVIDER_UNREACHABLE", `the identity provider does not answer: ${reasonOf(error)}`, error);
    }
  }

  #ask(): Promise<client.Configuration> {
    const url = new URL(this.#config.issuer);
    const loopback = url.protocol === "http:" && isLoopback(url.hostname);
    return client.discovery(url, this.#config.clientId, this.#config.clientSecret?.reveal(), undefined, {
      timeout: PROVIDER_SECONDS_MAX,
      ...(loopback ? { execute: [client.allowInsecureRequests] } : {}),
    });
  }
}

/** The library's own words and codes hold no token; a provider's error page would be peer bytes, and stays out. */
function reasonOf(error: unknown): string {
  if (error instanceof client.AuthorizationResponseError) return word(error.error);
  if (error instanceof client.ResponseBodyError) return word(error.error);
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" ? word(code) : "unreadable answer";
}

function word(value: string): string {
  return /^[A-Za-z0-9_.-]{1,64}$/.test(value) ? value : "unreadable answer";
}

/** Group names of a claim: a list, or one name. Others are left out, and so can approve nothing. */
export function namesOf(claim: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return values.slice(0, GROUPS_MAX).flatMap((value) => text(value) ?? []);
}

/** A name without control characters, of a sane length. */
export function text(value: unknown): string | undefined {
  if (typeof value !== "string" || value === "" || value.length > NAME_CHARS_MAX) return undefined;
  return /[\p{Cc}\p{Cf}\u2028\u2029]/u.test(value) ? undefined : value;
}

/** Seconds that the provider may take for one answer. */
const PROVIDER_SECONDS_MAX = 10;
/** Groups of one person that are looked at. */
const GROUPS_MAX = 1_000;
/** Characters of a name or group. */
const NAME_CHARS_MAX = 256;
