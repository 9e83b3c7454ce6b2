/** A command that a person has to approve: what the waiting client sees, and every way in which the wait can end. */
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { ManualClock } from "@gate/base";
import pg from "pg";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import {
  bind,
  cancel,
  execute,
  field,
  parse,
  query,
  RawPostgres,
  startup,
  sync,
  values,
} from "../../packages/testkit/src/postgres-raw.ts";
import { clientPrograms } from "../../packages/testkit/src/postgres-server.ts";
import { DATABASE, errorOf, login, rowCount, sqlstate, status, types, until, useServer } from "./postgres-fixture.ts";
import { pgEnvironment, runProgram } from "./program.ts";
import { suiteWith } from "../../packages/testkit/src/parts.ts";

const fixture = useServer({ schema: "CREATE TABLE notes (id int PRIMARY KEY, body text)" });
const policy = (count = 1): string => `
rules:
  main:
  - {id: read, effect: allow, match: {statement: [SELECT], reads: ["public.*"], functions: safe}}
  - {id: write, effect: allow, match: {statement: [INSERT, UPDATE], where: keyed, writes: [public.notes]}}
  - {id: add, effect: allow, match: {statement: [INSERT], writes: [public.notes]}}
  - {id: mass, effect: hold, approval: dba, match: {statement: [UPDATE], where: [present, none, tautology]}}
approvals:
  dba: {from: ["person:dana", "person:erin", "person:octocat"], count: ${count}, timeout: 1m}
`;
const MASS = "UPDATE notes SET body = 'mass'";

beforeEach(() => fixture.server.query("TRUNCATE notes; INSERT INTO notes VALUES (1, 'a'), (2, 'b')", DATABASE));

async function mass(): Promise<number> {
  const [row] = await fixture.server.query("SELECT count(*)::int AS n FROM notes WHERE body = 'mass'", DATABASE);
  return Number(row?.["n"]);
}

async function resolved(gate: Harness): Promise<string[]> {
  const entries = await gate.entries();
  return entries.flatMap((entry) => (entry.type === "hold-resolved" ? [entry.state] : []));
}

const extended = (sql: string): Buffer => Buffer.concat([parse("", sql), bind("", ""), execute(""), sync()]);

describe("what people are shown", () => {
  const signIn = async (gate: Harness): Promise<pg.Client> => {
    const client = new pg.Client({
      host: "127.0.0.1",
      port: gate.port,
      user: "gate",
      password: gate.password,
      database: DATABASE,
    });
    client.on("error", () => undefined);
    await client.connect();
    return client;
  };

  test("is the command with the values that are bound to it", async () => {
    const gate = await fixture.gate(policy());
    const client = await signIn(gate);
    const answer = client.query("UPDATE notes SET body = $1 WHERE id > $2", ["it's\nmass", 0]);
    const hold = await gate.pendingHold();
    expect(hold.commandText).toBe(
      "UPDATE notes SET body = $1 WHERE id > $2\n-- $1 = E'it\\'s\\u000amass'\n-- $2 = '0'",
    );
    await gate.vote("approve");
    expect((await answer).rowCount).toBe(2);
    await client.end();
  });

  test("is all of it: what is too long to be read cannot be approved", async () => {
    const gate = await fixture.gate(policy());
    const client = await signIn(gate);
    const long = `UPDATE notes SET body = 'mass' /* ${"x".repeat(70_000)} */`;
    await expect(client.query(long)).rejects.toMatchObject({
      code: "42501",
      message: expect.stringContaining("a person is shown"),
    });
    const values = client.query("UPDATE notes SET body = $1", ["x".repeat(70_000)]);
    await expect(values).rejects.toMatchObject({ code: "42501" });
    expect(await gate.engine.holds()).toEqual([]);
    expect((await client.query("SELECT count(*)::int AS n FROM notes")).rows).toEqual([{ n: 2 }]);
    await client.end();
  });
});

describe("answers", () => {
  test.each(["simple", "extended"])("%s: held with a NOTICE, approved, done", async (mode) => {
    const gate = await fixture.gate(policy());
    const client = await login(gate);
    client.send(mode === "simple" ? query(MASS) : extended(MASS));
    const hold = await gate.pendingHold();
    const [notice] = await client.until("N");
    const told = notice?.type === "N" ? notice : (await client.until("N")).at(-1);
    expect(field(told, "M")).toBe(`gate: held for approval ${hold.id}: https://gate.test/approvals/${hold.id}`);
    expect(hold.commandText).toBe(MASS);
    // Approvers are told how much it is about, as the planner sees it.
    expect(hold.facts?.fields["estimated_rows"]).toMatchObject({ type: "scalar", value: expect.any(Number) });
    expect(await mass()).toBe(0);
    await gate.vote("approve");
    const answer = await client.until("Z");
    expect(errorOf(answer)).toBeUndefined();
    expect(types(answer)).toContain("C");
    expect(await mass()).toBe(2);
    expect(await resolved(gate)).toEqual(["approved"]);
  });

  test("denied: 42501 with who said no, and the session goes on", async () => {
    const gate = await fixture.gate(policy());
    const client = await login(gate);
    client.send(query(MASS));
    await gate.vote("deny");
    const answer = await client.until("Z");
    expect(sqlstate(answer)).toBe("42501");
    expect(field(errorOf(answer), "M")).toBe('gate: denied by rule "mass": dana said no: test');
    expect(await mass()).toBe(0);
    expect(rowCount(await client.query("SELECT 1"))).toBe(1);
  });

  test("nobody answers: reminded every 10 s, refused after the time of the rule", async () => {
    const clock = new ManualClock(Date.now());
    const gate = await fixture.gate(policy(), { clock });
    const client = await login(gate);
    client.send(query(MASS));
    await gate.pendingHold();
    for (let count = 0; count < 3; count += 1) {
      await client.until("N");
      clock.advance(10_000);
    }
    clock.advance(60_000);
    const answer = await client.until("Z");
    expect(sqlstate(answer)).toBe("42501");
    expect(field(errorOf(answer), "M")).toContain("nobody approved it in time");
    expect(await resolved(gate)).toEqual(["expired"]);
    expect(await mass()).toBe(0);
  });

  test("two approvers: one is not enough, nobody counts twice", async () => {
    const gate = await fixture.gate(policy(2));
    const client = await login(gate);
    client.send(query(MASS));
    await gate.vote("approve", "dana");
    await expect(gate.vote("approve", "dana")).rejects.toThrow("ALREADY_VOTED");
    expect(await mass()).toBe(0);
    await gate.vote("approve", "erin");
    expect(errorOf(await client.until("Z"))).toBeUndefined();
    expect(await mass()).toBe(2);
  });

  test("who started the job, and who is not named, cannot approve", async () => {
    const gate = await fixture.gate(policy());
    const client = await login(gate);
    client.send(query(MASS));
    const hold = await gate.pendingHold();
    const vote = (name: string) => gate.engine.vote(hold.id, { name, subjects: [`person:${name}`] }, "approve", "");
    expect(await vote("octocat")).toMatchObject({ ok: false, code: "EXCLUDED" });
    expect(await vote("OctoCat")).toMatchObject({ ok: false });
    expect(await vote("mallory")).toMatchObject({ ok: false, code: "NOT_ELIGIBLE" });
    expect(await mass()).toBe(0);
    expect(await vote("erin")).toMatchObject({ ok: true });
    expect(errorOf(await client.until("Z"))).toBeUndefined();
  });

  test("an approval is for one execution", async () => {
    const gate = await fixture.gate(policy());
    const client = await login(gate);
    client.send(query(MASS));
    await gate.vote("approve");
    await client.until("Z");
    client.send(query(MASS));
    await gate.vote("deny");
    expect(sqlstate(await client.until("Z"))).toBe("42501");
  });
});

describe("transactions and pipelines", () => {
  test("in a transaction that wrote, it is denied with a hint instead of keeping locks", async () => {
    const gate = await fixture.gate(policy());
    const client = await login(gate);
    await client.query("BEGIN");
    await client.query("INSERT INTO notes VALUES (3, 'c')");
    const answer = await client.query(MASS);
    expect(sqlstate(answer)).toBe("42501");
    expect(field(errorOf(answer), "H")).toMatch(/transaction/);
    expect(status(answer)).toBe("E");
    await client.query("ROLLBACK");
  });

  test("in a transaction that only read, it waits", async () => {
    const gate = await fixture.gate(policy());
    const client = await login(gate);
    await client.query("BEGIN");
    await client.query("SELECT 1");
    client.send(query(MASS));
    await gate.vote("approve");
    const answer = await client.until("Z");
    expect(status(answer)).toBe("T");
    await client.query("COMMIT");
    expect(await mass()).toBe(2);
  });

  test("in the middle of a pipeline, what follows waits, and a refusal undoes what the pipeline did", async () => {
    for (const vote of ["approve", "deny"] as const) {
      await fixture.server.query("UPDATE notes SET body = 'a'", DATABASE);
      const gate = await fixture.gate(policy());
      const client = await login(gate);
      const one = (sql: string): Buffer => Buffer.concat([parse("", sql), bind("", ""), execute("")]);
      client.send(
        one("SELECT 1"),
        one(MASS),
        one("SELECT count(*) FROM notes WHERE body = 'mass'"),
        sync(),
        query("SELECT 2"),
      );
      await gate.pendingHold();
      expect(await mass()).toBe(0);
      await gate.vote(vote);
      const first = await client.until("Z");
      expect(errorOf(first) === undefined).toBe(vote === "approve");
      expect(rowCount(first)).toBe(vote === "approve" ? 2 : 1);
      expect(rowCount(await client.until("Z"))).toBe(1);
      expect(await mass()).toBe(vote === "approve" ? 2 : 0);
    }
  });
});

describe("a pipeline", () => {
  const one = (sql: string): Buffer => Buffer.concat([parse("", sql), bind("", ""), execute("")]);

  test("that wrote before the held command is denied with a hint, and its writes are undone", async () => {
    const gate = await fixture.gate(policy());
    const client = await login(gate);
    client.send(one("INSERT INTO notes VALUES (3, 'c')"), one(MASS), one("INSERT INTO notes VALUES (4, 'd')"), sync());
    const answer = await client.until("Z");
    expect(sqlstate(answer)).toBe("42501");
    expect(field(errorOf(answer), "H")).toMatch(/transaction/);
    expect(status(answer)).toBe("I");
    expect(await fixture.server.query("SELECT 1 FROM notes WHERE id > 2", DATABASE)).toEqual([]);
    expect(rowCount(await client.query("SELECT 1"))).toBe(1);
  });

  test("that failed before the held command asks nobody, or does not wait for the answer", async () => {
    const gate = await fixture.gate(policy());
    const client = await login(gate);
    client.send(one("SELECT nope FROM notes"), one(MASS), sync(), query("SELECT 2"));
    const answer = await client.until("Z");
    expect(sqlstate(answer)).toBe("42703");
    expect(answer.filter(({ type }) => type === "E")).toHaveLength(1);
    expect(rowCount(await client.until("Z"))).toBe(1);
    expect(await gate.store.holds({ state: "pending" })).toEqual([]);
    expect(await mass()).toBe(0);
  });

  test("behind the held command is done after it, also across Sync, and in order", async () => {
    const gate = await fixture.gate(policy());
    const client = await login(gate);
    client.send(
      one(MASS),
      sync(),
      one("SELECT 'b'"),
      sync(),
      query("SELECT 'c'"),
      one("SELECT count(*) FROM notes WHERE body = 'mass'"),
      sync(),
    );
    await gate.vote("approve");
    const seen: (string | null | undefined)[] = [];
    for (let count = 0; count < 4; count += 1) {
      seen.push(...(await client.until("Z")).filter(({ type }) => type === "D").map((row) => values(row)[0]));
    }
    expect(seen).toEqual(["b", "c", "2"]);
  });

  test("two held commands are asked about one after the other", async () => {
    const gate = await fixture.gate(policy());
    const client = await login(gate);
    client.send(query(MASS), one("UPDATE notes SET body = 'b' WHERE id > 0"), sync());
    await gate.vote("approve");
    expect(errorOf(await client.until("Z"))).toBeUndefined();
    expect(await mass()).toBe(2);
    await gate.vote("deny");
    expect(sqlstate(await client.until("Z"))).toBe("42501");
    expect(await mass()).toBe(2);
  });

  test("a megabyte behind a held command waits, and no more is read", async () => {
    const gate = await fixture.gate(policy());
    const client = await login(gate);
    const behind = query(`SELECT '${"x".repeat(100_000)}'`);
    client.send(query(MASS), ...Array.from({ length: 40 }, () => behind));
    await gate.vote("approve");
    for (let count = 0; count < 41; count += 1) expect(errorOf(await client.until("Z"))).toBeUndefined();
  });
});

describe("the session ends meanwhile", () => {
  test.each(["simple", "extended"])("%s: first the command's answer, then the connection's end", async (mode) => {
    const gate = await fixture.gate(policy());
    const client = await login(gate);
    client.send(mode === "simple" ? query(MASS) : extended(MASS));
    await gate.pendingHold();
    await gate.engine.close(gate.session.id, "SIGTERM");
    const errors = (await client.closed()).filter(({ type }) => type === "E");
    expect(errors.map((error) => [field(error, "S"), field(error, "C"), field(error, "M")])).toEqual([
      ["ERROR", "42501", "gate: the session ended before the approval"],
      ["FATAL", "57P01", "gate: the session has ended (SIGTERM)"],
    ]);
    expect(await resolved(gate)).toEqual(["void"]);
    expect(await mass()).toBe(0);
  });
});

describe("the client takes it back", () => {
  test.each([0x0003_0000, 0x0003_0002])("a CancelRequest (version %s) ends the wait with 57014", async (version) => {
    const gate = await fixture.gate(policy());
    const client = await RawPostgres.open(gate.port);
    client.send(startup({ user: gate.user }, version));
    await client.authenticate(gate.password);
    const key = (await client.until("Z")).find(({ type }) => type === "K")?.body ?? Buffer.alloc(8);
    client.send(query(MASS));
    const hold = await gate.pendingHold();
    const canceller = await RawPostgres.open(gate.port);
    canceller.send(cancel(key));
    await canceller.closed();
    const answer = await client.until("Z");
    expect(sqlstate(answer)).toBe("57014");
    expect((await gate.store.hold(hold.id))?.state).toBe("withdrawn");
    expect(rowCount(await client.query("SELECT 1"))).toBe(1);
    expect(await mass()).toBe(0);
    client.end();
  });

  test("a cancel from another session does not", async () => {
    const gate = await fixture.gate(policy());
    const other = await fixture.gate(policy());
    const client = await RawPostgres.open(gate.port);
    client.send(startup({ user: gate.user }));
    await client.authenticate(gate.password);
    const key = (await client.until("Z")).find(({ type }) => type === "K")?.body ?? Buffer.alloc(8);
    client.send(query(MASS));
    await gate.pendingHold();
    const canceller = await RawPostgres.open(other.port);
    canceller.send(cancel(key));
    await canceller.closed();
    await gate.vote("approve");
    expect(errorOf(await client.until("Z"))).toBeUndefined();
    client.end();
  });

  test("a late approval does nothing by itself; the same command claims it, once", async () => {
    const gate = await fixture.gate(policy());
    const first = await login(gate);
    first.send(query(MASS));
    const hold = await gate.pendingHold();
    first.end();
    await until(async () => (await gate.store.hold(hold.id))?.state === "withdrawn");
    const vote = await gate.engine.vote(hold.id, { name: "dana", subjects: ["person:dana"] }, "approve", "late");
    expect(vote).toMatchObject({ ok: true });
    expect(await mass()).toBe(0);
    const second = await login(gate);
    const different = `${MASS} WHERE true`;
    second.send(query(different));
    await gate.vote("deny");
    expect(sqlstate(await second.until("Z"))).toBe("42501");
    expect(errorOf(await second.query(MASS))).toBeUndefined();
    expect(await mass()).toBe(2);
    second.send(query(MASS));
    await gate.vote("deny");
    expect(sqlstate(await second.until("Z"))).toBe("42501");
  });

  test("the session ends: the waiting client is told, the hold is void", async () => {
    const gate = await fixture.gate(policy());
    const client = await login(gate);
    client.send(query(MASS));
    const hold = await gate.pendingHold();
    await gate.engine.close(gate.session.id, "revoked");
    expect(errorOf(await client.closed())).toBeDefined();
    expect((await gate.store.hold(hold.id))?.state).toBe("void");
    expect(await mass()).toBe(0);
  });

  test("parameters belong to what is approved", async () => {
    const gate = await fixture.gate(policy());
    const client = new pg.Client({
      host: "127.0.0.1",
      port: gate.port,
      user: gate.user,
      password: gate.password,
      ssl: false,
    });
    client.on("error", () => undefined);
    await client.connect();
    const update = (body: string) => client.query("UPDATE notes SET body = $1 WHERE id > 0", [body]);
    const waiting = update("mass");
    const hold = await gate.pendingHold();
    expect(hold.commandText).toContain("UPDATE notes SET body = $1");
    expect(hold.commandText).toContain("$1 = 'mass'");
    await gate.vote("approve");
    await waiting;
    const other = update("other");
    expect((await gate.pendingHold()).commandDigest).not.toBe(hold.commandDigest);
    await gate.vote("deny");
    await expect(other).rejects.toMatchObject({ code: "42501" });
    expect(await mass()).toBe(2);
    await client.end();
  });
});

const { bin } = clientPrograms() ?? {};
suiteWith(bin !== undefined, "the package postgresql-client")("psql", () => {
  const psql = (gate: Harness, sql: string, onStart?: Parameters<typeof runProgram>[2]["onStart"]) => {
    const env = pgEnvironment({ port: gate.port, user: gate.user, password: gate.password, database: DATABASE });
    return runProgram(join(bin ?? "", "psql"), ["-X", "-c", sql, "-c", "SELECT 'still here'"], {
      env,
      ...(onStart === undefined ? {} : { onStart }),
    });
  };

  test("shows where to approve, then the result", async () => {
    const gate = await fixture.gate(policy());
    const [ran] = await Promise.all([psql(gate, MASS), gate.vote("approve")]);
    expect(ran.stderr).toMatch(
      /^NOTICE: {2}gate: held for approval hold_\S+: https:\/\/gate\.test\/approvals\/hold_\S+\n$/,
    );
    expect(ran.stdout).toContain("UPDATE 2");
    expect(ran.stdout).toContain("still here");
  });

  test("Ctrl-C while held takes the command back, and psql goes on", async () => {
    const gate = await fixture.gate(policy());
    const ran = await psql(gate, MASS, (child) => {
      void gate.pendingHold().then(() => child.kill("SIGINT"));
    });
    expect(ran.stderr).toMatch(/ERROR: {2}gate: the command was taken back/);
    expect(await resolved(gate)).toEqual(["withdrawn"]);
    expect(await mass()).toBe(0);
  });
});
