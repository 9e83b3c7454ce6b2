/**
 * Clicks in Slack: signed by Slack over timestamp and bytes, taken once, counted for the person whom gateway.yaml names
 * for that Slack account. https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
import { constantTimeEqual, messageOf, type Secret } from "@gate/base";
import type { FastifyInstance } from "fastify";
import { createHmac } from "node:crypto";
import { member } from "../github/client.ts";
import type { Person } from "../people/person.ts";
import { Problem } from "../problem.ts";
import { singleHeader } from "../single-header.ts";
import type { GatewayState } from "../state.ts";
import { holdOfButton } from "./button.ts";
import type { SlackConfig } from "./config.ts";

/** Seconds by which Slack's time may differ from ours. */
const SKEW_SECONDS_MAX = 300;
/** Bytes of one request. */
const BODY_BYTES_MAX = 256 * 1024;

export function addSlackActions(app: FastifyInstance, state: GatewayState, slack: SlackConfig): void {
  const secret = slack.signingSecret;
  if (secret === undefined) return;
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    scope.post("/v1/slack/actions", { bodyLimit: BODY_BYTES_MAX }, async (request) => {
      const header = (name: string): string => singleHeader(request.raw, name) ?? "";
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const time = header("x-slack-request-timestamp");
      const expected = `v0=${createHmac("sha256", secret.reveal()).update(`v0:${time}:`).update(body).digest("hex")}`;
      const fresh = /^\d{1,12}$/.test(time) && Math.abs(state.clock.now() / 1000 - Number(time)) <= SKEW_SECONDS_MAX;
      const signature = header("x-slack-signature");
      if (!fresh || !constantTimeEqual(expected, signature)) {
        state.failures.add(request.ip);
        throw new Problem(401, "signature_invalid", "the request is not signed by Slack, or too old");
      }
      if (!(await state.store.useJti("slack", signature, state.clock.now() + 2 * SKEW_SECONDS_MAX * 1000))) {
        throw new Problem(409, "replayed", "this request was taken before");
      }
      return { text: await answer(state, slack, secret, body), response_type: "ephemeral", replace_original: false };
    });
  });
}

async function answer(state: GatewayState, slack: SlackConfig, secret: Secret, body: Buffer): Promise<string> {
  let payload: unknown;
  try {
    payload = JSON.parse(new URLSearchParams(body.toString("utf8")).get("payload") ?? "");
  } catch {
    throw new Problem(400, "invalid_request", "no payload");
  }
  const actions = member(payload, "actions");
  const action: unknown = Array.isArray(actions) && actions.length === 1 ? actions[0] : undefined;
  const vote = member(action, "action_id");
  const value = member(action, "value");
  const user = member(member(payload, "user"), "id");
  if (vote === "open") return "";
  const hold = typeof value === "string" ? holdOfButton(secret, value) : undefined;
  if ((vote !== "approve" && vote !== "deny") || hold === undefined || typeof user !== "string") {
    throw new Problem(400, "invalid_request", "no button of ours");
  }
  const person = personOf(slack, user);
  if (person === undefined) return "Your Slack account is not linked in gateway.yaml: answer on the page instead.";
  try {
    const outcome = await state.engine.vote(hold, person, vote, "in Slack");
    return outcome.ok
      ? `You ${vote === "approve" ? "approved" : "denied"} it (${outcome.hold.state}).`
      : outcome.message;
  } catch (error) {
    state.log.error({ hold, error: messageOf(error) }, "an answer from Slack was not counted");
    return "The gateway could not count your answer: try the page.";
  }
}

function personOf(slack: SlackConfig, user: string): Person | undefined {
  const subjects = slack.users.get(user);
  if (subjects === undefined) return undefined;
  const logins = subjects.filter((subject) => subject.startsWith("github-user:"));
  const aliases = [...logins, ...logins.map((login) => login.slice("github-user:".length))];
  return {
    name: logins[0]?.slice("github-user:".length) ?? user,
    subjects,
    identity: { id: `slack:${user}`, realm: "slack", aliases },
  };
}
