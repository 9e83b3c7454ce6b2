/**
 * The head of a request as one reading: what could be framed, routed or understood in two ways is refused. Pure.
 * RFC 9110 §5, RFC 9112 §3.2, §6; RFC 3875 §4.1.18 (why `_` in a header's name is `-` to many servers).
 */
import { ambiguous, WebError } from "./errors.ts";
import { readRequestTarget, type RequestTarget } from "./request-target.ts";

/** What a parser hands over; headers as received, name and value in turn. */
export interface RawHead {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly rawHeaders: readonly string[];
}

export interface RequestHead extends RequestTarget {
  readonly method: string;
  /** In order, names in lower case. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Length of the body in bytes; "chunked" when it is not known; 0 for none. */
  readonly length: number | "chunked";
}

/**
 * @param authority of the target, `host` or `host:port`: besides loopback names the only one that Host may say
 * @throws {WebError} REQUEST_AMBIGUOUS, REQUEST_UNSUPPORTED.
 */
export function readRequestHead(raw: RawHead, authority: string): RequestHead {
  const { method, version } = raw;
  if (!TOKEN.test(method) || method !== method.toUpperCase()) throw ambiguous("the method is not an upper-case word");
  if (REFUSED_METHODS.has(method)) {
    throw new WebError("peer-unsupported", "REQUEST_UNSUPPORTED", 405, `the method ${method} is not carried`);
  }
  const headers = readHeaders(raw.rawHeaders);
  const target = readRequestTarget(method, raw.target);
  checkHost(headers, version, target.authority, authority);
  return { ...target, method, headers, length: bodyLength(headers, version) };
}

/**
 * What the header says alone, for a request whose target names no host.
 * @throws {WebError} REQUEST_AMBIGUOUS.
 */
export function readHeaderFields(
  raw: readonly string[],
  version: string,
  authority: string,
): Pick<RequestHead, "headers" | "length"> {
  const headers = readHeaders(raw);
  checkHost(headers, version, undefined, authority);
  return { headers, length: bodyLength(headers, version) };
}

/** The one value of a header that may stand once. */
export function headerOf(head: Pick<RequestHead, "headers">, name: string): string | undefined {
  return head.headers.find(([each]) => each === name)?.[1];
}

/** All values of a header, in order. */
export function headersOf(head: Pick<RequestHead, "headers">, name: string): readonly string[] {
  return head.headers.filter(([each]) => each === name).map(([, value]) => value);
}

function readHeaders(raw: readonly string[]): RequestHead["headers"] {
  if (raw.length / 2 > HEADERS_MAX) throw ambiguous(`there are more than ${HEADERS_MAX} headers`);
  const headers: (readonly [string, string])[] = [];
  const seen = new Set<string>();
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? "").toLowerCase();
    const value = raw[at + 1] ?? "";
    if (!TOKEN.test(name)) throw ambiguous("a header's name is not a word of HTTP");
    if (name.includes("_")) throw ambiguous("a header's name holds `_`, which many servers read as `-`");

    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) throw ambiguous("a header's value holds a control character");
    if (REFUSED_HEADERS.has(name)) throw ambiguous(`the header ${name} would change what the target reads as its path`);
    if (seen.has(name) && SINGLE.has(name)) throw ambiguous(`the header ${name} stands twice`);
    seen.add(name);
    headers.push([name, value]);
  }
  return headers;
}

function checkHost(
  headers: RequestHead["headers"],
  version: string,
  absolute: string | undefined,
  authority: string,
): void {
  const host = headers.find(([name]) => name === "host")?.[1]?.toLowerCase();
  if (host === undefined) {
    if (version !== "1.0") throw ambiguous("there is no Host");
  } else if (!isServed(host, authority)) {
    throw ambiguous("Host names neither this endpoint nor its target");
  }
  if (absolute !== undefined && (absolute !== host || !isServed(absolute, authority))) {
    throw ambiguous("the target names another host than Host");
  }
}

/** The endpoint is on loopback under a port that only the job knows. */
function isServed(host: string, authority: string): boolean {
  if (host === authority.toLowerCase() || host === authority.toLowerCase().replace(/:\d+$/, "")) return true;
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/.test(host);
}

function bodyLength(headers: RequestHead["headers"], version: string): number | "chunked" {
  const length = headers.find(([name]) => name === "content-length")?.[1];
  const coding = headers.find(([name]) => name === "transfer-encoding")?.[1];
  if (coding !== undefined) {
    if (length !== undefined) throw ambiguous("Content-Length and Transfer-Encoding stand together");
    if (version === "1.0") throw ambiguous("HTTP/1.0 has no Transfer-Encoding");
    if (coding.toLowerCase() !== "chunked") throw ambiguous("Transfer-Encoding is not `chunked` alone");
    return "chunked";
  }
  if (length === undefined) return 0;
  if (!/^\d{1,15}$/.test(length)) throw ambiguous("Content-Length is not a plain number");
  return Number(length);
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** TRACE shows the target's credential to the client; CONNECT is for forward proxies. */
const REFUSED_METHODS = new Set(["CONNECT", "TRACE", "TRACK"]);
/** Frameworks take the path from these instead of the request line. */
const REFUSED_HEADERS = new Set(["x-original-url", "x-rewrite-url", "x-original-uri"]);
/** A second one would be read by some servers and ignored by others. */
const SINGLE = new Set([
  "host",
  "content-length",
  "transfer-encoding",
  "content-type",
  "content-encoding",
  "authorization",
  "proxy-authorization",
  "gate-endpoint",
  "expect",
  "upgrade",
  "range",
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
]);
/** Headers of one request. */
const HEADERS_MAX = 200;
