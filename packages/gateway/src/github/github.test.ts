import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import {
  startGitHub,
  visibleButtons,
  type AppDouble,
  type CheckRun,
  type Delivery,
  type GitHubDouble,
  type Sender,
} from "@gate/testkit";
import { generateKeyPairSync } from "node:crypto";
import { CLAIMS, createWorld, type Tunnel, type World } from "../testing/world.ts";

const SHA = "a".repeat(40);
const BASE = "b".repeat(40);
const DANA: Sender = { login: "dana", id: 101 };
const ERIN: Sender = { login: "erin", id: 102 };
const OCTOCAT: Sender = { login: "octocat", id: 103 };
const SECRET = "webhook-secret-0123456789";
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

let github: GitHubDouble;
let app: AppDouble;
let world: World;
let webhooks: string;

beforeEach(async () => {
  github = await startGitHub({
    teams: { "acme/dba": ["dana", "erin", "octocat", "deploy-bot"] },
    users: { dana: 101, erin: 102, octocat: 103, mallory: 104, "deploy-bot": 105 },
    app: {
      id: 77,
      publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
      webhookSecret: SECRET,
      repositories: ["acme/shop"],
    },
  });
  app = github.app as AppDouble;
  app.history.pulls.set(SHA, [{ number: 9, user: { login: "author", id: 200 } }]);
  app.history.commits.set(SHA, [{ author: { login: "writer", id: 201 }, email: "writer@acme.dev", message: "Change" }]);
  app.history.commits.set("pulls/9", []);
  app.history.pushers.set("main", { login: "pusher", id: 202 });
  world = await createWorld({
    env: { HOOK: SECRET, APP_KEY: privateKey.export({ type: "pkcs1", format: "pem" }).toString() },
    extraText: `github: {app_id: 77, private_key: env:APP_KEY, webhook_secret: env:HOOK, api_url: "${github.apiUrl}"}\n`,
  });
  webhooks = `${world.gateway.url}/v1/github/webhooks`;
});

afterEach(async () => {
  await world.end();
  await github.close();
});

interface Job {
  readonly session: string;
  readonly token: string;
  readonly tunnel: Tunnel;
}

async function job(claims: Readonly<Record<string, string>> = {}): Promise<Job> {
  const answer = await world.exchange({ claims: { sha: SHA, environment: "production", ...claims } });
  if (answer.status !== 200) throw new Error(answer.raw.toString());
  const { session_id, access_token } = answer.body as { session_id: string; access_token: string };
  return { session: session_id, token: access_token, tunnel: await world.tunnel(access_token) };
}

/** Waits until the session's check run is as wanted. */
async function check(session: string, wanted: (run: CheckRun) => boolean): Promise<CheckRun> {
  for (let tries = 0; tries < 1_000; tries++) {
    const run = github.checkRuns.find((one) => one.external_id === session);
    if (run !== undefined && wanted(run)) return run;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(
    `never came: ${JSON.stringify(github.checkRuns)} ${JSON.stringify(github.requests.slice(-5))} ${world.logged.slice(-5).join("")}`,
  );
}

/** A job whose command waits; with its check run, and its authors known. */
async function waiting(
  claims: Readonly<Record<string, string>> = {},
  command = "PUT a",
): Promise<Job & { readonly run: CheckRun; readonly hold: string }> {
  const begun = await job(claims);
  begun.tunnel.socket.write(`${command}\n`);
  const line = await begun.tunnel.line();
  const hold = line?.split(" ")[1] ?? "";
  const run = await check(begun.session, (one) => one.conclusion === "action_required");
  for (let tries = 0; tries < 1_000 && (await world.store.hold(hold))?.unresolved !== undefined; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return { ...begun, run, hold };
}

const click = (run: CheckRun, label: string, sender: Sender): Promise<Delivery> =>
  app.click(webhooks, run, label, sender);
const state = async (hold: string): Promise<string | undefined> => (await world.store.hold(hold))?.state;
const statusOf = (delivery: Delivery): unknown => (delivery.body as { status?: unknown }).status;

describe("the check run of a session", () => {
  test("shows what a screen would hide, and cannot approve what it does not show whole", async () => {
    const turned = await waiting({}, "PUT a\u202eb\u200b");
    expect(String(turned.run.output["summary"])).toContain("PUT a\\u{202e}b\\u{200b}");
    const long = await waiting({ run_id: "18", check_run_id: "99" }, `PUT a${"\u2060".repeat(1_001)}b`);
    expect(visibleButtons(long.run).map(({ label }) => label)).toEqual(["Deny"]);
    expect(String(long.run.output["summary"])).toContain("open the details to see all of it");
  });

  test("makes no markup of what a job calls itself", async () => {
    const workflow = "a\u202eb`` @acme/dba ![x](https://evil.example/x) www.evil.example\n# approved";
    const { run } = await waiting({ workflow });
    const summary = String(run.output["summary"]);
    const line =
      "acme/shop run 17.1 (a\\u{202e}b`` @acme/dba ![x](https://evil.example/x) www.evil.example # approved) by octocat";
    expect(summary).toContain(`Asked by \`\`\`${line}\`\`\`.`);
  });

  test("is in progress, asks with two buttons, and is green when the command ran with an approval", async () => {
    const { run, session, token, tunnel, hold } = await waiting();
    expect(run).toMatchObject({ name: "gate/session", head_sha: SHA, status: "completed" });
    expect(visibleButtons(run).map(({ label }) => label)).toEqual(["Approve", "Deny"]);
    expect(run.details_url).toContain(hold);
    expect(String(run.output["summary"])).toContain("PUT a");
    expect(statusOf(await click(run, "Approve", DANA))).toBe("voted approve");
    expect(await tunnel.line()).toContain("PUT a");
    expect(world.reached).toEqual(["PUT a"]);
    await check(session, (one) => one.status === "in_progress");
    await world.asSession(token, "POST", `/v1/sessions/${session}/close`);
    const done = await check(session, (one) => one.conclusion === "success");
    expect(visibleButtons(done)).toEqual([]);
    expect(String(done.output["summary"])).toContain("| lines |");
    const votes = (await world.store.hold(hold))?.votes;
    expect(votes).toMatchObject([{ approver: "dana", identity: { id: "github-id:101" } }]);
  });

  test("is red when the command was denied", async () => {
    const { run, session, token, tunnel } = await waiting();
    expect(statusOf(await click(run, "Deny", DANA))).toBe("voted deny");
    expect(await tunnel.line()).toContain("dana said no");
    await world.asSession(token, "POST", `/v1/sessions/${session}/close`);
    expect(String((await check(session, (one) => one.conclusion === "failure")).output["summary"])).toContain("PUT a");
    expect(world.reached).toEqual([]);
  });

  test("is red when the session was revoked, and shown again when GitHub asks", async () => {
    const { session } = await job();
    await world.gateway.engine.close(session, "recorder failed");
    await world.store.updateSession(session, { state: "revoked" });
    const run = await check(session, (one) => one.status === "in_progress" || one.status === "completed");
    const delivery = await app.deliver(webhooks, "check_run", {
      action: "rerequested",
      check_run: { id: run.id, name: run.name, external_id: run.external_id, app: { id: 77 } },
      repository: { full_name: "acme/shop", id: 1 },
    });
    expect(statusOf(delivery)).toBe("shown again");
    await check(session, (one) => one.conclusion === "failure");
  });
});

describe("a click counts only", () => {
  test.each<[string, Sender, string]>([
    ["of a member of the team", { login: "mallory", id: 104 }, "not_eligible"],
    ["of somebody who did not start the job", OCTOCAT, "excluded"],
    ["of a person", { login: "deploy-bot", id: 105, type: "Bot" }, "bot"],
    ["of the account that has that name now", { login: "dana", id: 999 }, "not counted"],
  ])("%s", async (_what, sender, status) => {
    const { run, hold } = await waiting();
    expect(statusOf(await click(run, "Approve", sender))).toBe(status);
    expect(await state(hold)).toBe("pending");
    expect(world.reached).toEqual([]);
  });

  test("while the membership lasts", async () => {
    const { run, hold } = await waiting();
    github.teams.get("acme/dba")?.delete("dana");
    expect(statusOf(await click(run, "Approve", DANA))).toBe("not_eligible");
    expect(await state(hold)).toBe("pending");
  });

  test.each<[string, () => void]>([
    ["wrote the pull request", () => app.history.pulls.set(SHA, [{ number: 9, user: DANA }])],
    ["wrote a commit", () => app.history.commits.set(SHA, [{ author: DANA, email: "x@acme.dev", message: "m" }])],
    [
      "is a co-author",
      () =>
        app.history.commits.set("pulls/9", [
          { author: null, email: "x@y.z", message: "m\n\nCo-authored-by: Dana <101+dana@users.noreply.github.com>" },
        ]),
    ],
    ["pushed last", () => app.history.pushers.set("main", DANA)],
  ])("of somebody else than who %s", async (_what, prepare) => {
    prepare();
    const { run, hold } = await waiting();
    expect(statusOf(await click(run, "Approve", DANA))).toBe("excluded");
    expect(statusOf(await click(run, "Approve", ERIN))).toBe("voted approve");
    expect(await state(hold)).toBe("spent");
  });

  test("of somebody who wrote nothing since the last deployment", async () => {
    app.history.deployments.set("production", [
      { id: 2, sha: SHA, state: "in_progress" },
      { id: 1, sha: BASE, state: "success" },
    ]);
    const filler = { author: { login: "w", id: 1 }, email: "w@acme.dev", message: "m" };
    const commits = [...Array.from({ length: 150 }, () => filler), { ...filler, author: DANA }];
    app.history.commits.set(`${BASE}...${SHA}`, commits);
    const { run } = await waiting();
    expect(statusOf(await click(run, "Approve", DANA))).toBe("excluded");
  });

  test("once GitHub has told who wrote the change", async () => {
    github.fail(`/api/repos/acme/shop/commits/${SHA}/pulls`, 404);
    const { session, tunnel } = await job();
    tunnel.socket.write("PUT a\n");
    await tunnel.line();
    const run = await check(session, (one) => one.conclusion === "action_required");
    expect(statusOf(await click(run, "Approve", DANA))).toBe("exclusions_unknown");
    github.fail(`/api/repos/acme/shop/commits/${SHA}/pulls`, undefined);
    for (let tries = 0; tries < 1_000 && world.reached.length === 0; tries++) {
      world.clock.advance(2_500);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await click(await check(session, (one) => one.status === "completed"), "Approve", DANA).catch(() => undefined);
    }
    expect(world.reached).toEqual(["PUT a"]);
  });

  test("on the button of the command that waits now", async () => {
    const { run, tunnel, hold } = await waiting();
    const old = structuredClone(run);
    await click(run, "Deny", DANA);
    await tunnel.line();
    tunnel.socket.write("PUT b\n");
    const next = (await tunnel.line())?.split(" ")[1] ?? "";
    await check(run.external_id, (one) => one.details_url?.includes(next) === true);
    expect(statusOf(await click(old, "Approve", DANA))).toBe("nothing waits");
    expect([await state(hold), await state(next)]).toEqual(["denied", "pending"]);
    expect(world.reached).toEqual([]);
  });
});

describe("a delivery", () => {
  const payload = { zen: "…", hook_id: 1 };

  test("is refused without our signature over exactly its bytes", async () => {
    expect((await app.deliver(webhooks, "ping", payload, { secret: "another-secret-0123456" })).status).toBe(401);
    expect((await app.deliver(webhooks, "ping", payload, { tampered: '{"zen":"…","hook_id":2}' })).status).toBe(401);
    expect((await fetch(webhooks, { method: "POST", body: "{}" })).status).toBe(401);
    expect(statusOf(await app.deliver(webhooks, "ping", payload))).toBe("pong");
  });

  test("is taken once", async () => {
    const { run, hold } = await waiting();
    github.teams.get("acme/dba")?.delete("dana");
    const body = {
      action: "requested_action",
      requested_action: { identifier: visibleButtons(run)[0]?.identifier },
      check_run: { id: run.id, name: run.name, external_id: run.external_id, app: { id: 77 } },
      repository: { full_name: "acme/shop", id: 1 },
      sender: { ...DANA, type: "User" },
    };
    const id = "11111111-2222-3333-4444-555555555555";
    expect(statusOf(await app.deliver(webhooks, "check_run", body, { id }))).toBe("not_eligible");
    github.teams.get("acme/dba")?.add("dana");
    expect(statusOf(await app.deliver(webhooks, "check_run", body, { id }))).toBe("taken before");
    expect(await state(hold)).toBe("pending");
  });

  test.each<[string, object]>([
    ["another App's check run", { check_run: { app: { id: 78 } } }],
    ["another check of ours", { check_run: { name: "gate/plan" } }],
    ["another check run than the session's", { check_run: { id: 1 } }],
    ["another repository", { repository: { full_name: "acme/other", id: 2 } }],
    ["no sender", { sender: {} }],
  ])("about %s changes nothing", async (_what, change) => {
    const { run, hold } = await waiting();
    const own = { id: run.id, name: run.name, external_id: run.external_id, app: { id: 77 } };
    const body = {
      action: "requested_action",
      requested_action: { identifier: visibleButtons(run)[0]?.identifier },
      repository: { full_name: "acme/shop", id: 1 },
      sender: { ...DANA, type: "User" },
      ...change,
      check_run: { ...own, ...(change as { check_run?: object }).check_run },
    };
    expect(statusOf(await app.deliver(webhooks, "check_run", body))).toBe("ignored");
    expect(await state(hold)).toBe("pending");
  });

  test("that a job is over closes its session", async () => {
    const { session } = await job();
    const over = (id: number) =>
      app.deliver(webhooks, "workflow_job", {
        action: "completed",
        workflow_job: { id, run_id: 17, run_attempt: 1, completed_at: new Date(world.clock.now()).toISOString() },
        repository: { full_name: "acme/shop", id: Number(CLAIMS.repository_id) },
      });
    expect(statusOf(await over(98))).toBe("ignored");
    expect(statusOf(await over(99))).toBe("closed");
    expect((await world.store.session(session))?.state).toBe("closed");
  });

  test("about a deployment is answered by the trust rules", async () => {
    const ask = (environment: string, id: number) =>
      app.deliver(webhooks, "deployment_protection_rule", {
        action: "requested",
        environment,
        deployment_callback_url: "https://api.github.com/repos/acme/shop/actions/runs/17/deployment_protection_rule",
        repository: { full_name: "acme/shop", id },
      });
    expect(statusOf(await ask("production", Number(CLAIMS.repository_id)))).toBe("approved");
    expect(statusOf(await ask("production", 5))).toBe("rejected");
    expect(app.protectionAnswers.map(({ run, body }) => [run, body["state"]])).toEqual([
      ["17", "approved"],
      ["17", "rejected"],
    ]);
  });
});

test("a token that GitHub took back is replaced, and its errors are waited out", async () => {
  const { session, token } = await job();
  await check(session, (one) => one.status === "in_progress");
  app.revokeTokens();
  github.fail("/api/repos/acme/shop/check-runs", 502);
  await world.asSession(token, "POST", `/v1/sessions/${session}/close`);
  await new Promise((resolve) => setTimeout(resolve, 100));
  github.fail("/api/repos/acme/shop/check-runs", undefined);
  for (let tries = 0; tries < 1_000 && github.checkRuns.at(-1)?.status !== "completed"; tries++) {
    world.clock.advance(1_000);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(github.checkRuns.at(-1)).toMatchObject({ status: "completed", conclusion: "success" });
});
