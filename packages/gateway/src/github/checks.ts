/**
 * The check run `gate/session` on the commit that a job deploys: in progress while the session runs, completed with
 * `action_required` and two buttons while a command waits (GitHub shows buttons on completed runs only), success or
 * failure at the end. Touches the network through the client and the store.
 *
 * https://docs.github.com/en/rest/checks/runs
 */
import { messageOf, sha256Hex, type Clock } from "@gate/base";
import type { HoldRow, RecordingStore, Session, Store } from "@gate/contract";
import type { EngineEvent } from "@gate/engine";
import { summarize, type Summary } from "@gate/recording";
import type { Log } from "../log.ts";
import { shownCommand, visible } from "../shown.ts";
import { encodePath, member, type GitHubClient } from "./client.ts";

export interface ChecksOptions {
  readonly client: GitHubClient;
  readonly store: Store;
  readonly recordings: RecordingStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Known once the gateway listens. */
  readonly publicUrl: () => string;
}

/** What the store keeps of a session's check run. */
export interface CheckDocument {
  readonly checkRun: number;
  readonly repository: string;
  readonly sha: string;
}

export const CHECK_NAME = "gate/session";
const KIND = "check-run";

export class SessionChecks {
  readonly #options: ChecksOptions;
  /** What is to be done for one session, one after the other. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(options: ChecksOptions) {
    this.#options = options;
  }

  /** A session began. */
  opened(session: Session): void {
    const { repository = "", sha = "" } = session.principal.claims;
    if (!/^[\w.-]+\/[\w.-]+$/.test(repository) || !/^[0-9a-f]{40}$/.test(sha)) return;
    this.#inTurn(session.id, async () => {
      const answer = await this.#options.client.forRepository(repository, "POST", `${checks(repository)}`, {
        name: CHECK_NAME,
        head_sha: sha,
        external_id: session.id,
        details_url: this.#page(session.id),
        status: "in_progress",
        output: running(session),
      });
      const id = member(answer.body, "id");
      if (answer.status !== 201 || typeof id !== "number") throw new Error(`status ${answer.status}`);
      const document: CheckDocument = { checkRun: id, repository, sha };
      await this.#options.store.putDocument(KIND, session.id, document, this.#options.clock.now() + KEPT_MS);
    });
  }

  onEvent(event: EngineEvent): void {
    if (event.kind === "hold-requested" || event.kind === "hold-resolved") this.refresh(event.hold.sessionId);
    if (event.kind === "session-ended") this.refresh(event.session);
  }

  /** Shows what is so now: also for a webhook that asks to run the check again. */
  refresh(sessionId: string, note = ""): void {
    this.#inTurn(sessionId, async () => {
      const { store, client } = this.#options;
      const document = await this.find(sessionId);
      const session = document === undefined ? undefined : await store.session(sessionId);
      if (document === undefined || session === undefined) return;
      const body = await this.#state(session, note);
      const path = `${checks(document.repository)}/${document.checkRun}`;
      const answer = await client.forRepository(document.repository, "PATCH", path, body);
      if (answer.status !== 200) throw new Error(`status ${answer.status}`);
    });
  }

  async find(sessionId: string): Promise<CheckDocument | undefined> {
    return (await this.#options.store.document(KIND, sessionId))?.body as CheckDocument | undefined;
  }

  /** The pending hold that a button was made for; another button, or one of an older hold, names none. */
  async holdOf(
    sessionId: string,
    identifier: string,
  ): Promise<{ hold: HoldRow; vote: "approve" | "deny" } | undefined> {
    for (const hold of await this.#options.store.holds({ state: "pending", sessionId })) {
      for (const vote of ["approve", "deny"] as const) {
        if (buttonId(vote, hold.id) === identifier) return { hold, vote };
      }
    }
    return undefined;
  }

  /** Resolves when everything that was asked for has been sent, or has failed. For tests and for the drain. */
  async settled(): Promise<void> {
    await Promise.all(this.#turns.values());
  }

  async #state(session: Session, note: string): Promise<object> {
    const pending = await this.#options.store.holds({ state: "pending", sessionId: session.id });
    const oldest = pending.at(-1);
    const details_url = this.#page(session.id);
    if (session.state === "open" && oldest !== undefined) {
      return {
        details_url: `${this.#options.publicUrl()}/approvals/${oldest.id}`,
        status: "completed",
        conclusion: "action_required",
        output: waiting(oldest, pending.length, note),
        actions: [
          // Only what can be read here can be approved here.
          ...(shownCommand(oldest.commandText, COMMAND_CHARS_MAX).whole ? [approve(oldest.id)] : []),
          { label: "Deny", description: "The command will not run", identifier: buttonId("deny", oldest.id) },
        ],
      };
    }
    if (session.state === "open") return { details_url, status: "in_progress", output: running(session), actions: [] };
    const reader = await this.#options.recordings.open(session.id);
    const summary = reader === undefined ? undefined : await summarize(reader);
    const conclusion = conclusionOf(session, summary);
    return { details_url, status: "completed", conclusion, output: ended(session, summary, conclusion), actions: [] };
  }

  #page(sessionId: string): string {
    return `${this.#options.publicUrl()}/sessions/${sessionId}`;
  }

  #inTurn(sessionId: string, run: () => Promise<void>): void {
    const before = this.#turns.get(sessionId) ?? Promise.resolve();
    const turn = before.then(run).catch((error: unknown) => {
      this.#options.log.warn({ session: sessionId, error: messageOf(error) }, "the check run could not be updated");
    });
    this.#turns.set(sessionId, turn);
    void turn.finally(() => {
      if (this.#turns.get(sessionId) === turn) this.#turns.delete(sessionId);
    });
  }
}

function approve(holdId: string): object {
  return { label: "Approve", description: "Let exactly this command run", identifier: buttonId("approve", holdId) };
}

/** At most 20 characters, bound to one hold: a click on an old button means no other command. */
export function buttonId(vote: "approve" | "deny", holdId: string): string {
  return `${vote === "approve" ? "y" : "n"}-${sha256Hex(`button ${holdId}`).slice(0, 18)}`;
}

/** Green only when everything that the job asked for was allowed or approved, and the record is whole. */
export function conclusionOf(session: Session, summary: Summary | undefined): "success" | "failure" {
  if (session.state !== "closed" || summary?.closedAt === undefined) return "failure";
  if (summary.closeReason === "recorder failed" || summary.latchRefused > 0) return "failure";
  const unapproved = summary.holds.some((hold) => hold.state !== "approved");
  return summary.verdicts.deny > 0 || unapproved ? "failure" : "success";
}

function checks(repository: string): string {
  return `/repos/${encodePath(repository)}/check-runs`;
}

interface Output {
  readonly title: string;
  readonly summary: string;
}

function running(session: Session): Output {
  return {
    title: "Commands are judged as they come",
    summary: `Session \`${session.id}\` with ${session.grants.map(code).join(", ")}. Nothing waits for an answer.`,
  };
}

function waiting(hold: HoldRow, count: number, note: string): Output {
  const approvals = hold.votes.filter((vote) => vote.vote === "approve").length;
  const until = new Date(hold.expiresAtMs).toISOString();
  const command = shownCommand(hold.commandText, COMMAND_CHARS_MAX);
  return {
    title: `A command for ${hold.target} waits for approval`,
    summary: [
      ...(note === "" ? [] : [`> ${plain(note)}`, ""]),
      `Rule ${code(hold.rule)} holds it: ${approvals} of ${hold.count} approvals from ${hold.from.map(code).join(", ")}, until ${until}.`,
      "",
      block(command.text),
      ...(command.whole ? [] : ["", "The command is longer: open the details to see all of it, and to approve it."]),
      "",
      `Digest ${code(hold.commandDigest)}. Asked by ${quoted(hold.principal)}.${count > 1 ? ` ${count - 1} more wait behind it.` : ""}`,
    ].join("\n"),
  };
}

function ended(session: Session, summary: Summary | undefined, conclusion: string): Output {
  const title = conclusion === "success" ? "Everything was allowed or approved" : "Something was held back";
  if (summary === undefined) return { title: "There is no record", summary: `Session ${code(session.id)}.` };
  const rows = summary.grants.map(
    ({ grant, target, verdicts, rows: read, affected }) =>
      `| ${plain(grant)} | ${plain(target)} | ${verdicts.allow} | ${verdicts.hold} | ${verdicts.deny} | ${read} | ${affected} |`,
  );
  const held = summary.grants.flatMap((grant) => grant.heldBack).slice(0, LISTED_MAX);
  return {
    title,
    summary: [
      `Session ${code(session.id)} ended: ${plain(summary.closeReason ?? session.state)}.`,
      "",
      "| grant | target | allowed | held | denied | rows read | rows written |",
      "|---|---|---:|---:|---:|---:|---:|",
      ...rows,
      ...(held.length === 0 ? [] : ["", "Held back:", ""]),
      ...held.map(
        ({ how, rules, text }) => `- ${how} (${rules.map(code).join(", ")}): ${code(visible(text.slice(0, 200)))}`,
      ),
    ]
      .join("\n")
      .slice(0, SUMMARY_CHARS_MAX),
  };
}

/** Text of others inside Markdown: no markup, no links, one line, nothing that a screen hides. */
function plain(text: string): string {
  return visible(text.replace(/\s+/g, " ")).replace(/[&.\\`*_{}[\]()#+!|<>~@:]/g, (char) => `&#${char.charCodeAt(0)};`);
}

function code(text: string): string {
  const line = text.replace(/[\r\n]+/g, " ").replaceAll("|", "\\|");
  const fence = "`".repeat(1 + Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length)));
  return `${fence}${line.startsWith("`") || line.endsWith("`") ? ` ${line} ` : line}${fence}`;
}

/** Text of others as code: GitHub makes mentions and links of what it reads as prose, whatever was escaped. */
function quoted(text: string): string {
  return text === "" ? "nobody" : code(visible(text.replace(/\s+/g, " ")));
}

function block(text: string): string {
  const fence = "`".repeat(3 + Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length)));
  return `${fence}sql\n${text}\n${fence}`;
}

/** Milliseconds for which a session's check run is remembered. */
const KEPT_MS = 30 * 24 * 3_600_000;
/** Characters of a command in a check run's summary. */
const COMMAND_CHARS_MAX = 8_000;
/** Commands that a summary lists. */
const LISTED_MAX = 20;
/** Characters of a summary: GitHub takes 65,535. */
const SUMMARY_CHARS_MAX = 60_000;
