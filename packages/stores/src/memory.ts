/** A store that forgets: the embedded gate and tests. Pure. */
import type { HoldRow, Session, Store, StoredDocument } from "@gate/contract";
import {
  changeSession,
  closedStore,
  DOCUMENTS_MAX,
  existingSession,
  LIST_ROWS_MAX,
  unknownSession,
} from "./session-change.ts";

/** A store in memory, with the behaviour of the SQLite one. */
export function memoryStore(): Store {
  return new MemoryStore();
}

class MemoryStore implements Store {
  readonly #sessions = new Map<string, Session>();
  readonly #latches = new Map<string, string>();
  readonly #jtis = new Map<string, number>();
  readonly #holds = new Map<string, HoldRow>();
  readonly #documents = new Map<string, { readonly kind: string; readonly document: StoredDocument }>();
  #closed = false;

  async openSession(
    session: Session,
    jti: { readonly issuer: string; readonly id: string; readonly expiresAtMs: number },
  ): ReturnType<Store["openSession"]> {
    this.#mustBeOpen();
    const by = this.#latches.get(session.latch);
    if (this.#jtis.has(jtiKey(jti.issuer, jti.id))) return by === undefined ? REPLAYED : { ...REPLAYED, by };
    if (by !== undefined) return { result: "taken", by };
    if (this.#sessions.has(session.id)) throw existingSession();
    this.#jtis.set(jtiKey(jti.issuer, jti.id), jti.expiresAtMs);
    this.#latches.set(session.latch, session.id);
    this.#sessions.set(session.id, structuredClone(session));
    return { result: "opened" };
  }

  async useJti(issuer: string, id: string, expiresAtMs: number): Promise<boolean> {
    this.#mustBeOpen();
    if (this.#jtis.has(jtiKey(issuer, id))) return false;
    this.#jtis.set(jtiKey(issuer, id), expiresAtMs);
    return true;
  }

  async session(id: string): Promise<Session | undefined> {
    this.#mustBeOpen();
    return structuredClone(this.#sessions.get(id));
  }

  async sessions(filter: { readonly state?: Session["state"] } = {}): Promise<readonly Session[]> {
    this.#mustBeOpen();
    return [...this.#sessions.values()]
      .filter((session) => filter.state === undefined || session.state === filter.state)
      .sort((a, b) => b.issuedAtMs - a.issuedAtMs || compare(b.id, a.id))
      .slice(0, LIST_ROWS_MAX)
      .map((session) => structuredClone(session));
  }

  async updateSession(id: string, change: Parameters<Store["updateSession"]>[1]): Promise<void> {
    this.#mustBeOpen();
    const session = this.#sessions.get(id);
    if (session === undefined) throw unknownSession();
    this.#sessions.set(id, changeSession(session, change));
  }

  async putHold(hold: HoldRow): Promise<void> {
    this.#mustBeOpen();
    if (!this.#sessions.has(hold.sessionId)) throw unknownSession();
    this.#holds.set(hold.id, structuredClone(hold));
  }

  async hold(id: string): Promise<HoldRow | undefined> {
    this.#mustBeOpen();
    return structuredClone(this.#holds.get(id));
  }

  async holds(
    filter: { readonly state?: HoldRow["state"]; readonly sessionId?: string; readonly limit?: number } = {},
  ): Promise<readonly HoldRow[]> {
    this.#mustBeOpen();
    return [...this.#holds.values()]
      .filter((hold) => filter.state === undefined || hold.state === filter.state)
      .filter((hold) => filter.sessionId === undefined || hold.sessionId === filter.sessionId)
      .sort((a, b) => b.createdAtMs - a.createdAtMs || compare(b.id, a.id))
      .slice(0, Math.min(filter.limit ?? LIST_ROWS_MAX, LIST_ROWS_MAX))
      .map((hold) => structuredClone(hold));
  }

  async putDocument(kind: string, id: string, body: unknown, expiresAtMs?: number): Promise<void> {
    this.#mustBeOpen();
    const document = { id, body: structuredClone(body), ...(expiresAtMs === undefined ? {} : { expiresAtMs }) };
    this.#documents.set(jtiKey(kind, id), { kind, document });
  }

  async document(kind: string, id: string): Promise<StoredDocument | undefined> {
    return this.documentNow(kind, id);
  }

  documentNow(kind: string, id: string): StoredDocument | undefined {
    this.#mustBeOpen();
    return structuredClone(this.#documents.get(jtiKey(kind, id))?.document);
  }

  async takeDocument(kind: string, id: string): Promise<StoredDocument | undefined> {
    this.#mustBeOpen();
    const found = this.#documents.get(jtiKey(kind, id))?.document;
    this.#documents.delete(jtiKey(kind, id));
    return found;
  }

  async documents(kind: string): Promise<readonly StoredDocument[]> {
    this.#mustBeOpen();
    return [...this.#documents.values()]
      .filter((row) => row.kind === kind)
      .map((row) => structuredClone(row.document))
      .sort((a, b) => compare(a.id, b.id))
      .slice(0, DOCUMENTS_MAX);
  }

  async prune(nowMs: number): Promise<void> {
    this.#mustBeOpen();
    for (const [key, { document }] of this.#documents) {
      if (document.expiresAtMs !== undefined && document.expiresAtMs < nowMs) this.#documents.delete(key);
    }
    for (const [key, expiresAtMs] of this.#jtis) if (expiresAtMs < nowMs) this.#jtis.delete(key);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #mustBeOpen(): void {
    if (this.#closed) throw closedStore();
  }
}

function jtiKey(issuer: string, id: string): string {
  return JSON.stringify([issuer, id]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const REPLAYED = { result: "replayed" } as const;
