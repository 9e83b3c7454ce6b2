/**
 * Signed notes with Ed25519 (https://c2sp.org/signed-note): a text, a blank line, signature lines
 * `— <name> <base64(key id ‖ signature)>`. Touches node:crypto only.
 */
import { createPublicKey, verify, type KeyObject } from "node:crypto";
import { RecordingError } from "./errors.ts";
import { sha256 } from "./hash.ts";

/** Signs recordings. `name` and `vkey` are public; the private key never leaves it. */
export interface Signer {
  readonly name: string;
  /** C2SP verification key: `<name>+<key id, hex>+<base64(0x01 ‖ public key)>`. */
  readonly vkey: string;
  /** Ed25519 signature over the bytes, 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array;
}

/** A verification key, read. */
export interface Vkey {
  readonly name: string;
  /** Four bytes that say which key signed: SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key)[0..4], hex. */
  readonly id: string;
  readonly text: string;
  readonly key: KeyObject;
}

export interface NoteSignature {
  readonly name: string;
  readonly id: string;
  readonly signature: Buffer;
}

export interface Note {
  /** What is signed, with its last line feed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** What a note's signatures say, given the keys that are trusted. */
export type NoteVerdict =
  | { readonly kind: "signed"; readonly by: Vkey }
  /** No signature is by one of the keys. */
  | { readonly kind: "unknown-key" }
  /** A signature claims to be by one of the keys and is not. */
  | { readonly kind: "forged"; readonly name: string };

export function formatVkey(name: string, publicKey: Uint8Array): string {
  const typed = Buffer.concat([ED25519_TYPE, publicKey]);
  return `${name}+${keyId(name, typed)}+${typed.toString("base64")}`;
}

/**
 * Reads a C2SP verification key.
 * @throws {RecordingError} VKEY_INVALID on another key type, a wrong key id, or any other form of the same bytes.
 */
export function parseVkey(text: string): Vkey {
  const trimmed = text.trim();
  const match = /^([^\s+]{1,128})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})$/u.exec(trimmed);
  if (match === null) throw invalidVkey();
  const [, name, id, encoded] = match as unknown as [string, string, string, string];
  const typed = decodeBase64(encoded);
  if (typed === undefined || typed.length !== 33 || typed[0] !== 1 || keyId(name, typed) !== id) throw invalidVkey();
  const x = typed.subarray(1).toString("base64url");
  return { name, id, text: trimmed, key: createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" }) };
}

/** Signs a text, which must end in a line feed; gives the whole note. */
export function signNote(text: string, signer: Signer): string {
  return `${text}\n${signatureLine(text, signer)}\n`;
}

/** One signature line, without its line feed. */
export function signatureLine(text: string, signer: Signer): string {
  const { id } = parseVkeyCached(signer);
  const bytes = Buffer.concat([Buffer.from(id, "hex"), signer.sign(Buffer.from(text))]);
  return `— ${signer.name} ${bytes.toString("base64")}`;
}

/** Reads one signature line (without its line feed). @throws {RecordingError} NOTE_INVALID. */
export function parseSignatureLine(line: string): NoteSignature {
  const match = /^— ([^\s+]{1,128}) ([A-Za-z0-9+/=]{1,256})$/u.exec(line);
  const bytes = match === null ? undefined : decodeBase64(match[2] as string);
  if (match === null || bytes === undefined || bytes.length < 5) {
    throw new RecordingError("NOTE_INVALID", "peer-wrong", "a signature line is not `— <name> <base64>`");
  }
  return { name: match[1] as string, id: bytes.subarray(0, 4).toString("hex"), signature: bytes.subarray(4) };
}

/**
 * Reads the notes of a file in which one follows the other, with a blank line between. Their texts must have no
 * blank lines, which is so for checkpoints. Signatures are not verified here.
 * @throws {RecordingError} NOTE_INVALID on anything else, also on bytes after the last note.
 */
export function parseNotes(file: string): readonly Note[] {
  const notes: Note[] = [];
  if (file === "") return notes;
  if (!file.endsWith("\n")) throw badNote("the last line has no end");
  const lines = file.slice(0, -1).split("\n");
  let at = 0;
  while (at < lines.length) {
    const start = at;
    while (at < lines.length && lines[at] !== "") at += 1;
    if (at === start || at >= lines.length) throw badNote("a text and a blank line were expected");
    const text = lines.slice(start, at).join("\n") + "\n";
    at += 1;
    const signatures: NoteSignature[] = [];
    while (at < lines.length && lines[at] !== "") {
      if (signatures.length === NOTE_SIGNATURES_MAX) throw badNote("too many signatures");
      signatures.push(parseSignatureLine(lines[at] as string));
      at += 1;
    }
    if (signatures.length === 0) throw badNote("no signature line");
    notes.push({ text, signatures });
    // The blank line between two notes; one at the very end is a byte too many.
    if (at < lines.length) {
      at += 1;
      if (at === lines.length) throw badNote("a blank line ends the file");
    }
  }
  return notes;
}

/** Checks a note against keys. Signatures by other keys are ignored, as the specification says. */
export function verifyNote(note: Note, keys: readonly Vkey[]): NoteVerdict {
  let by: Vkey | undefined;
  for (const { name, id, signature } of note.signatures) {
    const key = keys.find((candidate) => candidate.name === name && candidate.id === id);
    if (key === undefined) continue;
    if (signature.length !== 64 || !verify(null, Buffer.from(note.text), key.key, signature)) {
      return { kind: "forged", name };
    }
    by ??= key;
  }
  return by === undefined ? { kind: "unknown-key" } : { kind: "signed", by };
}

/** Standard base64 in its one canonical form; `undefined` for anything else. */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes : undefined;
}

function parseVkeyCached(signer: Signer): Vkey {
  let vkey = VKEYS.get(signer);
  if (vkey === undefined) VKEYS.set(signer, (vkey = parseVkey(signer.vkey)));
  return vkey;
}

function keyId(name: string, typed: Uint8Array): string {
  return sha256(Buffer.concat([Buffer.from(`${name}\n`), typed])).toString("hex", 0, 4);
}

function invalidVkey(): RecordingError {
  const form = "<name>+<8 hex digits>+<base64>, an Ed25519 key as `gate keygen` prints it";
  return new RecordingError("VKEY_INVALID", "operator", `not a verification key: write ${form}`);
}

function badNote(what: string): RecordingError {
  return new RecordingError("NOTE_INVALID", "peer-wrong", `not a signed note: ${what}`);
}

const ED25519_TYPE = Buffer.from([1]);
const VKEYS = new WeakMap<Signer, Vkey>();
/** Signature lines of one note. */
const NOTE_SIGNATURES_MAX = 16;
