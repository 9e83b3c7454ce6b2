/**
 * Ed25519 keys in OpenSSH's forms: the private file (PROTOCOL.key), the public line, the fingerprint. Pure over
 * node:crypto, without any SSH library: the job's proxy uses it too.
 */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";

export interface OpensshKey {
  /** `-----BEGIN OPENSSH PRIVATE KEY-----` …: a secret. */
  readonly privateFile: string;
  /** `ssh-ed25519 AAAA…`, without a comment. */
  readonly publicLine: string;
}

/** A new key pair of a client. */
export function generateOpensshKey(): OpensshKey {
  return opensshKey(generateKeyPairSync("ed25519").privateKey);
}

/** @throws {TypeError} when it is no Ed25519 private key. */
export function opensshKey(key: KeyObject | string): OpensshKey {
  const privateKey = typeof key === "string" ? createPrivateKey(key) : key;
  if (privateKey.asymmetricKeyType !== "ed25519") throw new TypeError("not an Ed25519 key");
  const { d, x } = privateKey.export({ format: "jwk" });
  const seed = Buffer.from(d ?? "", "base64url");
  const point = Buffer.from(x ?? "", "base64url");
  const blob = Buffer.concat([string(TYPE), string(point)]);
  // Twice the same four bytes, by which a reader of an encrypted file sees that it has the passphrase right.
  const check = createHash("sha256").update(seed).update("check").digest().subarray(0, 4);
  const secret = Buffer.concat([
    check,
    check,
    string(TYPE),
    string(point),
    string(Buffer.concat([seed, point])),
    string(""),
  ]);
  const padding = Buffer.from(PADDING.subarray(0, (8 - (secret.length % 8)) % 8));
  const file = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    string("none"),
    string("none"),
    string(""),
    uint32(1),
    string(blob),
    string(Buffer.concat([secret, padding])),
  ]);
  const lines = file.toString("base64").match(/.{1,70}/gu) ?? [];
  return {
    privateFile: `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join("\n")}\n-----END OPENSSH PRIVATE KEY-----\n`,
    publicLine: publicLine(blob),
  };
}

/** The public line of a private key in PEM. */
export function publicLineOf(pem: string): string {
  const { x } = createPublicKey(pem).export({ format: "jwk" });
  return publicLine(Buffer.concat([string(TYPE), string(Buffer.from(x ?? "", "base64url"))]));
}

/** `SHA256:` and unpadded base64, as `ssh-keygen -l` prints it. */
export function fingerprintOf(blob: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/u, "")}`;
}

/** The first string of a public key blob: its type. `undefined` when there is none. */
export function blobType(blob: Uint8Array): string | undefined {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  if (bytes.length < 4) return undefined;
  const length = bytes.readUInt32BE(0);
  if (length === 0 || length > 64 || bytes.length < 4 + length) return undefined;
  const type = bytes.toString("latin1", 4, 4 + length);
  return /^[a-z0-9@.-]+$/u.test(type) ? type : undefined;
}

/** Reads `type base64 [comment]`; the blob, when it is one of that type. */
export function parsePublicLine(line: string): { readonly type: string; readonly blob: Buffer } | undefined {
  const [type, base64, ...rest] = line.trim().split(/[ \t]+/u);
  if (type === undefined || base64 === undefined || rest.length > 8) return undefined;
  if (!/^[A-Za-z0-9+/]{16,8192}={0,2}$/u.test(base64)) return undefined;
  const blob = Buffer.from(base64, "base64");
  return blobType(blob) === type ? { type, blob } : undefined;
}

function publicLine(blob: Buffer): string {
  return `${TYPE} ${blob.toString("base64")}`;
}

function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([uint32(bytes.length), bytes]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const TYPE = "ssh-ed25519";
const PADDING = Buffer.from([1, 2, 3, 4, 5, 6, 7]);
