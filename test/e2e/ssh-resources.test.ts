/** Clients that ask for much and read nothing, or never sign in: what is kept for them is bounded. */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { expect, test } from "@jest/globals";
import type { Client, ClientChannel } from "ssh2";
import { eventually } from "../../packages/testkit/src/conformance.ts";
import { PERMISSIVE, useSshServer, withSshd, type SshGate } from "./ssh-fixture.ts";

interface Inside {
  readonly outgoing: { readonly window: number };
}

withSshd("a client that reads nothing", () => {
  const fixture = useSshServer();

  test("is not read any further once the refusals of its requests for files wait, and goes on when it reads", async () => {
    const gate = await fixture.gate(PERMISSIVE);
    const client = await gate.connect();
    const channel = await new Promise<ClientChannel>((resolve, reject) => {
      client.subsys("sftp", (error, opened) => (error === undefined ? resolve(opened) : reject(error)));
    });
    const { outgoing } = channel as unknown as Inside;
    await written(channel, Buffer.from([0, 0, 0, 5, 1, 0, 0, 0, 3]));
    // The answer: from now on requests are looked at as they come.
    await new Promise((resolve) => channel.once("data", resolve));
    channel.pause();
    const asked = Buffer.concat(Array.from({ length: 1_000 }, () => CLOSE_OF_NOTHING));
    let sent = 0;
    for (let stopped = 0; stopped < 2 && sent < SENT_BYTES_MAX;) {
      stopped = outgoing.window < asked.length ? stopped + 1 : 0;
      while (outgoing.window >= asked.length && sent < SENT_BYTES_MAX) {
        await written(channel, asked);
        sent += asked.length;
      }
      await handled(client);
    }
    expect(sent).toBeLessThan(SENT_BYTES_MAX);
    let answers = 0;
    await new Promise<void>((resolve) => {
      channel.on("data", (chunk: Buffer) => {
        answers += chunk.toString("latin1").split("no such handle").length - 1;
        if (outgoing.window >= asked.length) resolve();
      });
      channel.resume();
    });
    expect(answers).toBeGreaterThan(0);
    await written(channel, asked);
  });
});

withSshd("clients that do not sign in", () => {
  const fixture = useSshServer();

  test("have few connections to the target made for them, and after some of them none", async () => {
    let dialled = 0;
    const target = createServer((socket) => {
      dialled += 1;
      socket.on("error", () => undefined);
    });
    await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
    const address = `127.0.0.1:${(target.address() as AddressInfo).port}`;
    const gate = await fixture.gate(PERMISSIVE, { target: { ...fixture.target(), address } });
    const clients = await Promise.all(Array.from({ length: 12 }, () => greeted(gate.port)));
    await eventually(() => dialled === 8);
    for (const client of clients) client.destroy();
    await closed(gate, 12);
    (await greeted(gate.port)).destroy();
    await closed(gate, 13);
    expect(dialled).toBe(8);
    target.close();
  });

  test("do not keep one that does from its target", async () => {
    const gate = await fixture.gate(PERMISSIVE);
    for (const client of await Promise.all([greeted(gate.port), greeted(gate.port), greeted(gate.port)]))
      client.destroy();
    await closed(gate, 3);
    expect(await gate.ssh(["echo", "here"])).toMatchObject({ code: 0, stdout: "here\n" });
  });
});

/** A connection that has said who it is, and got the offer of algorithms. */
function greeted(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    socket.on("error", reject);
    socket.on("data", (chunk: Buffer) => {
      text += chunk.toString("latin1");
      if (text.includes("kex-strict-s")) resolve(socket);
    });
    socket.write("SSH-2.0-somebody\r\n");
  });
}

function closed(gate: SshGate, count: number): Promise<void> {
  return eventually(
    async () => (await gate.entries()).filter((entry) => entry.type === "connection-closed").length === count,
  );
}

function written(channel: ClientChannel, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => channel.write(bytes, () => resolve()));
}

/** The gate has looked at everything that was sent before. */
function handled(client: Client): Promise<void> {
  const { _callbacks, _protocol } = client as unknown as {
    readonly _callbacks: (() => void)[];
    readonly _protocol: { ping(): void };
  };
  return new Promise((resolve) => {
    _callbacks.push(resolve);
    _protocol.ping();
  });
}

/** SSH_FXP_CLOSE of a handle that nobody has opened. */
const CLOSE_OF_NOTHING = Buffer.concat([Buffer.from([0, 0, 0, 13, 4, 0, 0, 0, 1, 0, 0, 0, 4]), Buffer.from("nope")]);
/** Several times what windows and queues hold. */
const SENT_BYTES_MAX = 16 * 1024 * 1024;
