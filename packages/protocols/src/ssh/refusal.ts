/**
 * All that a client gets to read whose connection is not served: an identification line and a DISCONNECT (RFC 4253
 * §4.2, §11.1), which clients print. Pure.
 */
import { IDENT } from "./algorithms.ts";

export function refusalBytes(message: string, why: "limit" | "session"): Buffer {
  const text = Buffer.from(message.replace(/\p{Cc}+/gu, " ").slice(0, MESSAGE_CHARS_MAX));
  const payload = Buffer.alloc(1 + 4 + 4 + text.length + 4);
  payload[0] = SSH_MSG_DISCONNECT;
  payload.writeUInt32BE(why === "limit" ? TOO_MANY_CONNECTIONS : BY_APPLICATION, 1);
  payload.writeUInt32BE(text.length, 5);
  text.copy(payload, 9);
  // Before any key exchange packets are plain: length, padding to a multiple of 8 (at least 4), payload, padding.
  const padding = 4 + ((8 - ((5 + payload.length + 4) % 8)) % 8);
  const packet = Buffer.alloc(5 + payload.length + padding);
  packet.writeUInt32BE(1 + payload.length + padding, 0);
  packet[4] = padding;
  payload.copy(packet, 5);
  return Buffer.concat([Buffer.from(`SSH-2.0-${IDENT}\r\n`), packet]);
}

const SSH_MSG_DISCONNECT = 1;
const BY_APPLICATION = 11;
const TOO_MANY_CONNECTIONS = 12;
/** Characters of a reason in a DISCONNECT. */
const MESSAGE_CHARS_MAX = 500;
