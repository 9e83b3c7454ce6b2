/** The runner's two little languages: command files and workflow commands. */
import fc from "fast-check";
import { describe, expect, test } from "@jest/globals";
import { Masks, OutputReader, parseCommand } from "./commands.ts";
import { parsePairs } from "./file-commands.ts";

const name = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_-]{0,20}$/u);
const line = fc.string().filter((text) => !/[\r\n]/u.test(text));

describe("command files", () => {
  test("whatever is written as a block with an unused delimiter is read back", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.array(line, { minLength: 1 })), { maxLength: 5 }), (pairs) => {
        const text = pairs.map(([key, lines]) => `${key}<<ghadelimiter_7f\n${lines.join("\n")}\nghadelimiter_7f\n`);
        expect(parsePairs(text.join(""))).toEqual(pairs.map(([key, lines]) => [key, lines.join("\n")]));
      }),
    );
  });

  test("any text either reads or is refused with the package's error", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          parsePairs(text);
        } catch (error) {
          expect(error).toMatchObject({ code: "FILE_COMMAND_INVALID" });
        }
      }),
    );
  });

  test("`=` before `<<` makes a plain line; values may hold both", () => {
    expect(parsePairs("A=b<<c\nD==e\n")).toEqual([
      ["A", "b<<c"],
      ["D", "=e"],
    ]);
  });

  test.each(["=x", "no sign", "A<<", "A<<END\nnever closed"])("%j is refused", (text) => {
    expect(() => parsePairs(text)).toThrow(expect.objectContaining({ code: "FILE_COMMAND_INVALID" }));
  });
});

describe("workflow commands", () => {
  test("escaped characters come back, in the message and in properties", () => {
    expect(parseCommand("::error title=a%2Cb%3Ac,file=x.sql::one%0Atwo %2525")).toEqual({
      name: "error",
      properties: { title: "a,b:c", file: "x.sql" },
      message: "one\ntwo %25",
    });
  });

  test.each(["plain", ":: ::", "a ::error::b", "::error:no"])("%j is no command", (text) => {
    expect(parseCommand(text)).toBeUndefined();
  });

  test("a mask that is inside another one does not uncover its rest", () => {
    const masks = new Masks();
    masks.add("secret");
    masks.add("secret-and-more");
    expect(masks.apply("secret-and-more secret")).toBe("*** ***");
  });

  test("base64 and JSON forms of a mask are not covered: actions must mask every form that they print", () => {
    const masks = new Masks();
    masks.add('pass"word');
    const reader = new OutputReader(masks, () => {});
    reader.read(JSON.stringify({ p: 'pass"word' }));
    reader.read(Buffer.from('pass"word').toString("base64"));
    expect(reader.lines.join()).not.toContain("***");
  });
});
