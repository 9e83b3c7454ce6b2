/** The gate is transparent: the same bytes get the same answers from the server itself and through the gate. */
import { beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import {
  bind,
  cancel,
  execute,
  field,
  flush,
  parse,
  query,
  RawPostgres,
  startup,
  sync,
  values,
  type RawMessage,
} from "../../packages/testkit/src/postgres-raw.ts";
import {
  answers,
  comparable,
  DATABASE,
  errorOf,
  login,
  loginDirect,
  PERMISSIVE,
  rowCount,
  status,
  types,
  until,
  useServer,
} from "./postgres-fixture.ts";
import { CONVERSATIONS, RESET, SCHEMA } from "./postgres-traffic.ts";

const LIMITS = "rows: 100000, affected: 100000, bytes: 100MiB, rate: 100000/s, statement_time: 60s, idle_time: 60s";
const fixture = useServer({ schema: SCHEMA });
let gate: Harness;

beforeAll(async () => {
  gate = await fixture.lastingGate();
}, 90_000);

beforeEach(async () => {
  await fixture.server.query(RESET, DATABASE);
});

describe("the same answers as from the server itself", () => {
  for (const { name, bytes, ready } of CONVERSATIONS) {
    test(`${name}: is answered as by the server`, async () => {
      const direct = await loginDirect(fixture.server);
      direct.send(bytes);
      const expected = comparable(await answers(direct, ready));
      direct.end();
      await fixture.server.query(RESET, DATABASE);
      const client = await login(gate);
      client.send(bytes);
      expect(comparable(await answers(client, ready))).toEqual(expected);
      expect(rowCount(await client.query("SELECT 1"))).toBe(1);
      client.end();
    });
  }
});

describe.each([
  ["masks on another table", "masks:\n  pii:\n  - {column: public.people.name, action: redact}\n", "masks: [pii]"],
  ["limits that are not reached", `limits:\n  db: {${LIMITS}}\n`, "limits: db"],
])("with %s the answers are the same, but for the words of errors", (which, sections, grantKeys) => {
  let careful: Harness;
  beforeAll(async () => {
    careful = await fixture.lastingGate(`${PERMISSIVE}${sections}`, { grantKeys });
  });

  /** Masks take what could quote a row: the words of errors and the payload of notifications. */
  const wordless = (messages: readonly RawMessage[]): string[] =>
    comparable(messages).map((line) => {
      if (/^[EN] /.test(line)) return line.split(" | ").slice(0, 2).join(" | ");
      return line.replace(/^A (.*?)\0.*/, "A $1");
    });
  // Refused: counted rows cannot be taken back from a COMMIT inside a batch; an unknown table could be a masked one.
  const apart = which.startsWith("limits") ? "a batch with transactions of its own" : "an unknown table";

  for (const { name, bytes, ready } of CONVERSATIONS.filter((each) => each.name !== apart)) {
    test(`${name}: is answered as by the server`, async () => {
      const direct = await loginDirect(fixture.server);
      direct.send(bytes);
      const expected = wordless(await answers(direct, ready));
      direct.end();
      await fixture.server.query(RESET, DATABASE);
      const client = await login(careful);
      client.send(bytes);
      expect(wordless(await answers(client, ready))).toEqual(expected);
    });
  }
});

describe("pipelines", () => {
  test("Flush brings the answers without a Sync", async () => {
    const client = await login(gate);
    client.send(parse("", "SELECT id FROM notes ORDER BY id"), bind("", ""), execute("", 3), flush());
    expect(types(await client.until("s"))).toBe("12DDDs");
    client.send(execute("", 0), flush());
    expect(types(await client.until("C"))).toBe("DDDDC");
    client.send(sync());
    expect(types(await client.until("Z"))).toBe("Z");
    client.end();
  });

  test("a thousand commands in one write are answered in order", async () => {
    const client = await login(gate);
    const frames: Buffer[] = [];
    for (let n = 0; n < 1000; n += 1) {
      frames.push(parse("", "SELECT $1::int"), bind("", "", [String(n)]), execute(""));
      if (n % 10 === 9) frames.push(sync());
    }
    client.send(...frames);
    const seen = (await answers(client, 100)).filter(({ type }) => type === "D").map((row) => values(row)[0]);
    expect(seen).toEqual(Array.from({ length: 1000 }, (_, n) => String(n)));
    client.end();
  });

  test("an error at each place of a pipeline skips exactly what follows it", async () => {
    const SIZE = 6;
    for (let bad = 0; bad < SIZE; bad += 1) {
      for (const broken of ["SELECT 1/$1::int", "SELEC $1", "SELECT $1::int FROM nowhere"]) {
        await fixture.server.query("TRUNCATE notes", DATABASE);
        const client = await login(gate);
        const frames: Buffer[] = [];
        for (let n = 0; n < SIZE; n += 1) {
          const sql = n === bad ? broken : "INSERT INTO notes (id) VALUES ($1::int)";
          frames.push(parse("", sql), bind("", "", [n === bad ? "0" : String(n)]), execute(""));
        }
        client.send(...frames, sync(), query("SELECT count(*) FROM notes"));
        const first = await client.until("Z");
        expect(first.filter(({ type }) => type === "C")).toHaveLength(bad);
        expect(first.filter(({ type }) => type === "E")).toHaveLength(1);
        expect(status(first)).toBe("I");
        const [row] = (await client.until("Z")).filter(({ type }) => type === "D");
        expect(row === undefined ? undefined : values(row)).toEqual(["0"]);
        client.end();
      }
    }
  });

  test("bytes that are no UTF-8 are an error of the server's kind, and nothing is forwarded", async () => {
    const client = await login(gate);
    client.send(Buffer.concat([query("SELECT 'x'")]).map((byte) => (byte === 0x78 ? 0xff : byte)));
    const refused = await client.until("Z");
    expect(field(errorOf(refused), "C")).toBe("22021");
    expect(rowCount(await client.query("SELECT 1"))).toBe(1);
    client.end();
  });

  test("a cursor that the gate does not know is refused", async () => {
    const client = await login(gate);
    expect(field(errorOf(await client.query("FETCH 1 FROM nobody")), "C")).toBe("42501");
    client.end();
  });
});

describe("notifications", () => {
  test("come to an idle client from another session", async () => {
    const listener = await login(gate);
    const speaker = await login(gate);
    await listener.query("LISTEN news");
    await speaker.query("NOTIFY news, 'from afar'");
    const [last] = (await listener.until("A")).slice(-1);
    expect(last?.body.subarray(4).toString()).toBe("news\0from afar\0");
    expect(rowCount(await listener.query("SELECT 1"))).toBe(1);
    listener.end();
    speaker.end();
  });

  test("LISTEN is refused by a policy that does not allow it", async () => {
    const strict = await fixture.gate("rules:\n  main:\n  - {id: read, effect: allow, match: {statement: [SELECT]}}\n");
    const client = await login(strict);
    expect(field(errorOf(await client.query("LISTEN news")), "C")).toBe("42501");
    expect(field(errorOf(await client.query("SELECT pg_notify('news', 'x')")), "C")).toBe("42501");
    client.end();
  });
});

describe("versions and cancel keys", () => {
  test.each([
    ["3.0", 0x0003_0000, 4],
    ["3.2", 0x0003_0002, 32],
  ])("protocol %s has cancel keys of its own length", async (_name, version, length) => {
    const client = await RawPostgres.open(gate.port);
    client.send(startup({ user: gate.user }, version));
    await client.authenticate(gate.password);
    const hello = await client.until("Z");
    expect(hello.find(({ type }) => type === "K")?.body).toHaveLength(4 + length);
    expect(rowCount(await client.query("SELECT 1"))).toBe(1);
    client.end();
  });

  test("a newer minor version and unknown options are negotiated down", async () => {
    const client = await RawPostgres.open(gate.port);
    client.send(startup({ user: gate.user, "_pq_.strange": "on" }, 0x0003_270f));
    const [negotiated] = await client.until("v");
    expect(negotiated?.type).toBe("v");
    expect(negotiated?.body.readInt32BE(0)).toBe(0x0003_0002);
    expect(negotiated?.body.readInt32BE(4)).toBe(1);
    expect(negotiated?.body.subarray(8).toString()).toBe("_pq_.strange\0");
    await client.authenticate(gate.password);
    const hello = await client.until("Z");
    expect(hello.find(({ type }) => type === "K")?.body).toHaveLength(36);
    client.end();
  });

  test.each([0x0003_0000, 0x0003_0002])(
    "a cancel request of version %s ends a running command with 57014",
    async (version) => {
      const { client, key } = await loginWithKey(version);
      client.send(query("SELECT pg_sleep(20)"));
      await until(async () => (await running("SELECT pg_sleep(20)")) === 1);
      await sendCancel(cancel(key));
      const cancelled = await client.until("Z");
      expect(field(errorOf(cancelled), "C")).toBe("57014");
      expect(rowCount(await client.query("SELECT 1"))).toBe(1);
      client.end();
    },
  );

  test("a cancel request in the extended protocol leaves the pipeline's end in step", async () => {
    const { client, key } = await loginWithKey(0x0003_0000);
    client.send(parse("", "SELECT pg_sleep(21)"), bind("", ""), execute(""), parse("", "SELECT 1"), sync());
    await until(async () => (await running("SELECT pg_sleep(21)")) === 1);
    await sendCancel(cancel(key));
    const cancelled = await client.until("Z");
    expect(field(errorOf(cancelled), "C")).toBe("57014");
    expect(types(cancelled)).toBe("12EZ");
    expect(rowCount(await client.query("SELECT 1"))).toBe(1);
    client.end();
  });

  test("a cancel request for an idle connection, with a wrong key, or through another session does nothing", async () => {
    const { client, key } = await loginWithKey(0x0003_0000);
    await sendCancel(cancel(key));
    expect(rowCount(await client.query("SELECT 1"))).toBe(1);
    const other = await fixture.gate();
    client.send(query("SELECT pg_sleep(0.4)"));
    await until(async () => (await running("SELECT pg_sleep(0.4)")) === 1);
    const wrong = Buffer.from(key);
    wrong.writeUInt8(wrong.readUInt8(7) ^ 1, 7);
    await sendCancel(cancel(wrong));
    await sendCancel(cancel(Buffer.concat([key, Buffer.alloc(28)])));
    await sendCancel(cancel(key), other.port);
    const answer = await client.until("Z");
    expect(errorOf(answer)).toBeUndefined();
    expect(rowCount(answer)).toBe(1);
    client.end();
  });
});

async function loginWithKey(version: number): Promise<{ client: RawPostgres; key: Buffer }> {
  const client = await RawPostgres.open(gate.port);
  client.send(startup({ user: gate.user }, version));
  await client.authenticate(gate.password);
  const key = (await client.until("Z")).find(({ type }) => type === "K")?.body;
  if (key === undefined) throw new Error("no cancel key");
  return { client, key };
}

async function sendCancel(packet: Buffer, port = gate.port): Promise<void> {
  const canceller = await RawPostgres.open(port);
  canceller.send(packet);
  await canceller.closed();
}

/** How many backends run exactly this. */
async function running(sql: string): Promise<number> {
  const [row] = await fixture.server.query(
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE state = 'active' AND query = '${sql.replaceAll("'", "''")}'`,
  );
  return Number(row?.["n"]);
}
