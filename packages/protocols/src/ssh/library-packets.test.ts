/** Notices when ssh2 changes what library-packets.ts relies on. */
import { generateKeyPairSync } from "node:crypto";
import net from "node:net";
import { describe, expect, jest, test } from "@jest/globals";
import ssh2 from "ssh2";
import type { CipherAlgorithm, ServerChannel } from "ssh2";
import { GcmCipher, GcmDecipher } from "./gcm.ts";
import { generateOpensshKey } from "./keys.ts";
import { answerAtOnce, fastCiphers, signAtOnce } from "./library-packets.ts";
import { ChannelWriter, SocketRoom } from "./library.ts";

describe("below the library's channels", () => {
  /** A client and a server over a socket; each side's protocol object with the ciphers that it has now. */
  async function overSocket(cipher: CipherAlgorithm) {
    const sides: Record<"_cipher" | "_decipher", unknown>[] = [];
    const protocolOf = (side: unknown) => (side as { _protocol: (typeof sides)[number] & { rekey(): void } })._protocol;
    const listener = net.createServer();
    const received: Buffer[] = [];
    let bytes = 0;
    const server = new ssh2.Server({
      hostKeys: [generateOpensshKey().privateFile],
      algorithms: { cipher: [cipher] },
    });
    server.on("connection", (connection) => {
      fastCiphers(connection, inner);
      sides.push(protocolOf(connection));
      connection.on("authentication", (context) => context.accept());
      connection.on("error", () => undefined);
      connection.on("session", (accept) => {
        accept().on("exec", (take) => {
          const channel: ServerChannel = take();
          channel.on("data", (chunk: Buffer) => {
            received.push(Buffer.from(chunk));
            bytes += chunk.length;
            if (bytes === SENT_BYTES) channel.exit(0);
            if (bytes === SENT_BYTES) channel.end();
          });
        });
      });
    });
    let inner: net.Socket;
    listener.on("connection", (socket) => {
      inner = socket;
      server.injectSocket(socket);
    });
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    const socket = net.connect((listener.address() as net.AddressInfo).port, "127.0.0.1");
    const client = new ssh2.Client();
    client.on("error", () => undefined);
    const ready = new Promise<void>((resolve) => client.on("ready", () => resolve()));
    client.connect({ sock: socket, username: "a", password: "b", algorithms: { cipher: [cipher] } });
    fastCiphers(client, socket);
    sides.push(protocolOf(client));
    await ready;
    return {
      client,
      socket,
      room: new SocketRoom(socket),
      received: () => Buffer.concat(received),
      ciphers: () => sides.flatMap(({ _cipher, _decipher }) => [_cipher, _decipher]),
      rekey: () => protocolOf(client).rekey(),
      async close() {
        client.end();
        inner.destroy();
        await new Promise((resolve) => listener.close(resolve));
      },
    };
  }

  test.each<CipherAlgorithm>(["aes128-gcm@openssh.com", "aes256-gcm@openssh.com"])(
    "%s is gate's own on both sides, and again after each key exchange",
    async (cipher) => {
      const pair = await overSocket(cipher);
      const first = pair.ciphers();
      expect(first).toHaveLength(4);
      for (const own of first) expect(own instanceof GcmCipher || own instanceof GcmDecipher).toBe(true);
      const sent = Buffer.alloc(SENT_BYTES);
      for (let at = 0; at < sent.length; at += 4) sent.writeUInt32BE(at, at);
      const exit = await new Promise((resolve, reject) => {
        pair.client.exec("x", (error, channel) => {
          if (error !== undefined) {
            reject(error);
            return;
          }
          const writer = new ChannelWriter(channel, pair.room);
          let at = 0;
          const more = (): void => {
            while (at < sent.length) {
              const piece = sent.subarray(at, at + 50_000);
              at += piece.length;
              // In the middle of what is sent, four times over.
              if (at % (SENT_BYTES / 4) < piece.length) pair.rekey();
              if (!writer.write(piece)) return;
            }
          };
          writer.onDrain(more);
          channel.on("exit", resolve);
          channel.resume();
          more();
        });
      });
      expect(exit).toBe(0);
      expect(pair.received().equals(sent)).toBe(true);
      const last = pair.ciphers();
      for (const own of last) expect(own instanceof GcmCipher || own instanceof GcmDecipher).toBe(true);
      expect(last.some((own) => first.includes(own))).toBe(false);
      await pair.close();
    },
  );

  test("what comes is answered while somebody waits, neither before nor after", async () => {
    const encrypt = jest.spyOn(GcmCipher.prototype, "encrypt");
    const ignored = (): number => encrypt.mock.calls.filter(([packet]) => packet[5] === 2).length;
    const pair = await overSocket("aes128-gcm@openssh.com");
    const opened = () =>
      new Promise<void>((resolve, reject) => {
        pair.client.exec("x", (error) => (error === undefined ? resolve() : reject(error)));
      });
    await opened();
    expect(ignored()).toBe(0);
    const stop = answerAtOnce(pair.client, pair.socket);
    await opened();
    stop();
    const answers = ignored();
    expect(answers).toBeGreaterThan(0);
    await opened();
    expect(ignored()).toBe(answers);
    await pair.close();
    encrypt.mockRestore();
  });

  test("a cipher that gate has none for stays the library's", async () => {
    const pair = await overSocket("aes128-ctr");
    for (const own of pair.ciphers()) expect(own instanceof GcmCipher || own instanceof GcmDecipher).toBe(false);
    await pair.close();
  });
});

const SENT_BYTES = 8_000_000;

function rsaKey(): string {
  return generateKeyPairSync("rsa", { modulusLength: 2048 })
    .privateKey.export({ type: "pkcs1", format: "pem" })
    .toString();
}

describe("signing in", () => {
  /** What a server is asked by a client with this key: with a signature or without, and does that hold? */
  async function asked(algorithm: "ed25519" | "rsa", at: "once" | "demand"): Promise<string[]> {
    // Not by the library, of whose Ed25519 keys it cannot read one in 600.
    const key = algorithm === "ed25519" ? generateOpensshKey().privateFile : rsaKey();
    const own = ssh2.utils.parseKey(key);
    if (own instanceof Error) throw own;
    const questions: string[] = [];
    const server = new ssh2.Server({ hostKeys: [generateOpensshKey().privateFile] });
    server.on("connection", (connection) => {
      connection.on("error", () => undefined);
      connection.on("authentication", (context) => {
        if (context.method !== "publickey") {
          context.reject(["publickey"]);
          return;
        }
        const { signature, blob, hashAlgo } = context;
        if (signature === undefined) questions.push("asked");
        else questions.push(blob !== undefined && own.verify(blob, signature, hashAlgo) === true ? "signed" : "forged");
        context.accept();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as net.AddressInfo;
    const client = new ssh2.Client();
    try {
      await new Promise<void>((resolve, reject) => {
        client.on("ready", () => resolve()).on("error", reject);
        const sock = net.connect(port, "127.0.0.1");
        client.connect({ sock, username: "a", privateKey: key, authHandler: ["publickey"] });
        if (at === "once") signAtOnce(client);
      });
    } finally {
      client.end();
      server.close();
    }
    return questions;
  }

  test("with a signature at once asks nothing first, and it holds; RSA asks", async () => {
    expect(await asked("ed25519", "once")).toEqual(["signed"]);
    expect(await asked("ed25519", "demand")).toEqual(["asked", "signed"]);
    expect(await asked("rsa", "once")).toEqual(["asked", "signed"]);
  });
});
