import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import type { TrustRule } from "@gate/contract";
import { parsePolicy, type Policy } from "../policy.ts";
import type { Exchange } from "../suite/index.ts";
import { diffPolicies, type Change } from "./diff.ts";

const OLD = `version: gate/v1
trust:
  deploy:
    issuer: github
    audience: https://gate.acme.dev
    claims: { repository_id: "1", event_name: [push], ref: "refs/heads/release/*" }
    session: { ttl: 20m, max_ttl: 2h }
    grants: [db, api, hosts, cluster, tools]
grants:
  db: { target: orders, rules: [sql], masks: [pii], limits: { rows: 10 } }
  api: { target: billing, rules: [api] }
  hosts: { target: bastion, rules: [shell] }
  cluster: { target: cluster, rules: [objects] }
  tools: { target: tools, rules: [tools] }
rules:
  sql:
    - { id: read, effect: allow, match: { statement: [SELECT], reads: ["public.*"] } }
    - { id: keyed, effect: allow, match: { statement: [UPDATE], reads: ["public.*"], writes: [public.orders], where: keyed } }
    - { id: remove, effect: hold, approval: dba, match: { statement: [DELETE] } }
    - { id: never, effect: deny, match: { any: [{ statement: ["DROP *"] }, { classified: false }] } }
  api:
    - { id: get, effect: allow, match: { method: [GET], path: /v1/users/* } }
    - { id: pay, effect: allow, match: { method: [POST], path: /v1/payments, body: { $.amount: { lte: 100 } } } }
  shell:
    - { id: status, effect: allow, match: { exec: [systemctl, status, "*"] } }
    - { id: logs, effect: allow, match: { sftp: [read], path: /var/log/app/** } }
  objects:
    - { id: look, effect: allow, match: { verb: [get], resource: [pods], namespace: shop } }
  tools:
    - { id: search, effect: allow, match: { method: [tools/call], tool: [search] } }
approvals:
  dba: { from: ["github-team:acme/dba"], count: 2, timeout: 15m }
masks:
  pii: [{ column: public.customers.email, action: redact }]
`;

const parse = (text: string): Policy => parsePolicy(text, { file: "policy.yaml" });

/** Exact values, and globs whose last part is a star: enough for these tests; the real one is identity's. */
const exchange: Exchange = (trust, claims) => {
  const fits = (rule: TrustRule) =>
    (claims["aud"] ?? rule.audience[0]) === rule.audience[0] &&
    (claims["iss"] ?? rule.issuer) === rule.issuer &&
    Object.entries(rule.claims).every(([claim, globs]) =>
      globs.some((glob) =>
        glob.endsWith("*")
          ? (claims[claim] ?? "").startsWith(glob.slice(0, -1)) &&
            !(claims[claim] ?? "").slice(glob.length - 1).includes("/")
          : claims[claim] === glob,
      ),
    );
  const rule = trust.find(fits);
  return rule === undefined ? { reason: "no rule" } : { rule };
};

function changes(from: string, to: string): readonly Change[] {
  const fresh = OLD.replace(from, to);
  if (fresh === OLD) throw new TypeError(`nothing to replace: ${from}`);
  return diffPolicies(parse(OLD), parse(fresh), exchange).changes;
}

const brief = (all: readonly Change[]) =>
  all.map(({ direction, subject, name, from, to }) => `${direction} ${subject} ${name}: ${from} -> ${to}`);

describe("verdicts", () => {
  test("a version is no different from itself", () => {
    const diff = diffPolicies(parse(OLD), parse(OLD), exchange);
    expect(diff.changes).toEqual([]);
    expect(diff.wider).toBe(false);
    expect(diff.commands).toBeGreaterThan(1000);
  });

  test.each([
    ["reads", 'reads: ["public.*"] } }', 'reads: ["public.*", "audit.*"] } }', "db", "read", "audit.something"],
    ["writes", "writes: [public.orders]", "writes: [public.orders, public.stock]", "db", "keyed", "public.stock"],
    ["conditions", "where: keyed", "where: [keyed, present]", "db", "keyed", "where present"],
    [
      "functions",
      'reads: ["public.*"] } }',
      'reads: ["public.*"], functions: [safe, public.report] } }',
      "db",
      "read",
      "public.report",
    ],
    ["paths", "/v1/users/*", "/v1/users/**", "api", "get", "/v1/users/some"],
    ["numbers, at the bound", "{ lte: 100 }", "{ lte: 200 }", "api", "pay", "$.amount="],
    [
      "words of a command line",
      '[systemctl, status, "*"]',
      '[systemctl, status, "**"]',
      "hosts",
      "status",
      "systemctl status",
    ],
    ["files", "/var/log/app/**", "/var/log/**", "hosts", "logs", "/var/log/"],
    ["namespaces", "namespace: shop", "namespace: [shop, kitchen]", "cluster", "look", "kitchen"],
    ["subresources", "namespace: shop", "namespace: shop, subresource: any", "cluster", "look", "/ "],
    ["tools", "tool: [search]", "tool: [search, fetch]", "tools", "search", "fetch"],
    ["definitions", "tool: [search]", "tool: [search], definition: any", "tools", "search", "definition new"],
  ])("%s: wider one way, narrower the other, each with an example", (_name, from, to, grant, rule, example) => {
    const wider = changes(from, to);
    expect(brief(wider)).toContain(`wider verdict ${grant}: deny by default -> allow by ${rule}`);
    expect(wider.every(({ direction }) => direction === "wider")).toBe(true);
    expect(wider.find(({ subject }) => subject === "verdict")?.example).toContain(example);
    const back = diffPolicies(parse(OLD.replace(from, to)), parse(OLD), exchange);
    expect(back.wider).toBe(false);
    expect(brief(back.changes)).toContain(`narrower verdict ${grant}: allow by ${rule} -> deny by default`);
  });

  test("a deny that goes, a hold that becomes an allow, a grant that comes", () => {
    // A command that may be a DELETE and a DROP, or anything: the hold is what is left.
    expect(brief(changes('{ statement: ["DROP *"] }, ', ""))).toEqual([
      "wider verdict db: deny by never -> hold by remove",
    ]);
    expect(
      brief(
        changes(
          "effect: hold, approval: dba, match: { statement: [DELETE] }",
          "effect: allow, match: { statement: [DELETE], writes: [public.orders] }",
        ),
      ),
    ).toEqual(
      expect.arrayContaining([
        "wider verdict db: hold by remove -> allow by remove",
        "narrower verdict db: hold by remove -> deny by default",
      ]),
    );
    const added = changes("rules:\n  sql:", "  more: { target: orders, rules: [sql] }\nrules:\n  sql:");
    expect(brief(added)).toContain("wider verdict more: deny (no such grant) -> allow by read");
  });

  test("what no rule of either version tells apart is no change", () => {
    expect(changes('["public.*"] } }', '["public.*", public.orders] } }')).toEqual([]);
  });
});

describe("what is attached", () => {
  test.each([
    ["count: 2", "count: 1", "wider approval db: people needed 2 -> people needed 1"],
    [
      '["github-team:acme/dba"]',
      '["github-team:acme/dba", "oidc-group:all"]',
      "wider approval db: who may answer github-team:acme/dba -> who may answer github-team:acme/dba, oidc-group:all",
    ],
    ["timeout: 15m", "timeout: 1h", "wider approval db: timeout in seconds 900 -> timeout in seconds 3600"],
    [
      "action: redact",
      "action: partial, keep_last: 2",
      "wider grant db: mask public.customers.email redact -> mask public.customers.email partial (first 0, last 2)",
    ],
    [
      "action: redact",
      "action: redact, on_predicate: allow",
      "wider grant db: mask public.customers.email on_predicate deny, on_unknown_origin redact -> mask public.customers.email on_predicate allow, on_unknown_origin redact",
    ],
    [
      "action: redact }]",
      "action: redact }, { pattern: 'x[0-9]+', action: hash }]",
      "narrower grant db: mask pattern x[0-9]+ none -> mask pattern x[0-9]+ hash",
    ],
    ["rows: 10", "rows: 20", "wider grant db: limit rows 10 -> limit rows 20"],
    [", limits: { rows: 10 }", "", "wider grant db: limit rows 10 -> limit rows none"],
    ["limits: { rows: 10 }", "limits: { rows: 10 }, mode: observe", "wider grant db: mode enforce -> mode observe"],
    ["target: orders", "target: other", "changed grant db: target orders -> target other"],
    ["ttl: 20m", "ttl: 30m", "wider session deploy: session ttl in seconds 1200 -> session ttl in seconds 1800"],
    [
      "rules: [api] }",
      "rules: [api], delegate: { depth: 1, children: 1 } }",
      "wider grant api: delegate depth 0 -> delegate depth 1",
    ],
  ])("%s → %s", (from, to, expected) => {
    expect(brief(changes(from, to))).toContain(expected);
    const back = diffPolicies(parse(OLD.replace(from, to)), parse(OLD), exchange);
    const mirrored = { wider: "narrower", narrower: "wider", changed: "changed" } as const;
    const [direction = "changed"] = expected.split(" ") as (keyof typeof mirrored)[];
    expect(back.changes.map((change) => change.direction)).toContain(mirrored[direction]);
  });

  test("an exclusion that goes is wider", () => {
    expect(brief(changes("count: 2", "count: 2, exclude: [actor]"))).toContain(
      "wider approval db: who may not answer actor, commit_authors, last_pusher, pr_author, triggering_actor -> who may not answer actor",
    );
  });
});

describe("trust", () => {
  test.each([
    ["an event", "event_name: [push]", "event_name: [push, pull_request]", "event_name=pull_request"],
    ["a claim that goes", ', ref: "refs/heads/release/*"', "", "repository_id=1"],
    [
      "one more pattern",
      '"refs/heads/release/*"',
      '["refs/heads/release/*", "refs/heads/*"]',
      "ref=refs/heads/something",
    ],
    ["another audience", "audience: https://gate.acme.dev", "audience: [https://gate.acme.dev]", ""],
  ])("%s", (_name, from, to, example) => {
    const found = changes(from, to).filter(({ subject }) => subject === "exchange");
    expect(found.map(({ direction }) => direction)).toEqual(example === "" ? [] : ["wider"]);
    if (example !== "") expect(found[0]?.example).toContain(example);
  });

  test("a grant that a rule gives besides", () => {
    const found = changes("grants: [db, api, hosts, cluster, tools]", "grants: [db, api, hosts, cluster]");
    expect(found.map(({ direction, name }) => [direction, name])).toEqual([["narrower", "tools"]]);
  });
});

test("a list of patterns that grows is never called narrower, one that shrinks never wider", () => {
  const names = fc.uniqueArray(fc.constantFrom("public.*", "public.orders", "audit.log", "*.secrets", "a.b"), {
    minLength: 1,
  });
  fc.assert(
    fc.property(names, names, (some, more) => {
      const text = (list: readonly string[]) =>
        OLD.replace('reads: ["public.*"] } }', `reads: ${JSON.stringify(list)} } }`);
      const wide = [...new Set([...some, ...more])];
      const grown = diffPolicies(parse(text(some)), parse(text(wide)), exchange).changes;
      const shrunk = diffPolicies(parse(text(wide)), parse(text(some)), exchange).changes;
      expect(grown.filter(({ direction }) => direction !== "wider")).toEqual([]);
      expect(shrunk.filter(({ direction }) => direction !== "narrower")).toEqual([]);
    }),
    { numRuns: 5 },
  );
});
