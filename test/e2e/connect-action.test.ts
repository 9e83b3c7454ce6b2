/**
 * The main job through the bundles: what a workflow's steps, its log, its summary, its outputs and its artifact hold.
 * Needs psql and dist/.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { JobResult } from "@gate/testkit";
import { ROOT, startWorld, TARGET_PASSWORD, type World } from "../world.ts";
import {
  connectJob,
  logOf,
  outcomes,
  POLICY,
  recordsOf,
  scratch,
  sessionOf,
  told,
  unpackNewest,
  appears,
} from "./action-job.ts";

const JOB_MS = 180_000;
const directory = scratch("action");
const workspace = scratch("action-work");
const cli = `node ${join(ROOT, "dist/cli/main.js")}`;
let world: World;

beforeAll(async () => {
  world = await startWorld({ directory: directory.path, policy: POLICY });
  writeFileSync(join(workspace.path, "processes.mjs"), PROCESSES);
}, JOB_MS);

afterAll(async () => {
  await world.stop();
  directory.remove();
  workspace.remove();
}, JOB_MS);

const read = (name: string) => readFileSync(join(workspace.path, name), "utf8");

describe("the main job", () => {
  let job: JobResult;
  let bundle: string;
  let password: string;

  beforeAll(async () => {
    const [result] = await Promise.all([
      connectJob(world, workspace.path, [
        {
          name: "environment",
          run: [
            "env | grep -E '^(GATE_|PG|DATABASE_URL)' | sort > env.txt",
            'printf "%s" "$PGPASSWORD" > password.txt',
            'echo "password $PGPASSWORD url $DATABASE_URL and $GATE_ORDERS_DB_URL"',
            `echo "$ENDPOINTS" > endpoints.json`,
          ].join("\n"),
          env: { ENDPOINTS: "${{ steps.gate.outputs.endpoints }}" },
        },
        { name: "read", run: 'psql -X -c "SELECT id, name, email, card FROM customers ORDER BY id"' },
        { name: "by url", run: 'psql -X -At -c "SELECT count(*) FROM orders" "$GATE_ORDERS_DB_URL"' },
        { name: "deny", run: 'psql -X -v ON_ERROR_STOP=1 -c "DROP TABLE orders"', "continue-on-error": true },
        {
          name: "hold",
          run: `psql -X -c "UPDATE orders SET status = 'archived' WHERE status = 'shipped'"`,
        },
        { name: "status", run: `${cli} status && ${cli} status --json > status.json` },
        { name: "processes", run: "node processes.mjs" },
      ]),
      world.answerHold("approve"),
    ]);
    job = result;
    password = read("password.txt");
    bundle = await unpackNewest(world, directory.path);
  }, JOB_MS);

  test("succeeds, its refused step apart, and leaves no process behind", () => {
    expect(outcomes(job)).toEqual([
      "connect: success",
      "environment: success",
      "read: success",
      "by url: success",
      "deny: failure",
      "hold: success",
      "status: success",
      "processes: success",
      "Post connect: success",
    ]);
    expect(job.conclusion).toBe("success");
    expect(job.orphansKilled).toEqual([]);
  });

  test("sees exactly the variables of the contract", () => {
    const env = Object.fromEntries(
      read("env.txt")
        .trim()
        .split("\n")
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );
    const port = env["PGPORT"] ?? "";
    const url = `postgres://gate:${password}@127.0.0.1:${port}/shop?sslmode=disable`;
    expect(password.length).toBeGreaterThanOrEqual(32);
    expect(env).toEqual({
      GATE_SESSION_ID: sessionOf(job),
      GATE_CONTROL: expect.stringMatching(/\/control$/u),
      GATE_ORDERS_DB_URL: url,
      GATE_ORDERS_DB_HOST: "127.0.0.1",
      GATE_ORDERS_DB_PORT: port,
      PGHOST: "127.0.0.1",
      PGPORT: port,
      PGUSER: "gate",
      PGPASSWORD: password,
      PGDATABASE: "shop",
      PGSSLMODE: "disable",
      DATABASE_URL: url,
    });
    expect(logOf(job, "by url").split("\n")).toContain("20");
  });

  test("prints no secret: passwords and URLs are masked in every line", () => {
    expect(logOf(job, "environment")).toContain("password *** url *** and ***");
    expect(job.log).not.toContain(password);
    expect(job.log).not.toContain(TARGET_PASSWORD);
    expect(job.summary).not.toContain(password);
    expect(JSON.stringify(job.annotations)).not.toContain(password);
    for (const secret of [
      password,
      TARGET_PASSWORD,
      readFileSync(join(world.directory, "alice.token"), "utf8").trim(),
    ]) {
      expect(world.gatewayLog()).not.toContain(secret);
    }
    expect(world.gatewayLog()).not.toMatch(/eyJ[\w-]+\.eyJ/u);
  });

  test("has the two outputs, without any credential of the target", () => {
    const outputs = job.steps.find((step) => step.name === "connect")?.outputs ?? {};
    expect(Object.keys(outputs).sort()).toEqual(["endpoints", "session-id"]);
    expect(outputs["session-id"]).toMatch(/^ses_[\w-]+$/u);
    const endpoints = JSON.parse(read("endpoints.json")) as Record<string, Record<string, unknown>>;
    expect(Object.keys(endpoints)).toEqual(["orders-db"]);
    expect(Object.keys(endpoints["orders-db"] ?? {}).sort()).toEqual(["host", "port", "protocol", "url"]);
    expect(endpoints["orders-db"]).toMatchObject({ host: "127.0.0.1", protocol: "postgres" });
    expect(JSON.stringify(outputs)).not.toContain(TARGET_PASSWORD);
  });

  test("keeps secrets out of the arguments and environments of its processes", () => {
    const found = JSON.parse(read("processes.json")) as { daemon: string[]; argv: string[]; environ: string[] };
    expect(found.daemon).toHaveLength(1);
    expect(found.argv).toEqual([]);
    // Steps have the endpoint's password in PGPASSWORD: that is how psql finds it. The daemon has nothing.
    expect(found.environ).toEqual([]);
    expect(found.daemon[0]?.split(" ").sort()).toEqual(["HOME", "PATH", "RUNNER_TRACKING_ID"]);
  });

  test("shows verdicts, denials and what was reached on its page", () => {
    const { summary } = job;
    expect(summary).toContain("The recording verifies");
    expect(summary).toMatch(/\| orders-db \| orders-db \| allowed \| read \| \d+ \|/u);
    expect(summary).toMatch(/\| orders-db \| orders-db \| denied \| never \| 1 \|/u);
    expect(summary).toMatch(/\| orders-db \| orders-db \| approved \| mass \| 1 \|/u);
    expect(summary).toContain("Blast radius");
    expect(summary).toContain("public.customers");
    expect(told(job, "warning").join("\n")).toMatch(/gate: denied by rule never: .*DROP TABLE orders/u);
    expect(told(job, "error").filter((line) => !line.includes("exit code"))).toEqual([]);
  });

  test("can ask for its status inside a step, and learns no secret there", () => {
    expect(logOf(job, "status")).toMatch(/session +ses_[\w-]+ \(gateway, open, trust rule deploy-prod\)/u);
    const status = JSON.parse(read("status.json")) as Record<string, unknown>;
    expect(status).toMatchObject({
      sessionId: sessionOf(job),
      state: "open",
      mode: "gateway",
      trustRule: "deploy-prod",
      verdicts: { deny: 1, hold: 1 },
      endpoints: [{ grant: "orders-db", target: "orders-db", protocol: "postgres", host: "127.0.0.1" }],
    });
    expect(read("status.json")).not.toContain(password);
    expect(read("status.json")).not.toMatch(/password|token|secret/iu);
  });

  test("uploads the very bundle that the gateway sealed, and it verifies", async () => {
    const artifact = world.github.artifacts.at(-1);
    expect(artifact?.name).toBe(`gate-deploy-1-${sessionOf(job)}`);
    for (const name of [
      "records.ndjson",
      "manifest.json",
      "checkpoints.note",
      "verdicts.ndjson",
      "evidence/policy.yaml",
    ]) {
      const own = readFileSync(join(world.directory, "recordings", sessionOf(job), name));
      expect(readFileSync(join(bundle, name)).equals(own)).toBe(true);
    }
    expect(await world.gate("verify", bundle, "--key", world.vkey)).toMatchObject({ code: 0 });
    expect(recordsOf(world, sessionOf(job)).at(-1)).toMatchObject({ type: "session-closed" });
    expect(readFileSync(join(bundle, "records.ndjson"), "utf8")).not.toContain(password);
  });
});

test(
  "several grants have an endpoint each; only the one in `default` owns PGHOST, and each is judged by its own rules",
  async () => {
    const update = `"UPDATE orders SET status = 'closed' WHERE id = 3"`;
    const steps = [
      { name: "who", run: "env | grep -cE '^(PG|DATABASE_URL)' || true" },
      {
        name: "narrow",
        run: `psql -X "$GATE_REPORTS_URL" -At -c "SELECT 'n', count(*) FROM orders" -c ${update} || true`,
      },
      { name: "wide", run: `psql -X "$GATE_ORDERS_DB_URL" -At -c ${update}` },
      { name: "default", run: '[ -z "$PGPORT" ] || [ "$PGPORT" = "$GATE_REPORTS_PORT" ]' },
    ];
    const [without, chosen, one] = await Promise.all([
      connectJob(world, workspace.path, steps, { environment: "both" }),
      connectJob(world, workspace.path, steps, { environment: "both", with: { default: "reports" } }),
      connectJob(world, workspace.path, steps.slice(0, 1), { environment: "both", with: { grants: "\nreports\n" } }),
    ]);
    expect(logOf(without, "who").split("\n")).toContain("0");
    expect(logOf(chosen, "who").split("\n")).toContain("7");
    expect(logOf(one, "who").split("\n")).toContain("7");
    for (const job of [without, chosen]) {
      expect(job.conclusion).toBe("success");
      expect(logOf(job, "narrow")).toContain("n|20");
      expect(logOf(job, "narrow")).toContain('gate: denied by rule "default"');
      expect(logOf(job, "wide")).toContain("UPDATE 1");
      expect(job.summary).toMatch(/\| reports \| orders-db \| denied \| default \| 1 \|/u);
    }
    expect(Object.keys(JSON.parse(one.steps[0]?.outputs["endpoints"] ?? "{}") as object)).toEqual(["reports"]);
  },
  JOB_MS,
);

test(
  "one connection more than the grant may have is told so in PostgreSQL's words",
  async () => {
    const busy = "for i in $(seq 8); do (sleep 9; echo) | psql -X > /dev/null 2>&1 & done; sleep 1";
    const job = await connectJob(world, workspace.path, [
      { name: "busy", run: `${busy}; psql -X -c "SELECT 1" && exit 9; wait; psql -X -At -c "SELECT 'again'"` },
    ]);
    expect(logOf(job, "busy")).toContain('FATAL:  gate: the grant "orders-db" has 8 open connections already');
    expect(logOf(job, "busy").split("\n")).toContain("again");
  },
  JOB_MS,
);

describe("inputs that change the end of a job", () => {
  const deny = { name: "deny", run: 'psql -X -c "DROP TABLE orders" || true' };

  test(
    "fail-on: denied fails the job for a denial, and says why",
    async () => {
      const job = await connectJob(world, workspace.path, [deny], { with: { "fail-on": "denied", upload: "false" } });
      expect(outcomes(job)).toEqual(["connect: success", "deny: success", "Post connect: failure"]);
      expect(told(job, "error").join("\n")).toContain("1 commands were denied (fail-on: denied)");
    },
    JOB_MS,
  );

  test(
    "fail-on: held fails the job for a command that a person approved; upload: false leaves no artifact",
    async () => {
      const before = world.github.artifacts.length;
      const [job] = await Promise.all([
        connectJob(
          world,
          workspace.path,
          [{ name: "hold", run: `psql -X -c "UPDATE orders SET status = 'x' WHERE status = 'shipped'"` }],
          { with: { "fail-on": "held", upload: "false" } },
        ),
        world.answerHold("approve"),
      ]);
      expect(job.conclusion).toBe("failure");
      expect(told(job, "error").join("\n")).toContain("1 commands were held (fail-on: held)");
      expect(world.github.artifacts).toHaveLength(before);
    },
    JOB_MS,
  );

  test(
    "the artifact has the name and the days that the workflow asks for; a denial alone does not fail the job",
    async () => {
      const job = await connectJob(world, workspace.path, [deny], {
        with: { "artifact-name": "evidence: of/today", "retention-days": "7" },
      });
      expect(job.conclusion).toBe("success");
      const artifact = world.github.artifacts.at(-1);
      expect(artifact?.name).toBe("evidence- of-today");
      const days = (Date.parse(artifact?.expiresAt ?? "") - Date.now()) / 86_400_000;
      expect(Math.round(days)).toBe(7);
    },
    JOB_MS,
  );

  test.each([
    ["records.ndjson", "SELECT 1", "SELECT 2", "could not be sealed"],
    ["evidence/policy.yaml", "Destructive", "destructive", "does not verify"],
  ])(
    "a byte changed in the gateway's %s before post fetches it fails the job",
    async (name, from, to, why) => {
      const flags = { ready: join(workspace.path, `ready-${why}`), go: join(workspace.path, `go-${why}`) };
      const wait = `touch "${flags.ready}"; for i in $(seq 100); do [ -e "${flags.go}" ] && exit 0; sleep 0.1; done`;
      const running = connectJob(world, workspace.path, [{ name: "read", run: `psql -X -c "SELECT 1"; ${wait}` }]);
      await appears(flags.ready);
      const file = join(world.directory, "recordings", newestSession(), name);
      const bytes = readFileSync(file);
      const at = bytes.indexOf(from);
      expect(at).toBeGreaterThan(0);
      bytes.write(to, at);
      writeFileSync(file, bytes);
      writeFileSync(flags.go, "");
      const job = await running;
      expect(outcomes(job).at(-1)).toBe("Post connect: failure");
      expect(told(job, "error").join("\n")).toContain(why);
    },
    JOB_MS,
  );
});

function newestSession(): string {
  const ids = [...world.gatewayLog().matchAll(/"session":"(ses_[\w-]+)"[^\n]*session opened/gu)].map(
    (match) => match[1],
  );
  return ids.at(-1) ?? "";
}

/** Looks at every process of the job through /proc, as any step can. */
const PROCESSES = `
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
const mine = "RUNNER_TRACKING_ID=" + process.env.RUNNER_TRACKING_ID;
const password = process.env.PGPASSWORD;
const target = ${JSON.stringify(TARGET_PASSWORD)};
const found = { daemon: [], argv: [], environ: [] };
for (const pid of readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name))) {
  let environ, argv;
  try {
    environ = readFileSync("/proc/" + pid + "/environ", "utf8").split("\\0").filter((line) => line !== "");
    argv = readFileSync("/proc/" + pid + "/cmdline", "utf8").replaceAll("\\0", " ");
  } catch { continue; }
  if (!environ.includes(mine)) continue;
  if (argv.includes(password) || argv.includes(target)) found.argv.push(argv);
  const daemon = argv.includes("proxy/main.js");
  const text = environ.join("\\n");
  if (text.includes(target)) found.environ.push(pid + " has the target's credential");
  if (daemon) {
    found.daemon.push(environ.map((line) => line.slice(0, line.indexOf("="))).sort().join(" "));
    if (text.includes(password)) found.environ.push("the daemon has the endpoint's password");
    if (/ACTIONS_|TOKEN/.test(text)) found.environ.push("the daemon has a token");
  }
}
writeFileSync("processes.json", JSON.stringify(found));
`;
