import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { applyEdits, itemsOf, keepItems, memberOf, membersOf, slice } from "./spans.ts";

describe("parts of a JSON text", () => {
  test("are where JSON.parse finds them, however the text is written", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.integer({ min: 0, max: 4 }), (object, indent) => {
        const text = ` ${JSON.stringify(object, undefined, indent)} `;
        const found = membersOf(text, 0).map(({ name, value }) => [name, JSON.parse(slice(text, value)) as unknown]);
        expect(found).toEqual(Object.entries(JSON.parse(text) as object));
      }),
    );
  });

  test("of arrays too, and what is cut out leaves the others as written", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), fc.integer({ min: 0, max: 4 }), (array, indent) => {
        const text = `{"a": ${JSON.stringify(array, undefined, indent)}}`;
        const span = memberOf(text, 0, "a") ?? { start: 0, end: 0 };
        const written = itemsOf(text, span.start).map((item) => slice(text, item));
        expect(written.map((item) => JSON.parse(item) as unknown)).toEqual(JSON.parse(JSON.stringify(array)));
        const edit = keepItems(text, span, (index) => index % 2 === 0);
        const cut = edit === undefined ? text : applyEdits(text, [edit]);
        const kept = written.filter((_item, index) => index % 2 === 0);
        expect(itemsOf(cut, (memberOf(cut, 0, "a") ?? span).start).map((item) => item.end - item.start)).toEqual(
          kept.map((item) => item.length),
        );
      }),
    );
  });

  test("names are compared after their escapes, and known as written", () => {
    expect(membersOf('{"\\u0061":1}', 0)).toEqual([{ name: "a", written: "\\u0061", value: { start: 10, end: 11 } }]);
  });

  test("what is no object has no members", () => {
    for (const text of ["[1]", '"{"', "1", "null"]) expect(membersOf(text, 0)).toEqual([]);
    expect(itemsOf('{"a":1}', 0)).toEqual([]);
  });
});
