/** What a function's result is made of, and whether calling it tells about its arguments. Pure. */
import type { JsonObject } from "../parser.ts";
import { findFunction } from "../names.ts";
import { SAFE_FUNCTIONS } from "../safe-functions.ts";
import { asObject, list, only, strings, textOf } from "../tree.ts";
import { bare, expression } from "./expression.ts";
import {
  BUILDERS,
  PASSING,
  SCALAR_FUNCTIONS,
  SET_RETURNING,
  TAME_AGGREGATES,
  TAME_FUNCTIONS,
  UNPACKING,
} from "./functions.ts";
import { isTameCall } from "./tame.ts";
import type { Run } from "./run.ts";
import type { Scope } from "./scope.ts";
import { CLEAN, conditional, derived, isTainted, UNKNOWN, type Value } from "./value.ts";

export function call(run: Run, node: JsonObject, scope: Scope): Value {
  const names = strings(node["funcname"]);
  const name = names.at(-1) ?? "";
  const args = list(node["args"]).map((each) => expression(run, each, scope));
  const order = derived(list(node["agg_order"]).map((each) => expression(run, each, scope)));
  const filter = expression(run, node["agg_filter"], scope);
  const over = window(run, node, scope);
  const all = derived([...args, order, filter, over]);
  if (!isBuiltin(run, names)) return isTainted(all) ? elsewhere(run, all) : UNKNOWN;
  if (!SAFE_FUNCTIONS.has(name)) return isTainted(all) ? elsewhere(run, all) : { ...CLEAN, heavy: true };
  const light = TAME_FUNCTIONS.has(name) || TAME_AGGREGATES.has(name);
  if (!isTainted(all))
    return { ...all, scalar: isScalar(name, args), built: BUILDERS.has(name), heavy: all.heavy === true || !light };
  if (SET_RETURNING.has(name)) return rows(run, name, args, all);
  if (name === "count" && node["agg_distinct"] !== true && args.every((each) => counts(run, each))) {
    // How many rows there are, and how many are not NULL, every masked result shows as well.
    return derived([order, filter, over]);
  }
  const tame = isTameCall(name, node, args) || (name === "convert_to" && isUtf8(node));
  const filtered = isTainted(filter) ? conditional(all) : all;
  const heavy = all.heavy === true || !light;
  const built = BUILDERS.has(name) && !isTainted(filter);
  return { ...filtered, tame: filtered.tame && tame, heavy, built, scalar: isScalar(name, args) };
}

function isScalar(name: string, args: readonly Value[]): boolean {
  return SCALAR_FUNCTIONS.has(name) || (PASSING.has(name) && args.every((value) => value.scalar === true));
}

function counts(run: Run, value: Value): boolean {
  if (!isTainted(value)) return true;
  const action = run.masked.byColumn.get(value.direct ?? "")?.action.kind;
  return action !== undefined && action !== "null";
}

function rows(run: Run, name: string, args: readonly Value[], all: Value): Value {
  const visible = UNPACKING.has(name) && args.every((each) => !isTainted(each) || each.built === true);
  if (!visible) run.tests(all);
  return { taint: all.taint, tame: all.tame, heavy: true };
}

/** The value goes where no mask follows it: a setting, a sequence, a notification, code that gate does not know. */
function elsewhere(run: Run, all: Value): Value {
  run.refuse("a masked value is handed to a function that gate cannot follow");
  return { taint: all.taint, tame: false };
}

function window(run: Run, node: JsonObject, scope: Scope): Value {
  if (node["over"] === undefined) return CLEAN;
  return derived([bare(run, "WindowDef", asObject(node["over"]), scope), scope.windows ?? CLEAN]);
}

function isBuiltin(run: Run, names: readonly string[]): boolean {
  const { items } = findFunction(run.space, names.length > 1 ? names.at(-2) : undefined, names.at(-1) ?? "");
  return items.length > 0 && items.every((item) => item.name.startsWith("pg_catalog."));
}

function isUtf8(node: JsonObject): boolean {
  const [type, constant] = only(list(node["args"])[1]);
  return type === "A_Const" && /^utf-?8$/i.test(textOf(asObject(constant["sval"])["sval"]) ?? "");
}
