/**
 * manifest.json: the digest of every file of a sealed bundle, signed by the key of its checkpoints. Pure.
 *
 * The checkpoints bind the entries; the manifest's own signature binds everything else (evidence, verdicts), which
 * an attacker could otherwise replace together with its digest. There is one canonical form, to the byte.
 */
import { RecordingError } from "./errors.ts";
import { sha256 } from "./hash.ts";
import { parseSignatureLine, signatureLine, type Note, type Signer } from "./note.ts";

/** Changes with every change of what a bundle's files mean. */
export const BUNDLE_FORMAT = "gate-recording/v1";

export interface FileDigest {
  readonly name: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface Manifest {
  readonly format: string;
  readonly session: string;
  /** Where the engine ran: `gateway`, or `embedded` in the job itself. */
  readonly mode: string;
  readonly entries: number;
  /** Base64 of the tree's root over all entries. */
  readonly root: string;
  readonly vkey: string;
  /** Every file but this one, sorted by name. */
  readonly files: readonly FileDigest[];
}

/** manifest.json, signed. */
export function formatManifest(manifest: Manifest, signer: Signer): string {
  return withSignature(manifest, signatureLine(signedText(manifest), signer));
}

/**
 * Reads manifest.json. The signature comes back as a note, not yet verified.
 * @throws {RecordingError} MANIFEST_INVALID on any byte that `formatManifest` would not have written.
 */
export function parseManifest(text: string): { readonly manifest: Manifest; readonly note: Note } {
  try {
    const value = JSON.parse(text) as Manifest & { readonly signature: string };
    const { format, session, mode, entries, root, vkey, files } = value;
    const manifest: Manifest = {
      format: String(format),
      session: String(session),
      mode: String(mode),
      entries: Number(entries),
      root: String(root),
      vkey: String(vkey),
      files: files.map((file) => ({ name: String(file.name), bytes: Number(file.bytes), sha256: String(file.sha256) })),
    };
    const signature = parseSignatureLine(value.signature);
    const names = files.map((file) => file.name);
    if (withSignature(manifest, value.signature) === text && isSortedSet(names)) {
      return { manifest, note: { text: signedText(manifest), signatures: [signature] } };
    }
  } catch {
    // Whatever is wrong with it, it is not canonical.
  }
  throw new RecordingError("MANIFEST_INVALID", "peer-wrong", "manifest.json is not in the form that gate writes");
}

/** Two lines, so that no checkpoint (three) can be taken for it. */
function signedText(manifest: Manifest): string {
  return `gate/${manifest.session}/manifest\n${sha256(JSON.stringify(manifest)).toString("base64")}\n`;
}

function withSignature(manifest: Manifest, signature: string): string {
  return JSON.stringify({ ...manifest, signature }, null, 2) + "\n";
}

function isSortedSet(names: readonly string[]): boolean {
  return names.every((name, index) => index === 0 || (names[index - 1] as string) < name);
}
