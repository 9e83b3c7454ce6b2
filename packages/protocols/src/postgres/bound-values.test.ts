import { expect, test } from "@jest/globals";
import { boundValues } from "./bound-values.ts";

function bind(formats: readonly number[], values: readonly (Buffer | string | null)[]): Buffer {
  const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);
  const int32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  };
  const parts = [Buffer.from("p\0s\0"), int16(formats.length), ...formats.map(int16), int16(values.length)];
  for (const value of values) {
    if (value === null) parts.push(int32(-1));
    else parts.push(int32(Buffer.byteLength(value)), Buffer.from(value));
  }
  const body = Buffer.concat([...parts, int16(0)]);
  return Buffer.concat([Buffer.from("B"), int32(body.length + 4), body]);
}
const hex = (digits: string): Buffer => Buffer.from(digits, "hex");

test("texts are quoted as SQL quotes them, and take one line each", () => {
  expect(boundValues(bind([], ["it's", "", null, "é"]))).toBe("-- $1 = 'it''s'\n-- $2 = ''\n-- $3 = NULL\n-- $4 = 'é'");
  expect(boundValues(bind([0], ["a\n-- $2 = 'x'\\'"]))).toBe("-- $1 = E'a\\u000a-- $2 = \\'x\\'\\\\\\''");
  expect(boundValues(bind([], [hex("ff00")]))).toBe("-- $1 = bytes \\xff00");
  expect(boundValues(bind([], []))).toBe("");
});

test("binary values are read by the type that was declared", () => {
  const values = [hex("0000002a"), hex("ffff"), hex("01"), "x", hex("00000000000000ff")];
  expect(boundValues(bind([1], values), [23, 21, 16, 25, 20])).toBe(
    "-- $1 = 42\n-- $2 = -1\n-- $3 = true\n-- $4 = 'x'\n-- $5 = 255",
  );
  expect(boundValues(bind([0, 1], ["7", hex("00112233445566778899aabbccddeeff")]), [23, 2950])).toBe(
    "-- $1 = '7'\n-- $2 = '00112233-4455-6677-8899-aabbccddeeff'",
  );
  expect(boundValues(bind([1], [hex("3ff8000000000000"), hex("3fc00000")]), [701, 700])).toBe(
    "-- $1 = 1.5\n-- $2 = 1.5",
  );
});

test("binary values of another type, or of another length than their type's, are bytes", () => {
  expect(boundValues(bind([1], [hex("0000002a")]))).toBe("-- $1 = bytes \\x0000002a (as an integer 42)");
  expect(boundValues(bind([1], [hex("0a0b0c"), hex("0a")]), [1700, 23])).toBe(
    "-- $1 = bytes \\x0a0b0c\n-- $2 = bytes \\x0a",
  );
});

test("what is no Bind is refused", () => {
  const whole = bind([1], ["abcd"]);
  for (let length = 5; length < whole.length - 2; length += 1) {
    expect(() => boundValues(whole.subarray(0, length))).toThrow(expect.objectContaining({ name: "WireError" }));
  }
});
