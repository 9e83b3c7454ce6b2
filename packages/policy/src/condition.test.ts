/** `when:` what it sees, what is unknown in it, what it may cost, and what its author is told. */
import { describe, expect, test } from "@jest/globals";
import type { Facts } from "@gate/contract";
import type { SessionFacts } from "./condition-names.ts";
import { WHEN_ITEMS_MAX, WHEN_JOINED_CHARS_MAX, WHEN_MATCHED_CHARS_MAX, WHEN_NESTED_ITEMS_MAX } from "./condition.ts";
import { decide } from "./decide.ts";
import { explain } from "./explain.ts";
import { formatProblems } from "./errors.ts";
import { argv, factsOf, grantFor, map, policyText, problemsOf } from "./testing.ts";

const SESSION: SessionFacts = {
  trustRule: "deploy-prod",
  principal: { claims: { environment: "production", actor: "octocat" } },
};

/** How a condition comes out, told by an allow and a deny that hang on it alone. */
function outcome(protocol: string, when: string, facts: Facts, session: SessionFacts | undefined = SESSION): string {
  const command = { ssh: "operation", http: "method", mcp: "method", kubernetes: "verb" }[protocol] ?? "statement";
  const text = JSON.stringify(when);
  const allow = grantFor(protocol, `{id: r, effect: allow, match: {${command}: "*"}, when: ${text}}`);
  const deny = grantFor(protocol, `{id: r, effect: deny, match: {}, when: ${text}}`);
  const allowed = decide(allow, facts, session).kind === "allow";
  const denied = decide(deny, facts, session).rules.includes("r");
  expect(allowed && !denied).toBe(false);
  return allowed ? "true" : denied ? "unknown" : "false";
}

const SELECT = factsOf("sql", {
  statement: ["SELECT"],
  reads: ["public.orders", "public.items"],
  writes: [],
  functions: [],
  where: null,
});

describe("over the facts of SQL", () => {
  test.each([
    ["'public.orders' in reads", "true"],
    ["'public.other' in reads", "false"],
    ["reads.exists(r, r.startsWith('public.'))", "true"],
    ["reads.all(r, r.endsWith('orders'))", "false"],
    ["reads.exists_one(r, r.contains('items'))", "true"],
    ["size(reads) == 2 && reads.size() < 3", "true"],
    ["reads[0] == 'public.orders'", "true"],
    ["reads[7] == 'public.orders'", "unknown"],
    ["reads[7] == 'x' || true", "true"],
    ["statement == ['SELECT']", "true"],
    ["statement[0] in ['SELECT', 'INSERT']", "true"],
    ["where == ''", "true"],
    ["size(writes) > 0", "false"],
    ["reads.exists(r, r.matches('^public\\\\.(orders|items)$'))", "true"],
    ["reads.exists(r, r.matches('(a+)+$'))", "false"],
    ["facts.reads.all(r, r.matches('^public'))", "true"],
    ["!('public.orders' in reads)", "false"],
    ["size(reads) > 1 ? where == '' : false", "true"],
    ["size(reads) * 2 - 1 == 3", "true"],
    ["string(size(reads)) == '2'", "true"],
  ])("%s is %s", (when, expected) => {
    expect(outcome("postgres", when.replaceAll("\\\\", "\\"), SELECT)).toBe(expected);
  });

  test("a set that may hold more is unknown, unless the rest decides alone", () => {
    const reads = { type: "set", items: [{ name: "a.b" }], complete: false } as const;
    const facts = { ...SELECT, fields: { ...SELECT.fields, reads } };
    expect(outcome("postgres", "'a.b' in reads", facts)).toBe("unknown");
    expect(outcome("postgres", "'a.b' in reads && size(writes) > 0", facts)).toBe("false");
    expect(outcome("postgres", "'a.b' in reads || size(writes) == 0", facts)).toBe("true");
    expect(outcome("postgres", "!('a.b' in reads)", facts)).toBe("unknown");
  });

  test("estimated rows are a number, and asked for", () => {
    const facts = (value: number | undefined) =>
      factsOf("sql", { statement: ["SELECT"], functions: [], estimated_rows: { type: "scalar", value } });
    expect(outcome("postgres", "estimated_rows > 1000", facts(1001))).toBe("true");
    expect(outcome("postgres", "estimated_rows > 1000", facts(5))).toBe("false");
    expect(outcome("postgres", "estimated_rows > 1000", facts(undefined))).toBe("unknown");
    const grant = grantFor("postgres", "{id: d, effect: deny, match: {}, when: estimated_rows > 5}");
    expect(grant.asked.get("estimated_rows")).toEqual(["estimated_rows"]);
  });

  test("facts that the protocol does not give are unknown", () => {
    expect(outcome("postgres", "'a.b' in reads", factsOf("sql", { statement: ["SELECT"] }))).toBe("unknown");
  });

  test("each statement of a batch is asked by itself", () => {
    const grant = grantFor(
      "postgres",
      "{id: r, effect: allow, match: {statement: SELECT, functions: any}, when: size(reads) == 1}",
    );
    const part = (reads: string[]) => factsOf("sql", { statement: ["SELECT"], reads });
    const batch = { ...part(["a.a", "a.b"]), parts: [part(["a.a"]), part(["a.b"])] };
    expect(decide(grant, batch).kind).toBe("allow");
  });
});

describe("over values by key", () => {
  const request = (body: Facts["fields"][string], query: Facts["fields"][string] = map({})) =>
    factsOf("http", {
      method: ["POST"],
      path: ["/v1/refunds"],
      body,
      query,
      headers: map({ "x-env": ["prod"] }),
      upgrade: null,
    });

  test.each([
    ["body['$.amount'].exists(v, v > 100)", "true"],
    ["body['$.amount'].all(v, v > 100)", "false"],
    ["body['$.text'].exists(v, v > 100)", "unknown"],
    ["body['$.missing'].exists(v, v > 100)", "false"],
    ["size(body['$.missing']) == 0", "true"],
    ["'$.amount' in body", "true"],
    ["'$.missing' in body", "false"],
    ["headers['X-Env'] == ['prod']", "true"],
    ["headers['x-env'][0] == 'prod'", "true"],
    ["has(query.limit)", "false"],
    ["query.limit.all(v, int(v) < 10)", "true"],
    ["'/v1/refunds' in path && method == ['POST']", "true"],
  ])("%s is %s", (when, expected) => {
    expect(outcome("http", when, request(map({ "$.amount": [50, 150], "$.text": ["many"] })))).toBe(expected);
  });

  test("only the key that is not known is unknown", () => {
    const facts = request(map({ "$.a": [1] }, { unknown: ["$.b"] }));
    expect(outcome("http", "body['$.a'].exists(v, v == 1)", facts)).toBe("true");
    expect(outcome("http", "body['$.b'].exists(v, v == 1)", facts)).toBe("unknown");
    expect(outcome("http", "'$.b' in body", facts)).toBe("unknown");
    expect(outcome("http", "body['$.a'].exists(v, v == 1)", request(map({ "$.a": [1] }, { complete: false })))).toBe(
      "unknown",
    );
  });

  test("a command without a body has no values", () => {
    expect(outcome("http", "'$.a' in body", request({ type: "none" }))).toBe("false");
    expect(outcome("http", "body['$.a'].all(v, v == 1)", request({ type: "none" }))).toBe("true");
  });

  test("its keys are asked for", () => {
    const when = "'$.a' in body || has(query.b) || headers['X-C'] == ['1'] || facts.body['$.d'][0] == 1";
    const grant = grantFor("http", `{id: d, effect: deny, match: {body: {$.z: 1}}, when: ${JSON.stringify(when)}}`);
    expect(Object.fromEntries(grant.asked)).toEqual({ body: ["$.a", "$.d", "$.z"], query: ["b"], headers: ["x-c"] });
  });
});

describe("over other facts", () => {
  test("command lines are lists of lists of words", () => {
    const facts = factsOf("ssh", { operation: ["exec"], exec: argv(["git", "push", "--force"], ["ls"]), pty: false });
    expect(outcome("ssh", "exec.exists(line, line[0] == 'git' && '--force' in line)", facts)).toBe("true");
    expect(outcome("ssh", "exec.all(line, line.exists(word, word.startsWith('-')))", facts)).toBe("false");
    expect(outcome("ssh", "pty || shell", factsOf("ssh", { operation: ["exec"], pty: false, shell: null }))).toBe(
      "false",
    );
  });

  test("command lines that may be more than the listed ones are unknown", () => {
    const exec = { type: "argv", items: [["ls"]], complete: false } as const;
    expect(outcome("ssh", "exec.exists(line, 'rm' in line)", factsOf("ssh", { operation: ["exec"], exec }))).toBe(
      "unknown",
    );
  });

  test("`namespace` is CEL's own word, so it is a fact by its full name", () => {
    const facts = factsOf("kubernetes", { verb: ["get"], resource: ["pods"], namespace: ["shop"], subresource: null });
    expect(outcome("kubernetes", "facts.namespace == ['shop']", facts)).toBe("true");
  });
});

describe("over the session", () => {
  test.each([
    ["session.trust_rule == 'deploy-prod'", "true", "unknown"],
    ["session.claims.environment == 'production'", "true", "unknown"],
    ["session.claims['actor'] == 'someone'", "false", "unknown"],
    ["session.claims.missing == 'x'", "unknown", "unknown"],
    ["has(session.claims.missing)", "false", "unknown"],
    ["has(session.claims.environment)", "true", "unknown"],
    ["'environment' in session.claims", "true", "unknown"],
    ["session.claims.constructor == 'x'", "unknown", "unknown"],
  ])("%s is %s, without one %s", (when, withSession, without) => {
    expect(outcome("postgres", when, SELECT)).toBe(withSession);
    const facts = factsOf("sql", { statement: ["SELECT"], functions: [] });
    const deny = grantFor("postgres", `{id: r, effect: deny, match: {}, when: "${when}"}`);
    expect(decide(deny, facts).rules).toEqual(["r"]);
    expect(without).toBe("unknown");
  });
});

describe("with a rule's other parts", () => {
  const facts = factsOf("sql", { statement: ["SELECT"], reads: ["a.b"], functions: [] });
  const ids = (...rules: readonly string[]) => decide(grantFor("postgres", ...rules), facts).rules;

  test("match, when and unless must all agree", () => {
    expect(ids('{id: r, effect: deny, match: {statement: SELECT}, when: "size(reads) == 1"}')).toEqual(["r"]);
    expect(ids('{id: r, effect: deny, match: {statement: INSERT}, when: "size(reads) == 1"}')).toEqual(["default"]);
    expect(ids('{id: r, effect: deny, match: {}, when: "size(reads) == 2"}')).toEqual(["default"]);
    expect(ids('{id: r, effect: deny, match: {}, when: "size(reads) == 1", unless: {reads: a.b}}')).toEqual([
      "default",
    ]);
  });

  test("explain names it", () => {
    const grant = grantFor("postgres", '{id: r, effect: allow, match: {statement: SELECT}, when: "size(reads) > 1"}');
    expect(explain(grant, facts)).toEqual([{ rule: "r", effect: "allow", outcome: "false", failed: "when" }]);
  });
});

describe("its cost is bounded", () => {
  const many = (count: number) => Array.from({ length: count }, (_, index) => `a.t${index}`);

  test("longer lists than may be gone through are unknown", () => {
    const facts = (count: number) => factsOf("sql", { statement: ["SELECT"], reads: many(count), functions: [] });
    expect(outcome("postgres", "reads.exists(r, r == 'x')", facts(WHEN_ITEMS_MAX))).toBe("false");
    expect(outcome("postgres", "reads.exists(r, r == 'x')", facts(WHEN_ITEMS_MAX + 1))).toBe("unknown");
    const nested = "reads.exists(r, reads.exists(s, s == r + 'x'))";
    expect(outcome("postgres", nested, facts(WHEN_NESTED_ITEMS_MAX))).toBe("false");
    expect(outcome("postgres", nested, facts(WHEN_NESTED_ITEMS_MAX + 1))).toBe("unknown");
  });

  test("more text than may be matched is unknown", () => {
    const facts = (chars: number) =>
      factsOf("http", {
        method: ["GET"],
        path: [`/${"a".repeat(chars - 1)}`],
        query: map({}),
        headers: map({}),
        upgrade: null,
      });
    expect(outcome("http", "path[0].matches('b$')", facts(WHEN_MATCHED_CHARS_MAX))).toBe("false");
    expect(outcome("http", "path[0].matches('b$')", facts(WHEN_MATCHED_CHARS_MAX + 1))).toBe("unknown");
  });

  test("texts that are looked for in each other, or joined", () => {
    const facts = (length: number): Facts =>
      factsOf("http", {
        method: ["POST"],
        path: ["/"],
        query: map({}),
        body: map({ "$.a": ["a".repeat(length)], "$.b": [`${"a".repeat(9)}b`] }),
        headers: map({}),
        upgrade: null,
      });
    const most = WHEN_JOINED_CHARS_MAX - 10;
    const found = 'body["$.a"].exists(a, body["$.b"].exists(b, a.contains(b)))';
    expect(outcome("http", found, facts(most))).toBe("false");
    expect(outcome("http", found, facts(most + 1))).toBe("unknown");
    const joined = 'body["$.a"].exists(a, a + a == "x") && size(body["$.b"]) == 1';
    expect(outcome("http", joined, facts(most))).toBe("false");
    expect(outcome("http", joined, facts(most + 1))).toBe("unknown");
    // A text that is written out, or a claim, takes no more work than there are characters.
    for (const plain of ["'aab'", "session.claims.environment"]) {
      const written = `body["$.a"].exists(a, a.contains(${plain}))`;
      expect(outcome("http", written, facts(most * 2))).toBe("false");
    }
  });
});

describe("each mistake is one problem at its place", () => {
  test.each([
    ["postgres", "raeds == 1", 0, "there is no `raeds` for sql; did you mean `reads`?"],
    [
      "postgres",
      "true && body['$.a'] == 1",
      8,
      "there is no `body` for sql; known here: statement, reads, writes, functions, where, estimated_rows, session",
    ],
    ["postgres", "statement == 'SELECT'", 9, "`==` does not take a list and a text; use `in`, or `exists` and `all`"],
    ["postgres", "size(reads)", 0, "`when` must be true or false, and this is a whole number"],
    ["postgres", "reads.exists(r, r)", 16, "this must be true or false, and is a text"],
    ["postgres", "where.exists(r, true)", 0, "`exists` and `all` need a list, and this is a text"],
    ["postgres", "reads.map(r, r).size() > 1", 5, "only `exists`, `all` and `exists_one` go through lists here"],
    ["postgres", "reads.exists(writes, true)", 5, "`writes` is a fact already; call the variable otherwise"],
    [
      "postgres",
      "reads.exists(a, reads.exists(b, reads.exists(c, true)))",
      37,
      "lists can be gone through 2 deep; no deeper",
    ],
    ["postgres", "reads.exist(r, r == 'x')", 5, "there is no function `exist`; did you mean `exists`?"],
    [
      "postgres",
      "where.lower() == 'x'",
      5,
      "there is no function `lower`; known here: size, contains, startsWith, endsWith, matches, int, double, string, exists, all",
    ],
    ["postgres", "where.matches(where)", 5, "the pattern of `matches` must be written out here"],
    [
      "postgres",
      "where.matches('(?=a)')",
      5,
      "the pattern of `matches` is not RE2: error parsing regexp: invalid or unsupported Perl syntax: `(?=`",
    ],
    [
      "postgres",
      "estimated_rows + 1 > 2.0",
      14,
      "`+` does not take a fraction and a whole number; write a fraction, as in `1.0`",
    ],
    [
      "postgres",
      "{'a': 1} == {'a': 1}",
      0,
      "maps and messages cannot be built in `when`; compare the values one by one",
    ],
    ["postgres", "session.claims == 'x'", 7, "name the claim, as in `session.claims.environment`"],
    ["postgres", "session.claim == 'x'", 7, "a session has no `claim`; did you mean `claims`?"],
    [
      "postgres",
      "session.claims[where] == 'x'",
      14,
      "a key of `session.claims` must be written out here, so that it is known what is looked at",
    ],
    ["postgres", "session == 'x'", 0, "write `session.claims.environment`"],
    [
      "http",
      "body['$.a'].exists(v, body[v] == 1)",
      26,
      "a key of `body` must be written out here, so that it is known what is looked at",
    ],
    ["http", "body.exists(k, true)", 0, 'name the key of `body`, as in `body["$.amount"]`'],
    ["http", "body.amount == 1", 4, "a key of `body` is a path such as `$.amount` or `$.items[*].id`"],
    [
      "http",
      "headers.authorization == ['x']",
      7,
      "`authorization` holds a secret, and what a rule looks at is recorded; match something else",
    ],
    ["http", "has(path.x)", 0, "`has` asks for a key of a map; facts are always there, and empty if not"],
    ["http", "path.x == 'a'", 4, "there is no `.x` here; facts are lists of names, and single values"],
    ["kubernetes", "namespace == ['x']", 0, "`when` cannot be read: reserved identifier"],
    ["postgres", "reads ==", 6, "`when` cannot be read: found = but expecting"],
    ["postgres", "(".repeat(30) + "true" + ")".repeat(30), 0, "`when` is nested deeper than 24 brackets; flatten it"],
    [
      "postgres",
      "true" + " && true".repeat(150),
      0,
      "`when` may have at most 1000 characters; split it into several rules",
    ],
    ["postgres", "1" + "+1".repeat(140) + ">1", 0, "`when` has more than 256 parts; split it into several rules"],
  ])("%s %s", (protocol, when, offset, message) => {
    const text = policyText([`{id: a, effect: deny, match: {}, when: "${when}"}`]);
    const problems = problemsOf(text, { targets: { db: { protocol } } });
    const [first] = problems;
    expect(first?.message.slice(0, message.length)).toBe(message);
    if (offset > 0) expect(formatProblems(problems.slice(0, 1))).toContain(`policy.yaml:6:${45 + offset}: `);
  });

  test("also in block texts and folded lines", () => {
    const rule = (when: string) =>
      policyText(["{id: a, effect: deny, match: {}}"]).replace(
        "  - {id: a, effect: deny, match: {}}\n",
        `  - id: a\n    effect: deny\n    match: {}\n${when}`,
      );
    const literal = rule("    when: |\n      size(reads) > 1 &&\n        nope == 1\n");
    expect(formatProblems(problemsOf(literal))).toMatch(/^policy\.yaml:11:9: there is no `nope`/);
    const folded = rule("    when: >-\n      size(reads) > 1 &&\n      nope == 1\n");
    expect(formatProblems(problemsOf(folded))).toMatch(/^policy\.yaml:11:7: there is no `nope`/);
    const plain = rule("    when: size(reads) > 1 &&\n      nope == 1\n");
    expect(formatProblems(problemsOf(plain))).toMatch(/^policy\.yaml:10:7: there is no `nope`/);
  });
});
