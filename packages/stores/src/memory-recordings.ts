/** Recordings in memory, for tests and for an embedded gate without a disk. Pure. */
import { Readable } from "node:stream";
import type { RecordingFiles, RecordingReader, RecordingStore } from "@gate/contract";
import { isBundleName, RecordingError } from "@gate/recording";
import { StoreError } from "./errors.ts";
import { checkSessionId, existingRecording } from "./file-recordings.ts";

/** Recordings that live as long as the process. */
export function memoryRecordings(): RecordingStore {
  const sessions = new Map<string, Map<string, Buffer[]>>();
  return {
    create(sessionId) {
      checkSessionId(sessionId);
      if (sessions.has(sessionId)) throw existingRecording();
      const files = new Map<string, Buffer[]>();
      sessions.set(sessionId, files);
      return filesOf(files);
    },
    reopen(sessionId, keep) {
      checkSessionId(sessionId);
      const files = sessions.get(sessionId);
      if (files === undefined) throw new StoreError("RECORDING_UNWRITABLE", "operator", "there is no such recording");
      for (const [name, bytes] of Object.entries(keep)) {
        if (bytes === 0) files.delete(name);
        else files.set(name, [Buffer.concat(files.get(name) ?? []).subarray(0, bytes)]);
      }
      return filesOf(files);
    },
    async open(sessionId) {
      checkSessionId(sessionId);
      const files = sessions.get(sessionId);
      return files === undefined ? undefined : readerOf(files);
    },
  };
}

function filesOf(files: Map<string, Buffer[]>): RecordingFiles {
  let closed = false;
  const check = (name: string): void => {
    if (closed) throw new StoreError("RECORDING_CLOSED", "bug", "the recording's files are closed");
    if (!isBundleName(name)) throw new StoreError("NAME_INVALID", "bug", "no name of a file in a bundle");
  };
  return {
    append(name, bytes) {
      check(name);
      const chunks = files.get(name) ?? [];
      // Copied: the caller may reuse its buffer.
      if (bytes.length > 0) chunks.push(Buffer.from(bytes));
      files.set(name, chunks);
    },
    put(name, bytes) {
      check(name);
      files.set(name, [Buffer.from(bytes)]);
    },
    reader: () => readerOf(files),
    close() {
      closed = true;
    },
  };
}

function readerOf(files: ReadonlyMap<string, readonly Buffer[]>): RecordingReader {
  return {
    async list() {
      return [...files]
        .map(([name, chunks]) => ({ name, bytes: chunks.reduce((sum, chunk) => sum + chunk.length, 0) }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    read: (name) => readFrom(name, 0),
    readFrom,
  };
  function readFrom(name: string, byte: number): NodeJS.ReadableStream {
    const chunks = files.get(name);
    if (chunks === undefined) throw new RecordingError("FILE_MISSING", "peer-wrong", `the bundle has no file ${name}`);
    if (byte === 0) return Readable.from([...chunks], { objectMode: false });
    return Readable.from([Buffer.concat(chunks).subarray(byte)], { objectMode: false });
  }
}
