/** The mask lists of a policy: all that can be written, each mistake, and the rules that come with column masks. */
import { describe, expect, test } from "@jest/globals";
import type { Mask } from "@gate/contract";
import { decide } from "./decide.ts";
import { parsePolicy } from "./policy.ts";
import { factsOf, policyText, problemsOf } from "./testing.ts";

const NOW = Date.parse("2026-11-23T00:00:00Z");

function text(...masks: readonly string[]): string {
  const rules = ["{id: a, effect: allow, match: {statement: SELECT, functions: any}}"];
  return `${policyText(rules).replace("rules: [r]", "rules: [r], masks: [m]")}masks:\n  m:\n${masks.map((mask) => `  - ${mask}\n`).join("")}`;
}

function grantOf(...masks: readonly string[]) {
  const policy = parsePolicy(text(...masks), { file: "p", issuers: {}, targets: { db: { protocol: "postgres" } } });
  const grant = policy.grants.get("g");
  if (grant === undefined) throw new TypeError("no grant");
  return grant;
}

const read = (mask: string): Mask | undefined => grantOf(mask).masks[0];
const REDACT = { kind: "redact" };

describe("what a mask can say", () => {
  test.each<[string, object]>([
    [
      "{column: a.b.c, action: redact, on_unknown_origin: deny, on_predicate: allow}",
      { kind: "column", column: "a.b.c", action: REDACT, onUnknownOrigin: "deny", onPredicate: "allow" },
    ],
    ['{json: "$..token", action: hash}', { kind: "json", path: "$..token", action: { kind: "hash" } }],
    [
      "{detect: [phone, ipv4, slack_token], action: redact, context: [contact, tel]}",
      { kind: "detect", detectors: ["phone", "ipv4", "slack_token"], context: ["contact", "tel"], action: REDACT },
    ],
    [
      "{pattern: 'ORD-[0-9]{8}', name: order_id, action: redact}",
      { kind: "detect", detectors: [], patterns: [{ name: "order_id", re2: "ORD-[0-9]{8}" }], action: REDACT },
    ],
    [
      "{detect: email, pattern: [x+, y+], dictionary: [Ada Lovelace], action: redact}",
      {
        kind: "detect",
        detectors: ["email"],
        patterns: [
          { name: "pattern-1", re2: "x+" },
          { name: "pattern-2", re2: "y+" },
        ],
        dictionaries: [{ name: "dictionary", words: ["Ada Lovelace"] }],
        action: REDACT,
      },
    ],
    [
      "{detect: [credit_card, iban], action: redact, ignore: [{column: a.b.c, detect: iban, reason: order numbers, expires: 2027-01-31}]}",
      {
        kind: "detect",
        detectors: ["credit_card", "iban"],
        action: REDACT,
        ignore: [
          {
            column: "a.b.c",
            detectors: ["iban"],
            reason: "order numbers",
            expiresMs: Date.parse("2027-01-31T00:00:00Z"),
          },
        ],
      },
    ],
  ])("%s", (mask, expected) => {
    expect(read(mask)).toEqual(expected);
  });

  test("an approval answers for tested columns", () => {
    const mask = read("{column: a.b.c, action: redact, on_predicate: hold, approval: two}");
    expect(mask).toMatchObject({ onPredicate: "hold", approval: { name: "two", count: 2 } });
  });
});

describe("each mistake is one problem", () => {
  const IGNORE = "{detect: iban, action: redact, ignore: [{column: a.b.c, reason: x, expires: 2027-01-31}]}";
  test.each([
    [
      "{detect: iban, column: a.b.c, action: redact}",
      "a mask needs exactly one of `column`, `json`, and `detect` (or `pattern`, `dictionary`)",
    ],
    ["{detect: ipv5, action: redact}", "`detect` cannot be `ipv5`; did you mean `ipv4`?"],
    [
      "{column: a.b.c, action: redact, on_predicate: hold}",
      "`on_predicate: hold` needs `approval`, the name of an entry of `approvals`",
    ],
    ["{column: a.b.c, action: redact, approval: one}", "`approval` belongs to `on_predicate: hold`; remove it"],
    [
      "{column: a.b.c, action: redact, on_predicate: hold, approval: on}",
      "there is no approval `on`; did you mean `one`?",
    ],
    [
      "{column: a.b.c, action: redact, on_unknown_origin: hold}",
      "`on_unknown_origin` cannot be `hold`; known here: redact, deny",
    ],
    ["{json: $.a, action: redact, on_predicate: deny}", "`on_predicate` belongs to `column`; remove it"],
    ["{json: $.a, action: redact, context: x}", "`context` belongs to `detect`, `pattern`, `dictionary`; remove it"],
    ["{detect: iban, action: redact, name: x}", "`name` belongs to `pattern`, `dictionary`; remove it"],
    [
      "{pattern: 'x*', action: redact}",
      "`pattern` matches an empty text, so it would match everywhere; ask for at least one character",
    ],
    [
      "{pattern: '(?<=x)y', action: redact}",
      "`pattern` is not RE2: error parsing regexp: invalid named capture: `(?<=x)y`",
    ],
    ["{pattern: '(', action: redact}", "`pattern` is not RE2: error parsing regexp: missing closing ): `(`"],
    [
      "{dictionary: [' x'], action: redact}",
      "a word of `dictionary` has 1 to 200 characters on one line, without blanks around it",
    ],
    ["{dictionary: [], action: redact}", "`dictionary` is empty; name at least one, or remove the key"],
    [IGNORE.replace(", reason: x", ""), "an ignore needs `reason`"],
    [IGNORE.replace(", expires: 2027-01-31", ""), "an ignore needs `expires`"],
    [
      IGNORE.replace("2027-01-31", "2027-02-31"),
      "`expires` must be a day, as in 2027-01-31; it ends when that day begins (UTC)",
    ],
    [
      IGNORE.replace("2027-01-31", "2026-11-23"),
      "this ignore has expired and has no effect; remove it, or look again and give it a new day",
    ],
    [IGNORE.replace("reason", "detect: email, reason"), "`detect` cannot be `email`; known here: iban"],
  ])("%s", (mask, message) => {
    const targets = { db: { protocol: "postgres" } };
    expect(problemsOf(text(mask), { targets, nowMs: NOW }).map((problem) => problem.message)).toEqual([message]);
  });

  test("without a time an expired ignore is none of the parser's business", () => {
    expect(problemsOf(text(IGNORE.replace("2027", "2020")))).toEqual([]);
  });
});

describe("conditions over masked columns", () => {
  const tests = (...names: readonly string[]) =>
    factsOf("sql", { statement: ["SELECT"], functions: [], predicates: names });
  const ask = (masks: readonly string[], facts: ReturnType<typeof tests>) => {
    const { kind, rules } = decide(grantOf(...masks), facts);
    return `${kind} ${rules.join(" ")}`;
  };
  const mask = (more: string, column = "a.b.c") => `{column: ${column}, action: redact${more}}`;

  test("are denied, unless the mask says otherwise", () => {
    expect(ask([mask("")], tests("a.b.c"))).toBe("deny predicate:a.b.c");
    expect(ask([mask("")], tests("a.b.d"))).toBe("allow a");
    expect(ask([mask(", on_predicate: allow")], tests("a.b.c"))).toBe("allow a");
    expect(ask([mask(", on_predicate: hold, approval: one")], tests("a.b.c"))).toBe("hold predicate:a.b.c");
  });

  test("of several masks the strictest counts", () => {
    expect(ask([mask(", on_predicate: allow"), mask("")], tests("a.b.c"))).toBe("deny predicate:a.b.c");
    const held = mask(", on_predicate: hold, approval: one");
    expect(ask([held, mask("", "a.b.d")], tests("a.b.c", "a.b.d"))).toBe("deny predicate:a.b.d");
    expect(ask([held, mask(", on_predicate: allow")], tests("a.b.c"))).toBe("hold predicate:a.b.c");
  });

  test("a mask opens nothing: what no rule allows is not held for its condition", () => {
    const facts = {
      ...tests("a.b.c"),
      fields: {
        ...tests("a.b.c").fields,
        statement: factsOf("sql", { x: ["DELETE"] }).fields["x"] ?? { type: "none" },
      },
    } as const;
    expect(ask([mask(", on_predicate: hold, approval: one")], facts)).toBe("deny default");
  });

  test("that are not completely known count as such; a protocol without this fact answers for itself", () => {
    const unknown = factsOf("sql", {
      statement: ["SELECT"],
      functions: [],
      predicates: { type: "set", items: [], complete: false },
    });
    expect(ask([mask("")], unknown)).toBe("deny predicate:a.b.c");
    expect(ask([mask("")], factsOf("sql", { statement: ["SELECT"], functions: [] }))).toBe("allow a");
  });
});
