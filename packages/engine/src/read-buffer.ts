/**
 * What sockets to targets are read into. Touches nothing but memory, which is the process's own: no bytes of one
 * connection may ever be seen by another.
 *
 * A small read is copied out and the memory used again: that costs a fraction of the block that Node would allocate. The
 * memory of a large read goes to whoever reads. It comes back only if the reader says that nobody looks at it any more;
 * otherwise it is garbage as any other. Without that a large result makes the collector run all the time.
 */

export class ReadBuffer {
  /** Takes what was read; it belongs to the taker. */
  onData: (chunk: Uint8Array) => void = () => undefined;
  #current: Buffer | undefined;
  #small: Buffer | undefined;
  #next: "same" | "small" | "large" = "small";

  /** For `net.connect`: https://nodejs.org/api/net.html#new-netsocketoptions */
  readonly onread = {
    /** Called at the start and after every read. Node keeps the memory that it has when it gets none. */
    buffer: (): Uint8Array => {
      if (this.#next === "same") return NONE;
      const before = this.#current;
      this.#current = this.#next === "large" ? takeLarge() : (this.#small ??= Buffer.allocUnsafeSlow(SMALL_BYTES));
      this.#next = "same";
      // It was not handed out, or `callback` would have let go of it.
      if (before?.length === LARGE_BYTES) keepLarge(before);
      return this.#current;
    },
    callback: (count: number): boolean => {
      const buffer = this.#current;
      if (buffer === undefined) throw new TypeError("a read without memory");
      if (count <= COPIED_BYTES) {
        if (buffer.length === LARGE_BYTES) this.#next = "small";
        this.onData(Buffer.from(buffer.subarray(0, count)));
        return true;
      }
      // It is the taker's from now on, who may give it back before this returns.
      this.#current = undefined;
      if (buffer.length === LARGE_BYTES) {
        LENT.add(buffer.buffer);
        this.#next = "large";
      } else {
        this.#small = undefined;
        this.#next = count === buffer.length ? "large" : "small";
      }
      this.onData(buffer.subarray(0, count));
      return true;
    },
  };
}

/** The reader of this chunk, and everybody it was handed on to, has done with it. Ignored unless it came from here. */
export function giveBack(chunk: Uint8Array): void {
  if (!LENT.delete(chunk.buffer)) return;
  keepLarge(Buffer.from(chunk.buffer));
}

function takeLarge(): Buffer {
  return FREE.pop() ?? Buffer.allocUnsafeSlow(LARGE_BYTES);
}

function keepLarge(buffer: Buffer): void {
  if (FREE.length < FREE_MAX) FREE.push(buffer);
}

/** Memory of large reads that somebody still looks at: what is not in here is never given out again. */
const LENT = new WeakSet<ArrayBufferLike>();
const FREE: Buffer[] = [];
/** Blocks of LARGE_BYTES that are kept for the next large read. */
const FREE_MAX = 32;
/** Memory of a connection that carries little, in bytes. */
const SMALL_BYTES = 16_384;
/** Memory of a connection whose last read filled what it had, in bytes. */
const LARGE_BYTES = 262_144;
/** A read up to this size is copied, in bytes. */
const COPIED_BYTES = 8_192;
/** Says to Node that the memory stays the same. */
const NONE = undefined as unknown as Uint8Array;
