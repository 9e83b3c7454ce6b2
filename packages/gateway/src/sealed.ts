/** What the API tells about a recording that is over. Reads the recording store. */
import type { RecordingReader } from "@gate/contract";
import { CHECKPOINTS_FILE, MANIFEST_FILE, parseManifest } from "@gate/recording";

export interface Sealed {
  readonly entries: number;
  /** Base64 root of the tree over all entries. */
  readonly root: string;
  /** The last signed checkpoint, a C2SP note. */
  readonly checkpoint: string;
}

/** `undefined` while there is no manifest: the recording is still written, or its gateway died before the seal. */
export async function readSealed(reader: RecordingReader, sessionId: string): Promise<Sealed | undefined> {
  const names = await reader.list();
  if (!names.some(({ name }) => name === MANIFEST_FILE)) return undefined;
  const { manifest } = parseManifest(await readTail(reader, MANIFEST_FILE, MANIFEST_BYTES_MAX));
  const notes = await readTail(reader, CHECKPOINTS_FILE, CHECKPOINT_TAIL_BYTES);
  const last = notes.lastIndexOf(`gate/${sessionId}\n`);
  return { entries: manifest.entries, root: manifest.root, checkpoint: last < 0 ? "" : notes.slice(last) };
}

async function readTail(reader: RecordingReader, name: string, bytesMax: number): Promise<string> {
  let tail = Buffer.alloc(0);
  for await (const chunk of reader.read(name)) {
    const joined = Buffer.concat([tail, Buffer.from(chunk)]);
    tail = joined.subarray(Math.max(0, joined.length - bytesMax));
  }
  return tail.toString("utf8");
}

/** Bytes of a manifest that are read. */
const MANIFEST_BYTES_MAX = 4 * 1024 * 1024;
/** Bytes at the end of checkpoints.note that are read: a note takes a few hundred. */
const CHECKPOINT_TAIL_BYTES = 16 * 1024;
