/** What can go wrong while a person signs in. */
import { GateError } from "@gate/base";

export class LoginError extends GateError {
  readonly code: "PROVIDER_UNREACHABLE" | "LOGIN_REFUSED" | "LOGIN_UNKNOWN" | "LOGIN_OTHER_BROWSER";

  constructor(code: LoginError["code"], message: string, cause?: unknown) {
    super(code === "PROVIDER_UNREACHABLE" ? "operator" : "peer-wrong", message, { cause });
    this.code = code;
  }
}
