import { expect, test } from "@jest/globals";
import { Cast } from "./cast.ts";

function record(run: (cast: Cast, tick: (ms: number) => void) => void): unknown[] {
  const written: Uint8Array[] = [];
  let nowMs = 500;
  const cast = new Cast({
    columns: 100,
    rows: 0,
    timestamp: 1_700_000_000,
    term: "xterm",
    command: "login shell",
    now: () => nowMs,
    append: (bytes) => written.push(bytes),
  });
  run(cast, (ms) => (nowMs += ms));
  return Buffer.concat(written)
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
}

test("a terminal is a header and one line an event, timed from its start", () => {
  const lines = record((cast, tick) => {
    cast.output(Buffer.from("$ "));
    tick(1_500);
    cast.input(Buffer.from("id\r"));
    cast.resize(120, 40);
  });
  expect(lines).toEqual([
    { version: 2, width: 100, height: 24, timestamp: 1_700_000_000, command: "login shell", env: { TERM: "xterm" } },
    [0, "o", "$ "],
    [1.5, "i", "id\r"],
    [1.5, "r", "120x40"],
  ]);
});

test("characters that are cut anywhere stay whole, in each direction by itself", () => {
  const bytes = Buffer.from("a€😀ü");
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    const lines = record((cast) => {
      cast.output(bytes.subarray(0, cut));
      cast.input(bytes);
      cast.output(bytes.subarray(cut));
    }).slice(1) as [number, string, string][];
    const text = (kind: string): string =>
      lines
        .filter(([, each]) => each === kind)
        .map(([, , data]) => data)
        .join("");
    expect([text("o"), text("i")]).toEqual(["a€😀ü", "a€😀ü"]);
  }
});
