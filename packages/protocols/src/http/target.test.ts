import { describe, expect, test } from "@jest/globals";
import { Secret } from "@gate/base";
import { WebError } from "../web/errors.ts";
import { parseTarget } from "./target.ts";

function refusal(input: Readonly<Record<string, unknown>>): string {
  try {
    parseTarget(input);
  } catch (error) {
    if (error instanceof WebError && error.code === "TARGET_INVALID") return error.message.split(" ")[0] ?? "";
    throw error;
  }
  return "none";
}

describe("an http target", () => {
  test("has an address with or without port and base path", () => {
    expect(parseTarget({ address: "https://billing.internal" })).toMatchObject({
      scheme: "https",
      host: "billing.internal",
      port: 443,
      authority: "billing.internal",
      base: "",
      tls: { mode: "verify-full" },
      forwardAuthorization: false,
    });
    expect(parseTarget({ address: "https://billing.internal:8443/v2/" })).toMatchObject({
      port: 8443,
      authority: "billing.internal:8443",
      base: "/v2",
    });
    expect(parseTarget({ address: "http://[::1]:8080" })).toMatchObject({ host: "::1", port: 8080, scheme: "http" });
  });

  test("keeps its credential secret", () => {
    const target = parseTarget({
      address: "https://h",
      credential: { headers: { Authorization: new Secret("Bearer x"), "X-Team": "shop" } },
    });
    expect(target.credential.headers.map(([name, value]) => [name, value.reveal()])).toEqual([
      ["authorization", "Bearer x"],
      ["x-team", "shop"],
    ]);
    expect(JSON.stringify(target)).not.toContain("Bearer x");
    const basic = parseTarget({ address: "https://h", credential: { basic: { username: "u", password: "p:w" } } });
    expect(basic.credential.headers[0]?.[1].reveal()).toBe(`Basic ${Buffer.from("u:p:w").toString("base64")}`);
  });

  test("takes OAuth 2.0 client credentials", () => {
    const oauth2 = { token_url: "https://idp/token", client_id: "c", client_secret: "s", scope: "billing" };
    expect(parseTarget({ address: "https://h", credential: { oauth2 } }).credential.oauth2).toMatchObject({
      tokenUrl: "https://idp/token",
      clientId: "c",
      scope: "billing",
    });
  });

  test.each([
    ["address", {}],
    ["address", { address: "billing.internal" }],
    ["address", { address: "ftp://h" }],
    ["address", { address: "http://billing.internal" }],
    ["address", { address: "https://u:p@h" }],
    ["address", { address: "https://h/?a=1" }],
    ["address", { address: "https://h/a%2fb" }],
    ["adress", { adress: "https://h" }],
    ["protocol", { protocol: "mcp", address: "https://h" }],
    ["tls.mode", { address: "https://h", tls: { mode: "disable" } }],
    ["tls.mode", { address: "https://h", tls: { mode: "verify" } }],
    ["tls.mode", { address: "http://localhost", tls: { mode: "verify-full" } }],
    ["tls.ca", { address: "https://h", tls: { mode: "require", ca: "x" } }],
    ["tls.cert", { address: "https://h", tls: { cert: "x" } }],
    ["tls", { address: "https://h", tls: "off" }],
    ["credential.headers.Host", { address: "https://h", credential: { headers: { Host: "x" } } }],
    ["credential.headers.A", { address: "https://h", credential: { headers: { A: "x\r\nB: y" } } }],
    ["credential.headers.a_b", { address: "https://h", credential: { headers: { a_b: "x" } } }],
    ["credential.token", { address: "https://h", credential: { token: "x" } }],
    ["credential.basic.password", { address: "https://h", credential: { basic: { username: "u" } } }],
    ["credential.basic.username", { address: "https://h", credential: { basic: { username: "a:b", password: "p" } } }],
    ["credential.oauth2.client_id", { address: "https://h", credential: { oauth2: { token_url: "https://i" } } }],
    [
      "credential.oauth2.token_url",
      { address: "https://h", credential: { oauth2: { token_url: "http://i", client_id: "c", client_secret: "s" } } },
    ],
    [
      "credential",
      {
        address: "https://h",
        credential: { headers: { authorization: "x" }, basic: { username: "u", password: "p" } },
      },
    ],
    ["forward_authorization", { address: "https://h", forward_authorization: "yes" }],
  ])("is refused with the key at fault: %s", (key, input) => {
    expect(refusal(input)).toBe(key);
  });
});
