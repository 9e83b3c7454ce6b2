import { describe, expect, test } from "@jest/globals";
import { TestConnection, turn } from "./serve-doubles.ts";
import { describePortalFrame, frame, messageFrame, parseFrame, queryFrame, readyForQueryFrame } from "./wire.ts";

const text = (value: string): Buffer => Buffer.from(`${value}\0`);
const parse = parseFrame;
const bind = (portal: string, statement: string): Buffer => frame("B", text(portal), text(statement), Buffer.alloc(6));
const execute = (portal: string): Buffer => frame("E", text(portal), Buffer.alloc(4));
const sync = frame("S");
const complete = (tag: string): Buffer => frame("C", text(tag));
const ready = readyForQueryFrame;
const error = (sqlstate: string, message = "server's words"): Buffer =>
  messageFrame({ severity: "ERROR", sqlstate, message });
const one = frame("1");
const two = frame("2");
const fields = (...columns: readonly (readonly [string, number, number, number])[]): Buffer =>
  frame(
    "T",
    Buffer.from([0, columns.length]),
    ...columns.map(([name, tableOid, attnum, typeOid]) => {
      const rest = Buffer.alloc(18);
      rest.writeUInt32BE(tableOid, 0);
      rest.writeInt16BE(attnum, 4);
      rest.writeUInt32BE(typeOid, 6);
      return Buffer.concat([text(name), rest]);
    }),
  );
const row = (...values: readonly (string | null)[]): Buffer =>
  frame(
    "D",
    Buffer.from([0, values.length]),
    ...values.map((value) => {
      const length = Buffer.alloc(4);
      length.writeInt32BE(value === null ? -1 : Buffer.byteLength(value));
      return Buffer.concat([length, Buffer.from(value ?? "")]);
    }),
  );
const join = (...frames: readonly Buffer[]): Buffer => Buffer.concat(frames);
const DENIED = 'E:ERROR:42501:gate: denied by rule "never": no';

describe("the simple protocol", () => {
  test("an admitted Query goes on byte for byte and its answer comes back", async () => {
    const t = new TestConnection();
    await t.send(queryFrame("SELECT 1"));
    expect(t.upstream.taken()).toEqual(queryFrame("SELECT 1"));
    const answer = join(fields(["a", 0, 0, 23]), row("1"), complete("SELECT 1"), ready("I"));
    await t.answer(answer);
    expect(t.received()).toEqual(answer);
    expect(t.results).toEqual([
      { entry: 0, summary: expect.objectContaining({ ok: true, rows: 1, outcome: "SELECT 1" }) },
    ]);
  });

  test("a denied Query never goes on; the server rejects a substitute and the client gets the refusal", async () => {
    const t = new TestConnection();
    t.verdicts.set("DROP t", "deny");
    await t.send(queryFrame("DROP t"));
    expect(t.upstream.takenWords()).toEqual(["Q:] gate: refused|"]);
    await t.answer(join(error("42601"), ready("E")));
    expect(t.receivedWords()).toEqual([DENIED, "ZE"]);
  });

  test("a text that does not parse is answered as the server would and never sent", async () => {
    const t = new TestConnection();
    await t.send(queryFrame("SYNTAX"));
    expect(t.upstream.takenWords()).toEqual(["Q:] gate: refused|"]);
    expect(t.commands).toEqual([]);
    await t.answer(join(error("42601"), ready("I")));
    expect(t.receivedWords()).toEqual(["E:ERROR:42601:syntax error", "ZI"]);
  });

  test("a Query above the bound is thrown away as it comes, and refused", async () => {
    const t = new TestConnection();
    const body = Buffer.alloc(1024 * 1024, 0x61);
    await t.send(join(frame("Q", ...Array.from({ length: 9 }, () => body), text("; DROP t")), queryFrame("SELECT 1")));
    for (let turns = 0; turns < 50; turns++) await turn();
    expect(t.upstream.takenWords()).toEqual(["Q:] gate: refused|", "Q:SELECT 1|"]);
    expect(t.commands.map((command) => command.text)).toEqual(["SELECT 1"]);
  });

  test("a function call is refused", async () => {
    const t = new TestConnection();
    await t.send(frame("F", Buffer.alloc(200)));
    expect(t.upstream.takenWords()).toEqual(["Q:] gate: refused|"]);
    await t.answer(join(error("42601"), ready("I")));
    expect(t.receivedWords()[0]).toMatch(/^E:ERROR:42501:gate: denied: function calls/);
  });
});

describe("the extended protocol", () => {
  const pipeline = join(
    parse("", "INSERT a"),
    bind("", ""),
    execute(""),
    parse("", "DROP t"),
    bind("", ""),
    execute(""),
    sync,
  );

  test("a Parse denied in the middle of a pipeline fails where it stands", async () => {
    const t = new TestConnection();
    t.verdicts.set("DROP t", "deny");
    await t.send(pipeline);
    expect(t.upstream.takenWords()[3]).toBe("P:gate_denied|] gate: refused|||");
    await t.answer(join(one, two, complete("INSERT 0 1"), error("42601"), ready("I")));
    expect(t.receivedWords()).toEqual(["1", "2", "C", DENIED, "ZI"]);
    // The later Bind and Execute were sent and skipped: the portal stands for the INSERT, and the record says "skipped".
    expect(t.results.map(({ summary }) => summary.outcome)).toEqual(["INSERT 0 1", "skipped"]);
  });

  test("an error before a denied message wins, as it would at the server", async () => {
    const t = new TestConnection();
    t.verdicts.set("DROP t", "deny");
    await t.send(pipeline);
    await t.answer(join(one, two, error("23505"), ready("I")));
    expect(t.receivedWords()).toEqual(["1", "2", "E:ERROR:23505:server's words", "ZI"]);
  });

  test("after an error nothing but Sync goes on until the Sync", async () => {
    const t = new TestConnection();
    await t.send(join(parse("", "SELECT 1"), frame("H")));
    t.upstream.taken();
    await t.answer(error("42P01"));
    await t.send(join(bind("", ""), execute(""), queryFrame("DROP t"), sync));
    expect(t.upstream.takenWords()).toEqual(["S"]);
    expect(t.commands).toEqual([]);
    await t.answer(ready("I"));
    expect(t.receivedWords().at(-1)).toBe("ZI");
  });

  test("every Execute is a command of its own, with a digest over its parameters", async () => {
    const t = new TestConnection();
    const bound = (value: string): Buffer =>
      frame(
        "B",
        text(""),
        text("s"),
        Buffer.from([0, 0, 0, 1, 0, 0, 0, value.length]),
        Buffer.from(value),
        Buffer.alloc(2),
      );
    await t.send(
      join(parse("s", "SELECT $1"), bound("a"), execute(""), bound("b"), execute(""), bound("a"), execute(""), sync),
    );
    const digests = t.commands.map((command) => command.digest());
    expect(digests).toHaveLength(3);
    expect(digests[0]).toBe(digests[2]);
    expect(digests[0]).not.toBe(digests[1]);
  });

  test("a name that may stand for two texts is not used before the server has said which", async () => {
    const t = new TestConnection();
    await t.send(join(parse("s", "UPDATE a"), sync));
    await t.answer(join(one, ready("I")));
    await t.send(join(parse("s", "SELECT 1"), sync, bind("", "s"), execute(""), sync));
    expect(t.upstream.takenWords().slice(2)).toEqual(["P:s|SELECT 1|||", "S", "H"]);
    expect(t.commands).toEqual([]);
    await t.answer(join(error("42P05"), ready("I")));
    expect(t.commands.map((command) => command.text)).toEqual(["UPDATE a"]);
  });

  test("a portal or statement that gate does not know is refused, not forwarded", async () => {
    const t = new TestConnection();
    await t.send(join(execute("cur"), sync));
    expect(t.upstream.takenWords()).toEqual(["P:gate_denied|] gate: refused|||", "S"]);
    await t.answer(join(error("42601"), ready("I")));
    expect(t.receivedWords()).toEqual(['E:ERROR:34000:portal "cur" does not exist', "ZI"]);
    await t.send(join(bind("", "nope"), sync));
    await t.answer(join(error("42601"), ready("I")));
    expect(t.receivedWords()[0]).toBe('E:ERROR:26000:prepared statement "nope" does not exist');
  });

  test("a suspended portal goes on as the same command", async () => {
    const t = new TestConnection({ limits: { rows: 3 } });
    await t.send(join(parse("", "SELECT"), bind("", ""), execute(""), sync));
    await t.answer(join(one, two, row("1"), row("2"), frame("s"), ready("T")));
    await t.send(join(execute(""), sync));
    expect(t.commands).toHaveLength(1);
    await t.answer(join(row("3"), row("4")));
    expect(t.cancels).toBe(1);
    await t.answer(join(error("57014"), ready("E")));
    expect(t.receivedWords().slice(-2)).toEqual(["E:ERROR:42501:gate: limit reached", "ZE"]);
  });
});

describe("held commands", () => {
  test("the client is told, later messages wait, and the approval sends what was judged", async () => {
    const t = new TestConnection();
    t.verdicts.set("UPDATE t", "hold");
    await t.send(join(queryFrame("UPDATE t"), queryFrame("SELECT 1")));
    expect(t.receivedWords()).toEqual(["N:NOTICE:00000:gate: held for approval hold-1: https://gate/hold-1"]);
    expect(t.upstream.taken()).toHaveLength(0);
    t.held[0]?.decide(true);
    await turn();
    expect(t.upstream.takenWords()).toEqual(["Q:UPDATE t|", "Q:SELECT 1|"]);
  });

  test("an approval is worth nothing where the catalogue cannot be read anew", async () => {
    const t = new TestConnection();
    t.verdicts.set("UPDATE t", "hold");
    t.renewal = () => Promise.reject(new Error("target gone"));
    await t.send(queryFrame("UPDATE t"));
    t.held[0]?.decide(true);
    await turn();
    expect(t.upstream.takenWords()).toEqual(["Q:] gate: refused|"]);
    await t.answer(join(error("42601"), ready("I")));
    expect(t.receivedWords().join()).toContain("the database's catalogue cannot be read");
  });

  test("a cancel between the approval and the last look at the catalogue takes the command back", async () => {
    const t = new TestConnection();
    t.verdicts.set("UPDATE t", "hold");
    let go: () => void = () => undefined;
    t.renewal = () =>
      new Promise((resolve) => {
        go = resolve;
      });
    await t.send(queryFrame("UPDATE t"));
    t.held[0]?.decide(true);
    await turn();
    t.connection.cancelRequested();
    go();
    await turn();
    expect(t.upstream.takenWords()).toEqual(["Q:] gate: refused|"]);
    await t.answer(join(error("42601"), ready("I")));
    expect(t.receivedWords()[1]).toContain("E:ERROR:57014");
  });

  test("a cancel takes a held command back", async () => {
    const t = new TestConnection();
    t.verdicts.set("UPDATE t", "hold");
    await t.send(queryFrame("UPDATE t"));
    t.connection.cancelRequested();
    await turn();
    expect(t.cancels).toBe(0);
    await t.answer(join(error("42601"), ready("I")));
    expect(t.receivedWords().slice(1)).toEqual(["E:ERROR:57014:gate: cancelled", "ZI"]);
  });

  test("a client that goes withdraws the hold, and nothing is sent", async () => {
    const t = new TestConnection();
    t.verdicts.set("UPDATE t", "hold");
    await t.send(queryFrame("UPDATE t"));
    t.client.end();
    await turn();
    expect(t.held[0]?.signal?.aborted).toBe(true);
    expect(t.upstream.taken()).toHaveLength(0);
    expect(t.upstream.destroyed).toBe(true);
  });

  test("an Execute that is held keeps no locks: its Parse and Bind are ended, and bound again after the approval", async () => {
    const t = new TestConnection();
    t.verdicts.set("UPDATE t", "hold");
    await t.send(join(parse("", "UPDATE t"), bind("", ""), describePortalFrame(""), execute(""), sync));
    expect(t.upstream.takenWords()).toEqual(["P:|UPDATE t|||", "B", "D", "S"]);
    await t.answer(join(one, two, frame("n"), ready("I")));
    t.held[0]?.decide(true);
    await turn();
    expect(t.upstream.takenWords()).toEqual(["B", "E", "S"]);
    await t.answer(join(two, complete("UPDATE 1"), ready("I")));
    expect(t.receivedWords()).toEqual([expect.stringMatching(/^N:/), "1", "2", "n", "C", "ZI"]);
  });

  test("an approval that comes before the server has let go is as good", async () => {
    const t = new TestConnection();
    t.verdicts.set("UPDATE t", "hold");
    await t.send(join(parse("", "UPDATE t"), bind("", ""), execute(""), sync));
    t.held[0]?.decide(true);
    await turn();
    expect(t.upstream.takenWords()).toEqual(["P:|UPDATE t|||", "B", "S", "B", "E", "S"]);
    await t.answer(join(one, two, ready("I"), two, complete("UPDATE 1"), ready("I")));
    expect(t.receivedWords().slice(1)).toEqual(["1", "2", "C", "ZI"]);
    expect(t.connection.closed).toBe(false);
  });

  test("a Parse that fails before the server has let go skips the client's messages up to its own Sync", async () => {
    const t = new TestConnection();
    t.verdicts.set("UPDATE t", "hold");
    await t.send(join(parse("", "UPDATE t"), bind("", ""), execute(""), execute(""), sync, queryFrame("SELECT 1")));
    expect(t.upstream.takenWords()).toEqual(["P:|UPDATE t|||", "B", "S"]);
    await t.answer(join(error("42P01"), ready("I")));
    expect(t.held[0]?.signal?.aborted).toBe(true);
    await turn();
    expect(t.upstream.takenWords()).toEqual(["S", "Q:SELECT 1|"]);
    await t.answer(join(ready("I"), complete("SELECT 1"), ready("I")));
    expect(t.receivedWords().slice(1)).toEqual(["E:ERROR:42P01:server's words", "ZI", "C", "ZI"]);
  });

  test("a held Execute behind another command waits in their common transaction", async () => {
    const t = new TestConnection();
    t.verdicts.set("UPDATE t", "hold");
    await t.send(
      join(parse("", "SELECT"), bind("", ""), execute(""), parse("", "UPDATE t"), bind("", ""), execute(""), sync),
    );
    expect(t.upstream.takenWords()).toEqual(["P:|SELECT|||", "B", "E", "P:|UPDATE t|||", "B"]);
  });

  test("a held message behind a failed one is never sent", async () => {
    const t = new TestConnection();
    t.verdicts.set("UPDATE t", "hold");
    await t.send(
      join(parse("", "INSERT a"), bind("", ""), execute(""), parse("", "UPDATE t"), bind("", ""), execute(""), sync),
    );
    t.upstream.taken();
    await t.answer(join(one, two, error("23505")));
    expect(t.held[0]?.signal?.aborted).toBe(true);
    t.held[0]?.decide(true);
    await turn();
    expect(t.upstream.takenWords()).toEqual(["S"]);
  });

  test("a notice waits for the end of a row that is half on its way", async () => {
    const t = new TestConnection();
    t.verdicts.set("UPDATE t", "hold");
    await t.send(queryFrame("SELECT 1"));
    const long = row("x".repeat(1000));
    await t.answer(join(fields(["a", 0, 0, 25]), long.subarray(0, 500)));
    await t.send(queryFrame("UPDATE t"));
    await t.answer(long.subarray(500));
    expect(t.receivedWords()).toEqual(["T", "D", expect.stringMatching(/^N:NOTICE/)]);
  });
});

describe("COPY from the client", () => {
  test("data goes on once the server asks for it, and Sync inside COPY is swallowed as the server does", async () => {
    const t = new TestConnection();
    await t.send(join(parse("", "COPY t FROM STDIN"), bind("", ""), execute(""), sync));
    expect(t.upstream.takenWords()).toEqual(["P:|COPY t FROM STDIN|||", "B", "E", "H"]);
    await t.answer(join(one, two, frame("G", Buffer.from([0, 0, 0]))));
    await t.send(join(frame("d", Buffer.from("1\n")), frame("c"), sync));
    expect(t.upstream.takenWords()).toEqual(["d", "c", "H"]);
    await t.answer(complete("COPY 1"));
    expect(t.upstream.takenWords()).toEqual(["S"]);
    await t.answer(ready("I"));
    expect(t.receivedWords()).toEqual(["1", "2", "G", "C", "ZI"]);
  });

  test("a COPY that classification did not see ends the connection", async () => {
    const t = new TestConnection();
    await t.send(join(queryFrame("SELECT sneaky")));
    await t.answer(frame("G", Buffer.from([0, 0, 0])));
    expect(t.receivedWords()).toEqual([expect.stringMatching(/^E:FATAL:08P01/)]);
    expect(t.upstream.destroyed).toBe(true);
  });
});

describe("limits", () => {
  test("rows beyond the limit are never shown, and the server is stopped", async () => {
    const t = new TestConnection({ limits: { rows: 2 } });
    await t.send(queryFrame("SELECT"));
    await t.answer(join(fields(["a", 0, 0, 25]), row("1"), row("2")));
    await t.answer(join(row("3"), row("4")));
    await t.answer(join(row("5"), error("57014"), ready("I")));
    expect(t.cancels).toBe(1);
    expect(t.receivedWords()).toEqual(["T", "D", "D", "E:ERROR:42501:gate: limit reached", "ZI"]);
    expect(t.results[0]?.summary).toMatchObject({ ok: false, outcome: "limit" });
  });

  test("a cancel that comes too late still gives the error of a command that only read", async () => {
    const t = new TestConnection({ limits: { rows: 1 } });
    await t.send(join(parse("", "SELECT"), bind("", ""), execute(""), sync));
    await t.answer(join(one, two, row("1"), row("2"), complete("SELECT 2"), ready("I")));
    expect(t.receivedWords()).toEqual(["1", "2", "E:ERROR:42501:gate: limit reached", "ZI"]);
  });

  test("a statement that takes too long is cancelled with 57014", async () => {
    const t = new TestConnection({ limits: { statementTimeMs: 100 } });
    await t.send(queryFrame("SELECT slow"));
    t.clock.advance(99);
    expect(t.cancels).toBe(0);
    t.clock.advance(1);
    expect(t.cancels).toBe(1);
    await t.answer(join(error("57014", "canceling statement"), ready("I")));
    expect(t.receivedWords()).toEqual(["E:ERROR:57014:gate: statement time limit", "ZI"]);
  });

  describe("rows written", () => {
    const limits = { affected: 5 };

    test("a Query is committed only after its rows were counted", async () => {
      const t = new TestConnection({ limits });
      await t.send(join(queryFrame("UPDATE t"), queryFrame("SELECT 1")));
      expect(t.upstream.takenWords()).toEqual(["Q:BEGIN|", "Q:UPDATE t|"]);
      await t.answer(join(complete("BEGIN"), ready("T"), complete("UPDATE 5"), ready("T")));
      expect(t.upstream.takenWords()).toEqual(["Q:COMMIT|"]);
      await t.answer(join(complete("COMMIT"), ready("I")));
      expect(t.receivedWords()).toEqual(["C", "ZI"]);
      expect(t.upstream.takenWords()).toEqual(["Q:SELECT 1|"]);
      expect(t.results[0]?.summary).toMatchObject({ ok: true, affected: 5, outcome: "UPDATE 5" });
    });

    test("a Query above the limit is rolled back", async () => {
      const t = new TestConnection({ limits });
      await t.send(queryFrame("UPDATE t"));
      await t.answer(join(complete("BEGIN"), ready("T"), complete("UPDATE 6"), ready("T")));
      expect(t.upstream.takenWords()).toEqual(["Q:BEGIN|", "Q:UPDATE t|", "Q:ROLLBACK|"]);
      await t.answer(join(complete("ROLLBACK"), ready("I")));
      expect(t.receivedWords()).toEqual(["E:ERROR:42501:gate: limit reached", "ZI"]);
      expect(t.results[0]?.summary).toMatchObject({ ok: false, outcome: "limit" });
    });

    test("a COMMIT that fails is the Query's error", async () => {
      const t = new TestConnection({ limits });
      await t.send(queryFrame("UPDATE t"));
      await t.answer(join(complete("BEGIN"), ready("T"), complete("UPDATE 1"), ready("T")));
      await t.answer(join(error("23503"), ready("I")));
      expect(t.receivedWords()).toEqual(["C", "E:ERROR:23503:server's words", "ZI"]);
      expect(t.results[0]?.summary).toMatchObject({ ok: false, outcome: "23503" });
    });

    test("a Query that fails by itself is rolled back, and its error is told once", async () => {
      const t = new TestConnection({ limits });
      await t.send(queryFrame("UPDATE t"));
      await t.answer(join(complete("BEGIN"), ready("T"), error("23505"), ready("E")));
      await t.answer(join(complete("ROLLBACK"), ready("I")));
      expect(t.receivedWords()).toEqual(["E:ERROR:23505:server's words", "ZI"]);
    });

    test("inside a transaction the transaction fails", async () => {
      const t = new TestConnection({ limits });
      await t.send(queryFrame("BEGIN"));
      await t.answer(join(complete("BEGIN"), ready("T")));
      await t.send(queryFrame("UPDATE t"));
      await t.answer(join(complete("UPDATE 6"), ready("T")));
      expect(t.upstream.takenWords()).toEqual(["Q:BEGIN|", "Q:UPDATE t|", "Q:] gate: refused|"]);
      await t.answer(join(error("42601"), ready("E")));
      expect(t.receivedWords()).toEqual(["C", "ZT", "E:ERROR:42501:gate: limit reached", "ZE"]);
    });

    test("an Execute above the limit fails before its Sync is sent", async () => {
      const t = new TestConnection({ limits });
      await t.send(join(parse("", "UPDATE t"), bind("", ""), execute(""), sync));
      expect(t.upstream.takenWords()).toEqual(["P:|UPDATE t|||", "B", "E", "H"]);
      await t.answer(join(one, two, complete("UPDATE 6")));
      expect(t.upstream.takenWords()).toEqual(["P:gate_denied|] gate: refused|||"]);
      await t.answer(error("42601"));
      expect(t.upstream.takenWords()).toEqual(["S"]);
      await t.answer(ready("I"));
      expect(t.receivedWords()).toEqual(["1", "2", "E:ERROR:42501:gate: limit reached", "ZI"]);
    });
  });

  test("a command is interrupted even if the answers before it have not come", async () => {
    const t = new TestConnection({ limits: { statementTimeMs: 100 } });
    await t.send(join(parse("", "SELECT slow"), bind("", ""), execute(""), sync));
    t.connection.cancelRequested();
    expect(t.cancels).toBe(1);
    await turn();
    t.clock.advance(100);
    expect(t.cancels).toBe(2);
    await t.answer(join(one, two, error("57014"), ready("I")));
    expect(t.receivedWords()).toEqual(["1", "2", "E:ERROR:57014:gate: statement time limit", "ZI"]);
  });

  test("an idle connection is closed with 57P05", async () => {
    const t = new TestConnection({ limits: { idleTimeMs: 1000 } });
    await t.send(queryFrame("SELECT"));
    t.clock.advance(5000);
    await t.answer(join(complete("SELECT 0"), ready("I")));
    t.clock.advance(1000);
    await turn();
    expect(t.receivedWords().at(-1)).toMatch(/^E:FATAL:57P05/);
  });
});

describe("masks", () => {
  const masks = [{ kind: "column", column: "public.c.ssn", action: { kind: "redact" } }] as const;
  const columns = new Map([["20000/2", { name: "public.c.ssn", action: { kind: "redact" } as const, typeOid: 25 }]]);
  const options = { masks, columns };
  const described = fields(["id", 20_000, 1, 23], ["ssn", 20_000, 2, 25]);

  test("a masked column is rewritten, NULL stays NULL, and the rest is left alone", async () => {
    const t = new TestConnection(options);
    await t.send(queryFrame("SELECT"));
    await t.answer(join(described, row("1", "123-45-6789"), row("2", null), complete("SELECT 2"), ready("I")));
    expect(t.received()).toEqual(
      join(described, row("1", "[redacted]"), row("2", null), complete("SELECT 2"), ready("I")),
    );
    expect(t.results[0]?.summary.masked).toEqual({ "column:public.c.ssn": 1 });
  });

  test("columns that the catalogue has not heard of are not shown, computed ones and the system's are", async () => {
    const t = new TestConnection(options);
    await t.send(queryFrame("SELECT"));
    const columns = fields(["a", 20_001, 1, 25], ["b", 20_000, 3, 23], ["c", 0, 0, 25], ["d", 1259, 2, 25]);
    await t.answer(join(columns, row("new table", "7", "computed", "pg_class"), complete("SELECT 1"), ready("I")));
    expect(t.received()).toEqual(
      join(columns, row("[redacted]", "0", "computed", "pg_class"), complete("SELECT 1"), ready("I")),
    );
  });

  test("what comes out does not depend on how the server's bytes were cut", async () => {
    const bytes = join(described, row("1", "123-45-6789"), row("2", "x".repeat(40)), complete("SELECT 2"), ready("I"));
    const whole = new TestConnection(options);
    await whole.send(queryFrame("SELECT"));
    await whole.answer(bytes);
    const expected = whole.received();
    expect(expected.includes("123-45")).toBe(false);
    for (let cut = 1; cut < bytes.length; cut++) {
      const t = new TestConnection(options);
      await t.send(queryFrame("SELECT"));
      await t.answer(bytes, [cut]);
      expect(t.received()).toEqual(expected);
    }
    const t = new TestConnection(options);
    await t.send(queryFrame("SELECT"));
    await t.answer(
      bytes,
      Array.from({ length: bytes.length - 1 }, (_, at) => at + 1),
    );
    expect(t.received()).toEqual(expected);
  });

  test("an Execute without Describe is described by the gate, unseen by the client", async () => {
    const t = new TestConnection(options);
    await t.send(join(parse("", "SELECT"), bind("", ""), execute(""), sync));
    expect(t.upstream.takenWords()).toEqual(["P:|SELECT|||", "B", "D", "E", "S"]);
    await t.answer(join(one, two, described, row("1", "123-45-6789"), complete("SELECT 1"), ready("I")));
    expect(t.received()).toEqual(join(one, two, row("1", "[redacted]"), complete("SELECT 1"), ready("I")));
  });

  test("the client's own Describe is used where there is one", async () => {
    const t = new TestConnection(options);
    await t.send(join(parse("", "SELECT"), bind("", ""), describePortalFrame(""), execute(""), sync));
    expect(t.upstream.takenWords()).toEqual(["P:|SELECT|||", "B", "D", "E", "S"]);
  });

  test("a command whose result cannot be masked is refused before it is sent", async () => {
    const t = new TestConnection(options);
    await t.send(queryFrame("SELECT leak"));
    expect(t.upstream.takenWords()).toEqual(["Q:] gate: refused|"]);
  });

  test("errors, notices and notifications lose what could hold values", async () => {
    const t = new TestConnection(options);
    await t.send(queryFrame("SELECT"));
    const notification = frame("A", Buffer.alloc(4), text("channel"), text("123-45-6789"));
    const notice = messageFrame({
      severity: "NOTICE",
      sqlstate: "00000",
      message: "ssn 123-45-6789",
      detail: "123-45",
    });
    const failed = messageFrame({
      severity: "ERROR",
      sqlstate: "22P02",
      message: 'invalid: "123-45-6789"',
      detail: "123-45",
    });
    await t.answer(join(notice, notification, failed, ready("I")));
    const got = t.received();
    expect(got.includes("123-45")).toBe(false);
    expect(got.includes("channel")).toBe(true);
  });
});

describe("peers that break the protocol", () => {
  test.each([
    ["a password message after start-up", frame("p", text("secret"))],
    ["an unknown type", frame("!", Buffer.alloc(3))],
    ["a length below four", Buffer.from([0x51, 0, 0, 0, 3])],
    ["a length of 2^31", Buffer.from([0x51, 0x80, 0, 0, 0])],
    ["a Sync with a body", frame("S", Buffer.alloc(1))],
  ])("%s ends the connection with 08P01, a note, and nothing sent", async (_name, bytes) => {
    const t = new TestConnection();
    await t.send(bytes);
    expect(t.receivedWords()).toEqual([expect.stringMatching(/^E:FATAL:08P01/)]);
    expect(t.notes).toEqual(["protocol-violation"]);
    expect(t.upstream.taken()).toHaveLength(0);
    expect(t.upstream.destroyed).toBe(true);
  });

  test.each([
    ["an answer that nobody asked for", complete("SELECT 1")],
    ["an unknown type", frame("!", Buffer.alloc(3))],
    ["a row without a command", row("1")],
    ["a COPY of both kinds", frame("W", Buffer.alloc(3))],
  ])("%s from the target ends the connection and does not reach the client", async (_name, bytes) => {
    const t = new TestConnection();
    await t.answer(bytes);
    expect(t.receivedWords()).toEqual([expect.stringMatching(/^E:FATAL:08P01/)]);
    expect(t.notes).toEqual(["target-violation"]);
  });

  test("a change of the lexer's settings ends the connection", async () => {
    const t = new TestConnection();
    await t.answer(frame("S", text("standard_conforming_strings"), text("off")));
    expect(t.receivedWords()).toEqual([expect.stringMatching(/^E:FATAL:08P01/)]);
  });

  test("every split of what a client sends gives the same bytes to the server", async () => {
    const bytes = join(
      parse("s", "SELECT $1"),
      bind("", "s"),
      describePortalFrame(""),
      execute(""),
      frame("C", Buffer.from("S"), text("s")),
      sync,
      queryFrame("INSERT a"),
    );
    for (let cut = 1; cut < bytes.length; cut++) {
      const t = new TestConnection();
      await t.send(bytes, [cut]);
      expect(t.upstream.taken()).toEqual(bytes);
    }
  });
});

describe("back-pressure and ends", () => {
  test("a full target stops the client's messages until it drains", async () => {
    const t = new TestConnection();
    t.upstream.full = true;
    await t.send(queryFrame("SELECT 1"));
    await t.send(queryFrame("SELECT 2"));
    expect(t.upstream.takenWords()).toEqual(["Q:SELECT 1|"]);
    t.upstream.drain();
    expect(t.upstream.takenWords()).toEqual(["Q:SELECT 2|"]);
  });

  test("a client that ends has its messages done and the server told", async () => {
    const t = new TestConnection();
    await t.send(queryFrame("INSERT a"));
    t.client.end();
    await turn();
    expect(t.upstream.takenWords()).toEqual(["Q:INSERT a|", "X"]);
    t.upstream.closeByTarget();
    await t.done;
    expect(t.connection.closed).toBe(true);
  });

  test("a server that goes on for a client that has left is interrupted", async () => {
    const t = new TestConnection();
    await t.send(queryFrame("SELECT slow"));
    t.client.end();
    await turn();
    t.clock.advance(10_000);
    expect(t.cancels).toBe(1);
    expect(t.upstream.destroyed).toBe(true);
  });

  test("a session that ends is told so in the protocol's words", async () => {
    const t = new TestConnection();
    t.abort.abort("revoked");
    await turn();
    expect(t.receivedWords()).toEqual(["E:FATAL:57P01:gate: the session has ended (revoked)"]);
    expect(t.upstream.destroyed).toBe(true);
  });

  test("a session that ends while a command is held answers that command first", async () => {
    const t = new TestConnection();
    t.verdicts.set("UPDATE t", "hold");
    await t.send(queryFrame("UPDATE t"));
    t.receivedWords();
    t.abort.abort("SIGTERM");
    await turn();
    expect(t.receivedWords()).toEqual([]);
    t.held[0]?.decide(false);
    await turn();
    expect(t.receivedWords()).toEqual([
      'E:ERROR:42501:gate: denied by rule "never": no',
      "E:FATAL:57P01:gate: the session has ended (SIGTERM)",
    ]);
    expect(t.upstream.takenWords()).toEqual([]);
    expect(t.upstream.destroyed).toBe(true);
  });

  test("an approval that comes when the session has ended admits nothing; without any answer the end comes soon", async () => {
    for (const answered of [true, false]) {
      const t = new TestConnection();
      t.verdicts.set("UPDATE t", "hold");
      await t.send(queryFrame("UPDATE t"));
      t.receivedWords();
      t.abort.abort("expired");
      if (answered) t.held[0]?.decide(true);
      else t.clock.advance(1_000);
      await turn();
      expect(t.receivedWords()).toEqual(["E:FATAL:57P01:gate: the session has ended (expired)"]);
      expect(t.upstream.takenWords()).toEqual([]);
    }
  });

  test("a refusal that the server has not confirmed yet is told before the session's end", async () => {
    const t = new TestConnection();
    t.verdicts.set("DROP t", "deny");
    await t.send(queryFrame("DROP t"));
    t.abort.abort("revoked");
    await turn();
    expect(t.receivedWords()).toEqual([
      'E:ERROR:42501:gate: denied by rule "never": no',
      "E:FATAL:57P01:gate: the session has ended (revoked)",
    ]);
  });

  test("a target that vanishes is an error of the connection", async () => {
    const t = new TestConnection();
    t.upstream.closeByTarget();
    await turn();
    expect(t.receivedWords()).toEqual([expect.stringMatching(/^E:FATAL:08006/)]);
  });

  test("a server that does not report search_path is asked for it first, unseen by the client", async () => {
    const t = new TestConnection({ parameters: { server_version: "15.1" } });
    await t.send(queryFrame("SELECT 1"));
    expect(t.upstream.takenWords()).toEqual(
      ["P:gate_path|SHOW search_path|||", "B", "E", "C", "C", "S", "H"].slice(0, 6),
    );
    await t.answer(join(one, two, row("app, public"), complete("SHOW"), frame("3"), frame("3"), ready("I")));
    expect(t.received()).toHaveLength(0);
    expect(t.upstream.takenWords()).toEqual(["Q:SELECT 1|"]);
  });
});
