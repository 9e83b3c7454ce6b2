/** `gate approvals` and `gate sessions`: a person's requests to the gateway with their token. Touches the network. */
import { readFileSync } from "node:fs";
import { messageOf } from "@gate/base";
import { createGatewayClient, parseGatewayUrl, type Answer } from "@gate/job";
import type { Command } from "commander";
import { CommandError, EXIT, print, printJson, table, visible } from "./output.ts";

interface PeopleOptions {
  readonly gateway?: string;
  readonly tokenFile?: string;
  readonly ca?: string;
  readonly json?: boolean;
}

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
}

interface SessionRow {
  readonly id: string;
  readonly state: string;
  readonly trust_rule: string;
  readonly principal: string;
  readonly expires_at: string;
}

export function addPeopleCommands(program: Command): void {
  const approvals = program.command("approvals").description("see and answer commands that wait for a person");
  withPeopleOptions(approvals.command("list").description("holds, newest first"))
    .option("--state <state>", "only holds in this state", "pending")
    .addHelpText("after", "\nExample: gate approvals list --gateway https://gate.acme.dev --token-file ~/.gate-token")
    .action(async (options: PeopleOptions & { state: string }) => {
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
  withPeopleOptions(approvals.command("show <id>").description("one hold: exactly what would run, and for whom"))
    .addHelpText("after", "\nExample: gate approvals show hold_x3 --gateway https://gate.acme.dev")
    .action(async (id: string, options: PeopleOptions) => {
      const hold = await ask<Hold>(options, "GET", `/v1/approvals/${encodeURIComponent(id)}`);
      if (options.json === true) return printJson(hold);
      print(
        [
          `hold      ${hold.id} (${hold.state}, until ${hold.expires_at})`,
          `who       ${visible(hold.principal)}`,
          `target    ${visible(hold.target)} through grant ${visible(hold.grant)}`,
          `rule      ${visible(hold.rule)}: ${hold.count} of ${hold.from.map(visible).join(", ")}`,
          `digest    ${hold.command_digest}`,
          ...hold.votes.map((vote) => `vote      ${visible(vote.approver)}: ${vote.vote} ${visible(vote.reason)}`),
          "command",
          ...hold.command_text.split("\n").map((line) => `  ${visible(line)}`),
        ].join("\n"),
      );
    });
  for (const vote of ["approve", "deny"] as const) {
    withPeopleOptions(approvals.command(`${vote} <id>`).description(`${vote} a held command`))
      .option("--reason <text>", "kept in the record", "")
      .addHelpText(
        "after",
        `\nExample: gate approvals ${vote} hold_x3 --reason "ticket 17" --gateway https://gate.acme.dev`,
      )
      .action(async (id: string, options: PeopleOptions & { reason: string }) => {
        const hold = await ask<Hold>(options, "POST", `/v1/approvals/${encodeURIComponent(id)}/votes`, {
          vote,
          reason: options.reason,
        });
        if (options.json === true) return printJson(hold);
        print(`${hold.id}: ${hold.state}`);
      });
  }
  const sessions = program.command("sessions").description("sessions of jobs");
  withPeopleOptions(sessions.command("list").description("open sessions"))
    .option("--state <state>", "open, closed, revoked, expired or all", "open")
    .addHelpText("after", "\nExample: gate sessions list --gateway https://gate.acme.dev --json")
    .action(async (options: PeopleOptions & { state: string }) => {
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
  withPeopleOptions(sessions.command("show <id>").description("one session with its verdict counts"))
    .addHelpText("after", "\nExample: gate sessions show s_x3 --gateway https://gate.acme.dev")
    .action(async (id: string, options: PeopleOptions) => {
      printJson(await ask(options, "GET", `/v1/sessions/${encodeURIComponent(id)}`));
    });
  withPeopleOptions(sessions.command("revoke <id>").description("end a session and its live connections now"))
    .addHelpText("after", "\nExample: gate sessions revoke s_x3 --gateway https://gate.acme.dev")
    .action(async (id: string, options: PeopleOptions) => {
      const answer = await ask(options, "POST", `/v1/sessions/${encodeURIComponent(id)}/revoke`, {});
      if (options.json === true) return printJson(answer);
      print(`${id}: revoked`);
    });
}

function withPeopleOptions(command: Command): Command {
  return command
    .option("--gateway <url>", "the gateway's address (default: $GATE_GATEWAY)")
    .option("--token-file <file>", "file with your token (default: $GATE_TOKEN_FILE)")
    .option("--ca <file>", "PEM of the authority to trust (default: $GATE_CA_FILE)")
    .option("--json", "print JSON");
}

async function ask<T>(options: PeopleOptions, method: "GET" | "POST", path: string, json?: unknown): Promise<T> {
  const gateway = options.gateway ?? process.env["GATE_GATEWAY"];
  const tokenFile = options.tokenFile ?? process.env["GATE_TOKEN_FILE"];
  if (gateway === undefined)
    throw new CommandError(EXIT.usage, "which gateway? Give --gateway URL or set GATE_GATEWAY");
  if (tokenFile === undefined) {
    throw new CommandError(EXIT.usage, "who are you? Give --token-file FILE or set GATE_TOKEN_FILE");
  }
  const ca = options.ca ?? process.env["GATE_CA_FILE"];
  const url = parseGatewayUrl(gateway);
  const client = createGatewayClient({ url, ...(ca === undefined ? {} : { ca: readText(ca) }) });
  let answer: Answer;
  try {
    answer = await client.send(method, new URL(path, url).href, {
      headers: { authorization: `Bearer ${readText(tokenFile).trim()}` },
      ...(json === undefined ? {} : { json }),
    });
  } catch (error) {
    throw new CommandError(EXIT.unknown, messageOf(error));
  } finally {
    client.close();
  }
  if (answer.status < 200 || answer.status > 299) {
    const problem = answer.body as { detail?: unknown; title?: unknown } | undefined;
    const said = problem?.detail ?? problem?.title ?? `status ${answer.status}`;
    throw new CommandError(
      answer.status >= 500 ? EXIT.unknown : EXIT.no,
      visible(typeof said === "string" ? said : ""),
    );
  }
  return answer.body as T;
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new CommandError(EXIT.usage, `cannot read ${file}: ${messageOf(error)}`);
  }
}
