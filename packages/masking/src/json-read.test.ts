import { expect, test } from "@jest/globals";
import { readJsonPaths } from "./json-read.ts";

const read = (text: string, ...paths: string[]): unknown => readJsonPaths(Buffer.from(text), paths);

test("scalars are read by path, every one of a duplicate key", () => {
  expect(read('{"a":{"b":[{"c":1},{"c":"x"}]},"amount":5,"amount":20000}', "$.a.b[*].c", "$.amount", "$.none")).toEqual(
    {
      values: { "$.a.b[*].c": [1, "x"], "$.amount": [5, 20000] },
      unknown: [],
      complete: true,
    },
  );
});

test.each([
  ['{"amount":{"v":1}}', "an object"],
  ['{"amount":[1]}', "an array"],
  ['[{"amount":1}]', "a document that some readers unwrap"],
  ['{"amount":9007199254740993}', "a number that a double does not hold"],
  ['{"amount":1e999}', "a number without a double"],
])("%s: %s is unknown", (text) => {
  expect(read(text, "$.amount")).toMatchObject({ unknown: ["$.amount"], complete: true });
});

test.each(["", "{", '{"amount":1}x', '{"amount":1,}', "{'amount':1}", '{"a":"\\x"}', '{"amount":+1}', "\ufeff{}"])(
  "%j is nothing that policy can rely on",
  (text) => {
    expect(read(text, "$.amount")).toEqual({ values: {}, unknown: ["$.amount"], complete: false });
  },
);

test.each([
  ['{"amount":5,"Amount":20000}', [5]],
  ['{"AMOUNT":20000}', undefined],
  ['{"amou\\u006Et":5,"\\u0041mount":20000}', [5]],
  ['{"\uff41mount":20000}', undefined],
])("%s: a name that is another to some readers only makes its path unknown", (text, values) => {
  const expected = values === undefined ? {} : { "$.amount": values };
  expect(read(text, "$.amount")).toEqual({ values: expected, unknown: ["$.amount"], complete: true });
});

test("the same holds for every name of a path, and for no other name", () => {
  expect(read('{"Order":{"amount":1}}', "$.order.amount", "$.other")).toMatchObject({ unknown: ["$.order.amount"] });
  expect(read('{"order":{"\u212aind":1}}', "$.order.kind")).toMatchObject({ unknown: ["$.order.kind"] });
  expect(read('{"l\u0131mit":1,"L\u0130MIT":1,"pa\u017fs":1}', "$.limit", "$.pass")).toMatchObject({
    unknown: ["$.limit", "$.pass"],
  });
  expect(read('{"x":[{"y":{"Kind":1}}]}', "$..kind")).toMatchObject({ unknown: ["$..kind"] });
  expect(read('{"amount":5,"amounts":1,"x":{"Amount":2}}', "$.amount")).toMatchObject({ unknown: [] });
});

test("escaped names are the names they stand for", () => {
  expect(read('{"\\u0061mount":1}', "$.amount")).toMatchObject({ values: { "$.amount": [1] } });
});

test("a path that cannot be read is the operator's mistake", () => {
  for (const path of ["amount", "$amount", "$.", "$.a[", "$.a[-1]", "$..", "$.a.[0]"]) {
    expect(() => read("{}", path)).toThrow(expect.objectContaining({ code: "PATH_INVALID" }));
  }
});
