/** What is told: one notice for each event, as a CloudEvent and as a Slack message. Pure. */
import type { HoldRow } from "@gate/contract";
import { shownCommand, visible, type Shown } from "../shown.ts";
import type { NoticeKind } from "./config.ts";

export interface Notice {
  readonly id: string;
  readonly kind: NoticeKind;
  readonly timeMs: number;
  readonly session: string;
  /** A page of the gateway. */
  readonly url: string;
  readonly hold?: HoldRow;
  /** For denied commands. */
  readonly command?: { readonly grant: string; readonly rules: readonly string[]; readonly text: string };
  readonly detail?: string;
}

/** What a notice needs of its hold and command, and no more: it lies in the store until it has arrived. */
export function bounded(notice: Notice): Notice {
  const { hold, command } = notice;
  const { facts: _facts, claims: _claims, ...shown } = hold ?? {};
  return {
    ...notice,
    ...(hold === undefined ? {} : { hold: shown as HoldRow }),
    ...(command === undefined ? {} : { command: { ...command, text: command.text.slice(0, TEXT_CHARS_MAX) } }),
  };
}

/** CloudEvents 1.0, structured mode: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md */
export function cloudEvent(notice: Notice, source: string): object {
  const { hold, command } = notice;
  return {
    specversion: "1.0",
    id: notice.id,
    source,
    type: `dev.gate.${notice.kind}`,
    subject: hold?.id ?? notice.session,
    time: new Date(notice.timeMs).toISOString(),
    datacontenttype: "application/json",
    data: {
      session: notice.session,
      url: notice.url,
      ...(hold === undefined
        ? {}
        : {
            hold: {
              id: hold.id,
              state: hold.state,
              grant: hold.grant,
              target: hold.target,
              rule: hold.rule,
              command_text: hold.commandText.slice(0, TEXT_CHARS_MAX),
              command_digest: hold.commandDigest,
              principal: hold.principal,
              count: hold.count,
              from: hold.from,
              expires_at: new Date(hold.expiresAtMs).toISOString(),
              votes: hold.votes.map(({ approver, vote, reason }) => ({ approver, vote, reason })),
            },
          }),
      ...(command === undefined ? {} : { command: { ...command, text: command.text.slice(0, TEXT_CHARS_MAX) } }),
      ...(notice.detail === undefined ? {} : { detail: notice.detail }),
    },
  };
}

/**
 * Block Kit: https://docs.slack.dev/reference/block-kit/blocks. `valueOf` gives what a button of a hold carries, where
 * Slack can answer us.
 */
export function slackMessage(notice: Notice, valueOf: ((holdId: string) => string) | undefined): object {
  const title = TITLES[notice.kind](notice);
  const text = notice.hold?.commandText ?? notice.command?.text;
  const command = text === undefined ? undefined : shownCommand(text, SLACK_CHARS_MAX);
  const open = { type: "button", text: { type: "plain_text", text: "Open" }, url: notice.url, action_id: "open" };
  const answers =
    valueOf !== undefined && notice.kind === "hold-requested" && notice.hold !== undefined
      ? [
          // Only what can be read here can be approved here.
          ...(command?.whole === true ? [button("Approve", "approve", "primary", valueOf(notice.hold.id))] : []),
          button("Deny", "deny", "danger", valueOf(notice.hold.id)),
        ]
      : [];
  return {
    text: title,
    blocks: [
      { type: "header", text: { type: "plain_text", text: title.slice(0, HEADER_CHARS_MAX) } },
      ...(command === undefined ? [] : [{ type: "section", text: { type: "mrkdwn", text: codeBlock(command) } }]),
      {
        type: "context",
        elements: [{ type: "plain_text", text: visible(contextOf(notice)).slice(0, CONTEXT_CHARS_MAX) }],
      },
      { type: "actions", elements: [...answers, open] },
    ],
  };
}

const TITLES: Readonly<Record<NoticeKind, (notice: Notice) => string>> = {
  "hold-requested": ({ hold }) => `A command for ${hold?.target ?? "a target"} waits for approval`,
  "hold-answered": ({ hold }) => `A held command for ${hold?.target ?? "a target"} was ${answerOf(hold)}`,
  "command-denied": ({ command }) => `A command was denied by rule ${command?.rules.join(", ") ?? ""}`,
  "latch-alarm": () => "Somebody tried to take a job's session a second time",
  "recorder-failed": () => "A session's record cannot be written: the session was ended",
};

function answerOf(hold: HoldRow | undefined): string {
  return hold?.state === "spent" ? "approved" : (hold?.state ?? "answered");
}

function contextOf(notice: Notice): string {
  const { hold, command } = notice;
  if (hold !== undefined) {
    const by = hold.votes.map(
      ({ approver, vote, reason }) => `${approver}: ${vote}${reason === "" ? "" : ` (${reason})`}`,
    );
    return [hold.principal, `rule ${hold.rule}`, `${hold.count} of ${hold.from.join(", ")}`, ...by].join(" · ");
  }
  return [notice.session, command?.grant, notice.detail].filter(Boolean).join(" · ");
}

function button(label: string, action: string, style: string, value: string): object {
  return { type: "button", text: { type: "plain_text", text: label }, style, action_id: action, value };
}

/** Slack reads &, < and > as markup everywhere; a fence inside the text would end the block. */
function codeBlock(command: Shown): string {
  const escaped = `${command.text}${command.whole ? "" : "…"}`
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("```", "'''");
  return `\`\`\`${escaped}\`\`\``;
}

/** Characters of a command in a notice: the page has all of it. */
const TEXT_CHARS_MAX = 16_384;
/** Slack takes 3,000 characters in a section; escapes make it longer. */
const SLACK_CHARS_MAX = 2_000;
/** Slack takes 150 characters in a header. */
const HEADER_CHARS_MAX = 150;
/** Slack takes 3,000 characters in one element. */
const CONTEXT_CHARS_MAX = 2_000;
