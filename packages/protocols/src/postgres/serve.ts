/**
 * Serves one PostgreSQL connection: start-up, then the two directions until either side ends.
 * Touches the link's sockets through Connection.
 */
import type { Gate, Link } from "@gate/contract";
import { loadParser } from "@gate/sql";
import { Backend } from "./backend.ts";
import { cancelRegistry, sendCancel } from "./cancel.ts";
import { catalogueCache, loadCatalogueRows, type TargetCatalogue } from "./catalogue.ts";
import { Connection } from "./connection.ts";
import { PostgresError } from "./errors.ts";
import { refuseStartup } from "./fatal.ts";
import { Frontend } from "./frontend.ts";
import { acceptStartup } from "./startup.ts";
import type { PostgresTarget } from "./target.ts";
import { connectUpstream, type UpstreamSession } from "./upstream.ts";
import { backendKeyDataFrame, parameterStatusFrame, readyForQueryFrame } from "./wire.ts";

export async function servePostgres(link: Link, gate: Gate, target: PostgresTarget): Promise<void> {
  await loadParser();
  const startup = await acceptStartup(link, gate, target, CANCELS);
  if (startup === undefined) return;
  let session: UpstreamSession;
  try {
    session = await connectUpstream(link, gate, target, startup);
  } catch (error) {
    if (!(error instanceof PostgresError)) throw error;
    gate.note("target-refused", { code: error.code, sqlstate: error.sqlstate });
    await refuseStartup(link.downstream, error.sqlstate, error.message, gate.clock);
    return;
  }
  const { upstream } = session;
  const catalogue = catalogueOf(target, gate);
  const load = (): ReturnType<typeof loadCatalogueRows> =>
    loadCatalogueRows({
      dial: () => link.dial(),
      admit: (name, bytes) => gate.housekeeping(name, bytes),
      clock: gate.clock,
      target,
      signal: link.signal,
    });
  const connection = new Connection({
    link,
    gate,
    upstream,
    user: target.credential.username,
    database: startup.database,
    parameters: session.parameters,
    catalogue: {
      get: () => catalogue.get(load),
      peek: () => catalogue.peek(),
      invalidate: () => catalogue.invalidate(),
    },
    cancel: () => sendCancel(() => link.dial(), target, gate, session.backendPid, session.backendSecret),
  });
  const key = CANCELS.register(gate.session.id, () => connection.cancelRequested(), startup.protocolMinor);
  const greeting: Uint8Array[] = [];
  for (const [name, value] of session.parameters) greeting.push(parameterStatusFrame(name, value));
  greeting.push(backendKeyDataFrame(key.pid, key.secret), readyForQueryFrame("I"));
  try {
    await joinDirections(connection, { greeting, downstream: startup.remainder, upstream: session.remainder });
  } finally {
    key.release();
    upstream.destroy();
  }
}

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
  upstream.onClose(() => connection.close("target-closed"));
  const onAbort = (): void =>
    connection.fatal("57P01", `gate: the session has ended (${String(link.signal.reason)})`, "session-ended");
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

function catalogueOf(target: PostgresTarget, gate: Gate): TargetCatalogue {
  let cache = CATALOGUES.get(target);
  if (cache === undefined) {
    cache = catalogueCache({ clock: gate.clock, maxAgeMs: CATALOGUE_AGE_MS });
    CATALOGUES.set(target, cache);
  }
  return cache;
}

const CANCELS = cancelRegistry();
/** One catalogue a configured target: all its connections use the same credential and database. */
const CATALOGUES = new WeakMap<PostgresTarget, TargetCatalogue>();
/** How old a catalogue may be before it is read again in the background, in milliseconds. */
const CATALOGUE_AGE_MS = 30_000;
/** How long a client may take to read the last bytes and close, in milliseconds. */
const LINGER_MS_MAX = 2_000;
