/** `gate approvals` and `gate sessions`: a person's requests to the gateway with their token. Touches the network. */
import { Option, type Command } from "commander";
import { CommandError, EXIT, print, printJson, table, visible, whenReaderLeaves } from "./output.ts";
import { ask, follow, withPersonOptions, type PersonOptions } from "./person-client.ts";

interface Hold {
  readonly id: string;
  readonly state: string;
  readonly rule: string;
  readonly grant: string;
  readonly target: string;
  readonly principal: string;
  readonly command_text: string;
  readonly command_digest: string;
  readonly count: number;
  readonly from: readonly string[];
  readonly expires_at: string;
  readonly votes: readonly { readonly approver: string; readonly vote: string; readonly reason: string }[];
  /** Only of one hold that is shown, not in lists. */
  readonly origin?: Readonly<Record<string, string>>;
  readonly effects?: Readonly<Record<string, readonly string[]>>;
  readonly estimated_rows?: number;
}

interface SessionRow {
  readonly id: string;
  readonly state: string;
  readonly trust_rule: string;
  readonly principal: string;
  readonly expires_at: string;
}

interface SessionDetails extends SessionRow {
  readonly grants: readonly string[];
  readonly issued_at: string;
  /** Only while it is live. */
  readonly verdicts?: Readonly<Record<"allow" | "hold" | "deny", number>>;
  readonly entries?: number;
  readonly root?: string;
}

export function addPeopleCommands(program: Command): void {
  const approvals = program
    .command("approvals")
    .description("see and answer commands that wait for a person")
    .addHelpText("after", "\nExample: gate approvals list --gateway https://gate.acme.dev");
  withPersonOptions(approvals.command("list").description("holds, newest first"))
    .addOption(new Option("--state <state>", "only holds in this state").choices(HOLD_STATES).default("pending"))
    .addHelpText("after", "\nExample: gate approvals list --gateway https://gate.acme.dev --token-file ~/.gate-token")
    .action(async (options: PersonOptions & { state: string }) => {
      const query = options.state === "all" ? "" : `?state=${encodeURIComponent(options.state)}`;
      const { approvals: holds } = await ask<{ approvals: Hold[] }>(options, "GET", `/v1/approvals${query}`);
      if (options.json === true) return printJson(holds);
      if (holds.length === 0) return print("no holds");
      print(
        table(
          ["ID", "STATE", "TARGET", "RULE", "WHO", "COMMAND"],
          holds.map((hold) => [
            hold.id,
            hold.state,
            hold.target,
            hold.rule,
            hold.principal,
            visible(hold.command_text).slice(0, 60),
          ]),
        ),
      );
    });
  withPersonOptions(approvals.command("show <id>").description("one hold: exactly what would run, and for whom"))
    .addHelpText("after", "\nExample: gate approvals show hold_x3 --gateway https://gate.acme.dev")
    .action(async (id: string, options: PersonOptions) => {
      const hold = await ask<Hold>(options, "GET", `/v1/approvals/${encodeURIComponent(id)}`);
      if (options.json === true) return printJson(hold);
      print(
        [
          `hold      ${hold.id} (${hold.state}, until ${hold.expires_at})`,
          `who       ${visible(hold.principal)}`,
          `target    ${visible(hold.target)} through grant ${visible(hold.grant)}`,
          ...originLines(hold.origin ?? {}),
          `rule      ${visible(hold.rule)}: ${hold.count} of ${hold.from.map(visible).join(", ")}`,
          ...Object.entries(hold.effects ?? {}).map(
            ([name, values]) => `does      ${visible(name)}: ${values.map(visible).join(", ")}`,
          ),
          ...(hold.estimated_rows === undefined ? [] : [`expects   ${hold.estimated_rows} rows, says the planner`]),
          `digest    ${hold.command_digest}`,
          ...hold.votes.map((vote) => `vote      ${visible(vote.approver)}: ${vote.vote} ${visible(vote.reason)}`),
          "command",
          ...hold.command_text.split("\n").map((line) => `  ${visible(line)}`),
        ].join("\n"),
      );
    });
  for (const vote of ["approve", "deny"] as const) {
    withPersonOptions(approvals.command(`${vote} <id>`).description(`${vote} a held command`))
      .option("--reason <text>", "kept in the record", "")
      .addHelpText(
        "after",
        `\nExample: gate approvals ${vote} hold_x3 --reason "ticket 17" --gateway https://gate.acme.dev`,
      )
      .action(async (id: string, options: PersonOptions & { reason: string }) => {
        const hold = await ask<Hold>(options, "POST", `/v1/approvals/${encodeURIComponent(id)}/votes`, {
          vote,
          reason: options.reason,
        });
        if (options.json === true) return printJson(hold);
        const said = hold.votes.filter((each) => each.vote === "approve").length;
        print(`${hold.id}: ${hold.state}${hold.state === "pending" ? ` (${said} of ${hold.count})` : ""}`);
      });
  }
  const sessions = program
    .command("sessions")
    .description("see, follow and end the sessions of jobs")
    .addHelpText("after", "\nExample: gate sessions list --gateway https://gate.acme.dev");
  withPersonOptions(sessions.command("list").description("open sessions"))
    .addOption(new Option("--state <state>", "only sessions in this state").choices(SESSION_STATES).default("open"))
    .addHelpText("after", "\nExample: gate sessions list --gateway https://gate.acme.dev --json")
    .action(async (options: PersonOptions & { state: string }) => {
      const query = options.state === "all" ? "" : `?state=${encodeURIComponent(options.state)}`;
      const { sessions: rows } = await ask<{ sessions: SessionRow[] }>(options, "GET", `/v1/sessions${query}`);
      if (options.json === true) return printJson(rows);
      if (rows.length === 0) return print("no sessions");
      print(
        table(
          ["ID", "STATE", "TRUST RULE", "WHO", "UNTIL"],
          rows.map((row) => [row.id, row.state, row.trust_rule, row.principal, row.expires_at]),
        ),
      );
    });
  withPersonOptions(sessions.command("show <id>").description("one session with its verdict counts"))
    .addHelpText("after", "\nExample: gate sessions show ses_x3 --gateway https://gate.acme.dev")
    .action(async (id: string, options: PersonOptions) => {
      const session = await ask<SessionDetails>(options, "GET", `/v1/sessions/${encodeURIComponent(id)}`);
      if (options.json === true) return printJson(session);
      const { verdicts } = session;
      print(
        [
          `session   ${session.id} (${session.state}, trust rule ${visible(session.trust_rule)})`,
          `who       ${visible(session.principal)}`,
          `grants    ${session.grants.map(visible).join(", ")}`,
          `from      ${session.issued_at}`,
          `until     ${session.expires_at}`,
          ...(verdicts === undefined
            ? []
            : [`verdicts  ${verdicts.allow} allowed, ${verdicts.hold} held, ${verdicts.deny} denied`]),
          ...(session.entries === undefined ? [] : [`entries   ${session.entries}`]),
          ...(session.root === undefined ? [] : [`root      ${session.root}`]),
        ].join("\n"),
      );
    });
  withPersonOptions(sessions.command("tail <id>").description("a session's entries as they are written, until it ends"))
    .addHelpText("after", "\nExample: gate sessions tail ses_x3 --gateway https://gate.acme.dev")
    .action(async (id: string, options: PersonOptions) => {
      // Who cannot be reached, or does not know the session, is told as by every other command.
      await ask(options, "GET", `/v1/sessions/${encodeURIComponent(id)}`);
      let ended = false;
      const reader = new AbortController();
      whenReaderLeaves(() => reader.abort());
      const onEvent = (name: string, data: string): void => {
        if (name === "end") ended = true;
        else if (options.json === true) print(data);
        else print(entryLine(JSON.parse(data) as Readonly<Record<string, unknown>>));
      };
      await follow(options, `/v1/sessions/${encodeURIComponent(id)}/events`, onEvent, reader.signal);
      if (!ended && !reader.signal.aborted)
        throw new CommandError(EXIT.unknown, "the gateway ended the stream before the session was over");
    });
  withPersonOptions(sessions.command("revoke <id>").description("end a session and its live connections now"))
    .addHelpText("after", "\nExample: gate sessions revoke ses_x3 --gateway https://gate.acme.dev")
    .action(async (id: string, options: PersonOptions) => {
      const answer = await ask(options, "POST", `/v1/sessions/${encodeURIComponent(id)}/revoke`, {});
      if (options.json === true) return printJson(answer);
      print(`${id}: revoked`);
    });
}

/** Where it comes from, as far as the job's token said. */
function originLines(origin: Readonly<Record<string, string>>): string[] {
  const told = (names: readonly string[]): string =>
    names
      .flatMap((name) => (origin[name] === undefined ? [] : [visible(origin[name])]))
      .filter((value, index, all) => all.indexOf(value) === index)
      .join(", ");
  const lines = [
    ["from      ", told(["repository", "ref", "sha"])],
    [
      "job       ",
      told(["workflow_ref", "job_workflow_ref", "environment", "event_name", "actor", "triggering_actor"]),
    ],
  ] as const;
  return lines.filter(([, text]) => text !== "").map(([label, text]) => label + text);
}

/** One entry on one line: when, what, and the command where there is one. */
function entryLine(entry: Readonly<Record<string, unknown>>): string {
  const text = (value: unknown): string => (typeof value === "string" ? visible(value) : "");
  const head = `${String(entry["seq"]).padStart(5)}  ${text(entry["time"]).slice(11, 23)}  `;
  if (entry["type"] === "verdict") {
    const rules = Array.isArray(entry["rules"]) ? entry["rules"].map(text).join(",") : "";
    const command = entry["command"] as { text?: unknown } | undefined;
    const observed = entry["observed"] === true ? " (observed)" : "";
    return `${head}${text(entry["verdict"]).padEnd(5)}  ${text(entry["grant"])}  ${rules}${observed}  ${text(command?.text).slice(0, 200)}`;
  }
  const words = ["event", "state", "approver", "vote", "outcome", "reason"]
    .map((key) => text(entry[key]))
    .filter(Boolean);
  return `${head}${[text(entry["type"]), ...words].join("  ")}`;
}

const HOLD_STATES = ["pending", "approved", "spent", "denied", "expired", "withdrawn", "void", "all"];
const SESSION_STATES = ["open", "closed", "revoked", "expired", "all"];
