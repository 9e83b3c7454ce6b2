/** `notify` of gateway.yaml: where people and programs hear of holds and alarms. Pure over what it is given. */
import { messageOf, type Secret } from "@gate/base";
import { assertSecureUrl } from "@gate/identity";
import { readList, readObject, readString, readWord, type YamlNode } from "@gate/policy";
import { readSecret, type References } from "../references.ts";

export const NOTICES = ["hold-requested", "hold-answered", "command-denied", "latch-alarm", "recorder-failed"] as const;
export type NoticeKind = (typeof NOTICES)[number];

export interface SlackConfig {
  /** Incoming webhook; whoever knows it can write to the channel. */
  readonly webhookUrl: Secret;
  /** For the buttons: the App's signing secret. Without it messages carry a link only. */
  readonly signingSecret: Secret | undefined;
  /** Slack user id to the person's names here: a click counts as that person. */
  readonly users: ReadonlyMap<string, readonly string[]>;
  readonly events: readonly NoticeKind[];
}

export interface WebhookConfig {
  readonly name: string;
  readonly url: string;
  /** HMAC key of the signature. */
  readonly secret: Secret;
  readonly events: readonly NoticeKind[];
}

export interface NotifyConfig {
  readonly slack: SlackConfig | undefined;
  readonly webhooks: readonly WebhookConfig[];
}

export const NO_NOTICES: NotifyConfig = { slack: undefined, webhooks: [] };

export function readNotify(node: YamlNode | undefined, from: References): NotifyConfig {
  if (node === undefined) return NO_NOTICES;
  const { problems } = from;
  const view = readObject(problems, node, { what: "notify", keys: ["slack", "webhooks"] });
  const slackNode = view?.get("slack");
  const webhooksNode = view?.get("webhooks");
  const webhooks =
    webhooksNode === undefined
      ? []
      : (readList(problems, webhooksNode, "notify.webhooks", (item) => readWebhook(item, from)) ?? []);
  for (const [index, { name }] of webhooks.entries()) {
    if (webhooks.findIndex((other) => other.name === name) !== index && webhooksNode !== undefined) {
      problems.add(webhooksNode, `two webhooks are called ${name}; give each a name of its own`);
    }
  }
  return { slack: slackNode === undefined ? undefined : readSlack(slackNode, from), webhooks };
}

function readSlack(node: YamlNode, from: References): SlackConfig | undefined {
  const { problems } = from;
  const view = readObject(problems, node, {
    what: "notify.slack",
    keys: ["webhook_url", "signing_secret", "users", "events"],
    required: ["webhook_url"],
  });
  const urlNode = view?.get("webhook_url");
  if (view === undefined || urlNode === undefined) return undefined;
  const webhookUrl = readSecret(urlNode, from, "webhook_url");
  const secretNode = view.get("signing_secret");
  const signingSecret = secretNode === undefined ? undefined : readSecret(secretNode, from, "signing_secret");
  const users = new Map<string, readonly string[]>();
  const usersNode = view.get("users");
  if (usersNode?.type === "map") {
    for (const [id, { value }] of usersNode.entries) {
      const names = readList(problems, value, `notify.slack.users.${id}`, (item) =>
        readString(problems, item, "a subject"),
      );
      if (names !== undefined) users.set(id, names);
    }
  } else if (usersNode !== undefined) problems.add(usersNode, "`users` maps Slack user ids to lists of subjects");
  if (users.size > 0 && signingSecret === undefined) {
    problems.add(node, "`users` are for buttons, which need `signing_secret`");
  }
  if (webhookUrl === undefined) return undefined;
  try {
    assertSecureUrl(webhookUrl.reveal(), "webhook_url");
  } catch {
    // The address is a secret: the message must not show it.
    problems.add(urlNode, "`webhook_url` must be an https URL");
    return undefined;
  }
  return { webhookUrl, signingSecret, users, events: readEvents(view.get("events"), from) };
}

function readWebhook(node: YamlNode, from: References): WebhookConfig | undefined {
  const { problems } = from;
  const view = readObject(problems, node, {
    what: "a webhook",
    keys: ["name", "url", "secret", "events"],
    required: ["name", "url", "secret"],
  });
  const nameNode = view?.get("name");
  const urlNode = view?.get("url");
  const secretNode = view?.get("secret");
  if (view === undefined || nameNode === undefined || urlNode === undefined || secretNode === undefined)
    return undefined;
  const name = readString(problems, nameNode, "name");
  const url = readString(problems, urlNode, "url");
  const secret = readSecret(secretNode, from, "secret");
  if (name === undefined || url === undefined || secret === undefined) return undefined;
  try {
    assertSecureUrl(url, "url");
  } catch (error) {
    problems.add(urlNode, messageOf(error));
    return undefined;
  }
  if (secret.reveal().length < SECRET_CHARS_MIN) {
    problems.add(secretNode, `the secret is shorter than ${SECRET_CHARS_MIN} characters; use a random one`);
    return undefined;
  }
  return { name, url, secret, events: readEvents(view.get("events"), from) };
}

function readEvents(node: YamlNode | undefined, from: References): readonly NoticeKind[] {
  if (node === undefined) return NOTICES;
  return readList(from.problems, node, "`events`", (item) => readWord(from.problems, item, "an event", NOTICES)) ?? [];
}

const SECRET_CHARS_MIN = 16;
