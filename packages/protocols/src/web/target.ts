/**
 * Reads the keys that every target behind HTTP has, after its secrets were resolved:
 * `{address, tls: {mode, ca, cert, key}, credential: {headers, basic, oauth2}}`. Pure.
 */
import { Secret } from "@gate/base";
import { WebError } from "./errors.ts";

export type WebTlsMode = "require" | "verify-ca" | "verify-full";

export interface WebTarget {
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
  /** What Host says to the target: the port only where it is not the scheme's own. */
  readonly authority: string;
  /** `https://billing.internal`. */
  readonly origin: string;
  /** Path in front of every request's: `""` or `/v2`. */
  readonly base: string;
  /** Absent for `http:`. */
  readonly tls?: {
    readonly mode: WebTlsMode;
    /** PEM; the system's roots without it. */
    readonly ca?: string;
    readonly cert?: string;
    readonly key?: Secret;
  };
  readonly credential: {
    /** Names in lower case. */
    readonly headers: readonly (readonly [name: string, value: Secret])[];
    readonly oauth2?: OAuth2Credential;
  };
}

/** Client credentials grant, RFC 6749 §4.4. */
export interface OAuth2Credential {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  readonly scope?: string;
  readonly audience?: string;
  /** PEM of the authority behind `tokenUrl`; the system's roots without it. */
  readonly ca?: string;
}

/** Keys that `readWebTarget` knows; a protocol may add its own. */
export const WEB_TARGET_KEYS = ["protocol", "address", "tls", "credential"] as const;

/** @throws {WebError} TARGET_INVALID; the message begins with the key at fault. */
export function readWebTarget(
  input: Readonly<Record<string, unknown>>,
  protocol: string,
  more: readonly string[] = [],
): WebTarget {
  const keys = targetKeys(input, "", [...WEB_TARGET_KEYS, ...more]);
  if (Object.hasOwn(input, "protocol") && input["protocol"] !== protocol) invalid("protocol", `must be ${protocol}`);
  const address = readAddress(keys.text("address"));
  const tls = readTls(input, address.scheme);
  const credential = readCredential(input);
  return { ...address, ...(tls === undefined ? {} : { tls }), credential };
}

/** Reads the keys of one mapping. */
export interface TargetKeys {
  /** A string that is not empty and holds no control character but line feeds; `undefined` when the key is absent. */
  text(key: string): string | undefined;
  flag(key: string): boolean | undefined;
  section(key: string): Readonly<Record<string, unknown>> | undefined;
}

/** @throws {WebError} TARGET_INVALID for a key that is not among `names`. */
export function targetKeys(
  object: Readonly<Record<string, unknown>>,
  prefix: string,
  names: readonly string[],
): TargetKeys {
  for (const key of Object.keys(object)) {
    if (!names.includes(key)) invalid(`${prefix}${key}`, `is unknown here: known keys are ${names.join(", ")}`);
  }
  const value = (key: string): unknown => (Object.hasOwn(object, key) ? object[key] : undefined);
  return {
    text(key) {
      const found = value(key);
      if (found === undefined) return undefined;
      const text = found instanceof Secret ? found.reveal() : found;
      if (typeof text !== "string" || text === "") return invalid(`${prefix}${key}`, "must be a text, not empty");
      if (text.includes("\0")) return invalid(`${prefix}${key}`, "must not hold a NUL");
      return text;
    },
    flag(key) {
      const found = value(key);
      if (found === undefined || typeof found === "boolean") return found;
      return invalid(`${prefix}${key}`, "must be true or false");
    },
    section(key) {
      const found = value(key);
      if (found === undefined) return undefined;
      if (typeof found !== "object" || found === null || Array.isArray(found) || found instanceof Secret) {
        return invalid(`${prefix}${key}`, "must be a mapping");
      }
      return found as Readonly<Record<string, unknown>>;
    },
  };
}

/** @throws {WebError} TARGET_INVALID, always. */
export function invalid(key: string, message: string): never {
  throw new WebError("operator", "TARGET_INVALID", 502, `${key} ${message}`);
}

function readAddress(
  text: string | undefined,
): Pick<WebTarget, "scheme" | "host" | "port" | "authority" | "origin" | "base"> {
  if (text === undefined) return invalid("address", "is missing: write https://host or https://host:port/base");
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return invalid("address", "must be a URL such as https://billing.internal");
  }
  const scheme = url.protocol === "https:" ? "https" : url.protocol === "http:" ? "http" : undefined;
  if (scheme === undefined) return invalid("address", "must begin with https:// (or http:// on a loopback address)");
  if (url.username !== "" || url.password !== "")
    invalid("address", "must hold no user name: write it into credential");
  if (url.search !== "" || url.hash !== "") invalid("address", "must have neither query nor fragment");
  const host = url.hostname.replace(/^\[|\]$/g, "");
  if (scheme === "http" && !isLoopback(host)) {
    invalid("address", "may begin with http:// on a loopback address only; write https://");
  }
  const base = url.pathname.replace(/\/+$/, "");
  if (/%|\/\/|;/.test(base)) invalid("address", "must have a plain path, without `%`, `//` and `;`");
  const port = url.port === "" ? (scheme === "https" ? 443 : 80) : Number(url.port);
  return { scheme, host, port, authority: url.host, origin: url.origin, base };
}

function readTls(input: Readonly<Record<string, unknown>>, scheme: "http" | "https"): WebTarget["tls"] {
  const section = targetKeys(input, "", Object.keys(input)).section("tls");
  const keys = targetKeys(section ?? {}, "tls.", ["mode", "ca", "cert", "key"]);
  const mode = keys.text("mode") ?? (scheme === "http" ? "disable" : "verify-full");
  const ca = keys.text("ca");
  const cert = keys.text("cert");
  const key = keys.text("key");
  if (mode === "disable") {
    if (scheme === "https") invalid("tls.mode", "cannot be disable with https://; write http:// (loopback only)");
    if ((ca ?? cert ?? key) !== undefined) invalid("tls", "has no meaning with http://; write https://");
    return undefined;
  }
  if (mode !== "require" && mode !== "verify-ca" && mode !== "verify-full") {
    return invalid("tls.mode", "must be one of disable, require, verify-ca, verify-full");
  }
  if (scheme === "http") return invalid("tls.mode", `cannot be ${mode} with http://; write https://`);
  if (mode === "require" && ca !== undefined) invalid("tls.ca", "is not used with mode require: write verify-full");
  if ((cert === undefined) !== (key === undefined)) invalid("tls.cert", "and tls.key come together");
  return {
    mode,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key: new Secret(key) }),
  };
}

function readCredential(input: Readonly<Record<string, unknown>>): WebTarget["credential"] {
  const section = targetKeys(input, "", Object.keys(input)).section("credential") ?? {};
  const keys = targetKeys(section, "credential.", ["headers", "basic", "oauth2"]);
  const headers: (readonly [string, Secret])[] = [];
  const written = keys.section("headers") ?? {};
  const texts = targetKeys(written, "credential.headers.", Object.keys(written));
  for (const name of Object.keys(written)) {
    const value = texts.text(name) ?? "";
    const key = `credential.headers.${name}`;
    if (!/^[A-Za-z0-9-]+$/.test(name)) invalid(key, "is no header name");
    if (!/^[\x20-\x7e\t]+$/.test(value)) invalid(key, "must be printable ASCII on one line");
    if (FRAMING.has(name.toLowerCase())) invalid(key, "is set by the gate itself");
    headers.push([name.toLowerCase(), new Secret(value)]);
  }
  const basic = keys.section("basic");
  const oauth2 = keys.section("oauth2");
  const setsAuthorization = [basic, oauth2, headers.find(([name]) => name === "authorization")];
  if (setsAuthorization.filter((each) => each !== undefined).length > 1) {
    invalid("credential", "has several that set Authorization: keep one of headers.Authorization, basic and oauth2");
  }
  if (basic !== undefined) headers.push(["authorization", readBasic(basic)]);
  return { headers, ...(oauth2 === undefined ? {} : { oauth2: readOAuth2(oauth2) }) };
}

/** RFC 7617: user name without colon, UTF-8, base64. */
function readBasic(section: Readonly<Record<string, unknown>>): Secret {
  const keys = targetKeys(section, "credential.basic.", ["username", "password"]);
  const username = keys.text("username");
  const password = keys.text("password");
  if (username === undefined) return invalid("credential.basic.username", "is missing");
  if (password === undefined) return invalid("credential.basic.password", "is missing");
  if (username.includes(":")) invalid("credential.basic.username", "must not hold a colon");
  return new Secret(`Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`);
}

function readOAuth2(section: Readonly<Record<string, unknown>>): OAuth2Credential {
  const prefix = "credential.oauth2.";
  const keys = targetKeys(section, prefix, ["token_url", "client_id", "client_secret", "scope", "audience", "ca"]);
  const tokenUrl = keys.text("token_url");
  const clientId = keys.text("client_id");
  const clientSecret = keys.text("client_secret");
  if (tokenUrl === undefined) return invalid(`${prefix}token_url`, "is missing");
  if (clientId === undefined) return invalid(`${prefix}client_id`, "is missing");
  if (clientSecret === undefined) return invalid(`${prefix}client_secret`, "is missing");
  let url: URL;
  try {
    url = new URL(tokenUrl);
  } catch {
    return invalid(`${prefix}token_url`, "must be a URL");
  }
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isLoopback(url.hostname))) {
    invalid(`${prefix}token_url`, "must begin with https:// (or http:// on a loopback address)");
  }
  const scope = keys.text("scope");
  const audience = keys.text("audience");
  const ca = keys.text("ca");
  return {
    tokenUrl: url.href,
    clientId,
    clientSecret: new Secret(clientSecret),
    ...(scope === undefined ? {} : { scope }),
    ...(audience === undefined ? {} : { audience }),
    ...(ca === undefined ? {} : { ca }),
  };
}

export function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/.test(host);
}

const FRAMING = new Set([
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "te",
  "trailer",
  "upgrade",
  "expect",
  "keep-alive",
]);
