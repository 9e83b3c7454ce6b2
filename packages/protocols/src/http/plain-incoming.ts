/** A plain request and its body, as our own reader sees them. Touches the connection through its callbacks. */
import { Readable } from "node:stream";
import type { RequestHead } from "../web/request-head.ts";
import type { Incoming, KnownHead } from "./peer.ts";
import { chunkedReader, lengthReader, type BodyReader } from "./wire/body-reader.ts";

export class PlainIncoming implements Incoming {
  readonly known: KnownHead;
  readonly expectation = undefined;
  readonly #head: RequestHead;
  readonly #reader: BodyReader | undefined;
  readonly #onWanted: () => void;
  readonly #onTooMuch: () => void;
  #stream: Readable | undefined;
  #discardLeft: number | undefined;

  /**
   * @param onWanted more of the body may be read
   * @param onTooMuch nobody reads that much of a refused body
   */
  constructor(head: RequestHead, known: KnownHead, onWanted: () => void, onTooMuch: () => void) {
    this.#head = head;
    this.known = known;
    this.#reader =
      head.length === 0 ? undefined : head.length === "chunked" ? chunkedReader() : lengthReader(head.length);
    this.#onWanted = onWanted;
    this.#onTooMuch = onTooMuch;
  }

  head(): RequestHead {
    return this.#head;
  }

  get complete(): boolean {
    return this.#reader === undefined || this.#reader.done;
  }

  body(): Readable {
    if (this.#stream === undefined) {
      const wanted = this.#onWanted;
      this.#stream = new Readable({ read: () => wanted(), highWaterMark: BODY_BYTES_HELD });
      // Whoever reads it listens; when nobody does, the connection's end says it.
      this.#stream.on("error", ignore);
      if (this.#reader === undefined) this.#stream.push(null);
    }
    return this.#stream;
  }

  discard(bytesMax: number): void {
    if (this.complete) return;
    this.#discardLeft = bytesMax;
    this.#stream?.on("data", ignore);
    this.#onWanted();
  }

  /** False while nobody wants more of the body. */
  get wanted(): boolean {
    if (this.#discardLeft !== undefined) return true;
    const stream = this.#stream;
    return stream !== undefined && stream.readableLength < stream.readableHighWaterMark;
  }

  /** @returns the place behind what belongs to this body. @throws {FramingError}. */
  take(bytes: Buffer, from: number): number {
    const reader = this.#reader;
    if (reader === undefined || reader.done) return from;
    const end = reader.read(bytes, from, this.#onPart);
    if (reader.done) this.#stream?.push(null);
    return end;
  }

  /** The connection has ended, or what it carries cannot be read. */
  cut(): void {
    if (this.complete) return;
    this.#stream?.destroy(new Error("the body ended before its end"));
  }

  readonly #onPart = (part: Buffer): void => {
    if (this.#discardLeft === undefined) {
      this.#stream?.push(part);
      return;
    }
    this.#discardLeft -= part.length;
    if (this.#discardLeft < 0) this.#onTooMuch();
  };
}

function ignore(): void {
  // Nobody looks at it.
}

/** Bytes of a body that are read before somebody asks for them. */
const BODY_BYTES_HELD = 65_536;
