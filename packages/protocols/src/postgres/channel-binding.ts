/**
 * `tls-server-end-point` channel binding (RFC 5929 §4): a hash of the server's certificate under the hash function of
 * the signature on it. Pure.
 */
import { createHash } from "node:crypto";

/**
 * The binding data for a certificate in DER; `undefined` where the RFC defines none (Ed25519, Ed448) or the certificate
 * cannot be read: the caller then signs in without channel binding.
 */
export function serverEndPoint(certificate: Uint8Array): Buffer | undefined {
  const hash = signatureHash(certificate);
  return hash === undefined ? undefined : createHash(hash).update(certificate).digest();
}

/** Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature } (RFC 5280 §4.1). */
function signatureHash(certificate: Uint8Array): string | undefined {
  const outer = readElement(certificate, 0);
  if (outer?.tag !== SEQUENCE) return undefined;
  const tbs = readElement(outer.content, 0);
  if (tbs?.tag !== SEQUENCE) return undefined;
  const algorithm = readElement(outer.content, tbs.end);
  if (algorithm?.tag !== SEQUENCE) return undefined;
  const oid = readElement(algorithm.content, 0);
  if (oid?.tag !== OBJECT_IDENTIFIER) return undefined;
  const name = Buffer.from(oid.content).toString("hex");
  return name === RSASSA_PSS ? pssHash(algorithm.content, oid.end) : HASHES.get(name);
}

/** RSASSA-PSS-params ::= SEQUENCE { hashAlgorithm [0] AlgorithmIdentifier DEFAULT sha1 … } (RFC 4055 §3.1). */
function pssHash(algorithm: Uint8Array, offset: number): string | undefined {
  const params = readElement(algorithm, offset);
  if (params?.tag !== SEQUENCE) return undefined;
  const tagged = readElement(params.content, 0);
  if (tagged?.tag !== CONTEXT_0) return "sha256";
  const identifier = readElement(tagged.content, 0);
  const oid = identifier?.tag === SEQUENCE ? readElement(identifier.content, 0) : undefined;
  return oid?.tag === OBJECT_IDENTIFIER ? HASHES.get(Buffer.from(oid.content).toString("hex")) : undefined;
}

interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly end: number;
}

function readElement(data: Uint8Array, offset: number): Element | undefined {
  const tag = data[offset];
  const first = data[offset + 1];
  if (tag === undefined || first === undefined) return undefined;
  let start = offset + 2;
  let length = first;
  if (first >= 0x80) {
    const count = first & 0x7f;
    if (count < 1 || count > 3) return undefined;
    length = 0;
    for (const byte of data.subarray(start, start + count)) length = length * 256 + byte;
    start += count;
  }
  const end = start + length;
  return end > data.length ? undefined : { tag, content: data.subarray(start, end), end };
}

const SEQUENCE = 0x30;
const OBJECT_IDENTIFIER = 0x06;
const CONTEXT_0 = 0xa0;
/** 1.2.840.113549.1.1.10 */
const RSASSA_PSS = "2a864886f70d01010a";

/** By object identifier in hex. MD5 and SHA-1 are replaced by SHA-256 (RFC 5929 §4.1). */
const HASHES: ReadonlyMap<string, string> = new Map([
  ["2a864886f70d010104", "sha256"], // md5WithRSAEncryption
  ["2a864886f70d010105", "sha256"], // sha1WithRSAEncryption
  ["2a864886f70d01010e", "sha224"],
  ["2a864886f70d01010b", "sha256"],
  ["2a864886f70d01010c", "sha384"],
  ["2a864886f70d01010d", "sha512"],
  ["2a8648ce3d0401", "sha256"], // ecdsa-with-SHA1
  ["2a8648ce3d040301", "sha224"],
  ["2a8648ce3d040302", "sha256"],
  ["2a8648ce3d040303", "sha384"],
  ["2a8648ce3d040304", "sha512"],
  ["2a864886f70d0205", "sha256"], // id-md5, in PSS parameters
  ["2b0e03021a", "sha256"], // id-sha1
  ["608648016503040204", "sha224"],
  ["608648016503040201", "sha256"],
  ["608648016503040202", "sha384"],
  ["608648016503040203", "sha512"],
]);
