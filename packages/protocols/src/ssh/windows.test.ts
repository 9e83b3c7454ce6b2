import { Duplex, PassThrough } from "node:stream";
import { describe, expect, test } from "@jest/globals";
import ssh2, { type Channel, type ClientChannel, type Connection, type ServerChannel } from "ssh2";
import { generateOpensshKey } from "./keys.ts";
import { guardWindow } from "./library.ts";
import { ChannelCount, countOf, Windows } from "./windows.ts";

const KB = 1024;
const MB = 1024 * KB;

interface Inside {
  readonly incoming: { readonly window: number };
  readonly outgoing: { readonly window: number };
}

describe("the windows of a session's channels", () => {
  test("are whole while there are few channels, and smaller the more there are", () => {
    const count = new ChannelCount();
    const seen = [1, 16, 32, 256, 4_096].map((open) => {
      while (count.open < open) count.take();
      return count.windowBytes / KB;
    });
    expect(seen).toEqual([2048, 2048, 1024, 128, 32]);
    expect(count.take()).toBe(false);
    count.giveBack(1);
    expect(count.take()).toBe(true);
  });

  test("count over all connections of the session, and are forgotten with the last one", () => {
    const [first, second, other] = [countOf("windows-a"), countOf("windows-a"), countOf("windows-b")];
    first.count.take();
    expect([second.count.open, other.count.open]).toEqual([1, 0]);
    first.release();
    expect(second.count.open).toBe(1);
    second.release();
    other.release();
    const again = countOf("windows-a");
    expect(again.count.open).toBe(0);
    again.release();
  });
});

/** A client and a server; `bytes` is what may wait in each of the server's channels. */
async function pair(count: { windowBytes: number }, served: (connection: Connection, windows: Windows) => void) {
  const [up, down] = [new PassThrough(), new PassThrough()];
  const [near, far] = [Duplex.from({ readable: down, writable: up }), Duplex.from({ readable: up, writable: down })];
  const server = new ssh2.Server({ hostKeys: [generateOpensshKey().privateFile] });
  server.on("connection", (connection) => {
    connection.on("authentication", (context) => context.accept());
    connection.on("error", () => undefined);
    served(connection, new Windows(connection, count as ChannelCount));
  });
  server.injectSocket(far as never);
  const client = new ssh2.Client();
  client.on("error", () => undefined);
  await new Promise<void>((resolve) => {
    client.on("ready", () => resolve());
    client.connect({ sock: near, username: "a", password: "b" });
  });
  return client;
}

describe("a channel that is managed", () => {
  test.each([32 * KB, 256 * KB, 2 * MB])(
    "takes no more than its %d bytes while nobody reads, and all of it then",
    async (bytes) => {
      const count = { windowBytes: bytes };
      let taken: ServerChannel | undefined;
      let violations = 0;
      const client = await pair(count, (connection, windows) => {
        connection.on("session", (accept) => {
          accept().on("exec", (take) => {
            taken = take();
            guardWindow(taken, windows, () => (violations += 1));
          });
        });
      });
      const channel = await new Promise<ClientChannel>((resolve, reject) => {
        client.exec("x", (error, opened) => (error === undefined ? resolve(opened) : reject(error)));
      });
      const { outgoing } = channel as unknown as Inside;
      expect(outgoing.window).toBe(bytes);
      const sent = Buffer.alloc(5 * MB + 7, 65);
      let over = false;
      channel.end(sent);
      await until(() => taken?.readableLength === bytes);
      await handled(client);
      // More channels meanwhile: what was given is good, nothing is given beyond the smaller share.
      count.windowBytes = bytes / 2;
      expect([outgoing.window, taken?.readableLength]).toEqual([0, bytes]);
      let got = 0;
      let most = 0;
      taken?.on("data", (chunk: Buffer) => {
        got += chunk.length;
        // Stops again and again, as a slow target does.
        if (got % 5 === 0) {
          taken?.pause();
          setImmediate(() => taken?.resume());
        }
        if (got > bytes)
          most = Math.max(most, (taken as unknown as Inside).incoming.window + (taken?.readableLength ?? 0));
      });
      taken?.on("end", () => (over = true));
      await until(() => over);
      expect(got).toBe(sent.length);
      expect(most).toBeLessThanOrEqual(bytes);
      expect(violations).toBe(0);
      client.end();
    },
  );

  test("that was opened from here is given its share, and one that sends more ends", async () => {
    let violations = 0;
    let opened: Channel | undefined;
    let open = (): void => undefined;
    const client = await pair({ windowBytes: 64 * KB }, (connection, windows) => {
      connection.on("request", (accept) => {
        accept?.(7);
        open = () => {
          connection.forwardOut("127.0.0.1", 7, "127.0.0.1", 8, (_error, channel) => {
            opened = channel;
            guardWindow(channel, windows, () => (violations += 1));
          });
        };
      });
    });
    const here = new Promise<ClientChannel>((resolve) => {
      client.on("tcp connection", (_details, accept) => resolve(accept()));
    });
    await new Promise((resolve) => client.forwardIn("127.0.0.1", 7, resolve));
    open();
    const channel = await here;
    const { outgoing } = channel as unknown as { outgoing: { window: number } };
    expect(outgoing.window).toBe(64 * KB);
    await until(() => opened !== undefined);
    // As if it had been given more.
    outgoing.window += 32 * KB;
    // Not in whole packets: what comes when exactly nothing is left, the library drops.
    channel.write(Buffer.alloc(1));
    channel.write(Buffer.alloc(96 * KB - 1));
    await until(() => violations > 0);
    client.end();
  });
});

/** The server has looked at everything that was sent before. */
function handled(client: ssh2.Client): Promise<void> {
  const { _callbacks, _protocol } = client as unknown as {
    readonly _callbacks: (() => void)[];
    readonly _protocol: { ping(): void };
  };
  return new Promise((resolve) => {
    _callbacks.push(resolve);
    _protocol.ping();
  });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
