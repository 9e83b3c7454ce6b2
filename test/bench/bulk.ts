/** Reads one large result as fast as a client can: only the last bytes of each chunk are looked at. */
import { query, RawPostgres } from "../../packages/testkit/src/postgres-raw.ts";
import type { Peer } from "./peers.ts";

/** @returns megabytes a second from the Query to ReadyForQuery. */
export async function readBulk(peer: Peer, sql: string): Promise<number> {
  const client = await RawPostgres.login(peer.port, peer.user, peer.password, { database: "bench" });
  const socket = client.takeSocket();
  const started = performance.now();
  let bytes = 0;
  let tail: Buffer = Buffer.alloc(0);
  await new Promise<void>((resolve, reject) => {
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      tail = chunk.length >= 6 ? chunk.subarray(-6) : Buffer.concat([tail, chunk]).subarray(-6);
      if (tail.length === 6 && tail[0] === 0x5a && tail.readInt32BE(1) === 5) resolve();
    });
    socket.on("close", () => reject(new Error(`${peer.name} closed the connection`)));
    socket.write(query(sql));
  });
  const elapsed = performance.now() - started;
  if (bytes < 1_000_000) throw new Error(`${peer.name} gave only ${bytes} bytes`);
  socket.removeAllListeners("close");
  socket.destroy();
  return bytes / 1e6 / (elapsed / 1000);
}
