import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { highlight, visible } from "./highlight.ts";
import { ago, clock, countdown } from "./time.ts";

const kinds = (text: string) => highlight(text, true).map(({ kind, text: piece }) => [kind, piece]);

test("keywords, texts, numbers and comments are told apart", () => {
  expect(kinds("DELETE FROM t WHERE a = 'x''y' AND b = 12 -- DROP")).toEqual([
    ["keyword", "DELETE"],
    ["plain", " "],
    ["keyword", "FROM"],
    ["plain", " t "],
    ["keyword", "WHERE"],
    ["plain", " a = "],
    ["string", "'x''y'"],
    ["plain", " "],
    ["keyword", "AND"],
    ["plain", " b = "],
    ["number", "12"],
    ["plain", " "],
    ["comment", "-- DROP"],
  ]);
  expect(kinds("$a$ DROP $b$ $a$;")).toEqual([
    ["string", "$a$ DROP $b$ $a$"],
    ["plain", ";"],
  ]);
});

test("what a screen does not show is shown by its number", () => {
  expect(kinds("a\u202eb\u0000")).toEqual([
    ["plain", "a"],
    ["hidden", "\\u{202e}"],
    ["plain", "b"],
    ["hidden", "\\u{0}"],
  ]);
});

test("it is the same that check runs and Slack show by number, in commands and beside them", () => {
  for (const hidden of [
    "\u00a0",
    "\u3164",
    "\u{e0041}",
    "\ufe0f",
    "\u2003",
    "\u3000",
    "\ufff9",
    "\u0600",
    "\ud800",
    "\r",
  ]) {
    const shown = `\\u{${(hidden.codePointAt(0) ?? 0).toString(16)}}`;
    expect(kinds(`"orders${hidden}"`)).toContainEqual(["hidden", shown]);
    expect(visible(`main${hidden}`)).toBe(`main${shown}`);
  }
  expect(visible("grüße 日本 🙂\n\tx y")).toBe("grüße 日本 🙂\n\tx y");
});

describe("any text", () => {
  const words = fc.array(
    fc.constantFrom("SELECT ", "'", '"', "--", "/*", "*/", "$$", "$a$", "\n", "1", "x", "é", "\u200b"),
  );
  test("comes out whole, character for character", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          words.map((list) => list.join("")),
        ),
        fc.boolean(),
        (text, sql) => {
          const shown = highlight(text, sql).map((piece) =>
            piece.kind === "hidden" ? String.fromCodePoint(parseInt(piece.text.slice(3, -1), 16)) : piece.text,
          );
          expect(shown.join("")).toBe(text);
        },
      ),
    );
  });
});

test("times are short and right", () => {
  expect(countdown(65_000, 0)).toBe("1 m 05 s");
  expect(countdown(0, 5)).toBe("0 s");
  expect(countdown(7_260_000, 0)).toBe("2 h 01 m");
  expect(ago(0, 59_000)).toBe("just now");
  expect(ago(0, 60_000)).toBe("1 minute ago");
  expect(ago(0, 7_200_000)).toBe("2 hours ago");
  expect(clock("2026-11-22T23:15:00.123Z")).toBe("23:15:00.123");
});
