import { describe, expect, test } from "@jest/globals";
import { sha256Hex } from "@gate/base";
import { authenticate } from "./authenticate.ts";

const endpoint = { id: "e", user: "gate", secretSha256: sha256Hex("s3cret-value") };
const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
const asks = (...headers: [string, string][]) => authenticate(endpoint, headers);

describe("an endpoint's secret", () => {
  test.each([
    ["authorization", basic("gate:s3cret-value"), true],
    ["authorization", "Bearer s3cret-value", true],
    ["authorization", "bearer  s3cret-value", true],
    ["proxy-authorization", basic("gate:s3cret-value"), false],
    ["gate-endpoint", "s3cret-value", false],
  ])("is taken from %s: %s", (name, value, authorizationIsOurs) => {
    expect(asks([name, value])).toEqual({ ok: true, authorizationIsOurs });
  });

  test.each([
    ["authorization", basic("gate:wrong")],
    ["authorization", basic("other:s3cret-value")],
    ["authorization", basic("gate")],
    ["authorization", "Digest s3cret-value"],
    ["gate-endpoint", "s3cret-valu"],
    ["x-gate-endpoint", "s3cret-value"],
    ["cookie", "s3cret-value"],
  ])("is not %s: %s", (name, value) => {
    expect(asks([name, value]).ok).toBe(false);
  });

  test("leaves the client's own Authorization to the client", () => {
    expect(asks(["authorization", "Bearer of-the-target"], ["gate-endpoint", "s3cret-value"])).toEqual({
      ok: true,
      authorizationIsOurs: false,
    });
  });

  test("of an endpoint without a verifier is never right", () => {
    expect(authenticate({ id: "e", user: "gate" }, [["gate-endpoint", ""]]).ok).toBe(false);
    expect(authenticate({ id: "e", user: "gate" }, [["gate-endpoint", "undefined"]]).ok).toBe(false);
  });
});
