/**
 * A real server and gates before it for the end-to-end tests. However a test ends, the recording of each of its
 * sessions must verify, and no connection may have ended by a mistake of ours.
 */
import { afterAll, afterEach, beforeAll, expect } from "@jest/globals";
import { postgres } from "@gate/protocols/postgres";
import { verifyBundle } from "@gate/recording";
import { startHarness, type Harness, type HarnessOptions } from "../../packages/testkit/src/harness.ts";
import { field, RawPostgres, type RawMessage } from "../../packages/testkit/src/postgres-raw.ts";
import {
  startPostgres,
  type PostgresOptions,
  type PostgresServer,
} from "../../packages/testkit/src/postgres-server.ts";

export const DATABASE = "shop";

/** Everything that can be accounted for is allowed. */
export const PERMISSIVE = `
rules:
  main:
  - {id: any, effect: allow, match: {statement: ["*"], functions: any}}
`;

export interface Fixture {
  readonly server: PostgresServer;
  /** A gate of one session, which ends with the test. */
  gate(policy?: string, options?: Partial<HarnessOptions>): Promise<Harness>;
  /** One that ends with the tests around it: for beforeAll. */
  lastingGate(policy?: string, options?: Partial<HarnessOptions>): Promise<Harness>;
  /** The keys of the target that gates of this fixture use. */
  target(): Record<string, unknown>;
}

export function useServer(options: PostgresOptions & { readonly schema?: string } = {}): Fixture {
  let server: PostgresServer | undefined;
  const forTest: Harness[] = [];
  const lasting: Harness[] = [];
  beforeAll(async () => {
    const { schema, ...rest } = options;
    server = await startPostgres(rest);
    await server.query(`CREATE DATABASE ${DATABASE}`);
    if (schema !== undefined) await server.query(schema, DATABASE);
  }, 120_000);
  afterEach(async () => {
    for (const client of clients.splice(0)) client.end();
    for (const harness of forTest.splice(0)) await endAndVerify(harness);
  });
  afterAll(async () => {
    for (const harness of lasting.splice(0)) await endAndVerify(harness);
    await server?.stop();
  }, 120_000);
  const target = (): Record<string, unknown> => ({
    address: `127.0.0.1:${server?.port ?? 0}`,
    database: DATABASE,
    tls: { mode: "disable" },
    credential: { username: server?.superuser, password: server?.password },
  });
  const started = async (
    list: Harness[],
    policy = PERMISSIVE,
    more: Partial<HarnessOptions> = {},
  ): Promise<Harness> => {
    const harness = await startHarness({ protocol: postgres, target: target(), policy, ...more });
    list.push(harness);
    return harness;
  };
  return {
    get server() {
      if (server === undefined) throw new Error("the server starts in beforeAll");
      return server;
    },
    target,
    gate: async (policy, more) => started(forTest, policy, more),
    lastingGate: async (policy, more) => started(lasting, policy, more),
  };
}

const clients: RawPostgres[] = [];

async function endAndVerify(harness: Harness): Promise<void> {
  const reader = await harness.close();
  const entries = await harness.entries();
  const report = await verifyBundle(reader, { vkeys: [harness.signer.vkey], sessionId: harness.session.id });
  await harness.stop();
  expect(report.findings).toEqual([]);
  expect(report.status).toBe("valid");
  const ours = entries.filter((entry) => entry.type === "connection-closed" && entry.reason === "failed");
  expect(ours).toEqual([]);
}

/** Signed in through the gate; ended with the test at the latest. */
export async function login(
  harness: Harness,
  parameters: Readonly<Record<string, string>> = {},
  version = 0x0003_0000,
): Promise<RawPostgres> {
  const client = await RawPostgres.login(harness.port, harness.user, harness.password, parameters, version);
  clients.push(client);
  return client;
}

/** A client of the server itself, for comparisons. */
export function loginDirect(server: PostgresServer): Promise<RawPostgres> {
  return RawPostgres.login(server.port, server.superuser, server.password, { database: DATABASE });
}

export function errorOf(messages: readonly RawMessage[]): RawMessage | undefined {
  return messages.find((message) => message.type === "E");
}

export function sqlstate(messages: readonly RawMessage[]): string | undefined {
  return field(errorOf(messages), "C");
}

export function types(messages: readonly RawMessage[]): string {
  return messages.map((message) => message.type).join("");
}

export function rowCount(messages: readonly RawMessage[]): number {
  return messages.filter((message) => message.type === "D").length;
}

export function status(messages: readonly RawMessage[]): string | undefined {
  return messages.findLast((message) => message.type === "Z")?.body.toString("latin1");
}

/** What a client can tell apart: of errors the severity, SQLSTATE, message, hint and position; of notifications no pid. */
export function comparable(messages: readonly RawMessage[]): string[] {
  return messages.map(({ type, body }) => {
    if (type === "E" || type === "N") {
      const message = { type, body };
      return `${type} ${["V", "C", "M", "H", "P"].map((code) => field(message, code) ?? "-").join(" | ")}`;
    }
    if (type === "A") return `A ${body.subarray(4).toString("latin1")}`;
    return `${type} ${body.toString("latin1")}`;
  });
}

/** Asks again until it is so, bounded. */
export async function until(condition: () => Promise<boolean> | boolean, timeoutMs = 25_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not so within ${timeoutMs} ms: ${condition.toString().slice(0, 200)}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Everything up to and with the given number of ReadyForQuery. */
export async function answers(client: RawPostgres, ready: number): Promise<RawMessage[]> {
  const all: RawMessage[] = [];
  for (let count = 0; count < ready; count += 1) all.push(...(await client.until("Z")));
  return all;
}
