/** Notices when ssh2 changes what library.ts and library-requests.ts rely on. */
import { Duplex, PassThrough } from "node:stream";
import { describe, expect, test } from "@jest/globals";
import ssh2 from "ssh2";
import type { Connection, ServerChannel } from "ssh2";
import { generateOpensshKey } from "./keys.ts";
import { ChannelWriter, OPEN_PROHIBITED, rejectWith, SocketRoom, softwareOf } from "./library.ts";
import { AgentRelay, answerLater, openAgent, withoutFail } from "./library-requests.ts";

/** A client and a server of the library over memory; `served` sees the server's side of each connection. */
async function pair(
  served: (connection: Connection, socket: Duplex) => void,
  agent?: AgentRelay,
): Promise<ssh2.Client> {
  const [near, far] = [new PassThrough(), new PassThrough()];
  const [clientSide, serverSide] = [
    Duplex.from({ readable: far, writable: near }),
    Duplex.from({ readable: near, writable: far }),
  ];
  const server = new ssh2.Server({ hostKeys: [generateOpensshKey().privateFile], ident: "unit" });
  server.on("connection", (connection) => {
    connection.on("authentication", (context) => context.accept());
    connection.on("error", () => undefined);
    served(connection, serverSide);
  });
  server.injectSocket(serverSide as never);
  const client = new ssh2.Client();
  client.on("error", () => undefined);
  await new Promise<void>((resolve) => {
    client.on("ready", () => resolve());
    client.connect({ sock: clientSide, username: "a", password: "b", ...(agent === undefined ? {} : { agent }) });
  });
  return client;
}

describe("beyond the library's surface", () => {
  test("a refused channel is told the reason and the text", async () => {
    const client = await pair((connection) => {
      connection.on("tcpip", (_accept, reject) => rejectWith(connection, reject, OPEN_PROHIBITED, "gate: because"));
      connection.on("session", (accept) => void accept());
    });
    const refused = await new Promise<Error | undefined>((resolve) => client.forwardOut("a", 1, "b", 2, resolve));
    expect(refused).toMatchObject({ reason: OPEN_PROHIBITED, message: expect.stringContaining("gate: because") });
    expect(softwareOf(client)).toBe("unit");
    client.end();
  });

  test("both streams of a channel arrive whole and in order although they wait for the window again and again", async () => {
    const chunk = (index: number): Buffer => Buffer.alloc(50_000, index % 251);
    const client = await pair((connection, socket) => {
      connection.on("session", (accept) => {
        accept().on("exec", (take) => {
          const channel: ServerChannel = take();
          const writer = new ChannelWriter(channel, new SocketRoom(socket));
          for (let index = 0; index < 120; index += 1) writer.write(chunk(index), index % 2 === 0 ? "out" : "error");
          writer.end(() => channel.exit(5));
        });
      });
    });
    const seen = { out: [] as Buffer[], error: [] as Buffer[] };
    const code = await new Promise((resolve) => {
      client.exec("x", (_error, channel) => {
        channel.on("data", (data: Buffer) => seen.out.push(data));
        channel.stderr.on("data", (data: Buffer) => seen.error.push(data));
        channel.on("close", (status: unknown) => resolve(status));
      });
    });
    expect(code).toBe(5);
    const expected = (odd: number): Buffer =>
      Buffer.concat(Array.from({ length: 60 }, (_, index) => chunk(index * 2 + odd)));
    expect(Buffer.concat(seen.out).equals(expected(0))).toBe(true);
    expect(Buffer.concat(seen.error).equals(expected(1))).toBe(true);
    client.end();
  });
});

test("while keys are exchanged nothing is piled up in the library, and everything arrives in order afterwards", async () => {
  const chunk = (index: number): Buffer => Buffer.alloc(30_000, index % 251);
  const told: unknown[] = [];
  const client = await pair((connection, socket) => {
    const room = new SocketRoom(socket);
    connection.on("session", (accept) => {
      accept().on("exec", (take) => {
        const channel: ServerChannel = take();
        const writer = new ChannelWriter(channel, room);
        const { _protocol: inside } = connection as unknown as {
          _protocol: { _queue: unknown[]; _kexinit: unknown; rekey(): void };
        };
        inside.rekey();
        let wants = true;
        for (let index = 0; index < 20; index += 1) wants = writer.write(chunk(index));
        told.push(inside._kexinit !== undefined, inside._queue.length, wants);
        writer.end(() => channel.exit(5));
      });
    });
  });
  const seen: Buffer[] = [];
  const code = await new Promise((resolve) => {
    client.exec("x", (_error, channel) => {
      channel.on("data", (data: Buffer) => seen.push(data));
      channel.on("close", (status: unknown) => resolve(status));
    });
  });
  expect(told).toEqual([true, 0, false]);
  expect(code).toBe(5);
  expect(Buffer.concat(seen).equals(Buffer.concat(Array.from({ length: 20 }, (_, index) => chunk(index))))).toBe(true);
  client.end();
});

describe("what a client lends, beyond the library's surface", () => {
  test("a late answer comes before those to later requests, and a channel that is gone gets none", async () => {
    const late: ((ok: boolean) => void)[] = [];
    const client = await pair((connection) => {
      connection.on("session", (accept) => {
        const session = accept();
        session.on("x11", () => late.push(answerLater(connection, session, () => connection.end())));
        session.on("pty", (yes) => yes());
        session.on("exec", (take) => void take());
      });
    });
    const { _protocol: wire } = client as unknown as { _protocol: Record<string, (...given: unknown[]) => void> };
    // Does not wait for the answer to its first request, as OpenSSH's client does not.
    const send = wire["x11Forward"]?.bind(wire);
    const answers: string[] = [];
    const run = (name: string): Promise<ssh2.ClientChannel | undefined> =>
      new Promise((resolve) => {
        wire["x11Forward"] = (id, options) => {
          const channel = channelOf(client, id);
          const wait = channel._callbacks.pop();
          channel._callbacks.push((failed: unknown) => answers.push(`${name} x11 ${String(failed !== false)}`));
          send?.(id, options, true);
          wait?.(false);
        };
        client.exec(name, { x11: true }, (error, channel) => {
          answers.push(`${name} exec ${String(error !== undefined)}`);
          resolve(error === undefined ? channel : undefined);
        });
      });
    const started = run("first");
    await until(() => late.length === 1);
    expect(answers).toEqual([]);
    late[0]?.(false);
    const channel = await started;
    expect(answers).toEqual(["first x11 true", "first exec false"]);
    late[0]?.(true);
    channel?.close();
    const again = run("second");
    await until(() => late.length === 2);
    late[1]?.(true);
    await again;
    expect(answers.slice(2)).toEqual(["second x11 false", "second exec false"]);
    client.end();
  });

  test("a program starts although what is lent was refused, and that is known", async () => {
    const client = await pair((connection) => {
      connection.on("session", (accept) => {
        const session = accept();
        session.on("auth-agent", (_yes, no) => no?.());
        session.on("x11", (yes) => yes?.());
        session.on("exec", (take) => take().end("out"));
      });
    }, new AgentRelay());
    const refused = withoutFail(client);
    const options: object = { agentForward: true, x11: true };
    const channel = await new Promise<ssh2.ClientChannel>((resolve, reject) => {
      client.exec("x", options, (error, opened) => (error === undefined ? resolve(opened) : reject(error)));
    });
    expect([refused(channel, "agent"), refused(channel, "x11")]).toEqual([true, false]);
    client.end();
  });

  test("channels to an agent are handed over bare, in both directions; without a taker they are refused", async () => {
    const relay = new AgentRelay();
    const opened: Promise<ServerChannel | undefined>[] = [];
    let open: () => void = () => undefined;
    const client = await pair((connection) => {
      open = () => {
        opened.push(
          new Promise((resolve) => openAgent(connection, (error, channel) => resolve(error ? undefined : channel))),
        );
      };
      connection.on("session", (accept) => {
        const session = accept();
        session.on("auth-agent", (yes) => yes?.());
        session.on("exec", (take) => void take());
      });
    }, relay);
    const options: object = { agentForward: true };
    await new Promise((resolve) => client.exec("x", options, resolve));
    open();
    expect(await opened[0]).toBeUndefined();
    const taken = new Promise<ssh2.Channel>((resolve) => (relay.onChannel = (accept) => resolve(accept())));
    open();
    const [near, far] = [await taken, await opened[1]];
    const heard = (from: ssh2.Channel | undefined): Promise<string> =>
      new Promise((resolve) => from?.once("data", (chunk: Buffer) => resolve(chunk.toString())));
    const both = Promise.all([heard(near), heard(far)]);
    near.write("to the target's client");
    far?.write("to the agent");
    expect(await both).toEqual(["to the agent", "to the target's client"]);
    relay.getIdentities((_error, keys) => expect(keys).toEqual([]));
    client.end();
  });
});

function channelOf(client: ssh2.Client, id: unknown): { _callbacks: ((failed: unknown) => void)[] } {
  const { _channels } = (client as unknown as { _chanMgr: { _channels: Record<string, unknown> } })._chanMgr;
  const found = Object.values(_channels).find((each) => (each as { outgoing?: { id: number } }).outgoing?.id === id);
  return found as { _callbacks: ((failed: unknown) => void)[] };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
