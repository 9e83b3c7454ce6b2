import { describe, expect, test } from "@jest/globals";
import { connectionError, exchangeError, JobError, noIdToken } from "./errors.ts";
import { toProblem } from "./gateway-client.ts";
import { parseGatewayUrl } from "./gateway-url.ts";
import { actionsTokenSource, fetchSubjectToken } from "./oidc.ts";
import { hasArtifacts, refuseContainerJob } from "./runner.ts";
import { ManualClock } from "@gate/base";

describe("a connection that fails", () => {
  test.each([
    ["ECONNREFUSED", "JOB_GATEWAY_UNREACHABLE", "nothing listens"],
    ["ENOTFOUND", "JOB_GATEWAY_UNREACHABLE", "does not resolve"],
    ["ETIMEDOUT", "JOB_GATEWAY_UNREACHABLE", "no answer in time"],
    ["CERT_HAS_EXPIRED", "JOB_GATEWAY_CERTIFICATE", "has expired"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "JOB_GATEWAY_CERTIFICATE", "gateway-ca"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "JOB_GATEWAY_CERTIFICATE", "gateway-ca"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "JOB_GATEWAY_CERTIFICATE", "gateway-ca"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "JOB_GATEWAY_CERTIFICATE", "another host name"],
  ])("with %s is %s and says what to do", (code, expected, words) => {
    const error = connectionError(Object.assign(new Error("x"), { code }), "gate.test:443");
    expect(error.code).toBe(expected);
    expect(error.message).toContain(words);
    expect(error.message).toContain("gate.test:443");
  });

  test("is found inside causes and aggregates", () => {
    const inner = Object.assign(new Error("x"), { code: "ECONNREFUSED" });
    const outer = new TypeError("fetch failed", { cause: new AggregateError([inner]) });
    expect(connectionError(outer, "h").message).toContain("nothing listens");
  });

  test("keeps an error that is ours already", () => {
    const ours = noIdToken();
    expect(connectionError(ours, "h")).toBe(ours);
  });
});

test("a latch that is taken is loud and says what to do", () => {
  const error = exchangeError({ status: 409, code: "latch_taken", detail: "session ses_1" }, "h", "a");
  expect(error).toMatchObject({ code: "JOB_LATCH_TAKEN" });
  expect(error.message).toContain("ANOTHER SESSION");
  expect(error.message).toContain("ses_1");
});

test("the gateway's text cannot add lines or commands to a log", () => {
  const { detail } = toProblem(400, { detail: "a\n::set-output name=x::y\r\u001b[31m\u2028z".padEnd(5000, "x") });
  expect(detail).not.toMatch(/[\n\r\u001b\u2028]/);
  expect(detail.length).toBeLessThanOrEqual(600);
});

test("OAuth members are read where a problem's are missing, and no inherited member is", () => {
  expect(toProblem(400, { error: "invalid_request", error_description: "d" })).toEqual({
    status: 400,
    code: "invalid_request",
    detail: "d",
  });
  expect(toProblem(500, Object.create({ code: "inherited" })).code).toBe("");
});

describe("the gateway's address", () => {
  test.each([
    "https://gate.acme.dev",
    "https://gate.acme.dev:8443/",
    "http://127.0.0.1:8080",
    "http://localhost:1",
    "http://[::1]:1",
  ])("%s is taken", (text) => expect(parseGatewayUrl(text)).toBeInstanceOf(URL));

  test.each([
    "gate.acme.dev",
    "http://gate.acme.dev",
    "https://gate.acme.dev/path",
    "https://u:p@gate.acme.dev",
    "ftp://x",
    "https://x/?q",
    "http://127.0.0.1.evil.test",
  ])("%s is refused", (text) =>
    expect(() => parseGatewayUrl(text)).toThrow(expect.objectContaining({ code: "JOB_INPUT" })),
  );
});

describe("the runner", () => {
  test("without id-token: write names the permission and forks", () => {
    expect(() => actionsTokenSource({})).toThrow(expect.objectContaining({ code: "JOB_NO_ID_TOKEN" }));
    expect(noIdToken().message).toContain("permissions:\n  id-token: write");
    expect(noIdToken().message).toContain("forks");
  });

  test("of a container job is refused, one that lives in a container itself is not", () => {
    expect(() => refuseContainerJob("/__e/node24/bin/node", {})).toThrow(
      expect.objectContaining({ code: "JOB_CONTAINER" }),
    );
    expect(() => refuseContainerJob("/usr/bin/node", { GITHUB_WORKSPACE: "/__w/repo/repo" })).toThrow(JobError);
    expect(() =>
      refuseContainerJob("/home/runner/externals/node24/bin/node", { GITHUB_WORKSPACE: "/home/runner/_work/r/r" }),
    ).not.toThrow();
  });

  test.each([
    ["https://github.com", true],
    ["https://acme.ghe.com", true],
    ["https://github.acme.dev", false],
    ["https://notgithub.com", false],
    ["https://github.com.evil.test", false],
    [undefined, false],
  ])("at %s has artifacts: %s", (url, expected) => expect(hasArtifacts({ GITHUB_SERVER_URL: url })).toBe(expected));

  test("that refuses a token is asked once, and its refusal named without the token", async () => {
    const source = { kind: "actions", requestUrl: "http://127.0.0.1:1/token", requestToken: "topsecret" } as const;
    const clock = new ManualClock();
    const asked = fetchSubjectToken(source, "https://gate.test", clock);
    const over = asked.then(
      () => true,
      () => true,
    );
    while (!(await Promise.race([over, new Promise((resolve) => setImmediate(() => resolve(false)))])))
      clock.advance(500);
    await expect(asked).rejects.toMatchObject({ code: "JOB_ID_TOKEN_FAILED" });
    await expect(asked).rejects.not.toThrow("topsecret");
  });
});
