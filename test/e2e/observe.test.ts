/** `mode: observe`: verdicts are recorded and not enforced; the engine's own refusals and the record stay. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import net from "node:net";
import { decide, parsePolicy } from "@gate/policy";
import { line } from "@gate/protocols/line";
import { summarize, verifyBundle } from "@gate/recording";
import { readAll, startHarness, type Harness, type HarnessOptions } from "../../packages/testkit/src/harness.ts";
import { field } from "../../packages/testkit/src/postgres-raw.ts";
import { DATABASE, errorOf, login, useServer } from "./postgres-fixture.ts";

const POLICY = `rules:
  main:
  - {id: allow, effect: allow, match: {line: [GET]}}
  - {id: ask, effect: hold, approval: someone, match: {line: [PUT]}}
  - {id: never, effect: deny, message: "not on this line", match: {line: [DROP]}}
  - {id: mine, effect: deny, match: {line: [NOOP]}, when: "session.claims.actor == 'octocat'"}
approvals:
  someone: {from: ["person:dana"], count: 1, timeout: 1m}
`;

describe("on the toy protocol", () => {
  const done: string[] = [];
  const harnesses: Harness[] = [];
  let server: net.Server;

  beforeAll(async () => {
    server = net.createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (chunk) => {
        for (const text of chunk.toString().split("\n").slice(0, -1)) {
          done.push(text);
          socket.write(`did ${text}\n`);
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });

  afterEach(async () => {
    done.length = 0;
    for (const harness of harnesses.splice(0)) await harness.stop();
  });

  afterAll(() => {
    server.close();
  });

  async function start(more: Partial<HarnessOptions> = {}): Promise<Harness> {
    const target = { address: `127.0.0.1:${(server.address() as net.AddressInfo).port}` };
    const harness = await startHarness({ protocol: line, target, policy: POLICY, ...more });
    harnesses.push(harness);
    return harness;
  }

  /** Sends lines and gives the answers, one each. */
  function say(harness: Harness, ...lines: readonly string[]): Promise<string[]> {
    return new Promise((resolve, reject) => {
      const socket = net.connect({ port: harness.port, host: "127.0.0.1" });
      let text = "";
      socket.on("error", reject);
      socket.on("data", (chunk) => {
        text += chunk.toString();
        const answers = text.split("\n").slice(0, -1);
        if (answers.length === lines.length) socket.end(() => resolve(answers));
      });
      socket.write(lines.map((each) => `${each}\n`).join(""));
    });
  }

  test("what would be denied, held or matched by nothing goes through at once, and every entry says so", async () => {
    const harness = await start({ grantKeys: "mode: observe" });
    const lines = ["GET a", "PUT b", "DROP c", "FROB d", "NOOP"];
    expect(await say(harness, ...lines)).toEqual(lines.map((each) => `did ${each}`));
    expect(done).toEqual(lines);
    const reader = await harness.close();
    const entries = await harness.entries();
    const verdicts = entries.filter((entry) => entry.type === "verdict");
    expect(verdicts.map(({ verdict, rules }) => `${verdict} ${rules.join(" ")}`)).toEqual([
      "allow allow",
      "hold ask",
      "deny never",
      "deny default",
      "deny mine",
    ]);
    for (const entry of entries) {
      const marked = ["connection-opened", "verdict", "result"].includes(entry.type);
      expect("observed" in entry && entry.observed).toBe(marked);
    }
    expect(await harness.store.holds()).toEqual([]);
    expect((await summarize(reader)).observed).toEqual({ allow: 1, hold: 1, deny: 3 });
    const derived = (await readAll(reader, "verdicts.ndjson")).trim().split("\n");
    expect(derived.map((text) => (JSON.parse(text) as { observed?: boolean }).observed)).toEqual(lines.map(() => true));
  });

  test("the live counts tell what would have been, apart from what was enforced", async () => {
    const harness = await start({ grantKeys: "mode: observe" });
    await say(harness, "GET a", "DROP c");
    const live = harness.engine.live(harness.session.id);
    expect(live?.verdicts).toEqual({ allow: 0, hold: 0, deny: 0 });
    expect(live?.observed).toEqual({ allow: 1, hold: 0, deny: 1 });
    const enforced = await start();
    await say(enforced, "GET a", "DROP c");
    expect(enforced.engine.live(enforced.session.id)?.verdicts).toEqual({ allow: 1, hold: 0, deny: 1 });
    expect(enforced.engine.live(enforced.session.id)?.observed).toBeUndefined();
  });

  test("limits hold all the same, and such a refusal is no observed one", async () => {
    const harness = await start({ grantKeys: "mode: observe, limits: {rate: 1/s}" });
    const answers = await say(harness, "GET a", "GET b", "GET c");
    expect(answers.filter((each) => each.includes("commands a second")).length).toBeGreaterThan(0);
    const reader = await harness.close();
    const report = await verifyBundle(reader, { vkeys: [harness.signer.vkey] });
    expect(report.status).toBe("valid");
    expect((await summarize(reader)).verdicts.deny).toBeGreaterThan(0);
  });

  test("masks hold all the same: a protocol that cannot mask is refused", async () => {
    const masks = `masks:\n  pii:\n  - {detect: email, action: redact}\n`;
    const harness = await start({ grantKeys: "mode: observe, masks: [pii]", policy: POLICY + masks });
    expect((await say(harness, "GET a", "DROP b")).every((each) => each.includes('rule "obligation"'))).toBe(true);
    expect(done).toEqual([]);
    expect((await verifyBundle(await harness.close(), { vkeys: [harness.signer.vkey] })).status).toBe("valid");
  });

  test("the recording verifies under its policy, and not under one that enforces", async () => {
    const harness = await start({ grantKeys: "mode: observe" });
    await say(harness, "GET a", "DROP c", "NOOP");
    const reader = await harness.close();
    const protocols = new Map([["target", "line"]]);
    const verify = (text: string) => {
      const grant = parsePolicy(text, { file: "policy.yaml", protocols }).grants.get("target");
      if (grant === undefined) throw new TypeError("no grant");
      return verifyBundle(reader, {
        vkeys: [harness.signer.vkey],
        rederive: (facts, _entry, session) => {
          const { kind, rules } = decide(grant, facts, session);
          return { verdict: kind, rules, observed: grant.mode === "observe" };
        },
      });
    };
    const text = await readAll(reader, "evidence/policy.yaml");
    expect((await verify(text)).status).toBe("valid");
    const enforcing = await verify(text.replace(", mode: observe", ""));
    expect(new Set(enforcing.findings.map(({ code }) => code))).toEqual(new Set(["VERDICT_MISMATCH"]));
  });

  test("conditions see the session: its claims are in the record, and verdicts are derived from them again", async () => {
    const harness = await start();
    expect((await say(harness, "NOOP"))[0]).toContain('denied by rule "mine"');
  });

  test("a session gets no other policy than the one it was opened with", async () => {
    const harness = await start();
    const session = { ...harness.session, id: "s_other" };
    const other = parsePolicy(harness.policy.text.replace("not on this line", "no"), {
      file: "policy.yaml",
      protocols: new Map([["target", "line"]]),
    });
    expect(() => harness.engine.open(session, other, new Map(), {})).toThrow(
      expect.objectContaining({ code: "POLICY_UNPINNED" }),
    );
  });
});

describe("on PostgreSQL", () => {
  const fixture = useServer({ schema: "CREATE TABLE t (id int PRIMARY KEY, x int); INSERT INTO t VALUES (1, 1)" });
  const RULES = `rules:
  main:
  - {id: read, effect: allow, match: {statement: SELECT, reads: public.t}}
  - {id: mass, effect: hold, approval: someone, match: {statement: UPDATE, where: [present, none, tautology]}}
  - {id: never, effect: deny, match: {statement: ["DROP *", "CREATE *"]}}
approvals:
  someone: {from: ["person:dana"], count: 1, timeout: 1m}
`;

  test("denied and held SQL runs, what does not parse is answered as ever, and all of it is recorded", async () => {
    const gate = await fixture.gate(RULES, { grantKeys: "mode: observe" });
    const client = await login(gate);
    for (const sql of [
      "SELECT x FROM t",
      "UPDATE t SET x = 2",
      "CREATE TABLE u ()",
      "DROP TABLE u",
      "SELECT 1; DELETE FROM t",
    ]) {
      expect(errorOf(await client.query(sql))).toBeUndefined();
    }
    expect(await fixture.server.query("SELECT count(*) FROM t", DATABASE)).toEqual([{ count: "0" }]);
    expect(errorOf(await client.query("SELEC 1"))).toBeDefined();
    const verdicts = (await gate.entries()).filter((entry) => entry.type === "verdict");
    const said = verdicts.map(({ verdict, rules, observed }) => [verdict, rules[0], observed]);
    expect(said.slice(0, 5)).toEqual([
      ["allow", "read", true],
      ["hold", "mass", true],
      ["deny", "never", true],
      ["deny", "never", true],
      ["deny", "default", true],
    ]);
    expect(await gate.store.holds()).toEqual([]);
  });

  test("masked columns stay masked, whatever is observed, and what cannot be masked is refused", async () => {
    const masks = `masks:\n  m:\n  - {column: public.t.secret, action: redact}\n`;
    const gate = await fixture.gate(RULES + masks, { grantKeys: "mode: observe, masks: [m]" });
    await fixture.server.query("ALTER TABLE t ADD COLUMN IF NOT EXISTS secret text", DATABASE);
    await fixture.server.query("DELETE FROM t; INSERT INTO t VALUES (7, 7, 'hunter2')", DATABASE);
    const client = await login(gate);
    for (const sql of [
      "SELECT secret FROM t",
      "INSERT INTO t VALUES (8, 8, 'x') RETURNING (SELECT secret FROM t WHERE id = 7)",
      "DO $$ BEGIN RAISE EXCEPTION '%', (SELECT secret FROM t LIMIT 1); END $$",
    ]) {
      const answer = Buffer.concat((await client.query(sql)).map(({ body }) => body)).toString("latin1");
      expect(answer).not.toContain("hunter2");
    }
  });

  test("what a mask would have people asked about is refused: nobody is asked", async () => {
    const masks = `masks:\n  m:\n  - {column: public.t.secret, action: redact, on_predicate: hold, approval: someone}\n`;
    await fixture.server.query("ALTER TABLE t ADD COLUMN IF NOT EXISTS secret text", DATABASE);
    await fixture.server.query("DELETE FROM t; INSERT INTO t VALUES (7, 7, 'hunter2')", DATABASE);
    const gate = await fixture.gate(RULES + masks, { grantKeys: "mode: observe, masks: [m]" });
    const client = await login(gate);
    for (const sql of ["SELECT x FROM t WHERE secret LIKE 'h%'", "UPDATE t SET x = 9 WHERE secret LIKE 'h%'"]) {
      expect(field(errorOf(await client.query(sql)), "C")).toBe("42501");
    }
    expect(errorOf(await client.query("UPDATE t SET x = 8"))).toBeUndefined();
    expect(await fixture.server.query("SELECT x FROM t", DATABASE)).toEqual([{ x: 8 }]);
    expect(await gate.store.holds()).toEqual([]);
  });
});
