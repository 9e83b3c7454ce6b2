/**
 * Messages far larger than anything the gate may keep, through it in both directions: memory stays bounded.
 * One of 256 MiB each way; GATE_TEST_LARGE_MIB=1000 makes them as large as the server itself takes.
 */
import { once } from "node:events";
import type { Socket } from "node:net";
import { beforeAll, expect, test } from "@jest/globals";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import {
  copyDone,
  cstring,
  describePortal,
  execute,
  field,
  int16,
  int32,
  parse,
  query,
  sync,
} from "../../packages/testkit/src/postgres-raw.ts";
import { errorOf, login, PERMISSIVE, rowCount, sqlstate, until, useServer } from "./postgres-fixture.ts";

const MIB = 1024 * 1024;
const LARGE = Number(process.env["GATE_TEST_LARGE_MIB"] ?? 256) * MIB;
/** How much the gate, its client and the test together may grow meanwhile: socket buffers that wait to be collected. */
const GROWTH_BYTES_MAX = 160 * MIB;
const TEST_MS = 180_000;

const fixture = useServer({ schema: "CREATE TABLE notes (id int, body text)" });
let gate: Harness;

beforeAll(async () => {
  gate = await fixture.lastingGate();
  // V8 compiles the parser's WebAssembly once more when it is used, which takes hundreds of MB for a moment.
  for (let n = 0; n < 20; n += 1) expect(rowCount(await (await login(gate)).query("SELECT 1"))).toBe(1);
  let lowest = Infinity;
  await until(async () => {
    await new Promise((resolve) => setTimeout(resolve, 500));
    const rss = process.memoryUsage().rss;
    const settled = rss > lowest * 0.98 && rss < lowest * 1.02;
    lowest = rss;
    return settled;
  }, 100_000);
}, 120_000);

/** Runs `work` and gives how far the memory of this process rose above where it was. */
async function growth(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage().rss;
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, process.memoryUsage().rss)), 20);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return Math.max(most, process.memoryUsage().rss) - before;
}

/** Sends `size` bytes of filling without ever having more than the socket wants. */
async function pour(socket: Socket, size: number): Promise<void> {
  const block = Buffer.alloc(256 * 1024, "x");
  for (let sent = 0; sent < size; sent += block.length) {
    if (!socket.write(block.subarray(0, Math.min(block.length, size - sent)))) await once(socket, "drain");
  }
}

/** Reads a stream of messages and keeps only their types, lengths and small bodies. */
function read(socket: Socket): { ready: Promise<void>; seen: { type: string; length: number; body: string }[] } {
  const seen: { type: string; length: number; body: string }[] = [];
  let header = Buffer.alloc(0);
  let left = 0;
  let done = (): void => undefined;
  const ready = new Promise<void>((resolve, reject) => {
    done = resolve;
    socket.once("close", () => reject(new Error("the connection was closed")));
  });
  socket.on("data", (chunk: Buffer) => {
    let rest = chunk;
    while (rest.length > 0) {
      if (left > 0) {
        const take = Math.min(left, rest.length);
        const last = seen.at(-1);
        if (last !== undefined && last.body.length < 200)
          last.body += rest.subarray(0, Math.min(take, 200)).toString("latin1");
        left -= take;
        rest = rest.subarray(take);
      } else {
        const need = 5 - header.length;
        header = Buffer.concat([header, rest.subarray(0, need)]);
        rest = rest.subarray(need);
        if (header.length < 5) return;
        left = header.readInt32BE(1) - 4;
        seen.push({ type: String.fromCharCode(header[0] ?? 0), length: left, body: "" });
        header = Buffer.alloc(0);
      }
      if (left === 0 && seen.at(-1)?.type === "Z") done();
    }
  });
  socket.resume();
  return { ready, seen };
}

test(
  "a parameter of a Bind",
  async () => {
    const client = await login(gate);
    client.send(parse("", "SELECT length($1::text)"));
    const socket = client.takeSocket();
    const answers = read(socket);
    const before = Buffer.concat([cstring(""), cstring(""), int16(0), int16(1), int32(LARGE)]);
    const after = int16(0);
    const grown = await growth(async () => {
      socket.write(Buffer.concat([Buffer.from("B"), int32(4 + before.length + LARGE + after.length), before]));
      await pour(socket, LARGE);
      socket.write(Buffer.concat([after, describePortal(""), execute(""), sync()]));
      await answers.ready;
    });
    expect(answers.seen.map(({ type }) => type).join("")).toBe("12TDCZ");
    expect(answers.seen[3]?.body).toContain(String(LARGE));
    expect(grown).toBeLessThan(GROWTH_BYTES_MAX);
    socket.destroy();
  },
  TEST_MS,
);

test(
  "a DataRow, to a client that reads slowly",
  async () => {
    const client = await login(gate);
    const socket = client.takeSocket();
    const answers = read(socket);
    const grown = await growth(async () => {
      socket.write(query(`SELECT repeat('x', ${LARGE})`));
      for (let pauses = 0; pauses < 10; pauses += 1) {
        socket.pause();
        await new Promise((resolve) => setTimeout(resolve, 30));
        socket.resume();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await answers.ready;
    });
    expect(answers.seen.map(({ type }) => type).join("")).toBe("TDCZ");
    expect(answers.seen[1]?.length).toBe(LARGE + 6);
    expect(grown).toBeLessThan(GROWTH_BYTES_MAX);
    socket.destroy();
  },
  TEST_MS,
);

test(
  "one CopyData, and a COPY of as many rows",
  async () => {
    const client = await login(gate);
    const socket = client.takeSocket();
    const answers = read(socket);
    const grown = await growth(async () => {
      socket.write(query("COPY notes FROM STDIN WHERE id < 0"));
      const row = Buffer.from("1\t");
      socket.write(Buffer.concat([Buffer.from("d"), int32(4 + row.length + LARGE + 1), row]));
      await pour(socket, LARGE);
      socket.write("\n");
      const small = Buffer.alloc(8192, "x");
      small.write("2\t");
      small[8191] = 10;
      const frame = Buffer.concat([Buffer.from("d"), int32(4 + small.length), small]);
      for (let sent = 0; sent < LARGE / 4; sent += small.length) {
        if (!socket.write(frame)) await once(socket, "drain");
      }
      socket.write(copyDone());
      await answers.ready;
    });
    expect(answers.seen.map(({ type }) => type).join("")).toBe("GCZ");
    expect(answers.seen[1]?.body).toBe("COPY 0\0");
    expect(grown).toBeLessThan(GROWTH_BYTES_MAX);
    socket.destroy();
  },
  TEST_MS,
);

test(
  "rows by the million, to a client that does not read, wait at the server",
  async () => {
    const client = await login(gate);
    const socket = client.takeSocket();
    socket.pause();
    const grown = await growth(async () => {
      socket.write(query("SELECT repeat('y', 1000) FROM generate_series(1, 200000)"));
      await new Promise((resolve) => setTimeout(resolve, 1500));
    });
    expect(grown).toBeLessThan(GROWTH_BYTES_MAX / 2);
    const answers = read(socket);
    await answers.ready;
    expect(answers.seen).toHaveLength(200_003);
    socket.destroy();
  },
  TEST_MS,
);

test(
  "SQL longer than can be judged is refused while it passes, and never kept",
  async () => {
    const client = await login(gate);
    const socket = client.takeSocket();
    const answers = read(socket);
    const grown = await growth(async () => {
      socket.write(Buffer.concat([Buffer.from("Q"), int32(4 + 10 + LARGE + 1), Buffer.from("SELECT 1--")]));
      await pour(socket, LARGE);
      socket.write(Buffer.alloc(1));
      await answers.ready;
    });
    expect(answers.seen.map(({ type }) => type).join("")).toBe("EZ");
    expect(answers.seen[0]?.body).toContain("42501");
    expect(grown).toBeLessThan(GROWTH_BYTES_MAX);
    socket.destroy();
  },
  TEST_MS,
);

test(
  "a row too long to be masked ends its command, not the session",
  async () => {
    const masked = await fixture.gate(
      `${PERMISSIVE}masks:\n  pii:\n  - {column: public.notes.body, action: redact}\n`,
      {
        grantKeys: "masks: [pii]",
      },
    );
    await fixture.server.query("INSERT INTO notes VALUES (1, repeat('secret', 6000000))", "shop");
    const client = await login(masked);
    const answer = await client.query("SELECT body FROM notes");
    expect(sqlstate(answer)).toBe("54000");
    expect(field(errorOf(answer), "M")).toContain("too long to be masked");
    expect(rowCount(answer)).toBe(0);
    expect(rowCount(await client.query("SELECT 1"))).toBe(1);
    await fixture.server.query("TRUNCATE notes", "shop");
  },
  TEST_MS,
);
