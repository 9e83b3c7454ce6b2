import { expect, test } from "@jest/globals";
import { openTags, sealTag } from "./entity-tags.ts";

const keys = (byte: number) => ({ maskKey: () => Buffer.alloc(32, byte) });
const ONE = keys(1);

test("a tag is hidden, the same for the same tag, and comes back as it was", () => {
  for (const tag of ['"219-09-9999"', 'W/"2f-a0Xy"', '""', '"\u00e9"']) {
    const sealed = sealTag(tag, ONE) ?? "";
    expect(sealed).toMatch(/^W\/"[A-Za-z0-9_-]+"$/);
    expect(sealed).not.toContain("219");
    expect(sealTag(tag, ONE)).toBe(sealed);
    expect(sealTag(tag, keys(2))).not.toBe(sealed);
    expect(openTags(sealed, ONE)).toBe(tag);
    expect(openTags(sealed.replace("W/", ""), ONE)).toBe(tag);
  }
});

test("in a list those of another session, and what was never sealed, stay as they are", () => {
  const sealed = sealTag('"a"', ONE) ?? "";
  const other = sealTag('"a"', keys(2)) ?? "";
  expect(openTags(`"x", ${sealed}, W/"y",${other}, *`, ONE)).toBe(`"x", "a", W/"y",${other}, *`);
  expect(openTags("*", ONE)).toBe("*");
  expect(openTags('"unclosed', ONE)).toBe('"unclosed');
});

test("what is no tag, or none of a usual size, does not go on", () => {
  for (const tag of ["219-09-9999", '"a"b"', 'w/"a"', `"${"a".repeat(600)}"`, '"a", "b"', ""]) {
    expect(sealTag(tag, ONE)).toBeUndefined();
  }
});
