import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { mapArrayText } from "./array.ts";
import { readJsonPaths } from "./json-read.ts";
import { endOfQuoted } from "./quoted.ts";

test("a text in quotes ends where a pattern finds its end", () => {
  const texts = fc.array(fc.constantFrom('"', "\\", "a", "\n", "é", "\u{1f600}"), { maxLength: 14 });
  fc.assert(
    fc.property(texts, fc.nat({ max: 3 }), (parts, at) => {
      const text = parts.join("");
      const pattern = /"(?:[^"\\]|\\[^])*"/y;
      pattern.lastIndex = at;
      expect(endOfQuoted(text, at)).toBe(pattern.test(text) ? pattern.lastIndex : undefined);
    }),
    { numRuns: 5_000 },
  );
});

test("a text of ten million characters is read like a short one", () => {
  const long = "x".repeat(10_000_000);
  const { values } = readJsonPaths(Buffer.from(JSON.stringify({ a: long })), ["$.a"]);
  expect(values["$.a"]?.[0] === long).toBe(true);
  const masked = mapArrayText(Buffer.from(`{"${long}",b}`), () => Buffer.from("z"));
  expect(masked?.toString()).toBe("{z,z}");
});
