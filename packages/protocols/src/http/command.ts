/** A request as the unit of policy: what people read, and a digest over everything that decides what will happen. Pure. */
import { sha256Hex } from "@gate/base";
import type { Command, Facts } from "@gate/contract";
import { withoutWaiting } from "../web/prefer.ts";
import type { RequestHead } from "../web/request-head.ts";

export interface CommandInput {
  readonly head: RequestHead;
  readonly facts: Facts;
  /** Headers as they will be forwarded, without the target's credential. */
  readonly headers: readonly (readonly [string, string])[];
  /** The whole body; `undefined` when it streams and is not known yet. */
  readonly body: Buffer | undefined;
  readonly upgrade: "websocket" | undefined;
  readonly cannotDischarge?: Command["cannotDischarge"];
}

export function commandOf(input: CommandInput): Command {
  const { head, body, upgrade } = input;
  const target = head.query === "" ? head.path : `${head.path}?${head.query}`;
  const line = `${head.method} ${target}`;
  const shown =
    body === undefined
      ? " (body not read)"
      : body.length === 0
        ? ""
        : `\nbody ${body.length} bytes, SHA-256 ${sha256Hex(body)}`;
  const { cannotDischarge } = input;
  let digest: string | undefined;
  return {
    kind: upgrade ?? "request",
    text: `${line}${upgrade === undefined ? "" : ` (upgrade to ${upgrade})`}${shown}`,
    digest: () => (digest ??= digestOf(input, line)),
    facts: input.facts,
    shown: () => whole(input, line + (upgrade === undefined ? "" : ` (upgrade to ${upgrade})`), shown),
    ...(cannotDischarge === undefined ? {} : { cannotDischarge }),
  };
}

/**
 * What approvers read: also the headers that can change what is done, and the body where it is text of a length that
 * somebody reads; of other bodies, the digest only. The record holds none of it: this is for holds.
 */
function whole({ headers, body = EMPTY }: CommandInput, line: string, digest: string): string {
  const told = headers
    .filter(([name]) => !IMMATERIAL.has(name) && !UNREMARKABLE.has(name))
    .map(([name, value]) => `\n${name}: ${SECRET.has(name) ? "(not shown)" : value}`);
  const coded = headers.some(([name]) => name === "content-encoding");
  if (body.length === 0) return `${line}${told.join("")}${digest}`;
  const text = coded || body.length > SHOWN_BODY_BYTES_MAX ? undefined : utf8(body);
  if (text !== undefined) return `${line}${told.join("")}\n\n${text}\n${digest}`;
  const why = coded ? "it is compressed" : body.length > SHOWN_BODY_BYTES_MAX ? "it is too long" : "it is no text";
  return `${line}${told.join("")}\n\n(THE BODY IS NOT SHOWN: ${why}. Whoever approves this, approves bytes unseen.)\n${digest}`;
}

function utf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * Every forwarded header that can change what is done is part of it; those that differ between two runs of the same
 * client without changing anything are not.
 */
function digestOf(input: CommandInput, line: string): string {
  // Put together first: one call of the library costs less than one a part.
  let all = "";
  const { headers: askedFact } = input.facts.fields;
  const asked = askedFact?.type === "map" ? Object.keys(askedFact.entries) : [];
  const part = (text: string): void => {
    all += `${Buffer.byteLength(text)}:${text}`;
  };
  part(line);
  part(input.upgrade ?? "");
  for (const [name, value] of [...input.headers].sort(byName)) {
    if (IMMATERIAL.has(name) && !asked.includes(name)) continue;
    // How long the client waits is between it and the gate; any other preference changes what the target does.
    const material = name === "prefer" && !asked.includes(name) ? withoutWaiting(value) : value;
    if (name === "prefer" && material === "") continue;
    part(name);
    part(material);
  }
  part("");
  part(input.body === undefined ? `unread ${input.head.length}` : sha256Hex(input.body));
  return sha256Hex(all);
}

function byName(a: readonly [string, string], b: readonly [string, string]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}

/** What the line, the body and its size say already, or what says nothing of the request. */
const UNREMARKABLE = new Set([
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "te",
  "accept",
  "accept-language",
]);
/** Granted to go on to the target, but for nobody's eyes. */
const SECRET = new Set(["authorization", "proxy-authorization", "cookie"]);
const EMPTY = Buffer.alloc(0);
/** A longer body is shown to approvers by its digest only. */
const SHOWN_BODY_BYTES_MAX = 32_768;
/** Tracing and content negotiation of transport: another value asks for nothing else. */
const IMMATERIAL = new Set([
  "user-agent",
  "traceparent",
  "tracestate",
  "baggage",
  "x-request-id",
  "accept-encoding",
  "date",
  "priority",
]);
