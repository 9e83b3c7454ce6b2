/** Evaluates expressions and template values with GitHub's own evaluator. Pure, given the contexts. */
import type { data } from "@actions/expressions";
import type { TemplateToken } from "@actions/workflow-parser/templates/tokens/index";
import { messageOf } from "@gate/base";
import { TestkitError } from "../errors.ts";
import type { Libraries } from "./libraries.ts";

/** The named contexts (`github`, `env`, `steps` …), as plain JSON values. */
export type Contexts = Readonly<Record<string, unknown>>;

/** The status of the job (or composite action) so far: what success() and the others answer from. */
export type Status = "success" | "failure" | "cancelled";

export interface Evaluation {
  readonly libraries: Libraries;
  readonly contexts: Contexts;
  readonly status: Status;
  /** Answers `hashFiles(...)`. */
  readonly hashFiles: (patterns: readonly string[]) => string;
}

/** Contexts that every expression may name; an absent one is empty. */
const CONTEXTS = [
  "github",
  "env",
  "vars",
  "job",
  "steps",
  "runner",
  "secrets",
  "strategy",
  "matrix",
  "needs",
  "inputs",
];

export function evaluateExpression(text: string, evaluation: Evaluation): unknown {
  return plain(evaluate(text, evaluation), evaluation.libraries);
}

/** Evaluates an `if:`, adding `success() &&` where it names no status function. */
export function evaluateCondition(text: string, evaluation: Evaluation): boolean {
  const { conditions } = evaluation.libraries;
  // The parser needs to know the status functions, or it would take the condition for a mistake and leave it alone.
  const known = { allowedContext: [...CONTEXTS, ...STATUS_FUNCTIONS.map((name) => `${name}(0,0)`)] };
  const bare = text.trim().replace(/^\$\{\{(.*)\}\}$/su, "$1");
  const full = conditions.ensureStatusFunction(bare, known as Parameters<typeof conditions.ensureStatusFunction>[1]);
  return truthy(evaluate(full, evaluation), evaluation.libraries);
}

/** Evaluates a pre-if or post-if: as written, without an implied success(). */
export function evaluateBareCondition(text: string, evaluation: Evaluation): boolean {
  const bare = text.trim().replace(/^\$\{\{(.*)\}\}$/su, "$1");
  return truthy(evaluate(bare, evaluation), evaluation.libraries);
}

/** A template value (mapping, sequence or scalar with `${{ }}`) as a plain value. */
export function evaluateToken(token: TemplateToken, evaluation: Evaluation): unknown {
  const { parser } = evaluation.libraries;
  if (parser.isBasicExpression(token)) return evaluateExpression(token.expression, evaluation);
  if (parser.isMapping(token)) {
    const entries: [string, unknown][] = [];
    for (const { key, value } of token) {
      entries.push([textOf(evaluateToken(key, evaluation)), evaluateToken(value, evaluation)]);
    }
    return Object.fromEntries(entries);
  }
  if (parser.isSequence(token)) {
    const items: unknown[] = [];
    for (const item of token) items.push(evaluateToken(item, evaluation));
    return items;
  }
  if (parser.isString(token) || parser.isNumber(token) || parser.isBoolean(token)) return token.value;
  if (parser.isScalar(token)) return token.isExpression ? unsupported(token.toDisplayString()) : null;
  return unsupported("this template value");
}

export function evaluateText(token: TemplateToken, evaluation: Evaluation): string {
  return textOf(evaluateToken(token, evaluation));
}

/** A mapping whose values become text, such as `env:` and `with:`. */
export function evaluateTextMapping(token: TemplateToken | undefined, evaluation: Evaluation): Record<string, string> {
  if (token === undefined) return {};
  const value = evaluateToken(token, evaluation);
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, textOf(one)]));
}

/** How the runner writes a value into a string: null is empty, booleans are words. */
export function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return Array.isArray(value) ? "Array" : "Object";
}

const STATUS_FUNCTIONS = ["success", "failure", "cancelled", "always"];

function evaluate(text: string, evaluation: Evaluation): data.ExpressionData {
  const { expressions } = evaluation.libraries;
  const { data } = expressions;
  const answer = (value: boolean) => () => new data.BooleanData(value);
  const implementations = new Map([
    ["success", definition("success", 0, answer(evaluation.status === "success"))],
    ["failure", definition("failure", 0, answer(evaluation.status === "failure"))],
    ["cancelled", definition("cancelled", 0, answer(evaluation.status === "cancelled"))],
    ["always", definition("always", 0, answer(true))],
    [
      "hashfiles",
      definition(
        "hashFiles",
        255,
        (...patterns) => new data.StringData(evaluation.hashFiles(patterns.map((pattern) => pattern.coerceString()))),
      ),
    ],
  ]);
  function definition(name: string, maxArgs: number, call: (...args: data.ExpressionData[]) => data.ExpressionData) {
    return { name, minArgs: name === "hashFiles" ? 1 : 0, maxArgs, call };
  }
  try {
    const { tokens } = new expressions.Lexer(text).lex();
    const tree = new expressions.Parser(tokens, CONTEXTS, [...implementations.values()]).parse();
    const contexts = Object.fromEntries(CONTEXTS.map((name) => [name, evaluation.contexts[name] ?? {}]));
    const dictionary = JSON.parse(JSON.stringify(contexts), data.reviver) as data.Dictionary;
    return new expressions.Evaluator(tree, dictionary, implementations).evaluate();
  } catch (error) {
    throw new TestkitError("EXPRESSION_INVALID", `expression "${text}": ${messageOf(error)}`);
  }
}

function plain(value: data.ExpressionData, libraries: Libraries): unknown {
  return JSON.parse(JSON.stringify(value, libraries.expressions.data.replacer));
}

/** False are: false, 0, the empty string, null and not-a-number. */
function truthy(value: data.ExpressionData, libraries: Libraries): boolean {
  const one = plain(value, libraries);
  return !(one === false || one === 0 || one === "" || one === null);
}

function unsupported(what: string): never {
  throw new TestkitError("UNSUPPORTED", `the runner double cannot evaluate ${what}`);
}
