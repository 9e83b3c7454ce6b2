/** What goes wrong around one PostgreSQL connection, with the SQLSTATE that the client is told. Pure. */
import { GateError, type ErrorKind } from "@gate/base";

export type PostgresErrorCode =
  | "TARGET_INVALID" // the configured target cannot be read
  | "STARTUP_MALFORMED" // the client's first packets are not what the protocol allows
  | "STARTUP_REFUSED" // a start-up that is legal, but not through the gate
  | "SCRAM_MALFORMED" // a SASL message that RFC 5802 does not allow
  | "SCRAM_REFUSED" // the proof or the server's signature is wrong
  | "UPSTREAM_UNREACHABLE" // no connection to the target, or it ended while starting
  | "UPSTREAM_TLS" // the target has no TLS, or TLS was refused
  | "UPSTREAM_PROTOCOL" // the target sent what the protocol does not allow
  | "UPSTREAM_AUTH_UNSUPPORTED" // the target asks for a way to sign in that gate does not have
  | "UPSTREAM_CREDENTIAL" // the target refused the credential
  | "UPSTREAM_REFUSED" // the target refused the connection for another reason
  | "UPSTREAM_SETTINGS" // the target runs with settings under which SQL cannot be judged
  | "CATALOGUE_UNAVAILABLE" // the target's catalogue could not be read: nothing can be judged
  | "LIMIT_REACHED"; // one of gate's own bounds

/** `message` is fit for the client: it names the target's name at most, never an address, a user or a secret. */
export class PostgresError extends GateError {
  readonly code: PostgresErrorCode;
  /** Five characters, for the ErrorResponse that ends the connection. */
  readonly sqlstate: string;

  constructor(
    kind: ErrorKind,
    code: PostgresErrorCode,
    sqlstate: string,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(kind, message, options);
    this.code = code;
    this.sqlstate = sqlstate;
  }
}
