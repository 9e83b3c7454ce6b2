/**
 * Brings a fresh connection to the target to the point where its first packet can be sent: TLS as the target's mode
 * demands. https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
 * Touches the upstream.
 */
import type { Clock } from "@gate/base";
import type { Admission, Upstream, UpstreamTls } from "@gate/contract";
import { PostgresError } from "./errors.ts";
import type { PostgresTarget } from "./target.ts";
import { UpstreamReader } from "./upstream-reader.ts";

/** Makes an admission for bytes that carry no command; `Gate.housekeeping`. */
export type Admit = (name: string, bytes: Uint8Array) => Admission;

export interface SecuredUpstream {
  readonly reader: UpstreamReader;
  /** DER of the target's certificate; `undefined` without TLS. */
  readonly certificate: Uint8Array | undefined;
}

/** @throws {PostgresError} UPSTREAM_TLS, UPSTREAM_UNREACHABLE. Never goes on in clear where the mode demands TLS. */
export async function secureUpstream(
  upstream: Upstream,
  target: PostgresTarget,
  admit: Admit,
  clock: Clock,
): Promise<SecuredUpstream> {
  const { mode, negotiation, ca } = target.tls;
  if (mode === "disable")
    return { reader: new UpstreamReader(upstream, clock, UPSTREAM_MS_MAX), certificate: undefined };
  const direct = negotiation === "direct";
  const reader = new UpstreamReader(upstream, clock, UPSTREAM_MS_MAX);
  if (!direct) {
    upstream.send(admit("ssl-request", SSL_REQUEST));
    upstream.flush();
    const answer = String.fromCharCode((await reader.take(1))[0] ?? 0);
    if (answer !== "S") {
      // `E` starts an error in clear, which nobody may believe: it is not read (CVE-2024-10977).
      throw refused("gate: target does not offer TLS: turn ssl on there, or set tls.mode: disable for it");
    }
    // Bytes after `S` came in clear and would be read as if TLS had protected them (CVE-2021-23222).
    if (reader.waiting > 0) throw refused("gate: target sent bytes in clear before TLS");
  }
  const { clientCert, clientKey } = target.credential;
  const options: UpstreamTls = {
    mode,
    servername: target.host,
    ...(ca === undefined ? {} : { ca }),
    ...(clientCert === undefined ? {} : { clientCert }),
    ...(clientKey === undefined ? {} : { clientKey: clientKey.reveal() }),
    ...(direct ? { alpn: "postgresql" } : {}),
  };
  try {
    const peer = await upstream.startTls(options);
    return { reader, certificate: peer.certificate };
  } catch (error) {
    const code = codeOf(error);
    const advice = TLS_ADVICE.get(code);
    throw refused(`gate: target's TLS was refused: ${code}${advice === undefined ? "" : `: ${advice}`}`, error);
  }
}

function refused(message: string, cause?: unknown): PostgresError {
  return new PostgresError("operator", "UPSTREAM_TLS", "08006", message, { cause });
}

/** The code of TLS or OpenSSL behind an error; its message may hold names and addresses. */
function codeOf(error: unknown): string {
  for (let each = error, depth = 0; typeof each === "object" && each !== null && depth < 3; depth++) {
    const { code, cause } = each as { code?: unknown; cause?: unknown };
    if (typeof code === "string" && /^(?!TARGET_)[A-Z][A-Z0-9_]{2,60}$/.test(code)) return code;
    each = cause;
  }
  return "the handshake failed";
}

const UNKNOWN_AUTHORITY = "set tls.ca to the certificate of the authority behind it";
const TLS_ADVICE: ReadonlyMap<string, string> = new Map([
  ["SELF_SIGNED_CERT_IN_CHAIN", UNKNOWN_AUTHORITY],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", UNKNOWN_AUTHORITY],
  ["UNABLE_TO_GET_ISSUER_CERT", UNKNOWN_AUTHORITY],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", UNKNOWN_AUTHORITY],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", UNKNOWN_AUTHORITY],
  ["ERR_TLS_CERT_ALTNAME_INVALID", "the certificate is not for the configured address"],
  ["CERT_HAS_EXPIRED", "renew the target's certificate"],
]);

/** How long the target may take from the first byte to being ready, in milliseconds. */
const UPSTREAM_MS_MAX = 30_000;

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
