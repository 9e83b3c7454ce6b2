/**
 * The embedded gate: `policy` and `targets` instead of a gateway. The engine and the credential are in the job then;
 * the steps still do not have it. Needs psql and dist/.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startWorld, TARGET_PASSWORD, type World } from "../world.ts";
import {
  connectJob,
  logOf,
  outcomes,
  POLICY,
  readLines,
  scratch,
  sessionOf,
  told,
  unpackNewest,
} from "./action-job.ts";

const JOB_MS = 180_000;
const directory = scratch("embedded");
const workspace = scratch("embedded-work");
let world: World;

beforeAll(async () => {
  // Only its database and its GitHub are used; the job never hears of the gateway.
  world = await startWorld({ directory: directory.path, policy: POLICY });
  await world.stopGateway();
  writeFileSync(
    join(workspace.path, "policy.yaml"),
    POLICY.replaceAll("issuer: github", `issuer: ${world.github.issuer}`),
  );
  writeFileSync(join(workspace.path, "look.mjs"), LOOK);
}, JOB_MS);

afterAll(async () => {
  await world.stop();
  directory.remove();
  workspace.remove();
}, JOB_MS);

const embedded = (more: Record<string, string> = {}) => ({
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
  ...more,
});

test(
  "judges, masks and records as the gateway does, denies what needs a person with a hint, and says what it is",
  async () => {
    const job = await connectJob(
      world,
      workspace.path,
      [
        { name: "read", run: 'psql -X -c "SELECT name, email FROM customers ORDER BY id"' },
        { name: "deny", run: 'psql -X -c "DROP TABLE orders" || true' },
        { name: "hold", run: `psql -X -c "UPDATE orders SET status = 'archived' WHERE status = 'shipped'" || true` },
        { name: "look", run: "node look.mjs" },
      ],
      {
        with: embedded(),
        secrets: { ORDERS_PW: TARGET_PASSWORD },
        connectEnv: { ORDERS_PW: "${{ secrets.ORDERS_PW }}" },
      },
    );
    expect(outcomes(job).filter((line) => !line.endsWith("success"))).toEqual([]);
    expect(logOf(job, "read")).toContain("Ada Bell");
    expect(logOf(job, "read")).not.toContain("ada@example.com");
    expect(logOf(job, "deny")).toContain('gate: denied by rule "never"');
    expect(logOf(job, "hold")).toMatch(/ERROR: +gate: denied by rule "mass"/u);
    expect(logOf(job, "hold")).toMatch(/HINT: +\S+/u);
    expect(told(job, "warning").join("\n")).toContain("does not protect its credentials from code of the same user");
    expect(job.orphansKilled).toEqual([]);

    // Neither a step's environment nor any argument list holds the credential, nor a file that the session left.
    expect(JSON.parse(readFileSync(join(workspace.path, "look.json"), "utf8"))).toEqual({
      environ: [],
      argv: [],
      files: [],
    });
    expect(job.log).not.toContain(TARGET_PASSWORD);

    const bundle = await unpackNewest(world, directory.path);
    const records = readLines(join(bundle, "records.ndjson"));
    expect(records[0]).toMatchObject({ type: "session-opened", session: { id: sessionOf(job), mode: "embedded" } });
    expect(records.filter(({ type }) => type === "verdict").map(({ verdict }) => verdict)).toEqual([
      "allow",
      "deny",
      "deny",
    ]);
    expect(readdirSync(join(bundle, "evidence"))).toContain("subject-token.jwt");
    expect(await world.gate("verify", bundle)).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/^unpinned: /u),
    });
    const vkey = /<code>(gate-embedded\+[^<]+)<\/code>/u.exec(job.summary)?.[1] ?? "";
    expect(await world.gate("verify", bundle, "--key", vkey)).toMatchObject({ code: 0 });
    expect(await world.gate("verify", bundle, "--key", world.vkey)).toMatchObject({ code: 1 });
  },
  JOB_MS,
);

test(
  "without an OIDC token it rests on the runner's variables and says that they prove nothing; the trust rule still decides",
  async () => {
    // The runner's variables do not name an environment: a rule that needs one cannot match.
    const rule = POLICY.replaceAll("issuer: github", `issuer: ${world.github.issuer}`).replaceAll(
      /, environment: \w+ \}/gu,
      " }",
    );
    writeFileSync(join(workspace.path, "open.yaml"), rule);
    const more = { permissions: { contents: "read" } as const, connectEnv: { ORDERS_PW: TARGET_PASSWORD } };
    const job = await connectJob(
      world,
      workspace.path,
      [{ name: "read", run: 'psql -X -At -c "SELECT count(*) FROM orders"' }],
      {
        ...more,
        with: embedded({ audience: "", policy: "open.yaml" }),
      },
    );
    expect(logOf(job, "read")).toContain("20");
    expect(told(job, "warning").join("\n")).toContain("rests on the runner's environment variables");
    const refused = await connectJob(world, workspace.path, [], {
      ...more,
      with: embedded({ audience: "" }),
    });
    expect(outcomes(refused)[0]).toBe("connect: failure");
    expect(told(refused, "error").join("\n")).toMatch(/no trust rule of the policy admits this job: .*environment/u);
  },
  JOB_MS,
);

test(
  "a target that nobody answers on is told in PostgreSQL's words, and the job still ends with a record that verifies",
  async () => {
    const job = await connectJob(
      world,
      workspace.path,
      [{ name: "read", run: 'psql -X -c "SELECT 1" && exit 9; exit 0' }],
      {
        with: embedded({ targets: embedded().targets.replace(/address: \S+/u, "address: 127.0.0.1:1") }),
        connectEnv: { ORDERS_PW: TARGET_PASSWORD },
      },
    );
    expect(logOf(job, "read")).toContain("gate: target unreachable");
    expect(job.conclusion).toBe("success");
    expect(job.summary).toContain("The recording verifies");
  },
  JOB_MS,
);

/** Where could a step find the credential? */
const LOOK = `
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
const target = ${JSON.stringify(TARGET_PASSWORD)};
const mine = "RUNNER_TRACKING_ID=" + process.env.RUNNER_TRACKING_ID;
const found = { environ: [], argv: [], files: [] };
for (const pid of readdirSync("/proc").filter((name) => /^[0-9]+$/.test(name))) {
  try {
    const environ = readFileSync("/proc/" + pid + "/environ", "utf8");
    if (!environ.includes(mine)) continue;
    if (environ.includes(target)) found.environ.push(pid);
    if (readFileSync("/proc/" + pid + "/cmdline", "utf8").includes(target)) found.argv.push(pid);
  } catch { continue; }
}
const folder = dirname(process.env.GATE_CONTROL);
for (const name of readdirSync(folder, { recursive: true })) {
  const file = join(folder, String(name));
  if (statSync(file).isFile() && readFileSync(file, "utf8").includes(target)) found.files.push(name);
}
writeFileSync("look.json", JSON.stringify(found));
`;
