import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parsePolicy, PolicyError, policySchema } from "@gate/policy";
import { Ajv2020 } from "ajv/dist/2020.js";
import { parse } from "yaml";
import { COMMAND_KEYS } from "./commands.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const PAGE = join(ROOT, "docs/policy.schema.json");
const schema = policySchema(COMMAND_KEYS);
const validate = new Ajv2020({
  strict: true,
  allErrors: true,
  allowUnionTypes: true,
  strictTypes: false,
  strictRequired: false,
}).compile(schema);

const policies = execFileSync(
  "git",
  ["ls-files", "--cached", "--others", "--exclude-standard", "examples", "test/demo"],
  { cwd: ROOT },
)
  .toString()
  .split("\n")
  .filter((path) => /(?:^|\/)policies\/[^/]+\.yaml$|policy\.yaml$/u.test(path) && !path.endsWith(".test.yaml"));

const GOOD = `version: gate/v1
trust:
  deploy: { issuer: github, audience: https://gate.acme.dev, claims: { event_name: push }, grants: [db] }
grants: { db: { target: db, rules: [sql] } }
rules:
  sql:
    - { id: read, effect: allow, match: { statement: [SELECT], reads: ["public.*"] } }
    - { id: ask, effect: hold, approval: dba, match: { statement: [UPDATE] } }
    - { id: never, effect: deny, message: No, match: { any: [{ statement: "DROP *" }, { classified: false }] } }
  web:
    - { id: pay, effect: deny, match: { body: { $.amount: { gt: 100 }, $.kind: [a, 1, true] }, headers: { x-a: y } } }
  shell:
    - { id: run, effect: deny, match: { any: [{ exec: [a, "*"] }, { exec: [[a], [b, "**"]] }, { shell: true }] } }
approvals: { dba: { from: ["github-team:acme/dba"], count: 2, timeout: 15m, exclude: [] } }
masks:
  pii: [{ column: a.b.c, action: null }, { json: $.a, action: tokenize, scope: gateway }, { detect: [iban], action: redact }]
limits: { small: { rows: 1, bytes: 8MiB, rate: 2/s, statement_time: 60s } }
tests:
  - { as: deploy, grant: db, sql: DROP TABLE x, expect: { effect: deny, rule: never } }
`;

/** Shapes that both the parser and the schema refuse. */
const BAD: readonly (readonly [from: string, to: string])[] = [
  ["version: gate/v1", "version: gate/v2"],
  ["version: gate/v1\n", ""],
  ["grants: { db: { target: db, rules: [sql] } }", "grants: {}"],
  ["target: db,", ""],
  ["rules: [sql]", "rule: [sql]"],
  ["rules: [sql]", "rules: []"],
  ["effect: allow", "effect: permit"],
  ["approval: dba, ", ""],
  ["effect: allow", "effect: allow, approval: dba"],
  ["effect: allow", "effect: allow, message: x"],
  ["statement: [SELECT]", "statements: [SELECT]"],
  ["reads: [", "reads: 5, writes: ["],
  ["{ classified: false }", "{ classified: maybe }"],
  ["{ gt: 100 }", "{ gt: many }"],
  ["{ gt: 100 }", "{ above: 100 }"],
  ["$.amount", "amount"],
  ["shell: true", "shell: 1"],
  ["event_name: push", "ref: x"],
  ["count: 2", "count: 0"],
  ["timeout: 15m", "timeout: 15"],
  ["exclude: []", "exclude: [me]"],
  ["github-team:acme/dba", "team:acme/dba"],
  ["column: a.b.c", "column: b.c"],
  ["detect: [iban]", "detect: [ibann]"],
  ["action: redact", "action: hide"],
  ["bytes: 8MiB", "bytes: 8 MiB"],
  ["rate: 2/s", "rate: 2/m"],
  ["small:", "'small one':"],
  ["issuer: github,", ""],
];

const refused = (text: string): boolean => {
  try {
    parsePolicy(text, { file: "policy.yaml" });
    return false;
  } catch (error) {
    return error instanceof PolicyError;
  }
};

describe("the schema for editors", () => {
  test("docs/policy.schema.json is what `gate policy schema` prints", () => {
    expect(readFileSync(PAGE, "utf8")).toBe(`${JSON.stringify(schema, null, 2)}\n`);
  });

  test("there are examples to look at", () => {
    expect(policies.length).toBeGreaterThanOrEqual(6);
  });

  test.each(policies)("%s fits", (path) => {
    expect(validate(parse(readFileSync(join(ROOT, path), "utf8"))) ? [] : validate.errors).toEqual([]);
  });

  test("accepts what the parser accepts, of every section", () => {
    expect(refused(GOOD)).toBe(false);
    expect(validate(parse(GOOD)) ? [] : validate.errors).toEqual([]);
  });

  test.each(BAD)("refuses, as the parser does: %s → %s", (from, to) => {
    const text = GOOD.replace(from, to);
    expect(text).not.toBe(GOOD);
    expect(refused(text)).toBe(true);
    expect(validate(parse(text))).toBe(false);
  });
});
