/** Everything that can go wrong on the runner's side, each with its cause and what to do about it. Pure. */
import { GateError, messageOf, type ErrorKind } from "@gate/base";

export type JobErrorCode =
  | "JOB_INPUT" // an input or option that cannot be used
  | "JOB_NO_ID_TOKEN" // the job has no `id-token: write`
  | "JOB_ID_TOKEN_FAILED" // the issuer did not give an OIDC token
  | "JOB_CONTAINER" // a `container:` job
  | "JOB_PLATFORM" // a part that this platform does not have
  | "JOB_GATEWAY_UNREACHABLE"
  | "JOB_GATEWAY_CERTIFICATE"
  | "JOB_GATEWAY_ANSWER" // an answer that is not a gateway's
  | "JOB_WRONG_AUDIENCE"
  | "JOB_TRUST_RULE"
  | "JOB_LATCH_TAKEN"
  | "JOB_UNKNOWN_GRANT"
  | "JOB_REFUSED" // any other refusal of the gateway
  | "JOB_SESSION_ENDED"
  | "JOB_DAEMON_FAILED"
  | "JOB_DAEMON_GONE"
  | "JOB_CONTROL" // a malformed or refused request on the control socket
  | "JOB_RECORDING" // the recording could not be fetched or unpacked
  | "JOB_DEADLINE";

export class JobError extends GateError {
  readonly code: JobErrorCode;
  /** What a waiting client is to read, in its protocol; made by the gateway. */
  readonly refusal?: Uint8Array;

  constructor(
    kind: ErrorKind,
    code: JobErrorCode,
    message: string,
    options?: { cause?: unknown; refusal?: Uint8Array | undefined },
  ) {
    super(kind, message, options);
    this.code = code;
    if (options?.refusal !== undefined) this.refusal = options.refusal;
  }
}

/** The error of a job without `id-token: write`; forks look exactly the same from inside. */
export function noIdToken(): JobError {
  return new JobError(
    "operator",
    "JOB_NO_ID_TOKEN",
    "this job cannot prove who it is: the runner offers no OIDC token. Add to the job:\n" +
      "permissions:\n  id-token: write\n  contents: read\n" +
      "Pull requests from forks never get one; run this job on push, or on pull requests from the same repository only",
  );
}

/** Names why a connection to `host` failed: `thrown` is what node:net, node:tls or node:http threw. */
export function connectionError(thrown: unknown, host: string): JobError {
  if (thrown instanceof JobError) return thrown;
  const code = codeOf(thrown);
  const certificate = CERTIFICATE_ERRORS.get(code);
  if (certificate !== undefined) {
    return new JobError("operator", "JOB_GATEWAY_CERTIFICATE", `the gateway's certificate (${host}) ${certificate}`, {
      cause: thrown,
    });
  }
  const reason = UNREACHABLE_ERRORS.get(code) ?? (code === "" ? messageOf(thrown) : code);
  return new JobError(
    "operator",
    "JOB_GATEWAY_UNREACHABLE",
    `cannot reach the gateway at ${host}: ${reason}. Check the \`gateway\` input, and that this runner may connect there`,
    { cause: thrown },
  );
}

/** An error answer of the gateway: RFC 9457 members as they came; `detail` is the gateway's own text. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  /** Bytes for the client behind a refused tunnel. */
  readonly refusal?: Uint8Array;
}

/** What a refused token exchange means for the person who reads the job's log. */
export function exchangeError(problem: Problem, host: string, audience: string): JobError {
  const detail = problem.detail === "" ? `status ${problem.status}` : problem.detail;
  switch (problem.code) {
    case "wrong_audience":
      return new JobError(
        "operator",
        "JOB_WRONG_AUDIENCE",
        `the gateway at ${host} does not take tokens for the audience "${audience}": ${detail}. ` +
          "Set the `audience` input to the one that the policy's trust rules name",
      );
    case "trust_rule_not_matched":
      return new JobError(
        "operator",
        "JOB_TRUST_RULE",
        `no trust rule of the gateway at ${host} admits this job: ${detail}. ` +
          "Change the workflow (branch, event, environment), or the rule in the gateway's policy",
      );
    case "latch_taken":
      return new JobError(
        "peer-wrong",
        "JOB_LATCH_TAKEN",
        `ANOTHER SESSION OF THIS JOB EXISTS ALREADY: ${detail}. Either this job uses connect twice, or an earlier step ` +
          "exchanged the job's identity by itself. Treat the second as an intrusion: revoke the session at the gateway " +
          "(`gate sessions list`, `gate sessions revoke`) and read its recording",
      );
    case "unknown_grant":
      return new JobError(
        "operator",
        "JOB_UNKNOWN_GRANT",
        `${detail}. Ask only for grants that the matching trust rule lists, or leave \`grants\` out to get all of them`,
      );
    case "expired":
    case "replayed":
    case "invalid_subject_token":
      return new JobError(
        "peer-wrong",
        "JOB_REFUSED",
        `the gateway at ${host} refused the job's OIDC token (${problem.code}): ${detail}. ` +
          "Check the clocks of runner and gateway, and that the gateway trusts this issuer",
      );
    default:
      return new JobError(
        "peer-wrong",
        "JOB_REFUSED",
        `the gateway at ${host} refused the session (${problem.code === "" ? problem.status : problem.code}): ${detail}`,
      );
  }
}

/** Node's `code` of an error or of its innermost cause; empty when there is none. */
function codeOf(thrown: unknown): string {
  let current: unknown = thrown;
  for (let depth = 0; depth < CAUSE_DEPTH_MAX && typeof current === "object" && current !== null; depth += 1) {
    const inner = current as { code?: unknown; cause?: unknown; errors?: unknown };
    if (typeof inner.code === "string") return inner.code;
    current = Array.isArray(inner.errors) ? inner.errors[0] : inner.cause;
  }
  return "";
}

/** How deep a chain of causes is followed to find a system error code. */
const CAUSE_DEPTH_MAX = 5;

const CA_HINT =
  "is not signed by an authority that this runner knows. If the gateway has its own, give its PEM in `gateway-ca`";

const CERTIFICATE_ERRORS: ReadonlyMap<string, string> = new Map([
  ["CERT_HAS_EXPIRED", "has expired. Renew it at the gateway (`tls.cert` in gateway.yaml)"],
  ["CERT_NOT_YET_VALID", "is not valid yet. Check the clocks of runner and gateway"],
  [
    "ERR_TLS_CERT_ALTNAME_INVALID",
    "is for another host name. Use the name in the certificate in the `gateway` input, or give the gateway a certificate for this one",
  ],
  ["SELF_SIGNED_CERT_IN_CHAIN", CA_HINT],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", CA_HINT],
  ["UNABLE_TO_GET_ISSUER_CERT", CA_HINT],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", CA_HINT],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", CA_HINT],
  ["CERT_REVOKED", "has been revoked. Replace it at the gateway"],
  ["CERT_UNTRUSTED", CA_HINT],
  ["INVALID_CA", CA_HINT],
  ["INVALID_PURPOSE", "is not a server certificate. Replace it at the gateway"],
]);

const UNREACHABLE_ERRORS: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "nothing listens there (connection refused)"],
  ["ENOTFOUND", "its name does not resolve"],
  ["EAI_AGAIN", "its name does not resolve now (the name server did not answer)"],
  ["ETIMEDOUT", "no answer in time"],
  ["ABORT_ERR", "no answer in time"],
  ["EHOSTUNREACH", "no route to it"],
  ["ENETUNREACH", "no route to it"],
  ["ECONNRESET", "the connection was reset"],
  ["EPROTO", "it does not speak TLS there"],
  ["ERR_SSL_WRONG_VERSION_NUMBER", "it does not speak TLS there"],
  ["ERR_SSL_PACKET_LENGTH_TOO_LONG", "it does not speak TLS there"],
]);
