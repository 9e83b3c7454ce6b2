/**
 * What a `when:` may be: a closed part of CEL whose cost is bounded and whose types are known. Pure.
 *
 * Every use of a fact becomes one slot of its own, so that evaluation looks at nothing else and what is unknown is an
 * error just there: CEL's `&&` and `||` then do what three-valued logic asks for. Keys of maps are literals, so that it
 * is known beforehand what of a body is looked at (and recorded).
 * Spec: https://github.com/google/cel-spec/blob/master/doc/langdef.md
 */
import type { parse } from "@bufbuild/cel";
import { RE2JS } from "re2js";
import { messageOf } from "@gate/base";
import { fieldNames, typeOfField, type CelType, type Slot } from "./condition-names.ts";
import type { KindSpec } from "./kinds.ts";
import { suggestion } from "./nearest.ts";
import { keyMistake } from "./read-values.ts";

export type Expr = ReturnType<typeof parse>["expr"];
type Call = Extract<Expr["exprKind"], { case: "callExpr" }>["value"];

export interface CheckedCondition {
  /** By the name that the rewritten expression has for each. */
  readonly slots: ReadonlyMap<string, Slot>;
  readonly regexes: ReadonlyMap<string, RE2JS>;
  /** How deep comprehensions are nested. */
  readonly depth: number;
  /** It joins texts, or looks for one that is not written out: more work than the texts have characters. */
  readonly heavy: boolean;
}

/** Checks and rewrites an expression. `report` gets each problem with the id of the node that it is about. */
export function checkCondition(
  expr: Expr,
  kind: KindSpec,
  report: (id: bigint, message: string) => void,
): CheckedCondition {
  const checker = new Checker(kind, report);
  const type = checker.type(expr, NO_SCOPE, 0);
  if (type !== "bool" && type !== "dyn") report(expr.id, `\`when\` must be true or false, and this is ${named(type)}`);
  return checker;
}

type Scope = ReadonlyMap<string, CelType>;

class Checker implements CheckedCondition {
  readonly slots = new Map<string, Slot>();
  readonly regexes = new Map<string, RE2JS>();
  depth = 0;
  heavy = false;
  #nodes = 0;
  readonly #kind: KindSpec;
  readonly #report: (id: bigint, message: string) => void;

  constructor(kind: KindSpec, report: (id: bigint, message: string) => void) {
    this.#kind = kind;
    this.#report = report;
  }

  type(expr: Expr, scope: Scope, depth: number): CelType {
    this.#nodes += 1;
    if (this.#nodes === WHEN_NODES_MAX) {
      return this.#wrong(expr, `\`when\` has more than ${WHEN_NODES_MAX} parts; split it into several rules`);
    }
    if (this.#nodes > WHEN_NODES_MAX) return "dyn";
    const { exprKind } = expr;
    switch (exprKind.case) {
      case "constExpr":
        return this.#constant(expr, exprKind.value.constantKind.case);
      case "identExpr":
        return this.#name(expr, exprKind.value.name, scope);
      case "selectExpr":
        return this.#select(expr, exprKind.value, scope);
      case "callExpr":
        return this.#call(expr, exprKind.value, scope, depth);
      case "listExpr": {
        const types = exprKind.value.elements.map((element) => this.type(element, scope, depth));
        const [first = "dyn"] = types;
        return { list: types.every((type) => sameType(type, first)) ? first : "dyn" };
      }
      case "comprehensionExpr":
        return this.#comprehension(expr, exprKind.value, scope, depth);
      case "structExpr":
      case undefined:
        return this.#wrong(expr, "maps and messages cannot be built in `when`; compare the values one by one");
    }
  }

  #constant(expr: Expr, kind: string | undefined): CelType {
    if (kind === "boolValue") return "bool";
    if (kind === "int64Value") return "int";
    if (kind === "doubleValue") return "double";
    if (kind === "stringValue") return "string";
    if (kind === "nullValue") return "null";
    return this.#wrong(expr, "only numbers, texts, true, false and null can be written in `when`");
  }

  #name(expr: Expr, name: string, scope: Scope): CelType {
    const local = scope.get(name);
    if (local !== undefined) return local;
    const spec = this.#kind.matchers.get(name);
    if (spec === undefined) {
      if (name === "facts" || name === "session") return this.#wrong(expr, `write \`${EXAMPLES[name]}\``);
      const known = [...fieldNames(this.#kind), "session", ...scope.keys()];
      return this.#wrong(expr, `there is no \`${name}\` for ${this.#kind.kind}${suggestion(name, known)}`);
    }
    if (spec.type === "map")
      return this.#wrong(expr, `name the key of \`${name}\`, as in \`${keyExample(name, spec.keys)}\``);
    this.#slot(expr, { kind: "field", field: name, spec });
    return typeOfField(spec);
  }

  #select(expr: Expr, select: Extract<Expr["exprKind"], { case: "selectExpr" }>["value"], scope: Scope): CelType {
    const { operand, field, testOnly } = select;
    if (operand === undefined) return "dyn";
    const base = identOf(operand, scope);
    if (base === "facts" && !testOnly) return this.#name(expr, field, NO_SCOPE);
    if (base === "session" && !testOnly) {
      if (field === "claims") return this.#wrong(expr, `name the claim, as in \`${EXAMPLES.session}\``);
      if (field !== "trust_rule") {
        return this.#wrong(expr, `a session has no \`${field}\`${suggestion(field, ["claims", "trust_rule"])}`);
      }
      this.#slot(expr, { kind: "trust-rule" });
      return "string";
    }
    const map = this.#mapOf(operand, scope);
    if (map !== undefined) return this.#key(expr, map, field, testOnly);
    if (testOnly) return this.#wrong(expr, "`has` asks for a key of a map; facts are always there, and empty if not");
    return this.#wrong(expr, `there is no \`.${field}\` here; facts are lists of names, and single values`);
  }

  /** The map that an expression names: a field, or the session's claims. */
  #mapOf(expr: Expr, scope: Scope): string | undefined {
    const { exprKind } = expr;
    if (exprKind.case === "selectExpr") {
      const { operand, field, testOnly } = exprKind.value;
      const base = operand === undefined || testOnly ? undefined : identOf(operand, scope);
      if (base === "session" && field === "claims") return CLAIMS;
      return base === "facts" && this.#kind.matchers.get(field)?.type === "map" ? field : undefined;
    }
    const name = identOf(expr, scope);
    return name !== undefined && this.#kind.matchers.get(name)?.type === "map" ? name : undefined;
  }

  #key(expr: Expr, map: string, written: string, has: boolean): CelType {
    if (map === CLAIMS) {
      this.#slot(expr, { kind: has ? "has-claim" : "claim", claim: written });
      return has ? "bool" : "string";
    }
    const spec = this.#kind.matchers.get(map);
    if (spec?.type !== "map") return "dyn";
    const key = spec.keys === "header" ? written.toLowerCase() : written;
    const mistake = keyMistake(key, map, spec);
    if (mistake !== undefined) return this.#wrong(expr, mistake);
    this.#slot(expr, { kind: has ? "has" : "key", field: map, key });
    return has ? "bool" : { list: spec.text ? "string" : "dyn" };
  }

  #call(expr: Expr, call: Call, scope: Scope, depth: number): CelType {
    const { function: name, target, args } = call;
    const [first, second] = args;
    if ((name === "_[_]" || name === "@in") && first !== undefined && second !== undefined) {
      const map = this.#mapOf(name === "@in" ? second : first, scope);
      if (map !== undefined) {
        const key = stringOf(name === "@in" ? first : second);
        if (key !== undefined) return this.#key(expr, map, key, name === "@in");
        return this.#wrong(expr, `a key of \`${map}\` must be written out here, so that it is known what is looked at`);
      }
    }
    const signature = SIGNATURES.get(name);
    // Its arguments are not looked at: in `exist(r, …)` the unknown `r` is no second mistake.
    if (signature === undefined) {
      const known = [...SIGNATURES.keys()].filter((each) => /^[a-z]/i.test(each));
      return this.#wrong(expr, `there is no function \`${name}\`${suggestion(name, [...known, "exists", "all"])}`);
    }
    const operands = target === undefined ? args : [target, ...args];
    const types = operands.map((operand) => this.type(operand, scope, depth));
    if (name === "matches") this.#regex(expr, operands[1]);
    if (name === "_+_" && !types.every((type) => type === "int" || type === "double")) this.heavy = true;
    if (name === "contains" && !this.#isShort(operands[1])) this.heavy = true;
    const result = signature(types);
    if (result !== undefined) return result;
    const shown = /[a-z]/i.test(name) ? name : name.replaceAll("_", "").trim();
    return this.#wrong(expr, `\`${shown}\` does not take ${types.map(named).join(" and ")}${hint(name, types)}`);
  }

  /** A text that is written out, or a claim: slots stand in the place of what was a claim. */
  #isShort(expr: Expr | undefined): boolean {
    if (expr === undefined || stringOf(expr) !== undefined) return true;
    const name = expr.exprKind.case === "identExpr" ? expr.exprKind.value.name : "";
    const kind = this.slots.get(name)?.kind;
    return kind === "claim" || kind === "trust-rule";
  }

  #regex(expr: Expr, pattern: Expr | undefined): void {
    const source = pattern === undefined ? undefined : stringOf(pattern);
    if (source === undefined) this.#wrong(expr, "the pattern of `matches` must be written out here");
    else if (source.length > WHEN_REGEX_CHARS_MAX) {
      this.#wrong(expr, `the pattern of \`matches\` may have at most ${WHEN_REGEX_CHARS_MAX} characters`);
    } else if (!this.regexes.has(source)) {
      try {
        this.regexes.set(source, RE2JS.compile(source));
      } catch (error) {
        this.#wrong(expr, `the pattern of \`matches\` is not RE2: ${messageOf(error)}`);
      }
    }
  }

  #comprehension(
    expr: Expr,
    {
      iterVar,
      iterVar2,
      iterRange,
      accuInit,
      loopStep,
    }: Extract<Expr["exprKind"], { case: "comprehensionExpr" }>["value"],
    scope: Scope,
    depth: number,
  ): CelType {
    const step = loopStep?.exprKind.case === "callExpr" ? loopStep.exprKind.value : undefined;
    const start = accuInit?.exprKind.case === "constExpr" ? accuInit.exprKind.value.constantKind.case : undefined;
    // exists and all: `@result || test`; exists_one: `test ? @result + 1 : @result`.
    const test = step?.function === "_?_:_" ? step.args[0] : step?.args[1];
    if (iterRange === undefined || test === undefined || start === undefined || iterVar2 !== "") {
      return this.#wrong(expr, "only `exists`, `all` and `exists_one` go through lists here");
    }
    const range = this.type(iterRange, scope, depth);
    if (typeof range !== "object")
      return this.#wrong(iterRange, `\`exists\` and \`all\` need a list, and this is ${named(range)}`);
    if (this.#kind.matchers.has(iterVar) || iterVar === "session" || iterVar === "facts") {
      return this.#wrong(expr, `\`${iterVar}\` is a fact already; call the variable otherwise`);
    }
    if (depth === WHEN_DEPTH_MAX)
      return this.#wrong(expr, `lists can be gone through ${WHEN_DEPTH_MAX} deep; no deeper`);
    this.depth = Math.max(this.depth, depth + 1);
    const type = this.type(test, new Map([...scope, [iterVar, range.list]]), depth + 1);
    if (type !== "bool" && type !== "dyn")
      return this.#wrong(test, `this must be true or false, and is ${named(type)}`);
    return "bool";
  }

  #slot(expr: Expr, slot: Slot): void {
    const name = `@${this.slots.size}`;
    this.slots.set(name, slot);
    expr.exprKind = { case: "identExpr", value: { $typeName: "cel.expr.Expr.Ident", name } };
  }

  /** `dyn` fits everywhere: one mistake, one message. */
  #wrong(expr: Expr, message: string): "dyn" {
    this.#report(expr.id, message);
    return "dyn";
  }
}

function identOf({ exprKind }: Expr, scope: Scope): string | undefined {
  if (exprKind.case !== "identExpr") return undefined;
  return scope.has(exprKind.value.name) ? undefined : exprKind.value.name;
}

function stringOf({ exprKind }: Expr): string | undefined {
  const constant = exprKind.case === "constExpr" ? exprKind.value.constantKind : undefined;
  return constant?.case === "stringValue" ? constant.value : undefined;
}

type Signature = (types: readonly CelType[]) => CelType | undefined;

const is =
  (...wanted: readonly CelType[]): ((type: CelType | undefined) => boolean) =>
  (type) =>
    type === "dyn" || (typeof type === "string" && wanted.includes(type));
const number = is("int", "double");
const text = is("string");
const truth = is("bool");
const two = (result: CelType, test: (a: CelType, b: CelType) => boolean): Signature => {
  return ([a, b, ...rest]) =>
    a !== undefined && b !== undefined && rest.length === 0 && test(a, b) ? result : undefined;
};
const ordered = two("bool", (a, b) => (number(a) && number(b)) || (text(a) && text(b)));
const arithmetic: Signature = ([a, b]) => {
  if (!number(a) || (b !== undefined && !number(b))) return undefined;
  if (b === undefined || a === b || b === "dyn") return a;
  // CEL has no sum of a whole number and a fraction.
  return a === "dyn" ? b : undefined;
};
const convert = (result: CelType): Signature => {
  return ([a, ...rest]) => (is("int", "double", "string", "bool")(a) && rest.length === 0 ? result : undefined);
};
const textTest = two("bool", (a, b) => text(a) && text(b));

const SIGNATURES: ReadonlyMap<string, Signature> = new Map<string, Signature>([
  ["_&&_", (types) => (types.every(truth) ? "bool" : undefined)],
  ["_||_", (types) => (types.every(truth) ? "bool" : undefined)],
  ["!_", ([a]) => (truth(a) ? "bool" : undefined)],
  ["_?_:_", ([a, b = "dyn", c = "dyn"]) => (truth(a) && comparable(b, c) ? (sameType(b, c) ? b : "dyn") : undefined)],
  ["_==_", two("bool", comparable)],
  ["_!=_", two("bool", comparable)],
  ["_<_", ordered],
  ["_<=_", ordered],
  ["_>_", ordered],
  ["_>=_", ordered],
  ["_+_", (types) => (types.every(text) && types.some((type) => type === "string") ? "string" : arithmetic(types))],
  ["_-_", arithmetic],
  ["_*_", arithmetic],
  ["_/_", arithmetic],
  ["_%_", ([a, b]) => (is("int")(a) && is("int")(b) ? "int" : undefined)],
  ["-_", arithmetic],
  ["_[_]", ([a, b]) => (typeof a === "object" && is("int")(b) ? a.list : undefined)],
  ["@in", ([a = "dyn", b]) => (typeof b === "object" && comparable(a, b.list) ? "bool" : undefined)],
  ["size", ([a, ...rest]) => (rest.length === 0 && (text(a) || typeof a === "object") ? "int" : undefined)],
  ["contains", textTest],
  ["startsWith", textTest],
  ["endsWith", textTest],
  ["matches", textTest],
  ["int", convert("int")],
  ["double", convert("double")],
  ["string", convert("string")],
]);

/** Whether two values can be equal at all: comparing others would be false for ever, and nobody means that. */
function comparable(a: CelType, b: CelType): boolean {
  if (a === "dyn" || b === "dyn" || sameType(a, b) || (number(a) && number(b))) return true;
  return typeof a === "object" && typeof b === "object" && comparable(a.list, b.list);
}

function sameType(a: CelType, b: CelType): boolean {
  return typeof a === "object" && typeof b === "object" ? sameType(a.list, b.list) : a === b;
}

function named(type: CelType): string {
  if (typeof type === "object") return "a list";
  return TYPE_NAMES[type];
}

function hint(name: string, types: readonly CelType[]): string {
  if ((name === "_==_" || name === "_!=_") && types.some((type) => typeof type === "object")) {
    return "; use `in`, or `exists` and `all`";
  }
  if (types.includes("int") && types.includes("double")) return "; write a fraction, as in `1.0`";
  return "";
}

function keyExample(name: string, keys: "path" | "name" | "header"): string {
  return `${name}["${keys === "path" ? "$.amount" : "name"}"]`;
}

const TYPE_NAMES = {
  bool: "true or false",
  int: "a whole number",
  double: "a fraction",
  string: "a text",
  null: "null",
  dyn: "a value",
  map: "a map",
} as const;

const EXAMPLES = { facts: "facts.namespace", session: "session.claims.environment" } as const;

const NO_SCOPE: Scope = new Map();
const CLAIMS = "session.claims";

/** Parts (names, values, operators) of one `when`. */
export const WHEN_NODES_MAX = 256;

/** How deep `exists` and `all` can stand in each other. */
export const WHEN_DEPTH_MAX = 2;

/** Characters of a pattern of `matches`. */
export const WHEN_REGEX_CHARS_MAX = 500;
