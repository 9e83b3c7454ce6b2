/**
 * What GitHub tells: clicks on a check run's buttons, checks to run again, deployments that ask to begin, jobs that are
 * over. Every delivery is checked by HMAC over its raw bytes and taken once. Touches the store and GitHub.
 *
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 */
import { constantTimeEqual, messageOf } from "@gate/base";
import type { TrustRule } from "@gate/contract";
import type { FastifyInstance } from "fastify";
import { createHmac } from "node:crypto";
import { Problem } from "../problem.ts";
import { singleHeader } from "../single-header.ts";
import type { GatewayState } from "../state.ts";
import { CHECK_NAME, type SessionChecks } from "./checks.ts";
import { encodePath, member, type GitHubClient } from "./client.ts";
import type { GitHubConfig } from "./config.ts";
import { personOf, type GitHubSender } from "./people.ts";

/** Bytes of one delivery: anybody can send one, and what is handled here has a hundredth of it. */
const DELIVERY_BYTES_MAX = 1024 * 1024;
/** Milliseconds for which a delivery's id is remembered; GitHub redelivers for three days. */
const DELIVERY_MS_MAX = 4 * 24 * 3_600_000;
/** Milliseconds by which an event may be older than its arrival. */
const EVENT_AGE_MS_MAX = 3_600_000;

export interface GitHubPart {
  readonly config: GitHubConfig;
  readonly client: GitHubClient;
  readonly checks: SessionChecks;
}

export function addWebhooks(app: FastifyInstance, state: GatewayState, github: GitHubPart): void {
  void app.register(async (scope) => {
    // The signature is over the bytes as they came: nothing may parse and write them again.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    scope.post("/v1/github/webhooks", { bodyLimit: DELIVERY_BYTES_MAX }, async (request, reply) => {
      const header = (name: string): string => singleHeader(request.raw, name) ?? "";
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const expected = `sha256=${createHmac("sha256", github.config.webhookSecret.reveal()).update(body).digest("hex")}`;
      if (!constantTimeEqual(expected, header("x-hub-signature-256"))) {
        state.failures.add(request.ip);
        throw new Problem(401, "signature_invalid", "the delivery is not signed with this App's webhook secret");
      }
      const delivery = header("x-github-delivery");
      if (!/^[0-9a-zA-Z-]{8,64}$/.test(delivery)) throw new Problem(400, "invalid_request", "no X-GitHub-Delivery");
      const untilMs = state.clock.now() + DELIVERY_MS_MAX;
      if (!(await state.store.useJti("github-delivery", delivery, untilMs))) {
        return reply.code(202).send({ status: "taken before" });
      }
      const payload = parsePayload(body);
      const status = await handle(state, github, header("x-github-event"), payload);
      state.log.info({ event: header("x-github-event"), delivery, status }, "webhook");
      return reply.code(status === "ignored" ? 202 : 200).send({ status });
    });
  });
}

async function handle(
  state: GatewayState,
  github: GitHubPart,
  event: string,
  payload: Readonly<Record<string, unknown>>,
): Promise<string> {
  const action = payload["action"];
  if (event === "check_run" && action === "requested_action") return click(state, github, payload);
  if (event === "check_run" && action === "rerequested") return again(github, payload);
  if (event === "deployment_protection_rule" && action === "requested") return deployment(state, github, payload);
  if (event === "workflow_job" && action === "completed") return jobOver(state, payload);
  return event === "ping" ? "pong" : "ignored";
}

/** A click: only on a button of our own check run, of a hold that still waits, by the account that GitHub names. */
async function click(
  state: GatewayState,
  github: GitHubPart,
  payload: Readonly<Record<string, unknown>>,
): Promise<string> {
  const run = payload["check_run"];
  const sender = senderOf(payload);
  const sessionId = ownCheck(github, run);
  const identifier = member(payload["requested_action"], "identifier");
  if (sessionId === undefined || sender === undefined || typeof identifier !== "string") return "ignored";
  const document = await github.checks.find(sessionId);
  const repository = repositoryOf(payload);
  // The session and its check run must belong together, and to the repository that the delivery is about.
  if (document === undefined || document.checkRun !== member(run, "id") || document.repository !== repository) {
    return "ignored";
  }
  const found = await github.checks.holdOf(sessionId, identifier);
  if (found === undefined) {
    github.checks.refresh(sessionId, "That button was for a command that does not wait any more.");
    return "nothing waits";
  }
  try {
    const person = await personOf(github.client, repository, sender, found.hold);
    const reason = "by the button of the check run";
    const outcome = await state.engine.vote(found.hold.id, person, found.vote, reason);
    if (outcome.ok) return `voted ${found.vote}`;
    github.checks.refresh(sessionId, `${sender.login} cannot answer: ${outcome.message}.`);
    return outcome.code.toLowerCase();
  } catch (error) {
    state.log.warn({ hold: found.hold.id, error: messageOf(error) }, "a click could not be counted");
    github.checks.refresh(sessionId, `The answer of ${sender.login} was not counted: ${messageOf(error)}.`);
    return "not counted";
  }
}

function again(github: GitHubPart, payload: Readonly<Record<string, unknown>>): string {
  const sessionId = ownCheck(github, payload["check_run"]);
  if (sessionId === undefined) return "ignored";
  github.checks.refresh(sessionId);
  return "shown again";
}

/** A deployment may begin where some trust rule would let its job in; elsewhere its job would fail at connect anyway. */
async function deployment(
  state: GatewayState,
  github: GitHubPart,
  payload: Readonly<Record<string, unknown>>,
): Promise<string> {
  const environment = payload["environment"];
  const callback = payload["deployment_callback_url"];
  const repository = repositoryOf(payload);
  const repositoryId = member(payload["repository"], "id");
  const runId = /\/actions\/runs\/(\d+)\/deployment_protection_rule$/.exec(
    typeof callback === "string" ? callback : "",
  )?.[1];
  if (typeof environment !== "string" || runId === undefined || typeof repositoryId !== "number") return "ignored";
  const rule = state.policy.trust.find((one) => covers(one, String(repositoryId), environment));
  const path = `/repos/${encodePath(repository)}/actions/runs/${runId}/deployment_protection_rule`;
  const answer = await github.client.forRepository(repository, "POST", path, {
    environment_name: environment,
    state: rule === undefined ? "rejected" : "approved",
    comment:
      rule === undefined
        ? `No trust rule of the gate covers environment ${environment} of this repository.`
        : `Trust rule ${rule.name} of the gate covers this environment; its commands are judged one by one.`,
  });
  if (answer.status !== 204) throw new Problem(502, "github_refused", `GitHub answered ${answer.status}`);
  return rule === undefined ? "rejected" : "approved";
}

/** A job that is over needs no session: what its runner could not close is closed here. */
async function jobOver(state: GatewayState, payload: Readonly<Record<string, unknown>>): Promise<string> {
  const job = payload["workflow_job"];
  const wanted = {
    run_id: String(member(job, "run_id")),
    run_attempt: String(member(job, "run_attempt")),
    check_run_id: String(member(job, "id")),
    repository_id: String(member(payload["repository"], "id")),
  };
  const completed = member(job, "completed_at");
  if (typeof completed === "string" && state.clock.now() - Date.parse(completed) > EVENT_AGE_MS_MAX) return "ignored";
  for (const session of await state.store.sessions({ state: "open" })) {
    const { claims } = session.principal;
    if (!Object.entries(wanted).every(([name, value]) => Object.hasOwn(claims, name) && claims[name] === value))
      continue;
    await state.store.updateSession(session.id, { state: "closed" });
    await state.engine.close(session.id, "its job is over");
    return "closed";
  }
  return "ignored";
}

function covers(rule: TrustRule, repositoryId: string, environment: string): boolean {
  const ids = rule.claims["repository_id"];
  const environments = rule.claims["environment"];
  // Exact values only: a pattern is for the token, where every other claim is compared too.
  return (ids?.includes(repositoryId) ?? false) && (environments === undefined || environments.includes(environment));
}

/** The session of a check run of our own App and name; undefined for any other. */
function ownCheck(github: GitHubPart, run: unknown): string | undefined {
  const session = member(run, "external_id");
  const ours = member(member(run, "app"), "id") === github.config.appId && member(run, "name") === CHECK_NAME;
  return ours && typeof session === "string" && /^[A-Za-z0-9_-]{1,64}$/.test(session) ? session : undefined;
}

function senderOf(payload: Readonly<Record<string, unknown>>): GitHubSender | undefined {
  const id = member(payload["sender"], "id");
  const login = member(payload["sender"], "login");
  const type = member(payload["sender"], "type");
  if (typeof id !== "number" || typeof login !== "string" || typeof type !== "string") return undefined;
  return /^[A-Za-z0-9-]{1,64}(?:\[bot\])?$/.test(login) ? { id, login, type } : undefined;
}

function repositoryOf(payload: Readonly<Record<string, unknown>>): string {
  const name = member(payload["repository"], "full_name");
  return typeof name === "string" ? name : "";
}

function parsePayload(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    if (value !== null && typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw new Problem(
    400,
    "invalid_request",
    "the delivery is not JSON: set the webhook's content type to application/json",
  );
}
