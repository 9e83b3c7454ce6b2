import { readFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import type { DetectorName } from "@gate/contract";
import fc from "fast-check";
import { compileKernel } from "../../../scripts/kernel.ts";
import { EVERYTHING } from "./detectors/detector.ts";
import { BUILT_IN, DETECTORS } from "./detectors/index.ts";
import { kernel, scanBits, WINDOW_BYTES } from "./kernel.ts";
import { KERNEL_BASE64 } from "./kernel-bytes.ts";
import { SAMPLES } from "./samples.ts";

test("the committed bytes are what the source compiles to", async () => {
  expect(Buffer.from(await compileKernel()).toString("base64")).toBe(KERNEL_BASE64);
}, 120_000);

/** Each match must have an announced place in it, or in the three bytes (with AWS's secrets: the name) before it. */
function missed(bytes: Buffer): string[] {
  const text = bytes.toString("latin1");
  const scanner = kernel();
  const places: [number, number][] = [];
  scanner.load(bytes, 0, bytes.length);
  const count = scanner.scan(EVERYTHING);
  for (let index = 0; index < count; index++) places.push([scanner.placeAt(index), scanner.bitsAt(index)]);
  expect(places.map(([at]) => at)).toEqual([...places.map(([at]) => at)].sort((a, b) => a - b));
  const wrong: string[] = [];
  for (const name of DETECTORS) {
    const { bits, find } = BUILT_IN[name];
    find(text, {}, (start, end) => {
      const from = start - (name === "aws_key" ? 48 : 3);
      const seen = places.some(([at, kinds]) => at >= from && at < end && (kinds & bits) !== 0);
      if (!seen) wrong.push(`${name}: ${text.slice(start, end)}`);
    });
  }
  return wrong;
}

test.each(SAMPLES)("%s is announced wherever it stands: %s", (name, value) => {
  const secret = Buffer.from(value);
  // Behind every last byte of a length, and across every border of a block.
  for (let before = 0; before < 256; before++) {
    const bytes = Buffer.concat([Buffer.alloc(before % 70), Buffer.from([0, 0, 0, before]), secret, Buffer.from([0])]);
    expect(scanBits(bytes, 0, bytes.length, EVERYTHING) & BUILT_IN[name as DetectorName].bits).not.toBe(0);
    expect([before, missed(bytes)]).toEqual([before, []]);
  }
});

test("nothing that a detector finds goes unannounced", () => {
  const piece = fc.oneof(
    fc.constantFrom(...SAMPLES.map(([, value]) => value), ..."0123456789- @_AJBeyDEghx:.\n+()\0"),
    fc.string({ maxLength: 6 }),
    fc.stringMatching(/^[0-9 .-]{0,24}$/),
    fc.stringMatching(/^[0-9a-f:.]{0,40}$/),
    fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 16 }), (pieces) => {
      expect(missed(Buffer.from(pieces.join(""), "latin1"))).toEqual([]);
      expect(missed(Buffer.from(pieces.join("")))).toEqual([]);
    }),
    { numRuns: 3000 },
  );
});

test("ordinary text, numbers and times are passed over", () => {
  for (const text of [
    "hello world, an approach; night-time github.com/gate",
    "2024-01-31 10:00:00.123456+00",
    "1234567890",
    "item-12, part-7, 3.14159 and 12,345.67",
    "5d41402abc4b2a76b9719d911017c592",
    "8c6e1c1e-7c3b-4c2b-9d3b-0a0a0a0a0a0a",
    "de:ad:be:ef:00:01",
  ]) {
    const bytes = Buffer.from(text);
    expect([text, scanBits(bytes, 0, bytes.length, EVERYTHING)]).toEqual([text, 0]);
  }
});

test("a text longer than a window is looked at to its end, also across the border", () => {
  const bytes = Buffer.alloc(WINDOW_BYTES * 2 + 1000, "x");
  expect(scanBits(bytes, 0, bytes.length, EVERYTHING)).toBe(0);
  for (const at of [WINDOW_BYTES - 10, WINDOW_BYTES, bytes.length - 19]) {
    const copy = Buffer.from(bytes);
    copy.write("4111 1111 1111 1111", at, "latin1");
    expect(scanBits(copy, 0, copy.length, EVERYTHING)).not.toBe(0);
  }
});

test("more places than can be kept count as everything", () => {
  const bytes = Buffer.from("a@b ".repeat(60_000));
  expect(scanBits(bytes, 0, bytes.length, EVERYTHING)).toBe(EVERYTHING);
});

test("what was loaded before is never seen again", () => {
  const secret = Buffer.from(`${"x".repeat(100)}4111 1111 1111 1111`);
  expect(scanBits(secret, 0, secret.length, EVERYTHING)).not.toBe(0);
  expect(scanBits(Buffer.alloc(110, "x"), 0, 110, EVERYTHING)).toBe(0);
});

test("the source of the kernel is in the repository", () => {
  expect(readFileSync(new URL("../kernel/scan.as", import.meta.url), "utf8")).toContain("export function scan");
});
