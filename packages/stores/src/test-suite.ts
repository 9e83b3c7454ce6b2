/** What every Store must do: one suite that each implementation runs. For tests only. */
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { HoldRow, Session, Store } from "@gate/contract";

export function sessionOf(id: string, more: Partial<Session> = {}): Session {
  return {
    id,
    trustRule: "deploy",
    principal: { kind: "job", issuer: "https://issuer.test", display: "acme/shop run 17.1", claims: { run_id: "17" } },
    grants: ["orders-db"],
    policyDigest: "p",
    issuedAtMs: 1_000,
    expiresAtMs: 61_000,
    maxExpiresAtMs: 7_200_000,
    jkt: "jkt",
    latch: `latch-${id}`,
    state: "open",
    mode: "gateway",
    ...more,
  };
}

export function holdOf(id: string, more: Partial<HoldRow> = {}): HoldRow {
  return {
    id,
    sessionId: "s1",
    grant: "orders-db",
    target: "orders-db",
    rule: "mass",
    approvalName: "dba",
    from: ["github-team:acme/dba"],
    exclude: ["actor", "octocat"],
    count: 2,
    commandDigest: "d",
    commandText: 'DELETE FROM "ördërs" -- \u0000 \u2028',
    policyDigest: "p",
    principal: "acme/shop run 17.1",
    createdAtMs: 2_000,
    expiresAtMs: 9_000,
    state: "pending",
    votes: [],
    ...more,
  };
}

export function jtiOf(id: string, issuer = "https://issuer.test") {
  return { issuer, id, expiresAtMs: 10_000 };
}

/** Runs the suite; `open` gives an empty store. */
export function describeStore(name: string, open: () => Store): void {
  describe(name, () => {
    let store: Store;

    beforeEach(() => {
      store = open();
    });

    afterEach(() => store.close());

    test("a session comes back as it was put", async () => {
      const session = sessionOf("s1");
      expect(await store.openSession(session, jtiOf("j1"))).toEqual({ result: "opened" });
      expect(await store.session("s1")).toEqual(session);
      expect(await store.session("s2")).toBeUndefined();
    });

    test("one session a latch, for ever, whatever becomes of it", async () => {
      await store.openSession(sessionOf("s1", { latch: "same" }), jtiOf("j1"));
      const second = () => store.openSession(sessionOf("s2", { latch: "same" }), jtiOf("j2"));
      expect(await second()).toEqual({ result: "taken", by: "s1" });
      await store.updateSession("s1", { state: "closed" });
      expect(await second()).toEqual({ result: "taken", by: "s1" });
      expect(await store.session("s2")).toBeUndefined();
      // What was refused changed nothing: the token is still unused.
      expect(await store.useJti("https://issuer.test", "j2", 10_000)).toBe(true);
    });

    test("a token is used once, and its replay names the session of its latch", async () => {
      await store.openSession(sessionOf("s1", { latch: "same" }), jtiOf("j1"));
      expect(await store.openSession(sessionOf("s2", { latch: "same" }), jtiOf("j1"))).toEqual({
        result: "replayed",
        by: "s1",
      });
      expect(await store.openSession(sessionOf("s3"), jtiOf("j1"))).toEqual({ result: "replayed" });
      expect(await store.openSession(sessionOf("s4"), jtiOf("j1", "https://other.test"))).toEqual({ result: "opened" });
      expect(await store.useJti("https://issuer.test", "j1", 10_000)).toBe(false);
    });

    test("exchanges that race for one latch open one session", async () => {
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          store.openSession(sessionOf(`s${index}`, { latch: "same" }), jtiOf(`j${index}`)),
        ),
      );
      expect(results.filter(({ result }) => result === "opened")).toHaveLength(1);
      expect(await store.sessions()).toHaveLength(1);
    });

    test("a session id is used once, and the refusal leaves no trace", async () => {
      await store.openSession(sessionOf("s1"), jtiOf("j1"));
      await expect(store.openSession(sessionOf("s1", { latch: "other" }), jtiOf("j2"))).rejects.toThrow(
        expect.objectContaining({ code: "SESSION_EXISTS" }),
      );
      expect(await store.openSession(sessionOf("s2", { latch: "other" }), jtiOf("j2"))).toEqual({ result: "opened" });
    });

    test("a jti is seen until it is pruned, and pruned only after its end", async () => {
      expect(await store.useJti("i", "j", 10_000)).toBe(true);
      expect(await store.useJti("i", "j", 99_000)).toBe(false);
      await store.prune(10_000);
      expect(await store.useJti("i", "j", 10_000)).toBe(false);
      await store.prune(10_001);
      expect(await store.useJti("i", "j", 10_000)).toBe(true);
    });

    test("a change of a session is whole or nothing", async () => {
      await store.openSession(sessionOf("s1"), jtiOf("j1"));
      await store.updateSession("s1", { expiresAtMs: 90_000 });
      expect(await store.session("s1")).toEqual(sessionOf("s1", { expiresAtMs: 90_000 }));
      await store.updateSession("s1", { state: "revoked" });
      const ended = sessionOf("s1", { expiresAtMs: 90_000, state: "revoked" });
      const refused = expect.objectContaining({ code: "SESSION_ENDED" });
      await expect(store.updateSession("s1", { state: "closed", expiresAtMs: 99_000 })).rejects.toThrow(refused);
      await expect(store.updateSession("s1", { state: "open" })).rejects.toThrow(refused);
      expect(await store.session("s1")).toEqual(ended);
      await expect(store.updateSession("s9", { state: "closed" })).rejects.toThrow(
        expect.objectContaining({ code: "SESSION_UNKNOWN" }),
      );
    });

    test("sessions are listed newest first, by state", async () => {
      await store.openSession(sessionOf("s1", { issuedAtMs: 1 }), jtiOf("j1"));
      await store.openSession(sessionOf("s2", { issuedAtMs: 3 }), jtiOf("j2"));
      await store.openSession(sessionOf("s3", { issuedAtMs: 2 }), jtiOf("j3"));
      await store.updateSession("s2", { state: "closed" });
      const ids = async (filter?: { state: Session["state"] }) => (await store.sessions(filter)).map(({ id }) => id);
      expect(await ids()).toEqual(["s2", "s3", "s1"]);
      expect(await ids({ state: "open" })).toEqual(["s3", "s1"]);
      expect(await ids({ state: "closed" })).toEqual(["s2"]);
    });

    test("a hold comes back as it was put, and again after its change", async () => {
      await store.openSession(sessionOf("s1"), jtiOf("j1"));
      await store.putHold(holdOf("h1"));
      expect(await store.hold("h1")).toEqual(holdOf("h1"));
      const vote = { approver: "alice", vote: "approve", reason: "it's fine; DROP TABLE holds", atMs: 3_000 } as const;
      await store.putHold(holdOf("h1", { state: "approved", votes: [vote] }));
      expect(await store.hold("h1")).toEqual(holdOf("h1", { state: "approved", votes: [vote] }));
      expect(await store.hold("h2")).toBeUndefined();
    });

    test("holds are listed newest first, by state and session", async () => {
      await store.openSession(sessionOf("s1"), jtiOf("j1"));
      await store.openSession(sessionOf("s2"), jtiOf("j2"));
      await store.putHold(holdOf("h1", { createdAtMs: 1 }));
      await store.putHold(holdOf("h2", { createdAtMs: 2, sessionId: "s2" }));
      await store.putHold(holdOf("h3", { createdAtMs: 3, state: "denied" }));
      const ids = async (filter?: Parameters<Store["holds"]>[0]) => (await store.holds(filter)).map(({ id }) => id);
      expect(await ids()).toEqual(["h3", "h2", "h1"]);
      expect(await ids({ state: "pending" })).toEqual(["h2", "h1"]);
      expect(await ids({ state: "pending", sessionId: "s1" })).toEqual(["h1"]);
      expect(await ids({ sessionId: "s9" })).toEqual([]);
      expect(await ids({ limit: 2 })).toEqual(["h3", "h2"]);
      expect(await ids({ state: "pending", sessionId: "s1", limit: 0 })).toEqual([]);
    });

    test("a hold belongs to a session that exists", async () => {
      await expect(store.putHold(holdOf("h1"))).rejects.toThrow(expect.objectContaining({ code: "SESSION_UNKNOWN" }));
    });

    test("a document comes back as it was put last, under its kind only", async () => {
      await store.putDocument("login", "a", { name: "ålice", groups: ["x"] }, 5_000);
      await store.putDocument("login", "a", { name: "alice" });
      await store.putDocument("check", "b", [1], 7_000);
      expect(await store.document("login", "a")).toEqual({ id: "a", body: { name: "alice" } });
      expect(await store.document("check", "a")).toBeUndefined();
      expect(store.documentNow?.("login", "a")).toEqual({ id: "a", body: { name: "alice" } });
      expect(await store.documents("check")).toEqual([{ id: "b", body: [1], expiresAtMs: 7_000 }]);
    });

    test("a document is taken once, and what is over is pruned", async () => {
      await store.putDocument("login", "a", 1, 5_000);
      await store.putDocument("login", "b", 2);
      const takers = await Promise.all([store.takeDocument("login", "a"), store.takeDocument("login", "a")]);
      expect(takers.filter((taken) => taken !== undefined)).toHaveLength(1);
      await store.putDocument("login", "a", 1, 5_000);
      await store.prune(5_000);
      expect(await store.documents("login")).toHaveLength(2);
      await store.prune(5_001);
      expect(await store.documents("login")).toEqual([{ id: "b", body: 2 }]);
    });

    test("what a caller does to its objects later changes nothing", async () => {
      const session = sessionOf("s1", { principal: { ...sessionOf("s1").principal, claims: { run_id: "17" } } });
      await store.openSession(session, jtiOf("j1"));
      (session.principal.claims as Record<string, string>).run_id = "18";
      const read = await store.session("s1");
      expect(read?.principal.claims).toEqual({ run_id: "17" });
      (read?.grants as string[]).push("all");
      expect((await store.session("s1"))?.grants).toEqual(["orders-db"]);
    });

    test("a closed store answers nothing, and may be closed again", async () => {
      await store.close();
      await store.close();
      const closed = expect.objectContaining({ code: "STORE_CLOSED" });
      await expect(store.session("s1")).rejects.toThrow(closed);
      await expect(store.openSession(sessionOf("s1"), jtiOf("j1"))).rejects.toThrow(closed);
      await expect(store.useJti("i", "j", 1)).rejects.toThrow(closed);
    });
  });
}
