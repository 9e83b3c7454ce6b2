/** The matchers of every protocol: what they match, what they leave unknown, and what their author is told. */
import { describe, expect, test } from "@jest/globals";
import type { Facts } from "@gate/contract";
import { decide } from "./decide.ts";
import { formatProblems } from "./errors.ts";
import { parsePolicy } from "./policy.ts";
import { argv, factsOf, grantFor, map, policyText, problemsOf } from "./testing.ts";

/** The whole policy of the product's specification. */
const WHOLE = `version: gate/v1
trust:
  deploy-prod:
    issuer: github
    audience: https://gate.acme.dev
    claims: {repository_id: "456789", event_name: [push, workflow_dispatch], ref: refs/heads/main, environment: production}
    session: {ttl: 20m, max_ttl: 2h}
    grants: [orders-db, rollout, billing, bastion]
grants:
  orders-db: {target: orders-db, ttl: 10m, rules: [sql], masks: [pii], limits: db, delegate: {depth: 2, children: 4}}
  rollout:   {target: prod-k8s, rules: [kube]}
  billing:   {target: billing, rules: [api], masks: [pii]}
  bastion:   {target: bastion, rules: [shell]}
rules:
  sql:
  - {id: read,  effect: allow, match: {statement: [SELECT], reads: ["public.*"], functions: safe}}
  - {id: add,   effect: allow, match: {statement: [INSERT], writes: [public.orders]}}
  - {id: keyed, effect: allow, match: {statement: [UPDATE], writes: [public.orders], where: keyed}}
  - {id: mass,  effect: hold, approval: dba, match: {statement: [UPDATE, DELETE], where: [present, none, tautology]}}
  - {id: never, effect: deny, message: "Destructive or opaque SQL; put it in a migration plan",
     match: {any: [{statement: ["DROP *", TRUNCATE, DO, CALL, GRANT, REVOKE]}, {classified: false}]}}
  kube:
  - {id: roll, effect: allow, match: {verb: [get, list, watch, patch], resource: [deployments.apps, pods], namespace: shop}}
  - {id: exec, effect: hold, approval: sre, match: {resource: pods, subresource: [exec, attach, portforward]}}
  api:
  - {id: read,   effect: allow, match: {method: [GET, HEAD], path: /v1/**}}
  - {id: refund, effect: hold, approval: fin, match: {method: POST, path: /v1/refunds, body: {$.amount: {gt: 10000}}}}
  shell:
  - {id: svc,  effect: allow, match: {exec: [systemctl, status, "*"]}}
  - {id: logs, effect: allow, match: {sftp: [stat, list, read], path: /var/log/app/**}}
  - {id: tty,  effect: deny,  match: {shell: true}}
approvals:
  dba: {from: ["github-team:acme/dba"], count: 2, timeout: 15m}
  sre: {from: ["github-team:acme/sre", "oidc-group:oncall"], count: 1, timeout: 10m}
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

const TARGETS = {
  "orders-db": { protocol: "postgres" },
  "prod-k8s": { protocol: "kubernetes" },
  billing: { protocol: "http" },
  bastion: { protocol: "ssh" },
};

function verdict(protocol: string, rules: readonly string[] | string, facts: Facts): string {
  const { kind, rules: ids } = decide(grantFor(protocol, ...(typeof rules === "string" ? [rules] : rules)), facts);
  return `${kind} ${ids.join(" ")}`;
}

describe("the specification's whole example", () => {
  const policy = parsePolicy(WHOLE, { file: "policy.yaml", issuers: {}, targets: TARGETS });
  const ask = (grant: string, facts: Facts): string => {
    const found = policy.grants.get(grant);
    if (found === undefined) throw new TypeError(grant);
    const { kind, rules } = decide(found, facts);
    return `${kind} ${rules.join(" ")}`;
  };

  test("parses, with and without known targets", () => {
    expect([...policy.grants.values()].map(({ kind }) => kind)).toEqual(["sql", "kubernetes", "http", "ssh"]);
    const guessed = parsePolicy(WHOLE, { file: "policy.yaml", issuers: {} });
    expect([...guessed.grants.values()].map(({ kind }) => kind)).toEqual(["sql", "kubernetes", "http", "ssh"]);
  });

  test("Kubernetes: what an allow leaves out of subresources is none", () => {
    const base = { verb: ["get"], resource: ["pods"], subresource: null, namespace: ["shop"], name: ["web-1"] };
    expect(ask("rollout", factsOf("kubernetes", base))).toBe("allow roll");
    expect(ask("rollout", factsOf("kubernetes", { ...base, subresource: [] }))).toBe("allow roll");
    expect(ask("rollout", factsOf("kubernetes", { ...base, subresource: ["log"] }))).toBe("deny default");
    expect(ask("rollout", factsOf("kubernetes", { ...base, subresource: ["exec"] }))).toBe("hold exec");
    expect(ask("rollout", factsOf("kubernetes", { ...base, namespace: ["kube-system"] }))).toBe("deny default");
    expect(ask("rollout", factsOf("kubernetes", { ...base, namespace: null }))).toBe("deny default");
  });

  test("Kubernetes: a list of subresources is not about the resource itself", () => {
    const rule = "{id: x, effect: allow, match: {verb: [create], resource: [pods], subresource: [exec]}}";
    const grant = grantFor("kubernetes", rule);
    const facts = (subresource: readonly string[] | null) =>
      factsOf("kubernetes", {
        verb: ["create"],
        resource: ["pods"],
        subresource,
        namespace: ["shop"],
        name: ["web-1"],
      });
    expect(decide(grant, facts(["exec"])).kind).toBe("allow");
    expect(decide(grant, facts([])).kind).toBe("deny");
    expect(decide(grant, facts(null)).kind).toBe("deny");
  });

  test("HTTP: methods, canonical paths and amounts", () => {
    const request = (method: string, path: string, body: Facts["fields"][string] = { type: "none" }) =>
      factsOf("http", { method: [method], path: [path], query: map({}), headers: map({}), body, upgrade: null });
    expect(ask("billing", request("GET", "/v1/invoices/7"))).toBe("allow read");
    expect(ask("billing", request("GET", "/v2/invoices"))).toBe("deny default");
    expect(ask("billing", request("POST", "/v1/refunds", map({ "$.amount": [10001] })))).toBe("hold refund");
    expect(ask("billing", request("POST", "/v1/refunds", map({ "$.amount": [10000] })))).toBe("deny default");
    expect(ask("billing", request("POST", "/v1/refunds", map({ "$.amount": ["10001"] })))).toBe("hold refund");
    expect(ask("billing", request("POST", "/v1/refunds", map({}, { unknown: ["$.amount"] })))).toBe("hold refund");
    expect(ask("billing", request("POST", "/v1/refunds", map({}, { complete: false })))).toBe("hold refund");
    expect(policy.grants.get("billing")?.asked.get("body")).toEqual(["$.amount"]);
  });

  test("SSH: command lines word by word, files by path, no terminal", () => {
    const none = { exec: null, shell: null, sftp: null, path: null };
    const exec = (...lines: readonly string[][]) =>
      factsOf("ssh", { ...none, operation: ["exec"], exec: argv(...lines) });
    expect(ask("bastion", exec(["systemctl", "status", "nginx"]))).toBe("allow svc");
    expect(ask("bastion", exec(["systemctl", "status"]))).toBe("deny default");
    expect(ask("bastion", exec(["systemctl", "status", "a", "b"]))).toBe("deny default");
    expect(ask("bastion", exec(["systemctl", "status", "a"], ["rm", "-rf", "/"]))).toBe("deny default");
    const file = (sftp: string, path: string) =>
      factsOf("ssh", { ...none, operation: ["sftp"], sftp: [sftp], path: [path] });
    expect(ask("bastion", file("read", "/var/log/app/x/y.log"))).toBe("allow logs");
    expect(ask("bastion", file("read", "/var/log/app"))).toBe("deny default");
    expect(ask("bastion", file("write", "/var/log/app/x"))).toBe("deny default");
    expect(ask("bastion", factsOf("ssh", { ...none, operation: ["shell"], shell: true }))).toBe("deny tty");
  });
});

describe("command lines", () => {
  const fact = (complete: boolean, ...items: readonly string[][]) =>
    factsOf("ssh", { operation: ["exec"], exec: { type: "argv", items, complete } });
  const allow = (pattern: string) => `{id: a, effect: allow, match: {exec: ${pattern}}}`;
  const deny = (pattern: string) => `{id: d, effect: deny, match: {exec: ${pattern}}}`;

  test.each([
    ["[uptime]", ["uptime"], true],
    ["uptime", ["uptime"], true],
    ["[uptime]", ["uptime", "-p"], false],
    ['[git, "**"]', ["git"], true],
    ['[git, "**"]', ["git", "push", "--force"], true],
    ['[git, "**"]', ["gitk"], false],
    ['["*", --version]', ["node", "--version"], true],
    ['[cat, "/var/log/*.log"]', ["cat", "/var/log/a.log"], true],
    ['[cat, "/var/log/*.log"]', ["cat", "/var/log/a.log", "/etc/shadow"], false],
    ['[[a], [b, "*"]]', ["b", "c"], true],
    ["[head, -n, 10]", ["head", "-n", "10"], true],
    ['["**"]', ["anything", "at", "all"], true],
  ])("%s over %j: %s", (pattern, words, expected) => {
    expect(verdict("ssh", allow(pattern), fact(true, words))).toBe(expected ? "allow a" : "deny default");
    expect(verdict("ssh", deny(pattern), fact(true, words))).toBe(expected ? "deny d" : "deny default");
  });

  test("an allow needs all of them, completely known; a deny needs one, or a doubt", () => {
    expect(verdict("ssh", allow('["*"]'), fact(true, ["a"], ["b"]))).toBe("allow a");
    expect(verdict("ssh", allow("[a]"), fact(true, ["a"], ["b"]))).toBe("deny default");
    expect(verdict("ssh", allow("[a]"), fact(false, ["a"]))).toBe("deny default");
    expect(verdict("ssh", deny("[b]"), fact(true, ["a"], ["b"]))).toBe("deny d");
    expect(verdict("ssh", deny("[b]"), fact(false, ["a"]))).toBe("deny d");
    expect(verdict("ssh", deny("[b]"), fact(true, ["a"]))).toBe("deny default");
  });

  test("a command without a command line matches none, in no effect", () => {
    const sftp = factsOf("ssh", { operation: ["sftp"], exec: null });
    expect(verdict("ssh", deny('["**"]'), sftp)).toBe("deny default");
    expect(verdict("ssh", allow('["**"]'), sftp)).toBe("deny default");
  });
});

describe("values by key", () => {
  const request = (values: Facts["fields"][string], field = "body") =>
    factsOf("http", { method: ["POST"], path: ["/x"], upgrade: null, [field]: values });
  const allow = (test: string, field = "body") => `{id: a, effect: allow, match: {method: POST, ${field}: ${test}}}`;
  const deny = (test: string, field = "body") => `{id: d, effect: deny, match: {${field}: ${test}}}`;

  test.each<[string, readonly (string | number | boolean | null)[], "true" | "false" | "unknown"]>([
    ["{$.a: 1}", [1], "true"],
    ["{$.a: 1}", [2], "false"],
    ["{$.a: 1}", ["1"], "unknown"],
    ["{$.a: 1}", [true], "unknown"],
    ["{$.a: true}", [true], "true"],
    ["{$.a: true}", ["TRUE"], "unknown"],
    ["{$.a: x}", ["x"], "true"],
    ["{$.a: x}", ["X"], "false"],
    ["{$.a: [x, y]}", ["y"], "true"],
    ["{$.a: {eq: x}}", ["x"], "true"],
    ["{$.a: {in: [1, 2]}}", [2], "true"],
    ["{$.a: {gt: 5}}", [5], "false"],
    ["{$.a: {gte: 5}}", [5], "true"],
    ["{$.a: {gt: 1, lte: 5}}", [5], "true"],
    ["{$.a: {gt: 1, lt: 5}}", [5], "false"],
    ["{$.a: {gt: 5}}", ["6"], "unknown"],
    ["{$.a: {gt: 5}}", ["x"], "unknown"],
    ["{$.a: {gt: 5}}", [null], "unknown"],
    ['{$.a: {glob: "a*"}}', ["abc"], "true"],
    ['{$.a: {glob: "a*"}}', ["b"], "false"],
    ['{$.a: {glob: "1*"}}', [12], "unknown"],
    ["{$.a: {present: true}}", [null], "true"],
    ["{$.a: {present: true}}", [], "false"],
    ["{$.a: {present: false}}", [], "true"],
    ["{$.a: {present: false}}", [1], "false"],
    ["{$.a: 0}", [""], "unknown"],
    ["{$.a: 1, $.b: 1}", [1], "false"],
  ])("%s over %j is %s", (test, values, expected) => {
    const facts = request(map(values.length === 0 ? {} : { "$.a": values }));
    expect(verdict("http", allow(test), facts)).toBe(expected === "true" ? "allow a" : "deny default");
    expect(verdict("http", deny(test), facts)).toBe(expected === "false" ? "deny default" : "deny d");
  });

  test("an allow needs every value of a key, a deny one", () => {
    const facts = request(map({ "$.items[*].n": [1, 9] }));
    expect(verdict("http", allow("{'$.items[*].n': {lt: 5}}"), facts)).toBe("deny default");
    expect(verdict("http", allow("{'$.items[*].n': {lt: 10}}"), facts)).toBe("allow a");
    expect(verdict("http", deny("{'$.items[*].n': {gt: 5}}"), facts)).toBe("deny d");
  });

  test("what may be there too is unknown, whatever is listed", () => {
    for (const more of [{ unknown: ["$.a"] }, { complete: false }]) {
      const facts = request(map({ "$.a": [1] }, more));
      expect(verdict("http", allow("{$.a: 1}"), facts)).toBe("deny default");
      expect(verdict("http", deny("{$.a: 2}"), facts)).toBe("deny d");
      expect(verdict("http", allow("{$.a: {present: true}}"), facts)).toBe("allow a");
      expect(verdict("http", allow("{$.b: {present: false}}"), request(map({}, { complete: false })))).toBe(
        "deny default",
      );
    }
    expect(verdict("http", deny("{$.a: 2}"), request(map({ "$.a": [1] }, { unknown: ["$.b"] })))).toBe("deny default");
  });

  test("texts hold numbers that are written plainly; any other spelling is unknown", () => {
    const query = (value: string) => request(map({ limit: [value] }), "query");
    expect(verdict("http", allow("{limit: {lte: 100}}", "query"), query("50"))).toBe("allow a");
    expect(verdict("http", allow("{limit: {lte: 100}}", "query"), query("500"))).toBe("deny default");
    for (const odd of ["5e1", "0x10", "050", " 50", "", "∞"]) {
      expect(verdict("http", allow("{limit: {lte: 100}}", "query"), query(odd))).toBe("deny default");
      expect(verdict("http", deny("{limit: {gt: 100}}", "query"), query(odd))).toBe("deny d");
    }
    expect(verdict("http", allow("{limit: 5}", "query"), query("5"))).toBe("allow a");
    expect(verdict("http", allow("{limit: true}", "query"), query("true"))).toBe("allow a");
  });

  test("header names are compared in lower case", () => {
    const grant = grantFor("http", allow("{X-Env: prod}", "headers"));
    expect(grant.asked.get("headers")).toEqual(["x-env"]);
    expect(decide(grant, request(map({ "x-env": ["prod"] }), "headers")).kind).toBe("allow");
  });

  test("names out of an object's prototype are keys like others", () => {
    const facts = request(map({}), "query");
    expect(verdict("http", deny("{constructor: {present: true}}", "query"), facts)).toBe("deny default");
  });
});

describe("true or false, and numbers", () => {
  test("a flag compares with true and false only", () => {
    const deny = "{id: d, effect: deny, match: {pty: true}}";
    const facts = (pty: unknown) =>
      factsOf("ssh", { operation: ["exec"], pty: { type: "scalar", value: pty as boolean } });
    expect(verdict("ssh", deny, facts(true))).toBe("deny d");
    expect(verdict("ssh", deny, facts(false))).toBe("deny default");
    expect(verdict("ssh", deny, facts(undefined))).toBe("deny d");
    expect(verdict("ssh", deny, facts("yes"))).toBe("deny d");
    expect(verdict("ssh", deny, facts(null))).toBe("deny default");
  });

  test("estimated rows are asked for only where a rule looks at them", () => {
    const big = "{id: h, effect: hold, approval: one, match: {estimated_rows: {gt: 1000}}}";
    const facts = (value: unknown) =>
      factsOf("sql", { statement: ["SELECT"], estimated_rows: { type: "scalar", value: value as number } });
    expect(grantFor("postgres", big).asked.get("estimated_rows")).toEqual(["estimated_rows"]);
    expect(grantFor("postgres", "{id: d, effect: deny, match: {}}").asked.size).toBe(0);
    expect(verdict("mysql", big, facts(1001))).toBe("hold h");
    expect(verdict("postgres", big, facts(1000))).toBe("deny default");
    expect(verdict("postgres", big, facts(undefined))).toBe("hold h");
    expect(verdict("postgres", big, facts(null))).toBe("deny default");
  });
});

describe("MCP", () => {
  const call = (fields: Parameters<typeof factsOf>[1]) =>
    factsOf("mcp", { method: ["tools/call"], tool: ["search"], resource: null, prompt: null, ...fields });
  const allow = "{id: a, effect: allow, match: {method: tools/call, tool: search}}";

  test("an allow means known definitions, unless it says otherwise", () => {
    expect(verdict("mcp", allow, call({ definition: "known" }))).toBe("allow a");
    expect(verdict("mcp", allow, call({ definition: "new" }))).toBe("deny default");
    expect(verdict("mcp", allow, call({ definition: "changed" }))).toBe("deny default");
    expect(verdict("mcp", allow, call({ definition: { type: "scalar", value: undefined } }))).toBe("deny default");
    const any = allow.replace("search}", "search, definition: any}");
    expect(verdict("mcp", any, call({ definition: "changed" }))).toBe("allow a");
    const hold = "{id: h, effect: hold, approval: one, match: {definition: [new, changed]}}";
    expect(verdict("mcp", [allow, hold], call({ definition: "changed" }))).toBe("hold h");
  });

  test("what has no definition needs none", () => {
    const list = factsOf("mcp", { method: ["resources/read"], resource: ["file:///a"], definition: null });
    const read = '{id: r, effect: allow, match: {method: resources/read, resource: "file:///*"}}';
    expect(verdict("mcp", read, list)).toBe("allow r");
    expect(verdict("mcp", read.replace('"}', '", definition: known}'), list)).toBe("deny default");
  });

  test("an alternative's definition does not stand for the others", () => {
    const rule =
      "{id: a, effect: allow, match: {method: tools/call, any: [{tool: search, definition: any}, {tool: fetch}]}}";
    expect(verdict("mcp", rule, call({ definition: "changed" }))).toBe("allow a");
    expect(verdict("mcp", rule, call({ tool: ["fetch"], definition: "changed" }))).toBe("deny default");
    expect(verdict("mcp", rule, call({ tool: ["fetch"], definition: "known" }))).toBe("allow a");
  });
});

describe("each mistake is one problem with its place and what to write instead", () => {
  test.each([
    [
      "ssh",
      "{exec: systemctl status}",
      '`exec` is matched word by word; write the words as a list, as in [systemctl, status, "*"]',
    ],
    ["ssh", '{exec: [a, "**", b]}', 'in `exec` `"**"` stands for the rest, so it comes last'],
    ["ssh", "{exec: []}", "`exec` is empty; name at least one, or remove the key"],
    ["ssh", "{shell: yes}", "`shell` must be true or false"],
    [
      "ssh",
      "{sftp: delete}",
      "`sftp` is never `delete`; known here: stat, list, read, write, mkdir, rmdir, remove, rename, link, symlink, readlink, setstat, realpath, extended",
    ],
    ["ssh", "{operation: exce}", "`operation` is never `exce`; did you mean `exec`?"],
    ["ssh", "{path: var/log}", "`path` is absolute; begin the pattern with `/` or `**`"],
    ["ssh", "{path: /var/../etc}", "`path` is compared without `.`, `..` and `//`; write the pattern so"],
    ["ssh", "{forward: db.internal}", "`db.internal` can never match a `forward`; write it as in `db.internal:5432`"],
    ["http", "{body: {amount: 1}}", "a key of `body` is a path such as `$.amount` or `$.items[*].id`"],
    ["http", "{body: {$.a: {gt: many}}}", "`gt` compares numbers; write one, without quotes"],
    [
      "http",
      "{body: {$.a: {}}}",
      "`$.a` says nothing; write a value, or one of eq, in, gt, gte, lt, lte, glob, present",
    ],
    ["http", "{body: {$.a: {gtt: 1}}}", "unknown key `gtt`; did you mean `gt`?"],
    [
      "http",
      "{body: {$.a: {present: false, gt: 1}}}",
      "`present: false` leaves no value to look at; remove it, or the rest",
    ],
    ["http", "{body: {}}", "`body` is empty; name a key, or remove it"],
    ["http", "{body: {$.a: }}", "`$.a` must be a string, and nothing is written here"],
    [
      "http",
      "{headers: {Authorization: x}}",
      "`authorization` holds a secret, and what a rule looks at is recorded; match something else",
    ],
    ["http", "{headers: {a: x, A: y}}", "`a` stands here twice; keep one of them"],
    ["http", "{method: GET/1}", "a pattern of `method` holds only letters, digits, blanks, `_`, `-`, `.` and `*`"],
    [
      "http",
      "{statement: [SELECT]}",
      "unknown matcher `statement` for http; known here: method, path, query, headers, body, upgrade, classified, any",
    ],
    ["mcp", "{definition: old}", "`definition` cannot be `old`; known here: known, new, changed"],
    ["kubernetes", "{subresource: [any, log]}", "`any` stands alone: write `subresource: any`"],
    [
      "postgres",
      "{estimated_rows: lots}",
      "`estimated_rows` is a number; write one, or a comparison as in `{gt: 1000}`",
    ],
    ["mysql", "{estimated_rows: {}}", "`estimated_rows` is empty; write a comparison, as in `{gt: 1000}`"],
    ["mysql", '{estimated_rows: {gt: "10"}}', "`gt` compares numbers; write one, without quotes"],
  ])("%s %s", (protocol, match, message) => {
    const text = policyText([`{id: a, effect: deny, match: ${match}}`]);
    const problems = problemsOf(text, { targets: { db: { protocol } } });
    expect(problems.map((problem) => problem.message)).toEqual([message]);
    expect(formatProblems(problems)).toMatch(/^policy\.yaml:6:\d+: /);
  });

  test.each([
    ["ssh", "{pty: false}", "operation"],
    ["http", "{query: {debug: {present: false}}}", "method"],
    ["kubernetes", "{subresource: none}", "verb"],
    ["kubernetes", "{subresource: any}", "verb"],
    ["mcp", "{definition: known}", "method"],
    ["postgres", "{estimated_rows: {lt: 10}}", "statement"],
  ])("an allow of %s %s says nothing about what it allows", (protocol, match, field) => {
    const text = policyText([`{id: a, effect: allow, match: ${match}}`]);
    const problems = problemsOf(text, { targets: { db: { protocol } } });
    expect(problems.map((problem) => problem.message)).toEqual([
      `an allow must say what it allows; add \`${field}: […]\``,
    ]);
  });
});
