/**
 * Reads bytes and messages from the target while a connection starts or a catalogue is read. Touches the upstream.
 */
import type { Clock } from "@gate/base";
import type { Upstream } from "@gate/contract";
import { PostgresError } from "./errors.ts";

export interface BackendMessage {
  /** The type byte as a character. */
  readonly type: string;
  readonly body: Buffer;
}

export class UpstreamReader {
  /** Resolves when the connection has ended, for whatever reason. */
  readonly closed: Promise<void>;
  readonly #upstream: Upstream;
  #chunks: Buffer[] = [];
  #buffered = 0;
  #ended = false;
  #failure: PostgresError | undefined;
  #wake: () => void = () => undefined;
  readonly #stopTimer: () => void;

  /** After `deadlineMs` every read throws. `ahead`: bytes that somebody else has read already. */
  constructor(upstream: Upstream, clock: Clock, deadlineMs: number, ahead: Uint8Array = new Uint8Array(0)) {
    this.#upstream = upstream;
    if (ahead.byteLength > 0) this.#chunks.push(Buffer.from(ahead));
    this.#buffered = ahead.byteLength;
    let close = (): void => undefined;
    this.closed = new Promise((resolve) => {
      close = resolve;
    });
    this.#stopTimer = clock.after(deadlineMs, () => {
      this.fail(unreachable("gate: target did not answer in time"));
      upstream.destroy();
    });
    upstream.onData((chunk) => {
      this.#chunks.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
      this.#buffered += chunk.byteLength;
      if (this.#buffered > BUFFER_BYTES_MAX) upstream.pause();
      this.#wake();
    });
    upstream.onClose(() => {
      this.#ended = true;
      this.#stopTimer();
      close();
      this.#wake();
    });
  }

  /** Bytes that have arrived and were not taken. */
  get waiting(): number {
    return this.#buffered;
  }

  /** True when the connection is over; bytes may still wait. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The read under way, and every later one, throws this. */
  fail(error: PostgresError): void {
    this.#failure ??= error;
    this.#wake();
  }

  /** @throws {PostgresError} UPSTREAM_UNREACHABLE when the connection ends before. */
  async take(count: number): Promise<Buffer> {
    while (this.#buffered < count) {
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#ended) throw unreachable("gate: target closed the connection while starting");
      this.#upstream.resume();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
    return this.#cut(count);
  }

  /** The next message. @throws {PostgresError} UPSTREAM_PROTOCOL above `bodyBytesMax`. */
  async message(bodyBytesMax: number): Promise<BackendMessage> {
    const head = await this.take(5);
    const length = head.readUInt32BE(1);
    if (length < 4 || length - 4 > bodyBytesMax) {
      throw new PostgresError(
        "peer-wrong",
        "UPSTREAM_PROTOCOL",
        "08P01",
        "gate: target sent a message of the wrong length",
      );
    }
    return { type: String.fromCharCode(head[0] ?? 0), body: await this.take(length - 4) };
  }

  #cut(count: number): Buffer {
    this.#buffered -= count;
    const first = this.#chunks[0];
    if (first !== undefined && first.length > count) {
      this.#chunks[0] = first.subarray(count);
      return first.subarray(0, count);
    }
    // Only the chunks that hold these bytes are joined, so a message of many chunks costs its own size once.
    const parts: Buffer[] = [];
    let missing = count;
    while (missing > 0) {
      const chunk = this.#chunks.shift();
      if (chunk === undefined) break;
      parts.push(chunk.subarray(0, missing));
      if (chunk.length > missing) this.#chunks.unshift(chunk.subarray(missing));
      missing -= Math.min(missing, chunk.length);
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
  }

  /** Pauses the upstream and gives what was read ahead; whoever listens next takes over from there. */
  release(): Uint8Array {
    this.#stopTimer();
    this.#upstream.pause();
    const rest = Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#buffered = 0;
    return rest;
  }
}

function unreachable(message: string): PostgresError {
  return new PostgresError("operator", "UPSTREAM_UNREACHABLE", "08006", message);
}

/** Bytes that are read ahead of a start-up before the target has to wait. */
const BUFFER_BYTES_MAX = 256 * 1024;
