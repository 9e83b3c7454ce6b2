/**
 * PostgreSQL's own grammar (libpg-query, WebAssembly), made safe to feed with hostile text.
 *
 * Traps this file closes: NUL truncates silently; deeply nested text overflows the stack inside WebAssembly, and an
 * instance in which that happened must never be used again (its stack pointer is not restored, so after some hundred
 * such texts its memory is corrupt). A trapped instance is thrown away, a spare takes its place, and a new spare is
 * made in the background; until then commands are refused. Touches the file that holds the WebAssembly, nothing else.
 */
import createModule, { type PgQueryModule } from "libpg-query/wasm/libpg-query.js";
import { compiledOnce } from "./compiled-once.ts";
import { SqlError } from "./errors.ts";
import { hasTooManyTokens, SQL_TOKENS_MAX } from "./tokens.ts";

/** Longest SQL text that is classified, in bytes of UTF-8. */
export const SQL_BYTES_MAX = 8 * 1024 * 1024;
/** WebAssembly memory of a parser above which it is replaced: it never shrinks by itself. */
export const PARSER_HEAP_BYTES_MAX = 512 * 1024 * 1024;

/** A parsed node: one key, the node's type; an empty object is a null list element. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json | undefined };

export interface RawStatement {
  readonly stmt?: JsonObject;
}

export type ParseOutcome =
  | { readonly kind: "tree"; readonly statements: readonly RawStatement[] }
  | { readonly kind: "syntax-error"; readonly message: string; readonly position: number }
  | { readonly kind: "refused"; readonly reason: string };

let current: PgQueryModule | undefined;
let spare: PgQueryModule | undefined;
let making: Promise<void> | undefined;
let loaded = false;
let loading: Promise<void> | undefined;

/** Loads the grammar; call once before `analyse`. */
export async function loadParser(): Promise<void> {
  loading ??= compiledOnce(async () => {
    current ??= await createModule();
    loaded = true;
    await refill();
    // What is compiled now stays as it is: above all the grammar's tables and its one huge function.
    for (const text of FIRST_TEXTS) parseSql(text);
  });
  await loading;
  await refill();
}

/**
 * Parses a whole command text.
 * @throws {SqlError} PARSER_NOT_LOADED.
 */
export function parseSql(text: string): ParseOutcome {
  if (!loaded) throw new SqlError("PARSER_NOT_LOADED", "bug", "call loadParser() before classifying SQL");
  if (text.includes("\0")) return { kind: "refused", reason: "the text holds a NUL character" };
  if (!text.isWellFormed()) return { kind: "refused", reason: "the text is not valid Unicode" };
  if (text.length > SQL_BYTES_MAX || Buffer.byteLength(text) > SQL_BYTES_MAX) {
    return { kind: "refused", reason: `the text is longer than ${SQL_BYTES_MAX} bytes` };
  }
  if (hasTooManyTokens(text)) return { kind: "refused", reason: `the text has more than ${SQL_TOKENS_MAX} tokens` };
  return guarded<ParseOutcome>(
    (parser) => run(parser, text),
    (reason) => ({ kind: "refused", reason }),
  );
}

export type BodyOutcome =
  { readonly kind: "tree"; readonly functions: Json } | { readonly kind: "refused"; readonly reason: string };

/**
 * Parses the PL/pgSQL body inside a CREATE FUNCTION, CREATE PROCEDURE or DO.
 * @throws {SqlError} PARSER_NOT_LOADED.
 */
export function parsePlpgsql(definition: string): BodyOutcome {
  const before = parseSql(definition);
  if (before.kind !== "tree") return { kind: "refused", reason: "a function's body does not parse" };
  return guarded<BodyOutcome>(
    (parser) => runPlpgsql(parser, definition),
    (reason) => ({ kind: "refused", reason }),
  );
}

/** Runs `work` on an instance of the parser; one that trapped is thrown away. */
function guarded<T>(work: (parser: PgQueryModule) => T, refuse: (reason: string) => T): T {
  const parser = take();
  if (parser === undefined) return refuse("the parser is being replaced; try again");
  try {
    return work(parser);
  } catch {
    discard(parser);
    return refuse("the statement is nested too deeply or too large to parse");
  } finally {
    if (parser.HEAPU8.length > PARSER_HEAP_BYTES_MAX) discard(parser);
  }
}

function runPlpgsql(parser: PgQueryModule, definition: string): BodyOutcome {
  const bytes = parser.lengthBytesUTF8(definition) + 1;
  const input = parser._malloc(bytes);
  if (input === 0) throw new RangeError("out of memory");
  parser.stringToUTF8(definition, input, bytes);
  const result = parser._wasm_parse_plpgsql(input);
  if (result === 0) throw new RangeError("out of memory");
  const output = parser.UTF8ToString(result);
  parser._wasm_free_string(result);
  parser._free(input);
  // The module answers with an error's text in place of the tree.
  if (!output.startsWith('{"plpgsql_funcs"')) return { kind: "refused", reason: "a function's body does not parse" };
  const functions = (JSON.parse(output) as JsonObject)["plpgsql_funcs"];
  return { kind: "tree", functions: functions ?? null };
}

function run(parser: PgQueryModule, text: string): ParseOutcome {
  const bytes = parser.lengthBytesUTF8(text) + 1;
  const query = parser._malloc(bytes);
  if (query === 0) throw new RangeError("out of memory");
  parser.stringToUTF8(text, query, bytes);
  const result = parser._wasm_parse_query_raw(query);
  if (result === 0) throw new RangeError("out of memory");
  // struct PgQueryParseResult { char *parse_tree; char *stderr_buffer; PgQueryError *error; }
  const tree = parser.getValue(result, "i32");
  const error = parser.getValue(result + 8, "i32");
  let outcome: ParseOutcome;
  if (error !== 0) {
    // struct PgQueryError { char *message; char *funcname; char *filename; int lineno; int cursorpos; char *context; }
    const message = parser.UTF8ToString(parser.getValue(error, "i32"));
    const position = parser.getValue(error + 16, "i32");
    // Errors without a place are the grammar's own limits (memory, stack), not the text's syntax.
    outcome = /memory exhausted|stack depth|out of memory/.test(message)
      ? { kind: "refused", reason: "the statement is nested too deeply to parse" }
      : { kind: "syntax-error", message, position: Math.max(position, 0) };
  } else {
    const parsed = JSON.parse(parser.UTF8ToString(tree)) as { readonly stmts?: readonly RawStatement[] };
    outcome = { kind: "tree", statements: parsed.stmts ?? [] };
  }
  parser._wasm_free_parse_result(result);
  parser._free(query);
  return outcome;
}

function take(): PgQueryModule | undefined {
  if (current === undefined && spare !== undefined) {
    current = spare;
    spare = undefined;
  }
  if (spare === undefined) void refill();
  return current;
}

function discard(parser: PgQueryModule): void {
  if (current !== parser) return;
  current = spare;
  spare = undefined;
  void refill();
}

/** Makes the missing instances; a failure is tried again at the next command. */
async function refill(): Promise<void> {
  if (current !== undefined && spare !== undefined) return;
  making ??= (async () => {
    try {
      current ??= await createModule();
      spare ??= await createModule();
    } catch {
      // Without an instance every command is refused, and the next one tries again.
    } finally {
      making = undefined;
    }
  })();
  await making;
}

const FIRST_TEXTS = [
  "SELECT a.x, count(*) FROM s.t a JOIN u USING (id) WHERE a.y = $1 AND b LIKE 'x%' GROUP BY 1 ORDER BY 2 LIMIT 10",
  "INSERT INTO t (a) VALUES (1) ON CONFLICT DO NOTHING RETURNING *; UPDATE t SET a = 1 WHERE b > 2; DELETE FROM t",
  "CREATE TABLE t (id int PRIMARY KEY); BEGIN; COMMIT; SET x = 1; SHOW x",
  "SELECT (",
];
