import { expect, test, describe } from "@jest/globals";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import {
  createDpopKey,
  createProof,
  exportDpopKey,
  importDpopKey,
  tokenHash,
  verifyProof,
  type DpopKey,
} from "./dpop.ts";

const NOW = 1_700_000_000_000;
const URL_ = "https://gate.acme.dev/v1/token";

function makeVerifier() {
  const seen = new Set<string>();
  const used: number[] = [];
  return {
    used,
    verify: (proof: string, change: Partial<Parameters<typeof verifyProof>[1]> = {}) =>
      verifyProof(proof, {
        method: "POST",
        url: URL_,
        nowMs: NOW,
        useJti: async (jkt, jti, expiresAtMs) => {
          used.push(expiresAtMs);
          const fresh = !seen.has(`${jkt} ${jti}`);
          seen.add(`${jkt} ${jti}`);
          return fresh;
        },
        ...change,
      }),
  };
}

/** A proof with any header and payload, signed with the key. */
async function forge(
  key: DpopKey,
  header: Readonly<Record<string, unknown>>,
  payload: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  return new SignJWT({ htm: "POST", htu: URL_, iat: NOW / 1000, jti: "j1", ...payload })
    .setProtectedHeader({ typ: "dpop+jwt", alg: "ES256", jwk: key.publicJwk, ...header })
    .sign(key.privateKey);
}

test("a proof is taken once", async () => {
  const key = await createDpopKey();
  const { verify, used } = makeVerifier();
  const proof = await createProof(key, { method: "POST", url: URL_, nowMs: NOW, jti: "j1" });
  expect(await verify(proof)).toEqual({ jkt: key.jkt, jti: "j1" });
  await expect(verify(proof)).rejects.toHaveProperty("code", "PROOF_REPLAYED");
  expect(used[0]).toBeGreaterThan(NOW + 120_000);
});

test("a key survives the way to another process", async () => {
  const key = await createDpopKey({ extractable: true });
  const copy = await importDpopKey(await exportDpopKey(key));
  expect(copy.jkt).toBe(key.jkt);
  const proof = await createProof(copy, { method: "POST", url: URL_, nowMs: NOW, jti: "j1" });
  expect((await makeVerifier().verify(proof, { jkt: key.jkt })).jkt).toBe(key.jkt);
});

test("the query of the request is left out on both sides", async () => {
  const key = await createDpopKey();
  const proof = await createProof(key, { method: "POST", url: `${URL_}?a=1#b`, nowMs: NOW, jti: "j1" });
  await expect(makeVerifier().verify(proof, { url: `${URL_}?c=2` })).resolves.toBeDefined();
});

describe("a proof for something else is refused", () => {
  test.each([
    ["method", { htm: "GET" }, "PROOF_MISMATCH"],
    ["method in another case", { htm: "post" }, "PROOF_MISMATCH"],
    ["path", { htu: "https://gate.acme.dev/v1/tunnel" }, "PROOF_MISMATCH"],
    ["host", { htu: "https://evil.example/v1/token" }, "PROOF_MISMATCH"],
    ["trailing slash", { htu: `${URL_}/` }, "PROOF_MISMATCH"],
    ["query", { htu: `${URL_}?x` }, "PROOF_MISMATCH"],
    ["old", { iat: NOW / 1000 - 61 }, "PROOF_STALE"],
    ["future", { iat: NOW / 1000 + 61 }, "PROOF_STALE"],
    ["iat as text", { iat: "now" }, "PROOF_MALFORMED"],
    ["no jti", { jti: undefined }, "PROOF_MALFORMED"],
    ["an empty jti", { jti: "" }, "PROOF_MALFORMED"],
    ["a jti that is a number", { jti: 5 }, "PROOF_MALFORMED"],
    ["a long jti", { jti: "x".repeat(200) }, "PROOF_MALFORMED"],
  ])("%s", async (_name, payload, code) => {
    const { verify, used } = makeVerifier();
    await expect(verify(await forge(await createDpopKey(), {}, payload))).rejects.toHaveProperty("code", code);
    expect(used).toEqual([]);
  });

  test("another token, or none", async () => {
    const key = await createDpopKey();
    const { verify } = makeVerifier();
    const accessToken = "aaa.bbb.ccc";
    const bound = await forge(key, {}, { ath: tokenHash(accessToken) });
    await expect(verify(bound, { accessToken: "other" })).rejects.toHaveProperty("code", "PROOF_MISMATCH");
    await expect(verify(await forge(key, {}), { accessToken })).rejects.toHaveProperty("code", "PROOF_MISMATCH");
    await expect(verify(bound, { accessToken })).resolves.toBeDefined();
  });

  test("another key", async () => {
    const { verify } = makeVerifier();
    const proof = await forge(await createDpopKey(), {});
    const { jkt } = await createDpopKey();
    await expect(verify(proof, { jkt })).rejects.toHaveProperty("code", "PROOF_KEY");
  });
});

describe("a malformed proof is refused", () => {
  test("with the wrong typ", async () => {
    const proof = await forge(await createDpopKey(), { typ: "JWT" });
    await expect(makeVerifier().verify(proof)).rejects.toHaveProperty("code", "PROOF_MALFORMED");
  });

  test("with a private key in its header", async () => {
    const key = await createDpopKey({ extractable: true });
    const proof = await forge(key, { jwk: await exportDpopKey(key) });
    await expect(makeVerifier().verify(proof)).rejects.toHaveProperty("code", "PROOF_MALFORMED");
  });

  test("without a key, or with one that did not sign", async () => {
    const key = await createDpopKey();
    const other = await createDpopKey();
    const { verify } = makeVerifier();
    await expect(verify(await forge(key, { jwk: undefined }))).rejects.toHaveProperty("code", "PROOF_MALFORMED");
    await expect(verify(await forge(key, { jwk: other.publicJwk }))).rejects.toHaveProperty("code", "PROOF_SIGNATURE");
  });

  test("with another algorithm", async () => {
    const { privateKey, publicKey } = await generateKeyPair("RS256");
    const proof = await new SignJWT({ htm: "POST", htu: URL_, iat: NOW / 1000, jti: "j1" })
      .setProtectedHeader({ typ: "dpop+jwt", alg: "RS256", jwk: await exportJWK(publicKey) })
      .sign(privateKey);
    await expect(makeVerifier().verify(proof)).rejects.toHaveProperty("code", "PROOF_MALFORMED");
  });

  test.each(["", "a.b.c", "x".repeat(10_000)])("%j", async (proof) => {
    await expect(makeVerifier().verify(proof)).rejects.toHaveProperty("code", "PROOF_MALFORMED");
  });
});
