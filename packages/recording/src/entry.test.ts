import { expect, test } from "@jest/globals";
import type { Entry } from "@gate/contract";
import fc from "fast-check";
import { formatTime, serializeEntry } from "./entry.ts";

test("an entry's line is what JSON.stringify makes of it, its head first", () => {
  const facts = fc.record({ kind: fc.constant("sql"), fields: fc.dictionary(fc.string(), fc.jsonValue()) });
  const entry = fc.record(
    {
      type: fc.constantFrom("verdict", "result", "note"),
      connection: fc.string({ unit: "binary" }),
      command: fc.record({ text: fc.string({ unit: "binary" }), textBytes: fc.nat() }),
      facts,
      rules: fc.array(fc.string()),
      of: fc.nat(),
      durationMs: fc.double(),
      ok: fc.boolean(),
      nothing: fc.constant(null),
      absent: fc.constant(undefined),
      detail: fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()),
    },
    { requiredKeys: ["type", "command"] },
  );
  fc.assert(
    fc.property(entry, fc.nat(), (each, seq) => {
      const { type, ...rest } = each;
      const expected = `{"seq":${seq},"time":"t",${JSON.stringify({ type, ...rest }).slice(1)}`;
      const given = each as unknown as Entry;
      expect(serializeEntry(seq, "t", given)).toBe(expected);
      // The second time parts of it are remembered.
      expect(serializeEntry(seq, "t", given)).toBe(expected);
    }),
  );
});

test("a time is what Date makes of it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (ms) => {
      expect(formatTime(ms)).toBe(new Date(ms).toISOString());
      expect(formatTime(ms + 0.7)).toBe(new Date(ms).toISOString());
    }),
  );
});
