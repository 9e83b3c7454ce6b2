/** A machine whose clock is set, in the middle of sessions and holds. */
import { expect, test } from "@jest/globals";
import { ManualClock } from "@gate/base";
import { line } from "@gate/protocols/line";
import { connect, createServer, type AddressInfo } from "node:net";
import { startHarness } from "../../testkit/src/harness.ts";

/** Its wall time can be set; what was waited for comes as before. */
class SetClock extends ManualClock {
  shiftMs = 0;

  override now(): number {
    return super.now() + this.shiftMs;
  }

  override monotonic(): number {
    return super.now();
  }
}

const MINUTE = 60_000;
const POLICY = `
approvals: {people: {from: ["person:dana"], count: 1, timeout: 5m}}
rules:
  main:
  - {id: read, effect: allow, match: {line: [GET]}}
  - {id: write, effect: hold, approval: people, match: {line: [PUT]}}
`;

async function world() {
  const reached: string[] = [];
  const target = createServer((socket) => {
    socket.on("data", (chunk: Buffer) => {
      reached.push(chunk.toString());
      socket.write(`OK ${chunk.toString()}`);
    });
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  const clock = new SetClock();
  const harness = await startHarness({
    protocol: line,
    target: { address: `127.0.0.1:${(target.address() as AddressInfo).port}` },
    policy: POLICY,
    clock,
    sessionTtlMs: 10 * MINUTE,
  });
  const socket = connect(harness.port, "127.0.0.1");
  let text = "";
  let closed = false;
  socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
  socket.on("close", () => (closed = true));
  socket.on("error", () => undefined);
  return {
    clock,
    harness,
    reached,
    say: (line: string) => socket.write(line),
    said: () => text,
    closed: () => closed,
    end: async () => {
      socket.destroy();
      await harness.stop();
      target.close();
    },
  };
}

/** Ends with the test's own time when it never becomes true. */
async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setImmediate(resolve));
}

test("a session ends when its time has gone by, although the clock was set back", async () => {
  const { clock, harness, closed, say, said, end } = await world();
  say("GET a\n");
  await until(() => said().includes("OK GET a"));
  clock.advance(5 * MINUTE);
  clock.shiftMs = -60 * MINUTE;
  clock.advance(5 * MINUTE);
  await until(() => closed() && harness.engine.live(harness.session.id) === undefined);
  expect((await harness.store.session(harness.session.id))?.state).toBe("expired");
  await end();
});

test("nothing is admitted once the clock was set beyond the session's end, and nothing breaks when it is set back", async () => {
  const { clock, reached, say, said, end } = await world();
  say("GET a\n");
  await until(() => said().includes("OK GET a"));
  clock.shiftMs = 60 * MINUTE;
  say("GET b\n");
  await until(() => said().includes("the session has ended"));
  clock.shiftMs = 0;
  say("GET c\n");
  await until(() => said().includes("OK GET c"));
  expect(reached).toEqual(["GET a\n", "GET c\n"]);
  await end();
});

test("a hold ends when its time has gone by, although the clock was set back", async () => {
  const { clock, harness, reached, say, said, end } = await world();
  say("PUT a\n");
  // Told so, its time runs.
  await until(() => said().includes("WAIT"));
  const hold = await harness.pendingHold();
  clock.shiftMs = -60 * MINUTE;
  clock.advance(5 * MINUTE);
  await until(() => said().includes("nobody approved it in time"));
  expect((await harness.store.hold(hold.id))?.state).toBe("expired");
  expect(reached).toEqual([]);
  await end();
});
