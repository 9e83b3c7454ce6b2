/** A session's entries as they are written: server-sent events, kept up to a bound. */
import { useEffect, useState } from "preact/hooks";
import type { Entry } from "./api.ts";

export interface LiveEntries {
  readonly entries: readonly Entry[];
  /** Entries before the first one that is kept. */
  readonly dropped: number;
  readonly state: "connecting" | "live" | "ended" | "refused";
}

export function useEntries(sessionId: string): LiveEntries {
  const [view, setView] = useState<LiveEntries>({ entries: [], dropped: 0, state: "connecting" });
  useEffect(() => {
    const source = new EventSource(`/v1/sessions/${encodeURIComponent(sessionId)}/events`);
    let pending: Entry[] = [];
    let frame = 0;
    const flush = (): void => {
      frame = 0;
      const fresh = pending;
      pending = [];
      setView((before) => {
        const last = before.entries.at(-1)?.seq ?? -1;
        const all = [...before.entries, ...fresh.filter((entry) => entry.seq > last)];
        const extra = Math.max(0, all.length - ENTRIES_KEPT_MAX);
        return { entries: all.slice(extra), dropped: before.dropped + extra, state: "live" };
      });
    };
    source.addEventListener("entry", (event) => {
      pending.push(JSON.parse(String(event.data)) as Entry);
      // One drawing for all that came in a frame.
      if (frame === 0) frame = requestAnimationFrame(flush);
    });
    source.addEventListener("end", () => {
      source.close();
      cancelAnimationFrame(frame);
      flush();
      setView((before) => ({ ...before, state: "ended" }));
    });
    // A cut connection is tried again; an answer that is no stream (too many views, signed out) is not.
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) setView((before) => ({ ...before, state: "refused" }));
    });
    return () => {
      source.close();
      cancelAnimationFrame(frame);
    };
  }, [sessionId]);
  return view;
}

/** Entries that one page keeps. */
const ENTRIES_KEPT_MAX = 5_000;
