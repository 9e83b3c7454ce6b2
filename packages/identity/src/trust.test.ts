import { expect, test, describe } from "@jest/globals";
import type { TrustRule } from "@gate/contract";
import fc from "fast-check";
import { latchKey } from "./latch.ts";
import { parseAuthorizationDetails } from "./authorization-details.ts";
import { claimText, describeNearest, matchGlob, matchTrust } from "./trust.ts";

const RULE: TrustRule = {
  name: "deploy-prod",
  issuer: "https://issuer.example",
  audience: ["https://gate.acme.dev"],
  claims: { repository_id: ["456789"], event_name: ["push", "workflow_dispatch"], ref: ["refs/heads/*"] },
  ttlMs: 1,
  maxTtlMs: 1,
  grants: [],
};
const TOKEN = {
  issuer: RULE.issuer,
  audience: "https://gate.acme.dev",
  claims: { repository_id: "456789", event_name: "push", ref: "refs/heads/main" } as Record<string, unknown>,
};

describe("globs", () => {
  test.each([
    ["main", "main", true],
    ["main", "main2", false],
    ["main", "xmain", false],
    ["refs/heads/*", "refs/heads/main", true],
    ["refs/heads/*", "refs/heads/a/b", false],
    ["refs/heads/*", "refs/heads/", true],
    ["refs/**", "refs/heads/a/b", true],
    ["**/main", "a/b/main", true],
    ["**", "", true],
    ["*", "a/b", false],
    ["a*b*c", "a1b2c", true],
    ["a**c*", "a/b/cc", true],
    ["*.*", "a.b", true],
    ["a.c", "abc", false],
    ["[ab]", "a", false],
    ["", "", true],
    ["", "a", false],
  ])("%j on %j is %j", (pattern, text, expected) => {
    expect(matchGlob(pattern, text)).toBe(expected);
  });

  test("agree with an anchored regular expression", () => {
    const part = fc.constantFrom("a", "b", "/", "*", "**", ".");
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), fc.stringMatching(/^[ab/.]{0,10}$/), (parts, text) => {
        const pattern = parts.join("");
        const source = pattern.replace(/[.]/g, "\\.").replace(/\*+/g, (stars) => (stars.length > 1 ? "[^]*" : "[^/]*"));
        expect(matchGlob(pattern, text)).toBe(new RegExp(`^(?:${source})$`).test(text));
      }),
    );
  });

  test("stay fast on patterns that make a backtracking matcher hang", () => {
    expect(matchGlob("*a".repeat(40), "a".repeat(4_000) + "b")).toBe(false);
  });
});

describe("trust rules", () => {
  test("the first rule that matches is taken", () => {
    const match = matchTrust(
      [{ ...RULE, name: "other", issuer: "https://x.example" }, RULE, { ...RULE, name: "later" }],
      TOKEN,
    );
    expect(match).toEqual({ matched: true, rule: RULE });
  });

  test("no match names the nearest rule and the claim that failed", () => {
    const far: TrustRule = { ...RULE, name: "far", claims: { repository_id: ["1"], event_name: ["x"] } };
    const match = matchTrust([far, RULE], { ...TOKEN, claims: { ...TOKEN.claims, ref: "refs/tags/v1" } });
    expect(match).toEqual({
      matched: false,
      nearest: { rule: "deploy-prod", claim: "ref", value: "refs/tags/v1", needed: ["refs/heads/*"] },
    });
    if (!match.matched && match.nearest !== undefined) expect(describeNearest(match.nearest)).toContain("refs/tags/v1");
  });

  test("a missing claim fails", () => {
    const { event_name: _left, ...claims } = TOKEN.claims;
    const match = matchTrust([RULE], { ...TOKEN, claims });
    expect(match).toMatchObject({ matched: false, nearest: { claim: "event_name" } });
    expect(match).not.toHaveProperty("nearest.value");
  });

  test("inherited properties are no claims", () => {
    const claims = Object.assign(Object.create({ event_name: "push" }) as object, {
      repository_id: "456789",
      ref: "refs/heads/main",
    });
    expect(matchTrust([RULE], { ...TOKEN, claims: claims }).matched).toBe(false);
    const rule = { ...RULE, claims: { constructor: ["**"] } };
    expect(matchTrust([rule], TOKEN).matched).toBe(false);
  });

  test("another issuer or audience fails whatever the claims say", () => {
    expect(matchTrust([RULE], { ...TOKEN, issuer: "https://issuer.example/" }).matched).toBe(false);
    expect(matchTrust([RULE], { ...TOKEN, audience: "x" })).toMatchObject({ nearest: { claim: "aud" } });
    expect(matchTrust([], TOKEN)).toEqual({ matched: false });
  });

  test("numbers and booleans are compared as text, lists and inexact numbers never", () => {
    expect(claimText({ a: 17 }, "a")).toBe("17");
    expect(claimText({ a: true }, "a")).toBe("true");
    expect(claimText({ a: ["x"] }, "a")).toBeUndefined();
    expect(claimText({ a: { toString: () => "x" } }, "a")).toBeUndefined();
    expect(claimText({ a: 2 ** 53 }, "a")).toBeUndefined();
    expect(claimText({ a: 1.5 }, "a")).toBeUndefined();
    expect(claimText({ a: null }, "a")).toBeUndefined();
  });
});

describe("the latch", () => {
  const job = { repository_id: "1", run_id: "2", run_attempt: "1", check_run_id: "9" };
  const github = "https://token.actions.githubusercontent.com";

  test("is the same for every token of one job, and another for the next attempt", () => {
    expect(latchKey(github, { ...job, jti: "a" })).toBe(latchKey(github, { ...job, jti: "b", run_id: 2 }));
    expect(latchKey(github, job)).not.toBe(latchKey(github, { ...job, run_attempt: "2" }));
    expect(latchKey(github, job)).not.toBe(latchKey("https://ghes.example/_services/token", job));
    expect(latchKey(github, { ...job, repository_id: "12", run_id: "3" })).not.toBe(
      latchKey(github, { ...job, repository_id: "1", run_id: "23" }),
    );
  });

  test.each(Object.keys(job))("without %s there is none", (name) => {
    const claims = Object.fromEntries(Object.entries(job).filter(([key]) => key !== name));
    for (const issuer of [github, "https://other.example"]) {
      expect(() => latchKey(issuer, { ...claims, sub: "s", jti: "j" })).toThrow(
        expect.objectContaining({ code: "MISSING_CLAIM", claim: name }),
      );
    }
  });

  test("an issuer without jobs latches on the token", () => {
    const a = latchKey("https://other.example", { sub: "s", jti: "a" });
    expect(a).not.toBe(latchKey("https://other.example", { sub: "s", jti: "b" }));
    expect(() => latchKey("https://other.example", { jti: "a" })).toThrow(expect.objectContaining({ claim: "sub" }));
    expect(() => latchKey(github, { sub: "s", jti: "a" })).toThrow(expect.objectContaining({ code: "MISSING_CLAIM" }));
  });
});

describe("authorization details", () => {
  const allowed = ["orders-db", "bastion"];

  test("name grants, or ask for all", () => {
    expect(parseAuthorizationDetails(undefined, allowed)).toEqual(allowed);
    const text = '[{"type":"gate_grant","grant":"bastion"},{"type":"gate_grant","grant":"bastion"}]';
    expect(parseAuthorizationDetails(text, allowed)).toEqual(["bastion"]);
  });

  test("an unknown grant is refused", () => {
    expect(() => parseAuthorizationDetails('[{"type":"gate_grant","grant":"other"}]', allowed)).toThrow(
      expect.objectContaining({ code: "GRANT_UNKNOWN" }),
    );
  });

  test.each([
    "",
    "{}",
    "[]",
    "null",
    "[1]",
    "[null]",
    "[[]]",
    '[{"type":"other","grant":"bastion"}]',
    '[{"grant":"bastion"}]',
    '[{"type":"gate_grant"}]',
    '[{"type":"gate_grant","grant":["bastion"]}]',
    '[{"type":"gate_grant","grant":"bastion","actions":["write"]}]',
    '[{"type":"gate_grant","grant":"bastion","__proto__":{}}]',
    `[${Array(65).fill('{"type":"gate_grant","grant":"bastion"}').join()}]`,
    `"${"x".repeat(9_000)}"`,
  ])("%j is refused", (text) => {
    expect(() => parseAuthorizationDetails(text, allowed)).toThrow(
      expect.objectContaining({ code: "AUTHORIZATION_DETAILS_INVALID" }),
    );
  });
});
