/** The pieces of a message as it leaves, towards the client and towards the target (RFC 9112 §5, §7.1). Pure. */

/** The line before the bytes of a chunk; `LINE_END` follows them. A chunk without bytes would be the last one. */
export function chunkStart(chunk: { readonly byteLength: number }): Buffer {
  return Buffer.from(`${chunk.byteLength.toString(16)}\r\n`, "latin1");
}

export const LINE_END = Buffer.from("\r\n");
/** Without trailers. */
export const LAST_CHUNK = Buffer.from("0\r\n\r\n");
/** What cannot stand in a field's value: it ends a line, or is no byte. */
export const NO_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
