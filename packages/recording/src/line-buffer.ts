/**
 * The lines of a recording between their writing and their hashing, in one block of memory that is used again. Pure.
 *
 * A line stays here until its leaf is in the tree, so that its text is turned into bytes once: `take` hands the bytes
 * out for the file, `hash` gives each line to the tree. The byte before a line (the line feed of its predecessor, or the
 * spare first byte) is zero while it is hashed: RFC 6962 leaves are SHA-256(0x00 ‖ line).
 */

export class LineBuffer {
  #bytes: Buffer = EMPTY;
  /** Where the next line begins; 1 when there is none, because the first line needs a byte before it. */
  #end = 1;
  #takenEnd = 1;
  /** Where each line's line feed stands. */
  #feeds: number[] = [];
  #taken = 0;
  #hashed = 0;

  /** Lines that were taken and are not hashed. */
  get unhashed(): number {
    return this.#taken - this.#hashed;
  }

  /** Bytes of memory in use. */
  get size(): number {
    return this.#end - 1;
  }

  /** Adds a line and its line feed. @returns their bytes, or undefined: more than `bytesMax`, and nothing was added. */
  add(line: string, bytesMax: number): number | undefined {
    if (line.length >= bytesMax) return undefined;
    // One UTF-16 unit is at most three bytes of UTF-8.
    this.#reserve(line.length * 3 + 1);
    const bytes = this.#bytes.write(line, this.#end, "utf8") + 1;
    if (bytes > bytesMax) return undefined;
    this.#bytes[this.#end + bytes - 1] = LF;
    this.#feeds.push(this.#end + bytes - 1);
    this.#end += bytes;
    return bytes;
  }

  /** The lines added since the last time, each with its line feed; valid until the next call of any method. */
  take(): Uint8Array {
    const bytes = this.#bytes.subarray(this.#takenEnd, this.#end);
    this.#takenEnd = this.#end;
    this.#taken = this.#feeds.length;
    return bytes;
  }

  /** Calls `leaf` with 0x00 ‖ line for every line that was taken and not hashed; the bytes are valid during the call. */
  hash(leaf: (prefixed: Uint8Array) => void): void {
    const bytes = this.#bytes;
    let before = this.#hashed === 0 ? 0 : (this.#feeds[this.#hashed - 1] ?? 0);
    for (; this.#hashed < this.#taken; this.#hashed += 1) {
      const feed = this.#feeds[this.#hashed] ?? before;
      bytes[before] = 0;
      leaf(bytes.subarray(before, feed));
      bytes[before] = LF;
      before = feed;
    }
    if (this.#hashed < this.#feeds.length) return;
    this.#feeds = [];
    this.#taken = 0;
    this.#hashed = 0;
    this.#end = 1;
    this.#takenEnd = 1;
    if (bytes.length > KEPT_BYTES_MAX) this.#bytes = EMPTY;
  }

  #reserve(more: number): void {
    const needed = this.#end + more;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#bytes.length, SMALLEST_BYTES));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }
}

/** Memory that a recorder keeps while all its lines are hashed, in bytes. */
const KEPT_BYTES_MAX = 524_288;
const SMALLEST_BYTES = 8_192;
const EMPTY = Buffer.alloc(0);
const LF = 10;
