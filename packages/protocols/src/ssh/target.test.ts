import { execFileSync } from "node:child_process";
import { createHmac, generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { Secret } from "@gate/base";
import ssh2 from "ssh2";
import { SshError } from "./errors.ts";
import { fingerprintOf, generateOpensshKey, parsePublicLine } from "./keys.ts";
import { parseTarget } from "./target.ts";

const host = generateOpensshKey();
const other = generateOpensshKey();
const fingerprint = fingerprintOf(parsePublicLine(host.publicLine)?.blob ?? Buffer.alloc(0));
const client = generateOpensshKey();
const good = {
  address: "bastion.internal:2222",
  host_key: fingerprint,
  credential: { username: "deploy", private_key: client.privateFile },
};
const folder = mkdtempSync(join(tmpdir(), "gate-keys-"));
afterAll(() => rmSync(folder, { recursive: true }));

function problem(input: Record<string, unknown>): string {
  try {
    parseTarget(input);
  } catch (error) {
    expect(error).toBeInstanceOf(SshError);
    expect((error as SshError).code).toBe("TARGET_INVALID");
    return (error as SshError).message;
  }
  throw new Error("the target was accepted");
}

/** A key made by OpenSSH itself. */
function made(name: string, ...more: string[]): string {
  const file = join(folder, name);
  execFileSync("ssh-keygen", ["-q", "-f", file, "-C", "", ...more]);
  return readFileSync(file, "utf8").trim();
}

test("a target has an address, a pinned host key and a credential", () => {
  expect(parseTarget(good)).toMatchObject({
    host: "bastion.internal",
    port: 2222,
    hostKeys: { fingerprints: [fingerprint] },
    credential: { username: "deploy" },
  });
  expect(parseTarget({ ...good, address: "[::1]" })).toMatchObject({ host: "::1", port: 22 });
});

test("a password may come as a secret", () => {
  const target = parseTarget({ ...good, credential: { username: "a", password: new Secret("b") } });
  expect(target.credential.password?.reveal()).toBe("b");
});

test.each<[string, Record<string, unknown>, string]>([
  ["an unknown key", { ...good, hostkey: "x" }, "hostkey"],
  ["no address", { ...good, address: undefined }, "address"],
  ["a port out of range", { ...good, address: "a:70000" }, "address"],
  ["no host key", { ...good, host_key: undefined }, "host_key"],
  ["both forms of it", { ...good, known_hosts: "x" }, "host_key"],
  ["an MD5 fingerprint", { ...good, host_key: "MD5:00:11" }, "host_key"],
  ["an empty list", { ...good, host_key: [] }, "host_key"],
  [
    "a known_hosts without the address",
    { ...good, host_key: undefined, known_hosts: `a ${host.publicLine}` },
    "known_hosts",
  ],
  ["no credential", { ...good, credential: undefined }, "credential"],
  ["no user name", { ...good, credential: { password: "x" } }, "credential.username"],
  ["nothing to sign in with", { ...good, credential: { username: "x" } }, "credential.private_key"],
  [
    "a public key",
    { ...good, credential: { username: "x", private_key: client.publicLine } },
    "credential.private_key",
  ],
  [
    "a passphrase alone",
    { ...good, credential: { username: "x", password: "y", passphrase: "z" } },
    "credential.passphrase",
  ],
])("%s is refused, naming the key", (_what, input, key) => {
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  expect(problem(given)).toMatch(new RegExp(`^${key.replace(".", "\\.")} `, "u"));
});

describe("host keys", () => {
  test("a public line also says which type to ask for", () => {
    expect(parseTarget({ ...good, host_key: `${host.publicLine} root@bastion` }).hostKeys).toEqual({
      fingerprints: [fingerprint],
      types: ["ssh-ed25519"],
    });
  });

  const salt = Buffer.alloc(20, 7);
  const hashed = createHmac("sha1", salt).update("[bastion.internal]:2222").digest("base64");
  test.each([
    `[bastion.internal]:2222 ${host.publicLine}`,
    `other,[BASTION.internal]:2222 ${host.publicLine} comment here`,
    `[*.internal]:2222 ${host.publicLine}`,
    `|1|${salt.toString("base64")}|${hashed} ${host.publicLine}`,
    `# comment\n\n[bastion.internal]:2222 ${host.publicLine}\nx ${other.publicLine}`,
  ])("known_hosts: %#", (file) => {
    const { host_key: _none, ...rest } = good;
    expect(parseTarget({ ...rest, known_hosts: file }).hostKeys).toEqual({
      fingerprints: [fingerprint],
      types: ["ssh-ed25519"],
    });
  });

  test.each([
    `bastion.internal ${host.publicLine}`,
    `[*.internal]:2222,![bastion.internal]:2222 ${host.publicLine}`,
    `@cert-authority [bastion.internal]:2222 ${host.publicLine}`,
    `[bastion.internal]:2222 ${host.publicLine}\n@revoked * ${host.publicLine}`,
  ])("known_hosts without a usable key: %#", (file) => {
    const { host_key: _none, ...rest } = good;
    expect(problem({ ...rest, known_hosts: file })).toMatch(/^known_hosts /u);
  });
});

describe("private keys that OpenSSH and OpenSSL write", () => {
  const pkcs8 = (type: "ed25519" | "rsa" | "ec", passphrase?: string): string => {
    const options = { modulusLength: 2048, namedCurve: "P-256" };
    const { privateKey } = generateKeyPairSync(type as "rsa", options as { modulusLength: number });
    return privateKey
      .export({
        type: "pkcs8",
        format: "pem",
        ...(passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase }),
      })
      .toString()
      .trim();
  };
  test.each<[string, () => string, string | undefined]>([
    ["OpenSSH Ed25519", () => made("a", "-t", "ed25519", "-N", ""), undefined],
    ["OpenSSH Ed25519, encrypted", () => made("b", "-t", "ed25519", "-N", "secret words"), "secret words"],
    ["OpenSSH RSA, encrypted", () => made("c", "-t", "rsa", "-b", "2048", "-N", "secret words"), "secret words"],
    ["OpenSSH ECDSA", () => made("d", "-t", "ecdsa", "-N", ""), undefined],
    ["OpenSSH ECDSA, encrypted", () => made("e", "-t", "ecdsa", "-N", "secret words"), "secret words"],
    [
      "PEM RSA, encrypted",
      () => made("f", "-t", "rsa", "-m", "PEM", "-b", "2048", "-N", "secret words"),
      "secret words",
    ],
    ["PKCS #8 Ed25519", () => pkcs8("ed25519"), undefined],
    ["PKCS #8 RSA, encrypted", () => pkcs8("rsa", "secret words"), "secret words"],
    ["PKCS #8 ECDSA", () => pkcs8("ec"), undefined],
  ])("%s", (_name, file, passphrase) => {
    const credential = { username: "x", private_key: file(), ...(passphrase === undefined ? {} : { passphrase }) };
    const target = parseTarget({ ...good, credential });
    const parsed = ssh2.utils.parseKey(target.credential.privateKey?.reveal() ?? "");
    expect(parsed).not.toBeInstanceOf(Error);
    expect((parsed as ssh2.ParsedKey).isPrivateKey()).toBe(true);
    if (passphrase === undefined) return;
    expect(problem({ ...good, credential: { ...credential, passphrase: "wrong" } })).toMatch(
      /^credential.private_key /u,
    );
    expect(
      problem({ ...good, credential: { username: "x", private_key: file.name === "" ? credential.private_key : "" } }),
    ).toMatch(/^credential.private_key /u);
  });
});
