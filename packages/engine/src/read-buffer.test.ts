import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { giveBack, ReadBuffer } from "./read-buffer.ts";

/** What libuv and Node do: fill the memory at hand, call back, ask for the memory of the next read. */
class Socket {
  readonly got: Uint8Array[] = [];
  /** Gives the next chunk back while it is being handed over. */
  atOnce = false;
  readonly #reads = new ReadBuffer();
  #memory: Uint8Array;

  constructor() {
    this.#memory = this.#reads.onread.buffer();
    this.#reads.onData = (chunk) => {
      this.got.push(chunk);
      if (this.atOnce) giveBack(chunk);
    };
  }

  /** @returns how many bytes fitted. */
  read(count: number, byte: number): number {
    const here = Math.min(count, this.#memory.length);
    this.#memory.fill(byte, 0, here);
    this.#reads.onread.callback(here);
    const next = this.#reads.onread.buffer() as Uint8Array | undefined;
    if (next !== undefined) this.#memory = next;
    return here;
  }
}

test("what one socket has read stays as it was until it is given back, whatever the others read", () => {
  const read = fc.record({
    socket: fc.nat(3),
    count: fc.oneof(fc.integer({ min: 1, max: 9_000 }), fc.constantFrom(16_384, 60_000, 262_144)),
    byte: fc.nat(255),
    giveBack: fc.nat(9),
    atOnce: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(read, { maxLength: 120 }), (reads) => {
      const sockets = [new Socket(), new Socket(), new Socket(), new Socket()];
      let kept: { chunk: Uint8Array; byte: number }[] = [];
      for (const { socket, count, byte, giveBack: which, atOnce } of reads) {
        const own = sockets[socket] as Socket;
        own.atOnce = atOnce;
        const here = own.read(count, byte);
        const chunk = own.got.at(-1);
        expect(chunk.length).toBe(here);
        if (!atOnce) kept.push({ chunk, byte });
        for (const each of kept) expect(Buffer.from(each.chunk).every((value) => value === each.byte)).toBe(true);
        const done = kept[which];
        if (done !== undefined) {
          giveBack(done.chunk);
          // Twice is as good as once.
          giveBack(done.chunk);
          kept = kept.filter((each) => each !== done);
        }
      }
    }),
    { numRuns: 60 },
  );
});

test("memory comes back into use only when it is given back", () => {
  const socket = new Socket();
  socket.read(16_384, 1);
  socket.read(262_144, 2);
  const large = socket.got[1] as Uint8Array;
  socket.read(262_144, 3);
  expect(socket.got[2]?.buffer).not.toBe(large.buffer);
  giveBack(large);
  socket.read(262_144, 4);
  socket.read(262_144, 5);
  expect(socket.got.slice(3).some((chunk) => chunk.buffer === large.buffer)).toBe(true);
});

test("a chunk that came from elsewhere is not taken", () => {
  const foreign = new Uint8Array(262_144);
  giveBack(foreign);
  const socket = new Socket();
  for (let count = 0; count < 40; count += 1) socket.read(262_144, 1);
  expect(socket.got.every((chunk) => chunk.buffer !== foreign.buffer)).toBe(true);
});
