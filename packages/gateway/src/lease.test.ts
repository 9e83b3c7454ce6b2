import { expect, test } from "@jest/globals";
import { ManualClock } from "@gate/base";
import { memoryStore } from "@gate/stores";
import { takeLease, type LeaseOptions } from "./lease.ts";
import { createLog } from "./log.ts";

const log = createLog({ destination: { write: () => undefined } });

function world() {
  const clock = new ManualClock();
  const store = memoryStore();
  const take = (more: Partial<LeaseOptions>) => takeLease({ store, clock, log, host: "a", lives: () => true, ...more });
  return { clock, take };
}

test("a second gateway is refused while the first lives, here or elsewhere", async () => {
  const { clock, take } = world();
  await take({ pid: 1 });
  for (const host of ["a", "b"]) {
    await expect(take({ pid: 2, host })).rejects.toMatchObject({ code: "STORE_IN_USE" });
  }
  // It is renewed: time alone does not end it.
  for (let step = 0; step < 10; step++) {
    clock.advance(10_000);
    await Promise.resolve();
  }
  await expect(take({ pid: 2, host: "b" })).rejects.toThrow("process 1 on a");
});

test("a dead one on this machine is replaced at once, also where numbers repeat", async () => {
  const { take } = world();
  await take({ pid: 7 });
  await expect(take({ pid: 8, lives: (pid) => pid !== 7 })).resolves.toBeDefined();
  await expect(take({ pid: 8 })).resolves.toBeDefined();
});

test("a released one makes room, and releases nobody else's", async () => {
  const { take } = world();
  const first = await take({ pid: 1 });
  await first.release();
  await take({ pid: 2, host: "b" });
  await first.release();
  await expect(take({ pid: 3, host: "c" })).rejects.toMatchObject({ code: "STORE_IN_USE" });
});

test("one that died elsewhere is forgotten when its lease is over", async () => {
  const store = memoryStore();
  const dead = new ManualClock();
  await takeLease({ store, clock: dead, log, host: "a", pid: 1 });
  const clock = new ManualClock(dead.now() + 29_999);
  const take = () => takeLease({ store, clock, log, host: "b", pid: 1 });
  await expect(take()).rejects.toMatchObject({ code: "STORE_IN_USE" });
  clock.advance(1);
  await expect(take()).resolves.toBeDefined();
});

test("a gateway that slept while another took the store ends, and does not take it back", async () => {
  const store = memoryStore();
  const asleep = new ManualClock();
  let lost = 0;
  await takeLease({ store, clock: asleep, log, host: "a", pid: 1, onLost: () => (lost += 1) });
  const clock = new ManualClock(asleep.now() + 60_000);
  await takeLease({ store, clock, log, host: "b", pid: 1 });
  for (let step = 0; step < 8; step++) {
    asleep.advance(10_000);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }
  expect(lost).toBe(1);
  await expect(takeLease({ store, clock, log, host: "c", pid: 1 })).rejects.toThrow("process 1 on b");
});
