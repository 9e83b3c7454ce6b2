/** Digests, comparisons and text in bytes. Touches node:crypto only. */
import crypto, { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** Lower-case hex SHA-256. */
export function sha256Hex(data: Uint8Array | string): string {
  return oneShot === undefined ? createHash("sha256").update(data).digest("hex") : oneShot("sha256", data, "hex");
}

/** HMAC-SHA-256, 32 bytes. */
export function hmacSha256(key: Uint8Array, data: Uint8Array | string): Uint8Array {
  return new Uint8Array(createHmac("sha256", key).update(data).digest());
}

export function base64url(data: Uint8Array | string): string {
  return Buffer.from(data as Uint8Array).toString("base64url");
}

/** Compares two strings in time that depends only on their lengths' equality. */
export function constantTimeEqual(a: string, b: string): boolean {
  const left = createHash("sha256").update(a).digest();
  const right = createHash("sha256").update(b).digest();
  return timingSafeEqual(left, right) && a.length === b.length;
}

/**
 * Decodes UTF-8 and refuses anything malformed; U+FEFF is kept, because the server sees it too.
 * @throws {TypeError} on malformed input.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  return UTF8.decode(bytes);
}

// crypto.hash is younger than Node 20.0, where the job's bundle may still have to run; it takes half the time.
const oneShot = crypto.hash as typeof crypto.hash | undefined;
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
