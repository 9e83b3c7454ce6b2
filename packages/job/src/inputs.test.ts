import { describe, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { artifactName } from "./finish.ts";
import { readConnectInputs, targetVariables } from "./inputs.ts";
import { proxySettings, restoreEnvironment } from "./post-environment.ts";

function read(inputs: Record<string, string>, env: Record<string, string> = {}): ReturnType<typeof readConnectInputs> {
  return readConnectInputs((name) => inputs[name] ?? "", env);
}

describe("the connect action's inputs", () => {
  test("choose a gateway", () => {
    expect(read({ gateway: "https://g.test", grants: "a, b\nc,", default: "a", "retention-days": "5" })).toMatchObject({
      to: { mode: "gateway", gateway: "https://g.test" },
      grants: ["a", "b", "c"],
      defaults: ["a"],
      finish: { failOn: "never", upload: true, retentionDays: 5 },
    });
  });

  test("choose the embedded gate, with only the variables that the targets name", () => {
    const targets = "db: {credential: {password: env:DB_PASSWORD, note: '${env:OTHER}'}}";
    const { to } = read(
      { policy: "p.yaml", targets },
      { DB_PASSWORD: "x", OTHER: "y", UNRELATED: "z", GITHUB_REF: "refs/heads/main" },
    );
    expect(to).toMatchObject({
      mode: "embedded",
      policyPath: "p.yaml",
      env: { DB_PASSWORD: "x", OTHER: "y" },
      claims: { ref: "refs/heads/main" },
    });
    expect(targetVariables("env:__proto__", {})).toEqual({});
  });

  test.each([
    [{}],
    [{ policy: "p" }],
    [{ targets: "t" }],
    [{ gateway: "https://g.test", policy: "p" }],
    [{ gateway: "http://g.test" }],
    [{ gateway: "https://g.test", "fail-on": "always" }],
    [{ gateway: "https://g.test", upload: "yes" }],
    [{ gateway: "https://g.test", "retention-days": "0" }],
    [{ gateway: "https://g.test", grants: "a b" }],
    [{ gateway: "https://g.test", "gateway-ca": "ca.pem" }],
    [{ gateway: "https://g.test", "gateway-key": "gate+1a2b3c4d" }],
  ])("refuse %j", (inputs) => {
    expect(() => read(inputs as Record<string, string>)).toThrow(expect.objectContaining({ code: "JOB_INPUT" }));
  });

  test("are those of both manifests, which differ in paths and name only", () => {
    const manifest = (file: string): Record<string, unknown> =>
      parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    const sub = manifest("connect/action.yml");
    const root = manifest("action.yml");
    expect(root["inputs"]).toEqual(sub["inputs"]);
    expect(root["outputs"]).toEqual(sub["outputs"]);
    expect(JSON.stringify(sub["runs"]).replaceAll("../dist", "dist")).toBe(JSON.stringify(root["runs"]));
    const asked = new Set<string>();
    const note = (name: string): string => {
      asked.add(name);
      return name === "gateway" ? "https://g.test" : "";
    };
    readConnectInputs(note, {});
    // What is read here is saved for post. The token never is: main and post each read it as an input of their own.
    expect(asked).not.toContain("github-token");
    expect(Object.keys(sub["inputs"] as object).sort()).toEqual([...asked, "github-token"].sort());
  });
});

test("what steps put into the environment does not steer the post step", () => {
  const before = { HTTPS_PROXY: "http://corp:1", NODE_OPTIONS: "--x" };
  const kept = proxySettings(before);
  expect(kept).toEqual({ HTTPS_PROXY: "http://corp:1" });
  const env: Record<string, string | undefined> = {
    HTTPS_PROXY: "http://evil:1",
    https_proxy: "http://evil:1",
    NODE_EXTRA_CA_CERTS: "/tmp/evil.pem",
    NODE_TLS_REJECT_UNAUTHORIZED: "0",
    NODE_OPTIONS: "--require /tmp/evil.js",
    PATH: "/bin",
  };
  const changed = restoreEnvironment(env, kept);
  expect(env).toEqual({ HTTPS_PROXY: "http://corp:1", PATH: "/bin" });
  expect(changed.sort()).toEqual([
    "HTTPS_PROXY",
    "NODE_EXTRA_CA_CERTS",
    "NODE_OPTIONS",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "https_proxy",
  ]);
});

test("an artifact's name has none of the characters that GitHub refuses", () => {
  const finish = { failOn: "never", upload: true } as const;
  expect(artifactName({ sessionId: "ses_1", finish }, { GITHUB_JOB: 'a/b:c*"d', GITHUB_RUN_ATTEMPT: "2" })).toBe(
    "gate-a-b-c-d-2-ses_1",
  );
  expect(artifactName({ sessionId: "s", finish: { ...finish, artifactName: "x\\y\n" } }, {})).toBe("x-y-");
});
