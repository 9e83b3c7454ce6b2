/** Reading parse-tree JSON without trusting its shape. Pure. */
import type { Json, JsonObject } from "./parser.ts";

/** The value as an object; anything else gives an empty one. */
export function asObject(json: Json | undefined): JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json) ? (json as JsonObject) : EMPTY;
}

/** The value as a list; anything else gives an empty one. */
export function list(json: Json | undefined): readonly Json[] {
  return Array.isArray(json) ? (json as readonly Json[]) : [];
}

/** A wrapped node's type and content: `{"A_Const": {…}}`. An empty or odd one gives the type "". */
export function only(json: Json | undefined): readonly [string, JsonObject] {
  const object = asObject(json);
  const keys = Object.keys(object);
  const type = keys[0];
  return keys.length === 1 && type !== undefined ? [type, asObject(object[type])] : ["", EMPTY];
}

/** The texts of the String nodes in a list of names; other nodes (`*`) are left out. */
export function strings(json: Json | undefined): readonly string[] {
  const found: string[] = [];
  for (const item of list(json)) {
    const text = asObject(item)["String"];
    if (text !== undefined) found.push(textOf(asObject(text)["sval"]) ?? "");
  }
  return found;
}

/** An enumeration's word; anything else gives "". */
export function word(json: Json | undefined): string {
  return typeof json === "string" ? json : "";
}

export function textOf(json: Json | undefined): string | undefined {
  return typeof json === "string" ? json : undefined;
}

/** Does a field of this name hold a place in the text, and no meaning? */
export function isPlace(field: string): boolean {
  return field === "location" || PLACES.test(field);
}

const PLACES = /^(?:rexpr_)?list_(?:start|end)$|_location$/;
const EMPTY: JsonObject = Object.freeze({});
