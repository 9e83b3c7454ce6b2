/**
 * The SQL inside a PL/pgSQL body, by PL/pgSQL's own grammar: every statement and expression, wherever it stands. Pure,
 * over the loaded grammar.
 *
 * The parser sees no catalogue, so a row type is read as `record`; and it leaves out the defaults of record variables,
 * which are found among the tokens of DECLARE sections. EXECUTE is followed where its text is known (plpgsql-constants.ts),
 * and nowhere else.
 */
import { parsePlpgsql, parseSql, type Json, type JsonObject } from "./parser.ts";
import { constantText, NO_CONSTANTS, selected, unassigned, type Constants } from "./plpgsql-constants.ts";
import { endOfToken } from "./tokens.ts";
import { asObject, list, only, textOf } from "./tree.ts";

/** Statements and expressions of one body. */
export const BODY_EXPRESSIONS_MAX = 5_000;

export type Body =
  | {
      readonly kind: "statements";
      /** Whole statements and, as SELECTs, expressions. */
      readonly statements: readonly JsonObject[];
      /** COMMIT or ROLLBACK stands in it. */
      readonly endsTransaction: boolean;
    }
  | { readonly kind: "unknown"; readonly reason: string };

/** `head` is the definition up to its body: `CREATE FUNCTION f(…) RETURNS … LANGUAGE plpgsql AS`, or `DO`. */
export function readPlpgsql(head: string, source: string, constants: Constants = NO_CONSTANTS): Body {
  const tokens = tokenize(source);
  const body = withRecords(tokens);
  let quote = "$gate$";
  while (body.includes(quote)) quote = `$gate${quote.length}${quote.slice(1)}`;
  const outcome = parsePlpgsql(`${head} ${quote}${body}${quote}`);
  if (outcome.kind === "refused") return unknown(outcome.reason);
  const found: Found = { texts: [], dynamic: [], endsTransaction: false, reason: undefined };
  collect(outcome.functions, found);
  for (const text of declaredDefaults(tokens)) found.texts.push({ text, mode: EXPRESSION });
  if (found.reason !== undefined) return unknown(found.reason);
  // Every EXECUTE must have been met in the tree.
  if (tokens.filter((token) => token.toLowerCase() === "execute").length !== found.dynamic.length)
    return unknown(DYNAMIC);
  if (found.texts.length > BODY_EXPRESSIONS_MAX) return unknown("a function's body is too large to classify");
  const statements: JsonObject[] = [];
  const fixed: JsonObject[] = [];
  for (const { text, mode } of found.texts) {
    const parsed = parseOne(text, mode);
    if (parsed === undefined) return unknown("a function's body does not parse");
    statements.push(...parsed.nodes);
    fixed.push(...parsed.values);
  }
  const known = unassigned(constants, tokens, fixed);
  for (const query of found.dynamic) {
    const text = constantText(selected(query), known);
    const parsed = text === undefined ? undefined : statementOf(text, undefined);
    if (parsed === undefined) return unknown(DYNAMIC);
    statements.push(...parsed);
  }
  return { kind: "statements", statements, endsTransaction: found.endsTransaction };
}

function unknown(reason: string): Body {
  return { kind: "unknown", reason };
}

interface Found {
  readonly texts: { readonly text: string; readonly mode: number }[];
  /** The expressions that EXECUTE runs the value of. */
  readonly dynamic: string[];
  endsTransaction: boolean;
  reason: string | undefined;
}

function collect(json: Json, found: Found): void {
  if (Array.isArray(json)) {
    for (const item of json as readonly Json[]) collect(item, found);
    return;
  }
  if (typeof json !== "object" || json === null) return;
  for (const [key, value] of Object.entries(json as JsonObject)) {
    if (key === "dynquery") found.dynamic.push(queryOf(value));
    if (DYNAMIC_STATEMENTS.has(key)) found.dynamic.push(queryOf(asObject(value)["query"]));
    else if (key.startsWith("PLpgSQL_") && !KNOWN.has(key)) {
      found.reason ??= "a body has a statement that gate does not know";
    }
    if (key === "PLpgSQL_stmt_commit" || key === "PLpgSQL_stmt_rollback") found.endsTransaction = true;
    if (key === "PLpgSQL_expr") {
      const expression = asObject(value);
      const { query, parseMode } = expression;
      found.texts.push({ text: textOf(query) ?? "", mode: typeof parseMode === "number" ? parseMode : STATEMENT });
    } else collect(value ?? null, found);
  }
}

/** RawParseMode (parser/parser.h): 0 a statement, 1 a type, 2 an expression, 3 to 5 an assignment. */
function parseOne(text: string, mode: number): Parsed | undefined {
  if (mode === STATEMENT || mode === EXPRESSION) {
    const nodes = mode === STATEMENT ? statementOf(text, undefined) : statementOf(`SELECT ${text}`, "SelectStmt");
    return nodes === undefined ? undefined : { nodes, values: nodes };
  }
  if (mode < FIRST_ASSIGNMENT || mode > LAST_ASSIGNMENT) return undefined;
  const tokens = tokenize(text);
  const at = assignmentOf(tokens);
  if (at === undefined) return undefined;
  // The target may hold subscripts that are computed.
  const target = statementOf(`SELECT ${tokens.slice(0, at.start).join("")}`, "SelectStmt");
  const value = statementOf(`SELECT ${tokens.slice(at.end).join("")}`, "SelectStmt");
  return target === undefined || value === undefined ? undefined : { nodes: [...target, ...value], values: value };
}

interface Parsed {
  readonly nodes: readonly JsonObject[];
  /** Without the targets of assignments. */
  readonly values: readonly JsonObject[];
}

function queryOf(json: Json | undefined): string {
  return textOf(asObject(asObject(json)["PLpgSQL_expr"])["query"]) ?? "";
}

function statementOf(text: string, type: string | undefined): readonly JsonObject[] | undefined {
  const outcome = parseSql(text);
  if (outcome.kind !== "tree") return undefined;
  const [first] = outcome.statements;
  if (outcome.statements.length !== 1 || first === undefined) return undefined;
  const node = asObject(first.stmt);
  return type === undefined || only(node)[0] === type ? [node] : undefined;
}

/** The first `:=` or `=` outside brackets. */
function assignmentOf(tokens: readonly string[]): { readonly start: number; readonly end: number } | undefined {
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    if (token === "(" || token === "[") depth++;
    else if (token === ")" || token === "]") depth--;
    else if (token === "=" && depth === 0) {
      return { start: tokens[index - 1] === ":" ? index - 1 : index, end: index + 1 };
    }
  }
  return undefined;
}

/** `name%ROWTYPE` becomes `record`: the parser would take it for a scalar. */
function withRecords(tokens: readonly string[]): string {
  const out: string[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] ?? "";
    const after = nextSolid(tokens, at);
    if (token !== "%" || after === undefined || tokens[after]?.toLowerCase() !== "rowtype") {
      out.push(token);
      continue;
    }
    while (out.length > 0 && isBlank(out.at(-1) ?? "")) out.pop();
    while (out.length > 0 && IDENTIFIER.test(out.at(-1) ?? "")) out.pop();
    out.push(" record");
    at = after;
  }
  return out.join("");
}

function nextSolid(tokens: readonly string[], from: number): number | undefined {
  for (let at = from + 1; at < tokens.length; at++) if (!isBlank(tokens[at] ?? "")) return at;
  return undefined;
}

/** Texts of the defaults in DECLARE sections. */
function declaredDefaults(tokens: readonly string[]): readonly string[] {
  const found: string[] = [];
  let declaring = false;
  let declaration: string[] = [];
  let depth = 0;
  for (const token of tokens) {
    const word = token.toLowerCase();
    if (!declaring) {
      declaring = word === "declare";
      declaration = [];
      depth = 0;
      continue;
    }
    if (word === "begin" && depth === 0) {
      declaring = false;
      continue;
    }
    if (token === "(" || token === "[") depth++;
    if (token === ")" || token === "]") depth--;
    if (token !== ";" || depth !== 0) {
      declaration.push(token);
      continue;
    }
    const text = defaultOf(declaration);
    if (text !== undefined) found.push(text);
    declaration = [];
  }
  return found;
}

function defaultOf(declaration: readonly string[]): string | undefined {
  let depth = 0;
  for (const [index, token] of declaration.entries()) {
    const word = token.toLowerCase();
    if (token === "(" || token === "[") depth++;
    if (token === ")" || token === "]") depth--;
    // A cursor's query and an alias are in the tree.
    if (word === "cursor" || word === "alias") return undefined;
    if (depth === 0 && (token === "=" || word === "default")) return declaration.slice(index + 1).join("");
  }
  return undefined;
}

function tokenize(text: string): readonly string[] {
  const tokens: string[] = [];
  for (let at = 0; at < text.length;) {
    const end = endOfToken(text, at);
    tokens.push(text.slice(at, end));
    at = end;
  }
  return tokens;
}

function isBlank(token: string): boolean {
  return /^\s/.test(token) || token.startsWith("--") || token.startsWith("/*");
}

const DYNAMIC = "a body builds its SQL while it runs";
const DYNAMIC_STATEMENTS: ReadonlySet<string> = new Set(["PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors"]);
const STATEMENT = 0;
const EXPRESSION = 2;
const FIRST_ASSIGNMENT = 3;
const LAST_ASSIGNMENT = 5;
const IDENTIFIER = /^(?:"(?:[^"]|"")*"|[A-Za-z0-9_$.\u0080-\uffff]+)$/;
/** Node types of the tree (plpgsql.h) whose expressions are all that they run. */
const KNOWN: ReadonlySet<string> = new Set(
  `function alias var type expr rec row recfield nsitem promise stmt_block stmt_assign stmt_perform stmt_execsql stmt_if
   if_elsif stmt_case case_when stmt_loop stmt_exit stmt_while stmt_fori stmt_fors stmt_forc stmt_foreach_a stmt_open
   stmt_fetch stmt_close stmt_raise raise_option stmt_assert stmt_call stmt_getdiag diag_item exception_block exception
   condition stmt_return_query stmt_return_next stmt_return stmt_commit stmt_rollback`
    .split(/\s+/)
    .map((name) => `PLpgSQL_${name}`),
);

/** The body of a DO, with the words before it. */
export function doBody(node: JsonObject): { readonly language: string; readonly source: string } {
  let language = "plpgsql";
  let source = "";
  for (const each of list(node["args"])) {
    const option = asObject(asObject(each)["DefElem"]);
    const value = textOf(only(option["arg"])[1]["sval"]) ?? "";
    if (option["defname"] === "language") language = value.toLowerCase();
    if (option["defname"] === "as") source = value;
  }
  return { language, source };
}
