import { generateKeyPairSync } from "node:crypto";
import { Duplex } from "node:stream";
import { ManualClock, Secret } from "@gate/base";
import type { Link } from "@gate/contract";
import { describe, expect, test } from "@jest/globals";
import ssh2 from "ssh2";
import { serveDownstream } from "./downstream.ts";

const GREETING = Buffer.from("SSH-2.0-client\r\n");
const HOST_KEY = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();

/** Ends with the test's own time when it never becomes true. */
async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setImmediate(resolve));
}

/** One end of a connection: what is written to it, and a way to let something arrive. */
function end(): { readonly stream: Duplex; readonly written: Buffer[] } {
  const written: Buffer[] = [];
  const stream = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk);
      done();
    },
  });
  return { stream, written };
}

/** What a client of the library sends as its offer of algorithms. */
async function clientOffer(): Promise<Buffer> {
  const { stream, written } = end();
  const client = new ssh2.Client();
  client.on("error", () => undefined);
  client.connect({ sock: stream, username: "a" });
  await until(() => written.length === 1);
  stream.push("SSH-2.0-server\r\n");
  await until(() => written.length === 2);
  client.destroy();
  return written[1] ?? Buffer.alloc(0);
}

async function served() {
  const clock = new ManualClock();
  const { stream, written } = end();
  let connected = false;
  serveDownstream({
    link: {
      downstream: stream,
      endpoint: { id: "e", user: "gate" },
      hostKey: new Secret(HOST_KEY),
    } as unknown as Link,
    clock,
    users: ["gate"],
    onConnection: (connection) => {
      connected = true;
      connection.on("error", () => undefined);
    },
    onAuthenticated: () => undefined,
    onRefused: () => undefined,
    onViolation: () => undefined,
  });
  await until(() => written.length === 1);
  return {
    clock,
    /** Resolves when the greeting in it was read. */
    come: async (bytes: Buffer): Promise<void> => {
      stream.push(bytes);
      await until(() => connected);
    },
    // Type 20 is KEXINIT, RFC 4253 §7.1; the greeting comes first.
    offers: () => written.slice(1).filter((packet) => packet[5] === 20).length,
  };
}

describe("the offer of algorithms", () => {
  test("waits for the client's, and leaves with what follows it", async () => {
    const { come, offers } = await served();
    await come(GREETING);
    expect(offers()).toBe(0);
    await come(await clientOffer());
    await until(() => offers() > 0);
    expect(offers()).toBe(1);
  });

  test("leaves after a moment for a client that waits for it", async () => {
    const { clock, come, offers } = await served();
    await come(GREETING);
    expect(offers()).toBe(0);
    clock.advance(5);
    expect(offers()).toBe(1);
  });

  test("leaves at once when the client's came together with its greeting", async () => {
    const { come, offers } = await served();
    await come(Buffer.concat([GREETING, await clientOffer()]));
    await until(() => offers() > 0);
    expect(offers()).toBe(1);
  });
});
