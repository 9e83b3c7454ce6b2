/**
 * Serves one SSH connection: both handshakes, then channels until either side ends.
 * Touches both sockets through the library.
 */
import type { Gate, Link } from "@gate/contract";
import type { Connection } from "ssh2";
import type { Serving } from "./connection.ts";
import { serveDownstream } from "./downstream.ts";
import { earlyDialsOf } from "./early.ts";
import type { Ended } from "./ended.ts";
import { serveForwards, type Room } from "./forward.ts";
import { Lending } from "./lending.ts";
import { serveListeners } from "./listen.ts";
import { OPEN_SHORTAGE, rejectWith, SocketRoom } from "./library.ts";
import { awaitReader, boundGlobalRequests, forgetUnstarted } from "./library-bounds.ts";
import { serveSession } from "./session.ts";
import type { SshTarget } from "./target.ts";
import { connectUpstream, type Upstream } from "./upstream.ts";
import { countOf, Windows, type ChannelCount } from "./windows.ts";

export function serveSsh(link: Link, gate: Gate, target: SshTarget): Promise<void> {
  const { downstream, signal } = link;
  const gone = new AbortController();
  const live = new Set<Ended>();
  let upstream: Upstream | undefined;
  let number = 0;
  const { count, release } = countOf(gate.session.id);
  const finish = (): void => {
    gone.abort("gone");
    upstream?.end();
  };
  const done = new Promise<void>((resolve) => {
    if (downstream.destroyed) resolve();
    else downstream.once("close", resolve);
  }).then(async () => {
    finish();
    await upstream?.closed;
    release();
  });
  const violation = (code: string): void => {
    gate.note("violation", { code });
    downstream.destroy();
  };
  let connection: Connection | undefined;
  let signedIn = (): void => undefined;
  if (signal.aborted) downstream.destroy();
  signal.addEventListener(
    "abort",
    () => {
      for (const each of live) each.end(`gate: the session has ended: ${String(signal.reason)}`);
      // What was said must be on its way before the connection's end is.
      gate.clock.after(LAST_WORDS_MS, () => {
        connection?.end();
        downstream.end();
        gate.clock.after(LAST_WORDS_MS, () => downstream.destroy());
      });
    },
    { once: true },
  );

  serveDownstream({
    link,
    clock: gate.clock,
    users: [link.endpoint.user, target.credential.username],
    onViolation: violation,
    onRefused: (why) => gate.note("authentication-failed", { why }),
    onAuthenticated: () => {
      signedIn();
      upstream?.permit();
    },
    onConnection: (opened) => {
      connection = opened;
      awaitReader(opened, downstream);
      boundGlobalRequests(opened, () => violation("REQUESTS"));
      // In parallel with the client's own handshake, as a rule; the credential waits for the end of that.
      const tell = earlyDialsOf(target).begin(gate.clock);
      signedIn = () => tell?.(true);
      downstream.once("close", () => tell?.(false));
      const up = connectUpstream(link, target, count, tell !== undefined);
      upstream = up;
      up.ready.then(
        () => void up.closed.then(() => endSoon(gate, opened)),
        () => undefined,
      );
      opened.on("error", (error: Error & { level?: string }) => {
        if (error.level === "protocol" || error.level === "handshake") gate.note("violation", { code: "PROTOCOL" });
        downstream.destroy();
      });
      let upRoom: SocketRoom | undefined;
      const serving: Serving = {
        link,
        gate,
        target,
        connection: opened,
        upstream: up,
        room: new SocketRoom(downstream),
        upstreamRoom: () => {
          const socket = up.socket();
          if (socket === undefined) throw new TypeError("the upstream is not ready");
          return (upRoom ??= new SocketRoom(socket));
        },
        windows: new Windows(opened, count),
        gone: gone.signal,
        live,
        violation,
        nextNumber: () => (number += 1),
      };
      serveChannels(serving, count);
      watchIdle(serving, () => [serving.room.sent, upRoom?.sent ?? 0]);
    },
  });
  return done;
}

function serveChannels(serving: Serving, count: ChannelCount): void {
  const { connection, gone } = serving;
  let open = 0;
  const room: Room = {
    take() {
      if (gone.aborted || open >= CHANNELS_MAX || !count.take()) return undefined;
      open += 1;
      return () => {
        if (gone.aborted) return;
        open -= 1;
        count.giveBack(1);
      };
    },
  };
  // Channels end with their connection, without a word.
  gone.addEventListener("abort", () => count.giveBack(open), { once: true });
  const lending = new Lending(serving, room);
  connection.on("session", (accept, reject) => {
    const leave = room.take();
    if (leave === undefined) {
      rejectWith(connection, reject, OPEN_SHORTAGE, `gate: more than ${CHANNELS_MAX} channels`);
      return;
    }
    const session = accept();
    forgetUnstarted(connection, session);
    session.once("close", leave);
    serveSession(serving, session, lending);
  });
  serveForwards(serving, room);
  serveListeners(serving, room);
}

/** Ends a connection on which nothing moves and nothing works, by the grant's `idle_time`. */
function watchIdle(serving: Serving, sent: () => readonly [number, number]): void {
  const { gate, gone, live, link } = serving;
  const limitMs = gate.limits.idleTimeMs;
  if (limitMs === undefined) return;
  let before = "";
  let quiet = 0;
  const look = (): void => {
    if (gone.aborted) return;
    const now = sent().join();
    const moved = now !== before || [...live].some((each) => each.busy);
    before = now;
    quiet = moved ? 0 : quiet + 1;
    if (quiet < IDLE_LOOKS) {
      gate.clock.after(limitMs / IDLE_LOOKS, look);
      return;
    }
    gate.note("limit", { limit: "idle_time" });
    for (const each of live) each.end(`gate: limit reached: idle for ${limitMs / 1000} s`);
    gate.clock.after(LAST_WORDS_MS, () => {
      serving.connection.end();
      link.downstream.end();
    });
  };
  look();
}

/** The target has closed its connection: what its channels still had goes out first. */
function endSoon(gate: Gate, connection: Connection): void {
  gate.clock.after(LAST_WORDS_MS, () => connection.end());
}

/** Channels that are open on one connection. */
export const CHANNELS_MAX = 256;
/** How often an idle connection is looked at within its limit. */
const IDLE_LOOKS = 4;
/** Between the last words in a channel and the end of its connection, in milliseconds. */
const LAST_WORDS_MS = 200;
