/** A line on the terminal that says how far a long command is; nothing where nobody watches. Writes to what it is given. */
import { Readable } from "node:stream";
import type { RecordingReader } from "@gate/contract";

/** What it is shown on: stderr, which is a terminal or not. */
export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export interface Progress {
  add(bytes: number): void;
  /** Takes the line away again. */
  end(): void;
}

/** Shown once the command has taken `QUIET_MS`, and at most every `STEP_MS` after it. */
export function progress(what: string, screen: Screen, nowMs: () => number): Progress {
  const beganMs = nowMs();
  let shownMs: number | undefined;
  let bytes = 0;
  return {
    add(more) {
      bytes += more;
      const now = nowMs();
      if (screen.isTTY !== true || now - (shownMs ?? beganMs) < (shownMs === undefined ? QUIET_MS : STEP_MS)) return;
      shownMs = now;
      screen.write(`\r${what}: ${Math.floor(bytes / MEBIBYTE)} MiB read`);
    },
    end() {
      if (shownMs !== undefined) screen.write(`\r${" ".repeat(what.length + CLEARED_CHARS)}\r`);
      shownMs = undefined;
    },
  };
}

/** The same bundle; what is read of it counts. */
export function watched(reader: RecordingReader, shown: Progress): RecordingReader {
  const count = async function* (name: string) {
    for await (const chunk of reader.read(name)) {
      shown.add(chunk.length);
      yield chunk;
    }
  };
  return {
    list: () => reader.list(),
    read: (name) => Readable.from(count(name), { objectMode: false }),
  };
}

/** Milliseconds that a command may take in silence. */
const QUIET_MS = 500;
const STEP_MS = 200;
const MEBIBYTE = 1024 * 1024;
/** More than `: 1048576 MiB read` takes. */
const CLEARED_CHARS = 24;
