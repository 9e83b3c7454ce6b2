/**
 * Connections through the target: direct-tcpip and direct-streamlocal (`ssh -L`, `ssh -W`). Each is a command of its own.
 * Touches channels through the library.
 */
import { messageOf, sha256Hex } from "@gate/base";
import type { Admission, Command, Facts } from "@gate/contract";
import type { Channel, Client, ClientChannel, ServerChannel } from "ssh2";
import { canonicalHost, forwardFacts, hostPort, socketFacts } from "./classify.ts";
import { continued, dischargeOpaque, type Serving } from "./connection.ts";
import { consumed } from "./gcm.ts";
import type { SocketRoom } from "./library.ts";
import { ChannelWriter, guardWindow, OPEN_FAILED, OPEN_PROHIBITED, OPEN_SHORTAGE, rejectWith } from "./library.ts";

/** What the channels of a connection count against. */
export interface Room {
  /** False when there are too many; the function gives the place back. */
  take(): (() => void) | undefined;
}

type Opened = (error: Error | undefined, channel: ClientChannel) => void;

export function serveForwards(serving: Serving, room: Room): void {
  const { connection } = serving;
  connection.on("tcpip", (accept, reject, { srcIP, srcPort, destIP, destPort }) => {
    const host = canonicalHost(destIP);
    void outgoing(serving, room, accept, reject, {
      text: `forward ${hostPort(destIP, destPort)}`,
      facts: forwardFacts(destIP, destPort),
      // What was judged is what is sent: the canonical form of the address.
      open: (client, opened) => client.forwardOut(srcIP, srcPort, host, destPort, opened),
    });
  });
  connection.on("openssh.streamlocal", (accept, reject, { socketPath }) => {
    void outgoing(serving, room, accept, reject, {
      text: `socket ${socketPath}`,
      facts: socketFacts(socketPath),
      open: (client, opened) => client.openssh_forwardOutStreamLocal(socketPath, opened),
    });
  });
}

interface Outgoing {
  readonly text: string;
  readonly facts: Facts;
  readonly open: (client: Client, opened: Opened) => unknown;
}

async function outgoing(
  serving: Serving,
  room: Room,
  accept: () => ServerChannel | undefined,
  reject: () => void,
  what: Outgoing,
): Promise<void> {
  const { connection, gate, gone, upstream, violation } = serving;
  const no = (reason: number, text: string): void => rejectWith(connection, reject, reason, text);
  const leave = room.take();
  // A held command waits for a person: its connection is not idle.
  const pending = { busy: true, end: ignore };
  if (leave === undefined) {
    no(OPEN_SHORTAGE, "gate: too many channels");
    return;
  }
  try {
    serving.live.add(pending);
    const decision = await gate.submit(forwardCommand(what.text, what.facts), Buffer.from(what.text), { signal: gone });
    if (!decision.admitted) {
      no(OPEN_PROHIBITED, decision.refusal.message);
      return;
    }
    const { admission } = decision;
    let client: Client;
    try {
      client = await upstream.ready;
    } catch (error) {
      gate.result(admission, { outcome: "unreachable", ok: false });
      no(OPEN_FAILED, `gate: ${messageOf(error)}`);
      return;
    }
    if (gone.aborted) return;
    serving.live.delete(pending);
    await new Promise<void>((resolve) => {
      const answered = upstream.expect();
      gate.spend(admission);
      what.open(client, (error, up) => {
        answered();
        const down = error === undefined ? accept() : undefined;
        if (down === undefined) {
          gate.result(admission, { outcome: "not opened", ok: false });
          if (error === undefined) up.close();
          else no(OPEN_FAILED, "gate: the target could not connect");
          resolve();
          return;
        }
        void join(serving, down, up, admission).then((bytes) => {
          gate.result(admission, { outcome: "closed", ok: true, bytes });
          resolve();
        });
      });
    });
  } catch {
    // The recorder: nothing of this connection may go on.
    violation("RECORDER");
  } finally {
    serving.live.delete(pending);
    leave();
  }
}

/** Moves bytes both ways until both sides have ended; their number. */
export async function join(
  serving: Serving,
  down: ServerChannel,
  up: ClientChannel,
  admission: Admission,
  moved: (count: number) => void = ignore,
): Promise<number> {
  const { gate, gone, room, upstream, upstreamRoom, violation } = serving;
  let bytes = 0;
  const close = (): void => {
    down.close();
    up.close();
  };
  guardWindow(down, serving.windows, () => violation("WINDOW"));
  guardWindow(up, upstream, () => upstream.end());
  const pipe = (
    from: Channel,
    to: Channel,
    space: SocketRoom,
    judge: (chunk: Buffer) => Uint8Array | undefined,
  ): void => {
    const writer = new ChannelWriter(to, space);
    from.on("error", ignore);
    writer.onDrain(() => from.resume());
    from.on("data", (chunk: Buffer) => {
      let judged: Uint8Array | undefined;
      try {
        judged = judge(chunk);
      } catch {
        judged = undefined;
      }
      if (judged === undefined) {
        close();
        return;
      }
      bytes += chunk.byteLength;
      moved(chunk.byteLength);
      if (!writer.write(judged)) from.pause();
      if (writer.queued === 0) consumed(chunk);
    });
    // A peer that has sent EOF and got one still waits for the other's CLOSE.
    let [sent, over] = [false, false];
    from.on("end", () =>
      writer.endHalf(() => {
        sent = true;
        if (over) to.close();
      }),
    );
    from.on("close", () => {
      over = true;
      if (sent) to.close();
    });
  };
  pipe(down, up, upstreamRoom(), (chunk) => continued(gate, admission, chunk));
  pipe(up, down, room, (chunk) =>
    gate.count(admission, { bytes: chunk.byteLength }) === undefined ? chunk : undefined,
  );
  if (gone.aborted) close();
  else gone.addEventListener("abort", close, { once: true });
  await Promise.all([
    new Promise((resolve) => down.on("close", resolve)),
    new Promise((resolve) => up.on("close", resolve)),
  ]);
  gone.removeEventListener("abort", close);
  return bytes;
}

export function forwardCommand(text: string, facts: Facts): Command {
  return {
    kind: "forward",
    text,
    digest: () => sha256Hex(text),
    facts,
    cannotDischarge: dischargeOpaque("forwarded connections"),
  };
}

function ignore(): void {
  // The channel's close says what there is to say.
}
