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
const OVERRIDE =
  /content-disposition[ \t]*:(?:[^\r\n]|\r?\n[ \t]){0,512}?name[ \t]*=[ \t]*["']?(?:_method|x-http-method(?:-override)?|x-method-override)\b/i;
