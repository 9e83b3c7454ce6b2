import { describe, expect, test } from "@jest/globals";
import type { DetectMask, Mask } from "@gate/contract";
import fc from "fast-check";
import { ContentMasks } from "./content.ts";
import { DETECTORS } from "./detectors/index.ts";
import type { Place } from "./place.ts";
import { SAMPLES } from "./samples.ts";
import { textMasker } from "./streams.ts";

const keys = { maskKey: (scope: string) => Buffer.alloc(32, scope.length) };
const ALL: DetectMask = { kind: "detect", detectors: DETECTORS, action: { kind: "redact" } };

function masked(text: string, masks: readonly Mask[] = [ALL], place: Place = {}, nowMs = 0): string {
  const content = new ContentMasks(masks, keys, () => nowMs);
  const bytes = Buffer.from(text).toString("latin1");
  const out = content.replace(bytes, content.at(place), () => undefined);
  return Buffer.from(out ?? bytes, "latin1").toString();
}
const only = (name: string): DetectMask => ({ ...ALL, detectors: [name] });

describe("built-in detectors", () => {
  test.each(SAMPLES)("%s finds %s by itself and inside a text", (name, value) => {
    const hidden = masked(value, [only(name)]);
    expect(hidden).toContain("[redacted]");
    // Behind a key without an end everything is hidden.
    const open = name === "private_key" && !/END|AGE/.test(value);
    expect(masked(`("${value}", ü)`, [only(name)])).toBe(open ? `("${hidden}` : `("${hidden}", ü)`);
  });

  test.each([
    "4111 1111 1111 1112",
    "GB00WEST12345698765432",
    "000-12-3456 and 666-12-3456 and 1123-45-67890",
    "order 12345678901234567890123",
    "nobody at example.org, user@localhost, logo@2x.png, git@github.com:acme/gate.git",
    "ghp_short",
    "0,4111111111111111 4111111111111111,50 and 12,4111111111111111;",
    "a 4111111111111111b c_0.4111111111111111 4111111111111111.5",
    "v1.2.3.4 1.3.6.1.4.1.311 10.0.19041.1 1.2.3 256.1.1.1",
    "10:00:00 de:ad:be:ef:00:01 std::vector ::1 a::b",
    "eyJub3QiOiJhIGp3dCJ9.eyJhIjoxfQ.c2ln",
    "555-0100 or 1-800 or 20240131 or +12",
    "task-based sk-1234 risk-free",
    "5d41402abc4b2a76b9719d911017c592 8c6e1c1e-7c3b-4c2b-9d3b-0a0a0a0a0a0a",
    "1700000000123 2024-01-31 10:00:00.123456+00",
  ])("%s is left alone", (text) => {
    expect(masked(text)).toBe(text);
  });

  test.each([
    ["4111 1111 1111 1111 10:00", "[redacted] 10:00"],
    ["1234 4111 1111 1111 1111", "1234 [redacted]"],
    ["12 4111 1111 1111 1111 123", "12 [redacted] 123"],
    ["3782 822463 10005 99", "[redacted] 99"],
    ["4111-1111-1111-1111 4111-1111-1111-1111", "[redacted] [redacted]"],
    ["078 05 1120 078 05 1120", "[redacted] [redacted]"],
    ["7,4111111111111111,2027", "7,[redacted],2027"],
    ["Ada,4111111111111111,5", "Ada,[redacted],5"],
    ["4111111111111111,2027-01", "[redacted],2027-01"],
    ["1,2,4111111111111111", "1,2,[redacted]"],
    ["4111111111111111,5500005555555559", "[redacted],[redacted]"],
  ])("numbers next to a value do not hide it: %s", (text, expected) => {
    expect(masked(text, [only("credit_card"), only("us_ssn")])).toBe(expected);
  });

  test("hostile texts take no more than linear time", () => {
    const started = process.hrtime.bigint();
    const pieces = [
      "a@",
      "1 ",
      "A1",
      "eyJ",
      "-----BEGIN PRIVATE KEY-----",
      "a.",
      "4-",
      "DE89 ",
      "1.",
      "::",
      "sk-",
      "aws ",
      "4111 ",
      "4111111111111111,",
    ];
    for (const piece of pieces) masked(piece.repeat(100_000 / piece.length));
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(10_000);
  });

  test("whatever stands around it, a value does not stay", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.constantFrom(...SAMPLES), (text, [, value]) => {
        expect(masked(`${text}\n${value}\n${text}`)).not.toContain(value);
      }),
    );
  });
});

describe("names and columns", () => {
  const stored = (column: string): Place => ({ column, name: column.split(".").at(-1) });

  test("the stored column's own name can clear a bare number; an alias or an expression cannot", () => {
    expect(masked("4111111111111111", [ALL], stored("public.orders.order_id"))).toBe("4111111111111111");
    expect(masked("4111111111111111", [ALL], { name: "order_id" })).toBe("[redacted]");
    expect(masked("4111111111111111", [ALL], stored("public.orders.card_id"))).toBe("[redacted]");
    expect(masked("4111 1111 1111 1111", [ALL], stored("public.orders.order_id"))).toBe("[redacted]");
    expect(masked("1.2.3.4", [ALL], stored("public.builds.version"))).toBe("1.2.3.4");
    expect(masked("1.2.3.4", [ALL], stored("public.hosts.addr"))).toBe("[redacted]");
  });

  test("a name that speaks for a kind turns its weak forms on", () => {
    expect(masked("219099999")).toBe("219099999");
    expect(masked("219099999", [ALL], { name: "SSN" })).toBe("[redacted]");
    expect(masked("4222222222222")).toBe("4222222222222");
    expect(masked("4222222222222", [ALL], { name: "cardNumber" })).toBe("[redacted]");
  });

  test("a column of numbers that are right by chance only is cleared, after its first rows", () => {
    const content = new ContentMasks([ALL], keys, () => 0);
    const run = (column: string | undefined): number[] => {
      const placed = content.at({ column, name: "n", profile: { digits: 0, cards: 0 } });
      const hits: number[] = [];
      for (let row = 0; row < 200; row++) {
        const text = row % 10 === 0 ? "4111111111111111" : `41111111111111${12 + (row % 80)}`.slice(0, 16);
        if (content.find(text, placed).length > 0) hits.push(row);
      }
      return hits;
    };
    expect(run("public.t.n").filter((row) => row > 40)).toEqual([]);
    expect(run("public.t.n").length).toBeGreaterThan(0);
    expect(run(undefined).length).toBeGreaterThan(20);
  });

  test("an ignored column is left out until the day, and only for what was named", () => {
    const ignore = [{ column: "public.t.note", detectors: ["email"], reason: "test data", expiresMs: 1000 }];
    const masks = [{ ...ALL, ignore }];
    expect(masked("a@b.example 123-45-6789", masks, stored("public.t.note"), 999)).toBe("a@b.example [redacted]");
    expect(masked("a@b.example 123-45-6789", masks, stored("public.t.note"), 1000)).toBe("[redacted] [redacted]");
    expect(masked("a@b.example", masks, stored("public.t.other"), 999)).toBe("[redacted]");
    expect(masked("a@b.example", masks, { name: "note" }, 999)).toBe("[redacted]");
  });

  test("a mask with context counts under such names only, and where nothing is known", () => {
    const masks = [{ ...ALL, context: ["contact"] }];
    expect(masked("a@b.example", masks, { name: "note" })).toBe("a@b.example");
    expect(masked("a@b.example", masks, { name: "primaryContact" })).toBe("[redacted]");
    expect(masked("a@b.example", masks, {})).toBe("[redacted]");
  });
});

describe("patterns and dictionaries", () => {
  const custom: DetectMask = {
    kind: "detect",
    detectors: [],
    patterns: [
      { name: "staff", re2: "EMP-[0-9]{6}" },
      { name: "greek", re2: "[αβγ]+" },
    ],
    dictionaries: [{ name: "projects", words: ["Blue Fox", "zephyr", "Ärger"] }],
    action: { kind: "redact" },
  };

  test.each([
    ["ask EMP-123456 now", "ask [redacted] now"],
    ["ü EMP-123456 ü αα ü", "ü [redacted] ü [redacted] ü"],
    ["the BLUE  fox jumps", "the [redacted] jumps"],
    ["Zephyr, zephyrs and ärger", "[redacted], zephyrs and [redacted]"],
    ["bluefox fox blue", "bluefox fox blue"],
  ])("%s", (text, expected) => {
    expect(masked(text, [custom])).toBe(expected);
  });

  test("a pattern that RE2 does not take is the operator's mistake", () => {
    const mask: DetectMask = { ...custom, patterns: [{ name: "p", re2: "(?=a)" }] };
    expect(() => masked("x", [mask])).toThrow(expect.objectContaining({ code: "PATTERN_INVALID" }));
    expect(() => masked("x", [only("nothing")])).toThrow(expect.objectContaining({ code: "DETECTOR_UNKNOWN" }));
  });

  test("where masks overlap the strongest action wins over the whole", () => {
    const partial: DetectMask = {
      ...ALL,
      detectors: ["email"],
      action: { kind: "partial", keepFirst: 1, keepLast: 0 },
    };
    expect(masked("a@b.example", [partial])).toBe("a**********");
    expect(masked("a@b.example", [partial, only("email")])).toBe("[redacted]");
  });
});

describe("texts in lines", () => {
  const text =
    'data: {"m":"a@b.example"}\n\nplain ü\r\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----\nafter 123-45-6789\nlast a@b.example';
  const run = (cuts: readonly number[]): string => {
    const stream = textMasker(new ContentMasks([ALL], keys, () => 0));
    const bytes = Buffer.from(text);
    const out: Buffer[] = [];
    let from = 0;
    for (const cut of [...cuts, bytes.length]) {
      const chunk = Buffer.from(bytes.subarray(from, cut));
      for (const piece of stream.push(chunk)) out.push(Buffer.from(piece));
      chunk.fill(0);
      from = cut;
    }
    for (const piece of stream.end()) out.push(Buffer.from(piece));
    return Buffer.concat(out).toString();
  };

  test("every split point gives the same text", () => {
    const whole = run([]);
    expect(whole).toBe('data: {"m":"[redacted]"}\n\nplain ü\r\n[redacted]\nafter [redacted]\nlast [redacted]');
    const { length } = Buffer.from(text);
    for (let cut = 0; cut <= length; cut++) expect([cut, run([cut])]).toEqual([cut, whole]);
    expect(run(Array.from({ length }, (_, at) => at))).toBe(whole);
  });

  test("an unfinished line can be let go; a private key stays hidden across it", () => {
    const stream = textMasker(new ContentMasks([ALL], keys, () => 0));
    const out: Uint8Array[] = [];
    for (const piece of [
      "$ ",
      "cat key\n-----BEGIN PRIVATE KEY-----\nMI",
      "IE\nabc",
      "\n-----END PRIVATE KEY-----\n$ ",
    ]) {
      out.push(...stream.push(Buffer.from(piece)), ...stream.flush());
    }
    expect(Buffer.concat([...out, ...stream.end()]).toString()).toBe("$ cat key\n[redacted]\n$ ");
  });

  test("a line that is too long is replaced, wherever it was cut", () => {
    const stream = textMasker(new ContentMasks([ALL], keys, () => 0));
    const long = Buffer.alloc(200_000, "x");
    const out = [stream.push(long), stream.push(long), stream.push(Buffer.from("\nok\n")), stream.end()].flat();
    expect(Buffer.concat(out).toString()).toBe("[redacted]\nok\n");
  });
});
