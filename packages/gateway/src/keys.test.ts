import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ManualClock, systemClock } from "@gate/base";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadOrCreateKeys } from "./keys.ts";
import { certificateTrouble, checkPair, selfSigned } from "./tls.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gate-keys-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the signing key", () => {
  test("is made once, readable by its owner alone, and everything derives from it", () => {
    const file = join(folder, "new", "gate.key");
    const first = loadOrCreateKeys(file);
    const second = loadOrCreateKeys(file);
    expect([first.created, second.created]).toEqual([true, false]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(second.pem).toBe(first.pem);
    expect(second.maskKey).toEqual(first.maskKey);
    const jwk = (keys: typeof first) => keys.sessionToken.publicKey.export({ format: "jwk" });
    expect(jwk(second)).toEqual(jwk(first));
    const other = loadOrCreateKeys(join(folder, "other.key"));
    expect(other.maskKey).not.toEqual(first.maskKey);
    expect(jwk(other)).not.toEqual(jwk(first));
  });

  test("is refused when others can read it", () => {
    const file = join(folder, "readable.key");
    loadOrCreateKeys(file);
    for (const mode of [0o640, 0o604, 0o660]) {
      chmodSync(file, mode);
      expect(() => loadOrCreateKeys(file)).toThrow(expect.objectContaining({ code: "KEY_READABLE" }));
    }
  });

  test("is refused when it is none, or of another kind", () => {
    const rsa = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });
    for (const text of ["", "nonsense", rsa]) {
      const file = join(folder, "bad.key");
      writeFileSync(file, text, { mode: 0o600 });
      expect(() => loadOrCreateKeys(file)).toThrow(expect.objectContaining({ code: "KEY_INVALID" }));
    }
  });
});

describe("the self-signed certificate", () => {
  test("is kept, and a client that trusts its file connects with full verification", async () => {
    const key = join(folder, "tls", "gate.key");
    loadOrCreateKeys(key);
    const first = await selfSigned(key, ["gate.internal"], systemClock);
    const second = await selfSigned(key, ["gate.internal"], systemClock);
    expect(second.cert).toBe(first.cert);
    expect(statSync(join(folder, "tls", "gate-tls.key")).mode & 0o777).toBe(0o600);
    checkPair(first);
    const server = createServer({ cert: first.cert, key: first.key }, (_request, response) => response.end("ok"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const ca = readFileSync(first.certFile, "utf8");
    for (const servername of ["localhost", "gate.internal"]) {
      const body = await new Promise((resolve, reject) => {
        get({ host: "127.0.0.1", port, servername, ca, agent: false }, (response) => {
          response.on("data", (chunk: Buffer) => resolve(chunk.toString()));
        }).on("error", reject);
      });
      expect(body).toBe("ok");
    }
    server.close();
  });

  test("is made anew for other names, and before it expires", async () => {
    const key = join(folder, "renew", "gate.key");
    loadOrCreateKeys(key);
    const clock = new ManualClock(Date.parse("2026-01-01T00:00:00Z"));
    const first = await selfSigned(key, ["a.example"], clock);
    const renamed = await selfSigned(key, ["b.example"], clock);
    expect(renamed.cert).not.toBe(first.cert);
    clock.advance(390 * 86_400_000);
    expect(certificateTrouble(renamed.cert, clock)).toContain("expires at");
    expect((await selfSigned(key, ["b.example"], clock)).cert).not.toBe(renamed.cert);
    clock.advance(20 * 86_400_000);
    expect(certificateTrouble(renamed.cert, clock)).toContain("expired at");
  });
});
