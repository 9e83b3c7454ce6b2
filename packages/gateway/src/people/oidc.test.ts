import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type JWTPayload } from "jose";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Secret } from "@gate/base";
import type { LoginError } from "./errors.ts";
import { OidcLogin } from "./oidc.ts";

const CALLBACK = "https://gate.acme.dev/login/oidc/callback";

let server: Server;
let issuer: string;
let sign: (claims: JWTPayload, change: Said) => Promise<string>;
/** What the provider answers next. */
let said: Said & { readonly nonce: string };

interface Said {
  /** Claims of the ID token; undefined removes one. */
  readonly idToken?: Readonly<Record<string, unknown>>;
  /** JSON. */
  readonly userinfo?: string;
  readonly key?: "none" | "stranger";
  readonly noIdToken?: boolean;
}

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair("RS256");
  const stranger = await generateKeyPair("RS256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "k1", alg: "RS256", use: "sig" };
  sign = async (claims, { key }) =>
    key === "none"
      ? new UnsecuredJWT(claims).encode()
      : new SignJWT(claims)
          .setProtectedHeader({ alg: "RS256", kid: "k1" })
          .sign(key === "stranger" ? stranger.privateKey : privateKey);
  server = createServer((request, response) => {
    answer(request.url ?? "").then(
      (body) => response.writeHead(200, { "content-type": "application/json" }).end(body),
      () => response.writeHead(500).end(),
    );
  });
  const answer = async (path: string): Promise<string> => {
    if (path === "/jwks") return JSON.stringify({ keys: [jwk] });
    if (path === "/me") return said.userinfo ?? "{}";
    if (path === "/token") {
      const seconds = Math.floor(Date.now() / 1000);
      const claims = { iss: issuer, aud: "gate", sub: "00u1", iat: seconds, exp: seconds + 60, nonce: said.nonce };
      const idToken = await sign({ ...claims, ...said.idToken }, said);
      const tokens = { access_token: "at", token_type: "Bearer", ...(said.noIdToken ? {} : { id_token: idToken }) };
      return JSON.stringify(tokens);
    }
    return JSON.stringify({
      issuer,
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/me`,
      jwks_uri: `${issuer}/jwks`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
      authorization_response_iss_parameter_supported: true,
    });
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

/** The end of a sign-in to which the provider answers so. */
async function finish(next: Said = {}, query: Readonly<Record<string, string>> = {}) {
  const login = new OidcLogin(
    {
      issuer,
      clientId: "gate",
      clientSecret: new Secret("oidc-secret-0123456789"),
      groupsClaim: "groups",
      nameClaim: "preferred_username",
      githubClaim: "github_login",
      scope: "openid",
    },
    () => CALLBACK,
  );
  const started = await login.begin();
  said = { ...next, nonce: started.nonce };
  const url = new URL(CALLBACK);
  const answer = { code: "c", state: started.state, iss: issuer, ...query };
  for (const [name, value] of Object.entries(answer)) url.searchParams.append(name, value);
  return login.finish(url, started);
}

const outcome = async (next: Said, query: Readonly<Record<string, string>> = {}): Promise<unknown> =>
  finish(next, query).then(
    ({ subjects }) => ({ subjects }),
    (error: LoginError) => error.code,
  );

test("what the provider says is who signs in", async () => {
  const claims = { groups: ["oncall"], email: "a@acme.dev", email_verified: true, github_login: "a-hub" };
  expect((await finish({ idToken: claims })).subjects).toEqual([
    "oidc-group:oncall",
    "person:a@acme.dev",
    "github-user:a-hub",
  ]);
});

describe("signs nobody in:", () => {
  test.each<[string, Said, Readonly<Record<string, string>>?]>([
    ["another provider's answer", {}, { iss: "https://evil.example" }],
    ["an answer to another request", {}, { state: "other" }],
    ["an error beside a code", {}, { error: "access_denied" }],
    ["an ID token of another sign-in", { idToken: { nonce: "other" } }],
    ["an ID token of no sign-in", { idToken: { nonce: undefined } }],
    ["an ID token for another client", { idToken: { aud: "other" } }],
    [
      "an ID token for us and another client, issued to that one",
      { idToken: { aud: ["gate", "other"], azp: "other" } },
    ],
    ["an ID token of another issuer", { idToken: { iss: "https://evil.example" } }],
    ["an ID token that is over", { idToken: { exp: 1 } }],
    ["an ID token without an end", { idToken: { exp: undefined } }],
    ["an ID token of nobody", { idToken: { sub: undefined } }],
    ["an ID token whose subject is a list", { idToken: { sub: ["00u1"] } }],
    ["an unsigned ID token", { key: "none" }],
    ["an ID token by another key", { key: "stranger" }],
    ["no ID token", { noIdToken: true }],
    ["the user info of somebody else", { userinfo: '{"sub":"00u2","groups":["dba"]}' }],
  ])("%s", async (_what, next, ...[query]) => {
    expect(await outcome(next, query)).toBe("LOGIN_REFUSED");
  });
});

describe("gives nobody a subject:", () => {
  const info = (members: string): string => `{"sub":"00u1",${members}}`;
  test.each<[string, Said]>([
    [
      "a prototype in the user info",
      {
        userinfo: info('"__proto__":{"groups":["dba"],"email":"c@acme.dev","email_verified":true,"github_login":"c"}'),
      },
    ],
    [
      "a prototype in the ID token",
      { idToken: JSON.parse('{"__proto__":{"groups":["dba"]}}') as Record<string, unknown>, userinfo: info('"x":1') },
    ],
    ["groups inside groups", { idToken: { groups: [["dba"], { name: "dba" }, null, 7, true] } }],
    ["groups by number", { idToken: { groups: { 0: "dba", length: 1 } } }],
    ["an address that is not verified", { idToken: { groups: [], email: "c@acme.dev", email_verified: false } }],
    ["an address that is verified in words", { idToken: { groups: [], email: "c@acme.dev", email_verified: "true" } }],
    ["addresses", { idToken: { groups: [], email: ["c@acme.dev"], email_verified: true } }],
    [
      "names with controls, direction marks and none at all",
      { idToken: { groups: ["db\u0000a", "\u202eabd", "d\u200bba", "", "x".repeat(300)], github_login: "a\nb" } },
    ],
  ])("%s", async (_what, next) => {
    expect(await outcome(next)).toEqual({ subjects: [] });
  });
});

test("one group is one group, whatever is in its name", async () => {
  expect(await outcome({ idToken: { groups: "ops,dba" } })).toEqual({ subjects: ["oidc-group:ops,dba"] });
  expect(await outcome({ idToken: { groups: ["github-team:acme/dba"] } })).toEqual({
    subjects: ["oidc-group:github-team:acme/dba"],
  });
});
