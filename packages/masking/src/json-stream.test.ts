import { describe, expect, test } from "@jest/globals";
import type { Mask } from "@gate/contract";
import fc from "fast-check";
import { ContentMasks } from "./content.ts";
import { jsonMasker, maskJson } from "./streams.ts";
import { TOKEN_BYTES_MAX } from "./json-stream.ts";

const keys = { maskKey: (scope: string) => Buffer.alloc(32, scope.length) };
const content = (...masks: Mask[]): ContentMasks => new ContentMasks(masks, keys, () => 0);
const path = (text: string, action: Mask["action"] = { kind: "redact" }): Mask => ({
  kind: "json",
  path: text,
  action,
});
const detect = (...detectors: string[]): Mask => ({ kind: "detect", detectors, action: { kind: "redact" } });
const masked = (text: string, ...masks: Mask[]): string =>
  Buffer.from(maskJson(Buffer.from(text), content(...masks)).bytes).toString();

function inPieces(text: Buffer, cuts: readonly number[], rules: ContentMasks): string {
  const stream = jsonMasker(rules);
  const out: Buffer[] = [];
  let from = 0;
  for (const cut of [...cuts, text.length]) {
    // The chunk's memory is used again, as a socket's is.
    const chunk = Buffer.from(text.subarray(from, cut));
    for (const piece of stream.push(chunk)) out.push(Buffer.from(piece));
    chunk.fill(0);
    from = cut;
  }
  for (const piece of stream.end()) out.push(Buffer.from(piece));
  return Buffer.concat(out).toString();
}

describe("masks by JSON path", () => {
  test.each([
    ['{"customer":{"ssn":"1"},"n":1}', "$.customer.ssn", '{"customer":{"ssn":"[redacted]"},"n":1}'],
    ['{ "customer" : { "s\\u0073n" : "1" } }', "$.customer.ssn", '{ "customer" : { "s\\u0073n" : "[redacted]" } }'],
    ['{"a":1,"a":2}', "$.a", '{"a":0,"a":0}'],
    ['{"a":[{"b":1},{"b":"x"}]}', "$.a[*].b", '{"a":[{"b":0},{"b":"[redacted]"}]}'],
    ['{"a":[{"b":1},[{"b":"x"}]]}', "$.a.b", '{"a":[{"b":0},[{"b":"[redacted]"}]]}'],
    ['{"a":[1,2,3]}', "$.a[1]", '{"a":[1,0,3]}'],
    ['{"x":{"ssn":1,"y":[{"ssn":{"z":[1]}}]}}', "$..ssn", '{"x":{"ssn":0,"y":[{"ssn":"[redacted]"}]}}'],
    ['{"a":{"b":true,"c":null}}', "$.a.*", '{"a":{"b":false,"c":null}}'],
    ['{"a b":{"c.d":"s"}}', "$['a b'][\"c.d\"]", '{"a b":{"c.d":"[redacted]"}}'],
    ['{"a":{"b":[1,{"c":2}]} ,"d":9007199254740993 }', "$.a", '{"a":"[redacted]" ,"d":9007199254740993 }'],
    ['"x"', "$", '"[redacted]"'],
    [" 12 ", "$", " 0 "],
    ['{"b":1}', "$.a", '{"b":1}'],
  ])("%s under %s", (text, at, expected) => {
    expect(masked(text, path(at))).toBe(expected);
  });

  test("bytes that no mask reaches stay as they are, numbers of any size among them", () => {
    const text = '\n{"b" :1e400,"id":12345678901234567890.10, "b":"\\u00e9\\/", "a":"s","é":[ ]}\n';
    expect(masked(text, path("$.a"))).toBe(text.replace('"s"', '"[redacted]"'));
  });

  test.each([
    [{ kind: "null" } as const, '{"a":null,"n":null}'],
    [{ kind: "partial", keepFirst: 0, keepLast: 4 } as const, '{"a":"************6789","n":1111}'],
  ])("%j keeps JSON", (action, expected) => {
    const text = '{"a":"078-05-1120-6789","n":4111111111111111}';
    const out = masked(text, path("$.a", action), path("$.n", action));
    expect(out).toBe(expected);
  });

  test("tokens are equal for equal values, whatever way they are written, and numbers stay numbers", () => {
    const action = { kind: "tokenize", scope: "gateway" } as const;
    const out = JSON.parse(masked('{"a":"x\\u0079","b":"xy","c":7,"d":7}', path("$.*", action))) as Record<
      string,
      unknown
    >;
    expect(out.a).toMatch(/^tok_[a-z2-7]{26}$/);
    expect(out.a).toBe(out.b);
    expect(Number.isSafeInteger(out.c)).toBe(true);
    expect(out.c).toBe(out.d);
  });

  test.each([
    "{",
    '{"a":1',
    '{"a" 1}',
    "{'a':1}",
    '{"a":1}}',
    '{"a":1]',
    "[1,]2",
    "{a:1}",
    '{"a":01}',
    '{"a":1}{"a":2}',
    '"\\x"',
    "nul",
    '{"a":"b}',
  ])("%s is no JSON: the whole is redacted", (text) => {
    expect(masked(text, path("$.a"), detect("email"))).toBe('"[redacted]"');
  });

  test("documents after one another are read where a protocol says so", () => {
    const stream = jsonMasker(content(path("$.a")), { sequence: true });
    const out = [...stream.push(Buffer.from('{"a":1}\n{"a":"x"}\n')), ...stream.end()];
    expect(Buffer.concat(out).toString()).toBe('{"a":0}\n{"a":"[redacted]"}\n');
    expect(stream.masked).toEqual({ "json:$.a": 2 });
  });

  test("depth is bounded", () => {
    expect(masked(`${"[".repeat(600)}${"]".repeat(600)}`, path("$.a"))).toBe('"[redacted]"');
  });

  test("a string above the bound is replaced as a whole where detectors have to look into it", () => {
    const text = JSON.stringify({ a: "x".repeat(TOKEN_BYTES_MAX + 1), b: 1 });
    expect(masked(text, detect("email"))).toBe('{"a":"[redacted]","b":1}');
    expect(masked(text, path("$.b"))).toBe(text.replace('"b":1', '"b":0'));
  });
});

describe("detectors in JSON", () => {
  test.each([
    ['{"mail":"to a@b.example now","n":[1,2]}', '{"mail":"to [redacted] now","n":[1,2]}'],
    ['{"a":"a\\u0040b.example \\"q\\""}', '{"a":"[redacted] \\"q\\""}'],
    ['{"a@b.example":1}', '{"[redacted]":1}'],
    ['{"pan":4111111111111111}', '{"pan":0}'],
    ['["{\\"m\\":\\"a@b.example\\"}"]', '["{\\"m\\":\\"[redacted]\\"}"]'],
    ['{"k":"-----BEGIN PRIVATE KEY-----\\nMII\\n-----END PRIVATE KEY-----\\n!"}', '{"k":"[redacted]\\n!"}'],
  ])("%s", (text, expected) => {
    expect(masked(text, detect("email", "credit_card", "private_key"))).toBe(expected);
  });

  test("UTF-8 around a match survives", () => {
    expect(masked('{"a":"ü\\n a@b.example ü"}', detect("email"))).toBe('{"a":"ü\\n [redacted] ü"}');
  });
});

describe("chunks", () => {
  const rules = content(
    path("$.a.ssn"),
    path("$..card", { kind: "partial", keepFirst: 0, keepLast: 4 }),
    path("$.list[*].t", { kind: "tokenize", scope: "session" }),
    detect("email", "us_ssn"),
  );
  const text = Buffer.from(
    '\ufeff {"a":{"ssn":{"x":[1,"]"]}},"b\\"":"é a@b.example \\\\","card":"4111111111111111","n":-1.5e+10,' +
      '"list":[{"t":"v"},{"t":12},{"t":null},true,false,{"u":["123-45-6789"]}]}\n',
  );

  test("every split point gives the same bytes", () => {
    const whole = inPieces(text, [], rules);
    expect(JSON.parse(whole.slice(1))).toMatchObject({ a: { ssn: "[redacted]" }, card: "************1111" });
    for (let cut = 0; cut <= text.length; cut++) expect([cut, inPieces(text, [cut], rules)]).toEqual([cut, whole]);
    expect(inPieces(text, Array.from(text.keys()), rules)).toBe(whole);
  });

  test("random documents in random pieces give what the whole gives, and JSON stays JSON", () => {
    const value = fc.jsonValue({ maxDepth: 4 });
    const document = fc
      .tuple(value, fc.array(fc.nat(400), { maxLength: 6 }), fc.constantFrom(undefined, 1))
      .map(([json, cuts, indent]) => ({
        text: Buffer.from(JSON.stringify({ a: json, card: json }, null, indent)),
        cuts,
      }));
    fc.assert(
      fc.property(document, ({ text: bytes, cuts }) => {
        const whole = inPieces(bytes, [], rules);
        const sorted = [...new Set(cuts.map((cut) => Math.min(cut, bytes.length)))].sort((a, b) => a - b);
        expect(inPieces(bytes, sorted, rules)).toBe(whole);
        expect(() => JSON.parse(whole) as unknown).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });

  test("what no mask reaches is the same document", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (json) => {
        expect(masked(json, path("$.zz.never"))).toBe(json);
      }),
    );
  });

  test("any bytes give JSON or an error of this package", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'{}[]",:\\ 1e-atn\n') }), (junk) => {
        const out = masked(junk, path("$.a"), detect("email"));
        if (out.trim() !== "") expect(() => JSON.parse(out) as unknown).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });
});
