/** What goes wrong with recordings. Pure. */
import { GateError, type ErrorKind } from "@gate/base";

export type RecordingErrorCode =
  /** An earlier write failed: nothing more can be recorded, so nothing more may be forwarded. */
  | "RECORDER_BROKEN"
  /** The recording is closed. */
  | "RECORDER_SEALED"
  /** The session's recording has reached its size; only closing entries still fit. */
  | "RECORDING_FULL"
  /** One entry is longer than ENTRY_BYTES_MAX. */
  | "ENTRY_TOO_LARGE"
  /** The first entry is not this session's `session-opened`, or `session-opened` came again. */
  | "ENTRY_ORDER"
  /** The file read back at the seal is not what was written. */
  | "RECORDING_CHANGED"
  /** Not an Ed25519 private key in PEM. */
  | "KEY_INVALID"
  /** Not a C2SP verification key. */
  | "VKEY_INVALID"
  /** Not a signed note, or not a checkpoint. */
  | "NOTE_INVALID"
  /** manifest.json is not in its one canonical form. */
  | "MANIFEST_INVALID"
  /** A folder or an archive that is no bundle: links, strange names, too many files, too large. */
  | "BUNDLE_INVALID"
  /** The bundle has no file of this name. */
  | "FILE_MISSING"
  /** A line is longer than ENTRY_BYTES_MAX, or the last one has no end. */
  | "LINE_INVALID";

export class RecordingError extends GateError {
  readonly code: RecordingErrorCode;

  constructor(code: RecordingErrorCode, kind: ErrorKind, message: string, options?: { cause?: unknown }) {
    super(kind, message, options);
    this.code = code;
  }
}
