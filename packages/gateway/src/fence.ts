/**
 * Store and recordings that a gateway writes to only while it holds their lease. Every admission is in the record
 * before it exists, so what cannot be written is not forwarded either. Touches what it is given.
 */
import type { RecordingFiles, RecordingStore, Store } from "@gate/contract";

/** @param assertHeld throws when nothing may be written any more */
export function fencedStore(store: Store, assertHeld: () => void): Store {
  const fenced =
    <A extends readonly unknown[], R>(write: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      assertHeld();
      return write(...args);
    };
  return {
    openSession: fenced((session, jti) => store.openSession(session, jti)),
    useJti: fenced((issuer, id, expiresAtMs) => store.useJti(issuer, id, expiresAtMs)),
    session: (id) => store.session(id),
    sessions: (filter) => store.sessions(filter),
    updateSession: fenced((id, change) => store.updateSession(id, change)),
    putHold: fenced((hold) => store.putHold(hold)),
    hold: (id) => store.hold(id),
    holds: (filter) => store.holds(filter),
    putDocument: fenced((kind, id, body, expiresAtMs) => store.putDocument(kind, id, body, expiresAtMs)),
    document: (kind, id) => store.document(kind, id),
    takeDocument: fenced((kind, id) => store.takeDocument(kind, id)),
    documents: (kind) => store.documents(kind),
    prune: fenced((nowMs) => store.prune(nowMs)),
    close: () => store.close(),
  };
}

/** @param assertHeld throws when nothing may be written any more */
export function fencedRecordings(recordings: RecordingStore, assertHeld: () => void): RecordingStore {
  const fenced = (files: RecordingFiles): RecordingFiles => ({
    append: (name, bytes) => {
      assertHeld();
      files.append(name, bytes);
    },
    put: (name, bytes) => {
      assertHeld();
      files.put(name, bytes);
    },
    reader: () => files.reader(),
    close: () => files.close(),
  });
  return {
    create: (sessionId) => {
      assertHeld();
      return fenced(recordings.create(sessionId));
    },
    reopen: (sessionId, keep) => {
      assertHeld();
      return fenced(recordings.reopen(sessionId, keep));
    },
    open: (sessionId) => recordings.open(sessionId),
  };
}
