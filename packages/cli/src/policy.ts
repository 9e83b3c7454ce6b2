/**
 * `gate policy`: lint, test, explain, diff and schema. Reads files only. The policy's code and the classifiers are loaded
 * by the command that needs them: they are most of what there is to load.
 */
import { readFileSync } from "node:fs";
import { messageOf } from "@gate/base";
import type { Context } from "@gate/job/policy";
import type { Command } from "commander";
import { CommandError, EXIT } from "./output.ts";
import { addPolicyDiff } from "./policy-diff.ts";
import { addPolicyExplain } from "./policy-explain.ts";
import { addPolicyLint } from "./policy-lint.ts";
import { addPolicySchema } from "./policy-schema.ts";
import { addPolicyTest } from "./policy-test.ts";

export function addPolicy(program: Command): void {
  const policy = program
    .command("policy")
    .description("check, test, explain and compare policy files")
    .addHelpText("after", "\nExample: gate policy lint policy.yaml");
  addPolicyLint(policy);
  addPolicyTest(policy);
  addPolicyExplain(policy);
  addPolicyDiff(policy);
  addPolicySchema(policy);
}

/** What gateway.yaml names. @throws {CommandError} wrong use when it cannot be read. */
export async function gatewayNames(config: string | undefined): Promise<Context> {
  if (config === undefined) return {};
  const text = needText(config);
  const { readGatewayNames } = await import("@gate/job/policy");
  try {
    return readGatewayNames(text, config);
  } catch (error) {
    throw new CommandError(EXIT.usage, `--config: ${messageOf(error)}`);
  }
}

/** The text of a file, or undefined when there is none. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new CommandError(EXIT.usage, `cannot read ${path}: ${messageOf(error)}`);
  }
}

/** @throws {CommandError} wrong use when there is no such file. */
export function needText(path: string): string {
  const text = readText(path);
  if (text === undefined) throw new CommandError(EXIT.usage, `there is no file ${path}; check the path`);
  return text;
}
