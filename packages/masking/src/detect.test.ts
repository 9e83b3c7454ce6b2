import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { DETECTORS, detectValue } from "./detect.ts";
import { jsonMayHold } from "./json.ts";

const redact = (text: string, typeOid = 25): string => {
  const value = Buffer.from(text);
  const out = detectValue(DETECTORS, { kind: "redact" }, { typeOid, format: 0, value, key: Buffer.alloc(32) });
  return out === null ? "NULL" : Buffer.from(out).toString();
};
const JWT = `eyJhbGciOiJSUzI1NiJ9.${Buffer.from('{"sub":"1"}').toString("base64url")}.c2lnbmF0dXJl`;

describe("detectors", () => {
  test.each([
    ["card 4111 1111 1111 1111 paid", "card [redacted] paid"],
    ["card 4111-1111-1111-1111", "card [redacted]"],
    ["to DE89 3704 0044 0532 0130 00 THANKS", "to [redacted] THANKS"],
    ["mail änne.b+c@mail.example.org!", "mail ä[redacted]!"],
    ["ssn 123-45-6789.", "ssn [redacted]."],
    [`Bearer ${JWT}`, "Bearer [redacted]"],
    [`ghp_${"a".repeat(36)}`, "[redacted]"],
    [`key AKIA${"A".repeat(16)} end`, "key [redacted] end"],
    ["x -----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY----- y", "x [redacted] y"],
    ["x -----BEGIN PRIVATE KEY-----\ncut off", "x [redacted]"],
  ])("%s", (text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  test.each([
    "4111 1111 1111 1112",
    "GB00WEST12345698765432",
    "000-12-3456 and 666-12-3456 and 1123-45-67890",
    "order 12345678901234567890123",
    "nobody at example.org",
    "ghp_short",
  ])("%s is left alone, as the same object", (text) => {
    const value = Buffer.from(text);
    const input = { typeOid: 25, format: 0, value, key: Buffer.alloc(32) } as const;
    expect(detectValue(DETECTORS, { kind: "redact" }, input)).toBe(value);
  });

  test("JSON stays JSON", () => {
    const text = '{"pan":4111111111111111,"mail":"a@b.example","n":[1,2]}';
    expect(JSON.parse(redact(text, 114))).toEqual({ pan: 0, mail: "[redacted]", n: [1, 2] });
  });

  test("a number that is a card becomes its type's constant, in text and in binary", () => {
    expect(redact("4111111111111111", 20)).toBe("0");
    const value = Buffer.alloc(8);
    value.writeBigInt64BE(4111111111111111n);
    const out = detectValue(DETECTORS, { kind: "redact" }, { typeOid: 20, format: 1, value, key: Buffer.alloc(32) });
    expect(out).toEqual(Buffer.alloc(8));
  });

  test("an array in binary that holds one becomes NULL, and one in text keeps its other elements", () => {
    const value = Buffer.from("\0\0\0\u0001\0\0\0\u0000 123-45-6789");
    const input = { typeOid: 1009, format: 1, value, key: Buffer.alloc(32) } as const;
    expect(detectValue(DETECTORS, { kind: "redact" }, input)).toBeNull();
    expect(redact("{a,123-45-6789,b}", 1009)).toBe("{a,[redacted],b}");
  });

  test("hostile texts take no more than linear time", () => {
    const started = process.hrtime.bigint();
    for (const piece of ["a@", "1 ", "A1", "eyJ", "-----BEGIN PRIVATE KEY-----", "a.", "4-", "DE89 "]) {
      redact(piece.repeat(100_000 / piece.length));
    }
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(5000);
  });

  test("nothing throws and the rest of the text survives", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const out = redact(`${text}\n123-45-6789\n${text}`);
        expect(out.includes("123-45-6789")).toBe(false);
      }),
    );
  });
});

describe("masks by JSON path", () => {
  test.each([
    ['{"customer":{"ssn":"1"}}', true],
    ['{"customer":{"s\\u0073n":"1"}}', true],
    ['{"customer":{"name":"1"}}', false],
  ])("%s", (text, may) => {
    expect(jsonMayHold(Buffer.from(text), "$.customer.ssn")).toBe(may);
  });

  test("a path whose last step is no plain key concerns every document", () => {
    expect(jsonMayHold(Buffer.from("{}"), "$.a[*]")).toBe(true);
  });
});
