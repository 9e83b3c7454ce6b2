/**
 * Without a GitHub App: the commit status `gate/session`, set with the job's own token, as a reviewer sees it. Needs
 * psql and dist/.
 */
import { generateKeyPairSync } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Access, CommitStatus, JobResult } from "@gate/testkit";
import { ROOT, sleep, startWorld, TARGET_PASSWORD, type World } from "../world.ts";
import {
  connectJob,
  logOf,
  NO_DATABASE,
  POLICY,
  scratch,
  sessionOf,
  told,
  unpackNewest,
  type JobChoice,
} from "./action-job.ts";

const JOB_MS = 180_000;
const PERMISSIONS: Readonly<Record<string, Access>> = { "id-token": "write", contents: "read", statuses: "write" };
const MAY = { permissions: PERMISSIONS };
const HEAD = "b".repeat(40);
const HELD = `psql -X -v ON_ERROR_STOP=1 -c "UPDATE orders SET status = 'archived' WHERE status = 'shipped'"`;
const READ = { name: "read", run: 'psql -X -At -c "SELECT count(*) FROM orders"' };
const directory = scratch("status");
const workspace = scratch("status-work");
let world: World;

beforeAll(async () => {
  world = await startWorld({
    directory: directory.path,
    policy: POLICY.replaceAll("event_name: push", "event_name: [push, pull_request]"),
  });
  writeFileSync(join(workspace.path, "look.mjs"), LOOK);
  writeFileSync(
    join(workspace.path, "policy.yaml"),
    POLICY.replaceAll("issuer: github", `issuer: ${world.github.issuer}`),
  );
}, JOB_MS);

afterAll(async () => {
  await world.stop();
  directory.remove();
  workspace.remove();
}, JOB_MS);

/** Statuses of one commit, in order: `state description url`. */
const statuses = (sha: string, of = world) =>
  of.github.statuses
    .filter((status) => status.sha === sha)
    .map(({ state, description, target_url }) => `${state} ${description ?? ""} ${target_url ?? ""}`);

async function appears(sha: string, wanted: (status: CommitStatus) => boolean): Promise<CommitStatus> {
  for (let tries = 0; tries < 300; tries += 1) {
    const found = world.github.statuses.find((status) => status.sha === sha && wanted(status));
    if (found !== undefined) return found;
    await sleep(100);
  }
  throw new Error(`it never came: ${JSON.stringify(world.github.statuses)}`);
}

let commits = 0;
/** A commit of its own, so that each test reads its own statuses. */
function commit(): string {
  commits += 1;
  return commits.toString(16).padStart(40, "c");
}

const job = (
  sha: string,
  steps: Parameters<typeof connectJob>[2],
  more: JobChoice = {},
  of = world,
): Promise<JobResult> =>
  connectJob(of, workspace.path, steps, { ...MAY, ...more, identity: { sha, ...more.identity } });

test(
  "a held command makes it wait with a link to answer; approved, it ends green; its token is nowhere to be found",
  async () => {
    const sha = commit();
    const running = job(sha, [READ, { name: "hold", run: HELD }, { name: "look", run: "node look.mjs" }]);
    const waiting = await appears(sha, ({ description }) => description?.includes("waits") === true);
    expect(waiting).toMatchObject({
      repository: "acme/shop",
      context: "gate/session",
      state: "pending",
      description: "A command for orders-db waits for approval",
      target_url: expect.stringMatching(/\/approvals\/hold_[\w-]+$/u),
    });
    expect(waiting.target_url?.startsWith(`${world.url}/`)).toBe(true);
    await world.answerHold("approve");
    const done = await running;
    expect(done.conclusion).toBe("success");
    const page = `${world.url}/sessions/${sessionOf(done)}`;
    const seen = statuses(sha);
    expect(seen[0]).toBe(`pending Commands are judged as they come ${page}`);
    expect(seen.at(-1)).toBe(`success Everything was allowed or approved ${page}`);
    expect(told(done, "warning")).toEqual([]);

    const { token } = done.job;
    const { daemon, processes, files } = JSON.parse(readFileSync(join(workspace.path, "look.json"), "utf8")) as {
      daemon: number;
      processes: string;
      files: string[];
    };
    expect(daemon).toBe(1);
    expect(processes).not.toContain(token);
    expect(files).toEqual([]);
    expect(done.log + done.summary + JSON.stringify(done.annotations)).not.toContain(token);
    expect(JSON.stringify(done.steps.map(({ outputs }) => outputs))).not.toContain(token);
    expect(world.gatewayLog()).not.toContain(token);
    const bundle = await unpackNewest(world, directory.path);
    for (const file of readdirSync(bundle, { recursive: true, withFileTypes: true })) {
      if (file.isFile()) expect(readFileSync(join(file.parentPath, file.name), "latin1")).not.toContain(token);
    }
  },
  JOB_MS,
);

test(
  "a denied hold ends red, though the job goes on; so does a command that a rule denies, and a hold that is withdrawn",
  async () => {
    const [held, denied] = [commit(), commit()];
    const running = job(held, [{ name: "hold", run: `${HELD} || true` }]);
    await appears(held, ({ description }) => description?.includes("waits") === true);
    await world.answerHold("deny");
    expect((await running).conclusion).toBe("success");
    expect(statuses(held).at(-1)).toMatch(/^failure Something was held back: 0 denied, 1 not approved http/u);
    const { conclusion } = await job(denied, [{ name: "deny", run: 'psql -X -c "DROP TABLE orders" || true' }]);
    expect(conclusion).toBe("success");
    expect(statuses(denied).at(-1)).toMatch(/^failure Something was held back: 1 denied, 0 not approved http/u);
    const withdrawn = commit();
    const step = `rm -f told; ${HELD} & for i in $(seq 600); do [ -e told ] && break; sleep 0.1; done; kill $!; wait || true`;
    const taken = job(withdrawn, [{ name: "hold", run: step }]);
    await appears(withdrawn, ({ description }) => description?.includes("waits") === true);
    writeFileSync(join(workspace.path, "told"), "");
    expect((await taken).conclusion).toBe("success");
    expect(statuses(withdrawn).at(-1)).toMatch(/^failure Something was held back/u);
  },
  JOB_MS,
);

test(
  "a session that ended before its job, and one whose proxy was killed, end red",
  async () => {
    const [expired, killed] = [commit(), commit()];
    const [first, second] = await Promise.all([
      job(expired, [READ, { name: "wait", run: "sleep 14" }], { environment: "short" }),
      job(killed, [
        {
          name: "pid",
          run: `node ${join(ROOT, "dist/cli/main.js")} status --json | grep -o '"pid": *[0-9]*' | grep -o '[0-9]*' > pid`,
        },
        { name: "kill", run: "kill -9 $(cat pid)" },
      ]),
    ]);
    expect(first.job.identity.sha).toBe(expired);
    expect(statuses(expired).at(-1)).toMatch(/^failure The session ended before the job did http/u);
    expect(second.conclusion).toBe("failure");
    expect(statuses(killed).at(-1)).toMatch(/^failure There is no record http/u);
  },
  JOB_MS,
);

test(
  "a pull request's status is on its head, where required checks look",
  async () => {
    const merge = commit();
    const done = await job(merge, [READ], {
      identity: { eventName: "pull_request", ref: "refs/pull/9/merge" },
      event: { pull_request: { number: 9, head: { sha: HEAD } } },
    });
    expect(done.conclusion).toBe("success");
    expect(statuses(merge)).toEqual([]);
    expect(statuses(HEAD).at(-1)).toMatch(/^success /u);
  },
  JOB_MS,
);

test(
  "without `statuses: write` the job is told once what to add, and is not affected; an empty token asks for nothing",
  async () => {
    const [sha, silent] = [commit(), commit()];
    const done = await job(sha, [READ], { permissions: { "id-token": "write", contents: "read" } });
    expect(done.conclusion).toBe("success");
    expect(logOf(done, "read").split("\n")).toContain("20");
    expect(told(done, "warning")).toEqual([expect.stringContaining("`statuses: write`")]);
    expect(statuses(sha)).toEqual([]);
    const quiet = await job(silent, [READ], { with: { "github-token": "" } });
    expect(quiet.conclusion).toBe("success");
    expect(told(quiet, "warning")).toEqual([]);
    expect(statuses(silent)).toEqual([]);
  },
  JOB_MS,
);

test(
  "the embedded gate sets it too, with the run's page: nobody could answer there, so what needs a person is red",
  async () => {
    const [green, red] = [commit(), commit()];
    const embedded: JobChoice = {
      with: {
        gateway: "",
        "gateway-ca": "",
        "gateway-key": "",
        audience: "GATEWAY_URL",
        policy: "policy.yaml",
        targets: `orders-db:
  protocol: postgres
  address: 127.0.0.1:${world.postgres.port}
  database: shop
  tls: {mode: disable}
  credential: {username: gate_deploy, password: "env:ORDERS_PW"}
`,
      },
      secrets: { ORDERS_PW: TARGET_PASSWORD },
      connectEnv: { ORDERS_PW: "${{ secrets.ORDERS_PW }}" },
    };
    const done = await job(green, [READ], embedded);
    const page = `https://github.com/acme/shop/actions/runs/${done.job.identity.runId}`;
    expect(statuses(green)).toEqual([
      `pending Commands are judged as they come ${page}`,
      `success Everything was allowed or approved ${page}`,
    ]);
    await job(red, [{ name: "hold", run: `${HELD} || true` }], embedded);
    expect(statuses(red).at(-1)).toMatch(/^failure Something was held back/u);
  },
  JOB_MS,
);

test(
  "where the gateway has an App, the job sets nothing: the check run is the App's",
  async () => {
    const own = scratch("status-app");
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const withApp = await startWorld({
      directory: own.path,
      policy: POLICY,
      existing: NO_DATABASE,
      env: {
        HOOK: "webhook-secret-0123456789",
        APP_KEY: privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
      },
      github: {
        app: {
          id: 77,
          publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
          webhookSecret: "webhook-secret-0123456789",
          repositories: ["acme/shop"],
        },
      },
      githubSection: (github) =>
        `github: {app_id: 77, private_key: env:APP_KEY, webhook_secret: env:HOOK, api_url: "${github.apiUrl}"}\n`,
    });
    try {
      const sha = commit();
      const done = await job(sha, [{ name: "nothing", run: "sleep 4" }], {}, withApp);
      expect(done.conclusion).toBe("success");
      expect(told(done, "warning")).toEqual([]);
      expect(withApp.github.statuses).toEqual([]);
      expect(withApp.github.checkRuns).toEqual([expect.objectContaining({ name: "gate/session", head_sha: sha })]);
    } finally {
      await withApp.stop();
      own.remove();
    }
  },
  JOB_MS,
);

/** Writes down what any step can see: environments and arguments of the job's processes, files with a GitHub token. */
const LOOK = `
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
const mine = "RUNNER_TRACKING_ID=" + process.env.RUNNER_TRACKING_ID;
let daemon = 0;
let processes = "";
for (const pid of readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name))) {
  try {
    const environ = readFileSync("/proc/" + pid + "/environ", "utf8");
    const argv = readFileSync("/proc/" + pid + "/cmdline", "utf8").replaceAll("\\0", " ");
    if (!environ.split("\\0").includes(mine)) continue;
    if (argv.includes("proxy/main.js")) daemon += 1;
    processes += argv + environ;
  } catch { continue; }
}
const files = [];
for (const file of readdirSync(process.env.RUNNER_TEMP, { recursive: true, withFileTypes: true })) {
  if (!file.isFile()) continue;
  const path = join(file.parentPath, file.name);
  if (readFileSync(path, "latin1").includes("gh" + "s_")) files.push(path);
}
writeFileSync("look.json", JSON.stringify({ daemon, processes, files }));
`;
