/**
 * What lint can find: a stable code for each, how bad it is, and why it is dangerous. Pure data.
 *
 * Codes never change meaning: people ignore them by name, with a date (ignores.ts).
 */
import type { Problem } from "../errors.ts";
import type { Position } from "../yaml.ts";

/** error: the policy is not what it should be in force as. warning: look at it. note: could not be checked. */
export type Severity = "error" | "warning" | "note";

export interface Finding extends Problem {
  readonly code: LintCode;
  readonly severity: Severity;
  /** What is wrong, here. (`message` of a Problem.) */
  readonly message: string;
  /** Why that is dangerous, in general. */
  readonly danger: string;
  /** What to write instead. */
  readonly fix: string;
}

export type LintCode = keyof typeof LINT_CODES;

interface Code {
  readonly severity: Severity;
  readonly danger: string;
}

const code = (severity: Severity, danger: string): Code => ({ severity, danger });

export const LINT_CODES = {
  "policy-invalid": code("error", "One mistake refuses the whole file: nothing of this policy can be in force."),

  "audience-missing": code(
    "error",
    "Without an audience of its own, a token that the job obtained for any other service could be exchanged here.",
  ),
  "audience-default": code(
    "error",
    "This is the audience that GitHub puts into a token when nobody asks for one, so tokens meant for other services, or leaked by them, open a session here.",
  ),
  "audience-shared": code(
    "error",
    "Tokens for this audience are handed to another service in the course of its normal work, and whoever reads them there can open a session here.",
  ),
  "audience-pattern": code("error", "An audience is compared exactly: nobody can ever have a token for this one."),
  "repository-id-missing": code(
    "error",
    "A name can be given up and registered by somebody else, and other claims are shared by every repository: only the numeric id stays with one repository.",
  ),
  "repository-id-wildcard": code("error", "Any repository on the whole of GitHub has an id that matches."),
  "owner-wildcard": code(
    "error",
    "Anybody can create an account or organisation whose name matches, and run a workflow of their own in it.",
  ),
  "event-name-missing": code(
    "error",
    "pull_request_target and workflow_run run on the default branch: a rule over `ref` alone lets strangers' pull requests in.",
  ),
  "event-wildcard": code("error", "Events that strangers trigger match as well, such as pull_request_target."),
  "event-untrusted": code(
    "error",
    "Anybody who may comment or open a pull request triggers this event, with the default branch's identity and on input of their own.",
  ),
  "pull-request-writes": code(
    "error",
    "The job runs code that nobody has reviewed yet, and the grant lets that code change things.",
  ),
  "self-hosted-writes": code(
    "error",
    "A self-hosted runner keeps what earlier jobs left behind: an earlier job can act as this one, and the grant lets it change things.",
  ),
  "claim-sub": code(
    "error",
    "Its form differs between repositories (names, or names with ids) and owners can change it: a pattern that is right today can match something else tomorrow.",
  ),
  "claim-unknown": code("warning", "No token has a claim of this name: the trust rule never fits any job."),
  "workflow-ref-unpinned": code(
    "error",
    "Without a fixed ref after `@`, the file may come from any branch: whoever can push one writes their own workflow.",
  ),
  "environment-missing": code(
    "error",
    "An environment is where GitHub keeps reviewers and branch rules: without it every job of the repository that fits gets these grants.",
  ),
  "ref-unpinned": code("warning", "Any branch fits, also one that nobody reviewed."),
  "trust-unreachable": code(
    "error",
    "The first rule that fits is taken: the jobs that this one is written for get the other one's grants and times.",
  ),
  "session-long": code("warning", "A session that outlives its job by hours is a session that somebody else can use."),

  "rule-unreachable": code(
    "error",
    "The rule says something that never happens: what its author wanted is not in force.",
  ),
  "rule-subsumed": code(
    "error",
    "A wider rule with the same effect makes this one meaningless: if it was meant as a restriction, it restricts nothing.",
  ),
  "allow-without-objects": code(
    "error",
    "It allows the command on everything that the credential reaches, also what does not exist yet.",
  ),
  "allow-reads-omitted": code(
    "warning",
    "It may read anything while it writes: `INSERT … SELECT` copies every table into one that can be read.",
  ),
  "allow-writes-omitted": code("warning", "The command can write, and nothing says where."),
  "allow-everything": code(
    "error",
    "A pattern of nothing but stars also stands for commands that nobody has thought of.",
  ),
  "allow-escape": code("warning", "What runs through this is a program of its own, whose effects no rule can see."),
  "allow-credentials": code("warning", "Values that are read through this open other doors, past this policy."),
  "functions-any": code(
    "warning",
    "Functions can write, open connections and run SQL of their own; some read the server's files.",
  ),
  "definition-open": code("warning", "A tool whose description changed can tell an agent to do something else."),
  "name-unknown": code("error", "No command is ever called this: a deny written so never denies."),
  "rule-unenforceable": code(
    "error",
    "The target's protocol cannot do what the rule demands: every command that it concerns is refused.",
  ),
  "observe-mode": code("warning", "Verdicts are recorded and nothing is enforced: everything goes through."),
  "grant-unused": code("warning", "No job can get it. If one should, the trust rule for it is missing."),
  "section-unused": code("warning", "Nothing refers to it. If something should, the reference is missing."),

  "approval-outlives-session": code(
    "error",
    "The session ends before the people's time does: an approval then comes too late for every job.",
  ),
  "approval-too-few": code("error", "There are never enough people: every hold expires."),
  "approval-no-spare": code(
    "warning",
    "Everybody named must answer, and whoever had a hand in the command may not: then nobody can approve it.",
  ),
  "approval-own": code("warning", "Whoever started the job, or wrote the change, can approve their own command."),

  "mask-column-unknown": code("error", "A mask over a column that does not exist hides nothing."),
  "mask-columns-unchecked": code("note", "A mask over a column that does not exist hides nothing."),

  "mask-predicate-open": code(
    "warning",
    "A condition over the column tells its values bit by bit, although none is ever shown.",
  ),
  "mask-ignore-expired": code("error", "The ignore has no effect any more, and the detector masks this column again."),
  "mask-ignore-expiring": code("warning", "On that day the detector masks this column again."),

  "ignore-invalid": code("error", "An ignore that cannot be read ignores nothing, or more than was meant."),
  "ignore-expired": code("error", "The time for which somebody accepted this risk is over."),
  "ignore-expiring": code("warning", "Soon this finding is an error again."),
  "ignore-unused": code("warning", "What it ignored is gone: left here, it hides the next one."),
} as const satisfies Readonly<Record<string, Code>>;

/** Collects findings of one file. */
export class Findings {
  readonly file: string;
  readonly #list: Finding[] = [];

  constructor(file: string) {
    this.file = file;
  }

  add(name: LintCode, where: { readonly at: Position }, message: string, fix: string, severity?: Severity): void {
    const { line, column } = where.at;
    const twice = this.#list.some(
      (f) => f.code === name && f.line === line && f.column === column && f.message === message,
    );
    if (twice || this.#list.length >= FINDINGS_MAX) return;
    const { danger, severity: usual } = LINT_CODES[name];
    this.#list.push({ file: this.file, line, column, code: name, severity: severity ?? usual, message, danger, fix });
  }

  get list(): readonly Finding[] {
    return this.#list;
  }
}

/** In the order of the file. */
export function inOrder(findings: readonly Finding[]): readonly Finding[] {
  return findings.toSorted(
    (a, b) => a.line - b.line || a.column - b.column || (a.code < b.code ? -1 : Number(a.code > b.code)),
  );
}

/** Findings that are reported of one file. */
export const FINDINGS_MAX = 500;
