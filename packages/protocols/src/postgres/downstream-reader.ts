/**
 * Reads exact numbers of bytes from a client's stream while a connection starts, and leaves everything else in the
 * stream. Touches the stream.
 */
import type { Duplex } from "node:stream";
import { PostgresError } from "./errors.ts";

export class DownstreamReader {
  readonly #stream: Duplex;
  #wake: () => void = () => undefined;
  #failure: PostgresError | undefined;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on("readable", this.#onReadable);
    stream.on("end", this.#onEnd);
    stream.on("close", this.#onEnd);
    stream.on("error", this.#onEnd);
  }

  /** Bytes that have arrived and were not taken. */
  get waiting(): number {
    return this.#stream.readableLength;
  }

  /** @throws {PostgresError} what `fail` was given, or STARTUP_MALFORMED when the stream ends before. */
  async take(count: number): Promise<Buffer> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      // A stream that has ended gives what is left, which may be less.
      const bytes = this.#stream.read(count) as Buffer | null;
      if (bytes !== null && bytes.length === count) return bytes;
      if (bytes !== null || this.#stream.readableEnded || this.#stream.destroyed) throw gone();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** The `take` under way, and every later one, throws this. */
  fail(error: PostgresError): void {
    this.#failure ??= error;
    this.#wake();
  }

  /** Stops listening; the stream flows again for whoever listens next. */
  release(): void {
    this.#stream.removeListener("readable", this.#onReadable);
    this.#stream.removeListener("end", this.#onEnd);
    this.#stream.removeListener("close", this.#onEnd);
    this.#stream.removeListener("error", this.#onEnd);
  }

  readonly #onReadable = (): void => this.#wake();
  readonly #onEnd = (): void => this.fail(gone());
}

function gone(): PostgresError {
  return new PostgresError("peer-wrong", "STARTUP_MALFORMED", "08P01", "gate: the connection ended while starting");
}
