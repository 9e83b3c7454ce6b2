import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { leafHash } from "./index.ts";
import { LineBuffer } from "./line-buffer.ts";
import { sha256 } from "./hash.ts";

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("add" as const), line: fc.string({ unit: "binary" }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("long" as const), chars: fc.nat(20_000) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("take" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("hash" as const) }) },
);

test("what is taken are the lines in order, and every leaf is that of its line, whatever comes in between", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const buffer = new LineBuffer();
      const lines: string[] = [];
      const taken: Buffer[] = [];
      const leaves: Buffer[] = [];
      let takenLines = 0;
      for (const each of [...steps, { kind: "take" as const }, { kind: "hash" as const }]) {
        if (each.kind === "take") {
          taken.push(Buffer.from(buffer.take()));
          takenLines = lines.length;
        } else if (each.kind === "hash") {
          buffer.hash((prefixed) => leaves.push(sha256(prefixed)));
          expect(leaves.length).toBe(takenLines);
        } else {
          const line = each.kind === "add" ? each.line.replaceAll("\n", "") : "é".repeat(each.chars);
          expect(buffer.add(line, 1_000_000)).toBe(Buffer.byteLength(line) + 1);
          lines.push(line);
        }
      }
      expect(Buffer.concat(taken).toString()).toBe(Buffer.from(lines.map((line) => `${line}\n`).join("")).toString());
      expect(leaves).toEqual(lines.map((line) => leafHash(Buffer.from(line))));
      expect([buffer.size, buffer.unhashed]).toEqual([0, 0]);
    }),
    { numRuns: 300 },
  );
});

test("a line that does not fit is not added", () => {
  const buffer = new LineBuffer();
  expect(buffer.add("abc", 3)).toBeUndefined();
  // Two bytes of UTF-8 each: the characters would fit, their bytes do not.
  expect(buffer.add("ééé", 6)).toBeUndefined();
  expect(buffer.add("ééé", 7)).toBe(7);
  expect(Buffer.from(buffer.take()).toString()).toBe("ééé\n");
});
