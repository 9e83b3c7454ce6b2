/**
 * An HTTP/1.1 client for one connection at a time to one target: strict about what comes back, and nothing goes out
 * without an admission. A connection is used again while nothing on it is in doubt. Touches the target through `Wire`.
 */
import type { Clock } from "@gate/base";
import { lost, timedOut } from "../web/upstream.ts";
import { wireHead } from "./request-wire.ts";
import { trailersOf } from "./raw-headers.ts";
import { sentLater } from "./sent-later.ts";
import type { UpstreamCall, UpstreamClient, UpstreamEvents, UpstreamRequest } from "./upstream.ts";
import type { Wire } from "./wire.ts";
import { FramingError } from "./wire/framing-error.ts";
import { ResponseReader, type ResponseHead } from "./wire/response-reader.ts";

export interface OwnClientOptions {
  /** What Host says. */
  readonly authority: string;
  readonly clock: Clock;
  /** @throws {WebError} UPSTREAM_UNREACHABLE, UPSTREAM_TLS. */
  readonly open: () => Promise<Wire>;
  /** A connection that is open already. */
  readonly first?: Wire;
}

export class OwnClient implements UpstreamClient {
  readonly #options: OwnClientOptions;
  #connection: Connection | undefined;
  #destroyed = false;

  constructor(options: OwnClientOptions) {
    this.#options = options;
    if (options.first !== undefined) this.#connection = new Connection(options.first, options);
  }

  send(request: UpstreamRequest, events: UpstreamEvents): UpstreamCall {
    const known = this.#connection;
    if (known?.usable === true) return known.send(request, events);
    known?.destroy();
    this.#connection = undefined;
    const unused = (wire: Wire): void => wire.destroy();
    const use = (wire: Wire): UpstreamCall | undefined => {
      if (this.#destroyed) {
        unused(wire);
        return undefined;
      }
      this.#connection = new Connection(wire, this.#options);
      return this.#connection.send(request, events);
    };
    return sentLater(this.#options.open(), events, use, unused);
  }

  destroy(): void {
    this.#destroyed = true;
    this.#connection?.destroy();
  }
}

/** One connection: a request, its answer, the next request. */
class Connection {
  readonly #wire: Wire;
  readonly #options: OwnClientOptions;
  readonly #reader: ResponseReader;
  #events: UpstreamEvents | undefined;
  #call: UpstreamCall | undefined;
  /** A byte of the answer has come. */
  #heard = false;
  /** The first bytes of the request were handed to the wire. */
  #left = false;
  /** Some of the request's body has not been sent. */
  #sending = false;
  #last = false;
  #closed = false;
  #paused = false;
  #drained: (() => void) | undefined;
  #since: number;
  #idleMs = IDLE_MS;
  #stopTimer: () => void = () => undefined;

  constructor(wire: Wire, options: OwnClientOptions) {
    this.#wire = wire;
    this.#options = options;
    this.#since = options.clock.monotonic();
    this.#reader = new ResponseReader({
      onHead: (head) => this.#onHead(head),
      onData: (part) => this.#onPart(part),
      onEnd: (trailers, surplus) => this.#onEnd(trailers, surplus),
    });
    wire.onClose((error) => this.#onClose(error));
    wire.onDrain(() => this.#drained?.());
    wire.onData((chunk) => this.#onBytes(chunk));
    this.#watch();
  }

  /** Nothing is under way, and the target can be expected to read. */
  get usable(): boolean {
    return !this.#closed && this.#events === undefined && this.#options.clock.monotonic() - this.#since < this.#idleMs;
  }

  send(request: UpstreamRequest, events: UpstreamEvents): UpstreamCall {
    this.#events = events;
    this.#heard = false;
    this.#left = false;
    this.#last = request.last;
    this.#since = this.#options.clock.monotonic();
    this.#reader.begin(request.method);
    const call: UpstreamCall = {
      resume: () => {
        if (this.#call === call) this.#resume();
      },
      abort: () => {
        if (this.#call !== call) return;
        this.#events = undefined;
        this.destroy();
      },
    };
    this.#call = call;
    if (this.#closed) {
      // It ended, or spoke, before anybody had asked for anything.
      queueMicrotask(() => this.#fail(lost(undefined), true));
      return call;
    }
    try {
      const rest = request.body.send(this.#wire, (length) => wireHead(request, this.#options.authority, length));
      atEndOfTurn(() => this.#flush(call));
      if (rest !== undefined) {
        this.#sending = true;
        this.#pump(rest).catch((error: unknown) => this.#fail(error, false));
      }
    } catch (error) {
      this.#fail(error, false);
    }
    return call;
  }

  destroy(): void {
    this.#closed = true;
    this.#stopTimer();
    this.#drained?.();
    this.#wire.destroy();
  }

  #flush(call: UpstreamCall): void {
    if (!this.#isCurrent(call)) return;
    this.#left = true;
    try {
      this.#wire.flush();
    } catch (error) {
      this.#fail(error, false);
    }
  }

  /** The rest of a body, no faster than the target reads. */
  async #pump(rest: AsyncIterable<void>): Promise<void> {
    const call = this.#call;
    for await (const _sent of rest) {
      if (!this.#isCurrent(call)) return;
      this.#since = this.#options.clock.monotonic();
      this.#left = true;
      if (this.#wire.flush()) continue;
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
      this.#drained = undefined;
      if (!this.#isCurrent(call)) return;
    }
    if (!this.#isCurrent(call)) return;
    this.#left = true;
    this.#wire.flush();
    this.#sending = false;
  }

  #isCurrent(call: UpstreamCall | undefined): boolean {
    return this.#call === call && !this.#closed;
  }

  #onBytes(chunk: Uint8Array): void {
    if (this.#closed) return;
    if (this.#events !== undefined && !this.#left) {
      // No answer to what nobody has asked yet.
      this.#fail(new FramingError("BYTES_BEHIND"), true);
      return;
    }
    this.#heard = true;
    try {
      this.#reader.read(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    } catch (error) {
      this.#fail(error, false);
    }
  }

  #onHead(head: ResponseHead): void {
    if (!head.keepAlive) this.#last = true;
    // Closed a little before the target would: a request would meet its end.
    this.#idleMs =
      head.keepAliveSeconds === undefined
        ? IDLE_MS
        : Math.min(head.keepAliveSeconds * 1000 - IDLE_MS_MARGIN, IDLE_MS_MAX);
    this.#events?.onHead(head.status, head.headers);
  }

  #onPart(part: Buffer): void {
    if (this.#events === undefined || this.#events.onData(part) || this.#closed) return;
    this.#paused = true;
    this.#wire.pause();
  }

  #resume(): void {
    if (!this.#paused || this.#closed) return;
    this.#paused = false;
    this.#wire.resume();
  }

  #onEnd(trailers: readonly string[], surplus: boolean): void {
    const events = this.#events;
    this.#events = undefined;
    this.#since = this.#options.clock.monotonic();
    // An answer before the whole request: what is left of it belongs to nobody.
    if (surplus || this.#last || this.#sending) this.destroy();
    else this.#resume();
    this.#call = undefined;
    events?.onEnd(trailersOf(trailers));
  }

  #onClose(error: Error | undefined): void {
    const stale = !this.#heard;
    // Also where the answer did not say that it was the last one.
    this.#last = true;
    if (!this.#closed && this.#events !== undefined && error === undefined && this.#reader.close()) return;
    this.#fail(lost(error), stale);
  }

  #fail(error: unknown, stale: boolean): void {
    const events = this.#events;
    this.#events = undefined;
    this.#call = undefined;
    this.destroy();
    events?.onFail(error, stale);
  }

  /** One timer for both: how long an answer may take, how long an unused connection is kept. */
  #watch(): void {
    this.#stopTimer = this.#options.clock.after(Math.max(this.#idleMs, IDLE_MS_MARGIN), () => {
      const past = this.#options.clock.monotonic() - this.#since;
      if (this.#events === undefined ? past >= this.#idleMs : !this.#heard && past >= ANSWER_MS_MAX) {
        this.#fail(timedOut(), false);
      } else {
        this.#watch();
      }
    });
  }
}

/** Requests that came in one turn of the event loop leave at its end, behind one write of the record. */
function atEndOfTurn(run: () => void): void {
  if (DUE.push(run) > 1) return;
  setImmediate(() => {
    for (const each of DUE.splice(0)) each();
  });
}

/** Each sees to its own errors. */
const DUE: (() => void)[] = [];
/** How long the target may take from the request to its answer, in milliseconds. */
const ANSWER_MS_MAX = 300_000;
/** How long an unused connection to the target is kept, in milliseconds, when the target does not say. */
const IDLE_MS = 4_000;
/** The same when the target does, at most. */
const IDLE_MS_MAX = 600_000;
/** How much less than the target says, in milliseconds. */
const IDLE_MS_MARGIN = 2_000;
