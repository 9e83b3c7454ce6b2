/**
 * Looks for a form field that some frameworks take the method from, in a multipart body that streams (RFC 7578). Pure.
 * A false alarm needs a file that holds such a header line itself.
 */

export class OverrideWatch {
  #tail = "";

  /** True once the bytes so far hold a part with such a name, however they were cut. */
  push(chunk: Uint8Array): boolean {
    const text = this.#tail + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1");
    this.#tail = text.slice(-HEADER_BYTES_MAX);
    return OVERRIDE.test(text);
  }
}

/** Bytes of a part's header that are kept from one chunk to the next. */
const HEADER_BYTES_MAX = 600;
const PART = String.raw`content-disposition[ \t]*:(?:[^\r\n]|\r?\n[ \t]){0,512}?`;
/** PHP takes `.` for `_`. */
const NAME = String.raw`(?:[_.]method|x-http-method(?:-override)?|x-method-override)\b`;
/** What PHP and Rack leave out in front of a name. */
const BEFORE = String.raw`(?:["'][[\] ]*|[[\]][[\] ]*)?`;
/** Also names in forms that only some parsers undo: quoted pairs, RFC 5987, and a part's id in place of a name. */
const OVERRIDE = new RegExp(
  [
    String.raw`${PART}name[ \t]*=[ \t]*${BEFORE}${NAME}`,
    String.raw`${PART}[;\s]name(?:\*|[ \t]*=[ \t]*["']?[^"'\r\n]{0,64}?\\)`,
    String.raw`content-id[ \t]*:[ \t]*[<"']?${NAME}`,
  ].join("|"),
  "i",
);
