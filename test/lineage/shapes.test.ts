/**
 * Masked columns through every shape of query, on a real server: by the simple and the extended protocol, in text and
 * in binary, described and not. No canary may be in any byte that the client receives, in whatever form; what is
 * answered has the server's own columns and number of rows; and what has nothing masked in it is the server's own answer.
 */
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import {
  bind,
  describePortal,
  execute,
  parse,
  sync,
  type RawMessage,
  type RawPostgres,
} from "../../packages/testkit/src/postgres-raw.ts";
import { errorOf, login, loginDirect, rowCount, sqlstate, useServer } from "../e2e/postgres-fixture.ts";
import { canariesIn } from "./canaries.ts";
import { POLICY, SCHEMA } from "./fixture.ts";
import { CLEAN, MASKED, REFUSED } from "./shapes.ts";

const fixture = useServer({ schema: `${SCHEMA} CREATE SEQUENCE s;` });
let gate: Harness;
beforeAll(async () => {
  gate = await fixture.lastingGate(POLICY, { grantKeys: "masks: [pii]" });
}, 90_000);

type Way = (client: RawPostgres, sql: string) => Promise<RawMessage[]>;

async function extended(client: RawPostgres, sql: string, binary: boolean, described: boolean): Promise<RawMessage[]> {
  client.send(
    parse("", sql),
    bind("", "", [], binary),
    ...(described ? [describePortal("")] : []),
    execute(""),
    sync(),
  );
  return client.until("Z");
}

const WAYS: readonly (readonly [string, Way])[] = [
  ["simple", (client, sql) => client.query(sql)],
  ["text", (client, sql) => extended(client, sql, false, true)],
  ["binary", (client, sql) => extended(client, sql, true, true)],
  ["text, not described", (client, sql) => extended(client, sql, false, false)],
  ["binary, not described", (client, sql) => extended(client, sql, true, false)],
];

/** Each in a transaction of its own that is undone. */
async function each(client: RawPostgres, sql: string): Promise<Map<string, RawMessage[]>> {
  const answers = new Map<string, RawMessage[]>();
  for (const [name, way] of WAYS) {
    await client.query("BEGIN");
    answers.set(name, await way(client, sql));
    await client.query("ROLLBACK");
  }
  return answers;
}

function received(messages: readonly RawMessage[]): Buffer {
  return Buffer.concat(messages.map(({ body }) => body));
}

function of(messages: readonly RawMessage[], types: string): string[] {
  return messages
    .filter(({ type }) => types.includes(type))
    .map(({ type, body }) => `${type} ${body.toString("latin1")}`);
}

describe("masked", () => {
  test.each(MASKED)("%s", async (_name, sql) => {
    const client = await login(gate);
    const direct = await loginDirect(fixture.server);
    const expected = await each(direct, sql);
    direct.end();
    for (const [way, answer] of await each(client, sql)) {
      const own = expected.get(way) ?? [];
      expect({
        way,
        found: canariesIn(received(answer)),
        error: received(answer.filter(({ type }) => type === "E")).toString(),
      }).toEqual({
        way,
        found: [],
        error: "",
      });
      expect(canariesIn(received(own)).length + Number(SMALL.test(sql))).toBeGreaterThan(0);
      expect(of(answer, "Dd").length).toBe(of(own, "Dd").length);
      expect(of(answer, "TCHc")).toEqual(of(own, "TCHc"));
    }
  });
});

/** Shapes whose answer holds too little of a value to be known again. */
const SMALL = /ascii|LIKE|count|= ANY|lag\(|sum\(|ORDER BY ssn/;

describe("refused", () => {
  test.each(REFUSED)("%s", async (_name, sql) => {
    const client = await login(gate);
    await client.query("LISTEN x");
    for (const [way, answer] of await each(client, sql)) {
      expect({ way, found: canariesIn(received(answer)), code: sqlstate(answer) }).toEqual({
        way,
        found: [],
        code: "42501",
      });
    }
    expect(rowCount(await client.query("SELECT 1"))).toBe(1);
    const [left] = await fixture.server.query("SELECT to_regclass('stolen') AS stolen", "shop");
    expect(left).toEqual({ stolen: null });
  });
});

describe("left alone", () => {
  test.each(CLEAN)("%s", async (sql) => {
    const client = await login(gate);
    const direct = await loginDirect(fixture.server);
    const expected = await each(direct, sql);
    direct.end();
    for (const [way, answer] of await each(client, sql)) {
      expect(errorOf(answer)).toBeUndefined();
      expect({ way, rows: of(answer, "DTCnHdc") }).toEqual({ way, rows: of(expected.get(way) ?? [], "DTCnHdc") });
    }
  });
});
