/** Notices when ssh2 changes what library.ts relies on. */
import { Duplex, PassThrough } from "node:stream";
import { describe, expect, test } from "@jest/globals";
import ssh2 from "ssh2";
import type { Connection, ServerChannel } from "ssh2";
import { generateOpensshKey } from "./keys.ts";
import { ChannelWriter, OPEN_PROHIBITED, rejectWith, SocketRoom, softwareOf } from "./library.ts";

/** A client and a server of the library over memory; `served` sees the server's side of each connection. */
async function pair(served: (connection: Connection, socket: Duplex) => void): Promise<ssh2.Client> {
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
    client.connect({ sock: clientSide, username: "a", password: "b" });
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
