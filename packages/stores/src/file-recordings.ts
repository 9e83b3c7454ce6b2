/**
 * Recordings as folders, one a session, readable by the gateway's user only. Touches the file system.
 *
 * Appends are synchronous: when `append` returns, the bytes are with the kernel and outlive this process; `close`
 * brings them to the disk.
 */
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  truncateSync,
  writeSync,
} from "node:fs";
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { RecordingFiles, RecordingReader, RecordingStore } from "@gate/contract";
import { folderReader, isBundleName } from "@gate/recording";
import { StoreError } from "./errors.ts";

/** What writes bytes to an open file: a parameter, so that tests can run out of space. */
export type WriteSync = (fd: number, bytes: Uint8Array, offset: number, length: number) => number;

/**
 * Recordings under a folder, which is created when missing.
 * @throws {StoreError} RECORDING_UNWRITABLE.
 */
export function fileRecordings(folder: string, write: WriteSync = writeSync): RecordingStore {
  unwritable(() => mkdirSync(folder, { recursive: true, mode: 0o700 }));
  return {
    create(sessionId) {
      checkSessionId(sessionId);
      const path = join(folder, sessionId);
      try {
        // Not recursive: an existing folder is an error, so a session id is used once.
        mkdirSync(path, { mode: 0o700 });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") throw existingRecording();
        throw unwritableError(error);
      }
      unwritable(() => chmodSync(path, 0o700));
      return new FolderFiles(path, write);
    },
    reopen(sessionId, keep) {
      checkSessionId(sessionId);
      const path = join(folder, sessionId);
      for (const [name, bytes] of Object.entries(keep)) {
        if (!isBundleName(name)) throw new StoreError("NAME_INVALID", "bug", "no name of a file in a bundle");
        unwritable(() =>
          existsSync(join(path, name)) || bytes > 0 ? truncateSync(join(path, name), bytes) : undefined,
        );
        // An empty file that nothing is ever added to would be in the bundle for nothing.
        if (bytes === 0) unwritable(() => rmSync(join(path, name), { force: true }));
      }
      unwritable(() => accessSync(path, constants.W_OK));
      return new FolderFiles(path, write, "a");
    },
    async open(sessionId): Promise<RecordingReader | undefined> {
      checkSessionId(sessionId);
      const path = join(folder, sessionId);
      const found = await stat(path).catch(() => undefined);
      return found?.isDirectory() === true ? folderReader(path) : undefined;
    },
  };
}

/** Refuses ids that could name a path outside the folder. @throws {StoreError} NAME_INVALID. */
export function checkSessionId(id: string): void {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(id)) {
    throw new StoreError("NAME_INVALID", "peer-wrong", "a session id has 1 to 64 letters, digits, `_` or `-`");
  }
}

class FolderFiles implements RecordingFiles {
  readonly #folder: string;
  readonly #write: WriteSync;
  readonly #mode: "ax" | "a";
  readonly #open = new Map<string, number>();
  #closed = false;

  /** @param mode `ax`: every file is new; `a`: files may go on */
  constructor(folder: string, write: WriteSync, mode: "ax" | "a" = "ax") {
    this.#folder = folder;
    this.#write = write;
    this.#mode = mode;
  }

  append(name: string, bytes: Uint8Array): void {
    let fd = this.#open.get(name);
    if (fd === undefined) {
      const path = this.#path(name);
      fd = unwritable(() => openSync(path, this.#mode, 0o600));
      this.#open.set(name, fd);
    }
    this.#writeAll(fd, bytes);
  }

  put(name: string, bytes: Uint8Array): void {
    const path = this.#path(name);
    if (this.#open.has(name)) throw new StoreError("NAME_INVALID", "bug", "a file is either appended to or put");
    // Renamed into place, so that no reader sees half a manifest.
    const part = `${path}.part`;
    const fd = unwritable(() => openSync(part, "w", 0o600));
    try {
      this.#writeAll(fd, bytes);
      unwritable(() => fsyncSync(fd));
    } finally {
      closeSync(fd);
    }
    unwritable(() => renameSync(part, path));
  }

  reader(): RecordingReader {
    return folderReader(this.#folder);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    let failed: unknown;
    for (const fd of this.#open.values()) {
      try {
        fsyncSync(fd);
      } catch (error) {
        failed ??= error;
      }
      closeSync(fd);
    }
    this.#open.clear();
    if (failed !== undefined) throw unwritableError(failed);
  }

  #path(name: string): string {
    if (this.#closed) throw new StoreError("RECORDING_CLOSED", "bug", "the recording's files are closed");
    if (!isBundleName(name)) throw new StoreError("NAME_INVALID", "bug", "no name of a file in a bundle");
    const path = join(this.#folder, name);
    if (name.includes("/")) unwritable(() => mkdirSync(dirname(path), { recursive: true, mode: 0o700 }));
    return path;
  }

  #writeAll(fd: number, bytes: Uint8Array): void {
    if (this.#closed) throw new StoreError("RECORDING_CLOSED", "bug", "the recording's files are closed");
    for (let offset = 0; offset < bytes.length;) {
      const written = unwritable(() => this.#write(fd, bytes, offset, bytes.length - offset));
      if (written <= 0) throw unwritableError(undefined);
      offset += written;
    }
  }
}

function unwritable<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw unwritableError(error);
  }
}

function unwritableError(cause: unknown): StoreError {
  const next = "check `gateway.recordings`, its permissions and the disk's space";
  return new StoreError("RECORDING_UNWRITABLE", "operator", `the recording cannot be written; ${next}`, { cause });
}

export function existingRecording(): StoreError {
  return new StoreError("RECORDING_EXISTS", "bug", "a recording of this session exists already");
}
