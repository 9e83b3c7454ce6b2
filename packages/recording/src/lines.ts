/** Lines of a byte stream with bounded memory. Pure over the stream that is given. */
import { RecordingError } from "./errors.ts";
import { ENTRY_BYTES_MAX } from "./entry.ts";

/**
 * Calls `onLine` for every line, without its line feed; the bytes are valid only during the call. `onChunk` sees
 * every byte of the stream, for digests. Resolves with the number of bytes after the last line feed (0 = whole).
 * @throws {RecordingError} LINE_INVALID when a line is longer than ENTRY_BYTES_MAX; also whatever the stream throws.
 */
export async function forEachLine(
  stream: NodeJS.ReadableStream,
  onLine: (line: Buffer) => void,
  onChunk?: (chunk: Buffer) => void,
): Promise<number> {
  let rest: Buffer = EMPTY;
  for await (const piece of stream) {
    const chunk = typeof piece === "string" ? Buffer.from(piece) : piece;
    onChunk?.(chunk);
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      const tail = chunk.subarray(start, end);
      const line = rest.length === 0 ? tail : Buffer.concat([rest, tail]);
      if (line.length > ENTRY_BYTES_MAX) throw tooLong();
      rest = EMPTY;
      onLine(line);
      start = end + 1;
    }
    if (start < chunk.length) rest = Buffer.concat([rest, chunk.subarray(start)]);
    if (rest.length > ENTRY_BYTES_MAX) throw tooLong();
  }
  return rest.length;
}

/**
 * The lines of a recording as texts. Only a line feed ends one: a command's text may hold U+2028, where other readers of
 * lines (node:readline) would cut it.
 * @throws {RecordingError} LINE_INVALID when a line is longer than ENTRY_BYTES_MAX; also whatever the stream throws.
 */
export async function* textLines(stream: NodeJS.ReadableStream): AsyncGenerator<string> {
  let rest: Buffer = EMPTY;
  for await (const piece of stream) {
    const chunk = typeof piece === "string" ? Buffer.from(piece) : piece;
    const whole = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = whole.indexOf(10); end !== -1; end = whole.indexOf(10, start)) {
      if (end - start > ENTRY_BYTES_MAX) throw tooLong();
      yield whole.toString("utf8", start, end);
      start = end + 1;
    }
    rest = whole.subarray(start);
    if (rest.length > ENTRY_BYTES_MAX) throw tooLong();
  }
}

/** Reads a small file whole. @throws {RecordingError} BUNDLE_INVALID when it is larger than `bytesMax`. */
export async function readAll(stream: NodeJS.ReadableStream, bytesMax: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const piece of stream) {
    const chunk = typeof piece === "string" ? Buffer.from(piece) : piece;
    size += chunk.length;
    if (size > bytesMax) {
      throw new RecordingError("BUNDLE_INVALID", "peer-wrong", `a file is larger than ${bytesMax} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function tooLong(): RecordingError {
  return new RecordingError("LINE_INVALID", "peer-wrong", `a line is longer than ${ENTRY_BYTES_MAX} bytes`);
}

const EMPTY = Buffer.alloc(0);
