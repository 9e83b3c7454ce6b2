/**
 * The facts of a request: what it is called, where it goes, and those of its values that the policy asks about. Pure.
 */
import { decodeUtf8 } from "@gate/base";
import type { Fact, Facts, MapFact } from "@gate/contract";
import { readJsonPaths } from "@gate/masking";
import type { HeaderList } from "../web/header-hygiene.ts";
import { isJsonType, readMediaType } from "../web/media-type.ts";
import { OverrideWatch } from "./multipart.ts";
import { doubted, isOverrideField } from "./parameter-names.ts";
import { headerOf, headersOf, type RequestHead } from "../web/request-head.ts";
import { canonicalQuery } from "../web/request-target.ts";

export interface ClassifyInput {
  readonly head: RequestHead;
  readonly upgrade: "websocket" | undefined;
  /** Header names (lower case), names of parameters and JSON paths that the grant's rules look at. */
  readonly asked: {
    readonly headers: readonly string[];
    readonly query?: readonly string[];
    readonly body: readonly string[];
  };
  /** The decoded body; `undefined` when it was not read, or only in part. */
  readonly body: Buffer | undefined;
  /** The headers that go on, where they are not all: only what the target reads is a fact. */
  readonly forwarded?: HeaderList;
  /** The beginning of a body that was not read whole, as received. */
  readonly part?: Buffer;
}

/** @throws {WebError} REQUEST_AMBIGUOUS for a form that two readers could understand differently. */
export function classify(input: ClassifyInput): Facts {
  const { head, upgrade } = input;
  const form = formOf(input);
  const methods = effectiveMethods(head, form, input);
  const fields: Record<string, Fact> = {
    method: { type: "set", items: methods.names.map((name) => ({ name })), complete: methods.complete },
    path: { type: "set", items: [{ name: head.path }], complete: true },
    query: queryFacts(head, input.asked.query ?? []),
    headers: headerFacts(input.forwarded ?? head.headers, input.asked.headers),
    upgrade: { type: "set", items: upgrade === undefined ? [] : [{ name: upgrade }], complete: true },
  };
  if (input.asked.body.length > 0) fields["body"] = bodyFacts(input, form);
  return {
    kind: "http",
    classified: true,
    housekeeping: false,
    writes: methods.names.some((name) => !SAFE.has(name)) || upgrade !== undefined,
    fields,
  };
}

/**
 * The same facts object for the same plain request (nothing asked of its headers, no query, no body, no override): what
 * was decided of it, and how it is written into a record, is then known. `undefined` for any other request.
 */
export function plainFacts(input: ClassifyInput): Facts | undefined {
  const { head, asked, upgrade } = input;
  if (!SAFE.has(head.method) || head.length !== 0 || head.parameters.size > 0) return undefined;
  if (asked.headers.length > 0 || upgrade !== undefined || head.path.length > PLAIN_PATH_CHARS_MAX) return undefined;
  for (const [name] of head.headers) if (OVERRIDES.includes(name)) return undefined;
  const key = `${head.method} ${asked.body.length > 0 ? "body" : ""} ${head.path}`;
  let facts = PLAIN.get(key);
  if (facts === undefined) {
    facts = classify(input);
    if (PLAIN.size >= PLAIN_MAX) PLAIN.clear();
    PLAIN.set(key, facts);
  }
  return facts;
}

/** Must the body be read before the request can be judged? */
export function needsBody(head: RequestHead, asked: readonly string[]): boolean {
  if (head.length === 0) return false;
  return asked.length > 0 || (head.method === "POST" && (isForm(head) || isMultipart(head) || isUntyped(head)));
}

/** A body that streams behind what was judged may still hold a field that changes the method. */
export function mayOverride(head: RequestHead): boolean {
  return head.method === "POST" && isMultipart(head);
}

/** No type, or one that cannot be read: some frameworks then look for a form (Rack does for POST). */
function isUntyped(head: RequestHead): boolean {
  return readMediaType(headerOf(head, "content-type")).type === "";
}

function isMultipart(head: RequestHead): boolean {
  return readMediaType(headerOf(head, "content-type")).type.startsWith("multipart/");
}

function isForm(head: RequestHead): boolean {
  return readMediaType(headerOf(head, "content-type")).type === "application/x-www-form-urlencoded";
}

/** Form fields that many frameworks take the method from, instead of the request line. */
function effectiveMethods(
  head: RequestHead,
  form: ReadonlyMap<string, readonly string[]> | undefined,
  input: ClassifyInput,
): { readonly names: readonly string[]; readonly complete: boolean } {
  const names = new Set([head.method]);
  let complete = true;
  const add = (value: string): void => {
    const name = value.trim().toUpperCase();
    if (/^[A-Z][A-Z-]{0,31}$/.test(name)) names.add(name);
    else if (name !== "") complete = false;
  };
  for (const header of OVERRIDES) for (const value of headersOf(head, header)) value.split(",").forEach(add);
  for (const [key, values] of head.parameters) if (isOverrideField(key)) values.forEach(add);
  if (head.method === "POST" && isForm(head)) {
    if (form === undefined) complete = false;
    for (const [key, values] of form ?? []) if (isOverrideField(key)) values.forEach(add);
    // To some a `;` separates fields as a `&` does.
    if (input.body?.includes(";") === true && namesOverride(input.body)) complete = false;
  }
  if (head.method === "POST" && head.length !== 0 && isUntyped(head)) {
    if (input.body === undefined || namesOverride(input.body)) complete = false;
  }
  if (mayOverride(head) && head.length !== 0) {
    // What follows a part is watched while it streams; behind a coding there is nothing to be seen.
    const seen = input.body ?? (headerOf(head, "content-encoding") === undefined ? input.part : undefined);
    if (seen === undefined || new OverrideWatch().push(seen)) complete = false;
  }
  return { names: [...names], complete };
}

/** Would any reading of these bytes as a form find such a field? */
function namesOverride(body: Buffer): boolean {
  return body
    .toString("latin1")
    .split(/[&;]/)
    .map((pair) => (pair.split("=", 1)[0] ?? "").replaceAll("+", " ").replace(/%([0-9a-f]{2})/gi, decodeOne))
    .some((name) => isOverrideField(name.trim()));
}

function decodeOne(_all: string, hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16));
}

function formOf(input: ClassifyInput): ReadonlyMap<string, readonly string[]> | undefined {
  if (input.body === undefined || !isForm(input.head)) return undefined;
  // Names written in EBCDIC are other names.
  const { charset } = readMediaType(headerOf(input.head, "content-type"));
  if (charset !== undefined && !/^(?:utf-?8|us-ascii|iso-8859-1)$/.test(charset)) return undefined;
  const text = input.body.toString("latin1");
  if (/[^\x21-\x7e]/.test(text)) return undefined;
  return canonicalQuery(text).parameters;
}

function headerFacts(headers: HeaderList, asked: readonly string[]): MapFact {
  const entries: Record<string, readonly string[]> = {};
  for (const name of asked) {
    if (CREDENTIALS.has(name)) continue;
    const values = headersOf({ headers }, name);
    if (values.length > 0) entries[name] = values;
  }
  return { type: "map", entries, complete: true };
}

function queryFacts(head: RequestHead, asked: readonly string[]): MapFact {
  const unknown = doubted(asked, head.parameters.keys());
  return {
    type: "map",
    entries: fromMap(head.parameters),
    complete: true,
    ...(unknown.length === 0 ? {} : { unknown }),
  };
}

function bodyFacts(input: ClassifyInput, form: ReadonlyMap<string, readonly string[]> | undefined): MapFact {
  const { head, body, asked } = input;
  if (head.length === 0 || body?.length === 0) return { type: "map", entries: {}, complete: true };
  const { type, charset } = readMediaType(headerOf(head, "content-type"));
  if (form !== undefined) {
    // What to some is one field's value are several fields to others.
    if (body?.includes(";") === true) return UNREAD;
    const names = new Map(asked.body.map((path) => [path, /^\$\.([^.[\]*]+)$/.exec(path)?.[1]]));
    const unsure = new Set(
      doubted(
        [...names.values()].filter((name) => name !== undefined),
        form.keys(),
      ),
    );
    const entries: Record<string, readonly string[]> = {};
    const unknown: string[] = [];
    for (const [path, name] of names) {
      const values = name === undefined ? undefined : form.get(name);
      if (name === undefined || unsure.has(name)) unknown.push(path);
      if (values !== undefined) entries[path] = values;
    }
    return { type: "map", entries, complete: true, ...(unknown.length === 0 ? {} : { unknown }) };
  }
  if (body === undefined || !isJsonType(type) || (charset !== undefined && !/^utf-?8$/.test(charset))) return UNREAD;
  try {
    decodeUtf8(body);
  } catch {
    return UNREAD;
  }
  // Of a name that stands twice both values are facts: an allow needs both, a deny one.
  const { values, unknown, complete } = readJsonPaths(body, asked.body);
  return { type: "map", entries: values, complete, ...(unknown.length === 0 ? {} : { unknown }) };
}

function fromMap(map: ReadonlyMap<string, readonly string[]>): MapFact["entries"] {
  // fromEntries defines each key as an own one, also `__proto__`.
  return Object.fromEntries(map);
}

const UNREAD: MapFact = { type: "map", entries: {}, complete: false };
const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
const PLAIN = new Map<string, Facts>();
/** Plain requests whose facts are kept. */
const PLAIN_MAX = 256;
/** Longest path of a request whose facts are kept, in characters. */
const PLAIN_PATH_CHARS_MAX = 512;
const OVERRIDES = ["x-http-method-override", "x-method-override", "x-http-method"];
/** Never in a record, whatever a rule asks for. */
const CREDENTIALS = new Set(["authorization", "proxy-authorization", "cookie", "gate-endpoint"]);
