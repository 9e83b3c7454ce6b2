/** What holds for every policy and every command: the promises that keep a policy safe to edit. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { Facts, FactItem } from "@gate/contract";
import { decide } from "./decide.ts";
import { explain } from "./explain.ts";
import { grantOf, sql, type SqlFacts } from "./testing.ts";

const TAGS = ["SELECT", "INSERT", "DELETE", "BEGIN"];
const NAMES = ["a.x", "a.y", "b.x"];
const RANK = { allow: 0, hold: 1, deny: 2 };

const quoted = (patterns: readonly string[]): string => `[${patterns.map((pattern) => `"${pattern}"`).join(", ")}]`;
const list = (...patterns: readonly string[]) =>
  fc.uniqueArray(fc.constantFrom(...patterns), { minLength: 1, maxLength: 3 }).map(quoted);

const matcher = fc.oneof(
  list(...TAGS, "*", "*E*").map((value) => `statement: ${value}`),
  list(...NAMES, "a.*", "*", "@catalog").map((value) => `reads: ${value}`),
  list(...NAMES, "b.*").map((value) => `writes: ${value}`),
  list("a.f", "safe", "@safe").map((value) => `functions: ${value}`),
  list("keyed", "present", "none").map((value) => `where: ${value}`),
);

/** Matchers of one match, each key once. */
const matchers = fc
  .uniqueArray(matcher, { minLength: 1, maxLength: 3, selector: (text) => text.split(":")[0] })
  .map((parts) => parts.join(", "));
const match = fc.oneof(
  { weight: 3, arbitrary: matchers.map((text) => `{${text}}`) },
  fc.tuple(matchers, matchers).map(([a, b]) => `{any: [{${a}}, {${b}}]}`),
);

/** A rule without its id; an allow always names statements, as it must say something. */
const rule = fc
  .tuple(fc.constantFrom("allow", "hold, approval: one", "deny"), match, list(...TAGS), fc.option(matchers))
  .map(([effect, text, tags, exception]) => {
    const whole = effect === "allow" ? `{statement: ${tags}, any: [${text}]}` : text;
    return `effect: ${effect}, match: ${whole}${exception === null ? "" : `, unless: {${exception}}`}`;
  });
const rules = fc.array(rule, { minLength: 1, maxLength: 5 });
const withIds = (texts: readonly string[]): string[] => texts.map((text, index) => `{id: r${index}, ${text}}`);

const item = (...names: readonly string[]): fc.Arbitrary<FactItem> =>
  fc
    .tuple(fc.constantFrom(...names), fc.subarray(["@safe", "@catalog"]))
    .map(([name, labels]) => (labels.length === 0 ? { name } : { name, labels }));
const facts: fc.Arbitrary<SqlFacts> = fc.record({
  statement: fc.uniqueArray(fc.constantFrom(...TAGS), { minLength: 1, maxLength: 2 }),
  reads: fc.array(item(...NAMES), { maxLength: 2 }),
  writes: fc.array(item(...NAMES), { maxLength: 2 }),
  functions: fc.array(item("a.f", "b.g"), { maxLength: 2 }),
  where: fc.constantFrom(null, "keyed", "present", "none", "unknown" as const),
  incomplete: fc.subarray(["statement", "reads", "writes", "functions"], { maxLength: 1 }),
  classified: fc.constantFrom(true, true, true, false),
  housekeeping: fc.boolean(),
});
const RUNS = { numRuns: 400 };

/** The same command, of which one thing more is not known. */
function blur(given: SqlFacts, what: string): SqlFacts {
  if (what === "where") return { ...given, where: "unknown" };
  if (what === "classified") return { ...given, classified: false };
  return { ...given, incomplete: [...(given.incomplete ?? []), what] };
}

test("knowing less never turns a deny or hold into an allow, nor a rule's deny into a hold", () => {
  const what = fc.constantFrom("statement", "reads", "writes", "functions", "where", "classified");
  fc.assert(
    fc.property(rules, facts, what, (texts, given, unknown) => {
      const grant = grantOf(...withIds(texts));
      const before = decide(grant, sql(given));
      const after = decide(grant, sql(blur(given, unknown)));
      if (before.kind !== "allow") expect(after.kind).not.toBe("allow");
      // Where only the default denied, a hold may take over: unknown satisfies it, and a person decides.
      if (before.kind === "deny" && !before.rules.includes("default")) expect(after.kind).toBe("deny");
    }),
    RUNS,
  );
});

test("hiding a name behind `incomplete` never turns a deny or hold into an allow", () => {
  fc.assert(
    fc.property(rules, facts, fc.constantFrom("reads", "writes", "functions"), (texts, given, name) => {
      const grant = grantOf(...withIds(texts));
      const before = decide(grant, sql(given));
      const after = decide(grant, sql({ ...given, [name]: [], incomplete: [...(given.incomplete ?? []), name] }));
      if (before.kind !== "allow" && !before.rules.includes("default")) expect(after.kind).not.toBe("allow");
    }),
    RUNS,
  );
});

test("the order of the rules never matters", () => {
  fc.assert(
    fc.property(rules, facts, fc.array(fc.nat(), { maxLength: 5 }), (texts, given, keys) => {
      const inOrder = withIds(texts);
      const shuffled = inOrder.toSorted((a, b) => (keys[inOrder.indexOf(a)] ?? 0) - (keys[inOrder.indexOf(b)] ?? 0));
      expect(decide(grantOf(...shuffled), sql(given))).toEqual(decide(grantOf(...inOrder), sql(given)));
      expect(explain(grantOf(...shuffled), sql(given))).toEqual(explain(grantOf(...inOrder), sql(given)));
    }),
    RUNS,
  );
});

test("splitting a deny or hold list into one rule an item changes nothing", () => {
  const tags = fc.uniqueArray(fc.constantFrom(...TAGS, "S*", "*"), { minLength: 1, maxLength: 4 });
  const exception = fc.option(matchers);
  const effect = fc.constantFrom("deny", "hold, approval: one");
  fc.assert(
    fc.property(rules, tags, effect, exception, facts, (texts, patterns, what, unless, given) => {
      const one = (names: readonly string[], id: string) =>
        `{id: ${id}, effect: ${what}, match: {statement: ${quoted(names)}}${unless === null ? "" : `, unless: {${unless}}`}}`;
      const whole = grantOf(...withIds(texts), one(patterns, "s"));
      const split = grantOf(...withIds(texts), ...patterns.map((pattern, index) => one([pattern], `s${index}`)));
      expect(decide(split, sql(given)).kind).toBe(decide(whole, sql(given)).kind);
    }),
    RUNS,
  );
});

test("a further deny or hold never widens, a further allow never narrows", () => {
  fc.assert(
    fc.property(rules, rule, facts, (texts, more, given) => {
      const before = RANK[decide(grantOf(...withIds(texts)), sql(given)).kind];
      const { kind, rules: ids } = decide(grantOf(...withIds([...texts, more])), sql(given));
      if (more.startsWith("effect: allow")) expect(RANK[kind]).toBeLessThanOrEqual(before);
      else if (before === RANK.deny) {
        // A first hold opens the grant for housekeeping, and may hold what nothing allowed: never more than that.
        expect(kind === "deny" || kind === "hold" || ids.includes("housekeeping")).toBe(true);
      } else expect(RANK[kind]).toBeGreaterThanOrEqual(before);
    }),
    RUNS,
  );
});

test("a batch is never better off than the worst of its statements", () => {
  fc.assert(
    fc.property(rules, fc.array(facts, { minLength: 2, maxLength: 4 }), (texts, parts) => {
      const grant = grantOf(...withIds(texts));
      const each: Facts[] = parts.map((part) => sql(part));
      const worst = Math.max(...each.map((part) => RANK[decide(grant, part).kind]));
      const whole: Facts = { ...sql({ statement: [] }), parts: each };
      expect(RANK[decide(grant, whole).kind]).toBe(worst);
    }),
    RUNS,
  );
});
