import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { cell, codeCell } from "./markdown.ts";
import { gatherOutcome, type Outcome, type RecordedEntry } from "./outcome.ts";
import { annotations, summaryMarkdown, type Verification } from "./summary.ts";

const valid: Verification = { status: "valid", entries: 9, vkey: "gate+1+AA", pinned: true, findings: [] };

function opened(): object {
  return {
    seq: 0,
    type: "session-opened",
    session: {
      id: "ses_1",
      trustRule: "deploy",
      principal: { display: "acme/shop run 1.1", issuer: "i" },
      mode: "gateway",
      grants: ["orders-db", "idle-db"],
    },
    targets: { "orders-db": "orders", "idle-db": "idle" },
  };
}

function verdict(seq: number, kind: string, more: object = {}): object {
  return {
    seq,
    type: "verdict",
    connection: "c",
    grant: "orders-db",
    target: "orders",
    protocol: "postgres",
    command: { kind: "query", digest: "d", text: "SELECT 1", textBytes: 8 },
    facts: { fields: { reads: { type: "set", items: [{ name: "public.orders" }], complete: true } } },
    verdict: kind,
    rules: ["read"],
    ...more,
  };
}

function gather(entries: object[]): Promise<Outcome> {
  return gatherOutcome(entries as RecordedEntry[]);
}

describe("an outcome", () => {
  test("counts what an observed grant would have refused apart, and the summary says so first", async () => {
    const outcome = await gather([
      opened(),
      { seq: 1, type: "connection-opened", connection: "c", grant: "orders-db", observed: true },
      verdict(2, "allow", { observed: true }),
      verdict(3, "deny", { observed: true, rules: ["never"], message: "no" }),
      verdict(4, "hold", { observed: true, rules: ["mass"] }),
      verdict(5, "deny", { observed: true, override: "limits", message: "too fast" }),
    ]);
    expect(outcome.counts).toEqual({ allowed: 1, approved: 0, denied: 1, notApproved: 0, observed: 2 });
    expect(outcome.refused.map(({ entry }) => entry)).toEqual([5]);
    expect(outcome.held).toBe(0);
    const text = summaryMarkdown(outcome, valid, []);
    expect(text).toContain("**Observe**: verdicts on orders-db were recorded and not enforced; 2 commands ran");
    expect(text).toContain("observe: would be denied");
  });

  test("counts allowed, denied, approved and unanswered commands apart", async () => {
    const outcome = await gather([
      opened(),
      verdict(1, "allow"),
      verdict(2, "allow"),
      verdict(3, "deny", { rules: [], message: "no rule" }),
      verdict(4, "hold", { hold: "h1", rules: ["mass"] }),
      { seq: 5, type: "hold-resolved", of: 4, state: "approved", approvers: [], digest: "d", hold: "h1" },
      verdict(6, "hold", { hold: "h2", rules: ["mass"] }),
      { seq: 7, type: "hold-resolved", of: 6, state: "expired", approvers: [], digest: "d", hold: "h2" },
      verdict(8, "hold", { hold: "h3", rules: ["mass"] }),
      verdict(9, "allow", { override: "limits", message: "too many rows" }),
      { seq: 10, type: "result", of: 1, durationMs: 1, ok: true, outcome: "SELECT 1", masked: { a: 3 } },
      { seq: 11, type: "session-closed", reason: "done" },
    ]);
    expect(outcome.counts).toEqual({ allowed: 2, approved: 1, denied: 2, notApproved: 2, observed: 0 });
    expect(outcome.held).toBe(3);
    expect(outcome.maskedValues).toBe(3);
    expect(outcome.refused.map(({ entry, rule }) => [entry, rule])).toEqual([
      [3, "default"],
      [6, "mass"],
      [9, "limits"],
      [8, "mass"],
    ]);
    expect([...(outcome.reached.get("orders-db") ?? [])]).toEqual(["public.orders"]);
    expect(outcome.reached.has("idle-db")).toBe(false);
  });
});

describe("a summary", () => {
  const hostile =
    "SELECT '`|`</code><script>alert(1)</script>' -- \n\n# head\r\n![x](http://evil) @team [a](b) ::error::x \u202e";

  test("shows what could be reached, what was, and what was held back", async () => {
    const outcome = await gather([
      opened(),
      verdict(1, "allow"),
      verdict(2, "deny", { rules: ["never"], message: "no" }),
    ]);
    const text = summaryMarkdown(outcome, valid, []);
    expect(text).toContain("| orders-db → orders | <code>public.orders</code> | 1 |");
    expect(text).toContain("| idle-db → idle | nothing | 0 |");
    expect(text).toContain("| orders-db | orders | denied | never | 1 |");
  });

  test("keeps hostile SQL inside its cell", async () => {
    const outcome = await gather([
      opened(),
      verdict(1, "deny", { message: hostile, command: { kind: "query", digest: "d", text: hostile, textBytes: 1 } }),
    ]);
    const text = summaryMarkdown(outcome, valid, [hostile]);
    expect(text).not.toContain("<script>");
    expect(text).not.toContain("](http");
    expect(text).not.toContain("@team");
    expect(text).not.toMatch(/^# head/m);
    expect(text).not.toContain("\u202e");
    for (const line of text.split("\n").filter((row) => row.startsWith("| 1 |"))) {
      expect(line.match(/\|/g)).toHaveLength(7);
    }
  });

  test("cells never hold a character that Markdown, HTML or a terminal reads", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (value) => {
        for (const text of [cell(value), codeCell(value).slice("<code>".length, -"</code>".length)]) {
          expect(text.replace(/&#\d+;/g, "")).not.toMatch(/[`|<>[\]*~\\@:&#\n\r\p{Cc}\p{Cf}]/u);
        }
      }),
    );
  });

  test("says that it was cut when it is too long", async () => {
    const grants = Array.from({ length: 20_000 }, (_value, index) => `grant-${index}-${"x".repeat(40)}`);
    const outcome = await gather([{ ...opened(), session: { ...(opened() as { session: object }).session, grants } }]);
    const text = summaryMarkdown(outcome, valid, []);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1_000_000);
    expect(text).toContain("Cut here");
  });

  test("says when the key was not pinned by the workflow", () => {
    expect(summaryMarkdown(undefined, { ...valid, pinned: false }, [])).toContain("unpinned by you");
    expect(summaryMarkdown(undefined, { ...valid, status: "invalid" }, [])).toContain("DOES NOT VERIFY");
  });
});

describe("annotations", () => {
  test("are at most ten of a level, bounded and of one line", async () => {
    const text = "x\n::error::".repeat(2000);
    const denials = Array.from({ length: 60 }, (_value, index) =>
      verdict(index + 1, "deny", { message: text, command: { kind: "query", digest: "d", text, textBytes: 1 } }),
    );
    const found = annotations(await gather([opened(), ...denials]), valid);
    expect(found.filter(({ level }) => level === "warning")).toHaveLength(10);
    expect(found.at(-1)?.message).toContain("51 more");
    for (const { message, title } of found) {
      expect(message.length).toBeLessThanOrEqual(4096);
      expect(message + title).not.toContain("\n");
    }
  });

  test("say that a recording does not verify", () => {
    expect(annotations(undefined, { ...valid, status: "invalid", findings: ["FILE_CHANGED: x"] })).toEqual([
      expect.objectContaining({ level: "error", message: expect.stringContaining("FILE_CHANGED") }),
    ]);
  });
});
