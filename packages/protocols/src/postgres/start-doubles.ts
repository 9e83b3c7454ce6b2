/** In-memory parts for the tests of connection start: a gate, a link, an upstream, a client. Not part of the surface. */
import { pbkdf2Sync } from "node:crypto";
import { duplexPair, type Duplex } from "node:stream";
import { ManualClock } from "@gate/base";
import type { Admission, Gate, Link, TlsPeer, Upstream, UpstreamTls } from "@gate/contract";
import { hmac, sha256 } from "./scram.ts";
import { frame } from "./wire.ts";

export interface Note {
  readonly event: string;
  readonly detail: Readonly<Record<string, string | number | boolean>>;
}

/** A gate that admits housekeeping and nothing else, and keeps its notes. */
export function fakeGate(sessionId = "session-1"): { gate: Gate; notes: Note[]; clock: ManualClock } {
  const notes: Note[] = [];
  const clock = new ManualClock();
  const gate = {
    session: { id: sessionId },
    clock,
    housekeeping: (name: string, bytes: Uint8Array) => new FakeAdmission(name, bytes),
    note: (event: string, detail: Note["detail"]) => void notes.push({ event, detail }),
  } as unknown as Gate;
  return { gate, notes, clock };
}

export class FakeAdmission implements Admission {
  readonly entry = -1;
  readonly obligations = [];
  readonly name: string;
  readonly bytes: Uint8Array;

  constructor(name: string, bytes: Uint8Array) {
    this.name = name;
    this.bytes = bytes;
  }
}

/** A link whose other end is `client`; dialling takes the next of `upstreams`. */
export function fakeLink(
  options: { user?: string; password?: string; upstreams?: Upstream[]; verifier?: string } = {},
): { link: Link; client: Duplex; abort: AbortController } {
  const [client, downstream] = duplexPair();
  client.on("error", () => undefined);
  const abort = new AbortController();
  const upstreams = [...(options.upstreams ?? [])];
  const link: Link = {
    id: "connection-1",
    downstream,
    endpoint: {
      id: "endpoint-1",
      user: options.user ?? "gate",
      scram: options.verifier ?? verifierOf(options.password ?? "secret"),
    },
    lineage: { strength: "endpoint", endpoint: "endpoint-1" },
    signal: abort.signal,
    connect: () => Promise.reject(new Error("this protocol dials")),
    dial: () => {
      const upstream = upstreams.shift();
      return upstream === undefined ? Promise.reject(new Error("ECONNREFUSED")) : Promise.resolve(upstream);
    },
  };
  return { link, client, abort };
}

/** RFC 5803 verifier of a password in ASCII. */
export function verifierOf(password: string, iterations = 4096, salt = Buffer.from("0123456789abcdef")): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  const storedKey = sha256(hmac(salted, "Client Key")).toString("base64");
  const serverKey = hmac(salted, "Server Key").toString("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey}:${serverKey}`;
}

/** A target's connection whose answers the test writes. */
export class FakeUpstream implements Upstream {
  /** What was sent, by housekeeping name, in order. */
  readonly sent: { name: string; bytes: Buffer }[] = [];
  tlsOptions: UpstreamTls | undefined;
  destroyed = false;
  readonly #answer: (sent: { name: string; bytes: Buffer }, upstream: FakeUpstream) => void;
  readonly #peer: TlsPeer | undefined;
  #onData: ((chunk: Uint8Array) => void) | undefined;
  #onClose: ((error?: Error) => void) | undefined;
  #pending: { name: string; bytes: Buffer }[] = [];

  /** `answer` runs after each flush, once a message; `peer` is what TLS shows, without it TLS fails. */
  constructor(answer: (sent: { name: string; bytes: Buffer }, upstream: FakeUpstream) => void, peer?: TlsPeer) {
    this.#answer = answer;
    this.#peer = peer;
  }

  /** Bytes from the target; they arrive later than this call. */
  push(...chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) setImmediate(() => this.#onData?.(chunk));
  }

  /** The target closes. */
  close(): void {
    setImmediate(() => this.#onClose?.());
  }

  send(admission: Admission): void {
    const { name, bytes } = admission as FakeAdmission;
    this.#pending.push({ name, bytes: Buffer.from(bytes) });
  }

  flush(): boolean {
    const pending = this.#pending;
    this.#pending = [];
    for (const message of pending) {
      this.sent.push(message);
      this.#answer(message, this);
    }
    return true;
  }

  startTls(options: UpstreamTls): Promise<TlsPeer> {
    this.tlsOptions = options;
    return this.#peer === undefined ? Promise.reject(new Error("CERT_HAS_EXPIRED")) : Promise.resolve(this.#peer);
  }

  onData(listener: (chunk: Uint8Array) => void): void {
    this.#onData = listener;
  }

  onDrain(): void {
    // Never full.
  }

  onClose(listener: (error?: Error) => void): void {
    this.#onClose = listener;
    if (this.destroyed) listener();
  }

  pause(): void {
    // The test decides what comes when.
  }

  resume(): void {
    // See pause.
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.close();
  }
}

/** The client's side of a start-up under test. */
export class TestClient {
  readonly #stream: Duplex;
  #buffer = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on("data", (chunk: Buffer) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      this.#wake();
    });
    for (const event of ["end", "close", "error"]) {
      stream.on(event, () => {
        this.#ended = true;
        this.#wake();
      });
    }
    stream.on("end", () => stream.end());
  }

  /** Writes in pieces that end at these offsets, each in a turn of its own. */
  async send(bytes: Uint8Array, cuts: readonly number[] = []): Promise<void> {
    let from = 0;
    for (const to of [...cuts, bytes.length]) {
      this.#stream.write(bytes.subarray(from, to));
      from = to;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** `undefined` when the stream has ended before. */
  async bytes(count: number): Promise<Buffer | undefined> {
    while (this.#buffer.length < count) {
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const bytes = this.#buffer.subarray(0, count);
    this.#buffer = this.#buffer.subarray(count);
    return bytes;
  }

  async message(): Promise<{ type: string; body: Buffer } | undefined> {
    const head = await this.bytes(5);
    if (head === undefined) return undefined;
    const body = await this.bytes(head.readUInt32BE(1) - 4);
    return body === undefined ? undefined : { type: String.fromCharCode(head[0] ?? 0), body };
  }

  end(): void {
    this.#stream.end();
  }
}

/** Frames that targets send. */
export const backend = {
  authentication: (kind: number, data: Uint8Array = new Uint8Array(0)) => frame("R", int32(kind), data),
  sasl: (...mechanisms: string[]) =>
    backend.authentication(10, Buffer.from(mechanisms.map((name) => `${name}\0`).join("") + "\0")),
  status: (name: string, value: string) => frame("S", Buffer.from(`${name}\0${value}\0`)),
  key: (pid: number, secret: Uint8Array) => frame("K", int32(pid), secret),
  ready: () => frame("Z", Buffer.from("I")),
  error: (sqlstate: string, message = "the target's own words") =>
    frame("E", Buffer.from(`SFATAL\0VFATAL\0C${sqlstate}\0M${message}\0\0`)),
};

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
