/** Content-Type as far as the gate must understand it (RFC 9110 §8.3). Pure. */

export interface MediaType {
  /** `type/subtype` in lower case; empty when it cannot be read. */
  readonly type: string;
  /** In lower case; `undefined` when not said, UNCLEAR when two readers could see two. */
  readonly charset?: string;
}

/** The name of no encoding. */
export const UNCLEAR = "?";

export function readMediaType(value: string | undefined): MediaType {
  const match = /^\s*([A-Za-z0-9!#$&^_.+-]+\/[A-Za-z0-9!#$&^_.+-]+)\s*(;.*)?$/.exec(value ?? "");
  if (match?.[1] === undefined) return { type: "" };
  const charset = readCharset(match[2] ?? "");
  return { type: match[1].toLowerCase(), ...(charset === undefined ? {} : { charset }) };
}

/** Some take the first of two, some the last; some undo escapes, or read what follows a quote that others never close. */
function readCharset(parameters: string): string | undefined {
  if (!/charset/i.test(parameters)) return undefined;
  let charset: string | undefined;
  let rest = parameters;
  while (!/^[ \t;]*$/.test(rest)) {
    const [all, name, plain, quoted] = PARAMETER.exec(rest) ?? [];
    if (all === undefined || name === undefined) return UNCLEAR;
    rest = rest.slice(all.length);
    if (name.toLowerCase() === "charset" && charset === undefined) charset = (plain ?? quoted ?? "").toLowerCase();
    else if (/charset/i.test(all)) return UNCLEAR;
  }
  return charset;
}

export function isJsonType(type: string): boolean {
  return type === "application/json" || type === "text/json" || /^[^/]+\/[^/]+\+json$/.test(type);
}

/** One JSON value a line, or behind a record separator. */
export function isJsonLinesType(type: string): boolean {
  return ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/json-seq"].includes(type);
}

export function isScriptType(type: string): boolean {
  return /^(?:application|text)\/(?:x-)?(?:java|ecma|j)script$/.test(type);
}

/** Types whose bytes are text for people or programs, in an encoding that keeps ASCII. */
export function isTextType(type: string): boolean {
  if (type.startsWith("text/") || isScriptType(type)) return true;
  if (/[+/](?:xml|yaml)$/.test(type)) return true;
  return ["application/x-www-form-urlencoded", "application/x-yaml", "application/graphql"].includes(type);
}

/** Does every ASCII character keep its byte in this encoding? Otherwise nothing can be found in it. */
export function keepsAscii(charset: string | undefined): boolean {
  return charset === undefined || /^(?:utf-?8|us-ascii|ascii|iso-8859-\d{1,2}|latin-?1|windows-125\d)$/.test(charset);
}

/** One of them, up to the next: a word, or words in quotes without escapes or semicolons. */
const PARAMETER =
  /^(?:[ \t]*;)+[ \t]*([A-Za-z0-9!#$%&'*+.^_`|~-]+)[ \t]*=[ \t]*(?:([^\s";\\,]+)|"([^"\\;]*)")[ \t]*(?=;|$)/;
