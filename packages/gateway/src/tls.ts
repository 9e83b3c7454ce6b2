/** The certificate that the gateway serves: the operator's, or one of its own for trials. Touches the file system. */
import type { Clock } from "@gate/base";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { dirname, join } from "node:path";
import { generate } from "selfsigned";
import { GatewayError } from "./errors.ts";
import { readKeyFile, writeKeyFile } from "./keys.ts";

export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Days before its end at which a certificate is warned about, and our own is replaced. */
const EXPIRY_WARNING_DAYS = 14;
const DAY_MS = 24 * 60 * 60 * 1000;
const SELF_SIGNED_DAYS = 397;

/**
 * A certificate for localhost, 127.0.0.1, ::1 and `hosts`, kept beside the signing key as gate-tls.crt and
 * gate-tls.key. Its own file is what a job's `gateway-ca` takes.
 */
export async function selfSigned(
  signingKeyFile: string,
  hosts: readonly string[],
  clock: Clock,
): Promise<ServerCertificate & { readonly certFile: string }> {
  const certFile = join(dirname(signingKeyFile), "gate-tls.crt");
  const keyFile = join(dirname(signingKeyFile), "gate-tls.key");
  const names = [...new Set(["localhost", "127.0.0.1", "::1", ...hosts])];
  const held = existsSync(certFile) ? readFileSync(certFile, "utf8") : undefined;
  const heldKey = held === undefined ? undefined : readKeyFile(keyFile);
  if (held !== undefined && heldKey !== undefined && isUsable(held, heldKey, names, clock)) {
    return { cert: held, key: heldKey, certFile };
  }
  const notBefore = new Date(clock.now() - 60_000);
  const made = await generate([{ name: "commonName", value: "gate self-signed" }], {
    keyType: "ec",
    curve: "P-256",
    algorithm: "sha256",
    notBeforeDate: notBefore,
    notAfterDate: new Date(notBefore.getTime() + SELF_SIGNED_DAYS * DAY_MS),
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", digitalSignature: true, keyCertSign: true, critical: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: names.map((name) =>
          isIP(name) === 0 ? { type: 2 as const, value: name } : { type: 7 as const, ip: name },
        ),
      },
    ],
  });
  writeKeyFile(keyFile, made.private, { replace: true });
  writeFileSync(certFile, made.cert, { mode: 0o644 });
  return { cert: made.cert, key: made.private, certFile };
}

/** What an operator should know about a certificate now: an error to log, or nothing. */
export function certificateTrouble(cert: string, clock: Clock): string | undefined {
  const certificate = parse(cert);
  const untilMs = Date.parse(certificate.validTo);
  const day = certificate.validTo;
  if (clock.now() >= untilMs) return `the TLS certificate expired at ${day}: jobs will refuse to connect; replace it`;
  if (untilMs - clock.now() < EXPIRY_WARNING_DAYS * DAY_MS) return `the TLS certificate expires at ${day}: replace it`;
  if (clock.now() < Date.parse(certificate.validFrom)) {
    return `the TLS certificate is not valid before ${certificate.validFrom}: check the clock`;
  }
  return undefined;
}

/** @throws {GatewayError} TLS_INVALID unless the key belongs to the certificate. */
export function checkPair(pair: ServerCertificate): void {
  let belongs: boolean;
  try {
    belongs = parse(pair.cert).checkPrivateKey(createPrivateKey(pair.key));
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError("TLS_INVALID", "tls.key is not a PEM private key", { cause });
  }
  if (!belongs) throw new GatewayError("TLS_INVALID", "tls.key does not belong to the certificate in tls.cert");
}

function isUsable(cert: string, key: string, names: readonly string[], clock: Clock): boolean {
  try {
    checkPair({ cert, key });
    const certificate = parse(cert);
    return (
      certificateTrouble(cert, clock) === undefined &&
      names.every((name) =>
        isIP(name) === 0 ? certificate.checkHost(name) !== undefined : certificate.checkIP(name) !== undefined,
      )
    );
  } catch {
    return false;
  }
}

function parse(cert: string): X509Certificate {
  try {
    return new X509Certificate(cert);
  } catch (cause) {
    throw new GatewayError("TLS_INVALID", "tls.cert is not a PEM certificate", { cause });
  }
}
