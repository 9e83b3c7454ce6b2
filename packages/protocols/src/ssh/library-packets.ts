/**
 * What gate needs of ssh2 below its channels, where nothing is documented; library-packets.test.ts notices when it changes.
 *
 * - Encrypting: ssh2 makes a cipher object at every key exchange; `fastCiphers` puts gate's own in the place of those for
 *   AES-GCM, and leaves any that it does not know as it is.
 * - Waiting: two small packets in a row from a side that does not speak meanwhile cost 40 ms, because TCP holds the second
 *   back until the first is acknowledged (Nagle) and puts that off while there is nothing to be sent. `hasOffer` and
 *   `answerAtOnce` are for having something to send; `signAtOnce` saves an answer.
 */
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Client, Connection } from "ssh2";
import { discard, GcmCipher, GcmDecipher, type GcmKeys, type OnPayload } from "./gcm.ts";

type Sign = (bytes: Buffer, done: (signature: Buffer) => void) => void;

interface SigningKey {
  sign(bytes: Buffer): Buffer | Error;
}

interface Protocol {
  authPK(user: string, key: SigningKey, algorithm?: string, sign?: Sign): void;
  _cipher: object | undefined;
  _decipher: object | undefined;
  /** Gate's offer of algorithms while keys are exchanged. */
  readonly _kexinit?: unknown;
  /** Set with the other side's offer. */
  readonly _kex?: unknown;
}

/** AES-GCM by gate's own two classes, from the next key exchange on. Before the first one: then for all of the connection. */
export function fastCiphers(side: Connection | Client, socket: Duplex): void {
  const protocol = protocolOf(side);
  // A socket has copied what it says is written, and owns nothing that it has read. Another stream may hand either on.
  const real = socket instanceof Socket;
  const write = (packet: Buffer): void => {
    if (socket.writable) socket.write(packet, real ? () => discard(packet) : undefined);
  };
  const read = (chunk: Uint8Array): void => {
    if (real && socket.listenerCount("data") === 1) discard(chunk);
  };
  replaced(protocol, "_cipher", (made) => {
    const keys = keysOf(made, "_encSSLName", "_encKey", "_encIV", "outSeqno");
    return keys && new GcmCipher(keys, write);
  });
  replaced(protocol, "_decipher", (made) => {
    const keys = keysOf(made, "_decipherSSLName", "_decipherKey", "_decipherIV", "inSeqno");
    const onPayload = made["_onPayload"];
    return keys && typeof onPayload === "function" ? new GcmDecipher(keys, onPayload as OnPayload, read) : undefined;
  });
}

/** Whatever is put there is put there as `by` makes it, where that makes something. */
function replaced(
  protocol: Protocol,
  name: "_cipher" | "_decipher",
  by: (made: Record<string, unknown>) => object | undefined,
): void {
  let now = protocol[name];
  Object.defineProperty(protocol, name, {
    configurable: true,
    enumerable: true,
    get: () => now,
    set: (made: object | undefined) => (now = made && (by(made as Record<string, unknown>) ?? made)),
  });
}

/** What one of the library's AES-GCM objects holds before its first packet. */
function keysOf(
  made: Record<string, unknown>,
  ...[nameKey, keyKey, ivKey, sequenceKey]: [string, string, string, string]
): GcmKeys | undefined {
  const { [nameKey]: name, [keyKey]: key, [ivKey]: iv, [sequenceKey]: sequence } = made;
  if (name !== "aes-128-gcm" && name !== "aes-256-gcm") return undefined;
  const fits =
    key instanceof Uint8Array &&
    key.length === (name === "aes-128-gcm" ? 16 : 32) &&
    iv instanceof Uint8Array &&
    iv.length === IV_BYTES &&
    typeof sequence === "number";
  return fits ? { name, key, iv, sequence } : undefined;
}

/**
 * Answers whatever comes with an empty packet (SSH_MSG_IGNORE, RFC 4253 §11.2) until it is stopped. For the few packets
 * that somebody waits for, of a server that sends them one by one.
 */
export function answerAtOnce(client: Client, socket: Duplex): () => void {
  const protocol = protocolOf(client);
  const answer = (): void => {
    const { _cipher, _kexinit } = protocol;
    // Nothing else may be sent during a key exchange.
    if (_kexinit !== undefined || !(_cipher instanceof GcmCipher)) return;
    const packet = _cipher.allocPacket(IGNORE.length);
    packet.set(IGNORE, PAYLOAD_AT);
    _cipher.encrypt(packet);
  };
  socket.on("data", answer);
  return () => void socket.removeListener("data", answer);
}

/**
 * Signs in with the key's signature at once (RFC 4252 §7). The library asks first whether the key would do, and OpenSSH's
 * server lets whoever has not signed in wait some milliseconds for every answer. RSA has several algorithms to agree on: it asks.
 */
export function signAtOnce(client: Client): void {
  const protocol = protocolOf(client);
  const ask = protocol.authPK.bind(protocol);
  protocol.authPK = (user, key, algorithm, sign) => {
    if (sign !== undefined || algorithm !== undefined) {
      ask(user, key, algorithm, sign);
      return;
    }
    ask(user, key, algorithm, (bytes, done) => {
      const signature = key.sign(bytes);
      // What is wrong with it is found again, and said, when the server asks for it.
      if (signature instanceof Error) ask(user, key);
      else done(signature);
    });
  };
}

/** Whether the client has said which algorithms it knows. */
export function hasOffer(connection: Connection): boolean {
  return protocolOf(connection)._kex !== undefined;
}

function protocolOf(side: Connection | Client): Protocol {
  return (side as unknown as { readonly _protocol: Protocol })._protocol;
}

const IV_BYTES = 12;
/** Where a payload begins in a packet. */
const PAYLOAD_AT = 5;
/** The type, and a string of no bytes. */
const IGNORE = Uint8Array.of(2, 0, 0, 0, 0);
