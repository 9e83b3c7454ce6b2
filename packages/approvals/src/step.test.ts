import { describe, expect, test } from "@jest/globals";
import type { HoldRow } from "@gate/contract";
import fc from "fast-check";
import { CLAIM_MS_MAX, isTerminal, openHold, step, type HoldMessage, type StepResult } from "./index.ts";

const START = 1_000_000;
const DBA = ["github-team:acme/dba"];

function newHold(count = 2, exclude: readonly string[] = ["actor", "triggering_actor"]): HoldRow {
  return openHold({
    id: "hold1",
    sessionId: "s1",
    grant: "orders-db",
    target: "orders-db",
    rule: "mass",
    approval: { name: "dba", from: DBA, count, timeoutMs: 60_000, exclude },
    commandDigest: "d1",
    commandText: "DELETE FROM orders",
    policyDigest: "p1",
    principal: "acme/shop run 17.1 (deploy) by octocat",
    claims: { actor: "octocat", repository: "acme/shop" },
    nowMs: START,
    sessionExpiresAtMs: START + 600_000,
  });
}

function vote(
  approver: string,
  answer: "approve" | "deny" = "approve",
  subjects: readonly string[] = DBA,
): HoldMessage {
  return { kind: "vote", approver, subjects, vote: answer, reason: "" };
}

const SPEND: HoldMessage = { kind: "spend", digest: "d1", sessionId: "s1", grant: "orders-db" };
const CLAIM: HoldMessage = { ...SPEND, kind: "claim" };

function run(hold: HoldRow, ...messages: readonly HoldMessage[]): HoldRow {
  return messages.reduce((current, message) => {
    const result = step(current, message, START + 1);
    expect(result).toMatchObject({ ok: true });
    return result.hold;
  }, hold);
}

function expectRefused(result: StepResult, code: string, state: HoldRow["state"]): void {
  expect(result).toMatchObject({ ok: false, code, hold: { state } });
}

describe("votes", () => {
  test("enough distinct people approve, and the approval is used once", () => {
    const approved = run(newHold(), vote("alice"), vote("bob"));
    expect(approved.state).toBe("approved");
    const spent = run(approved, SPEND);
    expect(spent.state).toBe("spent");
    expectRefused(step(spent, SPEND, START + 2), "ALREADY_SPENT", "spent");
    expectRefused(step(spent, CLAIM, START + 2), "ALREADY_SPENT", "spent");
  });

  test("nobody counts twice, in whatever spelling", () => {
    const once = run(newHold(), vote("alice"));
    for (const name of ["alice", "Alice", " ALICE ", "ａlice"]) {
      const result = step(once, vote(name), START + 1);
      expectRefused(result, "ALREADY_VOTED", "pending");
      expect(result.hold).toBe(once);
    }
  });

  test("one deny denies, whatever others said", () => {
    const denied = run(newHold(), vote("alice"), vote("bob", "deny"));
    expect(denied.state).toBe("denied");
    expectRefused(step(denied, vote("carol"), START + 2), "RESOLVED", "denied");
  });

  test("people outside the groups, the actor and bots do not count", () => {
    const hold = newHold(1);
    expectRefused(step(hold, vote("mallory", "approve", ["github-team:acme/dev"]), START), "NOT_ELIGIBLE", "pending");
    expectRefused(step(hold, vote("", "approve"), START), "NOT_ELIGIBLE", "pending");
    expectRefused(step(hold, vote("Octocat"), START), "EXCLUDED", "pending");
    expectRefused(step(hold, vote("dependabot[bot]"), START), "BOT", "pending");
  });

  test("the actor counts where the policy excludes nobody", () => {
    expect(run(newHold(1, []), vote("octocat")).state).toBe("approved");
  });

  test("a vote at or after the end expires the hold, even when no timer fired", () => {
    const result = step(newHold(1), vote("alice"), START + 60_000);
    expectRefused(result, "EXPIRED", "expired");
    expect(result.hold.votes).toEqual([]);
  });

  test("a hold ends with its session when that is earlier", () => {
    const spec = { name: "dba", from: DBA, count: 1, timeoutMs: 60_000, exclude: [] };
    const { expiresAtMs } = openHold({ ...newHold(), approval: spec, claims: {}, nowMs: 0, sessionExpiresAtMs: 5 });
    expect(expiresAtMs).toBe(5);
  });
});

describe("other messages", () => {
  test("expiry comes with time only", () => {
    expectRefused(step(newHold(), { kind: "expire" }, START + 59_999), "NOT_DUE", "pending");
    expect(step(newHold(), { kind: "expire" }, START + 60_000)).toMatchObject({ ok: true, hold: { state: "expired" } });
  });

  test("a late approval never executes by itself: it waits for an identical command", () => {
    const withdrawn = run(newHold(1), { kind: "withdraw" });
    expectRefused(step(withdrawn, SPEND, START + 2), "NOT_APPROVED", "withdrawn");
    const late = run(withdrawn, vote("alice"));
    expect(late.state).toBe("approved");
    expect(run(late, CLAIM).state).toBe("spent");
  });

  test("an approval is bound to its command, session and grant", () => {
    const approved = run(newHold(1), vote("alice"));
    expectRefused(step(approved, { ...CLAIM, digest: "d2" }, START + 2), "DIGEST_MISMATCH", "approved");
    expectRefused(step(approved, { ...CLAIM, sessionId: "s2" }, START + 2), "SESSION_MISMATCH", "approved");
    expectRefused(step(approved, { ...CLAIM, grant: "other" }, START + 2), "GRANT_MISMATCH", "approved");
  });

  test("an approval can be claimed for ten minutes", () => {
    const approved = run(newHold(1), vote("alice"));
    const end = START + 1 + CLAIM_MS_MAX;
    expect(step(approved, CLAIM, end)).toMatchObject({ ok: true, hold: { state: "spent" } });
    expectRefused(step(approved, CLAIM, end + 1), "CLAIM_TOO_LATE", "expired");
    expectRefused(step(approved, { kind: "expire" }, end), "NOT_DUE", "approved");
    expect(step(approved, { kind: "expire" }, end + 1).hold.state).toBe("expired");
  });

  test("the end of the session voids what is open and unspent approvals", () => {
    expect(run(newHold(), { kind: "void" }).state).toBe("void");
    expect(run(newHold(1), vote("alice"), { kind: "void" }).state).toBe("void");
    expect(run(newHold(1), { kind: "withdraw" }, { kind: "void" }).state).toBe("void");
  });
});

const people = fc.constantFrom("alice", "Alice", "bob", "carol", "octocat", "ci[bot]", "");
const messages: fc.Arbitrary<HoldMessage> = fc.oneof(
  fc.record({
    kind: fc.constant("vote" as const),
    approver: people,
    subjects: fc.constantFrom(DBA, [], ["github-team:acme/dev"], [...DBA, "oidc-group:x"]),
    vote: fc.constantFrom("approve" as const, "approve" as const, "approve" as const, "deny" as const),
    reason: fc.constant(""),
  }),
  fc.constantFrom<HoldMessage>({ kind: "expire" }, { kind: "withdraw" }, { kind: "void" }),
  fc.record({
    kind: fc.constantFrom("spend" as const, "claim" as const),
    digest: fc.constantFrom("d1", "d1", "d2"),
    sessionId: fc.constantFrom("s1", "s1", "s2"),
  }),
);
const script = fc.array(fc.record({ message: messages, afterMs: fc.constantFrom(0, 1, 1, 30_000, 400_000) }), {
  maxLength: 30,
});

describe("any sequence of messages", () => {
  test("executes at most once, only with enough distinct eligible approvers, and never leaves a terminal state", () => {
    let executions = 0;
    fc.assert(
      fc.property(script, fc.integer({ min: 1, max: 3 }), (steps, count) => {
        let hold = newHold(count);
        let now = START;
        let executed = 0;
        for (const { message, afterMs } of steps) {
          now += afterMs;
          const before = hold;
          const result = step(before, message, now);
          hold = result.hold;
          if (isTerminal(before)) expect(hold).toBe(before);
          if (!result.ok && hold.state !== "expired") expect(hold).toBe(before);
          if (result.ok && (message.kind === "spend" || message.kind === "claim")) {
            executed += 1;
            expect(message).toMatchObject({ digest: "d1", sessionId: "s1" });
          }
          if (hold.state === "approved" || hold.state === "spent") {
            const names = new Set(hold.votes.map((each) => each.approver.toLowerCase()));
            expect(names.size).toBeGreaterThanOrEqual(count);
            expect([...names].every((name) => ["alice", "bob", "carol"].includes(name))).toBe(true);
            expect(hold.votes.every((each) => each.vote === "approve")).toBe(true);
          }
        }
        expect(executed).toBeLessThanOrEqual(1);
        executions += executed;
      }),
      { numRuns: 2_000 },
    );
    // The property would be empty if no script ever got that far.
    expect(executions).toBeGreaterThan(0);
  });
});

test("a name that somebody took keeps nobody from saying no", () => {
  const as = (approver: string, id: string, answer: "approve" | "deny"): HoldMessage => ({
    ...(vote(approver, answer) as Extract<HoldMessage, { kind: "vote" }>),
    identity: { id, realm: "oidc", aliases: [] },
  });
  const taken = run(newHold(2), as("alice", "oidc:mallory", "approve"));
  expectRefused(step(taken, as("alice", "oidc:alice", "approve"), START), "ALREADY_VOTED", "pending");
  expectRefused(step(taken, as("mallory", "oidc:mallory", "deny"), START), "ALREADY_VOTED", "pending");
  expect(run(taken, as("alice", "oidc:alice", "deny")).state).toBe("denied");
});

describe("one person with several names", () => {
  const as = (approver: string, realm: string, id: string, ...aliases: readonly string[]): HoldMessage => ({
    ...(vote(approver) as Extract<HoldMessage, { kind: "vote" }>),
    identity: { id, realm, aliases },
  });

  test("is kept out under every one of them", () => {
    const hold = newHold(1);
    expectRefused(step(hold, as("Octo Cat", "oidc", "oidc:1", "OctoCat"), START), "EXCLUDED", "pending");
    expectRefused(step(hold, as("octo", "oidc", "oidc:1", "github-user:octocat"), START), "EXCLUDED", "pending");
    expectRefused(step(hold, as("nice", "github", "github:9", "helper[bot]"), START), "BOT", "pending");
  });

  test("votes once, whatever name is shown", () => {
    const once = run(newHold(2), as("alice", "oidc", "oidc:1", "alice@acme.dev"));
    expectRefused(step(once, as("alice two", "oidc", "oidc:1"), START), "ALREADY_VOTED", "pending");
    expectRefused(step(once, as("al", "oidc", "oidc:2", "ALICE@acme.dev"), START), "ALREADY_VOTED", "pending");
  });

  test("two logins count as two people only where both know the GitHub account", () => {
    const once = run(newHold(2), as("alice", "oidc", "oidc:1"));
    expectRefused(
      step(once, as("al-gh", "github", "github:7", "github-user:al-gh"), START),
      "NOT_COMPARABLE",
      "pending",
    );
    expect(step(once, { ...as("al-gh", "github", "github:7"), vote: "deny" } as HoldMessage, START).hold.state).toBe(
      "denied",
    );
    const linked = run(newHold(2), as("alice", "oidc", "oidc:1", "github-user:alice"));
    expect(run(linked, as("bob", "github", "github:8", "github-user:bob")).state).toBe("approved");
    expectRefused(step(linked, as("x", "github", "github:7", "github-user:Alice"), START), "ALREADY_VOTED", "pending");
    expect(run(once, as("bob", "oidc", "oidc:2")).state).toBe("approved");
  });

  test("a name that somebody shows does not stand for a GitHub account", () => {
    const once = run(newHold(2), as("alice", "github", "github:7", "github-user:alice"));
    expectRefused(step(once, as("github-user:nobody", "oidc", "oidc:1"), START), "NOT_COMPARABLE", "pending");
    const shown = run(newHold(2), as("github-user:nobody", "oidc", "oidc:1"));
    expectRefused(
      step(shown, as("alice", "github", "github:7", "github-user:alice"), START),
      "NOT_COMPARABLE",
      "pending",
    );
  });
});

test("while the authors are not known nobody can approve, and somebody can deny", () => {
  const hold: HoldRow = { ...newHold(1), unresolved: ["commit_authors"] };
  expectRefused(step(hold, vote("alice"), START), "EXCLUSIONS_UNKNOWN", "pending");
  expect(step(hold, vote("alice", "deny"), START).hold.state).toBe("denied");
  const known = run(hold, { kind: "exclusions", names: ["alice", "github-id:7"] });
  expect(known.unresolved).toBeUndefined();
  expectRefused(step(known, vote("alice"), START), "EXCLUDED", "pending");
  expect(run(known, vote("bob")).state).toBe("approved");
  expectRefused(step(known, { kind: "exclusions", names: [] }, START), "RESOLVED", "pending");
});
