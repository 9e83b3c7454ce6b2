/** What stands behind the daemon's endpoints: a gateway far away, or the engine in the same process. Types only. */
import type { Socket } from "node:net";
import type { Endpoint } from "@gate/contract";

export interface SessionInfo {
  readonly id: string;
  readonly mode: "gateway" | "embedded";
  readonly trustRule: string;
  /** The C2SP key that recordings must be signed with, as the other side said it. */
  readonly vkey: string;
  readonly expiresAtMs: number;
  readonly grants: readonly GrantInfo[];
  /** Who tells GitHub of the session: the gateway's App, or nobody but the job itself. */
  readonly checks: "app" | "none";
  /** Where people see the session; absent where it has no page. */
  readonly page?: string;
  /** For the job's log: what a reader must know about this session. */
  readonly warnings: readonly string[];
}

export interface GrantInfo {
  readonly grant: string;
  readonly target: string;
  readonly protocol: string;
  readonly database?: string;
  /** What the clients of this protocol pin of the gateway (`type base64`); they then sign in with a key. */
  readonly hostKey?: string;
}

export interface VerdictCounts {
  readonly allow: number;
  readonly hold: number;
  readonly deny: number;
}

export interface BackendStatus {
  readonly state: "open" | "ended";
  readonly expiresAtMs: number;
  readonly verdicts?: VerdictCounts;
  /** What verdicts of grants with `mode: observe` would have been; absent when none has it. */
  readonly observed?: VerdictCounts;
}

export interface CloseReport {
  readonly sessionId: string;
  readonly entries?: number;
  readonly root?: string;
  readonly checkpoint?: string;
}

/** A command of this session that waits for people. */
export interface PendingHold {
  readonly target: string;
  /** Where they answer. */
  readonly url: string;
}

export type FetchedRecording =
  { readonly kind: "tar"; readonly path: string } | { readonly kind: "directory"; readonly path: string };

export interface SessionBackend {
  /** Opens the session. Once. @throws {JobError} with the cause and what to do. */
  open(): Promise<SessionInfo>;
  /**
   * Serves one accepted connection until it ends; takes `local` over.
   * @throws {JobError} when it cannot be served; the caller then closes `local`.
   */
  serve(grant: string, endpoint: Endpoint, local: Socket): Promise<void>;
  status(): Promise<BackendStatus>;
  /** Oldest first. Absent where nothing is ever held. */
  pendingHolds?(): Promise<readonly PendingHold[]>;
  /** Ends the session on the other side and gets its seal. Idempotent. */
  close(reason: string): Promise<CloseReport>;
  /** Puts the recording under `directory`. After `close`, or after the session ended by itself. */
  fetchRecording(directory: string): Promise<FetchedRecording>;
  /** Called once when the session ends without `close`: it expired, or was revoked. */
  onEnd(listener: (reason: string) => void): void;
  /** Lets go of sockets and timers. */
  dispose(): void;
}
