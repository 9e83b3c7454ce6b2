/**
 * A gateway that is killed under load: whatever reached the server stands in the record on disk. It is the reason for
 * the order of things: first the record's write, then the command's.
 */
import { describe, expect, test } from "@jest/globals";
import { postgres } from "@gate/protocols/postgres";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startHarness } from "../../packages/testkit/src/harness.ts";
import { bind, execute, field, parse, query, RawPostgres, sync } from "../../packages/testkit/src/postgres-raw.ts";
import { diskThatFills, expectUnsealed, startHop } from "./crash-fixture.ts";
import { DATABASE, PERMISSIVE, until, useServer } from "./postgres-fixture.ts";

const CLIENTS = 8;
/** Commands answered in all before the gateway is killed. */
const ANSWERS = 2_000;
/** The client's commands in one write, one after the other. */
const BATCHES = [1, 3, 1, 12, 2, 40];

const fixture = useServer({
  schema: "CREATE TABLE load AS SELECT 1 AS n",
  settings: { log_statement: "all" },
});

function startGate(directory: string): ReturnType<typeof startHop> {
  const { port, superuser: user, password } = fixture.server;
  return startHop("hop.ts", { directory, port, database: DATABASE, user, password, masks: false });
}

/** Every command of the load has a number of its own in its text. */
function command(number: number): Buffer {
  const text = `SELECT n FROM load WHERE n = ${number}`;
  if (number % 3 === 0) return query(text);
  return Buffer.concat([parse("", text), bind("", ""), execute(""), sync()]);
}

function numbersIn(text: string): Set<string> {
  return new Set([...text.matchAll(/SELECT n FROM load WHERE n = (\d+)/gu)].map((match) => match[1] ?? ""));
}

describe("a record that cannot be written any more", () => {
  test("lets nothing through of what several clients send together, and each of them is told", async () => {
    const disk = diskThatFills();
    const gate = await startHarness({
      protocol: postgres,
      target: fixture.target(),
      policy: PERMISSIVE,
      wrapFiles: disk.wrapFiles,
    });
    try {
      const clients = await Promise.all(
        Array.from({ length: 4 }, () => RawPostgres.login(gate.port, gate.user, gate.password)),
      );
      for (const client of clients) expect((await client.query("SELECT 1")).at(-1)?.type).toBe("Z");
      disk.fill();
      for (const [index, client] of clients.entries()) {
        client.send(...Array.from({ length: 20 }, (_, count) => command(1_000_000 + index * 20 + count)));
      }
      for (const client of clients) {
        const messages = await client.closed();
        const last = messages.at(-1);
        expect(last?.type).toBe("E");
        expect(field(last, "V")).toBe("FATAL");
        // Whoever's write failed hears that; the others, that the session is over.
        expect(field(last, "M")).toMatch(/^gate: (denied: the record cannot be written|the session has ended)/u);
        expect(messages.some(({ type }) => type === "D" || type === "C")).toBe(false);
      }
      expect([...numbersIn(fixture.server.log())].filter((number) => Number(number) >= 1_000_000)).toEqual([]);
    } finally {
      await gate.stop();
    }
  });
});

describe("a gateway that dies under load", () => {
  test("has every command that reached the server in its record, and the record can be taken up", async () => {
    const directory = await mkdtemp(join(tmpdir(), "gate-crash-"));
    const { child, ready } = await startGate(directory);
    const dead = new Promise((resolve) => child.once("exit", resolve));
    try {
      let answers = 0;
      let next = 1;
      const load = async (client: RawPostgres, start: number): Promise<void> => {
        for (let round = start; ; round += 1) {
          const size = BATCHES[round % BATCHES.length] ?? 1;
          client.send(...Array.from({ length: size }, () => command(next++)));
          for (let left = size; left > 0; left -= 1) {
            const messages = await client.until("Z");
            if (messages.at(-1)?.type !== "Z") return;
            answers += 1;
            if (answers === ANSWERS) child.kill("SIGKILL");
          }
        }
      };
      const clients = await Promise.all(
        Array.from({ length: CLIENTS }, () => RawPostgres.login(ready.port, ready.user, ready.password)),
      );
      await Promise.all(clients.map((client, index) => load(client, index)));
      await dead;
      const others = `SELECT 1 FROM pg_stat_activity WHERE datname = '${DATABASE}' AND pid <> pg_backend_pid()`;
      await until(async () => (await fixture.server.query(others)).length === 0);

      const reached = numbersIn(fixture.server.log());
      expect(reached.size).toBeGreaterThanOrEqual(ANSWERS);
      const records = readFileSync(join(directory, ready.session, "records.ndjson"), "utf8");
      // A line without its end was being written: nothing of it had left.
      const whole = records.slice(0, records.lastIndexOf("\n"));
      const recorded = numbersIn(
        whole
          .split("\n")
          .filter((line) => line.includes('"type":"verdict"'))
          .join("\n"),
      );
      expect([...reached].filter((number) => !recorded.has(number))).toEqual([]);

      await expectUnsealed(directory, ready, ANSWERS);
    } finally {
      child.kill("SIGKILL");
      await rm(directory, { recursive: true, force: true });
    }
  }, 120_000);
});
