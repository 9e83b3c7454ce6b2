/**
 * A server that is never the bottleneck, in a process of its own. Everything goes to a real PostgreSQL and back, except
 * one Query: its answer was fetched once and is sent from memory as fast as the socket takes it.
 * With `idle` there is no server behind it: every start-up is answered, and nothing else ever.
 * Settings as JSON on stdin, `{port}` on stdout.
 */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { frame, query, RawPostgres } from "../../packages/testkit/src/postgres-raw.ts";

export interface ReplaySettings {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly sql: string;
  readonly idle: boolean;
}

const settings = JSON.parse(await text(process.stdin)) as ReplaySettings;
const asked = query(settings.sql);
const answer = settings.idle ? Buffer.alloc(0) : await fetchAnswer();
const server = createServer({ noDelay: true }, settings.idle ? idle : replay);
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${JSON.stringify({ port: (server.address() as AddressInfo).port })}\n`);
});

/** All bytes from the first answer to ReadyForQuery. */
async function fetchAnswer(): Promise<Buffer> {
  const client = await RawPostgres.login(settings.port, settings.user, settings.password, { database: "bench" });
  const socket = client.takeSocket();
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      const tail = Buffer.concat(chunks.slice(-2)).subarray(-6);
      if (tail.length === 6 && tail[0] === 0x5a && tail.readInt32BE(1) === 5) resolve();
    });
    socket.on("close", () => reject(new Error("the server closed the connection")));
    socket.write(asked);
  });
  socket.removeAllListeners("close");
  socket.destroy();
  return Buffer.concat(chunks);
}

function replay(near: Socket): void {
  const far = connect({ port: settings.port, host: "127.0.0.1", noDelay: true });
  near.on("data", (chunk) => {
    if (chunk.equals(asked)) void send(near);
    else far.write(chunk);
  });
  far.on("data", (chunk) => near.write(chunk));
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    one.on("error", () => other.destroy());
    one.on("close", () => other.destroy());
  }
}

async function send(socket: Socket): Promise<void> {
  for (let from = 0; from < answer.length && !socket.destroyed; from += SLICE_BYTES) {
    if (!socket.write(answer.subarray(from, from + SLICE_BYTES))) {
      const over = new AbortController();
      const { signal } = over;
      await Promise.race([once(socket, "drain", { signal }), once(socket, "close", { signal })]).catch(() => undefined);
      over.abort();
    }
  }
}

function idle(socket: Socket): void {
  const status = (name: string, value: string): Buffer => frame("S", Buffer.from(`${name}\0${value}\0`));
  socket.on("error", () => socket.destroy());
  socket.once("data", () => {
    socket.write(
      Buffer.concat([
        frame("R", Buffer.alloc(4)),
        status("server_version", "18.0"),
        status("client_encoding", "UTF8"),
        status("standard_conforming_strings", "on"),
        status("search_path", '"$user", public'),
        frame("K", Buffer.from([0, 0, 0, 1, 1, 2, 3, 4])),
        frame("Z", Buffer.from("I")),
      ]),
    );
  });
}

const SLICE_BYTES = 1024 * 1024;
