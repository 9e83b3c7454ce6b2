import { expect, test } from "@jest/globals";
import { table, visible } from "./output.ts";

test("columns line up and carry no trailing blanks", () => {
  expect(
    table(
      ["id", "state"],
      [
        ["hold_1", "pending"],
        ["h", ""],
      ],
    ),
  ).toBe("id      state\nhold_1  pending\nh");
});

test("foreign text cannot steer the terminal", () => {
  expect(visible("a\u001b[2Jb\u202ec\nd")).toBe("a\\u001b[2Jb\\u202ec d");
});
