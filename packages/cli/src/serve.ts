/** `gate serve` and `gate validate`. Touches what the gateway touches. */
import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { CommandError, complain, EXIT, print, printJson } from "./output.ts";

export function addServe(program: Command): void {
  program
    .command("serve")
    .description("run a gateway until SIGTERM, which drains it")
    .requiredOption("--config <file>", "gateway.yaml")
    .addHelpText("after", "\nExample: gate serve --config gateway.yaml")
    .action(async (options: { config: string }) => {
      requireNode();
      const { serve } = await import("@gate/gateway");
      process.exitCode = await serve({
        config: options.config,
        env: process.env,
        // The same as `gate policy explain`, loaded when somebody asks.
        explainCommand: async (policy, question) => (await import("@gate/job/policy")).explainCommand(policy, question),
        ...webFolder(process.argv[1]),
      });
    });
  program
    .command("validate")
    .description("check gateway.yaml and its policy, print the effective configuration with secrets redacted")
    .requiredOption("--config <file>", "gateway.yaml")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample: gate validate --config gateway.yaml")
    .action(async (options: { config: string; json?: boolean }) => {
      const { validate } = await import("@gate/gateway");
      const result = await validate({ config: options.config, env: process.env });
      for (const warning of result.warnings) complain(`warning: ${warning}`);
      if (options.json === true) printJson(result.effective);
      else print(result.text);
    });
}

/** The pages lie beside the bundle; `gate` on the PATH is a link to it. */
function webFolder(entry: string | undefined): { readonly webFolder?: string } {
  return entry === undefined ? {} : { webFolder: join(dirname(realpathSync(entry)), "web") };
}

/** CONTRACT §1: the gateway's store needs node:sqlite. */
function requireNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 13)) return;
  throw new CommandError(
    EXIT.usage,
    `gate serve needs Node 22.13 or newer (node:sqlite); this is Node ${process.versions.node}. Install Node 24 and run it again`,
  );
}
