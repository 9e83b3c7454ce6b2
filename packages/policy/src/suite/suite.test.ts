import { describe, expect, test } from "@jest/globals";
import { parsePolicy } from "../policy.ts";
import { readString } from "../reader.ts";
import { readPolicyTests, readSuite } from "./read-tests.ts";
import { runTests, type CommandReader, type Exchange, type TestResult } from "./run-tests.ts";

const POLICY = `version: gate/v1
trust:
  deploy:
    issuer: github
    audience: https://gate.acme.dev
    claims: { event_name: push, actor: octocat }
    grants: [lines]
grants:
  lines: { target: t, rules: [lines] }
  other: { target: t, rules: [lines] }
rules:
  lines:
    - { id: get, effect: allow, match: { line: [GET, HEAD] } }
    - { id: ask, effect: hold, approval: two, match: { line: [PUT] } }
    - { id: mine, effect: allow, match: { line: [OWN] }, when: 'session.claims.actor == "octocat"' }
    - { id: never, effect: deny, match: { line: [DROP] } }
approvals:
  two: { from: ["person:a", "person:b", "person:c"], count: 2 }
`;
const policy = parsePolicy(POLICY, { file: "policy.yaml" });

/** A command is its first word; `?` is one that could not be classified, `BLOB` has results that cannot be masked. */
const reader: CommandReader = ({ problems, node }) => {
  const text = readString(problems, node, "`line`");
  if (text === undefined) return undefined;
  const facts = {
    kind: "line",
    classified: text !== "?",
    ...(text === "?" ? { unclassifiedReason: "nobody knows" } : {}),
    housekeeping: false,
    writes: true,
    fields: { line: { type: "set" as const, items: [{ name: text.split(" ")[0] ?? "" }], complete: true } },
  };
  return text.endsWith("BLOB") ? { facts, refusal: "it cannot be masked" } : { facts };
};

const exchange: Exchange = (trust, claims) => {
  const rule = trust.find((each) => each.claims["event_name"]?.[0] === claims["event_name"]);
  return rule === undefined ? { reason: "no rule" } : { rule };
};

function run(...tests: readonly string[]): readonly TestResult[] {
  const suite = readSuite(`tests:\n${tests.map((each) => `  - ${each}\n`).join("")}`, "x.test.yaml", ["line"]);
  expect(suite.problems).toEqual([]);
  return runTests(suite.tests, { file: "x.test.yaml", policy, readers: new Map([["line", reader]]), exchange });
}

const passed = (...tests: readonly string[]) => run(...tests).map((result) => result.passed);
const problems = (text: string) =>
  readSuite(text, "x.test.yaml", ["line"]).problems.map(({ line, column, message }) => `${line}:${column} ${message}`);

describe("commands", () => {
  test("pass when effect, rules and approval are what was expected", () => {
    expect(
      passed(
        "{ as: deploy, grant: lines, line: GET x, expect: { effect: allow, rule: get } }",
        "{ grant: lines, line: GET x, expect: { rules: [get] } }",
        "{ as: deploy, grant: lines, line: PUT x, expect: { effect: hold, approval: two } }",
        "{ as: deploy, grant: lines, line: DROP x, expect: { effect: deny, rules: never } }",
        "{ as: deploy, grant: lines, line: NEW x, expect: { effect: deny, rule: default } }",
      ),
    ).toEqual([true, true, true, true, true]);
  });

  test("fail with what was expected, what came, and why each rule did not apply", () => {
    const [result] = run(
      "{ name: reads, as: deploy, grant: lines, line: DROP x, expect: { effect: allow, rule: get } }",
    );
    expect(result).toMatchObject({
      name: "reads",
      line: 2,
      column: 5,
      passed: false,
      expected: "allow by `get`",
      got: "deny by never",
      problems: [],
    });
    expect(result?.explanation).toContainEqual({ rule: "get", effect: "allow", outcome: "false", failed: "line" });
    expect(
      passed(
        "{ grant: lines, line: PUT x, expect: { effect: allow } }",
        "{ grant: lines, line: PUT x, expect: { effect: hold, rule: get } }",
        "{ grant: lines, line: GET x, expect: { rules: [get, ask] } }",
        "{ grant: lines, line: PUT x, expect: { approval: three } }",
      ),
    ).toEqual([false, false, false, false]);
  });

  test("what cannot be classified, or not be masked, is refused and says why", () => {
    const [unknown, blob] = run(
      "{ grant: lines, line: '?', expect: { effect: deny } }",
      "{ grant: lines, line: GET BLOB, expect: { effect: deny, rule: obligation } }",
    );
    expect(unknown).toMatchObject({ passed: true, because: "nobody knows" });
    expect(blob).toMatchObject({ passed: true, because: "it cannot be masked" });
  });

  test("conditions see the claims that the trust rule fixes, and those that the test names", () => {
    expect(
      passed(
        "{ as: deploy, grant: lines, line: OWN x, expect: { effect: allow, rule: mine } }",
        "{ as: deploy, grant: lines, line: OWN x, claims: { actor: mallory }, expect: { effect: deny } }",
        "{ grant: lines, line: OWN x, expect: { effect: deny } }",
      ),
    ).toEqual([true, true, true]);
  });

  test("a grant, trust rule or rule that does not exist is a mistake of the test, with the nearest name", () => {
    const results = run(
      "{ as: deploy, grant: liens, line: GET x, expect: { effect: deny } }",
      "{ as: depoly, grant: lines, line: GET x, expect: { effect: allow } }",
      "{ as: deploy, grant: lines, line: GET x, expect: { effect: deny, rule: nver } }",
    );
    expect(results.map((result) => [result.passed, result.got])).toEqual(Array(3).fill([false, "not run"]));
    expect(results.flatMap((result) => result.problems.map(({ message }) => message))).toEqual([
      "there is no grant `liens`; did you mean `lines`?",
      "there is no trust rule `depoly`; did you mean `deploy`?",
      "there is no rule of `lines` `nver`; did you mean `never`?",
    ]);
  });

  test("a grant that the trust rule does not give fails, whatever the verdict would be", () => {
    const [result] = run("{ as: deploy, grant: other, line: GET x, expect: { effect: allow } }");
    expect(result).toMatchObject({ passed: false, got: "the trust rule `deploy` does not give the grant `other`" });
  });
});

describe("exchanges", () => {
  test("are allowed by a rule with its grants, or denied", () => {
    expect(
      passed(
        "{ claims: { event_name: push }, expect: { exchange: allowed, rule: deploy, grants: [lines] } }",
        "{ claims: { event_name: pull_request }, expect: { exchange: denied } }",
        "{ claims: { event_name: push }, expect: { exchange: allowed, grants: [other] } }",
        "{ claims: { event_name: push }, expect: { exchange: denied } }",
        "{ claims: { event_name: schedule }, expect: { exchange: allowed } }",
      ),
    ).toEqual([true, true, false, false, false]);
  });

  test("`as` and `grant` alone ask who gets what", () => {
    expect(
      passed(
        "{ as: deploy, grant: lines, expect: { exchange: allowed } }",
        "{ as: deploy, grant: other, expect: { exchange: denied } }",
        "{ as: deploy, grant: other, expect: { exchange: allowed } }",
      ),
    ).toEqual([true, true, false]);
  });
});

describe("files", () => {
  test.each([
    [
      "an unknown key",
      "tests: [{ grnt: lines, line: x, expect: { effect: deny } }]",
      "unknown key `grnt`; did you mean `grant`?",
    ],
    [
      "an unknown command",
      "tests: [{ grant: lines, lien: x, expect: { effect: deny } }]",
      "unknown key `lien`; did you mean `line`?",
    ],
    [
      "an unknown expectation",
      "tests: [{ grant: lines, line: x, expect: { efect: deny } }]",
      "unknown key `efect`; did you mean `effect`?",
    ],
    [
      "an unknown effect",
      "tests: [{ grant: lines, line: x, expect: { effect: permit } }]",
      "`effect` cannot be `permit`",
    ],
    ["nothing expected", "tests: [{ grant: lines, line: x, expect: {} }]", "`expect` is empty"],
    ["no expectation", "tests: [{ grant: lines, line: x }]", "a test needs `expect`"],
    ["no grant", "tests: [{ line: x, expect: { effect: deny } }]", "needs `grant`"],
    ["no command", "tests: [{ as: deploy, expect: { exchange: denied } }]", "a test needs a command (line)"],
    [
      "claims of nobody",
      "tests: [{ grant: lines, line: x, claims: { a: b }, expect: { effect: deny } }]",
      "write its trust rule as `as`",
    ],
    ["no tests", "policy: x.yaml", "a test file needs `tests`"],
    ["another version", "version: gate/v2\ntests: []", "`version: gate/v1` only"],
  ])("%s is refused with its place", (_name, text, message) => {
    const found = problems(text);
    expect(found.join("\n")).toContain(message);
    expect(found[0]).toMatch(/^\d+:\d+ /u);
  });

  test("a policy may hold its tests itself", () => {
    const text = `${POLICY}tests:\n  - { as: deploy, grant: lines, line: GET x, expect: { effect: allow } }\n`;
    expect(() => parsePolicy(text, { file: "policy.yaml" })).not.toThrow();
    expect(readPolicyTests(text, "policy.yaml", ["line"])).toMatchObject({
      problems: [],
      tests: [{ type: "command", key: "line" }],
    });
  });
});
