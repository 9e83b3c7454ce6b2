/**
 * One canonical form of a request target (RFC 9112 §3.2, RFC 3986 §6). Pure.
 *
 * The form that is judged is the form that is forwarded, so policy and target cannot read two different paths. What two
 * common servers would read differently is refused: an encoded slash or backslash, path parameters, a second layer of
 * percent-encoding, bytes that are no UTF-8. What all of them read alike is written one way: unreserved characters
 * decoded, hexadecimal digits in upper case, dot segments resolved, empty segments dropped.
 */
import { ambiguous, WebError } from "./errors.ts";

export interface RequestTarget {
  /** Begins with `/`, or is `*` (OPTIONS only). */
  readonly path: string;
  /** Without `?`; empty when there is none. */
  readonly query: string;
  /**
   * Decoded, in order of appearance. A raw `+` is a blank to most servers and a plus to some: the value then has
   * both readings.
   */
  readonly parameters: ReadonlyMap<string, readonly string[]>;
  /** Of an absolute-form target: host and port as written, in lower case. */
  readonly authority?: string;
}

/** @throws {WebError} REQUEST_AMBIGUOUS, REQUEST_UNSUPPORTED. */
export function readRequestTarget(method: string, raw: string): RequestTarget {
  if (raw.length > TARGET_CHARS_MAX) {
    throw new WebError("peer-wrong", "REQUEST_UNSUPPORTED", 414, `the target has more than ${TARGET_CHARS_MAX} bytes`);
  }
  if (raw === "*") {
    if (method !== "OPTIONS") throw ambiguous("the target `*` belongs to OPTIONS");
    return { path: "*", query: "", parameters: new Map() };
  }
  // Also what is no character of a URI at all: what one server drops another keeps.
  if (/[^\x21-\x7e]/u.test(raw)) throw ambiguous("the target holds a blank, a control character or a byte above 127");
  if (raw.includes("#")) throw ambiguous("the target holds a `#`; a fragment is never sent");
  const absolute = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?]*)(.*)$/.exec(raw);
  let rest = raw;
  let authority: string | undefined;
  if (absolute !== null) {
    const scheme = (absolute[1] ?? "").toLowerCase();
    if (scheme !== "http" && scheme !== "https") throw ambiguous("the target's scheme is not http or https");
    authority = (absolute[2] ?? "").toLowerCase();
    if (authority.includes("@")) throw ambiguous("the target holds user information");
    rest = absolute[3] === "" || absolute[3]?.startsWith("?") === true ? `/${absolute[3]}` : (absolute[3] ?? "/");
  }
  if (!rest.startsWith("/")) throw ambiguous("the target does not begin with `/`");
  const mark = rest.indexOf("?");
  const path = canonicalPath(mark === -1 ? rest : rest.slice(0, mark));
  const { query, parameters } = canonicalQuery(mark === -1 ? "" : rest.slice(mark + 1));
  return { path, query, parameters, ...(authority === undefined ? {} : { authority }) };
}

/** @throws {WebError} REQUEST_AMBIGUOUS. */
export function canonicalPath(raw: string): string {
  // Most paths: nothing in them could be written in another way.
  if (PLAIN_PATH.test(raw)) return raw;
  if (raw.includes("\\")) throw ambiguous("the path holds a backslash, which some servers read as a slash");
  if (raw.includes(";")) throw ambiguous("the path holds a `;`, behind which some servers stop reading a segment");
  const segments: string[] = [];
  const parts = raw.split("/").slice(1);
  const last = parts.length - 1;
  for (const [at, part] of parts.entries()) {
    const segment = canonicalSegment(part);
    if (segment === "..") {
      if (segments.pop() === undefined) throw ambiguous("the path leads above its root");
      // "/a/.." is "/", and "/a/b/.." is "/a/": RFC 3986 §5.2.4.
      if (at === last) segments.push("");
    } else if (segment === "." || segment === "") {
      if (at === last) segments.push("");
    } else {
      segments.push(segment);
    }
  }
  return `/${segments.join("/")}`;
}

function canonicalSegment(raw: string): string {
  const bytes = decodePercent(raw, "path");
  for (const byte of bytes.values) {
    if (byte < 0x20 || byte === 0x7f) throw ambiguous("the path holds an encoded control character");
  }
  let out = "";
  for (const [at, byte] of bytes.values.entries()) {
    const encoded = bytes.encoded[at] === true;
    const character = String.fromCharCode(byte);
    if (encoded && character === "/") throw ambiguous("the path holds an encoded slash");
    if (encoded && character === "\\") throw ambiguous("the path holds an encoded backslash");
    if (encoded && character === "%" && isHex(bytes.values[at + 1]) && isHex(bytes.values[at + 2])) {
      throw ambiguous("the path is percent-encoded twice");
    }
    out += byte < 0x80 && PATH_PLAIN.test(character) && !(encoded && character === "+") ? character : percent(byte);
  }
  return out;
}

/** @throws {WebError} REQUEST_AMBIGUOUS. */
export function canonicalQuery(raw: string): {
  readonly query: string;
  readonly parameters: ReadonlyMap<string, readonly string[]>;
} {
  const parameters = new Map<string, string[]>();
  const pairs: string[] = [];
  if (raw === "") return { query: "", parameters };
  for (const pair of raw.split("&")) {
    if (pair === "") continue;
    if (pairs.length >= QUERY_PAIRS_MAX) throw ambiguous(`the query has more than ${QUERY_PAIRS_MAX} parameters`);
    const mark = pair.indexOf("=");
    const key = queryPart(mark === -1 ? pair : pair.slice(0, mark));
    const value = queryPart(mark === -1 ? "" : pair.slice(mark + 1));
    pairs.push(mark === -1 ? key.canonical : `${key.canonical}=${value.canonical}`);
    for (const name of key.readings) {
      const values = parameters.get(name) ?? [];
      values.push(...value.readings);
      parameters.set(name, values);
    }
  }
  return { query: pairs.join("&"), parameters };
}

interface QueryPart {
  readonly canonical: string;
  readonly readings: readonly string[];
}

function queryPart(raw: string): QueryPart {
  const { values, encoded } = decodePercent(raw, "query");
  let canonical = "";
  let text = "";
  let plus = false;
  for (const [at, byte] of values.entries()) {
    if (byte === 0) throw ambiguous("the query holds an encoded NUL");
    const character = String.fromCharCode(byte);
    const rawPlus = character === "+" && encoded[at] !== true;
    plus ||= rawPlus;
    canonical += rawPlus || (byte < 0x80 && QUERY_PLAIN.test(character)) ? character : percent(byte);
    text += rawPlus ? "\u0000" : character;
  }
  const read = (blank: string): string => Buffer.from(text.replaceAll("\u0000", blank), "latin1").toString("utf8");
  return { canonical, readings: plus ? [read(" "), read("+")] : [read(" ")] };
}

interface Decoded {
  readonly values: readonly number[];
  /** By position: was the byte written as %XX? */
  readonly encoded: readonly boolean[];
}

function decodePercent(raw: string, where: "path" | "query"): Decoded {
  const values: number[] = [];
  const encoded: boolean[] = [];
  for (let at = 0; at < raw.length; at += 1) {
    const code = raw.charCodeAt(at);
    if (code !== PERCENT) {
      values.push(code);
      encoded.push(false);
      continue;
    }
    const digits = raw.slice(at + 1, at + 3);
    if (!/^[0-9A-Fa-f]{2}$/.test(digits)) throw ambiguous(`the ${where} holds a \`%\` without two hexadecimal digits`);
    values.push(Number.parseInt(digits, 16));
    encoded.push(true);
    at += 2;
  }
  try {
    // Overlong forms, surrogates and lone bytes are all refused by a decoder that is told to be strict.
    UTF8.decode(Uint8Array.from(values));
  } catch {
    throw ambiguous(`the ${where} is not UTF-8`);
  }
  return { values, encoded };
}

function isHex(code: number | undefined): boolean {
  return code !== undefined && /^[0-9A-Fa-f]$/.test(String.fromCharCode(code));
}

function percent(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const PERCENT = 0x25;
/** Written as they are in a path: unreserved, and those sub-delimiters that no server gives a meaning there. */
const PATH_PLAIN = /^[A-Za-z0-9\-._~!$&'()*,=:@+]$/;
/** In a query `&`, `=`, `+`, `;`, `#` and `%` mean something when raw, so as data they are always encoded. */
const QUERY_PLAIN = /^[A-Za-z0-9\-._~!$'()*,:@/?[\]]$/;
/** Segments of unreserved characters that do not begin with a dot, one slash between them. */
const PLAIN_PATH = /^(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+\/?$/;
/** Characters of a request target. */
const TARGET_CHARS_MAX = 16_384;
/** Parameters of one query. */
const QUERY_PAIRS_MAX = 1_000;
