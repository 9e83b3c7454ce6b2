/** `gate policy diff`: what a change of a policy makes possible, and what it takes away. Reads files only. */
import type { Context } from "@gate/job/policy";
import type { Change, Policy, PolicyDiff } from "@gate/policy";
import type { Command } from "commander";
import { complain, CommandError, EXIT, print, printJson, visible } from "./output.ts";
import { gatewayNames, needText } from "./policy.ts";

export function addPolicyDiff(policy: Command): void {
  policy
    .command("diff <old> <new>")
    .description("what the new version allows and the old one does not, and the other way round, each with an example")
    .option("--config <file>", "gateway.yaml: names of issuers and targets")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExample: git show main:policy.yaml > /tmp/old.yaml && gate policy diff /tmp/old.yaml policy.yaml\nExit: 0 the same or only narrower, 1 wider, 2 wrong use, 3 the old version cannot be read",
    )
    .action(async (oldFile: string, newFile: string, options: { config?: string; json?: boolean }) => {
      const { exchange } = await import("@gate/job/policy");
      const { diffPolicies, parsePolicy } = await import("@gate/policy");
      const names = await gatewayNames(options.config);
      const before = await readOld(oldFile, names);
      const after = parsePolicy(needText(newFile), { file: newFile, ...names });
      const diff = diffPolicies(before, after, exchange);
      if (options.json === true) printJson(diff);
      else describe(diff);
      process.exitCode = diff.wider ? EXIT.no : EXIT.ok;
    });
}

async function readOld(file: string, names: Context): Promise<Policy> {
  const { parsePolicy, PolicyError } = await import("@gate/policy");
  try {
    return parsePolicy(needText(file), { file, ...names });
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    complain(error.message);
    throw new CommandError(EXIT.unknown, `${file} is not valid, so nothing can be compared with it`);
  }
}

function describe(diff: PolicyDiff): void {
  for (const change of diff.changes) print(describeChange(change));
  if (diff.changes.length === 0) print("no difference found");
  const wider = diff.changes.filter(({ direction }) => direction !== "narrower").length;
  print(
    `${wider} wider, ${diff.changes.length - wider} narrower; tried ${diff.commands} commands and ${diff.tokens} tokens`,
  );
  for (const name of diff.bounded) print(`not every combination of \`${name}\` was tried: there are too many`);
}

function describeChange({ direction, subject, name, from, to, example, commands, count }: Change): string {
  const lines = [`${direction.padEnd(8)} ${subject} ${name}: ${from} → ${to}`];
  if (example !== undefined)
    lines.push(`    for example: ${visible(example)}${count > 1 ? ` (and ${count - 1} more)` : ""}`);
  if (commands !== undefined && commands.length > 1) lines.push(`    commands: ${visible(commands.join("; "))}`);
  return lines.join("\n");
}
