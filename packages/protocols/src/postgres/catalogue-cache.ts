/**
 * One target's catalogue, shared by its connections: loaded once at a time, refreshed in the background while it is
 * still good enough, never used beyond its hard age. Touches nothing but the clock.
 */
import type { Clock } from "@gate/base";

export interface CatalogueCacheOptions<Rows, Catalogue> {
  readonly clock: Clock;
  /** Older than this it is refreshed in the background. */
  readonly maxAgeMs: number;
  /** Older than this it is not used any more. Default: twice `maxAgeMs`. */
  readonly hardAgeMs?: number;
  readonly build: (rows: Rows) => Catalogue;
  /** For calls of `get` that bring none. */
  readonly load?: () => Promise<Rows>;
}

export interface CatalogueCache<Rows, Catalogue> {
  /**
   * The catalogue, loaded by `load` where there is none of an age that may be used. Give `load` with each call where it
   * needs a connection of the caller's: the first caller's may be gone by then.
   * @throws what `load` throws: the caller then denies.
   */
  get(load?: () => Promise<Rows>): Promise<Catalogue>;
  /**
   * The catalogue as it is now: read anew, or by a read that began after this call. Others go on with what is at hand.
   * @throws what `load` throws.
   */
  renew(load?: () => Promise<Rows>): Promise<Catalogue>;
  /** The catalogue at hand, if it may still be used. */
  peek(): Catalogue | undefined;
  /** The catalogue has changed: what is at hand, and what is being loaded, is not given out again. */
  invalidate(): void;
}

export function createCatalogueCache<Rows, Catalogue>(
  options: CatalogueCacheOptions<Rows, Catalogue>,
): CatalogueCache<Rows, Catalogue> {
  const { clock, maxAgeMs, build } = options;
  const hardAgeMs = options.hardAgeMs ?? maxAgeMs * 2;
  let generation = 0;
  let held: { readonly catalogue: Catalogue; readonly sinceMs: number } | undefined;
  let loading: { readonly generation: number; readonly done: Promise<Catalogue> } | undefined;
  let triedAtMs = -Infinity;

  const peek = (): Catalogue | undefined =>
    held !== undefined && clock.monotonic() - held.sinceMs <= hardAgeMs ? held.catalogue : undefined;

  const start = (load: () => Promise<Rows>): Promise<Catalogue> => {
    const own = generation;
    triedAtMs = clock.monotonic();
    // The age counts from before the load: what changed meanwhile may not be in it.
    const sinceMs = triedAtMs;
    const done = (async (): Promise<Catalogue> => {
      try {
        const catalogue = build(await load());
        if (own === generation) held = { catalogue, sinceMs };
        return catalogue;
      } finally {
        loading = undefined;
      }
    })();
    loading = { generation: own, done };
    return done;
  };

  const get = async (given?: () => Promise<Rows>): Promise<Catalogue> => {
    const load = given ?? options.load;
    if (load === undefined) throw new TypeError("a catalogue cache needs a load, at once or with each get");
    const asked = generation;
    for (;;) {
      const usable = peek();
      if (usable !== undefined) {
        const now = clock.monotonic();
        const stale = held !== undefined && now - held.sinceMs > maxAgeMs;
        if (stale && loading === undefined && now - triedAtMs >= RETRY_MS) start(load).catch(() => undefined);
        return usable;
      }
      if (loading === undefined) return start(load);
      // A load that began before the last invalidation has not seen what it was about: wait for it, then load again.
      if (loading.generation >= asked) return joined(loading.done, load);
      await loading.done.catch(() => undefined);
    }
  };

  /** Another connection's load may fail with that connection: then try once on our own. */
  const joined = async (done: Promise<Catalogue>, load: () => Promise<Rows>): Promise<Catalogue> => {
    try {
      return await done;
    } catch {
      const usable = peek();
      if (usable !== undefined) return usable;
      return loading === undefined ? start(load) : loading.done;
    }
  };

  const renew = async (given?: () => Promise<Rows>): Promise<Catalogue> => {
    const load = given ?? options.load;
    if (load === undefined) throw new TypeError("a catalogue cache needs a load, at once or with each renew");
    const before = loading;
    // What another read has seen so far may be older than this call: one of its own, or one that others began since.
    while (loading !== undefined && loading === before) await loading.done.catch(() => undefined);
    return loading === undefined ? start(load) : joined(loading.done, load);
  };

  return {
    get,
    renew,
    peek,
    invalidate() {
      generation += 1;
      held = undefined;
    },
  };
}

/** How long after an attempt a background refresh may be tried again, in milliseconds. */
const RETRY_MS = 1_000;
