/**
 * A session's entries and terminals for people: page by page, and live over server-sent events. Reads the recording,
 * which holds masked values only; touches sockets through Fastify.
 */
import type { RecordingReader } from "@gate/contract";
import { RECORDS_FILE } from "@gate/recording";
import type { FastifyReply } from "fastify";
import type { Engine } from "@gate/engine";

/** Entries of one page. */
export const ENTRIES_MAX = 1_000;
/** Live views of sessions at a time, over all people. */
export const FEEDS_MAX = 200;
/** Live views of one person at a time: whoever is signed in cannot take the others'. */
export const FEEDS_OF_PERSON_MAX = 20;
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
  for await (const { text } of linesOf(reader.read(RECORDS_FILE))) {
    const line = entryOf(text);
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
  readonly reply: FastifyReply;
  readonly signal: AbortSignal;
  /** Is whoever reads still somebody? Asked with every sign of life: a sign-in may be over before the session is. */
  readonly allowed: () => Promise<boolean>;
  readonly after: (ms: number, run: () => void) => () => void;
}

/** Entries as events, from a sequence number on. */
export async function streamEntries(options: FeedOptions & { readonly from: number }): Promise<void> {
  await streamLines(options, RECORDS_FILE, "end", (text) => {
    const line = entryOf(text);
    return line === undefined || line.seq < options.from
      ? undefined
      : `id: ${line.seq}\nevent: entry\ndata: ${line.json}\n\n`;
  });
}

/** A terminal as asciinema's player follows one: each line of the asciicast is a message. */
export async function streamTerminal(options: FeedOptions & { readonly file: string }): Promise<void> {
  await streamLines(options, options.file, "done", (text) => `data: ${text}\n\n`);
}

/** Sends what is there, then what comes, until the session ends, the reader goes, or is nobody any more. */
async function streamLines(
  options: FeedOptions,
  file: string,
  last: string,
  eventOf: (text: string) => string | undefined,
): Promise<void> {
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
    options.allowed().then(
      (allowed) => (allowed ? undefined : shutOut()),
      () => shutOut(),
    );
  };
  /** Without the end that a session's end has: whoever reads may come back, and is asked who they are. */
  const shutOut = (): void => {
    cancelBeat();
    out.end();
    gone();
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
      const stream = byte === 0 ? reader.read(file) : reader.readFrom?.(file, byte);
      if (stream === undefined) break;
      for await (const { text, bytes } of linesOf(stream)) {
        byte += bytes;
        const event = eventOf(text);
        if (event === undefined) continue;
        if (!out.write(event) && !ended) {
          await new Promise<void>((resolve) => {
            out.once("drain", resolve).once("close", resolve);
          });
        }
        if (ended) break;
      }
    }
    if (!out.destroyed) out.end(`event: ${last}\ndata: {}\n\n`);
  } finally {
    cancelBeat();
    stop?.();
    if (!out.destroyed && !out.writableEnded) out.end();
  }
}

function entryOf(json: string): Line | undefined {
  const seq = /^\{"seq":(\d{1,15}),/.exec(json)?.[1];
  return seq === undefined ? undefined : { seq: Number(seq), json };
}

/** Whole lines only: what has no line feed yet is read again later. */
async function* linesOf(
  stream: NodeJS.ReadableStream,
): AsyncGenerator<{ readonly text: string; readonly bytes: number }> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of stream) {
    let chunk = rest.length === 0 ? Buffer.from(piece) : Buffer.concat([rest, Buffer.from(piece)]);
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10)) {
      yield { text: chunk.toString("utf8", 0, end), bytes: end + 1 };
      chunk = chunk.subarray(end + 1);
    }
    rest = chunk;
  }
}
