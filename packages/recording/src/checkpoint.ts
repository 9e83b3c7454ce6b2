/**
 * Checkpoints (https://c2sp.org/tlog-checkpoint): origin, size and root of a session's tree, as a signed note. Pure.
 */
import { RecordingError } from "./errors.ts";
import { decodeBase64, parseNotes, type Note } from "./note.ts";

export interface Checkpoint {
  /** `gate/<session id>`. */
  readonly origin: string;
  /** Entries covered. */
  readonly size: number;
  readonly root: Buffer;
}

export function originOf(sessionId: string): string {
  return `gate/${sessionId}`;
}

/** The text that is signed. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${root.toString("base64")}\n`;
}

/**
 * Reads a checkpoint's text; ours have no extension lines, so others are refused.
 * @throws {RecordingError} NOTE_INVALID.
 */
export function parseCheckpoint(text: string): Checkpoint {
  const match = /^([^\n]{1,256})\n(0|[1-9][0-9]{0,14})\n([A-Za-z0-9+/=]{44})\n$/u.exec(text);
  const root = match === null ? undefined : decodeBase64(match[3] as string);
  if (match === null || root === undefined || root.length !== 32) {
    throw new RecordingError("NOTE_INVALID", "peer-wrong", "not a checkpoint: origin, size and root were expected");
  }
  return { origin: match[1] as string, size: Number(match[2]), root };
}

/** Reads checkpoints.note. @throws {RecordingError} NOTE_INVALID. */
export function parseCheckpoints(file: string): readonly { readonly note: Note; readonly checkpoint: Checkpoint }[] {
  return parseNotes(file).map((note) => ({ note, checkpoint: parseCheckpoint(note.text) }));
}
