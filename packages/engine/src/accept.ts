/**
 * One downstream connection from its first byte to its last: records its opening, hands it to its protocol, bounds
 * its life, records its end. Touches sockets through the link.
 */
import { messageOf } from "@gate/base";
import type { Endpoint, Lineage, Link, Protocol } from "@gate/contract";
import type { Grant } from "@gate/policy";
import type { Duplex } from "node:stream";
import { EngineError } from "./errors.ts";
import { ConnectionGate } from "./gate.ts";
import type { HoldBook } from "./hold.ts";
import type { SessionRuntime } from "./session.ts";
import type { EngineOptions } from "./types.ts";
import { dial, dialSocket } from "./upstream.ts";

export interface ServeOptions {
  readonly runtime: SessionRuntime;
  readonly grant: Grant;
  readonly target: unknown;
  readonly protocol: Protocol;
  readonly downstream: Duplex;
  readonly endpoint: Endpoint;
  readonly lineage: Lineage;
  readonly holds: HoldBook;
  readonly engine: EngineOptions;
}

/** @throws {EngineError} RECORDER_FAILED when the opening cannot be recorded: then nothing was dialled. */
export async function serveConnection(options: ServeOptions): Promise<void> {
  const { runtime, grant, protocol, downstream, engine } = options;
  const id = runtime.nextConnectionId();
  const abort = new AbortController();
  const opened = new Set<{ destroy(): unknown }>();
  const gate = new ConnectionGate({ runtime, grant, protocol, connection: id, holds: options.holds, engine });
  let finish = (): void => undefined;
  const done = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const destroy = (): void => {
    downstream.destroy();
    for (const upstream of opened) upstream.destroy();
  };
  // Without a listener an error on a socket that nobody reads any more would end the process.
  downstream.on("error", ignore);
  runtime.append({
    type: "connection-opened",
    connection: id,
    grant: grant.name,
    target: grant.target,
    protocol: protocol.id,
    lineage: { strength: options.lineage.strength, endpoint: options.lineage.endpoint },
    ...(grant.mode === "observe" ? { observed: true } : {}),
  });
  runtime.commit();
  runtime.connections.set(id, { id, grant: grant.name, abort, destroy, done });
  engine.onEvent?.({ kind: "connection-opened", session: runtime.session.id, grant: grant.name });
  const guard = <T extends { destroy(): unknown }>(upstream: T): T => {
    opened.add(upstream);
    if (!abort.signal.aborted) return upstream;
    upstream.destroy();
    throw new EngineError("peer-wrong", "SESSION_UNKNOWN", "the session has ended");
  };
  const link: Link = {
    id,
    downstream,
    endpoint: options.endpoint,
    lineage: options.lineage,
    signal: abort.signal,
    dial: async () => {
      const address = protocol.address(options.target);
      // A protocol may open one connection after another: those that have ended are not kept for the end of this one.
      const onGone = (upstream: { destroy(): unknown }): void => void opened.delete(upstream);
      return guard(await dial({ ...address, owner: gate, commit: () => runtime.commit(), onGone }));
    },
    connect: async () => {
      const socket = guard(await dialSocket(protocol.address(options.target)));
      // A library may open one connection after another, for as long as its client's lives.
      return socket.once("close", () => opened.delete(socket));
    },
    ...(engine.hostKey === undefined ? {} : { hostKey: engine.hostKey }),
  };
  const stopTimer = endWithGrant(options, abort);
  let reason = "closed";
  try {
    await protocol.serve(link, gate, options.target);
    if (abort.signal.aborted) reason = String(abort.signal.reason);
  } catch (error) {
    reason = "failed";
    engine.log.error(
      { session: runtime.session.id, connection: id, error: messageOf(error) },
      "a connection ended with an error of ours",
    );
  } finally {
    stopTimer();
    destroy();
    runtime.connections.delete(id);
    try {
      runtime.appendSoon({ type: "connection-closed", connection: id, reason });
    } catch {
      // The recorder failed: the runtime has logged it and is ending the session.
    }
    engine.onEvent?.({ kind: "connection-closed", session: runtime.session.id, grant: grant.name });
    finish();
  }
}

/** Aborts the connection when its grant's time is over; a renewal moves that time. */
function endWithGrant(options: ServeOptions, abort: AbortController): () => void {
  const { runtime, grant, engine } = options;
  let cancel = (): void => undefined;
  const arm = (): void => {
    const leftMs = runtime.grantEndsAtMs(grant.name) - engine.clock.now();
    if (leftMs <= 0) {
      abort.abort("expired");
      return;
    }
    cancel = engine.clock.after(leftMs, arm);
  };
  arm();
  return () => cancel();
}

function ignore(): void {
  // Ends of sockets are seen through "close".
}
