import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createGateway, createLog, parseConfig, type Gateway } from "@gate/gateway";
import { protocols } from "@gate/protocols";
import { Browser, freePort, startOidcProvider, type OidcProvider } from "@gate/testkit";
import { spawn } from "node:child_process";
import { get } from "node:http";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { credentialsFile, savedLogin, saveLogin } from "./credentials.ts";

const MAIN = join(dirname(fileURLToPath(import.meta.url)), "main.ts");
const POLICY = `version: gate/v1
grants: {db: {target: db, rules: [sql]}}
rules: {sql: [{id: read, effect: allow, match: {statement: [SELECT]}}]}
`;
const folder = mkdtempSync(join(tmpdir(), "gate-login-"));
let provider: OidcProvider;
let gateway: Gateway;

beforeAll(async () => {
  const port = await freePort();
  provider = await startOidcProvider({ redirectUris: [`http://127.0.0.1:${port}/login/oidc/callback`] });
  provider.signInAs({ sub: "1", claims: { preferred_username: "alice", groups: ["oncall"] } });
  writeFileSync(join(folder, "policy.yaml"), POLICY);
  const oidc = `people: {oidc: {issuer: "${provider.issuer}", client_id: gate, client_secret: env:SECRET}}`;
  gateway = await startGateway(port, oidc);
});

async function startGateway(port: number, people: string): Promise<Gateway> {
  const text = `version: gate/v1
gateway: {listen: "127.0.0.1:${port}", tls: off, store: "memory:"}
policy: file:policy.yaml
targets:
  db: {protocol: postgres, address: "127.0.0.1:1", database: d, credential: {username: u, password: env:SECRET}}
${people}
`;
  const env = { SECRET: provider.clientSecret };
  const config = parseConfig(text, join(folder, "gateway.yaml"), { env, protocols });
  const log = createLog({ destination: { write: () => undefined } });
  const started = await createGateway({ config, policyText: config.policyText, policyFile: config.policyFile, log });
  await started.listen();
  return started;
}

afterAll(async () => {
  await gateway.close();
  await provider.close();
  rmSync(folder, { recursive: true, force: true });
});

test("a person signs in through the browser, asks, and signs out", async () => {
  const home = join(folder, "home-1");
  const login = gate(home, "login", "--gateway", gateway.url, "--no-browser");
  const url = await login.find(/^ {2}(http\S+\/login\?\S+)$/mu);
  const port = new URL(url).searchParams.get("cli_port") ?? "";
  // Any page that a browser shows can send these: they end nothing, and bring no code of another person.
  for (const path of ["//", "/callback?code=x", "/callback?code=x&state=guess"]) {
    expect(await statusOf(port, path)).toBe(404);
  }
  const browser = new Browser();
  const asked = await browser.visit(url);
  const handle = /name="handle" value="([\w-]+)"/u.exec(asked.text)?.[1] ?? "";
  const page = await browser.visit(`${gateway.url}/login/cli`, { form: { handle } });
  expect(page).toMatchObject({ status: 200, text: expect.stringContaining("You are signed in") });
  expect(await login.end()).toEqual({
    code: 0,
    stdout: expect.stringContaining(`signed in to ${gateway.url} as alice`),
  });
  const file = join(home, "credentials.json");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const { token } = (JSON.parse(readFileSync(file, "utf8")) as Record<string, { token: string }>)[gateway.url] ?? {};
  expect(login.output()).not.toContain(token);
  const list = gate(home, "approvals", "list", "--gateway", gateway.url);
  expect(await list.end()).toEqual({ code: 0, stdout: "no holds\n" });
  expect((await gate(home, "logout", "--gateway", gateway.url).end()).code).toBe(0);
  const after = gate(home, "approvals", "list", "--gateway", gateway.url);
  expect(await after.end()).toMatchObject({ code: 2 });
  expect(after.output()).toContain("gate login --gateway");
  const headers = { authorization: `Bearer ${String(token)}` };
  expect((await fetch(`${gateway.url}/v1/approvals`, { headers })).status).toBe(401);
}, 120_000);

test("a person signs in with a code that they type elsewhere", async () => {
  const home = join(folder, "home-2");
  const login = gate(home, "login", "--gateway", gateway.url, "--device", "--json");
  const code = await login.find(/code ([A-Z]{4}-[A-Z]{4})/u);
  const browser = new Browser();
  await browser.visit(`${gateway.url}/login?return_to=%2Flogin%2Fdevice`);
  const { csrf } = JSON.parse((await browser.visit(`${gateway.url}/v1/me`)).text) as { csrf: string };
  const done = await browser.visit(`${gateway.url}/login/device`, { form: { code, csrf } });
  expect(done.status).toBe(200);
  const { code: exit, stdout } = await login.end();
  expect({ exit, ...(JSON.parse(stdout) as object) }).toMatchObject({ exit: 0, name: "alice" });
}, 120_000);

test.each([[], ["--device"]])("where nobody can sign in, the command says so at once: %j", async (...how) => {
  const closed = await startGateway(await freePort(), "");
  try {
    const login = gate(join(folder, "home-3"), "login", "--gateway", closed.url, "--no-browser", ...how);
    expect(await login.end()).toEqual({ code: 1, stdout: "" });
    expect(login.output()).toContain("knows no identity provider");
    expect(login.output()).toContain("people.oidc or people.saml");
  } finally {
    await closed.close();
  }
});

test("logins are kept apart by gateway, and a broken file is named", () => {
  const file = join(folder, "apart", "credentials.json");
  const login = { token: "t", name: "n", expires_at: "2030-01-01T00:00:00Z" };
  saveLogin(file, new URL("https://a.example"), login);
  saveLogin(file, new URL("https://b.example:8443"), { ...login, token: "u" });
  expect(savedLogin(file, new URL("https://a.example/x"))?.token).toBe("t");
  expect(savedLogin(file, new URL("https://b.example"))).toBeUndefined();
  writeFileSync(file, "{");
  expect(() => savedLogin(file, new URL("https://a.example"))).toThrow("remove it and run gate login again");
  expect(credentialsFile({ APPDATA: "x" }, "win32")).toBe(join("x", "gate", "credentials.json"));
});

interface Running {
  find(pattern: RegExp): Promise<string>;
  end(): Promise<{ readonly code: number | null; readonly stdout: string }>;
  output(): string;
}

function gate(home: string, ...args: readonly string[]): Running {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN, ...args], {
    env: { PATH: process.env["PATH"], HOME: home, GATE_CONFIG_DIR: home },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let all = "";
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    all += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => (all += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  return {
    output: () => all,
    end: async () => ({ code: await ended, stdout }),
    find: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = pattern.exec(all)?.[1];
          if (found !== undefined) resolve(found);
        };
        child.stderr.on("data", look);
        child.once("close", () => reject(new Error(`never printed: ${all}`)));
        look();
      }),
  };
}

function statusOf(port: string, path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, path, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).once("error", reject);
  });
}
