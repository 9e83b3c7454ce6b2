import { expect, test } from "@jest/globals";
import { explain } from "./explain.ts";
import { grantOf, sql, type SqlFacts } from "./testing.ts";

const RULES = [
  '{id: read, effect: allow, match: {statement: [SELECT], reads: ["public.*"]}, unless: {reads: [public.secret]}}',
  "{id: keyed, effect: allow, match: {statement: [UPDATE], where: keyed}}",
  "{id: mass, effect: hold, approval: one, match: {statement: [UPDATE], where: [none, present]}}",
  "{id: never, effect: deny, match: {any: [{statement: [DO]}, {classified: false}]}, unless: {writes: [tmp.*]}}",
];

function outcomes(facts: SqlFacts): Record<string, string> {
  const grant = grantOf(...RULES);
  return Object.fromEntries(
    explain(grant, sql(facts)).map(({ rule, outcome, failed }) => [rule, failed ? `${outcome}: ${failed}` : outcome]),
  );
}

test("each rule comes with the first matcher that failed", () => {
  expect(outcomes({ reads: ["public.a"] })).toEqual({
    keyed: "false: statement",
    mass: "false: statement",
    never: "false: any",
    read: "true",
  });
  expect(outcomes({ reads: ["x.a"] })["read"]).toBe("false: reads");
  expect(outcomes({ reads: ["public.secret"] })["read"]).toBe("false: unless");
  expect(outcomes({ functions: ["x.f"] })["read"]).toBe("false: functions");
  expect(outcomes({ incomplete: ["reads"] })["read"]).toBe("unknown: reads");
  expect(outcomes({ classified: false })).toMatchObject({ read: "unknown: classified", never: "true" });
  expect(outcomes({ statement: ["UPDATE"], where: "unknown" })).toMatchObject({
    keyed: "unknown: where",
    mass: "unknown: where",
  });
  expect(outcomes({ statement: ["DO"], writes: ["tmp.a"] })["never"]).toBe("false: unless");
});

test("a match that is true by emptiness alone says which matcher was empty", () => {
  const grant = grantOf('{id: a, effect: allow, match: {reads: ["public.*"]}}');
  expect(explain(grant, sql())).toEqual([{ rule: "a", effect: "allow", outcome: "false", failed: "reads" }]);
});

test("housekeeping is a line of its own, and stops rules that do not name it", () => {
  const grant = grantOf('{id: h, effect: hold, approval: one, match: {statement: ["*"]}}');
  expect(explain(grant, sql({ statement: ["BEGIN"], housekeeping: true }))).toEqual([
    { rule: "h", effect: "hold", outcome: "false", failed: "housekeeping" },
    { rule: "housekeeping", effect: "allow", outcome: "true" },
  ]);
});

test("of a batch, the statement that decides is explained", () => {
  const parts = [sql({ reads: ["public.a"] }), sql({ statement: ["UPDATE"], where: "none" })];
  const grant = grantOf(...RULES);
  expect(explain(grant, sql({ parts }))).toContainEqual({ rule: "mass", effect: "hold", outcome: "true" });
});
