/** The step summary and the annotations of a finished session. Pure. */
import { cell, codeCell, oneLine } from "./markdown.ts";
import type { Outcome } from "./outcome.ts";

export interface Verification {
  readonly status: "valid" | "invalid" | "incomplete" | "unpinned" | "missing";
  readonly entries: number;
  readonly root?: string;
  readonly vkey: string;
  /** The workflow named the key; otherwise it is the one that the gateway said at connect. */
  readonly pinned: boolean;
  readonly findings: readonly string[];
}

export interface Annotation {
  readonly level: "warning" | "error";
  readonly title: string;
  readonly message: string;
}

/** Markdown of at most SUMMARY_BYTES_MAX bytes; what was left out is said. `outcome` is missing without a recording. */
export function summaryMarkdown(
  outcome: Outcome | undefined,
  verification: Verification,
  problems: readonly string[],
): string {
  const parts = [`## Gate session ${cell(outcome?.sessionId ?? "")}`, verdictLine(verification)];
  if (problems.length > 0) parts.push(list("Not done", problems));
  if (verification.findings.length > 0) parts.push(list("Findings", verification.findings.slice(0, FINDINGS_MAX)));
  if (outcome === undefined) return parts.join("\n\n");
  if (outcome.mode === "embedded") {
    parts.push(
      "> Embedded gate: engine and record were in the job itself, so code of the same user could have changed both.",
    );
  }
  if (outcome.observedGrants.size > 0) {
    const names = [...outcome.observedGrants].map((name) => cell(name)).join(", ");
    parts.push(
      `> **Observe**: verdicts on ${names} were recorded and not enforced; ` +
        `${outcome.counts.observed} commands ran that would have been denied or held.`,
    );
  }
  for (const principal of outcome.latchRefused) {
    parts.push(`> **A second session was asked for with this job's identity** (${cell(principal)}) and refused.`);
  }
  parts.push(reachCard(outcome), verdictTable(outcome));
  if (outcome.refused.length > 0) parts.push(refusedTable(outcome));
  const text = parts.join("\n\n");
  if (Buffer.byteLength(text) <= SUMMARY_BYTES_MAX) return text;
  return `${cutAtLine(text, SUMMARY_BYTES_MAX - 200)}\n\n*Cut here: the recording has everything.*`;
}

/** At most ANNOTATIONS_MAX of each level: GitHub drops the rest in silence, so the last one counts what is missing. */
export function annotations(outcome: Outcome | undefined, verification: Verification): Annotation[] {
  const found: Annotation[] = [];
  if (verification.status === "invalid" || verification.status === "missing" || verification.status === "incomplete") {
    found.push(note("error", "gate: recording", [verificationText(verification), ...verification.findings].join("; ")));
  }
  for (const principal of outcome?.latchRefused ?? []) {
    found.push(
      note("error", "gate: identity used twice", `a second session was asked for by ${principal} and refused`),
    );
  }
  const errors = found.slice(0, ANNOTATIONS_MAX);
  const refused = outcome?.refused ?? [];
  const shown = refused.slice(
    0,
    (outcome?.refusedCount ?? 0) > ANNOTATIONS_MAX ? ANNOTATIONS_MAX - 1 : ANNOTATIONS_MAX,
  );
  const warnings = shown.map(({ result, rule, grant, message, text, entry }) =>
    note(
      "warning",
      `gate: ${result} by rule ${rule}`,
      `${grant}, entry ${entry}: ${message}. Command: ${oneLine(text, 500)}`,
    ),
  );
  const more = (outcome?.refusedCount ?? 0) - shown.length;
  if (more > 0) warnings.push(note("warning", "gate", `${more} more commands were refused: see the step summary`));
  return [...errors, ...warnings];
}

function note(level: Annotation["level"], title: string, message: string): Annotation {
  return { level, title: oneLine(title, TITLE_CHARS_MAX), message: oneLine(message, MESSAGE_CHARS_MAX) };
}

function verdictLine(verification: Verification): string {
  const sign = verification.status === "valid" ? "✅" : verification.status === "unpinned" ? "⚠️" : "❌";
  const key = verification.pinned
    ? "the key named in the workflow"
    : "the key that the gateway showed at connect (unpinned by you: set `gateway-key`)";
  return `${sign} ${verificationText(verification)}; ${verification.entries} entries, ${key} ${codeCell(verification.vkey)}`;
}

function verificationText({ status }: Verification): string {
  switch (status) {
    case "valid":
      return "The recording verifies";
    case "unpinned":
      return "The recording is whole, but no key was pinned to check who signed it";
    case "incomplete":
      return "The recording is not sealed: it may lack its end";
    case "invalid":
      return "The recording DOES NOT VERIFY";
    case "missing":
      return "There is no recording to verify";
  }
}

/** What the session could reach, what it did reach, and what was held back. */
function reachCard(outcome: Outcome): string {
  const { counts } = outcome;
  const lines = ["### Blast radius", "", "| could reach | did reach | held back |", "|---|---|---|"];
  for (const [grant, target] of outcome.grants) {
    const objects = outcome.reached.get(grant);
    const did = objects === undefined ? "nothing" : objects.size === 0 ? "yes, no named object" : some([...objects]);
    const back = outcome.rows
      .filter((row) => row.grant === grant && (row.result === "denied" || row.result === "not approved"))
      .reduce((sum, row) => sum + row.count, 0);
    lines.push(`| ${cell(grant)} → ${cell(target)} | ${did} | ${back} |`);
  }
  lines.push("");
  lines.push(
    `${counts.allowed} allowed, ${counts.approved} approved by people, ${counts.denied} denied, ` +
      `${counts.notApproved} not approved; ${outcome.maskedValues} values masked. ` +
      `Trust rule ${cell(outcome.trustRule)}; ${cell(outcome.principal)}.`,
  );
  return lines.join("\n");
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, OBJECTS_SHOWN_MAX).map((name) => codeCell(name, 100));
  const more = names.length - shown.length;
  return shown.join(" ") + (more > 0 ? ` and ${more} more` : "");
}

function verdictTable(outcome: Outcome): string {
  const lines = ["### Verdicts", "", "| grant | target | verdict | rule | commands |", "|---|---|---|---|---:|"];
  for (const { grant, target, result, rule, count } of outcome.rows) {
    lines.push(`| ${cell(grant)} | ${cell(target)} | ${result} | ${cell(rule)} | ${count} |`);
  }
  if (outcome.rows.length === 0) lines.push("| | | no command | | 0 |");
  return lines.join("\n");
}

function refusedTable(outcome: Outcome): string {
  const lines = [
    "### Held back",
    "",
    "| entry | grant | verdict | rule | why | command |",
    "|---:|---|---|---|---|---|",
  ];
  for (const { entry, grant, result, rule, message, text } of outcome.refused) {
    lines.push(`| ${entry} | ${cell(grant)} | ${result} | ${cell(rule)} | ${cell(message)} | ${codeCell(text, 500)} |`);
  }
  const more = outcome.refusedCount - outcome.refused.length;
  if (more > 0) lines.push("", `and ${more} more in the recording`);
  return lines.join("\n");
}

function list(title: string, lines: readonly string[]): string {
  return `**${title}**\n\n${lines.map((line) => `- ${cell(line)}`).join("\n")}`;
}

function cutAtLine(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text);
  const end = bytes.lastIndexOf(10, bytesMax);
  return bytes.toString("utf8", 0, end === -1 ? 0 : end);
}

/** GitHub takes 1 MiB a step; other text of the step must fit too. */
const SUMMARY_BYTES_MAX = 1_000_000;
/** GitHub shows ten annotations of a level a step. */
const ANNOTATIONS_MAX = 10;
/** GitHub's limit for an annotation's text is 4096 characters. */
const MESSAGE_CHARS_MAX = 2_000;
/** Title of an annotation. */
const TITLE_CHARS_MAX = 120;
/** Findings of the verification in the summary. */
const FINDINGS_MAX = 20;
/** Objects named for one grant in the card. */
const OBJECTS_SHOWN_MAX = 12;
