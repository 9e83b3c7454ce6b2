import { afterAll, expect, test } from "@jest/globals";
import { protocols } from "@gate/protocols";
import { parsePolicy } from "@gate/policy";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "../config.ts";
import { fourEyesGaps } from "./four-eyes.ts";

const folder = mkdtempSync(join(tmpdir(), "gate-four-eyes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function gaps(people: string, approval: string): readonly string[] {
  const policy = `version: gate/v1
grants: {db: {target: db, rules: [sql]}}
rules: {sql: [{id: mass, effect: hold, match: {statement: [UPDATE]}, approval: fin}]}
approvals: {fin: ${approval}}
`;
  writeFileSync(join(folder, "policy.yaml"), policy);
  const text = `version: gate/v1
gateway: {listen: "127.0.0.1:0", tls: off, store: "memory:"}
policy: file:policy.yaml
targets:
  db: {protocol: postgres, address: "127.0.0.1:1", database: d, credential: {username: u, password: env:SECRET}}
people: ${people}
`;
  const env = { SECRET: "s".repeat(40) };
  const config = parseConfig(text, join(folder, "gateway.yaml"), { env, protocols });
  return fourEyesGaps(config.people, parsePolicy(policy, { file: "policy.yaml" }));
}

const OIDC = 'oidc: {issuer: "https://idp.acme.dev", client_id: gate, client_secret: env:SECRET';

test("a sign-in without a GitHub login is named where it could answer for its own job", () => {
  const [gap, ...more] = gaps(`{${OIDC}}}`, '{from: ["oidc-group:finance"]}');
  expect(more).toEqual([]);
  expect(gap).toContain("approvals fin: whoever signs in over people.oidc can answer for a job of their own");
  expect(gap).toContain("set people.oidc.github_login_claim");
  expect(
    gaps('{tokens: {alice: {token: env:SECRET, subjects: ["github-team:a/b"]}}}', '{from: ["github-team:a/b"]}'),
  ).toEqual([expect.stringContaining("add github-user:<login> to people.tokens.alice.subjects")]);
});

test.each([
  ["the claim is set", `{${OIDC}, github_login_claim: gh}}`, '{from: ["oidc-group:finance"]}'],
  ["nobody is excluded", `{${OIDC}}}`, '{from: ["oidc-group:finance"], exclude: []}'],
  ["only GitHub accounts may answer", `{${OIDC}}}`, '{from: ["github-team:a/b"]}'],
  [
    "the token's person has one",
    '{tokens: {alice: {token: env:SECRET, subjects: ["github-team:a/b", "github-user:alice"]}}}',
    '{from: ["github-team:a/b"]}',
  ],
  [
    "the token's person may not answer",
    '{tokens: {alice: {token: env:SECRET, subjects: ["github-team:a/b"]}}}',
    '{from: ["oidc-group:finance"]}',
  ],
])("there is nothing to say where %s", (_why, people, approval) => {
  expect(gaps(people, approval)).toEqual([]);
});
