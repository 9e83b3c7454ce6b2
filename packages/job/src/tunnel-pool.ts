/**
 * Connections to the gateway that have their TLS handshake behind them and carry nothing yet, so that a new local
 * connection waits for one round trip only. Touches the network through `dial`.
 */
import type { Socket } from "node:net";
import type { Clock } from "@gate/base";

export interface TunnelPool {
  /** A warm connection if there is one, otherwise a fresh one; `warm` says which. */
  take(): Promise<{ readonly socket: Socket; readonly warm: boolean }>;
  /** Starts to fill the pool. */
  warmUp(): void;
  readonly size: number;
  close(): void;
}

export function createTunnelPool(options: { readonly dial: () => Promise<Socket>; readonly clock: Clock }): TunnelPool {
  const { dial, clock } = options;
  const ready: { readonly socket: Socket; readonly drop: () => void; readonly cancel: () => void }[] = [];
  let dialing = 0;
  let closed = false;

  const fill = (): void => {
    while (!closed && ready.length + dialing < WARM_CONNECTIONS_MAX) {
      dialing += 1;
      dial().then(
        (socket) => {
          dialing -= 1;
          if (closed) socket.destroy();
          else keep(socket);
        },
        // Not our caller's problem: the next connection dials by itself and sees the error.
        () => (dialing -= 1),
      );
    }
  };

  const keep = (socket: Socket): void => {
    const drop = (): void => {
      const at = ready.findIndex((other) => other.socket === socket);
      if (at !== -1) ready.splice(at, 1)[0]?.cancel();
      socket.destroy();
    };
    // The gateway ends connections that stay silent: replace them before it does. An unused pool is not refilled
    // for ever: after the last refresh the next connection warms it again.
    const cancel = clock.after(WARM_MS_MAX, drop);
    socket.once("close", drop).once("end", drop).once("error", drop);
    ready.push({ socket, drop, cancel });
  };

  return {
    async take() {
      const found = ready.shift();
      if (found === undefined) {
        const socket = await dial();
        fill();
        return { socket, warm: false };
      }
      found.cancel();
      found.socket.off("close", found.drop).off("end", found.drop).off("error", found.drop);
      fill();
      return { socket: found.socket, warm: true };
    },
    warmUp: fill,
    get size() {
      return ready.length;
    },
    close() {
      closed = true;
      for (const { drop } of [...ready]) drop();
    },
  };
}

/** Warm connections at a time. */
const WARM_CONNECTIONS_MAX = 2;
/** How long a connection stays warm. */
const WARM_MS_MAX = 30_000;
