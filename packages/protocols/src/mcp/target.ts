/** Reads an mcp target of gateway.yaml, after its secrets were resolved. Pure. */
import { invalid, readWebTarget, targetKeys, WEB_TARGET_KEYS, type WebTarget } from "../web/target.ts";

export interface McpTarget extends WebTarget {
  /** SHA-256 (hex) of the definitions that tools must have, by name; `undefined`: what is seen first counts. */
  readonly pins: ReadonlyMap<string, string> | undefined;
}

/** @throws {WebError} TARGET_INVALID naming the key and what to write instead. */
export function parseTarget(input: Readonly<Record<string, unknown>>): McpTarget {
  const own = ["tools"];
  const target = readWebTarget(input, "mcp", own);
  const tools = targetKeys(input, "", [...WEB_TARGET_KEYS, ...own]).section("tools");
  if (tools === undefined) return { ...target, pins: undefined };
  const texts = targetKeys(tools, "tools.", Object.keys(tools));
  const pins = new Map<string, string>();
  for (const name of Object.keys(tools)) {
    const digest = /^(?:sha256:)?([0-9a-f]{64})$/.exec(texts.text(name) ?? "")?.[1];
    if (digest === undefined) {
      return invalid(`tools.${name}`, "must be `sha256:` and 64 hexadecimal digits in lower case");
    }
    pins.set(name, digest);
  }
  if (pins.size > PINS_MAX) invalid("tools", `has more than ${PINS_MAX} entries`);
  return { ...target, pins };
}

/** Tools that one target may pin. */
const PINS_MAX = 2_000;
