/** The command line as people mistype it: exit codes and what is said. Nothing here reaches a gateway. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";

const MAIN = join(import.meta.dirname, "main.ts");
const NOWHERE = "https://127.0.0.1:1";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "gate-usage-"));
  writeFileSync(join(folder, "token"), "a-token-of-somebody\n");
  writeFileSync(join(folder, "policy.yaml"), POLICY);
  writeFileSync(join(folder, "policy.test.yaml"), TESTS);
  writeFileSync(join(folder, "broken.yaml"), "targets: {db: [\n");
  writeFileSync(join(folder, "empty"), "\n");
  writeFileSync(join(folder, "files.yaml"), FILES);
  writeFileSync(join(folder, "files.test.yaml"), FILE_TESTS);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function gate(...args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    const env = { PATH: process.env["PATH"], HOME: folder };
    const all = ["--disable-warning=ExperimentalWarning", "--", MAIN, ...args];
    execFile(process.execPath, all, { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

test.each<[number, RegExp, ...string[]]>([
  [2, /Usage: gate/u],
  [2, /^gate: unknown command 'replay-all'\n\(gate --help shows the commands\)\n$/u, "replay-all"],
  [2, /^gate: required option '--config <file>' not specified\n\(gate serve --help shows an example\)\n$/u, "serve"],
  [2, /\(Did you mean list\?\)\n\(gate sessions --help shows the commands\)/u, "sessions", "lsit"],
  [1, /none\.yaml:1:1: cannot be read: there is no such file/u, "validate", "--config", "none.yaml"],
  [2, /--gateway must be https:/u, "connect", "--gateway", "http://gate.example", "--", "true"],
  [2, /give --token-file FILE/u, "connect", "--gateway", NOWHERE, "--", "true"],
  [2, /either a command after `--`, or --detach/u, "connect", "--gateway", NOWHERE],
  [3, /nothing listens there/u, "connect", "--gateway", NOWHERE, "--token-file", "token", "--", "true"],
  [
    2,
    /policy\.yaml holds no certificate/u,
    "connect",
    "--gateway",
    NOWHERE,
    "--ca",
    "policy.yaml",
    "--token-file",
    "token",
    "--",
    "true",
  ],
  [2, /cannot read none/u, "connect", "--gateway", NOWHERE, "--token-file", "none", "--", "true"],
  [3, /GATE_CONTROL is not set/u, "status"],
  [3, /nothing listens there/u, "login", "--no-browser", "--gateway", NOWHERE],
  [2, /which gateway\?/u, "approvals", "list"],
  [2, /who are you\?/u, "approvals", "list", "--gateway", NOWHERE],
  [2, /Allowed choices are pending, approved/u, "approvals", "list", "--gateway", NOWHERE, "--state", "open"],
  [2, /Allowed choices are open, closed/u, "sessions", "list", "--gateway", NOWHERE, "--state", "gone"],
  [
    3,
    /nothing listens there .*Check --gateway, and that this machine/u,
    "sessions",
    "list",
    "--gateway",
    NOWHERE,
    "--token-file",
    "token",
  ],
  [3, /nothing listens there/u, "sessions", "tail", "ses_x", "--gateway", NOWHERE, "--token-file", "token"],
  [2, /empty is empty: write your token/u, "sessions", "list", "--gateway", NOWHERE, "--token-file", "empty"],
  [2, /missing required argument 'id'/u, "approvals", "approve"],
  [3, /cannot read none/u, "verify", "none"],
  [2, /--key: not a verification key/u, "verify", ".", "--key", "rubbish"],
  [2, /--previous-checkpoint: not a signed note/u, "verify", ".", "--previous-checkpoint", "policy.yaml"],
  [2, /'-o, --output <file>' not specified/u, "keygen"],
  [2, /--name: a key name has neither white space/u, "keygen", "-o", "never-written.key", "--name", "a b"],
  [1, /it exists, and keys are never overwritten/u, "keygen", "-o", "policy.yaml"],
  [2, /there is no file none.yaml/u, "policy", "lint", "none.yaml"],
  [2, /--config: broken\.yaml:2:1: not valid YAML/u, "policy", "lint", "policy.yaml", "--config", "broken.yaml"],
  [2, /not valid YAML/u, "policy", "explain", "policy.yaml", "--grant", "db", "--kube", "{verb: x"],
  [2, /tests, and no policy/u, "policy", "lint", "policy.test.yaml"],
  [2, /there is no file none.yaml/u, "policy", "diff", "none.yaml", "policy.yaml"],
])("exit %i, and %s", async (code, said, ...args) => {
  const ran = await gate(...args);
  expect([ran.code, ran.stdout]).toEqual([code, ""]);
  expect(ran.stderr).toMatch(said);
});

test.each([[], ["approvals"], ["sessions"], ["policy"]])(
  "help of %p, which only names others, has an example too",
  async (...group) => {
    const { code, stdout } = await gate(...group, "--help");
    expect([code, stdout]).toEqual([0, expect.stringMatching(new RegExp(`^Example: gate ${group.join(" ")}`, "mu"))]);
  },
);

test("a shell's list of policies and tests is linted without the tests", async () => {
  const { code, stdout } = await gate("policy", "lint", "policy.test.yaml", "policy.yaml");
  expect([code, stdout]).toEqual([0, "1 file, nothing found\n"]);
});

test("a policy that is no YAML fails its tests, where it is wrong: it is not one without tests", async () => {
  const { code, stdout } = await gate("policy", "test", "broken.yaml");
  expect([code, stdout]).toEqual([1, expect.stringMatching(/^broken\.yaml\nbroken\.yaml:2:1: not valid YAML/u)]);
});

test("a test with an operation that there is not never passes, whatever it expects", async () => {
  const { code, stdout } = await gate("policy", "test", "files.test.yaml");
  expect([code, stdout]).toEqual([1, expect.stringContaining("there is no operation `raed`; did you mean `read`?")]);
});

test("a key's name that cannot be leaves no key behind", async () => {
  await gate("keygen", "-o", "odd.key", "--name", "a+b");
  expect(existsSync(join(folder, "odd.key"))).toBe(false);
});

test("explain exits with the verdict: 0 for what may run, 1 for what may not", async () => {
  const explain = async (sql: string) =>
    gate("policy", "explain", "policy.yaml", "--as", "t", "--grant", "db", "--sql", sql);
  expect(await explain("SELECT 1")).toMatchObject({ code: 0, stdout: expect.stringContaining("allow by read") });
  expect(await explain("DROP TABLE x")).toMatchObject({ code: 1, stdout: expect.stringContaining("deny by default") });
});

const POLICY = `version: gate/v1
trust:
  t:
    issuer: github
    audience: https://gate.acme.dev
    claims: { repository_id: "1", event_name: push, ref: refs/heads/main, environment: production }
    grants: [db]
grants: { db: { target: db, rules: [sql] } }
rules: { sql: [{ id: read, effect: allow, match: { statement: [SELECT], reads: ["public.*"] } }] }
`;
const TESTS = `version: gate/v1
tests: [{ as: t, grant: db, sql: "SELECT 1", expect: { effect: deny } }]
`;
const FILES = `version: gate/v1
grants: { host: { target: host, rules: [shell] } }
rules: { shell: [{ id: logs, effect: allow, match: { sftp: [read], path: /var/log/** } }] }
`;
const FILE_TESTS = `version: gate/v1
tests: [{ grant: host, sftp: raed /etc/shadow, expect: { effect: deny } }]
`;
