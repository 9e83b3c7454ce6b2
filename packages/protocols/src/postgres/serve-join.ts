/**
 * Joins both directions of an established connection until either side ends. Touches the link's sockets.
 */
import type { Gate } from "@gate/contract";
import { Backend } from "./backend.ts";
import type { Connection } from "./connection.ts";
import { Frontend } from "./frontend.ts";

/** Runs an established connection until it has ended. */
export async function joinDirections(
  connection: Connection,
  first: { greeting: readonly Uint8Array[]; downstream: Uint8Array; upstream: Uint8Array },
): Promise<void> {
  const { link, upstream, gate } = connection;
  const { downstream } = link;
  const frontend = new Frontend(connection);
  const backend = new Backend(connection);
  let failure: unknown;
  /** A bug of ours ends the connection: nothing is forwarded by code that has lost its way. */
  const guard = (step: () => void): void => {
    try {
      step();
    } catch (error) {
      failure ??= error;
      connection.fatal("XX000", "gate: internal error", "failed");
    }
  };
  connection.resume = () => guard(() => frontend.pump());
  downstream.on("data", (chunk: Uint8Array) => guard(() => frontend.push(chunk)));
  downstream.on("end", () => guard(() => frontend.end()));
  downstream.on("drain", () => upstream.resume());
  downstream.on("error", () => connection.gone());
  downstream.on("close", () => connection.gone());
  upstream.onDrain(() => connection.unstall("upstream"));
  upstream.onClose(() => connection.targetClosed());
  const onAbort = (): void => connection.sessionEnded(String(link.signal.reason));
  if (link.signal.aborted) onAbort();
  else link.signal.addEventListener("abort", onAbort, { once: true });
  if (first.greeting.length > 0) connection.write(Buffer.concat(first.greeting));
  connection.armIdleTimer();
  guard(() => backend.push(first.upstream));
  upstream.onData((chunk) => guard(() => backend.push(chunk)));
  if (!connection.closed) {
    upstream.resume();
    guard(() => frontend.push(first.downstream));
    downstream.resume();
  }
  await connection.ended;
  link.signal.removeEventListener("abort", onAbort);
  await drained(connection, gate);
  await connection.lastCancel;
  if (failure !== undefined) throw failure as Error;
}

/** Gives the client a moment to take the last bytes: destroying a socket at once can lose them. */
function drained(connection: Connection, gate: Gate): Promise<void> {
  const { downstream } = connection.link;
  return new Promise((resolve) => {
    if (downstream.destroyed || downstream.closed) {
      resolve();
      return;
    }
    const stop = gate.clock.after(LINGER_MS_MAX, () => finish());
    const finish = (): void => {
      stop();
      downstream.removeListener("close", finish);
      downstream.removeListener("finish", onFinish);
      downstream.destroy();
      resolve();
    };
    const onFinish = (): void => {
      if (downstream.readableEnded) finish();
      else downstream.once("end", finish);
    };
    downstream.once("close", finish);
    if (downstream.writableFinished) onFinish();
    else downstream.once("finish", onFinish);
    downstream.resume();
  });
}

/** How long a client may take to read the last bytes and close, in milliseconds. */
const LINGER_MS_MAX = 2_000;
