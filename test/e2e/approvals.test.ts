/**
 * The whole way of a held command: psql waits, the check run asks, a person answers in a browser or on the check's
 * button, the command runs once, the check tells the truth. Needs psql, chromium and dist/.
 */
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import {
  startOidcProvider,
  visibleButtons,
  type AppDouble,
  type CheckRun,
  type OidcProvider,
  type Sender,
} from "@gate/testkit";
import { chromium, type Browser } from "playwright-core";
import { DEMO_POLICY, freePort, ROOT, sleep, startWorld, type World } from "../world.ts";
import { recordsOf, scratch } from "./action-job.ts";
import { suiteWith } from "../../packages/testkit/src/parts.ts";

const TEST_MS = 180_000;
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);
const describeWith = suiteWith(CHROMIUM !== undefined, "the package chromium");
const directory = scratch("approvals");
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const DANA: Sender = { login: "dana", id: 101 };
const AUTHOR: Sender = { login: "author", id: 200 };
const MASS = "UPDATE orders SET status = 'open'";
const POLICY = DEMO_POLICY.replace(
  'dba: { from: ["github-team:acme/dba"], count: 1, timeout: 5m }',
  `dba: { from: ["github-team:acme/dba", "oidc-group:dba"], count: 1, timeout: 5m }
  two: { from: ["github-team:acme/dba", "oidc-group:dba"], count: 2, timeout: 5m }
  soon: { from: ["github-team:acme/dba"], count: 1, timeout: 12s }`,
).replace(
  "where: [present, none, tautology] } }",
  `where: [present, none, tautology] } }
    - { id: both, effect: hold, approval: two, match: { statement: [INSERT], writes: [public.orders] } }
    - { id: brief, effect: hold, approval: soon, match: { statement: [INSERT], writes: [public.customers] } }`,
);

let world: World;
let provider: OidcProvider;
let browser: Browser;
let app: AppDouble;
let jobs = 0;

beforeAll(async () => {
  const port = await freePort();
  provider = await startOidcProvider({ redirectUris: [`http://127.0.0.1:${port}/login/oidc/callback`] });
  const pem = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
  world = await startWorld({
    directory: join(directory.path, "gateway"),
    policy: POLICY,
    tls: "off",
    port,
    env: { OIDC_SECRET: provider.clientSecret, HOOK: "webhook-secret-0123456789", APP_KEY: pem },
    people: `people:\n  oidc: {issuer: "${provider.issuer}", client_id: gate, client_secret: env:OIDC_SECRET, github_login_claim: github_login}\n`,
    github: {
      teams: { "acme/dba": ["dana", "author"] },
      users: { dana: 101, author: 200 },
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
  app = world.github.app as AppDouble;
  browser = await chromium.launch({ executablePath: CHROMIUM ?? "chromium", args: ["--no-sandbox"] });
}, TEST_MS);

afterAll(async () => {
  await browser?.close();
  await world?.stop();
  await provider?.close();
  directory.remove();
}, TEST_MS);

beforeEach(() =>
  world.postgres.query("UPDATE orders SET status = 'shipped'; DELETE FROM orders WHERE id > 100", "shop"),
);

interface Psql {
  readonly session: string;
  readonly run: CheckRun;
  readonly done: Promise<{ readonly code: number | null; readonly stderr: string }>;
  interrupt(): void;
}

/** A deploy job of a pull request by `author`, whose psql waits. */
async function psql(sql: string): Promise<Psql> {
  jobs += 1;
  const token = join(directory.path, `token-${jobs}`);
  const sha = jobs.toString(16).padStart(40, "0");
  const job = world.github.openJob({ environment: "production", eventName: "push", sha });
  app.history.pulls.set(sha, [{ number: jobs, user: AUTHOR }]);
  app.history.commits.set(sha, [{ author: AUTHOR, email: "author@acme.dev", message: "Change" }]);
  writeFileSync(token, job.subjectToken(world.url));
  const args = [join(ROOT, "dist/cli/main.js"), "connect", "--gateway", world.url, "--grants", "orders-db"];
  const program = ["psql", "-X", "-v", "ON_ERROR_STOP=1", "-c", sql];
  const child = spawn(process.execPath, [...args, "--token-file", token, "--", ...program], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const done = new Promise<{ code: number | null; stderr: string }>((resolve) =>
    child.once("close", (code) => resolve({ code, stderr })),
  );
  const run = await check((one) => one.head_sha === sha && one.conclusion === "action_required");
  for (let tries = 0; tries < 1_200 && !stderr.includes("held for approval"); tries++) await sleep(50);
  return { session: run.external_id, run, done, interrupt: () => process.kill(-(child.pid ?? 0), "SIGINT") };
}

async function check(wanted: (run: CheckRun) => boolean): Promise<CheckRun> {
  for (let tries = 0; tries < 1_200; tries++) {
    const run = world.github.checkRuns.find(wanted);
    if (run !== undefined) return run;
    await sleep(50);
  }
  throw new Error(
    `never came: ${JSON.stringify(world.github.checkRuns.slice(-2))}\n${world.gatewayLog().slice(-3_000)}`,
  );
}

const open = async (): Promise<unknown> =>
  (await world.postgres.query("SELECT count(*)::int AS n FROM orders WHERE status = 'open'", "shop"))[0]?.["n"];
const click = async (run: CheckRun, label: string, sender: Sender): Promise<unknown> =>
  ((await app.click(`${world.url}/v1/github/webhooks`, run, label, sender)).body as { status?: unknown }).status;

/** Answers on the page to which the check run leads. */
async function inBrowser(run: CheckRun, sub: string, button: string, login = sub): Promise<string> {
  provider.signInAs({ sub, claims: { preferred_username: sub, groups: ["dba"], github_login: login } });
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(run.details_url ?? "");
    await page.getByRole("button", { name: button }).click();
    const said = page.locator(".done, .answer .failure").first();
    await said.waitFor();
    return await said.innerText();
  } finally {
    await context.close();
  }
}

/** The record of a session, once it is over. */
async function record(session: string) {
  await check((run) => run.external_id === session && ["success", "failure"].includes(run.conclusion ?? ""));
  return recordsOf(world, session);
}

describeWith("a held command", () => {
  test(
    "approved in a browser runs once, and the check turns green",
    async () => {
      const job = await psql(MASS);
      expect(await open()).toBe(0);
      expect(await inBrowser(job.run, "erin", "Approve this command")).toBe("You approved it.");
      const { code, stderr } = await job.done;
      expect({ code, told: stderr.includes("NOTICE:  gate: held for approval") }).toEqual({ code: 0, told: true });
      expect(await open()).toBe(20);
      await check((run) => run.external_id === job.session && run.conclusion === "success");
      const entries = await record(job.session);
      expect(entries.filter(({ type }) => type === "vote")).toMatchObject([{ approver: "erin", vote: "approve" }]);
      expect(entries.filter(({ type }) => type === "hold-resolved")).toMatchObject([
        { state: "approved", approvers: ["erin"] },
      ]);
    },
    TEST_MS,
  );

  test(
    "approved on the check's button runs once; its author could not",
    async () => {
      const job = await psql(MASS);
      // Until GitHub has told the gateway who wrote the change, nobody can.
      let said: unknown = "exclusions_unknown";
      for (let tries = 0; tries < 200 && said === "exclusions_unknown"; tries++) {
        said = await click(job.run, "Approve", AUTHOR);
        await sleep(50);
      }
      expect(said).toBe("excluded");
      expect(await inBrowser(job.run, "al", "Approve this command", "author")).toContain("cannot approve it");
      expect(await open()).toBe(0);
      expect(await click(job.run, "Approve", DANA)).toBe("voted approve");
      expect((await job.done).code).toBe(0);
      expect(await open()).toBe(20);
      const entries = await record(job.session);
      expect(entries.filter(({ type }) => type === "vote")).toMatchObject([
        { approver: "dana", reason: "by the button of the check run" },
      ]);
    },
    TEST_MS,
  );

  test(
    "that needs two approvals waits for the second person",
    async () => {
      const job = await psql("INSERT INTO orders VALUES (101, 1, 'open', 5)");
      expect(await inBrowser(job.run, "erin", "Approve this command")).toBe("You approved it; 1 more needed.");
      expect(await inBrowser(job.run, "erin", "Approve this command")).toContain("voted on this hold already");
      // The same person with another login is the same person.
      expect(await inBrowser(job.run, "e2", "Approve this command", "erin")).toContain("voted on this hold already");
      expect(await open()).toBe(0);
      expect(await click(job.run, "Approve", DANA)).toBe("voted approve");
      expect((await job.done).code).toBe(0);
      expect(await open()).toBe(1);
    },
    TEST_MS,
  );

  test(
    "that nobody answers in time does not run, and the check turns red",
    async () => {
      const job = await psql("INSERT INTO customers VALUES (9, 'x', 'x', 'x')");
      const { code, stderr } = await job.done;
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("nobody approved it in time") });
      await check((run) => run.external_id === job.session && run.conclusion === "failure");
      expect(visibleButtons(job.run).map(({ label }) => label)).toEqual([]);
      expect(await world.postgres.query("SELECT id FROM customers WHERE id = 9", "shop")).toEqual([]);
    },
    TEST_MS,
  );

  test(
    "that its job takes back with Ctrl-C does not run when somebody approves it afterwards",
    async () => {
      const job = await psql(MASS);
      const button = structuredClone(job.run);
      job.interrupt();
      expect((await job.done).code).not.toBe(0);
      expect(await click(button, "Approve", DANA)).not.toBe("voted approve");
      expect(await open()).toBe(0);
      const entries = await record(job.session);
      expect(entries.filter(({ type }) => type === "hold-resolved")).toMatchObject([
        { state: expect.stringMatching(/withdrawn|void/u) },
      ]);
    },
    TEST_MS,
  );
});
