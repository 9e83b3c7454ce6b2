/** The scan is a short cut only: with it and without it the same bytes come out, however they were cut. */
import { expect, test } from "@jest/globals";
import type { DetectMask } from "@gate/contract";
import fc from "fast-check";
import { ContentMasks } from "./content.ts";
import { DETECTORS } from "./detectors/index.ts";
import { WINDOW_BYTES } from "./kernel.ts";
import { SAMPLES } from "./samples.ts";
import { jsonMasker, textMasker, type MaskStream } from "./streams.ts";

const keys = { maskKey: () => Buffer.alloc(32) };
const ALL: DetectMask = { kind: "detect", detectors: [...DETECTORS], action: { kind: "redact" } };
// A pattern that the scan knows nothing of: every text is looked at.
const LOOKS: DetectMask = { ...ALL, patterns: [{ name: "nothing", re2: "\\x00never\\x00" }] };
const scanned = new ContentMasks([ALL], keys, () => 0);
const looked = new ContentMasks([LOOKS], keys, () => 0);

function run(stream: MaskStream, bytes: Buffer, cuts: readonly number[]): [string, Record<string, number>] {
  const out: Buffer[] = [];
  let from = 0;
  for (const cut of [...cuts.map((each) => each % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
    const chunk = Buffer.from(bytes.subarray(from, cut));
    for (const piece of stream.push(chunk)) out.push(Buffer.from(piece));
    chunk.fill(0x40);
    from = cut;
  }
  for (const piece of stream.end()) out.push(Buffer.from(piece));
  return [Buffer.concat(out).toString("latin1"), { ...stream.masked }];
}

const KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n4111 1111 1111 1111\n-----END RSA PRIVATE KEY-----";
const piece = fc.oneof(
  fc.constantFrom(...SAMPLES.map(([, value]) => value), KEY, KEY.slice(0, 40), "PuTTY-User-Key-File-2:\n"),
  fc.constantFrom(..."0123456789- @_AJBeyDEghx:.\n\n\n+()\0\r"),
  fc.constant("an ordinary line of a log, 12 ms\n"),
  fc.stringMatching(/^[0-9 .-]{0,24}$/),
  fc.stringMatching(/^[0-9a-f:.]{0,40}$/),
  fc.string({ maxLength: 6 }),
);
const cuts = fc.array(fc.nat({ max: 4000 }), { maxLength: 6 });

test("lines of text", () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 24 }), cuts, (pieces, at) => {
      const bytes = Buffer.from(pieces.join(""));
      expect(run(textMasker(scanned), bytes, at)).toEqual(run(textMasker(looked), bytes, []));
    }),
    { numRuns: 2000 },
  );
});

test("strings, names and numbers of JSON", () => {
  const text = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(""));
  const number = fc.oneof(fc.constantFrom(4111111111111111, 123456789, -4111111111111111, 0.5), fc.double());
  const { tree } = fc.letrec((tie) => ({
    leaf: fc.oneof(text, number, fc.constant(null), fc.boolean()),
    tree: fc.oneof(
      { maxDepth: 3 },
      tie("leaf"),
      fc.array(tie("tree"), { maxLength: 5 }),
      fc.dictionary(fc.oneof(text, fc.constantFrom("ssn", "card", "id", "note")), tie("tree"), { maxKeys: 5 }),
    ),
  }));
  const written = fc.tuple(tree, fc.constantFrom("", " ", "\n"), fc.constantFrom("@", "1", "e", " "));
  fc.assert(
    fc.property(fc.array(written, { minLength: 1, maxLength: 3 }), cuts, (documents, at) => {
      const bytes = Buffer.from(
        documents
          .map(([value, indent, escaped]) => {
            const plain = JSON.stringify(value, undefined, indent);
            // One character written as an escape wherever it stands in a string.
            const code = escaped.charCodeAt(0).toString(16).padStart(4, "0");
            return escaped === "@" ? plain.replaceAll("@", `\\u${code}`) : plain;
          })
          .join(" "),
      );
      const options = { sequence: true };
      expect(run(jsonMasker(scanned, options), bytes, at)).toEqual(run(jsonMasker(looked, options), bytes, []));
    }),
    { numRuns: 2000 },
  );
});

test("texts of several windows, with places across the borders and more places than are kept", () => {
  const line = "an ordinary line of a log, 12 ms\n";
  const filler = line.repeat(Math.ceil(WINDOW_BYTES / line.length));
  for (const before of [0, 1, 20, 32]) {
    const text = `${"x".repeat(before)}${filler}a@b.example\n${filler}${KEY}\n${filler}4111 1111 1111 1111`;
    const crowded = `${filler.slice(0, 1000)}\n${"a@b ".repeat(30_000)}\na@b.example\n${"a@b.example ok\n".repeat(20_000)}`;
    for (const each of [text, crowded]) {
      const bytes = Buffer.from(each);
      const [out, counts] = run(textMasker(scanned), bytes, []);
      expect([out, counts]).toEqual(run(textMasker(looked), bytes, [100_000, 300_001]));
      expect(out).not.toContain("b.example");
      expect(out).not.toContain("4111 ");
    }
    const json = Buffer.from(JSON.stringify([text, crowded, { [`n${before}`]: 4111111111111111 }, text.split("\n")]));
    const [out] = run(jsonMasker(scanned), json, []);
    expect(out).toBe(run(jsonMasker(looked), json, [100_000, 300_001])[0]);
    expect(out).not.toContain("4111 ");
  }
});

test("lines of exactly the bound and one byte more, behind others in one chunk", () => {
  for (const extra of [-1, 0, 1]) {
    const bytes = Buffer.from(`first\n${"y".repeat(256 * 1024 - 1 + extra)}\na@b.example\nlast`);
    const whole = run(textMasker(scanned), bytes, []);
    expect(whole).toEqual(run(textMasker(looked), bytes, [7, 100, 262_000]));
    expect(whole[1]["text:too-long"]).toBe(extra > 0 ? 1 : undefined);
  }
});
