/**
 * What text an EXECUTE runs, where that can be told: a literal, and literals that the call hands to arguments of type
 * text, put together with `||` or format(). Pure, over the loaded grammar.
 */
import { parseSql, type Json, type JsonObject } from "./parser.ts";
import { asObject, list, only, strings, textOf } from "./tree.ts";

/** Texts of a call's arguments: by name (lower case, as a plain identifier) and by `$n`. */
export type Constants = ReadonlyMap<string, string>;

export const NO_CONSTANTS: Constants = new Map();

/** The only expression of `SELECT …` without any clause; undefined for anything else. */
export function selected(expression: string): Json | undefined {
  const outcome = parseSql(`SELECT ${expression}`);
  const statement =
    outcome.kind === "tree" && outcome.statements.length === 1 ? outcome.statements[0]?.stmt : undefined;
  const [type, select] = only(asObject(statement));
  if (type !== "SelectStmt" || Object.keys(select).some((key) => !PLAIN_SELECT.has(key))) return undefined;
  const [target, ...others] = list(select["targetList"]);
  return others.length > 0 ? undefined : asObject(asObject(target)["ResTarget"])["val"];
}

/** The text that an expression is worth; undefined where it depends on anything but constants. */
export function constantText(json: Json | undefined, constants: Constants, depth = 0): string | undefined {
  if (json === undefined || depth > CONSTANT_DEPTH_MAX) return undefined;
  const inner = (each: Json | undefined): string | undefined => constantText(each, constants, depth + 1);
  const [type, node] = only(json);
  switch (type) {
    case "A_Const":
      return node["sval"] === undefined ? undefined : (textOf(asObject(node["sval"])["sval"]) ?? "");
    case "ParamRef":
      return typeof node["number"] === "number" ? constants.get(`$${node["number"]}`) : undefined;
    case "ColumnRef": {
      const names = strings(node["fields"]);
      return names.length === 1 && list(node["fields"]).length === 1 ? constants.get(names[0] ?? "") : undefined;
    }
    case "A_Expr": {
      if (node["kind"] !== "AEXPR_OP" || strings(node["name"]).join(".") !== "||") return undefined;
      const [left, right] = [inner(node["lexpr"]), inner(node["rexpr"])];
      return left === undefined || right === undefined ? undefined : left + right;
    }
    case "FuncCall": {
      if (strings(node["funcname"]).at(-1) !== "format" || Object.keys(node).some((key) => !PLAIN_CALL.has(key))) {
        return undefined;
      }
      const [pattern, ...values] = list(node["args"]).map(inner);
      return pattern === undefined ? undefined : formatted(pattern, values);
    }
    default:
      return undefined;
  }
}

/** format() with nothing but %s and %%. */
function formatted(pattern: string, values: readonly (string | undefined)[]): string | undefined {
  let place = 0;
  let known = true;
  const text = pattern.replaceAll(/%(.?)/gs, (_all, letter: string) => {
    if (letter === "%") return "%";
    const value = letter === "s" ? values[place++] : undefined;
    if (value === undefined) known = false;
    return value ?? "";
  });
  return known ? text : undefined;
}

/**
 * The constants that a body only ever looks at: every place where the name stands is inside an expression. One that is
 * declared anew, assigned or selected into stands somewhere else too.
 */
export function unassigned(
  constants: Constants,
  tokens: readonly string[],
  expressions: readonly JsonObject[],
): Constants {
  if (constants.size === 0) return constants;
  const words = new Set(tokens.map((token) => token.toLowerCase()));
  // CALL writes into its arguments; U&"…" can spell any name.
  if (words.has("call") || (words.has("u") && words.has("&"))) return NO_CONSTANTS;
  const numbered = [...words].some((word) => /^\$\d+$/.test(word));
  const looked = new Map<string, number>();
  const count = (json: Json | undefined): void => {
    if (Array.isArray(json)) for (const item of json as readonly Json[]) count(item);
    else if (typeof json === "object" && json !== null) {
      for (const [key, value] of Object.entries(json)) {
        const node = asObject(value);
        const name =
          key === "ColumnRef" && list(node["fields"]).length === 1
            ? strings(node["fields"])[0]
            : key === "ParamRef" && typeof node["number"] === "number"
              ? `$${node["number"]}`
              : undefined;
        if (name !== undefined) looked.set(name, (looked.get(name) ?? 0) + 1);
        count(value);
      }
    }
  };
  for (const expression of expressions) count(expression);
  const written = new Map<string, number>();
  for (const token of tokens) {
    const name = token.startsWith('"') ? token.slice(1, -1).toLowerCase() : token.toLowerCase();
    written.set(name, (written.get(name) ?? 0) + 1);
  }
  return new Map(
    [...constants].filter(([name]) => {
      // A named argument has a number as well, and can be qualified: either could be assigned.
      if (!name.startsWith("$") && (numbered || [...words].some((word) => word.endsWith(`.${name}`)))) return false;
      return (written.get(name) ?? 0) === (looked.get(name) ?? 0);
    }),
  );
}

/**
 * What a call gives to arguments of type text. `parameters`: FunctionParameter nodes of the function; `args`: the
 * nodes of the call.
 */
export function constantsOf(parameters: readonly Json[], args: readonly Json[]): Constants {
  // The columns of RETURNS TABLE stand behind the arguments and take no part in their numbers.
  const inputs = parameters
    .map((each) => asObject(asObject(each)["FunctionParameter"]))
    .filter((each) => textOf(each["mode"]) !== "FUNC_PARAM_TABLE");
  if (inputs.length !== args.length || !inputs.every((each) => INPUTS.has(textOf(each["mode"]) ?? ""))) {
    return NO_CONSTANTS;
  }
  const found = new Map<string, string>();
  for (const [place, input] of inputs.entries()) {
    const type = asObject(input["argType"]);
    const value = asObject(asObject(asObject(args[place])["A_Const"])["sval"]);
    const isText = strings(type["names"]).at(-1) === "text" && type["arrayBounds"] === undefined;
    const text = textOf(value["sval"]);
    if (!isText || text === undefined) continue;
    const name = textOf(input["name"]);
    // A quoted name could be written in two ways; it is found by its number all the same.
    if (name !== undefined && /^[a-z_][a-z0-9_]*$/.test(name)) found.set(name, text);
    // Known by both, it could be assigned under the one and looked at under the other.
    else found.set(`$${place + 1}`, text);
  }
  return found;
}

const PLAIN_SELECT: ReadonlySet<string> = new Set(["targetList", "limitOption", "op"]);
const PLAIN_CALL: ReadonlySet<string> = new Set(["funcname", "args", "funcformat", "location"]);
const INPUTS: ReadonlySet<string> = new Set(["FUNC_PARAM_IN", "FUNC_PARAM_DEFAULT"]);
/** Nesting of an expression that is put together. */
const CONSTANT_DEPTH_MAX = 100;
