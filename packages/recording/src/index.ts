/** Recordings: entries, tree, checkpoints, seal; reading, verifying and summing them up. */
export { BUNDLE_BYTES_MAX, BUNDLE_FILES_MAX, isBundleName } from "./bundle.ts";
export { formatCheckpoint, originOf, parseCheckpoint, parseCheckpoints, type Checkpoint } from "./checkpoint.ts";
export {
  boundText,
  CHECKPOINTS_FILE,
  ENTRY_BYTES_MAX,
  MANIFEST_FILE,
  RECORDS_FILE,
  TEXT_BYTES_MAX,
  VERDICTS_FILE,
} from "./entry.ts";
export { RecordingError, type RecordingErrorCode } from "./errors.ts";
export { folderReader } from "./folder.ts";
export { textLines } from "./lines.ts";
export { parseManifest, type FileDigest, type Manifest } from "./manifest.ts";
export { leafHash, MerkleTree, nodeHash } from "./merkle.ts";
export { parseNotes, parseVkey, verifyNote, type Note, type NoteVerdict, type Signer, type Vkey } from "./note.ts";
export { parseLine, type ParsedLine, type RecordedEntry } from "./parse.ts";
export { createRecorder, RECORD_BYTES_MAX, type RecorderOptions, type SessionRecorder } from "./recorder.ts";
export type { Finding, FindingCode, VerifyOptions, VerifyReport, VerifyStatus } from "./report.ts";
export { readUnfinished, type Unfinished } from "./resume.ts";
export { generateKeyPem, generateSigner, loadSigner } from "./signer.ts";
export { exportBundle, tarReader } from "./tar.ts";
export { verifyBundle } from "./verify.ts";
export {
  summarize,
  type GrantSummary,
  type HeldBack,
  type HoldSummary,
  type Summary,
  type VerdictCounts,
} from "./summary.ts";
