import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { numericBytes, numericText } from "./numeric.ts";
import { FAMILIES } from "./types.ts";
import { partialText } from "./action.ts";
import { maskValue } from "./value.ts";

const key = Buffer.alloc(32, 3);
const mask = (
  kind: "redact" | "hash" | "null",
  typeOid: number,
  format: 0 | 1,
  value: string | Uint8Array,
): unknown => {
  const out = maskValue({ kind }, { typeOid, format, value: Buffer.from(value as string), key });
  return out === null ? null : Buffer.from(out);
};
const tokenize = (typeOid: number, format: 0 | 1, value: Uint8Array, secret = key): Buffer => {
  const out = maskValue({ kind: "tokenize", scope: "session" }, { typeOid, format, value, key: secret });
  return Buffer.from(out ?? "NULL");
};

describe("masked values", () => {
  test.each([
    [25, "hello", "[redacted]"],
    [23, "42", "0"],
    [1700, "1.50", "0"],
    [16, "t", "f"],
    [2950, "8c6e1c1e-7c3b-4c2b-9d3b-0a0a0a0a0a0a", "00000000-0000-0000-0000-000000000000"],
    [1082, "2024-02-29", "1970-01-01"],
    [1114, "2024-02-29 10:00:00", "1970-01-01 00:00:00"],
    [1184, "2024-02-29 10:00:00+02", "1970-01-01 00:00:00+00"],
    [3802, '{"a": 1}', '"[redacted]"'],
    [17, "\\x00ff", "\\x"],
  ])("type %i in text is redacted to a value of its type", (typeOid, value, expected) => {
    expect(String(mask("redact", typeOid, 0, value))).toBe(expected);
  });

  test.each([
    [23, 4],
    [20, 8],
    [21, 2],
    [700, 4],
    [701, 8],
    [2950, 16],
    [1082, 4],
    [1114, 8],
    [16, 1],
  ])("type %i in binary keeps its width", (typeOid, width) => {
    const value = Buffer.alloc(width, 9);
    for (const kind of ["redact", "hash"] as const) expect(mask(kind, typeOid, 1, value)).toHaveLength(width);
    expect(tokenize(typeOid, 1, value)).toHaveLength(width);
  });

  test("a jsonb in binary keeps its version byte", () => {
    expect(mask("redact", 3802, 1, '\u0001{"a":1}')).toEqual(Buffer.from('\u0001"[redacted]"'));
  });

  test("a type without a masked form becomes NULL, and so does every value under the action null", () => {
    expect(mask("redact", 600, 0, "(1,2)")).toBeNull();
    expect(mask("null", 25, 0, "hello")).toBeNull();
  });

  test("equal values give equal tokens under one key and other tokens under another", () => {
    const value = Buffer.from("a@b.example");
    expect(tokenize(25, 0, value)).toEqual(tokenize(1043, 1, value));
    expect(tokenize(25, 0, value).toString()).toMatch(/^tok_[a-z2-7]{26}@masked\.invalid$/);
    expect(tokenize(25, 0, value)).not.toEqual(tokenize(25, 0, value, Buffer.alloc(32, 4)));
  });

  test("an integer gives one token in text and in binary", () => {
    const binary = Buffer.alloc(4);
    binary.writeInt32BE(-42);
    expect(tokenize(23, 1, binary).readInt32BE(0)).toBe(Number(tokenize(23, 0, Buffer.from("-42")).toString()));
  });

  test("a numeric token reads the same in text and in binary", () => {
    const token = tokenize(1700, 0, Buffer.from("12.5")).toString();
    expect(numericText(tokenize(1700, 1, numericBytes("12.50")))).toBe(token);
  });

  test("partial keeps the ends of a text and hides a short one whole", () => {
    expect(partialText("4111111111111111", 0, 4)).toBe("************1111");
    expect(partialText("abcdef", 2, 1)).toBe("ab***f");
    expect(partialText("abc", 2, 2)).toBe("***");
    expect(partialText("", 0, 4)).toBe("");
  });

  test("no action shows the value again, and none throws", () => {
    const action = fc.constantFrom(
      { kind: "redact" } as const,
      { kind: "hash" } as const,
      { kind: "tokenize", scope: "session" } as const,
      { kind: "partial", keepFirst: 0, keepLast: 0 } as const,
    );
    const type = fc.constantFrom(...FAMILIES.keys(), 600);
    fc.assert(
      fc.property(
        action,
        type,
        fc.constantFrom(0 as const, 1 as const),
        fc.uint8Array({ minLength: 20 }),
        (a, t, f, v) => {
          const out = maskValue(a, { typeOid: t, format: f, value: v, key });
          if (out !== null) expect(Buffer.from(out).includes(Buffer.from(v))).toBe(false);
        },
      ),
    );
  });
});
