/**
 * The suite that every protocol runs: what must stay true of the contract, asserted at the real target.
 * Declares jest tests; touches what the given fixture starts.
 */
import { afterEach, describe, expect, test } from "@jest/globals";
import type { Protocol } from "@gate/contract";
import { verifyBundle } from "@gate/recording";
import { startHarness, type Harness, type HarnessOptions } from "./harness.ts";

export interface ConformanceClient {
  /** Runs one command; `ok: false` with the refusal's text when it was refused. */
  run(command: string): Promise<{ readonly ok: boolean; readonly text: string }>;
  close(): void;
}

export interface ConformanceFixture {
  readonly protocol: Protocol;
  readonly target: Readonly<Record<string, unknown>>;
  /** `rules:` with the rule set `main` (ids: allow, never, ask) and `approvals:` with `someone` from person:dana. */
  readonly policy: string;
  readonly allowed: string;
  /** Matched by the deny rule `never`. */
  readonly denied: string;
  /** Matched by no rule. */
  readonly unmatched: string;
  /** Matched by the hold rule `ask`. */
  readonly held: string;
  /** Bytes that no peer of this protocol may send first or at all. */
  readonly malformed: Uint8Array;
  /** What the protocol's harness needs beside that. */
  readonly harness?: Partial<HarnessOptions>;
  connect(port: number, user: string, password: string): Promise<ConformanceClient>;
  /** What of a command took effect at the target since the last call. */
  effects(): Promise<readonly string[]>;
  /** How `effects` shows the held and the allowed command. */
  readonly effectOf: { readonly allowed: string | undefined; readonly held: string };
}

export function protocolConformance(name: string, fixture: () => ConformanceFixture): void {
  describe(`${name} conforms to the contract`, () => {
    let harness: Harness | undefined;
    const clients: ConformanceClient[] = [];

    const start = async (more: Partial<HarnessOptions> = {}): Promise<Harness> => {
      const { protocol, target, policy, harness: own } = fixture();
      harness = await startHarness({ protocol, target, policy, ...own, ...more });
      await fixture().effects();
      return harness;
    };
    const connect = async (to: Harness): Promise<ConformanceClient> => {
      const client = await fixture().connect(to.port, to.user, to.password);
      clients.push(client);
      return client;
    };
    afterEach(async () => {
      for (const client of clients.splice(0)) client.close();
      await harness?.stop();
      harness = undefined;
    });

    test("an allowed command runs, and its verdict stands before its result in a recording that verifies", async () => {
      const gate = await start();
      const client = await connect(gate);
      expect(await client.run(fixture().allowed)).toMatchObject({ ok: true });
      const expected = fixture().effectOf.allowed;
      if (expected !== undefined) expect(await fixture().effects()).toContain(expected);
      client.close();
      const report = await verifyBundle(await gate.close(), { vkeys: [gate.signer.vkey] });
      expect(report.findings).toEqual([]);
      expect(report.status).toBe("valid");
      const entries = await gate.entries();
      const verdict = entries.find((entry) => entry.type === "verdict" && entry.rules.includes("allow"));
      const result = entries.find((entry) => entry.type === "result" && entry.of === verdict?.seq);
      expect(result?.seq).toBeGreaterThan(verdict?.seq ?? Infinity);
    });

    test("a denied command reaches nothing, is answered natively, and leaves the connection usable", async () => {
      const gate = await start();
      const client = await connect(gate);
      const refused = await client.run(fixture().denied);
      expect(refused.ok).toBe(false);
      expect(refused.text).toContain('gate: denied by rule "never"');
      expect(await client.run(fixture().allowed)).toMatchObject({ ok: true });
      expect(gate.engine.live(gate.session.id)?.verdicts).toMatchObject({ deny: 1 });
    });

    test("a command that no rule matches is denied by default", async () => {
      const gate = await start();
      const client = await connect(gate);
      const refused = await client.run(fixture().unmatched);
      expect(refused).toMatchObject({ ok: false });
      expect(refused.text).toContain('gate: denied by rule "default"');
      expect(await fixture().effects()).toEqual([]);
    });

    test("a held command runs once after approval, and only then", async () => {
      const gate = await start();
      const client = await connect(gate);
      const answer = client.run(fixture().held);
      await gate.pendingHold();
      expect(await fixture().effects()).toEqual([]);
      await gate.vote("approve");
      expect(await answer).toMatchObject({ ok: true });
      expect((await fixture().effects()).filter((effect) => effect === fixture().effectOf.held)).toHaveLength(1);
      client.close();
      expect((await verifyBundle(await gate.close(), { vkeys: [gate.signer.vkey] })).status).toBe("valid");
    });

    test("a held command that a person denies never runs", async () => {
      const gate = await start();
      const client = await connect(gate);
      const answer = client.run(fixture().held);
      await gate.vote("deny");
      expect(await answer).toMatchObject({ ok: false });
      expect(await fixture().effects()).toEqual([]);
      expect(await client.run(fixture().allowed)).toMatchObject({ ok: true });
    });

    test("a vote by somebody who is not an approver changes nothing", async () => {
      const gate = await start();
      const client = await connect(gate);
      client.run(fixture().held).catch(() => undefined);
      const hold = await gate.pendingHold();
      const outcome = await gate.engine.vote(hold.id, { name: "eve", subjects: ["person:eve"] }, "approve", "");
      expect(outcome.ok).toBe(false);
      expect((await gate.engine.hold(hold.id))?.state).toBe("pending");
      expect(await fixture().effects()).toEqual([]);
    });

    test("a client that goes away withdraws its held command, and a late approval does not run it", async () => {
      const gate = await start();
      const client = await connect(gate);
      client.run(fixture().held).catch(() => undefined);
      const hold = await gate.pendingHold();
      client.close();
      await eventually(async () => (await gate.engine.hold(hold.id))?.state !== "pending");
      await gate.engine.vote(hold.id, { name: "dana", subjects: ["person:dana"] }, "approve", "late");
      expect(await fixture().effects()).toEqual([]);
    });

    test("a recorder that cannot write denies", async () => {
      let broken = false;
      const gate = await start({
        wrapFiles: (files) => ({
          ...files,
          append: (name, bytes) => {
            if (broken) throw new Error("disk full");
            files.append(name, bytes);
          },
          put: (name, bytes) => files.put(name, bytes),
          close: () => files.close(),
        }),
      });
      const client = await connect(gate);
      expect(await client.run(fixture().allowed)).toMatchObject({ ok: true });
      await fixture().effects();
      broken = true;
      const refused = await client.run(fixture().held).catch(() => ({ ok: false }));
      expect(refused.ok).toBe(false);
      const again = await client.run(fixture().allowed).catch(() => ({ ok: false }));
      expect(again.ok).toBe(false);
      expect(await fixture().effects()).toEqual([]);
    });

    test("more commands a second than the grant's rate are refused", async () => {
      const gate = await start({ grantKeys: "limits: {rate: 1/s}" });
      const client = await connect(gate);
      const answers: { ok: boolean; text: string }[] = [];
      for (let count = 0; count < 5; count += 1) answers.push(await client.run(fixture().allowed));
      expect(answers.some((answer) => !answer.ok && answer.text.includes("commands a second"))).toBe(true);
      expect(answers[0]?.ok).toBe(true);
    });

    test("closing the session ends its connections and refuses new ones", async () => {
      const gate = await start();
      const client = await connect(gate);
      expect(await client.run(fixture().allowed)).toMatchObject({ ok: true });
      await gate.close("revoked");
      await fixture().effects();
      const after = await client.run(fixture().allowed).catch(() => ({ ok: false }));
      expect(after.ok).toBe(false);
      await expect(connect(gate).then((late) => late.run(fixture().allowed))).rejects.toBeDefined();
      expect(await fixture().effects()).toEqual([]);
    });

    test("malformed bytes end their connection, are recorded, and no other connection notices", async () => {
      const gate = await start();
      const good = await connect(gate);
      expect(await good.run(fixture().allowed)).toMatchObject({ ok: true });
      await sendRaw(gate.port, fixture().malformed);
      expect(await good.run(fixture().allowed)).toMatchObject({ ok: true });
      await eventually(async () => (await gate.entries()).some((entry) => entry.type === "note"));
      expect((await gate.entries()).some((entry) => entry.type === "note")).toBe(true);
    });
  });
}

/** Polls a condition, for 25 s at most. @throws when it never holds. */
export async function eventually(condition: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + WAIT_MS_MAX;
  while (Date.now() < deadline) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`not so within ${WAIT_MS_MAX} ms: ${condition.toString().slice(0, 200)}`);
}

/** Sends bytes on a connection of their own and waits until the other side has closed it. @throws after 25 s. */
export async function sendRaw(port: number, bytes: Uint8Array): Promise<Buffer> {
  const { connect } = await import("node:net");
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    const socket = connect({ port, host: "127.0.0.1" }, () => socket.write(bytes));
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error("the connection stayed open"));
    }, WAIT_MS_MAX);
    socket.on("data", (chunk) => received.push(chunk));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(Buffer.concat(received));
    });
  });
}

/** How long a test waits for what a busy machine does late. */
const WAIT_MS_MAX = 25_000;
