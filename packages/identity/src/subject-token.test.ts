import { expect, test, describe } from "@jest/globals";
import { ManualClock } from "@gate/base";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWK } from "jose";
import { createHmac } from "node:crypto";
import { createIssuer, ISSUER_RETRY_MS, JWKS_AGE_MS_MAX, JWKS_COOLDOWN_MS, type HttpGet } from "./issuer.ts";
import { SUBJECT_TOKEN_AGE_MS_MAX, verifySubjectToken } from "./subject-token.ts";

const ISSUER = "https://token.actions.githubusercontent.com";
const AUDIENCE = "https://gate.acme.dev";

interface Key {
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
}

async function makeKey(kid: string, alg = "RS256"): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
}

/** An issuer whose keys and answers a test can change. */
async function makeIssuer() {
  const clock = new ManualClock();
  const key = await makeKey("k1");
  const served = { keys: [key.jwk], issuer: ISSUER, jwksUri: `${ISSUER}/jwks`, fail: false, fetches: 0 };
  const get: HttpGet = async (url) => {
    served.fetches += 1;
    if (served.fail) throw new Error("down");
    if (url.endsWith("/.well-known/openid-configuration")) {
      return Buffer.from(JSON.stringify({ issuer: served.issuer, jwks_uri: served.jwksUri }));
    }
    return Buffer.from(JSON.stringify({ keys: served.keys }));
  };
  const issuers = new Map([[ISSUER, createIssuer(ISSUER, { get, clock })]]);
  const nowS = Math.floor(clock.now() / 1000);
  const claims = { iss: ISSUER, aud: AUDIENCE, jti: "j1", iat: nowS, exp: nowS + 300, repository_id: "456789" };
  const sign = (
    change: Readonly<Record<string, unknown>> = {},
    by: Key = key,
    header: Readonly<Record<string, unknown>> = {},
  ): Promise<string> =>
    new SignJWT({ ...claims, ...change })
      .setProtectedHeader({ alg: "RS256", kid: by.kid, ...header })
      .sign(by.privateKey);
  const verify = (token: string) => verifySubjectToken(token, { issuers, audience: () => [AUDIENCE], clock });
  return { clock, key, served, claims, sign, verify, nowS };
}

test("a good token gives its claims, and no typ is asked for", async () => {
  const { sign, verify } = await makeIssuer();
  const token = await verify(await sign());
  expect(token).toMatchObject({ issuer: ISSUER, audience: AUDIENCE, jti: "j1" });
  expect(token.claims["repository_id"]).toBe("456789");
  expect(JSON.parse(Buffer.from(token.jwks).toString())).toHaveProperty("keys");
});

test.each(["ES256", "PS256"])("%s is taken as well", async (alg) => {
  const { sign, verify, served } = await makeIssuer();
  const other = await makeKey("k2", alg);
  served.keys.push(other.jwk);
  await expect(verify(await sign({}, other, { alg }))).resolves.toBeDefined();
});

test.each(["RS512", "ES384", "EdDSA"])("%s is not taken, though the issuer has such a key", async (alg) => {
  const { sign, verify, served } = await makeIssuer();
  const other = await makeKey("k2", alg);
  served.keys.push(other.jwk);
  await expect(verify(await sign({}, other, { alg }))).rejects.toHaveProperty("code", "TOKEN_ALGORITHM");
});

describe("a forged token", () => {
  test("with alg none is refused", async () => {
    const { claims, verify } = await makeIssuer();
    await expect(verify(new UnsecuredJWT(claims).encode())).rejects.toHaveProperty("name", "IdentityError");
    const header = Buffer.from('{"alg":"none"}').toString("base64url");
    const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
    await expect(verify(`${header}.${payload}.AA`)).rejects.toHaveProperty("code", "TOKEN_ALGORITHM");
  });

  test("with HS256 over the public key as its secret is refused", async () => {
    const { claims, key, verify } = await makeIssuer();
    const spki = await exportSPKI(key.publicKey);
    const header = Buffer.from(JSON.stringify({ alg: "HS256", kid: "k1" })).toString("base64url");
    const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
    const mac = createHmac("sha256", spki).update(`${header}.${payload}`).digest("base64url");
    await expect(verify(`${header}.${payload}.${mac}`)).rejects.toHaveProperty("code", "TOKEN_ALGORITHM");
  });

  test("signed by another key under a known kid is refused", async () => {
    const { sign, verify } = await makeIssuer();
    await expect(verify(await sign({}, await makeKey("k1")))).rejects.toHaveProperty("code", "TOKEN_SIGNATURE");
  });

  test("that brings its own key in the header is refused", async () => {
    const { sign, verify } = await makeIssuer();
    const own = await makeKey("own");
    const token = await sign({}, own, { jwk: own.jwk, jku: "https://evil.example/jwks" });
    await expect(verify(token)).rejects.toHaveProperty("code", "TOKEN_KEY_UNKNOWN");
  });

  test("with a critical header that we do not know is refused", async () => {
    const { sign, verify } = await makeIssuer();
    const parts = (await sign()).split(".");
    parts[0] = Buffer.from(JSON.stringify({ alg: "RS256", kid: "k1", crit: ["x"], x: 1 })).toString("base64url");
    await expect(verify(parts.join("."))).rejects.toHaveProperty("code", "TOKEN_MALFORMED");
  });

  test.each(["", "a.b", "a.b.c", "....", "x".repeat(20_000)])("%j is refused", async (token) => {
    const { verify } = await makeIssuer();
    await expect(verify(token)).rejects.toHaveProperty("name", "IdentityError");
  });
});

describe("claims", () => {
  test.each([
    ["another issuer", { iss: "https://evil.example" }, "ISSUER_UNKNOWN"],
    ["the issuer with a trailing slash", { iss: `${ISSUER}/` }, "ISSUER_UNKNOWN"],
    ["an issuer in a list", { iss: [ISSUER] }, "ISSUER_UNKNOWN"],
    ["another audience", { aud: "https://github.com/acme" }, "TOKEN_AUDIENCE"],
    ["an audience with a trailing slash", { aud: `${AUDIENCE}/` }, "TOKEN_AUDIENCE"],
    ["several audiences", { aud: [AUDIENCE, "https://other.example"] }, "TOKEN_AUDIENCE"],
    ["no audience", { aud: undefined }, "TOKEN_CLAIM"],
    ["no jti", { jti: undefined }, "TOKEN_CLAIM"],
    ["an empty jti", { jti: "" }, "TOKEN_CLAIM"],
    ["a jti that is a number", { jti: 7 }, "TOKEN_CLAIM"],
    ["no exp", { exp: undefined }, "TOKEN_CLAIM"],
    ["an exp that is text", { exp: "never" }, "TOKEN_CLAIM"],
    ["no iat", { iat: undefined }, "TOKEN_CLAIM"],
  ])("%s is refused", async (_name, change, code) => {
    const { sign, verify } = await makeIssuer();
    await expect(verify(await sign(change))).rejects.toHaveProperty("code", code);
  });

  test("one audience in a list of one is taken", async () => {
    const { sign, verify } = await makeIssuer();
    expect((await verify(await sign({ aud: [AUDIENCE] }))).audience).toBe(AUDIENCE);
  });

  test("time is checked with 60 s of tolerance and no more", async () => {
    const { sign, verify, nowS } = await makeIssuer();
    await expect(verify(await sign({ iat: nowS - 100, exp: nowS - 59 }))).resolves.toBeDefined();
    await expect(verify(await sign({ iat: nowS - 100, exp: nowS - 61 }))).rejects.toHaveProperty(
      "code",
      "TOKEN_EXPIRED",
    );
    await expect(verify(await sign({ iat: nowS + 59 }))).resolves.toBeDefined();
    await expect(verify(await sign({ iat: nowS + 61 }))).rejects.toHaveProperty("code", "TOKEN_CLAIM");
    await expect(verify(await sign({ nbf: nowS + 61 }))).rejects.toHaveProperty("code", "TOKEN_CLAIM");
  });

  test("a token that lives for a day is refused once it is old", async () => {
    const { sign, verify, clock, nowS } = await makeIssuer();
    const token = await sign({ exp: nowS + 86_400 });
    const { acceptableUntilMs } = await verify(token);
    clock.advance(SUBJECT_TOKEN_AGE_MS_MAX + 61_000);
    await expect(verify(token)).rejects.toHaveProperty("code", "TOKEN_EXPIRED");
    expect(acceptableUntilMs).toBeGreaterThan(clock.now() - 1_000);
  });
});

describe("the issuer's keys", () => {
  test("a rotated key is fetched once the cooldown is over, and not before", async () => {
    const { sign, verify, served, clock } = await makeIssuer();
    await verify(await sign());
    const next = await makeKey("k2");
    served.keys.push(next.jwk);
    const token = await sign({}, next);
    await expect(verify(token)).rejects.toHaveProperty("code", "TOKEN_KEY_UNKNOWN");
    const before = served.fetches;
    await expect(verify(token)).rejects.toHaveProperty("code", "TOKEN_KEY_UNKNOWN");
    expect(served.fetches).toBe(before);
    clock.advance(JWKS_COOLDOWN_MS);
    await expect(verify(token)).resolves.toBeDefined();
  });

  test("a key that was withdrawn is refused once the cache is old", async () => {
    const { sign, verify, served, clock } = await makeIssuer();
    await verify(await sign());
    served.keys.splice(0, 1, (await makeKey("k9")).jwk);
    clock.advance(JWKS_AGE_MS_MAX);
    const nowS = Math.floor(clock.now() / 1000);
    await expect(verify(await sign({ iat: nowS, exp: nowS + 300 }))).rejects.toHaveProperty(
      "code",
      "TOKEN_KEY_UNKNOWN",
    );
  });

  test("many tokens at once cause one fetch", async () => {
    const { sign, verify, served } = await makeIssuer();
    const token = await sign();
    await Promise.all(Array.from({ length: 20 }, () => verify(token)));
    expect(served.fetches).toBe(2);
  });

  test("an issuer that is down refuses, and is asked again a moment later", async () => {
    const { sign, verify, served, clock } = await makeIssuer();
    served.fail = true;
    await expect(verify(await sign())).rejects.toHaveProperty("code", "ISSUER_UNREACHABLE");
    served.fail = false;
    await expect(verify(await sign())).rejects.toHaveProperty("code", "ISSUER_UNREACHABLE");
    clock.advance(ISSUER_RETRY_MS);
    await expect(verify(await sign())).resolves.toBeDefined();
  });

  test.each([
    ["a discovery document of another issuer", { issuer: `${ISSUER}/` }],
    ["a key set over plain http", { jwksUri: "http://keys.example/jwks" }],
  ])("%s is refused", async (_name, change) => {
    const { sign, verify, served } = await makeIssuer();
    Object.assign(served, change);
    await expect(verify(await sign())).rejects.toHaveProperty("code", "ISSUER_MISMATCH");
  });

  test.each([
    "http://issuer.example",
    "ftp://issuer.example",
    "nonsense",
    "https://a:b@issuer.example",
    "https://x/?a=1",
  ])("an issuer at %s is refused", (url) => {
    const make = () => createIssuer(url, { get: async () => new Uint8Array(), clock: new ManualClock() });
    expect(make).toThrow(expect.objectContaining({ code: "ISSUER_URL" }));
  });

  test("plain http is taken on loopback", () => {
    for (const url of ["http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:9"]) {
      expect(createIssuer(url, { get: async () => new Uint8Array(), clock: new ManualClock() }).url).toBe(url);
    }
  });
});
