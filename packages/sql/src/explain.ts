/** What the options of EXPLAIN mean. Pure. */
import type { JsonObject } from "./parser.ts";
import { asObject, list, only, textOf } from "./tree.ts";

/** Does EXPLAIN run the statement? Only a plain false counts as no. */
export function explainsByRunning(node: JsonObject): boolean {
  return list(node["options"]).some((each) => {
    const option = asObject(asObject(each)["DefElem"]);
    if ((textOf(option["defname"]) ?? "").toLowerCase() !== "analyze") return false;
    const [type, value] = only(option["arg"]);
    if (type === "String") return !["false", "off"].includes((textOf(value["sval"]) ?? "").toLowerCase());
    if (type === "Integer") return value["ival"] !== undefined;
    return !(type === "Boolean" && value["boolval"] !== true);
  });
}
