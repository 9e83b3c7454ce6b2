/**
 * The packets a client sends before the first message with a type byte. Pure.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html (StartupMessage, SSLRequest, GSSENCRequest,
 * CancelRequest); checks follow ProcessStartupPacket in src/backend/tcop/backend_startup.c.
 */
import { decodeUtf8 } from "@gate/base";
import { PostgresError } from "./errors.ts";

export type StartupPacket =
  | { readonly kind: "ssl" }
  | { readonly kind: "gss" }
  | { readonly kind: "cancel"; readonly pid: number; readonly secret: Uint8Array }
  | { readonly kind: "startup"; readonly major: number; readonly minor: number; readonly pairs: StartupPairs };

/** In the order they came; names are unique without regard to case. */
export type StartupPairs = readonly (readonly [name: string, value: string])[];

/**
 * Checks a packet's length field (which counts itself).
 * @throws {PostgresError} STARTUP_MALFORMED below 8 or above STARTUP_BYTES_MAX.
 */
export function checkStartupLength(length: number): number {
  if (length < 8 || length > STARTUP_BYTES_MAX) malformed("invalid length of startup packet");
  return length;
}

/**
 * Reads one packet without its length field.
 * @throws {PostgresError} STARTUP_MALFORMED.
 */
export function readStartupPacket(body: Uint8Array): StartupPacket {
  const view = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const code = view.readUInt32BE(0);
  if (code === SSL_REQUEST || code === GSSENC_REQUEST) {
    // Later bytes would be skipped by us and could be read by another parser.
    if (view.length !== 4) malformed("an encryption request with a body");
    return { kind: code === SSL_REQUEST ? "ssl" : "gss" };
  }
  if (code === CANCEL_REQUEST) {
    const keyBytes = view.length - 8;
    if (keyBytes < 4 || keyBytes > CANCEL_KEY_BYTES_MAX) malformed("a cancel request of the wrong length");
    return { kind: "cancel", pid: view.readInt32BE(4), secret: Uint8Array.from(view.subarray(8)) };
  }
  const major = code >>> 16;
  const minor = code & 0xffff;
  // Another major version lays its packet out in its own way: nothing more can be read.
  return { kind: "startup", major, minor, pairs: major === 3 ? readPairs(view.subarray(4)) : [] };
}

/** Name and value in turn, each ended by NUL; a NUL in place of a name ends the list and the packet. */
function readPairs(body: Buffer): StartupPairs {
  const pairs: [string, string][] = [];
  const seen = new Set<string>();
  let offset = 0;
  const next = (): string => {
    const end = body.indexOf(0, offset);
    if (end < 0) return malformed("a startup parameter without its end");
    const bytes = body.subarray(offset, end);
    offset = end + 1;
    try {
      return decodeUtf8(bytes);
    } catch {
      return malformed("a startup parameter that is not UTF-8");
    }
  };
  for (;;) {
    const name = next();
    if (name === "") break;
    const value = next();
    // The server lets the last one win; a reader that takes the first would judge another connection.
    const key = name.toLowerCase();
    if (seen.has(key)) malformed("a startup parameter given twice");
    seen.add(key);
    pairs.push([name, value]);
  }
  if (offset !== body.length) malformed("bytes after the startup packet's terminator");
  return pairs;
}

function malformed(message: string): never {
  throw new PostgresError("peer-wrong", "STARTUP_MALFORMED", "08P01", `gate: ${message}`);
}

/** A StartupMessage for protocol 3.`minor`. */
export function startupMessage(minor: number, pairs: Iterable<readonly [string, string]>): Buffer {
  const parts = [Buffer.from([0, 3, minor >>> 8, minor & 0xff])];
  for (const [name, value] of pairs) parts.push(Buffer.from(`${name}\0${value}\0`, "utf8"));
  parts.push(Buffer.from([0]));
  return withLength(Buffer.concat(parts));
}

/** A CancelRequest; `secret` is 4 bytes for protocol 3.0, up to 256 for 3.2. */
export function cancelRequest(pid: number, secret: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(CANCEL_REQUEST, 0);
  head.writeInt32BE(pid | 0, 4);
  return withLength(Buffer.concat([head, secret]));
}

function withLength(body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4, 0);
  return Buffer.concat([length, body]);
}

/** Longest start-up packet, in bytes, its length field included (MAX_STARTUP_PACKET_LENGTH of PostgreSQL). */
export const STARTUP_BYTES_MAX = 10_000;
/** Longest cancel key, in bytes (protocol 3.2). */
export const CANCEL_KEY_BYTES_MAX = 256;

const SSL_REQUEST = 80_877_103;
const GSSENC_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;
