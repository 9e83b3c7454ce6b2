import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { DETECTORS, detectValue } from "./detect.ts";
import { prefilter } from "./prefilter.ts";

const SECRETS = [
  "4111 1111 1111 1111",
  "5500-0000-0000-0004",
  "DE89370400440532013000",
  "GB82 WEST 1234 5698 7654 32",
  "a@b.example",
  "123-45-6789",
  "-----BEGIN PRIVATE KEY-----\nx",
  "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
  `ghp_${"a".repeat(36)}`,
  `github_pat_${"a".repeat(22)}`,
  `AKIA${"A".repeat(16)}`,
];

test("the prefilter never misses what a detector finds", () => {
  const piece = fc.oneof(
    fc.constantFrom(...SECRETS, ..."0123456789- @_AJBeyDEghx:\n"),
    fc.string({ maxLength: 6 }),
    fc.stringMatching(/^[0-9 -]{0,20}$/),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.constantFrom(undefined, ...DETECTORS), (pieces, only) => {
      const names = only === undefined ? DETECTORS : [only];
      const value = Buffer.from(pieces.join(""));
      const input = { typeOid: 25, format: 0, value, key: Buffer.alloc(32) } as const;
      const found = detectValue(names, { kind: "redact" }, input) !== value;
      if (found) expect(prefilter(names)(value, 0, value.length)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test("ordinary text, numbers and times pass it", () => {
  const look = prefilter(DETECTORS);
  for (const text of [
    "hello world",
    "2024-01-31 10:00:00.123456+00",
    "1234567890",
    "item-12, part-7",
    "Berlin 10115",
  ]) {
    const bytes = Buffer.from(text);
    expect([text, look(bytes, 0, bytes.length)]).toEqual([text, false]);
  }
});
