/**
 * What tools say of themselves, by digest: a description tells an agent what to do, so one that changed is another tool.
 * Known by the target's pins or, without any, by what this gateway saw first. Touches node:crypto only.
 */
import { sha256Hex } from "@gate/base";
import { foldName } from "@gate/masking";
import { InexactNumber, isJsonObject, type JsonObject, type JsonValue } from "../web/strict-json.ts";
import type { DefinitionStatus } from "./classify.ts";
import type { McpTarget } from "./target.ts";

export interface Definition {
  readonly name: string;
  readonly digest: string;
  readonly status: Exclude<DefinitionStatus, undefined>;
  /** Arguments that are mirrored into headers, by the header's name in lower case: path of names in the arguments. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
}

export class Definitions {
  readonly #pins: ReadonlyMap<string, string> | undefined;
  readonly #first = new Map<string, string>();
  readonly #latest = new Map<string, Definition>();

  constructor(pins: ReadonlyMap<string, string> | undefined) {
    this.#pins = pins;
  }

  /** One for all connections to a configured target: what one session saw first, the next one must see too. */
  static of(target: McpTarget): Definitions {
    let own = ALL.get(target);
    if (own === undefined) {
      own = new Definitions(target.pins);
      ALL.set(target, own);
    }
    return own;
  }

  /** Takes note of a tool in a list; `undefined` when it has no name that a call could use. */
  observe(tool: JsonValue): Definition | undefined {
    if (!isJsonObject(tool)) return undefined;
    const { name } = tool;
    if (typeof name !== "string" || name === "") return undefined;
    // A reader that ignores case would take `Description` for what the digest covers.
    if (Object.keys(tool).some((key) => (FOLDED.get(foldName(key)) ?? key) !== key)) return undefined;
    const digest = digestOf(tool);
    const definition = { name, digest, status: this.#judge(name, digest), headers: mirroredArguments(tool) };
    if (this.#latest.has(name) || this.#latest.size < TOOLS_MAX) this.#latest.set(name, definition);
    return definition;
  }

  /** What the target said last of this tool. */
  latest(name: string): Definition | undefined {
    return this.#latest.get(name);
  }

  /** The target says that its list has changed: what it said before does not count any more. */
  forget(): void {
    this.#latest.clear();
  }

  #judge(name: string, digest: string): Definition["status"] {
    if (this.#pins !== undefined) {
      const pin = this.#pins.get(name);
      return pin === undefined ? "new" : pin === digest ? "known" : "changed";
    }
    const first = this.#first.get(name);
    if (first !== undefined) return first === digest ? "known" : "changed";
    if (this.#first.size >= TOOLS_MAX) return "new";
    this.#first.set(name, digest);
    return "known";
  }
}

/** SHA-256 of everything of a definition that a model reads, as canonical JSON (RFC 8785: members sorted, no blanks). */
export function digestOf(tool: JsonObject): string {
  const members = DEFINING.filter((name) => tool[name] !== undefined).map(
    (name) => `${JSON.stringify(name)}:${canonical(tool[name] ?? null)}`,
  );
  return sha256Hex(`{${members.join(",")}}`);
}

function canonical(value: JsonValue): string {
  if (value instanceof InexactNumber) return value.text;
  if (Array.isArray(value)) return `[${(value as readonly JsonValue[]).map(canonical).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const names = Object.keys(value).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name] ?? null)}`).join(",")}}`;
}

/** `x-mcp-header` of arguments that stand at a path of `properties` alone (2026-07-28, custom headers). */
function mirroredArguments(tool: JsonObject): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, readonly string[]>();
  const visit = (schema: JsonValue | undefined, path: readonly string[]): void => {
    if (!isJsonObject(schema)) return;
    const name = schema["x-mcp-header"];
    if (typeof name === "string" && path.length > 0) headers.set(`mcp-param-${name.toLowerCase()}`, path);
    const properties = schema["properties"];
    if (!isJsonObject(properties)) return;
    for (const [key, inner] of Object.entries(properties)) visit(inner, [...path, key]);
  };
  visit(tool["inputSchema"], []);
  return headers;
}

const ALL = new WeakMap<McpTarget, Definitions>();
/** Sorted: the digest is over canonical JSON. */
const DEFINING = ["annotations", "description", "inputSchema", "name", "outputSchema", "title"] as const;
const FOLDED: ReadonlyMap<string, string> = new Map(DEFINING.map((name) => [foldName(name), name]));
/** Tools of one target whose definitions are remembered. */
const TOOLS_MAX = 2_000;
