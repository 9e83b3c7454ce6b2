/** Reads the SSH keys of a target in gateway.yaml, after its secrets were resolved. Pure. */
import { createPrivateKey } from "node:crypto";
import { Secret } from "@gate/base";
import ssh2 from "ssh2";
import { SshError } from "./errors.ts";
import { fingerprintOf, opensshKey } from "./keys.ts";
import { parseHostKey, parseKnownHosts } from "./known-hosts.ts";

export interface SshTarget {
  readonly host: string;
  readonly port: number;
  /** The target must prove one of these. */
  readonly hostKeys: HostKeys;
  readonly credential: {
    readonly username: string;
    /** In a form that the library reads, without a passphrase. */
    readonly privateKey?: Secret;
    /** For password and keyboard-interactive. */
    readonly password?: Secret;
  };
}

export interface HostKeys {
  /** `SHA256:…` of every pinned key. */
  readonly fingerprints: readonly string[];
  /** Their types where they are known: only these are then asked for. */
  readonly types?: readonly string[];
}

/**
 * Reads `{address, host_key | known_hosts, credential: {username, private_key, passphrase, password}}`.
 * `host_key` is a fingerprint (`SHA256:…`), a public line, or a list of them; `known_hosts` the text of such a file.
 * @throws {SshError} TARGET_INVALID naming the key and what to write instead.
 */
export function parseTarget(input: Readonly<Record<string, unknown>>): SshTarget {
  known(input, "", ["protocol", "address", "host_key", "known_hosts", "credential"]);
  if (Object.hasOwn(input, "protocol") && input["protocol"] !== "ssh") invalid("protocol", "must be ssh");
  const { host, port } = parseAddress(text(input, "", "address"));
  return { host, port, hostKeys: parseHostKeys(input, host, port), credential: parseCredential(input) };
}

function parseHostKeys(input: Readonly<Record<string, unknown>>, host: string, port: number): HostKeys {
  const given = Object.hasOwn(input, "host_key") ? input["host_key"] : undefined;
  const file = text(input, "", "known_hosts");
  if ((given === undefined) === (file === undefined)) {
    return invalid("host_key", "is missing: write the target's fingerprint (`ssh-keygen -lf`), or known_hosts");
  }
  if (file !== undefined) {
    const found = parseKnownHosts(file, host, port);
    if (found.length === 0) invalid("known_hosts", "has no usable key of this address");
    return {
      fingerprints: found.map(({ blob }) => fingerprintOf(blob)),
      types: [...new Set(found.map(({ type }) => type))],
    };
  }
  const list = (Array.isArray(given) ? given : [given]) as unknown[];
  const parsed = list.map((one) => (typeof one === "string" ? parseHostKey(one) : undefined));
  if (list.length === 0 || list.length > HOST_KEYS_MAX || parsed.includes(undefined)) {
    invalid("host_key", "must be SHA256:… as `ssh-keygen -lf` prints it, or a line such as `ssh-ed25519 AAAA…`");
  }
  const keys = parsed.filter((key) => key !== undefined);
  const types = keys.map((key) => key.type).filter((type) => type !== undefined);
  return {
    fingerprints: keys.map((key) => key.fingerprint),
    ...(types.length === keys.length ? { types: [...new Set(types)] } : {}),
  };
}

function parseCredential(input: Readonly<Record<string, unknown>>): SshTarget["credential"] {
  const credential = section(input, "credential");
  known(credential, "credential.", ["username", "private_key", "passphrase", "password"]);
  const username = text(credential, "credential.", "username");
  if (username === undefined) return invalid("credential.username", "is missing");
  const key = text(credential, "credential.", "private_key");
  const passphrase = text(credential, "credential.", "passphrase");
  const password = text(credential, "credential.", "password");
  if (key === undefined && password === undefined) {
    invalid("credential.private_key", "is missing: write a reference such as file:id_ed25519, or set password");
  }
  if (key === undefined && passphrase !== undefined) invalid("credential.passphrase", "has no private_key");
  return {
    username,
    ...(key === undefined ? {} : { privateKey: new Secret(readableKey(key, passphrase)) }),
    ...(password === undefined ? {} : { password: new Secret(password) }),
  };
}

/** PKCS #8, PKCS #1, SEC 1 and OpenSSH files, encrypted or not, become what the library reads. */
function readableKey(file: string, passphrase: string | undefined): string {
  if (/^-----BEGIN (?:ENCRYPTED )?PRIVATE KEY-----/u.test(file)) {
    try {
      const key = createPrivateKey({ key: file, ...(passphrase === undefined ? {} : { passphrase }) });
      if (key.asymmetricKeyType === "ed25519") return opensshKey(key).privateFile;
      if (key.asymmetricKeyType === "rsa") return key.export({ type: "pkcs1", format: "pem" }).toString();
      if (key.asymmetricKeyType === "ec") return key.export({ type: "sec1", format: "pem" }).toString();
    } catch {
      // Said below, without what the library says of the key.
    }
    return invalid("credential.private_key", "cannot be read: is its passphrase right?");
  }
  const parsed = ssh2.utils.parseKey(file, passphrase);
  if (parsed instanceof Error || !parsed.isPrivateKey()) {
    const why = passphrase === undefined ? "if it is encrypted, set passphrase" : "is its passphrase right?";
    return invalid("credential.private_key", `cannot be read: it must be a private key in PEM or OpenSSH form; ${why}`);
  }
  // Decrypted once, here: a wrong passphrase must not wait for the first connection.
  if (passphrase === undefined) return file;
  // The library writes Ed25519 keys in a PEM that it cannot read itself.
  if (parsed.type === "ssh-ed25519") return opensshKey(createPrivateKey(parsed.getPrivatePEM())).privateFile;
  return parsed.getPrivatePEM();
}

function parseAddress(address: string | undefined): { host: string; port: number } {
  if (address === undefined) return invalid("address", "is missing: write host:port");
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::([0-9]{1,5}))?$/u.exec(address);
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? DEFAULT_PORT : Number(match[3]);
  if (host === undefined || port < 1 || port > 65_535) {
    return invalid("address", "must be host:port, such as bastion.internal:22 or [::1]:22");
  }
  return { host, port };
}

function known(object: Readonly<Record<string, unknown>>, prefix: string, names: readonly string[]): void {
  for (const key of Object.keys(object)) {
    if (!names.includes(key)) invalid(`${prefix}${key}`, `is unknown here: known keys are ${names.join(", ")}`);
  }
}

function text(object: Readonly<Record<string, unknown>>, prefix: string, key: string): string | undefined {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  if (value === undefined) return undefined;
  const revealed = value instanceof Secret ? value.reveal() : value;
  if (typeof revealed !== "string" || revealed === "") return invalid(`${prefix}${key}`, "must be a text, not empty");
  if (revealed.includes("\0")) return invalid(`${prefix}${key}`, "must not hold a NUL");
  return revealed;
}

function section(input: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>> {
  const value = Object.hasOwn(input, key) ? input[key] : undefined;
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Secret) {
    return invalid(key, "must be a mapping");
  }
  return value as Readonly<Record<string, unknown>>;
}

function invalid(key: string, message: string): never {
  throw new SshError("operator", "TARGET_INVALID", `${key} ${message}`);
}

const DEFAULT_PORT = 22;
/** Pinned host keys of one target. */
const HOST_KEYS_MAX = 16;
