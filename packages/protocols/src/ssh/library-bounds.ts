/**
 * Bounds that ssh2 does not have; library-bounds.test.ts notices when it changes.
 *
 * - Answers: requests are answered whether or not their sender reads. `awaitReader` reads no further until it does.
 * - Global requests: answers wait behind an earlier one that is late, in an array that is emptied from its front, which takes
 *   the square of its length. `boundGlobalRequests` ends it early.
 * - Session channels that are closed before a program was started in them: ssh2 answers no such close (RFC 4254 §5.3) and
 *   keeps the channel. `forgetUnstarted` does both.
 */
import type { Duplex } from "node:stream";
import type { Client, Connection, Session } from "ssh2";

interface Protocol {
  _onPacket: () => void;
  readonly _handlers: { GLOBAL_REQUEST: (protocol: unknown, name: string, wantReply: boolean, data: unknown) => void };
  requestSuccess(data?: Buffer): void;
  requestFailure(): void;
  channelClose(id: number): void;
}

/** Once the answers to a peer fill its socket, nothing more is read from it until they are gone. */
export function awaitReader(side: Connection | Client, socket: Duplex): void {
  const protocol = protocolOf(side);
  const before = protocol._onPacket;
  protocol._onPacket = () => {
    before();
    if (socket.writableLength <= ANSWERS_BYTES_MAX || socket.isPaused()) return;
    socket.pause();
    socket.once("drain", () => socket.resume());
  };
}

/** Calls `tooMany` when more global requests wait for their answers than any client has. */
export function boundGlobalRequests(connection: Connection, tooMany: () => void): void {
  const protocol = protocolOf(connection);
  let waiting = 0;
  for (const name of ["requestSuccess", "requestFailure"] as const) {
    const send = protocol[name].bind(protocol);
    protocol[name] = (data?: Buffer) => {
      waiting -= 1;
      send(data);
    };
  }
  const handlers = protocol._handlers;
  const handle = handlers.GLOBAL_REQUEST;
  handlers.GLOBAL_REQUEST = (from, name, wantReply, data) => {
    if (wantReply && waiting >= GLOBAL_REQUESTS_MAX) {
      tooMany();
      return;
    }
    if (wantReply) waiting += 1;
    handle(from, name, wantReply, data);
  };
}

/** Closes a session channel with its client when no program was started in it. */
export function forgetUnstarted(connection: Connection, session: Session): void {
  const { _chanInfo: channel } = session as unknown as {
    readonly _chanInfo: {
      readonly incoming: { id: number; state: string };
      readonly outgoing: { id: number; state: string };
    };
  };
  const { _chanMgr: channels } = connection as unknown as { readonly _chanMgr: { remove(id: number): void } };
  session.once("close", () => {
    if ((session as unknown as { readonly _channel?: unknown })._channel !== undefined) return;
    channel.incoming.state = "closed";
    channel.outgoing.state = "closed";
    protocolOf(connection).channelClose(channel.outgoing.id);
    channels.remove(channel.incoming.id);
  });
}

function protocolOf(side: Connection | Client): Protocol {
  return (side as unknown as { readonly _protocol: Protocol })._protocol;
}

/** Bytes of answers that may wait in a socket; channels stop far below. */
const ANSWERS_BYTES_MAX = 2 * 1024 * 1024;
/** Global requests of one connection that wait for their answers. */
const GLOBAL_REQUESTS_MAX = 256;
