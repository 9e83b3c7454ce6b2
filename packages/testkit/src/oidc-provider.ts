/** An OpenID Connect provider for tests: the `oidc-provider` package on a loopback port, where the test is the person. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";

export interface OidcUser {
  readonly sub: string;
  readonly claims?: Readonly<Record<string, unknown>>;
}

export interface OidcProvider {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Who signs in at the next visits; null: the person cancels. */
  signInAs(user: OidcUser | null): void;
  close(): Promise<void>;
}

export interface OidcProviderOptions {
  readonly redirectUris: readonly string[];
}

export async function startOidcProvider(options: OidcProviderOptions): Promise<OidcProvider> {
  const clientId = "gate";
  const clientSecret = "oidc-secret-0123456789";
  let user: OidcUser | null = null;
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = quietly(() => makeProvider());
  function makeProvider(): Provider {
    return new Provider(issuer, {
      clients: [
        {
          client_id: clientId,
          client_secret: clientSecret,
          redirect_uris: [...options.redirectUris],
          response_types: ["code"],
          grant_types: ["authorization_code"],
        },
      ],
      claims: {
        openid: ["sub"],
        profile: ["preferred_username", "groups", "github_login"],
        email: ["email", "email_verified"],
      },
      conformIdTokenClaims: false,
      // Without times of its own the package prints a notice for each kind.
      ttl: { Interaction: 600, Grant: 600, Session: 600, AccessToken: 600, IdToken: 600, AuthorizationCode: 60 },
      cookies: { keys: ["cookie-key-for-tests-only"] },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_context: unknown, interaction: { uid: string }) => `/visit/${interaction.uid}` },
      findAccount: (_context: unknown, id: string) => ({
        accountId: id,
        claims: () => ({ sub: id, ...(user?.sub === id ? user.claims : {}) }),
      }),
      loadExistingGrant: async (context: {
        oidc: { client?: { clientId: string }; session?: { accountId?: string } };
      }) => {
        const accountId = context.oidc.session?.accountId;
        const id = context.oidc.client?.clientId;
        if (accountId === undefined || id === undefined) return undefined;
        const grant = new provider.Grant({ clientId: id, accountId });
        grant.addOIDCScope("openid profile email");
        await grant.save();
        return grant;
      },
    });
  }
  const callback = provider.callback();
  server.on("request", (request, response) => {
    if (request.url?.startsWith("/visit/") !== true) {
      callback(request, response);
      return;
    }
    const result =
      user === null
        ? { error: "access_denied", error_description: "the person cancelled" }
        : { login: { accountId: user.sub, remember: false } };
    provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false }).catch(() => {
      response.writeHead(500).end();
    });
  });
  return {
    issuer,
    clientId,
    clientSecret,
    signInAs(next) {
      user = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The package warns that its keys and its memory are for tests only: here they are. */
function quietly<T>(run: () => T): T {
  const { warn } = console;
  console.warn = () => undefined;
  try {
    return run();
  } finally {
    console.warn = warn;
  }
}
