/** Notices when ssh2 changes what library-bounds.ts relies on. */
import { Duplex, PassThrough } from "node:stream";
import { describe, expect, test } from "@jest/globals";
import ssh2, { type Connection, type Session } from "ssh2";
import { generateOpensshKey } from "./keys.ts";
import { awaitReader, boundGlobalRequests, forgetUnstarted } from "./library-bounds.ts";

interface Wire {
  readonly _handlers: Record<string, (...given: unknown[]) => void>;
  env(channel: number, name: string, value: string, wantReply: boolean): void;
  ping(): void;
  tcpipForward(address: string, port: number, wantReply: boolean): void;
  session(channel: number, window: number, packetSize: number): void;
  channelClose(channel: number): void;
}

async function pair(served: (connection: Connection, socket: Duplex) => void) {
  const [up, down] = [new PassThrough(), new PassThrough()];
  const [near, far] = [Duplex.from({ readable: down, writable: up }), Duplex.from({ readable: up, writable: down })];
  const server = new ssh2.Server({ hostKeys: [generateOpensshKey().privateFile], ident: "unit" });
  server.on("connection", (connection) => {
    connection.on("authentication", (context) => context.accept());
    connection.on("error", () => undefined);
    served(connection, far);
  });
  server.injectSocket(far as never);
  const client = new ssh2.Client();
  client.on("error", () => undefined);
  await new Promise<void>((resolve) => {
    client.on("ready", () => resolve());
    client.connect({ sock: near, username: "a", password: "b" });
  });
  const wire = (client as unknown as { readonly _protocol: Wire })._protocol;
  return { client, near, far, wire, end: () => client.end() };
}

describe("a peer that asks and does not read", () => {
  test("is not read any further until it does", async () => {
    let asked = 0;
    const { client, near, far, wire, end } = await pair((connection, socket) => {
      awaitReader(connection, socket);
      connection.on("session", (accept) => {
        accept().on("env", (yes) => {
          asked += 1;
          yes?.();
        });
      });
    });
    let answered = 0;
    wire._handlers["CHANNEL_OPEN_CONFIRMATION"] = () => undefined;
    wire._handlers["CHANNEL_SUCCESS"] = () => (answered += 1);
    wire.session(0, 0, 32_768);
    near.pause();
    let sent = 0;
    while (!far.isPaused()) {
      expect(sent).toBeLessThan(REQUESTS_MAX);
      for (let more = 0; more < 1_000; more += 1, sent += 1) wire.env(0, "LANG", "C", true);
      await turn();
    }
    const before = asked;
    for (let more = 0; more < 1_000; more += 1, sent += 1) wire.env(0, "LANG", "C", true);
    await turn();
    expect(asked).toBe(before);
    near.resume();
    while (answered < sent) await turn();
    expect(asked).toBe(sent);
    expect(client.listenerCount("error")).toBe(1);
    end();
  }, 60_000);

  test("has a bounded number of global requests open, however many were answered before", async () => {
    let tooMany = 0;
    let asked = 0;
    const { wire, end } = await pair((connection) => {
      boundGlobalRequests(connection, () => (tooMany += 1));
      connection.on("request", () => (asked += 1));
    });
    let answered = 0;
    wire._handlers["REQUEST_FAILURE"] = () => (answered += 1);
    for (let more = 0; more < 1_000; more += 1) wire.ping();
    while (answered < 1_000) await turn();
    expect(tooMany).toBe(0);
    // Never answered: what comes behind it waits.
    wire.tcpipForward("127.0.0.1", 1, true);
    for (let more = 0; more < 255; more += 1) wire.ping();
    while (asked < 1) await turn();
    await turn();
    expect(tooMany).toBe(0);
    wire.ping();
    while (tooMany < 1) await turn();
    expect(answered).toBe(1_000);
    end();
  });
});

test("a session channel that is closed before anything was started in it is closed on both sides, and forgotten", async () => {
  let served: Connection | undefined;
  const sessions: Session[] = [];
  const { client, wire, end } = await pair((connection) => {
    served = connection;
    connection.on("session", (accept) => {
      const session = accept();
      forgetUnstarted(connection, session);
      session.on("exec", (take) => take().end("out"));
      sessions.push(session);
    });
  });
  const confirm = wire._handlers["CHANNEL_OPEN_CONFIRMATION"];
  const close = wire._handlers["CHANNEL_CLOSE"];
  const closed: unknown[] = [];
  wire._handlers["CHANNEL_OPEN_CONFIRMATION"] = (_from, info) => wire.channelClose((info as { sender: number }).sender);
  wire._handlers["CHANNEL_CLOSE"] = (_from, channel) => closed.push(channel);
  for (let number = 0; number < 20; number += 1) wire.session(number, 0, 32_768);
  while (closed.length < 20) await turn();
  expect(closed).toEqual(Array.from({ length: 20 }, (_, number) => number));
  const manager = (served as unknown as { readonly _chanMgr: { readonly _channels: object } })._chanMgr;
  expect(Object.keys(manager._channels)).toEqual([]);
  // One in which a program runs is the library's to close.
  let closes = 0;
  if (confirm !== undefined) wire._handlers["CHANNEL_OPEN_CONFIRMATION"] = confirm;
  wire._handlers["CHANNEL_CLOSE"] = (...given) => {
    closes += 1;
    close?.(...given);
  };
  await new Promise((resolve) => {
    client.exec("x", (_error, channel) => channel.on("close", resolve).resume());
  });
  expect([sessions.length, closes]).toEqual([21, 1]);
  while (Object.keys(manager._channels).length > 0) await turn();
  end();
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Far more than the answers that fit. */
const REQUESTS_MAX = 400_000;
