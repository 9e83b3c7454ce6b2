import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { sha256Hex } from "@gate/base";
import { formatProblems, PolicyError } from "./errors.ts";
import { parsePolicy } from "./policy.ts";
import { parse, policyOf, policyText, problemsOf } from "./testing.ts";

/** The policy of the product's specification, with only what concerns SQL. */
const EXAMPLE = `version: gate/v1
trust:
  deploy-prod:
    issuer: github
    audience: https://gate.acme.dev
    claims: {repository_id: "456789", event_name: [push, workflow_dispatch], ref: refs/heads/main, environment: production}
    session: {ttl: 20m, max_ttl: 2h}
    grants: [orders-db]
grants:
  orders-db: {target: orders-db, ttl: 10m, rules: [sql], masks: [pii], limits: db, delegate: {depth: 2, children: 4}}
rules:
  sql:
  - {id: read,  effect: allow, match: {statement: [SELECT], reads: ["public.*"], functions: safe}}
  - {id: add,   effect: allow, match: {statement: [INSERT], writes: [public.orders]}}
  - {id: keyed, effect: allow, match: {statement: [UPDATE], writes: [public.orders], where: keyed}}
  - {id: mass,  effect: hold, approval: dba, match: {statement: [UPDATE, DELETE], where: [present, none, tautology]}}
  - {id: never, effect: deny, message: "Destructive or opaque SQL; put it in a migration plan",
     match: {any: [{statement: ["DROP *", TRUNCATE, DO, CALL, GRANT, REVOKE]}, {classified: false}]}}
approvals:
  dba: {from: ["github-team:acme/dba"], count: 2, timeout: 15m}
  fin: {from: ["oidc-group:finance"], count: 1, timeout: 30m, exclude: [actor, triggering_actor, pr_author, commit_authors]}
masks:
  pii:
  - {column: public.customers.email, action: tokenize}
  - {column: public.customers.card, action: partial, keep_last: 4}
  - {json: $.customer.ssn, action: redact}
  - {detect: [credit_card, iban, private_key, github_token, aws_key, jwt, email, us_ssn], action: redact}
limits:
  db: {rows: 1000, affected: 500, bytes: 8MiB, rate: 20/s, concurrent: 4, statement_time: 60s}
`;

const TARGETS = { "orders-db": { protocol: "postgres" } };

describe("the example", () => {
  const policy = parsePolicy(EXAMPLE, { file: "policy.yaml", issuers: {}, targets: TARGETS });

  test("parses, and its digest is that of its text", () => {
    expect(policy.digest).toBe(sha256Hex(EXAMPLE));
    expect(policy.text).toBe(EXAMPLE);
    expect([...policy.grants.keys()]).toEqual(["orders-db"]);
  });

  test("has its trust rule, with the issuer's alias resolved", () => {
    expect(policy.trust).toEqual([
      {
        name: "deploy-prod",
        issuer: "https://token.actions.githubusercontent.com",
        audience: ["https://gate.acme.dev"],
        claims: Object.assign(Object.create(null), {
          repository_id: ["456789"],
          event_name: ["push", "workflow_dispatch"],
          ref: ["refs/heads/main"],
          environment: ["production"],
        }),
        ttlMs: 1_200_000,
        maxTtlMs: 7_200_000,
        grants: ["orders-db"],
      },
    ]);
  });

  test("has its grant, with masks, limits and approvals resolved", () => {
    const grant = policy.grants.get("orders-db");
    expect(grant).toMatchObject({
      name: "orders-db",
      target: "orders-db",
      kind: "sql",
      ttlMs: 600_000,
      delegate: { depth: 2, children: 4 },
      limits: {
        rows: 1000,
        affected: 500,
        bytes: 8_388_608,
        ratePerSecond: 20,
        concurrent: 4,
        statementTimeMs: 60_000,
      },
    });
    expect(grant?.masks).toEqual([
      { kind: "column", column: "public.customers.email", action: { kind: "tokenize", scope: "session" } },
      { kind: "column", column: "public.customers.card", action: { kind: "partial", keepFirst: 0, keepLast: 4 } },
      { kind: "json", path: "$.customer.ssn", action: { kind: "redact" } },
      {
        kind: "detect",
        detectors: ["credit_card", "iban", "private_key", "github_token", "aws_key", "jwt", "email", "us_ssn"],
        action: { kind: "redact" },
      },
    ]);
    const written = grant?.rules.filter((rule) => rule.implied !== true);
    expect(written?.map((rule) => rule.id)).toEqual(["add", "keyed", "mass", "never", "read"]);
    expect(grant?.rules.find((rule) => rule.id === "mass")?.approval).toEqual({
      name: "dba",
      from: ["github-team:acme/dba"],
      count: 2,
      timeoutMs: 900_000,
      exclude: ["actor", "triggering_actor", "pr_author", "commit_authors", "last_pusher"],
    });
  });

  test("the example file of the repository parses", () => {
    const text = readFileSync(new URL("../../../examples/policy.yaml", import.meta.url), "utf8");
    expect(problemsOf(text, { targets: { ...TARGETS, billing: { protocol: "http" } } })).toEqual([]);
  });

  test("without targets the kind follows from the matchers", () => {
    expect(parsePolicy(EXAMPLE, { file: "p", issuers: {} }).grants.get("orders-db")?.kind).toBe("sql");
    const line = policyText(["{id: a, effect: allow, match: {line: [get]}}"]);
    expect(parsePolicy(line, { file: "p", issuers: {} }).grants.get("g")?.kind).toBe("line");
  });
});

/** One mistake in an otherwise right file: exactly one problem, at its place. */
function expectProblem(text: string, at: string, message: string): void {
  const problems = problemsOf(text, { targets: { db: { protocol: "postgres" }, echo: { protocol: "line" } } });
  expect(formatProblems(problems)).toBe(`policy.yaml:${at}: ${message}`);
}

describe("each mistake in a rule is one problem with its place", () => {
  test.each([
    ["{id: a, effct: deny, effect: deny, match: {}}", "6:13", "unknown key `effct`; did you mean `effect`?"],
    ["{id: a, effect: alow, match: {statement: [SELECT]}}", "6:21", "`effect` cannot be `alow`; did you mean `allow`?"],
    ["{effect: deny, match: {}}", "6:5", "a rule needs `id`"],
    ["{id: a, effect: deny}", "6:5", "a rule needs `match`"],
    ["{id: default, effect: deny, match: {}}", "6:10", "the id `default` is gate's own; choose another one"],
    ["{id: housekeeping, effect: deny, match: {}}", "6:10", "the id `housekeeping` is gate's own; choose another one"],
    [
      '{id: "a b", effect: deny, match: {}}',
      "6:10",
      "`id` must be 1 to 64 letters, digits, `-`, `_` or `.`, beginning with a letter or digit",
    ],
    ["{id: 1, effect: deny, match: {}}", "6:10", "`id` must be a string; quote it"],
    ["{id: a, effect: hold, match: {}}", "6:5", "a hold needs `approval`, the name of an entry of `approvals`"],
    ["{id: a, effect: hold, approval: on, match: {}}", "6:37", "there is no approval `on`; did you mean `one`?"],
    [
      "{id: a, effect: deny, approval: one, match: {}}",
      "6:37",
      "`approval` belongs to `effect: hold`; remove it or change the effect",
    ],
    [
      "{id: a, effect: allow, message: no, match: {statement: [SELECT]}}",
      "6:37",
      "`message` belongs to `effect: deny`; remove it or change the effect",
    ],
    [
      '{id: a, effect: deny, message: "a\\nb", match: {}}',
      "6:36",
      "`message` must be one line of at most 500 characters",
    ],
    ["{id: a, effect: allow, match: {}}", "6:35", "an allow must say what it allows; add `statement: […]`"],
    [
      "{id: a, effect: allow, match: {functions: any}}",
      "6:35",
      "an allow must say what it allows; add `statement: […]`",
    ],
    [
      "{id: a, effect: allow, match: {functions: safe}}",
      "6:35",
      "an allow must say what it allows; add `statement: […]`",
    ],
    ["{id: a, effect: allow, match: {any: []}}", "6:41", "`any` is empty; list at least one match, or remove it"],
    [
      "{id: a, effect: allow, match: {any: [{}]}}",
      "6:42",
      "an alternative of `any` is empty, so it matches everything; fill it or remove it",
    ],
    [
      "{id: a, effect: allow, match: {classified: false}}",
      "6:48",
      "an allow never covers what could not be classified; use `effect: hold` for it",
    ],
    [
      "{id: a, effect: deny, match: {statment: [DO]}}",
      "6:35",
      "unknown matcher `statment` for sql; did you mean `statement`?",
    ],
    [
      "{id: a, effect: deny, match: {verb: [get]}}",
      "6:35",
      "unknown matcher `verb` for sql; known here: statement, reads, writes, functions, where, estimated_rows, classified, any",
    ],
    [
      "{id: a, effect: deny, match: {line: [get]}}",
      "6:35",
      "unknown matcher `line` for sql; known here: statement, reads, writes, functions, where, estimated_rows, classified, any",
    ],
    [
      "{id: a, effect: deny, match: {when: x}}",
      "6:35",
      "unknown matcher `when` for sql; known here: statement, reads, writes, functions, where, estimated_rows, classified, any",
    ],
    ["{id: a, effect: deny, match: {where: keyd}}", "6:42", "`where` cannot be `keyd`; did you mean `keyed`?"],
    [
      "{id: a, effect: deny, match: {statement: []}}",
      "6:46",
      "`statement` is empty; name at least one, or remove the key",
    ],
    ["{id: a, effect: deny, match: {statement: [1]}}", "6:47", "a pattern of `statement` must be a string; quote it"],
    [
      '{id: a, effect: deny, match: {statement: ["^DROP"]}}',
      "6:47",
      "a pattern of `statement` holds only letters, digits, blanks, `_`, `-`, `.` and `*`",
    ],
    [
      "{id: a, effect: deny, match: {reads: [orders]}}",
      "6:43",
      "`orders` needs its schema, as in `public.orders` (`*` stands for anything)",
    ],
    [
      "{id: a, effect: deny, match: {functions: [now]}}",
      "6:47",
      "`now` needs its schema, as in `pg_catalog.now` (`*` stands for anything), or `safe` or `any`",
    ],
    [
      '{id: a, effect: deny, match: {reads: ["@catalogue"]}}',
      "6:43",
      "`reads` has no group `@catalogue`; did you mean `@catalog`?",
    ],
    [
      '{id: a, effect: deny, match: {reads: ["!public.*"]}}',
      "6:43",
      "a pattern cannot be negated; put `reads` into `unless` of the rule",
    ],
    ["{id: a, effect: deny, match: {functions: [any, a.b]}}", "6:47", "`any` stands alone: write `functions: any`"],
    ["{id: a, effect: deny, match: {classified: no}}", "6:47", "`classified` must be true or false"],
    [
      "{id: a, effect: deny, match: {}, unless: {}}",
      "6:46",
      "`unless` is empty, so the rule would never apply; name the exception or remove it",
    ],
    [
      "{id: a, effect: deny, match: {}, unless: {functions: any}}",
      "6:58",
      '`any` is no exception; write `functions: ["*"]`',
    ],
    ["{id: a, effect: deny, match: [DROP]}", "6:34", "`match` must be a mapping, not a list"],
    ["{id: a, effect: deny, match: }", "6:34", "`match` must be a mapping, and nothing is written here"],
  ])("%s", (rule, at, message) => {
    expectProblem(policyText([rule]), at, message);
  });

  test("an id that is taken in its set names the other line", () => {
    const rules = ["{id: a, effect: deny, match: {}}", "{id: a, effect: deny, match: {}}"];
    expectProblem(policyText(rules), "7:10", "the id `a` is taken at line 6; choose another one");
  });
});

describe("each mistake elsewhere is one problem with its place", () => {
  const RULE = `rules: {r: [{id: a, effect: deny, match: {}}]}\n`;
  const GRANT = "grants: {g: {target: db, rules: r}}\n";
  const BASE = `version: gate/v1\n${RULE}${GRANT}`;
  const trust = (body: string): string => `${BASE}trust:\n  t: ${body}\n`;
  const CLAIMS = "claims: {event_name: push}";

  test("the base is right", () => {
    expect(problemsOf(BASE)).toEqual([]);
    expect(problemsOf(trust(`{issuer: github, audience: a, ${CLAIMS}, grants: g}`))).toEqual([]);
  });

  test.each([
    [`${RULE}${GRANT}`, "1:1", "a policy needs `version`"],
    [`version: gate/v2\nwhat: ever\n`, "1:10", "this gate reads `version: gate/v1` only; write that"],
    [`version: 1\n`, "1:10", "`version` must be a string; quote it"],
    ["- a\n", "1:1", "a policy must be a mapping, not a list"],
    [
      `${BASE}people: []\n`,
      "4:1",
      "unknown key `people`; known here: version, trust, grants, rules, approvals, masks, limits, tests",
    ],
    [`version: gate/v1\n${RULE}grants: {}\n`, "3:9", "`grants` is empty; write at least one"],
    [
      `version: gate/v1\n${RULE}grants: {g: {target: dd, rules: r}}\n`,
      "3:22",
      "there is no target `dd`; did you mean `db`?",
    ],
    [
      `version: gate/v1\n${RULE}grants: {g: {target: db, rules: [rr]}}\n`,
      "3:34",
      "there is no rule set `rr`; did you mean `r`?",
    ],
    [
      `version: gate/v1\n${RULE}grants: {g: {target: db, rules: []}}\n`,
      "3:33",
      "the list of rule sets is empty; name at least one, or remove the key",
    ],
    [
      `version: gate/v1\n${RULE}grants: {g: {target: db, rules: [r, r]}}\n`,
      "3:37",
      "the rule set `r` is listed twice; remove one",
    ],
    [`version: gate/v1\n${RULE}grants: {g: {target: db}}\n`, "3:13", "a grant needs `rules`"],
    [
      `version: gate/v1\n${RULE}grants: {g: {target: db, rules: r, masks: pii}}\n`,
      "3:43",
      "there is no mask list `pii`",
    ],
    [`version: gate/v1\n${RULE}grants: {g: {target: db, rules: r, limits: x}}\n`, "3:44", "there are no limits `x`"],
    [
      `version: gate/v1\n${RULE}grants: {g: {target: db, rules: r, limits: {row: 1}}}\n`,
      "3:45",
      "unknown key `row`; did you mean `rows`?",
    ],
    [
      `version: gate/v1\n${RULE}grants: {g: {target: db, rules: r, mode: observ}}\n`,
      "3:42",
      "`mode` cannot be `observ`; did you mean `observe`?",
    ],
    [
      `version: gate/v1\n${RULE}grants: {g: {target: db, rules: r, ttl: 10}}\n`,
      "3:41",
      "`ttl` must be a duration such as 500ms, 60s, 20m or 2h",
    ],
    [
      `version: gate/v1\n${RULE}grants: {g: {target: db, rules: r, delegate: {depth: 9, children: 1}}}\n`,
      "3:54",
      "`depth` must be a whole number from 1 to 8",
    ],
    [
      `version: gate/v1\n${RULE}grants:\n  g-a: {target: db, rules: r}\n  g_a: {target: db, rules: r}\n`,
      "5:3",
      "`g_a` and `g-a` would both be GATE_G_A_…; rename one",
    ],
    [
      `version: gate/v1\n${RULE}grants: {"a b": {target: db, rules: r}}\n`,
      "3:10",
      "a name in `grants` must be 1 to 64 letters, digits, `-`, `_` or `.`, beginning with a letter or digit",
    ],
    [
      `${BASE}approvals: {a: {from: [bob]}}\n`,
      "4:24",
      "an approver cannot be `bob`; known here: github-team, github-user, oidc-group, saml-group, person",
    ],
    [
      `${BASE}approvals: {a: {from: ["github-team:dba"]}}\n`,
      "4:24",
      "write `github-team:` with its name, as in `github-team:acme/dba`",
    ],
    [`${BASE}approvals: {a: {from: ["person:"]}}\n`, "4:24", "write `person:` with its name, as in `person:alice`"],
    [`${BASE}approvals: {a: {count: 1}}\n`, "4:16", "an approval needs `from`"],
    [
      `${BASE}approvals: {a: {from: ["oidc-group:a"], count: 0}}\n`,
      "4:48",
      "`count` must be a whole number from 1 to 20",
    ],
    [
      `${BASE}approvals: {a: {from: ["person:a"], count: 2}}\n`,
      "4:44",
      "`count` is 2, but `from` names 1 people; name more or lower it",
    ],
    [
      `${BASE}approvals: {a: {from: ["person:a"], exclude: [actr]}}\n`,
      "4:47",
      "`exclude` cannot be `actr`; did you mean `actor`?",
    ],
    [
      `${BASE}masks: {m: [{column: email, action: redact}]}\n`,
      "4:22",
      "`column` must be schema.table.column, as in `public.customers.email`, without `*`",
    ],
    [
      `${BASE}masks: {m: [{action: redact}]}\n`,
      "4:13",
      "a mask needs exactly one of `column`, `json`, and `detect` (or `pattern`, `dictionary`)",
    ],
    [
      `${BASE}masks: {m: [{column: a.b.c, json: $.a, action: redact}]}\n`,
      "4:13",
      "a mask needs exactly one of `column`, `json`, and `detect` (or `pattern`, `dictionary`)",
    ],
    [
      `${BASE}masks: {m: [{json: customer, action: redact}]}\n`,
      "4:20",
      "`json` must be a path such as `$.customer.ssn` or `$.items[*].card`",
    ],
    [
      `${BASE}masks: {m: [{detect: [ibam], action: redact}]}\n`,
      "4:23",
      "`detect` cannot be `ibam`; did you mean `iban`?",
    ],
    [
      `${BASE}masks: {m: [{column: a.b.c, action: hide}]}\n`,
      "4:37",
      "`action` cannot be `hide`; known here: redact, partial, tokenize, null, hash",
    ],
    [`${BASE}masks: {m: [{column: a.b.c}]}\n`, "4:13", "a mask needs `action`"],
    [
      `${BASE}masks: {m: [{column: a.b.c, action: redact, keep_last: 4}]}\n`,
      "4:56",
      "`keep_last` belongs to `action: partial`; remove it or change the action",
    ],
    [
      `${BASE}masks: {m: [{column: a.b.c, action: partial}]}\n`,
      "4:13",
      "`action: partial` needs `keep_first` or `keep_last`, how many characters stay readable",
    ],
    [`${BASE}limits: {l: {rate: 20}}\n`, "4:20", "`rate` must be a rate such as 20/s"],
    [`${BASE}limits: {l: {bytes: 8}}\n`, "4:21", "`bytes` must be a size such as 64KiB, 8MiB or 10MB"],
    [`${BASE}limits: {l: {rows: -1}}\n`, "4:20", "`rows` must be a whole number from 1 to 9007199254740991"],
    [
      trust(`{issuer: github, audience: a, claims: {ref: main}, grants: g}`),
      "5:44",
      "`claims` needs `event_name`, as in `event_name: [push]`: pull requests of strangers have tokens",
    ],
    [trust(`{issuer: github, ${CLAIMS}, grants: g}`), "5:6", "a trust rule needs `audience`"],
    [
      trust(`{issuer: gitlab, audience: a, ${CLAIMS}, grants: g}`),
      "5:15",
      "there is no issuer `gitlab`; did you mean `github`?, or write its https URL",
    ],
    [
      trust(`{issuer: "http://idp.acme.dev", audience: a, ${CLAIMS}, grants: g}`),
      "5:15",
      "`issuer` must be an https URL (http only on a loopback address), without user, query or fragment",
    ],
    [
      trust(`{issuer: github, audience: a, ${CLAIMS}, grants: [h]}`),
      "5:73",
      "there is no grant `h`; did you mean `g`?",
    ],
    [
      trust(`{issuer: github, audience: a, ${CLAIMS}, grants: g, session: {ttl: 2h, max_ttl: 1h}}`),
      "5:103",
      "`max_ttl` is shorter than `ttl`; make it at least as long",
    ],
    [
      trust(`{issuer: github, audience: a, claims: {event_name: push, env: [a, {}]}, grants: g}`),
      "5:72",
      "the claim `env` must be a string, not a mapping",
    ],
  ])("%j", (text, at, message) => {
    expectProblem(text, at, message);
  });

  test("a rule set must use the matchers of its target's protocol", () => {
    const text =
      "version: gate/v1\nrules: {r: [{id: a, effect: allow, match: {statement: SELECT}}]}\ngrants: {g: {target: echo, rules: r}}\n";
    expectProblem(text, "2:44", "unknown matcher `statement` for line; known here: line, classified, any");
  });

  test("a target of a protocol without matchers cannot be granted", () => {
    const [problem] = problemsOf(BASE, { targets: { db: { protocol: "gopher" } } });
    expect(problem?.message).toBe(
      "`gopher` targets have no matchers; use one of: postgres, mysql, ssh, http, mcp, kubernetes, line",
    );
  });

  test("two rule sets may share an id, unless one grant uses both", () => {
    const sets = "rules:\n  r: [{id: a, effect: deny, match: {}}]\n  s: [{id: a, effect: deny, match: {}}]\n";
    expect(problemsOf(`version: gate/v1\n${sets}${GRANT}`)).toEqual([]);
    expectProblem(
      `version: gate/v1\n${sets}grants: {g: {target: db, rules: [r, s]}}\n`,
      "5:33",
      "two rules of this grant are called `a`; rename one of them",
    );
  });

  test("a rule set that no grant uses is checked all the same", () => {
    expectProblem(
      `${BASE.replace("]}\n", "], s: [{id: b, effect: deny, match: {reads: x}}]}\n")}`,
      "2:89",
      "`x` needs its schema, as in `public.orders` (`*` stands for anything)",
    );
  });

  test("all problems come at once, in the order of the file, and nothing is in force", () => {
    const text = policyText(["{id: a, effect: deny, match: {reads: x}}", "{id: b, effect: maybe, match: {}}"]);
    expect(() => parse(text)).toThrow(PolicyError);
    expect(problemsOf(text).map(({ line, column }) => [line, column])).toEqual([
      [6, 42],
      [7, 21],
    ]);
  });
});

test("`action: null` is the word, not a missing value", () => {
  const policy = policyOf("{id: a, effect: deny, match: {}}");
  const masks = (action: string) => `${policy.text}masks: {m: [{column: a.b.c, action: ${action}}]}\n`;
  expect(problemsOf(masks("null"))).toEqual([]);
  expect(problemsOf(masks(""))).toHaveLength(1);
});

test("http issuers are accepted on loopback addresses only", () => {
  const text = (issuer: string) =>
    `${policyText(["{id: a, effect: deny, match: {}}"])}trust: {t: {issuer: "${issuer}", audience: a, claims: {event_name: push}, grants: g}}\n`;
  for (const good of ["http://127.0.0.1:8080", "http://localhost:1/x", "http://[::1]:8080", "https://idp.acme.dev"]) {
    expect(problemsOf(text(good))).toEqual([]);
    expect(parse(text(good)).trust[0]?.issuer).toBe(good);
  }
  for (const bad of [
    "http://127.0.0.1.evil.dev",
    "http://u@127.0.0.1",
    "https://a?b",
    "https://a#b",
    "ftp://a",
    "http://10.0.0.1",
  ]) {
    expect(problemsOf(text(bad))).toHaveLength(1);
  }
});

test("an alias of gateway.yaml wins over the built-in one", () => {
  const text = `${policyText(["{id: a, effect: deny, match: {}}"])}trust: {t: {issuer: github, audience: a, claims: {event_name: push}, grants: g}}\n`;
  const policy = parsePolicy(text, { file: "p", issuers: { github: "https://ghe.acme.dev/_services/token" } });
  expect(policy.trust[0]?.issuer).toBe("https://ghe.acme.dev/_services/token");
});

test("claims keep numbers as written and take any name", () => {
  const text = `${policyText(["{id: a, effect: deny, match: {}}"])}trust: {t: {issuer: github, audience: a, claims: {event_name: push, repository_id: 456789, __proto__: x}, grants: g}}\n`;
  const claims = parse(text).trust[0]?.claims ?? {};
  expect(claims["repository_id"]).toEqual(["456789"]);
  expect(Object.keys(claims)).toContain("__proto__");
});

test("a policy that is only read again needs no issuers: its aliases stand for themselves", () => {
  const text = `version: gate/v1
trust:
  t: {issuer: corp, audience: a, claims: {repository_id: "1", event_name: push}, grants: [g]}
grants: {g: {target: t, rules: [r]}}
rules: {r: [{id: read, effect: allow, match: {statement: [SELECT]}}]}
`;
  expect(parsePolicy(text, { file: "policy.yaml" }).trust[0]?.issuer).toBe("corp");
  expect(() => parsePolicy(text, { file: "policy.yaml", issuers: {} })).toThrow(PolicyError);
});
