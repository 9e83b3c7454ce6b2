/**
 * Lines of the toy protocol: UTF-8 text ended by LF, at most LINE_BYTES_MAX bytes. Pure.
 *
 * The toy exists to prove that the contract is no PostgreSQL in disguise: it passes the same conformance suite.
 */
import { decodeUtf8, GateError } from "@gate/base";

export type LineErrorCode = "LINE_TOO_LONG" | "LINE_MALFORMED" | "LINE_TARGET_INVALID";

export class LineError extends GateError {
  readonly code: LineErrorCode;

  constructor(code: LineErrorCode, message: string) {
    super(code === "LINE_TARGET_INVALID" ? "operator" : "peer-wrong", message);
    this.code = code;
  }
}

export interface Line {
  readonly text: string;
  /** The exact bytes with their LF: what is judged is what is sent. */
  readonly bytes: Uint8Array;
}

/** Cuts a stream into lines, whatever the chunking. */
export class LineReader {
  #rest: Uint8Array = new Uint8Array(0);

  /** @throws {LineError} LINE_TOO_LONG, LINE_MALFORMED (no UTF-8, or a control character). */
  push(chunk: Uint8Array): Line[] {
    const bytes = this.#rest.byteLength === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const lines: Line[] = [];
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(LF, start);
      if (end === -1) break;
      if (end - start > LINE_BYTES_MAX) throw new LineError("LINE_TOO_LONG", "a line is too long");
      const line = bytes.slice(start, end + 1);
      lines.push({ text: textOf(line.subarray(0, -1)), bytes: line });
      start = end + 1;
    }
    this.#rest = bytes.slice(start);
    if (this.#rest.byteLength > LINE_BYTES_MAX) throw new LineError("LINE_TOO_LONG", "a line is too long");
    return lines;
  }
}

function textOf(bytes: Uint8Array): string {
  let text: string;
  try {
    text = decodeUtf8(bytes);
  } catch {
    throw new LineError("LINE_MALFORMED", "a line is not UTF-8");
  }
  if (/\p{Cc}/u.test(text)) throw new LineError("LINE_MALFORMED", "a line holds a control character");
  return text;
}

const LF = 0x0a;
/** Bytes of one line of the toy protocol, without its LF. */
export const LINE_BYTES_MAX = 4_096;
