/**
 * The recorder of one session: entries in, files, tree and signed checkpoints out. Touches what it is given only.
 *
 * `append` costs a JSON text; bytes reach the files in `commit`, leaves are hashed by batch afterwards. Whatever
 * fails breaks the recorder for good: a record with a hole is worth less than a connection.
 */
import crypto from "node:crypto";
import type { Clock } from "@gate/base";
import type { Entry, Recorder, RecordingFiles } from "@gate/contract";
import { formatCheckpoint, originOf } from "./checkpoint.ts";
import {
  CHECKPOINTS_FILE,
  ENTRY_BYTES_MAX,
  formatTime,
  MANIFEST_FILE,
  RECORDS_FILE,
  serializeEntry,
  VERDICTS_FILE,
} from "./entry.ts";
import { RecordingError } from "./errors.ts";
import { LineBuffer } from "./line-buffer.ts";
import { forEachLine } from "./lines.ts";
import { BUNDLE_FORMAT, formatManifest, type FileDigest } from "./manifest.ts";
import { leafHash, MerkleTree } from "./merkle.ts";
import { signNote, type Signer } from "./note.ts";
import { parseLine } from "./parse.ts";
import type { Unfinished } from "./resume.ts";
import { VerdictLines } from "./verdicts.ts";

/** Recording of one session, bytes of records.ndjson, when the policy says nothing. */
export const RECORD_BYTES_MAX = 1_073_741_824;

/** The last part of a recording, kept for entries that end something, bytes. */
export const CLOSING_BYTES_MAX = 262_144;

/** Entries between two checkpoints. */
export const CHECKPOINT_ENTRIES_MAX = 1_000;

/** Time between an entry and the checkpoint that covers it, milliseconds. */
export const CHECKPOINT_DELAY_MS_MAX = 5_000;

/** A recorder that also tells what the tree is, for the answer to a close and for status pages. */
export interface SessionRecorder extends Recorder {
  /** Entries so far. */
  readonly entries: number;
  /** The last signed checkpoint, a C2SP note; `undefined` before the first. */
  readonly checkpoint: string | undefined;
  /** Base64 root of that checkpoint. */
  readonly root: string | undefined;
}

export interface RecorderOptions {
  readonly sessionId: string;
  readonly files: RecordingFiles;
  readonly signer: Signer;
  readonly clock: Clock;
  /** Bytes of records.ndjson, the policy's `sessionBytes`; RECORD_BYTES_MAX without it. */
  readonly bytesMax?: number;
  /** Goes on with what an earlier gateway left; `files` then ends where `keep` says. */
  readonly unfinished?: Unfinished;
}

/**
 * Starts a session's recording; the first entry must be its `session-opened`.
 *
 * `append` throws RECORDING_FULL (closing entries still fit) and ENTRY_TOO_LARGE without harm to the recorder.
 * After any other failure every call throws RECORDER_BROKEN, after the seal RECORDER_SEALED.
 */
export function createRecorder(options: RecorderOptions): SessionRecorder {
  return new FileRecorder(options);
}

class FileRecorder implements SessionRecorder {
  readonly #options: RecorderOptions;
  readonly #bytesMax: number;
  readonly #closingBytes: number;
  readonly #tree: MerkleTree;
  #state: "open" | "sealing" | "broken" = "open";
  #cause: unknown;
  /** Lines that `commit` has not handed over yet, and lines on disk whose leaves are not in the tree yet. */
  readonly #lines = new LineBuffer();
  #committed = 0;
  #entries = 0;
  #bytes = 0;
  #mode = "";
  #timeMs = 0;
  #time = "";
  #checkpointSize = 0;
  #checkpoint: string | undefined;
  #root: string | undefined;
  #cancelTimer: (() => void) | undefined;
  #sealed: Promise<void> | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#bytesMax = options.bytesMax ?? RECORD_BYTES_MAX;
    this.#closingBytes = Math.min(CLOSING_BYTES_MAX, Math.floor(this.#bytesMax / 4));
    const { unfinished } = options;
    this.#tree = unfinished?.tree ?? new MerkleTree();
    if (unfinished === undefined) return;
    this.#entries = unfinished.entries;
    this.#committed = unfinished.entries;
    this.#bytes = unfinished.keep[RECORDS_FILE] ?? 0;
    this.#mode = unfinished.mode;
    this.#timeMs = unfinished.timeMs;
    this.#time = formatTime(unfinished.timeMs);
    this.#checkpointSize = unfinished.checkpoint?.size ?? 0;
    this.#checkpoint = unfinished.checkpoint?.note;
    this.#root = unfinished.checkpoint?.root;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get entries(): number {
    return this.#entries;
  }

  get checkpoint(): string | undefined {
    return this.#checkpoint;
  }

  get root(): string | undefined {
    return this.#root;
  }

  append(entry: Entry): number {
    this.#mustBe("open");
    return this.#append(entry);
  }

  commit(): void {
    this.#mustBe("open");
    this.#guard(() => this.#commit());
  }

  seal(reason: string): Promise<void> {
    this.#sealed ??= this.#seal(reason);
    return this.#sealed;
  }

  #append(entry: Entry): number {
    const seq = this.#entries;
    this.#checkOrder(entry);
    const line = this.#guard(() => serializeEntry(seq, this.#now(), entry));
    const room = this.#bytesMax - (CLOSING_TYPES.has(entry.type) ? 0 : this.#closingBytes) - this.#bytes;
    // The very last entry is written whatever the size says: without it the recording could not be told from a torn one.
    const bytesMax = entry.type === "session-closed" ? ENTRY_BYTES_MAX : Math.min(ENTRY_BYTES_MAX, room);
    const bytes = this.#lines.add(line, bytesMax);
    if (bytes === undefined) throw this.#noRoom(line);
    if (entry.type === "session-opened") this.#mode = entry.session.mode;
    this.#entries += 1;
    this.#bytes += bytes;
    return seq;
  }

  #noRoom(line: string): RecordingError {
    if (Buffer.byteLength(line) >= ENTRY_BYTES_MAX) {
      const message = `an entry is larger than ${ENTRY_BYTES_MAX} bytes`;
      return new RecordingError("ENTRY_TOO_LARGE", "peer-unsupported", message);
    }
    const next = "raise `session_bytes` in the policy's limits, or split the job";
    return new RecordingError("RECORDING_FULL", "operator", `the recording reached ${this.#bytesMax} bytes; ${next}`);
  }

  #commit(): void {
    if (this.#committed === this.#entries) return;
    this.#options.files.append(RECORDS_FILE, this.#lines.take());
    this.#committed = this.#entries;
    if (this.#lines.unhashed >= HASH_ENTRIES_MAX || this.#lines.size >= HASH_BYTES_MAX) this.#hash();
    if (this.#committed - this.#checkpointSize >= CHECKPOINT_ENTRIES_MAX) this.#sign();
    else this.#cancelTimer ??= this.#options.clock.after(CHECKPOINT_DELAY_MS_MAX, () => this.#signLater());
  }

  #hash(): void {
    this.#lines.hash((prefixed) => this.#tree.appendPrefixed(prefixed));
  }

  /** Signs the tree as it is on disk. */
  #sign(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#hash();
    if (this.#tree.size === this.#checkpointSize) return;
    const { sessionId, signer, files } = this.#options;
    const root = this.#tree.root();
    const note = signNote(formatCheckpoint({ origin: originOf(sessionId), size: this.#tree.size, root }), signer);
    files.append(CHECKPOINTS_FILE, Buffer.from(this.#checkpoint === undefined ? note : "\n" + note));
    this.#checkpoint = note;
    this.#root = root.toString("base64");
    this.#checkpointSize = this.#tree.size;
  }

  #signLater(): void {
    this.#cancelTimer = undefined;
    if (this.#state !== "open") return;
    try {
      this.#guard(() => this.#sign());
    } catch {
      // Kept as the cause: the next append or commit says so, and the caller denies.
    }
  }

  async #seal(reason: string): Promise<void> {
    const { files } = this.#options;
    try {
      this.#mustBe("open");
      this.#state = "sealing";
      if (this.#entries > 0) {
        this.#guard(() => {
          this.#append({ type: "session-closed", reason });
          this.#commit();
          this.#sign();
        });
        await this.#writeVerdicts();
        await this.#writeManifest();
      }
    } catch (error) {
      this.#break(error);
      throw error;
    } finally {
      this.#cancelTimer?.();
      files.close();
    }
  }

  /** Reads the records back: what lies on disk must be what was signed. */
  async #writeVerdicts(): Promise<void> {
    const { files } = this.#options;
    const tree = new MerkleTree();
    let batch: string[] = [];
    let batchBytes = 0;
    const write = () => {
      files.append(VERDICTS_FILE, Buffer.from(batch.map((line) => line + "\n").join("")));
      batch = [];
      batchBytes = 0;
    };
    const verdicts = new VerdictLines((line) => {
      batch.push(line);
      batchBytes += line.length;
      if (batchBytes >= VERDICT_BATCH_BYTES_MAX) write();
    });
    await forEachLine(files.reader().read(RECORDS_FILE), (line) => {
      tree.append(leafHash(line));
      const parsed = parseLine(line);
      if (parsed.kind === "entry") verdicts.entry(parsed.entry);
    });
    verdicts.end();
    write();
    if (tree.size !== this.#tree.size || tree.root().toString("base64") !== this.#root) {
      const next = "something else writes into the recordings folder";
      throw new RecordingError(
        "RECORDING_CHANGED",
        "operator",
        `the records on disk are not the ones written: ${next}`,
      );
    }
  }

  async #writeManifest(): Promise<void> {
    const { files, sessionId, signer } = this.#options;
    const reader = files.reader();
    const digests: FileDigest[] = [];
    for (const { name } of await reader.list()) {
      if (name !== MANIFEST_FILE) digests.push({ name, ...(await digestOf(reader.read(name))) });
    }
    digests.sort((a, b) => (a.name < b.name ? -1 : 1));
    const manifest = {
      format: BUNDLE_FORMAT,
      session: sessionId,
      mode: this.#mode,
      entries: this.#entries,
      root: this.#root as string,
      vkey: signer.vkey,
      files: digests,
    };
    files.put(MANIFEST_FILE, Buffer.from(formatManifest(manifest, signer)));
  }

  /** Wall time that never goes back, so that entries stay in order when the machine's clock is set. */
  #now(): string {
    const now = this.#options.clock.now();
    if (now > this.#timeMs || this.#time === "") {
      this.#timeMs = now;
      this.#time = formatTime(now);
    }
    return this.#time;
  }

  #checkOrder(entry: Entry): void {
    const opens = entry.type === "session-opened";
    if (opens === (this.#entries === 0) && (!opens || entry.session.id === this.#options.sessionId)) return;
    throw new RecordingError("ENTRY_ORDER", "bug", "the first entry, and only it, is the session's own session-opened");
  }

  #mustBe(state: "open"): void {
    if (this.#state === state) return;
    if (this.#state === "broken") {
      const next = "the session cannot go on; start a new one when the recordings' disk is well again";
      const options = { cause: this.#cause };
      throw new RecordingError(
        "RECORDER_BROKEN",
        "operator",
        `an earlier write of the recording failed; ${next}`,
        options,
      );
    }
    throw new RecordingError("RECORDER_SEALED", "bug", "the recording is closed");
  }

  /** Runs what must not fail half-way: whatever it throws breaks the recorder. */
  #guard<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      this.#break(error);
      throw error;
    }
  }

  #break(cause: unknown): void {
    if (this.#state === "broken") return;
    this.#state = "broken";
    this.#cause = cause;
  }
}

async function digestOf(stream: NodeJS.ReadableStream): Promise<{ bytes: number; sha256: string }> {
  const hash = crypto.createHash("sha256");
  let bytes = 0;
  for await (const chunk of stream) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** Entries that end something: they may use the last part of a recording. */
const CLOSING_TYPES: ReadonlySet<Entry["type"]> = new Set([
  "result",
  "hold-resolved",
  "connection-closed",
  "session-closed",
]);

/** Entries on disk that wait to be hashed. */
const HASH_ENTRIES_MAX = 256;
/** Bytes of entries that wait in memory before those on disk are hashed. */
const HASH_BYTES_MAX = 131_072;
/** Characters of verdicts.ndjson written at once. */
const VERDICT_BATCH_BYTES_MAX = 262_144;
