/** Where a body ends (RFC 9112 §6, §7.1): by its length, by its last chunk, or with its connection. Pure. */
import { FramingError } from "./framing-error.ts";
import { CR, INCOMPLETE, isText, isToken, LF, readFields, REFUSED } from "./fields.ts";

export interface BodyReader {
  /** True once all of it was read. */
  readonly done: boolean;
  /** Fields behind the last chunk: names as written, values, in turn. */
  readonly trailers: readonly string[];
  /**
   * Hands the body's bytes to `onData`, as parts of `bytes`.
   * @returns the place behind what belongs to this body.
   * @throws {FramingError} CHUNK_MALFORMED, HEAD_TOO_LARGE.
   */
  read(bytes: Buffer, from: number, onData: (part: Buffer) => void): number;
}

export function lengthReader(length: number): BodyReader {
  return new LengthReader(length);
}

export function chunkedReader(): BodyReader {
  return new ChunkedReader();
}

/** A body that only the connection's end ends. */
export function closeReader(): BodyReader {
  return new LengthReader(Number.POSITIVE_INFINITY);
}

class LengthReader implements BodyReader {
  readonly trailers: readonly string[] = NONE;
  #left: number;

  constructor(length: number) {
    this.#left = length;
  }

  get done(): boolean {
    return this.#left === 0;
  }

  read(bytes: Buffer, from: number, onData: (part: Buffer) => void): number {
    const end = Math.min(bytes.length, from + this.#left);
    if (end === from) return from;
    this.#left -= end - from;
    onData(from === 0 && end === bytes.length ? bytes : bytes.subarray(from, end));
    return end;
  }
}

type State =
  | "size" // the first digit of a size
  | "digits" // more of them
  | "extension" // the name of an extension
  | "extension-value" // behind its `=`
  | "extension-token"
  | "extension-quoted"
  | "extension-end" // behind a closing quote
  | "size-end" // the LF behind a size
  | "data"
  | "data-cr"
  | "data-lf"
  | "trailers"
  | "done";

class ChunkedReader implements BodyReader {
  #state: State = "size";
  #size = 0;
  #digits = 0;
  #named = false;
  #extensionBytes = 0;
  #tail: Buffer | undefined;
  #tailReads = 0;
  #trailers: readonly string[] = NONE;

  get done(): boolean {
    return this.#state === "done";
  }

  get trailers(): readonly string[] {
    return this.#trailers;
  }

  read(bytes: Buffer, from: number, onData: (part: Buffer) => void): number {
    let at = from;
    while (at < bytes.length && this.#state !== "done") {
      if (this.#state === "data") {
        const end = Math.min(bytes.length, at + this.#size);
        this.#size -= end - at;
        if (this.#size === 0) this.#state = "data-cr";
        onData(bytes.subarray(at, end));
        at = end;
      } else if (this.#state === "trailers") {
        at = this.#readTrailers(bytes, at);
      } else {
        this.#step(bytes[at] ?? 0);
        at += 1;
      }
    }
    return at;
  }

  /** One byte between two chunks. */
  #step(byte: number): void {
    switch (this.#state) {
      case "size":
      case "digits": {
        const digit = hexDigit(byte);
        if (digit !== undefined) {
          this.#digits += 1;
          if (this.#digits > SIZE_DIGITS_MAX) throw malformed();
          this.#size = this.#size * 16 + digit;
          this.#state = "digits";
        } else if (this.#state === "size") throw malformed();
        else if (byte === SEMICOLON) this.#begin("extension");
        else this.#endSize(byte);
        return;
      }
      case "extension":
        if (isToken(byte)) this.#named = true;
        else if (!this.#named) throw malformed();
        else if (byte === EQUALS) this.#begin("extension-value");
        else this.#endExtension(byte);
        break;
      case "extension-value":
        if (byte === QUOTE) this.#state = "extension-quoted";
        else if (isToken(byte)) this.#state = "extension-token";
        else throw malformed();
        break;
      case "extension-token":
        if (!isToken(byte)) this.#endExtension(byte);
        break;
      case "extension-quoted":
        if (byte === QUOTE) this.#state = "extension-end";
        else if (byte === BACKSLASH || byte >= 0x80 || !isText(byte)) throw malformed();
        break;
      case "extension-end":
        this.#endExtension(byte);
        break;
      case "size-end":
        if (byte !== LF) throw malformed();
        this.#digits = 0;
        this.#state = this.#size === 0 ? "trailers" : "data";
        return;
      case "data-cr":
        if (byte !== CR) throw malformed();
        this.#state = "data-lf";
        return;
      case "data-lf":
        if (byte !== LF) throw malformed();
        this.#state = "size";
        return;
      case "data":
      case "trailers":
      case "done":
        throw malformed();
    }
    this.#extensionBytes += 1;
    if (this.#extensionBytes > EXTENSION_BYTES_MAX) throw malformed();
  }

  #begin(state: "extension" | "extension-value"): void {
    this.#named = false;
    this.#state = state;
  }

  #endExtension(byte: number): void {
    if (byte === SEMICOLON) this.#begin("extension");
    else this.#endSize(byte);
  }

  #endSize(byte: number): void {
    if (byte !== CR) throw malformed();
    this.#state = "size-end";
  }

  #readTrailers(bytes: Buffer, from: number): number {
    const before = this.#tail?.length;
    const all = this.#tail === undefined ? bytes : Buffer.concat([this.#tail, bytes.subarray(from)]);
    const start = this.#tail === undefined ? from : 0;
    const fields: string[] = [];
    const end = readFields(all, start, fields, "padded");
    if (end === REFUSED) throw malformed();
    this.#tailReads += 1;
    const size = (end === INCOMPLETE ? all.length : end) - start;
    if (size > TRAILER_BYTES_MAX || this.#tailReads > TRAILER_READS_MAX) throw new FramingError("HEAD_TOO_LARGE");
    if (end === INCOMPLETE) {
      this.#tail = Buffer.from(all.subarray(start));
      return bytes.length;
    }
    // What frames a message, or says whose it is, has no place behind it.
    for (let at = 0; at < fields.length; at += 2) {
      if (NO_TRAILER.has((fields[at] ?? "").toLowerCase())) throw malformed();
    }
    this.#tail = undefined;
    this.#trailers = fields;
    this.#state = "done";
    return before === undefined ? end : from + end - before;
  }
}

function hexDigit(byte: number): number | undefined {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined;
}

function malformed(): FramingError {
  return new FramingError("CHUNK_MALFORMED");
}

const NONE: readonly string[] = [];
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NO_TRAILER = new Set([
  "content-length",
  "transfer-encoding",
  "host",
  "connection",
  "proxy-connection",
  "upgrade",
  "expect",
  "trailer",
  "te",
]);
/** Digits of a chunk's size. */
const SIZE_DIGITS_MAX = 12;
/** Bytes of all extensions of the chunks of one body. */
const EXTENSION_BYTES_MAX = 4_096;
/** Bytes behind the last chunk. */
const TRAILER_BYTES_MAX = 16_384;
/** Pieces in which they may come. */
const TRAILER_READS_MAX = 64;
