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
  const head = `{"seq":${seq},"time":"${time}",`;
  if (entry.type === "verdict") {
    const known = repeated(entry);
    if (known !== undefined) return head + known;
  }
  const fields = members(bounded(entry));
  if (entry.type === "verdict") remember(entry, fields);
  if (fields.startsWith('"type":')) return `${head}${fields}}`;
  const { type, ...rest } = bounded(entry);
  return `${head}"type":"${type}",${members(rest)}}`;
}

/** What JSON.stringify writes between the braces, in parts: commands of one text share their facts and rules. */
function members(fields: object): string {
  const object = fields as Readonly<Record<string, unknown>>;
  let text = "";
  for (const key in object) {
    const value = object[key];
    if (value === undefined) continue;
    text += PREFIXES.get(key) ?? prefixOf(key);
    if (typeof value === "string") text += WORDS.get(value) ?? wordOf(value);
    else if (typeof value === "number") text += Number.isFinite(value) ? value : "null";
    else if (typeof value === "boolean") text += value ? "true" : "false";
    else if (key === "facts" || key === "rules") text += shared(value as object);
    else if (key === "command") text += commandOf(value as VerdictEntry["command"]);
    else text += JSON.stringify(value);
  }
  return text.slice(1);
}

/** What the entry of a command says that was met a moment ago: only its connection and digest are its own. */
function repeated(entry: VerdictEntry): string | undefined {
  const { facts, command } = entry;
  const known = REPEATED.get(facts);
  if (
    known?.parts === undefined ||
    known.text !== command.text ||
    known.textBytes !== command.textBytes ||
    known.kind !== command.kind ||
    known.verdict !== entry.verdict ||
    known.rules !== entry.rules ||
    known.grant !== entry.grant ||
    known.target !== entry.target ||
    known.protocol !== entry.protocol ||
    hasMore(entry)
  ) {
    return undefined;
  }
  const { connection } = entry;
  const { head, middle, tail } = known.parts;
  return head + (WORDS.get(connection) ?? wordOf(connection)) + middle + JSON.stringify(command.digest) + tail;
}

/** Keeps the parts of an entry's line around its connection and its digest, the second time that its text comes. */
function remember(entry: VerdictEntry, fields: string): void {
  const { command, facts, rules, verdict, grant, target, protocol, connection } = entry;
  const { text, textBytes, kind, digest } = command;
  if (hasMore(entry) || typeof digest !== "string" || fields.length > SHARED_CHARS_MAX) return;
  const known = REPEATED.get(facts);
  if (known === undefined || known.text !== text) {
    if (known === undefined && REPEATED.size >= REPEATED_MAX) REPEATED.clear();
    REPEATED.set(facts, { text, textBytes, kind, verdict, rules, grant, target, protocol, parts: undefined });
    return;
  }
  const head = '"type":"verdict","connection":';
  const before = head + wordOf(connection);
  // Inside a JSON string the quotes would be escaped: the first of these is the command's own.
  const at = fields.indexOf('"digest":') + '"digest":'.length;
  const written = JSON.stringify(digest);
  if (!fields.startsWith(before) || at < before.length || !fields.startsWith(written, at)) return;
  const parts = { head, middle: fields.slice(before.length, at), tail: `${fields.slice(at + written.length)}}` };
  REPEATED.set(facts, { text, textBytes, kind, verdict, rules, grant, target, protocol, parts });
}

function hasMore({ override, message, hold, observed }: VerdictEntry): boolean {
  return override !== undefined || message !== undefined || hold !== undefined || observed !== undefined;
}

/** The same as JSON.stringify. */
function commandOf(command: VerdictEntry["command"]): string {
  const { kind, digest, text, textBytes } = command;
  if (typeof digest !== "string" || !Number.isFinite(textBytes)) return JSON.stringify(command);
  const named = WORDS.get(kind) ?? wordOf(kind);
  return `{"kind":${named},"digest":${JSON.stringify(digest)},"text":${JSON.stringify(text)},"textBytes":${textBytes}}`;
}

/** The JSON of a short text. */
function wordOf(value: string): string {
  const json = JSON.stringify(value);
  if (value.length <= WORD_CHARS_MAX) {
    if (WORDS.size >= WORDS_MAX) WORDS.clear();
    WORDS.set(value, json);
  }
  return json;
}

/** `,"key":` */
function prefixOf(key: string): string {
  const prefix = `,${JSON.stringify(key)}:`;
  if (PREFIXES.size < PREFIXES_MAX) PREFIXES.set(key, prefix);
  return prefix;
}

/** Facts and lists of rules never change: the text of those met last is kept. */
function shared(value: object): string {
  const known = SHARED.get(value);
  if (known !== undefined) return known;
  const json = JSON.stringify(value);
  if (json.length <= SHARED_CHARS_MAX) {
    if (SHARED.size >= SHARED_MAX) SHARED.clear();
    SHARED.set(value, json);
  }
  return json;
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
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastText = new Date(second * 1000).toISOString().slice(0, -4);
    lastSecond = second;
  }
  return `${lastText}${String(Math.floor(ms) - second * 1000).padStart(3, "0")}Z`;
}

function bounded(entry: Entry): Entry {
  if (entry.type !== "verdict") return entry;
  const { command } = entry;
  // One UTF-16 unit is at most three bytes of UTF-8: the usual command needs no count.
  if (command.text.length * 3 <= TEXT_BYTES_MAX) return entry;
  const { text, textBytes } = boundText(command.text);
  return { ...entry, command: { ...command, text, textBytes: Math.max(textBytes, command.textBytes) } };
}

/** The second that was written last: entries come in thousands a second. */
let lastSecond = Number.NaN;
let lastText = "";
const PREFIXES = new Map<string, string>();
/** Names of fields whose JSON is kept. */
const PREFIXES_MAX = 256;
type VerdictEntry = Extract<Entry, { type: "verdict" }>;
interface Repeated
  extends
    Pick<VerdictEntry, "verdict" | "rules" | "grant" | "target" | "protocol">,
    Pick<VerdictEntry["command"], "text" | "textBytes" | "kind"> {
  readonly parts: { readonly head: string; readonly middle: string; readonly tail: string } | undefined;
}
const REPEATED = new Map<object, Repeated>();
/** Verdicts whose entries' text is kept, by their facts; all are dropped when one more is needed. */
const REPEATED_MAX = 512;
const WORDS = new Map<string, string>();
/** Names, kinds and outcomes whose JSON is kept; all are dropped when one more is needed. */
const WORDS_MAX = 1_024;
/** Longest of them, in characters. */
const WORD_CHARS_MAX = 64;
const SHARED = new Map<object, string>();
/** Facts and lists of rules whose JSON is kept; all are dropped when one more is needed. */
const SHARED_MAX = 512;
/** Longest JSON of facts that is kept, in characters. */
const SHARED_CHARS_MAX = 8_192;
