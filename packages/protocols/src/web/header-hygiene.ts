/**
 * Which headers pass from one side to the other. Pure. RFC 9110 §7.6.1 (hop-by-hop), RFC 6265, RFC 6797, RFC 7838.
 */

export type HeaderList = readonly (readonly [name: string, value: string])[];

/**
 * Headers of a request as the target gets them: nothing of this hop, nothing that authenticates to the gate, nothing
 * by which a client could say that somebody else had sent it.
 * @param replaced names (lower case) that the credential brings itself
 */
export function forwardedRequestHeaders(
  headers: HeaderList,
  options: { readonly replaced: ReadonlySet<string>; readonly authorization: boolean },
): [string, string][] {
  const dropped = connectionOptions(headers);
  const out: [string, string][] = [];
  for (const [name, value] of headers) {
    if (HOP_BY_HOP.has(name) || dropped.has(name) || OWN_REQUEST.has(name)) continue;
    if (name.startsWith("x-forwarded-") || options.replaced.has(name)) continue;
    if (name === "authorization" && !options.authorization) continue;
    out.push([name, value]);
  }
  return out;
}

/**
 * Headers of an answer as the client gets them. Links to the target itself lead to the endpoint, cookies lose the
 * target's domain and base path, and what would move the client to another server or scheme is dropped.
 * @param from origin of the target, such as `https://billing.internal`, and its base path (`""` or `/v2`)
 */
export function forwardedResponseHeaders(
  headers: HeaderList,
  from: { readonly origin: string; readonly base: string },
): [string, string][] {
  const dropped = connectionOptions(headers);
  const out: [string, string][] = [];
  for (const [name, value] of headers) {
    if (HOP_BY_HOP.has(name) || dropped.has(name) || OWN_RESPONSE.has(name)) continue;
    if (name === "location" || name === "content-location") out.push([name, localReference(value, from)]);
    else if (name === "link" || name === "refresh") out.push([name, localReferences(value, from)]);
    else if (name === "set-cookie") out.push([name, localCookie(value, from.base)]);
    else out.push([name, value]);
  }
  return out;
}

/** A reference to the target as one relative to the endpoint; any other stays as it is. */
export function localReference(value: string, from: { readonly origin: string; readonly base: string }): string {
  let url: URL;
  try {
    url = new URL(value, `${from.origin}${from.base}/`);
  } catch {
    return value;
  }
  const absolute = /^(?:[A-Za-z][A-Za-z0-9+.-]*:)?\/\//.test(value);
  if (url.origin !== from.origin || (!absolute && !value.startsWith("/"))) return value;
  const path = withoutBase(url.pathname, from.base);
  // Two slashes at the beginning would name another host (RFC 3986 §4.2).
  return (path.startsWith("//") ? `/.${path}` : path) + url.search + url.hash;
}

function localReferences(value: string, from: { readonly origin: string; readonly base: string }): string {
  return value.replace(/<([^<>]*)>|(?<=url=["']?)([^"';, ]+)/gi, (all, link: string | undefined, refresh?: string) =>
    link === undefined ? localReference(refresh ?? all, from) : `<${localReference(link, from)}>`,
  );
}

/** RFC 6265 §5.2: without Domain a cookie belongs to the host that set it; the endpoint is not reached over TLS. */
function localCookie(value: string, base: string): string {
  const [pair = "", ...attributes] = value.split(";");
  const kept = attributes.flatMap((attribute) => {
    const [key = "", ...rest] = attribute.split("=");
    const name = key.trim().toLowerCase();
    if (name === "domain" || name === "secure") return [];
    if (name === "path") return [` Path=${withoutBase(rest.join("=").trim(), base)}`];
    return [attribute];
  });
  return [pair, ...kept].join(";");
}

function withoutBase(path: string, base: string): string {
  if (base === "" || (path !== base && !path.startsWith(`${base}/`))) return path;
  const rest = path.slice(base.length);
  return rest === "" ? "/" : rest;
}

/** What Connection names is for this hop only. */
function connectionOptions(headers: HeaderList): ReadonlySet<string> {
  let names: Set<string> | undefined;
  for (const [name, value] of headers) {
    // `keep-alive` is hop-by-hop without being named.
    if (name !== "connection" || value === "keep-alive") continue;
    names ??= new Set();
    for (const option of value.split(",")) names.add(option.trim().toLowerCase());
  }
  if (names === undefined) return NO_NAMES;
  // Naming these would drop what the other side needs to read the message right (an old way around proxies).
  for (const needed of ["content-length", "content-type", "content-encoding", "host", "authorization", "set-cookie"]) {
    names.delete(needed);
  }
  return names;
}

const NO_NAMES: ReadonlySet<string> = new Set();
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);
/** Host and framing are written anew; Expect is answered here; the rest claims what only a proxy may say. */
const OWN_REQUEST = new Set([
  "host",
  "content-length",
  "expect",
  "gate-endpoint",
  "forwarded",
  "x-real-ip",
  "x-client-ip",
  "x-cluster-client-ip",
  "true-client-ip",
  "http2-settings",
]);
/** HSTS, key pins and Alt-Svc would lead the client away from its endpoint. */
const OWN_RESPONSE = new Set(["strict-transport-security", "public-key-pins", "alt-svc", "alt-used"]);
