/** What both sides of SCRAM-SHA-256 share (RFC 5802, RFC 7677): attributes, base64, keys. Pure. */
import { createHash, createHmac } from "node:crypto";
import { PostgresError } from "./errors.ts";

export const SCRAM_SHA_256 = "SCRAM-SHA-256";
export const SCRAM_SHA_256_PLUS = "SCRAM-SHA-256-PLUS";

/** One `a=value`, in the order they came. */
export type Attribute = readonly [name: string, value: string];

/**
 * Splits `a=value,b=value`; every name is one letter, every value has at least one character.
 * @throws {PostgresError} SCRAM_MALFORMED.
 */
export function readAttributes(message: string): readonly Attribute[] {
  return message.split(",").map((part) => {
    const match = /^([A-Za-z])=([^\0]+)$/su.exec(part);
    if (match?.[1] === undefined || match[2] === undefined) return malformed("an attribute that cannot be read");
    return [match[1], match[2]];
  });
}

/**
 * The values of the attributes that the grammar puts first, in its order; what follows them are extensions.
 * A mandatory extension (`m=`) therefore never gets past the first place.
 * @throws {PostgresError} SCRAM_MALFORMED.
 */
export function leading(attributes: readonly Attribute[], names: readonly string[]): readonly string[] {
  return names.map((name, index) => {
    const found = attributes[index];
    if (found === undefined || found[0] !== name) return malformed(`attribute ${name} is missing or out of order`);
    return found[1];
  });
}

/** Decodes base64 that has exactly one spelling. @throws {PostgresError} SCRAM_MALFORMED. */
export function base64Bytes(text: string): Buffer {
  const bytes = Buffer.from(text, "base64");
  if (bytes.length === 0 || bytes.toString("base64") !== text) malformed("a value that is not base64");
  return bytes;
}

/** A nonce: printable ASCII without the comma, at most NONCE_CHARS_MAX long. */
export function isNonce(text: string): boolean {
  return text.length > 0 && text.length <= NONCE_CHARS_MAX && /^[\x21-\x2b\x2d-\x7e]+$/.test(text);
}

export function hmac(key: Uint8Array, data: string | Uint8Array): Buffer {
  return createHmac("sha256", key).update(data).digest();
}

export function sha256(data: Uint8Array): Buffer {
  return createHash("sha256").update(data).digest();
}

export function xor(left: Uint8Array, right: Uint8Array): Buffer {
  return Buffer.from(left.map((byte, index) => byte ^ (right[index] ?? 0)));
}

export function malformed(message: string): never {
  throw new PostgresError("peer-wrong", "SCRAM_MALFORMED", "08P01", `gate: malformed SCRAM message: ${message}`);
}

/** Hash iterations that a verifier or a server may ask for: each costs its time on the asked side. */
export const SCRAM_ITERATIONS_MAX = 1_000_000;
/** Longest SASL message, in bytes (PG_MAX_SASL_MESSAGE_LENGTH of PostgreSQL). */
export const SASL_BYTES_MAX = 1024;

/** Longest nonce, in characters. */
const NONCE_CHARS_MAX = 512;
