/** Facts and policies for this package's tests. Pure. */
import type { Fact, Facts, FactItem, MapFact, SetFact } from "@gate/contract";
import { PolicyError, type Problem } from "./errors.ts";
import { parsePolicy, type Grant, type Policy } from "./policy.ts";

type Item = string | FactItem;

export interface SqlFacts {
  readonly statement?: readonly Item[];
  readonly reads?: readonly Item[];
  readonly writes?: readonly Item[];
  readonly functions?: readonly Item[];
  /** "unknown" stands for not known. */
  readonly where?: string | null;
  /** Sets that may hold more than what is listed. */
  readonly incomplete?: readonly string[];
  readonly classified?: boolean;
  readonly housekeeping?: boolean;
  readonly parts?: readonly Facts[];
}

/** A fully known SELECT without relations, changed as asked. */
export function sql(given: SqlFacts = {}): Facts {
  const set = (name: string, items: readonly Item[]): SetFact => ({
    type: "set",
    items: items.map((item) => (typeof item === "string" ? { name: item } : item)),
    complete: given.incomplete?.includes(name) !== true,
  });
  const where = given.where === undefined ? null : given.where;
  return {
    kind: "sql",
    classified: given.classified ?? true,
    housekeeping: given.housekeeping ?? false,
    writes: (given.writes ?? []).length > 0,
    fields: {
      statement: set("statement", given.statement ?? ["SELECT"]),
      reads: set("reads", given.reads ?? []),
      writes: set("writes", given.writes ?? []),
      functions: set("functions", given.functions ?? []),
      where: { type: "scalar", value: where === "unknown" ? undefined : where },
    },
    ...(given.parts === undefined ? {} : { parts: given.parts }),
  };
}

type Given = Fact | readonly Item[] | string | number | boolean | null;

/** Facts of any kind, fully known: a list stands for a set, `null` for what the command does not have. */
export function factsOf(kind: string, fields: Readonly<Record<string, Given>>, more: Partial<Facts> = {}): Facts {
  const fact = (given: Given): Fact => {
    if (given === null) return { type: "none" };
    if (typeof given !== "object") return { type: "scalar", value: given };
    if ("type" in given) return given;
    return {
      type: "set",
      items: given.map((each) => (typeof each === "string" ? { name: each } : each)),
      complete: true,
    };
  };
  return {
    kind,
    classified: true,
    housekeeping: false,
    writes: false,
    fields: Object.fromEntries(Object.entries(fields).map(([name, given]) => [name, fact(given)])),
    ...more,
  };
}

export const argv = (...items: readonly (readonly string[])[]): Fact => ({ type: "argv", items, complete: true });

export const map = (
  entries: Readonly<Record<string, readonly (string | number | boolean | null)[]>>,
  more: Partial<MapFact> = {},
): Fact => ({ type: "map", entries, complete: true, ...more });

/** A grant `g` over a target of this protocol. */
export function grantFor(protocol: string, ...rules: readonly string[]): Grant {
  const targets = { db: { protocol } };
  const grant = parsePolicy(policyText(rules), { file: "policy.yaml", issuers: {}, targets }).grants.get("g");
  if (grant === undefined) throw new TypeError("no grant");
  return grant;
}

/** A function that is on the built-in list of safe ones. */
export const safe = (name: string): FactItem => ({ name, labels: ["@safe"] });

/** A grant `g` with these rules, one a line in YAML flow style. */
export function grantOf(...rules: readonly string[]): Grant {
  const grant = policyOf(...rules).grants.get("g");
  if (grant === undefined) throw new TypeError("no grant");
  return grant;
}

export function policyOf(...rules: readonly string[]): Policy {
  return parse(policyText(rules));
}

export function policyText(rules: readonly string[]): string {
  const list = rules.map((rule) => `  - ${rule}\n`).join("");
  return `version: gate/v1
grants:
  g: {target: db, rules: [r]}
rules:
  r:
${list}approvals:
  one: {from: ["oidc-group:a"], count: 1}
  two: {from: ["oidc-group:a"], count: 2}
  two_quick: {from: ["oidc-group:a"], count: 2, timeout: 5m}
`;
}

export function parse(text: string): Policy {
  return parsePolicy(text, { file: "policy.yaml", issuers: {}, targets: { db: { protocol: "postgres" } } });
}

/** The problems of a policy text; none when it is accepted. */
export function problemsOf(text: string, options: Partial<Parameters<typeof parsePolicy>[1]> = {}): readonly Problem[] {
  try {
    parsePolicy(text, { file: "policy.yaml", issuers: {}, targets: { db: { protocol: "postgres" } }, ...options });
    return [];
  } catch (error) {
    if (error instanceof PolicyError) return error.problems;
    throw error;
  }
}
