/** What a verification answers. Types and bounds only. */
import type { Facts, Session } from "@gate/contract";
import type { CheckCode } from "./checks.ts";
import type { RecordedEntry } from "./parse.ts";

/** What a finding makes of the whole: `invalid` beats `incomplete`, which beats `unpinned`. */
export type VerifyStatus = "valid" | "invalid" | "incomplete" | "unpinned";

export type FindingCode =
  | CheckCode
  /** Not a folder or archive of plain files. */
  | "BUNDLE_INVALID"
  | "FILE_MISSING"
  | "FILE_UNLISTED"
  | "FILE_CHANGED"
  | "MANIFEST_INVALID"
  /** The manifest says something else than the files do. */
  | "MANIFEST_MISMATCH"
  | "ENTRY_INVALID"
  /** An entry of a type that this version does not know. */
  | "ENTRY_UNKNOWN"
  | "CHECKPOINT_INVALID"
  /** A checkpoint's root is not that of the entries it covers. */
  | "CHECKPOINT_MISMATCH"
  /** A checkpoint covers more entries than there are: the tail was cut off. */
  | "CHECKPOINT_BEYOND"
  /** Entries after the last checkpoint: nothing signed covers them. */
  | "TAIL_UNSIGNED"
  /** The last line is not whole. */
  | "TAIL_TORN"
  | "SIGNATURE_INVALID"
  /** Signed by a key that is not one of the pinned ones. */
  | "KEY_UNKNOWN"
  /** No key was pinned: the signatures fit the key that the bundle itself names. */
  | "KEY_UNPINNED"
  | "NOT_SEALED"
  /** verdicts.ndjson is not what the entries give. */
  | "VERDICTS_MISMATCH"
  /** The recorded policy is not the one that the session was pinned to. */
  | "POLICY_MISMATCH"
  /** The recorded facts give another verdict under the recorded policy. */
  | "VERDICT_MISMATCH"
  /** The verdict could not be derived again. */
  | "VERDICT_UNCHECKED";

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Exclude<VerifyStatus, "valid">;
  readonly message: string;
  /** Entry. */
  readonly seq?: number;
  /** Line of records.ndjson, from 1. */
  readonly line?: number;
}

export interface VerifyReport {
  readonly status: VerifyStatus;
  /** At most FINDINGS_MAX, in the order in which they were found. */
  readonly findings: readonly Finding[];
  readonly findingsOmitted: number;
  readonly sessionId: string | undefined;
  /** `gateway` or `embedded`. */
  readonly mode: string | undefined;
  readonly entries: number;
  /** Base64 root over the entries as they are. */
  readonly root: string | undefined;
  /** The key that signed, when it was found. */
  readonly vkey: string | undefined;
  readonly checkpoints: number;
  readonly sealed: boolean;
}

export interface VerifyOptions {
  /** Keys that the recording must be signed with (C2SP vkeys); none: the answer is at best `unpinned`. */
  readonly vkeys: readonly string[];
  /** Text of an earlier checkpoint (a signed note) that this recording must extend. */
  readonly previousCheckpoint?: string;
  /** The session that it must be a recording of. */
  readonly sessionId?: string;
  /** Decides again from recorded facts; `undefined` when that is not possible. */
  readonly rederive?: (
    facts: Facts,
    entry: RecordedEntry & { readonly type: "verdict" },
    session: Session | undefined,
  ) => { readonly verdict: string; readonly rules: readonly string[]; readonly observed?: boolean } | undefined;
}

/** Findings that a report lists. */
export const FINDINGS_MAX = 100;
