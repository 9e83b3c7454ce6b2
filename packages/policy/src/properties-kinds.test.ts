/** The promises of properties.test.ts for every kind of facts, with all matchers, and with conditions in CEL. */
import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Fact, Facts } from "@gate/contract";
import { decide } from "./decide.ts";
import { explain } from "./explain.ts";
import { KINDS, type KindSpec, type MatcherSpec } from "./kinds.ts";
import { grantFor } from "./testing.ts";

const RUNS = { numRuns: 150 };
const RANK = { allow: 0, hold: 1, deny: 2 };
const SESSION = { trustRule: "deploy", principal: { claims: { env: "prod" } } };

/** Names that facts of this matcher have, and patterns over them. */
function pools(spec: Extract<MatcherSpec, { type: "set" }>): { names: readonly string[]; patterns: readonly string[] } {
  if (spec.names !== undefined) return { names: spec.names.slice(0, 3), patterns: [...spec.names.slice(0, 3), "*"] };
  if (spec.glob === "path") return { names: ["/a", "/a/b", "/c"], patterns: ["/a", "/a/*", "/a/**", "/**"] };
  if (spec.shape !== undefined) return { names: ["h:1", "h:2", "g:1"], patterns: ["h:1", "h:*", "*"] };
  if (spec.upperCase === true) return { names: ["GET", "PUT", "SELECT"], patterns: ["GET", "SELECT", "P*", "*"] };
  return { names: ["a.x", "a.y", "b.x"], patterns: ["a.x", "a.*", "*x", "*"] };
}

const yaml = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;
const some = (values: readonly string[]) => fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 2 });
const WORDS = ["git", "push", "-f"];
const KEYS: Readonly<Record<"path" | "name" | "header", readonly string[]>> = {
  path: ["$.a", "$.b[*]"],
  name: ["a", "b"],
  header: ["a", "b"],
};

function matcherOf(name: string, spec: MatcherSpec): fc.Arbitrary<string> {
  switch (spec.type) {
    case "set": {
      const patterns = [
        ...pools(spec).patterns,
        ...(spec.impliedNone === true ? ["none"] : []),
        ...(spec.labels ?? []).slice(0, 1),
      ];
      return some(patterns).map((values) => `${name}: ${yaml(values)}`);
    }
    case "word":
      return some(spec.values).map((values) => `${name}: ${yaml(values)}`);
    case "flag":
      return fc.boolean().map((value) => `${name}: ${value}`);
    case "number":
      return fc.constantFrom("{gt: 5}", "{lte: 5}", "7").map((value) => `${name}: ${value}`);
    case "argv":
      return fc
        .tuple(some([...WORDS, "*"]), fc.boolean())
        .map(([words, rest]) => `${name}: ${yaml(rest ? [...words, "**"] : words)}`);
    case "map": {
      const tests = fc.constantFrom(
        '"x"',
        "5",
        "true",
        "{gt: 5}",
        '{glob: "x*"}',
        "{present: true}",
        "{present: false}",
        '["x", 5]',
      );
      return fc
        .tuple(fc.constantFrom(...KEYS[spec.keys]), tests)
        .map(([key, value]) => `${name}: {${JSON.stringify(key)}: ${value}}`);
    }
  }
}

function conditionOf(name: string, spec: MatcherSpec): fc.Arbitrary<string> {
  const fact = `facts.${name}`;
  switch (spec.type) {
    case "set":
      return fc
        .constantFrom(...pools(spec).names)
        .chain((each) =>
          fc.constantFrom(
            `'${each}' in ${fact}`,
            `size(${fact}) > 1`,
            `${fact}.all(v, v.contains('a'))`,
            `${fact}[0] == '${each}'`,
          ),
        );
    case "word":
      return fc.constantFrom(...spec.values).map((value) => `${fact} == '${value}'`);
    case "flag":
      return fc.constant(fact);
    case "number":
      return fc.constantFrom(`${fact} > 5`, `${fact} == 7.0`);
    case "argv":
      return fc.constantFrom(`${fact}.exists(line, 'push' in line)`, `${fact}.all(line, line[0] == 'git')`);
    case "map":
      return fc.constantFrom(...KEYS[spec.keys]).chain((key) => {
        const at = `${fact}[${JSON.stringify(key).replaceAll('"', "'")}]`;
        return fc.constantFrom(
          `${at}.exists(v, v == 'x')`,
          `size(${at}) > 0`,
          `'${key}' in ${fact}`,
          `${at}[0] != 'x'`,
        );
      });
  }
}

function factOf(spec: MatcherSpec): fc.Arbitrary<Fact> {
  const complete = fc.constantFrom(true, true, true, false);
  const none = fc.constant<Fact>({ type: "none" });
  const scalar = (values: readonly (string | number | boolean | null)[]) =>
    fc.constantFrom<Fact>(...values.map((value): Fact => ({ type: "scalar", value })), {
      type: "scalar",
      value: undefined,
    });
  const of = (): fc.Arbitrary<Fact> => {
    switch (spec.type) {
      case "set": {
        const item = fc
          .tuple(fc.constantFrom(...pools(spec).names), fc.subarray([...(spec.labels ?? []).slice(0, 1)]))
          .map(([name, labels]) => (labels.length === 0 ? { name } : { name, labels }));
        return fc.record({ type: fc.constant("set" as const), items: fc.array(item, { maxLength: 2 }), complete });
      }
      case "word":
        return scalar([...spec.values, null]);
      case "flag":
        return scalar([true, false]);
      case "number":
        return scalar([1, 7, 9, null]);
      case "argv": {
        const words = fc.array(fc.constantFrom(...WORDS), { minLength: 1, maxLength: 3 });
        return fc.record({ type: fc.constant("argv" as const), items: fc.array(words, { maxLength: 2 }), complete });
      }
      case "map": {
        const value = spec.text
          ? fc.constantFrom("x", "5", "7", "y")
          : fc.constantFrom<string | number | boolean | null>("x", 5, 7, true, null, "7");
        const keys = KEYS[spec.keys];
        return fc.record({
          type: fc.constant("map" as const),
          entries: fc.dictionary(fc.constantFrom(...keys), fc.array(value, { minLength: 1, maxLength: 2 })),
          unknown: fc.subarray([...keys]),
          complete,
        });
      }
    }
  };
  return fc.oneof({ weight: 6, arbitrary: of() }, { weight: 1, arbitrary: none });
}

/** The same command, of which one thing more is not known. */
function blur(facts: Facts, field: string, hide: boolean): Facts {
  if (field === "classified") return { ...facts, classified: false };
  const fact = facts.fields[field];
  const blurred = ((): Fact | undefined => {
    switch (fact?.type) {
      case "set":
        return { ...fact, complete: false, ...(hide ? { items: [] } : {}) };
      case "argv":
        return { ...fact, complete: false, ...(hide ? { items: [] } : {}) };
      case "map":
        return { ...fact, complete: false, ...(hide ? { entries: {} } : {}) };
      case "scalar":
        return { type: "scalar", value: undefined };
      case "none":
      case undefined:
        return undefined;
    }
  })();
  const { [field]: _gone, ...rest } = facts.fields;
  return { ...facts, fields: blurred === undefined ? rest : { ...rest, [field]: blurred } };
}

function arbitraries(kind: KindSpec) {
  const specs = [...kind.matchers];
  const matchers = fc
    .uniqueArray(fc.oneof(...specs.map(([name, spec]) => matcherOf(name, spec))), {
      minLength: 1,
      maxLength: 2,
      selector: (text) => text.split(":")[0],
    })
    .map((parts) => parts.join(", "));
  const atom = fc.oneof(
    ...specs.map(([name, spec]) => conditionOf(name, spec)),
    fc.constantFrom("session.claims.env == 'prod'", "has(session.claims.x)", "session.trust_rule == 'other'"),
  );
  const condition = fc
    .tuple(atom, atom, fc.constantFrom("&&", "||"), fc.boolean())
    .map(([a, b, op, not]) => `${not ? "!" : ""}(${a}) ${op} (${b})`);
  const match = fc.oneof(
    { weight: 3, arbitrary: matchers.map((text) => `{${text}}`) },
    { weight: 1, arbitrary: fc.tuple(matchers, matchers).map(([a, b]) => `{any: [{${a}}, {${b}}]}`) },
  );
  const command = kind.matchers.get(kind.commandField);
  const commands = command?.type === "set" ? pools(command).patterns : ["*"];
  const rule = fc
    .tuple(
      fc.constantFrom("allow", "hold, approval: one", "deny"),
      match,
      some(commands),
      fc.option(matchers),
      fc.option(condition, { freq: 2 }),
    )
    .map(([effect, text, names, exception, when]) => {
      const whole = effect === "allow" ? `{${kind.commandField}: ${yaml(names)}, any: [${text}]}` : text;
      const unless = exception === null ? "" : `, unless: {${exception}}`;
      return `effect: ${effect}, match: ${whole}${when === null ? "" : `, when: ${JSON.stringify(when)}`}${unless}`;
    });
  const facts: fc.Arbitrary<Facts> = fc
    .tuple(
      fc.record(Object.fromEntries(specs.map(([name, spec]) => [name, factOf(spec)]))),
      fc.constantFrom(true, true, true, true, true, false),
      fc.constantFrom(false, false, true),
    )
    .map(([fields, classified, housekeeping]) => ({
      kind: kind.kind,
      classified,
      housekeeping,
      writes: false,
      fields,
    }));
  // An allow of everything beside the rules: then only a deny or hold stands between a command and its target.
  const lifted = specs.filter(([, spec]) => "impliedLabel" in spec || "impliedNone" in spec || "implied" in spec);
  const all = `{${kind.commandField}: "*"${lifted.map(([name]) => `, ${name}: any`).join("")}}`;
  const rules = fc
    .tuple(fc.array(rule, { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([texts, open]) => (open ? [...texts, `effect: allow, match: ${all}`] : texts));
  return { rules, rule, facts };
}

const withIds = (texts: readonly string[]): string[] => texts.map((text, index) => `{id: r${index}, ${text}}`);

describe.each(KINDS.map((kind) => [kind.kind, kind] as const))("%s", (_name, kind) => {
  const { rules, rule, facts } = arbitraries(kind);
  const grant = (texts: readonly string[]) => grantFor(kind.protocols[0] as string, ...texts);

  test("knowing less never turns a deny or hold into an allow, nor a rule's deny into a hold", () => {
    const fields = ["classified", ...kind.matchers.keys()];
    fc.assert(
      fc.property(rules, facts, (texts, given) => {
        const asked = grant(withIds(texts));
        const before = decide(asked, given, SESSION);
        if (before.kind === "allow") return;
        const blurred = fields.flatMap((field) => [blur(given, field, false), blur(given, field, true)]);
        for (const less of [given, ...blurred]) {
          for (const after of [decide(asked, less, SESSION), decide(asked, less)]) {
            expect(after.kind).not.toBe("allow");
            if (before.kind === "deny" && !before.rules.includes("default")) expect(after.kind).toBe("deny");
          }
        }
      }),
      RUNS,
    );
  });

  test("the order of the rules never matters", () => {
    fc.assert(
      fc.property(rules, facts, fc.array(fc.nat(), { maxLength: 4 }), (texts, given, keys) => {
        const inOrder = withIds(texts);
        const shuffled = inOrder.toSorted((a, b) => (keys[inOrder.indexOf(a)] ?? 0) - (keys[inOrder.indexOf(b)] ?? 0));
        const [one, other] = [grant(inOrder), grant(shuffled)];
        expect(decide(other, given, SESSION)).toEqual(decide(one, given, SESSION));
        expect(explain(other, given, SESSION)).toEqual(explain(one, given, SESSION));
        expect(other.asked).toEqual(one.asked);
      }),
      RUNS,
    );
  });

  test("a further deny or hold never widens, a further allow never narrows", () => {
    fc.assert(
      fc.property(rules, rule, facts, (texts, more, given) => {
        const before = RANK[decide(grant(withIds(texts)), given, SESSION).kind];
        const { kind: after, rules: ids } = decide(grant(withIds([...texts, more])), given, SESSION);
        if (more.startsWith("effect: allow")) expect(RANK[after]).toBeLessThanOrEqual(before);
        else if (before === RANK.deny) expect(after !== "allow" || ids.includes("housekeeping")).toBe(true);
        else expect(RANK[after]).toBeGreaterThanOrEqual(before);
      }),
      RUNS,
    );
  });

  test("facts that went through a record give the same verdict", () => {
    fc.assert(
      fc.property(rules, facts, (texts, given) => {
        const asked = grant(withIds(texts));
        const again = JSON.parse(JSON.stringify(given)) as Facts;
        expect(decide(asked, again, SESSION)).toEqual(decide(asked, given, SESSION));
      }),
      RUNS,
    );
  });
});
