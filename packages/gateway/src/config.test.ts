import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Secret } from "@gate/base";
import { line } from "@gate/protocols/line";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Protocol } from "@gate/contract";
import { effectiveConfig, parseConfig, readConfig } from "./config.ts";
import { ConfigError } from "./errors.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gate-config-"));
  writeFileSync(join(folder, "policy.yaml"), POLICY);
  writeFileSync(join(folder, "secret"), "from-a-file\n");
  writeFileSync(join(folder, "empty"), "\n");
  writeFileSync(join(folder, "open.key"), "x");
  chmodSync(join(folder, "open.key"), 0o644);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Takes anything, so that a test sees what a protocol is given. */
const echo: Protocol = { ...line, id: "echo", parseTarget: (input) => input, address: () => ({ host: "", port: 0 }) };
/** Refuses in the words that protocols use. */
const strict: Protocol = {
  ...line,
  id: "strict",
  parseTarget: () => {
    throw new Error("tls.mode must be one of a, b");
  },
};
const protocols = new Map<string, Protocol>([
  ["line", line],
  ["echo", echo],
  ["strict", strict],
]);
const env = { PASSWORD: "from-the-env", ALICE: "alice-0123456789abcdef", SHORT: "abc", EMPTY: "" };

const POLICY = `version: gate/v1
trust:
  t: {issuer: github, audience: a, claims: {event_name: [push]}, grants: [g]}
grants:
  g: {target: shop, rules: [r]}
rules:
  r: [{id: a, effect: allow, match: {line: [GET]}}]
`;
const GOOD = `version: gate/v1
gateway:
  listen: 127.0.0.1:8443
policy: file:./policy.yaml
targets:
  shop: {protocol: line, address: "127.0.0.1:1"}
`;

const parse = (text: string) => parseConfig(text, join(folder, "gateway.yaml"), { env, protocols });

/** `line:column message` of every problem. */
function problemsOf(text: string): readonly string[] {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map((at) => `${at.line}:${at.column} ${at.message}`);
    throw error;
  }
  return [];
}

test("what is left out has safe defaults beside the file", () => {
  expect(parse(GOOD)).toMatchObject({
    listen: { host: "127.0.0.1", port: 8443 },
    publicUrl: undefined,
    tls: { kind: "self-signed" },
    store: { kind: "sqlite", path: join(folder, "gate.db") },
    recordings: { kind: "file", path: join(folder, "recordings") },
    signingKeyFile: join(folder, "gate.key"),
    policyFile: join(folder, "policy.yaml"),
    issuers: { github: "https://token.actions.githubusercontent.com" },
  });
});

test("references are resolved into secrets before a protocol sees them", () => {
  const config = parse(
    GOOD.replace(
      'shop: {protocol: line, address: "127.0.0.1:1"}',
      "shop: {protocol: line, address: '127.0.0.1:1'}\n  e: {protocol: echo, database: orders, n: 5, credential: {username: u, password: env:PASSWORD, other: file:secret, header: 'Bearer ${env:PASSWORD}/${file:secret}', plain: written-out}}",
    ),
  );
  const target = config.targets.get("e")?.target as { credential: Record<string, unknown>; n: number };
  const revealed = Object.entries(target.credential).map(([key, value]) => [
    key,
    value instanceof Secret ? value.reveal() : value,
  ]);
  expect(Object.fromEntries(revealed)).toEqual({
    username: "u",
    password: "from-the-env",
    other: "from-a-file",
    header: "Bearer from-the-env/from-a-file",
    plain: "written-out",
  });
  expect(target.credential["password"]).toBeInstanceOf(Secret);
  expect(target).not.toHaveProperty("protocol");
  expect(config.targets.get("e")?.database).toBe("orders");
  const shown = JSON.stringify(effectiveConfig(config));
  for (const secret of ["from-the-env", "from-a-file", "written-out"]) expect(shown).not.toContain(secret);
  expect(shown).toContain('"username":"u"');
});

test("people have their own name as a subject, and their tokens are not shown", () => {
  const config = parse(`${GOOD}people: {tokens: {alice: {token: env:ALICE, subjects: ["github-team:acme/dba"]}}}\n`);
  expect(config.people.tokens.get("alice")?.subjects).toEqual(["person:alice", "github-team:acme/dba"]);
  expect(JSON.stringify(effectiveConfig(config))).not.toContain(env.ALICE);
});

describe("one problem a mistake, with its place", () => {
  const gateway = (lines: string) => GOOD.replace("  listen: 127.0.0.1:8443\n", lines);
  const target = (text: string) => GOOD.replace('{protocol: line, address: "127.0.0.1:1"}', text);
  const cases: readonly [string, string, string | RegExp][] = [
    ["an unknown key", `${GOOD}polcy: x\n`, "7:1 unknown key `polcy`; did you mean `policy`?"],
    [
      "an unknown key of gateway",
      gateway("  listten: 127.0.0.1:1\n"),
      "3:3 unknown key `listten`; did you mean `listen`?",
    ],
    ["another version", GOOD.replace("gate/v1", "gate/v2"), /^1:10 version cannot be `gate\/v2`/],
    ["a listen without port", gateway("  listen: localhost\n"), /^3:11 listen must be an address and a port/],
    [
      "tls off on all addresses",
      gateway("  listen: 0.0.0.0:1\n  public_url: https://g.example\n  tls: off\n"),
      /^5:8 tls: off is for loopback/,
    ],
    ["no public_url on all addresses", gateway("  listen: 0.0.0.0:1\n"), /^3:3 `public_url` is needed/],
    ["a plain http public_url", gateway("  public_url: http://gate.example\n"), /^3:15 public_url must use https/],
    [
      "a public_url with a path",
      gateway("  public_url: https://gate.example/gate\n"),
      /^3:15 public_url must have no path/,
    ],
    ["a store of another kind", gateway("  store: postgres://x\n"), /^3:10 store must be sqlite:PATH or memory:/],
    ["recordings of another kind", gateway("  recordings: s3://x\n"), /^3:15 recordings must be file:PATH/],
    ["a signing key that others can read", gateway("  signing_key: file:open.key\n"), /^3:16 .*chmod 600/],
    ["half of tls", gateway("  tls: {cert: file:secret}\n"), "3:8 tls needs `key`"],
    [
      "a certificate that is none",
      gateway("  tls: {cert: file:secret, key: file:secret}\n"),
      /^3:15 tls.cert is not a PEM certificate/,
    ],
    [
      "a certificate written out",
      gateway("  tls: {cert: x, key: env:PASSWORD}\n"),
      /^3:15 tls.cert must be a reference/,
    ],
    ["a missing policy", GOOD.replace("policy.yaml", "none.yaml"), /^4:9 the policy file .* \(ENOENT\)/],
    ["an unknown protocol", target("{protocol: lime}"), "6:20 protocol cannot be `lime`; did you mean `line`?"],
    ["no protocol", target("{address: x}"), /^6:9 target shop needs `protocol`; known here: line, echo, strict/],
    [
      "a target's mistake",
      target("{protocol: strict, tls: {mode: c}}"),
      "6:34 target shop: tls.mode must be one of a, b",
    ],
    [
      "an unset variable",
      target("{protocol: echo, credential: {password: env:NOPE}}"),
      /^6:49 environment variable NOPE is not set/,
    ],
    ["an empty variable", target("{protocol: echo, p: 'x ${env:EMPTY}'}"), /^6:29 environment variable EMPTY is empty/],
    ["a missing file", target("{protocol: echo, p: file:nope}"), /^6:29 file nope does not exist/],
    ["an empty file", target("{protocol: echo, p: file:empty}"), /^6:29 file empty is empty/],
    ["a folder", target("{protocol: echo, p: file:.}"), /^6:29 file \. cannot be read/],
    ["a broken reference", target("{protocol: echo, p: 'x ${ALICE}'}"), /^6:29 `\$\{` must begin a reference/],
    ["an issuer over http", `${GOOD}issuers: {x: {issuer: http://issuer.example}}\n`, /^7:23 issuer must use https/],
    [
      "a person's short token",
      `${GOOD}people: {tokens: {a: {token: env:SHORT, subjects: []}}}\n`,
      /^7:30 the token is shorter than 16/,
    ],
    [
      "a person's token written out",
      `${GOOD}people: {tokens: {a: {token: abcdefghijklmnopqrst, subjects: []}}}\n`,
      /^7:30 token must be a reference/,
    ],
    [
      "two people with one token",
      `${GOOD}people: {tokens: {a: {token: env:ALICE, subjects: []}, b: {token: env:ALICE, subjects: []}}}\n`,
      /^7:56 person b has the same token/,
    ],
    [
      "a subject of no known kind",
      `${GOOD}people: {tokens: {a: {token: env:ALICE, subjects: [team:x]}}}\n`,
      /^7:52 a subject is a kind and a name/,
    ],
    ["an empty file", "", /^1:1 the file is empty/],
    ["no YAML", "a: [", /^1:5 not valid YAML/],
  ];
  test.each(cases)("%s", (_name, text, expected) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toEqual(typeof expected === "string" ? expected : expect.stringMatching(expected));
  });

  test("several at once, of both files", () => {
    writeFileSync(join(folder, "bad.yaml"), POLICY.replace("effect: allow", "effct: allow"));
    const problems = problemsOf(`${GOOD.replace("policy.yaml", "bad.yaml").replace("8443", "99999")}extra: 1\n`);
    expect(problems).toEqual([
      expect.stringContaining("3:11 listen"),
      expect.stringContaining("7:1 unknown key `extra`"),
      "7:15 unknown key `effct`; did you mean `effect`?",
    ]);
  });

  test("a policy that names a target that is not there", () => {
    expect(problemsOf(GOOD.replace("shop:", "ship:"))).toEqual([expect.stringContaining("shop")]);
  });

  test("a secret that cannot be read hides neither the target's other mistakes nor the policy's", () => {
    expect(problemsOf(target("{protocol: strict, tls: {mode: c}, credential: {password: env:NOPE}}"))).toEqual([
      "6:34 target shop: tls.mode must be one of a, b",
      expect.stringMatching(/^6:67 environment variable NOPE is not set/),
    ]);
    expect(problemsOf(`${GOOD.replace("shop:", "ship:")}extra: 1\n`)).toEqual([
      expect.stringContaining("7:1 unknown key `extra`"),
      expect.stringContaining("there is no target `shop`; did you mean `ship`?"),
    ]);
    expect(problemsOf(target("{protocol: lime}"))).toHaveLength(1);
  });

  test("a file that cannot be read", () => {
    expect(() => readConfig(join(folder, "nope.yaml"), { env, protocols })).toThrow(/nope.yaml:1:1: cannot be read/);
  });
});
