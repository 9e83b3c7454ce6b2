import { expect, test } from "@jest/globals";
import { shownCommand, visible } from "./shown.ts";

test("what a screen hides is shown by number, line ends stay", () => {
  expect(visible("SELECT 1;\n\tDROP\u202e x\u200b\u0000\u00a0\r")).toBe(
    "SELECT 1;\n\tDROP\\u{202e} x\\u{200b}\\u{0}\\u{a0}\\u{d}",
  );
  expect(visible("grüße 日本 🙂")).toBe("grüße 日本 🙂");
});

test("a text that does not fit is not whole, also when its hidden characters make it longer", () => {
  expect(shownCommand("abc", 3)).toEqual({ text: "abc", whole: true });
  expect(shownCommand("abcd", 3)).toEqual({ text: "abc", whole: false });
  expect(shownCommand("a\u200b", 3).whole).toBe(false);
});
