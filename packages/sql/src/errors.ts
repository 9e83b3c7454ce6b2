/** Errors of this package: only wrong use throws; whatever a command contains becomes facts. Pure. */
import { GateError, type ErrorKind } from "@gate/base";

/**
 * PARSER_NOT_LOADED: `analyse` before `loadParser()` resolved.
 * CATALOGUE_TOO_LARGE: the database has more relations or columns than gate keeps in memory.
 * CATALOGUE_MALFORMED: rows that the catalogue queries cannot have returned.
 */
export type SqlErrorCode = "PARSER_NOT_LOADED" | "CATALOGUE_TOO_LARGE" | "CATALOGUE_MALFORMED";

export class SqlError extends GateError {
  readonly code: SqlErrorCode;

  constructor(code: SqlErrorCode, kind: ErrorKind, message: string) {
    super(kind, message);
    this.code = code;
  }
}
