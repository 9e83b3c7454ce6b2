/** What can be wrong with a file that people write: problems with a place, thrown together. Pure. */
import { GateError } from "@gate/base";

/** One mistake: where it is, what is wrong, and what to write instead. Lines and columns count from 1. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export type PolicyErrorCode = "POLICY_INVALID";

/** A policy file that was not accepted. Nothing of it is in force. */
export class PolicyError extends GateError {
  readonly code: PolicyErrorCode;
  readonly problems: readonly Problem[];

  constructor(code: PolicyErrorCode, problems: readonly Problem[]) {
    super("operator", formatProblems(problems));
    this.code = code;
    this.problems = problems;
  }
}

/** One line a problem, `policy.yaml:12:5: unknown key …`, in the order of the file. */
export function formatProblems(problems: readonly Problem[]): string {
  return problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`).join("\n");
}
