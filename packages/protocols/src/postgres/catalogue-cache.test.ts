import { describe, expect, test } from "@jest/globals";
import { ManualClock } from "@gate/base";
import { createCatalogueCache } from "./catalogue-cache.ts";

/** A cache over a loader whose answers the test gives one by one. */
function setUp() {
  const clock = new ManualClock();
  const loads: { resolve: (rows: string) => void; reject: (error: Error) => void }[] = [];
  const load = () => new Promise<string>((resolve, reject) => void loads.push({ resolve, reject }));
  const cache = createCatalogueCache({
    clock,
    maxAgeMs: 1_000,
    hardAgeMs: 10_000,
    build: (rows: string) => `built ${rows}`,
    load,
  });
  const loaded = async (rows: string): Promise<void> => {
    const first = cache.get();
    loads.at(-1)?.resolve(rows);
    await first;
  };
  return { clock, loads, cache, load, loaded };
}

describe("a target's catalogue", () => {
  test("is loaded once for all who ask at the same time", async () => {
    const { cache, loads } = setUp();
    const both = Promise.all([cache.get(), cache.get()]);
    expect(loads).toHaveLength(1);
    loads[0]?.resolve("1");
    expect(await both).toEqual(["built 1", "built 1"]);
    expect(cache.peek()).toBe("built 1");
  });

  test("is given out while a newer one is being loaded, once at a time", async () => {
    const { cache, loads, clock, loaded } = setUp();
    await loaded("1");
    clock.advance(1_001);
    expect(await cache.get()).toBe("built 1");
    expect(await cache.get()).toBe("built 1");
    expect(loads).toHaveLength(2);
    loads[1]?.resolve("2");
    await new Promise((resolve) => setImmediate(resolve));
    expect(cache.peek()).toBe("built 2");
  });

  test("is never used beyond its hard age", async () => {
    const { cache, loads, clock, loaded } = setUp();
    await loaded("1");
    clock.advance(10_001);
    expect(cache.peek()).toBeUndefined();
    const waiting = cache.get();
    loads[1]?.reject(new Error("target gone"));
    await expect(waiting).rejects.toThrow("target gone");
  });

  test("is read anew when it has to be, also where another read is under way, and once for all who ask", async () => {
    const { cache, loads, loaded } = setUp();
    await loaded("1");
    const first = cache.renew();
    expect(cache.peek()).toBe("built 1");
    const both = Promise.all([cache.renew(), cache.renew()]);
    loads[1]?.resolve("2");
    expect(await first).toBe("built 2");
    expect(cache.peek()).toBe("built 2");
    await new Promise((resolve) => setImmediate(resolve));
    expect(loads).toHaveLength(3);
    loads[2]?.resolve("3");
    expect(await both).toEqual(["built 3", "built 3"]);
    expect(cache.peek()).toBe("built 3");
    const failing = cache.renew();
    loads[3]?.reject(new Error("target gone"));
    await expect(failing).rejects.toThrow("target gone");
  });

  test("a refresh that fails is tried again, but not at once", async () => {
    const { cache, loads, clock, loaded } = setUp();
    await loaded("1");
    clock.advance(1_001);
    await cache.get();
    loads[1]?.reject(new Error("busy"));
    await new Promise((resolve) => setImmediate(resolve));
    await cache.get();
    expect(loads).toHaveLength(2);
    clock.advance(1_000);
    await cache.get();
    expect(loads).toHaveLength(3);
  });

  test("after an invalidation, what was being loaded is not given to whoever asks later", async () => {
    const { cache, loads } = setUp();
    const before = cache.get();
    cache.invalidate();
    const after = cache.get();
    loads[0]?.resolve("old");
    expect(await before).toBe("built old");
    await new Promise((resolve) => setImmediate(resolve));
    expect(loads).toHaveLength(2);
    loads[1]?.resolve("new");
    expect(await after).toBe("built new");
    expect(cache.peek()).toBe("built new");
  });

  test("a load that failed with another connection is tried on one's own", async () => {
    const { cache, loads, load } = setUp();
    const first = cache.get(load);
    const second = cache.get(load);
    loads[0]?.reject(new Error("that connection is gone"));
    await expect(first).rejects.toThrow("gone");
    await new Promise((resolve) => setImmediate(resolve));
    loads[1]?.resolve("2");
    expect(await second).toBe("built 2");
  });

  test("a catalogue that cannot be built is none", async () => {
    const clock = new ManualClock();
    const cache = createCatalogueCache({
      clock,
      maxAgeMs: 1,
      build: (): string => {
        throw new Error("rows make no sense");
      },
    });
    await expect(cache.get(async () => 1)).rejects.toThrow("no sense");
    expect(cache.peek()).toBeUndefined();
  });
});
