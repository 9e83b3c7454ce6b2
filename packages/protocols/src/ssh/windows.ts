/**
 * How much may wait, unread, in the channels of a connection. ssh2 gives every channel 2 MB, and 2 MB more while nobody reads
 * from it: a job with many channels, held or stopped, would fill the gateway's memory. Here a channel's window counts what waits
 * in it, and becomes smaller the more channels its session has open. windows.test.ts notices when ssh2 changes.
 */
import type { Client, Connection } from "ssh2";
import type { AnyChannel } from "./library.ts";

type Open = (id: number, window: number, packetBytes: number, ...more: unknown[]) => void;

type Protocol = Readonly<Partial<Record<(typeof OPENS)[number], Open>>> & {
  channelWindowAdjust(id: number, amount: number): void;
  channelOpenConfirm(remote: number, local: number, window: number, packetBytes: number): void;
};

interface Source {
  readonly readableLength: number;
  read(bytes?: number): unknown;
}

interface Inside extends Source {
  readonly incoming: { readonly id: number; window: number; readonly state: string };
  readonly outgoing: { readonly id: number; readonly state: string };
  readonly stderr?: Partial<Source>;
}

/** The open channels of one session, over all of its connections. */
export class ChannelCount {
  open = 0;

  /** False when there are too many. */
  take(): boolean {
    if (this.open >= CHANNELS_OF_SESSION_MAX) return false;
    this.open += 1;
    return true;
  }

  giveBack(places: number): void {
    this.open -= places;
  }

  /** Bytes that may wait in each of them. */
  get windowBytes(): number {
    const share = Math.floor(WINDOWS_BYTES / Math.max(1, this.open));
    return Math.min(WINDOW_BYTES, Math.max(WINDOW_BYTES_MIN, share));
  }
}

/** The count of a session, for one of its connections; to be released with it. */
export function countOf(sessionId: string): { readonly count: ChannelCount; readonly release: () => void } {
  const known = sessions.get(sessionId) ?? { count: new ChannelCount(), connections: 0 };
  sessions.set(sessionId, known);
  known.connections += 1;
  return {
    count: known.count,
    release: () => {
      known.connections -= 1;
      if (known.connections === 0) sessions.delete(sessionId);
    },
  };
}

/** The incoming windows of one connection. To be made before its first channel. */
export class Windows {
  readonly #count: ChannelCount;
  readonly #adjust: (id: number, amount: number) => void;
  /** What each channel was opened with, by our number of it. */
  readonly #opened = new Map<number, number>();
  readonly #channels: () => Readonly<Record<number, unknown>>;
  /** The channel to which the library is about to give more. */
  #growing: (() => void) | undefined;

  constructor(side: Connection | Client, count: ChannelCount) {
    const { _protocol: protocol, _chanMgr: manager } = side as unknown as {
      readonly _protocol: Protocol;
      readonly _chanMgr: { readonly _channels: Readonly<Record<number, unknown>> };
    };
    this.#channels = () => manager._channels;
    this.#count = count;
    this.#adjust = protocol.channelWindowAdjust.bind(protocol);
    const opens: Record<string, Open> = {};
    for (const name of OPENS) {
      const open = protocol[name]?.bind(protocol);
      opens[name] = (id, _window, ...more) => open?.(id, this.#first(id), ...more);
    }
    const confirm = protocol.channelOpenConfirm.bind(protocol);
    Object.assign(protocol, opens, {
      channelOpenConfirm: (remote: number, local: number, _window: number, packetBytes: number) =>
        confirm(remote, local, this.#first(local), packetBytes),
      channelWindowAdjust: (id: number, amount: number) => {
        const grow = this.#growing;
        this.#growing = undefined;
        if (grow === undefined) this.#adjust(id, amount);
        else grow();
      },
    });
  }

  /** To be called once for each channel, before any of its data is read. */
  manage(channel: AnyChannel): void {
    const inside = channel as unknown as Inside;
    const { incoming, outgoing, stderr } = inside;
    const sources: Source[] = [inside, ...(stderr?.readableLength === undefined ? [] : [stderr as Source])];
    let window = incoming.window - (WINDOW_BYTES - (this.#opened.get(incoming.id) ?? WINDOW_BYTES));
    this.#opened.delete(incoming.id);
    const grow = (): void => {
      const most = this.#count.windowBytes;
      const waiting = sources.reduce((sum, source) => sum + source.readableLength, 0);
      const more = most - waiting - window;
      if (more < most / 2 || incoming.state !== "open" || outgoing.state === "closed") return;
      window += more;
      this.#adjust(outgoing.id, more);
    };
    Object.defineProperty(incoming, "window", {
      configurable: true,
      enumerable: true,
      get: () => window,
      set: (next: number) => {
        // Only the library gives more here, and says so at once.
        if (next > window) this.#growing = grow;
        else window = next;
      },
    });
    for (const source of sources) {
      const read = source.read.bind(source);
      source.read = (bytes) => {
        const chunk = read(bytes);
        grow();
        return chunk;
      };
    }
  }

  #first(id: number): number {
    const bytes = this.#count.windowBytes;
    if (this.#opened.size >= OPENED_MAX) {
      // Those in which nothing was started.
      const channels = this.#channels();
      for (const known of this.#opened.keys()) if (channels[known] === undefined) this.#opened.delete(known);
    }
    this.#opened.set(id, bytes);
    return bytes;
  }
}

/** What opens a channel from here. */
const OPENS = [
  "session",
  "directTcpip",
  "forwardedTcpip",
  "x11",
  "openssh_authAgent",
  "openssh_directStreamLocal",
  "openssh_forwardedStreamLocal",
] as const;
/** The window that ssh2 gives each channel, in bytes. */
const WINDOW_BYTES = 2 * 1024 * 1024;
/** Bytes of windows that the channels of a session share, each connection's own and the target's counted apart. */
const WINDOWS_BYTES = 32 * 1024 * 1024;
/** The smallest window of a channel, in bytes: one packet. */
const WINDOW_BYTES_MIN = 32 * 1024;
/** Channels that are open in one session. */
const CHANNELS_OF_SESSION_MAX = 4_096;
/** Channels whose first window is remembered, until it is looked at which of them are still open. */
const OPENED_MAX = 1_024;
const sessions = new Map<string, { readonly count: ChannelCount; connections: number }>();
