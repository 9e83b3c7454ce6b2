/**
 * One session while it is open: its recorder, its connections, its counters, its end.
 * Touches the recorder and sockets through what it is given.
 */
import { hmacSha256, messageOf } from "@gate/base";
import type { Entry, RecordedFile, Recorder, RecordingFiles, Session } from "@gate/contract";
import type { Policy } from "@gate/policy";
import type { Unfinished } from "@gate/recording";
import { EngineError } from "./errors.ts";
import { RateBucket } from "./limits.ts";
import type { EngineOptions, EngineTarget, LiveSession } from "./types.ts";

export interface LiveConnection {
  readonly id: string;
  readonly grant: string;
  /** Asks the protocol to close in its own words. */
  readonly abort: AbortController;
  /** Cuts both sockets, for a protocol that does not. */
  readonly destroy: () => void;
  readonly done: Promise<void>;
}

export class SessionRuntime {
  session: Session;
  readonly policy: Policy;
  readonly targets: ReadonlyMap<string, EngineTarget>;
  readonly verdicts = { allow: 0, hold: 0, deny: 0 };
  /** What verdicts of observed grants would have been. */
  readonly observed = { allow: 0, hold: 0, deny: 0 };
  readonly connections = new Map<string, LiveConnection>();
  /** HMAC key of tokens with `scope: session`. */
  readonly maskKey: Uint8Array;
  entries = 0;
  #grantsFromMs: number;
  #ended: Promise<void> | undefined;
  #recorderFailed = false;
  #sealing = false;
  #connectionCount = 0;
  #commitDue = false;
  #fileBytes = 0;
  readonly #fileNames = new Set<string>();
  readonly #watchers = new Set<() => void>();
  readonly #recorder: Recorder;
  readonly #files: RecordingFiles;
  readonly #options: EngineOptions;
  readonly #buckets = new Map<string, RateBucket>();

  constructor(
    session: Session,
    policy: Policy,
    targets: ReadonlyMap<string, EngineTarget>,
    recorder: Recorder,
    files: RecordingFiles,
    options: EngineOptions,
  ) {
    this.session = session;
    this.policy = policy;
    this.targets = targets;
    this.#recorder = recorder;
    this.#files = files;
    this.#options = options;
    this.#grantsFromMs = session.issuedAtMs;
    // Derived, so that a session's tokens stay the same when another gateway goes on with it.
    this.maskKey = hmacSha256(options.maskKey, `session ${session.id}`);
  }

  get open(): boolean {
    return this.#ended === undefined && this.session.expiresAtMs > this.#options.clock.now();
  }

  get ending(): boolean {
    return this.#ended !== undefined;
  }

  get recordedBytes(): number {
    return this.#recorder.bytes + this.#fileBytes;
  }

  /** Goes on where an earlier gateway stopped. @throws {EngineError} RECORDER_FAILED. */
  takeUp(unfinished: Unfinished): void {
    this.#connectionCount = unfinished.connections;
    Object.assign(this.verdicts, unfinished.verdicts);
    Object.assign(this.observed, unfinished.observed);
    const detail = { entries: unfinished.entries, connections: unfinished.openConnections.length };
    this.append({ type: "note", event: "gateway-restarted", detail });
    for (const connection of unfinished.openConnections) {
      this.append({ type: "connection-closed", connection, reason: "the gateway was restarted" });
    }
    this.commit();
  }

  /** A file beside the entries. @throws {EngineError} FILE_REFUSED. */
  file(name: string, bytesMax: number | undefined): RecordedFile {
    if (!FILE_NAME.test(name) || name.startsWith("evidence/") || this.#fileNames.has(name)) {
      throw new EngineError("bug", "FILE_REFUSED", "a protocol asked for a file with a name that cannot be used");
    }
    if (this.#fileNames.size >= FILES_MAX) {
      throw new EngineError("peer-wrong", "FILE_REFUSED", `a session's recording has at most ${FILES_MAX} such files`);
    }
    this.#fileNames.add(name);
    const most = Math.min(bytesMax ?? FILES_BYTES_MAX, FILES_BYTES_MAX);
    return {
      name,
      append: (bytes) => {
        if (this.#sealing) throw new EngineError("peer-wrong", "SESSION_UNKNOWN", "the session has ended");
        if (this.recordedBytes + bytes.byteLength > most) {
          throw new EngineError("operator", "RECORDING_FULL", "the session's recording has reached its size");
        }
        try {
          this.#files.append(name, bytes);
        } catch (error) {
          throw this.#failed(error);
        }
        this.#fileBytes += bytes.byteLength;
        this.#wake();
      },
    };
  }

  nextConnectionId(): string {
    this.#connectionCount += 1;
    return `c${this.#connectionCount}`;
  }

  /** Adds an entry. @throws {EngineError} RECORDER_FAILED; from then on the session only ends. */
  append(entry: Entry): number {
    try {
      const sequence = this.#recorder.append(entry);
      this.entries = sequence + 1;
      return sequence;
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** @throws {EngineError} RECORDER_FAILED. */
  commit(): void {
    try {
      this.#recorder.commit();
    } catch (error) {
      throw this.#failed(error);
    }
    this.#wake();
  }

  #wake(): void {
    if (this.#watchers.size > 0) for (const wake of this.#watchers) wake();
  }

  /** Calls `wake` after entries or parts of files have reached the store, and once at the end. Returns how to stop. */
  watch(wake: () => void): () => void {
    this.#watchers.add(wake);
    return () => this.#watchers.delete(wake);
  }

  /** Adds an entry that admits nothing (a result, a note): it reaches the store with the next commit, within a bound. */
  appendSoon(entry: Entry): number {
    const sequence = this.append(entry);
    if (!this.#commitDue) {
      this.#commitDue = true;
      this.#options.clock.after(COMMIT_MS_MAX, () => {
        this.#commitDue = false;
        if (this.#sealing) return;
        try {
          this.commit();
        } catch {
          // #failed has already logged it and is ending the session.
        }
      });
    }
    return sequence;
  }

  takeRate(grant: string, perSecond: number | undefined): boolean {
    if (perSecond === undefined) return true;
    const now = this.#options.clock.monotonic();
    let bucket = this.#buckets.get(grant);
    if (bucket === undefined) {
      bucket = new RateBucket(perSecond, now);
      this.#buckets.set(grant, bucket);
    }
    return bucket.take(now);
  }

  connectionsOf(grant: string): number {
    let count = 0;
    for (const connection of this.connections.values()) if (connection.grant === grant) count += 1;
    return count;
  }

  /** When connections of a grant must end: the session's expiry, or the grant's own ttl where that is earlier. */
  grantEndsAtMs(grant: string): number {
    const ttlMs = this.policy.grants.get(grant)?.ttlMs;
    if (ttlMs === undefined) return this.session.expiresAtMs;
    return Math.min(this.session.expiresAtMs, this.#grantsFromMs + ttlMs);
  }

  renew(expiresAtMs: number): void {
    this.#grantsFromMs = this.#options.clock.now();
    this.session = { ...this.session, expiresAtMs };
    this.append({ type: "session-renewed", expires: new Date(expiresAtMs).toISOString() });
    this.commit();
  }

  live(): LiveSession {
    const observes = this.session.grants.some((name) => this.policy.grants.get(name)?.mode === "observe");
    return {
      connections: this.connections.size,
      verdicts: { ...this.verdicts },
      ...(observes ? { observed: { ...this.observed } } : {}),
      entries: this.entries,
    };
  }

  /** Ends every connection, then seals. */
  end(reason: string): Promise<void> {
    this.#ended ??= this.#end(reason);
    return this.#ended;
  }

  async #end(reason: string): Promise<void> {
    for (const connection of this.connections.values()) connection.abort.abort(reason);
    const all = Promise.all([...this.connections.values()].map((connection) => connection.done));
    const cancel = new Promise<void>((resolve) => {
      const stop = this.#options.clock.after(CLOSE_MS_MAX, () => {
        for (const connection of this.connections.values()) connection.destroy();
        resolve();
      });
      void all.finally(stop);
    });
    await Promise.race([all, cancel]);
    this.#sealing = true;
    try {
      await this.#recorder.seal(reason);
    } catch (error) {
      this.#options.log.error({ session: this.session.id, error: messageOf(error) }, "the recording was not sealed");
    }
    this.#wake();
    this.#watchers.clear();
  }

  #failed(error: unknown): EngineError {
    if (!this.#recorderFailed) {
      this.#recorderFailed = true;
      this.#options.log.error(
        { session: this.session.id, error: messageOf(error) },
        "the record cannot be written: the session ends",
      );
      this.#options.onEvent?.({ kind: "recorder-failed", session: this.session.id });
      // Not awaited: the caller is on the data path and gets the error now.
      queueMicrotask(() => void this.end("recorder failed"));
    }
    return new EngineError("operator", "RECORDER_FAILED", "the record cannot be written", { cause: error });
  }
}

/** A name in a folder, as every system can store it. */
const FILE_NAME = /^[a-z]{1,32}\/[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/u;
/** Files beside the entries in one session's recording. */
const FILES_MAX = 256;
/** Bytes of a session's recording with these files, when the policy says nothing. */
const FILES_BYTES_MAX = 1_073_741_824;
/** How long a result may wait for the store, in milliseconds. */
const COMMIT_MS_MAX = 20;
/** How long protocols get to close their connections before the sockets are cut, in milliseconds. */
const CLOSE_MS_MAX = 5_000;
