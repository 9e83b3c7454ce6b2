import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { FrameReader, type FrameRule, type Piece } from "./frames.ts";
import { frame, WireError } from "./wire.ts";

const RULES: Record<string, FrameRule> = {
  Q: { lengthMax: 1000, wholeMax: 1000 },
  d: { lengthMax: 100_000, wholeMax: 50 },
  S: { lengthMax: 4, wholeMax: 4 },
};

function reader(): FrameReader {
  return new FrameReader((type) => RULES[String.fromCharCode(type)], 16);
}

/** Whole frames as they are; the pieces of a long one joined again. */
function collect(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const frames = reader();
  const out: Buffer[] = [];
  let open: Buffer[] = [];
  const take = (piece: Piece): void => {
    open.push(piece.bytes);
    if (!piece.last) return;
    out.push(Buffer.concat(open));
    open = [];
  };
  let from = 0;
  for (const to of [...cuts, bytes.length]) {
    frames.push(bytes.subarray(from, to));
    from = to;
    for (let piece = frames.next(); piece !== undefined; piece = frames.next()) take(piece);
  }
  expect(frames.buffered).toBe(0);
  expect(open).toEqual([]);
  return out;
}

describe("cutting a stream into messages", () => {
  const fixture = [frame("Q", Buffer.from("select 1\0")), frame("d", Buffer.alloc(300, 7)), frame("S"), frame("d")];

  test("every split of a stream gives the same messages", () => {
    const bytes = Buffer.concat(fixture);
    for (let cut = 0; cut <= bytes.length; cut++) expect(collect(bytes, [cut])).toEqual(fixture);
  });

  test("any sequence of messages comes back whatever the chunks are", () => {
    const message = fc.oneof(
      fc.uint8Array({ maxLength: 900 }).map((body) => frame("Q", body)),
      fc.uint8Array({ maxLength: 400 }).map((body) => frame("d", body)),
      fc.constant(frame("S")),
    );
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), fc.array(fc.nat(4000), { maxLength: 20 }), (messages, at) => {
        const bytes = Buffer.concat(messages);
        const cuts = at.filter((cut) => cut < bytes.length).sort((a, b) => a - b);
        expect(collect(bytes, cuts)).toEqual(messages);
      }),
      { numRuns: 100 },
    );
  });

  test("a message in one chunk is not copied", () => {
    const bytes = Buffer.concat(fixture);
    const frames = reader();
    frames.push(bytes);
    expect(frames.next()?.bytes.buffer).toBe(bytes.buffer);
  });

  test.each([
    ["an unknown type", Buffer.from([0x21]), "WIRE_TYPE"],
    ["a length below four", Buffer.from([0x51, 0, 0, 0, 3]), "WIRE_LENGTH"],
    ["a length of zero", Buffer.from([0x51, 0, 0, 0, 0]), "WIRE_LENGTH"],
    ["a length of 2^31", Buffer.from([0x51, 0x80, 0, 0, 0]), "WIRE_LENGTH"],
    ["a length above the bound", Buffer.from([0x53, 0, 0, 0, 5]), "WIRE_LENGTH"],
  ])("%s is refused as soon as it is seen", (_name, bytes, code) => {
    const frames = reader();
    frames.push(bytes);
    let thrown: unknown;
    try {
      frames.next();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(WireError);
    expect((thrown as WireError).code).toBe(code);
  });
});
