import { describe, expect, test } from "@jest/globals";
import type { Facts, Verdict } from "@gate/contract";
import { decide } from "./decide.ts";
import { grantOf, parse, policyText, safe, sql, type SqlFacts } from "./testing.ts";

/** `allow read`, `deny never`, `hold mass` …: a verdict in few words. */
function verdict(rules: readonly string[] | string, facts: Facts | SqlFacts): string {
  const grant = grantOf(...(typeof rules === "string" ? [rules] : rules));
  const { kind, rules: ids } = decide(grant, "kind" in facts ? facts : sql(facts));
  return `${kind} ${ids.join(" ")}`;
}

const READ = '{id: read, effect: allow, match: {statement: [SELECT], reads: ["public.*"]}}';
const ADD = "{id: add, effect: allow, match: {statement: [INSERT], writes: [public.orders]}}";
const KEYED = "{id: keyed, effect: allow, match: {statement: [UPDATE], writes: [public.orders], where: keyed}}";
const MASS =
  "{id: mass, effect: hold, approval: one, match: {statement: [UPDATE, DELETE], where: [present, none, tautology]}}";
const NEVER =
  '{id: never, effect: deny, message: stop, match: {any: [{statement: ["DROP *", TRUNCATE, DO]}, {classified: false}]}}';
const EXAMPLE = [READ, ADD, KEYED, MASS, NEVER];

describe("the specification's example", () => {
  test.each<[string, SqlFacts, string]>([
    ["a SELECT of public", { reads: ["public.orders"] }, "allow read"],
    ["a SELECT of nothing", {}, "allow read"],
    ["a SELECT of another schema", { reads: ["secret.keys"] }, "deny default"],
    ["a SELECT of both", { reads: ["public.orders", "secret.keys"] }, "deny default"],
    ["an INSERT into orders", { statement: ["INSERT"], writes: ["public.orders"] }, "allow add"],
    ["an INSERT elsewhere", { statement: ["INSERT"], writes: ["public.users"] }, "deny default"],
    [
      "an INSERT … SELECT",
      { statement: ["INSERT", "SELECT"], writes: ["public.orders"], reads: ["public.x"] },
      "deny default",
    ],
    ["a keyed UPDATE", { statement: ["UPDATE"], writes: ["public.orders"], where: "keyed" }, "allow keyed"],
    ["a mass UPDATE", { statement: ["UPDATE"], writes: ["public.orders"], where: "none" }, "hold mass"],
    ["a keyed DELETE", { statement: ["DELETE"], writes: ["public.orders"], where: "keyed" }, "deny default"],
    ["a DELETE in a CTE", { statement: ["SELECT", "DELETE"], writes: ["public.x"], where: "present" }, "hold mass"],
    ["DROP TABLE", { statement: ["DROP TABLE"] }, "deny never"],
    ["a DO block", { statement: ["DO"], classified: false }, "deny never"],
    ["what could not be classified", { classified: false }, "deny never"],
    ["plain EXPLAIN", { statement: ["EXPLAIN"] }, "deny default"],
    ["CREATE TABLE", { statement: ["CREATE TABLE"] }, "deny default"],
  ])("%s", (_name, facts, expected) => {
    expect(verdict(EXAMPLE, facts)).toBe(expected);
  });
});

describe("deny > hold > allow, nothing matched is deny", () => {
  const allow = "{id: a, effect: allow, match: {statement: [SELECT]}}";
  const hold = "{id: h, effect: hold, approval: one, match: {statement: [SELECT]}}";
  const deny = "{id: d, effect: deny, match: {statement: [SELECT]}}";

  test("in every order", () => {
    expect(verdict([allow], {})).toBe("allow a");
    expect(verdict([allow, hold], {})).toBe("hold h");
    expect(verdict([hold, allow], {})).toBe("hold h");
    expect(verdict([allow, hold, deny], {})).toBe("deny d");
    expect(verdict([deny, hold, allow], {})).toBe("deny d");
    expect(verdict([allow, hold, deny], { statement: ["INSERT"] })).toBe("deny default");
  });

  test("all matching rules are named", () => {
    const second = "{id: b, effect: allow, match: {statement: [SELECT, INSERT]}}";
    expect(verdict([second, allow], {})).toBe("allow a b");
  });

  test("the message is the deny's, the hint says what is allowed", () => {
    const grant = grantOf(allow, hold.replace("SELECT", "UPDATE"), NEVER);
    expect(decide(grant, sql({ statement: ["DROP TABLE"] }))).toEqual({
      kind: "deny",
      rules: ["never"],
      message: "stop",
      hint: "this grant allows SELECT, each within its rule; a person can approve UPDATE",
    });
    expect(decide(grant, sql({ statement: ["INSERT"] }))).toMatchObject({ message: "no rule allows it" });
  });
});

describe("unknown satisfies deny and hold, never allow", () => {
  test.each<[string, SqlFacts, string]>([
    [
      "{id: a, effect: allow, match: {statement: [SELECT], reads: [public.a]}}",
      { reads: ["public.a"], incomplete: ["reads"] },
      "deny default",
    ],
    ['{id: a, effect: allow, match: {statement: ["*"]}}', { incomplete: ["statement"] }, "deny default"],
    [
      "{id: a, effect: allow, match: {statement: [UPDATE], where: keyed}}",
      { statement: ["UPDATE"], where: "unknown" },
      "deny default",
    ],
    ["{id: d, effect: deny, match: {reads: [public.a]}}", { incomplete: ["reads"] }, "deny d"],
    ["{id: d, effect: deny, match: {reads: [public.a]}}", { reads: ["public.b"], incomplete: ["reads"] }, "deny d"],
    ["{id: d, effect: deny, match: {reads: [public.a]}}", { reads: ["public.b"] }, "deny default"],
    ["{id: h, effect: hold, approval: one, match: {where: none}}", { where: "unknown" }, "hold h"],
    [
      "{id: h, effect: hold, approval: one, match: {statement: [DELETE], reads: [a.b]}}",
      { incomplete: ["reads"] },
      "deny default",
    ],
  ])("%s over %j", (rule, facts, expected) => {
    expect(verdict(rule, facts)).toBe(expected);
  });

  test("what could not be classified is never allowed, whatever else is known", () => {
    expect(verdict('{id: a, effect: allow, match: {statement: ["*"], functions: any}}', { classified: false })).toBe(
      "deny default",
    );
  });

  test("a field that the protocol does not give, or gives in another form, is unknown", () => {
    const facts = { ...sql(), fields: { statement: { type: "scalar", value: "SELECT" } } } as const;
    expect(verdict('{id: a, effect: allow, match: {statement: ["*"]}}', facts)).toBe("deny default");
    expect(verdict("{id: h, effect: hold, approval: one, match: {writes: [a.b]}}", facts)).toBe("hold h");
  });

  test("facts of another kind are denied", () => {
    expect(verdict('{id: a, effect: allow, match: {statement: ["*"]}}', { ...sql(), kind: "line" })).toBe(
      "deny default",
    );
  });
});

describe("an allow needs all, a hold or deny needs one", () => {
  test.each(["statement", "reads", "writes", "functions"])("%s", (name) => {
    const [first, second] = name === "statement" ? ["SELECT", "INSERT"] : ["a.one", "a.two"];
    const both = { [name]: [first, second] };
    const allow = `{id: a, effect: allow, match: {${name}: [${first}]}}`;
    const lift = name === "functions" ? "" : ", functions: any";
    expect(verdict(allow.replace("]}}", `]${lift}}}`), both)).toBe("deny default");
    expect(verdict(allow.replace("]}}", `]${lift}}}`), { [name]: [first] })).toBe("allow a");
    expect(verdict(allow.replace("]}}", `, ${second}]${lift}}}`), both)).toBe("allow a");
    expect(verdict(`{id: h, effect: hold, approval: one, match: {${name}: [${first}]}}`, both)).toBe("hold h");
    expect(verdict(`{id: d, effect: deny, match: {${name}: [${second}]}}`, both)).toBe("deny d");
  });

  test("names are case-sensitive, command tags are not", () => {
    expect(verdict("{id: d, effect: deny, match: {reads: [public.Orders]}}", { reads: ["public.orders"] })).toBe(
      "deny default",
    );
    expect(verdict("{id: a, effect: allow, match: {statement: [select]}}", {})).toBe("allow a");
    const set = "{id: d, effect: deny, match: {statement: ['set SEARCH_PATH']}}";
    expect(verdict(set, { statement: ["SET search_path"] })).toBe("deny d");
  });

  test("a group is matched by label, never by name", () => {
    const rule = '{id: a, effect: allow, match: {statement: [SELECT], reads: ["@catalog"]}}';
    expect(verdict(rule, { reads: [{ name: "pg_catalog.pg_class", labels: ["@catalog"] }] })).toBe("allow a");
    expect(verdict(rule, { reads: ["pg_catalog.pg_authid"] })).toBe("deny default");
    expect(verdict(rule, { reads: ["@catalog"] })).toBe("deny default");
  });
});

describe("an empty set", () => {
  test("does not stop an allow that something else carries", () => {
    const rule =
      '{id: a, effect: allow, match: {statement: [SELECT, INSERT], reads: ["public.*"], writes: [public.orders]}}';
    expect(verdict(rule, { reads: ["public.a"] })).toBe("allow a");
    expect(verdict(rule, { statement: ["INSERT"], writes: ["public.orders"] })).toBe("allow a");
    expect(verdict(rule, {})).toBe("allow a");
  });

  test("never carries an allow by itself", () => {
    for (const match of [
      '{reads: ["public.*"]}',
      "{writes: [public.orders]}",
      "{functions: [a.b]}",
      "{classified: true, reads: [a.b]}",
    ]) {
      expect(verdict(`{id: a, effect: allow, match: ${match}}`, { statement: ["SET ROLE"] })).toBe("deny default");
    }
    expect(verdict("{id: a, effect: allow, match: {reads: [a.*], writes: [a.*]}}", { reads: ["a.b"] })).toBe("allow a");
  });

  test("in an alternative, is carried by the match around it", () => {
    const rule = "{id: a, effect: allow, match: {statement: [SELECT], any: [{reads: [a.*]}, {reads: [b.*]}]}}";
    expect(verdict(rule, {})).toBe("allow a");
    expect(verdict(rule, { reads: ["a.x"] })).toBe("allow a");
    expect(verdict(rule, { reads: ["a.x", "b.x"] })).toBe("deny default");
    expect(verdict("{id: a, effect: allow, match: {any: [{reads: [a.*]}]}}", { statement: ["SET ROLE"] })).toBe(
      "deny default",
    );
  });

  test("does not satisfy a hold or deny", () => {
    expect(verdict('{id: d, effect: deny, match: {reads: ["*"]}}', {})).toBe("deny default");
  });

  test("does not lift a deny by itself", () => {
    const rule = '{id: d, effect: deny, match: {statement: [COPY]}, unless: {reads: ["export.*"]}}';
    const allow = "{id: a, effect: allow, match: {statement: [COPY]}}";
    expect(verdict([rule, allow], { statement: ["COPY"], reads: ["export.x"] })).toBe("allow a");
    expect(verdict([rule, allow], { statement: ["COPY"], writes: ["public.x"] })).toBe("deny d");
  });
});

describe("functions", () => {
  const call = (...functions: SqlFacts["functions"] & readonly unknown[]): SqlFacts => ({ functions });

  test("omitted in an allow means safe", () => {
    const rule = "{id: a, effect: allow, match: {statement: [SELECT]}}";
    expect(verdict(rule, {})).toBe("allow a");
    expect(verdict(rule, call(safe("pg_catalog.lower")))).toBe("allow a");
    expect(verdict(rule, call(safe("pg_catalog.lower"), "pg_catalog.pg_read_file"))).toBe("deny default");
    expect(verdict(rule, { incomplete: ["functions"] })).toBe("deny default");
  });

  test("any, safe and lists", () => {
    const rule = (functions: string) => `{id: a, effect: allow, match: {statement: [SELECT], functions: ${functions}}}`;
    expect(verdict(rule("any"), call("x.y"))).toBe("allow a");
    expect(verdict(rule("any"), { incomplete: ["functions"] })).toBe("allow a");
    expect(verdict(rule("[x.y]"), call("x.y"))).toBe("allow a");
    expect(verdict(rule("[x.y]"), call("x.y", safe("pg_catalog.lower")))).toBe("deny default");
    expect(verdict(rule("[safe, x.y]"), call("x.y", safe("pg_catalog.lower")))).toBe("allow a");
    expect(verdict(rule("safe"), call("x.y"))).toBe("deny default");
  });

  test("omitted in a hold or deny means nothing", () => {
    expect(verdict("{id: d, effect: deny, match: {statement: [SELECT]}}", call("x.y"))).toBe("deny d");
  });

  test("one alternative's list does not lift the others' safe", () => {
    const rule =
      "{id: a, effect: allow, match: {statement: [SELECT], any: [{reads: [a.*], functions: any}, {reads: [b.*]}]}}";
    expect(verdict(rule, { reads: ["a.x"], functions: ["x.y"] })).toBe("allow a");
    expect(verdict(rule, { reads: ["b.x"], functions: ["x.y"] })).toBe("deny default");
    expect(verdict(rule, { reads: ["b.x"], functions: [safe("pg_catalog.now")] })).toBe("allow a");
  });
});

describe("where", () => {
  test("a command with neither UPDATE nor DELETE does not match", () => {
    for (const effect of ["allow", "deny", "hold, approval: one"]) {
      const rule = `{id: r, effect: ${effect}, match: {where: [keyed, present, none, tautology]}}`;
      expect(verdict(rule, { where: null })).toBe("deny default");
    }
  });

  test("one value or a list", () => {
    const rule = "{id: h, effect: hold, approval: one, match: {where: [present, none]}}";
    expect(verdict(rule, { where: "present" })).toBe("hold h");
    expect(verdict(rule, { where: "tautology" })).toBe("deny default");
    expect(verdict("{id: h, effect: hold, approval: one, match: {where: none}}", { where: "none" })).toBe("hold h");
  });
});

describe("unless", () => {
  const allow = "{id: a, effect: allow, match: {statement: [SELECT]}, unless: {reads: [secret.*]}}";
  const deny = "{id: d, effect: deny, match: {statement: [SELECT]}, unless: {reads: [public.*]}}";
  const rest = "{id: z, effect: allow, match: {statement: [SELECT]}}";

  test("takes an allow away as soon as one thing is named, or may be", () => {
    expect(verdict(allow, { reads: ["public.a"] })).toBe("allow a");
    expect(verdict(allow, { reads: ["public.a", "secret.b"] })).toBe("deny default");
    expect(verdict(allow, { reads: ["public.a"], incomplete: ["reads"] })).toBe("deny default");
  });

  test("lifts a deny only when everything is certainly covered", () => {
    expect(verdict([deny, rest], { reads: ["public.a"] })).toBe("allow z");
    expect(verdict([deny, rest], { reads: ["public.a", "secret.b"] })).toBe("deny d");
    expect(verdict([deny, rest], { reads: ["public.a"], incomplete: ["reads"] })).toBe("deny d");
    expect(verdict([deny, rest], {})).toBe("deny d");
    expect(verdict([deny, rest], { reads: ["public.a"], classified: false })).toBe("deny d");
  });

  test("lifts a hold in the same way", () => {
    const hold = deny.replace("effect: deny", "effect: hold, approval: one");
    expect(verdict([hold, rest], { reads: ["public.a"] })).toBe("allow z");
    expect(verdict([hold, rest], { reads: ["secret.a", "public.a"] })).toBe("hold d");
  });

  test("`functions: safe` lifts a deny of commands that call nothing", () => {
    const rule = '{id: d, effect: deny, match: {statement: ["*"]}, unless: {functions: safe}}';
    expect(verdict([rule, rest], {})).toBe("allow z");
    expect(verdict([rule, rest], { functions: ["x.y"] })).toBe("deny d");
  });
});

test("any is an alternative, several keys are all needed", () => {
  const rule =
    "{id: d, effect: deny, match: {statement: [SELECT], any: [{reads: [a.b]}, {writes: [a.b], where: none}]}}";
  expect(verdict(rule, { reads: ["a.b"] })).toBe("deny d");
  expect(verdict(rule, { writes: ["a.b"], where: "none" })).toBe("deny d");
  expect(verdict(rule, { writes: ["a.b"], where: "keyed" })).toBe("deny default");
  expect(verdict(rule, { statement: ["INSERT"], reads: ["a.b"] })).toBe("deny default");
});

describe("housekeeping", () => {
  const begin: SqlFacts = { statement: ["BEGIN"], housekeeping: true };
  const allow = "{id: a, effect: allow, match: {statement: [SELECT]}}";
  const hold = "{id: h, effect: hold, approval: one, match: {statement: [DELETE]}}";

  test("is open to every grant that allows or holds anything", () => {
    expect(verdict(allow, begin)).toBe("allow housekeeping");
    expect(verdict(hold, begin)).toBe("allow housekeeping");
    expect(verdict("{id: d, effect: deny, match: {statement: [DELETE]}}", begin)).toBe("deny default");
  });

  test("can be denied or held by a rule that names it", () => {
    expect(verdict([allow, "{id: d, effect: deny, match: {statement: [BEGIN]}}"], begin)).toBe("deny d");
    expect(verdict([allow, '{id: d, effect: deny, match: {any: [{statement: ["BEG*"]}]}}'], begin)).toBe("deny d");
    expect(verdict([allow, "{id: d, effect: hold, approval: one, match: {statement: [BEGIN]}}"], begin)).toBe("hold d");
  });

  test("is not touched by rules about everything", () => {
    expect(verdict([allow, '{id: h, effect: hold, approval: one, match: {statement: ["*"]}}'], begin)).toBe(
      "allow housekeeping",
    );
    expect(verdict([allow, "{id: d, effect: deny, match: {}, unless: {reads: [public.*]}}"], begin)).toBe(
      "allow housekeeping",
    );
  });

  test("is nothing that is unclassified, writes, or is not known completely", () => {
    expect(verdict(allow, { ...begin, classified: false })).toBe("deny default");
    expect(verdict(allow, { ...begin, writes: ["public.a"] })).toBe("deny default");
    expect(verdict(allow, { ...begin, incomplete: ["statement"] })).toBe("deny default");
    expect(verdict(allow, { ...begin, statement: [] })).toBe("deny default");
    expect(verdict(allow, { ...begin, incomplete: ["functions"] })).toBe("deny default");
    expect(verdict(allow, { ...begin, where: "unknown" })).toBe("deny default");
  });
});

describe("a batch", () => {
  const part = (facts: SqlFacts) => sql(facts);
  const batch = (...parts: readonly SqlFacts[]): Facts => {
    const statement = parts.flatMap((one) => one.statement ?? ["SELECT"]);
    const classified = parts.every((one) => one.classified !== false);
    return sql({ statement, classified, parts: parts.map(part) });
  };

  test("gets the worst verdict of its statements", () => {
    const begin: SqlFacts = { statement: ["BEGIN"], housekeeping: true };
    const insert: SqlFacts = { statement: ["INSERT"], writes: ["public.orders"] };
    const mass: SqlFacts = { statement: ["DELETE"], writes: ["public.x"], where: "none" };
    const drop: SqlFacts = { statement: ["DROP TABLE"] };
    expect(verdict(EXAMPLE, batch(begin, insert, {}))).toBe("allow add housekeeping read");
    expect(verdict(EXAMPLE, batch(begin, insert, mass))).toBe("hold mass");
    expect(verdict(EXAMPLE, batch(insert, mass, drop))).toBe("deny never");
    expect(verdict(EXAMPLE, batch(insert, { statement: ["CREATE TABLE"] }))).toBe("deny default");
  });

  test("that could not be classified as a whole is judged as a whole", () => {
    expect(verdict(EXAMPLE, batch({}, { classified: false }))).toBe("deny never");
    expect(verdict(EXAMPLE, { ...batch({}, {}), classified: false })).toBe("deny never");
  });
});

describe("several holds", () => {
  const hold = (id: string, approval: string) =>
    `{id: ${id}, effect: hold, approval: ${approval}, match: {statement: [SELECT]}}`;
  const approval = (verdict: Verdict) => (verdict.kind === "hold" ? verdict.approval.name : verdict.kind);

  test("take the strictest approval, whatever the order", () => {
    expect(approval(decide(grantOf(hold("a", "one"), hold("b", "two")), sql()))).toBe("two");
    expect(approval(decide(grantOf(hold("a", "two"), hold("b", "one")), sql()))).toBe("two");
    expect(approval(decide(grantOf(hold("a", "two"), hold("b", "two_quick")), sql()))).toBe("two_quick");
  });
});

test("allows and holds carry the grant's masks and limits", () => {
  const text = policyText([READ, MASS]).replace("rules: [r]}", "rules: [r], masks: m, limits: {rows: 5}}");
  const grant = parse(`${text}masks: {m: [{column: a.b.c, action: hash}]}\n`).grants.get("g");
  if (grant === undefined) throw new TypeError("no grant");
  const obligations = [
    { kind: "mask", masks: [{ kind: "column", column: "a.b.c", action: { kind: "hash" } }] },
    { kind: "limit", limits: { rows: 5 } },
  ];
  expect(decide(grant, sql())).toMatchObject({ kind: "allow", obligations });
  expect(decide(grant, sql({ statement: ["UPDATE"], where: "none" }))).toMatchObject({ kind: "hold", obligations });
});

describe("a rule that throws denies", () => {
  const broken = (name: string): Facts => {
    const facts = sql();
    const fields = Object.defineProperty({ ...facts.fields }, name, {
      get() {
        throw new Error("broken");
      },
    });
    return { ...facts, fields };
  };

  test("under its own id", () => {
    expect(verdict([READ, "{id: z, effect: deny, match: {writes: [a.b]}}"], broken("writes"))).toBe("deny z");
    expect(verdict([READ], broken("reads"))).toBe("deny read");
  });

  test("and facts that cannot be read at all are denied", () => {
    expect(verdict([READ], { ...sql({ housekeeping: true }), fields: null } as unknown as Facts)).toBe("deny default");
  });
});
