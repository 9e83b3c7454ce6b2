/** What could be admitted, for lists of what can be asked for. */
import { describe, expect, test } from "@jest/globals";
import { decide, possible } from "./decide.ts";
import { factsOf, grantFor, map } from "./testing.ts";

const call = (fields: Parameters<typeof factsOf>[1]) =>
  factsOf("mcp", { method: ["tools/call"], resource: null, prompt: null, definition: "known", ...fields });
const anyArguments = { type: "map", entries: {}, complete: false } as const;

describe("a command of which not everything is known", () => {
  const grant = grantFor(
    "mcp",
    "{id: a, effect: allow, match: {method: tools/call, tool: refund, arguments: {$.amount: {lte: 100}}}}",
    "{id: d, effect: deny, match: {tool: refund, arguments: {$.force: true}}}",
    "{id: n, effect: deny, match: {tool: drop}}",
    "{id: h, effect: hold, approval: one, match: {tool: ask}}",
  );

  test("is possible while an allow or a hold could still cover it", () => {
    const facts = call({ tool: ["refund"], arguments: anyArguments });
    expect(decide(grant, facts).kind).toBe("deny");
    expect(possible(grant, facts)).toBe(true);
    expect(possible(grant, call({ tool: ["ask"], arguments: anyArguments }))).toBe(true);
  });

  test("is not when a deny covers it for certain, or nothing could allow it", () => {
    expect(possible(grant, call({ tool: ["drop"], arguments: anyArguments }))).toBe(false);
    expect(possible(grant, call({ tool: ["other"], arguments: anyArguments }))).toBe(false);
    expect(possible(grant, call({ tool: ["refund"], definition: "changed", arguments: anyArguments }))).toBe(false);
    expect(possible(grant, factsOf("http", { method: ["GET"] }))).toBe(false);
  });

  test("is what decide says once everything is known", () => {
    for (const amount of [1, 100, 101]) {
      const facts = call({ tool: ["refund"], arguments: map({ "$.amount": [amount] }) });
      expect(possible(grant, facts)).toBe(decide(grant, facts).kind !== "deny");
    }
  });
});
