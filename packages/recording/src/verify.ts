/**
 * Verifies a recording offline: digests, order, tree, signatures, and that nothing ran without an admission.
 * Reads the bundle, touches nothing else.
 */
import crypto from "node:crypto";
import { statSync } from "node:fs";
import { decodeUtf8 } from "@gate/base";
import type { RecordingReader, Session } from "@gate/contract";
import { EntryChecks } from "./checks.ts";
import { originOf, parseCheckpoints, type Checkpoint } from "./checkpoint.ts";
import { CHECKPOINTS_FILE, MANIFEST_FILE, RECORDS_FILE, VERDICTS_FILE } from "./entry.ts";
import { RecordingError } from "./errors.ts";
import { folderReader } from "./folder.ts";
import { forEachLine, readAll } from "./lines.ts";
import { BUNDLE_FORMAT, parseManifest, type FileDigest, type Manifest } from "./manifest.ts";
import { leafHash, MerkleTree } from "./merkle.ts";
import { parseVkey, verifyNote, type Note, type Vkey } from "./note.ts";
import { parseLine, type RecordedEntry } from "./parse.ts";
import { FINDINGS_MAX, type Finding, type FindingCode, type VerifyOptions, type VerifyReport } from "./report.ts";
import { tarReader } from "./tar.ts";
import { VerdictLines } from "./verdicts.ts";

/**
 * Verifies a bundle: a reader, or the path of a folder or `.tar`.
 *
 * Whatever is wrong with the bundle is in the report. What is not covered: that the gateway recorded the truth, and
 * that an unsealed recording ends where it should.
 * @throws {RecordingError} VKEY_INVALID, and NOTE_INVALID for `previousCheckpoint`: wrong use, not a wrong bundle.
 *   Errors of the file system come as they are.
 */
export async function verifyBundle(bundle: RecordingReader | string, options: VerifyOptions): Promise<VerifyReport> {
  const pinned = options.vkeys.map(parseVkey);
  const previous = options.previousCheckpoint === undefined ? [] : parseCheckpoints(options.previousCheckpoint);
  if (options.previousCheckpoint !== undefined && previous.length === 0) {
    throw new RecordingError("NOTE_INVALID", "operator", "the earlier checkpoint is empty");
  }
  const reader =
    typeof bundle !== "string" ? bundle : statSync(bundle).isDirectory() ? folderReader(bundle) : tarReader(bundle);
  const run = new Verification(reader, pinned, options, previous);
  try {
    await run.run();
  } catch (error) {
    if (!(error instanceof RecordingError)) throw error;
    run.bundleError(error);
  }
  return run.report();
}

type SignedCheckpoint = { readonly note: Note; readonly checkpoint: Checkpoint };

class Verification {
  readonly #reader: RecordingReader;
  readonly #pinned: readonly Vkey[];
  readonly #options: VerifyOptions;
  readonly #previous: readonly SignedCheckpoint[];
  readonly #findings: Finding[] = [];
  #found = 0;
  readonly #severities = new Set<Finding["severity"]>();
  #manifest: Manifest | undefined;
  #keys: readonly Vkey[] = [];
  #signedBy: Vkey | undefined;
  #checkpoints: readonly SignedCheckpoint[] = [];
  readonly #tree = new MerkleTree();
  readonly #checks: EntryChecks;
  #line = 0;
  readonly #digests = new Map<string, FileDigest>();
  #verdicts: string | undefined;
  #session: Session | undefined;

  constructor(
    reader: RecordingReader,
    pinned: readonly Vkey[],
    options: VerifyOptions,
    previous: readonly SignedCheckpoint[],
  ) {
    this.#reader = reader;
    this.#pinned = pinned;
    this.#options = options;
    this.#previous = previous;
    this.#checks = new EntryChecks((code, message, seq) => {
      this.#find(code, code === "TOO_MANY_OPEN" ? "incomplete" : "invalid", message, { seq, line: this.#line });
    });
  }

  async run(): Promise<void> {
    const names = new Set((await this.#reader.list()).map(({ name }) => name));
    if (!names.has(RECORDS_FILE)) return this.#find("FILE_MISSING", "invalid", `${RECORDS_FILE} is missing`);
    if (names.has(MANIFEST_FILE)) await this.#readManifest();
    else this.#find("NOT_SEALED", "incomplete", "the recording was never sealed: its gateway is running, or died");
    this.#chooseKeys();
    this.#checkManifestSignature();
    await this.#readCheckpoints(names);
    await this.#readRecords();
    this.#checkEnd();
    await this.#checkFiles(names);
    this.#checkIdentity();
  }

  report(): VerifyReport {
    const worst = (["invalid", "incomplete", "unpinned"] as const).find((each) => this.#severities.has(each));
    return {
      status: worst ?? "valid",
      findings: this.#findings,
      findingsOmitted: this.#found - this.#findings.length,
      sessionId: this.#checks.sessionId,
      mode: this.#checks.mode,
      entries: this.#tree.size,
      root: this.#tree.size === 0 ? undefined : this.#tree.root().toString("base64"),
      vkey: this.#signedBy?.text,
      checkpoints: this.#checkpoints.length,
      sealed: this.#manifest !== undefined && this.#checks.closed,
    };
  }

  bundleError(error: RecordingError): void {
    const code = error.code === "FILE_MISSING" ? "FILE_MISSING" : "BUNDLE_INVALID";
    this.#find(code, "invalid", error.message);
  }

  #manifestNote: Note | undefined;

  async #readManifest(): Promise<void> {
    const text = asText(await readAll(this.#reader.read(MANIFEST_FILE), MANIFEST_BYTES_MAX));
    try {
      const { manifest, note } = parseManifest(text ?? "");
      if (manifest.format !== BUNDLE_FORMAT) {
        this.#find("MANIFEST_INVALID", "incomplete", `the bundle has a format other than ${BUNDLE_FORMAT}`);
      }
      this.#manifest = manifest;
      this.#manifestNote = note;
    } catch {
      this.#find("MANIFEST_INVALID", "invalid", "manifest.json is not in the form that gate writes");
    }
  }

  #chooseKeys(): void {
    this.#keys = this.#pinned;
    if (this.#pinned.length > 0) return;
    this.#find("KEY_UNPINNED", "unpinned", "no key was given: whoever signed this, it fits the key in it");
    if (this.#manifest === undefined) return;
    try {
      this.#keys = [parseVkey(this.#manifest.vkey)];
    } catch {
      this.#find("MANIFEST_INVALID", "invalid", "the manifest's key is not a verification key");
    }
  }

  #checkManifestSignature(): void {
    if (this.#manifest === undefined || this.#manifestNote === undefined) return;
    this.#checkNote(this.#manifestNote, "the manifest");
    if (this.#signedBy !== undefined && this.#signedBy.text !== this.#manifest.vkey) {
      this.#find("MANIFEST_MISMATCH", "invalid", "the manifest names another key than the one that signed it");
    }
  }

  async #readCheckpoints(names: ReadonlySet<string>): Promise<void> {
    if (!names.has(CHECKPOINTS_FILE)) return;
    const text = asText(await readAll(this.#reader.read(CHECKPOINTS_FILE), CHECKPOINTS_BYTES_MAX));
    try {
      this.#checkpoints = parseCheckpoints(text ?? "\n");
    } catch {
      this.#find("CHECKPOINT_INVALID", "invalid", `${CHECKPOINTS_FILE} is not a row of signed checkpoints`);
      return;
    }
    let size = 0;
    for (const { note, checkpoint } of this.#checkpoints) {
      this.#checkNote(note, `the checkpoint at ${checkpoint.size}`);
      if (checkpoint.size <= size) {
        this.#find("CHECKPOINT_INVALID", "invalid", `the checkpoint at ${checkpoint.size} does not grow`);
      }
      size = checkpoint.size;
    }
  }

  #checkNote(note: Note, what: string): void {
    if (this.#keys.length === 0) return;
    const verdict = verifyNote(note, this.#keys);
    if (verdict.kind === "signed") this.#signedBy ??= verdict.by;
    else if (verdict.kind === "forged") this.#find("SIGNATURE_INVALID", "invalid", `${what} has a wrong signature`);
    else this.#find("KEY_UNKNOWN", "invalid", `${what} is not signed with the expected key`);
  }

  async #readRecords(): Promise<void> {
    const waiting = [...this.#checkpoints, ...this.#previous]
      .map(({ checkpoint }) => checkpoint)
      .sort((a, b) => a.size - b.size);
    for (const { note, checkpoint } of this.#previous)
      this.#checkNote(note, `the earlier checkpoint at ${checkpoint.size}`);
    const compare = () => {
      while (waiting[0] !== undefined && waiting[0].size <= this.#tree.size) {
        const checkpoint = waiting.shift() as Checkpoint;
        if (!checkpoint.root.equals(this.#tree.root())) {
          const message = `the checkpoint at ${checkpoint.size} was signed over other entries`;
          this.#find("CHECKPOINT_MISMATCH", "invalid", message, { seq: checkpoint.size - 1 });
        }
      }
    };
    compare();
    const whole = new Digest();
    const derived = new Digest();
    const verdicts = new VerdictLines((line) => derived.add(line + "\n"));
    const onLine = (line: Buffer) => {
      this.#tree.append(leafHash(line));
      this.#line += 1;
      this.#readLine(line, verdicts);
      compare();
    };
    const torn = await forEachLine(this.#reader.read(RECORDS_FILE), onLine, (chunk) => whole.add(chunk));
    if (torn > 0) {
      const severity = this.#manifest === undefined ? "incomplete" : "invalid";
      this.#find("TAIL_TORN", severity, "the last line is not whole", { line: this.#line + 1 });
    }
    for (const { size } of waiting) {
      const message = `a checkpoint covers ${size} entries, the recording has ${this.#tree.size}`;
      this.#find("CHECKPOINT_BEYOND", "invalid", message);
    }
    verdicts.end();
    this.#verdicts = derived.hex();
    this.#digests.set(RECORDS_FILE, whole.of(RECORDS_FILE));
  }

  #readLine(line: Buffer, verdicts: VerdictLines): void {
    const parsed = parseLine(line);
    switch (parsed.kind) {
      case "malformed":
        this.#checks.skip();
        return this.#find("ENTRY_INVALID", "invalid", `not an entry: ${parsed.problem}`, { line: this.#line });
      case "unknown-type":
        this.#checks.head(parsed.seq, parsed.time);
        return this.#find("ENTRY_UNKNOWN", "incomplete", "an entry of a type that this version does not know", {
          seq: parsed.seq,
          line: this.#line,
        });
      case "entry":
        this.#checks.head(parsed.entry.seq, parsed.entry.time);
        this.#checks.entry(parsed.entry);
        verdicts.entry(parsed.entry);
        if (parsed.entry.type === "session-opened") this.#session ??= parsed.entry.session;
        if (parsed.entry.type === "verdict") this.#rederive(parsed.entry);
    }
  }

  #rederive(entry: RecordedEntry & { readonly type: "verdict" }): void {
    // Limits, obligations and the session's end are the engine's own answers: policy would have said something else.
    if (this.#options.rederive === undefined || (entry.override !== undefined && entry.verdict === "deny")) return;
    const at = { seq: entry.seq, line: this.#line };
    let again: ReturnType<NonNullable<VerifyOptions["rederive"]>>;
    try {
      again = this.#options.rederive(entry.facts, entry, this.#session);
    } catch {
      again = undefined;
    }
    if (again === undefined) {
      this.#find("VERDICT_UNCHECKED", "incomplete", "the verdict could not be derived again", at);
    } else if (again.verdict !== entry.verdict || !sameSet(again.rules, entry.rules)) {
      this.#find("VERDICT_MISMATCH", "invalid", `the recorded facts give ${again.verdict}, not ${entry.verdict}`, at);
    } else if ((again.observed === true) !== (entry.observed === true)) {
      const mode = again.observed === true ? "observes" : "enforces";
      this.#find("VERDICT_MISMATCH", "invalid", `the policy ${mode} this grant, the entry says otherwise`, at);
    }
  }

  #checkEnd(): void {
    const sealed = this.#manifest !== undefined;
    const covered = this.#checkpoints.at(-1)?.checkpoint.size ?? 0;
    if (covered < this.#tree.size) {
      const message = `no checkpoint covers the last ${this.#tree.size - covered} entries`;
      this.#find("TAIL_UNSIGNED", sealed ? "invalid" : "incomplete", message, { seq: covered });
    }
    if (sealed && !this.#checks.closed) {
      this.#find("NOT_SEALED", "invalid", "there is a manifest, but the entries do not end with session-closed");
    }
    if (this.#tree.size === 0 && sealed) this.#find("ENTRY_FIRST", "invalid", "there are no entries");
  }

  async #checkFiles(names: ReadonlySet<string>): Promise<void> {
    for (const name of names) {
      if (name === MANIFEST_FILE || name === RECORDS_FILE) continue;
      if (this.#manifest === undefined && name !== POLICY_FILE) continue;
      const digest = new Digest();
      for await (const chunk of this.#reader.read(name)) digest.add(chunk);
      this.#digests.set(name, digest.of(name));
    }
    const policy = this.#digests.get(POLICY_FILE);
    if (
      policy !== undefined &&
      this.#checks.policyDigest !== undefined &&
      policy.sha256 !== this.#checks.policyDigest
    ) {
      this.#find("POLICY_MISMATCH", "invalid", `${POLICY_FILE} is not the policy that the session was pinned to`);
    }
    if (this.#manifest === undefined) return;
    const listed = new Set<string>();
    for (const { name, bytes, sha256 } of this.#manifest.files) {
      listed.add(name);
      const found = this.#digests.get(name);
      if (found === undefined) this.#find("FILE_MISSING", "invalid", `${name} is missing`);
      else if (found.sha256 !== sha256 || found.bytes !== bytes) {
        this.#find("FILE_CHANGED", "invalid", `${name} is not the file that was sealed`);
      }
    }
    for (const name of this.#digests.keys()) {
      if (!listed.has(name)) this.#find("FILE_UNLISTED", "invalid", `${name} was not there when it was sealed`);
    }
    const verdicts = this.#digests.get(VERDICTS_FILE);
    if (verdicts === undefined || verdicts.sha256 !== this.#verdicts) {
      this.#find("VERDICTS_MISMATCH", "invalid", `${VERDICTS_FILE} is not what the entries give`);
    }
  }

  /** Everything must be about one session. */
  #checkIdentity(): void {
    const session = this.#checks.sessionId;
    const origins = [...this.#checkpoints, ...this.#previous].map(({ checkpoint }) => checkpoint.origin);
    const others = origins.filter((origin) => origin !== originOf(session ?? ""));
    if (others.length > 0) this.#find("SESSION_MISMATCH", "invalid", "a checkpoint is that of another session");
    if (this.#options.sessionId !== undefined && this.#options.sessionId !== session) {
      this.#find("SESSION_MISMATCH", "invalid", "this is the recording of another session");
    }
    const manifest = this.#manifest;
    if (manifest === undefined) return;
    if (
      manifest.session !== session ||
      manifest.mode !== this.#checks.mode ||
      manifest.entries !== this.#tree.size ||
      manifest.root !== this.#tree.root().toString("base64")
    ) {
      this.#find(
        "MANIFEST_MISMATCH",
        "invalid",
        "the manifest's session, mode, entries or root are not those recorded",
      );
    }
  }

  #find(
    code: FindingCode,
    severity: Finding["severity"],
    message: string,
    at: { readonly seq?: number; readonly line?: number } = {},
  ): void {
    this.#found += 1;
    this.#severities.add(severity);
    if (this.#findings.length < FINDINGS_MAX) this.#findings.push({ code, severity, message, ...at });
  }
}

class Digest {
  readonly #hash = crypto.createHash("sha256");
  #bytes = 0;

  add(chunk: string | Uint8Array): void {
    this.#hash.update(chunk);
    this.#bytes += typeof chunk === "string" ? Buffer.byteLength(chunk) : chunk.length;
  }

  hex(): string {
    return this.#hash.digest("hex");
  }

  of(name: string): FileDigest {
    return { name, bytes: this.#bytes, sha256: this.hex() };
  }
}

function asText(bytes: Buffer): string | undefined {
  try {
    return decodeUtf8(bytes);
  } catch {
    return undefined;
  }
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  const left = new Set(a);
  return left.size === new Set(b).size && b.every((each) => left.has(each));
}

const POLICY_FILE = "evidence/policy.yaml";
/** manifest.json, bytes. */
const MANIFEST_BYTES_MAX = 4_194_304;
/** checkpoints.note, bytes. */
const CHECKPOINTS_BYTES_MAX = 67_108_864;
