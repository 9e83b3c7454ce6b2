import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { Browser, startOidcProvider, type OidcProvider } from "@gate/testkit";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createWorld, type World } from "../testing/world.ts";
import { serversOf } from "./setup.ts";

let provider: OidcProvider;
let github: Server;
let origin: string;
let world: World;
let browser: Browser;
let conversions: string[];
const at = (path: string): string => world.gateway.url + path;

beforeEach(async () => {
  conversions = [];
  github = createServer((request, response) => {
    conversions.push(`${request.method ?? ""} ${request.url ?? ""}`);
    const made = { id: 77, slug: "gate-acme", pem: "PEM of the App", webhook_secret: "hook-secret-0123456789" };
    const known = request.url === "/api/app-manifests/code1/conversions";
    response
      .writeHead(known ? 201 : 404, { "content-type": "application/json" })
      .end(JSON.stringify(known ? made : {}));
  });
  await new Promise<void>((resolve) => github.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(github.address() as AddressInfo).port}`;
  const port = await new Promise<number>((resolve) => {
    const free = createServer().listen(0, "127.0.0.1", () => {
      const { port: found } = free.address() as AddressInfo;
      free.close(() => resolve(found));
    });
  });
  provider = await startOidcProvider({ redirectUris: [`http://127.0.0.1:${port}/login/oidc/callback`] });
  provider.signInAs({ sub: "1", claims: { preferred_username: "olga" } });
  world = await createWorld({
    port,
    peopleText: `people: {oidc: {issuer: "${provider.issuer}", client_id: gate, client_secret: env:OIDC_SECRET}}\n`,
    parts: { githubServers: [{ web: "https://github.com", api: `${origin}/api` }] },
  });
  browser = new Browser();
});

afterEach(async () => {
  await world.end();
  await provider.close();
  github.closeAllConnections();
  github.close();
});

async function begin(): Promise<{ readonly state: string; readonly manifest: Record<string, unknown> }> {
  await browser.visit(at("/login?return_to=%2F"));
  const page = await browser.visit(at("/github/setup?organization=acme"));
  expect(page).toMatchObject({ status: 200, url: at("/github/setup?organization=acme") });
  expect(String(page.headers["content-security-policy"])).toContain("form-action https://github.com");
  const state = /organizations\/acme\/settings\/apps\/new\?state=([\w-]+)/u.exec(page.text)?.[1] ?? "";
  const manifest = /name="manifest" value="([^"]*)"/u.exec(page.text)?.[1]?.replaceAll("&quot;", '"') ?? "{}";
  return { state, manifest: JSON.parse(manifest) as Record<string, unknown> };
}

test("an App is made in two clicks; its secrets lie in files of their owner, and on no page", async () => {
  const { state, manifest } = await begin();
  expect(manifest).toMatchObject({
    hook_attributes: { url: at("/v1/github/webhooks") },
    redirect_url: at("/github/setup/callback"),
    public: false,
    default_permissions: { checks: "write", members: "read" },
    default_events: ["check_run", "deployment_protection_rule", "workflow_job"],
  });
  const made = await browser.visit(at(`/github/setup/callback?code=code1&state=${state}`));
  expect(made.status).toBe(200);
  expect(made.text).toContain("app_id: 77");
  expect(made.text).not.toContain("PEM of the App");
  expect(made.text).not.toContain("hook-secret");
  const key = join(world.folder, "github-app.pem");
  expect(readFileSync(key, "utf8")).toBe("PEM of the App");
  expect(statSync(key).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(world.folder, "github-webhook.secret"), "utf8")).toBe("hook-secret-0123456789\n");
  expect(world.logged.join("")).not.toContain("hook-secret");
});

test("a set-up counts once, for who began it, and never overwrites", async () => {
  const { state } = await begin();
  const other = new Browser();
  // The shown name is often the person's own to choose.
  provider.signInAs({ sub: "2", claims: { preferred_username: "olga" } });
  await other.visit(at("/login?return_to=%2F"));
  const callback = at(`/github/setup/callback?code=code1&state=${state}`);
  expect((await new Browser().visit(callback)).status).toBe(401);
  expect((await other.visit(callback)).status).toBe(400);
  expect((await browser.visit(callback)).status).toBe(400);
  expect(conversions).toEqual([]);
  expect(existsSync(join(world.folder, "github-app.pem"))).toBe(false);
  const again = await begin();
  expect((await browser.visit(at(`/github/setup/callback?code=code1&state=${again.state}`))).status).toBe(200);
  const third = await begin();
  expect((await browser.visit(at(`/github/setup/callback?code=code1&state=${third.state}`))).status).toBe(409);
});

test("nobody sets up who is not signed in, nor on a server that no issuer names", async () => {
  expect((await browser.visit(at("/github/setup"), { follow: 0 })).headers["location"]).toContain("/login");
  await begin();
  expect((await browser.visit(at("/github/setup?server=https%3A%2F%2Fevil.example"))).status).toBe(400);
  expect(
    serversOf(["https://token.actions.acme.ghe.com", "https://git.acme.dev/_services/token", "http://127.0.0.1"]),
  ).toEqual([
    { web: "https://github.com", api: "https://api.github.com" },
    { web: "https://acme.ghe.com", api: "https://api.acme.ghe.com" },
    { web: "https://git.acme.dev", api: "https://git.acme.dev/api/v3" },
  ]);
});
