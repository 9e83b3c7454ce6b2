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

test("the entry of a repeated command is written as if it were the first", () => {
  const facts = [{ kind: "sql" }, { kind: "sql", fields: { text: '"digest":"aa"' } }];
  const rules = [["read"], ["read", '"digest":"aa"']];
  const word = fc.constantFrom("a", 'b"', "ü", '"digest":"aa"', "c1");
  const entry = fc.record(
    {
      type: fc.constant("verdict"),
      connection: word,
      grant: word,
      target: word,
      protocol: fc.constantFrom("line", "wide"),
      command: fc.record({
        kind: word,
        digest: fc.constantFrom("aa", "bb", "ab12", 'no "hex"', ""),
        text: fc.constantFrom("SELECT 1", 'SELECT "x"', "é\ud800", '"digest":"aa"'),
        textBytes: fc.constantFrom(8, 9),
      }),
      facts: fc.constantFrom(...facts),
      verdict: fc.constantFrom("allow", "deny"),
      rules: fc.constantFrom(...rules),
      override: fc.constantFrom(undefined, "limits"),
      message: fc.constantFrom(undefined, "no"),
      hold: fc.constantFrom(undefined, "h1"),
      observed: fc.constantFrom(undefined, true),
    },
    { requiredKeys: ["type", "connection", "grant", "target", "protocol", "command", "facts", "verdict", "rules"] },
  );
  fc.assert(
    fc.property(fc.array(entry, { minLength: 2, maxLength: 12 }), (entries) => {
      for (const [seq, each] of entries.entries()) {
        // Arbitraries write optional keys in an order of their own; the engine has one.
        const { override, message, hold, observed, ...rest } = each;
        const given = { ...rest, override, message, hold, observed } as unknown as Entry;
        const expected = `{"seq":${seq},"time":"t",${JSON.stringify(given).slice(1)}`;
        expect(serializeEntry(seq, "t", given)).toBe(expected);
        expect(serializeEntry(seq, "t", given)).toBe(expected);
        // From the third time on it is written from what is known.
        const other = { ...given, connection: 'c"2', command: { ...each.command, digest: "cc" } } as Entry;
        const others = `{"seq":${seq},"time":"t",${JSON.stringify(other).slice(1)}`;
        expect(serializeEntry(seq, "t", other)).toBe(others);
      }
    }),
    { numRuns: 500 },
  );
});
