/** What the engine is made from and what it tells its owner. Types only. */
import type { Clock, Secret } from "@gate/base";
import type {
  Endpoint,
  HoldRow,
  Lineage,
  Protocol,
  RecordingFiles,
  RecordingStore,
  Recorder,
  Session,
  Store,
  Verdict,
} from "@gate/contract";
import type { ApproverIdentity } from "@gate/approvals";
import type { Policy } from "@gate/policy";
import type { Unfinished } from "@gate/recording";
import type { Duplex } from "node:stream";

export interface EngineLog {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export type EngineEvent =
  | {
      readonly kind: "verdict";
      readonly session: string;
      readonly grant: string;
      readonly effect: Verdict["kind"];
      /** The grant is observed, and the command went through whatever the effect. */
      readonly observed?: true;
    }
  | { readonly kind: "session-opened"; readonly session: Session }
  /** Policy or the engine refused a command. */
  | {
      readonly kind: "command-denied";
      readonly session: string;
      readonly grant: string;
      readonly rules: readonly string[];
      readonly text: string;
    }
  /** Somebody tried to exchange a token for a session that exists already. */
  | { readonly kind: "latch-refused"; readonly session: string; readonly principal: string }
  | { readonly kind: "hold-requested"; readonly hold: HoldRow; readonly url: string }
  | { readonly kind: "hold-resolved"; readonly hold: HoldRow }
  | { readonly kind: "connection-opened" | "connection-closed"; readonly session: string; readonly grant: string }
  | { readonly kind: "session-ended"; readonly session: string; readonly reason: string }
  | { readonly kind: "recorder-failed"; readonly session: string };

export interface EngineOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly recordings: RecordingStore;
  /** Makes the recorder of one session: signing and formats are not the engine's business. */
  readonly createRecorder: (session: Session, files: ReturnType<RecordingStore["create"]>) => Recorder;
  /** The same over a recording that an earlier gateway left open; undefined: sessions do not outlive this process. */
  readonly resumeRecorder?: (session: Session) => Promise<Resumed>;
  readonly protocols: ReadonlyMap<string, Protocol>;
  /** `prefix_` and at least 96 random bits. */
  readonly randomId: (prefix: string) => string;
  readonly randomBytes: (size: number) => Uint8Array;
  /** Key for tokens that must survive a session (`scope: gateway`), 32 bytes. */
  readonly maskKey: Uint8Array;
  /** PKCS #8 PEM of the key that servers of protocols prove themselves with (`Link.hostKey`). */
  readonly hostKey?: Secret;
  /**
   * Looks up the people behind roles of `exclude` (pr_author, commit_authors, last_pusher) for a principal's claims.
   * It may fail: it is then asked again, and until it answers nobody can approve. Without it roles that the claims do
   * not name stay unknown, and the hold says so.
   */
  readonly peopleBehind?: (
    claims: Readonly<Record<string, string>>,
    roles: readonly string[],
  ) => Promise<readonly string[]>;
  /** Page where a person answers a hold; undefined: nobody can, and every hold is denied at once. */
  readonly holdUrl: ((id: string) => string) | undefined;
  readonly log: EngineLog;
  readonly onEvent?: (event: EngineEvent) => void;
}

/** A recording that goes on, and what was under way in it. */
export interface Resumed {
  readonly recorder: Recorder;
  readonly files: RecordingFiles;
  readonly unfinished: Unfinished;
}

export interface EngineTarget {
  readonly protocol: string;
  /** What the protocol's parseTarget returned. */
  readonly target: unknown;
}

export interface LiveSession {
  readonly connections: number;
  readonly verdicts: Readonly<Record<Verdict["kind"], number>>;
  /** Present when a grant has `mode: observe`: what its verdicts would have been. Not part of `verdicts`. */
  readonly observed?: Readonly<Record<Verdict["kind"], number>>;
  readonly entries: number;
}

export interface Approver {
  readonly name: string;
  /** Who that is beyond the name, for counts over distinct people. */
  readonly identity?: ApproverIdentity;
  readonly subjects: readonly string[];
}

export type VoteOutcome =
  | { readonly ok: true; readonly hold: HoldRow }
  | { readonly ok: false; readonly code: string; readonly message: string };

export interface Engine {
  /** Creates the recording and lets connections in. @throws when the record cannot be written: then there is no session. */
  open(
    session: Session,
    policy: Policy,
    targets: ReadonlyMap<string, EngineTarget>,
    evidence: Readonly<Record<string, Uint8Array>>,
  ): void;
  /**
   * Takes up a session that an earlier gateway left open: the record says so, its connections and waiting holds are
   * over, a late approval can still be claimed. @throws when its record cannot go on: then the session is over.
   */
  resume(session: Session, policy: Policy, targets: ReadonlyMap<string, EngineTarget>): Promise<void>;
  /** Serves one connection until it ends. @throws {EngineError} before serving when it may not be served. */
  accept(sessionId: string, grant: string, downstream: Duplex, endpoint: Endpoint, lineage: Lineage): Promise<void>;
  renew(sessionId: string, expiresAtMs: number): void;
  latchRefused(sessionId: string, principal: string): void;
  /** Closes sockets, voids holds, seals the recording. Idempotent; concurrent callers wait for the same end. */
  close(sessionId: string, reason: string): Promise<void>;
  live(sessionId: string): LiveSession | undefined;
  /**
   * Calls `wake` after entries of a live session have reached the store, and once when it has ended.
   * Returns how to stop; undefined when the session is not live here.
   */
  watch(sessionId: string, wake: () => void): (() => void) | undefined;
  holds(): Promise<readonly HoldRow[]>;
  hold(id: string): Promise<HoldRow | undefined>;
  vote(holdId: string, approver: Approver, vote: "approve" | "deny", reason: string): Promise<VoteOutcome>;
  /** Ends every session: holds are answered, records sealed. New sessions and connections are refused from now on. */
  drain(reason: string): Promise<void>;
}
