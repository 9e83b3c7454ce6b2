/**
 * Access tokens for targets, by the client credentials grant (RFC 6749 §4.4) through openid-client. One token for all
 * connections to a target; a new one is fetched before the old one expires. Touches the network (the token endpoint).
 */
import type { Clock } from "@gate/base";
import * as oauth from "openid-client";
import { Agent, fetch as undiciFetch } from "undici";
import { WebError } from "./errors.ts";
import type { OAuth2Credential } from "./target.ts";

export interface TokenSource {
  /** @throws {WebError} UPSTREAM_CREDENTIAL. */
  get(): Promise<string>;
  /** The target refused this token: the next `get` fetches another one. */
  refused(token: string): void;
}

export function tokenSource(credential: OAuth2Credential, clock: Clock): TokenSource {
  let current: { readonly token: string; readonly refreshAtMs: number } | undefined;
  let fetching: Promise<string> | undefined;
  const configuration = configure(credential);
  const load = async (): Promise<string> => {
    const before = clock.now();
    try {
      const answer = await oauth.clientCredentialsGrant(configuration, {
        ...(credential.scope === undefined ? {} : { scope: credential.scope }),
        ...(credential.audience === undefined ? {} : { audience: credential.audience }),
      });
      const lifeMs = Math.max(0, answer.expires_in ?? TOKEN_SECONDS_DEFAULT) * 1000;
      current = {
        token: answer.access_token,
        refreshAtMs: before + lifeMs - Math.min(REFRESH_MS_EARLY, lifeMs / 5),
      };
      return answer.access_token;
    } catch (error) {
      throw new WebError("operator", "UPSTREAM_CREDENTIAL", 502, "gate: no access token for the target could be had", {
        cause: error,
      });
    }
  };
  return {
    get() {
      if (current !== undefined && clock.now() < current.refreshAtMs) return Promise.resolve(current.token);
      fetching ??= load().finally(() => {
        fetching = undefined;
      });
      return fetching;
    },
    refused(token) {
      if (current?.token === token) current = undefined;
    },
  };
}

/** One source a configured target, whatever the connection. */
export function tokenSourceOf(credential: OAuth2Credential, clock: Clock): TokenSource {
  let source = SOURCES.get(credential);
  if (source === undefined) {
    source = tokenSource(credential, clock);
    SOURCES.set(credential, source);
  }
  return source;
}

function configure(credential: OAuth2Credential): oauth.Configuration {
  const { tokenUrl, clientId, clientSecret, ca } = credential;
  const configuration = new oauth.Configuration(
    { issuer: new URL(tokenUrl).origin, token_endpoint: tokenUrl },
    clientId,
    undefined,
    // The way that every server must take (RFC 6749 §2.3.1).
    oauth.ClientSecretBasic(clientSecret.reveal()),
  );
  configuration.timeout = TOKEN_SECONDS_MAX;
  // Only ever a loopback address: parseTarget refuses any other http: URL.

  if (tokenUrl.startsWith("http:")) oauth.allowInsecureRequests(configuration);
  if (ca !== undefined) {
    const dispatcher = new Agent({ connect: { ca } });
    configuration[oauth.customFetch] = (url, options) =>
      undiciFetch(url, { ...options, dispatcher } as Parameters<typeof undiciFetch>[1]);
  }
  return configuration;
}

const SOURCES = new WeakMap<OAuth2Credential, TokenSource>();
/** How long the token endpoint may take, in seconds. */
const TOKEN_SECONDS_MAX = 10;
/** Life of a token whose answer does not say it, in seconds. */
const TOKEN_SECONDS_DEFAULT = 300;
/** How long before its end a token is replaced, in milliseconds; a fifth of its life where that is less. */
const REFRESH_MS_EARLY = 60_000;
