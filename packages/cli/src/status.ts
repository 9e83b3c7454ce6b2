/** `gate status`: the session of the job that this command runs in. Touches the control socket. */
import { messageOf } from "@gate/base";
import { askControl } from "@gate/job";
import type { Command } from "commander";
import { CommandError, EXIT, print, printJson, table } from "./output.ts";

export function addStatus(program: Command): void {
  program
    .command("status")
    .description("this job's session: endpoints, expiry, verdict counts")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: gate status --json")
    .action(async (options: { json?: boolean }) => {
      const control = process.env["GATE_CONTROL"];
      if (control === undefined) {
        throw new CommandError(EXIT.unknown, "no session here: GATE_CONTROL is not set. Run the connect step first");
      }
      const status = await askControl(control, { op: "status" }, STATUS_MS_MAX).catch((error: unknown) => {
        throw new CommandError(EXIT.unknown, messageOf(error));
      });
      if (options.json === true) return printJson(status);
      print(`session  ${status.sessionId} (${status.mode}, ${status.state}, trust rule ${status.trustRule})`);
      print(`until    ${new Date(status.expiresAtMs).toISOString()}`);
      if (status.verdicts !== undefined) {
        const { allow, hold, deny } = status.verdicts;
        print(`verdicts ${allow} allowed, ${hold} held, ${deny} denied`);
      }
      if (status.observed !== undefined) {
        const { allow, hold, deny } = status.observed;
        print(`observe  nothing is enforced: ${hold} would have been held, ${deny} denied, ${allow} allowed`);
      }
      print(
        table(
          ["GRANT", "TARGET", "PROTOCOL", "ENDPOINT", "CONNECTIONS"],
          status.endpoints.map((endpoint) => [
            endpoint.grant,
            endpoint.target,
            endpoint.protocol,
            `${endpoint.host}:${endpoint.port}`,
            String(endpoint.connections),
          ]),
        ),
      );
      if (status.lastError !== undefined) print(`last error: ${status.lastError}`);
    });
}

/** How long the daemon may take to answer, in milliseconds. */
const STATUS_MS_MAX = 10_000;
