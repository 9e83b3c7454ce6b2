/** The engine's errors. Pure. */
import { GateError, type ErrorKind } from "@gate/base";

export type EngineErrorCode =
  | "SESSION_EXISTS" // a session of this id is open already
  | "POLICY_UNPINNED" // the policy is not the one that the session was given
  | "SESSION_UNKNOWN" // no such session here, or it has ended
  | "GRANT_UNKNOWN" // the session does not hold this grant
  | "GRANT_EXPIRED" // the grant's own ttl is over
  | "LIMIT_CONCURRENT" // the grant's open connections are used up
  | "TARGET_UNREACHABLE" // no TCP connection to the target
  | "TARGET_TLS" // the target's TLS handshake or certificate was refused
  | "ADMISSION_SPENT" // an admission was used twice
  | "ADMISSION_FOREIGN" // an admission of another connection, or none of the engine's
  | "HOUSEKEEPING_UNDECLARED" // a protocol used a name that it did not declare
  | "OUTPUT_OVERFLOW" // a protocol kept sending without waiting for the target
  | "FILE_REFUSED" // a protocol asked for a file that the recording cannot have
  | "RECORDING_FULL" // the recording has reached its size
  | "RECORDER_FAILED" // the record could not be written
  | "DRAINING"; // the gateway is shutting down

export class EngineError extends GateError {
  readonly code: EngineErrorCode;

  constructor(kind: ErrorKind, code: EngineErrorCode, message: string, options?: { cause?: unknown }) {
    super(kind, message, options);
    this.code = code;
  }
}
