import { expect, test } from "@jest/globals";
import { ManualClock } from "@gate/base";
import { memoryStore } from "@gate/stores";
import { takeLease, type LeaseOptions } from "./lease.ts";
import { createLog } from "./log.ts";

const log = createLog({ destination: { write: () => undefined } });

function world() {
  const clock = new ManualClock();
  const store = memoryStore();
  const waited: number[] = [];
  const wait = async (ms: number) => void waited.push(ms);
  const started = (pid: number) => `boot ${pid}`;
  const take = (more: Partial<LeaseOptions>) =>
    takeLease({ store, clock, log, host: "a", lives: () => true, wait, started, ...more });
  return { clock, store, take, waited };
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
  const take = () => takeLease({ store, clock, log, host: "b", pid: 1, wait: async () => undefined });
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
  await takeLease({ store, clock, log, host: "b", pid: 1, wait: async () => undefined });
  for (let step = 0; step < 8; step++) {
    asleep.advance(10_000);
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }
  expect(lost).toBe(1);
  await expect(takeLease({ store, clock, log, host: "c", pid: 1 })).rejects.toThrow("process 1 on b");
});

test("one that is stopped on this machine keeps its store, however long it says nothing", async () => {
  const { clock, take } = world();
  const slept = new ManualClock(clock.now());
  await take({ pid: 1, clock: slept });
  clock.advance(3_600_000);
  await expect(take({ pid: 2 })).rejects.toThrow("it lives, even if it does not answer");
  // Its number was given to another process meanwhile: then it is dead.
  await expect(take({ pid: 2, started: () => "boot 99" })).resolves.toBeDefined();
});

test("the same number in another container is given time to notice", async () => {
  const { clock, take, waited } = world();
  await take({ pid: 1, started: () => "boot 5" });
  const second = await take({ pid: 1, started: () => "boot 6" });
  expect(waited).toEqual([1_500]);
  second.assertHeld();
  await second.release();
  await take({ pid: 1, started: () => "boot 7" });
  expect(waited).toHaveLength(1);
  clock.advance(0);
});

test("nothing may be written under a lease that another gateway has, seen within a second of either clock", async () => {
  const { store, take } = world();
  for (const skip of ["now", "monotonic"] as const) {
    const asleep = new ManualClock();
    let lost = 0;
    const first = await take({ pid: 1, clock: asleep, onLost: () => (lost += 1) });
    const passed = new ManualClock(asleep.now() + 1_000);
    first.assertHeld();
    await take({ pid: 1 });
    asleep[skip] = () => passed.now();
    expect(() => first.assertHeld()).toThrow(expect.objectContaining({ code: "STORE_LOST" }));
    expect(() => first.assertHeld()).toThrow(expect.objectContaining({ code: "STORE_LOST" }));
    expect({ lost, isLost: first.lost }).toEqual({ lost: 1, isLost: true });
    await first.release();
    expect((await store.document("gateway-lease", "lease"))?.body).not.toHaveProperty("released");
  }
});

test("a lease that another gateway took and gave back is lost too", async () => {
  const { take } = world();
  const asleep = new ManualClock();
  const first = await take({ pid: 1, clock: asleep });
  const second = await take({ pid: 1 });
  await second.release();
  asleep.advance(1_000);
  expect(() => first.assertHeld()).toThrow(expect.objectContaining({ code: "STORE_LOST" }));
});

test("a store that cannot be asked is believed for half a lease", async () => {
  const { clock, store, take } = world();
  const first = await take({ pid: 1 });
  store.documentNow = () => {
    throw new Error("busy");
  };
  store.document = () => Promise.reject(new Error("busy"));
  clock.advance(14_999);
  first.assertHeld();
  clock.advance(1);
  expect(() => first.assertHeld()).toThrow("busy");
});

test("of several that start at the same moment one gets the store", async () => {
  const { take } = world();
  const all = await Promise.allSettled([1, 2, 3, 4].map((pid) => take({ pid, lives: () => false })));
  expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
});
