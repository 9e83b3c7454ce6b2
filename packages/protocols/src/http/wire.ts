/**
 * What our own client sends through: bytes leave only by spending an admission. The engine's `Upstream` is one; a TLS
 * connection that was opened by a library becomes one here. Touches the socket that it is given.
 */
import type { Duplex } from "node:stream";
import type { Admission, Gate, Upstream } from "@gate/contract";

export type Wire = Omit<Upstream, "startTls">;

export function duplexWire(socket: Duplex, gate: Gate): Wire {
  const pending: Uint8Array[] = [];
  let error: Error | undefined;
  socket.on("error", (cause) => {
    error = cause;
  });
  return {
    send(admission: Admission) {
      const bytes = gate.spend(admission);
      if (bytes.byteLength > 0) pending.push(bytes);
    },
    flush() {
      if (pending.length === 0) return !socket.writableNeedDrain;
      socket.cork();
      let room = true;
      for (const bytes of pending) room = socket.write(bytes);
      socket.uncork();
      pending.length = 0;
      return room;
    },
    onData(listener) {
      socket.on("data", listener);
    },
    onDrain(listener) {
      socket.on("drain", listener);
    },
    onClose(listener) {
      if (socket.destroyed) listener(error);
      else {
        socket.once("end", () => socket.end());
        socket.once("close", () => listener(error));
      }
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    destroy: () => void socket.destroy(),
  };
}
