/** What goes wrong while masking. Pure. Messages name rules and paths, never values. */
import { GateError, type ErrorKind } from "@gate/base";

export type MaskingErrorCode =
  | "PATH_INVALID" // a JSON path that cannot be read
  | "PATTERN_INVALID" // a pattern that RE2 does not take, or that matches an empty text
  | "DETECTOR_UNKNOWN" // a detector that this version does not have
  | "JSON_MALFORMED" // a document that is no JSON, or is cut off
  | "JSON_BOUND"; // a document that is too deep, or has a key that is too long

export class MaskingError extends GateError {
  readonly code: MaskingErrorCode;

  constructor(kind: ErrorKind, code: MaskingErrorCode, message: string) {
    super(kind, message);
    this.code = code;
  }
}
