/** What goes wrong around one HTTP exchange, with the status that the client is told. Pure. */
import { GateError, type ErrorKind } from "@gate/base";

export type WebErrorCode =
  | "TARGET_INVALID" // the configured target cannot be read
  | "REQUEST_AMBIGUOUS" // two readers could understand the request differently
  | "REQUEST_UNSUPPORTED" // legal HTTP that is not carried
  | "BODY_TOO_LARGE" // a body is larger than one of the bounds
  | "BODY_MALFORMED" // a body is not what its type says
  | "UPSTREAM_UNREACHABLE" // no connection to the target, or it ended
  | "UPSTREAM_TLS" // the target's TLS was refused
  | "UPSTREAM_TIMEOUT" // the target did not answer in time
  | "UPSTREAM_PROTOCOL" // the target sent what HTTP does not allow
  | "UPSTREAM_CREDENTIAL" // no access token for the target could be had
  | "RECORD_FAILED" // the record cannot be written: nothing more is forwarded
  | "UNMASKABLE"; // the answer cannot be given the masks that the grant demands

/** `message` is fit for the client: it never holds an address, a secret or bytes of a peer. */
export class WebError extends GateError {
  readonly code: WebErrorCode;
  /** HTTP status of the answer. */
  readonly status: number;

  constructor(kind: ErrorKind, code: WebErrorCode, status: number, message: string, options?: { cause?: unknown }) {
    super(kind, message, options);
    this.code = code;
    this.status = status;
  }
}

/** A request that two readers could understand differently: refused before anybody reads it. */
export function ambiguous(message: string): WebError {
  return new WebError("peer-wrong", "REQUEST_AMBIGUOUS", 400, message);
}
