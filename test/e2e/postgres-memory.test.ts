/** Memory is used again from one read to the next and from one connection to another: nobody may see it. */
import { describe, expect, test } from "@jest/globals";
import { query } from "../../packages/testkit/src/postgres-raw.ts";
import { DATABASE, login, PERMISSIVE, useServer } from "./postgres-fixture.ts";

const LETTERS = ["a", "b", "c", "d", "e", "f"];
const ROWS = 12_000;
const fixture = useServer({
  schema: LETTERS.map(
    (letter) =>
      `CREATE TABLE of_${letter} AS SELECT repeat('${letter}', 40 + i % 900) AS body, 'secret' AS secret FROM generate_series(1, ${ROWS}) i;`,
  ).join("\n"),
});

/** Reads a result in fits and starts: how many rows came, and what else than the table's own letter was in them. */
async function readSlowly(
  gate: Parameters<typeof login>[0],
  letter: string,
): Promise<{ readonly strange: string; readonly rows: number }> {
  const client = await login(gate);
  const socket = client.takeSocket();
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    let paused = 0;
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (chunk.length >= 6 && chunk.subarray(-6).equals(READY)) resolve();
      else if (chunks.length % 7 === 0 && paused < PAUSES_MAX) {
        paused += 1;
        socket.pause();
        setTimeout(() => socket.resume(), (letter.charCodeAt(0) * paused) % 5);
      }
    });
    socket.on("close", () => reject(new Error("the connection was closed")));
    socket.write(query(`SELECT body, secret FROM of_${letter}`));
  });
  socket.removeAllListeners("close");
  let strange = "";
  let rows = 0;
  const all = Buffer.concat(chunks);
  for (let offset = 0; offset < all.length; offset += all.readInt32BE(offset + 1) + 1) {
    if (all[offset] !== DATA_ROW) continue;
    rows += 1;
    const length = all.readInt32BE(offset + 7);
    strange += all.toString("latin1", offset + 11, offset + 11 + length).replaceAll(letter, "");
  }
  client.end();
  return { strange, rows };
}

describe.each([
  ["as they come", PERMISSIVE, undefined],
  [
    "with a masked column",
    `${PERMISSIVE}\nmasks:\n  pii:\n${LETTERS.map((letter) => `  - {column: public.of_${letter}.secret, action: redact}\n`).join("")}`,
    "masks: [pii]",
  ],
])("results %s", (_name, policy, grantKeys) => {
  test("reach their own client only, also when clients are slow and there are several at once", async () => {
    const gate = await fixture.gate(policy, grantKeys === undefined ? {} : { grantKeys });
    for (let round = 0; round < 2; round += 1) {
      const results = await Promise.all(
        LETTERS.map(async (letter) => ({ letter, ...(await readSlowly(gate, letter)) })),
      );
      expect(results).toEqual(LETTERS.map((letter) => ({ letter, strange: "", rows: ROWS })));
    }
    expect(await fixture.server.query("SELECT 1", DATABASE)).toHaveLength(1);
  }, 120_000);
});

const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);
const DATA_ROW = 0x44;
const PAUSES_MAX = 40;
