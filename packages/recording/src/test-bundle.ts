/** Bundles in memory for this package's tests: made by the real recorder, then tampered with. Pure. */
import { Readable } from "node:stream";
import { ManualClock, sha256Hex } from "@gate/base";
import type { Entry, Facts, RecordingFiles, RecordingReader, Session } from "@gate/contract";
import { createRecorder, generateSigner, type SessionRecorder, type Signer } from "./index.ts";

export const POLICY = "version: gate/v1\n";

/** Files in memory; `fail` makes the next writes throw. */
export class MemoryFiles implements RecordingFiles {
  readonly files = new Map<string, Buffer>();
  fail: Error | undefined;
  closed = false;

  append(name: string, bytes: Uint8Array): void {
    if (this.fail !== undefined) throw this.fail;
    this.files.set(name, Buffer.concat([this.files.get(name) ?? Buffer.alloc(0), bytes]));
  }

  put(name: string, bytes: Uint8Array): void {
    if (this.fail !== undefined) throw this.fail;
    this.files.set(name, Buffer.from(bytes));
  }

  reader(): RecordingReader {
    return readerOf(this.files);
  }

  close(): void {
    this.closed = true;
  }
}

/** Reads files in pieces of `pieceBytes`, so that lines cross the pieces. */
export function readerOf(files: ReadonlyMap<string, Buffer>, pieceBytes = 1_000): RecordingReader {
  return {
    list: async () =>
      [...files].map(([name, { length }]) => ({ name, bytes: length })).sort((a, b) => (a.name < b.name ? -1 : 1)),
    read(name) {
      const bytes = files.get(name) ?? Buffer.alloc(0);
      const pieces = [];
      for (let at = 0; at < bytes.length; at += pieceBytes) pieces.push(bytes.subarray(at, at + pieceBytes));
      return Readable.from(pieces, { objectMode: false });
    },
  };
}

export function sessionOf(id: string): Session {
  return {
    id,
    trustRule: "deploy",
    principal: {
      kind: "job",
      issuer: "https://issuer.test",
      display: "acme/shop run 17.1 (deploy) by octocat",
      claims: { repository_id: "1", actor: "octocat" },
    },
    grants: ["orders-db"],
    policyDigest: sha256Hex(POLICY),
    issuedAtMs: 0,
    expiresAtMs: 1,
    maxExpiresAtMs: 2,
    jkt: "jkt",
    latch: "latch",
    state: "open",
    mode: "gateway",
  };
}

export function opened(id: string): Entry {
  return { type: "session-opened", session: sessionOf(id), targets: { "orders-db": "orders-db" } };
}

export const CONNECTED: Entry = {
  type: "connection-opened",
  connection: "c1",
  grant: "orders-db",
  target: "orders-db",
  protocol: "postgres",
  lineage: { strength: "endpoint", endpoint: "e1" },
};

export function factsOf(statement: string, relation: string): Facts {
  const set = (...names: string[]) => ({
    type: "set" as const,
    items: names.map((name) => ({ name })),
    complete: true,
  });
  const writes = statement !== "SELECT";
  return {
    kind: "sql",
    classified: true,
    housekeeping: false,
    writes,
    fields: {
      statement: set(statement),
      reads: writes ? set() : set(relation),
      writes: writes ? set(relation) : set(),
      where: { type: "scalar", value: null },
    },
  };
}

export function verdictOf(
  verdict: "allow" | "hold" | "deny",
  text: string,
  more: { readonly hold?: string; readonly rule?: string; readonly override?: string } = {},
): Entry & { type: "verdict" } {
  const { rule = verdict, ...rest } = more;
  return {
    type: "verdict",
    connection: "c1",
    grant: "orders-db",
    target: "orders-db",
    protocol: "postgres",
    command: { kind: "query", digest: sha256Hex(text), text, textBytes: Buffer.byteLength(text) },
    facts: factsOf(text.split(" ")[0] as string, "public.orders"),
    verdict,
    rules: [rule],
    ...rest,
  };
}

export interface TestRecording {
  readonly files: MemoryFiles;
  readonly signer: Signer;
  readonly clock: ManualClock;
  readonly recorder: SessionRecorder;
  /** Appends and commits. */
  readonly write: (entry: Entry) => number;
}

/** A recording with session-opened in it, not sealed. */
export function startRecording(id = "s1", signer = generateSigner(), bytesMax?: number): TestRecording {
  const files = new MemoryFiles();
  const clock = new ManualClock();
  files.put("evidence/policy.yaml", Buffer.from(POLICY));
  const bound = bytesMax === undefined ? {} : { bytesMax };
  const recorder = createRecorder({ sessionId: id, files, signer, clock, ...bound });
  const write = (entry: Entry) => {
    const seq = recorder.append(entry);
    recorder.commit();
    clock.advance(1);
    return seq;
  };
  write(opened(id));
  return { files, signer, clock, recorder, write };
}

/** A sealed recording with an allowed, a denied and an approved command. */
export async function sealedRecording(id = "s1", signer = generateSigner()): Promise<TestRecording> {
  const recording = startRecording(id, signer);
  const { write, clock, recorder } = recording;
  write(CONNECTED);
  const read = write(verdictOf("allow", "SELECT 1"));
  const masked = { "column:public.customers.email": 2 };
  write({ type: "result", of: read, durationMs: 1.5, outcome: "SELECT 2", ok: true, rows: 2, bytes: 40, masked });
  write(verdictOf("deny", "DROP TABLE orders"));
  clock.advance(6_000);
  const held = verdictOf("hold", "DELETE FROM orders", { hold: "h1" });
  const of = write(held);
  write({ type: "vote", hold: "h1", approver: "alice", identity: "token:alice", vote: "approve", reason: "fine" });
  const { digest } = held.command;
  write({ type: "hold-resolved", hold: "h1", of, state: "approved", approvers: ["alice"], digest });
  write({ type: "result", of, durationMs: 2, outcome: "DELETE 3", ok: true, affected: 3 });
  write({ type: "connection-closed", connection: "c1", reason: "terminate" });
  await recorder.seal("job ended");
  return recording;
}
