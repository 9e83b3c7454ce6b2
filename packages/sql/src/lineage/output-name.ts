/** The name that a column of a result has without AS, where that is certain (FigureColname, parse_target.c). Pure. */
import type { Json } from "../parser.ts";
import { list, only, strings } from "../tree.ts";

/** undefined: gate does not work it out, and it may be any. */
export function outputName(json: Json | undefined): string | undefined {
  const [type, node] = only(json);
  switch (type) {
    case "ColumnRef": {
      const fields = list(node["fields"]);
      const names = strings(node["fields"]);
      return fields.length === names.length ? names.at(-1) : undefined;
    }
    case "FuncCall":
      return strings(node["funcname"]).at(-1);
    case "CollateClause":
      return outputName(node["arg"]);
    case "TypeCast":
      // A constant gets the name of its type, which may be another than the one that was written.
      return outputName(node["arg"]);
    default:
      return undefined;
  }
}
