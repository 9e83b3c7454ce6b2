/** Reads the PostgreSQL keys of a target in gateway.yaml, after its secrets were resolved. Pure. */
import { Secret } from "@gate/base";
import { PostgresError } from "./errors.ts";

export type TlsMode = "disable" | "require" | "verify-ca" | "verify-full";

export interface PostgresTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly credential: {
    readonly username: string;
    /** Absent when the client certificate is the credential. */
    readonly password?: Secret;
    /** PEM. */
    readonly clientCert?: string;
    /** PEM. */
    readonly clientKey?: Secret;
  };
  readonly tls: {
    readonly mode: TlsMode;
    /** PEM; the system's roots without it. */
    readonly ca?: string;
    /** `postgres`: TLS after an SSLRequest. `direct`: TLS from the first byte (PostgreSQL 17 and later). */
    readonly negotiation: "postgres" | "direct";
  };
}

/**
 * Reads `{address, database, tls: {mode, ca, cert, key, negotiation}, credential: {username, password}}`.
 * Texts may come as strings or as `Secret`s. Without `tls` the mode is verify-full.
 * @throws {PostgresError} TARGET_INVALID naming the key and what to write instead.
 */
export function parseTarget(input: Readonly<Record<string, unknown>>): PostgresTarget {
  const keys = known(input, "", ["protocol", "address", "database", "tls", "credential"]);
  if (Object.hasOwn(input, "protocol") && input["protocol"] !== "postgres") invalid("protocol", "must be postgres");
  const { host, port } = parseAddress(keys);
  const database = keys.text("database");
  if (database === undefined) return invalid("database", "is missing: write the name of the database");
  const tls = known(section(input, "tls"), "tls.", ["mode", "ca", "cert", "key", "negotiation"]);
  const mode = tls.choice("mode", ["disable", "require", "verify-ca", "verify-full"]) ?? "verify-full";
  const negotiation = tls.choice("negotiation", ["postgres", "direct"]) ?? "postgres";
  const ca = tls.text("ca");
  const clientCert = tls.text("cert");
  const clientKey = tls.text("key");
  if ((clientCert === undefined) !== (clientKey === undefined)) invalid("tls.cert", "and tls.key come together");
  if (mode === "disable") {
    const key = ["ca", "cert", "key", "negotiation"].find((name) => tls.text(name) !== undefined);
    if (key !== undefined) invalid(`tls.${key}`, "has no meaning with mode disable: remove one of the two");
  }
  if (mode === "require" && ca !== undefined) {
    invalid("tls.ca", "is not used with mode require: write mode verify-full, or verify-ca");
  }
  const credential = known(section(input, "credential"), "credential.", ["username", "password"]);
  const username = credential.text("username");
  if (username === undefined) return invalid("credential.username", "is missing");
  const password = credential.text("password");
  if (password === undefined && clientCert === undefined) {
    invalid(
      "credential.password",
      "is missing: write a reference such as env:DB_PASSWORD, or set tls.cert and tls.key",
    );
  }
  return {
    host,
    port,
    database,
    credential: {
      username,
      ...(password === undefined ? {} : { password: new Secret(password) }),
      ...(clientCert === undefined ? {} : { clientCert }),
      ...(clientKey === undefined ? {} : { clientKey: new Secret(clientKey) }),
    },
    tls: { mode, negotiation, ...(ca === undefined ? {} : { ca }) },
  };
}

function parseAddress(keys: Keys): { host: string; port: number } {
  const address = keys.text("address");
  if (address === undefined) return invalid("address", "is missing: write host:port");
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+))(?::([0-9]{1,5}))?$/.exec(address);
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? DEFAULT_PORT : Number(match[3]);
  if (host === undefined || port < 1 || port > 65_535) {
    return invalid("address", "must be host:port, such as db.internal:5432 or [::1]:5432");
  }
  return { host, port };
}

interface Keys {
  /** A string that is not empty and holds no NUL; `undefined` when the key is absent. */
  text(key: string): string | undefined;
  choice<T extends string>(key: string, values: readonly T[]): T | undefined;
}

function known(object: Readonly<Record<string, unknown>>, prefix: string, names: readonly string[]): Keys {
  for (const key of Object.keys(object)) {
    if (!names.includes(key)) invalid(`${prefix}${key}`, `is unknown here: known keys are ${names.join(", ")}`);
  }
  const text = (key: string): string | undefined => {
    const value = Object.hasOwn(object, key) ? object[key] : undefined;
    if (value === undefined) return undefined;
    const revealed = value instanceof Secret ? value.reveal() : value;
    if (typeof revealed !== "string" || revealed === "") return invalid(`${prefix}${key}`, "must be a text, not empty");
    if (revealed.includes("\0")) return invalid(`${prefix}${key}`, "must not hold a NUL");
    return revealed;
  };
  return {
    text,
    choice(key, values) {
      const value = text(key);
      if (value === undefined) return undefined;
      const found = values.find((candidate) => candidate === value);
      return found ?? invalid(`${prefix}${key}`, `must be one of ${values.join(", ")}`);
    },
  };
}

function section(input: Readonly<Record<string, unknown>>, key: string): Readonly<Record<string, unknown>> {
  const value = Object.hasOwn(input, key) ? input[key] : undefined;
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Secret) {
    return invalid(key, key === "tls" ? "must be a mapping; without TLS write {mode: disable}" : "must be a mapping");
  }
  return value as Readonly<Record<string, unknown>>;
}

function invalid(key: string, message: string): never {
  throw new PostgresError("operator", "TARGET_INVALID", "08001", `${key} ${message}`);
}

const DEFAULT_PORT = 5432;
