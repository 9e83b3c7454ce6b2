/**
 * What the engine writes and where it goes. Types only. Formats are in packages/recording.
 */
import type { Facts } from "./facts.ts";
import type { ResultSummary } from "./gate.ts";
import type { Session } from "./session.ts";
import type { Verdict } from "./verdict.ts";

/** One entry, before it is given its sequence number and time. Field names are those of the file. */
export type Entry =
  | { readonly type: "session-opened"; readonly session: Session; readonly targets: Readonly<Record<string, string>> }
  | { readonly type: "session-renewed"; readonly expires: string }
  | { readonly type: "latch-refused"; readonly principal: string }
  | {
      readonly type: "connection-opened";
      readonly connection: string;
      readonly grant: string;
      readonly target: string;
      readonly protocol: string;
      readonly lineage: { readonly strength: string; readonly endpoint: string };
      readonly observed?: true;
    }
  | { readonly type: "connection-closed"; readonly connection: string; readonly reason: string }
  | {
      readonly type: "verdict";
      readonly connection: string;
      readonly grant: string;
      readonly target: string;
      readonly protocol: string;
      readonly command: {
        readonly kind: string;
        readonly digest: string;
        readonly text: string;
        readonly textBytes: number;
      };
      readonly facts: Facts;
      readonly verdict: Verdict["kind"];
      readonly rules: readonly string[];
      /** Present when the answer is not the policy's own: limits, obligation, session. */
      readonly override?: string;
      readonly message?: string;
      readonly hold?: string;
      /**
       * The grant has `mode: observe`: the verdict is what it would have been, and the command went through, unless
       * `override` says what the engine itself refused.
       */
      readonly observed?: true;
    }
  | {
      readonly type: "vote";
      readonly hold: string;
      /** As shown to people, who may have chosen it themselves. */
      readonly approver: string;
      /** Who that is, as the sign-in vouches for it: realm and the identity provider's own id. */
      readonly identity?: string;
      readonly vote: "approve" | "deny";
      readonly reason: string;
    }
  | {
      readonly type: "hold-resolved";
      readonly hold: string;
      /** Sequence number of the verdict entry. */
      readonly of: number;
      readonly state: "approved" | "denied" | "expired" | "withdrawn" | "void";
      readonly approvers: readonly string[];
      readonly digest: string;
      /** The earlier hold whose late approval this identical command claimed. */
      readonly claims?: string;
    }
  | ({
      readonly type: "result";
      readonly of: number;
      readonly durationMs: number;
      readonly observed?: true;
    } & ResultSummary)
  | {
      readonly type: "note";
      readonly connection?: string;
      readonly event: string;
      readonly detail: Readonly<Record<string, string | number | boolean>>;
    }
  | { readonly type: "session-closed"; readonly reason: string };

/** The recorder of one session. Every method throws when the record cannot be written: the caller then denies. */
export interface Recorder {
  /** Adds an entry; returns its sequence number (gapless from 0). Not on disk before `commit`. */
  append(entry: Entry): number;
  /** Hands everything appended to the store. After it returns, the entries survive a crash of the process. */
  commit(): void;
  /** Bytes recorded so far. */
  readonly bytes: number;
  /** Signs the last checkpoint and closes the files. Idempotent. */
  seal(reason: string): Promise<void>;
}

/** Where a session's files go. */
export interface RecordingStore {
  /** @throws when the session's recording exists already or cannot be created. */
  create(sessionId: string): RecordingFiles;
  /**
   * Takes up the files of a session that an earlier process left open; each file of `keep` is cut to that many bytes.
   * @throws when the recording does not exist or cannot be written.
   */
  reopen(sessionId: string, keep: Readonly<Record<string, number>>): RecordingFiles;
  /** The sealed or still open files of a session, to read. `undefined`: no such session. */
  open(sessionId: string): Promise<RecordingReader | undefined>;
}

export interface RecordingFiles {
  /** Appends synchronously; the caller may use `bytes` again afterwards. @throws when not everything was written. */
  append(name: string, bytes: Uint8Array): void;
  /** Replaces a whole file (manifest, evidence). */
  put(name: string, bytes: Uint8Array): void;
  /** Reads back what was written so far, for the digests of the seal. */
  reader(): RecordingReader;
  close(): void;
}

export interface RecordingReader {
  /** Relative paths with `/`. */
  list(): Promise<readonly { readonly name: string; readonly bytes: number }[]>;
  read(name: string): NodeJS.ReadableStream;
  /** The same from a byte on, of a file that is still written: what is there now. Only stores offer it. */
  readFrom?(name: string, byte: number): NodeJS.ReadableStream;
}
