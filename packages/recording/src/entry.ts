/**
 * One entry as one line of records.ndjson: `{"seq":n,"time":"…","type":"…",…}`. Pure.
 *
 * The order of keys is fixed: seq, time, type, then the entry's own fields in the order in which the engine writes
 * them. JSON escapes control characters and lone surrogates, so a line holds no raw line feed and is valid UTF-8.
 */
import type { Entry } from "@gate/contract";

/** A command's text in a record, bytes of UTF-8; `textBytes` beside it tells the whole size. */
export const TEXT_BYTES_MAX = 65_536;

/** One line of records.ndjson, bytes. */
export const ENTRY_BYTES_MAX = 1_048_576;

/** Names of the files of a bundle. */
export const RECORDS_FILE = "records.ndjson";
export const VERDICTS_FILE = "verdicts.ndjson";
export const CHECKPOINTS_FILE = "checkpoints.note";
export const MANIFEST_FILE = "manifest.json";

/** The line of an entry, without its line feed. */
export function serializeEntry(seq: number, time: string, entry: Entry): string {
  const json = JSON.stringify(bounded(entry));
  const head = `{"seq":${seq},"time":"${time}",`;
  if (json.startsWith('{"type":')) return head + json.slice(1);
  const { type, ...rest } = bounded(entry);
  return head + JSON.stringify({ type, ...rest }).slice(1);
}

/** At most TEXT_BYTES_MAX of a text, cut between characters, and the size of the whole in bytes. */
export function boundText(text: string): { readonly text: string; readonly textBytes: number } {
  const textBytes = Buffer.byteLength(text);
  if (textBytes <= TEXT_BYTES_MAX) return { text, textBytes };
  const bytes = Buffer.from(text).subarray(0, TEXT_BYTES_MAX);
  // A streaming decoder keeps back the character that the cut went through.
  return { text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes, { stream: true }), textBytes };
}

/** Milliseconds since the epoch as `2026-11-22T23:15:00.000Z`. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}

function bounded(entry: Entry): Entry {
  if (entry.type !== "verdict") return entry;
  const { command } = entry;
  // One UTF-16 unit is at most three bytes of UTF-8: the usual command needs no count.
  if (command.text.length * 3 <= TEXT_BYTES_MAX) return entry;
  const { text, textBytes } = boundText(command.text);
  return { ...entry, command: { ...command, text, textBytes: Math.max(textBytes, command.textBytes) } };
}
