/**
 * A recording that its gateway left unfinished, read back so that the next one can go on with it. Reads what it is given.
 *
 * Only what was signed, and the whole lines behind it, is taken over: a torn last line never reached anybody, because a
 * command is forwarded after its entry was handed to the system. Anything that does not fit refuses the whole recording.
 */
import type { RecordingReader } from "@gate/contract";
import { originOf, parseCheckpoints } from "./checkpoint.ts";
import { CHECKPOINTS_FILE, MANIFEST_FILE, RECORDS_FILE, VERDICTS_FILE } from "./entry.ts";
import { RecordingError } from "./errors.ts";
import { forEachLine, readAll } from "./lines.ts";
import { leafHash, MerkleTree } from "./merkle.ts";
import { parseVkey, verifyNote } from "./note.ts";
import { parseLine } from "./parse.ts";

export interface Unfinished {
  readonly entries: number;
  readonly tree: MerkleTree;
  readonly mode: string;
  /** Wall time of the last entry, milliseconds. */
  readonly timeMs: number;
  /** The last checkpoint; undefined before the first. */
  readonly checkpoint: { readonly size: number; readonly note: string; readonly root: string } | undefined;
  /** How much of each file holds: bytes behind are torn, and are cut off before anything is written. */
  readonly keep: Readonly<Record<string, number>>;
  /** Holds without an end, with the sequence number of their verdict. */
  readonly openHolds: ReadonlyMap<string, number>;
  readonly openConnections: readonly string[];
  /** Connections so far, so that no id is given twice. */
  readonly connections: number;
  readonly verdicts: Readonly<Record<"allow" | "hold" | "deny", number>>;
  readonly observed: Readonly<Record<"allow" | "hold" | "deny", number>>;
}

/** @throws {RecordingError} RECORDING_CHANGED, and what the reader throws */
export async function readUnfinished(reader: RecordingReader, sessionId: string, vkey: string): Promise<Unfinished> {
  const names = (await reader.list()).map(({ name }) => name);
  if (names.includes(MANIFEST_FILE)) throw changed("it is sealed");
  const signed = names.includes(CHECKPOINTS_FILE) ? await readSigned(reader, sessionId, vkey) : [];
  const roots = new Map(signed.map(({ checkpoint }) => [checkpoint.size, checkpoint.root]));
  const scan = new Scan(sessionId, roots);
  await forEachLine(reader.read(RECORDS_FILE), (line) => scan.line(line));
  const last = signed.at(-1);
  if (scan.tree.size === 0) throw changed("it has no entries");
  if (last !== undefined && last.checkpoint.size > scan.tree.size)
    throw changed("entries that were signed are missing");
  return {
    entries: scan.tree.size,
    tree: scan.tree,
    mode: scan.mode,
    timeMs: scan.timeMs,
    checkpoint:
      last === undefined
        ? undefined
        : { size: last.checkpoint.size, note: last.text, root: last.checkpoint.root.toString("base64") },
    keep: {
      [RECORDS_FILE]: scan.bytes,
      [CHECKPOINTS_FILE]: last?.end ?? 0,
      ...(names.includes(VERDICTS_FILE) ? { [VERDICTS_FILE]: 0 } : {}),
    },
    openHolds: scan.openHolds,
    openConnections: [...scan.openConnections],
    connections: scan.connections,
    verdicts: scan.verdicts,
    observed: scan.observed,
  };
}

class Scan {
  readonly tree = new MerkleTree();
  readonly openHolds = new Map<string, number>();
  readonly openConnections = new Set<string>();
  readonly verdicts = { allow: 0, hold: 0, deny: 0 };
  readonly observed = { allow: 0, hold: 0, deny: 0 };
  bytes = 0;
  connections = 0;
  mode = "";
  timeMs = 0;
  readonly #sessionId: string;
  readonly #roots: ReadonlyMap<number, Buffer>;

  constructor(sessionId: string, roots: ReadonlyMap<number, Buffer>) {
    this.#sessionId = sessionId;
    this.#roots = roots;
  }

  line(line: Buffer): void {
    const parsed = parseLine(line);
    if (parsed.kind !== "entry" || parsed.entry.seq !== this.tree.size) throw changed("its entries are not in order");
    const { entry } = parsed;
    if ((entry.type === "session-opened") !== (entry.seq === 0)) throw changed("it does not begin with its session");
    if (entry.type === "session-closed") throw changed("its session is closed");
    this.tree.append(leafHash(line));
    this.bytes += line.length + 1;
    this.timeMs = Date.parse(entry.time);
    const root = this.#roots.get(this.tree.size);
    if (root !== undefined && !root.equals(this.tree.root())) throw changed("its entries are not the ones signed");
    if (entry.type === "session-opened") {
      if (entry.session.id !== this.#sessionId) throw changed("it belongs to another session");
      this.mode = entry.session.mode;
    } else if (entry.type === "connection-opened") {
      this.connections += 1;
      this.openConnections.add(entry.connection);
    } else if (entry.type === "connection-closed") {
      this.openConnections.delete(entry.connection);
    } else if (entry.type === "verdict") {
      (entry.observed === true ? this.observed : this.verdicts)[entry.verdict] += 1;
      if (entry.hold !== undefined) this.openHolds.set(entry.hold, entry.seq);
    } else if (entry.type === "hold-resolved") {
      this.openHolds.delete(entry.hold);
    }
  }
}

/** The whole notes of checkpoints.note, each signed by us; a torn one at the end is left out. */
async function readSigned(reader: RecordingReader, sessionId: string, vkey: string) {
  const text = (await readAll(reader.read(CHECKPOINTS_FILE), CHECKPOINTS_BYTES_MAX)).toString("latin1");
  // A note's signature lines begin with an em dash; the file's last whole note ends with such a line's line feed.
  const whole = /^[\s\S]*\n\u00e2\u0080\u0094 [^\n]*\n/u.exec(text)?.[0] ?? "";
  const file = Buffer.from(whole, "latin1").toString("utf8");
  const found = parseCheckpoints(file);
  const key = parseVkey(vkey);
  const texts = file.split(/\n(?=gate\/)/u);
  if (texts.length !== found.length) throw changed("its checkpoints cannot be read");
  return found.map(({ note, checkpoint }, index) => {
    if (checkpoint.origin !== originOf(sessionId) || verifyNote(note, [key]).kind !== "signed") {
      throw changed("a checkpoint is not signed by this gateway");
    }
    const own = texts[index] ?? "";
    return { checkpoint, text: own.endsWith("\n") ? own : `${own}\n`, end: Buffer.byteLength(whole, "latin1") };
  });
}

function changed(why: string): RecordingError {
  return new RecordingError("RECORDING_CHANGED", "operator", `the unfinished recording cannot be taken up: ${why}`);
}

/** Bytes of checkpoints.note: one every 5 seconds for two weeks. */
const CHECKPOINTS_BYTES_MAX = 64 * 1024 * 1024;
