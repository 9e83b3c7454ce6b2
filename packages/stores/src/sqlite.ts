/**
 * The store on one machine: SQLite through node:sqlite. Touches the database file.
 *
 * node:sqlite is asked for at run time: the CLI's bundle must load on a Node that has none, and say so when it is
 * told to serve.
 */
import { chmodSync, closeSync, openSync } from "node:fs";
import type * as Sqlite from "node:sqlite";
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import { GateError } from "@gate/base";
import type { HoldRow, Session, Store, StoredDocument } from "@gate/contract";
import { StoreError } from "./errors.ts";
import {
  changeSession,
  closedStore,
  DOCUMENTS_MAX,
  existingSession,
  LIST_ROWS_MAX,
  unknownSession,
} from "./session-change.ts";

/**
 * Opens (and creates, mode 0600) a SQLite store. `:memory:` is allowed.
 * @throws {StoreError} NODE_TOO_OLD, SCHEMA_NEWER, STORE_UNAVAILABLE.
 */
export function sqliteStore(path: string): Store {
  const { DatabaseSync } = loadSqlite();
  try {
    if (path !== ":memory:") createPrivate(path);
    const db = new DatabaseSync(path, { enableForeignKeyConstraints: true });
    try {
      db.exec(`PRAGMA busy_timeout = ${BUSY_MS_MAX}`);
      db.exec("PRAGMA journal_mode = WAL");
      // A latch or a spent jti that a power cut forgets could be used again.
      db.exec("PRAGMA synchronous = FULL");
      migrate(db);
      return new SqliteStore(db);
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    throw unavailable(error);
  }
}

class SqliteStore implements Store {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #closed = false;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  async openSession(
    session: Session,
    jti: { readonly issuer: string; readonly id: string; readonly expiresAtMs: number },
  ): ReturnType<Store["openSession"]> {
    return this.#transaction(() => {
      const by = this.#get("SELECT id FROM sessions WHERE latch = ?", session.latch)?.id as string | undefined;
      if (this.#get("SELECT 1 FROM jtis WHERE issuer = ? AND id = ?", jti.issuer, jti.id) !== undefined) {
        return by === undefined ? { result: "replayed" } : { result: "replayed", by };
      }
      if (by !== undefined) return { result: "taken", by };
      if (this.#get("SELECT 1 FROM sessions WHERE id = ?", session.id) !== undefined) throw existingSession();
      this.#run("INSERT INTO jtis (issuer, id, expires_at_ms) VALUES (?, ?, ?)", jti.issuer, jti.id, jti.expiresAtMs);
      this.#run(
        "INSERT INTO sessions (id, latch, state, issued_at_ms, expires_at_ms, body) VALUES (?, ?, ?, ?, ?, ?)",
        ...[session.id, session.latch, session.state, session.issuedAtMs, session.expiresAtMs, JSON.stringify(session)],
      );
      return { result: "opened" };
    });
  }

  async useJti(issuer: string, id: string, expiresAtMs: number): Promise<boolean> {
    const insert = "INSERT INTO jtis (issuer, id, expires_at_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
    return this.#guarded(() => this.#run(insert, issuer, id, expiresAtMs) === 1);
  }

  async session(id: string): Promise<Session | undefined> {
    return this.#guarded(() => this.#session(id));
  }

  async sessions(filter: { readonly state?: Session["state"] } = {}): Promise<readonly Session[]> {
    const select = `SELECT * FROM sessions WHERE ?1 IS NULL OR state = ?1
      ORDER BY issued_at_ms DESC, id DESC LIMIT ${LIST_ROWS_MAX}`;
    return this.#guarded(() => this.#all(select, filter.state ?? null).map(toSession));
  }

  async updateSession(id: string, change: Parameters<Store["updateSession"]>[1]): Promise<void> {
    this.#transaction(() => {
      const session = this.#session(id);
      if (session === undefined) throw unknownSession();
      const { state, expiresAtMs } = changeSession(session, change);
      this.#run("UPDATE sessions SET state = ?, expires_at_ms = ? WHERE id = ?", state, expiresAtMs, id);
    });
  }

  async putHold(hold: HoldRow): Promise<void> {
    const upsert = `INSERT INTO holds (id, session_id, state, created_at_ms, body) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET session_id = excluded.session_id, state = excluded.state,
      created_at_ms = excluded.created_at_ms, body = excluded.body`;
    const body = JSON.stringify(hold);
    this.#transaction(() => {
      if (this.#get("SELECT 1 FROM sessions WHERE id = ?", hold.sessionId) === undefined) throw unknownSession();
      this.#run(upsert, hold.id, hold.sessionId, hold.state, hold.createdAtMs, body);
    });
  }

  async hold(id: string): Promise<HoldRow | undefined> {
    return this.#guarded(() => {
      const row = this.#get("SELECT body FROM holds WHERE id = ?", id);
      return row === undefined ? undefined : toHold(row);
    });
  }

  async holds(
    filter: { readonly state?: HoldRow["state"]; readonly sessionId?: string; readonly limit?: number } = {},
  ): Promise<readonly HoldRow[]> {
    const { state, sessionId, limit = LIST_ROWS_MAX } = filter;
    // One text a combination: with `? IS NULL OR` no index would be used, and commands are long.
    const where = [state === undefined ? "" : "state = ?", sessionId === undefined ? "" : "session_id = ?"];
    const conditions = where.filter(Boolean).join(" AND ") || "TRUE";
    const select = `SELECT body FROM holds WHERE ${conditions} ORDER BY created_at_ms DESC, id DESC LIMIT ?`;
    const values = [state, sessionId].filter((value) => value !== undefined);
    return this.#guarded(() => this.#all(select, ...values, Math.min(limit, LIST_ROWS_MAX)).map(toHold));
  }

  async putDocument(kind: string, id: string, body: unknown, expiresAtMs?: number): Promise<void> {
    const upsert = `INSERT INTO documents (kind, id, expires_at_ms, body) VALUES (?, ?, ?, ?)
      ON CONFLICT (kind, id) DO UPDATE SET expires_at_ms = excluded.expires_at_ms, body = excluded.body`;
    this.#guarded(() => this.#run(upsert, kind, id, expiresAtMs ?? null, JSON.stringify(body)));
  }

  async document(kind: string, id: string): Promise<StoredDocument | undefined> {
    return this.documentNow(kind, id);
  }

  documentNow(kind: string, id: string): StoredDocument | undefined {
    return this.#guarded(() => this.#document(kind, id));
  }

  async takeDocument(kind: string, id: string): Promise<StoredDocument | undefined> {
    return this.#transaction(() => {
      const found = this.#document(kind, id);
      this.#run("DELETE FROM documents WHERE kind = ? AND id = ?", kind, id);
      return found;
    });
  }

  async documents(kind: string): Promise<readonly StoredDocument[]> {
    const select = `SELECT * FROM documents WHERE kind = ? ORDER BY id LIMIT ${DOCUMENTS_MAX}`;
    return this.#guarded(() => this.#all(select, kind).map(toDocument));
  }

  async prune(nowMs: number): Promise<void> {
    this.#guarded(() => {
      this.#run("DELETE FROM jtis WHERE expires_at_ms < ?", nowMs);
      this.#run("DELETE FROM documents WHERE expires_at_ms < ?", nowMs);
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#db.close();
  }

  #session(id: string): Session | undefined {
    const row = this.#get("SELECT * FROM sessions WHERE id = ?", id);
    return row === undefined ? undefined : toSession(row);
  }

  #document(kind: string, id: string): StoredDocument | undefined {
    const row = this.#get("SELECT * FROM documents WHERE kind = ? AND id = ?", kind, id);
    return row === undefined ? undefined : toDocument(row);
  }

  /** IMMEDIATE takes the write lock first: two gateways on one file cannot both see a latch free. */
  #transaction<T>(run: () => T): T {
    return this.#guarded(() => {
      this.#db.exec("BEGIN IMMEDIATE");
      try {
        const result = run();
        this.#db.exec("COMMIT");
        return result;
      } catch (error) {
        if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
        throw error;
      }
    });
  }

  #guarded<T>(run: () => T): T {
    if (this.#closed) throw closedStore();
    try {
      return run();
    } catch (error) {
      throw unavailable(error);
    }
  }

  #get(sql: string, ...values: readonly SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...values);
  }

  #all(sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
    return this.#statement(sql).all(...values);
  }

  #run(sql: string, ...values: readonly SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).changes);
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#db.prepare(sql)));
    return statement;
  }
}

type Row = Record<string, SQLOutputValue>;

/** What changes during a session's life has its own columns; the rest is the JSON text. */
function toSession(row: Row): Session {
  const session = JSON.parse(row.body as string) as Session;
  return { ...session, state: row.state as Session["state"], expiresAtMs: Number(row.expires_at_ms) };
}

function toHold(row: Row): HoldRow {
  return JSON.parse(row.body as string) as HoldRow;
}

function toDocument(row: Row): StoredDocument {
  const { id, body, expires_at_ms } = row;
  return {
    id: id as string,
    body: JSON.parse(body as string) as unknown,
    ...(expires_at_ms === null ? {} : { expiresAtMs: Number(expires_at_ms) }),
  };
}

function migrate(db: DatabaseSync): void {
  db.exec("BEGIN IMMEDIATE");
  try {
    const version = Number(db.prepare("PRAGMA user_version").get()?.user_version);
    if (version > MIGRATIONS.length) {
      const next = "start the gate that wrote it, or a newer one";
      throw new StoreError(
        "SCHEMA_NEWER",
        "operator",
        `the store's schema ${version} is newer than this gate; ${next}`,
      );
    }
    for (const migration of MIGRATIONS.slice(version)) db.exec(migration);
    db.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    db.exec("COMMIT");
  } catch (error) {
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/** SQLite gives its -wal and -shm files the mode of the database, so the database must have it from the start. */
function createPrivate(path: string): void {
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
}

function loadSqlite(): typeof Sqlite {
  // Node 20 has neither the function nor, in its later releases, the module.
  const sqlite =
    "getBuiltinModule" in process ? (process.getBuiltinModule("node:sqlite") as typeof Sqlite | undefined) : undefined;
  if (sqlite === undefined) {
    const next = "run the gateway with Node 22.13 or newer, or without a store file";
    throw new StoreError(
      "NODE_TOO_OLD",
      "operator",
      `this is Node ${process.versions.node}, without node:sqlite; ${next}`,
    );
  }
  return sqlite;
}

function unavailable(error: unknown): unknown {
  if (error instanceof GateError) return error;
  const next = "check the path of `gateway.store`, its permissions and the disk's space";
  return new StoreError("STORE_UNAVAILABLE", "operator", `the store cannot be used; ${next}`, { cause: error });
}

/** Each one brings the schema from its index to the next version; never edit one that was released. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE sessions (
     id TEXT PRIMARY KEY,
     latch TEXT NOT NULL UNIQUE,
     state TEXT NOT NULL,
     issued_at_ms INTEGER NOT NULL,
     expires_at_ms INTEGER NOT NULL,
     body TEXT NOT NULL
   ) STRICT;
   CREATE INDEX sessions_by_state ON sessions (state, issued_at_ms);
   CREATE TABLE jtis (
     issuer TEXT NOT NULL,
     id TEXT NOT NULL,
     expires_at_ms INTEGER NOT NULL,
     PRIMARY KEY (issuer, id)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX jtis_by_expiry ON jtis (expires_at_ms);
   CREATE TABLE holds (
     id TEXT PRIMARY KEY,
     session_id TEXT NOT NULL REFERENCES sessions (id),
     state TEXT NOT NULL,
     created_at_ms INTEGER NOT NULL,
     body TEXT NOT NULL
   ) STRICT;
   CREATE INDEX holds_by_session ON holds (session_id, created_at_ms);
   CREATE INDEX holds_by_state ON holds (state, created_at_ms);`,
  `CREATE TABLE documents (
     kind TEXT NOT NULL,
     id TEXT NOT NULL,
     expires_at_ms INTEGER,
     body TEXT NOT NULL,
     PRIMARY KEY (kind, id)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX documents_by_expiry ON documents (expires_at_ms);`,
  `CREATE INDEX holds_by_time ON holds (created_at_ms, id);`,
];

/** Wait for another process's write lock, milliseconds. */
const BUSY_MS_MAX = 2_000;
