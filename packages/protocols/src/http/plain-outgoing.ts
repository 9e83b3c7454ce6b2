/**
 * The answer to a plain request, framed by the gate (RFC 9112 §4, §6, §7.1). A short answer is one write: its head
 * waits for the body that comes in the same turn. Touches the connection's socket.
 */
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { WebError } from "../web/errors.ts";
import type { HeaderList } from "../web/header-hygiene.ts";
import type { Outgoing } from "./peer.ts";
import { chunkStart, LAST_CHUNK, LINE_END, NO_VALUE } from "./wire/framing.ts";

/** Heads of answers in bytes; the last one is known, for answers that come again. One a connection. */
export class AnswerHeads {
  readonly #now: () => number;
  #dateSecond = -1;
  #date = "";
  #last:
    | { readonly headers: HeaderList; readonly status: number; readonly framing: string; readonly bytes: Buffer }
    | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /**
   * @param framing lines of the gate's own
   * @throws {WebError} UPSTREAM_PROTOCOL when a value cannot stand in a header.
   */
  bytes(status: number, headers: HeaderList, framing: string): Buffer {
    const last = this.#last;
    if (last?.headers === headers && last.status === status && last.framing === framing) return last.bytes;
    let dated = false;
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "unknown"}\r\n`;
    for (const [name, value] of headers) {
      if (NO_VALUE.test(value)) throw UNSENDABLE;
      // A status without a body has no length of one (RFC 9110 §8.6).
      if (status === 204 && name === "content-length") continue;
      dated ||= name === "date";
      head += `${name}: ${value}\r\n`;
    }
    if (!dated) head += this.#dateLine();
    const bytes = Buffer.from(`${head}${framing}\r\n`, "latin1");
    if (dated) this.#last = { headers, status, framing, bytes };
    return bytes;
  }

  #dateLine(): string {
    const second = Math.floor(this.#now() / 1000);
    if (second !== this.#dateSecond) {
      this.#dateSecond = second;
      this.#date = `date: ${new Date(second * 1000).toUTCString()}\r\n`;
    }
    return this.#date;
  }
}

export class PlainOutgoing implements Outgoing {
  keepAlive: boolean;
  onDrain: (() => void) | undefined;
  onOver: ((whole: boolean) => void) | undefined;
  readonly #downstream: Duplex;
  readonly #heads: AnswerHeads;
  /** The request was a HEAD. */
  readonly #headOnly: boolean;
  #begun = false;
  #ended = false;
  #told = false;
  #bodiless = false;
  #chunked = false;
  /** What waits for the end of the turn. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;

  constructor(
    downstream: Duplex,
    heads: AnswerHeads,
    request: { readonly method: string; readonly keepAlive: boolean },
  ) {
    this.#downstream = downstream;
    this.#heads = heads;
    this.#headOnly = request.method === "HEAD";
    this.keepAlive = request.keepAlive;
  }

  get begun(): boolean {
    return this.#begun;
  }

  get over(): boolean {
    return this.#ended || !this.#downstream.writable;
  }

  /** Whoever waits for 100 is not served here. */
  sayContinue(): void {
    // Nothing to say.
  }

  begin(status: number, headers: HeaderList): void {
    if (this.#begun) throw new TypeError("an answer began twice");
    this.#bodiless = this.#headOnly || status === 204 || status === 304;
    const chunked = !this.#bodiless && !hasLength(headers);
    const connection = this.keepAlive ? KEEP_ALIVE : CLOSE;
    const bytes = this.#heads.bytes(status, headers, chunked ? `${connection}${CHUNKED}` : connection);
    this.#chunked = chunked;
    this.#begun = true;
    this.#wait(bytes);
    queueMicrotask(this.#flush);
  }

  write(chunk: Uint8Array): boolean {
    if (this.over) return true;
    if (this.#bodiless || chunk.byteLength === 0) return true;
    const flowing = this.#waitingBytes === 0;
    this.#waitFramed(chunk);
    // What comes with the head in one turn leaves with it.
    return flowing || this.#waitingBytes > JOINED_BYTES_MAX ? this.#flush() : true;
  }

  end(chunk?: Uint8Array, trailers?: HeaderList): void {
    if (this.over) return;
    if (!this.#begun) this.keepAlive = false;
    if (chunk !== undefined && !this.#bodiless && chunk.byteLength > 0) this.#waitFramed(chunk);
    if (this.#chunked) this.#wait(lastChunk(trailers ?? []));
    this.#flush();
    this.#ended = true;
    if (this.#downstream.writableNeedDrain) return;
    this.#tell(true);
  }

  destroy(): void {
    this.#downstream.destroy();
  }

  /** The connection takes more. */
  drained(): void {
    if (this.#ended) this.#tell(true);
    else this.onDrain?.();
  }

  /** The connection has ended. */
  closed(): void {
    this.#tell(false);
  }

  #tell(whole: boolean): void {
    if (this.#told) return;
    this.#told = true;
    this.onOver?.(whole);
  }

  #waitFramed(chunk: Uint8Array): void {
    if (this.#chunked) this.#wait(chunkStart(chunk));
    this.#wait(chunk);
    if (this.#chunked) this.#wait(LINE_END);
  }

  #wait(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.byteLength;
  }

  readonly #flush = (): boolean => {
    const waiting = this.#waiting;
    if (waiting.length === 0) return !this.#downstream.writableNeedDrain;
    const size = this.#waitingBytes;
    this.#waiting = [];
    this.#waitingBytes = 0;
    if (this.#downstream.destroyed) return true;
    const [only] = waiting;
    if (waiting.length === 1 && only !== undefined) return this.#downstream.write(only);
    if (size <= JOINED_BYTES_MAX) return this.#downstream.write(Buffer.concat(waiting, size));
    this.#downstream.cork();
    let room = true;
    for (const bytes of waiting) room = this.#downstream.write(bytes);
    this.#downstream.uncork();
    return room;
  };
}

function hasLength(headers: HeaderList): boolean {
  for (const [name] of headers) if (name === "content-length") return true;
  return false;
}

function lastChunk(trailers: HeaderList): Buffer {
  if (trailers.length === 0) return LAST_CHUNK;
  let text = "0\r\n";
  for (const [name, value] of trailers) if (!NO_VALUE.test(value)) text += `${name}: ${value}\r\n`;
  return Buffer.from(`${text}\r\n`, "latin1");
}

const KEEP_ALIVE = "connection: keep-alive\r\n";
const CLOSE = "connection: close\r\n";
const CHUNKED = "transfer-encoding: chunked\r\n";
const UNSENDABLE = new WebError(
  "peer-wrong",
  "UPSTREAM_PROTOCOL",
  502,
  "gate: a header of the target's answer cannot be sent on",
);
/** Pieces of an answer up to this size are copied into one write, in bytes. */
const JOINED_BYTES_MAX = 16_384;
