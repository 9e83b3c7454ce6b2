import { describe, expect, test } from "@jest/globals";
import type { Mask } from "@gate/contract";
import { DETECTORS } from "@gate/masking";
import fc from "fast-check";
import { TestConnection } from "./serve-doubles.ts";
import { frame } from "./wire.ts";

const text = (value: string): Buffer => Buffer.from(`${value}\0`);
const queryFrame = frame("Q", text("SELECT"));
const ready = frame("Z", Buffer.from("I"));
const complete = frame("C", text("SELECT 1"));

function int(value: number, bytes: 2 | 4): Buffer {
  const out = Buffer.alloc(bytes);
  out.writeIntBE(value, 0, bytes);
  return out;
}

type Field = readonly [name: string, tableOid: number, attnum: number, typeOid: number, format: 0 | 1];

function described(...fields: readonly Field[]): Buffer {
  const parts = fields.flatMap(([name, tableOid, attnum, typeOid, format]) => [
    text(name),
    int(tableOid, 4),
    int(attnum, 2),
    int(typeOid, 4),
    int(-1, 2),
    int(-1, 4),
    int(format, 2),
  ]);
  return frame("T", int(fields.length, 2), ...parts);
}

function row(...values: readonly (string | Buffer | null)[]): Buffer {
  const parts = values.flatMap((value) => {
    if (value === null) return [int(-1, 4)];
    const bytes = Buffer.from(value as string);
    return [int(bytes.length, 4), bytes];
  });
  return frame("D", int(values.length, 2), ...parts);
}

const MASKS: readonly Mask[] = [
  { kind: "column", column: "public.c.ssn", action: { kind: "redact" } },
  { kind: "column", column: "public.c.mail", action: { kind: "tokenize", scope: "session" } },
  { kind: "json", path: "$.customer.ssn", action: { kind: "redact" } },
  { kind: "detect", detectors: DETECTORS, action: { kind: "redact" } },
];
const COLUMNS = new Map([
  ["20000/2", { name: "public.c.ssn", action: { kind: "redact" } as const, typeOid: 25 }],
  ["20000/7", { name: "public.c.mail", action: { kind: "tokenize", scope: "session" } as const, typeOid: 25 }],
]);
const FIELDS: readonly Field[] = [
  ["id", 20_000, 1, 23, 0],
  ["ssn", 20_000, 2, 25, 0],
  ["note", 0, 0, 25, 0],
  ["doc", 0, 0, 3802, 0],
  ["list", 0, 0, 1009, 0],
  ["wide", 0, 0, 20, 1],
  ["blob", 0, 0, 17, 0],
];

interface Outcome {
  readonly bytes: Buffer;
  readonly masked: unknown;
}

async function through(answer: Buffer, cuts: readonly number[], masks = MASKS, columns = COLUMNS): Promise<Outcome> {
  const t = new TestConnection({ masks, columns });
  await t.send(queryFrame);
  await t.answer(answer, cuts);
  return { bytes: t.received(), masked: t.results[0]?.summary.masked };
}

function card(): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(4111111111111111n);
  return bytes;
}

const hex = (value: string): string => `\\x${Buffer.from(value).toString("hex")}`;
const SMALL = Buffer.concat([
  described(...FIELDS),
  row(
    "1",
    "078-05-1120",
    "call a@b.example",
    '{"customer": {"ssn": "1", "n": 12345678901234567890}}',
    "{x,NULL}",
    null,
    "\\x00",
  ),
  row(
    "2",
    null,
    "nothing here",
    '{"m": "a@b.example"}',
    '{"a@b.example","4111 1111 1111 1111"}',
    card(),
    hex("a@b.example"),
  ),
  row("3", "x", "4111-1111-1111-1111 and 192.168.0.1", "null", "{}", Buffer.alloc(8), hex("plain")),
  complete,
  ready,
]);
const SMALL_MASKED = Buffer.concat([
  described(...FIELDS),
  row(
    "1",
    "[redacted]",
    "call [redacted]",
    '{"customer": {"ssn": "[redacted]", "n": 12345678901234567890}}',
    "{x,NULL}",
    null,
    "\\x00",
  ),
  row("2", null, "nothing here", '{"m": "[redacted]"}', "{[redacted],[redacted]}", Buffer.alloc(8), hex("[redacted]")),
  row("3", "[redacted]", "[redacted] and [redacted]", "null", "{}", Buffer.alloc(8), hex("plain")),
  complete,
  ready,
]);

describe("rows under masks", () => {
  test("each column gets what its masks say, and stays a value of its type", async () => {
    const { bytes, masked } = await through(SMALL, []);
    expect(bytes.toString("latin1")).toBe(SMALL_MASKED.toString("latin1"));
    expect(masked).toEqual({
      "column:public.c.ssn": 2,
      "json:$.customer.ssn": 1,
      "detect:email": 4,
      "detect:credit_card": 3,
      "detect:ipv4": 1,
    });
  });

  test("every split point gives the same bytes", async () => {
    for (let cut = 1; cut < SMALL.length; cut++) {
      const { bytes } = await through(SMALL, [cut]);
      expect([cut, bytes.equals(SMALL_MASKED)]).toEqual([cut, true]);
    }
    const all = Array.from({ length: SMALL.length - 1 }, (_, at) => at + 1);
    expect((await through(SMALL, all)).bytes.equals(SMALL_MASKED)).toBe(true);
  });

  test("a result that holds nothing goes on as it came", async () => {
    const plain = [FIELDS[0], FIELDS[2]] as const;
    const rows = Array.from({ length: 500 }, (_, at) => row(String(at), `line ${at} of 2024-01-31 10:00:00`));
    const answer = Buffer.concat([described(...(plain as readonly Field[])), ...rows, complete, ready]);
    expect((await through(answer, [])).bytes.equals(answer)).toBe(true);
  });

  const PIECES = [
    "a@b.example",
    "4111 1111 1111 1111",
    "order 77",
    "10:00:00",
    "ü",
    "1".repeat(15),
    "192.168.0.1",
    "x",
  ];

  test("large results in random pieces give what one piece gives", async () => {
    const value = fc.array(fc.constantFrom(...PIECES), { maxLength: 6 }).map((pieces) => pieces.join(" "));
    const long = fc.constantFrom(1, 1, 1, 1, 1, 40_000).map((times) => "long text ".repeat(times));
    const rows = fc.array(
      fc
        .tuple(value, value, long)
        .map(([note, other, tail]) =>
          row(
            "1",
            other,
            `${note} ${tail}`,
            JSON.stringify({ customer: { ssn: other }, note }),
            "{}",
            card(),
            hex(note),
          ),
        ),
      { minLength: 1, maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }),
        async (all, at) => {
          const answer = Buffer.concat([described(...FIELDS), ...all, complete, ready]);
          const cuts = [...new Set(at.map((part) => Math.floor(part * answer.length)))].sort((a, b) => a - b);
          const whole = await through(answer, []);
          const pieces = await through(answer, cuts);
          expect(pieces.bytes.equals(whole.bytes)).toBe(true);
          expect(pieces.masked).toEqual(whole.masked);
          expect(whole.bytes.includes("a@b.example")).toBe(false);
          expect(whole.bytes.includes("4111 1111")).toBe(false);
        },
      ),
      { numRuns: 40 },
    );
  }, 120_000);

  test("tokens, rows wider than the kernel knows and rows longer than its window are masked too", async () => {
    const token: Field = ["mail", 20_000, 7, 25, 0];
    const wide = Array.from({ length: 100 }, (_, at): Field => [`c${at}`, 0, 0, 25, 0]);
    const values = wide.map((_, at) => (at % 10 === 0 ? "a@b.example" : "x"));
    const answer = Buffer.concat([
      described(...wide, token),
      row(...values, "ada@example.com"),
      row(...values.map(() => "y".repeat(5000)), "ada@example.com"),
      row(...values, null),
      complete,
      ready,
    ]);
    const { bytes, masked } = await through(answer, []);
    expect(bytes.includes("@b.example")).toBe(false);
    expect(masked).toEqual({ "detect:email": 20, "column:public.c.mail": 2 });
    for (const cut of [100, 6000, 500_000, answer.length - 20]) {
      expect((await through(answer, [cut])).bytes.equals(bytes)).toBe(true);
    }
  });

  test.each([{ rows: 7 }, { bytes: 400 }, { rows: 1000, bytes: 100_000 }])(
    "limits cut a masked result at the same row, however the bytes arrived: %j",
    async (limits) => {
      const rows = Array.from({ length: 20 }, (_, at) => row(String(at), at % 3 === 0 ? "a@b.example" : "plain", "x"));
      const answer = Buffer.concat([described(FIELDS[0] as Field, FIELDS[2] as Field, FIELDS[1] as Field), ...rows]);
      const run = async (cuts: readonly number[]): Promise<Buffer> => {
        const t = new TestConnection({ masks: MASKS, columns: COLUMNS, limits });
        await t.send(queryFrame);
        await t.answer(answer, cuts);
        return t.received();
      };
      const whole = await run([]);
      const shown = whole.toString("latin1").split("[redacted]").length;
      expect(shown).toBeGreaterThan(3);
      const each = rows.reduce(
        (sums: number[], one) => [...sums, (sums.at(-1) ?? answer.indexOf(rows[0] as Buffer)) + one.length],
        [],
      );
      expect((await run(each.slice(0, -1))).equals(whole)).toBe(true);
      for (let cut = 100; cut < answer.length; cut += 7) expect((await run([cut])).equals(whole)).toBe(true);
    },
  );

  test.each([
    ["too few columns", row("1")],
    ["too many columns", row(...FIELDS.map(() => "1"), "2")],
    ["a length beyond the row", frame("D", int(FIELDS.length, 2), int(1000, 4), Buffer.alloc(40))],
    ["a negative length", frame("D", int(FIELDS.length, 2), int(-2, 4), Buffer.alloc(40))],
    [
      "bytes behind the last column",
      Buffer.concat([frame("D", int(FIELDS.length, 2), ...FIELDS.map(() => int(-1, 4)), Buffer.alloc(1))]),
    ],
  ])("a row with %s ends the connection", async (_name, broken) => {
    const t = new TestConnection({ masks: MASKS, columns: COLUMNS });
    await t.send(queryFrame);
    await t.answer(Buffer.concat([described(...FIELDS), broken, complete, ready]));
    expect(t.notes).toEqual(["target-violation"]);
  });
});
