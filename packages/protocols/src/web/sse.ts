/**
 * Cuts a stream of server-sent events into events, whatever the chunking. Pure.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
import { WebError } from "./errors.ts";

export interface ServerSentEvent {
  /** The event's bytes with its blank line, as received. */
  readonly raw: Buffer;
  /** Fields in order; of a comment the name is empty. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

export class SseSplitter {
  #rest: Buffer = Buffer.alloc(0);
  /** Where in `rest` the search for the blank line goes on. */
  #searched = 0;
  readonly #bytesMax: number;

  constructor(bytesMax = SSE_EVENT_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** @throws {WebError} UPSTREAM_PROTOCOL when an event is larger than the bound or no UTF-8. */
  push(chunk: Uint8Array): ServerSentEvent[] {
    this.#rest = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk]);
    const events: ServerSentEvent[] = [];
    for (;;) {
      const end = endOfEvent(this.#rest, this.#searched);
      if (end === -1) break;
      events.push(readEvent(this.#rest.subarray(0, end)));
      this.#rest = this.#rest.subarray(end);
      this.#searched = 0;
    }
    // The last three bytes may be the beginning of a blank line.
    this.#searched = Math.max(0, this.#rest.length - 3);
    if (this.#rest.length > this.#bytesMax) {
      throw new WebError("peer-wrong", "UPSTREAM_PROTOCOL", 502, `an event has more than ${this.#bytesMax} bytes`);
    }
    return events;
  }

  /** What stands behind the last blank line: a reader of the stream drops it. */
  end(): Buffer {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    this.#searched = 0;
    return rest;
  }
}

/** The event's data: its `data` lines joined, as a reader sees them; `undefined` without any. */
export function dataOf(event: ServerSentEvent): string | undefined {
  const lines = event.fields.filter(([name]) => name === "data").map(([, value]) => value);
  return lines.length === 0 ? undefined : lines.join("\n");
}

/** The event with other data; every other field stays. */
export function withData(event: ServerSentEvent, data: string): Buffer {
  const lines: string[] = [];
  let written = false;
  for (const [name, value] of event.fields) {
    if (name !== "data") {
      lines.push(name === "" ? `:${value}` : `${name}: ${value}`);
    } else if (!written) {
      written = true;
      for (const line of data.split(/\r\n|\r|\n/)) lines.push(`data: ${line}`);
    }
  }
  return Buffer.from(`${lines.join("\n")}\n\n`);
}

/** Index behind the first blank line; -1 when there is none yet. A CR at the very end may belong to a CRLF. */
function endOfEvent(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at += 1) {
    const first = lineEnd(bytes, at);
    if (first === 0) continue;
    const second = lineEnd(bytes, at + first);
    if (second === 0) {
      at += first - 1;
      continue;
    }
    const end = at + first + second;
    if (bytes[end - 1] === CR && end === bytes.length) return -1;
    return end;
  }
  return -1;
}

function lineEnd(bytes: Buffer, at: number): 0 | 1 | 2 {
  if (bytes[at] === CR) return bytes[at + 1] === LF ? 2 : 1;
  return bytes[at] === LF ? 1 : 0;
}

function readEvent(raw: Buffer): ServerSentEvent {
  let text: string;
  try {
    text = UTF8.decode(raw);
  } catch {
    throw new WebError("peer-wrong", "UPSTREAM_PROTOCOL", 502, "an event is not UTF-8");
  }
  const fields: (readonly [string, string])[] = [];
  for (const line of text.replace(/^\uFEFF/, "").split(/\r\n|\r|\n/)) {
    if (line === "") continue;
    const colon = line.indexOf(":");
    if (colon === -1) fields.push([line, ""]);
    else if (colon === 0) fields.push(["", line.slice(1)]);
    else fields.push([line.slice(0, colon), line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1)]);
  }
  return { raw, fields };
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const CR = 0x0d;
const LF = 0x0a;
/** Bytes of one server-sent event that must be read whole (under masks). */
const SSE_EVENT_BYTES_MAX = 1_048_576;
