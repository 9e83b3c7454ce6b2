import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  frame,
  messageFrame,
  parameterStatusFrame,
  parseFrame,
  queryFrame,
  readBindHead,
  readExecute,
  readFields,
  readParameterStatus,
  readParse,
  readQuery,
  readRowDescription,
  readTarget,
  WireError,
} from "./wire.ts";

const word = fc.string({ maxLength: 40 }).map((text) => text.replaceAll("\0", ""));
const body = (bytes: Buffer): Buffer => bytes.subarray(5);

describe("message bodies", () => {
  test("what is written is read back", () => {
    fc.assert(
      fc.property(word, word, (name, sql) => {
        fc.pre(name.isWellFormed() && sql.isWellFormed());
        expect(readQuery(body(queryFrame(sql)))).toBe(sql);
        expect(readParse(body(parseFrame(name, sql)))).toEqual({ name, text: sql, typeOids: [] });
        expect(readParameterStatus(body(parameterStatusFrame(name, sql)))).toEqual({ name, value: sql });
        const error = messageFrame({ severity: "ERROR", sqlstate: "42501", message: sql, hint: name, position: 3 });
        const fields = readFields(body(error));
        expect([fields.get("C"), fields.get("M"), fields.get("H"), fields.get("P")]).toEqual(["42501", sql, name, "3"]);
      }),
    );
  });

  test("a byte order mark in a text stays, because the server sees it too", () => {
    expect(readQuery(Buffer.from("\ufeffselect 1\0"))).toBe("\ufeffselect 1");
  });

  test("a Query with a NUL inside is never read as its first half", () => {
    expect(readQuery(Buffer.from("select 1\0; drop table t\0"))).toBeUndefined();
  });

  test("no reader throws anything but a WireError, whatever the bytes are", () => {
    const readers = [
      readQuery,
      readParse,
      readBindHead,
      readTarget,
      readExecute,
      readRowDescription,
      readFields,
      readParameterStatus,
    ];
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        for (const read of readers) {
          try {
            read(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(WireError);
          }
        }
      }),
    );
  });

  test.each([
    ["trailing bytes after Execute", () => readExecute(Buffer.from("\0\0\0\0\0x")), "WIRE_TRAILING"],
    ["a Query without an end", () => readQuery(Buffer.from("select 1")), "WIRE_TRUNCATED"],
    ["text that is not UTF-8", () => readQuery(Buffer.from([0x27, 0xff, 0x27, 0])), "WIRE_TEXT"],
    ["a negative count", () => readParse(Buffer.from("\0\0\xff\xff", "latin1")), "WIRE_LENGTH"],
    ["a Describe of neither", () => readTarget(Buffer.from("Xa\0")), "WIRE_TYPE"],
  ])("%s is refused", (_name, read, code) => {
    expect(read).toThrow(WireError);
    expect(read).toThrow(expect.objectContaining({ code }));
  });

  test("the length counts itself and the body", () => {
    expect(frame("X")).toEqual(Buffer.from([0x58, 0, 0, 0, 4]));
  });
});
