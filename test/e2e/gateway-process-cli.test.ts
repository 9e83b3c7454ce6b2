/**
 * The `gate` command from its bundle: help, exit codes, JSON, bad files, and sessions outside Actions.
 * Needs psql and dist/.
 */
import { copyFileSync, cpSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ROOT, run, startWorld, sleep, TARGET_PASSWORD, type World } from "../world.ts";
import { POLICY, recordsOf, scratch } from "./action-job.ts";

const TEST_MS = 180_000;
const directory = scratch("cli");
const CLI = join(ROOT, "dist/cli/main.js");
let world: World;

beforeAll(async () => {
  world = await startWorld({ directory: join(directory.path, "gateway"), policy: POLICY });
  writeFileSync(at("ca.pem"), world.ca ?? "");
}, TEST_MS);

afterAll(async () => {
  await world.stop();
  directory.remove();
}, TEST_MS);

const at = (name: string) => join(directory.path, name);
const gate = (...args: string[]) => world.gate(...args);

/** A fresh subject token of a new job, in a file. */
function token(name: string, environment = "production"): string {
  const job = world.github.openJob({ environment, eventName: "push" });
  writeFileSync(at(name), job.subjectToken(world.url));
  return at(name);
}

const connect = (...args: string[]) => gate("connect", "--gateway", world.url, "--ca", at("ca.pem"), ...args);

describe("help and wrong use", () => {
  test(
    "every command has --help with an example, and exits 0",
    async () => {
      const { stdout, code } = await gate("--help");
      expect(code).toBe(0);
      const commands = [...stdout.matchAll(/^ {2}(\w+)/gmu)]
        .map((match) => match[1] ?? "")
        .filter((name) => name !== "help");
      expect(commands.sort()).toEqual([
        "approvals",
        "connect",
        "keygen",
        "login",
        "logout",
        "policy",
        "serve",
        "sessions",
        "status",
        "validate",
        "verify",
      ]);
      const all = [
        ...commands.filter((name) => !["approvals", "policy", "sessions"].includes(name)).map((name) => [name]),
        ...["list", "show", "approve", "deny"].map((name) => ["approvals", name]),
        ...["list", "show", "tail", "revoke"].map((name) => ["sessions", name]),
        ...["lint", "test", "explain", "diff", "schema"].map((name) => ["policy", name]),
      ];
      const answers = await Promise.all(all.map((command) => gate(...command, "--help")));
      for (const [index, answer] of answers.entries()) {
        expect({ command: all[index], code: answer.code }).toEqual({ command: all[index], code: 0 });
        expect(answer.stdout).toMatch(new RegExp(`Example: .*gate ${all[index]?.join(" ") ?? ""}`, "u"));
      }
    },
    TEST_MS,
  );

  test(
    "wrong use exits 2 and names what is wrong",
    async () => {
      for (const [args, said] of [
        [["frobnicate"], "unknown command"],
        [["serve"], "--config"],
        [["verify"], "missing required argument"],
        [["keygen"], "--output"],
        [["connect", "--gateway", "https://gate.acme.dev"], "either a command after `--`, or --detach"],
        [["connect", "--gateway", "https://gate.acme.dev", "--detach"], "--env-file"],
        [["approvals", "list"], "--gateway"],
        [["verify", "x", "--nope"], "unknown option"],
      ] as const) {
        const answer = await gate(...args);
        expect({ args, code: answer.code }).toEqual({ args, code: 2 });
        expect(answer.stderr).toContain(said);
      }
    },
    TEST_MS,
  );

  test(
    "what cannot be known exits 3: no session here, no gateway there, no bundle",
    async () => {
      const outside = await run(process.execPath, [CLI, "status"], { env: { GATE_CONTROL: at("nothing") } });
      expect(outside.code).toBe(3);
      expect(outside.stderr).toContain("does not answer");
      const list = await gate(
        "sessions",
        "list",
        "--gateway",
        "https://127.0.0.1:1",
        "--token-file",
        at("gateway/alice.token"),
      );
      expect(list.code).toBe(3);
      expect(list.stderr).toContain("cannot reach the gateway");
      expect((await gate("verify", at("nowhere"))).code).toBe(3);
    },
    TEST_MS,
  );
});

describe("keys and recordings", () => {
  test(
    "keygen makes a key that only its owner reads, and never overwrites one",
    async () => {
      const made = await gate("keygen", "-o", at("new.key"), "--json");
      expect(made.code).toBe(0);
      expect(JSON.parse(made.stdout)).toMatchObject({ vkey: expect.stringMatching(/^gate\+[0-9a-f]{8}\+\S+$/u) });
      expect(statSync(at("new.key")).mode & 0o777).toBe(0o600);
      const before = readFileSync(at("new.key"), "utf8");
      const again = await gate("keygen", "-o", at("new.key"));
      expect(again.code).toBe(1);
      expect(again.stderr).toContain("cannot write");
      expect(readFileSync(at("new.key"), "utf8")).toBe(before);
    },
    TEST_MS,
  );

  test(
    "connect runs a command with the job's variables, passes its exit code on, ends the session and keeps the recording; verify judges what was done to it",
    async () => {
      const ended = await connect(
        "--token-file",
        token("token-1"),
        "--recording",
        at("recording.tar"),
        "--",
        "sh",
        "-c",
        'psql -X -At -c "SELECT count(*) FROM orders" && psql -X -c "DROP TABLE orders"; echo "$GATE_SESSION_ID"; env | grep -c target-credential; exit 7',
      );
      expect(ended.code).toBe(7);
      const lines = ended.stdout.trim().split("\n");
      expect(lines[0]).toBe("20");
      expect(lines.at(-1)).toBe("0");
      expect(ended.stderr).toContain('gate: denied by rule "never"');
      const session = lines.at(-2) ?? "";
      expect(recordsOf(world, session).at(-1)).toMatchObject({ type: "session-closed" });

      const tar = at("recording.tar");
      expect(await gate("verify", tar, "--key", world.vkey)).toMatchObject({ code: 0 });
      const report = await gate("verify", tar, "--key", world.vkey, "--json");
      expect(JSON.parse(report.stdout)).toMatchObject({ status: "valid", sessionId: session, findings: [] });
      expect((await gate("verify", tar)).code).toBe(3);

      const folder = join(world.directory, "recordings", session);
      const damaged = async (name: string, damage: (file: string) => void) => {
        const copy = at(`copy-${name.replaceAll(/\W/gu, "-")}`);
        cpSync(folder, copy, { recursive: true });
        damage(join(copy, name));
        const answer = await gate("verify", copy, "--key", world.vkey);
        return { code: answer.code, said: answer.stdout + answer.stderr };
      };
      const flip = (file: string) => {
        const bytes = readFileSync(file);
        const middle = Math.floor(bytes.length / 2);
        bytes[middle] = (bytes[middle] ?? 0) ^ 1;
        writeFileSync(file, bytes);
      };
      for (const name of [
        "records.ndjson",
        "manifest.json",
        "checkpoints.note",
        "verdicts.ndjson",
        "evidence/policy.yaml",
      ]) {
        const { code, said } = await damaged(name, flip);
        expect({ name, code, said }).toMatchObject({ name, code: 1, said: expect.stringMatching(/^invalid/u) });
        expect(said).not.toMatch(/\n\s+at /u);
      }
      copyFileSync(tar, at("short.tar"));
      truncateSync(at("short.tar"), 1_000);
      writeFileSync(at("garbage.tar"), Buffer.alloc(4096, "x"));
      writeFileSync(at("empty.tar"), "");
      for (const name of ["short.tar", "garbage.tar", "empty.tar"]) {
        const answer = await gate("verify", at(name), "--key", world.vkey);
        expect({ name, code: answer.code }).toMatchObject({ name, code: 1 });
        expect(answer.stdout + answer.stderr).not.toMatch(/\n\s+at /u);
      }
    },
    TEST_MS,
  );
});

describe("connect outside Actions", () => {
  test(
    "--detach leaves the session running, and its variables in a file that only its owner reads",
    async () => {
      token("token-2");
      const options = ["--gateway", world.url, "--ca", "ca.pem", "--token-file", "token-2", "--detach"];
      // A file that is there already may be readable for all.
      writeFileSync(at("job.env"), "OLD=1\n", { mode: 0o644 });
      // As the installed command runs: without `--` Node takes --env-file for its own, wherever it stands.
      const args = ["--", CLI, "connect", ...options, "--env-file", "job.env"];
      const detached = await run(process.execPath, args, { cwd: directory.path });
      expect(detached.code).toBe(0);
      const session = detached.stdout.trim();
      expect(statSync(at("job.env")).mode & 0o777).toBe(0o600);
      const lines = readFileSync(at("job.env"), "utf8").trim().split("\n");
      const env = Object.fromEntries(
        lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
      );
      expect(env["GATE_SESSION_ID"]).toBe(session);
      expect(env["OLD"]).toBeUndefined();
      const read = await run("psql", ["-X", "-At", "-c", "SELECT count(*) FROM orders"], { env });
      expect(read.stdout.trim()).toBe("20");
      const status = await run(process.execPath, [CLI, "status", "--json"], { env });
      expect(JSON.parse(status.stdout)).toMatchObject({ sessionId: session, state: "open" });
      expect(status.stdout).not.toContain(env["PGPASSWORD"]);

      const listed = await gate("sessions", "list", "--json", ...world.asApprover("alice"));
      expect(JSON.parse(listed.stdout)).toContainEqual(expect.objectContaining({ id: session, state: "open" }));
      const shown = await gate("sessions", "show", session, "--json", ...world.asApprover("alice"));
      expect(JSON.parse(shown.stdout)).toMatchObject({ id: session });
      const told = await gate("sessions", "show", session, ...world.asApprover("alice"));
      expect(told.stdout).toContain(`session   ${session} (open, trust rule deploy-prod)`);
      expect(told.stdout).toMatch(/^verdicts +1 allowed, 0 held, 0 denied$/mu);
      const tail = gate("sessions", "tail", session, ...world.asApprover("alice"));
      const revoked = await gate("sessions", "revoke", session, "--json", ...world.asApprover("alice"));
      expect(JSON.parse(revoked.stdout)).toMatchObject({ id: session, state: "revoked" });
      const { code: followed, stdout: entries } = await tail;
      expect(followed).toBe(0);
      expect(entries).toMatch(/0 {2}\d\d:\d\d:\d\d\.\d{3} {2}session-opened/u);
      expect(entries).toContain("allow  orders-db  read  SELECT count(*) FROM orders");
      expect(entries.trim().split("\n").at(-1)).toContain("session-closed  revoked by alice");
      const after = await run("psql", ["-X", "-c", "SELECT 1"], { env });
      expect(after.code).not.toBe(0);
      const pid = Number((JSON.parse(status.stdout) as { pid: number }).pid);
      for (let tries = 0; tries < 400 && alive(pid); tries += 1) await sleep(100);
      expect(alive(pid)).toBe(false);
    },
    TEST_MS,
  );

  test(
    "a refused exchange exits 1, an unreachable gateway 3, a bad token file 1, a bad address 2, each without running the command",
    async () => {
      const never = ["--", "touch", at("ran")];
      const refused = await connect("--token-file", token("token-3", "staging"), ...never);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain("no trust rule of the gateway");
      const nowhere = await gate(
        "connect",
        "--gateway",
        "https://127.0.0.1:1",
        "--token-file",
        token("token-4"),
        ...never,
      );
      expect(nowhere.code).toBe(3);
      expect(nowhere.stderr).toContain("cannot reach the gateway");
      const address = await gate(
        "connect",
        "--gateway",
        "http://gate.acme.dev",
        "--token-file",
        at("token-4"),
        ...never,
      );
      expect(address.code).toBe(2);
      expect(address.stderr).toContain("must be https:");
      writeFileSync(at("bad-token"), "not a token");
      const bad = await connect("--token-file", at("bad-token"), ...never);
      expect(bad.code).toBe(1);
      expect(bad.stderr).toContain("does not hold one JWT");
      const twice = token("token-5");
      expect((await connect("--token-file", twice, "--", "true")).code).toBe(0);
      const replay = await connect("--token-file", twice, ...never);
      expect(replay.code).toBe(1);
      expect(existsSync(at("ran"))).toBe(false);
      const missing = await connect("--token-file", token("token-6"), "--", at("no-such-program"));
      expect(missing.code).toBe(127);
    },
    TEST_MS,
  );
});

describe("serve and validate", () => {
  test(
    "validate prints what would be in force, with secrets redacted",
    async () => {
      const file = join(world.directory, "gateway.yaml");
      const env = { ORDERS_DB_PASSWORD: TARGET_PASSWORD };
      const text = await run(process.execPath, [CLI, "validate", "--config", file], { env });
      expect(text.code).toBe(0);
      expect(text.stdout).toContain("orders-db");
      expect(text.stderr).toMatch(
        /^warning: approvals .*add github-user:<login> to people\.tokens\.alice\.subjects$/mu,
      );
      const json = await run(process.execPath, [CLI, "validate", "--config", file, "--json"], { env });
      expect(JSON.parse(json.stdout)).toMatchObject({ targets: { "orders-db": { protocol: "postgres" } } });
      for (const { stdout, stderr } of [text, json]) {
        expect(stdout + stderr).not.toContain(TARGET_PASSWORD);
        expect(stdout + stderr).not.toContain(readFileSync(join(world.directory, "alice.token"), "utf8").trim());
      }
    },
    TEST_MS,
  );

  test(
    "several mistakes are told at once, each with file, line and column, and nothing is started or made",
    async () => {
      writeFileSync(
        at("policy.yaml"),
        POLICY.replace("effect: deny", "effct: deny").replace("target: orders-db", "target: order-db"),
      );
      writeFileSync(
        at("gateway.yaml"),
        `version: gate/v1
gateway:
  listn: 127.0.0.1:0
  public_url: http://gate.acme.dev
  store: sqlite:./made.db
  recordings: file:./made-recordings
  signing_key: file:./made.key
policy: file:./policy.yaml
targets:
  orders-db: {protocol: postgrs, address: db, credential: {username: u, password: env:NOT_SET_ANYWHERE}}
`,
      );
      for (const command of ["validate", "serve"]) {
        const answer = await gate(command, "--config", at("gateway.yaml"));
        expect({ command, code: answer.code }).toEqual({ command, code: 1 });
        const lines = answer.stderr
          .trim()
          .split("\n")
          .map((line) => line.replace(/^gate: /u, ""));
        const places = lines.filter((line) => /^\S+\.yaml:\d+:\d+: \S/u.test(line));
        expect(answer.stderr).toMatch(/gateway\.yaml:3:3: .*listn.*listen/u);
        expect(answer.stderr).toMatch(/gateway\.yaml:4:\d+: .*http/u);
        expect(answer.stderr).toMatch(/gateway\.yaml:10:\d+: .*postgrs.*postgres/u);
        expect(answer.stderr).toMatch(/policy\.yaml:\d+:\d+: .*effct/u);
        expect(places.length).toBeGreaterThanOrEqual(4);
        expect(answer.stderr).not.toMatch(/\n\s+at /u);
      }
      for (const name of ["made.db", "made-recordings", "made.key"]) expect(existsSync(at(name))).toBe(false);
      const nothing = await gate("validate", "--config", at("nowhere.yaml"));
      expect(nothing.code).toBe(1);
      expect(nothing.stderr).toContain("nowhere.yaml");
    },
    TEST_MS,
  );

  /** The machine's own Node, older or newer than the one that the lock file brings. */
  const machineNode =
    (process.env["PATH"] ?? "")
      .split(":")
      .filter((folder) => folder !== "" && !folder.includes("node_modules"))
      .map((folder) => join(folder, "node"))
      .find((file) => existsSync(file)) ?? process.execPath;

  test(
    "under a Node that is too old serve says exactly that and exits 2; commands for jobs still work",
    async () => {
      const { stdout } = await run(machineNode, ["--version"]);
      const [major = 0, minor = 0] = stdout.trim().slice(1).split(".").map(Number);
      const serve = await run(machineNode, [CLI, "serve", "--config", at("gateway.yaml")]);
      if (major < 22 || (major === 22 && minor < 13)) {
        expect(serve.code).toBe(2);
        expect(serve.stderr).toContain("gate serve needs Node 22.13 or newer (node:sqlite); this is Node");
      } else {
        expect(serve.code).toBe(1);
      }
      expect((await run(machineNode, [CLI, "--version"])).code).toBe(0);
      const ended = await run(machineNode, [
        CLI,
        "connect",
        "--gateway",
        world.url,
        "--ca",
        at("ca.pem"),
        "--token-file",
        token("token-7"),
        "--",
        "sh",
        "-c",
        'psql -X -At -c "SELECT 1"',
      ]);
      expect(ended).toMatchObject({ code: 0, stdout: "1\n" });
    },
    TEST_MS,
  );
});

function alive(pid: number): boolean {
  try {
    return !/^State:\s*Z/mu.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
