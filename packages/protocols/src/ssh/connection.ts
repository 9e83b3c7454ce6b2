/** What everything on one connection shares. Types, and the words that clients read. Pure. */
import type { Admission, Gate, HeldView, Link, Obligation, Refusal } from "@gate/contract";
import type { Connection } from "ssh2";
import type { SocketRoom } from "./library.ts";
import type { Ended } from "./ended.ts";
import type { SshTarget } from "./target.ts";
import type { Upstream } from "./upstream.ts";
import type { Windows } from "./windows.ts";

export interface Serving {
  readonly link: Link;
  readonly gate: Gate;
  readonly target: SshTarget;
  readonly connection: Connection;
  readonly upstream: Upstream;
  /** Of the client's socket. */
  readonly room: SocketRoom;
  /** Of the target's; only when the upstream is ready. */
  readonly upstreamRoom: () => SocketRoom;
  /** Of the client's channels. */
  readonly windows: Windows;
  /** Aborted when the connection is over. */
  readonly gone: AbortSignal;
  /** What lives on the connection and must be told of its end. */
  readonly live: Set<Ended>;
  /** A peer broke the protocol: recorded, and the connection ends. */
  readonly violation: (code: string) => void;
  /** A number that no other channel of the connection has. */
  readonly nextNumber: () => number;
}

/** One line for a client's stderr; a terminal in raw mode needs the carriage return. */
export function stderrLine(text: string, pty: boolean): Buffer {
  return Buffer.from(`${text.replace(/\p{Cc}+/gu, " ")}${pty ? "\r\n" : "\n"}`);
}

export function refusalLines(refusal: Refusal): string[] {
  const more = [refusal.hint, refusal.detail].filter((part) => part !== undefined && part !== "");
  return [refusal.message, ...(more.length === 0 ? [] : [`gate: ${more.join("; ")}`])];
}

export function heldLine(held: HeldView): string {
  return `gate: held for approval ${held.id}: ${held.url}`;
}

/** What the output of a program can be given: detectors, nothing that needs columns or documents. */
export function dischargeText(obligation: Obligation): string | undefined {
  if (obligation.kind !== "mask") return undefined;
  const other = obligation.masks.find((mask) => mask.kind !== "detect");
  if (other === undefined) return undefined;
  return `a ${other.kind} mask cannot be applied to what a program prints: give this grant masks with detectors only`;
}

/** What passes as it is: files, forwarded connections, subsystems. */
export function dischargeOpaque(what: string): (obligation: Obligation) => string | undefined {
  return (obligation) => {
    if (obligation.kind !== "mask" || obligation.masks.length === 0) return undefined;
    return `masks cannot be applied to ${what}: use a grant without masks`;
  };
}

/** Hands the bytes of an admitted command's data out, recorded before. @throws {EngineError} RECORDER_FAILED. */
export function continued(gate: Gate, admission: Admission, bytes: Uint8Array): Uint8Array {
  return gate.spend(gate.continue(admission, bytes));
}

/** Exit status of a refused command: what shells give for "found, but may not be run". */
export const STATUS_REFUSED = 126;
/** Exit status when the target could not be reached, as ssh itself gives. */
export const STATUS_UNREACHABLE = 255;
