/** `gate policy lint`: what is wrong, dangerous or pointless in policies. Reads files only. */
import type { Finding } from "@gate/policy";
import type { Command } from "commander";
import { CommandError, EXIT, print, printJson, visible } from "./output.ts";
import { gatewayNames, needText, readText } from "./policy.ts";

interface Options {
  readonly config?: string;
  readonly columns?: string;
  readonly strict?: boolean;
  readonly json?: boolean;
}

export function addPolicyLint(policy: Command): void {
  policy
    .command("lint <files...>")
    .description("find what is wrong, dangerous or pointless in policies, each with its place, why and the fix")
    .option("--config <file>", "gateway.yaml: also checks the names of issuers and targets, and what targets can do")
    .option("--columns <file>", "columns of the targets, for masks: a JSON list of schema.table.column")
    .option("--strict", "warnings count as errors")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExample: gate policy lint policy.yaml --config gateway.yaml\nExit: 0 no errors (with --strict: nor warnings), 1 some, 2 wrong use. Files of tests (*.test.yaml) are passed over.\nAccept a finding for a time with\n  # gate-lint: ignore CODE until 2027-03-01: reason",
    )
    .action(async (files: string[], options: Options) => {
      const { isTestFile, lintPath, readColumns } = await import("@gate/job/policy");
      const names = await gatewayNames(options.config);
      const columns =
        options.columns === undefined ? undefined : readColumns(needText(options.columns), options.columns);
      if (options.columns !== undefined && columns === undefined) {
        throw new CommandError(
          EXIT.usage,
          `${options.columns} holds no columns: write a JSON list such as ["public.customers.email"]`,
        );
      }
      // What a shell makes of policies/*.yaml: tests are no policies.
      const policies = files.filter((file) => !isTestFile(file));
      if (policies.length === 0) {
        throw new CommandError(EXIT.usage, `${files.join(", ")}: tests, and no policy; run them with gate policy test`);
      }
      const findings = policies.flatMap((file) => {
        needText(file);
        return lintPath(file, readText, { ...names, nowMs: Date.now(), ...(columns && { columns }) }) ?? [];
      });
      if (options.json === true) printJson({ findings });
      else describe(findings, policies.length);
      const bad = findings.some(({ severity }) => severity === "error" || (options.strict && severity === "warning"));
      process.exitCode = bad ? EXIT.no : EXIT.ok;
    });
}

function describe(findings: readonly Finding[], files: number): void {
  for (const { file, line, column, severity, code, message, danger, fix } of findings) {
    print(`${file}:${line}:${column}: ${severity} ${code}: ${visible(message)}`);
    print(`    why: ${visible(danger)}\n    fix: ${visible(fix)}`);
  }
  const count = (severity: Finding["severity"]) => findings.filter((finding) => finding.severity === severity).length;
  const parts = (["error", "warning", "note"] as const).map(
    (severity) => `${count(severity)} ${severity}${count(severity) === 1 ? "" : "s"}`,
  );
  print(findings.length === 0 ? `${files === 1 ? "1 file" : `${files} files`}, nothing found` : parts.join(", "));
}
