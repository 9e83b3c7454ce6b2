/**
 * Serves one PostgreSQL connection: start-up, then the two directions until either side ends.
 * Touches the link's sockets through Connection.
 */
import type { Gate, Link } from "@gate/contract";
import { analyse, analyseTemplate, literalKey, loadParser, resolveMasks } from "@gate/sql";
import { cancelRegistry, sendCancel } from "./cancel.ts";
import { catalogueCache, loadCatalogueRows, type TargetCatalogue } from "./catalogue.ts";
import { Connection } from "./connection.ts";
import { PostgresError } from "./errors.ts";
import { estimateRows } from "./estimate.ts";
import { refuseStartup } from "./fatal.ts";
import { joinDirections } from "./serve-join.ts";
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
  const housekeeping = {
    dial: () => link.dial(),
    admit: (name: string, bytes: Uint8Array) => gate.housekeeping(name, bytes),
    clock: gate.clock,
    target,
    signal: link.signal,
  };
  const load = (): ReturnType<typeof loadCatalogueRows> => loadCatalogueRows(housekeeping);
  const connection = new Connection({
    link,
    gate,
    upstream,
    sql: { analyse, resolveMasks, templates: { literalKey, analyseTemplate } },
    user: target.credential.username,
    database: startup.database,
    parameters: session.parameters,
    catalogue: {
      get: () => catalogue.get(load),
      renew: () => catalogue.renew(load),
      peek: () => catalogue.peek(),
      invalidate: () => catalogue.invalidate(),
    },
    estimate: estimateRows(housekeeping),
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
