import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { ContentMasks, type MaskStream } from "@gate/masking";
import { scriptMasker } from "./mask-script.ts";

const keys = { maskKey: () => Buffer.alloc(32, 1) };
const content = new ContentMasks([{ kind: "json", path: "$.ssn", action: { kind: "redact" } }], keys, () => 0);
const masker = (): MaskStream =>
  scriptMasker(content, () => ({ push: (chunk) => [chunk], end: () => [], masked: { other: 1 } }));

function through(pieces: readonly Uint8Array[]): { readonly text: string; readonly count: number | undefined } {
  const stream = masker();
  const out = [...pieces.flatMap((piece) => stream.push(piece)), ...stream.end()];
  return { text: Buffer.concat(out).toString("latin1"), count: stream.masked["json:$.ssn"] };
}

test.each([
  ['/**/ typeof cb === \'function\' && cb({"ssn":"078-05-1120","a":1});', 1],
  ['cb ( {"ssn":"078-05-1120"} , [{"ssn":"078-05-1120"}], "x", -1 ) ;\r\n', 2],
  [`)]}',\n{"ssn":"078-05-1120"}`, 1],
  ['\u00ef\u00bb\u00bfvar a_1 = {"ssn":"078-05-1120"};', 1],
  ['typeof [{[ === "function" && [{[({"ssn":"078-05-1120"})', 1],
  ['{"{"({"ssn":"078-05-1120"})', 1],
  ['a("({"ssn":"078-05-1120"})', 1],
  ['[{ "ssn" : "078-05-1120", "b\\"": [true, null, {}, -1.5e+3] }].x({"ssn":"078-05-1120"})', 2],
])("%s has its values masked, cut anywhere", (script, count) => {
  const bytes = Buffer.from(script, "latin1");
  const expected = { text: script.replaceAll("078-05-1120", "[redacted]"), count };
  for (let at = 0; at <= bytes.length; at += 1) {
    expect(through([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(expected);
  }
});

test("whatever name the client gives its callback", () => {
  const name = fc.string({ maxLength: 40, unit: fc.constantFrom(..."[]{}()\"'\\/*;:,.a1 \n") });
  fc.assert(
    fc.property(name, (callback) => {
      const { text } = through([Buffer.from(`${callback}({"ssn":"078-05-1120"});`)]);
      expect(text).toBe(`${callback}({"ssn":"[redacted]"});`);
    }),
    { seed: 1, numRuns: 2_000 },
  );
});

test.each(["", "c", 'cb({a: "078-05-1120"})', 'f({"a":1}).g([0][0])', "(function () {})()"])(
  "%j goes on as it is",
  (script) => {
    expect(through([Buffer.from(script)])).toEqual({ text: script, count: undefined });
  },
);

test("what is around the JSON goes to the other masker", () => {
  const marked = scriptMasker(content, () => ({
    push: (chunk) => [Buffer.from("<"), chunk],
    end: () => [Buffer.from(">")],
    masked: {},
  }));
  marked.push(Buffer.from('cb({"a":1},2);'));
  expect(Buffer.concat(marked.end()).toString()).toBe('<cb(>{"a":1}<,2);>');
});

test("a script is bounded, and so is the search in it", () => {
  const code = expect.objectContaining({ code: "UNMASKABLE" });
  const large = masker();
  expect(() => {
    for (let bytes = 0; bytes < 20_000_000; bytes += 1_000_000) large.push(Buffer.alloc(1_000_000, "x"));
  }).toThrow(code);
  const deep = masker();
  deep.push(Buffer.alloc(1_000_000, "["));
  expect(() => deep.end()).toThrow(code);
});
