/** What stops a gateway from starting. Pure. */
import { GateError } from "@gate/base";

/** Same shape as @gate/policy's: where, what is wrong, what to write instead. */
export interface ConfigProblem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Every mistake of gateway.yaml and policy.yaml at once: nothing starts half-configured. */
export class ConfigError extends GateError {
  readonly code = "CONFIG_INVALID";
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(
      "operator",
      problems.map((at) => `${at.file}:${at.line}:${at.column}: ${at.message}`).join("\n") || "invalid configuration",
    );
    this.problems = problems;
  }
}

/** The gateway's own failures while it starts or stops. */
export class GatewayError extends GateError {
  readonly code:
    | "STORE_IN_USE"
    | "STORE_LOST"
    | "KEY_READABLE"
    | "KEY_INVALID"
    | "KEY_UNREADABLE"
    | "TLS_INVALID"
    | "LISTEN_FAILED"
    | "RESPONSE_INVALID";

  constructor(code: GatewayError["code"], message: string, options?: { cause?: unknown }) {
    super("operator", message, options);
    this.code = code;
  }
}
