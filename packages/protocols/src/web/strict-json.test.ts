import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { WebError } from "./errors.ts";
import { InexactNumber, isJsonObject, parseStrictJson, type StrictJsonOptions } from "./strict-json.ts";

const parse = (text: string, options?: StrictJsonOptions) => parseStrictJson(Buffer.from(text), options);

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof WebError) return error.code;
    throw error;
  }
  return "none";
}

describe("strict JSON", () => {
  test("reads every document that JSON.parse writes", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        // Objects have no prototype here, so they are compared as text.
        expect(JSON.stringify(parse(text))).toBe(text);
      }),
    );
  });

  test.each(["", "{", "[1,]", '{"a":1,}', "{a:1}", "'a'", "01", "1.", ".5", "+1", "NaN", "tru", '"a', "1 2", "[1] x"])(
    "%s is none",
    (text) => {
      expect(codeOf(() => parse(text))).toBe("BODY_MALFORMED");
    },
  );

  test("is no other encoding, has no byte order mark and no raw control characters", () => {
    expect(codeOf(() => parseStrictJson(Buffer.from([0x22, 0xff, 0x22])))).toBe("BODY_MALFORMED");
    expect(codeOf(() => parse("\ufeff1"))).toBe("BODY_MALFORMED");
    expect(codeOf(() => parse('"a\nb"'))).toBe("BODY_MALFORMED");
  });

  test.each(['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '[{"x":{"b":1,"b":1}}]'])("%s names something twice", (text) => {
    expect(codeOf(() => parse(text))).toBe("REQUEST_AMBIGUOUS");
  });

  test("refuses names that differ in case only where that was asked", () => {
    const text = '{"name":"ok","Name":"bad"}';
    expect(codeOf(() => parse(text))).toBe("none");
    expect(codeOf(() => parse(text, { caseVariants: "refuse" }))).toBe("REQUEST_AMBIGUOUS");
    expect(codeOf(() => parse('{"\u017fize":1,"size":2}', { caseVariants: "refuse" }))).toBe("REQUEST_AMBIGUOUS");
    expect(codeOf(() => parse('{"s\u0131ze":1,"size":2}', { caseVariants: "refuse" }))).toBe("REQUEST_AMBIGUOUS");
  });

  test("keeps names that an object would mistake", () => {
    const value = parse('{"__proto__":{"x":1},"constructor":2}');
    if (!isJsonObject(value)) throw new Error("no object");
    expect(Object.keys(value)).toEqual(["__proto__", "constructor"]);
    expect("toString" in value).toBe(false);
  });

  test.each(["9007199254740993", "1e400", "0.12345678901234567891", "-12345678901234567891", "1e-400"])(
    "%s is a number that a double does not hold",
    (text) => {
      expect(parse(text)).toBeInstanceOf(InexactNumber);
    },
  );

  test.each(["0", "-0", "9007199254740991", "1e3", "12.50", "9007199254740992", "1.0E+2"])("%s is a number", (text) => {
    expect(parse(text)).toBe(Number(text));
  });

  test("takes no longer for a number of many digits than for a text", () => {
    // Each took minutes or more when the work grew with the square of the digits.
    const zeros = "0".repeat(1_000_000);
    for (const text of [`0.1${zeros}1`, `1${zeros}1e-1000000`, `1e-${"9".repeat(1_000_000)}`]) {
      expect(parse(text)).toBeInstanceOf(InexactNumber);
    }
    expect(parse(`1.${zeros}`)).toBe(1);
    expect(parse(`0e-${"9".repeat(1_000_000)}`)).toBe(0);
  });

  test("is bounded in depth", () => {
    expect(codeOf(() => parse("[".repeat(200) + "]".repeat(200)))).toBe("BODY_MALFORMED");
    expect(codeOf(() => parse("[".repeat(200_000)))).toBe("BODY_MALFORMED");
  });
});
