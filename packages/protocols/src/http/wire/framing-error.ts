/** Bytes of a peer that frame a message in no way, or in more than one. Pure. */

export type FramingCode =
  | "HEAD_MALFORMED" // a head that is none
  | "HEAD_TOO_LARGE" // a head or trailers above the bound
  | "LENGTH_AMBIGUOUS" // a body whose end two readers could see at two places
  | "CHUNK_MALFORMED" // a chunk's size, its end or what stands behind the last one
  | "BYTES_BEHIND"; // bytes where no message may be

/** Never holds the bytes. */
export class FramingError extends Error {
  readonly code: FramingCode;

  constructor(code: FramingCode) {
    super(`HTTP framing: ${code}`);
    this.name = "FramingError";
    this.code = code;
  }
}
