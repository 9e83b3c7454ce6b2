import { buffer } from "node:stream/consumers";
import { Readable } from "node:stream";
import { expect, test } from "@jest/globals";
import { progress, watched } from "./progress.ts";

const MIB = 1024 * 1024;

function screen(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, written, write: (text: string) => written.push(text) };
}

test("a short command shows nothing, a long one a line that goes away again", () => {
  const tty = screen(true);
  let now = 0;
  const shown = progress("verifying", tty, () => now);
  shown.add(MIB);
  shown.end();
  expect(tty.written).toEqual([]);
  now = 500;
  shown.add(3 * MIB);
  now = 600;
  shown.add(MIB);
  now = 700;
  shown.add(MIB);
  shown.end();
  expect(tty.written).toEqual([
    "\rverifying: 4 MiB read",
    "\rverifying: 6 MiB read",
    expect.stringMatching(/^\r {22,}\r$/u),
  ]);
});

test("where stderr is no terminal nothing is shown", () => {
  const pipe = screen(false);
  let now = 0;
  const shown = progress("verifying", pipe, () => now);
  now = 10_000;
  shown.add(MIB);
  shown.end();
  expect(pipe.written).toEqual([]);
});

test("a watched bundle has the same files and bytes", async () => {
  const bytes = Buffer.from("one entry\n");
  let seen = 0;
  const reader = watched(
    {
      list: async () => [{ name: "a", bytes: bytes.length }],
      read: () => Readable.from([bytes], { objectMode: false }),
    },
    { add: (more) => (seen += more), end: () => undefined },
  );
  expect(await reader.list()).toEqual([{ name: "a", bytes: 10 }]);
  expect(await buffer(reader.read("a"))).toEqual(bytes);
  expect(seen).toBe(10);
});
