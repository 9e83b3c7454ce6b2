/**
 * Connections through the target: direct-tcpip and direct-streamlocal (`ssh -L`, ProxyJump), and ports or sockets on
 * which the target listens for the client (`ssh -R`). Each is a command of its own. Touches channels through the library.
 */
import { messageOf, sha256Hex } from "@gate/base";
import type { Admission, Command, Facts } from "@gate/contract";
import type { Channel, Client, ClientChannel, ServerChannel } from "ssh2";
import { canonicalHost, forwardFacts, hostPort, listenFacts, socketFacts } from "./classify.ts";
import { continued, dischargeOpaque, type Serving } from "./connection.ts";
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
  serveListeners(serving, room);
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
    const decision = await gate.submit(commandOf(what.text, what.facts), Buffer.from(what.text), { signal: gone });
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
      gate.spend(admission);
      what.open(client, (error, up) => {
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

/** Ports and sockets that the target listens on, and the connections that come in there. */
function serveListeners(serving: Serving, room: Room): void {
  const { connection, gate, gone, upstream } = serving;
  const admissions = new Map<string, Admission>();
  let wired = false;

  const wire = (client: Client): void => {
    if (wired) return;
    wired = true;
    client.on("tcp connection", (details, accept, reject) => {
      const admission = admissions.get(tcpName(details.destIP, details.destPort));
      incoming(admission, accept, reject, (opened) =>
        connection.forwardOut(details.destIP, details.destPort, details.srcIP, details.srcPort, opened),
      );
    });
    client.on("unix connection", (details, accept, reject) => {
      incoming(admissions.get(unixName(details.socketPath)), accept, reject, (opened) =>
        connection.openssh_forwardOutStreamLocal(details.socketPath, opened),
      );
    });
  };

  const incoming = (
    admission: Admission | undefined,
    accept: () => Channel,
    reject: () => void,
    open: (opened: (error: Error | undefined, channel: ServerChannel) => void) => unknown,
  ): void => {
    const leave = admission === undefined || gone.aborted ? undefined : room.take();
    if (admission === undefined || leave === undefined) {
      reject();
      return;
    }
    open((error, down) => {
      if (error !== undefined) {
        reject();
        leave();
        return;
      }
      void join(serving, down, accept() as ClientChannel, admission).finally(leave);
    });
  };

  const listen = async (
    name: string,
    at: string,
    start: (client: Client, done: (error: Error | undefined, port?: number) => void) => unknown,
    accept: ((port?: number) => void) | undefined,
    reject: (() => void) | undefined,
    nameOf: (port: number | undefined) => string,
  ): Promise<void> => {
    if (admissions.size >= LISTENERS_MAX || admissions.has(name)) {
      reject?.();
      return;
    }
    try {
      const decision = await gate.submit(commandOf(`listen ${at}`, listenFacts(at)), Buffer.from(at), { signal: gone });
      if (!decision.admitted) {
        reject?.();
        return;
      }
      const client = await upstream.ready;
      if (gone.aborted) return;
      wire(client);
      gate.spend(decision.admission);
      await new Promise<void>((resolve) => {
        start(client, (error, port) => {
          if (error === undefined) {
            admissions.set(nameOf(port), decision.admission);
            accept?.(port);
          } else reject?.();
          gate.result(decision.admission, {
            outcome: error === undefined ? "listening" : "refused",
            ok: error === undefined,
          });
          resolve();
        });
      });
    } catch {
      reject?.();
    }
  };

  const request = (
    accept: ((port?: number) => void) | undefined,
    reject: (() => void) | undefined,
    name: string,
    info: { bindAddr: string; bindPort: number; socketPath: string },
  ): void => {
    const { bindAddr, bindPort, socketPath } = info;
    switch (name) {
      case "tcpip-forward":
        void listen(
          tcpName(bindAddr, bindPort),
          hostPort(bindAddr === "" ? "*" : bindAddr, bindPort),
          (client, done) => client.forwardIn(bindAddr, bindPort, done),
          accept,
          reject,
          (port) => tcpName(bindAddr, bindPort === 0 ? (port ?? 0) : bindPort),
        );
        return;
      case "streamlocal-forward@openssh.com":
        void listen(
          unixName(socketPath),
          unixName(socketPath),
          (client, done) => client.openssh_forwardInStreamLocal(socketPath, (error) => done(error ?? undefined)),
          accept,
          reject,
          () => unixName(socketPath),
        );
        return;
      case "cancel-tcpip-forward":
      case "cancel-streamlocal-forward@openssh.com": {
        const key = name === "cancel-tcpip-forward" ? tcpName(bindAddr, bindPort) : unixName(socketPath);
        if (!admissions.delete(key)) {
          reject?.();
          return;
        }
        const answered = (error?: Error | null): void => (error instanceof Error ? reject?.() : accept?.());
        void upstream.ready.then((client) => {
          if (name === "cancel-tcpip-forward") client.unforwardIn(bindAddr, bindPort, answered);
          else client.openssh_unforwardInStreamLocal(socketPath, answered);
        });
        return;
      }
      default:
        reject?.();
    }
  };
  // The library's types know one shape of `info` a name.
  connection.on("request", request as never);
}

/** Moves bytes both ways until both sides have ended; their number. */
async function join(serving: Serving, down: ServerChannel, up: ClientChannel, admission: Admission): Promise<number> {
  const { gate, gone, room, upstream, upstreamRoom, violation } = serving;
  let bytes = 0;
  const close = (): void => {
    down.close();
    up.close();
  };
  guardWindow(down, () => violation("WINDOW"));
  guardWindow(up, () => upstream.end());
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
      if (!writer.write(judged)) from.pause();
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

function commandOf(text: string, facts: Facts): Command {
  return {
    kind: "forward",
    text,
    digest: () => sha256Hex(text),
    facts,
    cannotDischarge: dischargeOpaque("forwarded connections"),
  };
}

function tcpName(host: string, port: number): string {
  return `${host}:${port}`;
}

function unixName(path: string): string {
  return `unix:${path}`;
}

function ignore(): void {
  // The channel's close says what there is to say.
}

/** Ports and sockets that one connection has the target listen on. */
const LISTENERS_MAX = 16;
