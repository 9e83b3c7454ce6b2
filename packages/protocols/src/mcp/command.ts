/** A message as the unit of policy: what people read, and a digest over everything that decides what will happen. Pure. */
import { createHash } from "node:crypto";
import type { Command, Facts } from "@gate/contract";
import type { NotificationMessage, RequestMessage } from "./message.ts";
import { applyEdits, memberOf, membersOf, slice, type Edit } from "./spans.ts";

export interface CommandContext {
  readonly facts: Facts;
  readonly version: string;
  /** The target's id of the MCP session. */
  readonly session: string | undefined;
  /** Digest of the tool's definition. */
  readonly definition: string | undefined;
}

export function commandOf(message: RequestMessage | NotificationMessage, context: CommandContext): Command {
  const { method } = message;
  const key = NAMES.get(method);
  const named = key === undefined ? undefined : message.params[key];
  const first = typeof named === "string" ? `${method} ${named}` : method;
  const span = message.spans.get("arguments");
  const rest =
    typeof named === "string"
      ? span === undefined
        ? ""
        : `\narguments ${slice(message.text, span)}`
      : message.spans.size === 0
        ? ""
        : `\nparams ${paramsText(message)}`;
  return {
    kind: message.kind,
    text: first + rest,
    ...(typeof named === "string" ? { shown: () => `${first}${rest}${besides(message, key)}` } : {}),
    digest: () =>
      digest(
        method,
        asAsked(paramsText(message)),
        context.version,
        context.session ?? "",
        context.definition ?? "",
        message.kind,
      ),
    facts: context.facts,
  };
}

/** What else goes on to the target: people are asked about all of it. */
function besides({ text, spans }: RequestMessage | NotificationMessage, key: string | undefined): string {
  return [...spans]
    .flatMap(([name, span]) => {
      if (name === key || name === "arguments") return [];
      if (name !== "_meta") return [`\n${name} ${slice(text, span)}`];
      const material = membersOf(text, span.start).filter((member) => !UNREMARKABLE.has(member.name));
      return material.map((member) => `\n_meta ${member.written} ${slice(text, member.value)}`);
    })
    .join("");
}

/** Something that is no message: a stream, the end of a session, a request of the target's. */
export function plainCommand(kind: string, text: string, facts: Facts, parts: readonly string[]): Command {
  return { kind, text, digest: () => digest(kind, text, ...parts), facts };
}

function paramsText(message: RequestMessage | NotificationMessage): string {
  const span = memberOf(message.text, 0, "params");
  return span === undefined ? "{}" : slice(message.text, span);
}

/** Without what differs between two runs of the same client and asks for nothing else. */
function asAsked(params: string): string {
  const meta = memberOf(params, 0, "_meta");
  if (meta === undefined) return params;
  const edits = membersOf(params, meta.start).flatMap(({ name, value }): Edit[] =>
    IMMATERIAL.has(name) ? [{ ...value, text: "0" }] : [],
  );
  return applyEdits(params, edits);
}

function digest(...parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part);
  return hash.digest("hex");
}

/** Which of its params says what a method is about; any other that is there changes nothing about that. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
  ["resources/subscribe", "uri"],
  ["resources/unsubscribe", "uri"],
]);
const IMMATERIAL = new Set(["progressToken", "traceparent", "tracestate", "baggage"]);
/** Nor do these, which every client of 2026-07-28 sends, say what is asked for. */
const UNREMARKABLE = new Set([
  ...IMMATERIAL,
  "io.modelcontextprotocol/protocolVersion",
  "io.modelcontextprotocol/clientInfo",
  "io.modelcontextprotocol/clientCapabilities",
]);
