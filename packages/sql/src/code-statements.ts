/** Statements that bring code with them: DO, CALL, CREATE FUNCTION and CREATE PROCEDURE. Pure. */
import { runBody } from "./behind.ts";
import { readSqlBody, type RoutineBody } from "./bodies.ts";
import type { Json, JsonObject } from "./parser.ts";
import { doBody, readPlpgsql } from "./plpgsql.ts";
import { parseSearchPath } from "./search-path.ts";
import { define, tag } from "./targets.ts";
import { asObject, list, only, strings, textOf, word } from "./tree.ts";
import { Walker, type Handler } from "./walk.ts";

export const CODE_STATEMENTS: readonly (readonly [string, Handler])[] = [
  ["DoStmt", runsBlock],
  ["CallStmt", callsProcedure],
  ["CreateFunctionStmt", createsFunction],
];

/** DO: its block runs now. */
function runsBlock(walker: Walker, node: JsonObject): void {
  tag(walker, "DoStmt", node);
  walker.print.mayWrite = true;
  const { language, source } = doBody(node);
  if (language === "plpgsql") runBody(within(walker), readPlpgsql("DO", source), walker.space.searchPath);
  else walker.print.opaque("DO runs a body in a language that gate does not read");
}

function callsProcedure(walker: Walker, node: JsonObject): void {
  tag(walker, "CallStmt", node);
  walker.print.mayWrite = true;
  const called = asObject(node["funccall"]);
  walker.call(strings(called["funcname"]));
  walker.as("read", () => walker.children("FuncCall", called, ["funcname"]));
  walker.as("read", () => walker.any(node["outargs"]));
}

/**
 * A new function. Its body does not run now, but nobody may be led to allow a body unseen: what it will do counts as if
 * it were done.
 */
function createsFunction(walker: Walker, node: JsonObject): void {
  define(walker, "CreateFunctionStmt", node);
  walker.as("define", () => walker.children("CreateFunctionStmt", node, ["sql_body", "options"]));
  const options = new Map(
    list(node["options"]).map((each) => {
      const option = asObject(asObject(each)["DefElem"]);
      return [textOf(option["defname"]) ?? "", option["arg"]] as const;
    }),
  );
  const set = list(node["options"])
    .map((each) => asObject(asObject(each)["DefElem"]))
    .filter((option) => option["defname"] === "set")
    .map((option) => only(option["arg"])[1]);
  let path = walker.space.searchPath;
  for (const each of set) {
    if (textOf(each["name"])?.toLowerCase() !== "search_path") continue;
    const values = list(each["args"]).map((arg) =>
      textOf(asObject(asObject(asObject(arg)["A_Const"])["sval"])["sval"]),
    );
    path = parseSearchPath(values.map((value) => `"${(value ?? "$user").replaceAll('"', '""')}"`).join(", "));
    if (path?.includes("$user") === true) path = undefined;
  }
  if (node["sql_body"] !== undefined) {
    runBody(within(walker), standardBody(node["sql_body"]), path);
    return;
  }
  const language = (textOf(only(options.get("language"))[1]["sval"]) ?? "sql").toLowerCase();
  const [source = "", symbol] = list(asObject(asObject(options.get("as"))["List"])["items"]).map(
    (item) => textOf(only(item)[1]["sval"]) ?? "",
  );
  if (language === "internal") walker.print.functionsComplete = false;
  else if (language === "sql" && symbol === undefined) runBody(within(walker), readSqlBody(source), path);
  else if (language === "plpgsql" && symbol === undefined) {
    runBody(within(walker), readPlpgsql(signature(node), source), path);
  } else walker.print.opaque("a function's body is in a language that gate does not read");
}

/** BEGIN ATOMIC: a list of statements in a list; RETURN: one of them. */
function standardBody(json: Json): RoutineBody {
  const statements: JsonObject[] = [];
  const collect = (each: Json): void => {
    const [type, inner] = only(each);
    if (Array.isArray(each)) for (const item of each as readonly Json[]) collect(item);
    else if (type === "List") collect(inner["items"] ?? []);
    else if (type !== "") statements.push(asObject(each));
  };
  collect(json);
  return { kind: "statements", statements, endsTransaction: false };
}

/** The head of a function with arguments of the same names; their types matter only where they are rows. */
function signature(node: JsonObject): string {
  const what = node["is_procedure"] === true ? "PROCEDURE" : "FUNCTION";
  const inputs: string[] = [];
  const columns: string[] = [];
  for (const each of list(node["parameters"])) {
    const parameter = asObject(asObject(each)["FunctionParameter"]);
    const mode = MODE_WORDS.get(word(parameter["mode"])) ?? "";
    const name = textOf(parameter["name"]);
    const type = typeText(asObject(parameter["argType"]));
    const declared = `${name === undefined ? "" : `"${name.replaceAll('"', '""')}" `}${type}`;
    if (mode === "TABLE") columns.push(declared);
    else inputs.push(`${mode} ${declared}`);
  }
  const returned = node["returnType"];
  let returns = "";
  if (columns.length > 0) returns = ` RETURNS TABLE (${columns.join(", ")})`;
  else if (returned !== undefined) {
    const set = asObject(returned)["setof"] === true ? "SETOF " : "";
    returns = ` RETURNS ${set}${typeText(asObject(returned))}`;
  }
  return `CREATE ${what} gate_body(${inputs.join(", ")})${returns} LANGUAGE plpgsql AS`;
}

function typeText(type: JsonObject): string {
  // What a column's type is would have to be looked up; the parser only asks whether it is a row.
  if (type["pct_type"] === true) return "text";
  const names = strings(type["names"]).map((name) => `"${name.replaceAll('"', '""')}"`);
  return names.join(".") + (list(type["arrayBounds"]).length > 0 ? "[]" : "");
}

/** The walker of what a statement contains, as against the statement. */
function within(walker: Walker): Walker {
  const { seen, depth, run } = walker.inside;
  return new Walker(walker.space, walker.print, walker.handlers, { seen, depth: depth + 1, run });
}

const MODE_WORDS: ReadonlyMap<string, string> = new Map([
  ["FUNC_PARAM_IN", "IN"],
  ["FUNC_PARAM_OUT", "OUT"],
  ["FUNC_PARAM_INOUT", "INOUT"],
  ["FUNC_PARAM_VARIADIC", "VARIADIC"],
  ["FUNC_PARAM_TABLE", "TABLE"],
]);
