/** How the client gets the rows of COPY … TO STDOUT, as its options say. Pure. */
import type { JsonObject } from "./parser.ts";
import { asObject, list, only, textOf } from "./tree.ts";

export interface CopyFormat {
  readonly kind: "text" | "csv" | "binary";
  /** One byte each, as characters. */
  readonly delimiter: string;
  readonly quote: string;
  readonly escape: string;
  /** What stands for NULL, without quotes. */
  readonly nullText: string;
  /** The first line holds names. */
  readonly header: boolean;
}

/** @returns undefined where the options leave it open: then its columns cannot be told apart. */
export function copyFormat(node: JsonObject): CopyFormat | undefined {
  const options = new Map<string, string>();
  for (const each of list(node["options"])) {
    const option = asObject(asObject(each)["DefElem"]);
    const name = (textOf(option["defname"]) ?? "").toLowerCase();
    if (name === "force_quote") continue;
    const value = optionText(option);
    if (value === undefined || !KNOWN.has(name) || options.has(name)) return undefined;
    options.set(name, value);
  }
  const kind = (options.get("format") ?? "text").toLowerCase();
  if (kind !== "text" && kind !== "csv" && kind !== "binary") return undefined;
  if (!/^utf-?8$/i.test(options.get("encoding") ?? "utf8")) return undefined;
  const header = HEADERS.get((options.get("header") ?? "false").toLowerCase());
  const quote = options.get("quote") ?? '"';
  const format: CopyFormat = {
    kind,
    delimiter: options.get("delimiter") ?? (kind === "csv" ? "," : "\t"),
    quote,
    escape: options.get("escape") ?? quote,
    nullText: options.get("null") ?? (kind === "csv" ? "" : "\\N"),
    header: header === true,
  };
  const single = [format.delimiter, format.quote, format.escape].every((each) => /^[\x01-\x7f]$/.test(each));
  return header === undefined || !single ? undefined : format;
}

function optionText(option: JsonObject): string | undefined {
  const [type, value] = only(option["arg"]);
  switch (type) {
    case "":
      return option["arg"] === undefined ? "true" : undefined;
    case "String":
      return textOf(value["sval"]) ?? "";
    case "Boolean":
      return String(value["boolval"] === true);
    case "Integer":
      return typeof value["ival"] === "number" ? String(value["ival"]) : "0";
    default:
      return undefined;
  }
}

const KNOWN: ReadonlySet<string> = new Set([
  "format",
  "delimiter",
  "null",
  "header",
  "quote",
  "escape",
  "encoding",
  "freeze",
  "oids",
]);
/** As defGetBoolean reads it; `match` is for COPY FROM only. */
const HEADERS: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["on", true],
  ["1", true],
  ["false", false],
  ["off", false],
  ["0", false],
]);
