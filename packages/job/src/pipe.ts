/** Joins two byte streams: back-pressure both ways, half-close kept, an error on one side ends both. */
import type { Duplex } from "node:stream";

/** Resolves when both sides are closed. */
export function joinStreams(a: Duplex, b: Duplex): Promise<void> {
  return new Promise((resolve) => {
    let open = 2;
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      // An error is followed by "close"; destroying the peer tells it at once instead of leaving it half open.
      from.on("error", () => to.destroy());
      from.once("close", () => {
        // Data already handed to `to` is still flushed when `from` had ended in order.
        if (!from.readableEnded) to.destroy();
        open -= 1;
        if (open === 0) resolve();
      });
      if (from.destroyed) {
        to.destroy();
        open -= 1;
      }
    }
    if (open === 0) {
      resolve();
      return;
    }
    a.pipe(b);
    b.pipe(a);
  });
}
