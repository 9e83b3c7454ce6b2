/**
 * `gate login` and `gate logout`: a person's own token, through the gateway's identity provider. Over a loopback port
 * (RFC 8252, PKCE), or with --device by a code typed into any browser (RFC 8628). Touches the network and a browser.
 */
import { createHash, randomBytes } from "node:crypto";
import { spawn } from "node:child_process";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { constantTimeEqual } from "@gate/base";
import type { Command } from "commander";
import { credentialsFile, savedLogin, saveLogin, type SavedLogin } from "./credentials.ts";
import { CommandError, complain, EXIT, print, printJson, visible } from "./output.ts";
import { accepted, gatewayUrl, withClient, withGatewayOptions, type PersonOptions } from "./person-client.ts";

interface LoginOptions extends PersonOptions {
  readonly device?: boolean;
  readonly browser: boolean;
}

interface Device {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly expires_in: number;
  readonly interval: number;
}

export function addLogin(program: Command): void {
  withGatewayOptions(program.command("login").description("sign in as a person, to see sessions and answer holds"))
    .option("--device", "show a code to type into a browser, on this machine or another one")
    .option("--no-browser", "print the address instead of opening it")
    .addHelpText("after", "\nExample: gate login --gateway https://gate.acme.dev")
    .action(async (options: LoginOptions) => {
      const url = gatewayUrl(options);
      const login = await (options.device === true ? byDevice(options, url) : byLoopback(options, url));
      saveLogin(credentialsFile(process.env), url, login);
      if (options.json === true) printJson({ name: login.name, expires_at: login.expires_at });
      else print(`signed in to ${url.origin} as ${visible(login.name)} until ${login.expires_at}`);
    });
  withGatewayOptions(program.command("logout").description("end the login that gate login saved"))
    .addHelpText("after", "\nExample: gate logout --gateway https://gate.acme.dev")
    .action(async (options: PersonOptions) => {
      const url = gatewayUrl(options);
      const file = credentialsFile(process.env);
      const login = savedLogin(file, url);
      if (login === undefined) throw new CommandError(EXIT.no, `there is no login for ${url.origin}`);
      saveLogin(file, url, undefined);
      const headers = { authorization: `Bearer ${login.token}` };
      await withClient(options, url, async (client) =>
        accepted(await client.send("POST", new URL("/v1/people/logout", url).href, { headers, json: {} })),
      );
      if (options.json === true) printJson({ name: login.name });
      else print(`signed out of ${url.origin}`);
    });
}

async function byLoopback(options: LoginOptions, url: URL): Promise<SavedLogin> {
  // A gateway that is not there is told here, not by the browser while the command waits.
  const { signIn } = await withClient(options, url, (client) => client.wellKnown());
  if (signIn?.length === 0) {
    const fix = "set people.oidc or people.saml in gateway.yaml, or use a token of people.tokens with GATE_TOKEN_FILE";
    throw new CommandError(EXIT.no, `nobody can sign in at ${url.origin}, which knows no identity provider: ${fix}`);
  }
  const verifier = randomBytes(32).toString("base64url");
  const state = randomBytes(24).toString("base64url");
  const waiting = await waitForCode(state);
  const login = new URL("/login", url);
  login.searchParams.set("cli_port", String(waiting.port));
  login.searchParams.set("cli_state", state);
  login.searchParams.set("cli_challenge", createHash("sha256").update(verifier).digest("base64url"));
  complain(`open this address to sign in:\n\n  ${login.href}\n`);
  if (options.browser) openBrowser(login.href);
  const code = await waiting.code;
  return withClient(options, url, async (client) =>
    accepted<SavedLogin>(
      await client.send("POST", new URL("/v1/people/token", url).href, { json: { code, verifier } }),
    ),
  );
}

async function byDevice(options: LoginOptions, url: URL): Promise<SavedLogin> {
  return withClient(options, url, async (client) => {
    const begun = await client.send("POST", new URL("/v1/people/device", url).href, { json: {} });
    const device = accepted<Device>(begun);
    complain(`open ${visible(device.verification_uri)}\nand type the code ${visible(device.user_code)}\n`);
    const untilMs = Date.now() + Math.min(device.expires_in * 1000, LOGIN_MS_MAX);
    while (Date.now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, Math.max(1, device.interval) * 1000));
      const json = { device_code: device.device_code };
      const answer = await client.send("POST", new URL("/v1/people/device/token", url).href, { json });
      if (answer.status !== 202) return accepted<SavedLogin>(answer);
    }
    throw new CommandError(EXIT.no, "nobody typed the code in time: run gate login again");
  });
}

/** Listens on a loopback port for the browser to come back with a code for `state`. */
async function waitForCode(state: string): Promise<{ readonly port: number; readonly code: Promise<string> }> {
  const server = createServer();
  server.listen({ host: "127.0.0.1", port: 0 });
  await new Promise<void>((resolve, reject) => server.once("listening", resolve).once("error", reject));
  const code = new Promise<string>((resolve, reject) => {
    const late = setTimeout(
      () => reject(new CommandError(EXIT.no, "nobody signed in in time: run gate login again")),
      LOGIN_MS_MAX,
    );
    server.on("request", (request, response) => {
      // Not as a URL: `//` is none, and any page may ask for it.
      const [path, query = ""] = (request.url ?? "").split("?", 2);
      const seen = new URLSearchParams(query);
      const found = seen.get("code");
      const right = constantTimeEqual(seen.get("state") ?? "", state);
      if (request.method !== "GET" || path !== "/callback" || found === null || !right) {
        answer(response, 404, "There is nothing here.");
        return;
      }
      answer(response, 200, "You are signed in. You can close this page and go back to the terminal.");
      clearTimeout(late);
      resolve(found);
    });
  }).finally(() => {
    server.close();
    server.closeIdleConnections();
  });
  return { port: (server.address() as AddressInfo).port, code };
}

function answer(response: ServerResponse, status: number, text: string): void {
  response
    .writeHead(status, {
      "content-type": "text/plain; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'",
      connection: "close",
    })
    .end(`${text}\n`);
}

/** The address stands on the terminal too: where nothing can open it, a person does. */
function openBrowser(url: string): void {
  const [command, ...args] =
    process.platform === "darwin"
      ? ["open", url]
      : process.platform === "win32"
        ? ["rundll32", "url.dll,FileProtocolHandler", url]
        : ["xdg-open", url];
  spawn(command ?? "", args, { stdio: "ignore", detached: true })
    .on("error", () => undefined)
    .unref();
}

/** Milliseconds that a person may take to sign in. */
const LOGIN_MS_MAX = 10 * 60_000;
