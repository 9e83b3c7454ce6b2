/**
 * The web pages in a real browser, over a real gateway, PostgreSQL and OpenID provider. Needs psql, chromium and dist/.
 * Pictures of every page go to .gate/pictures.
 */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { startOidcProvider, type OidcProvider } from "@gate/testkit";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";
import { DEMO_POLICY, freePort, ROOT, run, sleep, startWorld, type World } from "../world.ts";
import { scratch } from "./action-job.ts";
import { suiteWith } from "../../packages/testkit/src/parts.ts";

const TEST_MS = 180_000;
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PICTURES = join(ROOT, ".gate/pictures");
const directory = scratch("web");
const POLICY = DEMO_POLICY.replace('from: ["github-team:acme/dba"]', 'from: ["oidc-group:dba"]').replace(
  "count: 1",
  "exclude: [actor, triggering_actor], count: 1",
);
const MASS = "UPDATE orders SET status = 'open' -- <img src=x onerror=\"document.title='owned'\"> \u202e";

const MARKUP = "<img src=x onerror=\"document.title='owned'\">";
const BRANCH = `refs/heads/${MARKUP}`;

let world: World;
let provider: OidcProvider;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let jobs = 0;

const describeWith = suiteWith(CHROMIUM !== undefined, "the package chromium");

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  const port = await freePort();
  provider = await startOidcProvider({ redirectUris: [`http://127.0.0.1:${port}/login/oidc/callback`] });
  world = await startWorld({
    directory: join(directory.path, "gateway"),
    policy: POLICY,
    tls: "off",
    port,
    env: { OIDC_SECRET: provider.clientSecret },
    people: `people:\n  oidc: {issuer: "${provider.issuer}", client_id: gate, client_secret: env:OIDC_SECRET, github_login_claim: github_login}\n`,
  });
  browser = await chromium.launch({ executablePath: CHROMIUM ?? "chromium", args: ["--no-sandbox"] });
}, TEST_MS);

afterAll(async () => {
  await browser?.close();
  await world?.stop();
  await provider?.close();
  directory.remove();
}, TEST_MS);

beforeEach(async () => {
  provider.signInAs({ sub: "erin", claims: { preferred_username: "erin", groups: ["dba"], github_login: "erin-gh" } });
  context = await browser.newContext();
  page = await context.newPage();
});

afterEach(() => context.close());

interface Waiting {
  readonly done: Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }>;
  readonly hold: string;
  readonly session: string;
}

/** A job whose psql waits for an approval. */
async function waitingJob(sql: string, actor = "octocat"): Promise<Waiting> {
  jobs += 1;
  const token = join(directory.path, `token-${jobs}`);
  // Who names a branch chooses what the pages show of it.
  const job = world.github.openJob({
    environment: "production",
    eventName: "push",
    actor,
    ref: BRANCH,
    workflow: MARKUP,
  });
  writeFileSync(token, job.subjectToken(world.url));
  const before = new Set((await holds()).map(({ id }) => id));
  const cli = join(ROOT, "dist/cli/main.js");
  const args = [cli, "connect", "--gateway", world.url, "--grants", "orders-db", "--token-file", token];
  const done = run(process.execPath, [...args, "--", "psql", "-X", "-v", "ON_ERROR_STOP=1", "-c", sql]);
  for (let tries = 0; tries < 300; tries++) {
    const fresh = (await holds()).find(({ id, state }) => state === "pending" && !before.has(id));
    if (fresh !== undefined) return { done, hold: fresh.id, session: fresh.session_id };
    await sleep(100);
  }
  throw new Error(`nothing was held:\n${JSON.stringify(await done)}`);
}

/** Through the API with the browser's own login, in a context that the tests do not look at. */
async function holds(): Promise<{ id: string; state: string; session_id: string }[]> {
  const other = await browser.newContext();
  try {
    await other.request.get(`${world.url}/login/oidc`);
    const answer = await other.request.get(`${world.url}/v1/approvals`);
    return ((await answer.json()) as { approvals: { id: string; state: string; session_id: string }[] }).approvals;
  } finally {
    await other.close();
  }
}

async function axe(where: string): Promise<void> {
  await page.evaluate(AXE);
  const found = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>(
    "axe.run(document, {resultTypes: ['violations']})",
  );
  expect({ where, violations: found.violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]) }).toEqual({
    where,
    violations: [],
  });
}

async function pictures(name: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(PICTURES, `${name}-${colorScheme}.png`), fullPage: true });
    await axe(`${name} ${colorScheme}`);
  }
  const size = page.viewportSize() ?? { width: 1280, height: 720 };
  await page.setViewportSize({ width: 360, height: 740 });
  await page.screenshot({ path: join(PICTURES, `${name}-360.png`), fullPage: true });
  expect({ name, scrolls: await page.evaluate("document.documentElement.scrollWidth > innerWidth") }).toEqual({
    name,
    scrolls: false,
  });
  await axe(`${name} 360`);
  await page.setViewportSize(size);
}

/** On the policy page: a command explained, one that cannot be read, and what the page says of the catalogue. */
async function explains(): Promise<void> {
  await page.getByRole("heading", { name: "Explain a command" }).waitFor();
  await page.getByText("without the live catalogue").waitFor();
  await page.getByRole("combobox", { name: "Grant" }).selectOption("orders-db");
  await page.getByRole("combobox", { name: "Trust rule of the job" }).selectOption("deploy-prod");
  const command = page.getByRole("textbox", { name: "SQL" });
  await command.fill("SELEC nothing");
  await page.getByRole("button", { name: "Explain" }).click();
  await page.getByRole("alert").getByText("does not parse").waitFor();
  await command.fill("UPDATE orders SET status = 'open'");
  await page.getByRole("button", { name: "Explain" }).click();
  const rules = page.getByRole("region", { name: "Each rule" });
  await rules.waitFor();
  expect(await page.getByRole("alert").count()).toBe(0);
  expect(await page.getByRole("status").innerText()).toMatch(/hold\s+by mass/u);
  const rows = await rules.getByRole("row").allInnerTexts();
  const words = rows.map((row) =>
    row
      .split(/\s+/u)
      .filter((word) => word !== "")
      .join(" "),
  );
  expect(words[0]).toBe("Rule Effect Matches First that failed");
  expect(words).toEqual(
    expect.arrayContaining(["read allow no statement", "keyed allow no where", "mass hold yes –", "never deny no any"]),
  );
  await pictures("policy");
  await page.getByRole("combobox", { name: "Kind of command" }).selectOption("exec");
  await page.getByRole("textbox", { name: "Command line" }).fill("ls");
  await page.getByRole("button", { name: "Explain" }).click();
  await page.getByRole("alert").getByText("is no command of").waitFor();
}

describeWith("in a browser", () => {
  test(
    "a held command is seen whole, approved by keyboard, and runs once",
    async () => {
      const waiting = await waitingJob(MASS);
      await page.goto(`${world.url}/`);
      await page.getByRole("heading", { name: "Approvals" }).waitFor();
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.message));
      page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
      const elsewhere: string[] = [];
      page.on("request", (request) => {
        if (!request.url().startsWith(world.url) && !request.url().startsWith(provider.issuer))
          elsewhere.push(request.url());
      });
      await page
        .getByRole("link", { name: /UPDATE orders/u })
        .first()
        .waitFor();
      await pictures("approvals");
      await page
        .getByRole("link", { name: /UPDATE orders/u })
        .first()
        .click();
      await page.getByRole("heading", { name: /A command waits for orders-db/u }).waitFor();
      const command = page.getByRole("region", { name: "The command, exactly as it would run" });
      expect(await command.innerText()).toBe(MASS.replace("\u202e", "\\u{202e}"));
      expect(await page.title()).toBe("Gate");
      await page.getByText("acme/shop").first().waitFor();
      expect(await page.locator("dd", { hasText: BRANCH }).first().innerText()).toBe(BRANCH);
      expect(await page.locator("main img").count()).toBe(0);
      await pictures("approval");
      await page.getByRole("textbox", { name: /Reason/u }).focus();
      await page.keyboard.type("looked at it");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.getByText("You approved it.").waitFor();
      const { code, stderr } = await waiting.done;
      expect(stderr).toContain(`gate: held for approval ${waiting.hold}: ${world.url}/approvals/${waiting.hold}`);
      expect(code).toBe(0);
      const open = await world.postgres.query("SELECT count(*)::int AS n FROM orders WHERE status = 'open'", "shop");
      expect(open[0]?.["n"]).toBe(20);
      expect({ errors, elsewhere }).toEqual({ errors: [], elsewhere: [] });
      await page.goto(`${world.url}/sessions/${waiting.session}`);
      await page.getByText("erin: approve").waitFor();
      await page.getByText("looked at it").first().waitFor();
      await pictures("session");
      await page.goto(`${world.url}/sessions`);
      await page.getByText("sessions", { exact: false }).first().waitFor();
      await pictures("sessions");
      await page.goto(`${world.url}/policy`);
      await page.getByRole("heading", { name: "Who may come" }).waitFor();
      await explains();
    },
    TEST_MS,
  );

  test(
    "who started the job cannot approve it, and is told why; a colleague denies it",
    async () => {
      await world.postgres.query("UPDATE orders SET status = 'shipped'", "shop");
      const waiting = await waitingJob("UPDATE orders SET status = 'open'", "erin-gh");
      await page.goto(`${world.url}/approvals/${waiting.hold}`);
      await page.getByRole("button", { name: "Approve this command" }).click();
      await page.getByRole("alert").getByText("cannot approve it").waitFor();
      await context.clearCookies();
      provider.signInAs({ sub: "frank", claims: { preferred_username: "frank", groups: ["dba"] } });
      await page.goto(`${world.url}/approvals/${waiting.hold}`);
      await page.getByRole("textbox", { name: /Reason/u }).fill("not today");
      await page.getByRole("button", { name: "Deny" }).click();
      await page.getByText("You denied it.").waitFor();
      const { code, stderr } = await waiting.done;
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining("frank said no: not today") });
      const open = await world.postgres.query("SELECT count(*)::int AS n FROM orders WHERE status = 'open'", "shop");
      expect(open[0]?.["n"]).toBe(0);
    },
    TEST_MS,
  );

  test(
    "somebody outside the group sees the command, and cannot answer",
    async () => {
      const waiting = await waitingJob("UPDATE orders SET status = 'open'");
      provider.signInAs({ sub: "gus", claims: { preferred_username: "gus", groups: ["sales"] } });
      await page.goto(`${world.url}/approvals/${waiting.hold}`);
      await page.getByRole("button", { name: "Approve this command" }).click();
      await page.getByRole("alert").getByText("none of the groups").waitFor();
      await page.goto(`${world.url}/sessions/${waiting.session}`);
      await page.getByRole("button", { name: "End this session…" }).click();
      await page.getByRole("button", { name: "Keep it" }).click();
      await page.getByRole("button", { name: "End this session…" }).click();
      await page.getByRole("button", { name: "End it now" }).click();
      // The live view shows the end that was asked for, without a reload.
      await page.getByText("session closed: revoked by gus").waitFor();
      await page.getByText("ended", { exact: true }).waitFor();
      expect((await waiting.done).code).not.toBe(0);
    },
    TEST_MS,
  );

  test(
    "a terminal is followed while it is open, and plays when it is over",
    async () => {
      const waiting = await waitingJob("UPDATE orders SET status = 'open'");
      const folder = join(world.directory, "recordings", waiting.session, "terminals");
      mkdirSync(folder, { recursive: true });
      const cast = join(folder, "c1-1.cast");
      const first = [...Array.from({ length: 22 }, (_, n) => `line ${n + 1}\\r\\n`), "hello from the recording"].join(
        "",
      );
      writeFileSync(cast, `{"version":2,"width":80,"height":24}\n[0.1,"o","${first}"]\n[0.2,"i","q"]\n`);
      await page.goto(`${world.url}/sessions/${waiting.session}`);
      const [replay] = await Promise.all([
        context.waitForEvent("page"),
        page.getByRole("link", { name: "c1-1.cast" }).click(),
      ]);
      await replay.getByText("live", { exact: true }).waitFor();
      await replay.getByText("hello from the recording").waitFor();
      expect(new URL(replay.url()).pathname).toBe(`/replay/${waiting.session}`);
      await replay.screenshot({ path: join(PICTURES, "replay.png"), fullPage: true });
      // Every line of a terminal of the usual size has its own place.
      const height = await replay
        .locator(".ap-term-text")
        .evaluate((element) => element.getBoundingClientRect().height);
      const tops = await replay
        .locator(".ap-term-text .ap-line")
        .evaluateAll((lines) => lines.map((line) => line.getBoundingClientRect().top));
      expect(tops).toHaveLength(24);
      expect((tops[23] ?? 0) - (tops[0] ?? 0)).toBeGreaterThan((height * 22) / 24);
      // What comes is shown with the next event of the session; then its end.
      appendFileSync(cast, '[3,"o","\\r\\nand more"]\n');
      await page.goto(`${world.url}/approvals/${waiting.hold}`);
      await page.getByRole("button", { name: "Deny" }).click();
      await waiting.done;
      await replay.getByText("The session has ended.").waitFor();
      await replay.getByText("and more").waitFor();
      await replay.locator(".ap-overlay-start, .ap-playback-button").first().click();
      await replay.getByText("hello from the recording").waitFor();
    },
    TEST_MS,
  );

  test("pages may load nothing from elsewhere and stand in nobody's frame", async () => {
    const answer = await context.request.get(`${world.url}/approvals`);
    const policy = answer.headers()["content-security-policy"] ?? "";
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/u);
    expect(readdirSync(PICTURES).length).toBeGreaterThan(10);
  });
});
