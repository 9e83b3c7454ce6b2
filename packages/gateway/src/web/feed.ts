/**
 * A session's entries for people: page by page, and live over server-sent events. Reads the recording, which holds
 * masked values only; touches sockets through Fastify.
 */
import type { RecordingReader } from "@gate/contract";
import { RECORDS_FILE } from "@gate/recording";
import type { FastifyReply } from "fastify";
import type { Engine } from "@gate/engine";

/** Entries of one page. */
export const ENTRIES_MAX = 1_000;
/** Live views of sessions at a time, over all people. */
export const FEEDS_MAX = 200;
/** Milliseconds after which a silent stream sends a comment, so that nothing in between closes it. */
const HEARTBEAT_MS = 15_000;
/** Bytes that a slow reader may lag behind before its stream is ended; it comes back with Last-Event-ID. */
const LAG_BYTES_MAX = 4 * 1024 * 1024;

export interface Line {
  readonly seq: number;
  /** The entry as it stands in the recording. */
  readonly json: string;
}

export interface EntriesPage {
  readonly entries: readonly Line[];
  /** True when there are more behind the last one. */
  readonly more: boolean;
}

/** The entries from `from` on, at most `limit`. */
export async function readEntries(reader: RecordingReader, from: number, limit: number): Promise<EntriesPage> {
  const entries: Line[] = [];
  for await (const { line } of linesOf(reader.read(RECORDS_FILE))) {
    if (line === undefined || line.seq < from) continue;
    if (entries.length === limit) return { entries, more: true };
    entries.push(line);
  }
  return { entries, more: false };
}

export interface FeedOptions {
  readonly engine: Engine;
  readonly reader: RecordingReader;
  readonly sessionId: string;
  /** The first sequence number that is sent. */
  readonly from: number;
  readonly reply: FastifyReply;
  readonly signal: AbortSignal;
  readonly after: (ms: number, run: () => void) => () => void;
}

/** Sends what is there, then what comes, until the session ends or the reader goes. */
export async function streamEntries(options: FeedOptions): Promise<void> {
  const { engine, reader, sessionId, reply, signal } = options;
  const out = reply.raw;
  out.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-accel-buffering": "no",
  });
  let ended = false;
  let awake = (): void => undefined;
  const gone = (): void => {
    ended = true;
    awake();
  };
  out.on("close", gone).on("error", gone);
  signal.addEventListener("abort", gone, { once: true });
  let byte = 0;
  let dirty = true;
  const stop = engine.watch(sessionId, () => {
    dirty = true;
    awake();
  });
  let cancelBeat = (): void => undefined;
  const beat = (): void => {
    if (!out.write(": still here\n\n") && out.writableLength > LAG_BYTES_MAX) gone();
    cancelBeat = options.after(HEARTBEAT_MS, beat);
  };
  cancelBeat = options.after(HEARTBEAT_MS, beat);
  try {
    while (!ended) {
      if (!dirty) {
        if (engine.live(sessionId) === undefined) break;
        await new Promise<void>((resolve) => (awake = resolve));
        continue;
      }
      dirty = false;
      const stream = byte === 0 ? reader.read(RECORDS_FILE) : reader.readFrom?.(RECORDS_FILE, byte);
      if (stream === undefined) break;
      for await (const { line, bytes } of linesOf(stream)) {
        byte += bytes;
        if (line === undefined || line.seq < options.from) continue;
        if (!out.write(`id: ${line.seq}\nevent: entry\ndata: ${line.json}\n\n`) && !ended) {
          await new Promise<void>((resolve) => {
            out.once("drain", resolve).once("close", resolve);
          });
        }
        if (ended) break;
      }
    }
    if (!out.destroyed) out.end("event: end\ndata: {}\n\n");
  } finally {
    cancelBeat();
    stop?.();
    if (!out.destroyed && !out.writableEnded) out.end();
  }
}

/** Whole lines only: what has no line feed yet is read again later. */
async function* linesOf(
  stream: NodeJS.ReadableStream,
): AsyncGenerator<{ readonly line: Line | undefined; readonly bytes: number }> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of stream) {
    let chunk = rest.length === 0 ? Buffer.from(piece) : Buffer.concat([rest, Buffer.from(piece)]);
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10)) {
      const json = chunk.toString("utf8", 0, end);
      const seq = /^\{"seq":(\d{1,15}),/.exec(json)?.[1];
      yield { line: seq === undefined ? undefined : { seq: Number(seq), json }, bytes: end + 1 };
      chunk = chunk.subarray(end + 1);
    }
    rest = chunk;
  }
}
