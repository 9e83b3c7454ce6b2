/**
 * Cuts a stream of bytes into frontend messages, whatever the chunks look like. Pure.
 *
 * A whole message is handed out as a part of the chunk that holds it (no copy) or, when it was split, as one buffer of
 * its own size. Messages above their bound come in pieces: nothing is ever collected beyond `wholeMax`.
 */
import { asBuffer, WireError } from "./wire.ts";

/** How many bytes of a message's body may be collected, and what happens to a longer one. */
export interface FrameRule {
  /** Longest length field that is legal for the type; more ends the connection. */
  readonly lengthMax: number;
  /** Longest length field that comes whole; a longer message comes as one `start` and then `part`s. */
  readonly wholeMax: number;
}

export interface Piece {
  kind: "whole" | "start" | "part";
  /** Message type byte. */
  type: number;
  /** Whole: the frame with its header. Start: header and the first bytes. Part: the bytes that follow. */
  bytes: Buffer;
  /** True for the piece that ends its message. */
  last: boolean;
}

export class FrameReader {
  readonly #rule: (type: number) => FrameRule | undefined;
  #chunks: Buffer[] = [];
  #offset = 0;
  #buffered = 0;
  /** Bytes of a long message still to come. */
  #remaining = 0;
  #remainingType = 0;
  readonly #startMax: number;

  /** `startMax`: how much of a long message its first piece holds, at least, if the message has as much. */
  constructor(rule: (type: number) => FrameRule | undefined, startMax: number) {
    this.#rule = rule;
    this.#startMax = startMax;
  }

  /** Bytes pushed and not yet handed out. */
  get buffered(): number {
    return this.#buffered;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(asBuffer(chunk));
    this.#buffered += chunk.length;
  }

  /**
   * The next piece, or undefined until more bytes come.
   * @throws {WireError} WIRE_TYPE for a type without a rule, WIRE_LENGTH for a length out of bounds.
   */
  next(): Piece | undefined {
    if (this.#remaining > 0) {
      const first = this.#chunks[0];
      if (first === undefined) return undefined;
      const take = Math.min(first.length - this.#offset, this.#remaining);
      const bytes = this.#take(take);
      this.#remaining -= take;
      return { kind: "part", type: this.#remainingType, bytes, last: this.#remaining === 0 };
    }
    if (this.#buffered < 1) return undefined;
    const type = this.#peek(0);
    const rule = this.#rule(type);
    if (rule === undefined) throw new WireError("WIRE_TYPE", "an unexpected message type");
    if (this.#buffered < 5) return undefined;
    const length = this.#length();
    if (length < 4 || length > rule.lengthMax) throw new WireError("WIRE_LENGTH", "a message length out of bounds");
    const total = length + 1;
    if (length <= rule.wholeMax) {
      if (this.#buffered < total) return undefined;
      return { kind: "whole", type, bytes: this.#take(total), last: true };
    }
    const head = Math.min(total, this.#startMax);
    if (this.#buffered < head) return undefined;
    const bytes = this.#take(head);
    this.#remaining = total - head;
    this.#remainingType = type;
    return { kind: "start", type, bytes, last: this.#remaining === 0 };
  }

  /** The length field of the next message. */
  #length(): number {
    const first = this.#chunks[0];
    const at = this.#offset + 1;
    // It seldom spans chunks.
    if (first !== undefined && at + 4 <= first.length) return first.readUInt32BE(at);
    return ((this.#peek(1) << 24) | (this.#peek(2) << 16) | (this.#peek(3) << 8) | this.#peek(4)) >>> 0;
  }

  #peek(index: number): number {
    let position = this.#offset + index;
    const first = this.#chunks[0];
    if (first !== undefined && position < first.length) return first[position] ?? 0;
    for (const chunk of this.#chunks) {
      if (position < chunk.length) return chunk[position] ?? 0;
      position -= chunk.length;
    }
    return 0;
  }

  /** The next `count` bytes; a copy only where they span chunks. */
  #take(count: number): Buffer {
    this.#buffered -= count;
    const first = this.#chunks[0];
    if (first !== undefined && first.length - this.#offset >= count) {
      const bytes = first.subarray(this.#offset, this.#offset + count);
      this.#offset += count;
      if (this.#offset === first.length) {
        this.#chunks.shift();
        this.#offset = 0;
      }
      return bytes;
    }
    const out = Buffer.allocUnsafe(count);
    let filled = 0;
    while (filled < count) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) throw new RangeError("asked for more bytes than there are");
      const take = Math.min(chunk.length - this.#offset, count - filled);
      out.set(chunk.subarray(this.#offset, this.#offset + take), filled);
      filled += take;
      this.#offset += take;
      if (this.#offset === chunk.length) {
        this.#chunks.shift();
        this.#offset = 0;
      }
    }
    return out;
  }
}
