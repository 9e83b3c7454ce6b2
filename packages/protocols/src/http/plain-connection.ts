/**
 * Serves the plain requests of a connection, one after the other, with our own reader. The first request that is not
 * plain ends this: what was not used of the connection's bytes is left in it, for whoever reads all of HTTP.
 * Touches the link's sockets.
 */
import type { Duplex } from "node:stream";
import { WebError } from "../web/errors.ts";
import { problem } from "../web/problem.ts";
import { readHeaderFields, type RequestHead } from "../web/request-head.ts";
import { readRequestTarget } from "../web/request-target.ts";
import type { HttpConnection } from "./connection.ts";
import { Exchange, sayProblem } from "./exchange.ts";
import type { KnownHead } from "./peer.ts";
import { PlainIncoming } from "./plain-incoming.ts";
import { AnswerHeads, PlainOutgoing } from "./plain-outgoing.ts";
import { FramingError } from "./wire/framing-error.ts";
import { RequestReader, type PlainRequest, type RequestFields } from "./wire/request-reader.ts";

interface Current {
  readonly exchange: Exchange;
  readonly incoming: PlainIncoming;
  readonly outgoing: PlainOutgoing;
}

export class PlainConnection {
  readonly #connection: HttpConnection;
  readonly #downstream: Duplex;
  readonly #reader = new RequestReader();
  readonly #heads: AnswerHeads;
  /** Bytes that nobody has used yet. */
  #unread: Buffer = EMPTY;
  /** Reads since the beginning of a head that is not whole yet. */
  #reads = 0;
  #current: Current | undefined;
  /** The answer is out; what is left of its request is read and forgotten. */
  #leftOver: PlainIncoming | undefined;
  #closing = false;
  /** What is unread came before the last answer was out. */
  #behind = false;
  #finish: (how: "ended" | "other") => void = () => undefined;
  #stopIdle: () => void = () => undefined;
  #idleSince = 0;
  #running = false;
  #fields:
    { readonly fields: RequestFields; readonly known: KnownHead["header"]; readonly head: HeaderPart } | undefined;
  #request:
    { readonly target: string; readonly method: string; readonly head: RequestHead; known: KnownHead } | undefined;

  constructor(connection: HttpConnection) {
    this.#connection = connection;
    this.#downstream = connection.link.downstream;
    this.#heads = new AnswerHeads(() => connection.gate.clock.now());
  }

  /** The request that was left came before the answer to the one in front of it was out. */
  get behind(): boolean {
    return this.#behind;
  }

  /** "other": a request that is not plain stands unread in the connection, and nobody listens to it. */
  run(): Promise<"ended" | "other"> {
    const downstream = this.#downstream;
    return new Promise((resolve) => {
      this.#finish = (how) => {
        this.#stopIdle();
        downstream
          .off("data", this.#onData)
          .off("end", this.#onEnd)
          .off("drain", this.#onDrain)
          .off("close", this.#onClose);
        resolve(how);
      };
      if (downstream.destroyed) {
        this.#finish("ended");
        return;
      }
      downstream.on("data", this.#onData).on("end", this.#onEnd).on("drain", this.#onDrain).on("close", this.#onClose);
      this.#idleSince = this.#connection.gate.clock.monotonic();
      this.#watchIdle();
    });
  }

  /** Between two requests there is nothing to say; during one its own exchange says it. */
  sessionEnded(): void {
    const { gate } = this.#connection;
    if (this.#current === undefined) this.#downstream.end();
    else this.#current.exchange.sessionEnded();
    gate.clock.after(LINGER_MS_MAX, () => this.#downstream.destroy());
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#closing) return;
    this.#unread = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    this.#advance();
    if (this.#unread.length > UNREAD_BYTES_MAX) this.#downstream.pause();
  };

  readonly #onDrain = (): void => this.#current?.outgoing.drained();

  readonly #onEnd = (): void => {
    this.#downstream.end();
  };

  readonly #onClose = (): void => {
    this.#closing = true;
    const current = this.#current;
    current?.incoming.cut();
    current?.outgoing.closed();
    this.#finish("ended");
  };

  /** Uses what has been read as far as it goes. */
  #advance(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#unread.length > 0 && !this.#closing && this.#step());
    } finally {
      this.#running = false;
    }
    if (!this.#closing && this.#unread.length <= UNREAD_BYTES_MAX && this.#downstream.isPaused())
      this.#downstream.resume();
  }

  /** @returns false when what has been read is of no use now. */
  #step(): boolean {
    const body = this.#current?.incoming ?? this.#leftOver;
    if (body !== undefined) {
      if (body.complete || !body.wanted) return false;
      try {
        this.#use(body.take(this.#unread, 0));
      } catch (error) {
        this.#malformed(error);
        return false;
      }
      this.#afterBody();
      return true;
    }
    const request = this.#reader.read(this.#unread, 0);
    if (request === "more") {
      this.#reads += 1;
      if (this.#reads <= HEAD_READS_MAX) return false;
    }
    const head = typeof request === "string" ? undefined : this.#read(request);
    if (typeof request === "string" || head === undefined) {
      this.#handOver();
      return false;
    }
    this.#reads = 0;
    this.#use(request.end);
    this.#begin(request, head);
    return true;
  }

  #use(bytes: number): void {
    this.#unread = bytes === this.#unread.length ? EMPTY : this.#unread.subarray(bytes);
    if (bytes > 0) this.#behind = false;
  }

  /** `undefined` for what is refused: the answer to it is given where all of HTTP is read. */
  #read(request: PlainRequest): { readonly head: RequestHead; readonly known: KnownHead } | undefined {
    const { method, target, fields } = request;
    try {
      if (this.#fields?.fields !== fields) {
        const head = readHeaderFields(fields.raw, "1.1", this.#connection.target.authority);
        if (head.length !== fields.length) return undefined;
        this.#fields = { fields, known: {}, head };
        this.#request = undefined;
      }
      const same = this.#request;
      if (same?.method === method && same.target === target) return same;
      const { head: header, known } = this.#fields;
      const head = { ...readRequestTarget(method, target), method, ...header };
      this.#request = { target, method, head, known: { header: known, request: {} } };
      return this.#request;
    } catch (error) {
      if (error instanceof WebError) return undefined;
      throw error;
    }
  }

  #begin(request: PlainRequest, read: { readonly head: RequestHead; readonly known: KnownHead }): void {
    const incoming = new PlainIncoming(
      read.head,
      read.known,
      () => this.#wanted(),
      () => this.#downstream.destroy(),
    );
    const outgoing = new PlainOutgoing(this.#downstream, this.#heads, {
      method: request.method,
      keepAlive: request.fields.keepAlive,
    });
    const exchange = new Exchange(this.#connection, incoming, outgoing);
    const current = { exchange, incoming, outgoing };
    this.#current = current;
    exchange.start(() => this.#over(current));
  }

  /** Asked for from inside a read, too: then the loop that runs goes on by itself. */
  #wanted(): void {
    if (!this.#running) queueMicrotask(() => this.#advance());
  }

  #over(current: Current): void {
    if (this.#current !== current) return;
    this.#current = undefined;
    if (this.#closing) return;
    this.#behind = this.#unread.length > 0;
    this.#idleSince = this.#connection.gate.clock.monotonic();
    if (!current.outgoing.keepAlive) {
      this.#close(!current.incoming.complete || this.#unread.length > 0);
      return;
    }
    if (!current.incoming.complete) {
      this.#leftOver = current.incoming;
      current.incoming.discard(LEFT_OVER_BYTES_MAX);
    }
    if (!this.#running) this.#advance();
  }

  #afterBody(): void {
    if (this.#leftOver?.complete === true) this.#leftOver = undefined;
  }

  /** @param unread bytes that are still under way would turn the end into a reset, which eats the answer. */
  #close(unread: boolean): void {
    this.#closing = true;
    this.#unread = EMPTY;
    const downstream = this.#downstream;
    if (unread) {
      this.#linger();
    } else {
      downstream.end(() => downstream.destroy());
    }
  }

  /** A body that cannot be read: nothing behind its beginning can be believed. */
  #malformed(error: unknown): void {
    if (!(error instanceof FramingError)) {
      this.#connection.failed(error);
      return;
    }
    const { gate } = this.#connection;
    const { code } = error;
    gate.note("violation", { code });
    this.#closing = true;
    this.#unread = EMPTY;
    const current = this.#current;
    if (current === undefined || current.outgoing.begun) {
      this.#downstream.destroy();
      return;
    }
    const detail = "gate: the request is not HTTP/1.1, or could be read in two ways";
    current.outgoing.keepAlive = false;
    sayProblem(current.outgoing, problem(400, detail, { session: gate.session.id, code }));
    current.incoming.cut();
    this.#linger();
  }

  /** Says that nothing follows, and reads and forgets what still comes, for a while. */
  #linger(): void {
    this.#downstream.end();
    this.#downstream.resume();
    this.#connection.gate.clock.after(LINGER_MS_MAX, () => this.#downstream.destroy());
  }

  /** Leaves the connection as if nobody had read what is not used yet. */
  #handOver(): void {
    this.#closing = true;
    const downstream = this.#downstream;
    downstream.pause();
    this.#finish("other");
    if (this.#unread.length > 0) downstream.unshift(this.#unread);
    this.#unread = EMPTY;
  }

  /** One timer that looks again, instead of one a request. */
  #watchIdle(): void {
    const { clock, limits } = this.#connection.gate;
    const idleMs = limits.idleTimeMs ?? REQUEST_MS_MAX;
    const look = (): void => {
      const leftMs = this.#idleSince + idleMs - clock.monotonic();
      if (this.#current !== undefined) this.#stopIdle = clock.after(idleMs, look);
      else if (leftMs > 0) this.#stopIdle = clock.after(leftMs, look);
      else this.#downstream.destroy();
    };
    this.#stopIdle = clock.after(idleMs, look);
  }
}

type HeaderPart = ReturnType<typeof readHeaderFields>;

const EMPTY = Buffer.alloc(0);
/** Bytes of later requests that are read while one is under way. */
const UNREAD_BYTES_MAX = 65_536;
/** Reads in which the head of a plain request may come. */
const HEAD_READS_MAX = 16;
/** How long a connection may take for the head of its next request, in milliseconds, when the policy says nothing. */
const REQUEST_MS_MAX = 300_000;
/** How long a client may take to read the last answer, in milliseconds. */
const LINGER_MS_MAX = 2_000;
/** Bytes of an answered request's body that are read and forgotten. */
const LEFT_OVER_BYTES_MAX = 16_777_216;
