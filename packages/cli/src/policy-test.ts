/** `gate policy test`: runs the tests of policies. Reads files only. */
import type { SuiteReport } from "@gate/job/policy";
import type { Command } from "commander";
import { complain, EXIT, print, printJson, visible } from "./output.ts";
import { gatewayNames, needText, readText } from "./policy.ts";

export function addPolicyTest(policy: Command): void {
  policy
    .command("test <files...>")
    .description("run the tests of policies: `tests:` in the policy, and the *.test.yaml beside it")
    .option("--config <file>", "gateway.yaml: names of issuers and targets")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      '\nExample: gate policy test policy.yaml\nA test: {as: deploy-prod, grant: orders-db, sql: "DROP TABLE x", expect: {effect: deny, rule: never}}\nExit: 0 all pass, 1 one fails or cannot be read, 2 wrong use, 3 there are no tests',
    )
    .action(async (files: string[], options: { config?: string; json?: boolean }) => {
      const { testPath, unreadable } = await import("@gate/job/policy");
      const names = await gatewayNames(options.config);
      const reports: SuiteReport[] = [];
      for (const file of files) {
        const broken = unreadable(needText(file), file);
        const found = broken === undefined ? await testPath(file, readText, names) : [broken];
        if (found.length === 0) complain(`${file}: no tests; add \`tests:\`, or a .test.yaml beside it`);
        for (const report of found) if (!reports.some((other) => other.file === report.file)) reports.push(report);
      }
      if (options.json === true) printJson({ passed: failures(reports) === 0, files: reports });
      else await describe(reports);
      const ran = reports.some((report) => report.results.length > 0 || report.problems.length > 0);
      process.exitCode = failures(reports) > 0 ? EXIT.no : ran ? EXIT.ok : EXIT.unknown;
    });
}

/** A file that could not be run fails as a whole. */
function failures(reports: readonly SuiteReport[]): number {
  const failed = reports.flatMap(({ results }) => results.filter(({ passed }) => !passed));
  return failed.length + reports.filter(({ problems }) => problems.length > 0).length;
}

async function describe(reports: readonly SuiteReport[]): Promise<void> {
  const { formatProblems } = await import("@gate/policy");
  for (const { file, policyFile, results, problems } of reports) {
    print(file === policyFile ? file : `${file} (policy ${policyFile})`);
    if (problems.length > 0) print(formatProblems(problems));
    for (const result of results) {
      print(`  ${result.passed ? "ok  " : "FAIL"}  ${visible(result.name)}`);
      if (result.passed) continue;
      print(`        at        ${result.file}:${result.line}:${result.column}`);
      print(`        expected  ${visible(result.expected)}`);
      print(`        got       ${visible(result.got)}`);
      if (result.because !== undefined) print(`        because   ${visible(result.because)}`);
      for (const problem of result.problems) print(`        problem   ${visible(problem.message)}`);
      for (const { rule, effect, outcome, failed } of result.explanation ?? []) {
        print(
          `        rule      ${rule} (${effect}): ${outcome}${failed === undefined ? "" : `, first failed: ${failed}`}`,
        );
      }
    }
  }
  const all = reports.flatMap(({ results }) => results);
  const passed = all.filter((result) => result.passed).length;
  print(`${passed} passed, ${all.length - passed} failed`);
}
