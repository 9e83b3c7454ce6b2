import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import ssh2 from "ssh2";
import { blobType, fingerprintOf, generateOpensshKey, opensshKey, parsePublicLine, publicLineOf } from "./keys.ts";

test("a key file is the one that OpenSSH reads, with the same public line and fingerprint", () => {
  const folder = mkdtempSync(join(tmpdir(), "gate-key-"));
  try {
    const key = generateOpensshKey();
    const file = join(folder, "key");
    writeFileSync(file, key.privateFile, { mode: 0o600 });
    expect(execFileSync("ssh-keygen", ["-y", "-f", file]).toString().trim()).toBe(key.publicLine);
    const blob = parsePublicLine(key.publicLine)?.blob ?? Buffer.alloc(0);
    writeFileSync(`${file}.pub`, `${key.publicLine}\n`);
    expect(execFileSync("ssh-keygen", ["-lf", `${file}.pub`]).toString()).toContain(` ${fingerprintOf(blob)} `);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a key file is the one that the library reads", () => {
  const key = generateOpensshKey();
  const parsed = ssh2.utils.parseKey(key.privateFile);
  if (parsed instanceof Error) throw parsed;
  expect(`ssh-ed25519 ${parsed.getPublicSSH().toString("base64")}`).toBe(key.publicLine);
});

test("the same private key gives the same file every time", () => {
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  expect(opensshKey(pem)).toEqual(opensshKey(privateKey));
  expect(publicLineOf(pem)).toBe(opensshKey(pem).publicLine);
});

test("a key of another kind is refused", () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  expect(() => opensshKey(privateKey)).toThrow(TypeError);
});

test("a public line must be of the type that it says", () => {
  const { publicLine } = generateOpensshKey();
  expect(parsePublicLine(publicLine)?.type).toBe("ssh-ed25519");
  expect(parsePublicLine(publicLine.replace("ssh-ed25519", "ssh-rsa"))).toBeUndefined();
  expect(parsePublicLine("ssh-ed25519")).toBeUndefined();
  expect(parsePublicLine("ssh-ed25519 !!!!")).toBeUndefined();
  expect(blobType(Buffer.from([0, 0, 0, 200, 1]))).toBeUndefined();
});
