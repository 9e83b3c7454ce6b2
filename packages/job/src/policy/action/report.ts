/** What people read of a check: Markdown for the comment, the summary and the check run, and annotations on lines. Pure. */
import type { Change, Finding } from "@gate/policy";
import { cell, codeCell, oneLine } from "../../markdown.ts";
import type { TeamApproval } from "./approval.ts";
import type { PolicyReport } from "./check.ts";

export interface Outcome {
  readonly failed: boolean;
  /** One line. */
  readonly title: string;
  readonly wider: boolean;
  readonly errors: number;
  readonly warnings: number;
  readonly failedTests: number;
  readonly passedTests: number;
}

export interface LineAnnotation {
  readonly level: "error" | "warning";
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly title: string;
  readonly message: string;
}

export function judge(
  reports: readonly PolicyReport[],
  rules: { readonly failOn: "error" | "warning" | "never"; readonly approval?: TeamApproval },
): Outcome {
  const findings = reports.flatMap((report) => report.findings);
  const results = reports.flatMap(({ suites }) => suites.flatMap((suite) => suite.results));
  const unreadable = reports.flatMap(({ suites }) => suites.filter((suite) => suite.problems.length > 0)).length;
  const errors = findings.filter(({ severity }) => severity === "error").length;
  const warnings = findings.filter(({ severity }) => severity === "warning").length;
  const failedTests = results.filter(({ passed }) => !passed).length + unreadable;
  const wider = reports.some(({ diff }) => diff?.wider === true);
  const unapproved = wider && rules.approval?.approved === false;
  const bad = errors > 0 || failedTests > 0 || (rules.failOn === "warning" && warnings > 0);
  // A required approval is a rule of its own: `fail-on: never` does not lift it.
  const failed = unapproved || (rules.failOn !== "never" && bad);
  const parts = [
    count(errors, "error"),
    count(warnings, "warning"),
    failedTests > 0
      ? `${failedTests} of ${results.length} tests fail`
      : count(results.length, "test passes", "tests pass"),
    wider ? (unapproved ? "wider, not approved" : "wider") : "",
  ].filter((part) => part !== "" && !part.startsWith("0 "));
  return {
    failed,
    title: parts.length === 0 ? "nothing found" : parts.join(", "),
    wider,
    errors,
    warnings,
    failedTests,
    passedTests: results.filter(({ passed }) => passed).length,
  };
}

/** At most `bytesMax` bytes; what was left out is said. */
export function policyMarkdown(
  reports: readonly PolicyReport[],
  outcome: Outcome,
  approval: (TeamApproval & { readonly team: string }) | undefined,
  bytesMax: number,
): string {
  const parts = [`## ${outcome.failed ? "❌" : "✅"} gate/policy: ${cell(outcome.title)}`];
  if (outcome.wider && approval !== undefined) parts.push(approvalLine(approval));
  for (const report of reports) parts.push(...fileParts(report));
  const text = parts.join("\n\n");
  if (Buffer.byteLength(text) <= bytesMax) return text;
  const cut = Buffer.from(text);
  const end = cut.lastIndexOf(10, bytesMax - 200);
  return `${cut.toString("utf8", 0, Math.max(0, end))}\n\n*Cut here: run \`gate policy lint\`, \`test\` and \`diff\` for the rest.*`;
}

function approvalLine(approval: TeamApproval & { readonly team: string }): string {
  return approval.approved
    ? `This change allows more. ${cell(approval.by)} approved it for ${cell(approval.team)}.`
    : `**This change allows more, and needs an approval of ${cell(approval.team)}:** ${cell(approval.reason)}.`;
}

function fileParts({ file, findings, suites, diff, note }: PolicyReport): readonly string[] {
  const parts = [`### ${codeCell(file)}`];
  if (diff !== undefined) {
    if (note !== undefined) parts.push(`*${cell(note)}*`);
    parts.push(diff.changes.length === 0 ? "No difference to the base was found." : changeTable(diff.changes));
    if (diff.bounded.length > 0) parts.push(`*Not every combination was tried for ${cell(diff.bounded.join(", "))}.*`);
  }
  const shown = findings.filter(({ severity }) => severity !== "note");
  if (shown.length > 0) parts.push(findingTable(shown));
  for (const suite of suites) {
    const failed = suite.results.filter(({ passed }) => !passed);
    const lines = [
      `Tests in ${codeCell(suite.file)}: ${suite.results.length - failed.length} passed, ${failed.length} failed.`,
    ];
    for (const problem of suite.problems.slice(0, ROWS_MAX)) {
      lines.push(`- line ${problem.line}: ${cell(problem.message)}`);
    }
    for (const result of failed.slice(0, ROWS_MAX)) {
      const why = result.problems[0]?.message ?? `expected ${result.expected}, got ${result.got}`;
      lines.push(`- ${codeCell(result.name)} (line ${result.line}): ${cell(why)}`);
    }
    parts.push(lines.join("\n"));
  }
  return parts;
}

function changeTable(changes: readonly Change[]): string {
  const rows = changes.slice(0, ROWS_MAX).map(({ direction, subject, name, from, to, example }) => {
    const sign = direction === "narrower" ? "🔒 narrower" : direction === "wider" ? "⚠️ wider" : "⚠️ changed";
    return `| ${sign} | ${subject} ${cell(name)} | ${cell(from)} | ${cell(to)} | ${example === undefined ? "" : codeCell(example)} |`;
  });
  const more = changes.length > ROWS_MAX ? `\n\nand ${changes.length - ROWS_MAX} more` : "";
  return `| | what | before | after | for example |\n|---|---|---|---|---|\n${rows.join("\n")}${more}`;
}

function findingTable(findings: readonly Finding[]): string {
  const rows = findings
    .slice(0, ROWS_MAX)
    .map(
      ({ severity, code, line, message, danger, fix }) =>
        `| ${severity === "error" ? "❌" : "⚠️"} ${codeCell(code)} | ${line} | ${cell(message)}<br>${cell(danger)} | ${cell(fix)} |`,
    );
  const more = findings.length > ROWS_MAX ? `\n\nand ${findings.length - ROWS_MAX} more` : "";
  return `| finding | line | what and why | fix |\n|---|---:|---|---|\n${rows.join("\n")}${more}`;
}

/** GitHub shows ten of each level a step: the last one counts what is missing. */
export function lineAnnotations(reports: readonly PolicyReport[]): readonly LineAnnotation[] {
  const all = reports.flatMap(({ findings, suites }): readonly LineAnnotation[] => [
    ...findings.flatMap(({ severity, code, message, danger, fix, file, line, column }): readonly LineAnnotation[] =>
      severity === "note"
        ? []
        : [
            {
              level: severity,
              file,
              line,
              column,
              title: `gate: ${code}`,
              message: `${message}. ${danger} Fix: ${fix}`,
            },
          ],
    ),
    ...suites.flatMap(({ problems, results }) => [
      ...problems.map((problem): LineAnnotation => ({ ...problem, level: "error", title: "gate: test file" })),
      ...results
        .filter(({ passed }) => !passed)
        .map(({ file, line, column, name, expected, got, problems: own }): LineAnnotation => {
          const message = own[0]?.message ?? `${name}: expected ${expected}, got ${got}`;
          return { level: "error", file, line, column, title: "gate: policy test", message };
        }),
    ]),
  ]);
  return (["error", "warning"] as const).flatMap((level) => {
    const of = all.filter((annotation) => annotation.level === level);
    const shown = of.slice(0, of.length > ANNOTATIONS_MAX ? ANNOTATIONS_MAX - 1 : ANNOTATIONS_MAX);
    const first = of[0];
    const rest = of.length - shown.length;
    const more =
      rest === 0 || first === undefined
        ? []
        : [{ ...first, title: "gate", message: `${rest} more ${level}s: see the step summary` }];
    return [...shown, ...more].map((annotation) => ({
      ...annotation,
      message: oneLine(annotation.message, MESSAGE_CHARS_MAX),
    }));
  });
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

/** Rows of one table in a comment. */
const ROWS_MAX = 60;
/** GitHub shows ten annotations of a level a step. */
const ANNOTATIONS_MAX = 10;
/** GitHub's limit for an annotation's text is 4096 characters. */
const MESSAGE_CHARS_MAX = 2_000;
