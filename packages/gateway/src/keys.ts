/**
 * The gateway's keys, all from one Ed25519 key file: the key itself signs recordings; the session token key, the
 * mask key and the host key are derived from it (HKDF-SHA256, RFC 5869), so there is one file to keep and to back up.
 * Touches the file system.
 */
import { generateKeyPairSync, createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from "node:crypto";
import { chmodSync, closeSync, fstatSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Secret } from "@gate/base";
import { GatewayError } from "./errors.ts";

export interface GatewayKeys {
  /** PKCS #8 PEM of the signing key: a secret. */
  readonly pem: string;
  /** Signs and verifies session tokens. */
  readonly sessionToken: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  /** 32 bytes: HMAC key of tokens that must be the same across sessions. */
  readonly maskKey: Uint8Array;
  /** PKCS #8 PEM of the key that servers of protocols prove themselves with to jobs. */
  readonly hostKey: Secret;
  /** True when the file was just made. */
  readonly created: boolean;
}

/**
 * Reads the key file, or makes it (mode 0600) when there is none.
 * @throws {GatewayError} KEY_READABLE when others could read it; KEY_INVALID when it is no Ed25519 key
 */
export function loadOrCreateKeys(file: string): GatewayKeys {
  const existing = readKeyFile(file);
  const pem = existing ?? createKeyFile(file);
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw new GatewayError("KEY_INVALID", `${file} is not a PEM private key: make one with gate keygen -o ${file}`, {
      cause,
    });
  }
  if (key.asymmetricKeyType !== "ed25519") {
    throw new GatewayError("KEY_INVALID", `${file} is not an Ed25519 key: make one with gate keygen -o ${file}`);
  }
  const seed = Buffer.from(key.export({ format: "jwk" }).d ?? "", "base64url");
  const privateKey = ed25519FromSeed(derive(seed, "gate session token key v1"));
  return {
    pem,
    sessionToken: { privateKey, publicKey: createPublicKey(privateKey) },
    maskKey: derive(seed, "gate mask key v1"),
    hostKey: new Secret(
      ed25519FromSeed(derive(seed, "gate host key v1")).export({ type: "pkcs8", format: "pem" }).toString(),
    ),
    created: existing === undefined,
  };
}

/**
 * Reads a file that holds a secret key. `undefined`: there is none.
 * @throws {GatewayError} KEY_READABLE, KEY_UNREADABLE
 */
export function readKeyFile(file: string): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, "r");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new GatewayError("KEY_UNREADABLE", `${file} cannot be read`, { cause });
  }
  try {
    const { mode } = fstatSync(descriptor);
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new GatewayError(
        "KEY_READABLE",
        `${file} can be read by others (mode ${(mode & 0o777).toString(8)}): chmod 600 ${file}`,
      );
    }
    return readFileSync(descriptor, "utf8");
  } finally {
    closeSync(descriptor);
  }
}

/** Writes a secret so that it is never readable by others, not even for a moment; refuses to replace a file. */
export function writeKeyFile(file: string, text: string, options: { readonly replace?: boolean } = {}): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, text, { mode: 0o600, flag: options.replace === true ? "w" : "wx" });
  chmodSync(file, 0o600);
}

function createKeyFile(file: string): string {
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  try {
    writeKeyFile(file, pem);
  } catch (cause) {
    throw new GatewayError("KEY_UNREADABLE", `${file} cannot be written`, { cause });
  }
  return pem;
}

function derive(seed: Uint8Array, info: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", seed, new Uint8Array(), info, 32));
}

function ed25519FromSeed(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([ED25519_PKCS8, seed]), format: "der", type: "pkcs8" });
}

/** RFC 8410 §7: the PKCS #8 wrapping of a 32-byte Ed25519 seed. */
const ED25519_PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
