/** `gate policy schema`: JSON Schema of policy.yaml, for editors. */
import type { Command } from "commander";
import { printJson } from "./output.ts";

export function addPolicySchema(policy: Command): void {
  policy
    .command("schema")
    .description("print the JSON Schema (draft 2020-12) of policy.yaml, for editors")
    .option("--json", "print JSON (it always is)")
    .addHelpText("after", "\nExample: gate policy schema > policy.schema.json")
    .action(async () => {
      const { COMMAND_KEYS } = await import("@gate/job/policy");
      const { policySchema } = await import("@gate/policy");
      printJson(policySchema(COMMAND_KEYS));
    });
}
