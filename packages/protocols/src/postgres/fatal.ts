/** Ends a connection in PostgreSQL's own words. Touches the stream. */
import type { Duplex } from "node:stream";
import { systemClock, type Clock } from "@gate/base";
import { messageFrame } from "./wire.ts";

/**
 * Writes a FATAL ErrorResponse and ends the stream. Resolves when the client has closed its side too, or after
 * LINGER_MS_MAX: destroying the stream at once could lose the message on the way.
 */
export function refuseStartup(
  downstream: Duplex,
  sqlstate: string,
  message: string,
  clock: Clock = systemClock,
  hint?: string,
): Promise<void> {
  return closeWith(downstream, messageFrame({ severity: "FATAL", sqlstate, message, hint }), clock);
}

/** Writes `last`, ends the stream, drops what still comes, and waits as `refuseStartup` does. */
export function closeWith(downstream: Duplex, last: Uint8Array, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    if (downstream.destroyed || downstream.writableEnded) {
      downstream.destroy();
      resolve();
      return;
    }
    const finish = (): void => {
      cancel();
      downstream.removeListener("close", finish);
      downstream.removeListener("end", finish);
      downstream.removeListener("data", discard);
      downstream.destroy();
      resolve();
    };
    const cancel = clock.after(LINGER_MS_MAX, finish);
    downstream.on("close", finish);
    downstream.on("error", finish);
    downstream.end(last, () => {
      // An end that came before ours is not announced again.
      if (downstream.readableEnded) finish();
      else downstream.on("end", finish);
    });
    downstream.on("data", discard);
    downstream.resume();
  });
}

function discard(): void {
  // The connection is over: nothing that still comes has a reader.
}

/** How long a refused client may take to close its side, in milliseconds. */
const LINGER_MS_MAX = 2_000;
