import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { formatProblems } from "./errors.ts";
import { readDuration, readObject, readOneOrMore, readSize, readString, readText } from "./reader.ts";
import { parseYamlDocument, POLICY_BYTES_MAX, Problems, type YamlNode } from "./yaml.ts";

function problems(text: string): string {
  return formatProblems(parseYamlDocument(text, "f.yaml").problems.list);
}

function value(text: string): YamlNode {
  const { root } = parseYamlDocument(text, "f.yaml");
  const entry = root.type === "map" ? root.entries.get("a") : undefined;
  if (entry === undefined) throw new TypeError("no key a");
  return entry.value;
}

describe("what two readers could understand differently is refused with its place", () => {
  test.each([
    ["a: 1\na: 2\n", "f.yaml:2:1: duplicate key `a`; keep one of them"],
    ["a: {b: 1, b: 2}\n", "f.yaml:1:11: duplicate key `b`; keep one of them"],
    ["a: &x 1\n", "f.yaml:1:7: anchors (`&name`) are not supported"],
    ["a: *x\n", "f.yaml:1:4: aliases (`*name`) are not supported; write the value out"],
    ["<<: {b: 1}\n", "f.yaml:1:1: merge keys (`<<`) are not supported; write the keys out"],
    ["a: 1\n---\nb: 2\n", "f.yaml:2:1: more than one document"],
    ["a: 1\n...\nb: 2\n", "f.yaml:3:1: more than one document"],
    ["a: !!str 1\n", "f.yaml:1:10: tags (`!name`) are not supported"],
    ["a: !secret {b: 1}\n", "f.yaml:1:12: tags (`!name`) are not supported"],
    ["1: a\n", "f.yaml:1:1: a key must be a plain string; quote it"],
    ["~: a\n", "f.yaml:1:1: a key must be a plain string; quote it"],
    ["true: a\n", "f.yaml:1:1: a key must be a plain string; quote it"],
    ["? [a, b]\n: 1\n", "f.yaml:1:3: a key must be a plain string; quote it"],
    ["%YAML 1.1\n---\na: yes\n", "f.yaml:1:1: directives"],
    ["%TAG ! tag:x,2000:\n---\na: 1\n", "f.yaml:1:1: directives"],
    ["", "f.yaml:1:1: the file is empty"],
    ["# only a comment\n", "f.yaml:1:1: the file is empty"],
    ["a: [1, 2\nb: 3\n", "f.yaml:2:1: not valid YAML"],
    ["a: 'x\n", "f.yaml:2:1: not valid YAML"],
    ["\ta: 1\n", "f.yaml:1:1: not valid YAML"],
    ["a: |\n  x\n y\n", "f.yaml:3:1: not valid YAML"],
  ])("%j", (text, expected) => {
    expect(problems(text).startsWith(expected) ? expected : problems(text)).toBe(expected);
    expect(problems(text).split("\n")).toHaveLength(1);
  });
});

test("an alias bomb is refused without being expanded", () => {
  const lines = ["a0: &a0 [x, x]"];
  for (let i = 1; i < 40; i += 1) lines.push(`a${i}: &a${i} [*a${i - 1}, *a${i - 1}]`);
  expect(problems(lines.join("\n"))).toContain("anchors");
});

test.each([["[".repeat(50_000)], ["- ".repeat(50_000)], ["{a: ".repeat(70) + "1" + "}".repeat(70)]])(
  "nesting that is too deep is a problem, not a crash",
  (text) => {
    expect(problems(text)).toContain("flatten it");
  },
);

test("a file over the size cap is refused before it is parsed", () => {
  expect(problems(`# ${"x".repeat(POLICY_BYTES_MAX)}`)).toContain("larger than 1048576 bytes");
});

test("a wide mapping is read in reasonable time, its duplicate found", () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => `k${i}: 1`);
  expect(problems([...lines, "k7: 1"].join("\n"))).toBe("f.yaml:20001:1: duplicate key `k7`; keep one of them");
});

test("keys that are names of Object.prototype are ordinary keys", () => {
  const { root, problems: found } = parseYamlDocument("__proto__: 1\nconstructor: 2\n", "f.yaml");
  expect(root.type === "map" && [...root.entries.keys()]).toEqual(["__proto__", "constructor"]);
  expect(found.count).toBe(0);
});

test("no text makes the parser throw", () => {
  const piece = fc.constantFrom(
    "a",
    ": ",
    "\n",
    "  ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a",
    "!t ",
    "'",
    '"',
    "|",
    "#",
    ",",
    "---\n",
    "%",
    "\t",
    "? ",
    "\0",
    "\u{1f600}",
  );
  const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));
  fc.assert(
    fc.property(text, (yaml) => {
      const doc = parseYamlDocument(yaml, "f.yaml");
      expect(doc.root.type !== "invalid" || doc.problems.count > 0).toBe(true);
    }),
    { numRuns: 1500 },
  );
});

describe("reading values", () => {
  const read = <T>(reader: (problems: Problems, node: YamlNode) => T, text: string): T | string => {
    const found = new Problems("f.yaml");
    const result = reader(found, value(text));
    return found.count === 0 ? result : formatProblems(found.list);
  };

  test.each([
    ["500ms", 500],
    ["60s", 60_000],
    ["20m", 1_200_000],
    ["2h", 7_200_000],
    ["1d", 86_400_000],
  ])("the duration %s", (text, expected) => {
    expect(read((p, n) => readDuration(p, n, "`a`", 1e12), `a: ${text}`)).toBe(expected);
  });

  test.each([["20"], ["1.5h"], ["-1s"], ["1 h"], ["2H"], ["0s"], ["1h30m"], ["99999999999999999d"], ["[1s]"], [""]])(
    "no duration: %j",
    (text) => {
      expect(read((p, n) => readDuration(p, n, "`a`", 1e12), `a: ${text}`)).toContain("such as 500ms, 60s, 20m or 2h");
    },
  );

  test.each([
    ["1KiB", 1024],
    ["8MiB", 8 * 1024 * 1024],
    ["10MB", 10_000_000],
    ["100B", 100],
  ])("the size %s", (text, expected) => {
    expect(read((p, n) => readSize(p, n, "`a`"), `a: ${text}`)).toBe(expected);
  });

  test("a single value stands for a list of one, an empty list for a mistake", () => {
    const strings = (p: Problems, n: YamlNode) => readOneOrMore(p, n, "`a`", (item) => readString(p, item, "`a`"));
    expect(read(strings, "a: x")).toEqual(["x"]);
    expect(read(strings, "a: [x, y]")).toEqual(["x", "y"]);
    expect(read(strings, "a: []")).toBe("f.yaml:1:4: `a` is empty; name at least one, or remove the key");
    expect(read(strings, "a: [x, 1]")).toBe("f.yaml:1:8: `a` must be a string; quote it");
  });

  test("numbers keep the digits that were written", () => {
    expect(read((p, n) => readText(p, n, "`a`"), "a: 0123456789012345678901")).toBe("0123456789012345678901");
  });

  test("an unknown key gets the nearest known one, a missing one is named, and the content is not repeated", () => {
    const shape = { what: "a thing", keys: ["effect", "match"] as const, required: ["match"] as const };
    const text = read((p, n) => readObject(p, n, shape), "a: {effct: hunter2}");
    expect(text).toBe("f.yaml:1:4: a thing needs `match`\nf.yaml:1:5: unknown key `effct`; did you mean `effect`?");
  });
});
