/**
 * What gate needs of ssh2 beyond its documented surface, in one place; library.test.ts notices when it changes.
 *
 * - Writing: ssh2 keeps one waiting chunk of each of stdout and stderr and mixes them up when both wait for the window,
 *   and it never looks at the socket's own buffer, so a client with a huge window and a stopped reader would fill the
 *   gateway's memory; one that begins a key exchange and does not end it would, too, because ssh2 keeps whatever is sent
 *   meanwhile. `ChannelWriter` does the window itself, in order, and stops when the socket is full or keys are exchanged.
 * - Reading: ssh2 takes data that a peer sends beyond its window. `guardWindow` ends such a connection.
 * - Refusing a channel with a reason and a text: ssh2 always says "connect failed" and nothing else.
 *
 * What lies below channels is in library-packets.ts.
 */
import type { Duplex } from "node:stream";
import type { Channel, Client, ClientChannel, Connection, ServerChannel } from "ssh2";
import type { Windows } from "./windows.ts";

interface Wire {
  channelData(id: number, data: Uint8Array): void;
  channelExtData(id: number, data: Uint8Array, type: number): void;
  channelOpenFail(id: number, reason: number, text: string): void;
  /** Gate's offer of algorithms while keys are exchanged. */
  readonly _kexinit?: unknown;
}

interface Side {
  id: number;
  window: number;
  packetSize: number;
  state: "open" | "eof" | "closing" | "closed";
}

/** The connection of a channel. */
interface Owner {
  readonly _protocol: Wire;
  once(event: "handshake", listener: () => void): unknown;
}

interface Inside {
  readonly incoming: Side;
  readonly outgoing: Side;
  readonly _client: Owner;
  _waitWindow: boolean;
  _chunk: unknown;
  _chunkErr: unknown;
  _chunkcb: (() => void) | undefined;
  _chunkcbErr: unknown;
  push(chunk: Uint8Array | null): boolean;
  eof(): void;
}

export type AnyChannel = ClientChannel | ServerChannel | Channel;

/** Tells everybody who waits that a socket has room again, with one listener on the socket and one on the connection. */
export class SocketRoom {
  readonly #socket: Duplex;
  readonly #waiting = new Set<() => void>();
  #gathering = false;
  #exchanging = false;
  /** Packets of channels so far: keepalives are none. */
  sent = 0;

  constructor(socket: Duplex) {
    this.#socket = socket;
    socket.on("drain", () => this.#wake());
  }

  /** Nothing may be sent to `owner` now: `wait` tells when that is over. */
  full(owner: Owner): boolean {
    if (owner._protocol._kexinit !== undefined) {
      if (!this.#exchanging) {
        this.#exchanging = true;
        owner.once("handshake", () => {
          this.#exchanging = false;
          this.#wake();
        });
      }
      return true;
    }
    return this.#socket.writableLength > SOCKET_BYTES_MAX && this.#socket.writableNeedDrain;
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const run of waiting) run();
  }

  /** Packets of one turn of the loop leave together: a system call a packet is most of what a large output costs. */
  gather(): void {
    this.sent += 1;
    if (this.#gathering) return;
    this.#gathering = true;
    this.#socket.cork();
    setImmediate(() => {
      this.#gathering = false;
      this.#socket.uncork();
    });
  }

  /** Calls once when there may be room again. */
  wait(run: () => void): void {
    this.#waiting.add(run);
  }
}

/** The outgoing side of a channel: both of its streams in the order of the calls, within window and socket. */
export class ChannelWriter {
  readonly #channel: AnyChannel;
  readonly #inside: Inside;
  readonly #room: SocketRoom;
  readonly #queue: { readonly bytes: Uint8Array; readonly error: boolean }[] = [];
  #queued = 0;
  #waiting = false;
  #last: (() => void) | undefined;
  #onDrain: (() => void) | undefined;

  constructor(channel: AnyChannel, room: SocketRoom) {
    this.#channel = channel;
    this.#inside = channel as unknown as Inside;
    this.#room = room;
  }

  /** False: stop until `onDrain`. Bytes for a channel that is closed are dropped. */
  write(bytes: Uint8Array, to: "out" | "error" = "out"): boolean {
    if (bytes.byteLength === 0 || this.#last !== undefined) return true;
    this.#queue.push({ bytes, error: to === "error" });
    this.#queued += bytes.byteLength;
    if (!this.#waiting) this.#pump();
    return this.#queued <= QUEUE_BYTES_MAX;
  }

  /** Called whenever everything has been handed on. */
  onDrain(listener: () => void): void {
    this.#onDrain = listener;
  }

  /** When everything is sent: calls `last`, then EOF; on the serving side also CLOSE, which ends both directions. */
  end(last: () => void = () => undefined): void {
    this.#endWith(() => {
      if (this.#inside.outgoing.state === "open") last();
      this.#channel.end();
    });
  }

  /** When everything is sent: EOF alone, on either side; then `done`. */
  endHalf(done: () => void): void {
    this.#endWith(() => {
      this.#inside.eof();
      done();
    });
  }

  #endWith(last: () => void): void {
    if (this.#last !== undefined) return;
    this.#last = last;
    if (!this.#waiting) this.#pump();
  }

  /** Bytes that wait. */
  get queued(): number {
    return this.#queued;
  }

  #pump(): void {
    this.#waiting = false;
    const { outgoing, _client } = this.#inside;
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      if (outgoing.state !== "open") {
        this.#queue.length = 0;
        this.#queued = 0;
        break;
      }
      if (this.#room.full(_client)) {
        this.#waiting = true;
        this.#room.wait(() => this.#pump());
        return;
      }
      if (outgoing.window <= 0) {
        this.#awaitWindow();
        return;
      }
      const length = Math.min(next.bytes.byteLength, outgoing.window, Math.max(outgoing.packetSize, PACKET_BYTES_MIN));
      const piece = next.bytes.subarray(0, length);
      this.#room.gather();
      outgoing.window -= length;
      this.#queued -= length;
      if (length === next.bytes.byteLength) this.#queue.shift();
      else this.#queue[0] = { bytes: next.bytes.subarray(length), error: next.error };
      if (next.error) _client._protocol.channelExtData(outgoing.id, piece, STDERR);
      else _client._protocol.channelData(outgoing.id, piece);
    }
    if (this.#last === undefined) this.#onDrain?.();
    else this.#last();
  }

  /** ssh2 calls `_chunkcb` when the window grows and nothing of its own waits. */
  #awaitWindow(): void {
    const inside = this.#inside;
    this.#waiting = true;
    inside._chunk = undefined;
    inside._chunkErr = undefined;
    inside._chunkcbErr = undefined;
    inside._chunkcb = () => {
      inside._chunkcb = undefined;
      this.#pump();
    };
    inside._waitWindow = true;
  }
}

/** Keeps the channel's window small enough, and calls `violated` when the peer sends more than it allows. */
export function guardWindow(channel: AnyChannel, windows: Pick<Windows, "manage">, violated: () => void): void {
  windows.manage(channel);
  const { incoming } = channel as unknown as Inside;
  const streams = [channel, ...("stderr" in channel && "push" in channel.stderr ? [channel.stderr] : [])];
  for (const stream of streams as unknown as Pick<Inside, "push">[]) {
    const push = stream.push.bind(stream);
    stream.push = (chunk) => {
      if (chunk !== null && incoming.window < 0) {
        violated();
        return false;
      }
      return push(chunk);
    };
  }
}

/** Runs `reject` so that the client is told this reason and text instead of ssh2's own. */
export function rejectWith(connection: Connection, reject: () => void, reason: number, text: string): void {
  const wire = (connection as unknown as { _protocol: Wire })._protocol;
  const original = wire.channelOpenFail.bind(wire);
  wire.channelOpenFail = (id) => original(id, reason, text);
  try {
    reject();
  } finally {
    // What is left is the method of the class.
    delete (wire as Partial<Wire>).channelOpenFail;
  }
}

/** What a server calls itself in its identification line. */
export function softwareOf(client: Client): string {
  return (client as unknown as { _remoteVer?: string })._remoteVer ?? "";
}

/** SSH_OPEN_ADMINISTRATIVELY_PROHIBITED, RFC 4254 §5.1. */
export const OPEN_PROHIBITED = 1;
/** SSH_OPEN_CONNECT_FAILED. */
export const OPEN_FAILED = 2;
/** SSH_OPEN_RESOURCE_SHORTAGE. */
export const OPEN_SHORTAGE = 4;

const STDERR = 1;
/** A peer that says it takes less at once gets this all the same: nothing could ever be sent in packets of 0 bytes. */
const PACKET_BYTES_MIN = 256;
/** Bytes that may wait for the window of one channel before its source is paused. */
const QUEUE_BYTES_MAX = 256 * 1024;
/** Bytes that may wait in a socket before its channels are paused. */
const SOCKET_BYTES_MAX = 1024 * 1024;
