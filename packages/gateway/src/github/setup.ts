/**
 * Creates the operator's GitHub App from a manifest: one click here, one on GitHub. The App's key and webhook secret go
 * into files beside the signing key; gateway.yaml is the operator's to change, and the page says how.
 * Touches the store, the network and those two files.
 *
 * https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
 */
import type { FastifyInstance } from "fastify";
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { browserSession, requirePerson } from "../people/authenticate.ts";
import { secretId } from "../people/documents.ts";
import { donePage, escapeHtml, PAGE_POLICY, pageHtml, type Page } from "../people/pages.ts";
import { Problem } from "../problem.ts";
import type { GatewayState } from "../state.ts";
import { serverOf } from "../web/hold-details.ts";
import { member } from "./client.ts";

/** Milliseconds between the click here and the click on GitHub. */
const SETUP_MS_MAX = 3_600_000;
const KIND = "github-setup";

/** Where GitHub's pages and its API are. */
export interface GitHubServer {
  readonly web: string;
  readonly api: string;
}

export interface SetupOptions {
  readonly signingKeyFile: string;
  readonly servers: readonly GitHubServer[];
}

/** The servers whose jobs this gateway knows; github.com always. */
export function serversOf(issuers: readonly string[]): readonly GitHubServer[] {
  const webs = new Set(["https://github.com", ...issuers.map(serverOf).filter((web) => web !== undefined)]);
  return [...webs].map((web) => ({ web, api: apiOf(web) }));
}

export function addGitHubSetup(app: FastifyInstance, state: GatewayState, options: SetupOptions): void {
  app.get("/github/setup", async (request, reply) => {
    const session = await browserSession(state, request);
    if (session === undefined) return reply.redirect("/login?return_to=%2Fgithub%2Fsetup", 303);
    const query = new URLSearchParams(request.url.split("?")[1] ?? "");
    const organization = query.get("organization") ?? "";
    const server = options.servers.find(({ web }) => web === (query.get("server") ?? "https://github.com"));
    if (server === undefined || !/^[A-Za-z0-9-]{0,39}$/.test(organization)) {
      throw new Problem(400, "invalid_request", "server must be one whose issuer is in gateway.yaml");
    }
    const secret = randomBytes(24).toString("base64url");
    const pending: Pending = { person: session.person.identity.id, api: server.api, web: server.web };
    await state.store.putDocument(KIND, secretId(secret), pending, state.clock.now() + SETUP_MS_MAX);
    const account = organization === "" ? "" : `/organizations/${organization}`;
    const action = `${server.web}${account}/settings/apps/new?state=${secret}`;
    return reply
      .header("content-security-policy", PAGE_POLICY.replace("form-action 'self'", `form-action ${server.web}`))
      .type("text/html; charset=utf-8")
      .send(pageHtml(setupPage(action, manifestOf(state.publicUrl), organization, options.servers, server)));
  });

  app.get("/github/setup/callback", async (request, reply) => {
    const person = await requirePerson(state, request);
    const query = new URLSearchParams(request.url.split("?")[1] ?? "");
    const code = query.get("code") ?? "";
    const found = await state.store.takeDocument(KIND, secretId(query.get("state") ?? ""));
    const pending = found?.body as Pending | undefined;
    if (
      pending === undefined ||
      (found?.expiresAtMs ?? 0) <= state.clock.now() ||
      pending.person !== person.identity.id
    ) {
      throw new Problem(400, "setup_unknown", "this set-up is over, or somebody else's: begin again at /github/setup");
    }
    if (!/^[A-Za-z0-9_-]{1,128}$/.test(code)) throw new Problem(400, "invalid_request", "GitHub sent no code");
    const made = await convert(pending.api, code);
    const folder = dirname(options.signingKeyFile);
    const keyFile = join(folder, "github-app.pem");
    const secretFile = join(folder, "github-webhook.secret");
    if ([keyFile, secretFile].some((file) => existsSync(file))) {
      throw new Problem(
        409,
        "setup_done",
        `there is ${keyFile} or ${secretFile} already: move them away and begin again`,
      );
    }
    writeFileSync(keyFile, made.pem, { mode: 0o600, flag: "wx" });
    writeFileSync(secretFile, `${made.webhookSecret}\n`, { mode: 0o600, flag: "wx" });
    state.log.warn({ person: person.name, app: made.id }, "a GitHub App was created for this gateway");
    return reply
      .header("content-security-policy", PAGE_POLICY)
      .type("text/html; charset=utf-8")
      .send(pageHtml(madePage(made, pending, keyFile, secretFile)));
  });
}

interface Pending {
  /** The id: a name is often the person's own to choose. */
  readonly person: string;
  readonly api: string;
  readonly web: string;
}

interface Made {
  readonly id: number;
  readonly slug: string;
  readonly pem: string;
  readonly webhookSecret: string;
}

/** What the App may do and hear: nothing beyond check runs, deployments and who people are. */
export function manifestOf(publicUrl: string): object {
  return {
    name: `gate ${new URL(publicUrl).hostname}`.slice(0, 34),
    url: publicUrl,
    hook_attributes: { url: `${publicUrl}/v1/github/webhooks`, active: true },
    redirect_url: `${publicUrl}/github/setup/callback`,
    public: false,
    default_permissions: {
      actions: "read",
      checks: "write",
      contents: "read",
      deployments: "write",
      members: "read",
      metadata: "read",
      pull_requests: "read",
    },
    default_events: ["check_run", "deployment_protection_rule", "workflow_job"],
  };
}

async function convert(api: string, code: string): Promise<Made> {
  let answer: unknown;
  try {
    const response = await fetch(`${api}/app-manifests/${code}/conversions`, {
      method: "POST",
      redirect: "error",
      headers: { accept: "application/vnd.github+json", "user-agent": "gate" },
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    answer = response.status === 201 ? await response.json() : undefined;
  } catch {
    throw new Problem(502, "github_unreachable", "GitHub does not answer: begin again at /github/setup");
  }
  const id = member(answer, "id");
  const slug = member(answer, "slug");
  const pem = member(answer, "pem");
  const webhookSecret = member(answer, "webhook_secret");
  if (
    typeof id !== "number" ||
    typeof slug !== "string" ||
    typeof pem !== "string" ||
    typeof webhookSecret !== "string"
  ) {
    throw new Problem(502, "github_refused", "GitHub did not create the App: begin again at /github/setup");
  }
  return { id, slug, pem, webhookSecret };
}

function setupPage(
  action: string,
  manifest: object,
  organization: string,
  servers: readonly GitHubServer[],
  server: GitHubServer,
): Page {
  const others = servers
    .filter(({ web }) => web !== server.web)
    .map(({ web }) => `<a href="/github/setup?server=${encodeURIComponent(web)}">${escapeHtml(web)}</a>`);
  const where = organization === "" ? "your own account" : organization;
  return {
    title: "Create the GitHub App of this gateway",
    body: `<p>It posts the check <code>gate/session</code> with Approve and Deny buttons, and asks who is in which team. It reads
no code beyond commits’ authors.</p>
<form method="post" action="${escapeHtml(action)}">
<input type="hidden" name="manifest" value="${escapeHtml(JSON.stringify(manifest))}">
<button type="submit">Create it for ${escapeHtml(where)} on ${escapeHtml(new URL(server.web).hostname)}</button>
</form>
<form method="get" action="/github/setup">
<label for="organization">Or for an organisation</label>
<input id="organization" name="organization" pattern="[A-Za-z0-9-]{1,39}" required>
<input type="hidden" name="server" value="${escapeHtml(server.web)}">
<button type="submit">Choose</button>
</form>
${others.length === 0 ? "" : `<p>On another server: ${others.join(", ")}</p>`}`,
  };
}

function madePage(made: Made, { web, api }: Pending, keyFile: string, secretFile: string): Page {
  const yaml = [
    "github:",
    `  app_id: ${made.id}`,
    `  private_key: file:${keyFile}`,
    `  webhook_secret: file:${secretFile}`,
    ...(api === "https://api.github.com" ? [] : [`  api_url: ${api}`]),
  ].join("\n");
  const install = `${web}/apps/${encodeURIComponent(made.slug)}/installations/new`;
  const page = donePage("The App exists", "Its key and webhook secret lie beside the gateway's signing key.");
  return {
    title: page.title,
    body: `${page.body}
<p>Add this to gateway.yaml, and start the gateway again:</p>
<pre>${escapeHtml(yaml)}</pre>
<a class="button" href="${escapeHtml(install)}">Install it for repositories</a>`,
  };
}

function apiOf(web: string): string {
  const { hostname, host } = new URL(web);
  if (hostname === "github.com") return "https://api.github.com";
  return hostname.endsWith(".ghe.com") ? `https://api.${hostname}` : `https://${host}/api/v3`;
}

/** Milliseconds for GitHub's answer. */
const ANSWER_MS_MAX = 10_000;
