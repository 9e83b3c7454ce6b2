import { describe, expect, test } from "@jest/globals";
import { ManualClock } from "@gate/base";
import type { Protocol, TrustRule } from "@gate/contract";
import { protocols } from "@gate/protocols";
import { admitJob } from "./admission.ts";
import { parseTargets } from "./embedded-targets.ts";

const seen: unknown[] = [];
const line = {
  id: "line",
  parseTarget(input: Readonly<Record<string, unknown>>) {
    seen.push(input);
    if (input["address"] === undefined) throw new Error("needs `address`");
    return input;
  },
} as unknown as Protocol;
const sources = { env: { PASSWORD: "s3cret" }, folder: ".", protocols: new Map([["line", line]]) };

describe("the targets input", () => {
  test("is read with its references resolved from the step's own variables", () => {
    const targets = parseTargets(
      'shop: {protocol: line, address: "h:1", database: d, credential: {password: env:PASSWORD, note: "a ${env:PASSWORD}"}}',
      sources,
    );
    expect(targets.get("shop")).toEqual({
      protocol: "line",
      database: "d",
      target: { address: "h:1", database: "d", credential: { password: "s3cret", note: "a s3cret" } },
    });
  });

  test.each([
    ["shop: {address: h}", /targets:1:7: .*protocol/],
    ["shop: {protocol: lime, address: h}", /did you mean `line`/],
    ["shop: {protocol: line}", /needs `address`/],
    ["shop: {protocol: line, address: env:MISSING}", /MISSING is not set/],
    ["shop: {protocol: line, address: file:/nonexistent/x}", /cannot be read/],
    ['shop: {protocol: line, address: "${HOME}"}', /must begin a reference/],
    ["shop: [", /targets:/],
    ["- a", /targets:/],
    ["a/b: {protocol: line, address: h}", /no target name/],
  ])("%s is refused with its place", (text, message) => {
    expect(() => parseTargets(text, sources)).toThrow(expect.objectContaining({ code: "JOB_INPUT" }));
    expect(() => parseTargets(text, sources)).toThrow(message);
  });
});

test("every mistake of a target is told at its key, also beside a secret that is not there", () => {
  const text =
    "shop:\n  protocol: postgres\n  address: h:99999\n  tls: {mode: no-such}\n  credential: {username: u, password: env:MISSING}";
  const refused = [/^targets:3:3: target shop: address /mu, /^targets:2:3: target shop: database is missing/mu];
  refused.push(/^targets:4:9: target shop: tls.mode must be one of/mu, /^targets:5:39: environment variable MISSING/mu);
  for (const line of refused) expect(() => parseTargets(text, { ...sources, protocols })).toThrow(line);
});

test("a slip in a target's key is told with the key that was meant, and as one mistake", () => {
  const text = "shop: {protocol: postgres, adress: h, database: d, credential: {username: u, pasword: env:PASSWORD}}";
  const refused = (): unknown => parseTargets(text, { ...sources, protocols });
  expect(refused).toThrow(/^targets:1:28: target shop: adress is unknown here; did you mean `address`\?$/mu);
  expect(refused).toThrow(
    /^targets:1:78: target shop: credential.pasword is unknown here; did you mean `password`\?$/mu,
  );
  expect(refused).not.toThrow(/missing/u);
});

describe("a job without a token", () => {
  const rule: TrustRule = {
    name: "deploy",
    issuer: "https://token.actions.githubusercontent.com",
    audience: ["https://gate.test"],
    claims: { event_name: ["push"], repository: ["acme/*"] },
    ttlMs: 1,
    maxTtlMs: 2,
    grants: ["a"],
  };
  const admit = (claims: Record<string, string>) =>
    admitJob({
      trust: [rule],
      issuers: new Map(),
      subjectToken: undefined,
      audience: undefined,
      claims,
      clock: new ManualClock(),
    });

  test("is matched by the runner's variables, and says that nothing was verified", async () => {
    const admitted = await admit({ event_name: "push", repository: "acme/shop", run_id: "1" });
    expect(admitted.rule.name).toBe("deploy");
    expect(admitted.principal.issuer).toBe("runner-environment");
    expect(admitted.warnings).toEqual([expect.stringContaining("no token to verify")]);
    expect(Object.keys(admitted.evidence)).toEqual(["evidence/runner-environment.json"]);
  });

  test("is refused with the claim when no rule matches", async () => {
    const asked = admit({ event_name: "pull_request_target", repository: "acme/shop" });
    await expect(asked).rejects.toMatchObject({
      code: "JOB_TRUST_RULE",
      message: expect.stringContaining("event_name"),
    });
    await expect(admit({})).rejects.toMatchObject({ code: "JOB_TRUST_RULE" });
  });
});
