/**
 * AES-GCM packets as OpenSSH sends them (RFC 5647 with the length in clear as additional data), for the data path of a
 * connection. The library's own classes do the same with four blocks of fresh memory for each packet, all left to the
 * collector, and with a key that Node examines anew each time: several times the cost of the encryption itself. These two
 * take the place of such objects, with the members that the library uses. Pure over node:crypto.
 */
import { createCipheriv, createDecipheriv, createSecretKey, randomFillSync, type KeyObject } from "node:crypto";

export interface GcmKeys {
  readonly name: "aes-128-gcm" | "aes-256-gcm";
  readonly key: Uint8Array;
  /** 12 bytes: 4 that stay, and a counter of 8. */
  readonly iv: Uint8Array;
  /** Number of the next packet. */
  readonly sequence: number;
}

/** Encrypts packets. The names of its members are the library's. */
export class GcmCipher {
  outSeqno: number;
  readonly #name: GcmKeys["name"];
  readonly #key: KeyObject;
  readonly #iv: Uint8Array;
  readonly #write: (packet: Buffer) => void;
  #freed = false;

  /** `write` gets each packet whole, and owns it. */
  constructor(keys: GcmKeys, write: (packet: Buffer) => void) {
    this.outSeqno = keys.sequence;
    this.#name = keys.name;
    this.#key = createSecretKey(keys.key);
    this.#iv = Uint8Array.from(keys.iv);
    this.#write = write;
  }

  free(): void {
    this.#freed = true;
  }

  /** Room for a payload from byte 5, length and padding around it. A large one is valid until the next large one. */
  allocPacket(payloadBytes: number): Buffer {
    const before = HEADER_BYTES + payloadBytes;
    let padding = BLOCK_BYTES - ((before - LENGTH_BYTES) & (BLOCK_BYTES - 1));
    if (padding < PADDING_BYTES_MIN) padding += BLOCK_BYTES;
    const bytes = before + padding;
    const packet = bytes > SMALL_BYTES && bytes <= PLAIN.length ? PLAIN.subarray(0, bytes) : Buffer.allocUnsafe(bytes);
    packet.writeUInt32BE(bytes - LENGTH_BYTES, 0);
    packet[LENGTH_BYTES] = padding;
    fillPadding(packet, before);
    return packet;
  }

  encrypt(packet: Uint8Array): void {
    if (this.#freed) return;
    const cipher = createCipheriv(this.#name, this.#key, this.#iv);
    cipher.setAAD(packet.subarray(0, LENGTH_BYTES));
    const secret = cipher.update(packet.subarray(LENGTH_BYTES));
    cipher.final();
    const bytes = packet.length + TAG_BYTES;
    const sealed = bytes > SMALL_BYTES ? Buffer.allocUnsafeSlow(bytes) : Buffer.allocUnsafe(bytes);
    sealed.set(packet.subarray(0, LENGTH_BYTES));
    sealed.set(secret, LENGTH_BYTES);
    sealed.set(cipher.getAuthTag(), packet.length);
    discard(secret);
    increment(this.#iv);
    this.outSeqno = (this.outSeqno + 1) >>> 0;
    this.#write(sealed);
  }
}

/** What is done with the payload of a packet: `false` says that another decipher takes what follows, a number from where. */
export type OnPayload = (payload: Buffer) => unknown;

/** Decrypts packets, each one whole and proved before anything of it is looked at. */
export class GcmDecipher {
  inSeqno: number;
  _onPayload: OnPayload;
  readonly #name: GcmKeys["name"];
  readonly #key: KeyObject;
  readonly #iv: Uint8Array;
  readonly #read: (chunk: Uint8Array) => void;
  readonly #length = new Uint8Array(LENGTH_BYTES);
  /** Bytes of the packet that has begun and not ended: of its length, then of all of it. */
  #have = 0;
  #packet: Buffer | undefined;
  /** A packet was not what it said: whatever still comes is not looked at, or who sends it could try again and again. */
  #broken = false;

  /** `read` is told of each chunk that nobody but this has looked at, once it has been read to its end. */
  constructor(keys: GcmKeys, onPayload: OnPayload, read: (chunk: Uint8Array) => void) {
    this.inSeqno = keys.sequence;
    this._onPayload = onPayload;
    this.#read = read;
    this.#name = keys.name;
    this.#key = createSecretKey(keys.key);
    this.#iv = Uint8Array.from(keys.iv);
  }

  free(): void {
    this.#packet = undefined;
  }

  /**
   * Reads `data` from `at` to `end`; a number is where another decipher must read on.
   * @throws {Error} for a length or a padding that cannot be, or a tag that does not prove the packet.
   */
  decrypt(data: Uint8Array, at: number, end: number): number | undefined {
    if (this.#broken) return undefined;
    try {
      return this.#decrypt(data, at, end);
    } catch (error) {
      this.#broken = true;
      throw error;
    }
  }

  #decrypt(data: Uint8Array, at: number, end: number): number | undefined {
    const alone = at === 0 && end === data.length;
    while (at < end) {
      let packet: Uint8Array;
      const whole = this.#have === 0 && end - at >= LENGTH_BYTES ? packetBytes(data, at) : Infinity;
      if (whole <= end - at) {
        packet = data.subarray(at, at + whole);
        at += whole;
      } else {
        at = this.#gather(data, at, end);
        if (this.#packet === undefined || this.#have < this.#packet.length) break;
        packet = this.#packet;
        this.#packet = undefined;
        this.#have = 0;
      }
      const more = this.#open(packet);
      if (more !== undefined) return typeof more === "number" ? more : at;
    }
    if (alone) this.#read(data);
    return undefined;
  }

  /** Puts the pieces of a packet together; where it stopped. */
  #gather(data: Uint8Array, at: number, end: number): number {
    while (this.#have < LENGTH_BYTES && at < end) this.#length[this.#have++] = data[at++] as number;
    if (this.#have < LENGTH_BYTES) return at;
    if (this.#packet === undefined) {
      this.#packet = Buffer.allocUnsafeSlow(packetBytes(this.#length, 0));
      this.#packet.set(this.#length);
    }
    const taken = Math.min(this.#packet.length - this.#have, end - at);
    this.#packet.set(data.subarray(at, at + taken), this.#have);
    this.#have += taken;
    return at + taken;
  }

  #open(packet: Uint8Array): unknown {
    const end = packet.length - TAG_BYTES;
    const decipher = createDecipheriv(this.#name, this.#key, this.#iv);
    decipher.setAAD(packet.subarray(0, LENGTH_BYTES));
    const clear = decipher.update(packet.subarray(LENGTH_BYTES, end));
    decipher.setAuthTag(packet.subarray(end));
    // Throws when the tag is wrong.
    decipher.final();
    increment(this.#iv);
    this.inSeqno = (this.inSeqno + 1) >>> 0;
    const padding = clear[0] as number;
    // More than there is would leave a payload that nobody has sent.
    if (padding < PADDING_BYTES_MIN || padding >= clear.length) throw new Error("Bad padding length");
    const payload = clear.subarray(1, clear.length - padding);
    if (clear.length <= SMALL_BYTES) return this._onPayload(payload);
    const outer = delivered;
    delivered = clear.buffer;
    try {
      return this._onPayload(payload);
    } finally {
      if (delivered === undefined) discard(clear);
      delivered = outer;
    }
  }
}

/**
 * Says that nobody looks at these bytes any more, from within the event that brought them: their memory is free at once.
 * Ignored for any other bytes.
 */
export function consumed(bytes: Uint8Array): void {
  if (bytes.buffer === delivered) delivered = undefined;
}

/** Frees the memory of bytes that nobody looks at any more, now rather than when the collector comes round to it. */
export function discard(bytes: Uint8Array): void {
  const { buffer } = bytes;
  // Small buffers share theirs with others.
  if (bytes.byteLength > SMALL_BYTES && bytes.byteLength === buffer.byteLength && buffer instanceof ArrayBuffer) {
    buffer.transfer(0);
  }
}

/** Of a packet with length and tag. @throws {Error} when no packet can be that long. */
function packetBytes(data: Uint8Array, at: number): number {
  const length =
    (((data[at] as number) << 24) |
      ((data[at + 1] as number) << 16) |
      ((data[at + 2] as number) << 8) |
      (data[at + 3] as number)) >>>
    0;
  const bytes = LENGTH_BYTES + length + TAG_BYTES;
  if (bytes > PACKET_BYTES_MAX || length < BLOCK_BYTES || length % BLOCK_BYTES !== 0) {
    throw new Error("Bad packet length");
  }
  return bytes;
}

/** Counts the last eight bytes up (RFC 5647 §7.1). */
function increment(iv: Uint8Array): void {
  for (let at = iv.length - 1; at >= iv.length - COUNTER_BYTES; at -= 1) {
    const next = ((iv[at] as number) + 1) & 0xff;
    iv[at] = next;
    if (next !== 0) return;
  }
}

/** Arbitrary bytes to the end of the packet (RFC 4253 §6), of which some are kept ready: asking for few costs as much. */
function fillPadding(packet: Buffer, from: number): void {
  const bytes = packet.length - from;
  if (randomAt + bytes > RANDOM.length) {
    randomFillSync(RANDOM);
    randomAt = 0;
  }
  packet.set(RANDOM.subarray(randomAt, randomAt + bytes), from);
  randomAt += bytes;
}

/** The memory of the large payload that is being handed on; undefined once it is said to be consumed. */
let delivered: ArrayBufferLike | undefined;
const LENGTH_BYTES = 4;
/** Length and padding length. */
const HEADER_BYTES = 5;
const TAG_BYTES = 16;
const BLOCK_BYTES = 16;
const COUNTER_BYTES = 8;
/** RFC 4253 §6. */
const PADDING_BYTES_MIN = 4;
/** A packet that is longer, all of it, ends the connection: what the library takes at most. */
const PACKET_BYTES_MAX = 35_000;
/** Above this size memory is a block of its own, in bytes; below it comes from Node's pool. */
const SMALL_BYTES = 8_192;
/** A large packet before it is encrypted, which is at once. */
const PLAIN = Buffer.allocUnsafeSlow(65_536);
const RANDOM = Buffer.allocUnsafeSlow(4_096);
let randomAt = RANDOM.length;
