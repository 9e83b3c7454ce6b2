/** Errors of the test doubles. Pure. */
import { GateError, type ErrorKind } from "@gate/base";

export type TestkitErrorCode =
  /** The workflow file does not fit GitHub's schema; the message lists file, line and what is wrong. */
  | "WORKFLOW_INVALID"
  /** An action.yml does not fit GitHub's schema. */
  | "ACTION_INVALID"
  /** A `uses:` that no local path and no entry of `actionPaths` answers. */
  | "ACTION_UNKNOWN"
  /** A feature of the real runner that the double does not have (containers, reusable workflows, background steps). */
  | "UNSUPPORTED"
  /** An expression that does not parse or evaluate. */
  | "EXPRESSION_INVALID"
  /** A command file (GITHUB_ENV, GITHUB_OUTPUT …) that is not in the runner's format. */
  | "FILE_COMMAND_INVALID"
  /** act could not be installed or started. */
  | "ACT_UNAVAILABLE";

export class TestkitError extends GateError {
  readonly code: TestkitErrorCode;

  constructor(code: TestkitErrorCode, message: string, kind: ErrorKind = "operator") {
    super(kind, message);
    this.code = code;
  }
}
