/** However the network cuts a conversation, the gate's answers are the same. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Harness } from "../../packages/testkit/src/harness.ts";
import type { RawPostgres } from "../../packages/testkit/src/postgres-raw.ts";
import { answers, comparable, login, loginDirect, useServer } from "./postgres-fixture.ts";
import { CONVERSATIONS, RESET, SCHEMA } from "./postgres-traffic.ts";

/** Longest conversation that is cut at each of its bytes. */
const SPLIT_BYTES_MAX = 600;

const fixture = useServer({ schema: SCHEMA });
let gate: Harness;
let admin: RawPostgres;

beforeAll(async () => {
  gate = await fixture.lastingGate();
  admin = await loginDirect(fixture.server);
}, 90_000);

afterAll(() => admin.end());

for (const { name, bytes, ready } of CONVERSATIONS.filter((each) => each.bytes.length < SPLIT_BYTES_MAX)) {
  test(`${name}: the answers are the same at every split`, async () => {
    const client = await login(gate);
    await admin.query(RESET);
    client.send(bytes);
    const whole = comparable(await answers(client, ready));
    const reset = changesNotes(whole);
    for (let split = 1; split < bytes.length; split += 1) {
      if (reset) await admin.query(RESET);
      client.send(bytes.subarray(0, split));
      await immediately();
      client.send(bytes.subarray(split));
      expect({ split, answers: comparable(await answers(client, ready)) }).toEqual({ split, answers: whole });
    }
    client.end();
  }, 120_000);
}

test("everything byte by byte", async () => {
  const client = await login(gate);
  for (const { name, bytes, ready } of CONVERSATIONS) {
    await admin.query(RESET);
    client.send(bytes);
    const whole = comparable(await answers(client, ready));
    await admin.query(RESET);
    for (const byte of bytes) {
      client.send(Buffer.from([byte]));
      await immediately();
    }
    expect({ name, answers: comparable(await answers(client, ready)) }).toEqual({ name, answers: whole });
  }
  client.end();
}, 120_000);

/** Would the conversation be answered otherwise when repeated? */
function changesNotes(answered: readonly string[]): boolean {
  return answered.some((line) => /^C (INSERT|COPY \d)/.test(line));
}

/** Lets what was written reach the gate before more is written. */
function immediately(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
