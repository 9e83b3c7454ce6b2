import { expect, test } from "@jest/globals";
import { generateKeyPairSync } from "node:crypto";
import { SignJWT, UnsecuredJWT } from "jose";
import { mintSessionToken, verifySessionToken, type SessionTokenClaims } from "./session-token.ts";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const ISSUER = "https://gate.acme.dev";
const NOW = 1_700_000_000_000;
const CLAIMS: SessionTokenClaims = {
  iss: ISSUER,
  aud: ISSUER,
  sid: "ses_1",
  txn: "t",
  iat: NOW / 1000,
  exp: NOW / 1000 + 600,
  cnf: { jkt: "thumb" },
  grants: ["orders-db"],
  pol: "digest",
  tctx: { run_id: "17" },
  del: 0,
};
const verify = (token: string, change: Partial<Parameters<typeof verifySessionToken>[1]> = {}) =>
  verifySessionToken(token, { key: publicKey, issuer: ISSUER, nowMs: NOW, ...change });
const forge = (claims: Readonly<Record<string, unknown>>, header: Readonly<Record<string, unknown>> = {}) =>
  new SignJWT({ ...CLAIMS, ...claims })
    .setProtectedHeader({ alg: "EdDSA", typ: "gate-session+jwt", ...header })
    .sign(privateKey);

test("what was minted is what is read", async () => {
  expect(await verify(await mintSessionToken(CLAIMS, privateKey))).toEqual(CLAIMS);
});

test.each([
  ["another issuer", { iss: "https://other.example" }],
  ["another audience", { aud: "https://other.example" }],
  ["no session", { sid: undefined }],
  ["no key", { cnf: undefined }],
  ["no thumbprint", { cnf: {} }],
  ["grants that are no list", { grants: "orders-db" }],
  ["grants that are no texts", { grants: [1] }],
  ["no policy", { pol: "" }],
  ["no delegation depth", { del: "0" }],
  ["no expiry", { exp: undefined }],
])("%s is refused", async (_name, change) => {
  await expect(verify(await forge(change))).rejects.toHaveProperty("code", "SESSION_TOKEN_INVALID");
});

test("an OIDC token, another typ and another key are refused", async () => {
  await expect(verify(await forge({}, { typ: "JWT" }))).rejects.toHaveProperty("code", "SESSION_TOKEN_INVALID");
  await expect(verify(await forge({}, { typ: undefined }))).rejects.toHaveProperty("code", "SESSION_TOKEN_INVALID");
  const other = generateKeyPairSync("ed25519");
  await expect(verify(await mintSessionToken(CLAIMS, other.privateKey))).rejects.toHaveProperty(
    "code",
    "SESSION_TOKEN_INVALID",
  );
  await expect(verify(new UnsecuredJWT({ ...CLAIMS, grants: [] }).encode())).rejects.toHaveProperty(
    "code",
    "SESSION_TOKEN_INVALID",
  );
});

test("the expiry has no tolerance, except where a caller allows for it", async () => {
  const token = await mintSessionToken(CLAIMS, privateKey);
  await expect(verify(token, { nowMs: NOW + 599_000 })).resolves.toBeDefined();
  await expect(verify(token, { nowMs: NOW + 600_000 })).rejects.toHaveProperty("code", "SESSION_TOKEN_EXPIRED");
  const late = { nowMs: NOW + 1_000_000, expiredForMsMax: 600_000 };
  await expect(verify(token, late)).resolves.toBeDefined();
  await expect(verify(token, { ...late, nowMs: NOW + 1_300_000 })).rejects.toHaveProperty(
    "code",
    "SESSION_TOKEN_EXPIRED",
  );
});

test("a token too large to be sent in a header is not minted", async () => {
  const tctx = { run_id: "x".repeat(20_000) };
  await expect(mintSessionToken({ ...CLAIMS, tctx }, privateKey)).rejects.toHaveProperty(
    "code",
    "SESSION_TOKEN_INVALID",
  );
});
