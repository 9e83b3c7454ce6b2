/** Errors of the SSH protocol. Pure. */
import { GateError, type ErrorKind } from "@gate/base";

export type SshErrorCode =
  | "TARGET_INVALID" // a key of the target in gateway.yaml is wrong
  | "KEY_INVALID" // a private or public key cannot be read
  | "HOST_KEY_CHANGED" // the target proved another host key than the pinned one
  | "TARGET_AUTH" // the target refused the credential
  | "TARGET_UNREACHABLE" // no connection, or it broke before it was usable
  | "TARGET_REFUSED" // the target refused a channel or a request
  | "PACKET_MALFORMED" // an SFTP packet that cannot be read
  | "PACKET_TOO_LARGE"; // an SFTP packet over the bound

export class SshError extends GateError {
  readonly code: SshErrorCode;

  constructor(kind: ErrorKind, code: SshErrorCode, message: string, options?: { cause?: unknown }) {
    super(kind, message, options);
    this.code = code;
  }
}
