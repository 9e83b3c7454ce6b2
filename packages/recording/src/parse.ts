/**
 * Reads lines of records.ndjson back into entries. Pure.
 *
 * Only the shape is checked here; what entries mean together is the verifier's part.
 */
import { decodeUtf8 } from "@gate/base";
import type { Entry } from "@gate/contract";

/** An entry as it stands in the file. */
export type RecordedEntry = Entry & { readonly seq: number; readonly time: string };

export type ParsedLine =
  | { readonly kind: "entry"; readonly entry: RecordedEntry }
  /** Well-formed, of a type that this version does not know. */
  | { readonly kind: "unknown-type"; readonly seq: number; readonly time: string }
  | { readonly kind: "malformed"; readonly problem: string };

/** Reads one line, without its line feed. Never throws. */
export function parseLine(line: Uint8Array): ParsedLine {
  let value: unknown;
  let text: string;
  try {
    text = decodeUtf8(line);
    value = JSON.parse(text);
  } catch {
    return { kind: "malformed", problem: "not JSON in UTF-8" };
  }
  if (!isObject(value)) return { kind: "malformed", problem: "not a JSON object" };
  const { seq, time, type } = value;
  // The head is compared as text, so that no second `seq` or `time` further on can say something else.
  const head = `{"seq":${String(seq)},"time":"${String(time)}","type":"${String(type)}"`;
  if (!Number.isSafeInteger(seq) || typeof time !== "string" || typeof type !== "string" || !text.startsWith(head)) {
    return { kind: "malformed", problem: "seq, time and type must come first" };
  }
  if (!TIME.test(time)) return { kind: "malformed", problem: "time is no UTC time in milliseconds" };
  if (!Object.hasOwn(SHAPES, type)) return { kind: "unknown-type", seq: seq as number, time };
  const problem = mismatch(value, SHAPES[type as Entry["type"]], "");
  if (problem !== undefined) return { kind: "malformed", problem };
  return { kind: "entry", entry: value as unknown as RecordedEntry };
}

function mismatch(value: Record<string, unknown>, shape: Shape, path: string): string | undefined {
  for (const [key, want] of Object.entries(shape)) {
    const name = key.endsWith("?") ? key.slice(0, -1) : key;
    const field = Object.hasOwn(value, name) ? value[name] : undefined;
    if (field === undefined) {
      if (name === key) return `${path}${name} is missing`;
      continue;
    }
    if (typeof want === "object") {
      if (!isObject(field)) return `${path}${name} is not an object`;
      const inner = mismatch(field, want, `${path}${name}.`);
      if (inner !== undefined) return inner;
    } else if (!KINDS[want](field)) {
      return `${path}${name} is not of kind ${want}`;
    }
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A fact as packages/contract has it; JSON leaves an unknown scalar's value out. */
function isFact(fact: unknown): boolean {
  if (!isObject(fact)) return false;
  const { type, items, complete, entries, unknown } = fact;
  if (type === "none") return true;
  if (type === "scalar") return !("value" in fact) || isScalar(fact.value);
  if (typeof complete !== "boolean") return false;
  if (type === "set") return Array.isArray(items) && items.every(isFactItem);
  if (type === "argv") return Array.isArray(items) && items.every(KINDS.strings);
  if (type !== "map" || !isObject(entries)) return false;
  const values = Object.values(entries).every((list) => Array.isArray(list) && list.every(isScalar));
  return values && (unknown === undefined || KINDS.strings(unknown));
}

function isScalar(value: unknown): boolean {
  return value === null || typeof value !== "object";
}

function isFactItem(item: unknown): boolean {
  return isObject(item) && typeof item.name === "string" && (item.labels === undefined || KINDS.strings(item.labels));
}

const TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/;

const KINDS = {
  string: (value: unknown) => typeof value === "string",
  number: (value: unknown) => typeof value === "number",
  boolean: (value: unknown) => typeof value === "boolean",
  true: (value: unknown) => value === true,
  object: isObject,
  strings: (value: unknown) => Array.isArray(value) && value.every((item) => typeof item === "string"),
  texts: (value: unknown) => isObject(value) && Object.values(value).every((item) => typeof item === "string"),
  counts: (value: unknown) => isObject(value) && Object.values(value).every((item) => typeof item === "number"),
  facts: (value: unknown) => isObject(value) && Object.values(value).every(isFact),
  digest: (value: unknown) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value),
  verdict: (value: unknown) => value === "allow" || value === "hold" || value === "deny",
  vote: (value: unknown) => value === "approve" || value === "deny",
  resolution: (value: unknown) => ["approved", "denied", "expired", "withdrawn", "void"].includes(value as string),
} as const;

interface Shape {
  readonly [key: string]: keyof typeof KINDS | Shape;
}

const SHAPES: Readonly<Record<Entry["type"], Shape>> = {
  "session-opened": {
    session: {
      id: "string",
      trustRule: "string",
      principal: { issuer: "string", display: "string", claims: "texts" },
      grants: "strings",
      policyDigest: "string",
      mode: "string",
    },
    targets: "texts",
  },
  "session-renewed": { expires: "string" },
  "latch-refused": { principal: "string" },
  "connection-opened": {
    connection: "string",
    grant: "string",
    target: "string",
    protocol: "string",
    lineage: { strength: "string", endpoint: "string" },
    "observed?": "true",
  },
  "connection-closed": { connection: "string", reason: "string" },
  verdict: {
    connection: "string",
    grant: "string",
    target: "string",
    protocol: "string",
    command: { kind: "string", digest: "digest", text: "string", textBytes: "number" },
    facts: { kind: "string", classified: "boolean", housekeeping: "boolean", writes: "boolean", fields: "facts" },
    verdict: "verdict",
    rules: "strings",
    "override?": "string",
    "message?": "string",
    "hold?": "string",
    "observed?": "true",
  },
  vote: { hold: "string", approver: "string", "identity?": "string", vote: "vote", reason: "string" },
  "hold-resolved": {
    hold: "string",
    of: "number",
    state: "resolution",
    approvers: "strings",
    digest: "digest",
    "claims?": "string",
  },
  result: {
    of: "number",
    durationMs: "number",
    outcome: "string",
    ok: "boolean",
    "rows?": "number",
    "affected?": "number",
    "bytes?": "number",
    "digests?": "texts",
    "masked?": "counts",
    "observed?": "true",
  },
  note: { "connection?": "string", event: "string", detail: "object" },
  "session-closed": { reason: "string" },
};
