import { describe, expect, test } from "@jest/globals";
import { LINT_CODES, type LintCode } from "./findings.ts";
import { lint, type LintOptions } from "./lint.ts";

const GOOD = `version: gate/v1
trust:
  deploy:
    issuer: github
    audience: https://gate.acme.dev
    claims: { repository_id: "456789", event_name: [push], ref: refs/heads/main, environment: production }
    session: { ttl: 20m, max_ttl: 2h }
    grants: [db, api, hosts, cluster, tools]
grants:
  db: { target: orders, rules: [sql], masks: [pii], limits: small }
  api: { target: billing, rules: [api] }
  hosts: { target: bastion, rules: [shell] }
  cluster: { target: k8s, rules: [kube] }
  tools: { target: mcp, rules: [tools] }
rules:
  sql:
    - { id: read, effect: allow, match: { statement: [SELECT], reads: ["public.*"] } }
    - { id: mass, effect: hold, approval: dba, match: { statement: [UPDATE], where: [present, none] } }
    - { id: never, effect: deny, match: { statement: ["DROP *"] } }
  api:
    - { id: get, effect: allow, match: { method: [GET], path: /v1/** } }
  shell:
    - { id: status, effect: allow, match: { exec: [systemctl, status, "*"] } }
    - { id: logs, effect: allow, match: { sftp: [read], path: /var/log/app/** } }
  kube:
    - { id: look, effect: allow, match: { verb: [get], resource: [pods], namespace: shop } }
  tools:
    - { id: search, effect: allow, match: { method: [tools/call], tool: [search] } }
approvals:
  dba: { from: ["github-team:acme/dba"], timeout: 15m }
masks:
  pii: [{ column: public.customers.email, action: redact }]
limits:
  small: { rows: 10 }
`;

const TODAY = Date.parse("2026-11-23T00:00:00Z");
const COLUMNS = new Set(["public.customers.email"]);

const run = (text: string, more: Partial<LintOptions> = {}) =>
  lint(text, { file: "policy.yaml", nowMs: TODAY, columns: COLUMNS, ...more });

/** GOOD with one piece of it replaced. */
function changed(from: string | RegExp, to: string): string {
  const text = GOOD.replace(from, to);
  if (text === GOOD) throw new TypeError(`nothing to replace: ${String(from)}`);
  return text;
}

const claims = (flow: string) => changed(/claims: \{.*\}/, `claims: { ${flow} }`);
const rule = (set: string, flow: string) => changed(`  ${set}:\n`, `  ${set}:\n    - { ${flow} }\n`);
const SAFE = 'repository_id: "456789", event_name: [push], ref: refs/heads/main, environment: production';

interface Fixture {
  readonly name: string;
  readonly text: string;
  readonly code: LintCode;
  readonly severity?: string;
  /** Text at which the finding must stand. */
  readonly at: string;
  readonly options?: Partial<LintOptions>;
}

const FIXTURES: readonly Fixture[] = [
  {
    name: "a mistake of the parser",
    text: changed("id: never,", "id: never, efect: deny,"),
    code: "policy-invalid",
    at: "efect",
  },
  {
    name: "no audience",
    text: changed("    audience: https://gate.acme.dev\n", ""),
    code: "audience-missing",
    at: "deploy:",
  },
  {
    name: "the owner's URL",
    text: changed("https://gate.acme.dev", "https://github.com/acme"),
    code: "audience-default",
    at: "https://github.com",
  },
  {
    name: "the owner's URL on a company's own server",
    text: changed("https://gate.acme.dev", "https://github.acme.dev/shop"),
    code: "audience-default",
    at: "https://github.acme",
  },
  {
    name: "another service's audience",
    text: changed("https://gate.acme.dev", "sts.amazonaws.com"),
    code: "audience-shared",
    at: "sts.",
  },
  {
    name: "an audience with a star",
    text: changed("https://gate.acme.dev", "https://*.acme.dev"),
    code: "audience-pattern",
    at: "https://*",
  },
  {
    name: "no repository_id",
    text: claims("repository: acme/shop, event_name: push, environment: production"),
    code: "repository-id-missing",
    at: "{ repository: acme",
  },
  {
    name: "any repository_id",
    text: claims(SAFE.replace('"456789"', '"*"')),
    code: "repository-id-wildcard",
    at: '"*"',
  },
  { name: "any owner", text: claims(`${SAFE}, repository: "*/shop"`), code: "owner-wildcard", at: '"*/shop"' },
  {
    name: "any owner that begins like ours",
    text: claims(`${SAFE}, repository_owner: "acme*"`),
    code: "owner-wildcard",
    at: '"acme*"',
  },
  {
    name: "any owner of the workflow",
    text: claims(`${SAFE}, job_workflow_ref: "*/ci/x.yml@refs/heads/main"`),
    code: "owner-wildcard",
    at: '"*/ci',
  },
  {
    name: "no event_name",
    text: claims('repository_id: "456789", ref: refs/heads/main, environment: production'),
    code: "event-name-missing",
    at: "{ repository_id",
  },
  { name: "any event", text: claims(SAFE.replace("[push]", '"push*"')), code: "event-wildcard", at: '"push*"' },
  ...["pull_request_target", "issue_comment", "workflow_run", "discussion_comment"].map((event): Fixture => ({
    name: event,
    text: claims(SAFE.replace("push", event)),
    code: "event-untrusted",
    at: event,
  })),
  { name: "`sub`", text: claims(`${SAFE}, sub: "repo:acme/shop:*"`), code: "claim-sub", at: "sub:" },
  {
    name: "a workflow without its ref",
    text: claims(`${SAFE}, workflow_ref: acme/shop/.github/workflows/d.yml`),
    code: "workflow-ref-unpinned",
    at: "acme/shop/.github",
  },
  {
    name: "a workflow of any ref",
    text: claims(`${SAFE}, job_workflow_ref: "acme/ci/.github/workflows/d.yml@*"`),
    code: "workflow-ref-unpinned",
    at: '"acme/ci',
  },
  {
    name: "a workflow of any branch",
    text: claims(`${SAFE}, job_workflow_ref: "acme/ci/.github/workflows/d.yml@refs/heads/**"`),
    code: "workflow-ref-unpinned",
    at: '"acme/ci',
  },
  {
    name: "no environment, and grants that write",
    text: claims('repository_id: "456789", event_name: push, ref: refs/heads/main'),
    code: "environment-missing",
    at: "{ repository_id",
    severity: "error",
  },
  {
    name: "no environment, and grants that read",
    text: claims('repository_id: "456789", event_name: push').replace(
      "[db, api, hosts, cluster, tools]",
      "[db, api, cluster]",
    ),
    code: "environment-missing",
    severity: "warning",
    at: "{ repository_id",
  },
  {
    name: "writes for pull requests",
    text: claims(SAFE.replace("push", "pull_request")),
    code: "pull-request-writes",
    at: "pull_request",
  },
  {
    name: "writes for self-hosted runners",
    text: claims(`${SAFE}, runner_environment: self-hosted`),
    code: "self-hosted-writes",
    at: "self-hosted",
  },
  {
    name: "any branch",
    text: claims('repository_id: "456789", event_name: push, ref: "refs/heads/*"'),
    code: "ref-unpinned",
    at: "ref: ",
  },
  {
    name: "a trust rule behind a wider one",
    text: changed(
      "grants:\n  db",
      `  later:\n    issuer: github\n    audience: https://gate.acme.dev\n    claims: { ${SAFE}, actor_id: "1" }\n    grants: [db]\ngrants:\n  db`,
    ),
    code: "trust-unreachable",
    at: "later:",
  },
  { name: "a session of a day", text: changed("max_ttl: 2h", "max_ttl: 1d"), code: "session-long", at: "1d" },

  {
    name: "an allow that a deny overrules",
    text: rule("sql", 'id: drop, effect: allow, match: { statement: ["DROP TABLE"], writes: [public.x] }'),
    code: "rule-unreachable",
    at: "{ id: drop",
  },
  {
    name: "a hold that a deny overrules",
    text: rule("sql", 'id: drop, effect: hold, approval: dba, match: { statement: ["DROP TABLE"] }'),
    code: "rule-unreachable",
    at: "{ id: drop",
  },
  {
    name: "`where` on a SELECT",
    text: rule("sql", "id: x, effect: allow, match: { statement: [SELECT], reads: [public.y], where: keyed }"),
    code: "rule-unreachable",
    at: "where: keyed",
  },
  {
    name: "a command line and a file at once",
    text: rule("shell", "id: x, effect: allow, match: { exec: [id], path: /tmp/x }"),
    code: "rule-unreachable",
    at: "path: /tmp",
  },
  {
    name: "a narrower allow beside a wider one",
    text: rule("sql", "id: x, effect: allow, match: { statement: [SELECT], reads: [public.orders] }"),
    code: "rule-subsumed",
    at: "{ id: x",
  },
  {
    name: "a narrower path beside a wider one",
    text: rule("api", "id: x, effect: allow, match: { method: [GET], path: /v1/users/* }"),
    code: "rule-subsumed",
    at: "{ id: x",
  },
  {
    name: "a narrower command line beside a wider one",
    text: rule("shell", "id: x, effect: allow, match: { exec: [systemctl, status, nginx] }"),
    code: "rule-subsumed",
    at: "{ id: x",
  },
  {
    name: "statements on anything",
    text: rule("sql", "id: x, effect: allow, match: { statement: [INSERT] }"),
    code: "allow-without-objects",
    at: "statement: [INSERT]",
  },
  {
    name: "requests to anything",
    text: rule("api", "id: x, effect: allow, match: { method: [POST] }"),
    code: "allow-without-objects",
    at: "method: [POST]",
  },
  {
    name: "verbs on anything",
    text: rule("kube", "id: x, effect: allow, match: { verb: [list], namespace: shop }"),
    code: "allow-without-objects",
    at: "verb: [list]",
  },
  {
    name: "any namespace",
    text: rule("kube", "id: x, effect: allow, match: { verb: [list], resource: [jobs] }"),
    code: "allow-without-objects",
    severity: "warning",
    at: "verb: [list]",
  },
  {
    name: "any tool",
    text: rule("tools", 'id: x, effect: allow, match: { method: [tools/call], tool: ["*"] }').replace(
      / {4}- \{ id: search.*\n/,
      "",
    ),
    code: "allow-without-objects",
    at: '"*"',
  },
  {
    name: "reads left out",
    text: rule("sql", "id: x, effect: allow, match: { statement: [INSERT], writes: [public.x] }"),
    code: "allow-reads-omitted",
    at: "statement: [INSERT]",
  },
  {
    name: "writes left out",
    text: rule("sql", "id: x, effect: allow, match: { statement: [INSERT], reads: [public.x] }"),
    code: "allow-writes-omitted",
    at: "statement: [INSERT]",
  },
  {
    name: "any statement",
    text: rule("sql", 'id: x, effect: allow, match: { statement: ["*"], reads: [a.b], writes: [a.b] }'),
    code: "allow-everything",
    at: '"*"',
  },
  {
    name: "a program in the server",
    text: rule("sql", "id: x, effect: allow, match: { statement: [DO], reads: [a.b], writes: [a.b] }"),
    code: "allow-escape",
    at: "DO]",
  },
  {
    name: "a shell",
    text: rule("shell", "id: x, effect: allow, match: { shell: true }"),
    code: "allow-escape",
    at: "shell: true",
  },
  {
    name: "an interpreter with open words",
    text: rule("shell", 'id: x, effect: allow, match: { exec: [bash, -c, "*"] }'),
    code: "allow-escape",
    at: "exec: [bash",
  },
  {
    name: "exec into a pod",
    text: rule(
      "kube",
      "id: x, effect: allow, match: { verb: [create], resource: [pods], subresource: [exec], namespace: shop }",
    ),
    code: "allow-escape",
    at: "exec]",
  },
  {
    name: "secrets",
    text: rule("kube", "id: x, effect: allow, match: { verb: [get], resource: [secrets], namespace: shop }"),
    code: "allow-credentials",
    at: "secrets]",
  },
  {
    name: "passwords of the server",
    text: rule("sql", 'id: x, effect: allow, match: { statement: [SELECT], reads: ["pg_catalog.*"] }'),
    code: "allow-credentials",
    at: '"pg_catalog.*"',
  },
  {
    name: "any function",
    text: rule("sql", "id: x, effect: allow, match: { statement: [SELECT], reads: [a.b], functions: any }"),
    code: "functions-any",
    at: "functions: any",
  },
  {
    name: "changed tools",
    text: rule(
      "tools",
      "id: x, effect: allow, match: { method: [tools/call], tool: [y], definition: [known, changed] }",
    ),
    code: "definition-open",
    at: "definition:",
  },
  { name: "a statement with a slip", text: changed('["DROP *"]', "[TRUNCTE]"), code: "name-unknown", at: "TRUNCTE" },
  {
    name: "an object with a slip",
    text: changed('["DROP *"]', '["DROP TABEL"]'),
    code: "name-unknown",
    at: '"DROP TABEL"',
  },
  {
    name: "a form of COPY with a slip",
    text: changed('["DROP *"]', '["COPY PROGRAMM"]'),
    code: "name-unknown",
    at: '"COPY PROGRAMM"',
  },
  {
    name: "a claim with a slip",
    text: claims(`${SAFE}, runer_environment: github-hosted`),
    code: "claim-unknown",
    at: "runer_environment",
  },
  {
    name: "exec as a verb",
    text: rule("kube", "id: x, effect: deny, match: { verb: [exec] }"),
    code: "name-unknown",
    at: "exec]",
  },
  {
    name: "a subresource in `resource`",
    text: rule("kube", "id: x, effect: deny, match: { resource: [pods/exec] }"),
    code: "name-unknown",
    at: "pods/exec",
  },
  { name: "a method with a slip", text: changed("[GET]", "[GETT]"), code: "name-unknown", at: "GETT" },
  {
    name: "masks that the target does not have",
    text: changed("rules: [shell] }", "rules: [shell], masks: [pii] }"),
    code: "rule-unenforceable",
    at: "pii] }\n  cluster",
    options: { capability: (_protocol, kind) => (kind === "ssh" ? { masks: [], lacks: [] } : undefined) },
  },
  {
    name: "files under a mask",
    text: changed("rules: [shell] }", "rules: [shell], masks: [look] }").replace(
      "masks:\n",
      "masks:\n  look: [{ detect: [iban], action: redact }]\n",
    ),
    code: "rule-unenforceable",
    at: "sftp: [read]",
    options: {
      capability: (_protocol, kind) =>
        kind === "ssh"
          ? { masks: ["detect"], lacks: [], refusesOthers: true, unmaskable: ["sftp", "path"] }
          : undefined,
    },
  },
  {
    name: "a matcher that the target never tells",
    text: rule("sql", "id: x, effect: deny, match: { estimated_rows: { gt: 10 } }"),
    code: "rule-unenforceable",
    at: "estimated_rows",
    options: {
      capability: (_protocol, kind) => (kind === "sql" ? { masks: ["column"], lacks: ["estimated_rows"] } : undefined),
    },
  },
  {
    name: "observing only",
    text: changed("limits: small }", "limits: small, mode: observe }"),
    code: "observe-mode",
    at: "observe",
  },
  { name: "a grant that nobody gets", text: changed("db, api,", "db,"), code: "grant-unused", at: "api:" },
  { name: "limits that nothing uses", text: changed(", limits: small", ""), code: "section-unused", at: "small:" },
  {
    name: "an approval that comes too late",
    text: changed("timeout: 15m", "timeout: 3h"),
    code: "approval-outlives-session",
    at: "3h",
  },
  {
    name: "more people than there are",
    text: changed('["github-team:acme/dba"]', '["person:a"], count: 2'),
    code: "approval-too-few",
    at: "2,",
  },
  {
    name: "nobody to spare",
    text: changed('["github-team:acme/dba"]', '["person:a", "person:b"], count: 2'),
    code: "approval-no-spare",
    at: "2,",
  },
  {
    name: "one's own command",
    text: changed("timeout: 15m", "timeout: 15m, exclude: []"),
    code: "approval-own",
    at: "[] }",
  },
  {
    name: "a column that is not there",
    text: changed("customers.email", "customers.emial"),
    code: "mask-column-unknown",
    at: "public.customers.emial",
  },
  {
    name: "conditions over a masked column",
    text: changed("action: redact }", "action: redact, on_predicate: allow }"),
    code: "mask-predicate-open",
    at: "allow }]",
  },
  {
    name: "an ignore of a detector that is over",
    text: changed(
      "action: redact }]",
      'action: redact }, { detect: [iban], action: redact, ignore: [{ column: a.b.c, reason: x, expires: "2026-11-01" }] }]',
    ),
    code: "mask-ignore-expired",
    at: '"2026-11-01"',
  },
  {
    name: "an ignore of a detector that is soon over",
    text: changed(
      "action: redact }]",
      'action: redact }, { detect: [iban], action: redact, ignore: [{ column: a.b.c, reason: x, expires: "2026-11-30" }] }]',
    ),
    code: "mask-ignore-expiring",
    at: '"2026-11-30"',
  },
  {
    name: "an ignore without an end",
    text: changed("issuer: github", "issuer: github # gate-lint: ignore session-long"),
    code: "ignore-invalid",
    at: "# gate-lint",
  },
  {
    name: "an ignore of nothing known",
    text: changed("issuer: github", "issuer: github # gate-lint: ignore sesion-long until 2027-01-01: x"),
    code: "ignore-invalid",
    at: "# gate-lint",
  },
  {
    name: "an ignore without a reason",
    text: changed("issuer: github", "issuer: github # gate-lint: ignore session-long until 2027-01-01"),
    code: "ignore-invalid",
    at: "# gate-lint",
  },
  {
    name: "an ignore of nothing",
    text: changed("issuer: github", "issuer: github # gate-lint: ignore session-long until 2027-01-01: x"),
    code: "ignore-unused",
    at: "# gate-lint",
  },
];

describe("lint", () => {
  test("finds nothing in a careful policy", () => {
    expect(run(GOOD)).toEqual([]);
  });

  test.each(FIXTURES)("$code: $name", ({ text, code, at, severity, options }) => {
    const found = run(text, options).filter((finding) => finding.code === code);
    expect(found).toHaveLength(1);
    const [finding] = found;
    const offset =
      text
        .split("\n")
        .slice(0, (finding?.line ?? 1) - 1)
        .join("\n").length + (finding?.column ?? 0);
    const start = finding?.line === 1 ? offset - 1 : offset;
    expect(text.slice(start).startsWith(at) ? at : text.slice(start, start + at.length)).toBe(at);
    expect(finding?.severity).toBe(severity ?? LINT_CODES[code].severity);
    expect(finding?.danger).toBe(LINT_CODES[code].danger);
    expect(finding?.fix).not.toBe("");
  });

  test("without a list of columns a note says what could not be checked", () => {
    const { columns: _columns, ...without } = { columns: COLUMNS, file: "policy.yaml", nowMs: TODAY };
    expect(lint(GOOD, without).map(({ code, severity }) => [code, severity])).toEqual([
      ["mask-columns-unchecked", "note"],
    ]);
  });

  test("a file that the parser refuses is linted as well, and nothing is said twice", () => {
    const text = claims("ref: refs/heads/main, environment: production").replace('["DROP *"]', "[]");
    expect(run(text).map(({ code }) => code)).toEqual([
      "event-name-missing",
      "repository-id-missing",
      "policy-invalid",
    ]);
  });

  test("claims of repositories' own properties, of another issuer, and like no other are left alone", () => {
    const others = `${SAFE}, repo_property_team: x, something_new: y`;
    expect(run(claims(others)).map(({ code }) => code)).toEqual([]);
    const elsewhere = claims(`${SAFE}, enviroment: x`).replace("issuer: github", "issuer: https://issuer.example");
    expect(run(elsewhere).map(({ code }) => code)).not.toContain("claim-unknown");
  });

  test("what is not YAML is one finding", () => {
    expect(run("a: [").map(({ code }) => code)).toEqual(["policy-invalid"]);
    expect(run("").map(({ code }) => code)).toEqual(["policy-invalid"]);
  });

  test("every code has a fixture", () => {
    const covered = new Set<string>(FIXTURES.map(({ code }) => code));
    for (const other of ["mask-columns-unchecked", "ignore-expired", "ignore-expiring"]) covered.add(other);
    expect(Object.keys(LINT_CODES).filter((code) => !covered.has(code))).toEqual([]);
  });
});

describe("ignores", () => {
  const WIDE = changed("max_ttl: 2h", "max_ttl: 1d");
  const ignore = (until: string) => ` # gate-lint: ignore session-long until ${until}: long migrations`;

  test("an accepted finding is not reported, on its line or in the entry below the comment", () => {
    expect(run(WIDE.replace("max_ttl: 1d }", `max_ttl: 1d }${ignore("2027-06-01")}`))).toEqual([]);
    expect(run(WIDE.replace("  deploy:", `  ${ignore("2027-06-01").trim()}\n  deploy:`))).toEqual([]);
  });

  test("it does not reach beyond its entry", () => {
    const text = WIDE.replace("    issuer:", `    ${ignore("2027-06-01").trim()}\n    issuer:`);
    expect(run(text).map(({ code }) => code)).toEqual(["ignore-unused", "session-long"]);
  });

  test("an ignore that ended lets the finding come back, and one that ends soon is a warning", () => {
    const over = run(WIDE.replace("max_ttl: 1d }", `max_ttl: 1d }${ignore("2026-11-01")}`));
    expect(over.map(({ code }) => code)).toEqual(["session-long", "ignore-expired"]);
    const soon = run(WIDE.replace("max_ttl: 1d }", `max_ttl: 1d }${ignore("2026-11-30")}`));
    expect(soon.map(({ code }) => code)).toEqual(["ignore-expiring"]);
  });

  test("a mistake of the parser cannot be ignored, and text in a string is no comment", () => {
    const broken = changed("effect: deny", 'effect: deny, message: "# gate-lint: ignore x"');
    expect(run(broken)).toEqual([]);
    const refused = changed("effect: deny", "efect: deny").replace(
      "    - { id: never",
      "    # gate-lint: ignore policy-invalid until 2027-01-01: x\n    - { id: never",
    );
    expect(run(refused).map(({ code }) => code)).toContain("policy-invalid");
  });
});
