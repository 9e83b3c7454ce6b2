/**
 * Ports and sockets on which the target listens for the client (`ssh -R`). Asking for one is a command; the connections
 * that come in there belong to it. Touches channels through the library.
 */
import type { Admission } from "@gate/contract";
import type { Channel, Client, ClientChannel, ServerChannel } from "ssh2";
import { hostPort, listenFacts } from "./classify.ts";
import type { Serving } from "./connection.ts";
import { forwardCommand, join, type Room } from "./forward.ts";

/** Ports and sockets that the target listens on, and the connections that come in there. */
export function serveListeners(serving: Serving, room: Room): void {
  const { connection, gate, gone, upstream } = serving;
  const admissions = new Map<string, Admission>();
  /** Asked for and not answered yet: a burst must not get past the bound. */
  let asked = 0;
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
    if (admissions.size + asked >= LISTENERS_MAX || admissions.has(name)) {
      reject?.();
      return;
    }
    asked += 1;
    try {
      const decision = await gate.submit(forwardCommand(`listen ${at}`, listenFacts(at)), Buffer.from(at), {
        signal: gone,
      });
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
    } finally {
      asked -= 1;
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
        upstream.ready
          .then((client) => {
            if (name === "cancel-tcpip-forward") client.unforwardIn(bindAddr, bindPort, answered);
            else client.openssh_unforwardInStreamLocal(socketPath, answered);
          })
          // The library throws when the target has closed its connection meanwhile.
          .catch(() => reject?.());
        return;
      }
      default:
        reject?.();
    }
  };
  // The library's types know one shape of `info` a name.
  connection.on("request", request as never);
}

function tcpName(host: string, port: number): string {
  return `${host}:${port}`;
}

function unixName(path: string): string {
  return `unix:${path}`;
}

/** Ports and sockets that one connection has the target listen on. */
const LISTENERS_MAX = 16;
