/** What goes wrong with stores. Pure. */
import { GateError, type ErrorKind } from "@gate/base";

export type StoreErrorCode =
  /** This Node has no node:sqlite. */
  | "NODE_TOO_OLD"
  /** The database was written by a newer gate. */
  | "SCHEMA_NEWER"
  /** The database cannot be opened or written. */
  | "STORE_UNAVAILABLE"
  /** The store was closed. */
  | "STORE_CLOSED"
  /** A change of a session that the store does not have. */
  | "SESSION_UNKNOWN"
  /** A session of this id exists already. */
  | "SESSION_EXISTS"
  /** A session that ended cannot be extended or opened again. */
  | "SESSION_ENDED"
  /** A session id that could leave the recordings folder. */
  | "NAME_INVALID"
  /** The session's recording exists already. */
  | "RECORDING_EXISTS"
  /** The recording's folder or a file in it could not be written. */
  | "RECORDING_UNWRITABLE"
  /** The recording's files are closed. */
  | "RECORDING_CLOSED";

export class StoreError extends GateError {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, kind: ErrorKind, message: string, options?: { cause?: unknown }) {
    super(kind, message, options);
    this.code = code;
  }
}
