/**
 * Reads answers from a connection's bytes (RFC 9112 §4 to §7), strictly: an answer whose end two readers could see at
 * two places is none. Pure.
 */
import { chunkedReader, closeReader, lengthReader, type BodyReader } from "./body-reader.ts";
import { FramingError } from "./framing-error.ts";
import { CR, INCOMPLETE, isText, latin1, LF, readFields, REFUSED, SPACE } from "./fields.ts";

export interface ResponseHead {
  readonly status: number;
  /** Names in lower case. The same list as before when a connection's next answer has the same bytes. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** As the header says, whatever the request was; "close": only the connection's end ends it. */
  readonly length: number | "chunked" | "close";
  /** May the connection carry another request? */
  readonly keepAlive: boolean;
  /** How long the other side keeps it, in seconds, where it says so. */
  readonly keepAliveSeconds: number | undefined;
}

export interface ResponseEvents {
  /** Not called for interim answers. */
  onHead(head: ResponseHead): void;
  onData(part: Buffer): void;
  /**
   * @param trailers names as written, values, in turn
   * @param surplus bytes stand behind the answer: nobody asked for them, so the connection carries nothing more
   */
  onEnd(trailers: readonly string[], surplus: boolean): void;
}

/** One answer at a time. */
export class ResponseReader {
  readonly #events: ResponseEvents;
  #state: "idle" | "head" | "body" = "idle";
  #bodiless = false;
  #rest: Buffer | undefined;
  #restReads = 0;
  #interim = 0;
  #untilClose = false;
  #ended: readonly string[] | undefined;
  #body: BodyReader | undefined;
  #last: { readonly bytes: Buffer; readonly head: ResponseHead } | undefined;

  constructor(events: ResponseEvents) {
    this.#events = events;
  }

  /** An answer is awaited. @param method of its request */
  begin(method: string): void {
    this.#state = "head";
    this.#bodiless = method === "HEAD";
    this.#interim = 0;
  }

  /** @throws {FramingError}: nothing that comes behind can be believed. */
  read(bytes: Buffer): void {
    if (this.#state === "idle") throw new FramingError("BYTES_BEHIND");
    let at = 0;
    while (at < bytes.length && this.#ended === undefined) {
      at = this.#state === "head" ? this.#readHead(bytes, at) : this.#readBody(bytes, at);
    }
    this.#tellEnd(at < bytes.length);
  }

  /** The connection has ended. False: in the middle of an answer, or before it. */
  close(): boolean {
    if (this.#state !== "body" || !this.#untilClose) return this.#state === "idle";
    this.#ended = [];
    this.#tellEnd(false);
    return true;
  }

  /** Told when the last byte that came with the answer has been looked at: what follows must not pass as the next one. */
  #tellEnd(surplus: boolean): void {
    const trailers = this.#ended;
    if (trailers === undefined) return;
    this.#ended = undefined;
    this.#body = undefined;
    this.#state = "idle";
    this.#events.onEnd(trailers, surplus);
  }

  #readHead(bytes: Buffer, from: number): number {
    const last = this.#last;
    if (last !== undefined && this.#rest === undefined) {
      const end = from + last.bytes.length;
      if (end <= bytes.length && bytes.compare(last.bytes, 0, last.bytes.length, from, end) === 0) {
        this.#begun(last.head);
        return end;
      }
    }
    const before = this.#rest?.length;
    const all = this.#rest === undefined ? bytes : Buffer.concat([this.#rest, bytes.subarray(from)]);
    const start = this.#rest === undefined ? from : 0;
    const found = readHead(all, start);
    const size = (found === undefined ? all.length : found.end) - start;
    this.#restReads += 1;
    if (size > HEAD_BYTES_MAX || this.#restReads > HEAD_READS_MAX) throw new FramingError("HEAD_TOO_LARGE");
    if (found === undefined) {
      this.#rest = Buffer.from(all.subarray(start));
      return bytes.length;
    }
    this.#rest = undefined;
    this.#restReads = 0;
    const { head, end } = found;
    if (head.status < 200) {
      this.#interim += 1;
      // Nobody asked for another protocol.
      if (head.status === 101 || this.#interim > INTERIM_MAX) throw new FramingError("HEAD_MALFORMED");
    } else {
      if (end - start <= KEPT_BYTES_MAX) this.#last = { bytes: Buffer.from(all.subarray(start, end)), head };
      this.#begun(head);
    }
    return before === undefined ? end : from + end - before;
  }

  #begun(head: ResponseHead): void {
    const { status, length } = head;
    const none = this.#bodiless || status === 204 || status === 304 || length === 0;
    this.#state = "body";
    this.#untilClose = !none && length === "close";
    this.#body = none
      ? undefined
      : length === "close"
        ? closeReader()
        : length === "chunked"
          ? chunkedReader()
          : lengthReader(length);
    this.#events.onHead(head);
    if (none) this.#ended = [];
  }

  #readBody(bytes: Buffer, from: number): number {
    const body = this.#body;
    if (body === undefined) throw new FramingError("BYTES_BEHIND");
    const end = body.read(bytes, from, this.#onData);
    if (body.done) this.#ended = body.trailers;
    return end;
  }

  readonly #onData = (part: Buffer): void => this.#events.onData(part);
}

/** `undefined`: more bytes are needed. @throws {FramingError} HEAD_MALFORMED, LENGTH_AMBIGUOUS. */
function readHead(bytes: Buffer, from: number): { readonly head: ResponseHead; readonly end: number } | undefined {
  let at = from;
  for (const expected of VERSION) {
    if (at >= bytes.length) return undefined;
    if (bytes[at] !== expected) throw new FramingError("HEAD_MALFORMED");
    at += 1;
  }
  // "1 200" behind "HTTP/1.": minor version, blank, status.
  for (let digit = 0; digit < 5; digit += 1, at += 1) {
    if (at >= bytes.length) return undefined;
    const byte = bytes[at] ?? 0;
    const good = digit === 0 ? byte === ZERO || byte === ONE : digit === 1 ? byte === SPACE : isDigit(byte);
    if (!good) throw new FramingError("HEAD_MALFORMED");
  }
  const old = bytes[at - 5] === ZERO;
  const status = Number(latin1(bytes, at - 3, at));
  if (status < 100) throw new FramingError("HEAD_MALFORMED");
  if (bytes[at] === SPACE) {
    at += 1;
    while (at < bytes.length && isText(bytes[at])) at += 1;
  }
  if (at < bytes.length && bytes[at] !== CR) throw new FramingError("HEAD_MALFORMED");
  if (at + 1 >= bytes.length) return undefined;
  if (bytes[at + 1] !== LF) throw new FramingError("HEAD_MALFORMED");
  const raw: string[] = [];
  const end = readFields(bytes, at + 2, raw, "padded");
  if (end === REFUSED) throw new FramingError("HEAD_MALFORMED");
  if (end === INCOMPLETE) return undefined;
  return { head: headOf(status, old, raw), end };
}

function headOf(status: number, old: boolean, raw: readonly string[]): ResponseHead {
  const headers: [string, string][] = [];
  let length: number | "chunked" | "close" = "close";
  let close = false;
  let keepAlive = !old;
  let keepAliveSeconds: number | undefined;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? "").toLowerCase();
    const value = raw[at + 1] ?? "";
    headers.push([name, value]);
    if (name === "content-length") {
      if (length !== "close" || !LENGTH.test(value)) throw new FramingError("LENGTH_AMBIGUOUS");
      length = Number(value);
    } else if (name === "transfer-encoding") {
      // Any other coding would have to be undone, and nobody asked for one; HTTP/1.0 knows none.
      if (length !== "close" || old || value.toLowerCase() !== "chunked") throw new FramingError("LENGTH_AMBIGUOUS");
      length = "chunked";
    } else if (name === "connection") {
      const options = value.toLowerCase().split(",");
      for (const option of options) {
        if (option.trim() === "close") close = true;
        else if (option.trim() === "keep-alive") keepAlive = true;
      }
    } else if (name === "keep-alive") {
      const seconds = /(?:^|[,;\s])timeout=(\d{1,6})(?:$|[,;\s])/i.exec(value)?.[1];
      if (seconds !== undefined) keepAliveSeconds = Number(seconds);
    }
  }
  return { status, headers, length, keepAlive: keepAlive && !close, keepAliveSeconds };
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= 0x39;
}

const ZERO = 0x30;
const ONE = 0x31;
const VERSION = [..."HTTP/1."].map((character) => character.charCodeAt(0));
const LENGTH = /^\d{1,15}$/;
/** Bytes of the head of an answer. */
const HEAD_BYTES_MAX = 65_536;
/** Pieces in which it may come. */
const HEAD_READS_MAX = 256;
/** Interim answers before an answer. */
const INTERIM_MAX = 32;
/** Bytes of a head that is compared with the next answer's. */
const KEPT_BYTES_MAX = 8_192;
