/** What SET and RESET are called: SET for harmless settings, `SET <name>` for every other (CONTRACT §3). Pure. */
import type { Json, JsonObject } from "./parser.ts";
import { isHarmlessSetting, settingTag } from "./settings.ts";
import { asObject, list, only, textOf, word } from "./tree.ts";

/** The tag of SET and RESET (CONTRACT §3). */
export function settingTags(node: JsonObject): string {
  const kind = word(node["kind"]);
  const name = (textOf(node["name"]) ?? "").toLowerCase();
  if (kind === "VAR_RESET_ALL") return "RESET ALL";
  if (kind === "VAR_SET_MULTI") {
    return name === "transaction" || name === "session characteristics" ? "SET" : `SET ${name.toUpperCase()}`;
  }
  const values = kind === "VAR_SET_VALUE" ? list(node["args"]).map(constantText) : undefined;
  const plain = values?.every((value) => value !== undefined) === true ? values : undefined;
  if (!isHarmlessSetting(name, plain)) return settingTag(name);
  return kind === "VAR_RESET" ? "RESET" : "SET";
}

function constantText(json: Json): string | undefined {
  const [type, node] = only(json);
  if (type !== "A_Const") return undefined;
  if (node["sval"] !== undefined) return textOf(asObject(node["sval"])["sval"]) ?? "";
  if (node["ival"] !== undefined) return JSON.stringify(asObject(node["ival"])["ival"] ?? 0);
  if (node["fval"] !== undefined) return textOf(asObject(node["fval"])["fval"]) ?? "";
  return node["boolval"] !== undefined ? "bool" : undefined;
}

/** May names or texts mean something else afterwards, or others act? */
export function changesMeaning(node: JsonObject): boolean {
  const name = (textOf(node["name"]) ?? "").toLowerCase();
  return node["kind"] === "VAR_RESET_ALL" || MEANING.has(name) || name.startsWith("transaction snapshot");
}

const MEANING: ReadonlySet<string> = new Set(
  `search_path role session_authorization standard_conforming_strings client_encoding backslash_quote row_security
   transform_null_equals session_replication_role xmloption`.split(/\s+/),
);
