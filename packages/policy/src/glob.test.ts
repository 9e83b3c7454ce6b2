import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { compileGlob, compilePathGlob } from "./glob.ts";

test.each([
  ["public.*", "public.orders", true],
  ["public.*", "xpublic.orders", false],
  ["public.*", "public.", true],
  ["public.*", "public", false],
  ["DROP *", "DROP TABLE", true],
  ["DROP *", "DROP", false],
  ["*", "", true],
  ["**", "anything", true],
  ["a*a", "a", false],
  ["a*a", "aa", true],
  ["*b*c", "abxc", true],
  ["*b*c", "acb", false],
  ["a*bc*c", "abc", false],
  ["a*b*b", "ab", false],
  ["", "", true],
  ["", "x", false],
  [".*", "x", false],
  ["a.c", "abc", false],
])("%s over %s is %s", (pattern, text, expected) => {
  expect(compileGlob(pattern)(text)).toBe(expected);
});

test("agrees with the definition over every short pattern and text", () => {
  const matches = (pattern: string, text: string): boolean => {
    if (pattern === "") return text === "";
    if (pattern[0] === "*") {
      return matches(pattern.slice(1), text) || (text !== "" && matches(pattern, text.slice(1)));
    }
    return text !== "" && pattern[0] === text[0] && matches(pattern.slice(1), text.slice(1));
  };
  const word = (alphabet: string[], maxLength: number) =>
    fc.array(fc.constantFrom(...alphabet), { maxLength }).map((letters) => letters.join(""));
  fc.assert(
    fc.property(word(["a", "b", "*"], 7), word(["a", "b"], 9), (pattern, text) => {
      expect(compileGlob(pattern)(text)).toBe(matches(pattern, text));
    }),
    { numRuns: 2000 },
  );
});

test("a hostile pattern over a long text takes no more than pattern × text steps", () => {
  const glob = compileGlob(`${"a*".repeat(100)}b`);
  expect(glob("a".repeat(100_000))).toBe(false);
});

test.each([
  ["/var/log/app/**", "/var/log/app/a/b.log", true],
  ["/var/log/app/**", "/var/log/app/", true],
  ["/var/log/app/**", "/var/log/app", false],
  ["/var/log/app/**", "/var/log/apple", false],
  ["/var/*/app", "/var/log/app", true],
  ["/var/*/app", "/var/a/b/app", false],
  ["/var/**/app", "/var/a/b/app", true],
  ["/var/**/app", "/var/app", false],
  ["**", "/", true],
  ["*", "/", false],
  ["/*", "/a", true],
  ["/*", "/a/b", false],
  ["/**/*.log", "/a/b/c.log", true],
  ["/**/*.log", "/a/b/c.log/d", false],
  ["/a/**b/*", "/a/x/yb/z", true],
  ["/v1/*/items", "/v1//items", true],
  ["/a*/b", "/a/b", true],
  ["/a", "/a", true],
  ["/a", "/a/", false],
])("path %s over %s is %s", (pattern, text, expected) => {
  expect(compilePathGlob(pattern)(text)).toBe(expected);
});

test("a path pattern agrees with the definition over every short pattern and text", () => {
  const source = (pattern: string): string =>
    pattern.replaceAll(/\*+/g, (stars) => (stars.length > 1 ? "[^]*" : "[^/]*"));
  const word = (alphabet: string[], maxLength: number) =>
    fc.array(fc.constantFrom(...alphabet), { maxLength }).map((letters) => letters.join(""));
  fc.assert(
    fc.property(word(["a", "/", "*", "**"], 7), word(["a", "b", "/"], 9), (pattern, text) => {
      expect(compilePathGlob(pattern)(text)).toBe(new RegExp(`^(?:${source(pattern)})$`).test(text));
    }),
    { numRuns: 2000 },
  );
});

test("a hostile path pattern over a long text takes no more than pattern × text steps", () => {
  const glob = compilePathGlob(`/${"*a**".repeat(60)}b/*`);
  expect(glob(`/${"a".repeat(20_000)}/`)).toBe(false);
});
