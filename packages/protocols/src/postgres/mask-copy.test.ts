import { describe, expect, test } from "@jest/globals";
import type { CopyFormat } from "@gate/sql";
import { CopyMasker } from "./mask-copy.ts";
import { RowWriter, type ColumnPlan } from "./mask-rows.ts";
import { TestConnection } from "./serve-doubles.ts";
import { frame, messageFrame, WireError } from "./wire.ts";

const TEXT: CopyFormat = { kind: "text", delimiter: "\t", quote: '"', escape: '"', nullText: "\\N", header: false };
const CSV: CopyFormat = { ...TEXT, kind: "csv", delimiter: ",", nullText: "" };
const BINARY: CopyFormat = { ...TEXT, kind: "binary" };

/** Turns a value around, so that what it got can be seen. */
const around: ColumnPlan = { label: "around", apply: (value) => Buffer.from([...value.toString()].reverse().join("")) };
const constant: ColumnPlan = { label: "constant", apply: () => null, constant: Buffer.from('a"b,c\td\\e\n') };
const nothing: ColumnPlan = { label: "nothing", apply: () => null, constant: null };

function write(format: CopyFormat, columns: readonly (ColumnPlan | undefined)[], body: string | Buffer): string {
  const masker = new CopyMasker(
    columns.map((column) => (column === undefined ? undefined : [column])),
    format,
  );
  const writer = new RowWriter();
  const chunk = Buffer.concat([Buffer.from("junk"), frame("d", Buffer.from(body))]);
  masker.write(chunk, 4, chunk.length, writer, {});
  const out = Buffer.from(writer.take() ?? []);
  expect(out.readInt32BE(1)).toBe(out.length - 1);
  return out.subarray(5).toString("latin1");
}

describe("text", () => {
  test.each([
    ["1\tabc\n", "1\tcba\n"],
    ["1\t\\N\n", "1\t\\N\n"],
    ["1\t\n", "1\t\n"],
    ["\\N\ta\\tb\\nc\\\\\n", "\\N\t\\\\c\\nb\\ta\n"],
    ["1\tab\n2\tcd\n", "1\tba\n2\tdc\n"],
    ["x\\ty\tz\n", "x\\ty\tz\n"],
  ])("%j becomes %j", (given, expected) => {
    expect(write(TEXT, [undefined, around], given)).toBe(expected);
  });

  test("what stands in its place is written as the server would", () => {
    expect(write(TEXT, [constant, nothing], "1\t2\n")).toBe('a"b,c\\td\\\\e\\n\t\\N\n');
  });

  test("another delimiter and another NULL", () => {
    const format = { ...TEXT, delimiter: "|", nullText: "nil" };
    expect(write(format, [around, around, nothing], "a\\|b|nil|x\n")).toBe("b\\|a|nil|nil\n");
  });

  test("a line of names stays", () => {
    expect(write({ ...TEXT, header: true }, [around], "name\nvalue\n")).toBe("name\neulav\n");
  });
});

describe("CSV", () => {
  test.each([
    ["1,abc\n", '1,"cba"\n'],
    ["1,\n", "1,\n"],
    ['1,""\n', '1,""\n'],
    ['"x,\n""y",ab\n', '"x,\n""y","ba"\n'],
    ['1,"a""b"\n', '1,"b""a"\n'],
    ['1,"a,b\nc"\n2,d\n', '1,"c\nb,a"\n2,"d"\n'],
  ])("%j becomes %j", (given, expected) => {
    expect(write(CSV, [undefined, around], given)).toBe(expected);
  });

  test("a quote and an escape of their own", () => {
    const format = { ...CSV, delimiter: ";", quote: "'", escape: "\\", nullText: "nil" };
    expect(write(format, [around, around, constant], "'a\\'b';nil;1\n")).toBe("'b\\'a';nil;'a\"b,c\td\\\\e\n'\n");
  });
});

describe("binary", () => {
  const head = Buffer.concat([Buffer.from("PGCOPY\n\xff\r\n\0", "latin1"), Buffer.alloc(8)]);
  const tuple = (...values: (string | null)[]): Buffer => {
    const parts: Buffer[] = [Buffer.from([0, values.length])];
    for (const value of values) {
      const size = Buffer.alloc(4);
      size.writeInt32BE(value === null ? -1 : value.length);
      parts.push(size, Buffer.from(value ?? ""));
    }
    return Buffer.concat(parts);
  };
  const end = Buffer.from([0xff, 0xff]);

  test("values change, NULL and the rest stay", () => {
    const body = Buffer.concat([head, tuple("1", "abc"), tuple(null, null), end]);
    const expected = Buffer.concat([head, tuple("1", "cba"), tuple(null, null), end]);
    expect(write(BINARY, [undefined, around], body)).toBe(expected.toString("latin1"));
    expect(write(BINARY, [nothing], Buffer.concat([head, tuple("x")]))).toBe(
      Buffer.concat([head, tuple(null)]).toString("latin1"),
    );
  });

  test.each([
    ["no signature", tuple("a")],
    ["another width", Buffer.concat([head, tuple("a", "b")])],
    ["something behind the end", Buffer.concat([head, end, tuple("a")])],
    ["a value that goes beyond", Buffer.concat([head, Buffer.from([0, 1, 0, 0, 0, 9, 65])])],
  ])("%s is refused", (_name, body) => {
    expect(() => write(BINARY, [around], body)).toThrow(WireError);
  });
});

test.each([
  [TEXT, "1\tabc"],
  [TEXT, "1\n"],
  [TEXT, "1\t2\t3\n"],
  [CSV, '1,"abc\n'],
  [CSV, "1,2,3\n"],
  [CSV, "1,2"],
])("what does not fit is refused: %j %j", (format, body) => {
  expect(() => write(format, [undefined, around], body)).toThrow(WireError);
});

test("what comes out does not depend on how the server's bytes were cut", async () => {
  const masks = [{ kind: "column", column: "public.c.ssn", action: { kind: "redact" } }] as const;
  const columns = new Map([["20000/2", { name: "public.c.ssn", action: { kind: "redact" } as const, typeOid: 25 }]]);
  const options = { masks, columns };
  const bytes = Buffer.concat([
    frame("H", Buffer.from([0, 0, 2, 0, 0, 0, 0])),
    frame("d", Buffer.from("1\t078-05-1120\n")),
    frame("d", Buffer.from("2\t\\N\n")),
    frame("d", Buffer.from("3\tx\\ty\n")),
    frame("c"),
    frame("C", Buffer.from("COPY 3\0")),
    messageFrame({ severity: "NOTICE", sqlstate: "00000", message: "x" }),
    frame("Z", Buffer.from("I")),
  ]);
  const cutAt = async (cuts: readonly number[]): Promise<Buffer> => {
    const t = new TestConnection(options);
    await t.send(frame("Q", Buffer.from("COPY c TO STDOUT\0")));
    await t.answer(bytes, [...cuts]);
    return t.received();
  };
  const whole = await cutAt([]);
  expect(whole.toString("latin1")).toContain("1\t[redacted]\n");
  expect(whole.toString("latin1")).toContain("2\t\\N\n");
  expect(whole.includes("078")).toBe(false);
  for (let cut = 1; cut < bytes.length; cut += 1) expect(await cutAt([cut])).toEqual(whole);
  expect(await cutAt(Array.from({ length: bytes.length - 1 }, (_, at) => at + 1))).toEqual(whole);
});
