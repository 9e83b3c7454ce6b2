/** Headers and trailers as undici hands them over: lists of bytes over HTTP/1.1, an object over HTTP/2. Pure. */

type Raw = Buffer | string;

export function headersOf(raw: readonly Raw[]): [string, string][] {
  const headers: [string, string][] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) headers.push([text(raw[at]).toLowerCase(), text(raw[at + 1])]);
  return headers;
}

/** What may stand behind a body (RFC 9110 §6.5.1): nothing that frames, routes or changes how it was read. */
export function trailersOf(raw: unknown): [string, string][] {
  const all = Array.isArray(raw)
    ? headersOf(raw as readonly Raw[])
    : Object.entries((raw ?? {}) as Record<string, string | string[]>).map(
        ([name, value]) => [name, text(value)] as const,
      );
  return all.flatMap(([name, value]) => (name.startsWith(":") || NEVER.has(name) ? [] : [[name, value]]));
}

function text(value: Raw | readonly Raw[] | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  return Buffer.isBuffer(value) ? value.toString("latin1") : value.map(text).join(", ");
}

const NEVER = new Set(["content-length", "transfer-encoding", "set-cookie", "location", "content-encoding"]);
